"""The tables of a chat, and how a delivery is addressed. Who is here and where; nothing is decided in this file."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import TypeAlias

from chatproto.core import names
from chatproto.core.accounts import Accounts, Guessing
from chatproto.core.asked import Asked
from chatproto.core.declare import LANGUAGES, Command
from chatproto.core.events import (
    NOBODY,
    Afterwards,
    Answer,
    Delivery,
    Event,
    Remembered,
    Sentence,
    Value,
    Wish,
    say,
)
from chatproto.core.facts import Facts
from chatproto.core.keeping import keeping
from chatproto.core.members import Invitation, Member, Person, Room, Taste
from chatproto.core.new_rooms import NewRooms
from chatproto.core.parse import STANDARD, Vocabulary
from chatproto.core.sanctions import Sanctions
from chatproto.core.settings import Settings

Undo: TypeAlias = Callable[[], object]


class State:
    """All that a chat knows.

    `ids` gives each member a number of its own; `zones` are the names that `/tz` accepts, and `zone` is what
    makes a time zone of one. `elapsed` returns seconds on a clock that nobody sets: what has to do with waiting goes by
    it. Where none is given, that is the time of the last command.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        ids: Iterator[int] | None = None,
        zones: Collection[str] = frozenset({"UTC"}),
        zone: Callable[[str], tzinfo | None] = lambda _: None,
        commands: Collection[type[Command]] | None = None,
        elapsed: Callable[[], float] | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.vocabulary = STANDARD if commands is None else Vocabulary(commands)
        self.zones, self.zone = zones, zone
        self.keeping = keeping(self.settings.keep)
        self.now = 0.0  # the date, in seconds since the epoch
        self.elapsed = elapsed or (lambda: self.now)
        self.people: dict[str, Person] = {}  # by folded name
        self.owners: dict[str, Person] = {}  # those of them who are registered, by account
        self.by_id: dict[int, Member] = {}
        self.rooms: dict[str, Room] = {names.LOBBY: Room(names.LOBBY)}
        self.bans = Sanctions()
        self.accounts = Accounts()
        self.guessing = Guessing()
        self.new_rooms = NewRooms(self.settings.new_rooms)
        self._remembered: dict[str, Facts] = {}  # of rooms, and of the server (`*`), as the journal has it
        self._looked_at: dict[str, tuple[Facts, Room]] = {}  # some of those rooms, as they would be, to look at
        self._unread: Facts = {}  # direct messages that wait, as the journal has them
        self._places: dict[str, dict[str, int]] = {}  # how far the registered have read, by account and room
        self._noted: dict[tuple[str, str], int] = {}  # how far they had, of those who stay, when it was noted last
        self.waiting: dict[str, list[str]] = {}  # keys of the direct messages that an account has yet to read
        self.asked = Asked()
        self._words = 0  # the number of the newest of them
        self.invitations: dict[str, dict[str, Invitation]] = {}  # by room and digest
        self.exported: dict[str, float] = {}  # when an account was last given all that is kept of it, in `elapsed`
        self.origins: Mapping[str, Sentence] = {}  # where settings come from, as far as is known; set at the edge
        self.durable = False  # whether what is said outlives the server; set at the edge
        self.has_log: Callable[[str], bool] = lambda _room: False  # whether a room's talk is kept; set at the edge
        self.claim_code = ""  # what the first administrator has to know; set at the edge
        self._tastes = {lang: Taste(lang, tz=self.settings.tz) for lang in {*LANGUAGES, self.settings.lang}}
        self._ids = ids or itertools.count(1)
        self._acts = itertools.count(1)
        self._stays = itertools.count(1)
        self._visited: set[str] = set()  # rooms that are there for an administrator's command, and for nobody else
        self._undoing: list[Undo] = []  # how to undo what is being done
        self._uncommitted: dict[int, list[Undo]] = {}  # and what was done, by act, until the journal has it
        self._summary = 0.0

    def tell(self, member: Member, event: Event, by: Member | None = None) -> Delivery:
        """Address an event to one person."""
        return Delivery(event, member.id, self.now, by.id if by else 0)

    def answer(self, me: Member, text: str, /, **args: Value) -> Delivery:
        """Address one sentence to the one who asked."""
        return self.tell(me, Answer((say(text, **args),)), me)

    def answer_outside(self, me: Member, room: str) -> Iterable[Delivery]:
        """Answer who does something in a room from outside it, as from the console, and so does not hear of it."""
        if room not in me.rooms:
            self.unless_kept(lambda: None)  # nothing to undo, but the answer holds only if it is kept
            yield self.answer(me, "Done in {room}.", room=room)

    def answer_announced(self, me: Member, room: Room | None) -> Iterable[Delivery]:
        """Answer who has announced something, to one room or to all, and does not hear it."""
        if room:
            yield from self.answer_outside(me, room.name)
        else:
            yield self.answer(me, "Everybody has been told.")

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

    def afterwards(self, me: Member, then: Command) -> Delivery:
        """Have the rest of a command done once what it changed is kept: what could not be undone."""
        return self.note(Afterwards(me, then), me)

    # --- what is not kept was not done ----------------------------------------------------------------

    def unless_kept(self, undo: Undo) -> None:
        """Say how to undo a change that is being made, if it cannot be kept: then its command is refused."""
        self._undoing.append(undo)

    def bound(self, told: list[Delivery]) -> list[Delivery]:
        """Return what was told by the changes just made, as one act, if they can be undone."""
        undoing, self._undoing = self._undoing, []
        if not undoing:
            return told
        number = next(self._acts)
        self._uncommitted[number] = undoing
        return [d if d.act else replace(d, act=number) for d in told]

    def aside(self, told: list[Delivery], undo: Undo) -> list[Delivery]:
        """Return what is to be kept, if it can be, as an act of its own: what else is done does not hang on it."""
        undoing, self._undoing = self._undoing, [undo] if told else []
        told, self._undoing = self.bound(told), undoing
        return told

    def kept(self, act: int) -> None:
        """Take note that an act is committed."""
        self._uncommitted.pop(act, None)

    def undo(self, acts: Collection[int]) -> None:
        """Undo acts that could not be kept, and with them nothing was that came after; the last one first."""
        for act in sorted(acts, reverse=True):
            for undo in reversed(self._uncommitted.pop(act, [])):
                undo()

    def default_taste(self, lang: str) -> Taste:
        """Return how somebody sees things who has only said, perhaps, which language."""
        return self._tastes.get(lang) or self._tastes[self.settings.lang]

    def restyle(self, me: Member, **changes: str | bool) -> None:
        """Change how a member sees things."""
        me.taste = replace(me.taste, **changes)  # type: ignore[arg-type]
