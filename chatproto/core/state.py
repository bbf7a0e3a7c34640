"""The tables of a chat, and how a delivery is addressed. Who is here and where; nothing is decided in this file."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import tzinfo

from chatproto.core import names
from chatproto.core.accounts import Accounts, Guessing
from chatproto.core.declare import LANGUAGES, Command
from chatproto.core.events import (
    NOBODY,
    Answer,
    Delivery,
    Event,
    Remembered,
    Sentence,
    Wish,
    say,
)
from chatproto.core.keeping import keeping
from chatproto.core.members import Member, Room, Sanctions, Taste
from chatproto.core.parse import STANDARD, Vocabulary
from chatproto.core.settings import Settings


class State:
    """All that a chat knows.

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

    def wish(self, me: Member, wish: Wish) -> Delivery:
        """Ask the edge for something slow; its answer comes back as a command."""
        return self.note(wish, me)

    def remember(self, fact: Remembered) -> Delivery:
        """Have a fact kept beside talk."""
        return Delivery(fact, NOBODY, self.now)

    def default_taste(self, lang: str) -> Taste:
        """Return how somebody sees things who has only said, perhaps, which language."""
        return Taste(lang=lang if lang in LANGUAGES else self.settings.lang, tz=self.settings.tz)

    def restyle(self, me: Member, **changes: str | bool) -> None:
        """Change how a member sees things."""
        me.taste = replace(me.taste, **changes)  # type: ignore[arg-type]
