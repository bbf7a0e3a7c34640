"""What was said: reading it again, finding it, taking it back.

A room is a log: what is taken back or said anew is one more event in it, and never a change in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from chatproto.core import names
from chatproto.core.declare import ASpan, Command, Internal, Number, Place, Rank, Text, Word, command
from chatproto.core.events import (
    Corrected,
    Deleted,
    Delivery,
    Locate,
    LocateLast,
    Reason,
    Recall,
    Refusal,
    Ruled,
    Search,
)
from chatproto.core.members import UNSAID
from chatproto.core.seats import IN_THE_CHAT
from chatproto.core.text import message

if TYPE_CHECKING:
    from chatproto.core.chat import Chat
    from chatproto.core.members import Member, Room

SCREEN = 20  # messages in an answer that asked for no number
MOST = 500  # messages in one answer
WORDS = 16  # in one search
CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
FILTER = re.compile(r"(?<!\S)(in|from|since):(\S+)", re.IGNORECASE)


@command("history", ko="지난대화 기록", th="ประวัติ")
class History(Command):
    """Show the newest messages of the room again, or those before the one of a number."""

    room: Place = ""
    count: Number = SCREEN
    before: Number = 0

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room = _inside(chat, me, self.room)
        wish = Recall(room.name, max(1, min(self.count, MOST)), self.before)
        return [chat.afterwards(me, Read(wish=wish))]


@command("since", ko="이후", th="ตั้งแต่")
class Since(Command):
    """Show what was said since a time: `/since 10:00`, `/since 2h`."""

    room: Place = ""
    when: Word

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room = _inside(chat, me, self.room)
        wish = Recall(room.name, last=MOST, since=moment(chat, me, self.when))
        return [chat.afterwards(me, Read(wish=wish))]


@command("search", also="find", ko="검색 찾기", th="ค้นหา")
class Find(Command):
    """Find what was said in your rooms: `/search lunch in:#dev from:oscar since:1d`.

    All the words have to be in it; what stands in "quotes" as it stands there.
    """

    text: Text

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        filters = {what.lower(): value for what, value in FILTER.findall(self.text)}
        text = " ".join(FILTER.sub("", self.text).split())
        if not any(c.isalnum() for c in text):
            raise Refusal(Reason.BAD_COMMAND, "Search for a word of at least one letter or digit.")
        if len(text.split()) > WORDS:
            raise Refusal(Reason.BAD_COMMAND, "Search for at most {most} words at once.", most=WORDS)
        rooms = [_inside(chat, me, names.room(filters["in"])).name] if "in" in filters else list(me.rooms)
        if not rooms:
            raise Refusal(Reason.NOT_IN_ROOM, "You are in no room. Say where to look: in:#dev")
        since = moment(chat, me, filters["since"]) if "since" in filters else 0.0
        wish = Search(text, tuple(rooms), filters.get("from", ""), since)
        return [chat.afterwards(me, Read(wish=wish))]


class Read(Internal):
    """All that was said before is kept: now it is read too, even what was said in the same breath."""

    wish: Recall | Search

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        return [chat.wish(me, self.wish)]


@command("delete", ko="삭제", th="ลบ")
class Delete(Command):
    """Take back your last message in the room, or as an operator the one of this number.

    Its text is no longer shown to anybody; who took it back is.
    Operators see the numbers in the answers to /history, /since and /search.
    """

    room: Place = ""
    number: Number = 0

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room = chat.room(me, self.room)
        rules = chat.rank(me.who, room) >= Rank.OPERATOR
        then = TakeBack(room=room.name, number=self.number, rules=rules)
        return [chat.wish(me, Locate(room.name, self.number, then)) if self.number else chat.afterwards(me, then)]


class TakeBack(Internal):
    """All that was said before is kept, and has its number: now it is known which message is the last."""

    room: str
    number: int
    rules: bool  # whether it is an operator who asked

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        if not self.number and (wish := _wish_for_last(chat, me, self.room, self)):
            yield wish
            return
        last, of = me.said.get(self.room), self.number or _last_of(me, self.room)
        if of != last and not self.rules:
            raise Refusal(Reason.NOT_ALLOWED, "You can take back only your own last message here.")
        if of == last:
            me.said[self.room] = UNSAID
            chat.unless_kept(lambda: me.said.update({self.room: of}))
        yield from chat.answer_outside(me, self.room)
        yield Delivery(Deleted(me.name, of), self.room, chat.now, me.id)
        yield chat.note(Ruled(me.name, f"{Delete.spec.word} {self.room}", str(of), ""), me)


@command("correct", also="fix", ko="정정 수정", th="แก้ไข", seats=IN_THE_CHAT)
class Correct(Command):
    """Correct your last message in the room."""

    room: Place = ""
    text: Text

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        room, text = chat.room(me, self.room), message(self.text)
        chat.check_voice(me, room)
        return [chat.afterwards(me, SayAnew(room=room.name, text=text))]


class SayAnew(Internal):
    """As `TakeBack`: now it is known which message is the last, and what it is to say."""

    room: str
    text: str

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        chat.check_voice(me, chat.room(me, self.room))  # they may have been put out, or muted, meanwhile
        if wish := _wish_for_last(chat, me, self.room, self):
            return [wish]
        return [Delivery(Corrected(me.name, _last_of(me, self.room), self.text), self.room, chat.now, me.id)]


def moment(chat: Chat, me: Member, text: str) -> float:
    """Return the time that `10:00` (today's, or yesterday's if that is still to come), `2h` or a date mean."""
    ago = ASpan().take(text)
    if ago and not ago[1]:
        return chat.now - float(str(ago[0]))
    found, zone = CLOCK.fullmatch(text), chat.zone(me.taste.tz)
    now = datetime.fromtimestamp(chat.now, zone)
    if found:
        then = now.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
        return (then if then <= now else then - timedelta(days=1)).timestamp()
    return _dated(text, zone)


def _dated(text: str, zone: tzinfo | None) -> float:
    try:
        then = datetime.fromisoformat(text)
        return (then if then.tzinfo else then.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError) as e:
        raise Refusal(Reason.BAD_COMMAND, "Write a time as 10:00, 2h or 2026-01-31.") from e


def _inside(chat: Chat, me: Member, name: str) -> Room:
    room = chat.room(me, name)
    if me.id not in room.members and not me.admin:
        raise Refusal(Reason.NOT_IN_ROOM, "You are not in {room}. /join {room} takes you there.", room=room.name)
    return room


def _wish_for_last(chat: Chat, me: Member, room: str, then: Internal) -> Delivery | None:
    """Return the wish to know what somebody said last, if only the journal does: they are registered, and have left."""
    account = chat.accounts.get(me.account) if me.account and room not in me.said else None
    return chat.wish(me, LocateLast(room, account.name, account.since, then)) if account else None


def _last_of(me: Member, room: str) -> int:
    last = me.said.get(room, UNSAID)
    if not last:
        text = "There is no last message of yours in {room} that could be corrected or taken back."
        raise Refusal(Reason.NOT_ALLOWED, text, room=room)
    return last
