"""Reading the file: in pages, from a place, by words. Blocking; its caller has the thread.

What is damaged is passed over, and said in `damage`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import RLock
from time import monotonic

from chatproto.core.events import Delivery, Entry, Search, Withdrawn
from chatproto.core.names import fold
from chatproto.journal import Found, Mark, Page, Unfinished, closed_up
from chatproto.journal.file import cause_of, connect
from chatproto.journal.grams import has_all, parts, person_mark, queries, room_mark
from chatproto.journal.rows import to_event

READING = "PRAGMA cache_size = -2000"  # one reader that reads on from far back would fill a large one
FEW = 50  # rows that hold a text, which are rather looked at than sought by room
SEARCHING = 0.2  # seconds for one search: others wait for it, to come in as well
STEPS = 100  # of SQLite's, between two looks at the time
CANDIDATES = 2_000  # rows looked at for one search before it says that there may be more
PLAIN = "seq, at, kind, who, text, of"
TAKEN_BACK = (  # whether an entry, or what it corrects, was taken back later; +seq: by the index of what is about it
    "EXISTS (SELECT 1 FROM entry d WHERE d.room = entry.room AND d.kind = 'deleted' AND +d.seq > entry.seq"
    " AND d.of = CASE entry.kind WHEN 'corrected' THEN entry.of ELSE entry.seq END)"
)
COLUMNS = f"{PLAIN}, {TAKEN_BACK}"
SELECT = f"SELECT {COLUMNS} FROM entry"  # noqa: S608 - our own words; values are bound
SEARCH = "SELECT rowid FROM gram WHERE gram MATCH ? ORDER BY rowid DESC LIMIT ?"
SAID_BY = (
    "SELECT gram.rowid FROM gram CROSS JOIN entry ON entry.id = gram.rowid"
    " WHERE gram MATCH ? AND gram.rowid > ? AND entry.at >= ? ORDER BY gram.rowid LIMIT ?"
)
OLDEST_OF = "SELECT seq FROM entry WHERE room = ? AND seq <= ? ORDER BY seq DESC LIMIT 1 OFFSET ?"
FOUND = f"SELECT name, {COLUMNS} FROM entry JOIN room ON room.id = entry.room WHERE entry.id = ? AND at >= ?"  # noqa: S608


class Reader:
    """The reading connection: another thread's, so that a long read never holds a commit."""

    def __init__(self, file: Path, searching: float = SEARCHING) -> None:
        self._searching = searching
        self._file = file
        self.in_use = RLock()  # held by whoever reads in another thread than the one that writes
        self.damage: list[str] = []  # what could not be read, for the log
        self._open()

    def _open(self) -> None:
        self._db = connect(self._file)
        self._db.execute(READING)

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Have the file closed here while another one takes its place; if that fails, nothing is read any more."""
        with self.in_use:
            self._db.close()
            yield
            self._open()

    def head(self, room: str) -> int:
        """Return the newest number of a room, 0 if there is no such room."""
        found = self._db.execute("SELECT head FROM room WHERE name = ?", (room,)).fetchone()
        return int(found[0]) if found else 0

    def read(self, room: str, after: int, until: int, limit: int) -> Page:
        """Return the first `limit` entries with `after` < seq <= `until`; what is damaged is passed over."""
        with self._one_state():  # else what is trimmed in between is missing, and nobody is told
            return self._page(room, after, until, limit)

    @contextmanager
    def _one_state(self) -> Iterator[None]:
        """Read the file as it is now, whatever is written meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _page(self, room: str, after: int, until: int, limit: int) -> Page:
        found = self._db.execute("SELECT id, first, head FROM room WHERE name = ?", (room,)).fetchone()
        if found is None:
            return Page((), 1)
        number, first, head = found
        until = min(until, head)  # where a page is damaged, each number up to there is tried
        place = max(after, first - 1)
        whole, entries = len(self.damage), []
        try:
            rows = self._rows(number, after, until, limit)
            entries = [e for row in rows for e in self._entry(room, row)]
        except sqlite3.DatabaseError as e:
            self.damage.append(f"{room} after {after}: {cause_of(e)}")
        if len(self.damage) > whole:
            rest = (e for row in self._one_by_one(number, place, until) for e in self._entry(room, row))
            entries = list(islice(rest, limit))
        return Page(closed_up(entries, place), first)

    def _rows(self, number: int, after: int, until: int, limit: int) -> list[tuple[object, ...]]:
        sql = f"SELECT {PLAIN} FROM entry WHERE room = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"  # noqa: S608
        rows = self._db.execute(sql, (number, after, until, limit)).fetchall()
        about = "SELECT of, max(seq) FROM entry WHERE room = ? AND of >= ? AND of <= ? AND kind = 'deleted' GROUP BY of"
        wordings = [row[5] if row[2] == "corrected" and isinstance(row[5], int) else row[0] for row in rows]
        taken_back = dict(self._db.execute(about, (number, min(wordings), max(wordings)))) if rows else {}
        return [(*row, taken_back.get(of, 0) > row[0]) for row, of in zip(rows, wordings, strict=True)]

    def place(self, room: str, last: int, until: int) -> int:
        """Return the place from which just the newest `last` entries up to `until` lie ahead."""
        found = self._db.execute("SELECT id, first FROM room WHERE name = ?", (room,)).fetchone()
        if found is None:
            return 0
        number, first = found
        try:
            oldest = self._db.execute(OLDEST_OF, (number, until, last - 1)).fetchone()
        except sqlite3.DatabaseError as e:
            self.damage.append(f"{room}: {cause_of(e)}")
            oldest = (until - last + 1,)
        return min(max(int(oldest[0] if oldest else first) - 1, 0), until)

    def search(self, wanted: Search) -> list[Entry]:
        """Return what was found, the newest first, in the rooms that the searcher is in."""
        marks = ", ".join("?" * len(wanted.rooms))
        rooms = self._db.execute(f"SELECT id FROM room WHERE name IN ({marks})", wanted.rooms).fetchall()  # noqa: S608
        about = " OR ".join(f'"{room_mark(number)}"' for (number,) in rooms)
        person = [f'"{person_mark(wanted.who)}"'] if wanted.who else []
        found: list[Entry] = []
        matches = [[query] for query in queries(wanted.text)] if wanted.text else [[]]
        try:
            with self._in_time() as check:
                for match in matches if rooms else ():
                    found = []
                    for row in self._candidates([about, *person, *match], wanted.since):
                        check()
                        found += self._fitting(row, wanted)
                        if len(found) == wanted.limit:
                            return found
        except TimeoutError as e:
            raise Unfinished(found) from e
        return found

    @contextmanager
    def _in_time(self) -> Iterator[Callable[[], None]]:
        """Have what is done here end with a TimeoutError if it takes too long; the callable looks, between two rows."""
        end = monotonic() + self._searching

        def check() -> None:
            if monotonic() > end:
                raise TimeoutError

        self._db.set_progress_handler(lambda: monotonic() > end, STEPS)
        try:
            yield check
        finally:
            self._db.set_progress_handler(None, 0)

    def said_by(self, who: str, since: float, after: Mark, limit: int) -> Found:
        """Return a page of what somebody said in any room from a time on, in its order; and the mark to go on after."""
        numbers = list(self._numbers(SAID_BY, (f'"{person_mark(who)}"', after[1], since, limit)))
        rows = [row for number in numbers for row in self._found(number, since) if fold(str(row[4])) == fold(who)]
        entries = [e for name, *row in rows for e in self._entry(str(name), tuple(row))]
        return entries, ("", numbers[-1]) if len(numbers) == limit else None

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _candidates(self, terms: list[str], since: float) -> Iterator[tuple[object, ...]]:
        """Yield the rows that the index knows. The first of the terms are the rooms."""
        numbers: Iterable[int] = list(self._numbers(SEARCH, (_all_of(terms[1:]), FEW)))
        if len(list(numbers)) == FEW:
            numbers = self._numbers(SEARCH, (_all_of(terms), CANDIDATES))
        for number in numbers:
            yield from self._found(number, since)

    def _numbers(self, sql: str, values: tuple[object, ...]) -> Iterator[int]:
        """Yield what the index of words knows, as far as it can be read."""
        try:
            yield from (number for (number,) in self._db.execute(sql, values))
        except sqlite3.DatabaseError as e:
            self._pass_over("the index of words", e)

    def _found(self, number: int, since: float) -> list[tuple[object, ...]]:
        """Return the row of a number; none if it is damaged, or from before a time."""
        try:
            return self._db.execute(FOUND, (number, since)).fetchall()
        except sqlite3.DatabaseError as e:
            self._pass_over(f"entry {number}", e)
            return []

    def _pass_over(self, what: str, cause: sqlite3.DatabaseError) -> None:
        """Take note of damage; what was only ended since it took too long is none."""
        if cause.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise TimeoutError from cause
        self.damage.append(f"{what}: {cause_of(cause)}")

    def _fitting(self, found: tuple[object, ...], wanted: Search) -> list[Entry]:
        """Return the entry of a row, if it is what is looked for: the index knows only that it may be."""
        name, *row = found
        if name not in wanted.rooms or row[6] or not has_all(str(row[4]), parts(wanted.text)):
            return []
        if wanted.who and fold(str(row[3])) != fold(wanted.who):
            return []
        return self._entry(str(name), tuple(row))

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
            self.damage.append(f"{room} {seq}: {cause_of(e)}")
            return []


def _all_of(terms: Iterable[str]) -> str:
    return " AND ".join(f"({term})" for term in terms)
