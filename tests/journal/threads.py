"""Threads that are none: work is done at once, or piece by piece when the test says so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

T = TypeVar("T")


class AtOnce:
    """Does each piece of work as it comes."""

    stopped = False

    def do(self, work: Callable[[], T]) -> Deferred[T]:
        return maybeDeferred(work)

    def after_a_look(self, then: Callable[[], object]) -> None:
        then()

    def stop(self) -> None:
        self.stopped = True


class StepByStep:
    """Does a piece of work in one step, and hands its result over in the next: as a thread and a reactor do."""

    def __init__(self) -> None:
        self._work: deque[Callable[[], Callable[[], None]]] = deque()
        self._results: deque[Callable[[], object]] = deque()
        self.stopped = False

    def do(self, work: Callable[[], T]) -> Deferred[T]:
        answer: Deferred[T] = Deferred()

        def run() -> Callable[[], None]:
            try:
                result = work()
            except Exception:  # noqa: BLE001 - as a thread does
                failure = Failure()
                return lambda: answer.errback(failure)
            return lambda: answer.callback(result)

        self._work.append(run)
        return answer

    def after_a_look(self, then: Callable[[], object]) -> None:
        self._results.append(then)

    def stop(self) -> None:
        self.stopped = True

    def step(self) -> bool:
        """Take one step; say whether there was one to take."""
        if self._results:
            self._results.popleft()()
        elif self._work:
            self._results.append(self._work.popleft()())
        else:
            return False
        return True

    def settle(self) -> None:
        """Take all steps."""
        while self.step():
            pass
