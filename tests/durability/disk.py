"""A disk that can be switched off: what was not synced is dropped or torn; and that can be full.

It stands in for the operating system under SQLite (a VFS by `apsw`). A write is held until its file is synced. When the
power goes, of what is held any part may have reached the disk, in any order, down to single sectors: that is what
drives do. Everything else (names, content, syncing) is as POSIX has it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection
from typing import cast

import apsw

SECTOR = 512
POWERSAFE_OVERWRITE = 0x1000  # SQLITE_IOCAP_…: a torn write does not reach beyond itself; SQLite takes it for granted
NO_LIMIT = 1 << 60


@dataclass(slots=True)
class _File:
    """A file as programs see it (`now`), as the disk has it, and what is on its way: data at a place, or a size."""

    now: bytearray = field(default_factory=bytearray)
    disk: bytearray = field(default_factory=bytearray)
    held: list[tuple[int, bytes | None]] = field(default_factory=list)
    named: bool = False  # whether its name is on the disk


def _apply(content: bytearray, place: int, data: bytes | None) -> None:
    if data is None:
        del content[place:]
    else:
        if len(content) < place:
            content.extend(bytes(place - len(content)))
        content[place : place + len(data)] = data


class Disk:
    """Files in memory. `cut_in` counts the operations until the power goes; `space` is how many bytes fit."""

    def __init__(self, name: str, files: dict[str, bytes] | None = None) -> None:
        self.vfs = _Vfs(name, self)
        self._name = name
        self.cut_in = NO_LIMIT
        self.space = NO_LIMIT
        self.operations = 0
        self.files: dict[str, _File] = {}
        self._open: list[apsw.Connection] = []
        self.load(files or {})

    def load(self, files: dict[str, bytes]) -> None:
        """Begin with these files, all on the disk; the power is on."""
        self.files = {n: _File(bytearray(data), bytearray(data), named=True) for n, data in files.items()}
        self.cut_in, self.operations = NO_LIMIT, 0

    def left_by_cut(self, chance: random.Random) -> dict[str, bytes]:
        """What is on the disk now that the power has gone. Who had it open has gone too."""
        left = self._left(chance)
        self.cut_in = self.space = NO_LIMIT
        for db in self._open:  # what it does to its files as it closes, nobody will see
            db.close()
        self._open.clear()
        return left

    def _left(self, chance: random.Random) -> dict[str, bytes]:
        left = {}
        for name, file in self.files.items():
            if not file.named and chance.random() < 0.5:
                continue
            content, mercy = bytearray(file.disk), chance.choice([0.0, 0.1, 0.5, 0.9, 1.0])
            for place, data in file.held:
                if chance.random() < mercy:
                    _apply(content, place, data)
                elif data is not None and chance.random() < 0.5:
                    self._tear(chance, content, place, data)
            left[name] = bytes(content)
        return left

    def _tear(self, chance: random.Random, content: bytearray, place: int, data: bytes) -> None:
        for start in range(0, len(data), SECTOR):
            if chance.random() < 0.5:
                _apply(content, place + start, data[start : start + SECTOR])

    def operation(self) -> None:
        """One more thing that a program does to the disk; raise if the power has gone."""
        self.operations += 1
        if self.operations > self.cut_in:
            raise apsw.IOError

    def connect(self, file: Path, settings: Sequence[str]) -> Connection:
        """Open a file on this disk, with these settings; the journal cannot tell it from sqlite3's."""
        db = apsw.Connection(file.name, vfs=self._name)
        self._open.append(db)
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # then the log's index needs no shared memory, which is no file
        for setting in settings:
            db.execute(setting)
        return cast("Connection", _Connection(db))

    def end(self) -> None:
        """Take the disk out."""
        self.vfs.unregister()


class _OpenFile:
    """What SQLite does with a file of the disk."""

    def __init__(self, disk: Disk, file: _File) -> None:
        self._disk, self._file = disk, file

    def xRead(self, amount: int, offset: int) -> bytes:
        return bytes(self._file.now[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        data = bytes(data)
        grown = offset + len(data) - len(self._file.now)
        if grown > 0 and sum(len(f.now) for f in self._disk.files.values()) + grown > self._disk.space:
            raise apsw.FullError
        self._file.held.append((offset, data))  # even if the power goes at this very write
        self._disk.operation()
        _apply(self._file.now, offset, data)

    def xTruncate(self, size: int) -> None:
        self._file.held.append((size, None))
        self._disk.operation()
        _apply(self._file.now, size, None)

    def xSync(self, flags: int) -> None:
        self._disk.operation()
        for place, data in self._file.held:
            _apply(self._file.disk, place, data)
        self._file.held.clear()
        self._file.named = True  # with the first sync of a log SQLite syncs its folder too

    def xFileSize(self) -> int:
        return len(self._file.now)

    def xLock(self, level: int) -> None: ...

    def xUnlock(self, level: int) -> None: ...

    def xCheckReservedLock(self) -> bool:
        return False

    def xFileControl(self, op: int, pointer: int) -> bool:
        return False

    def xSectorSize(self) -> int:
        return 4096

    def xDeviceCharacteristics(self) -> int:
        return POWERSAFE_OVERWRITE

    def xClose(self) -> None: ...

    def excepthook(self, *_: object) -> bool:
        """SQLite is told of one failure at a time; the others, while it tidies up, need not be printed."""
        return True


class _Vfs(apsw.VFS):
    def __init__(self, name: str, disk: Disk) -> None:
        self._disk = disk
        super().__init__(name, "")

    def excepthook(self, *_: object) -> bool:
        return True

    def xFullPathname(self, name: str) -> str:
        return name

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        known = name.filename() if isinstance(name, apsw.URIFilename) else name or "temporary"
        flags[1] = flags[0]
        return cast("apsw.VFSFile", _OpenFile(self._disk, self._disk.files.setdefault(known, _File())))

    def xAccess(self, pathname: str, flags: int) -> bool:
        return pathname in self._disk.files

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self._disk.operation()
        self._disk.files.pop(filename, None)


class _Rows(list[tuple[object, ...]]):
    lastrowid = 0

    def fetchall(self) -> list[tuple[object, ...]]:
        return self

    def fetchone(self) -> tuple[object, ...] | None:
        return self[0] if self else None


class _Connection:
    """An apsw connection with the methods that the journal uses of sqlite3's."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self.close = db.close

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def execute(self, sql: str, values: Sequence[apsw.SQLiteValue] = ()) -> _Rows:
        rows = _Rows(self._db.execute(sql, tuple(values)))
        rows.lastrowid = self._db.last_insert_rowid()
        return rows

    def executemany(self, sql: str, rows: Sequence[Sequence[apsw.SQLiteValue]]) -> None:
        for row in rows:
            self.execute(sql, row)

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, *_: object) -> None:
        if self.in_transaction:
            self._db.execute("COMMIT" if kind is None else "ROLLBACK")


@contextmanager
def disk(name: str, files: dict[str, bytes] | None = None) -> Iterator[Disk]:
    """A disk for a while; SQLite knows it by its name.

    One call of SQLite's may try a dead disk more than once, and apsw can raise only one of its errors: the others end
    in the hook for what nobody can catch, and are no news.
    """
    made, told = Disk(name, files), sys.unraisablehook
    sys.unraisablehook = lambda what: None if what.exc_type is apsw.IOError else told(what)
    try:
        yield made
    finally:
        sys.unraisablehook = told
        made.end()


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a folder, for a disk."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def write_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Make a folder hold what a disk held, and nothing else."""
    for old in folder.iterdir():
        old.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
