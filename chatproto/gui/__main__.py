"""`python -m chatproto.gui`: see `--help`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from chatproto.client.options import tell
from chatproto.configuration.command_line import configuration
from chatproto.core.events import Sentence, say
from chatproto.gui.options import chosen
from chatproto.words import spoken
from chatproto.words.streams import escape_what_has_no_letters

NO_TKINTER = say(
    "The window needs tkinter, which this Python does not have. Install it: `apt install python3-tk` (Debian, Ubuntu), "
    "`dnf install python3-tkinter` (Fedora), `brew install python-tk` (macOS), or Python from python.org with tcl/tk."
)
NO_DISPLAY = say("There is no screen here that a window could open on: {why}")
INSTEAD = say("Without a window: python -m chatproto.client")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the window with these arguments and return its exit status."""
    escape_what_has_no_letters()
    known = configuration()
    choice = chosen(sys.argv[1:] if argv is None else argv, known)
    tell(known, choice.client)
    try:
        import tkinter as tk
    except ImportError:
        return _failed(NO_TKINTER, choice.client.lang)
    from twisted.internet import reactor

    from chatproto.gui.run import run

    try:
        return run(reactor, choice)
    except tk.TclError as e:
        return _failed(say(NO_DISPLAY.text, why=str(e)), choice.client.lang)


def _failed(why: Sentence, lang: str) -> int:
    sys.stderr.writelines(f"{spoken(sentence, lang)}\n" for sentence in (why, INSTEAD))
    return 1


if __name__ == "__main__":
    sys.exit(main())
