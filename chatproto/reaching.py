"""Reaching a server from outside: by which addresses its neighbours come in, and what is given out to them.

An address that nobody else can reach is never given out to others: where only this machine comes in, that is said.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from chatproto.core.events import Sentence, say
from chatproto.core.inviting import Reach, at_port

# An installation that was brought up to date without pip does not have it.
psutil: Any = import_module("psutil") if find_spec("psutil") else None

EVERYWHERE = {"", "0.0.0.0", "::"}  # hosts that mean all of this machine's addresses  # noqa: S104
THIS_MACHINE = "localhost"
USUAL = {"http": 80, "https": 443}
MOST = 4  # addresses named besides the likeliest
# Interfaces by the names that systems give them: tunnels to elsewhere, and bridges to guests inside this machine.
TUNNEL = re.compile(r"u?tun|tap|wg|ppp|ipsec|zt|tailscale|nordlynx|proton")
GUESTS = re.compile(r"docker|br-|veth|virbr|vnet|lxc|lxd|cni|flannel|cali|podman|vmnet|vboxnet|vethernet|bridge\d")


@dataclass(frozen=True, slots=True)
class Way:
    """A port that is open: the address that it listens on, its number, and whether it speaks TLS."""

    interface: str
    number: int
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What there is to be reached: the ports of the chat and of the page, and how others know this machine.

    `public` is a host's name or the page's address, as the operator gave it; `addresses` are the likeliest first.
    Behind a proxy (`proxied`) a port that only this machine reaches is not for people.
    """

    chat: Sequence[Way]
    page: Sequence[Way] = ()
    public: str = ""
    addresses: Sequence[str] = ()
    proxied: bool = False

    def reach(self) -> Reach:
        """Return where people come in: others, or where only this machine can, those who sit at it."""
        plain, secure = self._first(self.chat, tls=False), self._first(self.chat, tls=True)
        host = next((host for host, _ in (plain, secure) if host and not is_here(host)), plain[0] or secure[0])
        open_plain, open_secure = (number if at == host else 0 for at, number in (plain, secure))
        if open_plain:
            return Reach(host, open_plain, page=self._page(), tls_port=open_secure)
        return Reach(host, open_secure, tls=bool(open_secure), page=self._page())

    def others(self) -> list[str]:
        """Return by which more addresses this machine may be reached."""
        anywhere = any(way.interface in EVERYWHERE for way in (*self.chat, *self.page))
        return list(self.addresses[1 : 1 + MOST]) if anywhere and not self._name() else []

    def _first(self, ways: Sequence[Way], *, tls: bool) -> tuple[str, int]:
        """Return the host and the number of the way that is best given out, and nothing where there is none."""
        hosts = [(self._host(way), way.number) for way in ways if way.tls == tls]
        return min((found for found in hosts if found[0]), key=lambda found: is_here(found[0]), default=("", 0))

    def _host(self, way: Way) -> str:
        """Return the host by which people come in this way; nothing if it is for a proxy only."""
        if is_here(way.interface):
            return "" if self.public or self.proxied else way.interface
        if self._name():
            return self._name()
        if way.interface not in EVERYWHERE:
            return way.interface
        usable = [each for each in self.addresses if ":" not in each or way.interface == "::"]
        return next(iter(usable), THIS_MACHINE)

    def _name(self) -> str:
        """Return the host's name that the operator gave."""
        public = self.public if "://" in self.public else f"//{at_port(self.public)}"
        return urlsplit(public).hostname or ""

    def _page(self) -> str:
        """Return the page's address: as was said, since a proxy has one of its own; or as it is here."""
        if self.page and "://" in self.public:
            return self.public.rstrip("/") + "/"
        tls = any(way.tls for way in self.page)
        host, number = self._first(self.page, tls=tls)
        scheme = "https" if tls else "http"
        port = "" if number == USUAL[scheme] else f":{number}"
        return f"{scheme}://{at_port(host)}{port}/" if host else ""


def invitation(around: Surroundings) -> list[Sentence]:
    """Return what the console shows: where the chat listens, and what to give out to others."""
    numbers = dict.fromkeys(str(way.number) for way in around.chat)
    lines = [say("The chat is running on port {port}.", port=number) for number in numbers]
    lines += _ways_in(around.reach())
    if others := around.others():
        text = "If nobody can reach that address, try another one of this machine: {addresses}"
        lines.append(say(text, addresses=", ".join(others)))
    if any(way.interface in EVERYWHERE for way in around.chat):
        lines.append(
            say("It listens on all addresses of this machine; --host 127.0.0.1 keeps it to this machine alone.")
        )
    return lines or [say("The chat is running.")]


def _ways_in(reach: Reach) -> Iterable[Sentence]:
    with_line = "Others come in with: {line}"
    if is_here(reach.host):
        with_line = "Only people at this machine come in, with: {line}"
    if reach.plain_port:
        yield say(with_line, line=f"telnet {reach.host} {reach.plain_port}")
    if reach.secure_port:
        yield say(with_line, line=f"python -m chatproto.client {reach.by_tls}")
    if reach.page and is_here(urlsplit(reach.page).hostname or ""):
        yield say("Only people at this machine come in, with a browser: {url}", url=reach.page)
    elif reach.page:
        yield say("Others come in with a browser: {url}", url=reach.page)


def is_here(host: str) -> bool:
    """Say whether a host is this machine for itself, which nobody else can reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == THIS_MACHINE


def lan_addresses() -> list[str]:
    """Return this machine's addresses as its neighbours see them, the likeliest first; nothing is sent to find out."""
    if psutil is None:
        return [address for address in [_address_by_route()] if address]
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    known = [(name, each.address) for name, found in psutil.net_if_addrs().items() if name in up for each in found]
    return likeliest(known, _address_by_route())


def likeliest(known: Iterable[tuple[str, str]], by_route: str = "") -> list[str]:
    """Sort addresses, each with its interface's name: those of a wire or of a wireless network come first.

    Those of tunnels are last, also where the way into the net leads through one (`by_route`); those of guests inside
    this machine, as of Docker, are left out where there is any other.
    """
    ranked = [
        (_rank(name), address != by_route, ":" in address, address) for name, address in known if _is_far(address)
    ]
    ranked.sort(key=lambda each: each[:3])
    wanted = [each for each in ranked if each[0] < _rank("docker0")] or ranked
    return list(dict.fromkeys(address for *_, address in wanted))


def _rank(interface: str) -> int:
    if GUESTS.match(interface.lower()):
        return 2
    return 1 if TUNNEL.match(interface.lower()) else 0


def _is_far(address: str) -> bool:
    """Say whether a text is an address, and one by which a machine is reached from another."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not (found.is_loopback or found.is_link_local or found.is_multicast or found.is_unspecified)


def _address_by_route() -> str:
    """Return the address with which this machine goes out into the net; nothing if there is no way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: an address that is nobody's
        except OSError:
            return ""
        return str(probe.getsockname()[0])
