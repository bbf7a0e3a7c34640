"""One connection: frames however they are cut, and whether the other side lives."""

import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from chatproto.client.connection import Cause, Connection
from chatproto.core.events import say
from chatproto.testing import Wire
from chatproto.wire.stomp import Frame, encode

CONNECTED = encode(Frame("CONNECTED", {"version": "1.2", "heart-beat": "10000,10000"}))


class SSLError(Exception):
    """As pyOpenSSL has it, which is an extra."""


class Owner:
    def __init__(self) -> None:
        self.frames: list[str] = []
        self.ended = False
        self.why: Cause = ""

    def opened(self, connection: Connection) -> None:
        pass

    def received(self, frame: Frame) -> None:
        self.frames.append(frame.command)

    def closed(self, connection: Connection, why: Cause) -> None:
        self.ended, self.why = True, why


def connected() -> tuple[Connection, Owner, Wire, Clock]:
    clock, owner, wire = Clock(), Owner(), Wire()
    connection = Connection(owner, clock)
    wire.protocol = connection
    connection.makeConnection(wire)  # type: ignore[no-untyped-call]
    return connection, owner, wire, clock


@pytest.mark.parametrize("greeting", [b"", b"Welcome to chat. What is your name?\r\n", b"a\n\nCONNECTED to x\n"])
def test_a_greeting_for_people_is_skipped_wherever_it_is_cut(greeting: bytes) -> None:
    _, owner, wire, _ = connected()
    for byte in greeting + CONNECTED + encode(Frame("RECEIPT", {"receipt-id": "1"})):
        wire.receive(bytes([byte]))

    assert owner.frames == ["CONNECTED", "RECEIPT"]


def test_a_server_that_only_babbles_is_left() -> None:
    _, owner, wire, _ = connected()
    for _ in range(70):
        wire.receive(b"x" * 1000 + b"\n")

    assert owner.ended


def test_broken_framing_ends_the_connection() -> None:
    _, owner, wire, _ = connected()
    wire.receive(CONNECTED + b"not a frame\n")

    assert owner.ended


def test_it_beats_and_leaves_a_server_that_does_not() -> None:
    _, owner, wire, clock = connected()
    wire.receive(CONNECTED)
    clock.pump([5.0] * 5)
    assert wire.take() == b"\n\n"
    assert not owner.ended
    clock.advance(5.0)

    assert owner.ended
    assert not clock.getDelayedCalls()


def test_a_server_that_beats_is_kept() -> None:
    _, owner, wire, clock = connected()
    wire.receive(CONNECTED)
    for _ in range(10):
        clock.advance(10.0)
        wire.receive(b"\n")

    assert not owner.ended


def test_one_who_reads_nothing_does_not_hold_that_against_the_server() -> None:
    connection, owner, wire, clock = connected()
    wire.receive(CONNECTED)
    connection.pause()
    clock.pump([10.0] * 10)
    assert not wire.reading
    assert not owner.ended
    connection.go_on()
    clock.advance(10.0)

    assert not owner.ended


def test_who_pauses_hears_nothing_more_not_even_of_what_has_come() -> None:
    connection, owner, wire, _ = connected()
    wire.receive(CONNECTED)
    took = owner.received

    def take_one(frame: Frame) -> None:
        took(frame)
        connection.pause()

    owner.received = take_one  # type: ignore[method-assign]
    wire.receive(encode(Frame("RECEIPT", {"receipt-id": "1"})) * 3)
    heard = [len(owner.frames)]
    for _ in range(3):
        connection.go_on()
        heard.append(len(owner.frames))

    assert heard == [2, 3, 4, 4]
    assert wire.reading


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (ConnectionDone(), say("Connection was closed cleanly.")),
        (OSError(5, "broken"), "[Errno 5] broken"),
        (SSLError([("SSL routines", "", "certificate verify failed")]), "TLS: certificate verify failed"),
        (ValueError(), ""),
    ],
)
def test_why_it_was_ended_is_told(cause: Exception, why: Cause) -> None:
    connection, owner, _, _ = connected()
    connection.connectionLost(Failure(cause))

    assert owner.why == why


def test_what_we_end_ourselves_has_no_cause() -> None:
    connection, owner, _, _ = connected()
    connection.drop()

    assert (owner.ended, owner.why) == (True, "")
