"""A reader's place in one room: which kept messages it has had, so that none is missing and none comes twice.

The law here: `last` only moves along `prev`. A message whose `prev` is not `last` is not taken until the
room has been read again from `last`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from chatproto.client.message import Message

BACK = 500  # messages looked through on coming back to a room in which nothing was heard before


class Verdict(Enum):
    """What to do with a message: show it, drop it because it was had before, or read again from `last`."""

    NEW = auto()
    HAD = auto()
    GAP = auto()


@dataclass(slots=True)
class Place:
    """Where a reader is in a room.

    `since` is the server's time at which the room was surely heard, for a reader that has heard no kept
    message yet and so knows no number. `head` was the room's newest number when it was entered. `mine` are
    numbers of one's own messages that have a receipt and have not come round yet.
    """

    last: int | None = None
    head: int = 0
    since: float | None = None
    entered: bool = False
    returning: bool = False
    mine: set[int] = field(default_factory=set)

    def headers(self) -> dict[str, str]:
        """Return what to ask on coming back, so that all that came meanwhile comes now."""
        if self.last is not None:
            return {"after": str(self.last)}
        return {"last": str(BACK)} if self.since is not None else {}

    def take(self, message: Message) -> Verdict:
        """Judge a kept message and move on if it is new."""
        if self.last is None and self.returning and self.since is not None and message.at < self.since:
            return Verdict.HAD
        returned, self.returning = self.returning, False
        # The first one after coming back is right by what was asked. Should its number be too low, then
        # the server counts anew, as one does that keeps its rooms in memory and was restarted.
        if self.last is not None and not returned:
            if message.seq <= self.last:
                return Verdict.HAD
            if message.prev > self.last:
                return Verdict.GAP
        self.last = message.seq
        return Verdict.NEW

    def starts(self, head: int, before: int = 0) -> None:
        """Take note that the room is heard from here on, its newest number, if there is one; or from so many before."""
        self.head = head
        if self.last is None and head:
            self.last = max(head - before, 0)

    def skip(self, until: int) -> None:
        """Take note that nothing up to this number is kept any more."""
        self.last = max(until, self.last or 0)

    def seen(self, at: float) -> None:
        """Take note of a time at which the room was heard; on coming back what was missed is heard first."""
        if not self.returning:
            self.since = max(self.since or at, at)

    def sent(self, seq: int) -> None:
        """Expect one's own message of this number."""
        if self.last is None or seq > self.last:
            self.mine.add(seq)

    def is_mine(self, seq: int) -> bool:
        """Say whether this number is one's own, by its receipt; each number is asked about once."""
        mine = seq in self.mine
        self.mine = {n for n in self.mine if n > seq}
        return mine
