"""A story played: the whole server, a slow journal, the network and the clients, in memory and on one clock."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import singledispatchmethod
from hashlib import sha256
from pathlib import Path
from random import Random

from twisted.internet.task import Clock
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from zope.interface import provider

from chatproto.core.settings import Settings
from chatproto.testing import ChatInMemory, Wire
from tests.simulation.client import Client, Link
from tests.simulation.disks import Disk, OnDisk, Slow
from tests.simulation.ours import Ours
from tests.simulation.person import Person
from tests.simulation.program import Program
from tests.simulation.story import (
    CLIENTS,
    OURS,
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
    Kill,
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
from tests.simulation.truth import Broken, Truth, require

CALMING = 60  # rounds of coming back and sending again after which all must be well
CARRYING = 5_000
A_WHILE = 5.0  # seconds that a heart-beat may be late without harm
ABOUT_A_ROOM = re.compile(rb"/(?:prog|ours|pers)\d+/\d")  # in every text, and in nothing private


@dataclass(frozen=True, slots=True)
class Ghostly:
    """A connection whose client has gone, which the server may take for open; and the session it was in."""

    client: Client
    link: Link
    session: int

    def has_given_way(self) -> None:
        """Of two connections of one session the older one is closed."""
        back = self.client.up and self.session and self.session == self.client.id
        require(not back or self.link.wire.closing or self.link.wire.closed, f"{self.client.name} is there twice")


class Storm:
    """One story on its way. `play` goes through with it and raises `Broken` where a promise is.

    `folder` is where a server that is killed has its file.
    """

    def __init__(self, story: Story, folder: Path, tell: Callable[[str], object] = lambda _: None) -> None:
        self.story, self._tell = story, tell
        self.truth = Truth(trimmed=bool(story.keep))
        self.disk: Disk = (
            OnDisk(folder, self.truth, quick=story.quick)
            if story.killed
            else Slow(story.keep, self.truth, quick=story.quick)
        )
        self._ids, self._secrets = itertools.count(1), Random(story.seed)
        self._client_clock = Clock()
        self.chat = self._server()
        self.clients = [self._client(who) for who in range(CLIENTS)]
        self.ghosts: list[Ghostly] = []
        self._digest = sha256()

    def _server(self) -> ChatInMemory:
        story = self.story
        chat = ChatInMemory(
            Settings(rate=story.rate, linger=story.linger, keep=str(story.keep or ""), tz="UTC", backlog=0),
            began=self._client_clock.seconds(),
            journal=self.disk.journal,
            ids=self._ids,
            secret=lambda: f"{self._secrets.getrandbits(128):032x}",
        )
        chat.factory.hub.watchers.append(self.truth.told)
        return chat

    def _client(self, who: int) -> Client:
        def connect() -> Wire:
            wire = self.chat.wire(f"10.0.0.{who}")
            wire.most = self.story.most
            return wire

        if PROGRAMS <= who < PROGRAMS + OURS:
            return Ours(name(who), connect, self.truth, self._client_clock, Random(who).random)
        kind = Program if who < PROGRAMS else Person
        return kind(name(who), connect, self.truth)

    def play(self) -> str:
        """Play the story, let the storm calm down, and return a digest of all that every client has read."""
        try:
            return self._play()
        finally:
            self.disk.end()

    def _play(self) -> str:
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
        self._pass(step.seconds)

    @_do.register
    def _(self, step: Write) -> None:
        self.disk.step()

    @_do.register
    def _(self, step: Answer) -> None:
        self.disk.answer()

    @_do.register
    def _(self, step: Fail) -> None:
        for link in self._links():
            link.up()
        self.disk.be_full(lambda: self.chat.clock.advance(0))

    @_do.register
    def _(self, step: Kill) -> None:
        for link in self._links():
            link.up()
        self.chat.clock.advance(0)
        for _ in range(step.work):
            self.disk.step()
        for link in self._links(step.deaf):
            link.down()
        for link in self._links():
            link.breaks()
        self.ghosts.clear()
        self.disk.kill()
        self.truth.killed()
        self.chat = self._server()

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

    # --- bytes, and time --------------------------------------------------------------------------

    def _links(self, after: int = 0) -> list[Link]:
        return [client.link for client in self.clients[after:] if client.link]

    def _pass(self, seconds: float) -> None:
        """Let time pass, for the server and for the clients, in steps as short as a client's shortest patience."""
        while seconds > 0:
            step = min(seconds, A_WHILE)
            self.chat.wait(step)
            self._client_clock.advance(step)
            seconds -= step

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
            for _ in range(int(self.story.linger / A_WHILE) + 1):
                self._pass(A_WHILE)
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
            self._pass(A_WHILE)
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
