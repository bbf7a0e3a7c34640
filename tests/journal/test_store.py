"""The one file: what is found in it again, by number, by time, by what was said; and what is given up."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatproto.archive import backup, restore
from chatproto.core.events import (
    Acted,
    Corrected,
    Deleted,
    Delivery,
    Event,
    Remembered,
    Said,
    Search,
    Topic,
    Withdrawn,
)
from chatproto.journal import START
from chatproto.journal.file import CannotOpen, prepare
from chatproto.journal.grams import person_mark, room_mark
from chatproto.journal.reader import CANDIDATES, Reader
from chatproto.journal.store import Store
from chatproto.journal.trimming import STEP
from tests.journal.contract import numbered, said


class Both:
    """A store and a reader of one file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        prepare(file)
        self.store, self.reader = Store(file), Reader(file)

    def keeps(self, *events: Event | str, room: str = "#dev", at: float = 10.0) -> None:
        """Keep these, a second apart."""
        found = [Said("ann", e) if isinstance(e, str) else e for e in events]
        self.store.write([Delivery(e, room, at + n) for n, e in enumerate(found)])

    def finds(self, text: str, *rooms: str, who: str = "", since: float = 0.0, limit: int = 10) -> list[int]:
        """The numbers of what is found, the newest first."""
        wanted = Search(text, rooms or ("#dev",), who, since, limit)
        return [e.seq for e in self.reader.search(wanted)]

    def reads(self, after: int = 0, until: int = 1 << 40, limit: int = 1 << 20) -> list[int]:
        return [e.seq for e in self.reader.read("#dev", after, until, limit).entries]

    def end(self) -> None:
        self.store.close()
        self.reader.close()


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    both = Both(tmp_path / "chat.sqlite")
    yield both
    both.end()


# --- search -----------------------------------------------------------------------------------------------------------


def test_a_word_of_two_syllables_is_found_inside_a_longer_one(both: Both) -> None:
    both.keeps("내일 회의실에서 뵙겠습니다", "점심", "의회")
    assert both.finds("회의") == [1]


def test_a_thai_word_is_found_where_there_are_no_spaces(both: Both) -> None:
    both.keeps("ประชุมวันนี้ตอนบ่าย", "สวัสดี")
    assert both.finds("วันนี้") == [1]
    assert both.finds("บ่าย") == [1]


def test_both_halves_of_a_word_in_a_text_are_not_the_word(both: Both) -> None:
    both.keeps("회의, 의실", "회의실")
    assert both.finds("회의실") == [2]


def test_words_are_found_by_their_beginning_in_any_case(both: Both) -> None:
    both.keeps("Hello World", "hell", "shell")
    assert both.finds("HELL") == [2, 1]
    assert both.finds("hello w") == [1]


@pytest.mark.parametrize("text", ['"', "* OR", "a AND b", "NEAR(", "hello'; --", "", "!?", "%"])
def test_nothing_that_is_looked_for_is_an_order(both: Both, text: str) -> None:
    both.keeps("hello")
    assert both.finds(text) == []


def test_only_the_rooms_asked_for(both: Both) -> None:
    both.keeps("hello", room="#dev")
    both.keeps("hello", room="#secret")
    assert both.finds("hello", "#dev") == [1]
    assert both.finds("hello", "#nowhere") == []


def test_only_one_persons_and_only_since_a_time(both: Both) -> None:
    both.keeps(Said("Ann", "hello"), Said("bob", "hello"), Said("ann", "hello"))
    assert both.finds("hello", who="ANN") == [3, 1]
    assert both.finds("hello", since=11.0) == [3, 2]
    assert both.finds("hello", who="ann", since=11.0) == [3]


def test_the_newest_first_and_no_more_than_asked_for(both: Both) -> None:
    both.keeps(*("hello",) * 20)
    assert both.finds("hello", limit=3) == [20, 19, 18]


def test_what_was_taken_back_is_not_found(both: Both) -> None:
    both.keeps("hello", "hello", Deleted("ann", 1))
    assert both.finds("hello") == [2]


def test_what_was_given_up_is_not_found(both: Both) -> None:
    both.keeps("hello", "hello")
    both.store.trim("#dev", keep=1)
    assert both.finds("hello") == [2]


def test_what_is_rare_is_found_behind_much_that_is_not(both: Both) -> None:
    both.keeps("rare words")
    both.keeps(*("words",) * (CANDIDATES + 10))
    assert both.finds("rare words") == [1]


# --- taken back, corrected --------------------------------------------------------------------------------------------


def test_what_was_taken_back_is_read_as_taken_back_in_its_place(both: Both) -> None:
    both.keeps("hello", "still here", Deleted("ann", 1))
    entries = both.reader.read("#dev", 0, 9, 9).entries
    assert [e.delivery.event for e in entries] == [Withdrawn("ann"), Said("ann", "still here"), Deleted("ann", 1)]


def test_a_correction_is_an_event_of_its_own(both: Both) -> None:
    both.keeps("helo", Corrected("ann", 1, "hello"))
    entries = both.reader.read("#dev", 0, 9, 9).entries
    assert [e.delivery.event for e in entries] == [Said("ann", "helo"), Corrected("ann", 1, "hello")]
    assert both.finds("hello") == [2]


# --- trim -------------------------------------------------------------------------------------------------------------


def test_what_is_old_is_given_up_in_steps(both: Both) -> None:
    both.keeps(*("x",) * (STEP + 300))
    assert [both.store.trim("#dev", keep=100) for _ in range(3)] == [STEP, 200, 0]
    assert both.reads() == list(range(STEP + 201, STEP + 301))


def test_after_each_step_the_start_is_told(both: Both) -> None:
    both.keeps(*("x",) * (STEP + 300))
    starts = []
    while both.store.trim("#dev", keep=100):
        starts.append(both.reader.read("#dev", 0, 9, 9).start)
    assert starts == [STEP + 1, STEP + 201]


def test_what_is_from_before_a_time_is_given_up(both: Both) -> None:
    both.keeps("1", "2", "3")
    assert both.store.expire(12.0) == 2
    assert both.reads() == [3]


def test_only_one_room_is_trimmed(both: Both) -> None:
    both.keeps("1", "2")
    both.keeps("1", "2", room="#other")
    both.store.trim("#other", keep=1)
    assert both.reads() == [1, 2]
    assert both.store.trim("#nowhere", keep=1) == 0


def test_a_trimmed_room_goes_on_with_its_numbers_after_a_restart(both: Both) -> None:
    both.keeps("1", "2")
    both.store.expire(1e9)
    both.store.close()
    both.store = Store(both.file)
    assert numbered(both.store.write([said("3")])) == [(3, 2)]
    assert both.reader.read("#dev", 0, 9, 9).start == 3


def test_a_key_is_forgotten_with_its_message(both: Both) -> None:
    both.store.write([said("1", key="k"), said("2")])
    both.store.trim("#dev", keep=1)
    assert numbered(both.store.write([said("1", key="k")])) == [(3, 2)]


def test_the_index_of_what_was_given_up_is_given_up(both: Both) -> None:
    """What was said next takes the row of nothing that the index still knows."""
    both.keeps("hello")
    both.store.expire(1e9)
    both.store.close()
    both.store = Store(both.file)
    both.keeps("other words")
    assert both.finds("hello") == []
    assert both.finds("other") == [2]


# --- facts ------------------------------------------------------------------------------------------------------------


def test_facts_are_remembered_replaced_and_forgotten(both: Both) -> None:
    both.keeps(Remembered("a", "1"), Remembered("b", "1"), Remembered("a", "2"), Remembered("b", ""), room="")
    assert both.store.facts() == [("a", "2")]


def test_facts_are_kept_with_the_batch_or_not_at_all(both: Both) -> None:
    with pytest.raises(TypeError):
        both.store.write([Delivery(Remembered("a", "1"), "", 1.0), Delivery(Unkeepable(), "#dev", 1.0)])
    assert both.store.facts() == []


class Unkeepable(Event):
    kept = True


# --- a write that fails -----------------------------------------------------------------------------------------------


def test_a_room_begun_by_a_write_that_failed_is_not_there(both: Both) -> None:
    with pytest.raises(TypeError):
        both.store.write([said("1", "#new"), Delivery(Unkeepable(), "#dev", 1.0)])
    assert both.store.heads() == {}
    assert numbered(both.store.write([said("1", "#new")])) == [(1, 0)]
    assert [e.seq for e in both.reader.read("#new", 0, 9, 9).entries] == [1]


def test_what_somebody_of_the_same_mark_said_is_not_given_away_as_ones_own(both: Both) -> None:
    assert person_mark("user45404") == person_mark("user69211")
    both.keeps(Said("user45404", "mine"), Said("user69211", "not mine"))
    entries, more = both.reader.said_by("user45404", 0.0, START, 10)
    assert ([e.delivery.event for e in entries], more) == ([Said("user45404", "mine")], None)


def test_a_damaged_page_is_read_to_its_end_and_not_beyond(both: Both) -> None:
    both.keeps("one", "two", "three")
    with closing(sqlite3.connect(both.file)) as db:
        db.execute("UPDATE entry SET kind = 'nonsense' WHERE seq = 2")
        db.commit()
    assert both.reads(until=1 << 62) == [1, 3]


@pytest.mark.parametrize(
    ("error", "why"), [("SQLITE_IOERR_SHMSIZE", "Perhaps the disk is full"), ("SQLITE_CORRUPT", "Restore")]
)
def test_a_full_disk_is_not_taken_for_damage(tmp_path: Path, error: str, why: str) -> None:
    class Broken(sqlite3.Connection):
        def execute(self, *_: object) -> sqlite3.Cursor:
            broken = sqlite3.DatabaseError("disk I/O error")
            broken.sqlite_errorname = error
            raise broken

    with pytest.raises(CannotOpen, match=why):
        Store(tmp_path / "chat.sqlite", lambda file: sqlite3.connect(file, factory=Broken))


def test_what_is_trimmed_while_a_page_is_read_is_told_or_read(both: Both) -> None:
    both.keeps("one", "two", "three", "four")

    class Interrupted(Reader):
        def _rows(self, *where: int) -> list[tuple[object, ...]]:
            both.store.trim("#dev", keep=1)
            return super()._rows(*where)

    with closing(Interrupted(both.file)) as reader:
        page = reader.read("#dev", 0, 9, 9)
    assert page.entries[0].seq == page.start


# --- the index of words goes with what it is about --------------------------------------------------------------------

TALK: tuple[Event | str, ...] = (
    "alpha 회의실",
    Corrected("ann", 1, "beta"),
    Deleted("ann", 1),
    Topic("ann", "gamma"),
    Acted("bob", "delta"),
)
WORDS = ("alpha", "회의", "beta", "gamma", "delta", person_mark("ann"), person_mark("bob"), room_mark(1))


def indexed(file: Path) -> list[str]:
    """Those of the words for which the index knows any row."""
    with closing(sqlite3.connect(file)) as db:
        known = [
            (word, db.execute(f"SELECT rowid FROM gram WHERE gram MATCH '\"{word}\"'").fetchall()) for word in WORDS
        ]
        db.execute("INSERT INTO gram (gram) VALUES ('integrity-check')")
    return [word for word, rows in known if rows]


def by_age(both: Both) -> None:
    while both.store.expire(1e12):
        pass


def by_number(both: Both) -> None:
    both.keeps("newest")
    both.store.trim("#dev", keep=1)
    by_age(both)


def by_age_one_after_the_other(both: Both) -> None:
    """Each by its own time, the newest said with a clock that was far behind."""
    for before in range(1, 200):
        both.store.expire(float(before))


def with_its_room(both: Both) -> None:
    """Where only topics are left."""
    by_age(both)
    both.keeps(Topic("ann", "gamma"))
    assert both.store.forget(["#dev"]) == ["#dev"]


@pytest.mark.parametrize("way", [by_age, by_number, by_age_one_after_the_other, with_its_room])
def test_no_word_is_left_in_the_index_of_what_was_given_up(both: Both, way: Callable[[Both], None]) -> None:
    for n, event in enumerate(TALK):
        both.keeps(event, at=100.0 - 20 * n)
    assert indexed(both.file) == list(WORDS)
    way(both)
    assert indexed(both.file) == []


def test_after_a_restore_the_index_knows_what_is_there_and_no_more(both: Both, tmp_path: Path) -> None:
    both.keeps("epsilon")
    by_age(both)
    both.keeps("alpha", Topic("ann", "gamma"))
    backup(both.file, tmp_path / "copy.sqlite")
    restore(tmp_path / "copy.sqlite", tmp_path / "restored.sqlite")
    assert indexed(tmp_path / "restored.sqlite") == ["alpha", "gamma", person_mark("ann"), room_mark(1)]
