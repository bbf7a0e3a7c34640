"""`python -m chatproto.client`: see `--help`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from dotenv import dotenv_values

from chatproto.client import pipe
from chatproto.client.conversation import Setting
from chatproto.client.options import chosen
from chatproto.client.run import Plan, run
from chatproto.client.session import Manner


def main(argv: Sequence[str] | None = None) -> int:
    """Run the client with these arguments and return its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if argv and argv[0] in pipe.WORDS:
        from chatproto.client.pipe import run as errands

        return errands.main(argv, os.environ, dotenv_values(".env"))
    options = chosen(argv, os.environ, dotenv_values(".env"))
    from twisted.internet import reactor

    prompts = sys.stdin.isatty()
    plan = Plan(
        endpoint=options.endpoint,
        setting=Setting(options.address, options.rooms, prompts=prompts),
        manner=Manner(options.lang, 0.0 if prompts else options.wait),
        name=options.name,
        token=options.token,
        plain=options.plain,
    )
    return run(reactor, plan, os.environ)


if __name__ == "__main__":
    sys.exit(main())
