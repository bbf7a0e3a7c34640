"""Doors and journals for the hub's tests: they do what their protocols say, and write down what they were given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from chatproto.core.chat import Chat
from chatproto.core.events import Acted, Delivery, Entered, Entry, Gap, Reason, Refused, Said, Sentence
from chatproto.core.members import Taste
from chatproto.core.settings import Settings
from chatproto.hub import Hub, Look, Session
from chatproto.journal import Journal, Page
from chatproto.journal.memory import MemoryJournal


def told(entry: Entry) -> str:
    """An event as the tests read it: `said hello`, `gap 1-3`, `refused muted`, or its kind and what it is about."""
    event = entry.delivery.event
    if isinstance(event, Gap):
        return f"gap {event.old}-{event.new}"
    if isinstance(event, Refused):
        return f"refused {event.reason.value}"
    about = getattr(event, "text", "") or getattr(event, "who", "") or getattr(event, "old", "")
    return f"{event.kind} {about}".strip()


@dataclass(frozen=True)
class StubLook:
    """Draws an event as one line; `draws` counts how often, for each event, whoever has the same look."""

    name: str = ""
    draws: Counter[str] = field(default_factory=Counter, compare=False)

    def draw(self, entry: Entry) -> bytes:
        line = f"{entry.delivery.to} {entry.seq} {told(entry)}"
        self.draws[line] += 1
        return f"{line}\n".encode()


class StubDoor:
    """A way in that keeps what it is given. After `takes` writes (if given) its peer takes no more."""

    def __init__(self, *, echo: bool = True, look: Look | None = None, takes: int | None = None) -> None:
        self.hears_itself = echo
        self.its_look: Look = look or StubLook()
        self.takes = takes
        self.full: Callable[[], object] = lambda: None
        self.writes: list[bytes] = []
        self.unread, self.read = False, -inf
        self.dismissed: list[Reason | None] = []
        self.ended: list[str] = []

    def look(self, room: str) -> Look:
        return self.its_look

    def draw(self, entry: Entry) -> bytes:
        return f"me {told(entry)}\n".encode()

    def named(self, data: bytes) -> bytes:
        return b"\a" + data

    def receipt(self, receipt: str, entry: Entry) -> bytes:
        return f"receipt {receipt} {entry.seq}\n".encode()

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        if self.takes is not None and len(self.writes) >= self.takes:
            self.takes = None
            self.full()

    def has_taken_all(self) -> bool:
        return not self.unread

    def read_until(self) -> float:
        return self.read

    def exited(self, room: str) -> None:
        self.ended.append(room)

    def end(self, last: bytes) -> None:
        self.writes.append(last)

    def dismiss(self, reason: Reason | None, what: Sentence) -> None:
        self.dismissed.append(reason)

    @property
    def lines(self) -> list[str]:
        return b"".join(self.writes).decode().splitlines()

    def reads(self) -> list[str]:
        """What came since the last look."""
        lines, self.writes[:] = self.lines, []
        return lines


class SlowJournal(MemoryJournal):
    """A journal on a slow disk: what was appended is committed, handed back and read when the test says so.

    What gathers while a commit is under way is the next commit; what is committed is handed back a step later.
    """

    def __init__(self, keep: int = 0) -> None:
        super().__init__(keep)
        self._heads: dict[str, int] = {}
        self._waiting: list[Delivery] = []
        self._done: list[Entry] = []
        self._answers: list[Callable[[], object]] = []

    def append(self, batch: Sequence[Delivery]) -> None:
        if not self._waiting and not self._done and not any(d.event.kept for d in batch):
            self.heard([Entry(d) for d in batch])
        else:
            self._waiting += batch

    def step(self) -> bool:
        """Do one piece of work of the writing thread; say whether there was any."""
        if self._done:
            entries, self._done = self._done, []
            self._heads.update({str(e.delivery.to): e.seq for e in entries if e.seq and not e.again})
            self.heard(entries)
        elif self._waiting:
            batch, self._waiting = self._waiting, []
            heard, self.heard = self.heard, self._done.extend
            super().append(batch)
            self.heard = heard
        else:
            return False
        return True

    def fail(self, reason: Reason = Reason.DISK_FULL) -> None:
        """Fail at what waits."""
        batch, self._waiting = self._waiting, []
        self.failed(batch, reason)

    def answer(self) -> bool:
        """Do one piece of work of the reading thread; say whether there was any."""
        if self._answers:
            self._answers.pop(0)()
            return True
        return False

    @property
    def reading(self) -> bool:
        """Whether a reader waits for an answer."""
        return bool(self._answers)

    def head(self, room: str) -> int:
        return self._heads.get(room, 0)

    def read(self, room: str, after: int, until: int, limit: int) -> Deferred[Page]:
        answer: Deferred[Page] = Deferred()
        self._answers.append(lambda: super(SlowJournal, self).read(room, after, until, limit).chainDeferred(answer))
        return answer

    def place(self, room: str, last: int, until: int) -> Deferred[int]:
        answer: Deferred[int] = Deferred()
        self._answers.append(lambda: super(SlowJournal, self).place(room, last, until).chainDeferred(answer))
        return answer


class Stage:
    """A chat, a journal and a hub on a clock, with stub doors."""

    def __init__(self, journal: Journal | None = None, **settings: object) -> None:
        self.clock = Clock()
        self.chat = Chat(Settings(**settings))  # type: ignore[arg-type]
        self.journal = journal or MemoryJournal(0)
        self.hub = Hub(self.chat, self.journal, self.clock)
        self.stream: list[Entry] = []
        self.hub.watchers.append(self.stream.append)

    def turn(self) -> None:
        """One turn of the reactor."""
        self.clock.advance(0)

    def settle(self) -> None:
        """Turns until nothing is left to do, a slow journal's work among it."""
        for _ in range(10_000):
            worked = isinstance(self.journal, SlowJournal) and (self.journal.step() | self.journal.answer())
            if not worked and not any(c.getTime() <= self.clock.seconds() for c in self.clock.getDelayedCalls()):
                return
            self.turn()
        raise AssertionError("it goes round and round")

    def program(self, name: str, *rooms: str, door: StubDoor | None = None, secret: bytes = b"") -> Session:
        """Somebody who came as a program, in these rooms."""
        session = self.hub.enter(door or StubDoor(), name, address="", resume=secret)
        for room in rooms:
            self.hub.subscribe(session, room, Entered())
        self.settle()
        return session

    def person(self, name: str, door: StubDoor | None = None, **taste: object) -> Session:
        """Somebody who came by the line door, in the lobby; own lines do not come back unless asked for."""
        session = self.hub.welcome(door or StubDoor(echo=False), name, address="")
        session.member.taste = Taste(**taste)  # type: ignore[arg-type]
        self.settle()
        door_of(session).reads()
        return session

    def do(self, session: Session, line: str, *, receipt: str = "", key: str = "") -> None:
        """Do what a line says, without a turn."""
        self.hub.do(session, self.chat.vocabulary.parse(line), receipt=receipt, key=key)

    def does(self, session: Session, line: str, *, receipt: str = "", key: str = "") -> None:
        """Do what a line says, and let it happen."""
        self.do(session, line, receipt=receipt, key=key)
        self.settle()


def door_of(session: Session) -> StubDoor:
    """The stub door at which a session is."""
    assert isinstance(session.door, StubDoor)
    return session.door


def is_talk(entry: Entry) -> bool:
    """Say whether this is what somebody says."""
    return isinstance(entry.delivery.event, Said | Acted)
