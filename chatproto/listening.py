"""Listening: the ports that a command line asks for, opened; and why one could not be."""

from __future__ import annotations

from typing import Any

from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocolFactory
from twisted.python.failure import Failure

from chatproto.doors.transport import send_at_once
from chatproto.options import endpoint


class Listener:
    """Opens ports of a reactor; what goes wrong is gathered in `deaf`, a sentence for each port."""

    def __init__(self, reactor: Any, host: str) -> None:  # noqa: ANN401 - it has ten interfaces here
        self._reactor, self._host = reactor, host
        self.deaf: list[str] = []

    def listen(self, option: str, port: str, factory: IProtocolFactory) -> list[IListeningPort]:
        """Open what an option asks for, a number or an endpoint string; return the listening ports."""
        opened: list[IListeningPort] = []
        try:
            listening = serverFromString(self._reactor, endpoint(port, self._host)).listen(factory)
        except ValueError as e:
            raise SystemExit(f"--{option} {port}: {e}") from e
        listening.addCallback(send_at_once).addCallback(opened.append)
        listening.addErrback(self._cannot_listen, option, port)
        return opened

    def _cannot_listen(self, failure: Failure, option: str, port: str) -> None:
        cause = failure.value
        if isinstance(cause, CannotListenError):
            cause = cause.socketError
        # Not raised here: a Deferred swallows SystemExit, and a server without a port would go on.
        taken = f"Is a server running there? --{option} takes another one."
        self.deaf.append(f"Cannot listen on {port}: {cause}. {taken}")
