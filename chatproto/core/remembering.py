"""What outlives a connection, or the server: facts, places in rooms, messages that wait."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import partial

from chatproto.core import accounts, facts, names
from chatproto.core.accounts import Account
from chatproto.core.events import (
    Delivery,
    Entered,
    Owned,
    Reason,
    Refusal,
    Remembered,
    Waited,
    Whispered,
)
from chatproto.core.inviting import Inviting
from chatproto.core.keeping import Keeping
from chatproto.core.members import UNSAID, Member, Person, Room
from chatproto.core.sanctions import Sanctions
from chatproto.core.state import Undo

MAX_WAITING = 100  # direct messages that wait for one account
MAX_UNREAD = 1000  # of one that is connected: these are on their way, and most have been read


class Remembering(Inviting):
    """Remembers, and takes back what was remembered."""

    def learn(self, key: str, value: str) -> None:
        """Take back a fact that the journal remembered; ValueError for one that cannot be understood."""
        facts.check(key, value)
        if key.startswith(facts.OF_SCOPE) or key == facts.BANS:
            self._learn_of(facts.scope(key), key, value)
        elif key.startswith(accounts.KEY):
            self.accounts.learn(value)
        elif key.startswith(facts.PLACE):
            _, account, room = key.split()
            self._places.setdefault(account, {})[room] = int(value)
        elif key.startswith(facts.INVITATION):
            _, room, digest = key.split()
            self.invitations.setdefault(room, {})[digest] = facts.restored_invitation(value)
        elif key.startswith(facts.WAITING):
            self._wait({key: value})
        elif key.startswith(facts.ASKED):
            self.asked.learn(value)

    def _learn_of(self, scope: str, key: str, value: str) -> None:
        """Take back a fact about a room, or about the server."""
        self._looked_at.pop(scope, None)
        self._remembered.setdefault(scope, {})[key] = value
        if scope == facts.SERVER:
            self.bans.update(facts.bans_in(key, value))
        elif scope in self.rooms:
            facts.add(self.rooms[scope], key, value)

    def changing(self, room: Room | None) -> None:
        """Say that what is kept of a room, or of the server's bans, changes now: or, if it cannot be kept, does not."""
        if room is None:
            bans = Sanctions(self.bans)
            self.unless_kept(lambda: setattr(self, "bans", bans))
            return
        name, before = room.name, facts.of_room(room)
        self.unless_kept(lambda: self._restore(name, before))

    def keep(self, account: Account) -> Delivery:
        """Have an account kept as it is from now on, in the place of what it was."""
        before = self.accounts.get(account.name)
        self.accounts.add(account)
        self.unless_kept(lambda: self.accounts.add(before) if before else self.accounts.forget(account))
        return self.remember(account.fact)

    def _restore(self, room: str, found: facts.Facts) -> None:
        if room in self.rooms:
            facts.restore(self.rooms[room], found)

    def to_remember(self, room: Room | None) -> list[Delivery]:
        """Return what has changed in what is remembered of a room and of the bans."""
        told = self._changed(facts.SERVER, facts.of_server(self.bans))
        return told + self._changed(room.name, facts.of_room(room)) if room else told

    def _changed(self, scope: str, now: facts.Facts) -> list[Delivery]:
        before = self._remembered.get(scope, {})
        changed = [Remembered(key, value) for key, value in now.items() if before.get(key) != value]
        gone = [Remembered(key, "") for key in before if key not in now]
        told = [self.remember(fact) for fact in gone + changed]
        if not told:
            return []
        self._put(scope, now)
        undo = partial(self._put, scope, before)
        if self._undoing:
            self.unless_kept(undo)
            return told
        return self.aside(told, undo)

    def _put(self, scope: str, found: facts.Facts) -> None:
        if found:
            self._remembered[scope] = found
        else:
            self._remembered.pop(scope, None)

    # --- rooms that are nobody's ----------------------------------------------------------------------

    def known_rooms(self) -> list[str]:
        """Return the rooms of which anything is remembered."""
        read = {room for places in self._places.values() for room in places}
        return [room for room in {*self._remembered, *self.invitations, *read} if room != facts.SERVER]

    def is_forsaken(self, room: str) -> bool:
        """Say whether nobody is in a room, and it belongs to nobody."""
        return room not in self.rooms and not facts.has_owner(self._remembered.get(room, {}))

    def forget(self, rooms: AbstractSet[str]) -> list[Delivery]:
        """Forget all that is remembered of rooms that nobody is in: settings, rights, invitations, who read how far."""
        gone = [key for room in rooms for key in self._remembered.pop(room, ())]
        for room in rooms:
            self._looked_at.pop(room, None)
            gone += [f"{facts.INVITATION}{room} {digest}" for digest in self.invitations.pop(room, ())]
        for account, places in self._places.items():
            for room in rooms & places.keys():
                del places[room]
                gone.append(f"{facts.PLACE}{account} {room}")
        self._noted = {place: seq for place, seq in self._noted.items() if place[1] not in rooms}
        return [self.remember(Remembered(key, "")) for key in gone]

    def keeps(self, room: str) -> Keeping:
        """Return how long a room's messages are kept."""
        if room not in self.rooms and room not in self._remembered:
            return self.keeping
        own = self.as_remembered(room).keep
        return replace(self.keeping, count=min(own, self.keeping.count or own)) if own else self.keeping

    def backlog(self, me: Member, name: str) -> Entered:
        """Return where somebody begins to read: where they left, if they are registered; else a screen before."""
        if not me.person:
            return Entered()
        read = self.read_until(me, name)
        return Entered(last=self.settings.backlog) if read is None else Entered(after=read)

    def read_until(self, me: Member, room: str) -> int | None:
        """Return the last number that somebody has read in a room, if that is known: it is of the registered."""
        return self._places.get(me.account, {}).get(room)

    def left_at(self, me: Member, room: str, seq: int) -> list[Delivery]:
        """Remember how far a registered member has read a room."""
        places = self._places.setdefault(me.account, {}) if me.account else {}
        before = places.get(room, -1)  # one may leave a room in which nothing has been said yet
        if not me.account or before >= seq:  # at another place they have read on
            return []
        places[room] = seq
        return self._remember_place(
            me, room, seq, lambda: places.pop(room) if before < 0 else places.update({room: before})
        )

    def reads_at(self, me: Member, room: str, seq: int) -> list[Delivery]:
        """Remember how far a registered member has read who stays: for when the server is killed, and not before.

        Nobody may be looking at this place: at another one it is unread until they have left here.
        """
        place = me.account, room
        if not me.account or seq <= max(self._noted.get(place, 0), self._places.get(me.account, {}).get(room, 0)):
            return []
        self._noted[place] = seq
        return self._remember_place(me, room, seq, lambda: self._noted.pop(place, None))

    def _remember_place(self, me: Member, room: str, seq: int, undo: Undo) -> list[Delivery]:
        return self.aside([self.remember(Remembered(f"{facts.PLACE}{me.account} {room}", str(seq)))], undo)

    def taken_back(self, room: str, of: int) -> None:
        """Take note that a message is taken back: whose last one it was has none to correct there."""
        for who in self.rooms[room].people if room in self.rooms else ():
            if who.said.get(room) == of:
                who.said[room] = UNSAID

    def keep_word(self, me: Member, account: Account, text: str) -> Remembered:
        """Let a direct message wait for somebody until it is known that they have read it."""
        who = names.fold(account.name)
        keys = self.waiting.setdefault(who, [])
        if len(keys) >= (MAX_UNREAD if self.is_connected(self.owners.get(who)) else MAX_WAITING):
            raise Refusal(Reason.NOT_ALLOWED, "Too many messages wait for {name} already.", name=account.name)
        fact = facts.of_waiting(who, me.name, text, self.now, self.next_word())
        keys.append(fact.key)
        self._unread[fact.key] = fact.value
        self.unless_kept(lambda: self._forget_word(fact.key))
        return fact

    def keep_asked(self, key: str, what: str, told: list[Delivery]) -> list[Delivery]:
        """Remember that this was asked under a key, for as long as what was `told` for it may be known.

        What waits for somebody outlives the server, and so does its key; a guest is gone with the server.
        """
        fact = self.asked.add(key, what)
        self.unless_kept(lambda: self.asked.forget(key))
        waits = any(isinstance(d.event, Remembered) for d in told)
        return [*told, self.remember(fact)] if waits else told

    def next_word(self) -> int:
        """Return a number for a direct message, greater than those of all that wait."""
        self._words += 1
        return self._words

    def is_connected(self, who: Person | None) -> bool:
        """Say whether somebody is connected now; a program that has lost its connection may still come back."""
        return who is not None and any(place.connected for place in who.places.values())

    def hand_over(self, me: Member, had: Collection[str] = ()) -> list[Delivery]:
        """Give somebody who has come back the direct messages that waited, but for those that this place `had`.

        They wait on until they `were_read`.
        """
        keys = [key for key in self.waiting.get(me.account, ()) if key not in had] if me.account else []
        if not keys:
            return []
        waited = [facts.restored_waiting(self._unread[key]) for key in keys]
        told = [self.tell(me, Waited(len(waited), waited[0][2]))]
        words = zip(keys, waited, strict=True)
        return told + [Delivery(Whispered(who, me.name, text), me.id, at, key=key) for key, (who, text, at) in words]

    def were_read(self, keys: Iterable[str]) -> list[Delivery]:
        """Let direct messages wait no longer: they were read. If that cannot be kept, they are read again one day."""
        read = {key: self._unread[key] for key in keys if key in self._unread}
        for key in read:
            self._forget_word(key)
        return self.aside([self.remember(Remembered(key, "")) for key in read], lambda: self._wait(read))

    def _forget_word(self, key: str) -> None:
        del self._unread[key]
        self.waiting[key.split()[1]].remove(key)

    def _wait(self, words: dict[str, str]) -> None:
        """Let direct messages wait, in their order."""
        self._unread |= words
        for key in words:
            _, account, number = key.split()
            self._words = max(self._words, int(number))
            insort(self.waiting.setdefault(account, []), key, key=lambda k: int(k.split()[2]))

    # --- what is kept of somebody, for themselves -----------------------------------------------------

    def owned(self, account: Account) -> Owned:
        """Return what is kept of a name, but for its secrets."""
        who = names.fold(account.name)
        rooms = [room for room in self._remembered if room != facts.SERVER]
        runs = tuple(sorted(room for room in rooms if who in self.as_remembered(room).owners))
        read = tuple(sorted((room, seq) for room, seq in self._places.get(who, {}).items() if seq))
        return Owned(account.name, account.since, account.admin, tuple(account.tokens), runs, read)

    def words_of(self, account: Account) -> list[tuple[Whispered, float]]:
        """Return the direct messages that wait for a name, and those from it that wait for others."""
        found = []
        for to, keys in self.waiting.items():
            for who, text, at in (facts.restored_waiting(self._unread[key]) for key in keys):
                mine = names.fold(who) == names.fold(account.name) and at >= account.since
                if mine or to == names.fold(account.name):
                    found.append((Whispered(who, self.accounts.called(to), text), at))
        return found
