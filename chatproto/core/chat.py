"""Who is here, in which rooms, and what they may: the state of the chat, and how it changes.

The law here: refuse before you change, change before you tell. A `Refusal` leaves everything as it was.
Nothing here waits, reads a clock or draws anything: the time is an argument, output is a list of
deliveries, and ids come from an iterator.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import tzinfo

from chatproto.core import accounts, facts, names
from chatproto.core.accounts import Account, Accounts, Guessing
from chatproto.core.commands.rooms import standing
from chatproto.core.declare import LANGUAGES, Command, Rank
from chatproto.core.events import (
    NOBODY,
    Announced,
    Answer,
    Came,
    Closed,
    Closing,
    Delivery,
    Entered,
    Event,
    Exited,
    Gone,
    Joined,
    Left,
    Lost,
    Named,
    Noticed,
    Quit,
    Reason,
    Refusal,
    Remembered,
    Renamed,
    Ruled,
    Sentence,
    Stopping,
    Went,
    Whispered,
    Wish,
    say,
)
from chatproto.core.keeping import Keeping, keeping
from chatproto.core.members import Member, Room, Sanction, Sanctions, Taste, span
from chatproto.core.parse import STANDARD, Vocabulary
from chatproto.core.settings import Settings

MANY = 12  # above this many others a room's members are told as a number
CLOSED = Closed()  # without a last word
MAX_WAITING = 100  # direct messages that wait for one account
HELLO = "Hello, {name}. You are in {room} with {others}. /help lists the commands."
REMEMBERED = frozenset({"rooms", "rule"})  # themes of the commands that change what is remembered of rooms
MEMBER = Rank.MEMBER  # looked up once: an enum's member costs as much as a call, and each line asks
SUMMARY = 60.0  # seconds between two summaries of a large room's joins and leaves


class Chat:
    """The whole state. `do` is how it is used; the rest is what the commands are written with.

    `ids` gives each member a number of its own; `zones` are the names that `/tz` accepts, and `zone` is what
    makes a time zone of one.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        ids: Iterator[int] | None = None,
        zones: Collection[str] = frozenset({"UTC"}),
        zone: Callable[[str], tzinfo | None] = lambda _: None,
        commands: Collection[type[Command]] | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.vocabulary = STANDARD if commands is None else Vocabulary(commands)
        self.zones, self.zone = zones, zone
        self.keeping = keeping(self.settings.keep)
        self.now = 0.0
        self.members: dict[str, Member] = {}
        self.by_id: dict[int, Member] = {}
        self.rooms: dict[str, Room] = {names.LOBBY: Room(names.LOBBY)}
        self.bans: Sanctions = {}
        self.accounts = Accounts()
        self.guessing = Guessing()
        self._remembered: dict[str, str] = {}  # facts, as the journal has them
        self._places: dict[str, int] = {}  # how far the registered have read, by the fact's key
        self.waiting: dict[str, list[str]] = {}  # keys of the messages that wait for an account
        self.durable = False  # whether what is said outlives the server; set at the edge
        self.claim_code = ""  # what the first administrator has to know; set at the edge
        self._ids = ids or itertools.count(1)
        self._summary = 0.0

    # --- the four ways in -------------------------------------------------------------------------

    def enter(
        self, name: str, now: float, *, address: str = "", lang: str = "", proved: bool = False
    ) -> tuple[Member, list[Delivery]]:
        """Give somebody a name on the server. In no room yet: people are then taken to the lobby.

        `proved` says that a password or a token has shown the name to be theirs, if it is registered.
        """
        self.now = now
        name = names.person(name)
        account = self.accounts.get(name) if proved else None
        if account is None:
            self.accounts.check_unclaimed(name)
            self.check_free(name)
        self.check_ban(self.bans, names.fold(name), address)
        most = self.settings.max_users
        if most and len(self.members) >= most and not (account and names.fold(name) in self.members):
            raise Refusal(Reason.SERVER_FULL, "The server is full ({most} users). Try again later.", most=most)
        told = self.make_way(account) if account else []
        me = Member(next(self._ids), account.name if account else name, address, self.default_taste(lang))
        me.identity = names.fold(name)
        self.members[names.fold(name)] = self.by_id[me.id] = me
        if account:
            self.own(me, account)
        return me, [*told, self.note(Named(me.name, address), me)]

    def welcome(
        self, name: str, now: float, *, address: str = "", lang: str = "", proved: bool = False
    ) -> tuple[Member, list[Delivery]]:
        """Give a person a name and take them to the lobby, or refuse both."""
        self.now = now
        self.check_ban(self.rooms[names.LOBBY].bans, names.fold(name), address)
        self.check_room_for(names.LOBBY)
        me, told = self.enter(name, now, address=address, lang=lang, proved=proved)
        me.person = True
        told += self.arrive(me, names.LOBBY)
        lobby = self.rooms[names.LOBBY]
        told.append(self.answer(me, HELLO, name=me.name, room=lobby.name, others=self.others(me, lobby)))
        told += [self.tell(me, Answer((self.keeps(lobby.name).told,)), me)] if self.durable else []
        return me, told + self.hand_over(me)

    def admit_console(self, now: float, *, address: str, lang: str = "") -> tuple[Member, list[Delivery]]:
        """Let in who sits at the operator's console: an administrator, outside all rooms and names."""
        self.now = now
        me = Member(next(self._ids), names.SERVER, address, self.default_taste(lang), admin=True, console=True)
        self.by_id[me.id] = me
        return me, [self.note(Named(me.name, address), me)]

    def do(self, me: Member, command: Command, now: float) -> list[Delivery]:
        """Do what is asked and return what is to be told, or raise Refusal with nothing changed."""
        self.now = now
        rank = command.spec.rank
        if rank > MEMBER and self.rank(me, self.place(me, command)) < rank:
            raise _not_allowed(rank)
        told = list(command.run(self, me))
        return told + self._to_remember(me, command) if command.spec.theme in REMEMBERED else told

    def leave(self, me: Member, now: float, how: str) -> list[Delivery]:
        """Take somebody off the server: `how` is quit, quiet, lost, kicked or closing. Once; again is nothing."""
        self.now = now
        return list(self.departure(me, how))

    def tick(self, now: float) -> list[Delivery]:
        """Do what falls due by itself: once a minute the large rooms' summaries. Call it every few seconds."""
        self.now = now
        if now - self._summary < SUMMARY:
            return []
        self._summary = now
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

    # --- names that belong to people ----------------------------------------------------------------

    def own(self, me: Member, account: Account) -> None:
        """Give a member what belongs to its account: being an administrator, or an operator here and there."""
        me.account = me.identity = names.fold(account.name)
        me.admin = me.admin or account.admin
        for room in me.rooms.values():
            if me.account in room.owners:
                room.operators.add(me.id)

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

    def _free_name(self, name: str) -> str:
        base = name[: names.MAX_NAME - 6].encode()[: names.MAX_NAME_BYTES - 6].decode("utf-8", "ignore")
        return next(new for n in itertools.count(2) if names.fold(new := f"{base}-{n}") not in self.members)

    # --- remembering ----------------------------------------------------------------------------------

    def remember(self, fact: Remembered) -> Delivery:
        """Have a fact kept beside talk."""
        return Delivery(fact, NOBODY, self.now)

    def wish(self, me: Member, wish: Wish) -> Delivery:
        """Ask the edge for something slow; its answer comes back as a command."""
        return self.note(wish, me)

    def _to_remember(self, me: Member, command: Command) -> list[Delivery]:
        """Return what has changed in what is remembered of the rooms and bans that a command may have touched."""
        room = self.place(me, command) or self.rooms.get(names.LOBBY)
        now = [facts.of_bans(self.bans), *([facts.of_room(room)] if room else [])]
        changed = [fact for fact in now if self._remembered.get(fact.key, "") != fact.value]
        self._remembered |= {fact.key: fact.value for fact in changed}
        return [self.remember(fact) for fact in changed]

    # --- finding, or refusing ---------------------------------------------------------------------

    def member(self, name: str) -> Member:
        """Return who has this name."""
        found = self.members.get(names.fold(name))
        if found is None:
            raise Refusal(Reason.NO_SUCH_USER, "There is no {name} here. /who lists who is.", name=_shown(name))
        return found

    def place(self, me: Member, command: Command) -> Room | None:
        """Return the room that a command is about: the one it names, else the current one, if there is one."""
        name: str = getattr(command, "room", "") or me.current
        return self.rooms.get(name)

    def room(self, me: Member, name: str = "") -> Room:
        """Return the room of this name, or the current one: one that the member is in, or an administrator names."""
        room = self.rooms.get(name or me.current)
        if room is None and name:
            raise Refusal(
                Reason.NO_SUCH_ROOM, "There is no room {room}. /rooms lists them, /join makes one.", room=name
            )
        if room is None:
            raise Refusal(Reason.NOT_IN_ROOM, "You are in no room. /join ROOM takes you into one.")
        if me.id not in room.members and not me.admin:
            raise Refusal(Reason.NOT_IN_ROOM, "You are not in {room}. /join {room} takes you there.", room=room.name)
        return room

    def own_room(self, me: Member, name: str = "") -> Room:
        """Return the room of this name, or the current one; an administrator, too, must be in it."""
        room = self.room(me, name)
        if me.id not in room.members:
            raise Refusal(Reason.NOT_IN_ROOM, "You are not in {room}. /join {room} takes you there.", room=room.name)
        return room

    def scope(self, me: Member, name: str) -> Room | None:
        """Return what an order is about: the room, or None for the whole server (an administrator named no room)."""
        return None if me.admin and not name else self.room(me, name)

    def inside(self, room: Room, name: str) -> Member:
        """Return who has this name, in this room."""
        found = self.member(name)
        if found.id not in room.members:
            raise Refusal(Reason.NO_SUCH_USER, "{name} is not in {room}.", name=found.name, room=room.name)
        return found

    def rank(self, me: Member, room: Room | None) -> Rank:
        """Return what somebody is: an administrator, an operator of this room, or neither."""
        if me.admin:
            return Rank.ADMIN
        return Rank.OPERATOR if room and me.id in room.operators else Rank.MEMBER

    def check_outranked(self, me: Member, other: Member, room: Room | None) -> None:
        """Refuse to use force on oneself or on somebody of a higher rank."""
        if other is me or self.rank(other, room) > self.rank(me, room):
            raise Refusal(Reason.NOT_ALLOWED, "You cannot do that to {name}.", name=other.name)

    def check_free(self, name: str, me: Member | None = None) -> None:
        """Refuse a name that somebody else has."""
        if self.members.get(names.fold(name), me) is not me:
            raise Refusal(Reason.NAME_IN_USE, "Somebody is called {name} already. Choose another name.", name=name)

    def check_ban(self, bans: Sanctions, *keys: str) -> None:
        """Refuse who is banned here, by folded name or by address."""
        for key in keys:
            ban = bans.get(key)
            if ban and not ban.holds(self.now):
                del bans[key]
            elif ban:
                raise Refusal(Reason.BANNED, "You are banned here{until}{why}.", **self.terms(ban))

    def check_voice(self, me: Member, room: Room) -> None:
        """Refuse who may not speak in this room now."""
        mute = room.mutes.get(names.fold(me.name)) if room.mutes else None
        if mute and not mute.holds(self.now):
            del room.mutes[names.fold(me.name)]
        elif mute:
            raise Refusal(Reason.MUTED, "You are muted in {room}{until}{why}.", room=room.name, **self.terms(mute))
        if room.hushed and self.rank(me, room) < Rank.OPERATOR:
            raise Refusal(Reason.MUTED, "{room} is hushed: only its operators may speak now.", room=room.name)

    def terms(self, sanction: Sanction) -> dict[str, Sentence]:
        """Return the two ends of a sentence about a sanction: for how long still, and why."""
        left = sanction.until - self.now
        return {
            "until": say(" for {span} more", span=span(left)) if sanction.until else say(""),
            "why": say(": {reason}", reason=sanction.why) if sanction.why else say(""),
        }

    def default_taste(self, lang: str) -> Taste:
        """Return how somebody sees things who has only said, perhaps, which language."""
        return Taste(lang=lang if lang in LANGUAGES else self.settings.lang, tz=self.settings.tz)

    # --- saying -----------------------------------------------------------------------------------

    def tell(self, member: Member, event: Event, by: Member | None = None) -> Delivery:
        """Address an event to one person."""
        return Delivery(event, member.id, self.now, by.id if by else 0)

    def answer(self, me: Member, text: str, /, **args: str | int | Sentence | tuple[str, ...]) -> Delivery:
        """Address one sentence to the one who asked."""
        return self.tell(me, Answer((say(text, **args),)), me)

    def tell_room(self, room: Room, event: Event, by: Member | None = None) -> Delivery:
        """Address an event to all who hear a room."""
        return Delivery(event, room.name, self.now, by.id if by else 0)

    def note(self, event: Event, by: Member | None = None) -> Delivery:
        """Address a fact to nobody but the log and those who watch."""
        return Delivery(event, NOBODY, self.now, by.id if by else 0)

    # --- moving -----------------------------------------------------------------------------------

    def check_may_join(self, me: Member, name: str) -> None:
        """Refuse who may not come into this room."""
        room = self.rooms.get(name)
        if me.console:
            raise Refusal(Reason.NOT_ALLOWED, "The console stands outside the rooms. Join with the client.")
        most = self.settings.max_rooms
        if most and len(me.rooms) >= most:
            raise Refusal(Reason.NOT_ALLOWED, "You are in {most} rooms already. /leave one of them first.", most=most)
        if room is None:
            return
        if not me.admin:
            self.check_ban(room.bans, names.fold(me.name), me.address)
            self.check_room_for(name)

    def check_room_for(self, name: str) -> None:
        """Refuse one more member where the limit is reached."""
        room = self.rooms.get(name)
        if room and room.limit and len(room.members) >= room.limit:
            raise Refusal(
                Reason.ROOM_FULL,
                "{room} is full ({limit} members). Try again later.",
                room=name,
                limit=room.limit,
            )

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

    def subscribe(self, me: Member, name: str, place: Entered, now: float) -> list[Delivery]:
        """Take a program into a room, or give it its place in one again that it never left (it came back)."""
        self.now = now
        if name in me.rooms:
            me.current = name
            return [Delivery(place, name, now, me.id), standing(self, me, me.rooms[name])]
        self.check_may_join(me, name)
        told = list(self.arrive(me, name, place=place))
        return [*told, standing(self, me, me.rooms[name])]

    def unsubscribe(self, me: Member, name: str, now: float, *, quiet: bool = False) -> list[Delivery]:
        """Take a program out of a room; nobody is told if it leaves quietly."""
        self.now = now
        return list(self.go(me, self.own_room(me, name), None if quiet else Left(me.name)))

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

    def keeps(self, room: str) -> Keeping:
        """Return how long a room's messages are kept."""
        own = (
            self.rooms[room].keep if room in self.rooms else facts.keep_of(self._remembered.get(facts.ROOM + room, ""))
        )
        return replace(self.keeping, count=min(own, self.keeping.count or own)) if own else self.keeping

    def _made(self, me: Member, name: str) -> Room:
        """Make a room, as it is remembered; one that belongs to nobody is its maker's."""
        known = self._remembered.get(facts.ROOM + name)
        room = self.rooms[name] = facts.restored(name, known) if known else Room(name)
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
        for room in self.rooms.values():
            if old in room.mutes:
                room.mutes[new] = room.mutes.pop(old)
        told = [Delivery(event, room, self.now, me.id, told=rooms[:place]) for place, room in enumerate(rooms)]
        return [*told, self.note(event, me)]

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

    def restyle(self, me: Member, **changes: str | bool) -> None:
        """Change how a member sees things."""
        me.taste = replace(me.taste, **changes)  # type: ignore[arg-type]


def _shown(name: str) -> str:
    return names.fold(name)[: names.MAX_NAME] if name.isprintable() else "?"


def _not_allowed(rank: Rank) -> Refusal:
    if rank is Rank.ADMIN:
        return Refusal(Reason.NOT_ALLOWED, "Only an administrator may do that.")
    return Refusal(Reason.NOT_ALLOWED, "Only an operator may do that.")
