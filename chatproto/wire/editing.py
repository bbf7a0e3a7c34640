"""A line that is being typed, where a terminal leaves its editing to us: what was typed, and how that looks now.

The keys are those of a terminal's own editing: backspace, Ctrl+W for a word, Ctrl+U for the line. Arrows and the like
are passed over.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

MOST = 65_536  # characters of one line: more is passed over
# One key: an escape sequence (ECMA-48's CSI, SS3, or ESC with one character), or a character.
KEY = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1bO.|\x1b[^\\[O]|[^\x1b]", re.DOTALL)
ENTER, BACKSPACE, WORD, LINE = frozenset("\r\n"), frozenset("\x7f\b"), "\x17", "\x15"


class LineEditor:
    """Takes what is typed, as bytes; `width` is how many columns of a terminal a text takes."""

    def __init__(self, prompt: str, width: Callable[[str], int]) -> None:
        self.prompt, self._width = prompt, width
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._waiting = ""  # the beginning of an escape sequence
        self._typed = ""

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was typed; return the lines that are finished, each without its end."""
        keys, place, finished = self._waiting + self._decoder.decode(data), 0, list[bytes]()
        while key := KEY.match(keys, place):
            place = key.end()
            if key[0] in ENTER:
                finished.append(self._typed.encode("utf-8", "surrogateescape"))
                self._typed = ""
            else:
                self._press(key[0])
        self._waiting = keys[place:][:MOST]
        return finished

    def _press(self, key: str) -> None:
        if key in BACKSPACE:
            self._typed = self._typed[:-1]
        elif key == WORD:
            self._typed = re.sub(r"\S*\s*$", "", self._typed)
        elif key == LINE:
            self._typed = ""
        elif (key.isprintable() or "\udc80" <= key <= "\udcff") and len(self._typed) < MOST:
            self._typed += key

    def shown(self, columns: int) -> str:
        """Return the prompt, and as much of the end of what was typed as fits into one row."""
        room = columns - self._width(self.prompt) - 1  # the cursor stands in the last one
        text = self._typed.encode("utf-8", "surrogateescape").decode("utf-8", "replace")[-max(room, 1) :]
        while text and self._width(text) > room:
            text = text[1:]
        return self.prompt + text
