"""What is on its way to the server and has no receipt yet.

The law here: a parcel leaves the outbox by its receipt or by its refusal, in no other way. When the
connection is cut, what may be done twice without harm, or carries a key that makes a repetition known, goes
again, before what comes after it; of the rest nobody knows whether it was done, and its person is told so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from chatproto.core.commands.account import Login
from chatproto.core.commands.rooms import Join, Rooms, TopicIs, Who
from chatproto.core.commands.rule import Announce, Bans
from chatproto.core.commands.talk import Away, Ignore, Me, Msg
from chatproto.core.commands.you import Lang, Whoami
from chatproto.core.declare import Command
from chatproto.core.parse import cut, plain
from chatproto.wire.stomp import Frame

# At once on the way. The server takes twenty frames at once, then five a second, and closes a connection on
# which more than 64 KiB wait to be read: with this little under way it never comes to that.
WINDOW, WINDOW_BYTES = 16, 32_768
HARMLESS = (Who, Rooms, Whoami, Bans, Lang, Away, Ignore, Join)  # done twice is done once


@dataclass(frozen=True, slots=True)
class Saying:
    """Say something in a room; `outside`: without being in it, if one is not."""

    room: str
    text: str
    outside: bool = False

    def frame(self) -> Frame:
        outside = {"outside": "true"} if self.outside else {}
        return Frame("SEND", {"destination": destination(self.room), **outside}, self.text.encode())


@dataclass(frozen=True, slots=True, repr=False)
class Asking:
    """Ask for a command to be done."""

    line: str
    command: Command

    @property
    def shown(self) -> str:
        """The line as it may stand on a screen: without a password."""
        if not self.command.is_secret:
            return self.line
        name = f" {self.command.name}" if isinstance(self.command, Login) else ""
        return f"{cut(plain(self.line))[0]}{name} …"

    def frame(self) -> Frame:
        return Frame("SEND", {"destination": "/command"}, self.line.encode())

    def __repr__(self) -> str:
        return f"Asking({self.shown!r})"


@dataclass(frozen=True, slots=True)
class Entering:
    """Go into a room and hear it from here on; or all that came `after` a number, or the `last` so many before.

    `unread`: what one has not read, if the server knows, but so many at most; and `last` is how many at least.
    """

    room: str
    after: int | None = None
    last: int = 0
    unread: int = 0
    invitation: str = field(default="", repr=False)

    def frame(self) -> Frame:
        place = {"last": str(self.last)} if self.last else {}
        if self.unread:
            place["unread"] = str(self.unread)
        if self.after is not None:
            place = {"after": str(self.after)}
        if self.invitation:
            place["invitation"] = self.invitation
        to = destination(self.room)
        return Frame("SUBSCRIBE", {"id": to, "destination": to, "members": "true", **place})


@dataclass(frozen=True, slots=True)
class Leaving:
    """Leave a room."""

    room: str
    quiet: bool = False

    def frame(self) -> Frame:
        quiet = {"quiet": "true"} if self.quiet else {}
        return Frame("UNSUBSCRIBE", {"id": destination(self.room), **quiet})


What: TypeAlias = Saying | Asking | Entering | Leaving


@dataclass(slots=True, eq=False)
class Parcel:
    """One thing asked of the server. `key` names the receipt, and makes a repetition known.

    `sent` says that it was under way before; `seq` is the number under which it has come round already, or which
    its receipt brought.
    """

    what: What
    key: str
    sent: bool = False
    seq: int = 0

    def frame(self) -> Frame:
        """Return the frame that asks for it."""
        frame = self.what.frame()
        headers = {**frame.headers, "receipt": self.key}
        if is_kept(self.what) or is_direct(self.what):
            headers["idempotency-key"] = self.key
        return Frame(frame.command, headers, frame.body)

    @property
    def size(self) -> int:
        return len(self.frame().body)


def destination(room: str) -> str:
    """Return a room's destination; it is its subscription's id too, so that our clients share drawings."""
    return "/room/" + room.removeprefix("#")


def is_kept(what: What) -> bool:
    """Say whether the room's journal keeps it: then its key is known there, and it may be sent again."""
    if isinstance(what, Saying):
        return True
    command = what.command if isinstance(what, Asking) else None
    return (
        isinstance(command, Me)
        or (isinstance(command, TopicIs) and bool(command.text))
        or (isinstance(command, Announce) and bool(command.room))
    )


def is_direct(what: What) -> bool:
    """Say whether it is a direct message to somebody named: the server knows its key."""
    return isinstance(what, Asking) and isinstance(what.command, Msg)


def may_go_again(what: What) -> bool:
    """Say whether it can be sent a second time and is still done once."""
    if isinstance(what, Asking):
        looks = isinstance(what.command, TopicIs) and not what.command.text
        return looks or is_kept(what) or is_direct(what) or isinstance(what.command, HARMLESS)
    return True


@dataclass(slots=True)
class Outbox:
    """Parcels in the order in which they were asked for."""

    waiting: deque[Parcel] = field(default_factory=deque)
    under_way: dict[str, Parcel] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.waiting) + len(self.under_way)

    def __iter__(self) -> Iterator[Parcel]:
        yield from self.under_way.values()
        yield from self.waiting

    def add(self, parcel: Parcel) -> None:
        """Take a parcel, after all others."""
        self.waiting.append(parcel)

    def due(self) -> Parcel | None:
        """Return the next parcel to send now, if there is one and the window has room."""
        if not self.waiting or len(self.under_way) >= WINDOW:
            return None
        if any(isinstance(p.what, Asking) and p.what.command.is_secret for p in self.under_way.values()):
            return None  # a password takes its time, and as whom the rest is done depends on it
        size = sum(p.size for p in self.under_way.values())
        if self.under_way and size + self.waiting[0].size > WINDOW_BYTES:
            return None
        parcel = self.waiting.popleft()
        self.under_way[parcel.key] = parcel
        return parcel

    def settled(self, key: str) -> Parcel | None:
        """Take out what has been answered, if it is one of ours."""
        return self.under_way.pop(key, None)

    def cut(self) -> list[Parcel]:
        """Take note that the connection is gone; return those of which nobody knows whether they were done."""
        under_way, self.under_way = list(self.under_way.values()), {}
        again = [p for p in under_way if may_go_again(p.what)]
        for parcel in again:
            parcel.sent = True
        self.waiting.extendleft(reversed(again))
        return [p for p in under_way if not may_go_again(p.what)]

    def disown(self, *, renamed: bool) -> list[Parcel]:
        """Return and forget what was under way and whose keys mean nothing in this session.

        A key belongs to the name under which it was given.
        """
        unknown = [p for p in self.waiting if renamed and p.sent and (is_direct(p.what) or is_kept(p.what))]
        self.waiting = deque(p for p in self.waiting if p not in unknown)
        return unknown

    def largest(self) -> Parcel | None:
        """Return the largest parcel under way: the one meant by a server that says `too-long`."""
        return max(self.under_way.values(), key=lambda p: p.size, default=None)

    def coming_round(self, room: str, kind: str, text: str, seq: int) -> bool:
        """Say whether a message in one's own name is one that is under way, or was when the line was cut."""
        for parcel in [*self.under_way.values(), *(p for p in self.waiting if p.sent)]:
            if not parcel.seq and comes_round_as(parcel.what) == (room, kind, text):
                parcel.seq = seq
                return True
        return False


def comes_round_as(what: What) -> tuple[str, str, str] | None:
    """Return the room, the event and the text as which one's own line is heard by all; nothing if it is no line."""
    if isinstance(what, Saying):
        return what.room, "said", what.text
    if isinstance(what, Asking) and isinstance(what.command, Me):
        return what.command.room, "action", what.command.text
    return None
