"""A peer that ends its half, as `printf … | nc -N` does: what came before is done and answered, then it is closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred
from wsproto.events import CloseConnection

from chatproto.core.events import Search
from chatproto.journal.memory import MemoryJournal
from chatproto.testing import UNHURRIED, ChatInMemory, Person, Wire
from chatproto.wire.stomp import Frame, encode
from tests.doors.sockets import HOST, Socket, Web, request

CONNECT = encode(Frame("CONNECT", {"accept-version": "1.2", "login": "bot"}))


def send(text: str, receipt: str = "", destination: str = "/room/lobby") -> bytes:
    return encode(Frame("SEND", {"destination": destination, "receipt": receipt}, text.encode()))


def subscribe(destination: str, **headers: str) -> bytes:
    return encode(Frame("SUBSCRIBE", {"id": destination, "destination": destination, **headers}))


def ended_after(chat: ChatInMemory, data: bytes) -> Wire:
    """A connection on which this came and then the end of the peer's half."""
    wire = chat.wire()
    wire.receive(data)
    wire.end()
    chat.settle()
    return wire


def left(chat: ChatInMemory, wire: Wire, seconds: float = 1.0) -> str:
    """All that a peer still reads, until it is closed."""
    chat.wait(seconds)
    heard = wire.take().decode(errors="replace")
    assert wire.closed
    return heard


@pytest.fixture
def chat() -> ChatInMemory:
    return ChatInMemory()


@pytest.fixture
def oscar(chat: ChatInMemory) -> Person:
    return chat.person("oscar")


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"bot\n/who\n", "* 2 in #lobby: bot, oscar"),
        (b"bot\n/who", "* 2 in #lobby: bot, oscar"),  # a last line without an end is a line
        (b"bot", "* Hello, bot."),
        (b"bot\nhello\n/history\n", "<bot> hello"),
        (b"bot\nhello\n/search hello\n", "<bot> hello"),
        (b"bot\n/kcik\n", "! There is no such command."),
        (b"oscar\n", "! Somebody is called oscar already."),
        (b"\xff\xfd\x06bot\n/quit\n", "Goodbye, bot."),
        (CONNECT + subscribe("/me", receipt="a") + send("hi", "b"), "RECEIPT\nreceipt-id:a"),
        (CONNECT + subscribe("/room/lobby", receipt="a") + send("hi", "b"), "RECEIPT\nreceipt-id:b\nseq:1"),
        (CONNECT + subscribe("/me") + send("/rooms", "c", "/command"), "RECEIPT\nreceipt-id:c"),
        (
            CONNECT + subscribe("/room/lobby") + send("hi") + subscribe("/me") + send("/search hi", "s", "/command"),
            "receipt-id:s",
        ),
        (CONNECT + b"SEND\nhalf a frame", "CONNECTED"),
        (b"GET / HTTP/1.0\n\n", "This is a chat server"),
    ],
)
def test_what_came_before_the_end_is_answered(chat: ChatInMemory, oscar: Person, sent: bytes, answered: str) -> None:
    assert answered in left(chat, ended_after(chat, sent))


@pytest.mark.parametrize("sent", [b"", b"\n", b"\xff\xf1"])
def test_who_has_said_nothing_is_closed(chat: ChatInMemory, sent: bytes) -> None:
    assert left(chat, ended_after(chat, sent)) == ""


def test_the_others_hear_what_was_said_and_then_that_the_connection_is_lost(chat: ChatInMemory, oscar: Person) -> None:
    wire = ended_after(chat, b"bot\nhello\n")
    left(chat, wire)
    chat.settle()
    assert oscar.reads() == ["* bot joined", "[00:00] <bot> hello", "* bot lost the connection"]


def test_more_lines_than_the_pace_allows_are_all_said() -> None:
    """The end waits behind what is not yet read, as in the kernel."""
    chat = ChatInMemory(replace(UNHURRIED, rate=5.0, burst=20))
    oscar = chat.person("oscar")
    wire = ended_after(chat, b"bot\n" + b"".join(b"line %d\n" % n for n in range(30)))
    assert not wire.closed
    left(chat, wire, 10.0)
    assert [line for line in oscar.reads() if "<bot>" in line] == [f"[00:00] <bot> line {n}" for n in range(30)]


ALL = [f"line {n}" for n in range(30)]


@pytest.mark.parametrize(
    "sent",
    [
        b"bot\n" + b"".join(f"{line}\n".encode() for line in ALL),
        CONNECT + subscribe("/room/lobby") + b"".join(send(line) for line in ALL),
    ],
)
def test_they_are_said_also_where_the_connection_has_gone_altogether(sent: bytes) -> None:
    """Below TLS the end of one half is the end of both."""
    chat = ChatInMemory(replace(UNHURRIED, rate=5.0, burst=20, linger=0.0))
    oscar = chat.person("oscar")
    wire = chat.wire()
    wire.receive(sent)
    wire.cut()
    chat.wait(20.0)
    assert [line.partition("> ")[2] for line in oscar.reads() if "<bot>" in line] == ALL
    assert (len(chat.factory.connections), list(chat.factory.chat.people)) == (1, ["oscar"])


class Slow(MemoryJournal):
    """A journal that finds things in its own time."""

    def __init__(self) -> None:
        super().__init__(1000)
        self.asked: list[Callable[[], object]] = []

    def search(self, wish: Search) -> Deferred[list[object]]:  # type: ignore[override]
        found: Deferred[list[object]] = Deferred()
        self.asked.append(lambda: super(Slow, self).search(wish).chainDeferred(found))  # type: ignore[arg-type]
        return found


def test_an_answer_that_takes_time_is_waited_for() -> None:
    journal = Slow()
    chat = ChatInMemory(journal=journal)
    wire = ended_after(chat, b"bot\nhello\n/search hello\n")
    chat.wait(5.0)
    assert not wire.closing
    journal.asked[0]()
    assert left(chat, wire).endswith("<bot> hello\r\n")


def test_and_not_for_ever() -> None:
    """`LAST_ANSWERS`: a disk that stands still holds no connection."""
    chat = ChatInMemory(journal=Slow())
    wire = ended_after(chat, b"bot\nhello\n/search hello\n")
    chat.wait(29.9)
    assert not wire.closing
    left(chat, wire, 0.1)


# --- in a WebSocket --------------------------------------------------------------------------------


@pytest.mark.parametrize("goodbye", [True, False])
def test_in_a_websocket_too(goodbye: bool) -> None:
    """RFC 6455, 5.5.1: the closing frame is answered after what was under way; or the half is ended without one."""
    web = Web(ChatInMemory())
    program = web.program("bot")
    socket: Socket = program.wire  # type: ignore[assignment]
    socket.receive(subscribe("/room/lobby", receipt="a") + send("hi", "b"))
    if goodbye:
        socket.send(CloseConnection(1000))
    else:
        socket.below.end()
    web.chat.wait(1.0)
    heard = socket.take().decode()
    assert ("receipt-id:a" in heard, "receipt-id:b" in heard, socket.below.closed) == (True, True, True)
    assert socket.code == 1000


def test_a_page_is_sent_whole_to_who_ends_its_half() -> None:
    wire = Web(ChatInMemory()).wire()
    wire.receive(request("/health", {"Host": HOST}))
    wire.end()
    assert wire.take().endswith(b"ok\n")
    assert wire.closed
