"""How fast one may go: a token bucket. The time is an argument, in seconds of any clock; set back, it costs nothing."""

from __future__ import annotations

HAIR = 1e-3  # of a token: who has waited as told is let through, however the clock rounds


class Pace:
    """Lets `burst` through at once and `rate` a second after that; a rate of 0 lets everything through."""

    __slots__ = ("_burst", "_rate", "_tokens", "_when")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst = rate, max(burst, 1.0)
        self._tokens, self._when = self._burst, now

    def wait(self, now: float) -> float:
        """Take one token and return 0; or take none and return the seconds until there is one."""
        if not self._rate:
            return 0.0
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._when) * self._rate)
        self._when = now
        if self._tokens >= 1.0 - HAIR:
            self._tokens = max(0.0, self._tokens - 1.0)
            return 0.0
        return (1.0 - self._tokens) / self._rate
