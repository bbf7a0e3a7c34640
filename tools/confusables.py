"""Make chatproto/core/confusables.py from Unicode's confusables.txt: `python tools/confusables.py confusables.txt`.

The file is published with UTS #39, and is in Debian's source package `icu`. Left out is what can stand in no
name, and what follows from a character's decomposition.
"""

from __future__ import annotations

import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from chatproto.core.names import INSIDE

MADE = Path(__file__).resolve().parent.parent / "chatproto/core/confusables.py"
MODULE = '''"""Characters that look like others: Unicode's data for UTS #39, made by tools/confusables.py.

Each entry is a character, and what it looks like, as code points: `43E=6F`, the Cyrillic о like the Latin o.
LICENSE.unicode is the licence of these data.
"""

VERSION = "{version}"
ENTRIES = """
{entries}
"""
'''


def module(lines: Iterable[str]) -> str:
    """Return the text of the module."""
    kept = list(lines)
    version = next(line.split()[-1] for line in kept if line.startswith("# Version:"))
    known = _told_by_themselves(dict(_read(kept)))
    entries = " ".join(f"{ord(character):X}={_codes(known[character])}" for character in sorted(known))
    return MODULE.format(version=version, entries=textwrap.fill(entries, 120))


def _read(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        fields = line.partition("#")[0].split(";")
        if len(fields) > 1:
            character, prototype = (_text(field) for field in fields[:2])
            if _may_stand(character):
                yield character, prototype


def _told_by_themselves(known: Mapping[str, str]) -> dict[str, str]:
    """Return the entries that do not follow from the character's decomposition and the other entries."""

    def by_parts(character: str) -> str:
        parts = unicodedata.normalize("NFKD", character)
        return "" if parts == character else "".join(known.get(part, part) for part in parts)

    return {character: prototype for character, prototype in known.items() if by_parts(character) != prototype}


def _may_stand(character: str) -> bool:
    """Say whether a name may hold it; what this Python does not know yet may be a letter."""
    category = unicodedata.category(character)
    return character in INSIDE or category[0] in "LMN" or category == "Cn"


def _text(codes: str) -> str:
    return "".join(chr(int(code, 16)) for code in codes.split())


def _codes(characters: str) -> str:
    return "+".join(f"{ord(character):X}" for character in characters)


if __name__ == "__main__":
    with Path(sys.argv[1]).open(encoding="utf-8-sig") as given:
        MADE.write_text(module(given), "utf-8")
