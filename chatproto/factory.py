"""ChatFactory: one chat on any number of ports, for `twistd chat` and for anybody's own Twisted program.

from chatproto import ChatFactory
factory = ChatFactory(reactor)
endpoints.serverFromString(reactor, "tcp:5005").listen(factory)
"""

from __future__ import annotations

import zoneinfo
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IReactorTime, ITransport
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import Logger

from chatproto.core.addresses import is_public, origin
from chatproto.core.chat import Chat
from chatproto.core.declare import Command
from chatproto.core.events import Entry, Event, Sentence, say
from chatproto.core.inviting import NOWHERE, Reach
from chatproto.core.settings import Settings
from chatproto.doors.connection import Visit, addresses
from chatproto.doors.line import ChatProtocol
from chatproto.doors.stomp import StompDoor
from chatproto.hub import Hub, Passwords, new_secret
from chatproto.journal import Journal
from chatproto.journal.memory import MemoryJournal
from chatproto.words import spoken
from chatproto.words.drawing import zone

E = TypeVar("E", bound=Event)
IN_MEMORY = 1000  # messages that a room keeps in memory where nothing was said of it
PATIENCE = 1.5  # seconds that a slow disk may take for the last batch, before connections are closed without it
AT_MOST = 3.6  # seconds that all of an end may take: those who are told have two of them to take it, then are cut


log = Logger("chat")


class ChatFactory(Factory):
    """A chat: its rooms and members (`chat`), their history (`journal`), and the connections to it.

    `clock` is the reactor, or a `task.Clock` in a test: what waits goes by it. `wall` returns the date, in seconds
    since the epoch; if it is not given, that is the wall clock beside a reactor, and the test's clock in a test.
    Without a `journal` the newest messages are kept in memory; without `passwords` names cannot be registered.
    `commands` are the verbs, `core.commands.ALL` if not given; `ids` gives members their numbers, `secret` makes what a
    program comes back with, and invitations (a test that must replay gives its own); `reach` says where others find
    this chat, which `/invite` tells. Nothing here is global: two factories are two chats.
    """

    protocol: Callable[[], ChatProtocol] = ChatProtocol  # type: ignore[assignment]
    noisy = False
    console = False

    def __init__(
        self,
        clock: IReactorTime,
        settings: Settings | None = None,
        *,
        journal: Journal | None = None,
        passwords: Passwords | None = None,
        commands: Collection[type[Command]] | None = None,
        ids: Iterator[int] | None = None,
        secret: Callable[[], str] = new_secret,
        reach: Reach | None = None,
        wall: Callable[[], float] | None = None,
    ) -> None:
        self.clock, self.settings, self.secret = clock, settings or Settings(), secret
        self.chat = Chat(
            self.settings,
            ids=ids,
            commands=commands,
            zones=_zones(),
            zone=lambda tz: zone(tz) if tz else None,
            elapsed=clock.seconds,
        )
        journal = journal or MemoryJournal(self.chat.keeping.count or IN_MEMORY)
        self.chat.durable = journal.durable
        for key, value in journal.facts():
            self._learn(key, value)
        self.chat.reach = reach or NOWHERE
        self.hub = Hub(self.chat, journal, clock, passwords, secret, wall=wall)
        self.connections: set[Visit] = set()
        self._by_origin: Counter[str] = Counter()
        self._ended: Deferred[None] | None = None
        self._kept = False  # the journal is closed: all that was taken is kept

    def _learn(self, key: str, value: str) -> None:
        try:
            self.chat.learn(key, value)
        except Exception as e:  # noqa: BLE001 - one fact that was damaged must not keep everybody out
            log.error("what was remembered as {key!a} is passed over: {cause}", key=key, cause=type(e).__name__)

    def on(self, event: type[E], heard: Callable[[E, Entry], object]) -> None:
        """Call `heard(event, entry)` for each event of this class, once it was told (and kept)."""

        def watch(entry: Entry) -> None:
            if isinstance(entry.delivery.event, event):
                heard(entry.delivery.event, entry)

        self.hub.watchers.append(watch)

    # --- connections ------------------------------------------------------------------------------

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        """Return the protocol of a new connection; one too many is told so and closed."""
        refusal = self.too_many(addresses(addr)[0])
        if refusal:
            return _Turned(spoken(refusal, self.settings.lang))
        protocol = self.protocol()
        protocol.factory = self
        return protocol

    def too_many(self, address: str) -> Sentence | None:
        """Say why one more connection from an address is refused, if it is."""
        most, each = self.settings.max_connections, self.settings.max_per_address
        if self._ended is not None:
            return say("The server is closing.")
        if most and len(self.connections) >= most:
            return say("This server has as many connections as it may. Try again later.")
        if each and is_public(address) and self._by_origin[origin(address)] >= each:
            return say("There are too many connections from your address. Close one of them first.")
        return None

    def made(self, connection: Visit) -> None:
        """Take note of a connection."""
        self.connections.add(connection)
        self._by_origin[origin(connection.address)] += 1

    def closed(self, connection: Visit) -> None:
        """Take note that a connection is gone."""
        self.connections.discard(connection)
        whence = origin(connection.address)
        self._by_origin[whence] -= 1
        if self._by_origin[whence] <= 0:
            del self._by_origin[whence]
        self._end_if_over()

    def program(self) -> StompDoor:
        """Return a door for a connection whose first line was a program's."""
        return StompDoor(self)

    def _journal_closed(self, _: object) -> None:
        self._kept = True
        self._close_connections()

    def _close_connections(self) -> None:
        if self._impatience.active():
            self._impatience.cancel()
        for connection in list(self.connections):
            connection.close()
        self._end_if_over()

    def _end_if_over(self) -> None:
        if self._ended and self._kept and not self.connections and not self._ended.called:
            if self._limit.active():
                self._limit.cancel()
            self._ended.callback(None)

    def _end_all_the_same(self) -> None:
        """End though the disk stands still: what it has not kept was receipted to nobody."""
        if not self._kept:
            log.error("the journal could not be closed; what it had not yet written is not kept")
        if self._ended and not self._ended.called:
            self._ended.callback(None)

    def close(self) -> Deferred[None]:
        """Tell everybody, keep what was taken, close every connection; fires when that is done, or has taken long."""
        if self._ended is None:
            self._ended = Deferred()
            self._impatience = self.clock.callLater(PATIENCE, self._close_connections)
            self._limit = self.clock.callLater(AT_MOST, self._end_all_the_same)
            self.hub.close()
            self.hub.journal.close().addBoth(self._journal_closed)
        ended: Deferred[None] = Deferred()
        self._ended.chainDeferred(ended) if not self._ended.called else ended.callback(None)
        return ended


class ConsoleFactory(Factory):
    """The operator's console on a chat: whoever can connect here is an administrator. Mind who can."""

    protocol: Callable[[], ChatProtocol] = ChatProtocol  # type: ignore[assignment]
    noisy = False
    console = True

    def __init__(self, chat: ChatFactory) -> None:
        self._chat = chat
        self.hub, self.settings, self.clock = chat.hub, chat.settings, chat.clock
        self.made, self.closed, self.secret = chat.made, chat.closed, chat.secret

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        """Return the protocol of a new connection."""
        protocol = self.protocol()
        protocol.factory = self
        return protocol

    def program(self) -> StompDoor:
        """Return a door for a connection whose first line was a program's."""
        return StompDoor(self)


class _Turned(Protocol):
    """A connection that is one too many: one line, then closed."""

    def __init__(self, line: str) -> None:
        self._line = line

    def makeConnection(self, transport: ITransport) -> None:
        super().makeConnection(transport)  # type: ignore[no-untyped-call]
        transport.write(f"! {self._line}\r\n".encode())
        transport.loseConnection()


@cache
def _zones() -> frozenset[str]:
    """Return the names of all time zones: to find them all takes longer than all else that makes a chat."""
    return frozenset(zoneinfo.available_timezones())
