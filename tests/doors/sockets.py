"""Browsers in memory: one that asks for a page, and a program that speaks STOMP in a WebSocket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Message, Pong

from chatproto.doors.web.site import WebFactory
from chatproto.testing import ChatInMemory, Program, Wire

HOST = "chat.example:8080"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # and its answer, both from RFC 6455, 1.3
ACCEPTED = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
UPGRADE = {
    "Host": HOST,
    "Connection": "keep-alive, Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "v12.stomp, v11.stomp, v10.stomp",
    "Origin": f"http://{HOST}",
}


@dataclass(frozen=True)
class Response:
    """What the server answered; a header's name is in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def request(path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in (headers or {"Host": HOST}).items())]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")


def response(data: bytes) -> Response:
    """The answer in these bytes."""
    head, _, body = data.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    return Response(int(status.split()[1]), {name.lower(): value for name, value in pairs}, body)


class Web:
    """The web side of a chat in memory."""

    def __init__(self, chat: ChatInMemory) -> None:
        self.chat, self.factory = chat, WebFactory(chat.factory)

    def wire(self, address: str = "127.0.0.1") -> Wire:
        """A connection on which nothing was asked yet."""
        return self.chat.wire(address, self.factory)  # type: ignore[arg-type]

    def asks(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        address: str = "127.0.0.1",
    ) -> Response:
        """The answer to one request on a connection of its own."""
        wire = self.wire(address)
        wire.receive(request(path, headers, method))
        self.chat.settle()
        return response(wire.take())

    def socket(self, *, address: str = "127.0.0.1", **headers: str) -> Socket:
        """A WebSocket, its handshake done."""
        socket = Socket(self.wire(address))
        socket.below.receive(request("/stomp", UPGRADE | headers))
        self.chat.settle()
        socket.handshake = response(socket.below.take())
        return socket

    def program(self, name: str = "", address: str = "127.0.0.1", **headers: str) -> Program:
        """A program in a WebSocket, as `ChatInMemory.program` is one on TCP."""
        program = Program(self.chat, self.socket(address=address))  # type: ignore[arg-type]
        if name:
            program.sends("CONNECT", {"accept-version": "1.2", "login": name, **headers})
            program.sends("SUBSCRIBE", {"id": "me", "destination": "/me"})
            program.reads()
        return program


class Socket:
    """The far end of a WebSocket, with what a `Program` asks of its wire: bytes go in and out, as in messages."""

    handshake: Response

    def __init__(self, below: Wire) -> None:
        self.below = below
        self.frames = Connection(ConnectionType.CLIENT)
        self.code: int | None = None  # with which the server said goodbye
        self.pongs: list[bytes] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a wire has: closed, reading, written, cut
        return getattr(self.below, name)

    def receive(self, data: bytes) -> None:
        """Send one message."""
        self.send(BytesMessage(data))

    def send(self, *events: Any) -> None:  # noqa: ANN401 - wsproto's events
        """Send WebSocket frames, in one piece."""
        self.below.receive(b"".join(self.frames.send(event) for event in events))

    def take(self) -> bytes:
        """Return what came in messages; take note of what came in other frames."""
        self.frames.receive_data(self.below.take())
        return b"".join(self._bytes())

    def _bytes(self) -> Iterator[bytes]:
        for event in self.frames.events():
            if isinstance(event, Message):
                yield bytes(event.data)
            elif isinstance(event, Pong):
                self.pongs.append(bytes(event.payload))
            elif isinstance(event, CloseConnection):
                self.code = event.code
