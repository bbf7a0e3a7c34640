"""The command line of `twistd chat`, and what may stand for it: the environment, or a file `.env`.

Every setting of `core.settings` is an option here, and may also come from the environment (`CHAT_PORT`,
`CHAT_MAX_LINE`, …) or from a file `.env` in the current folder; the command line wins, then the environment.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from twisted.internet.endpoints import quoteStringArgument
from twisted.python import usage

import twisted
from chatproto import __version__, configuration
from chatproto.configuration import ENVIRONMENT, Configuration, Found, kinds, refusal
from chatproto.configuration.endpoints import is_tls
from chatproto.configuration.kinds import Kind
from chatproto.configuration.leaving import Misconfigured
from chatproto.configuration.names import FLAGS, PORT, TEXTS, variable
from chatproto.core.events import Sentence, say
from chatproto.core.settings import Settings, explained, option

BACKLOG = 4096  # connections that the kernel may hold while we are busy: a herd that comes back at once
COMMAND_LINE, FROM_ENVIRONMENT, FROM_FILE = say("command line"), say("environment"), say("file .env")
TOLD = {setting.option: setting.told for setting in explained()}
KINDS: dict[str, Kind] = {
    "str": kinds.text,
    "int": kinds.whole,
    "float": kinds.number,
    "seconds": kinds.seconds,
    "retention": kinds.retention,
    "language": kinds.language,
    "zone": kinds.zone,
    "port": kinds.port,
    "networks": kinds.networks,
}
KIND = {
    **{name: kinds.text for name, *_ in TEXTS},
    "host": kinds.host,
    "data": kinds.path,
    "log": kinds.path,
    "admin-socket": kinds.socket,
    **{name: kinds.yes_or_no for name, _ in FLAGS},
    **{setting.option: KINDS[setting.kind] for setting in explained()},
}
NEEDS_EXTRA = "{what} needs the extra `{extra}`. In a checkout of chatproto: pip install '.[{extra}]'"


class ConfigurationError(usage.UsageError):
    """What the environment or a file `.env` says cannot be used."""


class Options(usage.Options):
    """The command line of `twistd chat`."""

    synopsis = "[options]"
    longdesc = (
        "A chat server: people come with telnet or nc, programs with STOMP, both on one port. Every option can "
        "also be given in the environment, --max-line as CHAT_MAX_LINE, or in a file .env in the current "
        "folder; the command line wins, then the environment. A limit of 0 is none."
    )
    optFlags = [[name, None, told] for name, told in FLAGS]  # noqa: RUF012 - usage.Options wants lists
    optParameters = [  # noqa: RUF012
        *([name, None, default, told] for name, default, told in TEXTS),
        *([option(name), None, default, told] for name, default, told in explained()),
    ]

    def __init__(self, environ: Mapping[str, str] | None = None, folder: Path | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._environ, self._folder = os.environ if environ is None else environ, folder
        self.ports: list[str] = []
        self._origins: dict[str, Sentence] = {}  # of what was given, by option
        self.configuration = Configuration()
        self.update(dict.fromkeys(self))  # what is None after parsing was not on the command line

    def opt_port(self, port: str) -> None:
        """A number or any Twisted endpoint, as tls:certs:5006; as often as wanted (default: 5005)."""
        self.ports.append(port)

    opt_p = opt_port

    def opt_version(self) -> NoReturn:
        """Display the versions of chatproto and of Twisted, and exit."""
        sys.stdout.write(f"chatproto {__version__} (Twisted {twisted.__version__})\n")
        raise SystemExit(0)

    def parseArgs(self, *words: str) -> None:
        """Refuse words that are no options."""
        if words:
            raise usage.UsageError(f"What is {words[0]!r} for? There are only options here, as --port {PORT}.")

    def parseOptions(self, options: list[str] | None = None) -> None:
        """Read the command line; UsageError with one line for what it, or the configuration, has wrong."""
        try:
            super().parseOptions(options)  # type: ignore[no-untyped-call]
        except Misconfigured as e:
            raise ConfigurationError(str(e)) from e
        except usage.UsageError as e:
            raise type(e)(self._with_the_nearest(str(e))) from e

    def postOptions(self) -> None:
        """Take from the configuration what was not on the command line, and check it all."""
        self.configuration = configuration.read(self._environ, self._folder, fill_in=self._environ)
        for name, kind in KIND.items():
            self._settle(name, kind)
        self._settle_ports()
        if self["web"] and find_spec("wsproto") is None:
            raise self._wrong("web", NEEDS_EXTRA.format(what="--web", extra="web"))
        if find_spec("OpenSSL") is None and any(map(is_tls, self.ports)):
            raise self._wrong("port", NEEDS_EXTRA.format(what="A tls: port", extra="tls"))

    def _settle(self, name: str, kind: Kind) -> None:
        """Give an option its value: of the command line, the configuration, or its default."""
        found = self.configuration.find(variable(name))
        if self[name] is not None:
            self._origins[name] = COMMAND_LINE
            self[name] = self._taken(name, str(self[name]), kind)
        elif found:
            self._origins[name] = origin(found)
            self[name] = found.taken(kind, TOLD.get(name, ""))
        else:
            self[name] = self.defaults[name]

    def _taken(self, name: str, text: str, kind: Kind) -> object:
        if not text and self.defaults.get(name) == "":
            return ""
        try:
            return kind(text)
        except ValueError as e:
            raise usage.UsageError(refusal(f"--{name}", TOLD.get(name, ""), e, text)) from e

    def _settle_ports(self) -> None:
        found = self.configuration.find("CHAT_PORT")
        if self.ports:
            self._origins["port"] = COMMAND_LINE
            self.ports = [str(self._taken("port", port, kinds.port)) for port in self.ports]
        elif found:
            self.ports = [str(port.taken(kinds.port)) for port in found.each()]
        else:
            self.ports = [PORT]

    def _wrong(self, name: str, why: str) -> usage.UsageError:
        """Return the error for an option, by where its value comes from."""
        on_command_line = self._origins.get(name) == COMMAND_LINE
        return usage.UsageError(why) if on_command_line else ConfigurationError(why)

    def _with_the_nearest(self, why: str) -> str:
        """Return why a command line is refused; for an option that there is not, with the one that was meant."""
        _, option, unknown = why.partition("option --")
        word, _, rest = unknown.partition(" ")
        if not option or rest != "not recognized":
            return why if why.endswith(".") else f"{why}."
        near = difflib.get_close_matches(word, [str(name) for name in self.synonyms], n=1, cutoff=0.7)
        return f"There is no option --{word}." + (f" Did you mean --{near[0].replace('_', '-')}?" if near else "")

    @property
    def origins(self) -> dict[str, Sentence]:
        """Where the chat's own settings come from, by their names: those that were given."""
        known = ((setting.name, self._origins.get(setting.option)) for setting in explained())
        return {name: place for name, place in known if place}

    def notes(self) -> Iterator[Sentence]:
        """Yield what is to be said before the start: which file was read, and which names are no settings."""
        yield from self.configuration.source()
        yield from self.configuration.notes()

    def settings(self) -> Settings:
        """Return the settings as the chat takes them."""
        return Settings(**{name: self[option(name)] for name, _, _ in explained()})


def origin(found: Found) -> Sentence:
    """Return how `/settings` names the place that a value was found in."""
    return FROM_ENVIRONMENT if found.place == ENVIRONMENT else FROM_FILE


def endpoint(port: str, host: str) -> str:
    """Return the endpoint string of a port given as a number; any other string is one already."""
    if not port.isdigit():
        return port
    interface = f":interface={quoteStringArgument(host)}" if host else ""
    return f"tcp:{port}:backlog={BACKLOG}{interface}"
