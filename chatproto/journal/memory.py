"""The journal in memory: bounded per room, gone with the process.

The law here is the one of every journal (see the package); committing is immediate.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from twisted.internet.defer import Deferred, succeed

from chatproto.core.events import Corrected, Deleted, Delivery, Entry, Reason, Search, Topic, Withdrawn
from chatproto.core.names import fold
from chatproto.journal import Found, Mark, Page, closed_up
from chatproto.journal.grams import has_all, parts
from chatproto.journal.rows import to_row

ROOMS = 100  # looked through at once for what somebody said
MAX_LOGS = 10_000  # rooms whose logs are kept; the longest silent is forgotten first


@dataclass(slots=True)
class Log:
    """One room's log: the kept entries, the newest number, and where each key was first seen.

    No entry is from before `oldest`.
    """

    head: int
    entries: list[Entry] = field(default_factory=list)
    keys: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    oldest: float = math.inf

    def add(self, entry: Entry) -> None:
        """Take an entry, the newest."""
        self.head = entry.seq
        self.entries.append(entry)
        self.oldest = min(self.oldest, entry.delivery.at)

    def place_of(self, seq: int) -> int:
        """Return where in `entries` the first one lies that has this number or a higher one."""
        return bisect_left(self.entries, seq, key=lambda e: e.seq)

    def give_up_first(self, count: int) -> int:
        """Give up so many of the oldest entries, with their keys."""
        self._forget_keys(self.entries[:count])
        del self.entries[:count]
        return count

    def expire(self, before: float) -> int:
        """Give up what is from before a time; return how much."""
        if self.oldest >= before:
            return 0
        gone = [e for e in self.entries if e.delivery.at < before]
        self._forget_keys(gone)
        self.entries = [e for e in self.entries if e.delivery.at >= before]
        self.oldest = min((e.delivery.at for e in self.entries), default=math.inf)
        return len(gone)

    def _forget_keys(self, gone: Sequence[Entry]) -> None:
        for entry in gone:
            self.keys.pop(entry.delivery.key, None)


class MemoryJournal:
    """Keeps the newest `keep` entries of each room (0: all of them)."""

    durable = False
    heard: Callable[[Sequence[Entry]], None]
    failed: Callable[[Sequence[Delivery], Reason], None]

    def __init__(self, keep: int = 1000, *, max_logs: int = MAX_LOGS) -> None:
        self._keep, self._max_logs = keep, max_logs
        self._logs: OrderedDict[str, Log] = OrderedDict()
        self._floor = 0  # a forgotten room starts above every number it can have had

    def append(self, batch: Sequence[Delivery]) -> None:
        """Commit the batch and hand it back at once."""
        self.heard([self._committed(d) if d.kept else Entry(d) for d in batch])

    def head(self, room: str) -> int:
        """Return the newest number of a room."""
        log = self._logs.get(room)
        return log.head if log else self._floor

    def read(self, room: str, after: int, until: int, limit: int) -> Deferred[Page]:
        """Return a page of what is kept."""
        log = self._logs.get(room)
        if log is None:
            return succeed(Page((), self._floor + 1))
        start = log.entries[0].seq if log.entries else log.head + 1
        first, end = log.place_of(after + 1), log.place_of(until + 1)
        found = log.entries[first : min(end, first + limit)]
        return succeed(Page(closed_up(found, max(after, start - 1)), start))

    def place(self, room: str, last: int, until: int) -> Deferred[int]:
        """Return the place before the newest `last`."""
        log = self._logs.get(room)
        if log is None or not log.entries:
            return succeed(until)
        oldest = log.entries[max(log.place_of(until + 1) - last, 0)]
        return succeed(min(until, oldest.seq - 1))

    def search(self, wanted: Search) -> Deferred[Sequence[Entry]]:
        """Look through all that is kept."""
        entries = (e for room in wanted.rooms if room in self._logs for e in self._logs[room].entries)
        found = [e for e in entries if e.delivery.at >= wanted.since and fits(e, wanted)]
        found.sort(key=lambda e: (e.delivery.at, e.seq), reverse=True)
        return succeed(found[: wanted.limit])

    def said_by(self, who: str, since: float, after: Mark, limit: int) -> Deferred[Found]:
        """Look through the next few rooms, in the order of their names."""
        rooms = sorted(room for room in self._logs if room >= after[0])
        for room in rooms[:ROOMS]:
            place = after[1] if room == after[0] else 0
            found = [e for e in self._logs[room].entries if e.seq > place and _by(e, who) and e.delivery.at >= since]
            if found:
                return succeed((found[:limit], (room, found[:limit][-1].seq)))
        return succeed(((), (rooms[ROOMS], 0) if len(rooms) > ROOMS else None))

    def trim(self, room: str, keep: int) -> Deferred[int]:
        """Give up all that is due: memory is quick."""
        log = self._logs.get(room)
        return succeed(log.give_up_first(max(len(log.entries) - keep, 0)) if log else 0)

    def expire(self, before: float) -> Deferred[int]:
        """Give up all that is due."""
        return succeed(sum(log.expire(before) for log in self._logs.values()))

    def forget(self, rooms: Sequence[str]) -> Deferred[list[str]]:
        """Give up the rooms in which nothing is kept but topics; return those that are no more."""
        for room in rooms:
            log = self._logs.get(room)
            if log and all(isinstance(e.delivery.event, Topic) for e in log.entries):
                self._floor = max(self._floor, self._logs.pop(room).head)
        return succeed([room for room in rooms if room not in self._logs])

    def knows(self, room: str) -> bool:
        """Say whether anything was kept of a room."""
        return room in self._logs

    def date(self) -> float:
        """Return nothing: no clock was looked at before this start."""
        return 0.0

    def note_date(self, date: float) -> Deferred[None]:
        """Do nothing: there is no next start."""
        return succeed(None)

    def check(self) -> Deferred[None]:
        """Do nothing: memory goes nowhere."""
        return succeed(None)

    def rooms(self) -> Sequence[str]:
        """Return the rooms that have a log."""
        return list(self._logs)

    def facts(self) -> Sequence[tuple[str, str]]:
        """Return nothing: memory begins empty."""
        return ()

    def close(self) -> Deferred[None]:
        """Do nothing: all was committed when it was appended."""
        return succeed(None)

    def _committed(self, delivery: Delivery) -> Entry:
        log = self._log(str(delivery.to))
        if delivery.key:
            digest = _digest(delivery)
            first, as_then = log.keys.setdefault(delivery.key, (log.head + 1, digest))
            if first <= log.head:
                return Entry(delivery, seq=first, again=True, clash=as_then != digest)
        if isinstance(delivery.event, Deleted):
            delivery = replace(delivery, event=_take_back(log, delivery.event))
        entry = Entry(delivery, log.head + 1, log.head)
        log.add(entry)
        if self._keep and len(log.entries) > self._keep:
            log.give_up_first(1)
        return entry

    def _log(self, room: str) -> Log:
        log = self._logs.get(room)
        if log is None:
            log = self._logs[room] = Log(self._floor)
            if len(self._logs) > self._max_logs:
                _, forgotten = self._logs.popitem(last=False)
                self._floor = max(self._floor, forgotten.head)
        self._logs.move_to_end(room)
        return log


def fits(entry: Entry, wanted: Search) -> bool:
    """Say whether an entry holds what is looked for."""
    if isinstance(entry.delivery.event, Withdrawn):
        return False
    kind, who, text, _ = to_row(entry.delivery.event)
    found = kind != "deleted" and has_all(text, parts(wanted.text))
    return found and (not wanted.who or fold(wanted.who) == fold(who))


def _by(entry: Entry, who: str) -> bool:
    event = entry.delivery.event
    author = event.who if isinstance(event, Withdrawn) else "" if isinstance(event, Deleted) else to_row(event)[1]
    return fold(author) == fold(who)


def _take_back(log: Log, asked: Deleted) -> Deleted:
    """Leave out the texts of all wordings for whoever reads on; return the event with the number of the first."""
    named = next((e.delivery.event for e in log.entries if e.seq == asked.of), None)
    first = named.of if isinstance(named, Corrected) else asked.of
    for place, entry in enumerate(log.entries):
        event = entry.delivery.event
        if not isinstance(event, Withdrawn) and first == (event.of if isinstance(event, Corrected) else entry.seq):
            _, who, _, _ = to_row(event)
            log.entries[place] = replace(entry, delivery=replace(entry.delivery, event=Withdrawn(who)))
    return Deleted(asked.by, first)


def _digest(delivery: Delivery) -> bytes:
    kind, _, text, _ = to_row(delivery.event)
    return blake2b(f"{kind} {text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
