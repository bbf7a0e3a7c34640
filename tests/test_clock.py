"""Two clocks: what waits goes by one that nobody sets, what has a date by the wall's. Who did not run judges nobody."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet import reactor as twisted_reactor
from twisted.internet.abstract import FileDescriptor
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from chatproto.clock import Deadline, Watch, steady, wall_beside
from chatproto.journal import Journal
from chatproto.testing import UNHURRIED, ChatInMemory, Program
from tests.hub.stubs import SlowJournal
from tests.test_accounts import PlainPasswords

reactor: Any = twisted_reactor
JUMPS = {"10 minutes back": -600.0, "30 seconds back": -30.0, "an hour on": 3600.0, "a year on": 365 * 86400.0}
BEGAN = 1_700_000_000.0


class Jumping:
    """A chat whose wall clock somebody sets, while its other clock only runs."""

    def __init__(self, jump: float, journal: Journal | None = None, **settings: Any) -> None:  # noqa: ANN401 - Settings' own
        self._jump, self._set = jump, 0.0
        self.chat = ChatInMemory(
            replace(UNHURRIED, **settings), journal=journal, passwords=PlainPasswords(), wall=self._wall
        )

    def _wall(self) -> float:
        return BEGAN + self._set + self.chat.clock.seconds()

    def jump(self) -> None:
        """Set the wall clock."""
        self._set += self._jump


def test_of_the_pace(jump: float) -> None:
    there = Jumping(jump, rate=5.0, burst=20)
    oscar, jinny = there.chat.person("oscar"), there.chat.person("jinny")
    oscar.types(*(f"line {n}" for n in range(40)))
    there.jump()
    there.chat.wait(4.5)

    assert [line for line in jinny.reads() if "line 39" in line]


def test_of_our_heart_beats(jump: float) -> None:
    there = Jumping(jump)
    bot = there.chat.program("bot", **{"heart-beat": "0,1000"})
    there.jump()
    there.chat.wait(5)

    assert bot.wire.take() == b"\n" * 5


@pytest.mark.parametrize(("beats", "stays"), [(True, True), (False, False)])
def test_of_a_programs_heart_beats(jump: float, beats: bool, stays: bool) -> None:
    there = Jumping(jump)
    bot = there.chat.program("bot", **{"heart-beat": "10000,0"})
    for at in range(4):
        if at == 1:
            there.jump()
        there.chat.wait(10)
        if beats:
            bot.wire.receive(b"\n")

    assert bot.wire.closed is not stays


@pytest.mark.parametrize(("after", "resumed"), [(29.0, True), (31.0, False)])
def test_of_the_linger(jump: float, after: float, resumed: bool) -> None:
    there = Jumping(jump, linger=30)
    bot = Program(there.chat, there.chat.wire())
    bot.sends("CONNECT", {"accept-version": "1.2", "login": "bot"})
    (connected,) = bot.reads()
    bot.wire.cut()
    there.chat.wait(1)
    there.jump()
    there.chat.wait(after - 1)
    again = Program(there.chat, there.chat.wire())
    again.sends("CONNECT", {"accept-version": "1.2", "login": "bot", "resume": connected.headers["resume"]})

    assert ("resumed" in again.reads()[0].headers) is resumed


@pytest.mark.parametrize("first", [b"", b"CONNECT\n", b"oscar"])
def test_of_the_wait_for_a_name(jump: float, first: bytes) -> None:
    there = Jumping(jump, login_timeout=30)
    wire = there.chat.wire()
    wire.receive(first)
    there.chat.wait(1)
    there.jump()
    there.chat.wait(28)
    assert not wire.closing
    there.chat.wait(1.1)

    assert wire.closing


def test_of_the_greeting(jump: float) -> None:
    there = Jumping(jump)
    wire = there.chat.wire()
    there.jump()
    there.chat.wait(0.4)
    assert not wire.written
    there.chat.wait(0.1)

    assert wire.written


def test_of_guessing(jump: float) -> None:
    there = Jumping(jump)
    guest = there.chat.person("guest")
    guest.types(*(f"/login oscar guess {n}" for n in range(5)))
    there.jump()
    guest.reads()
    guest.types("/login oscar another guess")
    assert guest.reads() == ["! Too many wrong passwords. Try again in 10s."]
    there.chat.wait(10)
    guest.types("/login oscar another guess")

    assert guest.reads() == ["! The name or the password is wrong."]


def test_of_an_export(jump: float) -> None:
    there = Jumping(jump)
    oscar = there.chat.person("oscar")
    oscar.types("/register correct horse", "/export me")
    there.chat.wait(1)
    oscar.reads()
    there.jump()
    oscar.types("/export me")

    assert "You had all of it just now." in oscar.reads()[-1]


def test_of_a_reader_that_takes_nothing(jump: float) -> None:
    there = Jumping(jump, stall_timeout=120)
    oscar, jinny = there.chat.person("oscar"), there.chat.person("jinny")
    jinny.wire.most = 0
    oscar.types("hello")
    there.jump()
    there.chat.wait(119)
    assert not jinny.wire.closed
    there.chat.wait(1.1)

    assert jinny.wire.closed


def test_of_last_words(jump: float) -> None:
    there = Jumping(jump)
    oscar = there.chat.person("oscar")
    oscar.wire.stuck = True
    oscar.types("/quit")
    there.jump()
    there.chat.wait(1.9)
    assert not oscar.wire.closed
    there.chat.wait(0.2)

    assert oscar.wire.closed


def test_of_a_disk_that_stands_still(jump: float) -> None:
    there = Jumping(jump, SlowJournal())
    oscar = there.chat.person("oscar")
    oscar.types("hello")
    there.jump()
    there.chat.wait(4)
    oscar.types("again")
    assert oscar.reads() == []
    there.chat.wait(1.1)
    oscar.types("and again")

    assert [line[:30] for line in oscar.reads()] == ["! The server cannot keep up ju"]


def test_of_a_large_rooms_summary(jump: float) -> None:
    there = Jumping(jump, quiet_joins=2)
    people = [there.chat.person(f"p{n}") for n in range(5)]
    there.jump()
    people[0].reads()
    there.chat.wait(65)
    once = people[0].reads()
    there.chat.wait(30)

    assert [line[:20] for line in once + people[0].reads()] == ["* In the last minute"]


def test_dates_follow_the_wall(jump: float) -> None:
    there = Jumping(jump, tz="UTC")
    oscar = there.chat.person("oscar")
    bot = there.chat.program("bot")
    bot.joins("lobby")
    bot.reads()
    there.jump()
    oscar.types("hello")
    (heard,) = (frame for frame in bot.reads() if frame.body == b"hello")

    moment = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(BEGAN + jump))
    assert heard.headers["time"].startswith(moment)


def test_a_ban_ends_at_its_date(jump: float) -> None:
    there = Jumping(jump)
    console = there.chat.console()
    console.types("/ban mallory 20m")
    there.jump()
    mallory = there.chat.person()
    mallory.types("mallory")

    assert mallory.reads()[0].startswith("! You are banned" if jump < 1200 else "* Hello, mallory.")


@pytest.fixture(params=JUMPS, name="jump")
def _jump(request: pytest.FixtureRequest) -> float:
    return JUMPS[request.param]


# --- who was stopped looks first -----------------------------------------------------------------------------------


class Sleeper:
    """A process on a clock; `sleeps` plays one that is stopped: time goes by, and nothing runs or is read."""

    def __init__(self) -> None:
        self.clock, self.judged = Clock(), list[str]()
        self.watch = Watch(self.clock, 10.0, self._silent)

    def _silent(self) -> None:
        self.judged.append("silent")
        self.watch.cancel()

    def runs(self, seconds: int) -> None:
        self.clock.pump([1.0] * seconds)

    def sleeps(self, seconds: float) -> None:
        self.clock.advance(seconds)


def test_a_silence_is_one_after_two_and_a_half_intervals() -> None:
    here = Sleeper()
    here.runs(25)
    assert not here.judged
    here.runs(5)

    assert here.judged == ["silent"]
    assert not here.clock.getDelayedCalls()


@pytest.mark.parametrize("asleep", [40.0, 3600.0, 7 * 86400.0])
def test_what_was_slept_through_is_no_silence(asleep: float) -> None:
    here = Sleeper()
    here.runs(12)
    here.sleeps(asleep)
    here.runs(10)
    assert not here.judged
    here.watch.heard()
    here.runs(20)

    assert not here.judged


class Unread(FileDescriptor):
    """A socket in which something lies that was not read yet."""

    def __init__(self, happened: list[str]) -> None:
        super().__init__(reactor)
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.happened = happened
        self.theirs.send(b"a sign of life")
        self.startReading()  # type: ignore[no-untyped-call]

    def fileno(self) -> int:
        return self.ours.fileno()

    def doRead(self) -> None:
        self.happened.append(self.ours.recv(100).decode())


@pytest.fixture
def happened() -> list[str]:
    return []


@pytest.fixture
def unread(happened: list[str]) -> Iterator[Unread]:
    unread = Unread(happened)
    yield unread
    unread.stopReading()  # type: ignore[no-untyped-call]
    unread.ours.close()
    unread.theirs.close()


async def test_a_deadline_that_is_past_already_looks_at_the_sockets_first(happened: list[str], unread: Unread) -> None:
    due = Deferred[None]()

    def fall_due() -> None:
        happened.append("due")
        due.callback(None)

    reactor.callFromThread(lambda: Deadline(reactor, 0, fall_due))
    await due

    assert happened == ["a sign of life", "due"]


@pytest.mark.parametrize("at", [0.0, 5.0])
def test_a_deadline_can_be_cancelled_until_it_falls_due(at: float) -> None:
    clock, due = Clock(), list[str]()
    deadline = Deadline(clock, 10.0, lambda: due.append("due"))
    clock.advance(at)
    deadline.cancel()
    deadline.cancel()
    clock.advance(100)

    assert (due, deadline.active(), clock.getDelayedCalls()) == ([], False, [])


def test_what_a_look_brings_can_cancel_a_deadline() -> None:
    clock, due = Clock(), list[str]()
    deadline = Deadline(clock, 10.0, lambda: due.append("due"))
    clock.callLater(10.0, deadline.cancel)
    clock.advance(10.0)

    assert (due, clock.getDelayedCalls()) == ([], [])


# --- the reactor -----------------------------------------------------------------------------------------------------


class Idle(ReactorBase):
    """A reactor of its own, which looks at nothing."""

    def installWaker(self) -> None:
        """There is nothing to be woken from."""


@pytest.fixture
def idle() -> Any:  # noqa: ANN401 - it is given another clock
    return Idle()


def test_a_steady_reactor_goes_by_a_clock_that_nobody_sets(idle: Any) -> None:  # noqa: ANN401
    steady(idle)

    assert idle.seconds is time.monotonic
    assert idle.callLater(10, id, 0).getTime() - time.monotonic() == pytest.approx(10, abs=5)


def test_what_waits_already_keeps_what_it_has_left(idle: Any) -> None:  # noqa: ANN401
    call = idle.callLater(100, id, 0)
    steady(idle)
    steady(idle)

    assert call.getTime() - time.monotonic() == pytest.approx(100, abs=5)
    assert idle.timeout() == pytest.approx(100, abs=5)


def test_a_test_has_one_clock_and_a_reactor_has_the_walls_beside_it(idle: Any) -> None:  # noqa: ANN401
    clock = Clock()
    tells: Callable[[], float] = wall_beside(clock)
    clock.advance(7)

    assert (tells(), wall_beside(idle)) == (7, time.time)
