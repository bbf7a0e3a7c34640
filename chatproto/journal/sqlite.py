"""The journal on disk: a Store in a thread of its own, a Reader in another.

Group commit without a timer: what gathers while one commit runs is the next batch, and with it what those say
at once who were just told: the reactor looks at its sockets once more before that batch goes. `heard` is called
in the reactor's thread, in order, only after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatproto.core.events import Delivery, Entry, Reason, Search
from chatproto.journal import Found, Mark, Page
from chatproto.journal.file import Connect, connect, prepare
from chatproto.journal.losses import losses
from chatproto.journal.presence import FileGone
from chatproto.journal.reader import Reader
from chatproto.journal.store import Store

T = TypeVar("T")
FULL = ("disk is full", "disk full")
MOST_TOLD = 1_000  # lines in the log about damage
log = Logger("chat.journal")


class Thread(Protocol):
    """Somewhere to do blocking work, one piece after the other."""

    def do(self, work: Callable[[], T]) -> Deferred[T]:
        """Do a piece of work; its result comes back in the reactor's thread."""

    def after_a_look(self, then: Callable[[], object]) -> None:
        """Call `then` once the reactor has looked at its sockets, and what came there had its turn."""

    def stop(self) -> None:
        """Do no more."""


class SqliteJournal:
    """Keeps everything in one file. Opening it blocks for a moment: do it before the reactor runs."""

    durable = True
    heard: Callable[[Sequence[Entry]], None]
    failed: Callable[[Sequence[Delivery], Reason], None]

    def __init__(self, file: Path, writing: Thread, reading: Thread, connect: Connect = connect) -> None:
        lost = losses(file)
        prepare(file)
        self._store, self._reader = Store(file, connect), Reader(file)
        if lost.told:
            log.critical("MESSAGES ARE LOST: {told}", told=lost.told)
            self._store.skip(lost.heads)
        self._store.others_closed = self._reader.closed
        self._writing, self._reading = writing, reading
        self._heads, self._date = self._store.heads(), self._store.date()
        self._floor: int = self._store.floor
        self._waiting: list[Delivery] = []
        self._at_work: Deferred[None] | None = None
        self._over = self._mended = False
        self._damage: set[str] = set()  # what was told of it
        self.rescued: Callable[[], object] = lambda: None  # what else is to be done once the file was saved anew
        self._alarm = ""  # why nothing can be kept, as it was told last

    def facts(self) -> list[tuple[str, str]]:
        """Return what was remembered."""
        facts = self._store.facts()
        self._tell_of_damage(self._store)
        return facts

    def append(self, batch: Sequence[Delivery]) -> None:
        """Take a batch: committed with the next transaction, or passed on if there is nothing to keep."""
        if self._at_work is None and not any(d.event.kept for d in batch):
            self.heard([Entry(d) for d in batch])
            return
        if self._over:
            self.failed(batch, Reason.INTERNAL)
            return
        self._waiting.extend(batch)
        if self._at_work is None:
            self._at_work = Deferred()
            self._commit()

    def head(self, room: str) -> int:
        """Return the newest number of a room that was handed back."""
        return self._heads.get(room, self._floor)

    def knows(self, room: str) -> bool:
        """Say whether anything was ever kept of a room."""
        return room in self._heads

    def read(self, room: str, after: int, until: int, limit: int) -> Deferred[Page]:
        """Return a page of what is kept."""
        return self._read(lambda: self._reader.read(room, after, until, limit))

    def place(self, room: str, last: int, until: int) -> Deferred[int]:
        """Return the place before the newest `last`."""
        return self._read(lambda: self._reader.place(room, last, until))

    def search(self, wanted: Search) -> Deferred[Sequence[Entry]]:
        """Return what was found, the newest first."""
        return self._read(lambda: self._reader.search(wanted))

    def said_by(self, who: str, since: float, after: Mark, limit: int) -> Deferred[Found]:
        """Return a page of what somebody said, and the mark to go on after."""
        return self._read(lambda: self._reader.said_by(who, since, after, limit))

    def trim(self, room: str, keep: int) -> Deferred[int]:
        """Give up one step of a room's oldest entries; return how many."""
        if self._heads.get(room, 0) <= keep:
            return succeed(0)  # without a way to the thread: most rooms of many are small
        return self._writing.do(lambda: self._store.trim(room, keep))

    def expire(self, before: float) -> Deferred[int]:
        """Give up one step of what is from before a time; return how many."""
        return self._writing.do(lambda: self._store.expire(before))

    def forget(self, rooms: Sequence[str]) -> Deferred[list[str]]:
        """Give up the rooms in which nothing is kept but topics; return those that are no more."""
        return self._writing.do(lambda: self._store.forget(rooms)).addCallback(self._forgotten)

    def _forgotten(self, rooms: list[str]) -> list[str]:
        self._floor = max([self._floor, *(self._heads.pop(room, 0) for room in rooms)])
        return rooms

    def date(self) -> float:
        """Return the last date that was known to be right when the journal was opened."""
        return self._date

    def note_date(self, date: float) -> Deferred[None]:
        """Keep a date that is known to be right."""
        return self._writing.do(lambda: self._store.note_date(date))

    def check(self) -> Deferred[None]:
        """See that the file is in its place; what is wrong is for the log."""
        checked = self._writing.do(self._store.check)
        return checked.addCallbacks(self._in_order, lambda failure: self._sound(failure.value))

    def rooms(self) -> list[str]:
        """Return the rooms of which anything was ever kept."""
        return list(self._heads)

    def close(self) -> Deferred[None]:
        """Commit what was taken, then close the file."""
        if self._at_work is not None:
            ended: Deferred[None] = Deferred()
            self._at_work.addCallback(lambda _: self.close().chainDeferred(ended))
            return ended
        self._over = True
        closing = gatherResults([self._writing.do(self._store.close), self._reading.do(self._reader.close)])
        return closing.addBoth(self._closed)

    def _commit(self) -> None:
        batch, self._waiting = self._waiting, []
        written = self._writing.do(lambda: self._store.write(batch))
        written.addCallbacks(self._committed, self._not_committed, errbackArgs=(batch,))
        written.addErrback(lambda f: log.failure("while telling what was committed", failure=f))
        written.addBoth(self._go_on)

    def _committed(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.seq and not entry.again:
                self._heads[str(entry.delivery.to)] = entry.seq
        self._tell_of_damage(self._store)
        self._in_order()
        self.heard(entries)

    def _not_committed(self, failure: Failure, batch: Sequence[Delivery]) -> None:
        if failure.check(FileGone):
            self._sound(failure.value)
        else:
            log.error("a batch could not be committed: {cause}", cause=failure.value)
        full = any(word in str(failure.value) for word in FULL)
        batch, self._waiting = [*batch, *self._waiting], []  # what has gathered since was done upon this
        self.failed(batch, Reason.DISK_FULL if full else Reason.INTERNAL)

    def _sound(self, cause: object) -> None:
        """Say in the log, once for each cause, that nothing can be kept."""
        if str(cause) != self._alarm:
            self._alarm = str(cause)
            log.critical("NOTHING THAT IS SAID CAN BE KEPT, and all of it is refused: {cause}", cause=cause)

    def _in_order(self, _: object = None) -> None:
        rescues, self._store.rescues = self._store.rescues, []
        for rescue in rescues:
            log.critical("THE CHAT'S FILE WAS GONE: {rescue}", rescue=rescue)
            self.rescued()
        if self._alarm:
            self._alarm = ""
            log.info("the file is in its place; what is said is kept again")

    def _go_on(self, _: object) -> None:
        if self._waiting:
            self._writing.after_a_look(self._commit)
            return
        done, self._at_work = self._at_work, None
        if done:
            done.callback(None)

    def _read(self, work: Callable[[], T]) -> Deferred[T]:
        def alone() -> T:
            with self._reader.in_use:
                return work()

        return self._reading.do(alone).addBoth(self._looked_at)

    def _looked_at(self, result: T) -> T:
        damaged = self._tell_of_damage(self._reader)
        if damaged and not self._mended and not self._over:
            self._mended = True
            mended = self._writing.do(self._store.reindex)
            mended.addBoth(lambda _: self._tell_of_damage(self._store))
        return result

    def _tell_of_damage(self, of: Store | Reader) -> bool:
        damage, of.damage = of.damage, []
        for what in damage:
            if what not in self._damage and len(self._damage) < MOST_TOLD:
                self._damage.add(what)
                log.error("the journal is damaged: {what}; the rest is served", what=what)
        return bool(damage)

    def _closed(self, _: object) -> None:
        self._writing.stop()
        self._reading.stop()
