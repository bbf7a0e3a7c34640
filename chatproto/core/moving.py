"""Coming and going: into rooms and out of them, off the server, and from one name to another."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from chatproto.core import names
from chatproto.core.accounts import Account
from chatproto.core.carrying import Carrying
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
    Slipped,
    Went,
    say,
)
from chatproto.core.members import MAX_PLACES, MAX_SANCTIONS, Member, Person, Room

MANY = 12  # above this many others a room's members are told as a number
CLOSED = Closed()  # without a last word


class Moving(Carrying):
    """Moves people, and tells those whom it concerns."""

    def come_in(self, me: Member, name: str, token: str = "", place: Entered | None = None) -> Iterable[Delivery]:
        """Take somebody into a room, by an invitation if they need one: then they may come back. Check first."""
        invited, current = not self.knows(me, self.as_left(name)), me.current
        if invited:
            yield self.spend(name, token)
        yield from self.arrive(me, name, place=place)
        if not invited:
            return
        room = me.rooms[name]
        self.unless_kept(lambda: self._turn_out(me, room, current))
        if me.account and len(room.admitted) < MAX_SANCTIONS:
            self.changing(room)
            room.admitted.add(me.account)

    def _turn_out(self, me: Member, room: Room, current: str) -> None:
        """Let somebody not be in a room after all; nobody has been told that they were."""
        if me.rooms.pop(room.name, None):
            room.let_go(me)
            me.current = current if current in me.rooms else next(reversed(me.rooms), "")
            if not room.members:
                del self.rooms[room.name]

    def arrive(self, me: Member, name: str, *, place: Entered | None = None) -> Iterable[Delivery]:
        """Take somebody into a room, making it if need be; its maker is its operator. Check first."""
        made = name not in self.rooms
        room = self._made(me, name) if made else self.rooms[name]
        if me.account in room.owners:
            room.operators.add(me.who)
        news = me.who not in room.people
        if news:
            yield from self._coming(room, me)
        room.take_in(me)
        me.rooms[name], me.current = room, name
        if room.mutes:
            yield from self.follow_to(room, me)
        yield Delivery(place or self.backlog(me, name), name, self.now, me.id)
        if news:
            yield self.tell_room(room, Came(me.name), me)
        if made:
            yield from self.to_remember(room)

    def _made(self, me: Member, name: str) -> Room:
        """Make a room, as it is remembered; one that belongs to nobody is its maker's."""
        room = self.rooms[name] = self.as_remembered(name)
        if not room.owners:
            room.operators.add(me.who)
            room.owners |= {me.account} - {""}
        return room

    def _coming(self, room: Room, me: Member) -> Iterable[Delivery]:
        if self._in_summary(room):
            room.came += 1
        else:
            yield self.tell_room(room, Joined(me.name), me)

    def go(self, me: Member, room: Room, event: Event | None, told: tuple[str, ...] = ()) -> Iterable[Delivery]:
        """Take somebody out of a room and tell the others this event, or nothing; `told` rooms know already.

        Who is there at another place still is there: nobody is told.
        """
        room.let_go(me)
        del me.rooms[room.name]
        if me.current == room.name:
            me.current = next(reversed(me.rooms), "")
        yield Delivery(Exited(), room.name, self.now, me.id)
        if me.who in room.people:
            return
        if event and isinstance(event, (Left, Quit, Lost, Slipped)) and self._in_summary(room):
            room.went += not isinstance(event, Slipped)
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
        ways: dict[str, Event] = {"quit": Quit(me.name), "lost": Lost(me.name), "quiet": Slipped(me.name)}
        usual = ways.get(how)
        nowhere = me.console or self._give_up(me)
        if usual and not nowhere and how != "quiet":
            usual = Left(me.name)  # from the rooms of this place: elsewhere they still are
        told: tuple[str, ...] = ()
        current = me.current
        for room in list(me.rooms.values()):
            moves = list(self.go(me, room, event or usual, told))
            if any(d.event is (event or usual) for d in moves):  # a large room only counts it, and is told later
                told += (room.name,)
            yield from moves
        me.current = current  # what was said until now is still to be read, and looks as it does where one is
        if nowhere:
            yield self.note(Gone(me.name, how), me)
        yield Delivery(closed, me.id, self.now, me.id)

    def _in_summary(self, room: Room) -> bool:
        most = self.settings.quiet_joins
        return bool(most) and len(room.people) > most

    def _summed_up(self, room: Room) -> Iterable[Delivery]:
        came, went, room.came, room.went = room.came, room.went, 0, 0
        if came or went:
            text = "In the last minute {came} joined and {went} left; {here} are here."
            yield self.tell_room(room, Noticed(say(text, came=came, went=went, here=len(room.people))))

    def others(self, me: Member, room: Room) -> Sentence:
        """Return who else is in a room: their names, or above twelve a number, since a list would be a wall."""
        count = len(room.people) - (me.who in room.people)
        if not count:
            return say("nobody else")
        if count > MANY:
            return say("{count} others", count=count)
        return say("{names}", names=tuple(who.name for who in room.people if who is not me.who))

    # --- who is who -----------------------------------------------------------------------------------

    def new_person(self, name: str, account: Account | None) -> Person:
        """Make somebody of this name, or the owner of an account; at no place yet."""
        session = f"{self.now:.3f}-{next(self._stays)}"
        who = Person(account.name if account else name, identity=names.fold(name), session=session)
        self.people[names.fold(who.name)] = who
        if account:
            self.own(who, account)
        return who

    def own(self, who: Person, account: Account) -> None:
        """Give somebody what belongs to their account: being an administrator, or an operator here and there."""
        who.account = who.identity = names.fold(account.name)
        who.admin = who.admin or account.admin
        self.owners[who.account] = who
        for room in self._rooms_of(who):
            if who.account in room.owners:
                room.operators.add(who)

    def disown(self, who: Person, identity: str) -> None:
        """Let somebody be a guest again: their account could not be kept."""
        self.owners.pop(who.account)
        who.account, who.identity = "", identity

    def rename(self, me: Member, name: str) -> list[Delivery]:
        """Give somebody another name at all their places, checked before, and tell the rooms."""
        old, new = me.name, name
        del self.people[names.fold(old)]
        me.who.name, self.people[names.fold(new)] = new, me.who
        return self._told_renamed(me, old, self._rooms_of(me.who))

    def become(self, me: Member, who: Person) -> list[Delivery]:
        """Let who is at this place be somebody else, who may be at other places too; and tell the rooms."""
        old, rooms, told = me.who, list(me.rooms.values()), list[Delivery]()
        runs = [room for room in rooms if old in room.operators]
        for room in rooms:
            room.let_go(me)
        self._give_up(me)
        me.who, who.places[me.id] = who, me
        if not old.account:
            self.merge(old, who)
        for room in rooms:
            if old in room.people and who not in room.people:
                told += self._coming(room, me)
            room.take_in(me)
            if who.account in room.owners or (room in runs and not old.account):
                room.operators.add(who)
        return told + self._told_renamed(me, old.name, [room for room in rooms if old not in room.people])

    def _told_renamed(self, me: Member, old: str, rooms: Iterable[Room]) -> list[Delivery]:
        """Tell rooms that somebody is called otherwise now."""
        event, told, known = Renamed(old, me.name), list[Delivery](), tuple[str, ...]()
        for room in rooms:
            told.append(Delivery(event, room.name, self.now, me.id, told=known))
            known += (room.name,)
        told.append(self.note(event, me))
        return told

    def make_way(self, account: Account, me: Member | None = None) -> list[Delivery]:
        """Free a name for its owner, or a place: a guest who has the name is told, and called otherwise."""
        other = self.people.get(names.fold(account.name))
        if other and not other.account and not (me and me.who is other):
            (guest,), old, new = other.places.values(), other.name, self._free_name(account.name)
            told = self.rename(guest, new)
            text = "The owner of {old} has come. You are {new} now; /nick NAME takes another name."
            return [*told, self.answer(guest, text, old=old, new=new)]
        who = self.owners.get(names.fold(account.name))
        if who and len(who.places) >= MAX_PLACES:
            what = say("You came in at {most} other places with this name, so this one was closed.", most=MAX_PLACES)
            oldest = next(iter(who.places.values()))
            return list(self.departure(oldest, "lost", closed=Closed(Reason.NOT_ALLOWED, what)))
        return []

    def _give_up(self, me: Member) -> bool:
        """Let somebody be at this place no more; return whether they are nowhere now."""
        who = me.who
        del who.places[me.id]
        if not who.places:
            del self.people[names.fold(who.name)]
            self.owners.pop(who.account, None)
        return not who.places

    def _rooms_of(self, who: Person) -> list[Room]:
        """Return the rooms where somebody is, at any place."""
        return list({room.name: room for place in who.places.values() for room in place.rooms.values()}.values())

    def _free_name(self, name: str) -> str:
        base = name[: names.MAX_NAME - 6].encode()[: names.MAX_NAME_BYTES - 6].decode("utf-8", "ignore")
        return next(new for n in itertools.count(2) if names.fold(new := f"{base}-{n}") not in self.people)
