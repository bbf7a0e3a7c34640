"""The file: made for its owner only, refused if it is newer or not ours, brought up to date beside a copy of it."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chatproto.core.events import Search
from chatproto.journal.file import APPLICATION, SCHEMA, VERSION, CannotOpen, prepare
from chatproto.journal.grams import indexed
from chatproto.journal.reader import Reader
from chatproto.journal.store import Store
from tests.journal.contract import said

MORE = "ALTER TABLE entry ADD COLUMN lang TEXT NOT NULL DEFAULT 'en'; CREATE TABLE pinned (entry INTEGER)"
NEXT = VERSION + 1


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A schema whose next version is today's and a little more; the way to the one after that is barred."""
    folder = tmp_path / "schema"
    folder.mkdir()
    today = (SCHEMA / f"{VERSION}.sql").read_text("utf-8")
    (folder / f"{NEXT}.sql").write_text(f"{today};{MORE}")
    (folder / f"upgrade-{VERSION}-to-{NEXT}.sql").write_text(MORE)
    barred = "CREATE TABLE third (x); INSERT INTO nowhere VALUES (1)"
    (folder / f"upgrade-{NEXT}-to-{NEXT + 1}.sql").write_text(barred)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of today's version with a message in it."""
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
    with pytest.raises(CannotOpen, match=rf"newer chatproto \(schema 7; this one knows {VERSION}\)"):
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
    prepare(file, NEXT, scripts)
    assert (pragma(file, "user_version"), columns(file)[-1]) == (NEXT, "lang")
    copy = file.with_name(f"chat.sqlite.version-{VERSION}")
    assert (pragma(copy, "user_version"), columns(copy)[-1], copy.stat().st_mode & 0o777) == (VERSION, "key", 0o600)
    for each in (file, copy):
        with closing(Reader(each)) as reader:
            assert [e.seq for e in reader.read("#dev", 0, 9, 9).entries] == [1]


def test_what_was_in_the_log_of_writes_is_in_the_copy(tmp_path: Path, scripts: Path) -> None:
    file = tmp_path / "chat.sqlite"
    prepare(file)
    store = Store(file)
    store.write([said("only in the log")])  # not closed, as after kill -9
    prepare(file, NEXT, scripts)
    with closing(Reader(file.with_name(f"chat.sqlite.version-{VERSION}"))) as reader:
        assert [e.seq for e in reader.read("#dev", 0, 9, 9).entries] == [1]
    store.close()


def test_the_copy_is_whole_though_somebody_reads_an_older_state(file: Path, scripts: Path) -> None:
    with closing(sqlite3.connect(file)) as reading, closing(Store(file)) as store:
        store.write([said("first")])
        reading.execute("BEGIN")
        reading.execute("SELECT * FROM entry").fetchall()
        store.write([said("second")])
        prepare(file, NEXT, scripts)
    with closing(Reader(file.with_name(f"chat.sqlite.version-{VERSION}"))) as reader:
        assert [e.seq for e in reader.read("#dev", 0, 9, 9).entries] == [1, 2, 3]


def test_an_upgrade_that_fails_changes_nothing(file: Path, scripts: Path) -> None:
    prepare(file, NEXT, scripts)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        prepare(file, NEXT + 1, scripts)
    assert pragma(file, "user_version") == NEXT
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'third'").fetchone()[0] == 0


def test_a_new_file_and_an_upgraded_one_are_alike(file: Path, scripts: Path, tmp_path: Path) -> None:
    prepare(file, NEXT, scripts)
    prepare(tmp_path / "new.sqlite", NEXT, scripts)
    assert columns(tmp_path / "new.sqlite") == columns(file)


# --- from each version that was ever released -------------------------------------------------------------------------


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """A file as the first version wrote it, with the words of its entry in the index."""
    file = tmp_path / "chat.sqlite"
    prepare(file, 1)
    with closing(sqlite3.connect(file)) as db:
        db.execute("INSERT INTO room (id, name, head) VALUES (1, '#dev', 2)")
        db.execute("INSERT INTO entry VALUES (1, 1, 1, 100.0, 'said', 'ann', 'hello', NULL, NULL)")
        db.execute("INSERT INTO entry VALUES (2, 1, 2, 200.0, 'said', 'ann', 'again', NULL, NULL)")
        db.executemany(
            "INSERT INTO gram (rowid, grams) VALUES (?, ?)",
            [(n, indexed(1, "ann", text)) for n, text in ((1, "hello"), (2, "again"))],
        )
        db.execute("INSERT INTO fact VALUES ('bans', '{}')")
        db.commit()
    return file


def schema(file: Path) -> list[tuple[str, str]]:
    """The tables and indexes of a file, in the words in which they were made, but for blanks and remarks."""
    with closing(sqlite3.connect(file)) as db:
        rows = db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    plain = [(name, re.sub(r"--.*", "", sql)) for name, sql in rows]
    return sorted((name, " ".join(sql.split())) for name, sql in plain)


def test_a_file_of_the_first_version_is_served_and_trimmed(first_version: Path) -> None:
    prepare(first_version)
    with closing(Store(first_version)) as store, closing(Reader(first_version)) as reader:
        assert store.expire(150.0) == 1
        assert [e.seq for e in reader.read("#dev", 0, 9, 9).entries] == [2]
        assert [e.seq for e in reader.search(Search("again", ("#dev",)))] == [2]
        assert store.facts() == [("bans", "{}")]


def test_a_file_of_the_first_version_becomes_what_a_new_one_is(first_version: Path, tmp_path: Path) -> None:
    prepare(first_version)
    prepare(tmp_path / "new.sqlite")
    assert schema(first_version) == schema(tmp_path / "new.sqlite")


def test_a_copy_that_was_set_aside_before_is_not_overwritten(file: Path, scripts: Path) -> None:
    """As after an upgrade, a restore of an old backup, and an upgrade again."""
    before = file.with_name(f"chat.sqlite.version-{VERSION}")
    before.write_bytes(b"set aside long ago")
    prepare(file, NEXT, scripts)
    assert before.read_bytes() == b"set aside long ago"
    assert pragma(file.with_name(f"chat.sqlite.version-{VERSION}-2"), "user_version") == VERSION


def test_leftovers_that_were_set_aside_before_are_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "chat.sqlite"
    (tmp_path / "chat.sqlite-wal.left").write_bytes(b"first")
    (tmp_path / "chat.sqlite-wal").write_bytes(b"second")
    prepare(file)
    left = {f.name: f.read_bytes() for f in tmp_path.glob("*.left*")}
    assert left == {"chat.sqlite-wal.left": b"first", "chat.sqlite-wal.left-2": b"second"}
