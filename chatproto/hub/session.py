"""A session: one member's standing with the hub, with a door or, for a while, without one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from twisted.internet.defer import Deferred, succeed

from chatproto.core.events import Entry, Reason, Refusal, Sentence
from chatproto.core.members import Member

if TYPE_CHECKING:
    from chatproto.hub.channel import Channel

# What somebody is told whose request met a bug of ours; the log has its traceback.
BROKEN = Refusal(Reason.INTERNAL, "Something went wrong on the server. It has been noted.")


def _nowhere(data: bytes) -> None:
    """Write to nobody."""


def new_secret() -> str:
    """Return 128 random bits: for a session to come back with, or for somebody who is invited."""
    return secrets.token_hex(16)


class Look(Protocol):
    """All that decides how an event is drawn; equal looks share one drawing. Hashable."""

    def draw(self, entry: Entry) -> bytes:
        """Return the event as it goes over the wire."""


class Last(bytes):
    """What is drawn for a door as the last that it is told: its connection ends with it."""


class Door(Protocol):
    """What the hub needs of a way in. Nothing here may call back into the hub before it returns.

    `draw`, `named` and `receipt` only return bytes. A door that has to end says so by drawing a `Last`.
    """

    @property
    def hears_itself(self) -> bool:
        """Whether one's own talk comes back."""

    def look(self, room: str) -> Look:
        """Return the look for what is heard in a room."""

    def draw(self, entry: Entry) -> bytes:
        """Return a private event as it goes over the wire; empty for none."""

    def named(self, data: bytes) -> bytes:
        """Return drawn talk as it is shown to somebody whom it names."""

    def receipt(self, receipt: str, entry: Entry) -> bytes:
        """Return the word that a request is done, and committed."""

    def write(self, data: bytes) -> None:
        """Send bytes. Never waits."""

    def read_until(self) -> float:
        """Return the time on the hub's clock up to which all that was written has surely been read by now."""

    def has_taken_all(self) -> bool:
        """Say whether nothing that was written is still on its way to the other side."""

    def exited(self, room: str) -> None:
        """Take note that nothing more will be told of the stay in a room that has just ended."""

    def end(self, last: bytes) -> None:
        """Close, after these last bytes."""

    def dismiss(self, reason: Reason | None, what: Sentence) -> None:
        """Close, after what was written; with a last word if there is one."""


class Passwords(Protocol):
    """What the hub needs for names that belong to people; `chatproto.passwords` has it."""

    def hash(self, password: str) -> Deferred[str]:
        """Return a hash; fails with Refusal(BUSY) when too many wait."""

    def verify(self, password: str, secret: str) -> Deferred[bool]:
        """Say whether a password is the one of a hash; with no hash, take as long and say no."""

    def token(self) -> tuple[str, str]:
        """Return a new token, and the digest that is kept of it."""

    def digest(self, token: str) -> str:
        """Return the digest of a token."""


class Session:
    """A member, the door it is at now, and where it reads.

    `held` counts the bytes of private events written while the door could take no more; `missed` are those
    of a session whose program has lost its connection and may come back within `linger` seconds. `entering`
    counts the rooms that this door asked for and does not hear yet; `stale` those that a former door did; `wishes`
    what was asked and takes time, and is under way. `left_out` says that direct messages wait until the door takes
    more.
    """

    __slots__ = (
        "channels",
        "door",
        "entering",
        "held",
        "left_out",
        "member",
        "missed",
        "on_ready",
        "paused",
        "program",
        "resume",
        "stale",
        "wishes",
        "write",
    )

    def __init__(self, member: Member, door: Door, *, program: bool) -> None:
        self.member = member
        self.channels: dict[str, Channel] = {}
        self.program = program
        self.resume = b""
        self.missed: list[Entry] = []
        self.on_ready: list[Deferred[None]] = []
        self.entering = self.stale = self.wishes = 0
        self.attach(door)

    def attach(self, door: Door) -> None:
        """Speak through this door from now on."""
        self.member.connected = True
        self.door: Door | None = door
        self.write: Callable[[bytes], None] = door.write
        self.left_out = False
        self.go_on()

    def go_on(self) -> None:
        """Let what waits for this reader go on: more is taken again, or nobody is there any more."""
        self.paused, self.held = False, 0
        waiting, self.on_ready = self.on_ready, []
        for ready in waiting:
            ready.callback(None)

    def ready(self) -> Deferred[None]:
        """Fire once this reader takes more, or is gone."""
        if not self.paused:
            return succeed(None)
        ready: Deferred[None] = Deferred()
        self.on_ready.append(ready)
        return ready

    def detach(self, unread: Sequence[Entry] = ()) -> None:
        """Speak through no door: places and name are kept, reading stops, and all that the door held is let go.

        What was `unread` of its direct messages is missed, before all that comes now.
        """
        self.missed[:0] = unread
        self.member.connected = False
        self.door, self.write = None, _nowhere
        self.paused = True
        self.held = 0
        self.stale, self.entering = self.stale + self.entering, 0

    def fall_silent(self) -> None:
        """Tell this door nothing more: it has had its last words."""
        self.write = _nowhere

    @property
    def silent(self) -> bool:
        """Whether nothing more is told here."""
        return self.write is _nowhere

    def was_granted(self) -> None:
        """Take note that a wish is no longer under way."""
        self.wishes -= 1

    def not_entered(self, room: str) -> None:
        """Take note that a room which was asked for is not entered after all."""
        if self.may_enter() and self.door:
            self.door.exited(room)

    def may_enter(self) -> bool:
        """Say whether the door that asked for the room whose turn it is now is still the one spoken through."""
        if self.stale:
            self.stale -= 1
            return False
        self.entering -= 1
        return True
