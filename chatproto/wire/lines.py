r"""Cuts a stream of bytes into lines.

The law: a line ends in ``\n``, and one ``\r`` before it is dropped (our own rule: ``nc`` ends lines one
way, telnet, by RFC 854, the other); no other byte ends a line, so a text may hold what ``bytes.splitlines``
would cut at. An empty line says nothing and is dropped: a flood of bare newlines is the cheapest thing a
stranger can send, and a run of them costs one call in C. A line past the limit is reported once, as soon as
that is known, and the rest of it is never held.

It is pulled (``next``), not pushed, so that a reader may stop between two lines: paused, out of allowance, or
because the first line said that what follows are not lines at all (``rest``).
"""

from __future__ import annotations

import enum
import re
from typing import Final

_CR: Final = 0x0D

# Many lines are cut by one call in C rather than each by its own calls in Python. The window bounds what the
# cut lines cost while a reader is paused: an object for each line is some twenty times the bytes of a very
# short one.
_WINDOW: Final = 2048
_EMPTY_LINES: Final = re.compile(rb"(?:\n++|(?:\r\n)++)++")
_EMPTY_LINE_NEXT: Final = re.compile(rb"\n(?=\r?\n)")


class TooLong(enum.Enum):
    """The type of `TOO_LONG`."""

    TOO_LONG = "too-long"

    def __repr__(self) -> str:
        return self.name


TOO_LONG: Final = TooLong.TOO_LONG
"""Stands where an overlong line would have stood."""


class LineBuffer:
    """Cuts bytes into lines, linear in the bytes fed; drained, it holds at most `max_line` bytes and a CR.

    `max_line` counts the bytes of a line without its end; 0 means no limit. What is fed and not yet drained
    is held: whoever stops draining must stop reading too, or look at `waiting`.
    """

    def __init__(self, max_line: int) -> None:
        self._max_line = max_line
        self._held = bytearray()
        self._start = 0  # what is before this in _held is consumed
        self._searched = 0  # what is before this in _held has no newline: never look at a byte twice
        self._window = b""  # the whole lines cut last, as they came
        self._window_lines = 0
        self._lines: list[bytes | TooLong] = []  # what is not yet taken of them, the next one last
        self._skipping = False  # inside an overlong line that has been reported

    def feed(self, data: bytes) -> None:
        """Adds what has arrived."""
        if self._skipping:
            data = self._skip(data)
        if self._start == len(self._held) and not self._lines and 1 < data.find(b"\n") + 1 == len(data) <= _WINDOW:
            self._take_one(data)
            return
        self._compact()
        self._held += data

    def next(self) -> bytes | TooLong | None:
        """The next line without its end, never empty; `TOO_LONG` for an overlong one; None: more is needed."""
        if self._lines:
            return self._lines.pop()
        if self._start == len(self._held):
            return None  # as after most lines
        self._cut()
        if self._lines:
            return self._lines.pop()
        return self._give_up_overlong()

    def rest(self) -> bytes:
        """Takes everything not yet consumed, line ends and all, for whoever reads this stream from here on.

        The remainder of a line already reported as too long is not part of it, and goes on being skipped.
        """
        rest = self._untaken() + bytes(self._held[self._start :])
        self._lines.clear()
        self._window = b""
        self._forget_held()
        return rest

    def waiting(self) -> int:
        """How many bytes are held and not yet consumed."""
        return len(self._untaken()) + len(self._held) - self._start

    def _take_one(self, data: bytes) -> None:
        """Takes one whole line, as a person types it: it need not be looked for."""
        line = data[:-2] if data.endswith(b"\r\n") else data[:-1]
        if line:
            self._window, self._window_lines = data, 1
            self._lines = self._without_overlong([line])

    def _cut(self) -> None:
        """Cuts the whole lines of the next window up to an empty one, or the one line longer than a window."""
        self._window = b""
        self._drop_empty_lines()
        first = self._held.find(b"\n", self._searched)
        if first < 0:
            self._searched = len(self._held)
            return
        last = max(first, self._held.rfind(b"\n", first, self._start + _WINDOW))
        before_empty = _EMPTY_LINE_NEXT.search(self._held, first, last + 1)
        end = (before_empty.start() if before_empty else last) + 1
        self._window = bytes(self._held[self._start : end])
        self._start = self._searched = end
        lines = self._window.replace(b"\r\n", b"\n").split(b"\n")
        lines.pop()  # what follows the last newline: nothing
        self._window_lines = len(lines)
        self._lines = self._without_overlong(lines)
        self._lines.reverse()

    def _drop_empty_lines(self) -> None:
        empty = _EMPTY_LINES.match(self._held, self._start)
        if empty:
            self._start = empty.end()
            self._searched = max(self._searched, self._start)

    def _without_overlong(self, lines: list[bytes]) -> list[bytes | TooLong]:
        limit = self._max_line
        if not limit or len(self._window) <= limit:
            return [*lines]
        return [line if len(line) <= limit else TOO_LONG for line in lines]

    def _give_up_overlong(self) -> TooLong | None:
        """Drops an unended line once past the limit. A CR just past it may yet be part of the line's end."""
        size = len(self._held) - self._start
        if size and self._held[-1] == _CR:
            size -= 1
        if not self._max_line or size <= self._max_line:
            return None
        self._forget_held()
        self._skipping = True
        return TOO_LONG

    def _skip(self, data: bytes) -> bytes:
        """What follows the end of the line being skipped; nothing, if it does not end here."""
        end = data.find(b"\n")
        if end < 0:
            return b""
        self._skipping = False
        return data[end + 1 :]

    def _untaken(self) -> bytes:
        """The lines of the window that have not been taken, as they came."""
        if not self._lines:
            return b""
        taken = self._window_lines - len(self._lines)
        return self._window.split(b"\n", taken)[taken]

    def _compact(self) -> None:
        """Lets consumed bytes go once they are half of all or more: so a byte is moved about once at most."""
        if self._start * 2 >= len(self._held):
            del self._held[: self._start]
            self._searched -= self._start
            self._start = 0

    def _forget_held(self) -> None:
        self._held.clear()
        self._start = self._searched = 0
