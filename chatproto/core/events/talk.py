"""Talk: what is said, and what is done to it afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from chatproto.core.events.base import Event


@dataclass(frozen=True, slots=True)
class Talk(Event):
    """What a member says in a room; `mentions` are the ids of those it names."""

    kept: ClassVar[bool] = True
    who: str
    text: str
    mentions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Said(Talk):
    """Somebody said something."""

    kind: ClassVar[str] = "said"


@dataclass(frozen=True, slots=True)
class Acted(Talk):
    """`/me waves`."""

    kind: ClassVar[str] = "action"
    sentence: ClassVar[str] = "{who} {text}"


@dataclass(frozen=True, slots=True)
class Whispered(Event):
    """A direct message, to one person."""

    kind: ClassVar[str] = "said"
    who: str
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Announced(Event):
    """An announcement, to a room or to everybody."""

    kind: ClassVar[str] = "notice"
    kept: ClassVar[bool] = True
    sentence: ClassVar[str] = "{by} announces: {text}"
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Deleted(Event):
    """A message was taken back, in all its wordings, by its author or an operator; `of` is the number of the first."""

    kind: ClassVar[str] = "deleted"
    kept: ClassVar[bool] = True
    sentence: ClassVar[str] = "{by} took back message {of}"
    by: str
    of: int


@dataclass(frozen=True, slots=True)
class Corrected(Event):
    """Somebody's own last message, said anew; `of` is the number of the first wording."""

    kind: ClassVar[str] = "corrected"
    kept: ClassVar[bool] = True
    sentence: ClassVar[str] = "{by} meant: {text}"
    by: str
    of: int
    text: str


@dataclass(frozen=True, slots=True)
class Withdrawn(Event):
    """What a reader of the past gets in the place of a message that was taken back."""

    kind: ClassVar[str] = "said"
    sentence: ClassVar[str] = "(taken back)"
    who: str
