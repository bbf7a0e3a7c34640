"""The file itself: made, opened, and brought up to date.

Readable by its owner only; a newer one than this program knows is refused, an older one copied aside first.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

VERSION = 2
APPLICATION = 0x63686174  # "chat": what `file` and PRAGMA application_id show
SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA cache_size = -16000",
)
SCHEMA: Traversable = resources.files("chatproto.journal") / "schema"
Connect = Callable[[Path], sqlite3.Connection]


class CannotOpen(Exception):
    """The file is not one that this program can use; the text says why and what to do."""


def connect(file: Path) -> sqlite3.Connection:
    """Open the file for one thread. Transactions are written out: nothing is committed behind our back."""
    db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    for setting in SETTINGS:
        db.execute(setting)
    return db


def cause_of(e: Exception) -> str:
    """Return what is wrong, without what is written there: nobody's words belong in the log."""
    if isinstance(e, sqlite3.DatabaseError):
        return str(e).partition(" with text ")[0]
    return "no row that a chat wrote"


def prepare(file: Path, newest: int = VERSION, scripts: Traversable = SCHEMA) -> None:
    """Make the file if there is none, readable by its owner only; bring an older one up to date.

    `scripts` is the folder of the schema: `2.sql` makes version 2, `upgrade-1-to-2.sql` brings version 1 there.
    """
    if not file.exists():
        _make(file, newest, scripts)
    for step in range(check_known(file, newest), newest):
        _upgrade(file, step, scripts)


def check_known(file: Path, newest: int = VERSION) -> int:
    """Return the version of a file; CannotOpen for one that this program, or this user, cannot use."""
    if not os.access(file, os.R_OK | os.W_OK):
        raise CannotOpen(f"{file} may not be read and written by this user. Give it to the one who runs the server.")
    with closing(sqlite3.connect(file)) as db:
        version = _version(db, file)
    if version > newest:
        raise CannotOpen(f"{file} was written by a newer chatproto (schema {version}; this one knows {newest}).")
    return version


def _make(file: Path, version: int, scripts: Traversable) -> None:
    """Make the file beside its place and move it there: half a schema is never found under its name."""
    new = file.with_name(file.name + ".new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(new)) as db:
        db.executescript(f"BEGIN;{(scripts / f'{version}.sql').read_text('utf-8')};COMMIT;")
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()
    for leftover in ("-wal", "-shm"):  # of a file that somebody took away: they would be read into the new one
        old = file.with_name(file.name + leftover)
        if old.exists():
            set_aside(old, Path(f"{old}.left"))
    new.rename(file)


def reserved(name: Path) -> Path:
    """Make an empty file, its owner's only, that was not there before: by this name, or by this name and a number."""
    for path in (name if n == 1 else name.with_name(f"{name.name}-{n}") for n in itertools.count(1)):
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            continue
        return path
    raise AssertionError("numbers do not end")


def set_aside(file: Path, name: Path) -> Path:
    """Give a file another name, and overwrite nothing by it; return that name."""
    aside = reserved(name)
    file.replace(aside)
    return aside


def _version(db: sqlite3.Connection, file: Path) -> int:
    try:
        if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
            raise CannotOpen(f"{file} is not a chat's file. Move it away, or choose another folder with --data.")
        return int(db.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError as e:
        raise CannotOpen(f"{file} cannot be read: {e}. Restore a backup, or choose another folder.") from e


def _upgrade(file: Path, version: int, scripts: Traversable) -> None:
    """Bring the file from one version to the next, after a copy was set aside."""
    aside = reserved(file.with_name(f"{file.name}.version-{version}"))
    with closing(sqlite3.connect(file)) as db, closing(sqlite3.connect(aside)) as copy:
        db.backup(copy)  # with what is only in the log of writes, also while somebody reads
    with closing(sqlite3.connect(file)) as db:
        script = (scripts / f"upgrade-{version}-to-{version + 1}.sql").read_text("utf-8")
        db.executescript(f"BEGIN;{script};")
        db.execute(f"PRAGMA user_version = {version + 1}")
        db.commit()
