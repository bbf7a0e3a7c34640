"""What a name may be: of a person, and of a room.

A name is kept twice: as typed, for showing, and folded, for comparing. Folding is NFC and case folding;
rooms are always shown folded, so `#Dev` and `#dev` are one word as well as one room.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from chatproto.core.addresses import looks_like_address
from chatproto.core.events import Reason, Refusal
from chatproto.core.text import BLANK, CONTROLS

MAX_NAME = 32  # characters
MAX_NAME_BYTES = 96  # of UTF-8: 32 Hangul syllables or Thai characters
INSIDE = tuple("-_.'|~+^·")  # allowed beside letters, marks and digits
LOBBY = "#lobby"
SERVER = "server"
# The names under which the server itself speaks, in each language: nobody else may.
RESERVED = frozenset({"server", "서버", "เซิร์ฟเวอร์", "console", "system"})


def fold(text: str) -> str:
    """Return the text as it is compared: two that fold alike are the same name."""
    if text.isascii():
        return text.lower()  # the same, for a fifth of the price
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def person(text: str) -> str:
    """Return the name as it will be shown, or refuse it, saying which character is wrong and why."""
    name = _checked(text)
    if fold(name) in RESERVED:
        raise Refusal(Reason.NAME_RESERVED, "{name} is the server's own name. Choose another one.", name=name)
    return name


def check_new(name: str) -> None:
    """Refuse a name that nobody may take any more. Who registered it before there was this rule keeps it."""
    if looks_like_address(name):
        text = "{name} looks like an address, and a ban could mistake it for one. Choose another name."
        raise Refusal(Reason.BAD_NAME, text, name=name)


@lru_cache(maxsize=1024)
def room(text: str) -> str:
    """Return a room's name, `#` and folded, from `dev`, `#dev` or `#Dev`."""
    return "#" + _checked(fold(text.removeprefix("#")))  # folded first: folding may lengthen (ß becomes ss)


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
                "A name may hold letters, digits and {signs} but character {place}, {character}, is none of these.",
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
    name = unicodedata.name(character, "")
    shown = "" if character.isspace() or character in BLANK or CONTROLS.match(character) else f"'{character}' "
    if unicodedata.category(character).startswith(("C", "M")):
        shown = ""
    return f"{shown}({code}{' ' + name if name else ''})"
