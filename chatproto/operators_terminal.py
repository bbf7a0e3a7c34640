"""The operator's terminal, with the log above and what is being typed below: no line of the log cuts through it.

A terminal that edits lines itself cannot be asked what stands there. So it hands over each key, the line is drawn by
us, and the terminal is given back as it was.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

from chatproto.wire.editing import LineEditor
from chatproto.words import width

if sys.platform != "win32":
    import termios
    import tty

PROMPT = "> "
ERASE = "\r\x1b[K"  # the row in which the cursor stands


class Above(io.TextIOBase):
    """Shows what is written above the line that is being typed, whole lines only; after `end`, as it is.

    `columns` is how wide the terminal is now.
    """

    def __init__(self, out: TextIO, line: LineEditor, columns: Callable[[], int]) -> None:
        self._out, self._line, self._columns = out, line, columns
        self._begun = ""  # a line that was not written whole yet
        self._over = False

    def isatty(self) -> bool:
        """It is one."""
        return True

    def fileno(self) -> int:
        """Return the terminal's own."""
        return self._out.fileno()

    def write(self, text: str) -> int:
        """Show the lines that are whole now."""
        lines, end, self._begun = (self._begun + text).rpartition("\n")
        if end:
            self._draw(f"{lines}\n")
        return len(text)

    def redraw(self) -> None:
        """Show what is being typed as it is now."""
        self._draw("")

    def end(self) -> None:
        """Draw no line to type into any more."""
        self._over = True
        self.redraw()

    def _draw(self, lines: str) -> None:
        with suppress(OSError):  # the terminal was closed: nobody looks
            typed = "" if self._over else self._line.shown(self._columns())
            self._out.write(f"{ERASE}{lines}{typed}")
            self._out.flush()


class OperatorsTerminal:
    """The terminal at this process's standard input and output; `out` is the stream of the latter."""

    def __init__(self, out: TextIO) -> None:
        self.line = LineEditor(PROMPT, width)
        self.screen = Above(out, self.line, lambda: os.get_terminal_size(out.fileno()).columns or 80)
        self._before: list[Any] | None = None

    def open(self) -> tuple[int, int]:
        """Take the keys; return descriptors to read them from, and to write nothing to.

        It is opened anew: what Twisted reads does not wait, and what the log is written to must.
        """
        self._before = termios.tcgetattr(0)
        self._take_keys()
        signal.signal(signal.SIGCONT, lambda *_: self._take_keys())  # after Ctrl+Z and fg
        return os.open(os.ttyname(0), os.O_RDONLY | os.O_NOCTTY), os.open(os.devnull, os.O_WRONLY)

    def _take_keys(self) -> None:
        if in_front():
            tty.setcbreak(0)
            self.screen.redraw()

    def close(self) -> None:
        """Give the terminal back as it was."""
        if self._before is None:
            return
        self.screen.end()
        with suppress(termios.error):  # it was closed
            termios.tcsetattr(0, termios.TCSADRAIN, self._before)


def in_front() -> bool:
    """Say whether this process has a terminal at its standard input and output, and stands in front there."""
    try:
        return os.isatty(0) and os.isatty(1) and os.tcgetpgrp(0) == os.getpgrp()
    except (OSError, AttributeError):  # Windows has none of it
        return False


def below_the_log() -> OperatorsTerminal | None:
    """Have the process's standard output shown above a line that is typed, if there is a terminal to do so."""
    if not in_front():
        return None
    terminal = OperatorsTerminal(sys.stdout)
    sys.stdout = terminal.screen
    return terminal
