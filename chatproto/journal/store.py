"""One SQLite file: what is said, numbered, and what is remembered. Blocking; its caller has the threads.

WAL with `synchronous=FULL`: when `write` returns, what it was given survives a power cut. A batch is one
transaction; if it fails nothing of it is kept and no number is used up.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import Path

from chatproto.core.events import Deleted, Delivery, Entry, Remembered, Search, Withdrawn
from chatproto.core.names import fold
from chatproto.journal import Page
from chatproto.journal.grams import grams, queries
from chatproto.journal.rows import to_event, to_row
from chatproto.journal.steps import insert

VERSION = 1
APPLICATION = 0x63686174  # "chat": what `file` and PRAGMA application_id show
SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA cache_size = -16000",
)
READING = "PRAGMA cache_size = -2000"  # one reader that reads on from far back would fill a large one
TRIM = 1_000  # rows given up in one transaction: a step short enough that nobody waits for it
FEW = 50  # rows that hold a text, which are rather looked at than sought by room
CANDIDATES = 2_000  # rows looked at for one search before it says that there may be more
ENTRY = "entry (id, room, seq, at, kind, who, text, of, key)"
PLAIN = "seq, at, kind, who, text, of"
TAKEN_BACK = (  # whether an entry, or what it corrects, was taken back later; +seq: by the index of what is about it
    "EXISTS (SELECT 1 FROM entry d WHERE d.room = entry.room AND d.kind = 'deleted' AND +d.seq > entry.seq"
    " AND d.of = CASE entry.kind WHEN 'corrected' THEN entry.of ELSE entry.seq END)"
)
COLUMNS = f"{PLAIN}, {TAKEN_BACK}"
SELECT = f"SELECT {COLUMNS} FROM entry"  # noqa: S608 - our own words; values are bound
SEARCH = "SELECT rowid FROM gram WHERE gram MATCH ? AND rowid >= ? ORDER BY rowid DESC LIMIT ?"
FOUND = f"SELECT name, {COLUMNS} FROM entry JOIN room ON room.id = entry.room WHERE entry.id = ?"  # noqa: S608 - as above
DAMAGED = (
    "malformed",
    "vtable constructor",
    "corrupt",
)  # what SQLite says of a file in which something was overwritten
SCHEMA: Traversable = resources.files("chatproto.journal") / "schema"
Connect = Callable[[Path], sqlite3.Connection]


class CannotOpen(Exception):
    """The file is not one that this program can use; the text says why and what to do."""


@dataclass(slots=True)
class _Log:
    """A room's row: its id and the newest number given."""

    id: int
    head: int


@dataclass(slots=True)
class _Draft:
    """What one transaction adds, before it is committed."""

    logs: dict[str, _Log] = field(default_factory=dict)
    rows: list[tuple[object, ...]] = field(default_factory=list)
    grams: list[tuple[int, str]] = field(default_factory=list)
    keys: dict[bytes, tuple[int, str, str]] = field(default_factory=dict)


def connect(file: Path) -> sqlite3.Connection:
    """Open the file for one thread. Transactions are written out: nothing is committed behind our back."""
    db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    for setting in SETTINGS:
        db.execute(setting)
    return db


class Store:
    """The writing connection: one thread's. `prepare` the file before."""

    def __init__(self, file: Path, connect: Connect = connect) -> None:
        self._db = connect(file)
        self.damage: list[str] = []  # what could not be read or written, for the log
        self._mending = iter((self._without_grams, self.reindex))
        self._grams = True
        try:
            self._take_stock()
        except sqlite3.DatabaseError as e:
            raise CannotOpen(f"{file} is damaged where it must not be: {e}. Restore a backup.") from e

    def heads(self) -> dict[str, int]:
        """Return the newest number of every room."""
        return {name: log.head for name, log in self._logs.items()}

    def facts(self) -> list[tuple[str, str]]:
        """Return what is remembered; of a damaged part only what can be reached from either end."""
        found: dict[str, str] = {}
        for direction in ("ASC", "DESC"):
            try:
                found.update(self._db.execute(f"SELECT key, value FROM fact ORDER BY key {direction}"))  # noqa: S608
                break
            except sqlite3.DatabaseError as e:
                self.damage.append(f"accounts, bans or settings: {_cause(e)}; some are lost, restore a backup")
        return list(found.items())

    def write(self, batch: Sequence[Delivery]) -> list[Entry]:
        """Commit a batch and return its entries, with their numbers; or raise, with nothing kept.

        Where the file is damaged it is mended as far as goes, once: talk goes on without the index of its words.
        """
        while True:
            try:
                return self._write(batch)
            except sqlite3.DatabaseError as e:
                mend = next(self._mending, None) if any(word in str(e) for word in DAMAGED) else None
                if mend is None:
                    raise
                self.damage.append(f"the end, where it is written: {_cause(e)}")
                mend()

    def reindex(self) -> None:
        """Make again, from the entries, what finds them by number and by key."""
        for index in ("entry_place", "entry_about", "entry_key"):
            try:
                self._make_again(index)
            except sqlite3.DatabaseError as e:
                self.damage.append(f"{index}: {_cause(e)}")

    def _make_again(self, index: str) -> None:
        """Make an index again without a look at what it was: to drop it SQLite would have to read it."""
        (sql,) = self._db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (index,)).fetchone()
        self._db.execute("PRAGMA writable_schema = ON")
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM sqlite_schema WHERE name = ?", (index,))
            self._db.execute("PRAGMA writable_schema = RESET")
            self._db.execute(sql)
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._db.execute("PRAGMA writable_schema = RESET")

    def _without_grams(self) -> None:
        self._grams = False

    def _write(self, batch: Sequence[Delivery]) -> list[Entry]:
        draft = _Draft()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            entries = [self._added(draft, d) for d in batch]
            insert(self._db, ENTRY, draft.rows)
            if self._grams:
                insert(self._db, "gram (rowid, grams)", draft.grams)
            heads = [(log.id, name, log.head) for name, log in draft.logs.items()]
            insert(self._db, "room (id, name, head)", heads, "ON CONFLICT (id) DO UPDATE SET head = excluded.head")
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._take_stock()  # a commit may have failed after all was kept: the file is right, whatever we believe
            raise
        self._logs |= draft.logs
        self._last_id += len(draft.rows)
        return entries

    def trim(self, room: str, *, keep: int = 0, before: float = 0.0) -> int:
        """Give up a step of a room's oldest entries: beyond the newest `keep`, or from before a time.

        Return how many were given up; call again until it is 0.
        """
        log = self._logs.get(room)
        if log is None:
            return 0
        most = log.head - keep if keep else 0
        old = "SELECT id, who, text, seq FROM entry WHERE room = ? AND (seq <= ? OR at < ?) ORDER BY seq LIMIT ?"
        rows = self._db.execute(old, (log.id, most, before, TRIM)).fetchall()
        if not rows:
            return 0
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            gone = [(number, indexed(log.id, who, text)) for number, who, text, _ in rows if text and self._grams]
            self._db.executemany("INSERT INTO gram (gram, rowid, grams) VALUES ('delete', ?, ?)", gone)
            self._db.execute("DELETE FROM entry WHERE room = ? AND seq <= ?", (log.id, rows[-1][3]))
            self._db.execute("UPDATE room SET first = ? WHERE id = ?", (rows[-1][3] + 1, log.id))
        return len(rows)

    def close(self) -> None:
        """Fold the log of writes into the file, and close it."""
        self._db.close()

    def _take_stock(self) -> None:
        rooms = self._db.execute("SELECT id, name, head FROM room")
        self._logs = {name: _Log(number, head) for number, name, head in rooms}
        self._last_id = self._newest("SELECT max(id) FROM entry")

    # --- one delivery of a batch ------------------------------------------------------------------

    def _added(self, draft: _Draft, delivery: Delivery) -> Entry:
        event = delivery.event
        if isinstance(event, Remembered):
            self._remember(event)
        if not (event.kept and isinstance(delivery.to, str) and delivery.to):
            return Entry(delivery)
        kind, who, text, of = to_row(event)
        key = digest(f"{delivery.to}\n{delivery.key}") if delivery.key else None
        seen = self._seen(draft, key) if key else None
        if seen:
            return Entry(delivery, seq=seen[0], again=True, clash=seen[1:] != (kind, text))
        log = self._log(draft, delivery.to)
        if isinstance(event, Deleted):
            of = self._first_wording(draft, log, event.of)
            delivery = replace(delivery, event=Deleted(event.by, of))
        log.head += 1
        row = self._last_id + len(draft.rows) + 1
        draft.rows.append((row, log.id, log.head, delivery.at, kind, who, text, of, key))
        if text:
            draft.grams.append((row, indexed(log.id, who, text)))
        if key:
            draft.keys[key] = (log.head, kind, text)
        return Entry(delivery, seq=log.head, prev=log.head - 1)

    def _seen(self, draft: _Draft, key: bytes) -> tuple[int, str, str] | None:
        found: tuple[int, str, str] | None = draft.keys.get(key)
        if found is None:
            found = self._db.execute("SELECT seq, kind, text FROM entry WHERE key = ?", (key,)).fetchone()
        return found

    def _first_wording(self, draft: _Draft, log: _Log, seq: int) -> int:
        """Return the number of what an entry corrects, or its own: all wordings go with any of them."""
        for _, room, number, _, kind, _, _, of, _ in draft.rows:
            if (room, number, kind) == (log.id, seq, "corrected"):
                return int(str(of))
        correction = "SELECT of FROM entry WHERE room = ? AND seq = ? AND kind = 'corrected'"
        found = self._db.execute(correction, (log.id, seq)).fetchone()
        return int(found[0]) if found else seq

    def _log(self, draft: _Draft, room: str) -> _Log:
        log = draft.logs.get(room)
        if log is None:
            known = self._logs.get(room)
            log = draft.logs[room] = _Log(known.id, known.head) if known else self._new_room(room)
        return log

    def _new_room(self, room: str) -> _Log:
        made = self._db.execute("INSERT INTO room (name, head) VALUES (?, 0)", (room,))
        assert made.lastrowid
        return _Log(made.lastrowid, 0)

    def _remember(self, fact: Remembered) -> None:
        if fact.value:
            self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (fact.key, fact.value))
        else:
            self._db.execute("DELETE FROM fact WHERE key = ?", (fact.key,))

    def _newest(self, sql: str) -> int:
        return int(self._db.execute(sql).fetchone()[0] or 0)


class Reader:
    """The reading connection: another thread's, so that a long read never holds a commit."""

    def __init__(self, file: Path) -> None:
        self._db = connect(file)
        self._db.execute(READING)
        self.damage: list[str] = []  # what could not be read, for the log

    def read(self, room: str, after: int, until: int, limit: int) -> Page:
        """Return the first `limit` entries with `after` < seq <= `until`; what is damaged is passed over."""
        found = self._db.execute("SELECT id, first FROM room WHERE name = ?", (room,)).fetchone()
        if found is None:
            return Page((), 1)
        number, first = found
        whole, entries = len(self.damage), []
        try:
            rows = self._rows(number, after, until, limit)
            entries = [e for row in rows for e in self._entry(room, row)]
        except sqlite3.DatabaseError as e:
            self.damage.append(f"{room} after {after}: {_cause(e)}")
        if len(self.damage) > whole:
            place = max(after, first - 1)
            rest = (e for row in self._one_by_one(number, place, until) for e in self._entry(room, row))
            entries = _closed_up(list(islice(rest, limit)), place)
        return Page(entries, first)

    def _rows(self, number: int, after: int, until: int, limit: int) -> list[tuple[object, ...]]:
        sql = f"SELECT {PLAIN} FROM entry WHERE room = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"  # noqa: S608
        rows = self._db.execute(sql, (number, after, until, limit)).fetchall()
        about = "SELECT of, max(seq) FROM entry WHERE room = ? AND of >= ? AND of <= ? AND kind = 'deleted' GROUP BY of"
        wordings = [row[5] if row[2] == "corrected" and isinstance(row[5], int) else row[0] for row in rows]
        taken_back = dict(self._db.execute(about, (number, min(wordings), max(wordings)))) if rows else {}
        return [(*row, taken_back.get(of, 0) > row[0]) for row, of in zip(rows, wordings, strict=True)]

    def place(self, room: str, last: int, until: int) -> int:
        """Return the place from which just the newest `last` entries up to `until` lie ahead."""
        found = self._db.execute("SELECT first FROM room WHERE name = ?", (room,)).fetchone()
        return min(max(until - last, found[0] - 1 if found else 0, 0), until)

    def since(self, room: str, at: float, until: int) -> int:
        """Return the place from which all that was said from a time on lies ahead."""
        found = self._db.execute("SELECT id, first FROM room WHERE name = ?", (room,)).fetchone()
        if found is None:
            return 0
        number, first = found
        sql = "SELECT seq, at FROM entry WHERE room = ? AND seq >= ? ORDER BY seq LIMIT 1"
        return min(self._first_since(at, sql, (number,), first, until + 1) - 1, until)

    def search(self, wanted: Search) -> list[Entry]:
        """Return what was found, the newest first, in the rooms that the searcher is in."""
        marks = ", ".join("?" * len(wanted.rooms))
        rooms = self._db.execute(f"SELECT id FROM room WHERE name IN ({marks})", wanted.rooms).fetchall()  # noqa: S608
        newest = self._db.execute("SELECT max(id) FROM entry").fetchone()[0] or 0
        oldest = "SELECT id, at FROM entry WHERE id >= ? ORDER BY id LIMIT 1"
        start = self._first_since(wanted.since, oldest, (), 1, newest + 1) if wanted.since else 1
        about = " OR ".join(f'"{room_mark(number)}"' for (number,) in rooms)
        person = [f'"{person_mark(wanted.who)}"'] if wanted.who else []
        found: list[Entry] = []
        for match in queries(wanted.text) if rooms else ():
            found = list(self._fitting(self._candidates([about, *person, match], start), wanted))
            if len(found) == wanted.limit:
                break
        return found

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _first_since(self, at: float, sql: str, values: tuple[int, ...], low: int, high: int) -> int:
        """Return the first number from a time on, of those that `sql` finds from a number on; `high` if there is none.

        Times rise with numbers, but for a clock that was set back.
        """
        while low < high:
            middle = (low + high) // 2
            found = self._db.execute(sql, (*values, middle)).fetchone()
            if found is None or found[0] >= high or found[1] >= at:
                high = middle
            else:
                low = found[0] + 1
        return low

    def _candidates(self, terms: list[str], start: int) -> Iterator[tuple[object, ...]]:
        """Yield the rows that the index knows; what is damaged is passed over. The first of the terms are the rooms."""
        try:
            numbers: Iterable[tuple[int]] = self._db.execute(SEARCH, (_all_of(terms[1:]), start, FEW)).fetchall()
            if len(list(numbers)) == FEW:
                numbers = self._db.execute(SEARCH, (_all_of(terms), start, CANDIDATES))
            for number in numbers:
                try:
                    yield from self._db.execute(FOUND, number).fetchall()
                except sqlite3.DatabaseError as e:
                    self.damage.append(f"entry {number[0]}: {_cause(e)}")
        except sqlite3.DatabaseError as e:
            self.damage.append(f"the index of words: {_cause(e)}")

    def _fitting(self, rows: Iterable[tuple[object, ...]], wanted: Search) -> Iterator[Entry]:
        looked_for, who, left = fold(wanted.text), fold(wanted.who), wanted.limit
        for name, *row in rows:
            if not left:
                return
            if (
                name in wanted.rooms
                and not row[6]
                and looked_for in fold(str(row[4]))
                and (not who or fold(str(row[3])) == who)
            ):
                entries = [e for e in self._entry(str(name), tuple(row)) if e.delivery.at >= wanted.since]
                left -= len(entries)
                yield from entries

    def _one_by_one(self, number: int, after: int, until: int) -> Iterator[tuple[object, ...]]:
        for seq in range(after + 1, until + 1):
            try:
                yield from self._db.execute(f"{SELECT} WHERE room = ? AND seq = ?", (number, seq)).fetchall()
            except sqlite3.DatabaseError:
                continue

    def _entry(self, room: str, row: tuple[object, ...]) -> list[Entry]:
        seq, at, kind, who, text, of, deleted = row
        try:
            event = Withdrawn(str(who)) if deleted else to_event(kind, who, text, of)
            return [Entry(Delivery(event, room, float(at)), seq=int(seq), prev=int(seq) - 1)]  # type: ignore[arg-type,call-overload]
        except (ValueError, TypeError) as e:
            self.damage.append(f"{room} {seq}: {_cause(e)}")
            return []


def _closed_up(entries: Sequence[Entry], place: int) -> list[Entry]:
    """Let each entry follow the one before it: nobody asks again and again for what cannot be read any more."""
    before = (place, *(e.seq for e in entries))
    return [replace(e, prev=prev) for e, prev in zip(entries, before, strict=False)]


def _cause(e: Exception) -> str:
    """Return what is wrong, without what is written there: nobody's words belong in the log."""
    if isinstance(e, sqlite3.DatabaseError):
        return str(e).partition(" with text ")[0]
    return "no row that a chat wrote"


def _all_of(terms: Iterable[str]) -> str:
    return " AND ".join(f"({term})" for term in terms)


def indexed(room: int, who: str, text: str) -> str:
    """Return what a text is found by: its grams, its room and its author."""
    return f"{grams(text)} {room_mark(room)} {person_mark(who)}"


def room_mark(room: int) -> str:
    """Return the term of a room; no text has one with a # in it."""
    return f"#{room}"


@lru_cache(maxsize=4096)
def person_mark(who: str) -> str:
    """Return the term of a person, four bytes of a digest: who it was is looked at again."""
    return f"@{digest(fold(who))[:4].hex()}"


def digest(key: str) -> bytes:
    """Return what a key is known by: sixteen bytes, however long it is."""
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def prepare(file: Path, newest: int = VERSION, scripts: Traversable = SCHEMA) -> None:
    """Make the file if there is none, readable by its owner only; bring an older one up to date.

    `scripts` is the folder of the schema: `2.sql` makes version 2, `upgrade-1-to-2.sql` brings version 1 there.
    """
    if not file.exists():
        _make(file, newest, scripts)
    with closing(sqlite3.connect(file)) as db:
        version = _version(db, file)
    if version > newest:
        raise CannotOpen(f"{file} was written by a newer chatproto (schema {version}; this one knows {newest}).")
    for step in range(version, newest):
        _upgrade(file, step, scripts)


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
            old.rename(f"{old}.left")
    new.rename(file)


def _version(db: sqlite3.Connection, file: Path) -> int:
    try:
        if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
            raise CannotOpen(f"{file} is not a chat's file. Move it away, or choose another folder with --data.")
        return int(db.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError as e:
        raise CannotOpen(f"{file} cannot be read: {e}. Restore a backup, or choose another folder.") from e


def _upgrade(file: Path, version: int, scripts: Traversable) -> None:
    """Bring the file from one version to the next, after a copy was set aside."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy2(file, file.with_name(f"{file.name}.version-{version}"))
    with closing(sqlite3.connect(file)) as db:
        script = (scripts / f"upgrade-{version}-to-{version + 1}.sql").read_text("utf-8")
        db.executescript(f"BEGIN;{script};")
        db.execute(f"PRAGMA user_version = {version + 1}")
        db.commit()
