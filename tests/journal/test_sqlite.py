"""The journal on disk keeps to the contract, commits before it tells, and is not thrown by a commit that fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred

from chatproto.core.events import Delivery, Entry, Reason, Said, Search
from chatproto.journal import Unfinished
from chatproto.journal.file import connect, prepare
from chatproto.journal.reader import Reader
from chatproto.journal.sqlite import SqliteJournal
from chatproto.journal.store import Store
from tests.journal.contract import JournalContract, Opened, numbered, passing, said
from tests.journal.threads import AtOnce, StepByStep


class TestSqliteJournal(JournalContract):
    """With threads that do all at once."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder, self.count = tmp_path, 0

    def open(self) -> Opened:
        self.count += 1
        return Opened(SqliteJournal(self.folder / f"{self.count}.sqlite", AtOnce(), AtOnce()))


class TestSqliteJournalStepByStep(TestSqliteJournal):
    """With threads that take their time: what comes while a commit runs is the next one."""

    def open(self) -> Opened:
        self.count += 1
        writing, reading = StepByStep(), StepByStep()

        def work() -> None:
            while writing.step() or reading.step():
                pass

        return Opened(SqliteJournal(self.folder / f"{self.count}.sqlite", writing, reading), work)


class Slow:
    """A journal whose writing thread takes its steps when the test says so; and what its file holds."""

    def __init__(self, file: Path) -> None:
        self.file, self.writing = file, StepByStep()
        self.db: sqlite3.Connection | None = None
        self.journal = SqliteJournal(file, self.writing, AtOnce(), self._connect)
        self.opened = Opened(self.journal)

    def _connect(self, file: Path) -> sqlite3.Connection:
        self.db = connect(file)
        return self.db

    def fill(self, *, full: bool) -> None:
        """Let the file grow no more; or again."""
        assert self.db
        self.db.execute(f"PRAGMA max_page_count = {1 if full else 1 << 30}")

    @property
    def told(self) -> list[list[Entry]]:
        return self.opened.batches

    @property
    def kept(self) -> int:
        """How many entries another process would find in the file."""
        db = sqlite3.connect(self.file)
        count = int(db.execute("SELECT count(*) FROM entry").fetchone()[0])
        db.close()
        return count


@pytest.fixture
def slow(tmp_path: Path) -> Slow:
    return Slow(tmp_path / "chat.sqlite")


def long_talk(count: int) -> list[Delivery]:
    return [said("x" * 1000, by=n) for n in range(count)]


# --- append, commit, tell ---------------------------------------------------------------------------------------------


def test_nobody_is_told_before_it_is_committed(slow: Slow) -> None:
    slow.journal.append([said("1")])
    assert (slow.kept, slow.told) == (0, [])
    slow.writing.step()
    assert (slow.kept, slow.told) == (1, [])
    slow.writing.step()
    assert [numbered(batch) for batch in slow.told] == [[(1, 0)]]


def test_what_is_told_can_be_found_in_the_file(slow: Slow) -> None:
    found: list[int] = []
    slow.journal.heard = lambda entries: found.append(slow.kept)
    slow.journal.append([said("1"), said("2")])
    slow.writing.settle()
    assert found == [2]


def test_what_gathers_while_a_commit_runs_is_one_commit(slow: Slow) -> None:
    for text in "1234":
        slow.journal.append([said(text)])
    slow.writing.settle()
    assert [numbered(batch) for batch in slow.told] == [[(1, 0)], [(2, 1), (3, 2), (4, 3)]]


def test_what_is_answered_to_what_was_just_told_goes_with_what_gathered(slow: Slow) -> None:
    slow.journal.append([said("1")])
    slow.journal.append([said("2")])
    slow.writing.step()  # 1 is committed
    slow.writing.step()  # and told
    slow.journal.append([said("an answer")])
    slow.writing.settle()
    assert [numbered(batch) for batch in slow.told] == [[(1, 0)], [(2, 1), (3, 2)]]


def test_a_batch_with_nothing_to_keep_goes_through_at_once(slow: Slow) -> None:
    slow.journal.append([passing()])
    assert [len(batch) for batch in slow.told] == [1]


def test_a_batch_with_nothing_to_keep_waits_for_those_before_it(slow: Slow) -> None:
    slow.journal.append([said("1")])
    slow.journal.append([passing()])
    assert slow.told == []
    slow.writing.settle()
    assert [e.seq for batch in slow.told for e in batch] == [1, 0]


def test_numbers_and_keys_outlive_the_process(tmp_path: Path) -> None:
    file = tmp_path / "chat.sqlite"
    first = Opened(SqliteJournal(file, AtOnce(), AtOnce()))
    first.append(said("1", key="k"), said("2"))
    again = Opened(SqliteJournal(file, AtOnce(), AtOnce()))  # the first was never closed, as after kill -9
    assert (again.journal.head("#dev"), again.journal.rooms()) == (2, ["#dev"])
    entries = again.append(said("1", key="k"), said("other", key="k"), said("3"))
    assert [(e.seq, e.again, e.clash) for e in entries] == [(1, True, False), (1, True, True), (3, False, False)]


# --- a commit that fails ----------------------------------------------------------------------------------------------


def test_of_a_commit_that_fails_nothing_is_kept_and_nothing_told(slow: Slow) -> None:
    slow.fill(full=True)
    batch = long_talk(50)
    slow.journal.append(batch)
    slow.writing.settle()
    assert (slow.told, slow.kept, slow.journal.head("#dev")) == ([], 0, 0)
    assert slow.opened.failures == [(batch, Reason.DISK_FULL)]


def test_numbers_of_a_commit_that_failed_are_given_to_the_next(slow: Slow) -> None:
    slow.journal.append([said("1", key="1")])
    slow.writing.settle()
    slow.fill(full=True)
    slow.journal.append([*long_talk(50), said("2", key="2")])
    slow.writing.settle()
    slow.fill(full=False)
    slow.journal.append([said("2", key="2"), said("1", "#new")])
    slow.writing.settle()
    assert [numbered(batch) for batch in slow.told] == [[(1, 0)], [(2, 1), (1, 0)]]


def test_what_gathered_while_a_commit_failed_fails_with_it_and_what_comes_then_is_committed(slow: Slow) -> None:
    """It was done upon what was not kept."""
    slow.fill(full=True)
    batch = long_talk(50)
    slow.journal.append(batch)
    slow.journal.append([said("2")])
    slow.writing.step()
    slow.fill(full=False)
    slow.writing.settle()
    assert (slow.told, slow.opened.failures) == ([], [([*batch, said("2")], Reason.DISK_FULL)])
    slow.journal.append([said("3")])
    slow.writing.settle()
    assert [numbered(batch) for batch in slow.told] == [[(1, 0)]]


def test_another_failure_than_a_full_disk_is_internal(slow: Slow) -> None:
    assert slow.db
    slow.db.execute("DROP TABLE gram")
    slow.journal.append([said("1")])
    slow.writing.settle()
    assert [reason for _, reason in slow.opened.failures] == [Reason.INTERNAL]


def test_one_who_hears_and_breaks_does_not_stop_the_journal(slow: Slow) -> None:
    def breaks(entries: Sequence[Entry]) -> None:
        slow.journal.heard = slow.opened._heard
        raise RuntimeError("not the journal's matter")

    slow.journal.heard = breaks
    slow.journal.append([said("1")])
    slow.journal.append([said("2")])
    slow.writing.settle()
    assert [numbered(batch) for batch in slow.told] == [[(2, 1)]]


# --- close ------------------------------------------------------------------------------------------------------------


def closed(ended: Deferred[None]) -> list[object]:
    """What the end fires with, once it does."""
    found: list[object] = []
    ended.addBoth(found.append)
    return found


def test_closing_while_a_commit_runs_keeps_and_tells_it_and_what_gathered(slow: Slow) -> None:
    slow.journal.append([said("1")])
    slow.journal.append([said("2")])
    slow.writing.step()
    ended = closed(slow.journal.close())
    assert ended == []
    slow.writing.settle()
    assert [numbered(batch) for batch in slow.told] == [[(1, 0)], [(2, 1)]]
    assert (ended, slow.kept, slow.writing.stopped) == ([None], 2, True)


def test_what_comes_while_the_last_commit_runs_is_kept_too(slow: Slow) -> None:
    slow.journal.append([said("1")])
    slow.journal.close()
    slow.journal.append([said("2")])
    slow.writing.settle()
    assert slow.kept == 2


def test_what_comes_after_the_end_is_refused_and_what_need_not_be_kept_passes(slow: Slow) -> None:
    slow.journal.close()
    slow.writing.settle()
    slow.journal.append([said("1")])
    slow.journal.append([passing()])
    assert [reason for _, reason in slow.opened.failures] == [Reason.INTERNAL]
    assert [e.seq for batch in slow.told for e in batch] == [0]


def test_it_closes_after_a_commit_that_failed(slow: Slow) -> None:
    slow.fill(full=True)
    slow.journal.append(long_talk(50))
    ended = closed(slow.journal.close())
    slow.writing.settle()
    assert (ended, len(slow.opened.failures)) == ([None], 1)


# --- reading beside it ------------------------------------------------------------------------------------------------


def test_reading_does_not_wait_for_a_commit(slow: Slow) -> None:
    slow.journal.append([said("1")])
    slow.writing.settle()
    slow.journal.append([said("2")])
    slow.writing.step()
    assert slow.opened.numbers("#dev", 0, slow.journal.head("#dev")) == [1]


def test_search_goes_through(slow: Slow) -> None:
    slow.journal.append([said("회의실에서")])
    slow.writing.settle()
    found = slow.opened.result(slow.journal.search(Search("회의", ["#dev"])))
    assert [e.seq for e in found] == [1]


def test_a_search_that_takes_too_long_is_ended_and_is_no_damage(tmp_path: Path) -> None:
    prepare(file := tmp_path / "chat.sqlite")
    store, reader = Store(file), Reader(file, searching=-1.0)
    store.write([Delivery(Said("oscar", f"needle {n}"), "#dev", float(n)) for n in range(300)])
    with pytest.raises(Unfinished):
        reader.search(Search("needle", ("#dev",)))

    assert reader.damage == []
    assert len(reader.read("#dev", 0, 300, 300).entries) == 300
    assert len(Reader(file).search(Search("needle", ("#dev",)))) == 10
