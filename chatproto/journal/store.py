"""One SQLite file: what is said, numbered, and what is remembered. Blocking; its caller has the threads.

WAL with `synchronous=FULL`: when `write` returns, what it was given survives a power cut. A batch is one
transaction; if it fails nothing of it is kept and no number is used up.
"""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from chatproto.core.events import Deleted, Delivery, Entry, Remembered
from chatproto.journal.file import CannotOpen, Connect, cause_of, connect
from chatproto.journal.grams import indexed
from chatproto.journal.presence import FileGone, Presence, put_in_place, save
from chatproto.journal.rows import digest, to_row
from chatproto.journal.steps import insert
from chatproto.journal.trimming import give_up, silent_rooms, too_many, too_old, topics_of

TRY_AGAIN = 60.0  # seconds until it is tried again to save a file that is gone: a copy takes time
SOON = 1_200.0  # seconds between two notes of the date, twice
ENTRY = "entry (id, room, seq, at, kind, who, text, of, key)"
DAMAGED = (
    "malformed",
    "vtable constructor",
    "corrupt",
)  # what SQLite says of a file in which something was overwritten
CANNOT_WRITE = (
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_CANTOPEN",
)  # and where it cannot make what stands beside the file


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


class Store:
    """The writing connection: one thread's. `prepare` the file before."""

    def __init__(self, file: Path, connect: Connect = connect) -> None:
        self._file, self._connect = file, connect
        self.floor = 0  # a number that no room which was given up has gone beyond
        self._db = connect(file)
        self.damage: list[str] = []  # what could not be read or written, for the log
        self.rescues: list[str] = []  # what was gone and has been saved anew, for the log
        self.others_closed: Callable[[], AbstractContextManager[object]] = nullcontext  # while a file takes its place
        self._gone: FileGone | None = None  # why nothing can be kept now, and when it is tried again to save it
        self._not_before = 0.0
        self._mending = iter((self._without_grams, self.reindex))
        self._grams = True
        try:
            self._take_stock()
            self._note("open", 1)  # also in the file itself, should its log of writes be lost
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.DatabaseError as e:
            if getattr(e, "sqlite_errorname", "").startswith(CANNOT_WRITE):
                raise CannotOpen(f"{file} cannot be opened: {e}. Perhaps the disk is full.") from e
            raise CannotOpen(f"{file} is damaged where it must not be: {e}. Restore a backup.") from e
        self._presence = Presence(file)

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
                self.damage.append(f"accounts, bans or settings: {cause_of(e)}; some are lost, restore a backup")
        return list(found.items())

    def write(self, batch: Sequence[Delivery]) -> list[Entry]:
        """Commit a batch and return its entries, with their numbers; or raise, with nothing kept.

        Where the file is damaged it is mended as far as goes, once: talk goes on without the index of its words.
        A file that is gone is saved anew; FileGone if that cannot be.
        """
        self.check()
        entries = self._written(batch)
        self.check()  # a receipt says that it is there now
        return entries

    def check(self) -> None:
        """See that the file is in its place; save it anew if it is not, or raise FileGone."""
        missing = self._presence.missing()
        if not missing:
            self._gone = None
            return
        if self._gone and time.monotonic() < self._not_before:
            raise self._gone
        gone = f"gone from {self._file.parent}: {', '.join(missing)}"
        self._not_before = time.monotonic() + TRY_AGAIN
        try:
            self._rescue(gone)
        except (OSError, sqlite3.Error) as e:
            self._gone = FileGone(f"{gone}, and could not be saved anew: {e}")
            raise self._gone from e

    def _rescue(self, gone: str) -> None:
        saved = save(self._db, self._file)
        if self._presence.is_replaced:
            self._not_before = math.inf
            raise FileGone(f"another one is in its place; what was kept until now is in {saved}, restart the server")
        with self.others_closed():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            put_in_place(saved, self._file)
            self._db.close()  # it deletes what stands beside the file under its name: so before there is anything new
            self._db = self._connect(self._file)
            self._take_stock()
        self._presence = Presence(self._file)
        self.rescues.append(f"{gone}; all that was kept is saved anew in its place")

    def _written(self, batch: Sequence[Delivery]) -> list[Entry]:
        while True:
            try:
                return self._write(batch)
            except sqlite3.DatabaseError as e:
                mend = next(self._mending, None) if any(word in str(e) for word in DAMAGED) else None
                if mend is None:
                    raise
                self.damage.append(f"the end, where it is written: {cause_of(e)}")
                mend()

    def reindex(self) -> None:
        """Make again, from the entries, what finds them by number and by key."""
        for index in ("entry_place", "entry_about", "entry_key", "entry_time"):
            try:
                self._make_again(index)
            except sqlite3.DatabaseError as e:
                self.damage.append(f"{index}: {cause_of(e)}")

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

    def trim(self, room: str, keep: int) -> int:
        """Give up a step of a room's oldest entries, beyond the newest `keep`.

        Return how many were given up; call again until it is 0.
        """
        log = self._logs.get(room)
        return give_up(self._db, too_many(self._db, log.id, keep), words=self._grams) if log else 0

    def expire(self, before: float) -> int:
        """Give up a step of the entries of any room from before a time; as for `trim`."""
        return give_up(self._db, too_old(self._db, before), words=self._grams)

    def forget(self, rooms: Sequence[str]) -> list[str]:
        """Give up the rooms in which nothing is kept but topics; return those of these that are no more.

        A room of the same name gives none of its numbers again: it begins after the newest of all that were given up.
        """
        ids = {self._logs[room].id: room for room in rooms if room in self._logs}
        silent = silent_rooms(self._db, list(ids))
        while rows := topics_of(self._db, silent):
            give_up(self._db, rows, words=self._grams)
        self.floor = max([self.floor, *(self._logs[ids[number]].head for number in silent)])
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("DELETE FROM room WHERE id = ?", [(number,) for number in silent])
            self._note("floor", self.floor)
        for number in silent:
            del self._logs[ids[number]]
        return [room for room in rooms if room not in self._logs]

    def date(self) -> float:
        """Return the last date of which the file knows that it was right; 0 in an empty one.

        That is the one noted last; or that of the newest entry, if that was said soon after.
        """
        noted = self._noted("date", 0.0)
        newest = self._db.execute("SELECT at FROM entry ORDER BY id DESC LIMIT 1").fetchone()
        said = float(newest[0]) if newest else 0.0
        return said if not noted or noted < said < noted + SOON else noted

    def note_date(self, date: float) -> None:
        """Keep a date that is known to be right."""
        self._note("date", date)

    def close(self) -> None:
        """Fold the log of writes into the file, and close it."""
        with suppress(sqlite3.Error):  # it is damaged, or the disk is full: closed it is all the same
            self._db.execute("DELETE FROM note WHERE name = 'open'")
        self._db.close()

    def skip(self, heads: Mapping[str, int]) -> None:
        """Give no number again that was given: the rooms go on after these, and what was there is missing."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            known = "ON CONFLICT (name) DO UPDATE SET head = max(head, excluded.head)"
            self._db.executemany(f"INSERT INTO room (name, head) VALUES (?, ?) {known}", heads.items())  # noqa: S608
        self._take_stock()

    def _take_stock(self) -> None:
        rooms = self._db.execute("SELECT id, name, head FROM room")
        self._logs = {name: _Log(number, head) for number, name, head in rooms}
        self._last_id = self._newest("SELECT max(id) FROM entry")
        self.floor = int(self._noted("floor", 0))

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
        place = (room, self.floor, self.floor + 1)
        made = self._db.execute("INSERT INTO room (name, head, first) VALUES (?, ?, ?)", place)
        assert made.lastrowid
        return _Log(made.lastrowid, self.floor)

    def _remember(self, fact: Remembered) -> None:
        if fact.value:
            self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (fact.key, fact.value))
        else:
            self._db.execute("DELETE FROM fact WHERE key = ?", (fact.key,))

    def _note(self, name: str, value: float) -> None:
        self._db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def _noted(self, name: str, default: float) -> float:
        found = self._db.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return float(found[0]) if found and isinstance(found[0], int | float) else default

    def _newest(self, sql: str) -> int:
        return int(self._db.execute(sql).fetchone()[0] or 0)
