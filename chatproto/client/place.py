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
    message yet and so knows no number. `head` was the room's newest number when it was entered, `read` the last of
    those that one had read, before which nothing is new. `mine` are numbers of one's own messages that have a receipt
    and have not come round yet. `before` is the room that was the current one until this was asked for: there one is
    again if it is refused.
    """

    last: int | None = None
    head: int = 0
    read: int = 0
    since: float | None = None
    entered: bool = False
    returning: bool = False
    before: str = ""
    mine: set[int] = field(default_factory=set)
    _unread: int = 0  # the number after which what was said before is still to be introduced

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

    def starts(self, head: int, after: int, read: int | None) -> None:
        """Take note that the room is heard from `after` a number on, of its newest and of what one has read of it.

        Of whom it is not known what they have read, all that was said before is old, and yet to be introduced.
        """
        self.entered, self.before = True, ""
        self.head, self.read = head, head if read is None else read
        self._unread = after if read is None else max(after, read)
        if self.last is None and head:
            self.last = after

    def was_read(self, seq: int) -> bool:
        """Say whether a message is no news: it was read, or said before somebody came who is new here."""
        return 0 < seq <= self.read

    def is_past(self, seq: int) -> bool:
        """Say whether a message was said before one came."""
        return 0 < seq <= self.head

    def introduces(self, seq: int) -> int:
        """Return how many messages follow that were said before one came and are to be introduced now; only once."""
        if not self._unread < seq <= self.head:
            return 0
        count, self._unread = self.head - seq + 1, self.head
        return count

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
