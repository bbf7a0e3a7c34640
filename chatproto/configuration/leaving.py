"""How a program that cannot start leaves: one line that says what is wrong and what to do, and an exit status.

The numbers are those of `sysexits.h`, which systemd and mail servers show by name. `send`, `tail` and `ask` have more,
of their own: `chatproto.client.pipe.status`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class Exit(IntEnum):
    """An exit status; `told` says it on the reference page."""

    told: str

    def __new__(cls, number: int, told: str) -> Self:
        """Make a member that is its number."""
        made = int.__new__(cls, number)
        made._value_ = number
        made.told = told
        return made

    DONE = 0, "It did what was asked."
    FAILED = 1, "It could start, and could not do what was asked."
    USAGE = 64, "The command line is wrong: an option that there is not, or a value that it does not take."
    UNAVAILABLE = 69, "What it needs is in use: the port, or the folder of the chat's file."
    CONFIG = (
        78,
        (
            "What it was given cannot be used: a value in the environment or in `.env`, a folder, a certificate, or "
            "a port that it may not open."
        ),
    )


class CannotStart(Exception):
    """It cannot start; the text is the line, or the lines, that say why, and `status` is how to leave."""

    def __init__(self, told: str, status: Exit = Exit.CONFIG) -> None:
        super().__init__(told)
        self.status = status


class Misconfigured(Exception):
    """What stands in the environment or in a file `.env` cannot be used; the text is the one line that says so."""
