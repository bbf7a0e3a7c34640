"""The hub: where doors meet the chat. The only outlet of events, to the journal, and their only inlet.

    door -> do() -> chat -> batch of this reactor turn -> journal.append ... journal.heard -> channels -> doors

What happens in one turn of the reactor goes to the journal as one batch. What the journal hands back is
told: to a room through its Channel, to one member at once, to nobody but the watchers. Who hears a room is
itself part of the stream (`Entered`, `Exited`), so that a reader's first and last event are the right ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from chatproto.core.chat import Chat
from chatproto.core.declare import Command
from chatproto.core.events import (
    NOBODY,
    Afterwards,
    Before,
    Closed,
    Deleted,
    Delivery,
    Ended,
    Entered,
    Entry,
    Event,
    Exited,
    Gap,
    Opened,
    Reason,
    Refusal,
    Refused,
    Settled,
    Talk,
    TurnedAway,
    Wish,
    say,
)
from chatproto.core.members import Member
from chatproto.hub.channel import Channel, drawn
from chatproto.hub.retention import Retention
from chatproto.hub.session import BROKEN, Door, Look, Passwords, Session
from chatproto.hub.wishes import Wishes
from chatproto.journal import Journal, Page

__all__ = ["BROKEN", "Channel", "Door", "Hub", "Look", "Passwords", "Session"]

PAGE = 100  # entries read forward in one reactor turn for one reader: a screen or two, some 20 KB
TICK = 5.0  # seconds between two looks at what falls due by itself
TELLING = "while telling what has happened"  # the traceback says where; nobody's words belong in the log
log = Logger("chat")


class Hub:
    """Joins one chat, one journal and any number of doors, on one clock.

    `watchers` are called with each Entry after it was told; one that raises is logged and harms nobody.
    """

    def __init__(self, chat: Chat, journal: Journal, clock: IReactorTime, passwords: Passwords | None = None) -> None:
        self.chat, self.journal, self.clock = chat, journal, clock
        self.wishes, self.retention = Wishes(self, passwords), Retention(chat, journal)
        self.sessions: dict[int, Session] = {}
        self.channels: dict[str, Channel] = {}
        self.watchers: list[Callable[[Entry], object]] = []
        self._batch: list[Delivery] = []
        self._dirty: dict[str, Channel] = {}
        self._heads: dict[str, int] = {}  # of the rooms of the batch that is being told: before what is still to come
        self._receipts: dict[Session, list[bytes]] = {}  # of this batch, for what is kept
        self._starting: list[tuple[Session, Channel]] = []
        self._closing: list[tuple[Session, Closed]] = []
        self._resumes: dict[bytes, Session] = {}
        journal.heard, journal.failed = self._heard, self._failed
        clock.callLater(TICK, self._tick)

    # --- what doors ask ---------------------------------------------------------------------------

    def prove(self, name: str, passcode: str, address: str) -> Deferred[None]:
        """Fire if a name and its password (or token) go together; else fail with a Refusal."""
        self.chat.now = self._now()
        return self.wishes.prove(name, passcode, address)

    def welcome(self, door: Door, name: str, *, address: str, lang: str = "", proved: bool = False) -> Session:
        """Let a person in, in the lobby; or raise Refusal. `proved` as for `Chat.enter`."""
        return self._admit(
            lambda: self.chat.welcome(name, self._now(), address=address, lang=lang, proved=proved),
            door,
            name,
            address,
        )

    def enter(
        self,
        door: Door,
        name: str,
        *,
        address: str,
        lang: str = "",
        resume: bytes = b"",
        proved: bool = False,
    ) -> Session:
        """Let a program in, in no room yet; or raise Refusal. `resume` is the secret it may come back with."""
        session = self._admit(
            lambda: self.chat.enter(name, self._now(), address=address, lang=lang, proved=proved),
            door,
            name,
            address,
            program=True,
        )
        self._may_resume(session, resume)
        return session

    def admit_console(self, door: Door, *, address: str, lang: str = "") -> Session:
        """Let in the operator's console."""
        return self._admit(lambda: self.chat.admit_console(self._now(), address=address, lang=lang), door, "", address)

    def resume(self, door: Door, secret: bytes, new_secret: bytes) -> Session | None:
        """Give a program its session back, also from a connection that still looks open; None if there is none."""
        session = self._resumes.pop(_hashed(secret), None) if secret else None
        if session is None:
            return None
        old = session.door
        if old:
            self._detach(session)
            old.dismiss(Reason.NOT_ALLOWED, say("This session was taken up on another connection."))
        session.attach(door)
        self._may_resume(session, new_secret)
        return session

    def do(self, session: Session, command: Command, *, receipt: str = "", key: str = "") -> None:
        """Do what a member asks. A refusal is told; `receipt` is answered once all is committed."""
        self._act(session, self.chat.do, command, receipt=receipt, key=key)

    def subscribe(self, session: Session, room: str, place: Entered, *, receipt: str = "") -> bool:
        """Take a program into a room, reading from a place; return whether it may."""
        return self._act(session, self.chat.subscribe, room, place, receipt=receipt)

    def unsubscribe(self, session: Session, room: str, *, quiet: bool = False, receipt: str = "") -> None:
        """Take a program out of a room."""
        self._act(session, partial(self.chat.unsubscribe, quiet=quiet), room, receipt=receipt)

    def refuse(self, session: Session, no: Refusal, *, receipt: str = "") -> None:
        """Tell a member no, in its place in the stream; one who has left is told nothing more."""
        if session.member.id in self.chat.by_id:
            self._gather([self._refusal(session.member, no, receipt)])

    def answer(self, session: Session, receipt: str) -> None:
        """Give a receipt for something that changed nothing here, in its place in the stream."""
        if session.member.id in self.chat.by_id:
            self._gather([Delivery(Settled(), NOBODY, self._now(), session.member.id, receipt=receipt)])

    def leave(self, session: Session, how: str) -> None:
        """Take a member off the server: `how` is quit, quiet or lost."""
        self._gather(self.chat.leave(session.member, self._now(), how))

    def lost(self, session: Session, door: Door) -> None:
        """Take note that a door's connection is gone. A program may come back to its session for a while."""
        if session.door is not door:
            return
        linger = self.chat.settings.linger
        if session.program and linger and session.resume in self._resumes:
            self._detach(session)
            self.clock.callLater(linger, self._give_up, session, session.resume)
        else:
            session.detach()
            self.leave(session, "lost")

    def pause(self, session: Session) -> None:
        """Tell a reader nothing more of its rooms: its connection takes no more now."""
        session.paused = True

    def go_on(self, session: Session) -> None:
        """Read a reader forward from where it was, until it is live again."""
        session.paused, session.held = False, 0
        for channel in list(session.channels.values()):
            self._read_on(session, channel)

    def show(self, session: Session, event: Event) -> None:
        """Tell a member something that was read for it, in its place in the stream."""
        self._gather([Delivery(event, session.member.id, self._now(), session.member.id)])

    def note(self, event: Event) -> None:
        """Tell the watchers of a fact."""
        self._gather([Delivery(event, NOBODY, self._now())])

    def opened(self, address: str) -> None:
        """Tell the watchers that a connection was made."""
        self.note(Opened(address))

    def ended(self, address: str, who: str, cause: str) -> None:
        """Tell the watchers that a connection ended."""
        self.note(Ended(address, who, cause))

    def close(self) -> None:
        """Tell everybody that the server ends, and close what is open; what was taken is committed first."""
        for session in self.sessions.values():
            for channel in session.channels.values():
                self._gather(self.chat.left_at(session.member, channel.name, channel.place(session)))
        self._gather(self.chat.close(self._now()))
        self._turn()

    # --- out: to the journal ----------------------------------------------------------------------

    def _admit(
        self,
        admit: Callable[[], tuple[Member, list[Delivery]]],
        door: Door,
        name: str,
        address: str,
        *,
        program: bool = False,
    ) -> Session:
        try:
            me, told = admit()
        except Refusal as no:
            self.note(TurnedAway(address, name, no.reason))
            raise
        session = self.sessions[me.id] = Session(me, door, program=program)
        self._gather(told)
        return session

    def _act(
        self, session: Session, act: Callable[..., list[Delivery]], *what: object, receipt: str = "", key: str = ""
    ) -> bool:
        """Have the chat act for a member, on what was asked, now; return whether it did."""
        me = session.member
        if me.id not in self.chat.by_id:
            return False
        before = (me.taste, me.current, me.ignored)
        try:
            told = act(me, *what, self.clock.seconds())
        except Refusal as no:
            self._gather([self._refusal(me, no, receipt)])
            return False
        except Exception:  # noqa: BLE001 - a bug of ours must not cost anybody else anything
            log.failure("while doing what {name} asked", name=me.name)
            self._gather([self._refusal(me, BROKEN, receipt)])
            return False
        for delivery in told:
            if isinstance(delivery.event, Wish):
                self._wish(session, told, receipt)
                break
        else:
            self._gather(_labelled(told, me, receipt, key, self.chat.now) if receipt or key else told)
        if before != (me.taste, me.current, me.ignored):
            self._restyle(session)
        return True

    def _wish(self, session: Session, told: list[Delivery], receipt: str) -> None:
        """Have wishes granted: the receipt, or the refusal that stands for it, comes with what comes of them."""
        self._gather([d for d in told if not isinstance(d.event, Wish)])
        for delivery in told:
            if isinstance(delivery.event, Wish):
                self.wishes.grant(delivery.event, session, receipt)

    def _refusal(self, me: Member, no: Refusal, receipt: str) -> Delivery:
        return Delivery(Refused(no.reason, no.sentence, receipt), me.id, self._now(), me.id)

    def _gather(self, told: Sequence[Delivery]) -> None:
        if told and not self._batch:
            self.clock.callLater(0, self._turn)
        self._batch.extend(told)
        for delivery in told:
            if isinstance(delivery.event, Entered) and delivery.by in self.sessions:
                self.sessions[delivery.by].entering += 1

    def _turn(self) -> None:
        batch, self._batch = self._batch, []
        if batch:
            self.journal.append(batch)

    def _tick(self) -> None:
        self.clock.callLater(TICK, self._tick)
        self.retention.step(self._now())
        told = self.chat.tick(self._now())
        if told:
            self._gather(told)

    def _now(self) -> float:
        return self.clock.seconds()

    # --- in: from the journal ---------------------------------------------------------------------

    def _heard(self, batch: Sequence[Entry]) -> None:
        self._heads = {str(e.delivery.to): e.prev for e in reversed(batch) if e.seq and not e.again}
        for entry in batch:
            try:
                self._take(entry)
            except Exception:  # noqa: BLE001 - a bug in telling one event must not cost anybody another one
                log.failure(
                    "while telling what has happened"
                )  # the traceback says where; nobody's words belong in the log
        self._heads = {}
        dirty, self._dirty = self._dirty, {}
        for channel in dirty.values():
            self._guarded(channel.flush)
            self._forget_idle(channel)
        for session in list(self._receipts):
            self._guarded(self._tell, session, b"")
        starting, self._starting = self._starting, []
        for session, channel in starting:
            self._guarded(self._read_on, session, channel)
        closing, self._closing = self._closing, []
        for session, closed in closing:
            self._guarded(self._close, session, closed)
        for watcher in self.watchers:
            self._watched(watcher, batch)

    def _failed(self, batch: Sequence[Delivery], reason: Reason) -> None:
        batch, self._batch = [*batch, *self._batch], []  # what is not yet on its way was done upon this
        self.chat.undo({d.act for d in batch if d.act})
        no = Refusal(reason, "The message could not be kept, and nobody has seen it. Send it again later.")
        receipts = {d.act: d.receipt for d in batch if d.act and d.receipt}
        told: dict[int, Delivery] = {}  # of an act one refusal, in the place of its first part
        for place, d in enumerate(batch):
            if not d.act and not d.kept:
                told[place] = d
            elif d.by in self.sessions:
                receipt = d.receipt or receipts.get(d.act, "")
                told.setdefault(-d.act or place, self._refusal(self.sessions[d.by].member, no, receipt))
        self._heard([Entry(d) for d in told.values()])

    def _take(self, entry: Entry) -> None:
        delivery = entry.delivery
        event, to = delivery.event, delivery.to
        if isinstance(to, int):
            self._take_private(entry, self.sessions.get(to))
        elif not event.kind:
            if isinstance(event, Entered | Exited):
                self._take_move(event, to, self.sessions.get(delivery.by))
            elif isinstance(event, Afterwards):
                self._go_on_with(event, delivery.receipt)
                return
        elif to and not entry.again:
            if entry.seq:
                self._heads[to] = entry.seq
                if isinstance(event, Talk) and delivery.by in self.sessions:
                    self.sessions[delivery.by].member.said[to] = entry.seq
                elif isinstance(event, Deleted):
                    self.chat.taken_back(to, event.of)
            channel = self.channels.get(to)
            if channel:
                channel.pending.append(entry)
                self._dirty[to] = channel
        if delivery.act:
            self.chat.kept(delivery.act)
        if delivery.receipt:
            self._take_receipt(entry, self.sessions.get(delivery.by))

    def _go_on_with(self, rest: Afterwards, receipt: str) -> None:
        session = self.sessions.get(rest.me.id)
        if session and rest.me.id in self.chat.by_id:
            self.do(session, rest.then, receipt=receipt)
        else:
            self._gather(self.chat.do(rest.me, rest.then, self._now()))  # an order holds though its giver has gone

    def _take_private(self, entry: Entry, session: Session | None) -> None:
        if session is None:
            return
        if isinstance(entry.delivery.event, Closed):
            self._closing.append((session, entry.delivery.event))
        elif session.door is None:
            self._keep_for_later(session, entry)
        else:
            if session in self._receipts:
                self._tell(session, b"")  # before a refusal that ends the connection
            self._tell(session, session.door.draw(entry))

    def _keep_for_later(self, session: Session, entry: Entry) -> None:
        most = self.chat.settings.max_waiting
        session.held += len(str(entry.delivery.event))  # it cannot be drawn yet: near enough
        if most and session.held > most:
            self.leave(session, "lost")
        else:
            session.missed.append(entry)

    def _tell(self, session: Session, data: bytes) -> None:
        for channel in session.channels.values():
            channel.catch_up(session)
        if session in self._receipts:
            data = b"".join(self._receipts.pop(session)) + data
        if session.paused:
            session.held += len(data)
            most = self.chat.settings.max_waiting
            if most and session.held > most and session.door:
                session.door.dismiss(Reason.TOO_FAST, say("Too much waits to be read on this connection."))
                return
        if data:
            session.write(data)

    def _take_receipt(self, entry: Entry, session: Session | None) -> None:
        if session is None or session.door is None:
            return
        if entry.clash:
            no = Refusal(Reason.NOT_ALLOWED, "This idempotency-key was used for another message. Use a new one.")
            refused = self._refusal(session.member, no, entry.delivery.receipt)
            self._tell(session, session.door.draw(Entry(refused)))
        elif entry.seq:  # with those of the same turn, after what they are for
            self._receipts.setdefault(session, []).append(session.door.receipt(entry.delivery.receipt, entry))
        else:
            if entry.delivery.to in self.channels:  # to know the room's newest number is to have a place
                entry = replace(entry, seq=self.channels[str(entry.delivery.to)].newest())
            self._tell(session, session.door.receipt(entry.delivery.receipt, entry))

    def _take_move(self, event: Entered | Exited, room: str, session: Session | None) -> None:
        if session is None:
            return
        if isinstance(event, Exited):
            self._exit(session, room)
            return
        if not session.may_enter():
            return
        channel = self.channels.get(room)
        if channel is None:
            head = self._heads[room] if room in self._heads else self.journal.head(room)
            channel = self.channels[room] = Channel(room, head)
        session.channels[room] = channel
        channel.came[session] = channel.newest()
        if session.member.person and (event.last or event.after is not None):
            channel.newcomers.add(session)
        if event.after is not None:
            channel.add_behind(session, event.after)
            self._starting.append((session, channel))
        elif event.last and channel.newest():
            channel.add_behind(session, channel.newest())
            answer = channel.reading[session] = self.journal.place(room, event.last, channel.newest())
            answer.addCallback(self._placed, session, channel, answer)
            answer.addErrback(self._unread, session, channel, answer)
        elif session in channel:
            channel.restyle(session)  # it hears the room already; told how anew (a subscription, where it had none)
        else:
            channel.add(session)

    def _placed(self, place: int, session: Session, channel: Channel, answer: object) -> None:
        if channel.answered(session, answer) is not None:
            channel.behind[session] = place
            self.clock.callLater(0, self._read_on, session, channel)

    def _exit(self, session: Session, room: str) -> None:
        channel = session.channels.get(room)
        if channel:
            channel.catch_up(session)
            self._gather(self.chat.left_at(session.member, room, channel.place(session)))
            del session.channels[room]
            self._remove(session, channel)
            if session.door:
                session.door.exited(room)
            self._restyle(session)  # another room may be its current one now

    def _remove(self, session: Session, channel: Channel) -> None:
        channel.remove(session)
        self._forget_idle(channel)

    def _forget_idle(self, channel: Channel) -> None:
        if channel.idle and self.channels.get(channel.name) is channel:
            del self.channels[channel.name]

    def _close(self, session: Session, closed: Closed) -> None:
        self.sessions.pop(session.member.id, None)
        self._resumes.pop(session.resume, None)
        if session.door:
            session.door.dismiss(closed.reason, closed.what)
        session.detach()

    def _watched(self, watcher: Callable[[Entry], object], batch: Sequence[Entry]) -> None:
        for entry in batch:
            try:
                if not entry.again:
                    watcher(entry)
            except Exception:  # noqa: BLE001 - a watcher's bug must not cost it, or anybody else, another event
                log.failure("while {watcher} watched", watcher=watcher)

    def _guarded(self, tell: Callable[..., object], *what: object) -> None:
        try:
            tell(*what)
        except Exception:  # noqa: BLE001 - a bug in telling one event must not cost anybody another event
            log.failure(TELLING)

    # --- reading forward --------------------------------------------------------------------------

    def _read_on(self, session: Session, channel: Channel) -> None:
        place = channel.behind.get(session)
        if place is None or session.paused or session in channel.reading:
            return
        if place >= channel.head:
            channel.add(session)
            return
        until = channel.head
        answer = channel.reading[session] = self.journal.read(channel.name, place, until, PAGE)
        answer.addCallback(self._read, session, channel, until, answer)
        answer.addErrback(self._unread, session, channel, answer)

    def _read(self, page: Page, session: Session, channel: Channel, until: int, answer: object) -> None:
        place = channel.answered(session, answer)
        if place is None or session.door is None or session.paused:
            return  # who takes no more since it was asked for stays in its place
        look = session.door.look(channel.name)
        channel.behind[session] = page.entries[-1].seq if page.entries else until
        data = b"".join(drawn(look, e) for e in page.entries if channel.hears(session, e))
        if page.start > place + 1:
            gap = Delivery(Gap(place + 1, min(page.start - 1, until)), channel.name, self._now())
            data = drawn(look, Entry(gap)) + data
        count = channel.came.get(session, 0) - max(place, page.start - 1)
        if page.entries and count > 0 and session in channel.newcomers:
            before = Before(count, page.entries[0].delivery.at)
            data = drawn(look, Entry(Delivery(before, channel.name, self._now()))) + data
        channel.newcomers.discard(session)
        session.channels[channel.name] = session.channels.pop(channel.name)  # another room first, next time
        if data:
            session.write(data)
        self.clock.callLater(0, self._read_on, session, channel)

    def _unread(self, failure: object, session: Session, channel: Channel, answer: object) -> None:
        log.error("the journal of {room} could not be read: {failure}", room=channel.name, failure=failure)
        if channel.answered(session, answer) is None:
            return
        self.clock.callLater(TICK, self._read_on, session, channel)  # it stays in its place and is not forgotten
        self._tell(
            session,
            session.door.draw(Entry(self._refusal(session.member, UNREAD, ""))) if session.door else b"",
        )

    # --- coming back ------------------------------------------------------------------------------

    def hand_over(self, session: Session) -> None:
        """Give a program that listens now what was sent to it while it could not: to its session, and its account."""
        missed, session.missed = session.missed, []
        for entry in missed:
            if session.door:
                session.write(session.door.draw(entry))
        self._gather(self.chat.hand_over(session.member))

    def _may_resume(self, session: Session, secret: bytes) -> None:
        session.resume = _hashed(secret)
        if secret:
            self._resumes[session.resume] = session

    def _detach(self, session: Session) -> None:
        for channel in list(session.channels.values()):
            self._remove(session, channel)
        session.channels.clear()
        session.detach()

    def _give_up(self, session: Session, resume: bytes) -> None:
        if session.door is None and session.resume == resume:
            self.leave(session, "lost")

    def _restyle(self, session: Session) -> None:
        for channel in session.channels.values():
            channel.restyle(session)


UNREAD = Refusal(Reason.INTERNAL, "What was said before could not be read.")


def _hashed(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def _labelled(told: list[Delivery], me: Member, receipt: str, key: str, now: float) -> list[Delivery]:
    """Put the receipt, and the key, on what is kept; else the receipt on what is done afterwards, or last."""
    place = next((i for i, d in enumerate(told) if d.kept or isinstance(d.event, Afterwards)), None)
    if place is None:
        entered = next((d for d in told if isinstance(d.event, Entered)), None)
        act = min((d.act for d in told), default=0)
        last = Delivery(Settled(), entered.to if entered else NOBODY, now, me.id, receipt=receipt, act=act)
        return [*told, last]
    key = f"{me.identity}\n{key}" if key else ""
    kept = told[place]
    told[place] = Delivery(kept.event, kept.to, kept.at, kept.by, key, kept.told, receipt)
    return told
