"""Whether the file is still where it is looked for at the next start; and what is done if it is not.

An open file goes on taking what is written after somebody has deleted it, or moved its folder: nobody would notice
before the next start. So its files are known by their inodes. What is gone is saved anew in its place, from what is
still open.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from chatproto.journal.file import reserved, set_aside

PARTS = ("", "-wal", "-shm")
Inode = tuple[int, int]


class FileGone(OSError):
    """The file is not in its place, and could not be put there; the text says what happened and what to do."""


class Presence:
    """The inodes of a database file and of what stands beside it while it is open."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._inodes = self._found()

    def missing(self) -> list[str]:
        """Return the names of those files that are not in their place any more: gone, or others by now."""
        now = self._found()
        return [f"{self._file.name}{part}" for part in PARTS if self._inodes[part] not in {None, now[part]}]

    @property
    def is_replaced(self) -> bool:
        """Whether another file is in the place of the database file itself."""
        return self._found()[""] not in {None, self._inodes[""]}

    def _found(self) -> dict[str, Inode | None]:
        return {part: _inode(Path(f"{self._file}{part}")) for part in PARTS}


def save(db: sqlite3.Connection, file: Path) -> Path:
    """Copy all that a connection sees into a new file beside the one it had; return its name."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    saved = reserved(file.with_name(f"{file.name}.saved"))
    try:
        with closing(sqlite3.connect(saved)) as copy:
            db.backup(copy)
        _sync(saved)
    except BaseException:
        saved.unlink(missing_ok=True)
        raise
    return saved


def put_in_place(saved: Path, file: Path) -> None:
    """Let a saved copy be the file, in the place of the one that is open or of none; FileExistsError if of another.

    What stood beside the one before is set aside: it would be read into this one.
    """
    for part in PARTS[1:]:
        left = Path(f"{file}{part}")
        if left.exists():
            set_aside(left, Path(f"{left}.left"))
    if file.exists():
        saved.replace(file)
    else:
        file.hardlink_to(saved)
        saved.unlink()
    _sync(file.parent)


def _inode(path: Path) -> Inode | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _sync(path: Path) -> None:
    """Have a file or a folder on disk, where that can be asked for."""
    if os.name == "nt":
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
