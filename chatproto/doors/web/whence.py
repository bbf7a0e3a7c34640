"""Where a request comes from: from which address, behind proxies or not, and from which page."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a list such as `127.0.0.1 10.0.0.0/8`; raise ValueError where it is not one."""
    return tuple(ipaddress.ip_network(word, strict=False) for word in text.replace(",", " ").split())


def believed(address: str, proxies: Sequence[Network]) -> bool:
    """Say whether this is the address of a proxy whose word is taken."""
    return is_address(address) and any(ipaddress.ip_address(address) in network for network in proxies)


def is_address(text: str) -> bool:
    """Say whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def address_of(peer: str, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """Return the nearest address that is no proxy of ours: each proxy adds on the right whom it heard from."""
    address = peer
    for known in reversed([word.strip() for line in forwarded for word in line.split(",")]):
        if not (believed(address, proxies) and is_address(known)):
            break
        address = known
    return address


def is_own_page(origin: str, host: str) -> bool:
    """Say whether the page that asks (`Origin`) was served by the server that is asked (`Host`).

    Not its scheme: behind a proxy that speaks TLS the page came by https, and the request by http.
    """
    try:
        from_page = urlsplit(origin).netloc.lower()
    except ValueError:
        return False
    return bool(from_page) and from_page == host.strip().lower()
