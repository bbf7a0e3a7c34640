"""The hub: where doors meet the chat. The only outlet of events, to the journal, and their only inlet.

    door -> do() -> chat -> batch of this reactor turn -> journal.append ... journal.heard -> channels -> doors

What happens in one turn of the reactor goes to the journal as one batch. What the journal hands back is
told: to a room through its Channel, to one member at once, to nobody but the watchers. Who hears a room is
itself part of the stream (`Entered`, `Exited`), so that a reader's first and last event are the right ones.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from chatproto.clock import Deadline, wall_beside
from chatproto.core.chat import Chat
from chatproto.core.commands.talk import Msg, MsgOnce
from chatproto.core.declare import Command
from chatproto.core.events import (
    NOBODY,
    Afterwards,
    Delivery,
    Ended,
    Entered,
    Entry,
    Event,
    Opened,
    Reason,
    Refusal,
    Refused,
    Settled,
    TurnedAway,
    Wish,
    say,
)
from chatproto.core.members import Member
from chatproto.core.seats import Seat
from chatproto.hub.channel import Channel
from chatproto.hub.forward import Forward
from chatproto.hub.inlet import Inlet
from chatproto.hub.pressure import Pressure, busy
from chatproto.hub.retention import Retention
from chatproto.hub.session import BROKEN, Door, Last, Look, Passwords, Session, new_secret
from chatproto.hub.whispers import Whispers
from chatproto.hub.wishes import Wishes
from chatproto.journal import Journal

__all__ = ["BROKEN", "Channel", "Door", "Hub", "Last", "Look", "Passwords", "Session", "new_secret"]

TICK = 5.0  # seconds between two looks at what falls due by itself
NOTED = 12  # ticks in which it is noted once of each reader how far they are: a kill forgets a minute of it
log = Logger("chat")


class Hub:
    """Joins one chat, one journal and any number of doors. What waits goes by `clock`, dates are told by `wall`.

    `watchers` are called with each Entry after it was told; one that raises is logged and harms nobody.
    """

    def __init__(
        self,
        chat: Chat,
        journal: Journal,
        clock: IReactorTime,
        passwords: Passwords | None = None,
        secret: Callable[[], str] = new_secret,
        *,
        wall: Callable[[], float] | None = None,
    ) -> None:
        self.chat, self.journal, self.clock, self.secret = chat, journal, clock, secret
        self.now = wall or wall_beside(clock)
        self.wishes, self.retention = Wishes(self, passwords), Retention(chat, journal, clock.seconds, self.gather)
        self.sessions: dict[int, Session] = {}
        self.channels: dict[str, Channel] = {}
        self.watchers: list[Callable[[Entry], object]] = [self.retention.heard]
        self._batch: list[Delivery] = []
        self._resumes: dict[bytes, Session] = {}
        self._away: dict[Session, None] = {}  # programs that have lost their connection, the longest away first
        self._ticks = 0
        self.whispers = Whispers(chat, clock, self.gather)
        self._forward = Forward(self)
        self._inlet = Inlet(self, self._forward)
        self.tell = self._inlet.tell
        self.pressure = Pressure(clock, lambda: len(self._batch))
        journal.heard, journal.failed = self._heard, self._failed
        chat.has_log = journal.knows
        clock.callLater(TICK, self._tick)

    # --- what doors ask ---------------------------------------------------------------------------

    def prove(self, name: str, passcode: str, address: str) -> Deferred[str]:
        """Fire with what is kept of a name's password (or token), if they go together; else fail with a Refusal."""
        self.chat.now = self.now()
        return self.wishes.prove(name, passcode, address)

    def welcome(self, door: Door, name: str, *, address: str, lang: str = "", proof: str = "") -> Session:
        """Let a person in, in the lobby; or raise Refusal. `proof`, if there is one, is what `prove` fired with."""
        return self._admit(
            lambda: self.chat.welcome(name, self.now(), address=address, lang=lang, proved=bool(proof), proof=proof),
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
        proof: str = "",
    ) -> Session:
        """Let a program in, in no room yet; or raise Refusal. `resume` is the secret it may come back with."""
        session = self._admit(
            lambda: self.chat.enter(name, self.now(), address=address, lang=lang, proved=bool(proof), proof=proof),
            door,
            name,
            address,
            program=True,
        )
        self._may_resume(session, resume)
        return session

    def admit_console(self, door: Door, *, address: str, lang: str = "", seat: Seat = Seat.CONSOLE) -> Session:
        """Let in the operator's console."""
        return self._admit(
            lambda: self.chat.admit_console(self.now(), address=address, lang=lang, seat=seat), door, "", address
        )

    def resume(self, door: Door, secret: bytes, new_secret: bytes, *, address: str = "") -> Session | None:
        """Give a program its session back, also from a connection that still looks open; None if there is none.

        Raise Refusal if it comes from where it is banned by now.
        """
        session = self._resumes.get(_hashed(secret)) if secret else None
        if session is None:
            return None
        self.chat.move(session.member, address or session.member.address, self.now())
        del self._resumes[session.resume]
        self._away.pop(session, None)
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

    def finish(self, me: Member, then: Command, *, receipt: str = "", key: str = "") -> None:
        """Do the rest of what a member asked; an order holds though its giver has gone."""
        session = self.sessions.get(me.id)
        if session and me.id in self.chat.by_id:
            self.do(session, then, receipt=receipt, key=key)
            return
        with suppress(Refusal):  # nobody is there to be told no
            self.gather(self.chat.do(me, then, self.now()))

    def do_once(self, session: Session, command: Command, *, receipt: str = "", key: str = "") -> None:
        """Do what a program asks, perhaps again after a cut: the key of a direct message is not the journal's."""
        if key and isinstance(command, Msg):
            command = MsgOnce(name=command.name, text=command.text, key=key)
        self.do(session, command, receipt=receipt, key=key)

    def subscribe(
        self, session: Session, room: str, place: Entered, *, invitation: str = "", receipt: str = ""
    ) -> bool:
        """Take a program into a room, reading from a place; return whether it may."""
        return self._act(session, partial(self.chat.subscribe, invitation=invitation), room, place, receipt=receipt)

    def unread(self, session: Session, room: str, *, most: int, least: int) -> Entered:
        """Return the place to read what somebody has not read in a room: of that so many at most, and so many at least.

        Of whom nothing is known is given the least.
        """
        read = self.chat.read_until(session.member, room)
        if read is None:
            return Entered(last=least)
        newest = self.channels[room].newest() if room in self.channels else self.journal.head(room)
        read = min(read, newest)
        return Entered(after=max(0, newest - max(most, least), min(read, newest - least)), read=read)

    def unsubscribe(self, session: Session, room: str, *, quiet: bool = False, receipt: str = "") -> None:
        """Take a program out of a room."""
        self._act(session, partial(self.chat.unsubscribe, quiet=quiet), room, receipt=receipt)

    def refuse(self, session: Session, no: Refusal, *, receipt: str = "") -> None:
        """Tell a member no, in its place in the stream; one who has left is told nothing more."""
        if session.member.id in self.chat.by_id and not self._is_busy_for(session, receipt):
            self.gather([self.refusal(session.member, no, receipt)])

    def answer(self, session: Session, receipt: str) -> None:
        """Give a receipt for something that changed nothing here, in its place in the stream."""
        if session.member.id in self.chat.by_id and not self._is_busy_for(session, receipt):
            self.gather([Delivery(Settled(), NOBODY, self.now(), session.member.id, receipt=receipt)])

    def leave(self, session: Session, how: str) -> None:
        """Take a member off the server: `how` is quit, quiet or lost."""
        if how != "lost":
            self.whispers.goodbye(session.door)
        self.gather(self.chat.leave(session.member, self.now(), how))

    def lost(
        self, session: Session, door: Door, *, all_read: bool = False, linger: float = math.inf, how: str = "lost"
    ) -> None:
        """Take note that a door's connection is gone, and whether all was read that was written to it.

        A program may come back to its session for a while. It may wish for a shorter one, in seconds, and for another
        word: `how` is what `leave` takes.
        """
        if all_read:
            self.whispers.all_read(door)
        if session.door is not door:
            self.whispers.give_up(self.whispers.lost(door))
            return
        linger = min(linger, self.chat.settings.linger)
        if session.program and linger and session.resume in self._resumes:
            self._detach(session)
            Deadline(self.clock, linger, partial(self._give_up, session, session.resume, how))
            self._away[session] = None
            most = self.chat.settings.max_connections
            if most and len(self._away) > most:
                longest = next(iter(self._away))
                self._give_up(longest, longest.resume, how)
        else:
            session.detach(self.whispers.lost(door))
            self.leave(session, how)

    def turn_out(self, session: Session, last_words: Callable[[Door], object]) -> None:
        """End a session's connection; it is lost in the next turn, so that what is told just now need not expect it."""
        if session.door:
            session.fall_silent()
            last_words(session.door)
            self.clock.callLater(0, self.lost, session, session.door)

    def pause(self, session: Session) -> None:
        """Tell a reader nothing more of its rooms: its connection takes no more now."""
        session.paused = True

    def go_on(self, session: Session) -> None:
        """Read a reader forward from where it was, until it is live again."""
        session.go_on()
        if session.left_out:
            session.left_out = False
            self.hand_over(session)
        for channel in list(session.channels.values()):
            self._forward.read_on(session, channel)

    def show(self, session: Session, event: Event) -> None:
        """Tell a member something that was read for it, in its place in the stream."""
        self.gather([Delivery(event, session.member.id, self.now(), session.member.id)])

    def note(self, event: Event) -> None:
        """Tell the watchers of a fact; in its place in the stream, unless that stands still."""
        fact = Delivery(event, NOBODY, self.now())
        if self.pressure.refuses():
            self._inlet.heard([Entry(fact)])
        else:
            self.gather([fact])

    def opened(self, address: str) -> None:
        """Tell the watchers that a connection was made."""
        self.note(Opened(address))

    def ended(self, address: str, who: str, cause: str) -> None:
        """Tell the watchers that a connection ended."""
        self.note(Ended(address, who, cause))

    def close(self) -> None:
        """Tell everybody that the server ends, and close what is open; what was taken is committed first."""
        for session in self.sessions.values():
            self._remember_places(session, self.chat.left_at)
        self.retention.close(self.now())
        self.gather(self.chat.close(self.now()))
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
            if self.pressure.refuses():
                raise busy()
            me, told = admit()
        except Refusal as no:
            # What is no name may be a password, typed in its place.
            self.note(TurnedAway(address, "" if no.reason is Reason.BAD_NAME else name, no.reason))
            raise
        session = self.sessions[me.id] = Session(me, door, program=program)
        self.gather(told)
        return session

    def _act(
        self, session: Session, act: Callable[..., list[Delivery]], *what: object, receipt: str = "", key: str = ""
    ) -> bool:
        """Have the chat act for a member, on what was asked, now; return whether it did."""
        me = session.member
        if me.id not in self.chat.by_id or self._is_busy_for(session, receipt):
            return False
        before = (me.taste, me.current, me.ignored)
        try:
            told = act(me, *what, self.now())
        except Refusal as no:
            self.gather([self.refusal(me, no, receipt)])
            return False
        except Exception:  # noqa: BLE001 - a bug of ours must not cost anybody else anything
            log.failure("while doing what {name} asked", name=me.name)
            self.gather([self.refusal(me, BROKEN, receipt)])
            return False
        for delivery in told:
            if isinstance(delivery.event, Wish):
                self._wish(session, told, receipt, key)
                break
        else:
            self.gather(_labelled(told, me, receipt, key, self.chat.now) if receipt or key else told)
        if me.id not in self.chat.by_id:
            self.whispers.goodbye(session.door)
        if before[2] is not me.ignored:
            for place in me.who.places:
                self.restyle(self.sessions[place])
        elif before != (me.taste, me.current, me.ignored):
            self.restyle(session)
        return True

    def _wish(self, session: Session, told: list[Delivery], receipt: str, key: str) -> None:
        """Have wishes granted: the receipt, or the refusal that stands for it, comes with what comes of them."""
        self.gather([d for d in told if not isinstance(d.event, Wish)])
        for delivery in told:
            if isinstance(delivery.event, Wish):
                self.wishes.see_to(delivery.event, session, replace(delivery, receipt=receipt, key=key))

    def _is_busy_for(self, session: Session, receipt: str) -> bool:
        """Say whether nothing can be taken now; whoever asks is told so at once, since the stream stands still."""
        if not self.pressure.refuses():
            return False
        if session.door:
            self.tell(session, session.door.draw(Entry(self.refusal(session.member, busy(), receipt))))
        return True

    def refusal(self, me: Member, no: Refusal, receipt: str) -> Delivery:
        """Address a no to a member."""
        return Delivery(Refused(no.reason, no.sentence, receipt), me.id, self.now(), me.id)

    def gather(self, told: Sequence[Delivery]) -> None:
        """Add to the batch of this turn."""
        if told and not self._batch:
            self.clock.callLater(0, self._turn)
        self._batch.extend(told)
        for delivery in told:
            if isinstance(delivery.event, Entered) and delivery.by in self.sessions:
                self.sessions[delivery.by].entering += 1

    def recalled(self) -> list[Delivery]:
        """Take back what is not yet on its way to the journal."""
        batch, self._batch = self._batch, []
        return batch

    def _turn(self) -> None:
        batch = self.recalled()
        if batch:
            self.pressure.handed_over(len(batch))
            self.journal.append(batch)

    def _heard(self, batch: Sequence[Entry]) -> None:
        self._inlet.heard(batch)
        self.pressure.handed_back(len(batch))

    def _failed(self, batch: Sequence[Delivery], reason: Reason) -> None:
        self._inlet.failed(batch, reason)
        self.pressure.handed_back(len(batch))

    def _tick(self) -> None:
        self.clock.callLater(TICK, self._tick)
        self.retention.step(self.now())
        self.whispers.look()
        told = self.chat.tick(self.now())
        if told:
            self.gather(told)
        self._ticks += 1
        for session in self.sessions.values():
            if session.member.id % NOTED == self._ticks % NOTED:
                self._remember_places(session, self.chat.reads_at)

    # --- leaving a room's readers -----------------------------------------------------------------

    def part(self, session: Session, channel: Channel) -> None:
        """Let a session hear a room no longer."""
        channel.remove(session)
        self.forget_idle(channel)

    def forget_idle(self, channel: Channel) -> None:
        """Let go of a room that nobody hears."""
        if channel.idle and self.channels.get(channel.name) is channel:
            del self.channels[channel.name]

    # --- coming back ------------------------------------------------------------------------------

    def hand_over(self, session: Session) -> None:
        """Give a program that listens now what was sent to it while it could not: to its session, and its account."""
        missed, session.missed = session.missed, []
        for entry in missed:
            self._inlet.tell_alone(session, entry)
        told = self.chat.hand_over(session.member, self.whispers.of(session.door))
        self.whispers.write_all(session.door, told)
        self.gather(told)

    def _may_resume(self, session: Session, secret: bytes) -> None:
        session.resume = _hashed(secret)
        if secret:
            self._resumes[session.resume] = session

    def _remember_places(self, session: Session, remember: Callable[[Member, str, int], list[Delivery]]) -> None:
        for channel in session.channels.values():
            self.gather(remember(session.member, channel.name, channel.place(session)))

    def _detach(self, session: Session) -> None:
        self._remember_places(session, self.chat.left_at)  # its program may come back knowing nothing, or not at all
        for channel in list(session.channels.values()):
            self.part(session, channel)
        session.channels.clear()
        session.detach(self.whispers.lost(session.door))

    def _give_up(self, session: Session, resume: bytes, how: str) -> None:
        if session.door is None and session.resume == resume:
            self._away.pop(session, None)
            self.leave(session, how)

    def forget(self, session: Session) -> None:
        """Nobody can come back to this session."""
        self.whispers.give_up(session.missed)
        self._resumes.pop(session.resume, None)
        self._away.pop(session, None)
        self.clock.callLater(0, session.go_on)  # who reads for it sees then that nobody is there

    def restyle(self, session: Session) -> None:
        """Tell a session as it likes to be told now, in all its rooms."""
        for channel in session.channels.values():
            channel.restyle(session)


def _hashed(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def _labelled(told: list[Delivery], me: Member, receipt: str, key: str, now: float) -> list[Delivery]:
    """Put the receipt, and the key, on what is kept; else the receipt on what is done afterwards, or last.

    Of who comes into a room it is always last: it has to say where the room stands, whatever was kept of the coming.
    """
    for came in told:
        if isinstance(came.event, Entered):
            return [*told, Delivery(Settled(came.event), came.to, now, me.id, receipt=receipt, act=came.act)]
    place = next((i for i, d in enumerate(told) if d.kept or isinstance(d.event, Afterwards)), None)
    if place is None:
        act = min((d.act for d in told), default=0)
        return [*told, Delivery(Settled(), NOBODY, now, me.id, receipt=receipt, act=act)]
    key = f"{me.who.identity}\n{key}" if key else ""
    kept = told[place]
    told[place] = Delivery(kept.event, kept.to, kept.at, kept.by, key, kept.told, receipt, kept.act)
    return told
