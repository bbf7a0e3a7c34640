"""Puts the parts together on a reactor, and runs them until the conversation is over.

The law here: everything that touches the machine (standard streams, signals, chance, the reactor) comes in by
this door, and nothing above it does.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import stat
import sys
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Any, cast

from twisted.internet.endpoints import HostnameEndpoint, clientFromString
from twisted.internet.interfaces import IPushProducer, IStreamClientEndpoint
from twisted.python.runtime import platform
from zope.interface import implementer

from chatproto.client.conversation import Conversation, Screen, Setting
from chatproto.client.letters import whole_letters
from chatproto.client.session import Manner, Session
from chatproto.client.tastes import Tastes
from chatproto.client.terminal import Printer, Terminal
from chatproto.client.view import View, wants_colour
from chatproto.clock import steady
from chatproto.core.events import Sentence, say
from chatproto.core.members import Taste
from chatproto.words import spoken

NEXT_ADDRESS = 0.1  # seconds after which the next address of a name is tried beside the one before it (RFC 8305)
PLAIN = re.compile(
    r"tcp:((?:[^\\:=]|\\.)+):(\d+)"
)  # a host and a port, whose host may have addresses of IPv4 and of IPv6
FLUSH = 3.0  # seconds for the last output to be taken
NO_ADDRESS = say("{address} is no server's address. Write HOST, or tls:HOST:PORT.")
NO_TLS = say("TLS needs one more package. In a checkout of chatproto: pip install '.[tls]'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be run. `commands` are done one by one instead of what is typed."""

    endpoint: str
    setting: Setting
    manner: Manner
    name: str = ""
    token: str = field(default="", repr=False)
    plain: bool = False
    time: str = "short"
    commands: Sequence[str] = ()


@implementer(IPushProducer)
class _Hearing:
    """What the output slows down: the reading of what the server sends."""

    def __init__(self, session: Session) -> None:
        self.pauseProducing, self.resumeProducing = session.pause, session.go_on

    def stopProducing(self) -> None:
        """Do nothing: the terminal tells its typist."""


class Program:
    """One run: a session, a conversation, a screen, and how they end."""

    def __init__(self, reactor: Any, plan: Plan, environ: Mapping[str, str]) -> None:  # noqa: ANN401 - of many interfaces
        self._reactor, self.plan = reactor, plan
        self.status = 0
        endpoint = way(reactor, plan.endpoint, plan.setting.address)
        chance = SystemRandom()
        self.session = Session(
            endpoint, reactor, keys=lambda: secrets.token_hex(16), random=chance.random, manner=plan.manner
        )
        tastes = Tastes(Taste(lang=plan.manner.lang or "en", time=plan.time), zoneinfo.available_timezones)
        self.conversation = self._conversation(tastes, environ)

    def _conversation(self, tastes: Tastes, environ: Mapping[str, str]) -> Conversation:
        """Return who takes what is typed, and what it is shown on: lines, and for single commands their answers."""
        plan = self.plan
        shown = sys.stdout.isatty() and not plan.commands
        view = View(colour=not plan.plain and wants_colour(environ, terminal=shown), bells=shown and not plan.plain)
        self._terminal = None if plan.commands else Terminal(self._closed, None if plan.setting.prompts else _complain)
        screen: Screen = self._terminal or Printer(sys.stdout, self._closed)
        return Conversation(self.session, screen, view, tastes, plan.setting)

    def run(self) -> int:
        """Run until the conversation is over, and return the exit status."""
        on_ending(lambda number: self._reactor.callFromThread(self._interrupted, 128 + number))
        self._reactor.callWhenRunning(self._begin)
        self._reactor.run(installSignalHandlers=False)
        status = self.status or self.conversation.status
        if not self.status:
            for why in self.conversation.troubles.values():
                _complain(spoken(why, self.conversation.lang))
        return status

    def _begin(self) -> None:
        self._open()
        self.conversation.begin(self.plan.name, self.plan.token)
        for command in self.plan.commands:
            self.conversation.typed(command)
        if self.plan.commands:
            self.conversation.ended()

    def _open(self) -> None:
        """Open what is typed into and shown on."""
        if self._terminal:
            self._terminal.typist = self.conversation
            connect(self._terminal, self._reactor)
            self._terminal.flow_to(_Hearing(self.session))

    def _interrupted(self, status: int) -> None:
        if self.status:  # asked for twice: at once
            self._closed()
            return
        self.status = status
        self.conversation.interrupted()
        self._reactor.callLater(FLUSH, self._closed)

    def _closed(self) -> None:
        if self._reactor.running:
            self._reactor.stop()


def run(reactor: Any, plan: Plan, environ: Mapping[str, str], kind: type[Program] = Program) -> int:  # noqa: ANN401
    """Run a client, of this kind, and return its exit status."""
    steady(reactor)
    try:
        program = kind(reactor, plan, environ)
    except NoWay as no:
        return _failed(no.why, plan.manner.lang)
    restore = blocking_again(0, 1)
    try:
        with whole_letters(0):
            return program.run()
    finally:
        restore()


def on_ending(heard: Callable[[int], object]) -> None:
    """Call `heard` with the number of each signal that asks to end: a closed terminal's too, but under `nohup`."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for each in numbers:
        signal.signal(each, lambda number, _: heard(number))


class NoWay(Exception):
    """There is no way to such a server; `why` says it to people."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why.text)
        self.why = why


def way(reactor: Any, endpoint: str, address: str) -> IStreamClientEndpoint:  # noqa: ANN401
    """Return the way to a server by its endpoint string, or raise NoWay; `address` says it to people."""
    if plain := PLAIN.fullmatch(endpoint):
        host, port = re.sub(r"\\(.)", r"\1", plain[1]), int(plain[2])
        return HostnameEndpoint(reactor, host, port, attemptDelay=NEXT_ADDRESS)
    try:
        return cast("IStreamClientEndpoint", clientFromString(reactor, endpoint))
    except (ValueError, TypeError) as e:  # Twisted says with a TypeError that a part of the address is missing
        raise NoWay(say(NO_ADDRESS.text, address=address)) from e
    except NameError as e:  # this is how Twisted says that pyOpenSSL is not there
        raise NoWay(NO_TLS) from e


def connect(terminal: Terminal, reactor: Any) -> None:  # noqa: ANN401
    """Connect a terminal to the standard streams: by Twisted, but for Windows, whose console it cannot read."""
    if platform.isWindows():
        from chatproto.client.threaded import ThreadedIO

        ThreadedIO(terminal, reactor, sys.stdin.buffer, sys.stdout.buffer)
    else:
        from twisted.internet.stdio import StandardIO

        StandardIO(terminal, reactor=reactor)


def blocking_again(*descriptors: int) -> Callable[[], None]:
    """Remember how standard streams were, for Twisted makes them non-blocking and our shell has the same ones."""
    unix = not platform.isWindows()
    were = {fd: os.get_blocking(fd) for fd in descriptors if unix and _is_open(fd)}

    def restore() -> None:
        for fd, blocking in were.items():
            if _is_open(fd):
                os.set_blocking(fd, blocking)

    return restore


def _is_open(fd: int) -> bool:
    try:
        return stat.S_IFMT(os.fstat(fd).st_mode) != 0
    except OSError:
        return False


def _failed(why: Sentence, lang: str) -> int:
    _complain(spoken(why, lang))
    return 1


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")
