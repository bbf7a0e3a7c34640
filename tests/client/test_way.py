"""The way to a server: by each address that its name has, of IPv4 and of IPv6, until one answers."""

from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IReactorPluggableNameResolver
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock
from zope.interface import implementer

from chatproto.client.options import server_at
from chatproto.client.run import NEXT_ADDRESS, way

FOUR, SIX = "192.0.2.7", "2001:db8::7"


@implementer(IReactorPluggableNameResolver)
class Reactor(MemoryReactorClock):
    """A reactor in memory, for which every name has these addresses."""

    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._addresses = addresses
        self.nameResolver = self  # type: ignore[assignment]

    def installNameResolver(self, resolver: IHostnameResolver) -> IHostnameResolver:
        """Never asked for here."""
        return resolver

    def resolveHostName(
        self,
        receiver: Any,  # noqa: ANN401 - an IResolutionReceiver, and what comes in between is of no matter
        host: str,
        portNumber: int = 0,
        *_: object,
        **__: object,
    ) -> None:
        """Tell the addresses at once."""
        receiver.resolutionBegan(None)
        for address in self._addresses:
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, portNumber))
        receiver.resolutionComplete()


def called(host: str, *addresses: str) -> list[tuple[str, int]]:
    """Where a client calls, one after the other, while nobody answers."""
    reactor = Reactor(addresses)
    way(reactor, *server_at(host, "")).connect(Factory())
    for _ in addresses:
        reactor.advance(NEXT_ADDRESS)
    return [(to, port) for to, port, *_ in reactor.tcpClients]


@pytest.mark.parametrize("addresses", [[FOUR], [SIX], [SIX, FOUR], [FOUR, SIX]])
def test_each_address_of_a_name_is_tried(addresses: list[str]) -> None:
    assert called("chat.example.org", *addresses) == [(address, 5005) for address in addresses]
