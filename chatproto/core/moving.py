"""Coming and going: into rooms and out of them, off the server, and from one name to another."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from chatproto.core import names
from chatproto.core.accounts import Account
from chatproto.core.events import (
    Came,
    Closed,
    Delivery,
    Entered,
    Event,
    Exited,
    Gone,
    Joined,
    Left,
    Lost,
    Noticed,
    Quit,
    Reason,
    Renamed,
    Sentence,
    Went,
    say,
)
from chatproto.core.members import Member, Room
from chatproto.core.remembering import Remembering

MANY = 12  # above this many others a room's members are told as a number
CLOSED = Closed()  # without a last word


class Moving(Remembering):
    """Moves people, and tells those whom it concerns."""

    def arrive(self, me: Member, name: str, *, place: Entered | None = None) -> Iterable[Delivery]:
        """Take somebody into a room, making it if need be; its maker is its operator. Check first."""
        room = self.rooms.get(name) or self._made(me, name)
        if me.account in room.owners:
            room.operators.add(me.id)
        yield from self._coming(room, me)
        room.members[me.id] = me
        me.rooms[name], me.current = room, name
        yield Delivery(place or self.backlog(me, name), name, self.now, me.id)
        yield self.tell_room(room, Came(me.name), me)

    def _made(self, me: Member, name: str) -> Room:
        """Make a room, as it is remembered; one that belongs to nobody is its maker's."""
        room = self.rooms[name] = self.as_remembered(name)
        if not room.owners:
            room.operators.add(me.id)
            room.owners |= {me.account} - {""}
        return room

    def _coming(self, room: Room, me: Member) -> Iterable[Delivery]:
        if self._in_summary(room):
            room.came += 1
        else:
            yield self.tell_room(room, Joined(me.name), me)

    def go(self, me: Member, room: Room, event: Event | None, told: tuple[str, ...] = ()) -> Iterable[Delivery]:
        """Take somebody out of a room and tell the others this event, or nothing; `told` rooms know already."""
        del room.members[me.id], me.rooms[room.name]
        room.operators.discard(me.id)
        if me.current == room.name:
            me.current = next(reversed(me.rooms), "")
        yield Delivery(Exited(), room.name, self.now, me.id)
        if event and isinstance(event, (Left, Quit, Lost)) and self._in_summary(room):
            room.went += 1
        elif event:
            yield Delivery(event, room.name, self.now, me.id, told=told)
        yield self.tell_room(room, Went(me.name), me)
        if not room.members and room.name != names.LOBBY:
            del self.rooms[room.name]

    def departure(
        self, me: Member, how: str, event: Event | None = None, *, closed: Closed = CLOSED
    ) -> Iterable[Delivery]:
        """Take somebody off the server, out of every room; `event` is told instead of the usual one."""
        if self.by_id.pop(me.id, None) is None:
            return
        if not me.console:
            del self.members[names.fold(me.name)]
        usual = {"quit": Quit(me.name), "lost": Lost(me.name)}.get(how)
        told: tuple[str, ...] = ()
        for room in list(me.rooms.values()):
            moves = list(self.go(me, room, event or usual, told))
            if any(d.event is (event or usual) for d in moves):  # a large room only counts it, and is told later
                told += (room.name,)
            yield from moves
        yield self.note(Gone(me.name, how), me)
        yield Delivery(closed, me.id, self.now, me.id)

    def _in_summary(self, room: Room) -> bool:
        most = self.settings.quiet_joins
        return bool(most) and len(room.members) > most

    def _summed_up(self, room: Room) -> Iterable[Delivery]:
        came, went, room.came, room.went = room.came, room.went, 0, 0
        if came or went:
            text = "In the last minute {came} joined and {went} left; {here} are here."
            yield self.tell_room(room, Noticed(say(text, came=came, went=went, here=len(room.members))))

    def others(self, me: Member, room: Room) -> Sentence:
        """Return who else is in a room: their names, or above twelve a number, since a list would be a wall."""
        count = len(room.members) - (me.id in room.members)
        if not count:
            return say("nobody else")
        if count > MANY:
            return say("{count} others", count=count)
        return say("{names}", names=tuple(m.name for m in room.members.values() if m is not me))

    def rename(self, me: Member, name: str) -> list[Delivery]:
        """Give a member another name, checked before, and tell its rooms. A mute goes with the person, not the name."""
        event, rooms = Renamed(me.name, name), tuple(me.rooms)
        old, new = names.fold(me.name), names.fold(name)
        del self.members[old]
        me.name, self.members[new] = name, me
        told = [Delivery(event, room, self.now, me.id, told=rooms[:place]) for place, room in enumerate(rooms)]
        told.append(self.note(event, me))
        for room in self.rooms.values():
            if old in room.mutes:
                room.mutes[new] = room.mutes.pop(old)
                told += self._to_remember(room)
        return told

    def make_way(self, account: Account, me: Member | None = None) -> list[Delivery]:
        """Free a name for its owner: whoever has it now is told, and called otherwise."""
        other = self.members.get(names.fold(account.name))
        if other is None or other is me:
            return []
        if other.account:
            what = say("You came in somewhere else with this name.")
            return list(self.departure(other, "lost", closed=Closed(Reason.NOT_ALLOWED, what)))
        old, new = other.name, self._free_name(account.name)
        told = self.rename(other, new)
        text = "The owner of {old} has come. You are {new} now; /nick NAME takes another name."
        return [*told, self.answer(other, text, old=old, new=new)]

    def own(self, me: Member, account: Account) -> None:
        """Give a member what belongs to its account: being an administrator, or an operator here and there."""
        me.account = me.identity = names.fold(account.name)
        me.admin = me.admin or account.admin
        for room in me.rooms.values():
            if me.account in room.owners:
                room.operators.add(me.id)

    def _free_name(self, name: str) -> str:
        base = name[: names.MAX_NAME - 6].encode()[: names.MAX_NAME_BYTES - 6].decode("utf-8", "ignore")
        return next(new for n in itertools.count(2) if names.fold(new := f"{base}-{n}") not in self.members)
