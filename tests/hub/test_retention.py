"""What is too old, or too much, is given up; what is not stays, whatever the clock says for a while."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from twisted.internet.task import Clock

from chatproto.core.chat import Chat
from chatproto.core.events import Delivery, Entry, Remembered, Said
from chatproto.core.settings import Settings
from chatproto.hub.retention import NOTED, Retention
from chatproto.hub.trusted import LONG_ENOUGH, TOLERANCE, TrustedDate
from chatproto.journal.memory import MemoryJournal
from tests.hub.stubs import Stage

DAY, YEAR = 86400.0, 365 * 86400.0


class Kept:
    """A journal, what is to be kept of it, and two clocks: `run` lets time pass, `wrong` is how far the date is off."""

    def __init__(self, keep: str, journal: MemoryJournal | None = None) -> None:
        self.clock, self.wrong = Clock(), 0.0
        self.journal = journal or MemoryJournal(0)
        self.chat = Chat(Settings(keep=keep))
        self.retention = Retention(self.chat, self.journal, self.clock.seconds, self.journal.append)
        self.journal.heard = self._heard

    def _heard(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.retention.heard(entry)

    @property
    def now(self) -> float:
        return YEAR + self.clock.seconds() + self.wrong

    def say(self, *rooms: str, ago: float = 0.0) -> None:
        self.journal.append([Delivery(Said("oscar", "x"), room, self.now - ago) for room in rooms or ("#dev",)])

    def run(self, seconds: float = 5.0) -> None:
        for _ in range(int(seconds // 5)):
            self.clock.advance(5.0)
            self.retention.step(self.now)

    def left(self, room: str = "#dev") -> list[int]:
        return [e.seq for e in self.journal._logs[room].entries]


def test_a_number_is_kept_in_each_room() -> None:
    kept = Kept("3")
    for _ in range(10):
        kept.say("#a", "#b")
    kept.run()
    assert (kept.left("#a"), kept.left("#b")) == ([8, 9, 10], [8, 9, 10])


def test_an_age_is_kept_in_each_room() -> None:
    kept = Kept("4m")
    for minutes in range(9, -1, -1):
        kept.say("#a", "#b", ago=60.0 * minutes)
    kept.run()
    assert (kept.left("#a"), kept.left("#b")) == ([7, 8, 9, 10], [7, 8, 9, 10])


def test_without_a_rule_all_is_kept() -> None:
    kept = Kept("")
    kept.say(ago=10 * YEAR)
    kept.run(60.0)
    assert kept.left() == [1]


def test_ten_thousand_rooms_are_held_to_an_age_in_one_step() -> None:
    kept = Kept("1h", MemoryJournal(0, max_logs=20_000))
    rooms = [f"#room{n}" for n in range(10_000)]
    kept.say(*rooms, ago=DAY)
    kept.run(5.0)
    assert not any(kept.left(room) for room in rooms)


def test_what_was_there_before_the_start_is_too_much_as_well() -> None:
    before = Kept("")
    for _ in range(5):
        before.say("#a")
    kept = Kept("2", before.journal)
    kept.run()
    assert kept.left("#a") == [4, 5]


def test_a_room_whose_rule_changes_is_looked_at_again() -> None:
    kept = Kept("")
    for _ in range(5):
        kept.say("#dev")
    kept.run()
    fact = Remembered("room #dev", '{"keep": 2}')
    kept.chat.learn(fact.key, fact.value)
    kept.journal.append([Delivery(fact, "", kept.now)])
    kept.run()
    assert kept.left() == [4, 5]


# --- a clock that was wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [YEAR, 2 * DAY, DAY + 300.0, -YEAR / 2], ids=["a year", "days", "a day", "back"])
def test_a_jump_of_the_clock_gives_nothing_up(wrong: float) -> None:
    kept = Kept("1d")
    kept.say()
    kept.run()
    kept.wrong = wrong
    kept.run(15.0)
    kept.wrong = 0.0
    kept.run(15.0)
    assert kept.left() == [1]


def test_what_is_too_old_by_both_clocks_goes_on_being_given_up_meanwhile() -> None:
    kept = Kept("10m")
    kept.say(ago=590.0)
    kept.say()
    kept.run()
    kept.wrong = YEAR
    kept.run(15.0)
    assert kept.left() == [2]


def test_a_clock_that_holds_its_new_date_is_believed() -> None:
    kept = Kept("1d")
    kept.say()
    kept.run()
    kept.wrong = YEAR
    kept.run(LONG_ENOUGH - 5.0)
    assert kept.left() == [1]
    kept.run(15.0)
    assert kept.left() == []


def test_a_clock_that_jumps_again_has_to_hold_anew() -> None:
    kept = Kept("1d")
    kept.say()
    kept.run()
    for years in (1, 2, 1, 2):
        kept.wrong = years * YEAR
        kept.run(LONG_ENOUGH - 60.0)
    assert kept.left() == [1]


def test_a_small_jump_is_believed_after_as_long_as_it_was_wide() -> None:
    kept = Kept("1h")
    kept.say()
    kept.run(3000.0)
    kept.wrong = 900.0
    kept.run(500.0)
    assert kept.left() == [1]
    kept.run(600.0)
    assert kept.left() == []


def test_a_clock_that_is_set_right_by_a_little_is_believed_at_once() -> None:
    date = TrustedDate()
    assert [date.at(1000.0, 0.0), date.at(1005.0 + TOLERANCE, 5.0), date.at(1010.0, 10.0)] == [
        1000.0,
        1005.0 + TOLERANCE,
        1010.0,
    ]


@pytest.mark.parametrize("clean", [True, False], ids=["ended", "killed"])
@pytest.mark.parametrize("gap", [YEAR, -YEAR / 2], ids=["ahead of", "behind"])
def test_a_start_with_a_clock_far_off_the_newest_message_gives_nothing_up(*, clean: bool, gap: float) -> None:
    class Remembers(MemoryJournal):
        noted = 0.0

        def date(self) -> float:
            return self.noted

        def note_date(self, date: float):  # type: ignore[no-untyped-def]  # noqa: ANN202
            self.noted = date
            return super().note_date(date)

    before = Kept("1d", Remembers(0))
    before.say()
    before.run(NOTED + 10.0)
    if clean:
        before.retention.close(before.now)
    kept = Kept("1d", before.journal)
    kept.wrong = gap
    kept.run(60.0)
    assert kept.left() == [1]
    kept.run(LONG_ENOUGH)
    assert kept.left() == ([] if gap > 0 else [1])


def test_the_hub_lets_retention_go_by_both_clocks() -> None:
    stage = Stage(keep="1h")
    wrong = [0.0]
    stage.hub.now = lambda: YEAR + stage.clock.seconds() + wrong[0]
    oscar = stage.person("oscar")
    stage.does(oscar, "hello")
    for wrong[0] in (0.0, YEAR, YEAR, 0.0):
        stage.clock.advance(5.0)
    assert isinstance(stage.journal, MemoryJournal)
    assert len(stage.journal._logs["#lobby"].entries) == 1
    stage.clock.pump([5.0] * 721)
    assert len(stage.journal._logs["#lobby"].entries) == 0


# --- rooms that are nobody's ------------------------------------------------------------------------------------------

HOURS = 3600.0


class Rooms(Stage):
    """A hub whose empty rooms are forgotten after an hour."""

    def __init__(self) -> None:
        super().__init__(empty_rooms=HOURS, max_rooms=0)
        self.gina = self.person("gina")

    def wait(self, hours: float) -> None:
        for _ in range(int(hours * 60)):
            self.clock.advance(60.0)
            self.settle()

    def make(self, room: str, *lines: str) -> None:
        for line in (f"/join {room}", *lines, "/leave"):
            self.does(self.gina, line)

    def facts(self) -> set[str]:
        return {e.delivery.event.key for e in self.stream if isinstance(e.delivery.event, Remembered)}

    def known(self) -> list[str]:
        return sorted({*self.journal.rooms(), *self.chat.known_rooms()} - {"#lobby"})


def test_what_a_guest_leaves_goes_after_a_while() -> None:
    rooms = Rooms()
    for n in range(300):
        rooms.make(f"#x{n}", f"/topic number {n}", "/set limit 5", "/ban eve", "/set private on")
    assert len(rooms.known()) == 300
    rooms.wait(0.9)
    assert len(rooms.known()) == 300
    rooms.wait(1.0)
    assert rooms.known() == []
    last = {
        e.delivery.event.key: e.delivery.event.value for e in rooms.stream if isinstance(e.delivery.event, Remembered)
    }
    assert set(last.values()) == {""}
    assert rooms.chat.invitations == {}
    assert rooms.hub.retention._forsaken == {}
    assert rooms.hub.retention._changed == {}


@pytest.mark.parametrize(
    "line", ["hello", "/me waves", "/announce hear, hear"], ids=["talk", "an action", "an announcement"]
)
def test_a_room_in_which_something_was_said_stays(line: str) -> None:
    rooms = Rooms()
    rooms.make("#dev", "/topic fish", line)
    rooms.wait(3.0)
    assert rooms.known() == ["#dev"]
    assert rooms.chat.as_remembered("#dev").topic == "fish"


def test_a_room_that_somebody_is_in_or_came_back_to_stays() -> None:
    rooms = Rooms()
    rooms.make("#mine", "/topic fish")
    rooms.does(rooms.gina, "/join #here")
    rooms.does(rooms.gina, "/topic birds")
    for _ in range(4):
        rooms.wait(0.75)
        rooms.make("#mine")
    assert rooms.known() == ["#here", "#mine"]


def test_a_room_that_belongs_to_somebody_stays() -> None:
    rooms = Rooms()
    rooms.chat.learn("owner #dev oscar", "true")
    rooms.chat.learn("room #old", '{"owners": ["oscar"], "topic": "fish"}')
    rooms.wait(3.0)
    assert rooms.known() == ["#dev", "#old"]


def test_places_in_a_room_that_is_forgotten_go_with_it() -> None:
    rooms = Rooms()
    for room in ("#gone", "#owned"):
        rooms.chat.learn(f"place bob {room}", "7")
    rooms.chat.learn("owner #owned oscar", "true")
    rooms.chat.learn("room #gone", '{"topic": "x"}')
    rooms.wait(3.0)
    assert rooms.chat._places == {"bob": {"#owned": 7}}
    assert "place bob #gone" in rooms.facts()
