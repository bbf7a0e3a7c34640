"""Who is called by a text: `@oscar` anywhere, `oscar:` or `oscar,` in front. The server and all clients ask here.

A name is called by its whole, and at the borders of words: `@oscarx` calls nobody called oscar, and neither does
`a@oscar.com`. Where words are written without blanks between them, as in Korean and Thai, something may follow a name
at once: `@민수야` calls 민수. Where several names fit, the longest is called.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator

from chatproto.core.names import INSIDE, JOINER, MAX_NAME, TYPED_AS, fold

MOST = 8  # signs of @ that are looked at in one text
ADDRESSED = re.compile(r"([^\s:,]{1,32}+)[:,]")  # `oscar: hi`, as IRC's people write
# The address of a page, `https://x/@oscar`. All of its scheme would be looked for at each letter of a long word.
PAGE = re.compile(r"[a-z0-9+.-]://\S+|\bwww\.\S+", re.IGNORECASE)
# Letters of scripts that are written without blanks, or whose particles follow a word without one: Hangul, Thai, Lao,
# Tibetan, Burmese, Khmer, Kana, Han.
UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)
JOINING = frozenset(INSIDE) - {"'"}  # signs that may stand inside a name; `@oscar's` calls oscar all the same


def mentioned(text: str, people: Container[str]) -> set[str]:
    """Return the folded names that a text calls, of those that there are."""
    addressed = ADDRESSED.match(text)
    called = {fold(addressed[1])} if addressed else set[str]()
    if "@" in text:
        called |= {_longest(part, people) for part in _parts(text)}
    return {name for name in called if name in people}


def _parts(text: str) -> Iterator[str]:
    """Yield what follows each sign of @ that begins a word."""
    pages = [page.span() for page in PAGE.finditer(text)]
    signs = [n for n, character in enumerate(text) if character == "@"][:MOST]
    for n in signs:
        before = text[n - 1 : n]
        in_word = before == "_" or _is_spaced(before) or any(begin < n < end for begin, end in pages)
        if not in_word:
            yield text[n + 1 : n + 3 + MAX_NAME]


def _longest(text: str, people: Container[str]) -> str:
    """Return the longest name that a text begins with; nothing if there is none. Its blanks may stand for joiners."""
    text = unicodedata.normalize("NFC", text).translate(TYPED_AS)
    for end in range(min(len(text), MAX_NAME), 0, -1):
        name = fold("".join(JOINER if c == " " else c for c in text[:end]))
        if name in people and _ends(text[end - 1], text[end : end + 2]):
            return name
    return ""


def _ends(last: str, following: str) -> bool:
    """Say whether a name ends between its last letter and what follows."""
    first, second = following[:1], following[1:2]
    if first == "@" or first in JOINING:
        return not _is_spaced(second)
    if unicodedata.category(first or " ").startswith("M") or first.isdecimal():
        return False
    return not (_is_spaced(last) and _is_spaced(first))


def _is_spaced(character: str) -> bool:
    """Say whether a character is a letter or digit of a script that has blanks between its words."""
    return character.isalnum() and not UNSPACED.match(character)
