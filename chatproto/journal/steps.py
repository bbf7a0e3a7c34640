"""Many rows in few steps of SQLite.

Each step lets go of the interpreter's lock and has to get it back, from a reactor that is busy just then: for
milliseconds, if it comes to that. With a statement for each row (`executemany`) a commit of a hundred rows would
wait some two hundred times; with rows by the dozen in one statement, a few times.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import cache

STEPS = (256, 64, 16, 4, 1)  # rows of one statement: few enough forms for SQLite to remember them all


def insert(db: sqlite3.Connection, into: str, rows: Sequence[Sequence[object]], then: str = "") -> None:
    """Insert rows, all of one length; `then` is what follows them in the statement (`ON CONFLICT …`)."""
    at = 0
    for size in STEPS:
        while len(rows) - at >= size:
            values = [value for row in rows[at : at + size] for value in row]
            db.execute(_statement(into, len(rows[0]), size, then), values)
            at += size


@cache
def _statement(into: str, columns: int, rows: int, then: str) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"INSERT INTO {into} VALUES {', '.join([row] * rows)} {then}"  # noqa: S608 - our own words; values are bound
