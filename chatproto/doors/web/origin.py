"""Which page asks for a WebSocket, and whether it is this server's own (RFC 6454; RFC 6455, 10.2).

Without this any page on the net could talk here in the name of whoever looks at it. What the browser has in its
address line comes as `Origin`; what it asked for as `Host`, or, where a proxy stands between, as the proxy has it.
A page can write none of these headers itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

PORTS = {"http": 80, "https": 443}  # that stand in no address line


class Asked(NamedTuple):
    """What a browser may have asked for: hosts, with a port or without, and ports that a proxy says it was."""

    hosts: Sequence[str]
    ports: Sequence[str] = ()

    def served(self, origin: str) -> bool:
        """Say whether a page came from here.

        Not its scheme: behind a proxy that speaks TLS the page came by https, and the request by http. A host
        without a port is one at any: a browser leaves out its scheme's own, and some proxies leave out all.
        """
        page = _split(origin)
        if page is None or page.scheme not in PORTS or "@" in page.netloc:
            return False
        port = page.port or PORTS[page.scheme]
        return any(
            host is not None
            and host.hostname == page.hostname
            and (host.port in {None, port} or str(port) in self.ports)
            for host in (_split(f"//{host}") for host in self.hosts)
        )


def asked(headers: Callable[[str], Sequence[str]], *, proxied: bool) -> Asked:
    """Return what was asked for by these headers; `proxied` says that a believed proxy wrote what it forwards."""
    if not proxied:
        return Asked(headers("host"))
    protocols = _words(headers("x-forwarded-proto"))
    ports = [*_words(headers("x-forwarded-port")), *(str(PORTS[p]) for p in protocols if p in PORTS)]
    return Asked([*headers("host"), *_words(headers("x-forwarded-host"))], ports)


def _words(lines: Sequence[str]) -> list[str]:
    return [word.strip() for line in lines for word in line.split(",")]


def _split(address: str) -> SplitResult | None:
    """Return the parts of an address; None where it is none, or its port is no number."""
    try:
        parts = urlsplit(address.strip())
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None
