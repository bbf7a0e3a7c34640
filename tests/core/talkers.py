"""A chat and those in it, as the tests of the commands set them up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chatproto.core.chat import Chat
from chatproto.core.events import Afterwards, Answer, Delivery, Event, Reason, Refusal, Sentence
from chatproto.core.members import Member
from chatproto.core.settings import Settings


class Table:
    """A chat whose clock is a number. `told` is what the last command told."""

    def __init__(self, **settings: object) -> None:
        self.chat = Chat(Settings(**settings), zones={"UTC", "Asia/Seoul"})  # type: ignore[arg-type]
        self.now = 0.0
        self.told: list[Delivery] = []

    def person(self, name: str, *rooms: str, address: str = "10.0.0.1", admin: bool = False) -> Member:
        """Somebody in the lobby, and then in these rooms; the last is the current one."""
        me, self.told = self.chat.welcome(name, self.now, address=address)
        me.who.admin = admin
        for room in rooms:
            self.do(me, f"/join {room}")
        return me

    def console(self) -> Member:
        return self.chat.admit_console(self.now, address="local")[0]

    def do(self, me: Member, line: str) -> list[Delivery]:
        self.told = list(kept(self.chat, self.chat.do(me, self.chat.vocabulary.parse(line), self.now)))
        return self.told

    def refused(self, me: Member, line: str) -> Reason:
        with pytest.raises(Refusal) as no:
            self.do(me, line)
        return no.value.reason

    def to(self, whom: str | Member) -> list[Event]:
        """What was told a room, or one person."""
        to = whom.id if isinstance(whom, Member) else whom
        return [d.event for d in self.told if d.to == to]

    def answers(self, me: Member) -> list[str]:
        """What somebody was answered."""
        return [filled(line) for e in self.to(me) if isinstance(e, Answer) for line in e.lines]


def kept(chat: Chat, told: list[Delivery]) -> Iterator[Delivery]:
    """What was told and could be kept, and what is told of what is done afterwards."""
    for d in told:
        yield d
        chat.kept(d.act)
        if isinstance(d.event, Afterwards):
            yield from kept(chat, chat.do(d.event.me, d.event.then, chat.now))


def filled(sentence: Sentence) -> str:
    """A sentence in plain English."""
    args = {
        name: filled(value)
        if isinstance(value, Sentence)
        else ", ".join(value)
        if isinstance(value, tuple)
        else value
        if isinstance(value, str | int)
        else value.shown("en")
        for name, value in sentence.args.items()
    }
    return sentence.text.format(**args)
