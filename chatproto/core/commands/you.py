"""You: your name, how you see things, and how you go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from chatproto.core import names, zones
from chatproto.core.charsets import CODECS
from chatproto.core.declare import LANGUAGES, TIMES, AChoice, Command, FullName, Word, command
from chatproto.core.events import Answer, Delivery, Reason, Refusal, say
from chatproto.core.sanctions import called
from chatproto.core.seats import IN_THE_CHAT, WHERE_ONE_MAY_LEAVE

if TYPE_CHECKING:
    from chatproto.core.chat import Chat
    from chatproto.core.members import Member

Switch = Annotated[str, AChoice(("on", "off"))]


@command("nick", also="name", ko="닉네임 이름", th="ชื่อ", seats=IN_THE_CHAT)
class Nick(Command):
    """Take another name. A name is one word: blanks in it become `_`."""

    name: FullName

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        new = names.person(self.name)
        chat.check_free(new, me.who)
        if names.fold(new) != me.account:
            chat.accounts.check_unclaimed(new)
        for place in me.who.places.values():
            chat.check_known_as(place, called(names.fold(new)), new)
        yield from chat.rename(me, new)
        for place in me.who.places.values():
            if not place.rooms:
                yield chat.answer(place, "You are {name} now.", name=new)


@command("lang", ko="언어", th="ภาษา")
class Lang(Command):
    """Choose your language: English, Korean or Thai. Commands are understood in all of them, always."""

    language: Annotated[str, AChoice(LANGUAGES)]

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        chat.restyle(me, lang=self.language)
        return [chat.answer(me, "You read English now.")]


@command("time", ko="시간 시각", th="เวลา")
class Time(Command):
    """Choose how the time is shown before each line: in full, short, or not at all.

    dated is (2026-11-21 10:02:33) oscar : hi, and plain is oscar: hi.
    """

    how: Annotated[str, AChoice(TIMES)]

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        chat.restyle(me, time=self.how)
        return [chat.answer(me, "Time format: {how}.", how=self.how)]


@command("tz", ko="시간대", th="เขตเวลา")
class Tz(Command):
    """Choose your time zone, as `Asia/Seoul` or `+09:00`."""

    zone: Word

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        found = zones.named(self.zone, chat.zones)
        if not found and not chat.zones:
            text = "There is no time zone data here: the Python package tzdata is missing. Write an offset, as +09:00."
            raise Refusal(Reason.BAD_COMMAND, text)
        if not found:
            raise Refusal(Reason.BAD_COMMAND, "There is no such time zone. Write it as Asia/Seoul or +09:00.")
        chat.restyle(me, tz=found)
        return [chat.answer(me, "Times are shown for {zone} now.", zone=found)]


@command("charset", ko="문자집합 인코딩", th="ชุดอักขระ", seats=IN_THE_CHAT)
class Charset(Command):
    """Choose how your terminal at telnet or nc writes its letters: Korean Windows has cp949, Thai Windows tis-620."""

    name: Annotated[str, AChoice(tuple(CODECS))]

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        if not me.person:
            raise Refusal(Reason.NOT_ALLOWED, "Only a terminal at telnet or nc has a charset. Here it is UTF-8 always.")
        chat.restyle(me, charset=self.name)
        return [chat.answer(me, "Your letters are read and written in {charset} now.", charset=self.name)]


@command("echo", ko="에코 메아리", th="สะท้อน เสียงสะท้อน", seats=IN_THE_CHAT)
class Echo(Command):
    """Choose whether your own lines are sent back to you."""

    switch: Switch

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        chat.restyle(me, echo=self.switch == "on")
        if me.taste.echo:
            return [chat.answer(me, "Your own lines come back to you now.")]
        return [chat.answer(me, "Your own lines do not come back to you now.")]


@command("bell", ko="알림음 알림", th="เสียงเตือน กระดิ่ง", seats=IN_THE_CHAT)
class Bell(Command):
    """Choose when the bell of your terminal rings: never, when you are meant, or at all that others say."""

    when: Annotated[str, AChoice(("off", "mention", "all"))]

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        chat.restyle(me, bell=self.when)
        if self.when == "off":
            return [chat.answer(me, "The bell is off.")]
        if self.when == "mention":
            return [chat.answer(me, "The bell rings when a line names you, and at a direct message.")]
        return [chat.answer(me, "The bell rings at all that others say.")]


@command("whoami", ko="내정보 나는누구", th="ฉันคือใคร")
class Whoami(Command):
    """Show your name, your rooms and what you may do."""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        lines = [say("You are {name}.", name=me.name)]
        if me.admin:
            lines.append(say("You are an administrator of this server."))
        lines += [
            say("You run {room}.", room=r.name) if me.who in r.operators else say("You are in {room}.", room=r.name)
            for r in me.rooms.values()
        ]
        return [chat.tell(me, Answer(tuple(lines)), me)]


@command("quit", also="exit bye", ko="종료 나가기", th="ออก", seats=WHERE_ONE_MAY_LEAVE)
class Quit(Command):
    """Leave the chat."""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        yield chat.answer(me, "Goodbye, {name}.", name=me.name)
        yield from chat.departure(me, "quit")


@command("slip", also="slip-out quiet-exit", ko="조용히나가기", th="ออกเงียบๆ", seats=WHERE_ONE_MAY_LEAVE)
class Slip(Command):
    """Leave the chat quietly: the others are shown nothing."""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        yield chat.answer(me, "Goodbye, {name}.", name=me.name)
        yield from chat.departure(me, "quiet")
