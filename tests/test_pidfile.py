"""twistd's pidfile: what a killed server left is no obstacle, and what a running one holds is."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatproto.pidfile import hold, settle, was_left

WAITS = "import sys; sys.stdin.read()"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "twistd.pid"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives, and reads as a twistd that was started in this folder."""
    started = subprocess.Popen([sys.executable, "-c", WAITS, "twistd"], cwd=tmp_path, stdin=subprocess.PIPE)
    with started as living:
        yield living
        assert living.stdin
        living.stdin.close()


def twistd(file: Path, name: str = "", **more: object) -> dict[str, object]:
    """The options of a twistd that is started in the file's folder."""
    return {"pidfile": name or str(file), "rundir": str(file.parent), "nodaemon": 0, "debug": 0, **more}


@pytest.mark.parametrize("written", ["4194303999", "not a number", "", str(os.getpid())])
def test_a_pidfile_that_nobody_holds_was_left(file: Path, written: str) -> None:
    """Though its number is a living process's: ours, here."""
    file.write_text(written)
    assert was_left(file)


def test_one_that_a_server_holds_was_not(file: Path) -> None:
    file.write_text("1")
    held = hold(file)
    assert held is not None
    assert not was_left(file)
    os.close(held)
    assert was_left(file)


def test_one_of_another_twistd_in_this_folder_was_not(file: Path, process: subprocess.Popen[bytes]) -> None:
    """It may have been started by a version that holds no lock, or be no chat."""
    file.write_text(str(process.pid))
    assert not was_left(file)


def test_one_of_a_twistd_elsewhere_was(tmp_path: Path, process: subprocess.Popen[bytes]) -> None:
    """After a restart of the machine numbers are others'."""
    (tmp_path / "chat").mkdir()
    file = tmp_path / "chat" / "twistd.pid"
    file.write_text(str(process.pid))
    assert was_left(file)


def test_there_is_none_that_is_not_there(file: Path) -> None:
    assert not was_left(file)


@pytest.mark.parametrize(
    ("options", "stays", "is_"),
    [
        ({"nodaemon": 1}, True, ""),
        ({"debug": 1}, True, ""),
        ({}, False, "twistd.pid"),
        ({"pidfile": "other.pid", "nodaemon": 1}, True, "other.pid"),
        ({"pidfile": "", "nodaemon": 1}, True, ""),
    ],
)
def test_a_server_in_the_foreground_writes_none_unless_asked(
    file: Path, options: dict[str, object], stays: bool, is_: str
) -> None:
    file.write_text("4194303999")
    given = twistd(file, "twistd.pid", **options)
    settle(given)
    assert (file.exists(), given["pidfile"]) == (stays, is_)


@pytest.mark.parametrize("given", [None, {"reactor": "poll"}])
def test_where_there_are_no_pidfiles_nothing_is_done(given: dict[str, object] | None) -> None:
    settle(given)
