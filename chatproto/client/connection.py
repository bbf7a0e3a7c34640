"""One connection to a server: bytes to frames and back, and whether the other side still lives.

The law here: a connection lives once. It never reconnects and knows nothing of what the frames mean; that
is the session's.
"""

from __future__ import annotations

import typing
from socket import socket

from twisted.internet import error
from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from chatproto.client.message import number
from chatproto.clock import Watch
from chatproto.core.events import Sentence, say
from chatproto.wire import tcp
from chatproto.wire.lines import LineBuffer
from chatproto.wire.stomp import HEARTBEAT, BadFrame, Frame, FrameBuffer, encode

BEAT = 10_000  # milliseconds between our heart-beats, and how often we want to hear one
# What a server may send: more than ours ever does, and still bounded.
MAX_LINE, MAX_HEADERS, MAX_BODY = 65_536, 128, 4_194_304
MAX_GREETING = 65_536  # bytes before CONNECTED: a program that is greeted as a person skips the greeting
FIRST_WORDS = frozenset({b"CONNECTED", b"ERROR"})

Cause: typing.TypeAlias = str | Sentence  # why there is no connection: in the system's words, the common ones in ours
COMMON: dict[type[BaseException] | None, Sentence] = {
    error.ConnectionRefusedError: say("Connection was refused by other side."),
    error.ConnectionDone: say("Connection was closed cleanly."),
    error.ConnectionLost: say("The connection was lost."),
    error.DNSLookupError: say("There is no host of that name."),
    error.NoRouteError: say("There is no way to it."),
    error.TimeoutError: say("It did not answer in time."),
    error.TCPTimedOutError: say("It did not answer in time."),
}


class Owner(typing.Protocol):
    """What a connection tells the one who uses it."""

    def opened(self, connection: Connection) -> None:
        """The connection is made: send CONNECT."""

    def received(self, frame: Frame) -> None:
        """A frame has come."""

    def closed(self, connection: Connection, why: Cause) -> None:
        """The connection is gone, and why, if it was not we who ended it."""


class Transport(ITCPTransport, IPushProducer):
    """A connection's other side, as Twisted's transports are: what is typed as two interfaces is one object."""


class Connection(Protocol):
    """The client's end of one connection, in STOMP 1.2."""

    transport: Transport

    def __init__(self, owner: Owner, clock: IReactorTime) -> None:
        self._owner, self._clock = owner, clock
        self._greeting: LineBuffer | None = LineBuffer(MAX_GREETING)
        self._skipped = 0
        self._frames = FrameBuffer(max_line=MAX_LINE, max_headers=MAX_HEADERS, max_body=MAX_BODY)
        self._beat: IDelayedCall | None = None  # the next of ours
        self._watch: Watch | None = None  # for the server's
        self._paused = False
        self._over = False

    # --- out --------------------------------------------------------------------------------------

    def send(self, frame: Frame) -> None:
        """Send a frame. Never waits."""
        if not self._over:
            self.transport.write(encode(frame))

    def close(self) -> None:
        """Close, once what was sent has been taken."""
        self._stop()
        self.transport.loseConnection()

    def drop(self) -> None:
        """Close at once."""
        self._stop()
        self.transport.abortConnection()

    def pause(self) -> None:
        """Stop reading: whoever reads what we hear takes no more now, not even what has come already."""
        self._paused = True
        self.transport.pauseProducing()

    def go_on(self) -> None:
        """Read again."""
        self._paused = False
        self._heard()
        self._drain()
        if not self._paused:
            self.transport.resumeProducing()

    # --- in ---------------------------------------------------------------------------------------

    def connectionMade(self) -> None:
        """Have the kernel notice a dead server, also one that promises no heart-beats; and introduce ourselves."""
        sock = getattr(self.transport, "socket", None)
        if isinstance(sock, socket):
            tcp.tune(sock)
        self._owner.opened(self)

    def dataReceived(self, data: bytes) -> None:
        """Hand on every whole frame, until told to pause."""
        self._heard()
        self._frames.feed(self._past_greeting(data))
        self._drain()

    def _drain(self) -> None:
        try:
            while not self._over and not self._paused and (frame := self._frames.next()) is not None:
                if isinstance(frame, Frame):
                    self._take(frame)
                else:
                    assert frame is HEARTBEAT  # its bytes were sign of life enough
        except BadFrame:
            self.drop()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        why = "" if self._over else cause(reason)
        self._stop()
        self._owner.closed(self, why)

    def _past_greeting(self, data: bytes) -> bytes:
        """Return what follows the greeting, if a person was expected here."""
        if self._greeting is None:
            return data
        self._greeting.feed(data)
        self._skipped += len(data)
        while (line := self._greeting.next()) is not None:
            if isinstance(line, bytes) and line in FIRST_WORDS:
                rest, self._greeting = line + b"\n" + self._greeting.rest(), None
                return rest
        if self._skipped > MAX_GREETING:
            self.drop()
        return b""

    def _take(self, frame: Frame) -> None:
        if frame.command == "CONNECTED":
            self._start_beating(frame.headers.get("heart-beat", "0,0"))
        self._owner.received(frame)

    # --- heart-beats ------------------------------------------------------------------------------

    def _start_beating(self, agreed: str) -> None:
        promised, _, wanted = agreed.partition(",")
        if number(wanted):
            every = max(number(wanted), BEAT) / 1000
            self._beat = self._clock.callLater(every, self._show_life, every)
        if number(promised):
            self._watch = Watch(self._clock, max(number(promised), BEAT) / 1000, self._silent)

    def _show_life(self, every: float) -> None:
        self._beat = self._clock.callLater(every, self._show_life, every)
        self.transport.write(b"\n")

    def _heard(self) -> None:
        if self._watch:
            self._watch.heard()

    def _silent(self) -> None:
        """Take a silent server for lost; not one that is not read."""
        if self._paused:
            self._heard()
        else:
            self.drop()

    def _stop(self) -> None:
        self._over = True
        if self._beat and self._beat.active():
            self._beat.cancel()
        if self._watch:
            self._watch.cancel()
        self._watch = None


def cause(reason: Failure) -> Cause:
    """Return why a connection ended or was not made. What is wrong with TLS comes as (library, function, words)."""
    if reason.type in COMMON:
        return COMMON[reason.type]
    told = getattr(reason.value, "args", ())
    if told and isinstance(told[0], list):
        return "TLS: " + ", ".join(str(part[-1]) for part in told[0])
    return reason.getErrorMessage()
