"""`twistd chat`: the service that its options make."""

from __future__ import annotations

import secrets
import signal
import sqlite3
import sys
from contextlib import suppress
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import UNIXServerEndpoint
from twisted.internet.error import ReactorNotRunning
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IReactorCore, IReactorTime
from twisted.logger import Logger

from chatproto.activity import ActivityLog, Console, LogFile
from chatproto.archive import FILE, InUse, lock
from chatproto.configuration.leaving import CannotStart, Exit
from chatproto.core.events import Stopping, say
from chatproto.core.inviting import Reach
from chatproto.core.keeping import keeping
from chatproto.descriptors import with_file_limit
from chatproto.doors.console import ConsoleDoor, TerminalConsole
from chatproto.factory import IN_MEMORY, ChatFactory, ConsoleFactory
from chatproto.journal import Journal
from chatproto.journal.file import CannotOpen
from chatproto.journal.memory import MemoryJournal
from chatproto.journal.sqlite import SqliteJournal
from chatproto.journal.threads import OwnThread
from chatproto.listening import Entrance, Listener, WebEntrance, ways
from chatproto.operators_terminal import OperatorsTerminal
from chatproto.options import Options
from chatproto.passwords import Argon2Passwords
from chatproto.reaching import Surroundings, Way, invitation, lan_addresses
from chatproto.state_folder import admin_socket, is_open_to_all, let_go_of_dead, state_folder
from chatproto.words import spoken

FILE_LIMIT = say("file limit")  # where `max-connections` comes from, unless less was asked for
log = Logger("chat")


class ChatService(Service):
    """One running chat: its ports, its log, its console; ends within seconds, and tells everybody."""

    terminal: OperatorsTerminal | None = None  # at which the operator types, where standard input is one

    def __init__(self, options: Options, reactor: Any) -> None:  # noqa: ANN401 - it has ten interfaces here
        self._options, self._reactor = options, reactor
        self._lang: str = options["lang"]
        self.passwords = Argon2Passwords(lambda: OwnThread(reactor, "passwords"))
        self.ports: list[IListeningPort] = []
        self._console = Console(reactor, texts=options["log-text"], lang=self._lang)
        self.web_ports: list[IListeningPort] = []
        self._ways: list[Way] = []
        self._web_ways: list[Way] = []
        self._log_file: LogFile | None = None
        self._is_open = False

    @cached_property
    def factory(self) -> ChatFactory:
        """The chat. Its file is opened after the ports: after a fork, and by the user that the server has become."""
        given, kept = self._options.settings(), journal(self._options, self._reactor)
        settings, clock = with_file_limit(given), cast("IReactorTime", self._reactor)
        made = ChatFactory(clock, settings, journal=kept, passwords=self.passwords)
        made.chat.origins = dict(self._options.origins)
        if settings != given:
            made.chat.origins["max_connections"] = FILE_LIMIT
        made.on(Stopping, lambda *_: self._stop())
        return made

    def privilegedStartService(self) -> None:
        """Open the ports, while a port below 1024 may still be had; CannotStart if that cannot be."""
        super().privilegedStartService()  # type: ignore[no-untyped-call]
        self._open()

    def _open(self) -> None:
        """Open the ports. No file is made yet: it would be root's, and whoever serves could not use it."""
        self._is_open = True
        listener = Listener(self._reactor, self._options["host"])
        web = self._web() if self._options["web"] else None  # read before a port is open: all of them open together
        for port in self._options.ports:
            opened = listener.listen("port", port, Entrance(lambda: self.factory))
            self.ports += opened
            self._ways += ways(opened, port)
        if web:
            self.web_ports = listener.listen("web", self._options["web"], web)
            self._web_ways = ways(self.web_ports, self._options["web"])
        listener.check()

    def startService(self) -> None:
        """Open the files and the operator's consoles, and say where the chat is; CannotStart if that cannot be."""
        super().startService()  # type: ignore[no-untyped-call]
        if not self._is_open:  # `twist` starts a service without asking it to begin with what is privileged
            self._open()
        self._keep_log()
        self._open_admin_socket()
        if self._options["console"]:
            self._open_console()
        self._reactor.callWhenRunning(self._now_running)

    def stopService(self) -> Deferred[None]:
        """Take nobody in, tell everybody, and fire when the last connection is gone."""
        super().stopService()  # type: ignore[no-untyped-call]
        closing = [port.stopListening() for port in self.ports + self.web_ports]
        ended = gatherResults([d for d in closing if d] + [self.factory.close()], consumeErrors=True)
        return ended.addBoth(self._ended)

    def invitation(self) -> list[str]:
        """Return what the console shows: where the chat listens, and what to give out to others."""
        return [spoken(line, self._lang) for line in invitation(self._surroundings())]

    def reach(self) -> Reach:
        """Return where others come in: by the public name, if one was given, else by this machine's address."""
        return self._surroundings().reach()

    def _surroundings(self) -> Surroundings:
        given = self._options
        return Surroundings(
            chat=self._ways,
            page=self._web_ways,
            public=given["public"],
            addresses=lan_addresses(),
            proxied=bool(given["web-proxy"]),
        )

    def _web(self) -> IProtocolFactory:
        from chatproto.doors.web.site import WebFactory  # loaded only where it is asked for: it needs an extra

        made = cache(lambda: WebFactory(self.factory))
        return WebEntrance(lambda: cast("IProtocolFactory", made()))

    def _claim(self) -> list[str]:
        """Draw the code that makes the first administrator, where there is none yet who stays one."""
        chat = self.factory.chat
        if self._options["memory"] or chat.accounts.has_admin():
            return []
        chat.claim_code = secrets.token_hex(4)
        text = "There is no administrator yet. Whoever is registered and types /claim {code} becomes one."
        return [spoken(say(text, code=chat.claim_code), self._lang)]

    def _now_running(self) -> None:
        """Say where the chat is; from then on it can be ended."""
        self._end_well_on_signals()
        self.factory.chat.reach = self.reach()
        for line in self.invitation() + self._claim():
            log.info("{line}", line=line)

    def _end_well_on_signals(self) -> None:
        """Take Ctrl+C and SIGTERM for the wish to end that they are: twistd would end as if killed, not with 0."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._reactor.callFromThread(self._stop))

    def go_on_after_sighup(self) -> None:
        """Let a terminal that is closed, or logrotate, end nothing: from now on, also before the chat is running."""
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, lambda *_: self._reactor.callFromThread(self._go_on))

    def _go_on(self) -> None:
        """Open the log's file anew: logrotate may have moved the old one."""
        log.info("SIGHUP: the server goes on; SIGTERM ends it.")
        if self._log_file:
            self._log_file.reopen()

    def _stop(self) -> None:
        with suppress(ReactorNotRunning):  # it is ending already
            cast("IReactorCore", self._reactor).stop()

    def _keep_log(self) -> None:
        watchers = self.factory.hub.watchers
        watchers.append(self._console)
        if self._options["log"]:
            self._log_file = opened(self._options["log"])
            texts = self._options["log-text"]
            watchers.append(ActivityLog([self._log_file.write], texts=texts, lang=self._lang))

    def _open_console(self) -> None:
        """Have the operator type at this process's standard input."""
        from twisted.internet.stdio import StandardIO

        stdio: Any = StandardIO  # mypy takes it for that of Windows
        terminal = self.terminal
        if terminal is None:
            stdio(ConsoleDoor(self.factory.hub, self._lang), reactor=self._reactor)
            return
        stdin, stdout = terminal.open()
        door = TerminalConsole(self.factory.hub, self._lang, terminal.line, terminal.screen)
        stdio(door, stdin=stdin, stdout=stdout, reactor=self._reactor)

    def _open_admin_socket(self) -> None:
        path = self._options["admin-socket"]
        if path == "no" or sys.platform == "win32":
            return
        try:
            place = Path(admin_socket(next((str(way.number) for way in self._ways), "")) if path == "auto" else path)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            let_go_of_dead(place)
        except (CannotStart, OSError) as e:
            log.error("no operator's console: {cause}", cause=e)
            return
        made = UNIXServerEndpoint(self._reactor, str(place), mode=0o600, wantPID=True).listen(
            ConsoleFactory(self.factory)
        )
        made.addCallback(self.ports.append)
        made.addErrback(lambda f: log.error("no operator's console: {cause}", cause=f.getErrorMessage()))

    def _ended(self, result: object) -> None:
        self.passwords.stop()
        self._console.show()
        if self.terminal:
            self.terminal.close()
        if self._log_file:
            self._log_file.close()


def journal(options: Options, reactor: Any) -> Journal:  # noqa: ANN401 - it has ten interfaces here
    """Open the journal that a command line asks for: in memory, or in the one file of a folder."""
    if options["memory"]:
        return MemoryJournal(keeping(options["keep"]).count or IN_MEMORY)
    folder = Path(options["data"] or state_folder())
    try:
        lock(folder)
        if is_open_to_all(folder):
            log.info("every user of this machine may write in {folder}; chmod 700 {folder} ends that", folder=folder)
        made = SqliteJournal(folder / FILE, OwnThread(reactor, "writing"), OwnThread(reactor, "reading"))
    except (CannotOpen, OSError, sqlite3.Error) as e:
        raise cannot_keep(folder, e) from e
    made.rescued = partial(lock_again, folder)
    return made


def lock_again(folder: Path) -> None:
    """Hold a folder that was made anew in the place of one that is gone; if it is there still, it is held already."""
    with suppress(CannotOpen, OSError):
        lock(folder)


def cannot_keep(folder: Path, why: Exception) -> CannotStart:
    """Return why nothing can be kept in a folder, with the way out."""
    cause = str(getattr(why, "strerror", None) or why).removesuffix(".")
    return CannotStart(
        f"Cannot keep anything in {folder}: {cause}. --data takes another folder, --memory keeps nothing.",
        Exit.UNAVAILABLE if isinstance(why, InUse) else Exit.CONFIG,
    )


def opened(log_file: str) -> LogFile:
    """Open the activity log to add to it, or say why it cannot be."""
    try:
        return LogFile(Path(log_file))
    except OSError as e:
        raise cannot_log(Path(log_file), e) from e


def cannot_log(file: Path, why: OSError) -> CannotStart:
    """Return why a log cannot be written, with the way out."""
    return CannotStart(f"Cannot write to the log {file}: {why.strerror}. --log takes another file.")
