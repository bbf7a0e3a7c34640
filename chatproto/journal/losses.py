"""What is missing of the log of writes (`-wal`) when a file is opened again after a server was killed.

SQLite reads the log up to the first frame whose checksum is wrong, and drops the rest without a word: rightly after a
power cut, when the last commit is half written and nobody has a receipt for it. But a byte that was flipped in the
middle, or a log that was cut or taken away, costs what was receipted. It is known by what the log itself, and the index
beside it (`-shm`), say of commits; the numbers that are missing are known from a copy whose checksums are made anew.
"""

from __future__ import annotations

import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from chatproto.journal.file import reserved

HEADER, FRAME = 32, 24  # bytes: of the log, and of each frame before its page (SQLite's file format, section 4)
LITTLE_ENDIAN_SUMS, BIG_ENDIAN_SUMS, FORMAT = 0x377F0682, 0x377F0683, 3_007_000
INDEX = struct.Struct("=12xBxHI12x8s")  # of the -shm: isInit, szPage, mxFrame, aSalt
Sums = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Losses:
    """What was lost: in words for the log, and the newest numbers given, by room, as far as they are known."""

    told: str = ""
    heads: dict[str, int] = field(default_factory=dict)


NONE = Losses()


@dataclass(frozen=True, slots=True)
class _Log:
    """What a log of writes holds: its pages' size, its salts, and the numbers of the frames that end a commit."""

    page: int
    salts: bytes
    commits: list[int]


def losses(file: Path) -> Losses:
    """Open a file as SQLite does, and return what it passed over. Call it before anything else opens the file."""
    if not file.exists():
        return NONE
    log, promised = _read_log(Path(f"{file}-wal")), _promised(Path(f"{file}-shm"))
    try:
        with closing(sqlite3.connect(file)) as db:
            taken = _frames_taken(db)
            unsure = log.commits[-1:] if log else []  # the last may be half written, and then nobody has its receipt
            sure = [n for n in log.commits[:-1] if n > taken] if log else []
            if log and promised and promised[1] == log.salts and promised[0] > taken:
                sure += [n for n in unsure if taken < n <= promised[0]] or [promised[0]]
            if sure:
                return _damaged(file, db, log)
            if (not log and promised and promised[0]) or (not log and _was_open(db)):
                return Losses(f"{file.name}-wal is gone: what was said last before the server was killed is lost")
    except sqlite3.DatabaseError:
        pass  # whoever opens it next says what is wrong
    return NONE


def _damaged(file: Path, db: sqlite3.Connection, log: _Log | None) -> Losses:
    aside = reserved(Path(f"{file}-wal.damaged"))
    shutil.copyfile(f"{file}-wal", aside)
    before, heads = _heads(db), dict[str, int]()
    with suppress(sqlite3.DatabaseError, OSError), tempfile.TemporaryDirectory(dir=file.parent) as folder:
        heads = _heads_by_repaired(file, Path(folder), log)
    missing = {room: head - before.get(room, 0) for room, head in heads.items() if head > before.get(room, 0)}
    count = f"{sum(missing.values())} messages" if missing else "nobody knows how many messages"
    where = ", ".join(f"{room} {heads[room] - n + 1} to {heads[room]}" for room, n in missing.items())
    told = f"{file.name}-wal is damaged: {count} that were receipted are lost ({where or 'their numbers are lost too'})"
    return Losses(f"{told}; it is set aside as {aside.name}", heads)


def _heads_by_repaired(file: Path, folder: Path, log: _Log | None) -> dict[str, int]:
    """Return the newest numbers by a copy in which the checksums are made to fit what is there."""
    if log is None or not log.commits:
        return {}
    copy = folder / file.name
    shutil.copyfile(file, copy)
    Path(f"{copy}-wal").write_bytes(_repaired(Path(f"{file}-wal").read_bytes(), log))
    with closing(sqlite3.connect(copy)) as db:
        return _heads(db)


def _repaired(data: bytes, log: _Log) -> bytes:
    head = struct.pack(">4I", LITTLE_ENDIAN_SUMS, FORMAT, log.page, 0) + log.salts
    sums = _sum(head, "<", (0, 0))
    parts = [head, struct.pack(">2I", *sums)]
    for at in range(HEADER, HEADER + log.commits[-1] * (FRAME + log.page), FRAME + log.page):
        start, page = data[at : at + 8], data[at + FRAME : at + FRAME + log.page]
        sums = _sum(page, "<", _sum(start, "<", sums))
        parts += [start, log.salts, struct.pack(">2I", *sums), page]
    return b"".join(parts)


def _sum(data: bytes, order: str, sums: Sums) -> Sums:
    """Return SQLite's checksum of some bytes, going on from the one before."""
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second


def _read_log(wal: Path) -> _Log | None:
    try:
        with wal.open("rb") as data:
            head = data.read(HEADER)
            if len(head) < HEADER:
                return None
            page = struct.unpack_from(">I", head, 8)[0]
            order = ">" if head[:4] == struct.pack(">I", BIG_ENDIAN_SUMS) else "<"
            whole = struct.unpack_from(">2I", head, 24) == _sum(head[:24], order, (0, 0))
            if not 512 <= page <= 65536:
                page = 4096  # that number is what was overwritten
            frames = list(_frames(data, page))
    except OSError:
        return None
    salts = head[16:24] if whole or not frames else frames[0][1]
    return _Log(page, salts, [n for n, (commit, salt) in enumerate(frames, 1) if commit and salt == salts])


def _frames(data: BinaryIO, page: int) -> Iterator[tuple[bool, bytes]]:
    """Yield of each whole frame whether it ends a commit, and its salts."""
    while len(head := data.read(FRAME)) == FRAME:
        if len(data.read(page)) < page:
            return
        yield head[4:8] != bytes(4), head[8:16]


def _promised(shm: Path) -> tuple[int, bytes] | None:
    """Return how many frames the index knew to be on disk and not yet in the file, and their salts."""
    try:
        data = shm.read_bytes()[:100]
    except OSError:
        return None
    if len(data) < 100:
        return None
    ready, _, frames, salts = INDEX.unpack_from(data)
    (in_file,) = struct.unpack_from("=I", data, 96)
    return (frames if in_file < frames else 0, salts) if ready else None


def _frames_taken(db: sqlite3.Connection) -> int:
    db.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the log is read with the first statement
    _, frames, _ = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return max(int(frames), 0)


def _heads(db: sqlite3.Connection) -> dict[str, int]:
    return {str(name): int(head) for name, head in db.execute("SELECT name, head FROM room")}


def _was_open(db: sqlite3.Connection) -> bool:
    """Say whether the server that had the file was killed; then it left a log of writes beside it."""
    has_notes = db.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'note'").fetchone()
    return bool(has_notes and db.execute("SELECT 1 FROM note WHERE name = 'open'").fetchone())
