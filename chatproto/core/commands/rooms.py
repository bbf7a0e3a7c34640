"""Rooms: coming, going, and what they are like."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatproto.core import names
from chatproto.core.declare import AChoice, Command, Number, Place, Rank, RoomName, Text, command
from chatproto.core.events import Answer, Delivery, Left, Noticed, Sentence, Topic, say
from chatproto.core.text import one_line

if TYPE_CHECKING:
    from chatproto.core.chat import Chat
    from chatproto.core.members import Member, Room
from typing import Annotated

LISTED = 100  # rooms or names in one answer: a screen or two


@command("join", also="j", ko="입장 참여", th="เข้าห้อง เข้า")
class Join(Command):
    """Go into a room, or back to one you are in. If there is no such room yet, you make it and run it."""

    room: RoomName

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        if self.room in me.rooms:
            me.current = self.room
            yield standing(chat, me, me.rooms[self.room])
            return
        chat.check_may_join(me, self.room)
        yield from chat.arrive(me, self.room)
        yield standing(chat, me, me.rooms[self.room])


@command("leave", also="part", ko="방나가기", th="ออกห้อง")
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


@command("rooms", also="list", ko="방목록", th="ห้องทั้งหมด รายชื่อห้อง")
class Rooms(Command):
    """List the rooms, with how many are in them and what they are about."""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        rooms = sorted(chat.rooms.values(), key=lambda r: (-len(r.members), r.name))
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
        there = sorted(room.members.values(), key=lambda m: names.fold(m.name))
        lines = [say("{count} in {room}: {names}", count=len(there), room=room.name, names=_listed(there))]
        operators = [m for m in there if m.id in room.operators]
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
        return [chat.tell_room(room, Topic(me.name, room.topic), me)]


@command("set", ko="설정", th="ตั้งค่า", rank=Rank.OPERATOR)
class Set(Command):
    """Change how the room works: `/set limit 5` lets in five, `/set hush 1` lets only operators speak.

    `/set keep 1000` keeps the newest thousand messages and no more. 0 undoes each.
    """

    room: Place = ""
    what: Annotated[str, AChoice(("limit", "hush", "keep"))]
    value: Number

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room = chat.scope(me, self.room or me.current or names.LOBBY)
        assert room  # a name was given: scope returns a room or refuses
        chat.changing(room)
        if self.what == "limit":
            room.limit = self.value
        elif self.what == "keep":
            room.keep = self.value
        else:
            room.hushed = bool(self.value)
        if me.id not in room.members:
            yield chat.answer(me, "Done.")
        yield chat.tell_room(room, Noticed(_changed(chat, me, room, self.what)), me)
        yield chat.ruled(me, self, room.name, f"{self.what} {self.value}")


def _changed(chat: Chat, me: Member, room: Room, what: str) -> Sentence:
    if what == "hush":
        if room.hushed:
            return say("{by} hushed {room}: only its operators may speak now", by=me.name, room=room.name)
        return say("{by} ended the hush in {room}", by=me.name, room=room.name)
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
    facts = {"room": room.name, "count": str(len(room.members))}
    if len(room.members) <= LISTED:
        facts["members"] = ",".join(m.name for m in room.members.values())
    if room.topic:
        facts["topic"] = room.topic
    return facts


def _listed(members: list[Member]) -> Sentence:
    shown = say("{names}", names=tuple(m.name for m in members[:LISTED]))
    if len(members) <= LISTED:
        return shown
    return say("{names} and {count} more", names=shown, count=len(members) - LISTED)


def _everybody(chat: Chat, me: Member) -> Delivery:
    there = sorted(chat.members.values(), key=lambda m: names.fold(m.name))
    return chat.answer(me, "{count} on the server: {names}", count=len(there), names=_listed(there))


def _described(room: Room) -> Sentence:
    if room.topic:
        return say("{room} ({count}) {topic}", room=room.name, count=len(room.members), topic=room.topic)
    return say("{room} ({count})", room=room.name, count=len(room.members))


def _topic(chat: Chat, me: Member, room: Room) -> Delivery:
    if room.topic:
        return chat.answer(me, "Topic: {topic}", topic=room.topic)
    return chat.answer(me, "{room} has no topic. /topic TEXT sets one.", room=room.name)
