"""Wishes: slow work for the edge, whose answer comes back as a command; never journalled, never drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatproto.core.events.base import Event

if TYPE_CHECKING:
    from chatproto.core.declare import Command


@dataclass(frozen=True, slots=True)
class Wish(Event):
    """Something that takes time: the hub sees to it at once, and tells nobody of it."""


@dataclass(frozen=True, slots=True)
class Hash(Wish):
    """A password is to be hashed; `then` makes the command of the hash."""

    password: str = field(repr=False)
    then: Callable[[str], Command]


@dataclass(frozen=True, slots=True)
class Prove(Wish):
    """A name and its password, or one of its tokens, are to be held against each other.

    If they agree, `then` makes the command of what is kept of the one that it was.
    """

    name: str
    passcode: str = field(repr=False)
    then: Callable[[str], Command] = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewToken(Wish):
    """A token is to be drawn by lot; `then` gets the token, and its digest, which is what is kept."""

    then: Callable[[str, str], Command]


@dataclass(frozen=True, slots=True)
class NewSecret(Wish):
    """A secret is to be drawn by lot, of 128 random bits that nobody guesses."""

    then: Callable[[str], Command]


@dataclass(frozen=True, slots=True)
class Recall(Wish):
    """A member wants to read what was said in a room: the newest `last` (before a number), or all from a time on."""

    room: str
    last: int = 0
    before: int = 0
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Search(Wish):
    """What is looked for: a text (or none, of one person), in these rooms, not older than a time; how many at most."""

    text: str
    rooms: Sequence[str]
    who: str = ""
    since: float = 0.0
    limit: int = 10


@dataclass(frozen=True, slots=True)
class Locate(Wish):
    """Something is to be done about the message of a number, if there is one that was not taken back yet."""

    room: str
    number: int
    then: Command


@dataclass(frozen=True, slots=True)
class LocateLast(Wish):
    """What the owner of an account said last in a room, under its name, since a time, is to be known; then goes on."""

    room: str
    account: str
    since: float
    then: Command


@dataclass(frozen=True, slots=True)
class Collect(Wish):
    """All that somebody said in rooms since a time is to be given to them, page by page."""

    who: str
    since: float
    form: str
