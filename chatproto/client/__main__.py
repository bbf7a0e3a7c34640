"""`python -m chatproto.client`: see `--help`."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence

from chatproto.client import pipe
from chatproto.client.conversation import Setting
from chatproto.client.options import Options, chosen, tell
from chatproto.client.run import Plan, run
from chatproto.client.session import Manner
from chatproto.client.talk import BACKLOG
from chatproto.configuration.command_line import configuration
from chatproto.core.events import say
from chatproto.core.settings import Settings
from chatproto.words import spoken
from chatproto.words.streams import escape_what_has_no_letters

NO_SCREEN = say("Completion and a status line need one more package. In a checkout of chatproto: pip install '.[tui]'")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the client with these arguments and return its exit status."""
    escape_what_has_no_letters()
    argv, known = sys.argv[1:] if argv is None else argv, configuration()
    if argv and argv[0] in pipe.WORDS:
        from chatproto.client.pipe import run as errands

        return errands.main(argv, known)
    options = chosen(argv, known)
    tell(known, options)
    prompts = sys.stdin.isatty()
    on_screen = wants_screen(options, os.environ, terminal=prompts and sys.stdout.isatty())
    if on_screen and not importlib.util.find_spec("prompt_toolkit"):
        sys.stderr.write(f"{spoken(NO_SCREEN, options.lang)}\n")
        on_screen = False
    backlog = BACKLOG if on_screen else Settings().backlog if prompts else 0
    plan = Plan(
        endpoint=options.endpoint,
        setting=Setting(
            options.address,
            options.rooms,
            prompts=prompts,
            backlog=backlog,
            invitation=options.invitation,
        ),
        manner=Manner(options.lang, 0.0 if prompts else options.wait),
        name=options.name,
        token=options.token,
        plain=options.plain,
        time=options.time,
    )
    if on_screen:
        from chatproto.client.screen.run import ScreenProgram, install

        return run(install(), plan, os.environ, ScreenProgram)
    from twisted.internet import reactor

    return run(reactor, plan, os.environ)


def wants_screen(options: Options, environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Say whether to draw a screen; else there are lines."""
    return terminal and not options.plain and environ.get("TERM") != "dumb"


if __name__ == "__main__":
    sys.exit(main())
