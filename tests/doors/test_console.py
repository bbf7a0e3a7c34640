"""The operator's console at the server's own terminal: what it says of itself, and what stands on the screen."""

import io

import pytest

from chatproto.doors.console import ConsoleDoor, TerminalConsole
from chatproto.operators_terminal import ERASE, Above
from chatproto.testing import ChatInMemory
from chatproto.wire.editing import LineEditor
from chatproto.words import width

GREETING = "* This is the operator's console: a line is announced to everybody. /help lists the commands."


class Terminal:
    """A terminal on whose screen a line is being typed, and the server's console at it."""

    def __init__(self, chat: ChatInMemory) -> None:
        self._chat, self._out = chat, io.StringIO()
        line = LineEditor("> ", width)
        self.screen = Above(self._out, line, lambda: 80)
        self.door = TerminalConsole(chat.factory.hub, "en", line, self.screen)
        self.door.connectionMade()

    def types(self, keys: str) -> None:
        self.door.dataReceived(keys.encode())

    def rows(self) -> list[str]:
        """What stands on the screen since the last look: whole lines, and the row in which the cursor is."""
        self._chat.settle()
        written = self._out.getvalue()
        self._out.truncate(0)
        self._out.seek(0)
        return [row.rpartition(ERASE)[2] for row in written.split("\n")]


@pytest.fixture
def chat() -> ChatInMemory:
    return ChatInMemory()


@pytest.fixture
def terminal(chat: ChatInMemory) -> Terminal:
    terminal = Terminal(chat)
    assert terminal.rows() == [GREETING, "> "]
    return terminal


def test_a_line_of_the_log_does_not_cut_through_what_is_being_typed(terminal: Terminal) -> None:
    terminal.types("안녕, cla")
    assert terminal.rows() == ["> 안녕, cla"]
    terminal.screen.write("[OPEN] 192.0.2.7\n[JOIN] oscar in #lob")
    assert terminal.rows() == ["[OPEN] 192.0.2.7", "> 안녕, cla"]
    terminal.screen.write("by\n")
    assert terminal.rows() == ["[JOIN] oscar in #lobby", "> 안녕, cla"]


def test_an_announcement_is_confirmed(chat: ChatInMemory, terminal: Terminal) -> None:
    oscar = chat.person("oscar")
    terminal.types("tea is ready\n")
    assert terminal.rows() == ["> tea is ready", "* Everybody has been told.", "> "]
    assert oscar.reads() == ["* server announces: tea is ready"]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/set limit 5", "* Done in #lobby."),
        ("/set hush on", "* Done in #lobby."),
        ("/mute oscar", "* #lobby: server muted oscar"),
        ("/op oscar", "* #lobby: server made oscar an operator"),
        ("/announce #lobby tea", "* Done in #lobby."),
        ("/announce tea", "* Everybody has been told."),
        ("/kick oscar", "* oscar was put out."),
        ("/quit", "! The console ends with the server. /shutdown ends both."),
        ("/slip", "! The console ends with the server. /shutdown ends both."),
        ("/history", "! The console is in no room. Name one, as #lobby."),
        ("caf\udce9", "! That is not UTF-8 text (byte 4). Set your terminal to UTF-8."),
    ],
)
def test_an_order_is_answered_with_the_room_that_it_was_for(
    chat: ChatInMemory, terminal: Terminal, typed: str, answer: str
) -> None:
    chat.person("oscar")
    terminal.door.dataReceived(typed.encode("utf-8", "surrogateescape") + b"\n")
    assert terminal.rows()[1:] == [answer, "> "]


def test_its_help_says_what_becomes_of_a_line_there(chat: ChatInMemory, terminal: Terminal) -> None:
    oscar = chat.person("oscar")
    terminal.types("/help\n")
    oscar.types("/help")
    said = "A line without a slash is {} /help kick explains one command."
    assert terminal.rows()[-2] == f"* {said.format('announced to everybody.')}"
    assert oscar.reads()[-1] == f"* {said.format('said in the room.')}"


def test_at_the_end_the_terminal_has_no_line_to_type_into(terminal: Terminal) -> None:
    terminal.types("half")
    terminal.screen.end()
    terminal.screen.write("Server Shut Down.\n")
    assert terminal.rows() == ["Server Shut Down.", ""]


def test_a_terminal_that_was_closed_stops_nothing(chat: ChatInMemory) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    Above(Closed(), LineEditor("> ", width), lambda: 80).write("[OPEN] 192.0.2.7\n")


def test_in_a_pipe_there_is_no_greeting(chat: ChatInMemory) -> None:
    written = io.BytesIO()

    class Pipe(ConsoleDoor):
        def write(self, data: bytes) -> None:
            written.write(data)

    door = Pipe(chat.factory.hub, "en")
    door.connectionMade()
    door.lineReceived(b"tea is ready")
    chat.settle()
    assert written.getvalue() == b"* Everybody has been told.\n"
