"""What the client is told before it starts: the command line wins, then the environment, then `.env`.

The law here: pure. What the machine knows (environment, `.env`, locale) is handed in.
"""

from __future__ import annotations

import argparse
import difflib
import ipaddress
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from chatproto import __version__
from chatproto.client import pipe
from chatproto.core import names
from chatproto.core.declare import LANGUAGES
from chatproto.core.events import Refusal
from chatproto.core.inviting import at_port
from chatproto.words import spoken

PORT = 5005
WAIT = 10.0
KINDS = frozenset({"tcp", "ssl", "tls", "unix", "autowrap"})  # of Twisted's own endpoints; others have a plugin
WITH_PORT = frozenset({"tcp", "ssl", "tls"})  # of these, those of a host and a port, which may come by itself
BRACKETED = re.compile(r"((?:tcp|ssl|tls):)?\[([^\]]+)\](?::(\d+))?")  # an IPv6 address, with a port or without
SETTINGS = """
HOST is a name, an address, or any client endpoint of Twisted: tls:chat.example.org:5006, unix:/run/chat.sock.

Settings may also stand in the environment or in a file .env in the current folder; the command line wins, then
the environment, then .env:
  CHAT_HOST or host    HOST (else localhost)
  CHAT_PORT or port    --port (else 5005)
  CHAT_NAME            --name
  CHAT_TOKEN           --token: better here, since others on this machine may see a command line
  CHAT_LANG            --lang (else Korean or Thai if the locale is, else the server's choice)
"""
TERMINAL = """\
  NO_COLOR             if not empty: no colour, also on a terminal

In a pipe each line of input is said, each event heard is a line of output, and the exit status is 0 only if
all that was typed has its receipt and nothing was refused. Without --name the first line is the name.
For scripts, cron and CI there is more: see send --help, tail --help and ask --help in the place of HOST.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was chosen. `endpoint` is a Twisted client endpoint string; `address` says the same to people."""

    endpoint: str
    address: str
    name: str = ""
    token: str = field(default="", repr=False)
    rooms: tuple[str, ...] = (names.LOBBY,)
    invitation: str = field(default="", repr=False)
    lang: str = ""
    plain: bool = False
    wait: float = WAIT


class Parser(argparse.ArgumentParser):
    """Reads a command line, and says what is wrong with it without repeating what may be a secret.

    No option may be cut short: `--to` must never be taken for `--token`.
    """

    def __init__(self, **told: Any) -> None:  # noqa: ANN401 - argparse's own
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **told)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401 - argparse's own
        """Return what was given; exit where there is more than was asked for."""
        words = sys.argv[1:] if args is None else args
        given, unknown = self.parse_known_args([readable(word) for word in words], namespace)
        if unknown:
            self._refuse(unknown)
        return given

    def _refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Name the options that there are not; what stands behind one may be a token."""
        options = [re.match("--[a-z-]*|-.", word) for word in unknown if re.match("-[^0-9]", word)]
        names = list(dict.fromkeys(option[0] for option in options if option))
        if unknown[0] in pipe.WORDS:
            self.error(f"{unknown[0]} comes first, as in: {self.prog} {unknown[0]} --host HOST …")
        if not names:
            self.error(f"too many words, by {len(unknown)}: what has spaces in it goes in quotation marks")
        near = difflib.get_close_matches(names[0], self._option_string_actions, n=1)
        self.error(f"no such option: {' '.join(names)}{f' (did you mean {near[0]}?)' if near else ''}")


def chosen(argv: Sequence[str], *sources: Mapping[str, str | None]) -> Options:
    """Return the options; `sources` are looked through in their order. Exits for --help and for mistakes."""
    parser = _parser()
    given = parser.parse_args(argv)
    try:
        return replace(
            server_and_name(given, sources),
            invitation=given.invitation,
            rooms=rooms_of(given),
            plain=given.plain,
            wait=given.wait,
        )
    except ValueError as e:
        parser.error(str(e))
    except Refusal as no:
        parser.error(spoken(no.sentence, "en"))


def server_and_name(given: argparse.Namespace, sources: Sequence[Mapping[str, str | None]]) -> Options:
    """Return which server it is to be, and under which name; ValueError for a port that is none."""
    if given.host and not given.name and is_only_a_name(given.host):
        given.host, given.name = "", given.host
    endpoint, address = server_at(
        given.host or first(sources, "CHAT_HOST", "host") or "localhost",
        given.port or first_port(sources),
    )
    return Options(
        endpoint=endpoint,
        address=address,
        name=given.name or first(sources, "CHAT_NAME"),
        token=(given.token or first(sources, "CHAT_TOKEN")).strip(),
        lang=given.lang or language(sources),
    )


def language(sources: Sequence[Mapping[str, str | None]]) -> str:
    """Return the language: as set, else the locale's if it is Korean or Thai, else none (the server's)."""
    said = first(sources, "CHAT_LANG")
    if said in LANGUAGES:
        return said
    locale = first(sources, "LC_ALL", "LC_MESSAGES", "LANG")
    return locale[:2] if re.match(r"(ko|th)(_|\.|@|$)", locale) else ""


def _parser() -> Parser:
    parser = Parser(
        prog="python -m chatproto.client",
        description="Talk in a chat, from a terminal or from a pipe.",
        epilog=SETTINGS + TERMINAL,
    )
    parser.add_argument("host", nargs="?", metavar="HOST", help="the server (default: localhost)")
    add_server_and_name(parser, name="it is asked for")
    add_rooms(parser)
    parser.add_argument(
        "--plain", action="store_true", help="lines instead of a screen, no colour, no bell: for screen readers"
    )
    parser.add_argument(
        "--wait",
        type=float,
        default=WAIT,
        metavar="SECONDS",
        help="in a pipe: how long to try while no server answers (default: %(default)g; 0: for ever)",
    )
    return parser


def add_server_and_name(parser: Parser, *, name: str) -> None:
    """Add the options that every client has but for HOST; `name` tells what comes where none is given."""
    parser.add_argument("--port", metavar="PORT", help=f"the server's port (default: {PORT})")
    parser.add_argument("--name", metavar="NAME", help=f"your name (default: {name})")
    parser.add_argument(
        "--token", metavar="TOKEN", help="for a registered name: its password, or a token that /token new LABEL made"
    )
    parser.add_argument("--lang", choices=LANGUAGES, help="the language of sentences")
    parser.add_argument("--version", action="version", version=f"chatproto {__version__}")


def add_rooms(parser: Parser) -> None:
    """Add the option that says where to go on the server."""
    parser.add_argument(
        "--room",
        metavar="ROOM",
        action="append",
        default=[],
        help="a room to go into, may be repeated (default: lobby)",
    )
    add_invitation(parser)


def add_invitation(parser: Parser) -> None:
    """Add the option that lets into a private room."""
    parser.add_argument("--invitation", metavar="INVITATION", default="", help="what a private room asks for, once")


def rooms_of(given: argparse.Namespace) -> tuple[str, ...]:
    """Return the rooms to go into; refuse what is no room's name."""
    return tuple(dict.fromkeys(names.room(room) for room in given.room)) or (names.LOBBY,)


def first(sources: Sequence[Mapping[str, str | None]], *keys: str) -> str:
    """Return what the first source that knows one of these names says; nothing if none does."""
    return readable(next((value for source in sources for key in keys if (value := source.get(key))), ""))


def readable(given: str) -> str:
    """Return a word of the command line or the environment as it can be sent: what is not UTF-8 becomes U+FFFD."""
    return given.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def first_port(sources: Sequence[Mapping[str, str | None]]) -> str:
    """Return the first port of a server's own configuration, which may name several; nothing if it names none."""
    return first(sources, "CHAT_PORT", "port").partition(" ")[0]


def is_only_a_name(word: str) -> bool:
    """Say whether a word is somebody's name and no server's: SEEDS S3.9 has `client 채팅관리자`.

    A host without a dot is one of the own network, whose names are ASCII (RFC 952).
    """
    return not word.isascii() and not set(word) & set(".。:/")


def server_at(host: str, port: str) -> tuple[str, str]:
    """Return the endpoint string of a server, and its address as people write it; ValueError for no port.

    An IPv6 address may stand in brackets, as it must where a port follows: [2001:db8::7]:5005, tls:[2001:db8::7]:5006.
    """
    if bracketed := BRACKETED.fullmatch(host):
        kind, host, own_port = bracketed.groups()
        return _at(kind or "", host, own_port or port)
    kind, colon, rest = host.partition(":")
    if kind in WITH_PORT and rest and ":" not in rest:
        return _at(f"{kind}:", rest, port)
    if colon and not _is_ip6(host):
        if kind in KINDS or not re.fullmatch(r"\d+", rest):
            return host, host
        host, port = kind, rest
    return _at("", host, port)


def _at(kind: str, host: str, port: str) -> tuple[str, str]:
    """Return the endpoint string and the address of a host and a port; `kind` is as `tls:`, or nothing."""
    port = port or str(PORT)
    if not re.fullmatch(r"\d{1,5}", port) or not 0 < int(port) < 65536:
        raise ValueError(f"--port takes a number from 1 to 65535, not {port!r}")
    escaped = host.replace("\\", "\\\\").replace(":", "\\:")
    return f"{kind or 'tcp:'}{escaped}:{port}", f"{kind}{at_port(host)}:{port}"


def _is_ip6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False
