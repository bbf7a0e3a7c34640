"""Seats: from where somebody gives commands. A command's declaration names the seats from which it can be given."""

from __future__ import annotations

from enum import Enum


class Seat(Enum):
    """From where somebody gives commands."""

    CHAT = "chat"  # among the people, with a name and rooms
    CONSOLE = "console"  # the operator's console, `python -m chatproto.admin`
    TERMINAL = "terminal"  # the server's own terminal, `--console`, which is there as long as the server


ANYWHERE = frozenset(Seat)
IN_THE_CHAT = frozenset({Seat.CHAT})
AT_A_CONSOLE = ANYWHERE - IN_THE_CHAT
WHERE_ONE_MAY_LEAVE = ANYWHERE - {Seat.TERMINAL}
