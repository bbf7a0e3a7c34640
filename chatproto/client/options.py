"""What the client is told before it starts: the command line wins, then the environment, then `.env`.

The law here: pure but for `configuration`. What the machine knows (environment, `.env`, locale) is handed in.
"""

from __future__ import annotations

import argparse
import ipaddress
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chatproto import __version__
from chatproto.client import pipe
from chatproto.configuration import COMMAND_LINE, Configuration, Found, kinds, named, readable
from chatproto.configuration.command_line import Parser, seconds
from chatproto.configuration.endpoints import port_number
from chatproto.core import names
from chatproto.core.declare import LANGUAGES, TIMES
from chatproto.core.events import Sentence, say
from chatproto.core.inviting import at_port
from chatproto.words import spoken

PORT = 5005
WAIT = 10.0
NOTHING = Configuration()
WITHHELD = (
    "The token ({place}) was not given for {address}, and is not sent there. Write the token and HOST in one place, "
    "or HOST on the command line."
)
KINDS = frozenset({"tcp", "ssl", "tls", "unix", "autowrap"})  # of Twisted's own endpoints; others have a plugin
WITH_PORT = frozenset({"tcp", "ssl", "tls"})  # of these, those of a host and a port, which may come by itself
BRACKETED = re.compile(r"((?:tcp|ssl|tls):)?\[([^\]]+)\](?::(\d+))?")  # an IPv6 address, with a port or without
SETTINGS = """
HOST is a name, an address, or any client endpoint of Twisted: tls:chat.example.org:5006, unix:/run/chat.sock.

Settings may also stand in the environment or in a file .env in the current folder; the command line wins, then
the environment, then .env:
  CHAT_HOST            HOST (else localhost); in .env also as host
  CHAT_PORT            --port (else 5005); in .env also as port
  CHAT_NAME            --name
  CHAT_TOKEN           --token: better here, since others on this machine may see a command line
  CHAT_LANG            --lang (else Korean or Thai if the locale is, else the server's choice)
A token is not sent to a server that only a file .env names, if it does not stand there too.
"""
TERMINAL = """\
  NO_COLOR             if not empty: no colour, also on a terminal

In a pipe each line of input is said, each event heard is a line of output, and the exit status is 0 only if
all that was typed has its receipt and nothing was refused. Without --name the first line is the name.
For scripts, cron and CI there is more: see send --help, tail --help and ask --help in the place of HOST.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was chosen. `endpoint` is a Twisted client endpoint string; `address` says the same to people.

    `notes` are to be said before the start.
    """

    endpoint: str
    address: str
    name: str = ""
    token: str = field(default="", repr=False)
    rooms: tuple[str, ...] = (names.LOBBY,)
    invitation: str = field(default="", repr=False)
    lang: str = ""
    plain: bool = False
    time: str = "short"
    wait: float = WAIT
    notes: tuple[Sentence, ...] = ()


def chosen(argv: Sequence[str], known: Configuration = NOTHING) -> Options:
    """Return the options. Exits for --help and for mistakes."""
    parser = _parser()
    given = parser.parse_args(argv)
    with parser.explaining():
        return replace(
            server_and_name(given, known),
            invitation=given.invitation,
            rooms=rooms_of(given),
            plain=given.plain,
            time=given.time,
            wait=given.wait,
        )


def server_and_name(given: argparse.Namespace, known: Configuration) -> Options:
    """Return which server it is to be, and under which name; ValueError or Misconfigured for what cannot be."""
    if given.host and not given.name and is_only_a_name(given.host):
        given.host, given.name = "", given.host
    where = _where(given, known)
    endpoint, address = server_at(where.host, where.port)
    token = _token(given, known)
    notes = list(known.notes())
    if token.text and not _belongs(token, where, known):
        notes.append(say(WITHHELD, address=address, place=named(token.place)))
        token = Found("", token.name, token.place)
    return Options(
        endpoint=endpoint,
        address=address,
        name=given.name or known.text("CHAT_NAME"),
        token=token.text,
        lang=given.lang or language(known),
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True)
class _Where:
    """A server: its host and port as they were given, and whether nothing but a file `.env` names it."""

    host: str
    port: str
    by_file: bool


def _where(given: argparse.Namespace, known: Configuration) -> _Where:
    host, port = known.find("CHAT_HOST"), known.find("CHAT_PORT")
    used = [found for found, better in ((host, given.host), (port, given.port)) if found and not better]
    return _Where(
        host=given.host or (host.text if host else "localhost"),
        port=given.port or (str(port.taken(first_port)) if port else ""),
        by_file=any(found.place == str(known.path) for found in used),
    )


def _token(given: argparse.Namespace, known: Configuration) -> Found:
    if given.token:
        return Found(given.token.strip(), "--token", COMMAND_LINE)
    return known.find("CHAT_TOKEN") or Found("", "CHAT_TOKEN", COMMAND_LINE)


def _belongs(token: Found, where: _Where, known: Configuration) -> bool:
    """Say whether a token was given for this server.

    A file `.env` may be a stranger's: no token from elsewhere goes where it points. And a token that stands beside a
    host, in the environment or in a file, is for that host.
    """
    if token.place == COMMAND_LINE:
        return not where.by_file
    in_file = token.place == str(known.path)
    beside = known.in_file("CHAT_HOST") if in_file else known.in_environment("CHAT_HOST")
    if beside and beside.text != where.host:
        return False
    return in_file or not where.by_file


def language(known: Configuration) -> str:
    """Return the language: as set, else the locale's if it is Korean or Thai, else none (the server's)."""
    if found := known.find("CHAT_LANG"):
        return str(found.taken(kinds.language))
    locale = first(known.environ, "LC_ALL", "LC_MESSAGES", "LANG")
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
        "--time",
        choices=TIMES,
        default="short",
        metavar="FORM",
        help="how lines and their times are shown, as /time has it: full, short, off, "
        "dated for (2026-11-21 10:02:33) oscar : hi, plain for oscar: hi",
    )
    parser.add_argument(
        "--wait",
        type=seconds,
        default=WAIT,
        metavar="TIME",
        help="in a pipe: how long to try while no server answers, as 30s or 5m (default: %(default)gs; 0: for ever)",
    )
    return parser


def tell(known: Configuration, options: Options) -> None:
    """Say what is to be said before the start; to whoever looks at a terminal, also which file was read."""
    if sys.stderr is None:
        return
    said = [*known.source(), *options.notes] if sys.stderr.isatty() else options.notes
    sys.stderr.writelines(f"{spoken(note, options.lang)}\n" for note in said)


def add_server_and_name(parser: Parser, *, name: str) -> None:
    """Add the options that every client has but for HOST; `name` tells what comes where none is given."""
    parser.first_words = pipe.WORDS
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


def first(environ: Mapping[str, str], *names: str) -> str:
    """Return the first of these that an environment has; nothing if it has none."""
    return readable(next((value for name in names if (value := environ.get(name))), ""))


def first_port(text: str) -> str:
    """Return the number of the first port of a server's own configuration, which may name several, as endpoints too."""
    number = port_number(kinds.port(port) for port in text.split())
    if number:
        return number
    raise ValueError(f"takes a number from 1 to {kinds.LAST_PORT}")


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
    port = kinds.digits(port) or str(PORT)
    if not re.fullmatch(r"\d{1,5}", port) or not 0 < int(port) < 65536:
        raise ValueError(f"--port takes a number from 1 to 65535, not {port!r}")
    escaped = host.replace("\\", "\\\\").replace(":", "\\:")
    return f"{kind or 'tcp:'}{escaped}:{port}", f"{kind}{at_port(host)}:{port}"


def is_only_a_name(word: str) -> bool:
    """Say whether a word is somebody's name and no server's: SEEDS S3.9 has `client 채팅관리자`.

    A host without a dot is one of the own network, whose names are ASCII (RFC 952).
    """
    return not word.isascii() and not set(word) & set(".。:/")


def _is_ip6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False
