"""A terminal without IUTF8 edits bytes: our client tells it better, and leaves it as it was."""

import os
import pty
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatproto.client.letters import INPUT_MODES, IUTF8, whole_letters


@pytest.fixture
def terminal() -> Iterator[int]:
    """A terminal that knows only bytes, in front of which this process stands."""
    master, slave = pty.openpty()
    modes = termios.tcgetattr(slave)
    modes[INPUT_MODES] &= ~IUTF8
    termios.tcsetattr(slave, termios.TCSANOW, modes)
    yield slave
    os.close(master)
    os.close(slave)


def knows_letters(fd: int) -> bool:
    return bool(termios.tcgetattr(fd)[INPUT_MODES] & IUTF8)


def test_it_is_told_and_left_as_it_was(terminal: int) -> None:
    with whole_letters(terminal):
        assert knows_letters(terminal)
    assert not knows_letters(terminal)


def test_what_is_no_terminal_is_left_alone() -> None:
    with Path(os.devnull).open() as null, whole_letters(null.fileno()):
        pass
