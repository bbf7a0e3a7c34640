"""Starting: how `twistd chat`, `twist chat` and `python -m chatproto` begin, and how they end where they cannot.

What is wrong is told by one line on the terminal and by the exit status, never by a traceback. twistd writes its
pidfile, and leaves the terminal, before it opens a port; so what it will open is tried before that.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from twisted.application.service import IService
from twisted.python import usage

from chatproto import options
from chatproto.clock import steady
from chatproto.configuration.leaving import CannotStart, Exit
from chatproto.operators_terminal import below_the_log
from chatproto.options import ConfigurationError
from chatproto.pidfile import hold, in_foreground, pidfile, settle
from chatproto.rehearsal import rehearse
from chatproto.service import ChatService
from chatproto.words import spoken
from chatproto.words.streams import escape_what_has_no_letters

COLLECTION = (10_000, 20, 100)  # for gc.set_threshold: a line leaves nothing in a cycle
ALL_OPTIONS = "All options: twistd chat --help"


class Options(options.Options):
    """The command line as a terminal has it: what is wrong with it is one line, and the end."""

    def parseOptions(self, options: list[str] | None = None) -> None:
        """Read the command line, and say what it has that is no setting."""
        escape_what_has_no_letters()
        try:
            super().parseOptions(options)
        except ConfigurationError as e:
            leave(Exit.CONFIG, str(e))
        except usage.UsageError as e:
            leave(Exit.USAGE, f"{e} {ALL_OPTIONS}")
        sys.stderr.writelines(f"{spoken(note, self['lang'])}\n" for note in self.notes())
        settle(self.parent)


class TwistdService(ChatService):
    """A chat that holds twistd's pidfile for as long as it runs."""

    def privilegedStartService(self) -> None:
        """Hold the pidfile, which twistd has just written, and open the ports."""
        file = pidfile(self._options.parent)
        self._held = hold(file) if file else None
        super().privilegedStartService()


class WatchedService(TwistdService):
    """A chat at whose start somebody looks, and which may still fail at what could not be tried before."""

    def privilegedStartService(self) -> None:
        """Open the ports, or end."""
        with self._or_end():
            super().privilegedStartService()

    def startService(self) -> None:
        """Open the rest, or end."""
        with self._or_end():
            super().startService()

    @contextmanager
    def _or_end(self) -> Iterator[None]:
        """End with one line where something cannot start, and take twistd's pidfile away, which is there by now."""
        try:
            with one_line():
                yield
        except SystemExit:
            if file := pidfile(self._options.parent):
                file.unlink(missing_ok=True)
            raise


def makeService(options: Options) -> IService:
    """Make the service of a parsed command line, for the reactor of this process."""
    from twisted.internet import reactor

    steady(reactor)
    gc.set_threshold(*COLLECTION)
    kind = TwistdService if leaves_the_terminal(options) else WatchedService
    service = kind(options, reactor)
    service.go_on_after_sighup()
    with one_line():
        rehearse(options, options.parent or {})
    if options["console"]:
        service.terminal = below_the_log()
    return service


def leaves_the_terminal(options: Options) -> bool:
    """Say whether twistd was told to become a daemon; `twist` never does."""
    twistd: Any = options.parent or {}
    return os.name == "posix" and "nodaemon" in twistd and not in_foreground(twistd)


@contextmanager
def one_line() -> Iterator[None]:
    """End with one line, and the exit status, where something cannot start."""
    try:
        yield
    except CannotStart as e:
        leave(e.status, str(e))


def leave(status: Exit, why: str) -> NoReturn:
    """End now, and say why at the terminal: where the log has begun, `sys.stderr` is a part of it."""
    if sys.__stderr__:
        sys.__stderr__.write(f"{why}\n")
    raise SystemExit(status)
