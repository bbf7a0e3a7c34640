"""Rule: what operators of a room and administrators of the server may do.

An order is about the room that it names, or else about the room that its giver is in. An administrator's is about the
whole server where it says so, or where its giver is in no room: `/kick bob` puts bob out of the room, `/kick --server
bob` off the server. Every order is noted in the activity log with who, what and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from chatproto.core import names
from chatproto.core.addresses import address_range, is_range
from chatproto.core.declare import AChoice, Command, Internal, Name, Place, Rank, Scope, Span, Text, command
from chatproto.core.events import (
    Answer,
    Delivery,
    Event,
    Kicked,
    KickedWhy,
    Noticed,
    PutOut,
    Reason,
    Refusal,
    Sentence,
    say,
)
from chatproto.core.members import MAX_SANCTIONS, Member, Person
from chatproto.core.sanctions import NOBODY_ELSE, Sanction, Sanctions, Target
from chatproto.core.text import message, one_line

if TYPE_CHECKING:
    from chatproto.core.chat import Chat
    from chatproto.core.members import Room


MADE_ADMIN = "{by} made you an administrator of this server."
NO_ADMIN = "You are no longer an administrator of this server."
BANNED = "{key} is banned{until}. /unban {key} undoes it."
EVERYBODY_BANNED = "Everybody at {key} is banned{until}. /unban {key} undoes it."
NO_RANGE = "{text} is no address and no range of addresses. Write 192.0.2.9, 192.0.2.0/24 or 2001:db8::/64."


@command("kick", rank=Rank.OPERATOR, ko="강퇴 추방", th="เตะ")
class Kick(Command):
    """Put somebody out of the room; an administrator puts off the server with `/kick --server NAME`."""

    room: Scope = ""
    name: Name
    why: Text = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room = chat.scope(me, self.room)
        bob, why = chat.inside(room, self.name) if room else chat.person(self.name), one_line(self.why)
        chat.check_outranked(me, bob, room)
        for place in list(bob.places.values()):
            yield from put_out(chat, me, place, room, why)
        if not room or me.id not in room.members:
            yield chat.answer(me, "{name} was put out.", name=bob.name)
        yield chat.ruled(me, self, bob.name, why, room)


@command("ban", rank=Rank.OPERATOR, ko="차단 밴", th="แบน")
class Ban(Command):
    """Keep a name or an address out, for a time or for good; whoever it is about and is here is put out.

    It is from the room that one is in or names; an administrator bans from the server with `/ban --server NAME`.
    An address of IPv6 stands for its /64, since one household has all of it; a range is written 192.0.2.0/24.
    Guests who come later from where a banned person was are kept out too, registered names are not.
    """

    room: Scope = ""
    name: Name
    time: Span = 0
    why: Text = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room, why = chat.scope(me, self.room), one_line(self.why)
        key, whom = banned(chat, self.name)
        ban = Sanction(me.name, _until(chat, self.time), why, whom)
        targets = _present(chat, room, key, whom)
        chat.check_away(me, key)
        for bob in targets:
            chat.check_outranked(me, bob.who, room)
        chat.changing(room)
        impose(room.bans if room else chat.bans, key, ban, chat.now)
        until = chat.terms(ban)["until"]
        yield chat.answer(me, EVERYBODY_BANNED if is_range(key) else BANNED, key=key, until=until)
        yield chat.ruled(me, self, key, why, room)
        if targets:
            yield chat.afterwards(me, Banned(room=room.name if room else "", key=key, why=why))


class Banned(Internal):
    """A ban is kept: whoever it is about and is still here is put out."""

    room: str
    key: str
    why: str

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room = chat.rooms.get(self.room)
        bans = room.bans if room else chat.bans
        if (self.room and not room) or self.key not in bans:
            return
        for bob in _present(chat, room, self.key, bans[self.key].whom):  # they may have logged in meanwhile
            yield from put_out(chat, me, bob, room, self.why)


@command("unban", rank=Rank.OPERATOR, ko="차단해제 밴해제", th="ปลดแบน ยกเลิกแบน")
class Unban(Command):
    """Let a name or an address in again; what `/ban --server` did is undone by `/unban --server`."""

    room: Scope = ""
    name: Name

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room, key = chat.scope(me, self.room), banned_key(self.name)
        bans = room.bans if room else chat.bans
        lifted = _lifted(chat, bans, key)
        if not lifted:
            raise Refusal(Reason.NO_SUCH_USER, "{key} is not banned. /bans lists who is.", key=key)
        _lift(chat, room, bans, lifted)
        yield chat.answer(me, "{key} is no longer banned.", key=key)
        yield chat.ruled(me, self, key, "", room)


@command("bans", rank=Rank.OPERATOR, ko="차단목록", th="รายชื่อแบน")
class Bans(Command):
    """List who is banned and who is muted, for how long, and why; `/bans --server` lists the bans of the server."""

    room: Scope = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room = chat.scope(me, self.room)
        lines = _listed(chat, "banned", room.bans if room else chat.bans)
        if room:
            lines += _listed(chat, "muted", room.mutes)
        return [chat.tell(me, Answer(tuple(lines) or (say("Nobody is banned or muted."),)), me)]


@command("mute", rank=Rank.OPERATOR, ko="음소거 채금", th="ห้ามพูด ปิดเสียง")
class Mute(Command):
    """Let somebody read but not speak in the room, for a time or until /unmute.

    Guests who come later from where a muted person was may not speak either, until /unmute lets each of them.
    """

    room: Place = ""
    name: Name
    time: Span = 0
    why: Text = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room, why = _the_room(chat, me, self.room), one_line(self.why)
        bob = _known(chat, self.name)
        if bob:
            chat.check_outranked(me, bob, room)
        chat.check_away(me, self.name)
        key, whom = chat.target(self.name)
        _check_not_own(chat, me, room, self.name, {key: None})
        chat.changing(room)
        impose(room.mutes, key, Sanction(me.name, _until(chat, self.time), why, whom), chat.now)
        name = bob.name if bob else chat.accounts.called(key)
        yield from noticed(chat, me, room, say("{by} muted {name}", by=me.name, name=name))
        yield chat.ruled(me, self, name, why, room)


@command("unmute", rank=Rank.OPERATOR, ko="음소거해제 채금해제", th="ให้พูด เปิดเสียง")
class Unmute(Command):
    """Let somebody speak again."""

    room: Place = ""
    name: Name

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room, bob = _the_room(chat, me, self.room), chat.known(self.name)
        name, lifted = bob.name if bob else self.name, _lifted(chat, room.mutes, chat.key(self.name))
        _check_not_own(chat, me, room, name, lifted)
        if not lifted:
            raise Refusal(
                Reason.NO_SUCH_USER,
                "Nobody of that name is muted in {room}. /bans {room} lists who is.",
                room=room.name,
            )
        _lift(chat, room, room.mutes, lifted)
        yield from noticed(chat, me, room, say("{by} lets {name} speak again", by=me.name, name=name))
        yield chat.ruled(me, self, name, "", room)


@command("op", rank=Rank.OPERATOR, ko="운영자임명 운영자", th="ตั้งผู้ดูแล")
class Op(Command):
    """Make somebody an operator of the room; a registered name also while its owner is away."""

    room: Place = ""
    name: Name

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room, bob = _the_room(chat, me, self.room), _known(chat, self.name)
        account = bob.account if bob else chat.key(self.name)
        if not account and bob not in room.people:
            text = "{name} is not in {room}. Only a registered name can be an operator while away."
            raise Refusal(Reason.NO_SUCH_USER, text, name=self.name, room=room.name)
        if account and account not in room.owners:
            chat.changing(room)
            if bob and bob not in room.operators:
                chat.unless_kept(lambda: room.operators.discard(bob))
            room.owners.add(account)
        if bob in room.people:
            room.operators.add(bob)
        name = bob.name if bob else chat.accounts.called(account)
        yield from noticed(chat, me, room, say("{by} made {name} an operator", by=me.name, name=name))
        yield chat.ruled(me, self, name, "", room)


@command("deop", rank=Rank.OPERATOR, ko="운영자해임 운영자해제", th="ปลดผู้ดูแล")
class Deop(Command):
    """Take an operator's rights away, also while they are away, or lay down your own."""

    room: Place = ""
    name: Name

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room, bob = _the_room(chat, me, self.room), _known(chat, self.name)
        account, name = (bob.account, bob.name) if bob else (chat.key(self.name), chat.accounts.called(self.name))
        if bob not in room.operators and account not in room.owners:
            raise Refusal(
                Reason.NO_SUCH_USER,
                "{name} is not an operator of {room}. /who {room} lists who runs it.",
                name=name,
                room=room.name,
            )
        if account in room.owners:
            chat.changing(room)
            room.owners.remove(account)
        if bob and bob in room.operators:
            chat.unless_kept(lambda: room.operators.update({bob} & room.people.keys()))
            room.operators.discard(bob)
        yield from noticed(chat, me, room, say("{by} took {name}'s operator rights", by=me.name, name=name))
        yield chat.ruled(me, self, name, "", room)


@command("announce", rank=Rank.OPERATOR, ko="공지", th="ประกาศ")
class Announce(Command):
    """Say something that stands out to the room; an administrator tells everybody with `/announce --server TEXT`."""

    room: Scope = ""
    text: Text

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        text = message(self.text)
        room = chat.scope(me, self.room)
        if room and not me.admin:
            chat.check_voice(me, room)
        yield from chat.announce(me, room, text)
        yield from chat.answer_announced(me, room)
        yield chat.ruled(me, self, "", "", room)


@command("grant", rank=Rank.ADMIN, ko="관리자임명", th="ตั้งแอดมิน")
class Grant(Command):
    """Make somebody an administrator: for good if the name is registered, else for as long as they stay."""

    name: Name
    role: Annotated[str, AChoice(("admin",))] = "admin"

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        yield from _made_admin(chat, me, self.name, admin=True)
        yield chat.ruled(me, self, self.name, "")


@command("revoke", rank=Rank.ADMIN, ko="관리자해임", th="ปลดแอดมิน")
class Revoke(Command):
    """Take an administrator's rights away."""

    name: Name

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        yield from _made_admin(chat, me, self.name, admin=False)
        yield chat.ruled(me, self, self.name, "")


@command("shutdown", rank=Rank.ADMIN, ko="서버종료", th="ปิดเซิร์ฟเวอร์")
class Shutdown(Command):
    """End the server. Everybody is told."""

    why: Text = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        yield chat.ruled(me, self, "", one_line(self.why))
        yield chat.stop()


def _made_admin(chat: Chat, me: Member, name: str, *, admin: bool) -> Iterable[Delivery]:
    bob = chat.known(name)
    account = chat.accounts.get(bob.account if bob else name)
    if account is None and bob is None:
        raise Refusal(Reason.NO_SUCH_USER, "{name} is not registered, and is not here.", name=name)
    if not admin and not (account and account.admin) and not (bob and bob.admin):
        raise Refusal(Reason.NO_SUCH_USER, "{name} is not an administrator.", name=name)
    if account:
        yield chat.keep(replace(account, admin=admin))
    if bob:
        before, bob.admin = bob.admin, admin
        if account:
            chat.unless_kept(lambda: setattr(bob, "admin", before))
        what = MADE_ADMIN if admin else NO_ADMIN
        yield from (chat.tell(place, Answer((say(what, by=me.name),)), me) for place in bob.places.values())
    if bob is not me.who:
        done = "{name} is an administrator now." if admin else "{name} is no longer an administrator."
        yield chat.answer(me, done, name=name)


def noticed(chat: Chat, me: Member, room: Room, what: Sentence) -> Iterable[Delivery]:
    """Tell a room what was done there; and who did it from outside, as from the console, that it is done."""
    yield chat.tell_room(room, Noticed(what), me)
    if me.id not in room.members:
        yield chat.tell(me, Answer((say("{room}: {what}", room=room.name, what=what),)), me)


def put_out(chat: Chat, me: Member, bob: Member, room: Room | None, why: str) -> Iterable[Delivery]:
    """Put somebody out of a room, or off the server; tell them, and the others, who did it and why."""
    told: Event = KickedWhy(bob.name, me.name, why) if why else Kicked(bob.name, me.name)
    what = say("You can no longer send messages here: {by} put you out{why}.", by=me.name, why=_because(why))
    if room and bob.id not in room.members:
        return  # at this place they are not in it
    yield chat.tell(bob, PutOut(what, me.name, why, room.name if room else ""), me)
    if room:
        yield from chat.go(bob, room, told)
    else:
        yield from chat.departure(bob, "kicked", told)


def impose(sanctions: Sanctions, key: str, sanction: Sanction, now: float) -> None:
    """Add a ban or a mute, in place of those that have run out; refuse when there are too many."""
    for old in [k for k, s in sanctions.items() if not s.holds(now)]:
        del sanctions[old]
    if len(sanctions) >= MAX_SANCTIONS and key not in sanctions:
        raise Refusal(Reason.NOT_ALLOWED, "There are {most} entries already. Undo one first.", most=MAX_SANCTIONS)
    before = sanctions[key].whom if key in sanctions else NOBODY_ELSE
    sanctions[key] = replace(sanction, whom=before.joined(sanction.whom))


def banned(chat: Chat, text: str) -> tuple[str, Target]:
    """Return the key of a ban, and whom it is about: a range of addresses, or a person."""
    key = banned_key(text)
    return (key, NOBODY_ELSE) if is_range(key) else chat.target(key)


def banned_key(text: str) -> str:
    """Return what a ban is kept under: the canonical form of a range of addresses, or a folded name."""
    try:
        return address_range(text)
    except ValueError:
        if is_range(text):
            raise Refusal(Reason.BAD_NAME, NO_RANGE, text=one_line(text)) from None
        return names.fold(names.person(text))


def _present(chat: Chat, room: Room | None, key: str, whom: Target) -> list[Member]:
    """Return the members here, in the room or on the server, whom a ban is about."""
    there = (room.members if room else chat.by_id).values()
    return [m for m in there if not m.console and whom.is_about(key, m.subject)]


def _lifted(chat: Chat, sanctions: Sanctions, key: str) -> dict[str, Target | None]:
    """Return what changes when no ban, or mute, is to be about somebody any more."""
    return chat.lifting({k: s.whom for k, s in sanctions.items()}, key)


def _lift(chat: Chat, room: Room | None, sanctions: Sanctions, lifted: Mapping[str, Target | None]) -> None:
    chat.changing(room)
    for key, whom in lifted.items():
        if whom is None:
            del sanctions[key]
        else:
            sanctions[key] = replace(sanctions[key], whom=whom)


def _check_not_own(chat: Chat, me: Member, room: Room, name: str, changing: Mapping[str, Target | None]) -> None:
    """Refuse to lift or to set anew a mute that holds for oneself, under whatever name; an administrator may."""
    if me.admin:
        return
    for key, mute in room.mutes.reaching(me.subject, chat.now).items():
        whom = changing.get(key, mute.whom)
        if whom is None or not whom.reaches(key, me.subject):
            raise Refusal(Reason.NOT_ALLOWED, "You cannot do that to {name}.", name=name)


def _known(chat: Chat, name: str) -> Person | None:
    """Return the person of a name, None for the owner of an account who is not here; refuse a name that is nobody's."""
    account = chat.accounts.get(name)
    return chat.known(name) if account else chat.person(name)


def _until(chat: Chat, time: int) -> float:
    return chat.now + time if time else 0.0


def _the_room(chat: Chat, me: Member, name: str) -> Room:
    return chat.room(me, name or me.current or names.LOBBY)


def _because(why: str) -> Sentence:
    return say(": {reason}", reason=why) if why else say("")


def _listed(chat: Chat, what: str, sanctions: Sanctions) -> list[Sentence]:
    return [_described(chat, what, key, s) for key, s in sanctions.items() if s.holds(chat.now)]


def _described(chat: Chat, what: str, name: str, sanction: Sanction) -> Sentence:
    others = tuple(sorted(sanction.whom.accounts - {name}))
    key = say("{name} (also {others})", name=name, others=others) if others else name
    if what == "muted":
        return say("{key} is muted by {by}{until}{why}", key=key, by=sanction.by, **chat.terms(sanction))
    if is_range(name):
        return say("Everybody at {key} is banned by {by}{until}{why}", key=key, by=sanction.by, **chat.terms(sanction))
    return say("{key} is banned by {by}{until}{why}", key=key, by=sanction.by, **chat.terms(sanction))
