"""Turns at slow work: who asks for much of it waits for themselves, and costs nobody else a place.

Whoever asks is a pair, as `("8.8.8.8", "oscar")`: groups take turns, and in a group its members do. When too many wait,
the newest of the longest queue is told `busy`, which is the queue of those who caused it.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from twisted.internet.defer import Deferred, fail, maybeDeferred

from chatproto.core.events import Reason, Refusal

AT_ONCE = 2  # under way: one that is worked on, and one that is ready when it is done
MOST = 128  # that wait: some eight seconds of passwords, and three classes that log in at once
EACH = 4  # that wait for one member of a group: a person has no use for more

Asker: TypeAlias = tuple[str, str]
T = TypeVar("T")


class Job:
    """One piece of work that waits, and who is told of it."""

    __slots__ = ("done", "work")

    def __init__(self, work: Callable[[], Deferred[Any]]) -> None:
        self.work = work
        self.done: Deferred[Any] = Deferred()


class Turns:
    """Has slow work done a few at a time, in turns."""

    def __init__(self) -> None:
        self._under_way = 0
        self._queues: OrderedDict[str, OrderedDict[str, deque[Job]]] = OrderedDict()  # by group and member

    def take(self, asker: Asker, work: Callable[[], Deferred[T]]) -> Deferred[T]:
        """Have work done when its turn comes; fails with Refusal(BUSY) where its asker has too much waiting."""
        group, member = asker
        queue = self._queues.setdefault(group, OrderedDict()).setdefault(member, deque())
        if len(queue) >= EACH:
            return fail(_busy())
        job = Job(work)
        queue.append(job)
        if self.waiting > MOST:
            self._let_go()
        self._go_on()
        return job.done

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(_size(group) for group in self._queues.values())

    def _go_on(self) -> None:
        while self._under_way < AT_ONCE and self._queues:
            job = self._next()
            self._under_way += 1
            maybeDeferred(job.work).addBoth(self._finished, job)

    def _next(self) -> Job:
        """Take the next job: its group and its member are the last to have a turn again."""
        name, group = self._queues.popitem(last=False)
        member, queue = group.popitem(last=False)
        job = queue.popleft()
        if queue:
            group[member] = queue
        if group:
            self._queues[name] = group
        return job

    def _finished(self, result: object, job: Job) -> None:
        """Give the place back, whether it went well or not, and go on."""
        self._under_way -= 1
        job.done.callback(result)
        self._go_on()

    def _let_go(self) -> None:
        """Tell the newest of the longest queue that nobody has time for it."""
        name, group = max(self._queues.items(), key=lambda item: _size(item[1]))
        member, queue = max(group.items(), key=lambda item: len(item[1]))
        job = queue.pop()
        if not queue:
            del group[member]
        if not group:
            del self._queues[name]
        job.done.errback(_busy())


def _size(group: OrderedDict[str, deque[Job]]) -> int:
    return sum(len(queue) for queue in group.values())


def _busy() -> Refusal:
    return Refusal(Reason.BUSY, "Many are logging in just now. Try again in a few seconds.")
