"""Listening: the ports that a command line asks for, opened; and why one could not be.

"All addresses" are those of IPv4 and of IPv6, and so are all that a name such as `localhost` stands for. A machine
without IPv6 listens on those that it has.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IAddress,
    IListeningPort,
    IProtocolFactory,
    IProtocolNegotiationFactory,
    IStreamServerEndpoint,
)
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import implementer

from chatproto.certificates import renewed
from chatproto.configuration.endpoints import is_tls, unix_path
from chatproto.configuration.leaving import CannotStart
from chatproto.doors.transport import send_at_once
from chatproto.obstacles import check_certificates, obstacle
from chatproto.options import endpoint
from chatproto.reaching import THIS_MACHINE, Way
from chatproto.state_folder import let_go_of_dead

LOOPBACK = ("127.0.0.1", "::1")
EVERY_ADDRESS = {"", "::"}  # interfaces that mean all of this machine's addresses; 0.0.0.0 are those of IPv4 only


class Listener:
    """Opens ports of a reactor; what goes wrong is gathered in `deaf`, for each port by itself."""

    def __init__(self, reactor: Any, host: str) -> None:  # noqa: ANN401 - it has ten interfaces here
        self._reactor, self._host = reactor, host
        self.deaf: list[CannotStart] = []

    def listen(self, option: str, port: str, factory: IProtocolFactory) -> list[IListeningPort]:
        """Open what an option asks for, a number or an endpoint string; return the listening ports."""
        reactor = EachAddress(self._reactor)
        try:
            check_certificates(option, port)
            if path := unix_path(port):
                let_go_of_dead(Path(path))
            listening = server_at(reactor, endpoint(port, self._host)).listen(factory)
        except CannotStart as e:
            self.deaf.append(e)
            return []
        except Exception as e:  # noqa: BLE001 - an endpoint's parser, also of a plugin, may fail in any way
            self.deaf.append(obstacle(option, port, self._host, e))
            return []
        opened: list[IListeningPort] = []
        listening.addCallback(opened.append)
        listening.addErrback(self._cannot_listen, option, port)
        return [send_at_once(each) for each in opened + reactor.more]

    def check(self) -> None:
        """Raise CannotStart, with a line for each port that could not be opened, if there is any."""
        if self.deaf:
            raise CannotStart("\n".join(map(str, self.deaf)), self.deaf[0].status)

    def _cannot_listen(self, failure: Failure, option: str, port: str) -> None:
        # Not raised here: a Deferred swallows it, and a server without a port would go on.
        self.deaf.append(obstacle(option, port, self._host, cast("BaseException", failure.value)))


def server_at(reactor: Any, endpoint: str) -> IStreamServerEndpoint:  # noqa: ANN401
    """Return the endpoint of a string: as Twisted has it, but that a `tls:` port renews its certificates."""
    if endpoint.startswith("tls:"):
        return renewed(reactor, endpoint)
    return cast("IStreamServerEndpoint", serverFromString(reactor, endpoint))


def ways(ports: Iterable[IListeningPort], given: str) -> list[Way]:
    """Return the ways in through the ports that were opened for an option: those that have a number."""
    hosts: list[Any] = [port.getHost() for port in ports]
    return [Way(host.host, host.port, is_tls(given)) for host in hosts if hasattr(host, "port")]


class Entrance(Factory):
    """Stands at a port before there is a chat; `made` returns the factory that whoever comes in is handed to."""

    noisy = False

    def __init__(self, made: Callable[[], IProtocolFactory]) -> None:
        self._made = made

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: ANN401 - whatever the chat's own makes
        """Return the protocol of a new connection."""
        return self._made().buildProtocol(cast("IAddress", addr))


@implementer(IProtocolNegotiationFactory)
class WebEntrance(Entrance):
    """An entrance for browsers."""

    def acceptableProtocols(self) -> list[bytes]:
        """Return what is spoken inside TLS, as the page's own factory says it."""
        return cast("IProtocolNegotiationFactory", self._made()).acceptableProtocols()


class EachAddress:
    """A reactor that listens on each of the addresses which an interface stands for.

    Endpoints take one port from a reactor: the first. The others are in `more`.
    """

    def __init__(self, reactor: Any) -> None:  # noqa: ANN401 - it has ten interfaces here
        self._reactor = reactor
        self.more: list[IListeningPort] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a reactor has
        return getattr(self._reactor, name)

    def listenTCP(self, port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = "") -> IListeningPort:
        """Listen on all that the interface stands for; return the first port."""
        return self._on_each(port, interface, lambda n, at: self._reactor.listenTCP(n, factory, backlog, at))

    def listenSSL(
        self, port: int, factory: IProtocolFactory, contextFactory: object, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        """Listen on all that the interface stands for; return the first port."""
        listen = self._reactor.listenSSL
        return self._on_each(port, interface, lambda n, at: listen(n, factory, contextFactory, backlog, at))

    def _on_each(self, port: int, interface: str, listen: Callable[[int, str], IListeningPort]) -> IListeningPort:
        first, *others = addresses_of(interface)
        opened = listen(port, first)
        host: Any = opened.getHost()
        try:
            self.more += [listen(host.port, other) for other in others]
        except CannotListenError:
            opened.stopListening()
            raise
        return opened


def addresses_of(interface: str) -> list[str]:
    """Return what is to be listened on for an interface: an address, a name, or nothing for all addresses."""
    if interface in EVERY_ADDRESS:
        return every_address()
    if interface == THIS_MACHINE:  # RFC 6761: both, also where /etc/hosts names one
        return [address for address in LOOPBACK if _can_bind(address)] or [interface]
    try:
        found = socket.getaddrinfo(interface, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return [interface]  # to listen there fails in words of its own
    addresses = dict.fromkeys(str(address[0]) for *_, address in found)
    return [address for address in addresses if _can_bind(address)] or [interface]


def every_address() -> list[str]:
    """Return what all addresses of this machine are: `::` has those of IPv4 with it, but on Windows and OpenBSD."""
    if not _can_bind("::"):
        return [""]
    with socket.socket(socket.AF_INET6) as probe:
        apart = probe.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    return ["", "::"] if apart else ["::"]


def _can_bind(address: str) -> bool:
    """Say whether this machine has an address: `localhost` is ::1 too, also where IPv6 is switched off."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
