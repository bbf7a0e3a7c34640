"""The file: made for its owner only, refused if it is newer or not ours, brought up to date beside a copy of it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chatproto.journal.file import APPLICATION, SCHEMA, VERSION, CannotOpen, prepare
from chatproto.journal.reader import Reader
from chatproto.journal.store import Store
from tests.journal.contract import said

SECOND = "ALTER TABLE entry ADD COLUMN lang TEXT NOT NULL DEFAULT 'en'; CREATE TABLE pinned (entry INTEGER)"


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A schema whose version 2 is version 1 and a little more; the way to version 3 is barred."""
    folder = tmp_path / "schema"
    folder.mkdir()
    first = (SCHEMA / "1.sql").read_text("utf-8")
    (folder / "2.sql").write_text(f"{first};{SECOND}")
    (folder / "upgrade-1-to-2.sql").write_text(SECOND)
    (folder / "upgrade-2-to-3.sql").write_text("CREATE TABLE third (x); INSERT INTO nowhere VALUES (1)")
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of version 1 with a message in it."""
    file = tmp_path / "chat.sqlite"
    prepare(file)
    with closing(Store(file)) as store:
        store.write([said("hello", key="k")])
    return file


def pragma(file: Path, name: str) -> object:
    with closing(sqlite3.connect(file)) as db:
        return db.execute(f"PRAGMA {name}").fetchone()[0]


def columns(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as db:
        return [row[1] for row in db.execute("PRAGMA table_info(entry)")]


def test_a_new_file_is_its_owners_only_and_says_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "chat.sqlite"
    prepare(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert (pragma(file, "application_id"), pragma(file, "user_version")) == (APPLICATION, VERSION)
    assert [f.name for f in tmp_path.iterdir()] == ["chat.sqlite"]


def test_what_stands_beside_the_file_is_its_owners_only(file: Path) -> None:
    with closing(Store(file)) as store:
        store.write([said("again")])
        beside = {f.name: f.stat().st_mode & 0o777 for f in file.parent.iterdir()}
    assert beside == {"chat.sqlite": 0o600, "chat.sqlite-wal": 0o600, "chat.sqlite-shm": 0o600}


def test_a_file_that_is_there_is_left_as_it_is(file: Path) -> None:
    before = file.read_bytes()
    prepare(file)
    assert file.read_bytes() == before


def test_half_a_file_left_by_a_crash_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "chat.sqlite.new").write_bytes(b"half")
    prepare(tmp_path / "chat.sqlite")
    assert pragma(tmp_path / "chat.sqlite", "user_version") == VERSION


def test_a_log_left_of_a_file_taken_away_is_not_read_into_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "chat.sqlite"
    prepare(file)
    store = Store(file)
    store.write([said("old")])
    log = (tmp_path / "chat.sqlite-wal").read_bytes()
    store.close()
    file.unlink()
    (tmp_path / "chat.sqlite-wal").write_bytes(log)
    prepare(file)
    with closing(Store(file)) as new:
        assert new.heads() == {}
    assert (tmp_path / "chat.sqlite-wal.left").read_bytes() == log


def test_a_file_that_may_not_be_written_is_refused_at_the_start(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be served, and then refuse whatever anybody says."""
    monkeypatch.setattr("chatproto.journal.file.os.access", lambda _, mode: not mode & os.W_OK)
    with pytest.raises(CannotOpen, match="may not be read and written by this user"):
        prepare(file)


def test_a_newer_file_is_refused_and_nothing_done_to_it(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA user_version = 7")
    before = file.read_bytes()
    with pytest.raises(CannotOpen, match=r"newer chatproto \(schema 7; this one knows 1\)"):
        prepare(file)
    assert file.read_bytes() == before


def test_another_programs_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "chat.sqlite"
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE theirs (x)")
    with pytest.raises(CannotOpen, match="not a chat's file"):
        prepare(file)


def test_what_is_no_database_at_all_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "chat.sqlite"
    file.write_bytes(b"x" * 10_000)
    with pytest.raises(CannotOpen, match="cannot be read"):
        prepare(file)


def test_an_older_file_is_brought_up_to_date_after_a_copy_was_set_aside(file: Path, scripts: Path) -> None:
    prepare(file, 2, scripts)
    assert (pragma(file, "user_version"), columns(file)[-1]) == (2, "lang")
    copy = file.with_name("chat.sqlite.version-1")
    assert (pragma(copy, "user_version"), columns(copy)[-1], copy.stat().st_mode & 0o777) == (1, "key", 0o600)
    for each in (file, copy):
        with closing(Reader(each)) as reader:
            assert [e.seq for e in reader.read("#dev", 0, 9, 9).entries] == [1]


def test_what_was_in_the_log_of_writes_is_in_the_copy(tmp_path: Path, scripts: Path) -> None:
    file = tmp_path / "chat.sqlite"
    prepare(file)
    store = Store(file)
    store.write([said("only in the log")])  # not closed, as after kill -9
    prepare(file, 2, scripts)
    with closing(Reader(file.with_name("chat.sqlite.version-1"))) as reader:
        assert [e.seq for e in reader.read("#dev", 0, 9, 9).entries] == [1]
    store.close()


def test_the_copy_is_whole_though_somebody_reads_an_older_state(file: Path, scripts: Path) -> None:
    with closing(sqlite3.connect(file)) as reading, closing(Store(file)) as store:
        store.write([said("first")])
        reading.execute("BEGIN")
        reading.execute("SELECT * FROM entry").fetchall()
        store.write([said("second")])
        prepare(file, 2, scripts)
    with closing(Reader(file.with_name("chat.sqlite.version-1"))) as reader:
        assert [e.seq for e in reader.read("#dev", 0, 9, 9).entries] == [1, 2, 3]


def test_an_upgrade_that_fails_changes_nothing(file: Path, scripts: Path) -> None:
    prepare(file, 2, scripts)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        prepare(file, 3, scripts)
    assert pragma(file, "user_version") == 2
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'third'").fetchone()[0] == 0


def test_a_new_file_and_an_upgraded_one_are_alike(file: Path, scripts: Path, tmp_path: Path) -> None:
    prepare(file, 2, scripts)
    prepare(tmp_path / "new.sqlite", 2, scripts)
    assert columns(tmp_path / "new.sqlite") == columns(file)
