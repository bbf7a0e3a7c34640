"""A thread of one's own, for blocking work."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.python.failure import Failure

from chatproto.clock import after_a_look

T = TypeVar("T")


class Reactor(IReactorFromThreads, IReactorTime):
    """What a thread needs of the reactor: a way back into it, and its passes."""


class OwnThread:
    """One thread that does one piece of work after the other.

    It is started with the first piece of work, not before: twistd forks after it has made the service, and a
    thread does not survive that; and a server that cannot listen ends at once, with no thread to wait for.
    (Twisted's `ThreadPool` of one does the same for five times the price, and each commit pays it.)
    It is a daemon: a disk that stands still does not keep the process from its end.
    """

    def __init__(self, reactor: Reactor, name: str) -> None:
        self._reactor, self._name = reactor, name
        self._work: SimpleQueue[tuple[Callable[[], Any], Deferred[Any]] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def do(self, work: Callable[[], T]) -> Deferred[T]:
        """Do a piece of work; its result comes back in the reactor's thread."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        done: Deferred[T] = Deferred()
        self._work.put((work, done))
        return done

    def after_a_look(self, then: Callable[[], object]) -> None:
        """Call `then` in the reactor's thread once it has looked at its sockets, and what came there had its turn."""
        after_a_look(self._reactor, then)

    def stop(self) -> None:
        """Let the thread end after the work that it has. Nobody waits for that: who wants a result has its Deferred."""
        self._work.put(None)

    def _run(self) -> None:
        while piece := self._work.get():
            work, done = piece
            try:
                result = work()
            except Exception:  # noqa: BLE001 - it is for whoever asked for the work
                self._reactor.callFromThread(done.errback, Failure())
            else:
                self._reactor.callFromThread(done.callback, result)
