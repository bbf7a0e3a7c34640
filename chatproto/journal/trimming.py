"""Giving up entries: those of a room that are too many, those of any room that are too old, and whole rooms.

An entry's age is its own: a clock that was wrong for a while says nothing about the entries before and after. An entry
about another one (a deletion, a correction) stays as long as that one, else what was taken back would be shown again.
Words in the index go with their entries.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from chatproto.journal.grams import indexed

STEP = 1_000  # rows given up in one transaction: a step short enough that nobody waits for it
MAX_SEQ = (1 << 63) - 1
Row = tuple[int, int, str, str]  # id, room, who, text
COLUMNS = "id, room, who, text"
ABOUT_NOTHING_KEPT = """
    (of IS NULL OR NOT EXISTS (
        SELECT 1 FROM entry o WHERE o.room = entry.room AND o.seq < entry.seq
        AND (o.seq = entry.of OR (entry.kind = 'deleted' AND o.of = entry.of AND o.kind = 'corrected'))))
"""
TOO_OLD = f"SELECT {COLUMNS} FROM entry WHERE at < ? AND {ABOUT_NOTHING_KEPT} ORDER BY at LIMIT ?"  # noqa: S608 - our own words
NEWEST = "SELECT seq FROM entry WHERE room = ? ORDER BY seq DESC LIMIT 1 OFFSET ?"
UP_TO = f"SELECT {COLUMNS} FROM entry WHERE room = ? AND seq <= ? ORDER BY seq LIMIT ?"  # noqa: S608 - our own words
FIRST = "UPDATE room SET first = coalesce((SELECT min(seq) FROM entry WHERE room = ?1), head + 1) WHERE id = ?1"


def too_old(db: sqlite3.Connection, before: float) -> list[Row]:
    """Return a step of the entries from before a time, the oldest first."""
    return db.execute(TOO_OLD, (before, STEP)).fetchall()


def too_many(db: sqlite3.Connection, room: int, keep: int) -> list[Row]:
    """Return a step of a room's entries beyond the newest `keep`, the oldest first."""
    found = db.execute(NEWEST, (room, keep)).fetchone()
    return db.execute(UP_TO, (room, found[0], STEP)).fetchall() if found else []


def silent_rooms(db: sqlite3.Connection, rooms: Sequence[int]) -> list[int]:
    """Return those of these rooms in which nothing is kept but topics."""
    said = "SELECT 1 FROM entry WHERE room = ? AND kind != 'topic' LIMIT 1"
    return [room for room in rooms if not db.execute(said, (room,)).fetchone()]


def topics_of(db: sqlite3.Connection, rooms: Sequence[int]) -> list[Row]:
    """Return a step of what is kept in such rooms."""
    found: list[Row] = []
    for room in rooms:
        found += db.execute(UP_TO, (room, MAX_SEQ, STEP - len(found))).fetchall()
        if len(found) == STEP:
            break
    return found


def give_up(db: sqlite3.Connection, rows: Sequence[Row], *, words: bool) -> int:
    """Delete these entries, with their words if the index of words is whole; return how many."""
    if not rows:
        return 0
    with db:
        db.execute("BEGIN IMMEDIATE")
        gone = [(number, indexed(room, who, text)) for number, room, who, text in rows if text and words]
        db.executemany("INSERT INTO gram (gram, rowid, grams) VALUES ('delete', ?, ?)", gone)
        db.executemany("DELETE FROM entry WHERE id = ?", [(number,) for number, *_ in rows])
        db.executemany(FIRST, [(room,) for room in {room for _, room, *_ in rows}])
    return len(rows)
