"""A disk that takes its time: `python -m benchmarks.slow_disk`.

The server's writing thread is given a disk of our own making. First each commit takes 20 ms, as an fsync does on a
cheap card: with more who talk at once a commit has more in it, and the receipts a second grow. Then the disk stands
still for a while, under senders who send as fast as is taken: what the server holds then is bounded, and who asks
something is told `busy` after 5 s. When it goes on, all that was taken is receipted, and heard in order.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from twisted.internet.defer import Deferred

from benchmarks.load import TWISTD, Loop, Program, Server, Talker, in_order, megabytes
from chatproto.journal.threads import OwnThread

T = TypeVar("T")
ROOM = "crowd"
EARS = 5  # rooms in which somebody listens
SENDERS, EACH = 10, 400  # who send as fast as is taken, and how much at most
FILE = "disk"  # in the server's folder: how many seconds a commit takes, and beside it how many there were
NEVER = "inf"


class SlowThread(OwnThread):
    """A thread whose work takes as long as the file says."""

    count = 0

    def do(self, work: Callable[[], T]) -> Deferred[T]:
        return super().do(lambda: self._slowly(work) if self._name == "writing" else work())

    def _slowly(self, work: Callable[[], T]) -> T:
        result = work()
        while (seconds := Path(FILE).read_text()) == NEVER:
            time.sleep(0.01)
        time.sleep(float(seconds))
        self.count += 1
        Path(f"{FILE}.count").write_text(str(self.count))
        return result


def serve() -> None:
    """Be a `twistd chat` on such a disk."""
    from twisted.scripts.twistd import run

    from chatproto import service

    setattr(service, "OwnThread", SlowThread)  # noqa: B010 - it is not for others to replace, but for a disk
    sys.argv.pop(1)
    run()


class Disk:
    """The disk of a server."""

    def __init__(self, folder: Path) -> None:
        self._file, self._count = folder / FILE, folder / f"{FILE}.count"
        self.takes("0")

    def takes(self, seconds: str) -> None:
        """Let each commit take so long from now on."""
        new = self._file.with_suffix(".new")
        new.write_text(seconds)
        new.replace(self._file)

    @property
    def commits(self) -> int:
        """How many there were."""
        return int(self._count.read_text() or 0) if self._count.exists() else 0


@contextmanager
def stage(folder: Path) -> Iterator[tuple[Server, Disk, Loop]]:
    """A server on a slow disk, and a loop of peers."""
    disk, loop = Disk(folder), Loop()
    command = (sys.executable, "-m", "benchmarks.slow_disk", "--serve", *TWISTD[1:])
    with Server(folder, "--rate", "0", command=command) as server:
        yield server, disk, loop
        loop.close()


@dataclass(frozen=True, slots=True)
class Slow:
    """So many talkers, each in a room of its own: receipts a second, and messages in a commit."""

    talkers: int
    rate: float
    batch: float
    whole: bool

    def line(self) -> str:
        """Return the figures as they are printed."""
        order = "in order" if self.whole else "NOT IN ORDER"
        return f"{self.talkers:>4} talkers: {self.rate:7,.0f} receipts/s, {self.batch:6.1f} messages a commit, {order}"


def slow(folder: Path, talkers: int, seconds: float, takes: str = "0.02") -> Slow:
    """Let so many talk on a disk whose commit takes so long."""
    with stage(folder) as (server, disk, loop):
        talking = [Talker(loop, server.port, f"t{n}", room=f"r{n}", window=1) for n in range(talkers)]
        ears = [Program(loop, server.port, f"ear{n}") for n in range(min(talkers, EARS))]
        for n, ear in enumerate(ears):
            ear.subscribe(f"r{n}", after="0")
        loop.wait(lambda: all(e.receipts for e in ears) and all(t.up for t in talking), "somebody is not let in")
        disk.takes(takes)
        for talker in talking:
            talker.talk()
        loop.run(0.5)
        before, commits = sum(len(t.receipts) for t in talking), disk.commits
        loop.run(seconds)
        count, commits = sum(len(t.receipts) for t in talking) - before, disk.commits - commits
        for talker in talking:
            talker.talking = False
        loop.wait(lambda: not any(t.under_way for t in talking), "a receipt is missing")
        heard = list(zip(ears, talking, strict=False))
        loop.run(until=lambda: all(len(ear.places) >= talker.count for ear, talker in heard))
        whole = all(in_order(ear.places, 1, talker.count) for ear, talker in heard)
        return Slow(talkers, count / seconds, count / max(commits, 1), whole)


@dataclass(frozen=True, slots=True)
class Still:
    """What came of a disk that stood still."""

    grown: int  # memory
    busy_after: float  # seconds until somebody who asked was told so
    offered: int
    receipts: int
    refusals: int
    whole: bool

    def lines(self) -> Iterator[str]:
        """Yield the figures as they are printed."""
        rest = self.offered - self.receipts - self.refusals
        yield f"the disk stands still: {megabytes(self.grown)} more, `busy` after {self.busy_after:.1f} s (target 5)"
        yield f"  of {self.offered:,} messages {self.receipts:,} were taken, and receipted when it went on,"
        yield f"  {self.refusals:,} refused, {rest:,} neither (target 0)"
        yield f"  what was taken was {'' if self.whole else 'NOT '}each heard once and in order"


def still(folder: Path, seconds: float) -> Still:
    """Let the disk stand still for so many seconds, under senders who send as fast as is taken."""
    with stage(folder) as (server, disk, loop):
        ear, asker = Program(loop, server.port, "ear"), Program(loop, server.port, "asker")
        senders = [Program(loop, server.port, f"s{n}") for n in range(SENDERS)]
        for program in (ear, asker, *senders):
            program.hear_me()
            program.subscribe(ROOM, after="0")
        loop.wait(lambda: all(p.receipts for p in (ear, asker, *senders)), "somebody is not let in")
        before = most = server.memory
        disk.takes(NEVER)
        began, asked = time.monotonic(), 0
        for sender in senders:
            for n in range(EACH):
                sender.say(ROOM, f"{sender.name} {n}", str(n))
        busy_after = 0.0
        while time.monotonic() < began + seconds:
            asked += 1
            asker.say(ROOM, f"asker {asked}", str(asked))
            loop.run(0.1)
            most = max(most, server.memory)
            if asker.refusals and not busy_after:
                busy_after = time.monotonic() - began
        disk.takes("0")
        everybody = (asker, *senders)

        def answered() -> int:
            return sum(len(p.receipts) - 1 + len(p.refusals) for p in everybody)

        offered = asked + SENDERS * EACH
        loop.run(until=lambda: answered() >= offered)
        receipts, refusals = sum(len(p.receipts) - 1 for p in everybody), sum(len(p.refusals) for p in everybody)
        loop.run(until=lambda: len(ear.places) >= receipts)
        whole = in_order(ear.places, 1, receipts)
        return Still(most - before, busy_after, offered, receipts, refusals, whole)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    for talkers in (1, 10, 100, 500):
        with tempfile.TemporaryDirectory() as folder:
            print(slow(Path(folder), talkers, given.seconds).line(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for line in still(Path(folder), given.seconds).lines():
            print(line)


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve()
    else:
        main()
