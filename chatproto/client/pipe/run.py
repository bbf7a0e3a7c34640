"""Puts an errand on a reactor and on the standard streams, and runs it to its exit status.

The law here: what an errand needs of the machine comes in by this door. A whole input is read before anything is sent,
so that nobody waits in the chat while somebody's program runs.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from random import SystemRandom
from typing import Any, TypeAlias

from twisted.internet.interfaces import IPushProducer
from twisted.internet.stdio import StandardIO
from twisted.python.runtime import platform
from zope.interface import implementer

from chatproto.client.backoff import Backoff
from chatproto.client.options import tell
from chatproto.client.pipe.ask import Ask
from chatproto.client.pipe.errand import Errand
from chatproto.client.pipe.options import Job, Question, Sending, Tailing, chosen
from chatproto.client.pipe.reading import Reading, read
from chatproto.client.pipe.send import ENOUGH, Send, composed
from chatproto.client.pipe.status import SIGNALLED, Status
from chatproto.client.pipe.tail import Tail
from chatproto.client.run import FLUSH, NoWay, blocking_again, on_ending, way
from chatproto.client.session import Manner, Session
from chatproto.client.terminal import Printer, Terminal, Typist
from chatproto.client.view import View, wants_colour
from chatproto.clock import steady
from chatproto.configuration import Configuration
from chatproto.core.events import Refusal, Sentence, say
from chatproto.words import spoken

CLOSED = say("A standard stream is closed that is needed here: use < /dev/null or > /dev/null instead.")
WINDOWS = say("On Windows, --lines is not there: give the whole input, or a TEXT.")


def main(argv: Sequence[str], known: Configuration) -> int:
    """Do what the command line says, and return the exit status."""
    job = chosen(argv, known)
    tell(known, job.server)
    sending = job.wanted if isinstance(job.wanted, Sending) else None
    why = _cannot(job)
    if why:
        return _failed(spoken(why, job.server.lang), Status.USAGE)
    piped = Reading("")
    if sending and not sending.lines:
        try:
            piped = _input(sending)
        except Refusal as no:
            return _failed(spoken(no.sentence, job.server.lang), Status.REFUSED)
        except KeyboardInterrupt:  # nothing runs yet that would take the signal
            return SIGNALLED + signal.SIGINT
        if not piped.text:
            return Status.DONE
    from twisted.internet import reactor

    steady(reactor)

    try:
        program = Program(reactor, job, known.environ, piped)
    except NoWay as no:
        return _failed(spoken(no.why, job.server.lang), Status.USAGE)
    restore = blocking_again(0, 1)
    try:
        return program.run()
    finally:
        restore()


def _cannot(job: Job) -> Sentence | None:
    """Return why this cannot be done on these streams, or on this system."""
    sending = job.wanted if isinstance(job.wanted, Sending) else None
    reads, writes = sending is not None and sending.text is None, sending is None
    if (reads and sys.stdin is None) or (writes and sys.stdout is None):
        return CLOSED
    return WINDOWS if sending and sending.lines and platform.isWindows() else None


def _input(sending: Sending) -> Reading:
    given = sending.text
    data = sys.stdin.buffer.read(ENOUGH + 1) if given is None else given.encode()
    return composed(data, code=sending.code)


class Slip(Printer):
    """An output of few words, and no input."""

    def show(self, text: str) -> None:
        """Show it at once, to whoever is still there to read it."""
        with suppress(BrokenPipeError):
            super().show(text)
            sys.stdout.flush()

    def complain(self, text: str) -> None:
        """Say what went wrong."""
        complain(text)


class Stream(Terminal):
    """An output, or an input, of lines without an end."""

    def complain(self, text: str) -> None:
        """Say what went wrong."""
        complain(text)


class Feed(Stream):
    """An input of lines without an end, as another program writes them."""

    send: Send

    def lineReceived(self, line: bytes) -> None:
        """Have a line said, and tell what in it could not be read."""
        found = read(line)
        self.send.warn(found.unreadable)
        self.send.typed(found.text)


Outlet: TypeAlias = Slip | Stream


@implementer(IPushProducer)
class _Reading:
    """What a slow reader of ours slows down: our reading of what the server sends."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand

    def pauseProducing(self) -> None:
        self._errand.session.pause()

    def resumeProducing(self) -> None:
        self._errand.session.go_on()

    def stopProducing(self) -> None:
        """Do nothing: the terminal tells its typist."""


class Program:
    """One run: an errand, its streams, and the signals that end it. `piped` is what a `send` has read already."""

    def __init__(self, reactor: Any, job: Job, environ: Mapping[str, str], piped: Reading) -> None:  # noqa: ANN401
        self._reactor, self._job, self._piped = reactor, job, piped
        chance, server = SystemRandom(), job.server
        endpoint = way(reactor, server.endpoint, server.address)

        def session() -> Session:
            return Session(endpoint, reactor, keys=_key, random=chance.random, manner=Manner(server.lang))

        self.outlet = _outlet(job.wanted, piped, self._closed)
        view = View(colour=wants_colour(environ, terminal=isinstance(job.wanted, Tailing) and sys.stdout.isatty()))
        self.errand = _errand(job, view, session, reactor, self.outlet, Backoff(chance.random))

    def run(self) -> int:
        """Run to the end, and return the exit status."""
        on_ending(lambda number: self._reactor.callFromThread(self._signalled, number))
        self._reactor.callWhenRunning(self._begin)
        self._reactor.run(installSignalHandlers=False)
        return Status.UNKNOWN if self.errand.status is None else self.errand.status

    def _begin(self) -> None:
        self.errand.begin()
        if isinstance(self.outlet, Stream):
            self._open(self.outlet)
        elif isinstance(self.errand, Send):
            self.errand.warn(self._piped.unreadable)
            self.errand.say(self._piped.text)
            self.errand.ended()

    def _open(self, stream: Stream) -> None:
        """Take the one stream that is meant, and leave the other to whom it belongs."""
        assert isinstance(self.errand, Send | Tail)
        typist: Typist = self.errand
        stream.typist = typist
        if isinstance(stream, Feed) and isinstance(self.errand, Send):
            stream.send = self.errand
        stdio: Any = StandardIO  # mypy takes it for that of Windows
        if isinstance(self.errand, Send):
            stdio(stream, stdout=os.open(os.devnull, os.O_WRONLY), reactor=self._reactor)
        else:
            stdio(stream, stdin=os.open(os.devnull, os.O_RDONLY), reactor=self._reactor)
            stream.flow_to(_Reading(self.errand))

    def _signalled(self, number: int) -> None:
        if self.errand.status is not None:  # asked for twice, or on its way out: at once
            self._closed()
            return
        self.errand.interrupted(number)
        self._reactor.callLater(FLUSH, self._closed)

    def _closed(self) -> None:
        if self._reactor.running:
            self._reactor.stop()


def _outlet(wanted: Sending | Tailing | Question, piped: Reading, closed: Callable[[], None]) -> Outlet:
    if piped.text or isinstance(wanted, Question) or platform.isWindows():
        return Slip(sys.stdout, closed)
    return Feed(closed) if isinstance(wanted, Sending) else Stream(closed)


def _errand(job: Job, view: View, *errand: Any) -> Errand:  # noqa: ANN401 - of Errand
    wanted = job.wanted
    if isinstance(wanted, Sending):
        return Send(wanted, job, *errand, keys=_key)
    if isinstance(wanted, Tailing):
        return Tail(wanted, view, job, *errand)
    return Ask(wanted, job, *errand, keys=_key)


def _key() -> str:
    return secrets.token_hex(16)


def complain(text: str) -> None:
    """Say what went wrong, if there is anybody to hear it."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"{text}\n")


def _failed(why: str, status: Status) -> int:
    complain(why)
    return status
