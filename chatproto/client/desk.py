"""What one person has before them: a pane for each room, what was said there, what is on its way.

The law here: a pane only grows at its end, and is bounded at its beginning. What is on its way stands below all
else, and takes its place among the lines when it comes round: so all who hear a room see one order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import islice

from chatproto.client.message import Message
from chatproto.client.outbox import Parcel

TALK = frozenset({"said", "action", "notice"})
KEPT = 2_000  # lines of a pane; older ones are for /history


class State(Enum):
    """How a line of one's own fares. PENDING: nobody knows yet whether the server has it."""

    SAID = auto()
    PENDING = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """Something to be seen. `called`: it names the one who reads; `before`: it was read, or said before one came."""

    message: Message
    state: State = State.SAID
    called: bool = False
    before: bool = False


@dataclass(slots=True)
class Pane:
    """One room. `dropped` counts the lines that are no longer here."""

    room: str
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=KEPT))
    dropped: int = 0
    waiting: dict[str, tuple[Parcel, Message]] = field(default_factory=dict)  # one's own, not come round yet, by key
    unread: int = 0
    called: bool = False  # one of the unread names the one who reads
    mark: int | None = None  # the number of the line before which reading stopped; it may not have come yet

    @property
    def end(self) -> int:
        """How many lines there have ever been."""
        return self.dropped + len(self.lines)

    def add(self, line: Line) -> None:
        """Take one more line."""
        self.dropped += len(self.lines) == KEPT
        self.lines.append(line)

    def since(self, start: int, most: int) -> Iterator[Line]:
        """Yield the lines from a number on, so many at most."""
        start = max(start - self.dropped, 0)
        yield from islice(self.lines, start, start + most)

    def below(self) -> Iterator[Line]:
        """Yield what is on its way, and what has its receipt and has not come round."""
        for parcel, message in self.waiting.values():
            yield Line(message, State.SAID if parcel.seq else State.PENDING)


class Desk:
    """All panes. `open` is the room of the one that is seen, `attentive` whether somebody looks."""

    def __init__(self) -> None:
        self.panes: dict[str, Pane] = {}
        self.open = ""
        self.attentive = True
        self._put_away: dict[str, Message] = {}  # on its way to rooms that have no pane any more, by key

    @property
    def pane(self) -> Pane:
        """The pane that is seen; outside all rooms there is one too."""
        return self.of(self.open)

    @property
    def unread(self) -> int:
        """How many lines nobody has looked at."""
        return sum(pane.unread for pane in self.panes.values())

    def of(self, room: str) -> Pane:
        """Return the pane of a room."""
        return self.panes.setdefault(room, Pane(room))

    def look(self, room: str, *, attentive: bool = True) -> None:
        """Have a room before one's eyes. Where one looks away, reading stops: there is the mark."""
        if self.attentive and (room, attentive) != (self.open, True) and self.open in self.panes:
            self.pane.mark = self.pane.end
        self.open, self.attentive = room, attentive
        if attentive:
            self.pane.unread, self.pane.called = 0, False

    def keep_only(self, rooms: tuple[str, ...]) -> None:
        """Put the panes in the order of these rooms, and the others away; what was outside goes into the first room."""
        outside = self.panes.get("") if rooms else None
        for pane in [pane for room, pane in self.panes.items() if room not in rooms]:
            self._put_away |= {key: message for key, (_, message) in pane.waiting.items()}
        self.panes = {room: self.of(room) for room in rooms or ("",)}
        for line in outside.lines if outside else ():
            self.panes[rooms[0]].add(line)

    def take(self, room: str, line: Line) -> None:
        """Take a line into a room's pane."""
        pane = self.of(room)
        pane.add(line)
        if line.before:
            pane.mark = pane.end
        talk = line.message.event in TALK and not line.message.own
        if talk and not line.before and not (room == self.open and self.attentive):
            pane.unread += 1
            pane.called |= line.called

    # --- one's own ------------------------------------------------------------------------------------

    def send(self, parcel: Parcel, message: Message) -> None:
        """Show one's own line at once: in its room, a direct message in the one that is open."""
        if not any(parcel.key in pane.waiting for pane in self.panes.values()):
            pane = self.panes.get(message.room or self.open)
            if pane:
                pane.waiting[parcel.key] = (parcel, message)

    def done(self, parcel: Parcel) -> None:
        """Give what does not come round its place: a direct message; a command has been answered, and goes."""
        self._put_away.pop(parcel.key, None)
        for pane in self.panes.values():
            _, message = pane.waiting.get(parcel.key, (None, None))
            if message and not message.room:
                del pane.waiting[parcel.key]
                if message.direct:
                    pane.add(Line(message))

    def came_round(self, message: Message) -> None:
        """Give one's own line its place."""
        pane = self.of(message.room)
        for key, (parcel, _) in list(pane.waiting.items()):
            if parcel.seq == message.seq:
                del pane.waiting[key]
        pane.add(Line(message))

    def fail(self, key: str) -> str | None:
        """Mark one's own line as not sent, if this is one; return its room."""
        for pane in self.panes.values():
            found = pane.waiting.pop(key, None)
            if found:
                pane.add(Line(found[1], State.FAILED))
                return pane.room
        lost = self._put_away.pop(key, None)
        if lost:
            self.pane.add(Line(lost, State.FAILED))
        return self.open if lost else None

    def fail_all(self) -> int:
        """Mark all that is on its way; return how many those were."""
        keys = [key for pane in self.panes.values() for key, (parcel, _) in pane.waiting.items() if not parcel.seq]
        return sum(self.fail(key) is not None for key in keys)
