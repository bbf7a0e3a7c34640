"""Moves: for the hub, in their place in the stream; never drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from chatproto.core.events.base import NOTHING, Event, Reason, Sentence

if TYPE_CHECKING:
    from chatproto.core.declare import Command
    from chatproto.core.members import Member


@dataclass(frozen=True, slots=True)
class Entered(Event):
    """The member (`Delivery.by`) hears the room (`Delivery.to`) from here on, or from a place before.

    `after` is the number after which it is heard, `last` a count of newest events wanted; without either the
    reader starts live. `read` is the last number that its account had read, for a program that asked for it.
    """

    after: int | None = None
    last: int = 0
    read: int | None = None


@dataclass(frozen=True, slots=True)
class Exited(Event):
    """The member hears the room no longer."""


@dataclass(frozen=True, slots=True)
class Settled(Event):
    """A request that needs a receipt is done; to the room that it was about, if it led into one, and where there."""

    entered: Entered | None = None


@dataclass(frozen=True, slots=True)
class Reached(Event):
    """A place in the stream: what was asked before it is told. `then` is called there, and must not tell anything."""

    then: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Afterwards(Event):
    """What a member's command still has to do, once what it changed is kept."""

    me: Member
    then: Command


@dataclass(frozen=True, slots=True)
class Closed(Event):
    """The member is gone: close what is open."""

    reason: Reason | None = None
    what: Sentence = NOTHING


@dataclass(frozen=True, slots=True)
class Remembered(Event):
    """A fact to be kept beside talk, as JSON by its key; an empty value forgets it. `Chat.learn` takes it back."""

    kept: ClassVar[bool] = True
    key: str
    value: str
