"""Backspace takes a letter and not a byte of one: a terminal must know that its letters are UTF-8 (termios(3), IUTF8).

Some are not: macOS's, that of `docker exec`, serial lines. Then 한 and backspace would leave two bytes in the line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

IUTF8 = 0x4000  # on Linux and macOS; Python's termios has no name for it before 3.13
INPUT_MODES = 0  # their place in what tcgetattr returns


@contextmanager
def whole_letters(fd: int) -> Iterator[None]:
    """Let a terminal edit letters for as long as this lasts; what is no terminal, or not ours to change, stays."""
    restore = _told(fd)
    try:
        yield
    finally:
        restore()


def _told(fd: int) -> Callable[[], None]:
    try:
        import termios
    except ImportError:  # Windows: its consoles edit letters
        return lambda: None
    with suppress(termios.error, OSError):
        before = termios.tcgetattr(fd)
        if _is_others(fd) or before[INPUT_MODES] & IUTF8:
            return lambda: None

        def restore() -> None:
            with suppress(termios.error, OSError):  # it was closed
                termios.tcsetattr(fd, termios.TCSADRAIN, before)

        termios.tcsetattr(fd, termios.TCSANOW, [before[INPUT_MODES] | IUTF8, *before[1:]])
        return restore
    return lambda: None


def _is_others(fd: int) -> bool:
    """Say whether another process stands in front at our terminal: it would stop us for changing it."""
    try:
        return os.tcgetpgrp(fd) != os.getpgrp()
    except OSError:  # it is not the one that we belong to
        return False
