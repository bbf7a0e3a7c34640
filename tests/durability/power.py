"""Cut the power at random moments, and see what was promised: `python -m tests.durability.power --cuts 2000 --seed 1`.

The journal's own Store, in this process, on a disk that drops or tears what was not synced (`disk.py`). It is cut off
after a number of operations drawn from the seed; what is then on the disk is opened by the real SQLite, and compared
with what had been receipted. The next cut begins with the very same ruins: reading them is cut off too.
`--synchronous NORMAL` shows what the promise costs and is for: it does not hold.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from chatproto.core.events import Delivery, Event, Said
from chatproto.journal.file import SETTINGS, prepare
from chatproto.journal.reader import Reader
from chatproto.journal.store import Store
from tests.durability.disk import Disk, disk, read_folder, write_folder

FILE = "chat.sqlite"
ROOMS = ("#dev", "#회의", "#ห้อง")
CUTS = 15  # of one file, then a new one is begun: it grows, and checking it takes time
MOST_OPERATIONS = 300  # of one life: some twenty commits


@dataclass(slots=True)
class Told:
    """What was promised: the texts that were receipted, by place; and of what was given up."""

    receipts: dict[tuple[str, int], Delivery] = field(default_factory=dict)
    tried: list[Delivery] = field(default_factory=list)  # the batch that was on its way
    count: int = 0


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    cuts: int = 0
    receipts: int = 0
    lost: int = 0
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        figures = f"{self.cuts} cuts in {self.seconds:.0f} s: {self.receipts} receipts, {self.lost} lost"
        return "\n".join([figures, f"{len(self.broken)} promises broken", *self.broken[:20]])


def cut_many(folder: Path, cuts: int, seed: int, synchronous: str = "") -> Outcome:
    """Cut the power as often as asked, and check each time; with another `synchronous` than the journal's if given."""
    began, outcome, chance = time.monotonic(), Outcome(), random.Random(seed)
    file = folder / FILE
    with disk(f"power-{seed}-{synchronous}") as power:
        while outcome.cuts < cuts:
            write_folder(folder, {})
            prepare(file)
            ruins, told = read_folder(folder), Told()
            for _ in range(min(CUTS, cuts - outcome.cuts)):
                power.load(ruins)
                _live(power, file, told, chance, synchronous)
                ruins = power.left_by_cut(chance)
                write_folder(folder, ruins)
                broken = list(_check(file, told))
                outcome.cuts += 1
                outcome.lost += sum(what.startswith("lost") for what in broken)
                outcome.broken += [f"cut {outcome.cuts}: {what}" for what in broken]
                if broken:
                    break
            outcome.receipts += len(told.receipts)
    outcome.seconds = time.monotonic() - began
    return outcome


def _live(power: Disk, file: Path, told: Told, chance: random.Random, synchronous: str) -> None:
    """Write batches, and now and then give up what is old, until the power goes."""
    power.cut_in = chance.randrange(MOST_OPERATIONS)
    settings = [*SETTINGS, f"PRAGMA wal_autocheckpoint = {chance.choice([1, 10, 100, 1000])}"]
    settings += [f"PRAGMA synchronous = {synchronous}"] if synchronous else []
    try:
        store = Store(file, lambda f: power.connect(f, settings))
        while True:
            told.tried = [_something(told, chance) for _ in range(chance.randrange(1, 6))]
            for entry in store.write(told.tried):
                told.receipts[str(entry.delivery.to), entry.seq] = entry.delivery
            if chance.random() < 0.1:
                store.trim(chance.choice(ROOMS), keep=40)
    except apsw.Error:
        return


def _something(told: Told, chance: random.Random) -> Delivery:
    told.count += 1
    text = f"{told.count} 회의실에서 {'x' * chance.randrange(400)}"
    return Delivery(Said("ann", text), chance.choice(ROOMS), float(told.count), key=str(told.count))


def _check(file: Path, told: Told) -> Iterator[str]:
    """Whatever was promised and not held."""
    try:
        prepare(file)
        with closing(sqlite3.connect(file)) as db:
            yield from (f"the file: {row[0]}" for row in db.execute("PRAGMA integrity_check") if row[0] != "ok")
        with closing(Reader(file)) as reader, closing(Store(file)) as store:
            heads = dict.fromkeys(ROOMS, 0) | store.heads()
            pages = {room: reader.read(room, 0, head, head) for room, head in heads.items()}
            again = store.write(list(told.receipts.values())[-3:])
    except (sqlite3.Error, Exception) as e:  # noqa: BLE001 - whatever it is, the file cannot be used
        yield f"lost: the file cannot be opened: {e!r}"
        return
    kept = {(room, e.seq): e.delivery.event for room, page in pages.items() for e in page.entries}
    for (room, seq), delivery in told.receipts.items():
        if seq >= pages[room].start and kept.get((room, seq)) != delivery.event:
            yield f"lost: {room} {seq} was {_short(delivery.event)!r}; there is {_short(kept.get((room, seq)))!r}"
    for room, page in pages.items():
        if [e.seq for e in page.entries] != list(range(page.start, heads[room] + 1)):
            yield f"{room}: from {page.start} to {heads[room]} there are {[e.seq for e in page.entries]}"
    half = sum(d.event in kept.values() for d in told.tried)
    if half not in {0, len(told.tried)}:
        yield f"half a batch is kept: {half} of {len(told.tried)}"
    for entry in again:
        if (str(entry.delivery.to), entry.seq) not in told.receipts:
            yield f"lost: the key {entry.delivery.key} was receipted, and now it has number {entry.seq}"


def _short(event: Event | None) -> str:
    return event.text[:20] if isinstance(event, Said) else "nothing"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--synchronous", choices=("FULL", "NORMAL", "OFF"), default="")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        outcome = cut_many(Path(folder), given.cuts, given.seed, given.synchronous)
    print(outcome)
    return 1 if outcome.broken else 0


if __name__ == "__main__":
    sys.exit(main())
