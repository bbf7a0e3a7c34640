"""Facts: for the activity log and for the embedding program; delivered to nobody."""

from __future__ import annotations

from dataclasses import dataclass

from chatproto.core.events.base import Event, Reason


@dataclass(frozen=True, slots=True)
class Opened(Event):
    """A connection was made."""

    address: str


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """A connection ended; `who` is empty if it never had a name."""

    address: str
    who: str
    cause: str


@dataclass(frozen=True, slots=True)
class Named(Event):
    """Somebody has come in, perhaps at one more place."""

    who: str
    address: str


@dataclass(frozen=True, slots=True)
class Gone(Event):
    """Somebody has left the server, from their last place; `how` is one of quit, quiet, lost, kicked, closing."""

    who: str
    how: str


@dataclass(frozen=True, slots=True)
class TurnedAway(Event):
    """A name or a password was not accepted."""

    address: str
    name: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Ruled(Event):
    """An operator or an administrator did something: who, what (the command's word), to what, and why."""

    by: str
    what: str
    whom: str
    why: str


@dataclass(frozen=True, slots=True)
class Stopping(Event):
    """An administrator asked for the server's end; who listens for this ends it."""


@dataclass(frozen=True, slots=True)
class Came(Event):
    """Somebody is in a room now; unlike Joined it is noted however large the room and however quiet the way."""

    who: str


@dataclass(frozen=True, slots=True)
class Went(Event):
    """Somebody is no longer in a room, by whatever way."""

    who: str
