"""The rooms' ordered logs, behind one small interface.

One way in (`append` a batch), one way out (`heard`: what was committed, in order, with its numbers), and
reading forward from a place. The hub tells what the journal hands back, never what it sent: so nobody sees
what a crash could take back, and entries that others wrote come in by the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from twisted.internet.defer import Deferred

from chatproto.core.events import Delivery, Entry, Reason, Search

Mark: TypeAlias = tuple[str, int]  # a place among all that somebody said; what it means is its journal's
START: Mark = ("", 0)
Found: TypeAlias = tuple[Sequence[Entry], Mark | None]  # a page of it, and the mark to go on after, if there is more


class Unfinished(Exception):
    """A search took too long, and was ended; `found` is what it had found until then, the newest first."""

    def __init__(self, found: Sequence[Entry]) -> None:
        super().__init__("a search took too long")
        self.found = found


@dataclass(frozen=True, slots=True)
class Page:
    """What a reader gets: kept entries in order; `start` is the first number still kept (or the next one).

    Numbers that are not kept any more may be missing in between: each entry's `prev` is the one before it here.
    """

    entries: Sequence[Entry]
    start: int


def closed_up(entries: Sequence[Entry], place: int) -> Sequence[Entry]:
    """Let each entry follow the one before it: nobody asks again and again for what cannot be read any more."""
    if not entries or entries[-1].seq == place + len(entries):
        return entries
    before = (place, *(e.seq for e in entries))
    return [replace(e, prev=prev) for e, prev in zip(entries, before, strict=False)]


class Journal(Protocol):
    """What a journal does. Rooms are known by their names, numbers rise from 1 in each.

    `heard` is called with each batch once it is committed, in the order in which batches were appended;
    `failed` instead, with the reason, if it could not be: then nothing was kept and no number used up, and
    what was appended since has failed with it, since it was done upon what was not kept.
    Deliveries with nothing to keep pass through in their place and never overtake.
    """

    durable: bool  # whether what it keeps outlives the process
    heard: Callable[[Sequence[Entry]], None]
    failed: Callable[[Sequence[Delivery], Reason], None]

    def append(self, batch: Sequence[Delivery]) -> None:
        """Take a batch to be committed."""

    def head(self, room: str) -> int:
        """Return the newest number of a room that was handed back, 0 if it has none."""

    def read(self, room: str, after: int, until: int, limit: int) -> Deferred[Page]:
        """Return the first `limit` kept entries with `after` < seq <= `until`."""

    def place(self, room: str, last: int, until: int) -> Deferred[int]:
        """Return the place from which just the newest `last` entries up to `until` lie ahead."""

    def search(self, wanted: Search) -> Deferred[Sequence[Entry]]:
        """Return what was found, the newest first; fail with Unfinished if it takes too long."""

    def said_by(self, who: str, since: float, after: Mark, limit: int) -> Deferred[Found]:
        """Return a page of what somebody said in any room from a time on.

        Begin with START. A page may be empty, and still not be the last one.
        """

    def trim(self, room: str, keep: int) -> Deferred[int]:
        """Give up a step of a room's oldest entries, beyond the newest `keep`.

        Fires with how many were given up; call again until that is 0.
        """

    def expire(self, before: float) -> Deferred[int]:
        """Give up a step of the entries of any room from before a time, each by its own: as for `trim`.

        What is about an entry that is kept (`Deleted`, `Corrected`) stays with it.
        """

    def forget(self, rooms: Sequence[str]) -> Deferred[list[str]]:
        """Give up the logs of rooms in which nothing is kept but topics; fires with those of these that have none.

        No number of theirs is given again: a new room of any name begins above them.
        """

    def knows(self, room: str) -> bool:
        """Say whether anything was ever kept of a room, and it was not forgotten since."""

    def date(self) -> float:
        """Return the last date that was known to be right when the journal was opened; 0 if none was."""

    def note_date(self, date: float) -> Deferred[None]:
        """Keep a date that is known to be right, for the next start."""

    def check(self) -> Deferred[None]:
        """See, every few seconds, that what is kept can be found at the next start; the log says what is wrong."""

    def rooms(self) -> Sequence[str]:
        """Return the rooms of which anything was kept."""

    def facts(self) -> Sequence[tuple[str, str]]:
        """Return what was remembered beside talk, when the journal was opened."""

    def close(self) -> Deferred[None]:
        """Commit what was taken and let go of everything; `heard` may still be called before it fires."""
