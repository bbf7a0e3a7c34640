"""Reading the past for whoever asks: by turns, in pieces, and no faster than the reader takes them.

No answer is held whole in memory: a piece is read once the one before was taken, and between two pieces there is a
pause in proportion to the first, so that much that is asked for costs others little.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, gatherResults, inlineCallbacks
from twisted.internet.task import deferLater

from chatproto.core.declare import Rank
from chatproto.core.events import (
    Answer,
    Collect,
    Corrected,
    Deleted,
    Delivery,
    Entry,
    Exported,
    Locate,
    LocateLast,
    Past,
    Reason,
    Recall,
    Refusal,
    Search,
    Talk,
    Withdrawn,
    say,
)
from chatproto.core.members import UNSAID
from chatproto.hub.reading import ReadingTurns
from chatproto.hub.session import Session
from chatproto.journal import START, Page, Unfinished

if TYPE_CHECKING:
    from chatproto.hub import Hub

LOOKED_AT = 20  # of what somebody did last in a room, to find what they said last: the rest are topics
PAGE = 50  # entries read at once
PIECE = 65536  # bytes of texts shown at once: of short ones a whole page, of the longest four
EXPORTED = 8  # messages in a page of what somebody said: the longest together are what a slow reader may have waiting
PAUSE = 0.01  # seconds between two pieces, at least
RATE = 1_048_576.0  # bytes a second of what is read for one session
TOO_MUCH = say("That search takes too long here. Search for rarer words, or in less: in:#dev from:oscar since:1d")
NOT_ALL = say("That search took too long: these are the newest that were found until then.")

Reading = Generator[Deferred[Any], Any, None]


class PastReader:
    """Grants the wishes to read."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self._chat, self._journal = hub, hub.chat, hub.journal
        self._turns = ReadingTurns()

    def recall(self, wish: Recall, session: Session, receipt: str) -> Deferred[None]:
        """Show what was said in a room."""
        return self._turns.wish(session, lambda: self._recall(wish, session, receipt))

    def search(self, wish: Search, session: Session, receipt: str) -> Deferred[None]:
        """Show what was found, each between the message before it and the one after."""
        return self._turns.wish(session, lambda: self._search(wish, session, receipt))

    def collect(self, wish: Collect, session: Session, receipt: str) -> Deferred[None]:
        """Give all that somebody said."""
        return self._turns.wish(session, lambda: self._collect(wish, session, receipt))

    def locate(self, wish: Locate, session: Session, asked: Delivery) -> Deferred[None]:
        """Look whether there is a message of a number, and go on."""
        return self._turns.wish(session, lambda: self._locate(wish, session, asked))

    def locate_last(self, wish: LocateLast, session: Session, asked: Delivery) -> Deferred[None]:
        """Look what somebody said last, and go on."""
        return self._turns.wish(session, lambda: self._locate_last(wish, session, asked))

    @inlineCallbacks
    def _recall(self, wish: Recall, session: Session, receipt: str) -> Reading:
        until = self._journal.head(wish.room)
        if wish.before:
            until = min(until, wish.before - 1)
        place = yield self._turns.piece(lambda: self._journal.place(wish.room, wish.last, until))
        if wish.since and (yield self._turns.piece(lambda: self._is_more(wish, place))):
            told = say("More has been said since then. These are the newest {most}.", most=wish.last)
            self._hub.show(session, Answer((told,)))
        shown = False
        while place < until:
            page = yield self._turns.piece(partial(self._journal.read, wish.room, place, until, PAGE))
            piece = _piece(page.entries)
            place = piece[-1].seq if piece else until
            entries = [e for e in piece if e.delivery.at >= wish.since]
            if entries:
                self._show(session, receipt, entries)
                shown = True
            if place < until and not (yield self._taken(session, entries)):
                return
        if not shown:
            self._show(session, receipt, ())
        self._answered(session, receipt)

    @inlineCallbacks
    def _is_more(self, wish: Recall, place: int) -> Generator[Deferred[Any], Any, bool]:
        """Return whether what was said just before a place is wanted too."""
        before = yield self._journal.place(wish.room, 1, place)
        page = yield self._journal.read(wish.room, before, place, 1)
        return any(entry.delivery.at >= wish.since for entry in page.entries)

    @inlineCallbacks
    def _search(self, wish: Search, session: Session, receipt: str) -> Reading:
        try:
            found = yield self._turns.piece(lambda: self._journal.search(wish))
        except Unfinished as unfinished:
            found = unfinished.found
            if not found:
                raise Refusal(Reason.BAD_COMMAND, TOO_MUCH.text) from unfinished
            self._hub.show(session, Answer((NOT_ALL,)))
        places = [(str(e.delivery.to), e.seq) for e in reversed(found)]
        read = yield self._turns.piece(
            lambda: gatherResults([self._journal.read(room, seq - 2, seq + 1, 3) for room, seq in places])
        )
        entries, marked = _merged(read), frozenset(places)
        while entries:
            piece = _piece(entries)
            self._show(session, receipt, piece, marked)
            entries = entries[len(piece) :]
            if entries and not (yield self._taken(session, piece)):
                return
        if not found:
            self._show(session, receipt, ())
        self._answered(session, receipt)

    @inlineCallbacks
    def _collect(self, wish: Collect, session: Session, receipt: str) -> Reading:
        """Give all that somebody said a page at a time, the next one only once they have taken the one before."""
        place, count = START, 0
        while place:
            read = partial(self._journal.said_by, wish.who, wish.since, place, EXPORTED)
            entries, place = yield self._turns.piece(read)
            count += len(entries)
            if entries:
                self._hub.show(session, Exported(tuple(entries), wish.form))
            if not (yield self._taken(session, entries)):
                return
        told = say("That is all that is kept of you. Messages in rooms: {count}.", count=count)
        self._hub.show(session, Answer((told,)))
        self._answered(session, receipt)

    @inlineCallbacks
    def _locate(self, wish: Locate, session: Session, asked: Delivery) -> Reading:
        """Go on, also if the one who asked has gone meanwhile; not about what cannot be taken back, or was."""
        page = yield self._turns.piece(lambda: self._journal.read(wish.room, wish.number - 1, wish.number, 1))
        if not any(not isinstance(entry.delivery.event, Deleted | Withdrawn) for entry in page.entries):
            text = "There is no message {number} in {room} that could be taken back."
            raise Refusal(Reason.NOT_ALLOWED, text, number=wish.number, room=wish.room)
        self._hub.finish(session.member, wish.then, receipt=asked.receipt, key=asked.key)

    @inlineCallbacks
    def _locate_last(self, wish: LocateLast, session: Session, asked: Delivery) -> Reading:
        """Do it again, now that the last message is known, or that there is none."""
        wanted = Search("", (wish.room,), wish.account, wish.since, LOOKED_AT)
        try:
            found = yield self._turns.piece(lambda: self._journal.search(wanted))
        except Unfinished as unfinished:
            found = unfinished.found
        last = next((_first_wording(e) for e in found if isinstance(e.delivery.event, Talk | Corrected)), UNSAID)
        session.member.said.setdefault(wish.room, last)
        self._hub.finish(session.member, wish.then, receipt=asked.receipt, key=asked.key)

    @inlineCallbacks
    def _taken(self, session: Session, piece: Sequence[Entry]) -> Generator[Deferred[Any], Any, bool]:
        """Wait until a reader has taken a piece, and for what it costs; return whether the reader is still there."""
        yield deferLater(self._hub.clock, max(PAUSE, sum(map(_size, piece)) / RATE))
        yield session.ready()
        return session.member.id in self._chat.by_id

    def _show(
        self,
        session: Session,
        receipt: str,
        entries: Sequence[Entry],
        found: frozenset[tuple[str, int]] = frozenset(),
    ) -> None:
        rooms = {str(e.delivery.to) for e in entries}
        runs = {r for r in rooms if self._chat.rank(session.member.who, self._chat.rooms.get(r)) >= Rank.OPERATOR}
        self._hub.show(session, Past(tuple(entries), found, receipt, frozenset(runs)))

    def _answered(self, session: Session, receipt: str) -> None:
        if receipt:
            self._hub.answer(session, receipt)


def _piece(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return the first of the entries that are not too much at once: one at least."""
    size = 0
    for count, entry in enumerate(entries):
        size += _size(entry)
        if count and size > PIECE:
            return entries[:count]
    return entries


def _size(entry: Entry) -> int:
    return len(str(entry.delivery.event))


def _merged(pages: Sequence[Page]) -> list[Entry]:
    """Return the entries of several pages, each once, by room and number."""
    every = {(str(e.delivery.to), e.seq): e for page in pages for e in page.entries}
    return list(every.values())


def _first_wording(entry: Entry) -> int:
    event = entry.delivery.event
    return event.of if isinstance(event, Corrected) else entry.seq
