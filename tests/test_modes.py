"""Whatever holds what people say, or lets somebody rule, is its owner's alone: whatever the umask is."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatproto.activity import LogFile
from chatproto.archive import FILE, backup, lock, restore
from chatproto.journal.file import prepare
from chatproto.state_folder import is_open_to_all

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes are Unix's")


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """A umask that lets everybody in."""
    before = os.umask(0)
    yield
    os.umask(before)


def open_(folder: Path) -> None:
    lock(folder / "data")


def made(folder: Path) -> Path:
    file = folder / FILE
    prepare(file)
    return file


def restored(folder: Path) -> None:
    (folder / "from").mkdir()
    backup(made(folder / "from"), folder / "saved")
    restore(folder / "saved", folder / "data" / FILE)


@pytest.mark.parametrize(
    ("make", "modes"),
    [
        (open_, {"data": 0o700, "data/lock": 0o600}),
        (made, {FILE: 0o600}),
        (lambda folder: backup(made(folder), folder / "saved"), {"saved": 0o600}),
        (restored, {"data": 0o700, f"data/{FILE}": 0o600, "saved": 0o600}),
        (lambda folder: LogFile(folder / "log").close(), {"log": 0o600}),
    ],
)
def test_nobody_else_may_read_it(tmp_path: Path, make: Callable[[Path], object], modes: dict[str, int]) -> None:
    make(tmp_path)
    assert {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in modes} == modes


@pytest.mark.parametrize(
    ("mode", "is_open"), [(0o700, False), (0o755, False), (0o775, False), (0o777, True), (0o1777, True)]
)
def test_a_folder_in_which_everybody_may_write_is_noticed(tmp_path: Path, mode: int, is_open: bool) -> None:
    tmp_path.chmod(mode)
    assert is_open_to_all(tmp_path) is is_open


HOMELESS = """
import os, pwd
from chatproto.configuration.leaving import CannotStart
from chatproto.state_folder import state_folder
os.environ.pop("HOME", None), os.environ.pop("XDG_STATE_HOME", None)
os.setuid(4294967)
try:
    state_folder()
except CannotStart as e:
    print(e)
"""


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may become a user of no name")
def test_a_user_without_a_home_is_told_so() -> None:
    """As in a container that runs under a number of no user."""
    done = subprocess.run([sys.executable, "-c", HOMELESS], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "This user has no home folder. Set HOME, or give the server's folder with --data.\n"


def test_a_log_that_was_moved_goes_on_in_a_new_file(tmp_path: Path) -> None:
    """As logrotate does it, and SIGHUP then says."""
    log = LogFile(tmp_path / "log")
    log.write(0, "[OPEN] one")
    (tmp_path / "log").rename(tmp_path / "log.1")
    log.reopen()
    log.write(1, "[OPEN] two")
    log.close()
    assert (tmp_path / "log.1").read_text() == "1970-01-01T00:00:00.000Z [OPEN] one\n"
    assert (tmp_path / "log").read_text() == "1970-01-01T00:00:01.000Z [OPEN] two\n"


def test_where_the_new_file_cannot_be_opened_the_old_one_goes_on(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log")
    (tmp_path / "log").rename(tmp_path / "log.1")
    (tmp_path / "log").mkdir()
    log.reopen()
    log.write(0, "[OPEN] one")
    log.close()
    assert (tmp_path / "log.1").read_text() == "1970-01-01T00:00:00.000Z [OPEN] one\n"
