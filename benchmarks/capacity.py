"""Twice as much as goes: `python -m benchmarks.capacity --seconds 60`.

First programs in rooms of ten talk as fast as they get receipts: that is the peak. Then they send twice as much, by the
clock, whatever comes back. Printed is what became of it (receipts, refusals, and what was answered by neither), and how
long a receipt takes meanwhile and five seconds after. Receipts are counted by the second, and by the second of the
server's processor too: on a machine that has others to serve, only that can be compared.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.load import Loop, Program, Server, Talker, megabytes

SENDERS, IN_A_ROOM, WINDOW = 50, 10, 10
STEP = 0.02  # seconds between two portions of a steady load
TEXT = "the meeting is at ten, please review my branch before lunch"


class Probe(Program):
    """Somebody who says something now and then, and times the answers."""

    def __init__(self, loop: Loop, port: int) -> None:
        super().__init__(loop, port, "probe")
        self.sent: dict[str, float] = {}
        self.took: list[float] = []
        self.hear_me()
        self.subscribe("probe")

    def ask(self) -> None:
        """Say something."""
        key = str(len(self.sent) + 1)
        self.sent[key] = time.perf_counter()
        self.say("probe", "still here?", key)

    def heard(self, data: bytes) -> None:
        known = len(self.receipts)
        super().heard(data)
        now = time.perf_counter()
        self.took += [now - self.sent[key] for key in list(self.receipts)[known:] if key in self.sent]

    def median(self, since: int) -> float:
        """Return the median of what was answered since so many answers."""
        return statistics.median(self.took[since:] or [float("inf")])


@dataclass(frozen=True, slots=True)
class Rate:
    """Receipts by the second, and by the second of the server's processor."""

    second: float
    processor: float

    def __str__(self) -> str:
        return f"{self.second:,.0f} receipts/s, {self.processor:,.0f} for each second of the processor"


class Count(NamedTuple):
    """How many receipts there were by when, and after how much work."""

    receipts: int
    seconds: float
    processor: float

    @property
    def rate(self) -> Rate:
        """Return how many that are."""
        return Rate(self.receipts / self.seconds, self.receipts / max(self.processor, 0.01))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: messages a second, seconds, bytes."""

    peak: Rate
    offered: float
    good: Rate
    refused: Counter[str]  # by reason, all in all
    unanswered: int  # messages that are neither receipted nor refused five seconds after
    usual: float  # a receipt takes so long at the peak
    meanwhile: float
    after: float  # and so long once the five seconds are over
    grown: int

    def lines(self) -> Iterator[str]:
        """Yield the figures as they are printed."""
        yield f"peak: {self.peak}"
        yield f"  offered {self.offered:,.0f} messages/s: {self.good}"
        shares = f"{self.good.second / self.peak.second:.0%} and {self.good.processor / self.peak.processor:.0%}"
        yield f"  {shares} of the peak (target 80%)"
        yield f"  refused {dict(self.refused)}, not answered {self.unanswered:,} (target 0)"
        times = " / ".join(f"{seconds * 1000:.0f}" for seconds in (self.usual, self.meanwhile, self.after))
        yield f"  a receipt takes {times} ms (at the peak / meanwhile / 5 s after); {megabytes(self.grown)} more memory"


class Stage:
    """Those who talk, and the probe."""

    def __init__(self, server: Server) -> None:
        self.server, self.loop, port = server, Loop(), server.port
        self.probe = Probe(self.loop, port)
        self.talkers = [
            Talker(self.loop, port, f"t{n}", room=f"r{n // IN_A_ROOM}", window=WINDOW, text=TEXT)
            for n in range(SENDERS)
        ]
        self.loop.wait(lambda: self.probe.receipts and all(t.up for t in self.talkers), "somebody is not let in")

    def refusals(self) -> Counter[str]:
        """What was refused, by reason."""
        return Counter(why for t in self.talkers for _, why in t.refusals)

    def count(self, since: Count | None = None) -> Count:
        """Count receipts, seconds, and seconds of the server's processor."""
        was = since or Count(0, 0.0, 0.0)
        receipts = sum(len(t.receipts) for t in self.talkers)
        return Count(receipts - was.receipts, time.monotonic() - was.seconds, self.server.processor - was.processor)

    def peak(self, seconds: float) -> Rate:
        """Talk as fast as receipts come; return how many that are."""
        for talker in self.talkers:
            talker.talk()
        self.loop.run(seconds / 4)
        before = self.count()
        self.run(seconds)
        rate = self.count(before).rate
        for talker in self.talkers:
            talker.talking = False
        self.loop.wait(lambda: not any(t.under_way for t in self.talkers), "a receipt is missing")
        return rate

    def push(self, rate: float, seconds: float) -> int:
        """Send so many messages a second, whatever comes back; return how many that were."""
        began, sent = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            due = int(min(passed, seconds) * rate)
            for talker in self.talkers:
                share = (due - sent) // SENDERS
                talker.push(share)
            sent += (due - sent) // SENDERS * SENDERS
            self.run(STEP)
        return sent

    def run(self, seconds: float) -> None:
        """Let things go on, with a question now and then."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if time.perf_counter() - max(self.probe.sent.values(), default=0.0) > 0.2:
                self.probe.ask()
            self.loop.run(min(left, 0.1))


def overload(server: Server, seconds: float, times: float = 2.0) -> Outcome:
    """Find the peak, and offer so many times as much."""
    stage = Stage(server)
    probe = stage.probe
    peak = stage.peak(max(seconds / 4, 2.0))
    usual, asked = probe.median(0), len(probe.took)
    held, before = server.memory, stage.count()
    offered = stage.push(peak.second * times, seconds)
    good = stage.count(before).rate
    meanwhile, grown = probe.median(asked), server.memory - held
    stage.run(5.0)
    asked = len(probe.took)
    stage.run(2.0)
    unanswered = sum(talker.under_way for talker in stage.talkers)
    stage.loop.close()
    times_ = (usual, meanwhile, probe.median(asked))
    return Outcome(peak, offered / seconds, good, stage.refusals(), unanswered, *times_, grown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--times", type=float, default=2.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), "--rate", "0") as server:
        for line in overload(server, given.seconds, given.times).lines():
            print(line)


if __name__ == "__main__":
    main()
