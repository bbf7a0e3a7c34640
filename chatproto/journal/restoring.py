"""Reading a backup's rows into a new file. A backup may come from anywhere: its rows are taken, and nothing else.

What runs by itself (triggers, views) stays behind. Each row is looked at: one that no chat wrote is left out, and
counted. The index of words is made anew.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from chatproto.core import facts
from chatproto.core.wellformed import number, text, whole
from chatproto.journal.file import CannotOpen, prepare
from chatproto.journal.grams import indexed
from chatproto.journal.rows import to_event
from chatproto.journal.steps import insert

AT_ONCE = 1_000  # rows read at once
LONGEST_NAME = 200  # characters: more than any version let through
KEY = 16  # bytes of a key's digest
HIGHEST = 1 << 53  # number that every client can hold
TABLES = ("room", "entry", "fact")
OURS = frozenset({*TABLES, "note", "gram", *(f"gram_{part}" for part in ("data", "idx", "docsize", "config"))})
Row = tuple[object, ...]


class Untaken(ValueError):
    """A row that no chat wrote."""


def copy_rows(source: Path, target: Path) -> Counter[str]:
    """Make a new file of a backup's rows; return what was left out, and how often. CannotOpen if it has no tables."""
    prepare(target)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target, isolation_level=None)) as new:
        old.execute("PRAGMA trusted_schema = OFF")
        copying = _Copying(old, new)
        new.execute("BEGIN IMMEDIATE")
        copying.everything()
        new.execute("COMMIT")
    return copying.left_out


class _Copying:
    """One backup on its way into one new file."""

    def __init__(self, old: sqlite3.Connection, new: sqlite3.Connection) -> None:
        self._old, self._new = old, new
        self.left_out: Counter[str] = Counter()
        self._heads: dict[int, int] = {}  # by the id of a room
        self._places, self._keys = set[tuple[int, int]](), set[bytes]()

    def everything(self) -> None:
        self._check_schema()
        rooms = self._taken("rooms", "SELECT id, name, head FROM room NOT INDEXED", self._room)
        named = {str(name): (id_, head) for id_, name, head in rooms}
        self._heads = {int(str(id_)): int(str(head)) for id_, head in named.values()}
        columns = "id, room, seq, at, kind, who, text, of, key"
        self._copy("entry", self._taken("messages", f"SELECT {columns} FROM entry NOT INDEXED", self._entry))  # noqa: S608
        self._copy("fact", self._taken("facts", "SELECT key, value FROM fact", self._fact))
        insert(self._new, "room (id, name, head)", [(id_, name, self._heads[id_]) for name, (id_, _) in named.items()])  # type: ignore[index]
        first = "SELECT min(seq) FROM entry WHERE entry.room = room.id"
        self._new.execute(f"UPDATE room SET first = coalesce(({first}), head + 1)")  # noqa: S608 - our own words

    def _check_schema(self) -> None:
        """Refuse a file without plain tables of ours, and count what else is in it."""
        found = {
            (str(kind), str(name)): str(sql)
            for kind, name, sql in self._old.execute("SELECT type, name, sql FROM sqlite_schema")
        }
        for table in TABLES:
            if not found.get(("table", table), "").upper().startswith("CREATE TABLE"):
                raise CannotOpen(f"The backup has no table {table}: it is no chat's.")
        for kind, name in found:
            if kind in {"trigger", "view"} or (kind == "table" and name not in OURS and not name.startswith("sqlite_")):
                self.left_out[f"{kind}s that no chat makes"] += 1

    def _taken(self, what: str, sql: str, check: Callable[[Row], Row]) -> Iterator[Row]:
        """Yield the rows that a chat may have written, and count the others."""
        cursor = self._old.execute(sql)
        while rows := cursor.fetchmany(AT_ONCE):
            for row in rows:
                try:
                    yield check(row)
                except (ValueError, TypeError, OverflowError):
                    self.left_out[f"{what} that no chat wrote"] += 1

    def _copy(self, table: str, rows: Iterable[Row]) -> None:
        batch: list[Row] = []
        for row in rows:
            batch.append(row)
            if len(batch) == AT_ONCE:
                self._insert(table, batch)
                batch = []
        self._insert(table, batch)

    def _insert(self, table: str, rows: list[Row]) -> None:
        if not rows:
            return
        insert(self._new, table, rows)
        if table == "entry":
            words = [(row[0], indexed(int(str(row[1])), str(row[5]), str(row[6]))) for row in rows if row[6]]
            insert(self._new, "gram (rowid, grams)", words)

    def _room(self, row: Row) -> Row:
        id_, name, head = whole(row[0]), text(row[1]), whole(row[2])
        if not name.startswith("#") or not _is_name(name) or head > HIGHEST:
            raise Untaken
        return id_, name, head

    def _entry(self, row: Row) -> Row:
        id_, room, seq, at = whole(row[0]), whole(row[1]), whole(row[2]), number(row[3])
        kind, who, said, of, key = row[4:]
        to_event(kind, text(who), text(said), of)
        if room not in self._heads or not 0 < seq <= HIGHEST or (room, seq) in self._places or not _is_name(str(who)):
            raise Untaken
        if of is not None and not 0 < whole(of) <= HIGHEST:
            raise Untaken
        self._places.add((room, seq))
        self._heads[room] = max(self._heads[room], seq)
        return id_, room, seq, at, kind, who, said, of, self._key(key)

    def _key(self, key: object) -> bytes | None:
        """Return a key, if it is one and no other message has it: without one a message is none the worse."""
        if not isinstance(key, bytes) or len(key) != KEY or key in self._keys:
            return None
        self._keys.add(key)
        return key

    def _fact(self, row: Row) -> Row:
        key, value = text(row[0]), row[1]
        if not isinstance(value, str):
            raise Untaken
        facts.check(key, value)
        return key, value


def _is_name(name: str) -> bool:
    return name.isprintable() and 0 < len(name) <= LONGEST_NAME
