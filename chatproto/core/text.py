r"""What a text may be. Texts are cleaned where they come in, so that no one's terminal needs to be brave.

Normalisation is NFC and never NFKC: NFKC breaks compatibility jamo (ㅋ) and Thai SARA AM (ำ).
Cutting into lines is at \n only: `str.splitlines` splits on ten characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from chatproto.core.events import Reason, Refusal

MAX_NOTE = 400  # characters of a topic, a reason, an away text: they are repeated to many, often
MAX_MARKS = 6  # on one letter: Burmese writes five, Thai two; hundreds of them would paint over the lines above

# ECMA-48: CSI with its parameters, OSC and its kin up to BEL or ST, and two-byte escapes.
ESCAPES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?"
    "|(?:\x1b[PX^_\\]]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)?"
    "|\x1b[ -/]*[0-~]?"
)
# Unicode TR9: embeddings, overrides and isolates can make a text read as another; marks (LRM, RLM) may stay.
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# Line and paragraph separators break lines in some terminals and browsers, and the tags block hides text.
CONTROLS = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{BIDI}\U000e0000-\U000e007f\ud800-\udfff]")
# Except where it is the flag of a region: a black flag, the region's letters, the end (Unicode TS51: England, Scotland,
# Wales).
FLAG = "\U0001f3f4[\U000e0061-\U000e007a]{2}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,3}\U000e007f"
FLAG_OR_CONTROL = re.compile(f"(?P<flag>{FLAG})|{CONTROLS.pattern}")
# Characters that are drawn as nothing at all: a text or name of only these looks empty.
BLANK = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0\ufeff") | {
    chr(n)
    for first, end in (
        (0x180B, 0x1810),
        (0x200B, 0x2010),
        (0x2060, 0x2070),
        (0xFE00, 0xFE10),
        (0xFFF9, 0xFFFC),
        (0xE0100, 0xE01F0),
    )
    for n in range(first, end)
}
# Where there may be more marks on a letter than there should be: to look at each character takes its time.
MARKED = re.compile(f"(?:[^\\w\\s\\x00-\\x7f]|[{''.join(sorted(BLANK))}]){{{MAX_MARKS + 1}}}")


def clean(text: str) -> str:
    r"""Return the text in NFC without control characters, escape sequences and bidirectional overrides.

    \n and tab stay; `\r\n` becomes `\n`. Of the marks on one letter the first six stay.
    """
    if not text.isprintable():  # else there is none of what is taken out here
        text = ESCAPES.sub("", text.replace("\r\n", "\n"))
        text = FLAG_OR_CONTROL.sub(lambda found: found["flag"] or "", text)
    return few_marks(unicodedata.normalize("NFC", text))


def few_marks(text: str) -> str:
    """Return the text without the marks that a letter has beyond the first six."""
    if not MARKED.search(text):
        return text
    counted = zip(text, marks_before(text), strict=True)
    return "".join(c for c, marks in counted if marks < MAX_MARKS or not is_mark(c))


def marks_before(text: str) -> Iterator[int]:
    """Yield for each character of a text how many marks its letter has before it. What is not seen is no letter."""
    marks = 0
    for character in text:
        yield marks
        if is_mark(character):
            marks += 1
        elif not (character in BLANK or unicodedata.category(character) == "Cf"):
            marks = 0


def is_mark(character: str) -> bool:
    """Say whether a character stands on, under or around the letter before it."""
    return unicodedata.category(character).startswith("M")


def is_blank(text: str) -> bool:
    """Say whether nobody would see anything: only spaces and characters that are drawn as nothing."""
    text = text.strip()
    return not text or (not text.isascii() and all(c.isspace() or c in BLANK for c in text))


def is_unseen(character: str) -> bool:
    """Say whether a character is drawn as nothing: a blank, a mark of the direction."""
    return character.isspace() or character in BLANK or unicodedata.category(character) == "Cf"


def message(text: str) -> str:
    """Return a text fit to be said; refuse one of which nothing is left (empty input sends nothing)."""
    if text.isascii() and text.isprintable() and text.strip():
        return text  # as most are
    text = clean(text).strip("\n")
    if is_blank(text):
        raise Refusal(Reason.BAD_TEXT, "There is nothing to say in that line.")
    return text


def one_line(text: str) -> str:
    """Return a text fit for one short line (a topic, a reason): line breaks and tabs become spaces."""
    line = " ".join(clean(text).split())
    if len(line) > MAX_NOTE:
        raise Refusal(Reason.TOO_LONG, "That is too long for one line: at most {most} characters.", most=MAX_NOTE)
    return line


def decoded(data: bytes) -> str:
    """Return the UTF-8 text in these bytes; refuse anything else."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as e:
        raise Refusal(
            Reason.BAD_TEXT,
            "That is not UTF-8 text (byte {place}). Set your terminal to UTF-8.",
            place=e.start + 1,
        ) from e
