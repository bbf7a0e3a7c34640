"""What an operator does with the chat's file: export a room, back everything up, put it back.

Backup and export work while people talk: SQLite's own backup copies one state of a live file, in one step. In
several it would begin anew whenever somebody had said something in between.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from chatproto.configuration.command_line import Parser
from chatproto.core import names
from chatproto.core.events import Refusal
from chatproto.journal.file import APPLICATION, VERSION, CannotOpen, reserved
from chatproto.journal.presence import PARTS
from chatproto.journal.reader import Reader
from chatproto.journal.restoring import copy_rows
from chatproto.words import spoken
from chatproto.words.drawing import Style
from chatproto.words.drawing import exported as drawn

if sys.platform != "win32":
    import fcntl

PAGE = 500  # entries read at once
FILE = "chat.sqlite"
LOCK = "lock"
WORDS = frozenset({"export", "backup", "restore"})  # of the operator's command line


def main(words: Sequence[str], folder: Path) -> int:
    """Do what the operator's command line says (`export '#dev'`, `backup FILE`, `restore FILE`); return its status."""
    given = _parser(folder).parse_args(words)
    file = Path(given.data) / FILE
    try:
        if given.word == "export":
            sys.stdout.writelines(f"{line}\n" for line in exported(file, names.room(given.room), given.format))
        elif given.word == "backup":
            backup(file, Path(given.file))
        else:
            lock(file.parent)
            for what, count in restore(Path(given.file), file).items():
                sys.stderr.write(f"Left out of the backup: {count} {what}.\n")
        sys.stdout.flush()
    except BrokenPipeError:  # of `export '#dev' | head`: whoever reads has enough, and no more is said
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (CannotOpen, OSError, Refusal, sqlite3.Error) as e:
        text = spoken(e.sentence, "en") if isinstance(e, Refusal) else str(e)
        sys.stderr.write(f"{text}\n")
        return 1
    return 0


def _parser(folder: Path) -> Parser:
    parser = Parser(prog="python -m chatproto.admin", description="What is kept on disk.")
    words = parser.add_subparsers(dest="word", required=True)
    told = {
        "export": "write a room's messages to standard output",
        "backup": "copy everything into a new file, while people talk",
        "restore": "put a backup in the place of what is there; the server must not run",
    }
    for word, text in told.items():
        one = words.add_parser(word, help=text, description=text)
        one.add_argument("room" if word == "export" else "file")
        one.add_argument("--data", default=str(folder), help="folder of the server's file (default: %(default)s)")
        if word == "export":
            one.add_argument("--format", choices=("jsonl", "txt"), default="jsonl")
    return parser


class InUse(CannotOpen):
    """Another process has the folder."""


def lock(folder: Path) -> None:
    """Hold the server's folder for as long as this process lives; InUse if another process has it."""
    _check_folder(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _hold(folder / LOCK)  # the kernel lets go of it, however we end


def check_free(folder: Path) -> None:
    """Look whether a server could hold this folder: InUse or OSError if it could not. Nothing is made."""
    _check_folder(folder)
    check_writable(folder)
    if (folder / LOCK).exists():
        os.close(_hold(folder / LOCK))


def check_writable(folder: Path) -> None:
    """Raise OSError unless this user may make files in a folder, or the folder itself if it is not there."""
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(each))
    if not there.is_dir():
        raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(there))
    if not os.access(there, os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(there))


def _check_folder(folder: Path) -> None:
    if folder.is_file():
        raise CannotOpen("it is a file, and not a folder")
    if folder.is_symlink() and not folder.exists():
        raise CannotOpen("it is a link to a folder that is not there")


def _hold(file: Path) -> int:
    """Return the open file of a lock that was free; InUse if it was not. Nothing (-1) where there are no such locks."""
    if sys.platform == "win32":
        return -1
    held = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as e:
        os.close(held)
        raise InUse("another chat server is using it") from e
    return held


def exported(file: Path, room: str, form: str) -> Iterator[str]:
    """Yield a room's messages, oldest first, one a line: `jsonl` for programs, `txt` to read."""
    _check_there(file)
    reader, place = Reader(file), 0
    try:
        head = reader.head(room)
        if not head:
            raise CannotOpen(f"There is no room {room} in {file}.")
        while entries := reader.read(room, place, head, PAGE).entries:
            yield from (drawn(Style(time="full"), entry, form, named=False) for entry in entries)
            place = entries[-1].seq
    finally:
        reader.close()


def backup(file: Path, target: Path) -> None:
    """Copy everything into a new file, readable by its owner only, while the server goes on."""
    _check_there(file)
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError as e:
        raise CannotOpen(f"{target} is there already, and is left as it is. Choose another name.") from e
    try:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            if copy.execute("SELECT 1 FROM sqlite_schema WHERE name = 'note'").fetchone():
                copy.execute("DELETE FROM note WHERE name = 'open'")  # nobody has the copy open
            copy.commit()
        check(target)
    except BaseException:
        target.unlink()  # half a backup is none
        raise


def restore(source: Path, file: Path) -> Counter[str]:
    """Put a backup's rows in the file's place; what was there is set aside. The server must not be running.

    A backup may come from anywhere, so its rows are read into a new file, beside its place: if that fails, what was
    there stays. Return what was left out, and how often.
    """
    check(source)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.restored")
    for part in PARTS:
        new.with_name(new.name + part).unlink(missing_ok=True)  # left by a restore that was killed
    try:
        left_out = copy_rows(source, new)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    aside = _aside(file)
    for part in PARTS:  # a server that was killed left its newest messages in the -wal
        old = file.with_name(file.name + part)
        if old.exists():
            old.replace(aside.with_name(aside.name + part))
    if not aside.stat().st_size:
        aside.unlink()  # there was nothing to set aside
    new.rename(file)
    return left_out


def check(file: Path) -> None:
    """Raise CannotOpen unless this is a whole chat's file."""
    _check_there(file)
    try:
        with closing(sqlite3.connect(file)) as db:
            db.execute("PRAGMA trusted_schema = OFF")
            version = db.execute("PRAGMA user_version").fetchone()[0]
            ours = db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION
            sound = db.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as e:
        raise CannotOpen(f"{file} cannot be read: {e}.") from e
    if not ours or sound != "ok":
        raise CannotOpen(f"{file} is not a chat's file, or it is damaged: {sound}.")
    if version > VERSION:
        raise CannotOpen(f"{file} was written by a newer chatproto (schema {version}; this one knows {VERSION}).")


def _check_there(file: Path) -> None:
    if not file.exists():
        raise CannotOpen(f"There is no {file}. --data names the folder of the server's file.")


def _aside(file: Path) -> Path:
    """Return a name for what is set aside, which nothing has, and which is kept for it."""
    stamp = file.with_name(f"{file.name}.before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    while True:
        aside = reserved(stamp)
        if not any(aside.with_name(aside.name + part).exists() for part in PARTS[1:]):
            return aside
