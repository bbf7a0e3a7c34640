"""What a name may be: of a person, and of a room.

A name is kept twice: as typed, for showing, and folded, for comparing. Folding is NFC and case folding;
rooms are always shown folded, so `#Dev` and `#dev` are one word as well as one room.

A name is one word: in `/msg NAME TEXT`, after an @, in a destination. So a person's `Kim Minsu` becomes `Kim_Minsu`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from chatproto.core.addresses import looks_like_address
from chatproto.core.events import Reason, Refusal
from chatproto.core.text import BLANK, CONTROLS, MAX_MARKS, is_mark, marks_before

MAX_NAME = 32  # characters
MAX_NAME_BYTES = 96  # of UTF-8: 32 Hangul syllables or Thai characters
INSIDE = tuple("-_.'|~+^·")  # allowed beside letters, marks and digits
JOINER = "_"  # takes the place of blanks in a person's name: a key that everybody has
# Other forms of what may stand in a name: apostrophes and hyphens as telephones write them, the dot of Japanese names.
TYPED_AS = str.maketrans("\u2018\u2019\uff07\u2010\u2011\u30fb\uff65", "'''--··")
THAI_MARKS = re.compile("[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]{2,}")
THAI_ORDER = {"\u0e4d": 1, **dict.fromkeys("\u0e48\u0e49\u0e4a\u0e4b\u0e4c", 2), "\u0e4e": 3}  # vowels come first
THAI_TONES, THAI_VOWELS = "\u0e48\u0e49\u0e4a\u0e4b\u0e4c", "\u0e31\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e47"
SARA_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")  # ํ and า, which together look like ำ
LOBBY = "#lobby"
SERVER = "server"
# The names under which the server itself speaks, in each language: nobody else may.
RESERVED = frozenset({"server", "서버", "เซิร์ฟเวอร์", "console", "system"})


def fold(text: str) -> str:
    """Return the text as it is compared: two that fold alike are the same name."""
    if text.isascii():
        return text.lower()  # the same, for a fifth of the price
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def key(name: str) -> str:
    """Return what a person is found by, however their name was typed: as one word, in the normal order, folded."""
    return fold(as_one_word(name))


def person(text: str) -> str:
    """Return the name as it will be shown, or refuse it, saying which character is wrong and why."""
    name = _checked(as_one_word(text))
    if fold(name) in RESERVED:
        raise Refusal(Reason.NAME_RESERVED, "{name} is the server's own name. Choose another one.", name=name)
    return name


def as_one_word(text: str) -> str:
    """Return a person's name with its blanks joined, its signs as they stand in names, its marks in normal order."""
    text = unicodedata.normalize("NFC", text).strip().translate(TYPED_AS)
    word = "".join(JOINER if _is_blank(c) else c for c in text)
    word = re.sub(f"{JOINER}{{2,}}", JOINER, word) if word != text else text
    return word if word.isascii() else _in_normal_order(word)


def check_new(name: str) -> None:
    """Refuse a name that nobody may take any more. Who registered it before there was this rule keeps it."""
    if looks_like_address(name):
        text = "{name} looks like an address, and a ban could mistake it for one. Choose another name."
        raise Refusal(Reason.BAD_NAME, text, name=name)
    _check_marks(name)


@lru_cache(maxsize=1024)
def room(text: str) -> str:
    """Return a room's name, `#` and folded, from `dev`, `#dev` or `#Dev`."""
    name = _checked(fold(text.removeprefix("#")))  # folded first: folding may lengthen (ß becomes ss)
    _check_marks(name)
    return f"#{name}"


def _checked(text: str) -> str:
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise Refusal(Reason.BAD_NAME, "A name needs at least one letter or digit.")
    if len(name) > MAX_NAME or len(name.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        raise Refusal(
            Reason.BAD_NAME,
            "That name is too long: at most {most} characters and {bytes} bytes.",
            most=MAX_NAME,
            bytes=MAX_NAME_BYTES,
        )
    for place, character in enumerate(name, 1):
        if not _may_stand(character):
            raise Refusal(
                Reason.BAD_NAME,
                "A name may hold letters, digits and {signs} but character {place} is none of these: {character}.",
                signs=" ".join(INSIDE),
                place=place,
                character=described(character),
            )
    if not unicodedata.category(name[0]).startswith(("L", "N")):
        raise Refusal(
            Reason.BAD_NAME,
            "A name begins with a letter or a digit, not with {character}.",
            character=described(name[0]),
        )
    return name


def _is_blank(character: str) -> bool:
    return character == "\t" or unicodedata.category(character) == "Zs"


def _in_normal_order(word: str) -> str:
    """Return Thai as keyboards write it, vowels before tones: in another order it looks the same. NFC leaves it."""
    ordered = THAI_MARKS.sub(lambda marks: "".join(sorted(marks[0], key=lambda c: THAI_ORDER.get(c, 0))), word)
    return SARA_AM.sub("\\1\u0e33", ordered)


def _check_marks(name: str) -> None:
    """Refuse a mark that stands twice on its letter, so that one sees no other name, and marks that are too many."""
    letters = unicodedata.normalize("NFD", name)
    for place, (character, marks) in enumerate(zip(letters, marks_before(letters), strict=True)):
        if is_mark(character) and (marks >= MAX_MARKS or _is_doubled(character, letters[place - marks : place])):
            text = "That name has one mark too many on a letter: leave out {character}."
            raise Refusal(Reason.BAD_NAME, text, character=described(character))


def _is_doubled(mark: str, before: str) -> bool:
    """Say whether a letter has this mark already, or in Thai another one in its place."""
    alike = next((kind for kind in (THAI_TONES, THAI_VOWELS) if mark in kind), mark)
    return any(other in alike for other in before)


def _may_stand(character: str) -> bool:
    if character in INSIDE:
        return True
    return character not in BLANK and unicodedata.category(character) in {
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "Mn",
        "Mc",
        "Nd",
    }


def described(character: str) -> str:
    """Name a character so that its owner can find it: itself if it shows, and its Unicode name and number."""
    code = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "CONTROL CHARACTER" if unicodedata.category(character) == "Cc" else "")
    known = f"{code} {name}".rstrip()
    hidden = character.isspace() or character in BLANK or unicodedata.category(character).startswith(("C", "M"))
    return known if hidden or CONTROLS.match(character) else f"'{character}' ({known})"
