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

from dotenv import dotenv_values

from chatproto import archive
from chatproto.client.conversation import Setting
from chatproto.client.options import language
from chatproto.client.run import Plan, run
from chatproto.client.session import Manner
from chatproto.core.declare import LANGUAGES
from chatproto.core.events import say
from chatproto.options import PORT, configured, port_number
from chatproto.state_folder import admin_socket, state_folder
from chatproto.words import spoken

PATIENCE = 10.0  # seconds that a single command, or a pipe, tries while no server answers
EXAMPLES = """
Examples:
  python -m chatproto.admin                     the console: type /help there
  python -m chatproto.admin kick bob spam       one command; the exit status is 0 if it was done
  echo "Class is over." | python -m chatproto.admin
  python -m chatproto.admin export '#dev' --format txt
  python -m chatproto.admin backup FILE         while people talk; restore FILE puts it back

The port is also taken from CHAT_PORT or port, the socket from CHAT_ADMIN_SOCKET and the folder from CHAT_DATA, in the
environment or in a file .env in the current folder.
"""
NOT_THERE = say(
    "No chat server runs on this machine with the socket {path}. Start one with: twistd -n chat --port {port}"
)
NOT_YOURS = say("The socket {path} belongs to somebody else. Become the user that runs the server.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the console, or one command, and return the exit status."""
    sources = (os.environ, dotenv_values(".env"))
    given = _parser().parse_args(argv)
    known = configured(os.environ, Path.cwd())
    if given.command and given.command[0] in archive.WORDS:
        return archive.main(given.command, Path(known.get("data") or state_folder()))
    ports, lang = (given.port or known.get("port") or PORT).split(), given.lang or language(sources)
    path = given.socket or known.get("admin-socket", "auto")
    path = admin_socket(port_number(ports)) if path in {"auto", "no"} else path
    if not _is_socket(path):
        sys.stderr.write(spoken(say(NOT_THERE.text, path=path, port=" --port ".join(ports)), lang) + "\n")
        return 1
    if not os.access(path, os.R_OK | os.W_OK):
        sys.stderr.write(spoken(say(NOT_YOURS.text, path=path), lang) + "\n")
        return 1
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m chatproto.admin",
        description="The operator's console of a chat server on this machine.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
