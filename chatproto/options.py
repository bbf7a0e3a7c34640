"""The command line of `twistd chat`, and what may stand for it: the environment, or a file `.env`.

Every setting of `core.settings` is an option here, and may also come from the environment (`CHAT_PORT`,
`CHAT_MAX_LINE`, …) or from a file `.env` in the current folder; the command line wins, then the environment.
"""

from __future__ import annotations

import math
import os
import re
import zoneinfo
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path

from dotenv import dotenv_values
from twisted.internet.endpoints import quoteStringArgument
from twisted.python import usage

from chatproto.core.declare import LANGUAGES
from chatproto.core.events import Sentence, say
from chatproto.core.keeping import keeping
from chatproto.core.settings import Settings, explained, option
from chatproto.doors.web.whence import networks

PORT = "5005"
BACKLOG = 4096  # connections that the kernel may hold while we are busy: a herd that comes back at once
SEED_NAMES = {"host": "host", "port": "port"}  # SEEDS S4.1: what the class programs called them in .env
COMMAND_LINE, ENVIRONMENT, FILE = say("command line"), say("environment"), say("file .env")


def configured(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return what the environment and `.env` say, by option name: `CHAT_MAX_LINE` is `max-line`."""
    return _said_by(dotenv_values(folder / ".env")) | _said_by(environ)


def _said_by(source: Mapping[str, str | None]) -> dict[str, str]:
    given = {name: value for name, value in source.items() if value}
    found = {theirs: given[name] for name, theirs in SEED_NAMES.items() if name in given}
    ours = {name: value for name, value in given.items() if name.startswith("CHAT_")}
    return found | {option(name.removeprefix("CHAT_").lower()): value for name, value in ours.items()}


class Options(usage.Options):
    """The command line of `twistd chat`."""

    synopsis = "[options]"
    longdesc = (
        "A chat server: people come with telnet or nc, programs with STOMP, both on one port. Every option can "
        "also be given in the environment, --max-line as CHAT_MAX_LINE, or in a file .env in the current "
        "folder; the command line wins, then the environment. A limit of 0 is none."
    )
    optFlags = [  # noqa: RUF012 - usage.Options wants lists
        ["console", None, "this terminal is the operator's console: a line is announced, /word is a command"],
        ["memory", None, "keep nothing on disk"],
        ["log-text", None, "write what is said into the log, not only that it was"],
    ]
    optParameters = [  # noqa: RUF012
        ["host", None, "", "the address to listen on (empty: all of this machine's)"],
        [
            "public",
            None,
            "",
            "host or page by which others reach this server (empty: this machine's address)",
        ],
        ["data", None, "", "folder of the chat's file (empty: in the user's state directory)"],
        ["log", None, "", "file for the activity log"],
        ["admin-socket", None, "auto", "where the operator's console is; 'no' for none"],
        *([option(name), None, default, told] for name, default, told in explained()),
    ]

    def __init__(self, environ: Mapping[str, str] | None = None, folder: Path | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        environ, folder = os.environ if environ is None else environ, folder or Path.cwd()
        known = configured(environ, folder)
        self.ports: list[str] = []
        self._known_ports = known.get("port", PORT).split()
        self.update({name: known[name] for name in self if name in known})
        for flag in ("console", "memory", "log-text"):
            self[flag] = int(self[flag] not in {0, "", "0", "no"})
        self._known = dict(self)
        self._by_environment = frozenset(_said_by(environ))

    def opt_port(self, port: str) -> None:
        """A number or any Twisted endpoint, as tls:certs:5006; as often as wanted (default: 5005)."""
        self.ports.append(port)

    opt_p = opt_port

    def postOptions(self) -> None:
        """Check what was given, in words that say what to do."""
        self.ports = self.ports or self._known_ports
        self.origins = {s.name: origin for s in explained() if (origin := self._origin(s.option))}
        for name, default, told in explained():
            self[option(name)] = _typed(option(name), self[option(name)], default, told)
        if self["lang"] not in LANGUAGES:
            raise usage.UsageError(f"--lang is one of {', '.join(LANGUAGES)}, not {self['lang']!r}.")
        if self["tz"] and self["tz"] not in zoneinfo.available_timezones():
            raise usage.UsageError(f"--tz takes a name such as Asia/Seoul, not {self['tz']!r}.")

        try:
            keeping(self["keep"])
        except ValueError as e:
            raise usage.UsageError(f"--keep takes an age as 90d or a number as 1000, not {self['keep']!r}.") from e
        self._check_web()
        if find_spec("OpenSSL") is None and any(map(is_tls, self.ports)):
            raise usage.UsageError("A tls: port needs the extra `tls`: pip install 'chatproto[tls]'")

    def _origin(self, name: str) -> Sentence | None:
        """Return what an option's value was given by; None if by nothing."""
        if self[name] != self._known[name]:
            return COMMAND_LINE
        if self[name] == self.defaults[name]:
            return None
        return ENVIRONMENT if name in self._by_environment else FILE

    def _check_web(self) -> None:
        if self["web"] and find_spec("wsproto") is None:
            raise usage.UsageError("--web needs the extra `web`: pip install 'chatproto[web]'")
        try:
            networks(self["web-proxy"])
        except ValueError as e:
            raise usage.UsageError(f"--web-proxy takes addresses as 127.0.0.1 or 10.0.0.0/8: {e}.") from e

    def settings(self) -> Settings:
        """Return the settings as the chat takes them."""
        return Settings(**{name: self[option(name)] for name, _, _ in explained()})


def _typed(option: str, value: object, default: object, told: str) -> object:
    if isinstance(default, str):
        return str(value)
    try:
        number = float(str(value)) if isinstance(default, float) else int(str(value))
    except ValueError:
        number = -1
    if not 0 <= number < math.inf:  # and `nan` is neither
        raise usage.UsageError(f"--{option} ({told}) takes a number, 0 or more; not {value!r}.")
    return number


def is_tls(port: str) -> bool:
    """Say whether what is spoken at a port is inside TLS."""
    return port.startswith(("tls:", "ssl:"))


def endpoint(port: str, host: str) -> str:
    """Return the endpoint string of a port given as a number; any other string is one already."""
    if not port.isdigit():
        return port
    interface = f":interface={quoteStringArgument(host)}" if host else ""
    return f"tcp:{port}:backlog={BACKLOG}{interface}"


def port_number(ports: Iterable[str]) -> str:
    """Return the number of the first of these ports that has one, as endpoint strings have it; nothing if none has."""
    return next((number for port in ports if (number := _number_in(port))), "")


def certificates(port: str) -> str:
    """Return the folder of certificates that a `tls:` endpoint string names."""
    _, by_place, named = _parts(port)
    return named.get("path") or "".join(by_place[:1])


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
