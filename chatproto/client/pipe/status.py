"""The exit statuses of `send`, `tail` and `ask`: declared here, read by `--help`, the docs and the tests."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

from chatproto.configuration.leaving import Exit


class Status(IntEnum):
    """How an errand ended; `told` says it to whoever writes the script. A signal N ends with 128 + N."""

    told: str

    def __new__(cls, number: int, told: str) -> Self:
        """Make a member that is its number."""
        made = int.__new__(cls, number)
        made._value_ = number
        made.told = told
        return made

    DONE = 0, "done: every message has its receipt; ask: the first option was answered"
    OTHER = 1, "ask: another option was answered"
    AWAY = 3, "no server took it in time; nothing was said"
    TURNED_AWAY = 4, "not let in: the name, the token, a ban"
    REFUSED = 5, "the chat said no: muted, banned from the room, nobody of that name, too long"
    UNANSWERED = 6, "ask: nobody answered in time"
    UNKNOWN = 7, "said, but no receipt came in time: it may be there or not"
    USAGE = Exit.USAGE, "the command line is wrong; nothing was said"
    CONFIG = Exit.CONFIG, "a setting in the environment or in .env is wrong; nothing was said"


SIGNALLED = 128
