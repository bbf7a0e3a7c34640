"""What an event is; and what is said: sentences, and the reasons of a no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol, TypeAlias


class Reason(StrEnum):
    """Why something was refused. These words are on the wire and never change; sentences may."""

    BAD_NAME = "bad-name"
    NAME_IN_USE = "name-in-use"
    NAME_RESERVED = "name-reserved"
    WRONG_PASSCODE = "wrong-passcode"
    NOT_ALLOWED = "not-allowed"
    NO_SUCH_ROOM = "no-such-room"
    NO_SUCH_USER = "no-such-user"
    NOT_IN_ROOM = "not-in-room"
    ROOM_FULL = "room-full"
    SERVER_FULL = "server-full"
    BANNED = "banned"
    MUTED = "muted"
    TOO_FAST = "too-fast"
    TOO_LONG = "too-long"
    BAD_TEXT = "bad-text"
    BAD_COMMAND = "bad-command"
    BAD_FRAME = "bad-frame"
    DISK_FULL = "disk-full"
    BUSY = "busy"
    INTERNAL = "internal"


class Shown(Protocol):
    """What stands in a sentence and is written differently in each language, as a command's word is."""

    def shown(self, lang: str) -> str:
        """Return it as a reader of this language sees it."""


Value: TypeAlias = "str | int | Sentence | Shown | tuple[str, ...]"


@dataclass(frozen=True, slots=True)
class Sentence:
    """An English template, the key of its translations, and what goes into its {places}."""

    text: str
    args: Mapping[str, Value] = field(default_factory=dict)


NOTHING = Sentence("")


def say(text: str, /, **args: Value) -> Sentence:
    """Return the sentence with its arguments; nothing is formatted before it is drawn."""
    return Sentence(text, args)


class Refusal(Exception):
    """A no, with a reason word for programs and a sentence that says what to do instead."""

    def __init__(self, reason: Reason, text: str, /, **args: Value) -> None:
        super().__init__(reason, text)
        self.reason = reason
        self.sentence = Sentence(text, args)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    `kind` is its name on the wire; `kept` says that a room's journal keeps it; `everywhere` that it is about
    the whole server, so that a person needs no room's name beside it, and hears it once.
    """

    kind: ClassVar[str] = ""
    kept: ClassVar[bool] = False
    everywhere: ClassVar[bool] = False
    sentence: ClassVar[str] = ""
