"""A TCP transport that sends at once. Not a door itself.

Twisted's own `write` only queues: the bytes go out in the next pass of the reactor, for two `epoll_ctl` calls
besides the `send`. Where nothing waits already they may as well go out now; what the kernel does not take is
queued as ever, so order, producers and closing are Twisted's. It works below TLS too.
"""

from __future__ import annotations

from socket import socket
from typing import Any

from twisted.internet import tcp
from twisted.internet.interfaces import IListeningPort
from twisted.python.failure import Failure

from chatproto.wire.tcp import unacknowledged


class AtOnce(tcp.Server):
    """The server's end of one connection, whose `write` sends first and queues the rest.

    What each write looks at has slots of its own. With thousands of readers a write costs as much as the memory
    that it has to fetch, and all of Twisted's state is in a dict: to look there for four things took longer.
    """

    __slots__ = ("_clear", "_left", "_send")

    def __init__(self, sock: socket, *more: Any) -> None:  # noqa: ANN401 - Twisted's own, handed on as it is
        super().__init__(sock, *more)
        self._send, self._clear, self._left = sock.send, True, False

    def write(self, data: bytes) -> None:
        """Send what the kernel takes now; queue what it does not."""
        sent = 0
        if self._clear:
            try:
                sent = self._send(data)
            except OSError:  # not now, or never again: the reactor's own attempt will tell which
                sent = 0
        if sent != len(data):
            super().write(data[sent:])  # type: ignore[no-untyped-call]

    def startWriting(self) -> None:
        """Have the reactor write: from now on something is queued, if only the end."""
        self._clear = False
        super().startWriting()  # type: ignore[no-untyped-call]

    def stopWriting(self) -> None:
        """Have the reactor write no more: nothing is queued."""
        self._clear = True
        super().stopWriting()  # type: ignore[no-untyped-call]

    def has_queued(self) -> bool:
        """Say whether anything is still on its way to the other side: here, or in the network; or was, at the end."""
        if not self.connected:
            return self._left
        return len(self.dataBuffer) > self.offset or self._tempDataLen > 0 or unacknowledged(self.socket) > 0

    def connectionLost(self, reason: Failure) -> None:
        self._left = self.has_queued()
        super().connectionLost(reason)


def has_queued(transport: object) -> bool:
    """Say whether anything that was written to a transport is still on its way; no, where nobody can tell.

    Below TLS or a WebSocket, what counts is the transport that sends.
    """
    asked = getattr(transport, "has_queued", None) or getattr(getattr(transport, "transport", None), "has_queued", None)
    return bool(asked()) if asked else False


def send_at_once(port: IListeningPort) -> IListeningPort:
    """Make the connections of a listening port send at once, if it is Twisted's own TCP; return the port."""
    if isinstance(port, tcp.Port) and port.transport is tcp.Server:  # a Unix socket's port is a tcp.Port too
        port.transport = AtOnce  # type: ignore[assignment]
    return port
