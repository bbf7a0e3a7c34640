"""The file is deleted, moved or replaced under a running server: that is noticed, said, and mended where it can be."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher

from chatproto.core.events import Delivery, Reason, Remembered, Search
from chatproto.journal.file import prepare
from chatproto.journal.reader import Reader
from chatproto.journal.sqlite import SqliteJournal
from chatproto.journal.store import Store
from tests.hub.stubs import Stage
from tests.journal.contract import Opened, numbered, said
from tests.journal.threads import AtOnce


class Kept(Opened):
    """A journal on a file that has one message, and what its log says."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.log: list[str] = []
        self.observer = cast("ILogObserver", self._hear)
        globalLogPublisher.addObserver(self.observer)
        self.disk = SqliteJournal(file, AtOnce(), AtOnce())
        super().__init__(self.disk)
        self.append(said("first"), Delivery(Remembered("a", "1"), "", 1.0))

    def _hear(self, event: LogEvent) -> None:
        if event.get("log_namespace") == "chat.journal":
            self.log.append(formatEvent(event))

    def found_after_a_kill(self) -> list[int]:
        """The numbers that the next server finds, if this one is killed now: in a copy of what is on disk."""
        copy = self.file.parent / "after-a-kill"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for part in ("", "-wal"):
            if Path(f"{self.file}{part}").exists():
                shutil.copy(f"{self.file}{part}", copy / f"chat.sqlite{part}")
        prepare(copy / "chat.sqlite")
        with closing(Store(copy / "chat.sqlite")) as store, closing(Reader(copy / "chat.sqlite")) as reader:
            assert store.facts() in ([("a", "1")], [])
            return [e.seq for e in reader.read("#dev", 0, 99, 99).entries]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    (tmp_path / "data").mkdir()
    kept = Kept(tmp_path / "data" / "chat.sqlite")
    yield kept
    globalLogPublisher.removeObserver(kept.observer)
    kept.disk.close()


def removes(*parts: str) -> Callable[[Path], None]:
    def remove(file: Path) -> None:
        for part in parts:
            Path(f"{file}{part}").unlink()

    return remove


def moves_the_folder(file: Path) -> None:
    file.parent.rename(file.parent.with_name("moved"))


def removes_the_folder(file: Path) -> None:
    shutil.rmtree(file.parent)


def replaces_the_log_of_writes(file: Path) -> None:
    Path(f"{file}-wal").unlink()
    Path(f"{file}-wal").write_bytes(b"something else")


WAYS = {
    "all three": removes("", "-wal", "-shm"),
    "the file": removes(""),
    "its log of writes": removes("-wal"),
    "its index of that": removes("-shm"),
    "both beside it": removes("-wal", "-shm"),
    "another log of writes": replaces_the_log_of_writes,
    "the folder is moved": moves_the_folder,
    "the folder is removed": removes_the_folder,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_is_gone_is_saved_anew_before_anything_is_receipted(kept: Kept, way: Callable[[Path], None]) -> None:
    way(kept.file)
    assert numbered(kept.append(said("second", key="k"))) == [(2, 1)]
    assert kept.found_after_a_kill() == [1, 2]
    assert any("THE CHAT'S FILE WAS GONE" in line for line in kept.log)
    assert kept.numbers("#dev", 0, 99) == [1, 2]
    assert len(kept.result(kept.journal.search(Search("second", ("#dev",))))) == 1
    assert kept.append(said("second", key="k"))[0].again


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_it_is_noticed_though_nobody_says_anything(kept: Kept, way: Callable[[Path], None]) -> None:
    way(kept.file)
    kept.result(kept.disk.check())
    assert kept.found_after_a_kill() == [1]
    assert any("THE CHAT'S FILE WAS GONE" in line for line in kept.log)


def test_it_may_happen_again_and_again(kept: Kept) -> None:
    for n in range(2, 6):
        WAYS["all three" if n % 2 else "its log of writes"](kept.file)
        assert numbered(kept.append(said("x"))) == [(n, n - 1)]
    assert kept.found_after_a_kill() == [1, 2, 3, 4, 5]
    assert len(kept.log) == 4


def test_another_file_in_its_place_is_left_alone_and_nothing_is_receipted(kept: Kept) -> None:
    kept.file.rename(kept.file.with_name("elsewhere"))
    kept.file.write_bytes(b"somebody's own")
    for _ in range(3):
        assert kept.append(said("second")) == []
    assert [reason for _, reason in kept.failures] == [Reason.INTERNAL] * 3
    assert kept.file.read_bytes() == b"somebody's own"
    (line,) = kept.log
    assert "NOTHING THAT IS SAID CAN BE KEPT" in line
    assert "chat.sqlite.saved" in line
    with closing(Reader(kept.file.with_name("chat.sqlite.saved"))) as reader:
        assert [e.seq for e in reader.read("#dev", 0, 9, 9).entries] == [1]


def test_when_it_comes_back_it_is_written_on(kept: Kept) -> None:
    away = kept.file.with_name("elsewhere")
    kept.file.rename(away)
    kept.file.write_bytes(b"somebody's own")
    kept.append(said("second"))
    away.replace(kept.file)
    assert numbered(kept.append(said("second"))) == [(2, 1)]
    assert "is in its place" in kept.log[-1]


def test_what_cannot_be_saved_is_refused_and_said_once(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("chatproto.journal.store.save", full)
    WAYS["all three"](kept.file)
    for _ in range(3):
        kept.append(said("second"))
    assert [reason for _, reason in kept.failures] == [Reason.INTERNAL] * 3
    assert len(kept.log) <= 2
    assert "No space left" in kept.log[0]


def test_what_stands_beside_it_and_is_not_ours_is_set_aside(kept: Kept) -> None:
    replaces_the_log_of_writes(kept.file)
    kept.append(said("second"))
    assert Path(f"{kept.file}-wal.left").read_bytes() == b"something else"


def test_the_hub_looks_every_few_seconds(kept: Kept) -> None:
    stage = Stage(kept.disk)
    WAYS["all three"](kept.file)
    stage.clock.advance(5.0)
    assert kept.found_after_a_kill() == [1]


def test_a_file_system_that_may_only_be_read_refuses(tmp_path: Path) -> None:
    class ReadOnly(sqlite3.Connection):
        remounted = False

        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            if self.remounted and sql.startswith("BEGIN IMMEDIATE"):
                raise sqlite3.OperationalError("attempt to write a readonly database")
            return super().execute(sql, *values)  # type: ignore[arg-type]

    made: list[ReadOnly] = []

    def connect(file: Path) -> sqlite3.Connection:
        made.append(sqlite3.connect(file, isolation_level=None, factory=ReadOnly))
        return made[-1]

    opened = Opened(SqliteJournal(tmp_path / "chat.sqlite", AtOnce(), AtOnce(), connect))
    made[0].remounted = True
    assert opened.append(said("x")) == []
    assert [reason for _, reason in opened.failures] == [Reason.INTERNAL]
