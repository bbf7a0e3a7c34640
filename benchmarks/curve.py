"""Whether a delivery gets dearer as the server grows: `python -m benchmarks.curve --history 1000000 --out FILE`.

Scenario A of `fanout`, a room of 108 people with 64 messages under way, while others are on the server who say nothing
(10 … 10,000, ten to a room), and while ever more messages are kept (0 … `--history`, in a hundred rooms of which the
room is one; `history.make` writes them, once: `--folder` keeps them for the next time). In each round every size is
measured, one right after the other; what counts is the ratio to the smallest in the same round.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from benchmarks.history import make
from benchmarks.peers import OTHERS, OURS, Peer, program
from benchmarks.results import Record, kept, now, record, report
from benchmarks.scenarios import SCENARIOS, Figures, Hall, saturated, started

OTHER_PEOPLE = (10, 100, 1_000, 10_000)
IN_A_ROOM = 10
KEPT = (0, 10_000, 100_000, 1_000_000, 10_000_000)
SEATS = SCENARIOS["A"].seats


def among(peer: Peer, others: int, seconds: float) -> Figures:
    """Measure a room while others are on the server."""
    with tempfile.TemporaryDirectory() as folder, started(peer, Path(folder), SEATS.people + others) as daemon:
        hall = Hall(peer, daemon, SEATS)
        with closing(hall.crowd):
            dialect = peer.dialect
            hall.crowd.come((dialect.login(f"o{n}"), dialect.join(f"other{n // IN_A_ROOM}")) for n in range(others))
            hall.crowd.settle()
            return saturated(hall, seconds)


def above(folder: Path, seconds: float) -> Figures:
    """Measure a room that has a history, as have others; what is said there is added to it."""
    peer = OURS["disk"]
    with started(peer, folder, SEATS.people) as daemon:
        hall = Hall(peer, daemon, SEATS)
        with closing(hall.crowd):
            return saturated(hall, seconds)


def of_people(peers: Sequence[Peer], reps: int, seconds: float) -> Iterator[Record]:
    """Yield a record of each run among others."""
    for _ in range(reps):
        began = now()
        for others in OTHER_PEOPLE:
            for peer in peers:
                work = partial(among, peer, others, seconds)
                yield record(work, scenario="people", server=peer.name, round=began, at=others)


def of_history(folder: Path, most: int, reps: int, seconds: float) -> Iterator[Record]:
    """Yield a record of each run above a history; where there is none, the folder is a fresh one."""
    sizes = [size for size in KEPT if size <= most]
    for size in sizes[1:]:
        (folder / str(size)).mkdir(exist_ok=True)
        make(folder / str(size) / "chat.sqlite", size)
    for _ in range(reps):
        began = now()
        for size in sizes:
            with tempfile.TemporaryDirectory() as empty:
                work = partial(above, folder / str(size) if size else Path(empty), seconds)
                yield record(work, scenario="history", server=OURS["disk"].name, round=began, at=size)


def measured(given: argparse.Namespace) -> Iterator[Record]:
    """Yield the records of both curves."""
    peers = [*OURS.values(), *([OTHERS["inspircd"]] if program("inspircd") else [])]
    yield from of_people(peers, given.reps, given.seconds)
    with tempfile.TemporaryDirectory() as folder:
        yield from of_history(given.folder or Path(folder), given.history, given.reps, given.seconds)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what a curve is drawn by."""
    parser.add_argument("--reps", type=int, default=3, help="rounds")
    parser.add_argument("--seconds", type=float, default=1.5, help="of talk in each run")
    parser.add_argument("--history", type=int, default=1_000_000, help="the most messages that are kept")
    parser.add_argument("--folder", type=Path, help="where the files with the messages are, or will be")
    parser.add_argument("--out", type=Path, help="add a line of JSON for each run to this file")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    given = parser.parse_args()
    print(*report(kept(measured(given), given.out)), sep="\n")


if __name__ == "__main__":
    main()
