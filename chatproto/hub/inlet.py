"""What the journal hands back is told: to a room through its Channel, to one member at once, to those who watch.

The only inlet of events. Receipts of one turn are told together: each has to come after its message, not beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from twisted.logger import Logger

from chatproto.core.asked import CLASH
from chatproto.core.events import (
    Afterwards,
    Closed,
    Deleted,
    Delivery,
    Entered,
    Entry,
    Exited,
    Reached,
    Reason,
    Refusal,
    Talk,
    say,
)
from chatproto.hub.channel import Channel
from chatproto.hub.forward import Forward
from chatproto.hub.session import Last, Session

if TYPE_CHECKING:
    from chatproto.hub import Hub

TELLING = "while telling what has happened"  # the traceback says where; nobody's words belong in the log
log = Logger("chat")


class Inlet:
    """Takes batches from the journal, and tells each to whom it concerns."""

    def __init__(self, hub: Hub, forward: Forward) -> None:
        self._hub, self._forward = hub, forward
        self._sessions, self._channels, self._chat = hub.sessions, hub.channels, hub.chat
        self._dirty: dict[str, Channel] = {}
        self._heads: dict[str, int] = {}  # of the rooms of the batch that is being told: before what is still to come
        self._receipts: dict[Session, list[bytes]] = {}  # of this batch, for what is kept
        self._starting: list[tuple[Session, Channel]] = []
        self._closing: list[tuple[Session, Closed]] = []

    def heard(self, batch: Sequence[Entry]) -> None:
        """Tell what was committed, or has nothing to keep."""
        self._heads = {str(e.delivery.to): e.prev for e in reversed(batch) if e.seq and not e.again}
        for entry in batch:
            try:
                self._take(entry)
            except Exception:  # noqa: BLE001 - a bug in telling one event must not cost anybody another one
                log.failure(TELLING)
        self._heads = {}
        dirty, self._dirty = self._dirty, {}
        for channel in dirty.values():
            self._guarded(channel.flush)
            self._hub.forget_idle(channel)
        for session in list(self._receipts):
            self._guarded(self.tell, session, b"")
        starting, self._starting = self._starting, []
        for session, channel in starting:
            self._guarded(self._forward.read_on, session, channel)
        closing, self._closing = self._closing, []
        for session, closed in closing:
            self._guarded(self._close, session, closed)
        for watcher in self._hub.watchers:
            self._watched(watcher, batch)

    def failed(self, batch: Sequence[Delivery], reason: Reason) -> None:
        """Refuse and undo what could not be kept; what had nothing to keep is told all the same."""
        batch = [*batch, *self._hub.recalled()]  # what is not yet on its way was done upon this
        self._chat.undo({d.act for d in batch if d.act})
        no = Refusal(reason, "This could not be kept, and nobody has seen it. Send it again later.")
        receipts = {d.act: d.receipt for d in batch if d.act and d.receipt}
        for d in batch:
            if d.act and isinstance(d.event, Entered) and d.by in self._sessions:
                self._sessions[d.by].not_entered(str(d.to))
        told: dict[int, Delivery] = {}  # of an act one refusal, in the place of its first part
        for place, d in enumerate(batch):
            if not d.act and not d.kept:
                told[place] = d
            elif d.by in self._sessions:
                receipt = d.receipt or receipts.get(d.act, "")
                told.setdefault(-d.act or place, self._hub.refusal(self._sessions[d.by].member, no, receipt))
        self.heard([Entry(d) for d in told.values()])

    def _take(self, entry: Entry) -> None:
        delivery = entry.delivery
        event, to = delivery.event, delivery.to
        if isinstance(to, int):
            self._take_private(entry, self._sessions.get(to))
        elif not event.kind:
            if isinstance(event, Reached):
                event.then()
            elif isinstance(event, Entered | Exited):
                self._take_move(event, to, self._sessions.get(delivery.by))
            elif isinstance(event, Afterwards):
                key = delivery.key.partition("\n")[2]  # as it was given: it is labelled anew
                self._hub.finish(event.me, event.then, receipt=delivery.receipt, key=key)
                return
        elif to and not entry.again:
            if entry.seq:
                self._heads[to] = entry.seq
                if isinstance(event, Talk) and delivery.by in self._sessions:
                    self._sessions[delivery.by].member.said[to] = entry.seq
                elif isinstance(event, Deleted):
                    self._chat.taken_back(to, event.of)
            channel = self._channels.get(to)
            if channel:
                channel.pending.append(entry)
                self._dirty[to] = channel
        if delivery.act:
            self._chat.kept(delivery.act)
        if delivery.receipt:
            self._take_receipt(entry, self._sessions.get(delivery.by))

    def _take_private(self, entry: Entry, session: Session | None) -> None:
        if session is None:
            return
        if isinstance(entry.delivery.event, Closed):
            self._closing.append((session, entry.delivery.event))
        elif session.door is None:
            self._keep_for_later(session, entry)
        else:
            if session in self._receipts:
                self.tell(session, b"")  # before a refusal that ends the connection
            self.tell_alone(session, entry)

    def tell_alone(self, session: Session, entry: Entry) -> None:
        """Tell one session a private event; a direct message to a program that hears none yet is kept for it."""
        door = session.door
        if door is None:
            return
        data = door.draw(entry)
        if entry.delivery.key and not data:
            self._keep_for_later(session, entry)
            return
        if session.paused and self._hub.whispers.wait(entry):
            self._hub.whispers.leave_out(session, entry)
            return
        if entry.delivery.key:
            self._hub.whispers.write(door, entry)
        self.tell(session, data)

    def _keep_for_later(self, session: Session, entry: Entry) -> None:
        most = self._chat.settings.max_waiting
        session.held += len(str(entry.delivery.event))  # it cannot be drawn yet: near enough
        if not most or session.held <= most:
            session.missed.append(entry)
        elif session.door:
            self._hub.whispers.give_up([entry])
        else:
            self._hub.leave(session, "lost")

    def tell(self, session: Session, data: bytes) -> None:
        """Tell one session what is for it alone, after all that came before in its rooms; the last, and it ends."""
        if session.silent:
            return
        last = isinstance(data, Last)
        for channel in session.channels.values():
            channel.catch_up(session)
        if session in self._receipts:
            data = b"".join(self._receipts.pop(session)) + data
        if session.paused:
            session.held += len(data)
            most = self._chat.settings.max_waiting
            if most and session.held > most and not last:
                why = say("Too much waits to be read on this connection.")
                self._hub.turn_out(session, lambda door: door.dismiss(Reason.TOO_FAST, why))
                return
        if last:
            self._hub.turn_out(session, lambda door: door.end(data))
        elif data:
            session.write(data)

    def _take_receipt(self, entry: Entry, session: Session | None) -> None:
        if session is None or session.door is None:
            return
        if entry.clash:
            refused = self._hub.refusal(session.member, CLASH, entry.delivery.receipt)
            self.tell(session, session.door.draw(Entry(refused)))
        elif entry.seq:  # with those of the same turn, after what they are for
            self._receipts.setdefault(session, []).append(session.door.receipt(entry.delivery.receipt, entry))
        else:
            if entry.delivery.to in self._channels:  # to know the room's newest number is to have a place
                entry = replace(entry, seq=self._channels[str(entry.delivery.to)].newest())
            self.tell(session, session.door.receipt(entry.delivery.receipt, entry))

    def _take_move(self, event: Entered | Exited, room: str, session: Session | None) -> None:
        if session is None:
            return
        if isinstance(event, Exited):
            self._exit(session, room)
            return
        if not session.may_enter():
            return
        channel = self._channels.get(room)
        if channel is None:
            head = self._heads[room] if room in self._heads else self._hub.journal.head(room)
            channel = self._channels[room] = Channel(room, head, self._sessions)
        session.channels[room] = channel
        channel.came[session] = channel.newest()
        if session.member.person and (event.last or event.after is not None):
            channel.newcomers.add(session)
        if event.after is not None:
            channel.add_behind(session, event.after)
            self._starting.append((session, channel))
        elif event.last and channel.newest():
            self._forward.seek(session, channel, event.last)
        elif session in channel:
            channel.restyle(session)  # it hears the room already; told how anew (a subscription, where it had none)
        else:
            channel.add(session)

    def _exit(self, session: Session, room: str) -> None:
        channel = session.channels.get(room)
        if channel:
            channel.catch_up(session)
            self._hub.gather(self._chat.left_at(session.member, room, channel.place(session)))
            del session.channels[room]
            self._hub.part(session, channel)
            if session.door:
                session.door.exited(room)
            self._hub.restyle(session)  # another room may be its current one now

    def _close(self, session: Session, closed: Closed) -> None:
        self._sessions.pop(session.member.id, None)
        self._hub.forget(session)
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
