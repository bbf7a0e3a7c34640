"""Endpoint strings, as Twisted has them: what can be read in one before it is opened."""

from __future__ import annotations

import re
from collections.abc import Iterable


def is_tls(port: str) -> bool:
    """Say whether what is spoken at a port is inside TLS."""
    return port.startswith(("tls:", "ssl:"))


def port_number(ports: Iterable[str]) -> str:
    """Return the number of the first of these ports that has one, as endpoint strings have it; nothing if none has."""
    return next((number for port in ports if (number := _number_in(port))), "")


def certificates(port: str) -> str:
    """Return the folder of certificates that a `tls:` endpoint string names."""
    _, by_place, named = _parts(port)
    return named.get("path") or "".join(by_place[:1])


def unix_path(port: str) -> str:
    """Return the path of a Unix socket that an endpoint string names; nothing if it names none."""
    kind, by_place, named = _parts(port.removeprefix("haproxy:"))
    return named.get("address") or "".join(by_place[:1]) if kind == "unix" else ""


def _number_in(port: str) -> str:
    if port.isdigit():
        return port
    kind, by_place, named = _parts(port.removeprefix("haproxy:"))
    place = {"tcp": 0, "tcp6": 0, "ssl": 0, "tls": 1}.get(kind)
    return "" if place is None else named.get("port") or "".join(by_place[place : place + 1])


def _parts(endpoint: str) -> tuple[str, list[str], dict[str, str]]:
    """Return the kind of an endpoint string, its arguments by place, and those by name; a colon in one is escaped."""
    kind, *words = (re.sub(r"\\(.)", r"\1", word) for word in re.split(r"(?<!\\):", endpoint))
    named = dict(word.split("=", 1) for word in words if "=" in word)
    return kind, [word for word in words if "=" not in word], named
