"""What really happened: the rooms' logs as the disk has them, and who was where.

A client knows only what came over its wire. What it should have got it asks `Truth`, which was told by the journal
and by nobody else. The first thing that does not fit raises `Broken`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from chatproto.core.events import Entered, Entry, Exited, Named, Refused

END_OF_ALL = 1 << 60


class Broken(AssertionError):
    """A promise of the server was not kept."""


def require(promise: bool, told: str) -> None:
    """Raise Broken if this promise was not kept."""
    if not promise:
        raise Broken(told)


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry of a room's log."""

    seq: int
    prev: int
    who: str
    text: str


@dataclass(slots=True)
class Visit:
    """A member's time in a room: it hears what is kept after `start`, up to `end`."""

    start: int
    move: int = 0  # how many visits there were when it began
    end: int = END_OF_ALL


class Truth:
    """The rooms' logs, and who was where from which place on."""

    def __init__(self, *, trimmed: bool) -> None:
        self.trimmed = trimmed  # the journal forgets: gaps may be told, and a key may be new again
        self.log: dict[str, dict[int, Kept]] = defaultdict(dict)
        self.seqs: dict[tuple[str, str], list[int]] = defaultdict(list)  # by room and text
        self.visits: dict[tuple[int, str], list[Visit]] = defaultdict(list)
        self.ids: dict[str, list[int]] = defaultdict(list)  # of everybody's sessions, one after the other
        self.moves = 0
        self.refused: set[tuple[str, str]] = set()  # whom, and the receipt asked for; some of them never hear of it
        self._names: dict[int, str] = {}
        self._told: dict[str, int] = defaultdict(int)

    def committed(self, room: str, kept: Kept) -> None:
        """Take note of what the journal keeps."""
        require(kept.seq not in self.log[room], f"{room} has two entries of number {kept.seq}")
        self.log[room][kept.seq] = kept
        self.seqs[room, kept.text].append(kept.seq)

    def told(self, entry: Entry) -> None:
        """Take note of what the hub was handed back, in its order."""
        event, room = entry.delivery.event, str(entry.delivery.to).removeprefix("#")
        if isinstance(event, Named):
            self.ids[event.who].append(entry.delivery.by)
            self._names[entry.delivery.by] = event.who
        elif isinstance(event, Refused):
            self.refused.add((self._names[entry.delivery.by], event.receipt))
        elif isinstance(event, Entered):
            self.moves += 1
            self.visits[entry.delivery.by, room].append(Visit(self._told[room], self.moves))
        elif isinstance(event, Exited):
            self.visits[entry.delivery.by, room][-1].end = self._told[room]
        elif entry.seq and not entry.again:
            self._told[room] = entry.seq

    def killed(self) -> None:
        """The server has gone, and everybody's stay with it; the next one knows all that is on disk."""
        for (_, room), visits in self.visits.items():
            for visit in visits:
                visit.end = min(visit.end, self._told[room])
        self._told.update({room: self.head(room) for room in self.log})

    def head(self, room: str) -> int:
        """Return the newest number of a room."""
        return max(self.log[room], default=0)

    def kept(self, room: str, seq: int) -> Kept:
        """Return an entry that somebody was told of."""
        require(seq in self.log[room], f"{room} {seq} was told, and is not on disk")
        return self.log[room][seq]

    def once(self) -> None:
        """Nothing stands in a log twice."""
        for (room, text), seqs in self.seqs.items():
            require(self.trimmed or len(seqs) == 1, f"{text!r} stands twice in {room}: {seqs}")
