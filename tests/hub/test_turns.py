"""Turns at slow work: nobody waits for what somebody else asked for."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatproto.core.events import Refusal
from chatproto.hub.turns import AT_ONCE, EACH, MOST, Turns


class Work:
    """Work that is done when the test says so. `began` says in which order it was begun, `ended` who got what."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.began: list[str] = []
        self.ended: list[str] = []
        self._under_way: list[Deferred[str]] = []

    def asks(self, group: str, member: str = "", times: int = 1) -> None:
        """Somebody asks for work."""
        for _ in range(times):
            done = self.turns.take((group, member), lambda: self._begin(f"{group}{member}"))
            done.addCallbacks(
                self.ended.append, lambda failure: self.ended.append(_named(failure.value, group + member))
            )

    def _begin(self, name: str) -> Deferred[str]:
        work: Deferred[str] = Deferred()
        self.began.append(name)
        self._under_way.append(work.addCallback(lambda _: name))
        return work

    def does(self, count: int = 1, *, error: Exception | None = None) -> None:
        """What was begun first comes to its end, or fails."""
        for _ in range(count):
            work = self._under_way.pop(0)
            work.errback(error) if error else work.callback("")


def _named(error: object, name: str) -> str:
    return f"{name} is refused" if isinstance(error, Refusal) else f"{name} failed"


def test_a_few_are_under_way_at_once_and_the_others_wait() -> None:
    work = Work()
    for name in "abcd":
        work.asks(name)
    assert (work.began, work.turns.waiting) == (["a", "b"], 2)
    work.does(2)
    assert (work.began, work.ended) == (["a", "b", "c", "d"], ["a", "b"])


def test_groups_take_turns_and_their_members_do() -> None:
    work = Work()
    work.asks("x", "1", 3)
    work.asks("x", "2", 2)
    work.asks("y", "3", 2)
    while work.turns.waiting:
        work.does()
    assert work.began == ["x1", "x1", "x1", "y3", "x2", "y3", "x2"]


def test_one_that_has_much_waiting_is_refused_and_nobody_else() -> None:
    work = Work()
    work.asks("thief", times=100)
    work.asks("oscar")
    assert work.ended == ["thief is refused"] * (100 - AT_ONCE - EACH)
    work.does(AT_ONCE + 1)
    assert "oscar" in work.began


def test_when_too_many_wait_the_longest_queue_loses_its_newest() -> None:
    work = Work()
    for n in range(MOST * 2):
        work.asks("8.8.8.8", f" as n{n}")
    refused = list(work.ended)
    for n in range(20):
        work.asks(f"pupil {n}")
    assert len(refused) == MOST - AT_ONCE
    assert {name.partition(" ")[0] for name in work.ended} == {"8.8.8.8"}
    assert work.turns.waiting == MOST


@pytest.mark.parametrize("error", [RuntimeError("broken"), Refusal.__new__(Refusal)])
def test_what_fails_gives_its_place_back(error: Exception) -> None:
    """A place that is kept by what failed is one that nobody gets, until none is left."""
    work = Work()
    for n in range(10):
        work.asks(f"a{n}")
        work.does(error=error)
    assert len(work.ended) == 10
    work.asks("b", times=AT_ONCE)
    assert work.began[-AT_ONCE:] == ["b"] * AT_ONCE


def test_what_fails_at_once_gives_its_place_back() -> None:
    turns, failed = Turns(), list[Failure]()
    for _ in range(10):
        turns.take(("a", ""), _broken).addErrback(failed.append)
    assert (len(failed), turns.waiting) == (10, 0)


def _broken() -> Deferred[str]:
    raise RuntimeError("broken")
