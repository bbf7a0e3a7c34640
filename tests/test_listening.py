"""Where a port listens: on all addresses, those of IPv4 and of IPv6, on one, or on all that a name stands for."""

import socket
from collections.abc import Iterator

import pytest
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock

from chatproto.listening import Listener, every_address


class Reactor(MemoryReactorClock):
    """A reactor in memory; some addresses are taken."""

    def __init__(self, *taken: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._taken = taken

    def listenTCP(self, port: int, factory: Factory, backlog: int = 50, interface: str = "") -> object:
        if interface in self._taken:
            raise CannotListenError(interface, port, OSError(98, "Address already in use"))
        return super().listenTCP(port, factory, backlog, interface)  # type: ignore[no-untyped-call]


def opened(port: str, host: str = "", reactor: Reactor | None = None) -> list[tuple[int, str]]:
    reactor = reactor or Reactor()
    Listener(reactor, host).listen("port", port, Factory())
    return [(number, interface) for number, _, _, interface in reactor.tcpServers]


EVERY = every_address()
LOCAL = ["127.0.0.1"] if EVERY == [""] else ["127.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("port", "host", "at"),
    [
        ("5005", "", EVERY),
        ("5005", "::", EVERY),
        ("5005", "0.0.0.0", ["0.0.0.0"]),
        ("5005", "127.0.0.1", ["127.0.0.1"]),
        ("5005", "::1", ["::1"]),
        ("5005", "localhost", LOCAL),
        ("tcp:5005", "", EVERY),
        ("tcp:5005", "127.0.0.1", EVERY),
        ("tcp:5005:interface=10.0.0.7", "", ["10.0.0.7"]),
        ("tcp6:5005", "", EVERY),
        ("5005", "no-such-host.invalid", ["no-such-host.invalid"]),
    ],
)
def test_a_port_listens_on_all_that_its_host_stands_for(port: str, host: str, at: list[str]) -> None:
    assert opened(port, host) == [(5005, address) for address in at]


def test_what_could_not_be_opened_is_said_once_for_each_port() -> None:
    listener = Listener(Reactor(*EVERY), "")
    assert [listener.listen("port", port, Factory()) for port in ("5005", "5006")] == [[], []]
    assert [str(why)[:21] for why in listener.deaf] == ["Cannot listen on 5005", "Cannot listen on 5006"]


@pytest.fixture
def every_port() -> Iterator[int]:
    """The number of a port that is open on all of this machine's addresses: the kernel's own answer to ours."""
    family = socket.AF_INET6 if EVERY == ["::"] else socket.AF_INET
    with socket.socket(family) as listening:
        listening.bind((EVERY[0], 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.mark.parametrize("host", LOCAL)
def test_one_port_for_all_addresses_is_reached_by_each_family(every_port: int, host: str) -> None:
    with socket.create_connection((host, every_port), timeout=30) as called:
        assert called.getpeername()[1] == every_port
