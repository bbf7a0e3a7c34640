"""Journals whose every piece of work is a step of the story, and which tell the truth.

`Slow` keeps everything in memory. `OnDisk` is the real thing, a file and all, with its two threads replaced by ones
that work when told to; its server may be killed at any point, and started again from what was committed.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred

from chatproto.core.events import Delivery, Entry, Said
from chatproto.journal import Journal, Page
from chatproto.journal.file import SETTINGS
from chatproto.journal.sqlite import SqliteJournal, Thread
from tests.hub.stubs import SlowJournal
from tests.journal.threads import AtOnce, StepByStep
from tests.simulation.truth import Kept, Truth

T = TypeVar("T")
NEWS = """SELECT entry.id, name, seq, who, text FROM entry JOIN room ON room.id = entry.room
          WHERE entry.id > ? ORDER BY entry.id"""


class Disk(Protocol):
    """What a story does with a journal. `quick`: it does all its work at once, as the one in memory does."""

    @property
    def journal(self) -> Journal:
        """The journal of the server that runs now."""

    def step(self) -> bool:
        """Do one piece of writing: commit, or hand back what is committed; say whether there was any."""

    def answer(self) -> bool:
        """Answer one reader; say whether there was any."""

    def be_full(self, turn: Callable[[], object]) -> None:
        """Be full for a turn of the reactor, and the next piece of writing."""

    def kill(self) -> None:
        """Lose all that is not committed, and begin anew with the rest."""

    def end(self) -> None:
        """Let go of everything."""


class Slow(SlowJournal):
    """A slow disk that is none; nobody kills its server, which would keep nothing."""

    def __init__(self, keep: int, truth: Truth, *, quick: bool) -> None:
        super().__init__(keep)
        self.quick, self._truth = quick, truth
        self.journal = self

    def append(self, batch: Sequence[Delivery]) -> None:
        super().append(batch)
        while self.quick and self.step():
            pass

    def read(self, room: str, after: int, until: int, limit: int) -> Deferred[Page]:
        answer = super().read(room, after, until, limit)
        if self.quick:
            self.answer()
        return answer

    def place(self, room: str, last: int, until: int) -> Deferred[int]:
        answer = super().place(room, last, until)
        if self.quick:
            self.answer()
        return answer

    def be_full(self, turn: Callable[[], object]) -> None:
        quick, self.quick = self.quick, False
        turn()
        self.fail()
        self.quick = quick

    def kill(self) -> None:
        raise NotImplementedError("what was in memory is gone")

    def end(self) -> None:
        """Do nothing: it holds nothing."""

    def _committed(self, delivery: Delivery) -> Entry:
        entry, event = super()._committed(delivery), delivery.event
        if entry.seq and not entry.again:
            assert isinstance(event, Said)
            room = str(delivery.to).removeprefix("#")
            self._truth.committed(room, Kept(entry.seq, entry.prev, event.who, event.text))
        return entry


class Watched:
    """A thread, and somebody who looks at the file after each piece of its work, before anybody hears of it."""

    def __init__(self, thread: Thread, look: Callable[[], None]) -> None:
        self._thread, self._look = thread, look
        self.after_a_look, self.stop = thread.after_a_look, thread.stop

    def do(self, work: Callable[[], T]) -> Deferred[T]:
        def run() -> T:
            try:
                return work()
            finally:
                self._look()

        return self._thread.do(run)


class Connection(sqlite3.Connection):
    """A connection to a file on a disk that may be full."""

    full = False

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as sqlite3 has it
        if self.full and sql == "COMMIT":
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(sql, *values)


class OnDisk:
    """A file, and one server after the other on it."""

    def __init__(self, folder: Path, truth: Truth, *, quick: bool) -> None:
        self._folder, self._truth, self._quick = folder, truth, quick
        self._lives = self._seen = 0
        (folder / "0").mkdir(parents=True)
        self._open(folder / "0")

    def step(self) -> bool:
        return isinstance(self._writing, StepByStep) and self._writing.step()

    def answer(self) -> bool:
        return isinstance(self._reading, StepByStep) and self._reading.step()

    def be_full(self, turn: Callable[[], object]) -> None:
        self._db.full = True
        turn()
        self.step()
        self._db.full = False

    def kill(self) -> None:
        """Take the files as they are now, in the midst of whatever was being done to them."""
        old, self._lives = self._folder / str(self._lives), self._lives + 1
        new = self._folder / str(self._lives)
        new.mkdir()
        for file in old.glob("chat.sqlite*"):
            if not file.name.endswith("-shm"):  # shared memory goes with those who shared it
                shutil.copy(file, new)
        self.end()
        shutil.rmtree(old)
        self._open(new)

    def end(self) -> None:
        self.journal._store.close()
        self.journal._reader.close()
        self._other.close()

    def _open(self, folder: Path) -> None:
        kind = AtOnce if self._quick else StepByStep
        self._writing: AtOnce | StepByStep = kind()
        self._reading: AtOnce | StepByStep = kind()
        file = folder / "chat.sqlite"
        self.journal = SqliteJournal(file, Watched(self._writing, self._look), self._reading, self._connect)
        self._other = sqlite3.connect(file)
        self._look()

    def _connect(self, file: Path) -> sqlite3.Connection:
        self._db = sqlite3.connect(file, isolation_level=None, factory=Connection)
        for setting in SETTINGS:
            self._db.execute(setting)
        self._db.execute("PRAGMA synchronous = OFF")  # the power stays on: tests/durability/power.py switches it off
        return self._db

    def _look(self) -> None:
        """See, as another program would, what is committed."""
        for row, room, seq, who, text in self._other.execute(NEWS, (self._seen,)):
            self._seen = row
            self._truth.committed(room.removeprefix("#"), Kept(seq, seq - 1, who, text))
