"""A thread of one's own, for blocking work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

T = TypeVar("T")


class OwnThread:
    """One thread that does one piece of work after the other."""

    def __init__(self, reactor: IReactorFromThreads, name: str) -> None:
        self._reactor = reactor
        self._pool = ThreadPool(1, 1, name)
        self._pool.start()

    def do(self, work: Callable[[], T]) -> Deferred[T]:
        """Do a piece of work; its result comes back in the reactor's thread."""
        return deferToThreadPool(self._reactor, self._pool, work)

    def stop(self) -> None:
        """Let the thread end after the work that it has."""
        self._pool.stop()
