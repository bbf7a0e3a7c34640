"""What an operator does with the chat's file: export a room, back everything up, put it back.

Backup and export work while people talk: SQLite's own backup copies a consistent state from a live file.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from chatproto.core.events import Entry
from chatproto.journal.store import APPLICATION, CannotOpen, Reader, prepare
from chatproto.words import body
from chatproto.words.drawing import Style, of_entry

PAGE = 500  # entries read at once
STEP = 1_000  # pages of the file copied at once; between two steps others may write


def exported(file: Path, room: str, form: str) -> Iterator[str]:
    """Yield a room's messages, oldest first, one a line: `jsonl` for programs, `txt` to read."""
    _check_there(file)
    reader, place = Reader(file), 0
    try:
        while entries := reader.read(room, place, 2**62, PAGE).entries:
            yield from (_line(entry, form) for entry in entries)
            place = entries[-1].seq
    finally:
        reader.close()


def backup(file: Path, target: Path) -> None:
    """Copy everything into a new file, readable by its owner only, while the server goes on."""
    _check_there(file)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy, pages=STEP)
    check(target)


def restore(source: Path, file: Path) -> None:
    """Put a backup in the file's place; what was there is set aside. The server must not be running."""
    check(source)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file.exists():
        file.rename(_aside(file))
    for leftover in ("-wal", "-shm"):
        file.with_name(file.name + leftover).unlink(missing_ok=True)
    backup(source, file)
    prepare(file)


def check(file: Path) -> None:
    """Raise CannotOpen unless this is a whole chat's file."""
    _check_there(file)
    try:
        with closing(sqlite3.connect(file)) as db:
            ours = db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION
            sound = db.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as e:
        raise CannotOpen(f"{file} cannot be read: {e}.") from e
    if not ours or sound != "ok":
        raise CannotOpen(f"{file} is not a chat's file, or it is damaged: {sound}.")


def _check_there(file: Path) -> None:
    if not file.exists():
        raise CannotOpen(f"There is no {file}. --data names the folder of the server's file.")


def _aside(file: Path) -> Path:
    return file.with_name(f"{file.name}.before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}")


def _line(entry: Entry, form: str) -> str:
    if form == "txt":
        return of_entry(Style(time="full"), entry, named=False)
    event, at = entry.delivery.event, datetime.fromtimestamp(entry.delivery.at, UTC)
    who = getattr(event, "who", "") or getattr(event, "by", "")
    found = {"room": entry.delivery.to, "seq": entry.seq, "time": at.isoformat(), "event": event.kind, "from": who}
    return json.dumps(found | {"text": body(event, "en")}, ensure_ascii=False)
