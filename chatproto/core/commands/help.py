"""Help, computed from the declarations: what one may ask, and how the server is set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatproto.core.declare import Command, CommandWord, Rank, Spec, command
from chatproto.core.events import Answer, Delivery, Sentence, say
from chatproto.core.seats import Seat
from chatproto.core.settings import listed as settings_listed

if TYPE_CHECKING:
    from chatproto.core.chat import Chat
    from chatproto.core.members import Member
    from chatproto.core.parse import Vocabulary

SAID_IN_ROOM = say("A line without a slash is said in the room. /help kick explains one command.")
ANNOUNCED_TO_ALL = say("A line without a slash is announced to everybody. /help kick explains one command.")
CONSOLE_GREETING = say("This is the operator's console: a line is announced to everybody. /help lists the commands.")


@command("help", also="?", ko="도움말", th="ช่วยเหลือ ช่วย")
class Help(Command):
    """List the commands, or explain one."""

    word: CommandWord = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        if self.word:
            lines = explained(chat.vocabulary.known(self.word))
        else:
            lines = listed(chat.vocabulary, chat.rank(me.who, chat.rooms.get(me.current)), me.seat)
        return [chat.tell(me, Answer(lines), me)]


@command("settings", ko="설정값", th="ค่าตั้ง", rank=Rank.ADMIN)
class ShowSettings(Command):
    """List the server's settings: the value of each, where it comes from, and what it is for.

    They are given when the server starts; /set changes how a room works.
    """

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        return [chat.tell(me, Answer(tuple(settings_listed(chat.settings, chat.origins))), me)]


@dataclass(frozen=True)
class AlsoWords:
    """All the words of a command in one language beside its first, as they stand in a sentence."""

    spec: Spec

    def shown(self, lang: str) -> str:
        first = self.spec.word_in(lang)
        return ", ".join(f"/{w}" for words in self.spec.words.values() for w in words if w != first)


def listed(vocabulary: Vocabulary, rank: Rank, seat: Seat = Seat.CHAT) -> tuple[Sentence, ...]:
    """Return one line for each command that somebody of this rank may give from this seat: its usage and its summary.

    The last one says what becomes of a line that is no command.
    """
    lines = [_line(spec) for spec in vocabulary.given_from(seat) if spec.rank <= rank]
    return (*lines, SAID_IN_ROOM if seat is Seat.CHAT else ANNOUNCED_TO_ALL)


def explained(spec: Spec) -> tuple[Sentence, ...]:
    """Return what there is to say of one command: usage, what it does, other words, and who may."""
    lines = [_line(spec)]
    if spec.details:
        lines.append(say(spec.details))
    lines.append(say("Also: {words}", words=AlsoWords(spec)))
    if spec.rank is Rank.OPERATOR:
        lines.append(say("For operators of the room and administrators."))
    elif spec.rank is Rank.ADMIN:
        lines.append(say("For administrators of the server."))
    return tuple(lines)


def _line(spec: Spec) -> Sentence:
    return say("{usage:<34} {summary}", usage=spec, summary=say(spec.summary))
