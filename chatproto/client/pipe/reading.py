"""What a program pipes in becomes text: an alert is worth more than the one byte of it that is wrong.

A log may be cut in the middle of a character, a program may write another encoding, and a progress bar writes one line
many times over. None of this may keep a message from being said, so nothing is refused here.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

REPLACEMENT = "\ufffd"  # what Unicode has for a byte that is no text (The Unicode Standard, chapter 3.9)
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # how Windows PowerShell begins what it writes with `>`


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, and how many characters in it stand for bytes that could not be read."""

    text: str
    unreadable: int = 0


def read(data: bytes) -> Reading:
    """Return the text in these bytes: UTF-8, or UTF-16 if its byte order mark comes first."""
    encoding = "utf-16" if data.startswith(UTF_16) else "utf-8-sig"
    given = data.decode(encoding, "ignore").count(REPLACEMENT)
    text = data.decode(encoding, "replace")
    return Reading(_as_a_terminal_shows(text), text.count(REPLACEMENT) - given)


def _as_a_terminal_shows(text: str) -> str:
    r"""Return the text with only the last state of each line: `10%\r20%\r100%` becomes `100%`."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
