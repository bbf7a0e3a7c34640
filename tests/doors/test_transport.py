"""A transport that sends at once: the same bytes in the same order as Twisted's own, only sooner."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from twisted.internet import tcp
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactor

from chatproto.doors.transport import AtOnce, send_at_once
from chatproto.doors.web.site import WebFactory
from chatproto.testing import UNHURRIED, ChatInMemory, Wire
from chatproto.wire import tcp as tcp_options

MUCH = bytes(range(256)) * 8192  # 2 MiB: more than two kernel buffers take


class Reactor:
    """Takes note of what it is to look at."""

    def __init__(self) -> None:
        self.readers: set[Any] = set()
        self.writers: set[Any] = set()
        self.addReader, self.removeReader = self.readers.add, self.readers.discard
        self.addWriter, self.removeWriter = self.writers.add, self.writers.discard


class Pair:
    """A transport, and its peer's socket."""

    def __init__(self) -> None:
        ours, self.peer = socket.socketpair()
        ours.setblocking(False)
        self.peer.setblocking(False)
        self.reactor = cast("Any", Reactor())
        server: Any = None
        self.transport: Any = AtOnce(ours, Protocol(), ("127.0.0.1", 1), server, 1, self.reactor)

    def came(self) -> bytes:
        """What the peer can read now."""
        pieces = []
        try:
            while piece := self.peer.recv(65536):
                pieces.append(piece)
        except BlockingIOError:
            pass
        return b"".join(pieces)

    def all_that_comes(self) -> bytes:
        """What the peer reads in the end, while the reactor sees to the writing."""
        came = self.came()
        while self.transport in self.reactor.writers:
            self.transport.doWrite()
            came += self.came()
        return came


@pytest.fixture
def pair() -> Iterator[Pair]:
    pair = Pair()
    yield pair
    pair.peer.close()
    pair.transport.socket.close()


class Pressed:
    """A producer that counts how often it was told to stop."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def pauseProducing(self) -> None:
        self.heard.append("pause")

    def resumeProducing(self) -> None:
        self.heard.append("resume")

    def stopProducing(self) -> None:
        self.heard.append("stop")


def test_what_is_written_is_with_the_peer_before_the_reactor_turns(pair: Pair) -> None:
    pair.transport.write(b"hello\n")
    assert pair.came() == b"hello\n"
    assert pair.reactor.writers == set()


def test_what_the_kernel_does_not_take_waits_and_nothing_overtakes_it(pair: Pair) -> None:
    pair.transport.write(MUCH)
    pair.transport.write(b"the end\n")
    assert pair.transport in pair.reactor.writers
    assert pair.all_that_comes() == MUCH + b"the end\n"
    pair.transport.write(b"at once again\n")
    assert pair.came() == b"at once again\n"


def test_a_sequence_that_waits_is_not_overtaken(pair: Pair) -> None:
    pair.transport.writeSequence([b"one ", b"two "])
    pair.transport.write(b"three")
    assert pair.all_that_comes() == b"one two three"


def test_a_producer_is_stopped_by_what_waits_and_goes_on_once_it_is_taken(pair: Pair) -> None:
    producer = Pressed()
    pair.transport.registerProducer(producer, True)
    pair.transport.write(b"little")
    assert producer.heard == []
    pair.transport.write(MUCH)
    assert producer.heard == ["pause"]
    assert pair.all_that_comes() == b"little" + MUCH
    assert producer.heard == ["pause", "resume"]


def test_nothing_goes_out_ahead_of_an_end_that_was_asked_for(pair: Pair) -> None:
    pair.transport.loseConnection()
    pair.transport.write(b"too late")
    assert pair.came() == b""


def test_a_peer_that_has_gone_is_the_reactors_to_notice(pair: Pair) -> None:
    pair.peer.close()
    pair.transport.write(b"anybody?")
    assert pair.transport in pair.reactor.writers


def test_only_a_port_of_twisteds_own_tcp_is_changed() -> None:
    port = tcp.Port(0, Factory(), reactor=MemoryReactor())
    assert send_at_once(port) is port
    assert port.transport is AtOnce
    other: Any = object()
    assert send_at_once(other) is other


class Tcp(Wire):
    """A wire in memory that has a socket of its own, as Twisted's transports do, below TLS too."""

    def __init__(self) -> None:
        super().__init__()
        self.socket = socket.socket()

    @property
    def user_timeout(self) -> int:
        return self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)


def tcp_of(chat: ChatInMemory, factory: Any = None) -> Tcp:  # noqa: ANN401 - any of Twisted's
    wire = Tcp()
    wire.protocol = (factory or chat.factory).buildProtocol(wire.address)
    wire.protocol.makeConnection(wire)
    return wire


@pytest.mark.parametrize("web", [False, True])
def test_every_door_has_the_kernel_notice_a_dead_peer(web: bool) -> None:
    """Also for a browser that has only asked for the page."""
    chat = ChatInMemory()
    wire = tcp_of(chat, WebFactory(chat.factory) if web else None)
    with wire.socket:
        assert wire.user_timeout == tcp_options.USER_TIMEOUT * 1000


def test_a_reader_that_takes_nothing_has_as_long_as_the_setting_says() -> None:
    chat = ChatInMemory(replace(UNHURRIED, stall_timeout=120.0))
    wire = tcp_of(chat)
    with wire.socket:
        wire.receive(b"oscar\n")
        chat.settle()
        wire.protocol.connection.pauseProducing()
        assert wire.user_timeout == 120_000
        wire.protocol.connection.resumeProducing()
        assert wire.user_timeout == tcp_options.USER_TIMEOUT * 1000
