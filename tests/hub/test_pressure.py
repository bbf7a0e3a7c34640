"""More comes than goes: first it waits to be read, then it is refused; and what was taken stays taken."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from chatproto.core.events import Reason, Refusal
from chatproto.hub.pressure import LOOK, MOST, PATIENCE, Pressure
from chatproto.testing import UNHURRIED, ChatInMemory, Person, Program
from chatproto.wire.stomp import Frame, encode
from tests.hub.stubs import SlowJournal


class Asker:
    """Somebody who has so many things to ask, one event each."""

    def __init__(self, crowd: Crowd, name: str, count: int) -> None:
        self._crowd, self.name, self.left = crowd, name, count

    def ask(self) -> None:
        while self.left and not self._crowd.pressure.holds(self.ask):
            self.left -= 1
            if self._crowd.pressure.refuses():
                self._crowd.refused.append(self.name)
            else:
                self._crowd.taken.append(self.name)
                self._crowd.pressure.handed_over(1)


class Crowd:
    """A pressure, and those who ask."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.pressure = Pressure(self.clock, lambda: 0)
        self.taken: list[str] = []
        self.refused: list[str] = []

    def asks(self, name: str, count: int) -> Asker:
        asker = Asker(self, name, count)
        asker.ask()
        return asker


def test_up_to_a_bound_nobody_waits_and_then_everybody_does() -> None:
    crowd = Crowd()
    ann = crowd.asks("ann", MOST + 1)
    bob = crowd.asks("bob", 1)
    assert (len(crowd.taken), ann.left, bob.left) == (MOST, 1, 1)


def test_who_waits_is_let_go_on_in_turn_as_far_as_there_is_room() -> None:
    crowd = Crowd()
    askers = [crowd.asks("ann", MOST + 3), crowd.asks("bob", 3), crowd.asks("cho", 3)]
    del crowd.taken[:]
    for _ in range(3):
        crowd.pressure.handed_back(2)
    assert crowd.taken == ["ann", "ann", "bob", "bob", "cho", "cho"]
    crowd.pressure.handed_back(MOST)
    assert [asker.left for asker in askers] == [0, 0, 0]


def test_what_stands_still_refuses_those_who_wait_and_whoever_comes() -> None:
    crowd = Crowd()
    crowd.asks("ann", MOST + 2)
    crowd.clock.advance(PATIENCE - LOOK)
    assert crowd.refused == []
    crowd.clock.advance(LOOK)
    crowd.asks("bob", 1)
    assert crowd.refused == ["ann", "ann", "bob"]


def test_what_stands_still_with_little_under_way_refuses_too() -> None:
    crowd = Crowd()
    crowd.asks("ann", 1)
    crowd.clock.advance(PATIENCE)
    crowd.asks("bob", 1)
    assert (crowd.taken, crowd.refused) == (["ann"], ["bob"])
    crowd.pressure.handed_back(1)
    crowd.asks("bob", 1)
    assert crowd.taken == ["ann", "bob"]


def test_nothing_to_do_is_no_standing_still() -> None:
    crowd = Crowd()
    crowd.asks("ann", 1)
    crowd.pressure.handed_back(1)
    crowd.clock.advance(100)
    assert not crowd.pressure.refuses()


def test_where_more_comes_than_goes_for_long_only_what_is_too_much_is_refused() -> None:
    crowd = Crowd()
    crowd.asks("early", MOST + 1)
    for _ in range(int(PATIENCE)):
        crowd.clock.advance(1)
        crowd.asks("ann", 1_500)
        crowd.pressure.handed_back(1_000)
    crowd.asks("late", MOST)  # all of those who still waited are through, too: taken, or refused
    for _ in range(10):
        del crowd.taken[:], crowd.refused[:]
        crowd.clock.advance(1)
        crowd.pressure.handed_back(1_000)
        crowd.asks("bob", 1_500)
        assert (crowd.taken, crowd.refused) == (["bob"] * 1_000, ["bob"] * 500)


def test_once_nobody_has_had_to_wait_patience_begins_anew() -> None:
    crowd = Crowd()
    crowd.asks("ann", MOST + 1)
    crowd.clock.advance(PATIENCE - 1)
    crowd.pressure.handed_back(MOST // 2)
    crowd.pressure.handed_back(MOST // 2)
    crowd.clock.advance(PATIENCE - 1)
    crowd.pressure.handed_back(1)
    late = crowd.asks("bob", MOST + 1)
    assert (late.left, crowd.refused) == (1, [])


# --- a whole chat -----------------------------------------------------------------------------------------------------


@pytest.fixture
def journal() -> SlowJournal:
    return SlowJournal()


@pytest.fixture
def chat(journal: SlowJournal) -> ChatInMemory:
    return ChatInMemory(UNHURRIED, journal=journal)


def settle(chat: ChatInMemory, journal: SlowJournal) -> None:
    chat.settle()
    while journal.step() or journal.answer():
        chat.settle()


def talkative(chat: ChatInMemory, journal: SlowJournal) -> tuple[Person, Program]:
    oscar, bot = chat.person("oscar"), chat.program("bot")
    bot.joins("lobby")
    settle(chat, journal)
    oscar.reads()
    bot.reads()
    return oscar, bot


def test_a_journal_that_stands_still_holds_little_and_says_busy_after_five_seconds(
    chat: ChatInMemory, journal: SlowJournal
) -> None:
    oscar, bot = talkative(chat, journal)
    oscar.types(*(f"line {n}" for n in range(MOST + 100)))
    bot.says("lobby", "and I", receipt="1")
    assert len(journal._waiting) == MOST
    assert not oscar.wire.reading
    chat.wait(PATIENCE)
    (refused,) = bot.reads()
    assert (refused.headers["reason"], refused.headers["receipt-id"]) == ("busy", "1")
    told = oscar.reads()
    assert set(told) == {"! The server cannot keep up just now, and has not taken this. Send it again in a while."}
    assert len(told) == 100
    assert oscar.wire.reading
    settle(chat, journal)
    bot.says("lobby", "now", receipt="2")
    said: list[str] = []
    for _ in range(20):  # a reader takes what there is, and is then read forward
        settle(chat, journal)
        said += [f.body.decode() for f in bot.reads() if f.headers.get("event") == "said"]
    assert said == [*(f"line {n}" for n in range(MOST)), "now"]


def test_nobody_new_is_let_in_while_the_journal_stands_still(chat: ChatInMemory, journal: SlowJournal) -> None:
    oscar, _ = talkative(chat, journal)
    oscar.types("hello")
    chat.wait(PATIENCE)
    jinny, bob = chat.person(), chat.program()
    jinny.types("jinny")
    bob.sends("CONNECT", {"accept-version": "1.2", "login": "bob"})
    assert [line[:29] for line in jinny.reads()] == ["! The server cannot keep up ju"[:29]]
    assert [f.headers["message"] for f in bob.reads()] == ["busy"]
    waiting = len(journal._waiting)
    for _ in range(100):
        chat.wire().cut()
        chat.settle()
    assert len(journal._waiting) == waiting
    settle(chat, journal)
    jinny.types("jinny")
    settle(chat, journal)
    assert jinny.reads()[0].startswith("* Hello, jinny.")


def test_whoever_is_let_in_is_refused_with_the_word_busy() -> None:
    chat = ChatInMemory(UNHURRIED, journal=SlowJournal())
    chat.person("oscar").types("hello")
    chat.wait(PATIENCE)
    with pytest.raises(Refusal) as no:
        chat.factory.hub.welcome(chat.wire().protocol, "jinny", address="")
    assert no.value.reason is Reason.BUSY


def test_what_comes_to_nothing_is_refused_in_bulk_each_with_its_receipt(
    chat: ChatInMemory, journal: SlowJournal
) -> None:
    oscar, bot = talkative(chat, journal)
    oscar.types("hello")
    chat.wait(PATIENCE)
    sends = [Frame("SEND", {"destination": "/room/lobby", "receipt": receipt}, b"hi") for receipt in ("1", "a:b")]
    bot.wire.receive(b"".join([*map(encode, sends), encode(Frame("SEND", {"destination": "/room/lobby"}, b"hi"))]))
    bot.says("lobby", "one more", receipt="4")
    bot.joins("dev", receipt="5")
    refused = bot.reads()
    assert [f.headers.get("receipt-id", "") for f in refused] == ["1", "a:b", "", "4", "5"]
    assert {f.headers["reason"] for f in refused} == {"busy"}
    assert {f.body for f in refused} == {refused[-1].body}
    assert len({f.headers["message-id"] for f in refused[:3]}) == 3
