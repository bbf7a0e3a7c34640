"""What a text is found by: words where words have spaces between them, bigrams where they do not.

Korean words carry particles and Thai has no spaces at all, so `회의` must be found inside `회의실에서`.
Runs of ASCII letters and digits are whole words, found by their beginning; every other run of letters is cut
into overlapping pairs, and its last letter: so a single letter is the beginning of a gram wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from chatproto.core.names import fold
from chatproto.journal.rows import digest

WORD = re.compile(r"[a-z0-9]+")
RUN = re.compile(r"[^\W_a-z0-9]+(?:[\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]*[^\W_a-z0-9]*)*")
PART = re.compile(r'["“”]([^"“”]+)["“”]|([^\s"“”]+)')
MAX_GRAMS = 2_000  # of one text: the longest body has fewer that matter


def grams(text: str) -> str:
    """Return the words and bigrams of a text, with spaces between."""
    folded = fold(text)
    found = dict.fromkeys(WORD.findall(folded))
    for run in () if folded.isascii() else RUN.findall(folded):
        found |= dict.fromkeys([*_pairs(run), run[-1]])
    return " ".join(list(found)[:MAX_GRAMS])


def queries(text: str) -> list[str]:
    """Return the FTS5 queries whose rows may contain a text: whole words, then beginnings, which take longer to find.

    None for a text in which there is nothing to look for.
    """
    folded = fold(text)
    words = [f'"{word}"' for word in WORD.findall(folded)]
    pairs: list[str] = []
    for run in RUN.findall(folded):
        pairs += [f'"{pair}"' for pair in _pairs(run)] if len(run) > 1 else [f'"{run}"*']
    found = [" AND ".join(words + pairs), " AND ".join([f"{word}*" for word in words] + pairs)]
    return list(dict.fromkeys(q for q in found if q))


def parts(text: str) -> list[str]:
    """Return, folded, what has all to be in a text that is looked for: words, and what stands in quotes."""
    return [quoted or word for quoted, word in PART.findall(fold(text))]


def has_all(text: str, wanted: Sequence[str]) -> bool:
    """Say whether all that is wanted is in a text: the index knows only that it may be."""
    folded = fold(text)
    return all(part in folded for part in wanted)


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(max(len(run) - 1, 1))]


def indexed(room: int, who: str, text: str) -> str:
    """Return what a text is found by: its grams, its room and its author."""
    return f"{grams(text)} {room_mark(room)} {person_mark(who)}"


def room_mark(room: int) -> str:
    """Return the term of a room; no text has one with a # in it."""
    return f"#{room}"


@lru_cache(maxsize=4096)
def person_mark(who: str) -> str:
    """Return the term of a person, four bytes of a digest: who it was is looked at again."""
    return f"@{digest(fold(who))[:4].hex()}"
