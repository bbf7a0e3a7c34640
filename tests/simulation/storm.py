"""A story played: the whole server, a slow journal, the network and the clients, in memory and on one clock."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import singledispatchmethod
from hashlib import sha256
from random import Random

from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from zope.interface import provider

from chatproto.core.events import Delivery, Entry
from chatproto.core.settings import Settings
from chatproto.journal import Page
from chatproto.testing import ChatInMemory, Wire
from tests.hub.stubs import SlowJournal
from tests.simulation.clients import Broken, Client, Link, Person, Program, Truth, require
from tests.simulation.story import (
    CLIENTS,
    PROGRAMS,
    ROOMS,
    Answer,
    Clog,
    Cut,
    Down,
    Enter,
    Fail,
    Ghost,
    Hear,
    Leave,
    Quit,
    Repeat,
    Return,
    Speak,
    Step,
    Story,
    Tide,
    Turn,
    Unclog,
    Up,
    Vanish,
    Wait,
    Write,
    name,
)

CALMING = 60  # rounds of coming back and sending again after which all must be well
CARRYING = 5_000
ABOUT_A_ROOM = re.compile(rb"/(?:prog|pers)\d+/\d")  # in every text, and in nothing private


class Disk(SlowJournal):
    """A journal whose every piece of work is a step of the story, unless it is quick; it tells the truth."""

    def __init__(self, keep: int, truth: Truth, *, quick: bool) -> None:
        super().__init__(keep)
        self.quick, self._truth = quick, truth

    def append(self, batch: Sequence[Delivery]) -> None:
        super().append(batch)
        while self.quick and self.step():
            pass

    def read(self, room: str, after: int, until: int, limit: int) -> Deferred[Page]:
        answer = super().read(room, after, until, limit)
        if self.quick:
            self.answer()
        return answer

    def place(self, room: str, last: int, until: int) -> Deferred[int]:
        answer = super().place(room, last, until)
        if self.quick:
            self.answer()
        return answer

    def _committed(self, delivery: Delivery) -> Entry:
        entry = super()._committed(delivery)
        self._truth.committed(entry)
        return entry


@dataclass(frozen=True, slots=True)
class Ghostly:
    """A connection whose client has gone, which the server may take for open; and the session it was in."""

    client: Client
    link: Link
    session: int

    def has_given_way(self) -> None:
        """Of two connections of one session the older one is closed."""
        back = self.client.up and self.session == self.client.id
        require(not back or self.link.wire.closing or self.link.wire.closed, f"{self.client.name} is there twice")


class Storm:
    """One story on its way. `play` goes through with it and raises `Broken` where a promise is."""

    def __init__(self, story: Story, tell: Callable[[str], object] = lambda _: None) -> None:
        self.story, self._tell = story, tell
        self.truth = Truth(trimmed=bool(story.keep))
        self.disk = Disk(story.keep, self.truth, quick=story.quick)
        settings = Settings(rate=story.rate, linger=story.linger, keep=str(story.keep or ""), tz="UTC", backlog=0)
        secrets = Random(story.seed)
        self.chat = ChatInMemory(
            settings, journal=self.disk, ids=itertools.count(1), secret=lambda: f"{secrets.getrandbits(128):032x}"
        )
        self.chat.factory.hub.watchers.append(self.truth.told)
        self.clients = [self._client(who) for who in range(CLIENTS)]
        self.ghosts: list[Ghostly] = []
        self._digest = sha256()

    def _client(self, who: int) -> Client:
        def connect() -> Wire:
            wire = self.chat.wire(f"10.0.0.{who}")
            wire.most = self.story.most
            return wire

        kind = Program if who < PROGRAMS else Person
        return kind(name(who), connect, self.truth)

    def play(self) -> str:
        """Play the story, let the storm calm down, and return a digest of all that every client has read."""
        with _no_failure_logged():
            for step in self.story.steps:
                self._tell(str(step))
                full = self._full() if isinstance(step, Turn | Wait | Write | Answer) else []
                self._do(step)
                for client, link, before in full:
                    more = bytes(link.wire.written[before:])
                    require(not ABOUT_A_ROOM.search(more), f"for {client.name}, who is full, there is more: {more!r}")
            self._tell("The storm is over.")
            self._calm()
            self._last_words()
            self._all_is_well()
        return self._digest.hexdigest()

    def _full(self) -> list[tuple[Client, Link, int]]:
        """Return those whose transports have said stop, with how much waits there."""
        links = [(client, client.link) for client in self.clients if client.link]
        return [(client, link, len(link.wire.written)) for client, link in links if link.wire._paused]

    # --- the steps --------------------------------------------------------------------------------

    @singledispatchmethod
    def _do(self, step: Step) -> None:
        raise NotImplementedError(step)

    @_do.register
    def _(self, step: Up) -> None:
        if link := self.clients[step.who].link:
            link.up(step.most, step.piece)

    @_do.register
    def _(self, step: Down) -> None:
        if link := self.clients[step.who].link:
            link.down(step.most)

    @_do.register
    def _(self, step: Hear) -> None:
        self._hear(self.clients[step.who], step.most, step.piece)

    @_do.register
    def _(self, step: Tide) -> None:
        self._tide()

    @_do.register
    def _(self, step: Clog) -> None:
        if link := self.clients[step.who].link:
            link.clog(on=True)

    @_do.register
    def _(self, step: Unclog) -> None:
        if link := self.clients[step.who].link:
            link.clog(on=False)

    @_do.register
    def _(self, step: Cut) -> None:
        if link := self.clients[step.who].drops():
            link.wire.cut()

    @_do.register
    def _(self, step: Vanish) -> None:
        client = self.clients[step.who]
        session = client.id if client.up else 0
        if link := client.drops():
            self.ghosts.append(Ghostly(client, link, session))

    @_do.register
    def _(self, step: Ghost) -> None:
        if self.ghosts and step.ends:
            self.ghosts.pop(0).link.wire.cut()
        elif self.ghosts:
            self.ghosts[0].link.up(50)

    @_do.register
    def _(self, step: Turn) -> None:
        self.chat.clock.advance(0)

    @_do.register
    def _(self, step: Wait) -> None:
        self.chat.wait(step.seconds)

    @_do.register
    def _(self, step: Write) -> None:
        self.disk.step()

    @_do.register
    def _(self, step: Answer) -> None:
        self.disk.answer()

    @_do.register
    def _(self, step: Fail) -> None:
        self.disk.fail()

    @_do.register
    def _(self, step: Return) -> None:
        client = self.clients[step.who]
        if client.link is None:
            client.returns()
        elif isinstance(client, Person):
            client.asks_for_its_name_again()

    @_do.register
    def _(self, step: Quit) -> None:
        self.clients[step.who].quits()

    @_do.register
    def _(self, step: Enter) -> None:
        self.clients[step.who].enters(step.room, last=step.last, after=step.after)

    @_do.register
    def _(self, step: Leave) -> None:
        self.clients[step.who].leaves(step.room)

    @_do.register
    def _(self, step: Speak) -> None:
        self.clients[step.who].says(step.room, step.text)

    @_do.register
    def _(self, step: Repeat) -> None:
        client = self.clients[step.who]
        if isinstance(client, Program):
            client.repeats(step.which)

    # --- bytes ------------------------------------------------------------------------------------

    def _hear(self, client: Client, most: int | None = None, piece: int = 1 << 20) -> bool:
        data = client.hear(most, piece)
        if data:
            self._digest.update(f"{client.name} {len(data)} ".encode() + data)
            self._tell(f"    {client.name} reads {data!r}")
        return bool(data)

    def _tide(self) -> None:
        """Carry everything once, and do all the work that does not need time to pass."""
        for _ in range(CARRYING):
            moved = False
            for client in self.clients:
                if link := client.link:
                    moved |= link.up() | link.down()
                moved |= self._hear(client)
            self.chat.settle()
            moved |= self.disk.step() | self.disk.answer()
            if not moved:
                return
        raise Broken("bytes go to and fro for ever")

    # --- after the storm --------------------------------------------------------------------------

    def _calm(self) -> None:
        """Let everybody come back, read everything, and send again what is not receipted."""
        for ghost in self.ghosts:
            ghost.has_given_way()
            ghost.link.wire.cut()
        for _ in range(CALMING):
            for client in self.clients:
                if client.link is None:
                    client.returns()
                elif isinstance(client, Person):
                    client.asks_for_its_name_again()
                elif isinstance(client, Program):
                    client.tries_again()
                if client.link:
                    client.link.clog(on=False)
            self._tide()
            if all(c.up and not getattr(c, "outbox", None) for c in self.clients):
                return
            self.chat.wait(self.story.linger + 1)
            self._tide()
        waiting = [(c.name, c.up, getattr(c, "outbox", None)) for c in self.clients if not c.up or hasattr(c, "outbox")]
        raise Broken(f"it does not calm down: {waiting}")

    def _last_words(self) -> None:
        """Say one more thing in every room, for everybody to hear."""
        for room in ROOMS:
            speaker = next((c for c in self.clients[:PROGRAMS] if room in c.wants), None)
            if speaker:
                speaker.says(room, f"{room}/{speaker.name}/0 the last word")
        for _ in range(3):  # a reader that was behind, and a sender that was too fast, need a moment
            self._tide()
            self.chat.wait(5.0)
        self._tide()

    def _all_is_well(self) -> None:
        self.truth.once()
        for client in self.clients:
            client.is_content()
        for room, channel in self.chat.factory.hub.channels.items():
            require(not channel.behind and not channel.reading, f"somebody is behind in {room}")


@contextmanager
def _no_failure_logged() -> Iterator[None]:
    """Fail if anything went wrong that the server caught and wrote in its log."""
    failures: list[str] = []

    @provider(ILogObserver)
    def observe(event: LogEvent) -> None:
        if "log_failure" in event:
            failures.append(f"{formatEvent(event)}\n{event['log_failure'].getTraceback()}")

    globalLogPublisher.addObserver(observe)
    try:
        yield
    finally:
        globalLogPublisher.removeObserver(observe)
    require(not failures, "\n".join(failures))
