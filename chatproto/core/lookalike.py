"""Names that look like another.

Only registered names are guarded: a name that is nobody's has nothing to imitate. The refusal says which
character gives the imitation away.

A skeleton is what is left of a name when its disguises are taken off, after Unicode TR39: compatibility
forms, then letters of other scripts that are drawn like Latin ones.
"""

from __future__ import annotations

import unicodedata

from chatproto.core.names import fold

# From TR39's confusables: letters that are drawn like a Latin letter in common fonts.
DISGUISES = {
    disguise: letter
    for letter, disguises in {
        "a": "аɑα",
        "b": "Ьƅ",
        "c": "сϲᴄ",
        "d": "ԁɗ",
        "e": "еҽ℮",
        "g": "ɡց",
        "h": "һհ",
        "i": "іɩιӏı",
        "j": "јϳ",
        "k": "кκ",
        "l": "1Iӏا|ⅼ",
        "m": "мm",
        "n": "ոпռ",
        "o": "0оοօഠ௦๐ᴏѲ",
        "p": "рρ",
        "q": "ԛգ",
        "r": "гᴦ",
        "s": "ѕꜱ",
        "t": "тτ",
        "u": "υսᴜц",
        "v": "νѵᴠ",
        "w": "ѡԝᴡω",
        "x": "хχ×",
        "y": "уγʏ",
        "z": "ᴢ",
    }.items()
    for disguise in disguises
    if disguise != letter
}


def skeleton(name: str) -> str:
    """Return what a name looks like: two names with one skeleton can be taken for each other."""
    return fold("".join(_bare(character) for character in name))


def disguise_in(name: str, other: str) -> str:
    """Return the first character of a name by which it differs from the one it looks like."""
    own = other.casefold()
    return next((c for place, c in enumerate(name) if own[place : place + 1] != c.casefold()), name[-1:])


def _bare(character: str) -> str:
    plain = DISGUISES.get(character)
    if plain is None:
        decomposed = unicodedata.normalize("NFKC", character)
        plain = "".join(DISGUISES.get(c, DISGUISES.get(c.casefold(), c)) for c in decomposed)
    return plain
