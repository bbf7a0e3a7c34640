"""Standard streams by a thread, as a Windows console needs it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from queue import Queue
from typing import Any

from chatproto.client.terminal import Terminal
from chatproto.client.threaded import ThreadedIO
from chatproto.core.events import Refusal


class Turns:
    """A reactor that does what threads hand it when it is told to."""

    def __init__(self) -> None:
        self.calls: Queue[tuple[Callable[..., object], tuple[Any, ...]]] = Queue()

    def callFromThread(self, call: Callable[..., object], *args: Any) -> None:  # noqa: ANN401
        self.calls.put((call, args))

    def callLater(self, seconds: float, call: Callable[..., object], *args: Any) -> None:  # noqa: ANN401
        self.calls.put((call, args))

    def turn(self) -> None:
        """Do the next thing, once there is one."""
        call, args = self.calls.get(timeout=30)
        call(*args)


class Typed:
    """What was typed."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def typed(self, line: str) -> None:
        self.log.append(line)

    def mistyped(self, no: Refusal) -> None:
        self.log.append(no.reason)

    def ended(self) -> None:
        self.log.append("ended")

    def unread(self) -> None:
        self.log.append("unread")


def terminal_on(source: io.BufferedIOBase, sink: Any) -> tuple[Terminal, ThreadedIO, Turns, Typed, list[str]]:  # noqa: ANN401
    turns, typist, closed = Turns(), Typed(), []
    terminal = Terminal(lambda: closed.append("closed"))
    terminal.typist = typist
    return terminal, ThreadedIO(terminal, turns, source, sink), turns, typist, closed  # type: ignore[arg-type]


def test_lines_are_handed_over_and_the_end_is_told() -> None:
    _, streams, turns, typist, _ = terminal_on(io.BytesIO("안녕\r\nhi\n".encode()), io.BytesIO())
    for _ in range(3):
        turns.turn()
    streams.thread.join()

    assert typist.log == ["안녕", "hi", "ended"]


def test_held_it_hands_over_no_more_than_the_line_that_was_being_read() -> None:
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as source, os.fdopen(theirs, "wb", buffering=0) as keys:
        terminal, streams, turns, typist, _ = terminal_on(source, io.BytesIO())
        terminal.hold()
        keys.write(b"one\ntwo\nthree\n")
        turns.turn()
        assert (typist.log, turns.calls.empty()) == ([], True)
        terminal.go_on()
        turns.turn()
        turns.turn()
        assert typist.log == ["one", "two", "three"]
        keys.close()
        turns.turn()
        streams.thread.join()

    assert typist.log[-1] == "ended"


def test_what_is_shown_is_shown_at_once_and_closing_closes() -> None:
    sink = io.BytesIO()
    terminal, streams, turns, _, closed = terminal_on(io.BytesIO(), sink)
    turns.turn()
    terminal.show("สวัสดี")
    assert sink.getvalue() == "สวัสดี\n".encode()
    terminal.close()
    turns.turn()
    streams.thread.join()

    assert closed == ["closed"]


def test_who_reads_nothing_more_is_known() -> None:
    class Gone(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError

    terminal, streams, turns, typist, _ = terminal_on(io.BytesIO(), Gone())
    terminal.show("hello?")
    turns.turn()
    streams.thread.join()

    assert typist.log == ["unread", "ended"]


def test_nothing_that_a_windows_console_needs_imports_twisteds_standard_streams() -> None:
    program = (
        "import sys; sys.modules['twisted.internet.stdio'] = None\n"
        "import chatproto.client.__main__, chatproto.client.run, chatproto.client.threaded\n"
        "from importlib.util import find_spec\n"
        "if find_spec('prompt_toolkit'): import chatproto.client.screen.run\n"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
