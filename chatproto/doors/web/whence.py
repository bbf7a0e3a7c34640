"""From which address a request comes, behind proxies or not."""

from __future__ import annotations

from collections.abc import Sequence

from chatproto.core.addresses import Network, canonical, is_address, network


def networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a list such as `127.0.0.1 10.0.0.0/8`; raise ValueError where it is not one."""
    return tuple(network(word) for word in text.replace(",", " ").split())


def believed(address: str, proxies: Sequence[Network]) -> bool:
    """Say whether this is the address of a proxy whose word is taken."""
    if not is_address(address):
        return False
    (alone,) = network(address)
    return any(alone in proxy for proxy in proxies)


def address_of(peer: str, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """Return the nearest address that is no proxy of ours: each proxy adds on the right whom it heard from.

    Where one adds what is no address, it is not believed, and the proxy itself stands for who asks.
    """
    address = peer
    for known in reversed([word.strip() for line in forwarded for word in line.split(",")]):
        said = without_port(known)
        if not (believed(address, proxies) and is_address(said)):
            break
        address = canonical(said)
    return address


def without_port(text: str) -> str:
    """Return the address in `192.0.2.9:5000` or `[2001:db8::7]:5000`, as some proxies write it."""
    if text.startswith("["):
        return text.partition("]")[0][1:]
    return text.partition(":")[0] if text.count(":") == 1 else text
