"""Who is here, in which rooms, and what they may: the state of the chat, and how it changes.

The law here: refuse before you change, change before you tell. A `Refusal` leaves everything as it was.
Nothing here waits, reads a clock or draws anything: the time is an argument, output is a list of
deliveries, and ids come from an iterator.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chatproto.core import names
from chatproto.core.accounts import Account, check_proof
from chatproto.core.addresses import origin
from chatproto.core.commands.rooms import standing
from chatproto.core.declare import Command, Rank
from chatproto.core.events import (
    Announced,
    Answer,
    Closing,
    Delivery,
    Entered,
    Left,
    Named,
    Reason,
    Refusal,
    Ruled,
    Slipped,
    Stopping,
    say,
)
from chatproto.core.members import Member, Person, Room
from chatproto.core.moving import Moving
from chatproto.core.sanctions import Subject
from chatproto.core.seats import Seat

HELLO = "Hello, {name}. You are in {room} with {others}. /help lists the commands."
JOINED_NAME = "A name is one word, so that others can write @{name}."
REMEMBERED = frozenset({"rooms", "rule"})  # themes of the commands that change what is remembered of rooms
MEMBER = Rank.MEMBER  # looked up once: an enum's member costs as much as a call, and each line asks
SUMMARY = 60.0  # seconds between two summaries of a large room's joins and leaves


class Chat(Moving):
    """The whole state. `do` is how it is used; the layers below are what the commands are written with."""

    def enter(
        self, name: str, now: float, *, address: str = "", lang: str = "", proved: bool = False, proof: str = ""
    ) -> tuple[Member, list[Delivery]]:
        """Give somebody a name on the server. In no room yet: people are then taken to the lobby.

        `proved` says that a password or a token has shown the name to be theirs, if it is registered. `proof` is what
        is kept of that one: once it is changed or revoked they are let go.
        """
        self.now = now
        name = names.person(name)
        account = self.accounts.get(name) if proved else None
        if account is None:
            self.accounts.check_unclaimed(name)
            self.check_free(name)
        elif proof:
            check_proof(account, proof)
        self.check_ban(arriving(name, account, address), self.bans)
        who, most = self.owners.get(names.fold(name)) if account else None, self.settings.max_users
        if most and len(self.people) >= most and not who and not (account and names.fold(name) in self.people):
            raise Refusal(Reason.SERVER_FULL, "The server is full ({most} users). Try again later.", most=most)
        told = self.make_way(account) if account else []
        me = Member(next(self._ids), who or self.new_person(name, account), address, self.default_taste(lang))
        me.who.places[me.id] = self.by_id[me.id] = me
        me.proof = proof if account else ""
        return me, [*told, self.note(Named(me.name, address), me)]

    def welcome(
        self, name: str, now: float, *, address: str = "", lang: str = "", proved: bool = False, proof: str = ""
    ) -> tuple[Member, list[Delivery]]:
        """Give a person a name and take them to the lobby, or refuse both."""
        self.now = now
        account = self.accounts.get(name) if proved else None
        self.check_ban(arriving(name, account, address), self.rooms[names.LOBBY].bans)
        self.check_room_for(self.owners.get(names.key(name)) if proved else None, names.LOBBY)
        me, told = self.enter(name, now, address=address, lang=lang, proved=proved, proof=proof)
        me.person = True
        told += self.arrive(me, names.LOBBY)
        lobby = self.rooms[names.LOBBY]
        told += [self.answer(me, JOINED_NAME, name=me.name)] if len(name.split()) > 1 else []
        told.append(self.answer(me, HELLO, name=me.name, room=lobby.name, others=self.others(me, lobby)))
        told += [self.tell(me, Answer((self.keeps(lobby.name).told,)), me)] if self.durable else []
        return me, told + self.hand_over(me)

    def admit_console(
        self, now: float, *, address: str, lang: str = "", seat: Seat = Seat.CONSOLE
    ) -> tuple[Member, list[Delivery]]:
        """Let in who sits at the operator's console: an administrator, outside all rooms and names."""
        self.now = now
        server = Person(names.SERVER, admin=True)
        me = Member(next(self._ids), server, address, self.default_taste(lang), seat=seat)
        self.by_id[me.id] = me
        return me, [self.note(Named(me.name, address), me)]

    def move(self, me: Member, address: str, now: float) -> None:
        """Let a member be at another address from now on, or refuse if that, or they, are banned."""
        self.now = now
        self.check_ban(replace(me.subject, address=address, origin=origin(address)), self.bans)
        me.address = address

    def do(self, me: Member, command: Command, now: float) -> list[Delivery]:
        """Do what is asked and return what is to be told, or raise Refusal with nothing changed."""
        self.now = now
        rank = command.spec.rank
        if rank > MEMBER and self.rank(me.who, self.place(me, command)) < rank:
            raise _not_allowed(rank)
        command.spec.check_seat(me.seat)
        try:
            told = list(command.run(self, me))
            if self._undoing and command.spec.theme in REMEMBERED:
                told += self.to_remember(self.place(me, command) or self.rooms.get(names.LOBBY))
            return self.bound(told)
        finally:
            self._undoing = []
            if self._visited:
                self.leave_visited()

    def leave(self, me: Member, now: float, how: str) -> list[Delivery]:
        """Take somebody off the server: `how` is quit, quiet, lost, kicked or closing. Once; again is nothing."""
        self.now = now
        return list(self.departure(me, how))

    def tick(self, now: float) -> list[Delivery]:
        """Do what falls due by itself: once a minute the large rooms' summaries. Call it every few seconds."""
        self.now = now
        elapsed = self.elapsed()
        if elapsed - self._summary < SUMMARY:
            return []
        self._summary = elapsed
        return [d for room in self.rooms.values() for d in self._summed_up(room)]

    def close(self, now: float) -> list[Delivery]:
        """Tell everybody that the server ends."""
        self.now = now
        end = Closing(say("The server is closing."))
        everybody = list(self.by_id.values())
        told = [self.tell(me, end) for me in everybody]
        self.rooms.clear()  # nobody hears of anybody's leaving now
        for me in everybody:
            me.rooms.clear()
            told += self.departure(me, "closing")
        return told

    def subscribe(self, me: Member, name: str, place: Entered, now: float, *, invitation: str = "") -> list[Delivery]:
        """Take a program into a room, or give it its place in one again that it never left (it came back)."""
        self.now = now
        if name in me.rooms:
            me.current = name
            return [Delivery(place, name, now, me.id), standing(self, me, me.rooms[name])]
        self.check_may_join(me, name, invitation)
        try:
            told = [*self.come_in(me, name, invitation, place), standing(self, me, me.rooms[name])]
            if self._undoing:
                told += self.to_remember(me.rooms[name])
            return self.bound(told)
        finally:
            self._undoing = []

    def unsubscribe(self, me: Member, name: str, now: float, *, quiet: bool = False) -> list[Delivery]:
        """Take a program out of a room; if it leaves quietly, only lists of who is there are put right."""
        self.now = now
        return list(self.go(me, self.own_room(me, name), Slipped(me.name) if quiet else Left(me.name)))

    def announce(self, by: Member, room: Room | None, text: str) -> Iterable[Delivery]:
        """Tell a room, or everybody on the server, what an operator has to say."""
        event = Announced(by.name, text)
        if room:
            yield self.tell_room(room, event, by)
        else:
            yield from (self.tell(member, event, by) for member in self.by_id.values() if member is not by)
            yield self.note(event, by)

    def ruled(self, me: Member, command: Command, whom: str, why: str, room: Room | None = None) -> Delivery:
        """Note for the log what an operator or an administrator did."""
        what = f"{command.spec.word} {room.name}" if room else command.spec.word
        return self.note(Ruled(me.name, what, whom, why), me)

    def stop(self) -> Delivery:
        """Ask the edge to end the server: it tells everybody as for Ctrl+C."""
        return self.note(Stopping())


def arriving(name: str, account: Account | None, address: str) -> Subject:
    """Return by what somebody is known who is about to come in."""
    folded = names.key(name)
    return Subject(folded if account else "", "", folded, folded, address, origin(address))


def _not_allowed(rank: Rank) -> Refusal:
    if rank is Rank.ADMIN:
        return Refusal(Reason.NOT_ALLOWED, "Only an administrator may do that.")
    return Refusal(Reason.NOT_ALLOWED, "Only an operator may do that.")
