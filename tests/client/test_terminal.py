"""Standard input and output as lines."""

from __future__ import annotations

import pytest

from chatproto.client.terminal import MAX_LINE, Terminal
from chatproto.core.events import Reason, Refusal


class Stdio:
    """Stands in for `StandardIO`: remembers what is written and whether it reads."""

    def __init__(self) -> None:
        self.written, self.reading, self.lost = b"", True, False
        self.producer: object = None

    def write(self, data: bytes) -> None:
        self.written += data

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True

    def registerProducer(self, producer: object, streaming: bool) -> None:
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def loseConnection(self) -> None:
        self.lost = True


class Typist:
    """Takes lines; holds its terminal after so many, if told to."""

    def __init__(self, terminal: Terminal, most: int = 1000) -> None:
        self.lines: list[str] = []
        self.refused: list[Reason] = []
        self.no_more = self.nobody = False
        self._terminal, self._most = terminal, most

    def typed(self, line: str) -> None:
        self.lines.append(line)
        if len(self.lines) >= self._most:
            self._terminal.hold()

    def mistyped(self, no: Refusal) -> None:
        self.refused.append(no.reason)

    def ended(self) -> None:
        self.no_more = True

    def unread(self) -> None:
        self.nobody = True


def at_terminal(most: int = 1000) -> tuple[Terminal, Typist, Stdio]:
    terminal = Terminal(lambda: None)
    terminal.typist = typist = Typist(terminal, most)
    stdio = Stdio()
    terminal.makeConnection(stdio)  # type: ignore[no-untyped-call]
    return terminal, typist, stdio


def test_lines_are_the_same_wherever_they_are_cut() -> None:
    terminal, typist, _ = at_terminal()
    for byte in "안녕\r\nสวัสดี\n\u2028x\n".encode():
        terminal.dataReceived(bytes([byte]))

    assert typist.lines == ["안녕", "สวัสดี", "\u2028x"]


def test_a_last_line_without_an_end_counts_and_then_it_is_over() -> None:
    terminal, typist, _ = at_terminal()
    terminal.dataReceived(b"one\ntwo")
    terminal.readConnectionLost()

    assert (typist.lines, typist.no_more) == (["one", "two"], True)


def test_held_it_reads_nothing_and_forgets_nothing() -> None:
    terminal, typist, stdio = at_terminal(most=2)
    terminal.dataReceived(b"1\n2\n3\n4\n")
    terminal.readConnectionLost()
    assert (typist.lines, typist.no_more, stdio.reading) == (["1", "2"], False, False)
    terminal.go_on()
    terminal.go_on()

    assert (typist.lines, stdio.reading) == (["1", "2", "3", "4"], False)
    terminal.go_on()
    assert typist.no_more


def test_what_was_typed_ahead_may_be_dropped() -> None:
    terminal, typist, _ = at_terminal(most=1)
    terminal.dataReceived(b"jinny\nhello\n")
    terminal.forget_typed()
    terminal.go_on()

    assert typist.lines == ["jinny"]


@pytest.mark.parametrize(
    ("typed", "reason"), [(b"\xff\xfe\n", Reason.BAD_TEXT), (b"x" * (MAX_LINE + 1) + b"\n", Reason.TOO_LONG)]
)
def test_what_cannot_be_a_line_is_refused_and_the_next_one_is_taken(typed: bytes, reason: Reason) -> None:
    terminal, typist, _ = at_terminal()
    terminal.dataReceived(typed + b"ok\n")

    assert (typist.refused, typist.lines) == ([reason], ["ok"])


def test_a_prompt_keeps_the_cursor_behind_it_and_events_are_lines() -> None:
    terminal, _, stdio = at_terminal()
    terminal.ask("닉네임 입력: ")
    terminal.show("* 안녕")

    assert stdio.written.decode() == "닉네임 입력: * 안녕\n"


def test_what_is_about_the_connection_may_go_elsewhere() -> None:
    told: list[str] = []
    terminal = Terminal(lambda: None, told.append)
    stdio = Stdio()
    terminal.makeConnection(stdio)  # type: ignore[no-untyped-call]
    terminal.tell("Server disconnected.")

    assert (told, stdio.written) == (["Server disconnected."], b"")


def test_the_ends_are_told() -> None:
    closed: list[bool] = []
    terminal = Terminal(lambda: closed.append(True))
    stdio = Stdio()
    terminal.makeConnection(stdio)  # type: ignore[no-untyped-call]
    terminal.close()
    assert closed == [], "there may still be something to show"
    terminal.connectionLost()

    assert (stdio.lost, closed) == (True, [True])


def test_an_output_that_is_closed_first_is_closed_for_good() -> None:
    closed: list[bool] = []
    terminal = Terminal(lambda: closed.append(True))
    terminal.typist = typist = Typist(terminal)
    terminal.makeConnection(Stdio())  # type: ignore[no-untyped-call]
    terminal.writeConnectionLost()
    terminal.close()

    assert (typist.nobody, closed) == (True, [True])
