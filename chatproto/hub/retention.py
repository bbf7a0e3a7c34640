"""Giving up what is no longer to be kept, a short step at a time.

What is too old is found in all rooms at once. What is too much is looked for where something was said, or where the
rule has changed, since the last look.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatproto.core import facts
from chatproto.core.chat import Chat
from chatproto.core.events import Delivery, Entry, Remembered
from chatproto.hub.trusted import TrustedDate
from chatproto.journal import Journal

AT_ONCE = 0.02  # seconds that one step may hold the reactor
NOTED = 600.0  # seconds between two notes of the date: what a start after a kill may take for a jump
FORGOTTEN = 200  # rooms forgotten in one step
BETWEEN = 60.0  # seconds between the beginnings of two looks at all rooms
log = Logger("chat.journal")


class Retention:
    """Holds each room to its rule. `step` is called every few seconds and never waits; `elapsed` is a clock's time."""

    def __init__(
        self,
        chat: Chat,
        journal: Journal,
        elapsed: Callable[[], float],
        gather: Callable[[Sequence[Delivery]], object],
    ) -> None:
        self._chat, self._journal, self._elapsed, self._gather = chat, journal, elapsed, gather
        self._forsaken: dict[str, float] = {}  # rooms that are empty and nobody's, and since when at least
        self._looked_at: Iterator[str] | None = None  # those of all rooms that are still to be looked at
        self._look_again = 0.0
        self._date = TrustedDate(journal.date())
        self._today = self._noted = 0.0  # the date as it is trusted, and when it was noted last
        self._changed: dict[str, None] = dict.fromkeys(journal.rooms())  # where there may be too much
        self._busy = self._closed = False

    def heard(self, entry: Entry) -> None:
        """Take note of what is kept: a room has one more entry, or another rule."""
        event = entry.delivery.event
        if self._forsaken:
            self._forsaken.pop(str(entry.delivery.to), None)  # somebody came, or speaks there from outside
        if entry.seq:
            self._changed[str(entry.delivery.to)] = None
        elif isinstance(event, Remembered) and event.key.startswith(facts.ROOM):
            self._changed[event.key.removeprefix(facts.ROOM)] = None

    def step(self, now: float) -> None:
        """Give up what is due by the wall clock's date `now`, as far as that is trusted."""
        self._today = self._date.at(now, self._elapsed())
        if not self._busy and not self._closed:
            self._busy = True
            self._work().addErrback(self._not_done).addBoth(self._done)

    def close(self, now: float) -> None:
        """Give up nothing more, and note the date for the next start, if the clock is trusted."""
        self._closed = True
        self._today = self._date.at(now, self._elapsed())
        if self._date.agreed:
            self._note_date()

    @inlineCallbacks
    def _work(self) -> Generator[Deferred[Any], None, None]:
        yield self._journal.check()
        if self._date.agreed and self._today - self._noted >= NOTED:
            self._note_date()
        age = self._chat.keeping.age
        if age:
            yield self._all_of(lambda: self._journal.expire(self._today - age))
        until = self._elapsed() + AT_ONCE
        while self._changed and self._elapsed() <= until:
            room = next(iter(self._changed))
            if keep := self._chat.keeps(room).count:
                yield self._all_of(partial(self._journal.trim, room, keep))
            self._changed.pop(room, None)
        if self._chat.settings.empty_rooms and not self._closed:
            yield self._forget_rooms()

    @inlineCallbacks
    def _forget_rooms(self) -> Generator[Deferred[list[str]], list[str], None]:
        """Look at the next rooms; forget those that have been empty and nobody's for long enough."""
        due = list(islice(self._due(), FORGOTTEN))
        if not due:
            return
        without_talk = yield self._journal.forget(due)
        gone = {room for room in without_talk if self._chat.is_forsaken(room)}
        self._gather(self._chat.forget(gone))
        for room in due:
            self._forsaken.pop(room, None)  # where something is kept that was said, it is looked at again after as long

    def _due(self) -> Iterator[str]:
        now = self._elapsed()
        for room in self._next_rooms(now + AT_ONCE):
            if not self._chat.is_forsaken(room):
                self._forsaken.pop(room, None)
            elif now - self._forsaken.setdefault(room, now) >= self._chat.settings.empty_rooms:
                yield room

    def _next_rooms(self, until: float) -> Iterator[str]:
        """Yield the next rooms, of all that are known, for so long; a minute after the last begin it begins anew."""
        if self._looked_at is None and self._elapsed() >= self._look_again:
            self._looked_at = iter({*self._journal.rooms(), *self._chat.known_rooms()})
            self._look_again = self._elapsed() + BETWEEN
        while self._looked_at and self._elapsed() <= until:
            room = next(self._looked_at, None)
            if room is None:
                self._looked_at = None
                return
            yield room

    @inlineCallbacks
    def _all_of(self, give_up: Callable[[], Deferred[int]]) -> Generator[Deferred[int], int, None]:
        """Take steps until there is nothing left to give up, or the journal is closed."""
        while not self._closed:
            count = yield give_up()
            if not count:
                return

    def _note_date(self) -> None:
        self._noted = self._today
        self._journal.note_date(self._today).addErrback(self._not_done)

    def _not_done(self, failure: Failure) -> None:
        log.error("what is too old or too much could not be given up: {cause}", cause=failure.value)

    def _done(self, _: Any) -> None:  # noqa: ANN401 - a Deferred's result
        self._busy = False
