"""Talking: in a room, to one person, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from chatproto.core import mentions, names
from chatproto.core.declare import Command, Internal, Name, Place, Text, Whisper, command
from chatproto.core.events import Acted, Delivery, Reason, Refusal, Said, Whispered
from chatproto.core.members import MAX_IGNORED, span
from chatproto.core.seats import IN_THE_CHAT
from chatproto.core.text import message, one_line

if TYPE_CHECKING:
    from chatproto.core.accounts import Account
    from chatproto.core.chat import Chat
    from chatproto.core.members import Member, Person, Room


@command("say", ko="말 말하기", th="พูด")
class Say(Command):
    """Say something in the room. A line without a slash does the same; this also says `exit` or `/x`."""

    room: Place = ""
    text: Text

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        if me.console:
            room = chat.room(me, self.room) if self.room else None
            return [*chat.announce(me, room, message(self.text)), *chat.answer_announced(me, room)]
        return [said(chat, me, speaking(chat, me, self.room), self.text)]


class SayOutside(Internal):
    """A program says something in a room without coming in: it hears nothing, so nobody has to see it come and go."""

    room: str
    text: str

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        if self.room in me.rooms:
            return Say(room=self.room, text=self.text).run(chat, me)
        chat.check_may_join(me, self.room)
        room = chat.as_left(self.room)
        chat.check_voice(me, room)
        return [said(chat, me, room, self.text)]


@command("me", ko="나는", th="ฉัน", seats=IN_THE_CHAT)
class Me(Command):
    """Say what you do: `/me waves` shows as `* <oscar> waves`."""

    room: Place = ""
    text: Text

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        text = message(self.text)
        room = speaking(chat, me, self.room)
        return [chat.tell_room(room, Acted(me.name, text, mentioned(chat, room, text)), me)]


@command("msg", also="m w whisper tell dm", ko="귓속말 귓말", th="กระซิบ")
class Msg(Command):
    """Send a direct message: only that person reads it. For somebody registered who is away it waits."""

    name: Name
    text: Whisper

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        return whisper(chat, me, self.name, self.text)


class MsgOnce(Internal):
    """A program sends a direct message, perhaps again after a cut: under one key it is sent once."""

    name: str
    text: str
    key: str

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        key, what = f"{me.who.identity}\n{self.key}", f"{self.name}\n{self.text}"
        if chat.asked.knows(key, what):
            return []
        return chat.keep_asked(key, what, list(whisper(chat, me, self.name, self.text)))


@command("reply", also="r", ko="답장 답", th="ตอบ", seats=IN_THE_CHAT)
class Reply(Command):
    """Answer the last direct message you got."""

    text: Whisper

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        other = me.who.whisperer
        if other is None:
            raise Refusal(Reason.NO_SUCH_USER, "Nobody has sent you a direct message yet. /msg NAME TEXT sends one.")
        if other.places or other.account:
            return whisper(chat, me, other.account or other.name, self.text)
        text = "{name}, who wrote to you last, has left. /msg NAME TEXT sends a message to somebody else."
        raise Refusal(Reason.NO_SUCH_USER, text, name=other.name)


@command("away", ko="자리비움", th="ไม่อยู่", seats=IN_THE_CHAT)
class Away(Command):
    """Say that you are away, and why; without a text, that you are back.

    Whoever sends you a direct message is told.
    """

    why: Text = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        me.who.away = one_line(self.why)
        if me.who.away:
            return [chat.answer(me, "You are away: {why}. /away alone says that you are back.", why=me.who.away)]
        return [chat.answer(me, "You are back.")]


@command("ignore", ko="무시", th="เมิน ละเว้น", seats=IN_THE_CHAT)
class Ignore(Command):
    """Hear nothing more that somebody says; without a name, list whom you ignore.

    Guests who come later from where that person was are not heard either, until /unignore lets each of them.
    """

    name: Name = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        if not self.name:
            return [_ignored(chat, me)]
        shown = names.person(self.name)
        key, whom = chat.target(shown)
        if len(me.ignored) >= MAX_IGNORED:
            raise Refusal(Reason.NOT_ALLOWED, "You ignore {most} names already. /unignore one first.", most=MAX_IGNORED)
        me.who.ignored = {**me.ignored, key: whom}
        return [chat.answer(me, "You no longer hear what {name} says. /unignore {name} undoes it.", name=shown)]


@command("unignore", ko="무시해제", th="เลิกเมิน เลิกละเว้น", seats=IN_THE_CHAT)
class Unignore(Command):
    """Hear somebody again."""

    name: Name

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        changing = chat.lifting(me.ignored, chat.key(self.name))
        if not changing:
            raise Refusal(Reason.NO_SUCH_USER, "You do not ignore anybody of that name. /ignore lists whom you do.")
        ignored = {**me.ignored, **changing}
        me.who.ignored = {key: whom for key, whom in ignored.items() if whom}
        return [chat.answer(me, "You hear {name} again.", name=self.name)]


def _ignored(chat: Chat, me: Member) -> Delivery:
    if not me.ignored:
        return chat.answer(me, "You ignore nobody.")
    return chat.answer(me, "You ignore {names}.", names=tuple(sorted(me.ignored)))


def speaking(chat: Chat, me: Member, name: str) -> Room:
    """Return the room to speak in; refuse who is not in it or may not speak there."""
    room = chat.own_room(me, name)
    chat.check_voice(me, room)
    return room


def said(chat: Chat, me: Member, room: Room, text: str) -> Delivery:
    """Tell a room what somebody said there. Check first."""
    text = message(text)
    return chat.tell_room(room, Said(me.name, text, mentioned(chat, room, text)), me)


def whisper(chat: Chat, me: Member, name: str, text: str) -> Iterable[Delivery]:
    """Send a direct message; say if it will not be read now. One to somebody registered waits until it is read."""
    text = message(text)
    account = chat.accounts.get(name)
    to = None if account and not chat.known(name) else chat.person(name)
    if to:
        account = chat.accounts.get(to.account)
    if to and to.ignores(me):
        raise Refusal(Reason.NOT_ALLOWED, "{name} does not take messages from you.", name=to.name)
    key = f"guest {chat.next_word()}"
    if account:
        fact = chat.keep_word(me, account, text)
        key = fact.key
        if to:
            chat.unless_kept(partial(setattr, to, "whisperer", to.whisperer))
        yield chat.remember(fact)
    if to:
        yield from _to_each_place(chat, me, to, text, key)
    yield from _not_read_now(chat, me, to, account)


def _to_each_place(chat: Chat, me: Member, to: Person, text: str, key: str) -> Iterable[Delivery]:
    to.whisperer = me.who
    told: tuple[str, ...] = ()
    for place in to.places.values():
        yield replace(chat.tell(place, Whispered(me.name, to.name, text), me), told=told, key=key)
        told = (to.name,)


def _not_read_now(chat: Chat, me: Member, to: Person | None, account: Account | None) -> Iterable[Delivery]:
    if chat.is_connected(to):
        if to and to.away:
            yield chat.answer(me, "{name} is away: {why}", name=to.name, why=to.away)
    elif account:
        yield chat.answer(me, "{name} is not here and will read it on coming back.", name=account.name)
    elif to:
        left = span(chat.settings.linger)
        text = "{name} has lost the connection, and reads this only on coming back within {span}."
        yield chat.answer(me, text, name=to.name, span=left)


def mentioned(chat: Chat, room: Room, text: str) -> tuple[int, ...]:
    """Return the ids of those in a room whom a text calls."""
    called = (chat.people[name] for name in mentions.mentioned(text, chat.people))
    return tuple(place for who in called for place in who.places if place in room.members)
