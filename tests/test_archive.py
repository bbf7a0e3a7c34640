"""What an operator does with the file: a backup is whole, putting it back loses nothing of what was there."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from chatproto import admin
from chatproto.archive import backup, exported, lock, restore
from chatproto.core.events import Delivery, Remembered, Said
from chatproto.journal.file import CannotOpen, prepare
from chatproto.journal.store import Store

SAID = Delivery(Said("oscar", "first"), "#dev", 1.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A chat's file with one message."""
    file = tmp_path / "chat.sqlite"
    prepare(file)
    with closing(Store(file)) as store:
        store.write([SAID])
    return file


def pragma(file: Path, text: str) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute(f"PRAGMA {text}")


def texts(file: Path) -> list[str]:
    return [line.rpartition("> ")[2] for line in exported(file, "#dev", "txt")]


def test_what_a_killed_server_left_is_set_aside_whole_by_a_restore(tmp_path: Path) -> None:
    file, copy, killed = (tmp_path / name for name in ("chat.sqlite", "copy.sqlite", "killed/chat.sqlite"))
    prepare(file)
    with closing(Store(file)) as store:
        store.write([Delivery(Said("oscar", "first"), "#dev", 1.0)])
        backup(file, copy)
        store.write([Delivery(Said("oscar", "second"), "#dev", 2.0)])
        killed.parent.mkdir()
        for part in ("", "-wal"):  # as they are on the disk while the server runs
            shutil.copy(f"{file}{part}", f"{killed}{part}")

    restore(copy, killed)

    (aside,) = killed.parent.glob("*.before-restore-????????-??????")
    assert (texts(killed), texts(aside)) == (["first"], ["first", "second"])


def test_who_talks_meanwhile_does_not_make_a_backup_begin_anew(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Store(file)) as store:
        store.write([Delivery(Said("oscar", "x" * 3500), "#dev", 1.0)] * 2_000)  # each has a page of its own
        steps: list[int] = []

        class Watched(sqlite3.Connection):
            def backup(self, target: sqlite3.Connection, **how: object) -> None:
                def after_a_step(status: int, remaining: int, total: int) -> None:
                    steps.append(remaining)
                    if len(steps) < 20:
                        store.write([SAID])

                super().backup(target, progress=after_a_step, **how)  # type: ignore[arg-type]

        connect = sqlite3.connect
        monkeypatch.setattr(sqlite3, "connect", lambda name: connect(name, factory=Watched))
        backup(file, tmp_path / "copy.sqlite")
    assert steps == [0]


def test_half_a_backup_is_not_left(file: Path, tmp_path: Path) -> None:
    pragma(file, "application_id = 0")
    with pytest.raises(CannotOpen, match="is not a chat's file"):
        backup(file, tmp_path / "copy.sqlite")
    assert not (tmp_path / "copy.sqlite").exists()


def test_a_backup_overwrites_nothing(file: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.sqlite").write_text("mine")
    with pytest.raises(CannotOpen, match="is there already"):
        backup(file, tmp_path / "copy.sqlite")
    assert (tmp_path / "copy.sqlite").read_text() == "mine"


def test_a_backup_that_cannot_be_used_is_not_put_in_the_place_of_what_is_there(file: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.sqlite"
    backup(file, newer)
    pragma(newer, "user_version = 7")
    with closing(Store(file)) as store:
        store.write([Delivery(Said("oscar", "second"), "#dev", 2.0)])
    with pytest.raises(CannotOpen, match="newer chatproto"):
        restore(newer, file)
    assert texts(file) == ["first", "second"]
    restore_again = tmp_path / "good.sqlite"
    backup(file, restore_again)
    restore(restore_again, file)
    assert texts(file) == ["first", "second"]


def test_two_restores_within_a_second_lose_nothing_of_what_was_set_aside(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    backup(file, copy)
    for text in ("original", "second", "third"):
        with closing(Store(file)) as store:
            store.write([Delivery(Said("oscar", text), "#dev", 2.0)])
        restore(copy, file)
    asides = [f for f in tmp_path.glob("*.before-restore-*") if not f.name.endswith(("-wal", "-shm"))]
    assert sorted(texts(aside)[-1] for aside in asides) == ["original", "second", "third"]


def test_where_nothing_was_nothing_is_set_aside(file: Path, tmp_path: Path) -> None:
    backup(file, tmp_path / "copy.sqlite")
    file.unlink()
    restore(tmp_path / "copy.sqlite", file)
    assert texts(file) == ["first"]
    assert list(tmp_path.glob("*.before-restore-*")) == []


def test_a_folder_that_a_server_has_is_nobody_elses(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two servers on one file would give each number twice, each to its own people."""
    backup(file, tmp_path / "copy.sqlite")
    lock(tmp_path)
    with pytest.raises(CannotOpen, match="another chat server is using it"):
        lock(tmp_path)
    assert admin.main(["restore", str(tmp_path / "copy.sqlite"), "--data", str(tmp_path)]) == 1
    assert "another chat server is using it" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.before-restore-*"))
    assert admin.main(["backup", str(tmp_path / "again.sqlite"), "--data", str(tmp_path)]) == 0


# --- what a backup brings ---------------------------------------------------------------------------------------------


@pytest.fixture
def strange(file: Path, tmp_path: Path) -> Path:
    """A backup with a message and a fact, which somebody may write into."""
    with closing(Store(file)) as store:
        store.write(
            [Delivery(Said("oscar", "second", ()), "#dev", 2.0, key="k"), Delivery(Remembered("bans", "{}"), "", 1.0)]
        )
    backup(file, tmp_path / "strange.sqlite")
    return tmp_path / "strange.sqlite"


def rows(file: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as db:
        return db.execute(sql).fetchall()


def write(file: Path, *sql: str) -> None:
    with closing(sqlite3.connect(file)) as db:
        for one in sql:
            db.execute(one)
        db.commit()


def test_all_that_a_chat_wrote_is_restored(file: Path, strange: Path) -> None:
    everything = ("SELECT * FROM entry", "SELECT name, head, first FROM room", "SELECT * FROM fact")
    before = [rows(file, sql) for sql in everything]
    file.unlink()
    assert restore(strange, file) == {}
    assert [rows(file, sql) for sql in everything] == before
    assert rows(file, "SELECT rowid FROM gram WHERE gram MATCH 'second'") == [(2,)]
    with closing(Store(file)) as store:
        assert store.write([Delivery(Said("oscar", "second"), "#dev", 9.0, key="k")])[0].again


def test_a_backup_of_the_first_version_is_restored(file: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.sqlite"
    prepare(old, 1)
    write(old, "INSERT INTO room (name, head) VALUES ('#dev', 1)")
    write(old, "INSERT INTO entry VALUES (1, 1, 1, 5.0, 'said', 'ann', 'hello', NULL, NULL)")
    restore(old, file)
    assert texts(file) == ["hello"]


STRANGE_OBJECTS = [
    "CREATE TRIGGER evil AFTER INSERT ON entry BEGIN DELETE FROM fact; END",
    "CREATE TRIGGER evil AFTER DELETE ON fact BEGIN DELETE FROM entry; END",
    "CREATE VIEW evil AS SELECT * FROM entry",
    "CREATE TABLE evil (x)",
    "CREATE VIRTUAL TABLE evil USING fts5 (x)",
]


@pytest.mark.parametrize("sql", STRANGE_OBJECTS)
def test_what_no_chat_makes_is_left_behind_and_never_runs(strange: Path, file: Path, tmp_path: Path, sql: str) -> None:
    write(strange, sql)
    assert sum(restore(strange, file).values()) >= 1
    prepare(tmp_path / "new.sqlite")
    names = "SELECT name FROM sqlite_schema ORDER BY name"
    assert rows(file, names) == rows(tmp_path / "new.sqlite", names)
    assert (texts(file), len(rows(file, "SELECT * FROM fact"))) == (["first", "second"], 1)


@pytest.mark.parametrize("table", ["room", "entry", "fact"])
def test_a_view_in_the_place_of_a_table_is_refused(strange: Path, file: Path, table: str) -> None:
    write(strange, f"ALTER TABLE {table} RENAME TO other", f"CREATE VIEW {table} AS SELECT * FROM other")
    with pytest.raises(CannotOpen, match=f"no table {table}"):
        restore(strange, file)
    assert texts(file) == ["first", "second"]


ENTRY = "INSERT INTO entry VALUES (9, 1, 3, {at}, {kind}, {who}, {text}, {of}, {key})"
AS_WRITTEN = {"at": "5.0", "kind": "'said'", "who": "'ann'", "text": "'third'", "of": "NULL", "key": "NULL"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "char(27) || '[2J'"},
        {"text": "char(8238) || 'evil'"},
        {"text": "x'ff00'"},
        {"who": "'a' || char(10) || 'b'"},
        {"who": "char(27) || 'ann'"},
        {"who": "''"},
        {"kind": "'joined'"},
        {"kind": "7"},
        {"kind": "'deleted'"},
        {"kind": "'deleted'", "of": "'x'"},
        {"kind": "'deleted'", "of": "-1"},
        {"at": "'yesterday'"},
        {"at": "9e999"},
    ],
    ids=str,
)
def test_a_message_that_no_chat_wrote_is_left_out_and_said(strange: Path, file: Path, wrong: dict[str, str]) -> None:
    write(strange, ENTRY.format(**{**AS_WRITTEN, **wrong}))
    assert restore(strange, file) == {"messages that no chat wrote": 1}
    assert texts(file) == ["first", "second"]
    assert rows(file, "SELECT head FROM room") == [(2,)]


def test_a_message_that_a_chat_may_have_written_is_taken(strange: Path, file: Path) -> None:
    write(strange, ENTRY.format(**{**AS_WRITTEN, "key": "'no key'"}))
    assert restore(strange, file) == {}
    assert texts(file) == ["first", "second", "third"]
    assert rows(file, "SELECT head FROM room") == [(3,)]


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("fact", "'waiting ann 1', '[]'"),
        ("fact", "'room #dev', '{\"topic\": \"' || char(27) || '\"}'"),
        ("fact", "'strange', '1'"),
        ("fact", "'bans', x'00'"),
        ("room", "7, 'dev', 1, 1"),
        ("room", "7, '#d' || char(27), 1, 1"),
        ("room", "7, '#d', 'many', 1"),
        ("room", "7, '#d', -1, 1"),
    ],
)
def test_another_row_that_no_chat_wrote_is_left_out_and_said(
    strange: Path, file: Path, table: str, values: str
) -> None:
    write(strange, f"INSERT OR REPLACE INTO {table} VALUES ({values})")
    assert list(restore(strange, file)) == [f"{table}s that no chat wrote"]
    assert texts(file) == ["first", "second"]


def test_a_room_that_is_not_there_is_not_exported_as_an_empty_one(file: Path) -> None:
    with pytest.raises(CannotOpen, match="no room #none"):
        list(exported(file, "#none", "txt"))


def test_whoever_reads_an_export_may_stop(file: Path) -> None:
    """`export dev | head -0`, without a word about a broken pipe."""
    command = [sys.executable, "-m", "chatproto.admin", "export", "dev", "--data", str(file.parent)]
    read, write = os.pipe()
    os.close(read)
    ended = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    os.close(write)
    assert (ended.stderr, ended.returncode) == ("", 1)


def test_the_folder_is_found_as_the_server_finds_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHAT_DATA", str(file.parent))
    assert admin.main(["export", "dev", "--format", "txt"]) == 0
    assert capsys.readouterr().out == "[1970-01-01 00:00:01] <oscar> first\n"


@pytest.mark.parametrize(
    ("environ", "socket"),
    [
        ({"CHAT_PORT": "5006 tls:certs:5007"}, "admin-5006.sock"),
        ({"CHAT_ADMIN_SOCKET": "auto", "CHAT_PORT": "5006"}, "admin-5006.sock"),
        ({"CHAT_ADMIN_SOCKET": "/nowhere/chat.sock"}, "/nowhere/chat.sock"),
    ],
)
def test_the_console_is_found_where_the_server_opens_it(
    environ: dict[str, str],
    socket: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert admin.main(["who"]) == 1
    assert f"{socket}. Start one" in capsys.readouterr().err
