"""Every reader hears its room from its place on: nothing missing, nothing twice, nothing out of order.

The hub is driven through random interleavings of talk, comings, goings, pauses, lost connections and turns of the
reactor. What each door got is then held against the stream that the journal handed back.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from chatproto.core.events import Entered, Entry, Exited
from chatproto.hub import Session
from chatproto.journal import Journal
from chatproto.journal.memory import MemoryJournal
from tests.hub.stubs import SlowJournal, Stage, StubDoor

ROOMS = ("#a", "#b")
NAMES = ("ann", "bob", "cho")
PLACES = st.one_of(
    st.builds(Entered),
    st.builds(Entered, after=st.integers(0, 12)),
    st.builds(Entered, last=st.integers(1, 6)),
)


@dataclass
class Reader:
    """One connection of somebody, the rooms it asked for, and what can excuse that it did not get everything."""

    name: str
    session: Session
    door: StubDoor
    lost: bool = False
    asked: list[tuple[str, Entered]] = field(default_factory=list)
    was_slow: bool = False


@dataclass
class Visit:
    """What a reader is owed from one SUBSCRIBE to its end: the numbers; `whole` if none of them may be missing."""

    owed: list[int]
    whole: bool
    may_begin_late: bool


class Readers(RuleBasedStateMachine):
    """Three people, two rooms, one journal."""

    keep = 0

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(self.journal(), max_waiting=0)
        self.readers: list[Reader] = []
        self.now: dict[str, Reader] = {}
        self.said = 0
        for name in NAMES:
            session = self.stage.hub.enter(StubDoor(), name, address="", resume=name.encode())
            self._at(name, session)
        self.stage.settle()

    def journal(self) -> Journal:
        return MemoryJournal(self.keep)

    def _at(self, name: str, session: Session) -> None:
        assert isinstance(session.door, StubDoor)
        reader = self.now[name] = Reader(name, session, session.door)
        reader.door.full = lambda: self._slow(reader)
        self.readers.append(reader)

    def _slow(self, reader: Reader) -> None:
        if not reader.lost:
            reader.was_slow = True
            self.stage.hub.pause(reader.session)

    # --- what happens -----------------------------------------------------------------------------

    @rule(name=st.sampled_from(NAMES), room=st.sampled_from(ROOMS))
    def say(self, name: str, room: str) -> None:
        self.said += 1
        self.stage.do(self.now[name].session, f"/say {room} {self.said}")

    @rule(name=st.sampled_from(NAMES), room=st.sampled_from(ROOMS), place=PLACES)
    def join(self, name: str, room: str, place: Entered) -> None:
        reader = self.now[name]
        if place.after is not None:  # nobody has read what nobody was told
            place = Entered(after=min(place.after, self.stage.journal.head(room)))
        if not reader.lost and self.stage.hub.subscribe(reader.session, room, place):
            reader.asked.append((room, place))

    @rule(name=st.sampled_from(NAMES), room=st.sampled_from(ROOMS))
    def leave(self, name: str, room: str) -> None:
        if not self.now[name].lost:
            self.stage.hub.unsubscribe(self.now[name].session, room)

    @rule(name=st.sampled_from(NAMES))
    def take_no_more(self, name: str) -> None:
        self._slow(self.now[name])

    @rule(name=st.sampled_from(NAMES), takes=st.integers(1, 3))
    def take_little(self, name: str, takes: int) -> None:
        self.now[name].door.takes = len(self.now[name].door.writes) + takes

    @rule(name=st.sampled_from(NAMES))
    def take_more(self, name: str) -> None:
        if not self.now[name].lost:
            self.stage.hub.go_on(self.now[name].session)

    @rule(name=st.sampled_from(NAMES))
    def whisper(self, name: str) -> None:
        self.stage.do(self.now["ann"].session, f"/msg {name} psst")

    @rule(name=st.sampled_from(NAMES))
    def lose_the_connection(self, name: str) -> None:
        reader = self.now[name]
        if not reader.lost:
            reader.lost = True
            self.stage.hub.lost(reader.session, reader.door)

    @rule(name=st.sampled_from(NAMES))
    def come_back(self, name: str) -> None:
        old = self.now[name]
        old.lost = True
        session = self.stage.hub.resume(StubDoor(), name.encode(), name.encode())
        assert session is old.session
        self._at(name, session)

    @rule()
    def turn(self) -> None:
        self.stage.turn()

    # --- what each is owed ------------------------------------------------------------------------

    def teardown(self) -> None:
        for reader in self.now.values():
            reader.door.takes = None
            if not reader.lost:
                self.stage.hub.go_on(reader.session)
        self.stage.settle()
        for reader in self.readers:
            for room in ROOMS:
                self.check(reader, room)
        assert not [c.name for c in self.stage.hub.channels.values() if c.idle]

    def check(self, reader: Reader, room: str) -> None:
        got, at = self.heard(reader, room), {0}
        visits = self.visits(reader, room)
        for visit in visits:
            at = {end for start in at for end in ends(got, start, visit)}
        assert len(got) in at, (reader.name, room, got, visits, reader.door.lines)

    def heard(self, reader: Reader, room: str) -> list[int]:
        """The numbers that came to this door, with those of which it was told that they are gone."""
        numbers: list[int] = []
        for line in reader.door.lines:
            where, number, kind, *rest = [*line.split(), ""]
            if where != room:
                continue
            if kind == "gap":
                old, new = rest[0].split("-")
                numbers += range(int(old), int(new) + 1)
            elif int(number):
                numbers.append(int(number))
        return numbers

    def visits(self, reader: Reader, room: str) -> list[Visit]:
        """What this door is owed of a room, one visit after the other."""
        mine = reader.session.member.id
        moves = [
            (at, e.delivery.event)
            for at, e in enumerate(self.stage.stream)
            if e.delivery.to == room and e.delivery.by == mine and isinstance(e.delivery.event, Entered | Exited)
        ]
        asked = [place for where, place in reader.asked if where == room]
        found: list[Visit] = []
        for n, (start, move) in enumerate(moves):
            if not any(move is place for place in asked):
                continue
            before = moves[n - 1][1] if n else Exited()
            if move == Entered() and any(before is place for place in asked) and found:
                continue  # it was there already, and simply goes on
            end, ended = next(
                ((at, type(m)) for at, m in moves[n + 1 :] if m != Entered()), (len(self.stage.stream), None)
            )
            assert isinstance(move, Entered)
            whole = not reader.lost and (ended is None or (move == Entered() and not reader.was_slow))
            found.append(Visit(self.owed(room, move, start, end), whole and ended is not Entered, bool(self.keep)))
        return found

    def owed(self, room: str, place: Entered, start: int, end: int) -> list[int]:
        before, during = self.kept(room, self.stage.stream[:start]), self.kept(room, self.stage.stream[start:end])
        if place.after is not None:
            return [n for n in before + during if n > place.after]
        return (before[-place.last :] if place.last else []) + during

    def kept(self, room: str, entries: list[Entry]) -> list[int]:
        return [e.seq for e in entries if e.seq and e.delivery.to == room]


def ends(got: list[int], start: int, visit: Visit) -> set[int]:
    """Where in `got` this visit can have ended, if it began at `start`."""
    found: set[int] = set()
    for skipped in range(len(visit.owed) + 1) if visit.may_begin_late else (0,):
        owed = visit.owed[skipped:]
        same = next((n for n, (a, b) in enumerate(zip(owed, got[start:], strict=False)) if a != b), None)
        most = min(len(owed), len(got) - start) if same is None else same
        if not visit.whole:
            found.update(range(start, start + most + 1))
        elif most == len(owed):
            found.add(start + most)
    return found


class SlowlyKept(Readers):
    """The same, where commits and readings take their time."""

    def journal(self) -> Journal:
        self.disk = SlowJournal(self.keep)
        return self.disk

    @rule()
    def commit_or_hand_back(self) -> None:
        self.disk.step()

    @precondition(lambda self: self.disk.reading)
    @rule()
    def answer_a_reader(self) -> None:
        self.disk.answer()


class ShortlyKept(Readers):
    """The same, where only the newest three are kept: what is gone is told."""

    keep = 3


class SlowlyAndShortlyKept(SlowlyKept):
    """The same, where both hold."""

    keep = 3


TestReaders = Readers.TestCase
TestReadersOfASlowJournal = SlowlyKept.TestCase
TestReadersOfAShortJournal = ShortlyKept.TestCase
TestReadersOfASlowAndShortJournal = SlowlyAndShortlyKept.TestCase
