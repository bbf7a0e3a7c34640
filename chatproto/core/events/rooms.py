"""Rooms: who comes and goes, and what a room is like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from chatproto.core.events.base import Event, Sentence


@dataclass(frozen=True, slots=True)
class Joined(Event):
    """Somebody came into a room: to those who were there."""

    kind: ClassVar[str] = "joined"
    sentence: ClassVar[str] = "{who} joined"
    who: str


@dataclass(frozen=True, slots=True)
class Left(Event):
    """Somebody left a room and is still on the server, or may be."""

    kind: ClassVar[str] = "left"
    sentence: ClassVar[str] = "{who} left"
    who: str


@dataclass(frozen=True, slots=True)
class Quit(Event):
    """Somebody left the server, on purpose."""

    kind: ClassVar[str] = "left"
    everywhere: ClassVar[bool] = True
    sentence: ClassVar[str] = "{who} quit"
    who: str


@dataclass(frozen=True, slots=True)
class Lost(Event):
    """Somebody's connection ended without a word."""

    kind: ClassVar[str] = "lost"
    everywhere: ClassVar[bool] = True
    sentence: ClassVar[str] = "{who} lost the connection"
    who: str


@dataclass(frozen=True, slots=True)
class Slipped(Event):
    """Somebody left without a word: for those who keep a list of who is there, and never shown."""

    kind: ClassVar[str] = "slipped"
    who: str


@dataclass(frozen=True, slots=True)
class Renamed(Event):
    """Somebody took another name."""

    kind: ClassVar[str] = "renamed"
    everywhere: ClassVar[bool] = True
    sentence: ClassVar[str] = "{old} is now {new}"
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Kicked(Event):
    """Somebody was put out: to the others."""

    kind: ClassVar[str] = "kicked"
    sentence: ClassVar[str] = "{who} was put out by {by}"
    who: str
    by: str


@dataclass(frozen=True, slots=True)
class KickedWhy(Event):
    """Somebody was put out, and a reason was given: to the others."""

    kind: ClassVar[str] = "kicked"
    sentence: ClassVar[str] = "{who} was put out by {by}: {reason}"
    who: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Topic(Event):
    """The room's topic was set."""

    kind: ClassVar[str] = "topic"
    kept: ClassVar[bool] = True
    sentence: ClassVar[str] = "{by} set the topic: {text}"
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Noticed(Event):
    """A change in a room's state (a limit, a right, a summary of joins) that needs no class of its own."""

    kind: ClassVar[str] = "notice"
    what: Sentence


@dataclass(frozen=True, slots=True)
class Gap(Event):
    """What a reader asked for is no longer kept: numbers `old` to `new`, both included."""

    kind: ClassVar[str] = "gap"
    sentence: ClassVar[str] = "Messages {old} to {new} are no longer kept."
    old: int
    new: int
