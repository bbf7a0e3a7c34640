"""Giving up what is no longer to be kept, a short step at a time.

What is too old is found in all rooms at once. What is too much is looked for where something was said, or where the
rule has changed, since the last look.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatproto.core import facts
from chatproto.core.chat import Chat
from chatproto.core.events import Entry, Remembered
from chatproto.hub.trusted import TrustedDate
from chatproto.journal import Journal

AT_ONCE = 0.02  # seconds that one step may hold the reactor
NOTED = 600.0  # seconds between two notes of the date: what a start after a kill may take for a jump
log = Logger("chat.journal")


class Retention:
    """Holds each room to its rule. `step` is called every few seconds and never waits; `elapsed` is a clock's time."""

    def __init__(self, chat: Chat, journal: Journal, elapsed: Callable[[], float]) -> None:
        self._chat, self._journal, self._elapsed = chat, journal, elapsed
        self._date = TrustedDate(journal.date())
        self._today = self._noted = 0.0  # the date as it is trusted, and when it was noted last
        self._changed: dict[str, None] = dict.fromkeys(journal.rooms())  # where there may be too much
        self._busy = self._closed = False

    def heard(self, entry: Entry) -> None:
        """Take note of what is kept: a room has one more entry, or another rule."""
        event = entry.delivery.event
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
