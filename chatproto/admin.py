"""`python -m chatproto.admin`: the operator's console, on the server's own machine.

Whoever may open the server's Unix socket (mode 0600) is its administrator: authority by where one sits, not by
what one says. A line is announced to all, `/word` is a command; words after the options are one command.
"""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from chatproto import archive
from chatproto.client.conversation import Setting
from chatproto.client.options import language
from chatproto.client.run import Plan, run
from chatproto.client.session import Manner
from chatproto.configuration import Configuration, kinds
from chatproto.configuration.command_line import Parser, configuration
from chatproto.configuration.endpoints import port_number
from chatproto.configuration.leaving import Exit
from chatproto.configuration.names import PORT
from chatproto.core.declare import LANGUAGES
from chatproto.core.events import Sentence, say
from chatproto.state_folder import admin_socket, state_folder
from chatproto.words import spoken
from chatproto.words.streams import escape_what_has_no_letters

PATIENCE = 10.0  # seconds that a single command, or a pipe, tries while no server answers
EXAMPLES = """
Examples:
  python -m chatproto.admin                     the console: type /help there
  python -m chatproto.admin kick bob spam       one command; the exit status is 0 if it was done
  echo "Class is over." | python -m chatproto.admin
  python -m chatproto.admin export '#dev' --format txt
  python -m chatproto.admin backup FILE         while people talk; restore FILE puts it back

The port is also taken from CHAT_PORT, the socket from CHAT_ADMIN_SOCKET and the folder from CHAT_DATA, in the
environment or in a file .env in the current folder.
"""
NOT_THERE = say(
    "No chat server runs on this machine with the socket {path}. Start one with: twistd -n chat --port {port}"
)
STRANGE = say(
    "The file {file} names the socket {path}, which belongs to somebody else: it is not used. "
    "If it is the right one, say so with --socket."
)
NOT_YOURS = say("The socket {path} belongs to somebody else. Run this as the user that runs the server.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the console, or one command, and return the exit status."""
    escape_what_has_no_letters()
    parser = _parser()
    given, known = parser.parse_args(argv), configuration()
    with parser.explaining():
        ports = _ports(given.port, known)
        lang = given.lang or language(known)
        keeps = bool(given.command) and given.command[0] in archive.WORDS
        path = _folder(known) if keeps else _socket(given.socket, ports, known)
    _tell(known, lang)
    if keeps:
        return archive.main(given.command, Path(path))
    if why := _cannot(path, ports):
        sys.stderr.write(f"{spoken(why, lang)}\n")
        return Exit.FAILED
    if not given.socket and is_strange(path, known):
        sys.stderr.write(f"{spoken(say(STRANGE.text, path=path, file=str(known.path)), lang)}\n")
        return Exit.CONFIG
    from twisted.internet import reactor

    prompts = sys.stdin.isatty() and not given.command
    escaped = path.replace("\\", "\\\\").replace(":", "\\:")
    plan = Plan(
        endpoint=f"unix:{escaped}",
        setting=Setting(path, (), prompts=prompts, console=True),
        manner=Manner(lang, 0.0 if prompts else PATIENCE),
        name="console",
        plain=given.plain,
        commands=["/" + " ".join(given.command).removeprefix("/")] if given.command else (),
    )
    return run(reactor, plan, os.environ)


def _tell(known: Configuration, lang: str) -> None:
    """Say what the environment and a file have that is no setting, and at a terminal which file was read."""
    said = [*known.source(), *known.notes()] if sys.stderr.isatty() else known.notes()
    sys.stderr.writelines(f"{spoken(note, lang)}\n" for note in said)


def _ports(given: str | None, known: Configuration) -> list[str]:
    """Return the server's ports: as given, as configured, or the usual one."""
    found = known.find("CHAT_PORT")
    if given:
        return [kinds.port(given)]
    return [str(port.taken(kinds.port)) for port in found.each()] if found else [PORT]


def _folder(known: Configuration) -> str:
    """Return the folder of the server's file: as configured, or the usual one."""
    found = known.find("CHAT_DATA")
    return str(found.taken(kinds.path)) if found else state_folder()


def _socket(given: str | None, ports: Sequence[str], known: Configuration) -> str:
    """Return the server's socket: as given, as configured, or where its port says."""
    found = known.find("CHAT_ADMIN_SOCKET")
    path = given or (found.taken(kinds.socket) if found else "auto")
    return admin_socket(port_number(ports)) if path in {"auto", "no"} else str(path)


def _cannot(path: str, ports: Sequence[str]) -> Sentence | None:
    """Return why there is no console at this socket."""
    if not _is_socket(path):
        return say(NOT_THERE.text, path=path, port=" --port ".join(ports))
    if not os.access(path, os.R_OK | os.W_OK):
        return say(NOT_YOURS.text, path=path)
    return None


def is_strange(path: str, known: Configuration) -> bool:
    """Say whether a file `.env`, which may be a stranger's, names a socket that is not this user's."""
    found = known.find("CHAT_ADMIN_SOCKET")
    by_file = found is not None and found.place == str(known.path)
    return by_file and Path(path).stat().st_uid != os.getuid()


def _parser() -> Parser:
    parser = Parser(
        prog="python -m chatproto.admin",
        description="The operator's console of a chat server on this machine.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--port", metavar="PORT", help=f"the server's port (default: {PORT})")
    parser.add_argument("--socket", metavar="PATH", help="its socket, if it is not where the port says")
    parser.add_argument("--lang", choices=LANGUAGES, help="the language of sentences")
    parser.add_argument("--plain", action="store_true", help="no colour and no bell")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="one command, as kick bob spam")
    return parser


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(Path(path).stat().st_mode)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
