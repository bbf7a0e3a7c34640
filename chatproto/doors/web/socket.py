"""The WebSocket door: STOMP's frames in WebSocket messages, handed to the door for programs.

`twisted.web.websocket` does the handshake and decodes. What it leaves to others is done around it here:

    HTTP channel -> Guard -> Twisted's wire protocol -> Door -> StompDoor
                    cuts at frames' ends, at a pace;     is a transport, so that all that holds on TCP
                    no message grows past the limit      (pressure, grace, limits) holds here

The handshake answers with the subprotocol that was agreed, which Twisted has no word for and browsers insist on.
"""

from __future__ import annotations

import re
from base64 import b64decode
from contextlib import suppress
from functools import lru_cache
from typing import Any, Protocol, cast

from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IProtocol,
    IPushProducer,
    ITransport,
)
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import BAD_REQUEST, Request
from twisted.web.http_headers import Headers
from twisted.web.websocket import WebSocketResource, WebSocketTransport
from wsproto.connection import Connection as Framing
from wsproto.connection import ConnectionType
from wsproto.events import BytesMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError
from zope.interface import implementer

from chatproto.core.pace import Pace
from chatproto.doors.connection import MAX_PENDING, Connection, Host, Program, Transport
from chatproto.doors.transport import has_queued
from chatproto.wire.websocket import FrameCutter, MessageTooLong

SUBPROTOCOLS = ("v12.stomp", "v11.stomp", "v10.stomp")
HANDSHAKE = (b"connection", b"upgrade", b"sec-websocket-key", b"sec-websocket-protocol", b"sec-websocket-version")
PLAIN = re.compile(rb"[^ -~]")  # what is no plain letter or sign, and in no handshake
UPGRADE_REQUIRED = 426
VERSION = "13"
KEY_BYTES = 16
OPCODE, CLOSE = 0x0F, 0x08  # of a frame's first byte: what kind it is; the goodbye (RFC 6455, 5.2)
FRAGMENTS = 10  # WebSocket frames for one of STOMP: some clients cut it up, and some send pings
A_TURN = 100  # WebSocket frames of one connection in one turn of the reactor, where nothing else holds them


class ProgramHost(Host, Protocol):
    """What this door needs of its factory beyond every door's needs."""

    def program(self) -> Program:
        """Return a door for programs, to take over a connection."""


log = Logger("chat")
_framing = Framing(ConnectionType.SERVER)


@lru_cache(maxsize=4)
def framed(data: bytes) -> bytes:
    """Return bytes as one message, made once for all who are sent the same."""
    return bytes(_framing.send(BytesMessage(data)))


@implementer(IProtocol)
class Guard:
    """Stands between the channel and Twisted's wire protocol: its transport on one side, its peer on the other."""

    def __init__(self, wire: IProtocol, door: Door) -> None:
        self._wire, self._door = wire, door

    # --- in: from the channel ---------------------------------------------------------------------

    def makeConnection(self, transport: ITransport) -> None:
        """Take over from HTTP, which is its transport's producer until now."""
        self._transport = cast("Transport", transport)
        self._transport.unregisterProducer()
        self._door.guarded(self._transport, self)
        self._wire.makeConnection(cast("ITransport", self))

    def connectionMade(self) -> None:
        """Do no more: makeConnection has done all."""

    def dataReceived(self, data: bytes) -> None:
        self._door.take(data)

    def decode(self, data: bytes) -> None:
        """Let through what was cut."""
        self._wire.dataReceived(data)

    def connectionLost(self, reason: Failure) -> None:
        self._wire.connectionLost(reason)

    def readConnectionLost(self) -> None:
        """Do and answer what came before."""
        self._door.connection.no_more()

    # --- out: from Twisted's wire protocol, what it answers by itself -----------------------------

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def loseConnection(self) -> None:
        """End, after the last frame; the connection sees to it that it does end."""
        self._transport.loseConnection()
        self._door.connection.close()


class Door:
    """One WebSocket: to Twisted the protocol that gets messages, to a Connection the transport that takes bytes."""

    connection: Connection

    def __init__(self, host: ProgramHost, peer: IAddress) -> None:
        settings = host.settings
        self._host, self._peer = host, peer
        self._frames = FrameCutter(settings.max_body and settings.max_body + MAX_PENDING)
        self._pace = Pace(settings.rate * FRAGMENTS, settings.burst * FRAGMENTS, host.clock.seconds())
        self._turn: IDelayedCall | None = None  # when the next frame may be looked at
        self._paused = False
        self._code = CloseReason.NORMAL_CLOSURE
        self._goodbye = b""  # the frame with which the peer has closed: answered once all before it is

    def guarded(self, transport: Transport, guard: Guard) -> None:
        """Take note of what lies below."""
        self._transport, self._guard = transport, guard

    def take(self, data: bytes) -> None:
        """Take what came, and let through what may be."""
        self._frames.feed(data)
        self._let_through()
        if self._frames.waiting() > 2 * MAX_PENDING:  # though it is not read: one read was under way
            self._end(CloseReason.POLICY_VIOLATION)

    def _let_through(self) -> None:
        try:
            for _ in range(A_TURN):
                if not self.connection.open or self._goodbye or self._paused or self._turn or not self._may_go_on():
                    return
                begins, piece = self._frames.begins, self._frames.next()
                if not piece:
                    return
                if begins and piece[0] & OPCODE == CLOSE:
                    self._goodbye = piece
                    self.connection.no_more()
                    return
                self._guard.decode(piece)
            self._wait(0.0)
        except MessageTooLong:
            self._end(CloseReason.MESSAGE_TOO_BIG)

    def _may_go_on(self) -> bool:
        """Say whether there is more, and its turn; if that is yet to come, read nothing until then."""
        if not self._frames.waiting():
            return False
        wait = self._pace.wait(self._host.clock.seconds()) if self._frames.begins else 0.0
        if wait:
            self._wait(wait)
        return not wait

    def _wait(self, seconds: float) -> None:
        self._transport.pauseProducing()
        self._turn = self._host.clock.callLater(seconds, self._take_turn)

    def _take_turn(self) -> None:
        self._turn = None
        self._go_on()

    def _go_on(self) -> None:
        self._let_through()
        if self.connection.open and not self._paused and not self._turn:
            self._transport.resumeProducing()

    def _end(self, code: CloseReason) -> None:
        self._code = code
        self.connection.close()

    # --- to Twisted: WebSocketProtocol ------------------------------------------------------------

    def negotiationStarted(self, transport: WebSocketTransport) -> None:
        """Take note of the way back. The answer to the handshake is still to be written."""
        self._messages = transport

    def negotiationFinished(self) -> None:
        """Hand the connection to the door for programs."""
        self._program = self._host.program()
        self.connection = Connection(cast("Transport", self), self._host, self._program)
        self._host.hub.opened(self.connection.peer)
        self._program.begin(self.connection)

    def bytesMessageReceived(self, data: bytes | bytearray) -> None:
        self._program.dataReceived(bytes(data))

    def textMessageReceived(self, message: str) -> None:
        self._program.dataReceived(message.encode())

    def pongReceived(self, payload: bytes) -> None:
        """Take note of nothing: heart-beats are STOMP's."""

    def connectionLost(self, reason: Failure) -> None:
        if self._turn:
            self._turn.cancel()
        self._turn = None
        self._program.connectionLost(reason)

    # --- to a Connection: a transport -------------------------------------------------------------

    def write(self, data: bytes) -> None:
        self._transport.write(framed(data))

    def pauseProducing(self) -> None:
        self._paused = True
        self._transport.pauseProducing()

    def resumeProducing(self) -> None:
        self._paused = False
        self._go_on()

    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None:
        self._transport.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        self._transport.unregisterProducer()

    def loseConnection(self) -> None:
        """Say goodbye as RFC 6455, 5.5.1, has it, or answer the peer's, and end."""
        if self._goodbye:
            self._guard.decode(self._goodbye)
        with suppress(LocalProtocolError):
            self._messages.loseConnection(self._code)
        self._transport.loseConnection()

    def abortConnection(self) -> None:
        self._transport.abortConnection()

    @property
    def socket(self) -> object:
        """The socket below, on which the connection is as patient as on TCP."""
        return getattr(self._transport, "socket", None)

    def has_queued(self) -> bool:
        """Say whether anything that was written is still on its way."""
        return has_queued(self._transport)

    def getPeer(self) -> IAddress:
        return self._peer

    def getHost(self) -> IAddress:
        return self._transport.getHost()


class _Upgrading:
    """What WebSocketResource takes for its factory, for the HTTP channel and for the channel's transport."""

    def __init__(self, channel: Any, door: Door, subprotocol: str) -> None:  # noqa: ANN401 - an HTTPChannel that leaves
        self._channel, self._door, self._subprotocol = channel, door, subprotocol
        self.transport = self

    def buildProtocol(self, request: Request) -> Door:
        """Return who gets the messages."""
        return self._door

    def _protocolUpgradeForWebsockets(self, protocol: IProtocol) -> None:
        self._channel.leave()
        guard = Guard(protocol, self._door)
        self._channel._protocolUpgradeForWebsockets(guard)  # noqa: SLF001 - it is there for this
        self._channel.readConnectionLost = guard.readConnectionLost  # which that leaves as it was

    def write(self, data: bytes) -> None:
        """Write the answer to the handshake, and in it what was agreed to be spoken."""
        status, end, rest = data.partition(b"\r\n")
        agreed = f"Sec-WebSocket-Protocol: {self._subprotocol}\r\n" if self._subprotocol else ""
        self._channel.transport.write(status + end + agreed.encode() + rest)


def upgraded(request: Request, host: ProgramHost, peer: IAddress) -> bytes | None:
    """Make a WebSocket of a request; if that cannot be, return why. Who asks, others have looked at."""
    offered = _listed(request, b"sec-websocket-protocol")
    spoken = next((protocol for protocol in SUBPROTOCOLS if protocol in offered), "")
    wrong = _not_a_handshake(request)
    if wrong:
        return wrong
    if offered and not spoken:
        request.setResponseCode(BAD_REQUEST)
        return f"None of the subprotocols is spoken here. Offer one of {', '.join(SUBPROTOCOLS)}.\n".encode()
    _leave_the_handshake(request)
    asked, channel = cast("Any", request), request.channel
    asked.channel = upgrading = _Upgrading(channel, Door(host, peer), spoken)
    try:
        answer = WebSocketResource(upgrading).render_GET(asked)
    finally:
        asked.channel = channel
    return answer if isinstance(answer, bytes) else None


def _not_a_handshake(request: Request) -> bytes:
    """Return what is wrong with a handshake, by RFC 6455, 4.2.1 and 4.2.2; nothing if it is one."""
    asked: Any = request  # whose methods are not typed yet
    keys, versions = _listed(request, b"sec-websocket-key"), _listed(request, b"sec-websocket-version")
    if "websocket" not in [word.lower() for word in _listed(request, b"upgrade")]:
        asked.setResponseCode(UPGRADE_REQUIRED)
        asked.setHeader(b"upgrade", b"websocket")  # RFC 9110, 15.5.22
        if not keys:
            return b"A WebSocket is here: connect to it with the subprotocol v12.stomp.\n"
        log.warn("426 for a WebSocket: it came without its Upgrade header, which a proxy in front must pass on")  # noqa: G010 - Twisted's own
        return (
            b"The Upgrade header is missing. A proxy in front of this server must pass it on, as for any WebSocket.\n"
        )
    if versions != [VERSION]:
        asked.setResponseCode(UPGRADE_REQUIRED)
        asked.setHeader(b"upgrade", b"websocket")
        asked.setHeader(b"sec-websocket-version", VERSION.encode())
        return b"Only version 13 of the WebSocket protocol is spoken here (RFC 6455).\n"
    if len(keys) != 1 or not _is_key(keys[0]):
        asked.setResponseCode(BAD_REQUEST)
        return b"Sec-WebSocket-Key must be 16 bytes in base64, and come once (RFC 6455, 4.2.1).\n"
    return b""


def _is_key(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == KEY_BYTES
    except ValueError:
        return False


def _listed(request: Request, header: bytes) -> list[str]:
    values = request.requestHeaders.getRawHeaders(header, [])
    return [word.strip() for value in values for word in value.decode("latin-1").split(",") if word.strip()]


def _leave_the_handshake(request: Request) -> None:
    """Leave of the headers those that the handshake reads, and of these what can be read without an accident."""
    kept = {name: request.requestHeaders.getRawHeaders(name, []) for name in HANDSHAKE}
    request.requestHeaders = Headers(
        {name: [PLAIN.sub(b"", value).strip() for value in values] for name, values in kept.items() if values}
    )
    request.requestHeaders.setRawHeaders(b"host", [b"chat"])  # it was looked at before, and the library would decode it
