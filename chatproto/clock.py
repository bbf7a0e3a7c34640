"""Two clocks: one to wait by, which nobody sets, and the wall clock, for dates.

A reactor's timers go by its `seconds`, which for Twisted is the wall clock: set back by an hour, all that waits, waits
an hour longer; set forward, everybody is late at once. So the reactors that we start go by a clock that only runs.

A process that was stopped (a laptop's lid, `kill -STOP`, a paused container) finds its timers due when it wakes, while
what came meanwhile lies unread in its sockets. So nobody is judged by a timer alone: a `Deadline` looks at the sockets
first, and a `Watch` counts looks instead of seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorCore, IReactorTime

LOOKS = 3  # at the sockets before a deadline is one: to take a connection, to read its first bytes, to act on them
LOOKS_FOR_LIFE = 5  # in which nothing came, of two in each interval: two and a half intervals of silence


def steady(reactor: Any) -> None:  # noqa: ANN401 - what it has of its own is in no interface
    """Let a reactor's timers go by the monotonic clock. Those that are under way keep the time that they have left."""
    if reactor.seconds is time.monotonic:
        return
    shift = time.monotonic() - reactor.seconds()
    for call in reactor.getDelayedCalls():
        call.time, call.seconds = call.time + shift, time.monotonic
    reactor.seconds = time.monotonic


def wall_beside(clock: IReactorTime) -> Callable[[], float]:
    """Return what tells the date beside a clock: the wall clock beside a reactor, a test's clock by itself."""
    return time.time if IReactorCore.providedBy(clock) else clock.seconds


def after_a_look(clock: IReactorTime, then: Callable[[], object], looks: int = 1) -> None:
    """Call `then` once the reactor has looked at its sockets so many times, and what came there had its turn.

    A call in no time falls due before the next look, one that it makes after that look but before the turn of what
    came, and the third after both.
    """
    for _ in range(looks + 2):
        then = partial(clock.callLater, 0, then)
    then()


class Deadline:
    """A call after so many seconds, and after all that had come by then was read; unless it is cancelled before."""

    __slots__ = ("_call", "_clock", "_then")

    def __init__(self, clock: IReactorTime, seconds: float, then: Callable[[], object]) -> None:
        self._clock = clock
        self._then: Callable[[], object] | None = then
        self._call: IDelayedCall | None = clock.callLater(seconds, self._look)

    def active(self) -> bool:
        """Say whether it is still to come."""
        return self._then is not None

    def cancel(self) -> None:
        """Let it never come."""
        self._then = None
        if self._call and self._call.active():
            self._call.cancel()
        self._call = None

    def _look(self) -> None:
        self._call = None
        after_a_look(self._clock, self._fall_due, LOOKS)

    def _fall_due(self) -> None:
        then, self._then = self._then, None
        if then:
            then()


class Watch:
    """Looks twice in each interval whether anything has come; `silent` is called where nothing did for 2.5 of them.

    Looks are counted, not seconds: a process that was stopped heard nothing, and its peer may be well.
    """

    __slots__ = ("_call", "_clock", "_every", "_looks", "_silent")

    def __init__(self, clock: IReactorTime, interval: float, silent: Callable[[], object]) -> None:
        self._clock, self._every, self._silent = clock, interval / 2, silent
        self._looks = 0
        self._call: IDelayedCall | None = clock.callLater(self._every, self._look)

    def heard(self) -> None:
        """Take note of a sign of life, or that nobody listens just now."""
        self._looks = 0

    def cancel(self) -> None:
        """Look no more."""
        if self._call and self._call.active():
            self._call.cancel()
        self._call = None

    def _look(self) -> None:
        self._call = self._clock.callLater(self._every, self._look)
        self._looks += 1
        if self._looks > LOOKS_FOR_LIFE:
            after_a_look(self._clock, self._judge, LOOKS)

    def _judge(self) -> None:
        if self._call and self._looks > LOOKS_FOR_LIFE:
            self._silent()
