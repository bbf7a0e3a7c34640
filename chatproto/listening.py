"""Listening: the ports that a command line asks for, opened; and why one could not be."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IListeningPort, IProtocolFactory
from twisted.python.failure import Failure

from chatproto.configuration.leaving import CannotStart
from chatproto.doors.transport import send_at_once
from chatproto.obstacles import check_certificates, obstacle
from chatproto.options import endpoint


class Listener:
    """Opens ports of a reactor; what goes wrong is gathered in `deaf`, for each port by itself."""

    def __init__(self, reactor: Any, host: str) -> None:  # noqa: ANN401 - it has ten interfaces here
        self._reactor, self._host = reactor, host
        self.deaf: list[CannotStart] = []

    def listen(self, option: str, port: str, factory: IProtocolFactory) -> list[IListeningPort]:
        """Open what an option asks for, a number or an endpoint string; return the listening ports."""
        opened: list[IListeningPort] = []
        try:
            check_certificates(option, port)
            listening = serverFromString(self._reactor, endpoint(port, self._host)).listen(factory)
        except CannotStart as e:
            self.deaf.append(e)
            return opened
        except Exception as e:  # noqa: BLE001 - an endpoint's parser, also of a plugin, may fail in any way
            self.deaf.append(obstacle(option, port, self._host, e))
            return opened
        listening.addCallback(send_at_once).addCallback(opened.append)
        listening.addErrback(self._cannot_listen, option, port)
        return opened

    def check(self) -> None:
        """Raise CannotStart, with a line for each port that could not be opened, if there is any."""
        if self.deaf:
            raise CannotStart("\n".join(map(str, self.deaf)), self.deaf[0].status)

    def _cannot_listen(self, failure: Failure, option: str, port: str) -> None:
        # Not raised here: a Deferred swallows it, and a server without a port would go on.
        self.deaf.append(obstacle(option, port, self._host, cast("BaseException", failure.value)))
