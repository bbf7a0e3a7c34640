"""To one person: answers, refusals, the past, the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from chatproto.core.events.base import Event, Reason, Sentence
from chatproto.core.events.delivery import Entry


@dataclass(frozen=True, slots=True)
class Answer(Event):
    """The answer to a command: sentences, one a line; `facts` are headers for programs."""

    kind: ClassVar[str] = "answer"
    lines: tuple[Sentence, ...]
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """A no, to the one who asked; `receipt` names the request, where it asked for a receipt."""

    kind: ClassVar[str] = "refused"
    reason: Reason
    what: Sentence
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Broken(Refused):
    """A no to what breaks the protocol: it ends the connection that it came over, and is no other's."""


@dataclass(frozen=True, slots=True)
class PutOut(Event):
    """You were put out: to the one it happened to. `place` is a room, or nothing for the server."""

    kind: ClassVar[str] = "kicked"
    what: Sentence
    by: str
    reason: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Closing(Event):
    """The server ends, or ends this connection."""

    kind: ClassVar[str] = "closing"
    what: Sentence


@dataclass(frozen=True, slots=True)
class Before(Event):
    """What was said before one came follows: how many messages, and since when."""

    kind: ClassVar[str] = "notice"
    sentence: ClassVar[str] = "{count} said before you came, since {since}:"
    count: int
    since: float


@dataclass(frozen=True, slots=True)
class Waited(Before):
    """Direct messages that waited follow: a line of those has no time, and `lunch?` may be of yesterday."""

    sentence: ClassVar[str] = "Direct messages waited for you, since {since}: {count}"


@dataclass(frozen=True, slots=True)
class Past(Event):
    """What somebody wanted to read again; `found` are those that were looked for, `receipt` names the request.

    `numbered` are the rooms that the reader runs: who may take back a message by its number has to know it.
    """

    kind: ClassVar[str] = "answer"
    entries: tuple[Entry, ...]
    found: frozenset[tuple[str, int]] = frozenset()
    receipt: str = ""
    numbered: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Owned(Event):
    """What is kept of somebody's name, but for its secrets; `read` says how far, by room."""

    kind: ClassVar[str] = "answer"
    name: str
    since: float
    admin: bool
    tokens: tuple[str, ...]
    runs: tuple[str, ...]
    read: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Exported(Event):
    """A page of what is kept of somebody, to themselves; `form` is txt, to read, or jsonl, for programs."""

    kind: ClassVar[str] = "answer"
    entries: tuple[Entry, ...]
    form: str
