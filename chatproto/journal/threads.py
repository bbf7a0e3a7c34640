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
    """One thread that does one piece of work after the other.

    It is started with the first piece of work, not before: twistd forks after it has made the service, and a
    thread does not survive that; and a server that cannot listen ends at once, with no thread to wait for.
    """

    def __init__(self, reactor: IReactorFromThreads, name: str) -> None:
        self._reactor = reactor
        self._pool = ThreadPool(1, 1, name)

    def do(self, work: Callable[[], T]) -> Deferred[T]:
        """Do a piece of work; its result comes back in the reactor's thread."""
        if not self._pool.started:
            self._pool.start()
        return deferToThreadPool(self._reactor, self._pool, work)

    def stop(self) -> None:
        """Let the thread end after the work that it has."""
        self._pool.stop()
