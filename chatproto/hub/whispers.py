"""Which direct messages were written to a connection, and whether they were read.

Written is not read: the bytes may lie in a buffer of ours, on the way, or at a machine that has stopped; and a
connection that is dead looks open for a while. So a direct message counts as read once its door says so; what was not
is given again when its reader comes back, under the same `message-id`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from twisted.internet.interfaces import IReactorTime

from chatproto.core import facts
from chatproto.core.chat import Chat
from chatproto.core.events import Delivery, Entry, Noticed, Whispered, say
from chatproto.hub.session import Door, Session


class Whispers:
    """What each door was given of direct messages and is not known to have read, by their keys."""

    def __init__(self, chat: Chat, clock: IReactorTime, gather: Callable[[Sequence[Delivery]], object]) -> None:
        self._chat, self._clock, self._gather = chat, clock, gather
        self._written: dict[Door, dict[str, tuple[float, Entry]]] = {}

    def write(self, door: Door, entry: Entry) -> None:
        """Take note that a direct message was written to a door."""
        self._written.setdefault(door, {})[entry.delivery.key] = (self._clock.seconds(), entry)

    def wait(self, entry: Entry) -> bool:
        """Say whether an entry is a direct message that waits until it was read."""
        return entry.delivery.key.startswith(facts.WAITING)

    def leave_out(self, session: Session, entry: Entry) -> None:
        """Let one wait on: its reader takes no more just now."""
        session.left_out = True
        if session.door in self._written:
            self._written[session.door].pop(entry.delivery.key, None)

    def of(self, door: Door | None) -> Collection[str]:
        """Return the keys of what a door was given and has perhaps not read."""
        return self._written.get(door, {}).keys() if door else ()

    def look(self) -> None:
        """Let go of what doors say is read."""
        for door in list(self._written):
            until = door.read_until()
            self._were_read(door, [key for key, (at, _) in self._written[door].items() if at < until])

    def write_all(self, door: Door | None, told: Iterable[Delivery]) -> None:
        """Take note of direct messages that are about to be written."""
        for delivery in told:
            if door and delivery.key:
                self.write(door, Entry(delivery))

    def goodbye(self, door: Door | None) -> None:
        """Take note that whoever is at a door says goodbye: what has reached them by now they have read."""
        if door and self.of(door) and door.has_taken_all():
            self.all_read(door)

    def all_read(self, door: Door) -> None:
        """Take note that all was read which was written to a door."""
        self._were_read(door, list(self.of(door)))

    def lost(self, door: Door | None) -> list[Entry]:
        """Return what was not read of all that was written to a door which is gone."""
        written = self._written.pop(door, {}) if door else {}
        return [entry for _, entry in written.values()]

    def give_up(self, unread: Iterable[Entry]) -> None:
        """Tell the authors what guests have perhaps not read: nobody comes back for it. All else waits on."""
        for entry in unread:
            author, event = self._chat.by_id.get(entry.delivery.by), entry.delivery.event
            if author and isinstance(event, Whispered) and not self.wait(entry):
                text = "{name} has gone, and has perhaps not read: {text}"
                self._gather([self._chat.tell(author, Noticed(say(text, name=event.to, text=event.text)))])

    def _were_read(self, door: Door, keys: Iterable[str]) -> None:
        unread = self._written.get(door, {})
        for key in keys:
            del unread[key]
        if not unread:
            self._written.pop(door, None)
        self._gather(self._chat.were_read(keys))
