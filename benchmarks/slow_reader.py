"""One of a thousand stops reading: `python -m benchmarks.slow_reader --members 1000 --seconds 60`.

A thousand members of one room, at telnets, hear what two programs say there as fast as they get receipts for it. Then
a reader in the same room, a program, stops reading, for as long as is asked, and goes on. What the server held for it
is seen from its memory, what it cost the others from the time that a line takes to them, before and meanwhile; and it
must end with every message that was kept, once and in order.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Loop, Member, Program, Server, Talker, in_order, megabytes

ROOM = "crowd"
TIMED = 10  # members whose lines are timed
LONG, CACHE = 16_000, 20_000_000  # bytes: of a text, and more than the journal's cache of its file


@dataclass(frozen=True, slots=True)
class Load:
    """How many hear, for how many seconds one does not, how much is under way, and how long a text is."""

    members: int
    seconds: float
    window: int = 32
    text: int = 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: seconds, bytes and numbers."""

    usual: float  # the median, while everybody read: half of it before, half after
    meanwhile: float  # the median, while one did not
    grown: int  # memory: the most that was held meanwhile, over what was held before
    said: int
    heard: int
    whole: bool  # whether what the slow one heard is all, once and in order

    def lines(self) -> Iterator[str]:
        """Yield the figures as they are printed."""
        yield f"a line reaches the others in {self.usual * 1000:.1f} ms (median), meanwhile in"
        yield f"  {self.meanwhile * 1000:.1f} ms ({self.meanwhile / self.usual - 1:+.0%}; target within 10%)"
        yield f"the server's memory: {megabytes(self.grown)} more (target < 5 MB)"
        yield f"the slow one heard {self.heard:,} of {self.said:,}, {'' if self.whole else 'NOT '}each once, in order"


class Stage:
    """A server, its members, and those who talk."""

    def __init__(self, server: Server, load: Load) -> None:
        self.server, self.loop = server, Loop()
        port = server.port
        self.members = [Member(self.loop, port, f"m{n}", ROOM, timed=n < TIMED) for n in range(load.members)]
        self.loop.wait(lambda: all(m.here for m in self.members), "somebody cannot come in")
        self.slow = Program(self.loop, port, "slow")
        self.slow.subscribe(ROOM, after="0")
        self.talkers = [
            Talker(self.loop, port, f"talker{n}", room=ROOM, window=load.window, text="x" * load.text) for n in range(2)
        ]
        self.loop.wait(lambda: self.slow.receipts and all(t.up for t in self.talkers), "a program cannot come in")

    def fill_cache(self) -> None:
        """Let what the journal holds of its file become as much as it becomes, in a room where nobody listens."""
        filler = Talker(self.loop, self.server.port, "filler", room="alone", window=8, text="x" * LONG)
        self.loop.wait(lambda: filler.up, "a program cannot come in")
        filler.talk()
        self.loop.wait(lambda: len(filler.receipts) * LONG > CACHE, "a receipt is missing")
        filler.close()

    def talk(self, seconds: float) -> tuple[list[float], int]:
        """Let them talk for a while; return how long the lines took, and the most memory held."""
        for member in self.members:
            member.took.clear()
        for talker in self.talkers:
            talker.talk()
        most, left = self.server.memory, seconds
        while left > 0:
            self.loop.run(min(0.5, left))
            most, left = max(most, self.server.memory), left - 0.5
        return [t for m in self.members for t in m.took], most

    def catch_up(self, slow: Program) -> int:
        """Let them fall silent, and the slow one read to the end; return the most memory held."""
        for talker in self.talkers:
            talker.talking = False
        self.loop.wait(lambda: not any(t.under_way for t in self.talkers), "a receipt is missing")
        self.loop.run(until=lambda: slow.places and slow.places[-1][0] >= self.said)
        return self.server.memory

    @property
    def said(self) -> int:
        """How many messages were said."""
        return sum(t.count for t in self.talkers)


def stall(server: Server, load: Load) -> Outcome:
    """Let one of the members stop reading."""
    stage, seconds = Stage(server, load), load.seconds
    slow = stage.slow
    stage.fill_cache()
    stage.talk(seconds / 4)
    before, held = stage.talk(seconds / 2)
    slow.stop_reading()
    meanwhile, most = stage.talk(seconds)
    slow.go_on_reading()
    most = max(most, stage.catch_up(slow))
    after, _ = stage.talk(seconds / 2)
    stage.catch_up(slow)
    stage.loop.close()
    said = stage.said
    whole = in_order(slow.places, 1, said)
    usual = statistics.median(before + after)
    return Outcome(usual, statistics.median(meanwhile), most - held, said, len(slow.places), whole)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--window", type=int, default=32, help="messages of each of two talkers that are under way")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), "--rate", "0") as server:
        for line in stall(server, Load(given.members, given.seconds, given.window)).lines():
            print(line)


if __name__ == "__main__":
    main()
