"""Who is in each room, as the events tell it.

The law here: all of it is hearsay. In a large room the server tells the number and no names.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chatproto.client.message import SLIPPED, Message, number, one_word
from chatproto.core import names

GONE = frozenset({"left", "lost", "kicked", SLIPPED})


@dataclass(slots=True)
class Present:
    """Who is in one room: those whose names were heard, by their folded names; `all_named` if that is everybody."""

    people: dict[str, str] = field(default_factory=dict)
    all_named: bool = False
    told: int = 0  # how many they are, where not all are named

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.people) if self.all_named else self.told

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are known, in order."""
        return tuple(self.people[key] for key in sorted(self.people))


class Roster:
    """Who is where."""

    def __init__(self) -> None:
        self._rooms: dict[str, Present] = {}

    def __getitem__(self, room: str) -> Present:
        """Return who is in a room, as far as is known."""
        return self._rooms.get(room) or Present()

    def hear(self, message: Message) -> bool:
        """Take note of who came and went; say whether this message told it."""
        if message.event == "answer" and "count" in message.headers:
            self._rooms[one_word(message.headers.get("room", ""))] = listed(message)
            return True
        present = self._rooms.get(message.room)
        if present is None:
            return False
        if message.event == "joined":
            self._came(present, message.who)
        elif message.event in GONE:
            self._went(present, message.who)
        elif message.event == "renamed":
            self._went(present, one_word(message.headers.get("old", "")))
            self._came(present, one_word(message.headers.get("new", "")))
        else:
            return False
        return True

    def forget(self, room: str) -> None:
        """Be in a room no longer."""
        self._rooms.pop(room, None)

    @staticmethod
    def _came(present: Present, name: str) -> None:
        present.people[names.fold(name)] = name
        present.told += 1

    @staticmethod
    def _went(present: Present, name: str) -> None:
        present.people.pop(names.fold(name), None)
        present.told -= 1


def listed(message: Message) -> Present:
    """Return who is in a room by the server's own list, or at least how many."""
    given = [one_word(name) for name in message.headers.get("members", "").split(",")]
    people = {names.fold(name): name for name in given if name}
    return Present(people, "members" in message.headers, number(message.headers["count"]))
