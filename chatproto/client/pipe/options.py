"""What `send`, `tail` and `ask` are told on their command line.

The law here: pure, as `chatproto.client.options` is, whose settings these share.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn, TypeAlias

from chatproto.client.options import (
    NOTHING,
    Options,
    add_invitation,
    add_server_and_name,
    first,
    server_and_name,
)
from chatproto.client.pipe.status import SIGNALLED, Status
from chatproto.configuration import Configuration
from chatproto.configuration.command_line import Parser, seconds
from chatproto.core import names
from chatproto.core.events import Refusal
from chatproto.core.names import fold
from chatproto.core.text import message

NAME = "script"  # of whoever has no user's name; else it stands behind that
MOST_OF_USER = 20  # characters: with what stands behind it, it is still a name
SPARE = 100
COMMENT = "a # that is not in quotation marks begins a comment in the shell: write '#ops'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """`send`: to a room, `#ops`, or to a person, `jinny`; `text` if it is not in the standard input."""

    to: str
    text: str | None = None
    code: bool = False
    lines: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tailing:
    """`tail`: a room, from a place in it on."""

    room: str
    after: int | None = None
    last: int = 0
    json: bool = False
    follow: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`ask`: a question to a room, and what may be answered."""

    room: str
    text: str
    options: tuple[str, ...]


Wanted: TypeAlias = Sending | Tailing | Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Where, for how long (seconds; 0: for ever), and what.

    `names` are what it may be called: the one that was given, or any of these where none was.
    """

    server: Options
    names: tuple[str, ...]
    timeout: float
    wanted: Wanted


def chosen(argv: Sequence[str], known: Configuration = NOTHING) -> Job:
    """Return what is to be done; exits for --help and for mistakes."""
    word, *rest = argv
    parser = PARSERS[word]()
    given = parser.parse_args(rest)
    with parser.explaining():
        server = replace(server_and_name(given, known), invitation=given.invitation)
        if server.token and not server.name:
            raise ValueError("a token proves a name: say which with --name NAME or CHAT_NAME")
        called = (names.person(server.name),) if server.name else _own_names(known.environ)
        return Job(server=server, names=called, timeout=given.timeout, wanted=WANTED[word](given))


def _own_names(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return names for a script: not its user's own, who may be in the chat, and several, since it may run twice."""
    try:
        name = names.person(f"{first(environ, 'LOGNAME', 'USER', 'USERNAME')[:MOST_OF_USER]}-{NAME}")
    except Refusal:
        name = NAME
    return (name, *(f"{name}-{number}" for number in range(2, SPARE)))


# --- send -----------------------------------------------------------------------------------------

SEND = """
The whole input is one message, so that a report stays in one piece; --lines says each line as it comes. Colours and
other escape sequences are taken out. Empty input says nothing, and ends with 0. If somebody else
takes the name while a direct message is under way, nobody knows whether it was sent: the exit status is 7.

  make 2>&1 | tail -n 20 | python -m chatproto.client send --to '#ops' --code
  python -m chatproto.client send --to jinny "The build is through."
  tail -f app.log | grep --line-buffered ERROR | python -m chatproto.client send --to '#ops' --lines
"""


def _send() -> Parser:
    parser = _parser("send", "Say what comes in by the pipe, and end once it is kept.", SEND, timeout="1m")
    parser.add_argument("--to", required=True, metavar="'#ROOM'|NAME", help="a room, or somebody (also @NAME)")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--code", action="store_true", help="show it as code: between ``` and ```")
    shape.add_argument("--lines", action="store_true", help="each line is a message, said as soon as it comes")
    parser.add_argument(
        "--key",
        default="",
        metavar="KEY",
        help="said again under the same key, it is said once: for jobs that run again",
    )
    parser.add_argument("text", nargs="?", metavar="TEXT", help="the message (default: the standard input)")
    return parser


def _sending(given: argparse.Namespace) -> Sending:
    if given.text is not None and given.lines:
        raise ValueError("--lines is for the standard input: leave TEXT out")
    to = names.room(given.to) if given.to.startswith("#") else names.person(given.to.removeprefix("@"))
    if given.key and not to.startswith("#"):
        raise ValueError("--key is for rooms: a direct message cannot be known again")
    return Sending(to=to, text=given.text, code=given.code, lines=given.lines, key=given.key)


# --- tail -----------------------------------------------------------------------------------------

TAIL = """
What is kept in the room is shown: what is said and done, topics, announcements, corrections and deletions; not who
comes and goes. Nothing is missing and nothing comes twice, also when the server is started again. The output is
written line by line.

With --json each line is an object:
  seq     the message's number in the room, for --after; of a gap the last one that is missing
  time    when, as 2026-11-21T10:02:33.120Z
  event   said, action, notice, topic, corrected, deleted, or gap (what was meant is no longer kept)
  room    as #ops
  from    who said or did it
  text    what was said; else a sentence
  of      of corrected and deleted: the number of the message that is meant
  old     of gap: the first number that is missing
More fields may come; these stay.

  python -m chatproto.client tail '#ops' --json --after 41 | while read -r line; do …
"""


def _tail() -> Parser:
    parser = _parser("tail", "Show what is said in a room, from now on.", TAIL, timeout="0")
    parser.add_argument("room", metavar="'#ROOM'", help="the room")
    parser.add_argument("--json", action="store_true", help="one object a line")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--after", type=_number, metavar="SEQ", help="begin with what came after this number")
    place.add_argument("--last", type=_number, default=0, metavar="N", help="begin with the newest N messages")
    parser.add_argument("--no-follow", action="store_true", help="end once all that is there by now was shown")
    return parser


def _tailing(given: argparse.Namespace) -> Tailing:
    room = names.room(given.room)
    return Tailing(room=room, after=given.after, last=given.last, json=given.json, follow=not given.no_follow)


# --- ask ------------------------------------------------------------------------------------------

ASK = """
Everybody in the room may answer: with one of the options alone on a line, in capital letters or not. The first answer
counts; it is written to the standard output, and the room is told. So ask where only those are who may decide.
The exit status is 0 only for the first option:

  if python -m chatproto.client ask '#ops' "Deploy 1.4?" --options yes,no --timeout 5m; then ./deploy; fi
"""


def _ask() -> Parser:
    parser = _parser("ask", "Ask a room, and wait for the answer.", ASK, timeout="5m")
    parser.add_argument("room", metavar="'#ROOM'", help="the room")
    parser.add_argument("question", metavar="QUESTION", help="the question")
    parser.add_argument(
        "--options", default="yes,no", metavar="A,B,…", help="what may be answered (default: %(default)s)"
    )
    return parser


def _question(given: argparse.Namespace) -> Question:
    options = tuple(option.strip() for option in given.options.split(","))
    if len({fold(option) for option in options} - {""}) < max(len(options), 2):
        raise ValueError("--options takes two or more different answers, as yes,no")
    return Question(room=names.room(given.room), text=message(given.question), options=options)


# --- what all three share -------------------------------------------------------------------------

SETTINGS = """
CHAT_HOST, CHAT_PORT, CHAT_NAME, CHAT_TOKEN and CHAT_LANG are taken from the environment, or from a file .env in the
current folder. Give a token there: others on this machine may see a command line. A name of its own for each script
is best; one that is in use just now is waited for.
"""
PARSERS = {"send": _send, "tail": _tail, "ask": _ask}
WANTED: dict[str, Callable[[argparse.Namespace], Wanted]] = {"send": _sending, "tail": _tailing, "ask": _question}


class _Parser(Parser):
    """Explains a room's name that the shell has swallowed."""

    def error(self, message: str) -> NoReturn:
        swallowed = "argument --to: expected" in message or "required" in message
        super().error(f"{message} ({COMMENT})" if swallowed else message)


def _parser(word: str, told: str, more: str, *, timeout: str) -> Parser:
    statuses = "".join(f"  {status.value}      {status.told}\n" for status in Status)
    epilog = f"{more}{SETTINGS}\nExit status:\n{statuses}  {SIGNALLED}+N  ended by the signal N"
    parser = _Parser(prog=f"python -m chatproto.client {word}", description=told, epilog=epilog)
    parser.add_argument("--host", metavar="HOST", help="the server, also as tls:HOST:PORT (default: localhost)")
    add_server_and_name(parser, name=f"the user's, with -{NAME} behind it")
    add_invitation(parser)
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=timeout,
        metavar="TIME",
        help="how long to try while no server answers, as 30s, 5m or 2h; for ask, how long to wait for the answer "
        "(default: %(default)s; 0: for ever)",
    )
    return parser


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"takes a whole number, not {text!r}")
    return int(text)
