"""Rooms: coming, going, and what they are like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import TYPE_CHECKING

from chatproto.core import names
from chatproto.core.declare import (
    AChoice,
    ASetting,
    Command,
    Internal,
    Name,
    Place,
    Rank,
    RoomName,
    Text,
    Word,
    command,
)
from chatproto.core.events import (
    Answer,
    Delivery,
    Left,
    NewSecret,
    Noticed,
    Reason,
    Refusal,
    Ruled,
    Sentence,
    Topic,
    say,
)
from chatproto.core.members import INVITED_FOR, MAX_SANCTIONS, span
from chatproto.core.seats import IN_THE_CHAT
from chatproto.core.text import one_line

if TYPE_CHECKING:
    from chatproto.core.chat import Chat
    from chatproto.core.members import Member, Person, Room
from typing import Annotated

LISTED = 100  # rooms or names in one answer: a screen or two


@command("join", also="j", ko="입장 참여 방만들기", th="เข้าห้อง เข้า", seats=IN_THE_CHAT)
class Join(Command):
    """Go into a room, or back to one you are in. If there is no such room yet, you make it and run it.

    Into a private room one comes with an invitation, once.
    """

    room: RoomName
    invitation: Word = field(default="", repr=False)

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        if self.room in me.rooms:
            me.current = self.room
            yield standing(chat, me, me.rooms[self.room])
            return
        chat.check_may_join(me, self.room, self.invitation)
        yield from chat.come_in(me, self.room, self.invitation)
        yield standing(chat, me, me.rooms[self.room])


@command("invite", ko="초대", th="เชิญ")
class Invite(Command):
    """Invite somebody who is here into the room, or show what others need to come; `--once` is for a private room.

    It makes an invitation for one person and seven days, good at every door; somebody who is named is given it.
    Only who runs a private room invites into it.
    """

    room: Place = ""
    once: Annotated[str, AChoice(("--once", "once"))] = ""
    name: Name = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room = chat.room(me, self.room)
        if self.name:
            return self._invite(chat, me, room)
        if not room.private and self.once:
            text = "{room} is open to everybody: /invite alone says how to come. /set private on closes it."
            raise Refusal(Reason.NOT_ALLOWED, text, room=room.name)
        if room.private and not self.once:
            text = "{room} is private. /invite --once makes an invitation for one person."
            raise Refusal(Reason.NOT_ALLOWED, text, room=room.name)
        if not self.once:
            lines = (say("Others come into {room} like this.", room=room.name), *chat.reach.ways(room.name))
            return [chat.tell(me, Answer(lines), me)]
        check_runs(chat, me, room)
        return [chat.wish(me, NewSecret(lambda token: Invited(room=room.name, token=token)))]

    def _invite(self, chat: Chat, me: Member, room: Room) -> Iterable[Delivery]:
        """Invite who is named: into a private room with an invitation of their own."""
        bob = chat.person(self.name)
        if bob in room.people:
            raise Refusal(Reason.NOT_ALLOWED, "{name} is in {room} already.", name=bob.name, room=room.name)
        if bob.ignores(me):
            raise Refusal(Reason.NOT_ALLOWED, "{name} does not take messages from you.", name=bob.name)
        if not room.private:
            return invited(chat, me, bob, room)
        check_runs(chat, me, room)
        return [chat.wish(me, NewSecret(lambda token: Invited(room=room.name, token=token, name=bob.name)))]


class Invited(Internal):
    """The secret of an invitation was drawn by lot; `name` is who is given it, if anybody was named."""

    room: str
    token: str = field(repr=False)
    name: str = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room = chat.room(me, self.room)
        check_runs(chat, me, room)
        bob = chat.person(self.name) if self.name else None
        yield from chat.invite(me, room, self.token)
        if bob:
            yield from invited(chat, me, bob, room, self.token)
            return
        text = "One person comes into {room} like this, once, within {span}."
        lines = (say(text, room=room.name, span=span(INVITED_FOR)), *chat.reach.ways(room.name, self.token))
        yield chat.tell(me, Answer(lines), me)
        yield chat.note(Ruled(me.name, f"invite {room.name}", "", ""), me)


def invited(chat: Chat, me: Member, bob: Person, room: Room, token: str = "") -> Iterable[Delivery]:
    """Tell somebody, wherever they are, that they are invited, and how they come."""
    text = "{by} invites you into {room}. This takes you there: {line}"
    told = say(text, by=me.name, room=room.name, line=chat.way_into(room.name, token))
    for place in bob.places.values():
        yield chat.tell(place, Answer((told,)), me)
    yield chat.answer(me, "{name} has been told how to come into {room}.", name=bob.name, room=room.name)
    yield chat.note(Ruled(me.name, f"invite {room.name}", bob.name, ""), me)


def check_runs(chat: Chat, me: Member, room: Room) -> None:
    """Refuse who does not run a room."""
    if chat.rank(me.who, room) < Rank.OPERATOR:
        raise Refusal(Reason.NOT_ALLOWED, "Only an operator may do that.")


@command("leave", also="part", ko="방나가기", th="ออกห้อง", seats=IN_THE_CHAT)
class Leave(Command):
    """Leave a room and stay on the server."""

    room: Place = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room = chat.own_room(me, self.room)
        yield from chat.go(me, room, Left(me.name))
        if me.current:
            yield chat.answer(me, "You left {room}. You are in {current} now.", room=room.name, current=me.current)
        else:
            yield chat.answer(me, "You left {room}. /join ROOM takes you into another.", room=room.name)


@command("rooms", also="list", ko="방목록 목록", th="ห้องทั้งหมด รายชื่อห้อง")
class Rooms(Command):
    """List the rooms, with how many are in them and what they are about."""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        known = [room for room in chat.rooms.values() if chat.knows(me, room)]
        rooms = sorted(known, key=lambda r: (-len(r.people), r.name))
        lines = [_described(room) for room in rooms[:LISTED]]
        if len(rooms) > LISTED:
            lines.append(say("… and {count} more.", count=len(rooms) - LISTED))
        facts = {"rooms": ",".join(room.name for room in rooms[:LISTED])}
        return [chat.tell(me, Answer(tuple(lines), facts), me)]


@command("who", also="names members", ko="누구 참가자", th="ใคร สมาชิก")
class Who(Command):
    """List who is in the room, and who runs it."""

    room: Place = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        if me.console and not self.room:
            return [_everybody(chat, me)]
        room = chat.room(me, self.room)
        there = sorted(room.people, key=lambda who: names.fold(who.name))
        nobody = say("Nobody is in {room}.", room=room.name)
        listed = say("{count} in {room}: {names}", count=len(there), room=room.name, names=_listed(there))
        lines = [listed if there else nobody]
        operators = [who for who in there if who in room.operators]
        if operators:
            lines.append(say("Run by {names}", names=_listed(operators)))
        return [chat.tell(me, Answer(tuple(lines), facts_of(room)), me)]


@command("topic", ko="주제", th="หัวข้อ")
class TopicIs(Command):
    """Show what the room is about, or set it."""

    room: Place = ""
    text: Text = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room = chat.room(me, self.room)
        if not self.text:
            return [_topic(chat, me, room)]
        chat.check_voice(me, room)
        topic = one_line(self.text)
        chat.changing(room)
        room.topic = topic
        return [*chat.answer_outside(me, room.name), chat.tell_room(room, Topic(me.name, room.topic), me)]


@command("set", ko="설정", th="ตั้งค่า", rank=Rank.OPERATOR)
class Set(Command):
    """Change how the room works: `/set limit 5` lets in five, `/set hush on` lets only operators speak.

    `/set keep 1000` keeps the newest thousand messages and no more; `/set private on` lets in only who is here
    already or has an invitation. 0 or `off` undoes each.
    """

    room: Place = ""
    what: Annotated[str, AChoice(("limit", "hush", "keep", "private"))]
    value: Annotated[int, ASetting()]

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room = chat.scope(me, self.room or me.current or names.LOBBY)
        assert room  # a name was given: scope returns a room or refuses
        if self.what == "private" and room.name == names.LOBBY:
            raise Refusal(Reason.NOT_ALLOWED, "{room} is where everybody comes in: it stays open.", room=room.name)
        chat.changing(room)
        if self.what == "limit":
            room.limit = self.value
        elif self.what == "keep":
            room.keep = self.value
        elif self.what == "private":
            room.private = bool(self.value)
            here = {who.account for who in room.people if who.account} if room.private else set[str]()
            room.admitted = set(sorted(here)[:MAX_SANCTIONS])
        else:
            room.hushed = bool(self.value)
        yield from chat.answer_outside(me, room.name)
        yield chat.tell_room(room, Noticed(_changed(chat, me, room, self.what)), me)
        yield chat.ruled(me, self, room.name, f"{self.what} {self.value}")


def _changed(chat: Chat, me: Member, room: Room, what: str) -> Sentence:
    if what == "hush":
        if room.hushed:
            return say("{by} hushed {room}: only its operators may speak now", by=me.name, room=room.name)
        return say("{by} ended the hush in {room}", by=me.name, room=room.name)
    if what == "private":
        if room.private:
            return say("{by} made {room} private: one comes in by invitation now", by=me.name, room=room.name)
        return say("{by} opened {room} to everybody", by=me.name, room=room.name)
    if what == "keep":
        kept = chat.keeps(room.name).told
        return say("{by} set how much of {room} is kept. {kept}", by=me.name, room=room.name, kept=kept)
    if room.limit:
        return say("{by} limited {room} to {limit} members", by=me.name, room=room.name, limit=room.limit)
    return say("{by} took the limit off {room}", by=me.name, room=room.name)


def standing(chat: Chat, me: Member, room: Room) -> Delivery:
    """Tell somebody where they are now, with whom, and what the room is about."""
    lines = [say("You are in {room} with {others}.", room=room.name, others=chat.others(me, room))]
    if room.topic:
        lines.append(say("Topic: {topic}", topic=room.topic))
    if chat.durable:
        lines.append(chat.keeps(room.name).told)
    return chat.tell(me, Answer(tuple(lines), facts_of(room)), me)


def facts_of(room: Room) -> dict[str, str]:
    """Return a room's state for programs: its name, how many are in it, and who, if they are not too many."""
    facts = {"room": room.name, "count": str(len(room.people))}
    if len(room.people) <= LISTED:
        facts["members"] = ",".join(who.name for who in room.people)
    if room.topic:
        facts["topic"] = room.topic
    return facts


def _listed(people: list[Person]) -> Sentence:
    shown = say("{names}", names=tuple(who.name for who in people[:LISTED]))
    if len(people) <= LISTED:
        return shown
    return say("{names} and {count} more", names=shown, count=len(people) - LISTED)


def _everybody(chat: Chat, me: Member) -> Delivery:
    there = sorted(chat.people.values(), key=lambda who: names.fold(who.name))
    if not there:
        return chat.answer(me, "Nobody is on the server.")
    return chat.answer(me, "{count} on the server: {names}", count=len(there), names=_listed(there))


def _described(room: Room) -> Sentence:
    if room.topic:
        return say("{room} ({count}) {topic}", room=room.name, count=len(room.people), topic=room.topic)
    return say("{room} ({count})", room=room.name, count=len(room.people))


def _topic(chat: Chat, me: Member, room: Room) -> Delivery:
    if room.topic:
        return chat.answer(me, "Topic: {topic}", topic=room.topic)
    return chat.answer(me, "{room} has no topic. /topic TEXT sets one.", room=room.name)
