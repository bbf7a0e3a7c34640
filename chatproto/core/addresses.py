"""Addresses of the internet: one form of each, what counts as one origin, and ranges of them.

An address has many forms: `::ffff:192.0.2.9` is `192.0.2.9`, and `2001:DB8:0::1` is `2001:db8::1`. What is counted,
banned, slowed down, logged or told by a proxy is compared as text, so all of these places take the canonical form.

Where somebody sits at no address, at a Unix socket or at the console, a word stands for it: `local`, `console`.
All functions here take these words too, and no address equals one.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

HOUSEHOLD = 64  # bits of an IPv6 address that one household is given: it may choose the other 64 anew at any time
IPV4_IN_IPV6 = 96  # bits before the IPv4 address in an IPv6 address that stands for one
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address, as a server without IPv4 sees it
CACHED = 4096  # texts that are read once: more than a list of bans holds


def canonical(text: str) -> str:
    """Return the one form of an address; raise ValueError if it is none.

    Brackets and the zone of a link-local address (`%eth0`) are left out: the zone is this machine's own word.
    """
    return str(_address(text))


def is_address(text: str) -> bool:
    """Say whether a text is an address, in any form."""
    try:
        _address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=CACHED)
def origin(address: str) -> str:
    """Return what counts as one origin: an IPv4 address, the /64 of an IPv6 address, or a word as it is.

    The loopback and link-local addresses of IPv6 stand for themselves: all neighbours share the one link-local /64.
    """
    try:
        return _written(_origin(_address(address)))
    except ValueError:
        return address


def address_range(text: str) -> str:
    """Return what a ban of this text is about: a range as it is written, or the origin of an address.

    Both in their canonical form, `192.0.2.9`, `192.0.2.0/24`, `2001:db8::/64`. Raise ValueError for anything else.
    """
    return _written(_range(text))


def network(text: str) -> Network:
    """Return the range in a text, also where bits are set behind its prefix, or the range of exactly one address.

    Raise ValueError for anything else.
    """
    address, slash, prefix = text.partition("/")
    if not slash:
        found = _address(text)
        return ipaddress.ip_network((found, found.max_prefixlen))
    whole = ipaddress.ip_network(f"{address.strip('[]')}/{prefix}", strict=False)
    if isinstance(whole, ipaddress.IPv6Network) and whole.prefixlen >= IPV4_IN_IPV6:
        inner = _as_ipv4(whole.network_address)
        return ipaddress.IPv4Network((inner, whole.prefixlen - IPV4_IN_IPV6)) if inner else whole
    return whole


def covers(range_: str, address: str) -> bool:
    """Say whether an address is in what `address_range` makes of a text; no if one of the two is a word or a name."""
    whole, found = _known_range(range_), _known_address(address)
    return whole is not None and found is not None and whole.version == found.version and found in whole


def is_range(key: str) -> bool:
    """Say whether what a ban is listed under is a range of addresses, and not a name."""
    return ":" in key or "/" in key or looks_like_address(key)


def is_public(address: str) -> bool:
    """Say whether an address is one of the open net. One that is private may stand for a whole school."""
    try:
        return _address(address).is_global
    except ValueError:
        return False


def looks_like_address(name: str) -> bool:
    """Say whether people read an IPv4 address in a name: four numbers with dots, in the digits of any script."""
    numbers = name.strip(".").split(".")
    return len(numbers) == 4 and all(number.isdecimal() for number in numbers)


def _address(text: str) -> Address:
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    if ":" in text:
        text = text.partition("%")[0]
    found = ipaddress.ip_address(text)
    return found if isinstance(found, ipaddress.IPv4Address) else _as_ipv4(found) or found


def _as_ipv4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that this one stands for, if it does."""
    if address in TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def _range(text: str) -> Network:
    return network(text) if "/" in text else _origin(_address(text))


def _origin(address: Address) -> Network:
    bits = address.max_prefixlen if _stands_alone(address) else HOUSEHOLD
    return ipaddress.ip_network((address, bits), strict=False)


def _stands_alone(address: Address) -> bool:
    return isinstance(address, ipaddress.IPv4Address) or address.is_loopback or address.is_link_local


def _written(whole: Network) -> str:
    """Return a range as text; one of a single address as that address, unless this would be read as a /64."""
    is_one = whole.prefixlen == whole.max_prefixlen and _stands_alone(whole.network_address)
    return str(whole.network_address if is_one else whole)


@lru_cache(maxsize=CACHED)
def _known_range(text: str) -> Network | None:
    try:
        return _range(text)
    except ValueError:
        return None


@lru_cache(maxsize=CACHED)
def _known_address(text: str) -> Address | None:
    try:
        return _address(text)
    except ValueError:
        return None
