"""How long to wait before the next try.

The law here: each vain try doubles the wait, up to a limit; chance spreads the clients of a server that was
restarted; and only a connection that has held for a while counts as a success.
"""

from __future__ import annotations

from collections.abc import Callable

FIRST, MOST = 1.0, 30.0  # seconds
HELD = 10.0  # seconds a connection must hold before a cut is answered quickly again


class Backoff:
    """The waits between tries. `random` returns a number from 0 to 1."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._tries = 0
        self._since = 0.0

    def next(self) -> float:
        """Return the seconds to wait now: half of the full wait at least."""
        full = min(FIRST * float(2**self._tries), MOST)
        self._tries = min(self._tries + 1, 16)
        return full * (1 + self._random()) / 2

    def began(self, now: float) -> None:
        """Take note that a connection is made."""
        self._since = now

    def ended(self, now: float) -> None:
        """Take note that it is cut."""
        if now - self._since >= HELD:
            self._tries = 0
