"""A chat in memory, for tests: of this package, of somebody's bot, of a program that embeds a chat.

    chat = ChatInMemory()
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    oscar.types("hello")
    assert jinny.reads() == ["[00:00] <oscar> hello"]

No reactor, no socket, no waiting: time is a `task.Clock` at `chat.clock`, and what was typed has been heard
when `types` returns. `chat.join(protocol)` connects any client protocol to the same chat, and `Network(chat)` is the
endpoint for a client that connects by itself, such as a `Bot`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.error import ConnectionRefusedError as NobodyThere
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IProtocol,
    IProtocolFactory,
    IPushProducer,
    IStreamClientEndpoint,
    ITransport,
)
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from chatproto.core.settings import Settings
from chatproto.factory import ChatFactory, ConsoleFactory
from chatproto.wire.stomp import Frame, FrameBuffer, Heartbeat, encode

NEGOTIATION = re.compile(rb"\xff[\xfb-\xfe].", re.DOTALL)  # what telnets say to each other; nobody sees it
STORY = 1_000  # turns of the reactor after which something is taken to go round for ever
UNHURRIED = Settings(rate=0.0, tz="UTC")  # a test types faster than a person


@implementer(IPushProducer)
class Wire:
    """One end of a connection in memory: the transport of a protocol, as a TCP one behaves.

    Bytes written stay here until `take` carries them away. `full` plays a peer that reads nothing: beyond
    `most` bytes the registered producer is told to stop, and to go on once they were taken.
    """

    most = 65536

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.protocol: Any = None
        self.address = IPv4Address("TCP", address, 50000)
        self.written = bytearray()
        self.closing = self.closed = False
        self.reading = True
        self.ended = False  # the peer sends nothing more
        self.unread = bytearray()
        self.stuck = False
        self._producer: IPushProducer | None = None
        self._paused = False

    # --- what a protocol does with its transport --------------------------------------------------

    @property
    def disconnecting(self) -> bool:
        """Whether an end was asked for: Twisted's LineReceiver looks at this between two lines."""
        return self.closing

    def write(self, data: bytes) -> None:
        if self.closed or self.closing:
            return
        self.written += data
        if self._producer and not self._paused and len(self.written) > self.most:
            self._paused = True
            self._producer.pauseProducing()

    def writeSequence(self, data: list[bytes]) -> None:
        self.write(b"".join(data))

    def loseConnection(self, *_: object) -> None:
        self.closing = True
        if not self.written and not self.stuck:
            self._lost(ConnectionDone())

    def abortConnection(self) -> None:
        self._lost(ConnectionAborted())

    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None:
        if self._producer is not None:
            raise RuntimeError("a producer is registered already")  # as Twisted's transports have it
        self._producer = producer

    def unregisterProducer(self) -> None:
        self._producer = None

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True
        data, self.unread = bytes(self.unread), bytearray()
        if data:
            self.receive(data)
        if self.ended and self.reading and not self.closed:
            self.end()

    def stopProducing(self) -> None:
        self.loseConnection()

    def has_queued(self) -> bool:
        """Say whether anything that was written was not taken."""
        return bool(self.written)

    def getPeer(self) -> IPv4Address:
        return self.address

    def getHost(self) -> IPv4Address:
        return self.address

    # --- what the test does with it ---------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Deliver bytes to the protocol; while it does not read they wait, as in the kernel."""
        if self.closed:
            return
        if self.reading:
            self.protocol.dataReceived(data)
        else:
            self.unread += data

    def end(self) -> None:
        """End the peer's half, as `nc -N` does: it sends nothing more, and still reads."""
        self.ended = True
        if not self.reading or self.closed:
            return
        if IHalfCloseableProtocol.providedBy(self.protocol):
            self.protocol.readConnectionLost()
        else:
            self._lost(ConnectionDone())

    def take(self, most: int | None = None) -> bytes:
        """Carry away what was written, or the first `most` bytes of it."""
        data = bytes(self.written[:most])
        del self.written[: len(data)]
        if self._paused and not self.written:
            self._paused = False
            if self._producer:
                self._producer.resumeProducing()
        if self.closing and not self.written:
            self._lost(ConnectionDone())
        return data

    def cut(self) -> None:
        """Break the connection, as a pulled cable does in the end."""
        self._lost(ConnectionAborted())

    def _lost(self, why: Exception) -> None:
        if not self.closed:
            self.closed, self._producer = True, None
            self.protocol.connectionLost(Failure(why))


class ChatInMemory:
    """A whole chat on a clock that stands still until it is told to go on; `began` is the time that it shows."""

    def __init__(self, settings: Settings = UNHURRIED, *, began: float = 0.0, **injected: Any) -> None:  # noqa: ANN401 - ChatFactory's own
        self.clock = Clock()
        self.clock.advance(began)
        self.factory = ChatFactory(self.clock, settings, **injected)
        self.console_factory = ConsoleFactory(self.factory)

    def settle(self) -> None:
        """Let everything happen that waits for no time to pass."""
        for _ in range(STORY):
            if not any(call.getTime() <= self.clock.seconds() for call in self.clock.getDelayedCalls()):
                return
            self.clock.advance(0)
        raise AssertionError("the chat goes round and round without time passing")

    def wait(self, seconds: float) -> None:
        """Let time pass, and what falls due happen, each at its time."""
        end = self.clock.seconds() + seconds
        while True:
            due = [c.getTime() for c in self.clock.getDelayedCalls() if c.getTime() <= end]
            if not due:
                break
            self.clock.advance(max(0.0, min(due) - self.clock.seconds()))
            self.settle()
        self.clock.advance(max(0.0, end - self.clock.seconds()))

    def wire(self, address: str = "127.0.0.1", factory: Factory | None = None) -> Wire:
        """Return a new connection to the chat."""
        wire = Wire(address)
        wire.protocol = (factory or self.factory).buildProtocol(wire.address)
        wire.protocol.makeConnection(wire)
        return wire

    def person(self, name: str = "", address: str = "127.0.0.1") -> Person:
        """Return somebody at a telnet, in the lobby if a name is given."""
        person = Person(self, self.wire(address))
        if name:
            person.types(name)
            person.reads()
        return person

    def program(self, name: str = "", address: str = "127.0.0.1", **headers: str) -> Program:
        """Return a program that speaks STOMP, connected and subscribed to /me if a name is given."""
        program = Program(self, self.wire(address))
        if name:
            program.sends("CONNECT", {"accept-version": "1.2", "login": name, **headers})
            program.sends("SUBSCRIBE", {"id": "me", "destination": "/me"})
            program.reads()
        return program

    def console(self) -> Person:
        """Return the operator at the console."""
        console = Person(self, self.wire("", self.console_factory))
        console.types("operator")
        console.reads()
        return console

    def join(self, protocol: IProtocol, address: str = "127.0.0.1") -> Joined:
        """Connect a client protocol, somebody's bot, to the chat."""
        return Joined(self, protocol, self.wire(address))


class Person:
    """Somebody at a telnet or nc."""

    def __init__(self, chat: ChatInMemory, wire: Wire) -> None:
        self._chat, self.wire = chat, wire

    def types(self, *lines: str) -> None:
        """Type lines, and let the chat take them."""
        self.wire.receive("".join(f"{line}\n" for line in lines).encode())
        self._chat.settle()

    def reads(self) -> list[str]:
        """Return the lines on the screen since the last look."""
        text = NEGOTIATION.sub(b"", self.wire.take()).decode()
        return text.replace("\r\n", "\n").split("\n")[:-1]


class Program:
    """A program that speaks STOMP, frame by frame."""

    def __init__(self, chat: ChatInMemory, wire: Wire) -> None:
        self._chat, self.wire = chat, wire
        self._frames = FrameBuffer(max_line=0, max_headers=0, max_body=0)

    def sends(self, command: str, headers: Mapping[str, str] | None = None, body: str = "") -> None:
        """Send a frame, and let the chat take it."""
        self.wire.receive(encode(Frame(command, headers or {}, body.encode())))
        self._chat.settle()

    def joins(self, room: str, **headers: str) -> None:
        """Subscribe to a room, under its own destination as the subscription's id."""
        self.sends("SUBSCRIBE", {"id": f"/room/{room}", "destination": f"/room/{room}", **headers})

    def says(self, room: str, text: str, **headers: str) -> None:
        """Send a text to a room; `idempotency_key=` and `receipt=` are headers."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        self.sends("SEND", {"destination": f"/room/{room}", **more}, text)

    def reads(self) -> list[Frame]:
        """Return the frames that came since the last look."""
        self._frames.feed(self.wire.take())
        found = []
        while (item := self._frames.next()) is not None:
            if not isinstance(item, Heartbeat):
                found.append(item)
        return found


class Joined:
    """A client protocol and the chat, joined in memory: bytes go to and fro when the test says so."""

    def __init__(self, chat: ChatInMemory, protocol: IProtocol, server: Wire) -> None:
        self._chat, self.server, self.client = chat, server, Wire()
        self.client.protocol = protocol
        protocol.makeConnection(cast("ITransport", self.client))

    def pump(self, *, pieces: Callable[[bytes], list[bytes]] = lambda data: [data]) -> None:
        """Carry bytes both ways until there are none; `pieces` may cut them up as a network would."""
        for _ in range(STORY):
            self._chat.settle()
            there, back = self.client.take(), self.server.take()
            if not there and not back:
                return
            for piece in pieces(there) if there else []:
                self.server.receive(piece)
            for piece in pieces(back) if back else []:
                self.client.receive(piece)
        raise AssertionError("client and server go on talking for ever")

    def cut(self) -> None:
        """Break the connection; what was on its way is lost."""
        self.server.cut()
        self.client.cut()
        self._chat.settle()


@implementer(IStreamClientEndpoint)
class Network:
    """The way from one client to a chat in memory: an endpoint, for a client that connects by itself, as a `Bot` does.

        network = Network(chat)
        bot = Parrot(network, chat.clock)
        bot.start("parrot", "#lobby")
        network.run()

    `there` is whether anybody answers, and `calls` counts how often the client has asked.
    """

    def __init__(self, chat: ChatInMemory, *, console: bool = False) -> None:
        self.chat, self.there, self.calls, self._console = chat, True, 0, console
        self.joined: Joined | None = None

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect a client, or fail with Twisted's `ConnectionRefusedError`."""
        self.calls += 1
        if not self.there:
            return fail(NobodyThere())
        protocol = factory.buildProtocol(None)  # type: ignore[arg-type]
        assert protocol
        self.joined = self._at_console(protocol) if self._console else self.chat.join(protocol)
        return succeed(protocol)

    def _at_console(self, protocol: IProtocol) -> Joined:
        return Joined(self.chat, protocol, self.chat.wire("", self.chat.console_factory))

    def run(self) -> None:
        """Carry all bytes to and fro."""
        while self.joined and not self.joined.client.closed:
            joined = self.joined
            joined.pump()
            if joined.client.closed or joined.server.closed:
                joined.cut()  # the end of one side is the end of the other
            if self.joined is joined:
                return

    def wait(self, seconds: float) -> None:
        """Let time pass on both sides, in steps short enough for anything to be answered."""
        for _ in range(int(seconds * 2)):
            self.chat.wait(0.5)
            self.run()

    def cut(self) -> None:
        """Break the connection; what was on its way is lost."""
        assert self.joined
        self.joined.cut()
