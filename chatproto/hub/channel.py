"""One room as the hub tells it: who hears it, each in a place.

Live readers are grouped by look and get each batch as one shared `bytes`. A reader that takes no more, or
that asked for what came before, is behind: only its place is kept, and it is read forward from the journal.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from twisted.logger import Logger

from chatproto.core.events import Entry, Talk
from chatproto.hub.session import Look, Session

NO_AUTHORS: Mapping[int, Session] = {}
log = Logger("chat")


def drawn(look: Look, entry: Entry) -> bytes:
    """Return an event as this look draws it; nothing, and a word in the log, if that goes wrong.

    One event that cannot be drawn must not stop the room, now or whenever its history is read.
    """
    try:
        return look.draw(entry)
    except Exception:  # noqa: BLE001 - whatever it is, it is this event's matter and nobody else's
        what, place = type(entry.delivery.event).__name__, entry.delivery.to
        log.failure("while drawing {what} {seq} in {place}", what=what, seq=entry.seq, place=place)
        return b""


class Channel:
    """The readers of one room. `head` is the newest number told here."""

    __slots__ = (
        "_drawn",
        "_ignoring",
        "_since",
        "authors",
        "behind",
        "came",
        "head",
        "live",
        "looks",
        "members",
        "name",
        "newcomers",
        "own",
        "pending",
        "reading",
    )

    def __init__(self, name: str, head: int, authors: Mapping[int, Session] = NO_AUTHORS) -> None:
        self.name, self.head, self.authors = name, head, authors
        self.live: dict[Look, dict[Session, None]] = {}
        self.looks: dict[Session, Look] = {}
        self.members: dict[int, Session] = {}
        self.behind: dict[Session, int] = {}
        self.came: dict[Session, int] = {}  # the newest number when a reader came
        self.own: dict[Session, set[int]] = {}  # what readers said themselves while behind: a disk knows only names
        self.newcomers: set[Session] = set()  # people to whom what was said before must be introduced
        self.reading: dict[Session, object] = {}  # by whom an answer of the journal is awaited, and which
        self.pending: list[Entry] = []
        self._drawn: dict[Look, list[bytes]] = {}
        self._since: dict[Session, int] = {}  # readers who have heard, or may not hear, what is pending up to here
        self._ignoring: set[Session] = set()

    def __contains__(self, session: Session) -> bool:
        return session in self.looks or session in self.behind

    def add(self, session: Session) -> None:
        """Let a session hear what comes from now on."""
        if session.door is None:
            return
        self.behind.pop(session, None)
        self.own.pop(session, None)
        look = self.looks[session] = session.door.look(self.name)
        self.live.setdefault(look, {})[session] = None
        self.members[session.member.id] = session
        if session.member.ignored:
            self._ignoring.add(session)
        if self.pending:
            self._since[session] = len(self.pending)

    def add_behind(self, session: Session, place: int) -> None:
        """Leave a session in a place, to be read forward from there."""
        self._leave_group(session)
        self.reading.pop(session, None)
        self.behind[session] = place

    def remove(self, session: Session) -> None:
        """Let a session hear nothing more."""
        self._leave_group(session)
        self.reading.pop(session, None)
        self.behind.pop(session, None)
        self.newcomers.discard(session)
        self.came.pop(session, None)
        self.own.pop(session, None)

    def answered(self, session: Session, answer: object) -> int | None:
        """Return the place of a reader whose answer has come; None if it has gone elsewhere since it asked."""
        if self.reading.get(session) is not answer:
            return None
        del self.reading[session]
        return self.behind.get(session)

    @property
    def idle(self) -> bool:
        """Whether nobody hears this room, and nothing waits to be told."""
        return not (self.looks or self.behind or self.pending)

    def restyle(self, session: Session) -> None:
        """Draw for a session's new look from now on, and hear with its new ears."""
        if session in self.looks:
            since = self._since.get(session, 0)
            self._leave_group(session)
            self.add(session)
            self._since[session] = since

    def catch_up(self, session: Session) -> None:
        """Give a session at once what is pending for it, so that what it is told next does not overtake."""
        if self.pending and session in self.looks and not session.paused:
            start = self._since.get(session, 0)
            self._write_some(session, self.looks[session], range(start, len(self.pending)))
            self._since[session] = len(self.pending)

    def flush(self) -> None:
        """Give everybody what is pending: one drawing and one shared `bytes` for each look."""
        special = self._special()
        slow: list[Session] = []
        for look, sessions in self.live.items():
            data = b"".join(self._pieces(look))
            for session in sessions:
                try:
                    if session.paused:
                        slow.append(session)
                    elif session in special:
                        self._write_some(session, look, special[session])
                    elif data:
                        session.write(data)
                except Exception:  # noqa: BLE001 - a door that breaks is its own reader's loss
                    log.failure("while telling {name}", name=session.member.name)
        for session in slow:
            self.add_behind(session, self.place(session))
        if self.behind:
            self._note_own()
        self.head = self.newest()
        self.pending, self._drawn, self._since = [], {}, {}

    def _note_own(self) -> None:
        """Take note of what is pending and was said by readers who will read it from the journal."""
        for entry in self.pending:
            author = self.authors.get(entry.delivery.by) if entry.seq else None
            if author in self.behind and isinstance(entry.delivery.event, Talk):
                self.own.setdefault(author, set()).add(entry.seq)

    def newest(self) -> int:
        """Return the newest number told here or about to be."""
        for entry in reversed(self.pending):
            if entry.seq:
                return entry.seq
        return self.head

    def hears(self, session: Session, entry: Entry) -> bool:
        """Say whether an event is for this reader: not one's own talk, not that of somebody ignored, not twice."""
        delivery, event = entry.delivery, entry.delivery.event
        if isinstance(event, Talk):
            if delivery.by == session.member.id or entry.seq in self.own.get(session, ()):
                return bool(session.door and session.door.hears_itself)
            return not (session.member.ignored and self._ignores(session, entry, event.who))
        return not (delivery.told and not session.program and any(r in session.channels for r in delivery.told))

    def _ignores(self, session: Session, entry: Entry, who: str) -> bool:
        """Say whether a reader ignores the author; of what is read from disk no more is known than the name."""
        author = self.authors.get(entry.delivery.by)
        if author is None:
            return session.member.who.ignores_name(who)
        return session.member.who.ignores(author.member)

    def _special(self) -> Mapping[Session, Collection[int]]:
        """Return those for whom the shared bytes are not right, and which of what is pending to look at for them.

        They are authors, the named, the ignoring and newcomers. A busy author's own lines are few among all.
        """
        special: dict[Session, list[int]] = {}
        for at, entry in enumerate(self.pending):
            delivery, event = entry.delivery, entry.delivery.event
            if isinstance(event, Talk):
                for member in (delivery.by, *event.mentions) if event.mentions else (delivery.by,):
                    if member in self.members:
                        special.setdefault(self.members[member], []).append(at)
            if delivery.told:
                for session in self.looks:
                    if any(r in session.channels for r in delivery.told):
                        special.setdefault(session, []).append(at)
        if not (self._ignoring or self._since):
            return special
        end = len(self.pending)
        late = {s: range(self._since.get(s, 0), end) for s in (*self._ignoring, *self._since)}
        return {**special, **late}

    def _pieces(self, look: Look) -> list[bytes]:
        pieces = self._drawn.setdefault(look, [])
        if len(pieces) < len(self.pending):
            pieces.extend([drawn(look, entry) for entry in self.pending[len(pieces) :]])
        return pieces

    def _write_some(self, session: Session, look: Look, places: Collection[int]) -> None:
        """Give a session what is pending from its start on, but look at the entries in these places first."""
        if len(self.pending) == 1 and not self.hears(session, self.pending[0]):
            return  # an author, in a room where nobody else has spoken just now: as it mostly is in small ones
        pieces = self._pieces(look)[self._since.get(session, 0) :]
        shift = len(self.pending) - len(pieces)
        for at in places:
            entry, piece = self.pending[at], pieces[at - shift]
            pieces[at - shift] = self._for(session, entry, piece) if self.hears(session, entry) else b""
        data = b"".join(pieces)
        if data:
            session.write(data)

    def _for(self, session: Session, entry: Entry, piece: bytes) -> bytes:
        event = entry.delivery.event
        if isinstance(event, Talk) and session.member.id in event.mentions and session.door:
            return session.door.named(piece)
        return piece

    def place(self, session: Session) -> int:
        """Return the newest number that a reader has been told, of what was before and of what is pending."""
        if session in self.behind:
            return self.behind[session]
        return max([self.head, *(e.seq for e in self.pending[: self._since.get(session, 0)])])

    def _leave_group(self, session: Session) -> None:
        look = self.looks.pop(session, None)
        if look is not None:
            group = self.live[look]
            del group[session]
            if not group:
                del self.live[look]
        self.members.pop(session.member.id, None)
        self._since.pop(session, None)
        self._ignoring.discard(session)
