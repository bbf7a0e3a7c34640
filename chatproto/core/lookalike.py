"""Names that look like another.

Only registered names are guarded: a name that is nobody's has nothing to imitate. The refusal says which
character gives the imitation away.

A skeleton is what is left of a name when its disguises are taken off, after Unicode's UTS #39: each character is
put in the place of the one that it looks like, `rn` in the place of `m`.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from chatproto.core.confusables import ENTRIES
from chatproto.core.names import fold

# Letters that UTS #39 takes for ค, ช, ฎ, ฑ and ฆ: who reads Thai tells them apart, and ordinary names by them.
APART = frozenset("ดตซฏทม")
HANGUL = range(0xAC00, 0xD7A4)  # syllables: in parts, 각가 and 가까 would be one
LOOKS_LIKE = {
    chr(int(character, 16)): "".join(chr(int(code, 16)) for code in prototype.split("+"))
    for character, _, prototype in (entry.partition("=") for entry in ENTRIES.split())
    if chr(int(character, 16)) not in APART
}


def skeletons(name: str) -> tuple[str, str, str]:
    """Return what a name looks like as it is written, in small letters and in large ones.

    Two names with one of these in common, each in its place, can be taken for each other. A name is the same in
    any case, but letters are not alike in any: `lan` looks like `Ian`, and `Lan` does not.
    """
    return _skeleton(name), fold(_skeleton(fold(name))), _skeleton(name.upper())


def disguise_in(name: str, other: str) -> str:
    """Return the first character of a name by which it differs from the one it looks like."""
    own = other.casefold()
    return next((c for place, c in enumerate(name) if own[place : place + 1] != c.casefold()), name[-1:])


def _skeleton(name: str) -> str:
    bare = "".join(_bare(character) for character in unicodedata.normalize("NFC", name))
    return unicodedata.normalize("NFC", bare)


@lru_cache(maxsize=4096)
def _bare(character: str) -> str:
    if character in LOOKS_LIKE or ord(character) in HANGUL:
        return LOOKS_LIKE.get(character, character)
    return "".join(LOOKS_LIKE.get(part, part) for part in unicodedata.normalize("NFKD", character))
