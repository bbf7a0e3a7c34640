"""What outlives a connection, or the server: facts, places in rooms, messages that wait."""

from __future__ import annotations

from dataclasses import replace

from chatproto.core import accounts, facts, names
from chatproto.core.accounts import Account
from chatproto.core.declare import Command
from chatproto.core.events import (
    Delivery,
    Entered,
    Reason,
    Refusal,
    Remembered,
    Whispered,
)
from chatproto.core.finding import Finding
from chatproto.core.keeping import Keeping
from chatproto.core.members import Member

MAX_WAITING = 100  # direct messages that wait for one account


class Remembering(Finding):
    """Remembers, and takes back what was remembered."""

    def learn(self, key: str, value: str) -> None:
        """Take back a fact that the journal remembered."""
        if key == facts.BANS:
            self.bans = facts.restored_bans(value)
        elif key.startswith(accounts.KEY):
            self.accounts.learn(value)
        elif key.startswith(facts.PLACE):
            self._places[key] = int(value)
        elif key.startswith(facts.WAITING):
            self.waiting.setdefault(key.split()[1], []).append(key)
            self._remembered[key] = value
        elif key.startswith(facts.ROOM):
            name = key.removeprefix(facts.ROOM)
            self._remembered[key] = value
            if name in self.rooms:
                self.rooms[name] = facts.restored(name, value)

    def _to_remember(self, me: Member, command: Command) -> list[Delivery]:
        """Return what has changed in what is remembered of the rooms and bans that a command may have touched."""
        room = self.place(me, command) or self.rooms.get(names.LOBBY)
        now = [facts.of_bans(self.bans), *([facts.of_room(room)] if room else [])]
        changed = [fact for fact in now if self._remembered.get(fact.key, "") != fact.value]
        self._remembered |= {fact.key: fact.value for fact in changed}
        return [self.remember(fact) for fact in changed]

    def keeps(self, room: str) -> Keeping:
        """Return how long a room's messages are kept."""
        own = (
            self.rooms[room].keep if room in self.rooms else facts.keep_of(self._remembered.get(facts.ROOM + room, ""))
        )
        return replace(self.keeping, count=min(own, self.keeping.count or own)) if own else self.keeping

    def backlog(self, me: Member, name: str) -> Entered:
        """Return where somebody begins to read: where they left, if they are registered; else a screen before."""
        if not me.person:
            return Entered()
        place = self._places.get(f"{facts.PLACE}{me.account} {name}") if me.account else None
        return Entered(last=self.settings.backlog) if place is None else Entered(after=place)

    def left_at(self, me: Member, room: str, seq: int) -> list[Delivery]:
        """Remember how far a registered member has read a room."""
        key = f"{facts.PLACE}{me.account} {room}"
        if not me.account or self._places.get(key) == seq:
            return []
        self._places[key] = seq
        return [self.remember(Remembered(key, str(seq)))]

    def taken_back(self, room: str, of: int) -> None:
        """Take note that a message is taken back: whose last one it was has none to correct there."""
        for member in self.rooms[room].members.values() if room in self.rooms else ():
            if member.said.get(room) == of:
                del member.said[room]

    def leave_word(self, me: Member, account: Account, text: str) -> list[Delivery]:
        """Keep a direct message for somebody who is not here."""
        who = names.fold(account.name)
        keys = self.waiting.setdefault(who, [])
        if len(keys) >= MAX_WAITING:
            raise Refusal(Reason.NOT_ALLOWED, "Too many messages wait for {name} already.", name=account.name)
        fact = facts.of_waiting(who, me.name, text, self.now, int(keys[-1].split()[2]) + 1 if keys else 1)
        keys.append(fact.key)
        self._remembered[fact.key] = fact.value
        told = "{name} is not here and will read it on coming back."
        return [self.remember(fact), self.answer(me, told, name=account.name)]

    def hand_over(self, me: Member) -> list[Delivery]:
        """Give somebody who has come back the direct messages that waited."""
        told = []
        for key in self.waiting.pop(me.account, []):
            who, text, at = facts.restored_waiting(self._remembered.pop(key))
            told += [Delivery(Whispered(who, me.name, text), me.id, at), self.remember(Remembered(key, ""))]
        return told
