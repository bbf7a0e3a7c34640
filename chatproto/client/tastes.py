"""What is yours alone (the form of the time, zone, echo, bell, language) is decided here, without a server.

The law here: the rules and their words are the server's own. The commands are run as they are declared, on a
chat of nobody but you.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from chatproto.core.chat import Chat
from chatproto.core.commands.you import Bell, Echo, Lang, Time, Tz
from chatproto.core.declare import Command
from chatproto.core.events import Answer, Sentence
from chatproto.core.members import Member, Person, Taste

LOCAL = (Time, Tz, Echo, Bell, Lang)


class Tastes:
    """One person's tastes. `zones` finds the names of time zones: that takes a while, and few ask."""

    def __init__(self, taste: Taste, zones: Callable[[], Collection[str]]) -> None:
        self._me, self._zones = Member(0, Person(""), taste=taste), zones

    @property
    def taste(self) -> Taste:
        return self._me.taste

    def change(self, command: Command) -> tuple[Sentence, ...]:
        """Do what a command asks, or refuse; return what to answer."""
        chat = Chat(zones=self._zones() if isinstance(command, Tz) else ())
        told = chat.do(self._me, command, 0.0)
        return tuple(line for d in told if isinstance(d.event, Answer) for line in d.event.lines)
