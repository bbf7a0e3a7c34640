"""A TCP transport that sends at once. Not a door itself.

Twisted's own `write` only queues: the bytes go out in the next pass of the reactor, for two `epoll_ctl` calls
besides the `send`. Where nothing waits already they may as well go out now; what the kernel does not take is
queued as ever, so order, producers and closing are Twisted's. It works below TLS too.
"""

from __future__ import annotations

from twisted.internet import tcp
from twisted.internet.interfaces import IListeningPort


class AtOnce(tcp.Server):
    """The server's end of one connection, whose `write` sends first and queues the rest."""

    def write(self, data: bytes) -> None:
        """Send what the kernel takes now; queue what it does not."""
        sent = 0
        if self.connected and not (self._tempDataBuffer or self.dataBuffer or self.disconnecting):
            try:
                sent = self.socket.send(data)
            except OSError:  # not now, or never again: the reactor's own attempt will tell which
                sent = 0
        if sent != len(data):
            super().write(data[sent:])  # type: ignore[no-untyped-call]


def send_at_once(port: IListeningPort) -> IListeningPort:
    """Make the connections of a listening port send at once, if it is Twisted's own TCP; return the port."""
    if isinstance(port, tcp.Port) and port.transport is tcp.Server:  # a Unix socket's port is a tcp.Port too
        port.transport = AtOnce
    return port
