"""What the window is told before it opens: what the terminal's client is told, and how it is to look.

The law here: pure, as `chatproto.client.options` is, whose settings these share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatproto.client.options import (
    NOTHING,
    SETTINGS,
    Options,
    add_rooms,
    add_server_and_name,
    rooms_of,
    server_and_name,
)
from chatproto.configuration import Configuration
from chatproto.configuration.command_line import Parser


@dataclass(frozen=True, slots=True)
class Choice:
    """Where to, as whom, and whether it is to be dark: as the desktop is, if that is not said."""

    client: Options
    dark: bool | None = None


def chosen(argv: Sequence[str], known: Configuration = NOTHING) -> Choice:
    """Return the options; exits for --help and for mistakes."""
    parser = Parser(prog="python -m chatproto.gui", description="Talk in a chat, in a window.", epilog=SETTINGS)
    parser.add_argument("host", nargs="?", metavar="HOST", help="the server (default: localhost)")
    add_server_and_name(parser, name="it is asked for")
    add_rooms(parser)
    look = parser.add_mutually_exclusive_group()
    look.add_argument("--dark", action="store_true", default=None, help="light letters on a dark ground")
    look.add_argument("--light", dest="dark", action="store_false", help="dark letters on a light ground")
    given = parser.parse_args(argv)
    with parser.explaining():
        client = replace(server_and_name(given, known), rooms=rooms_of(given), invitation=given.invitation)
        return Choice(client, given.dark)
