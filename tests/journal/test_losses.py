"""A log of writes that lost something is not passed over in silence, and its numbers are not given again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chatproto.journal.file import prepare
from chatproto.journal.losses import losses
from chatproto.journal.reader import Reader
from chatproto.journal.sqlite import SqliteJournal
from chatproto.journal.store import Store
from tests.journal.contract import Opened, numbered, said
from tests.journal.threads import AtOnce

MESSAGES = 30


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is on disk of a server that was killed, thirty messages after its start, each with its receipt."""
    file = tmp_path_factory.mktemp("running") / "chat.sqlite"
    prepare(file)
    store = Store(file)
    for n in range(MESSAGES):
        store.write([said(f"{n} " + "x" * 300)])
    left = tmp_path_factory.mktemp("killed")
    for part in ("", "-wal", "-shm"):
        shutil.copy(f"{file}{part}", left / f"chat.sqlite{part}")
    store.close()
    return left


@pytest.fixture
def file(killed: Path, tmp_path: Path) -> Path:
    shutil.copytree(killed, tmp_path / "data")
    return tmp_path / "data" / "chat.sqlite"


def flip(file: Path, part: float) -> None:
    """Flip a byte of the log of writes, so far into it."""
    wal = Path(f"{file}-wal")
    data = bytearray(wal.read_bytes())
    data[int(len(data) * part)] ^= 0x10
    wal.write_bytes(data)


def cut(file: Path, part: float) -> None:
    wal = Path(f"{file}-wal")
    wal.write_bytes(wal.read_bytes()[: int(wal.stat().st_size * part)])


def without(file: Path, *parts: str) -> None:
    for part in parts:
        Path(f"{file}{part}").unlink()


def numbers(file: Path) -> list[int]:
    prepare(file)
    with closing(Reader(file)) as reader:
        return [e.seq for e in reader.read("#dev", 0, 999, 999).entries]


def test_a_whole_log_is_no_loss(file: Path) -> None:
    assert losses(file).told == ""
    assert numbers(file) == list(range(1, MESSAGES + 1))


def test_a_whole_log_without_its_index_is_no_loss(file: Path) -> None:
    without(file, "-shm")
    assert losses(file).told == ""
    assert numbers(file) == list(range(1, MESSAGES + 1))


@pytest.mark.parametrize("index", [True, False], ids=["killed", "started anew since"])
@pytest.mark.parametrize("part", [0.0, 0.00001, 0.2, 0.5, 0.9])
def test_a_flipped_byte_is_said_with_how_many_numbers_are_missing(file: Path, part: float, *, index: bool) -> None:
    flip(file, part)
    if not index:
        without(file, "-shm")
    lost = losses(file)
    left = numbers(file)
    assert len(left) < MESSAGES
    missing = MESSAGES - len(left)
    assert f"{missing} messages that were receipted are lost (#dev {len(left) + 1} to {MESSAGES})" in lost.told
    assert lost.heads == {"#dev": MESSAGES}
    assert file.with_name("chat.sqlite-wal.damaged").stat().st_size > 0


@pytest.mark.parametrize("part", [0.0, 0.3, 0.7, 0.99])
def test_a_log_that_was_cut_is_said(file: Path, part: float) -> None:
    cut(file, part)
    assert "lost" in losses(file).told
    assert len(numbers(file)) < MESSAGES


@pytest.mark.parametrize("parts", [("-wal",), ("-wal", "-shm")], ids=" and ".join)
def test_a_log_that_is_gone_is_said(file: Path, parts: tuple[str, ...]) -> None:
    without(file, *parts)
    assert "-wal is gone" in losses(file).told


def ends(file: Path) -> None:
    Store(file).close()


def begins(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("well", [ends, begins])
def test_a_server_that_ended_well_lost_nothing(file: Path, well: Callable[[Path], None]) -> None:
    without(file, "-shm")
    prepare(file)
    well(file)
    assert losses(file).told == ""


def test_half_a_commit_at_the_end_was_receipted_to_nobody(file: Path) -> None:
    """As after a power cut: the index beside it is not on disk."""
    without(file, "-shm")
    flip(file, 0.999)
    assert losses(file).told == ""
    assert len(numbers(file)) == MESSAGES - 1


def test_the_numbers_that_are_missing_are_not_given_again(file: Path) -> None:
    flip(file, 0.5)
    opened = Opened(SqliteJournal(file, AtOnce(), AtOnce()))
    assert numbered(opened.append(said("new"))) == [(MESSAGES + 1, MESSAGES)]
    left = opened.numbers("#dev", 0, 999)
    assert left[-1] == MESSAGES + 1
    assert len(left) < MESSAGES
    opened.journal.close()
