"""Ten connections flood the server: `python -m benchmarks.flood --seconds 10`.

Seven kinds of flood, one after the other, each from ten connections in a process of their own that send as much as is
taken, and come back at once when they are thrown out. Meanwhile others ask something a few times a second; printed are
the median of their waiting before and during the flood, and by how much the server's memory grew. The server is as it
starts: every limit is its default.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, cycle, repeat
from pathlib import Path

from benchmarks.load import Loop, Peer, Server, frame, megabytes

FLOODERS, ASKING = 10, 5
EVERY = 0.25  # seconds between two questions of one who asks: within the rate
ANSWER = b"You are asker"
CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Flood:
    """What one connection sends: first `hello`, then all of `more`, one piece after the other, without an end."""

    hello: bytes
    more: Callable[[int], Iterator[bytes]]


def numbered(command: str) -> Callable[[int], Iterator[bytes]]:
    """Return what sends a command with ever new names."""
    return lambda who: (f"{command}{who}-{n}\n".encode() for n in count())


CONNECT = frame("CONNECT", accept_version="1.2", login="{name}")
SEND = b"SEND\ndestination:/room/lobby\n\n"
FLOODS = {
    "lines": Flood(b"{name}\n", lambda _: repeat(b"the same line, again and again\n" * 100)),
    "one-byte pieces": Flood(b"{name}\n", lambda _: cycle([b"o", b"n", b"e", b"\n"])),
    "bare newlines": Flood(b"{name}\n", lambda _: repeat(b"\n" * CHUNK)),
    "bare newlines, no name": Flood(b"", lambda _: repeat(b"\n" * CHUNK)),
    "frames without an end": Flood(CONNECT + SEND, lambda _: repeat(b"x" * CHUNK)),
    "lines of 8 KiB": Flood(b"{name}\n", lambda _: repeat(b"x" * 8191 + b"\n")),
    "joins": Flood(b"{name}\n", numbered("/join r")),
    "names": Flood(b"{name}\n", numbered("/nick n")),
}


class Flooder(Peer):
    """A connection that sends as much as is taken."""

    def __init__(self, loop: Loop, port: int, flood: Flood, who: int) -> None:
        self._again: Callable[[], object] = lambda: Flooder(loop, port, flood, who + FLOODERS)
        super().__init__(loop, port)
        self._more = flood.more(who)
        self.send(flood.hello.replace(b"{name}", b"flooder%d" % who))

    def flush(self) -> None:
        if not self.waiting:
            self._out = next(self._more)
        super().flush()
        if self.open and not self.waiting:
            self._out = next(self._more)
            super().flush()

    def ended(self) -> None:
        self._again()


def pour(port: int, kinds: Sequence[str]) -> None:
    """Flood, until this process is ended."""
    loop = Loop()
    for who in range(FLOODERS):
        Flooder(loop, port, FLOODS[kinds[who % len(kinds)]], who)
    while True:
        loop.run()


class Asker(Peer):
    """Somebody who asks who he is, and times the answers."""

    def __init__(self, loop: Loop, port: int, number: int) -> None:
        super().__init__(loop, port)
        self._next, self._asked, self._tail = time.perf_counter() + EVERY * number / ASKING, 0.0, b""
        self.took: list[float] = []
        self.send(b"asker%d\n" % number)

    def ask(self) -> None:
        """Ask, if it is time and the last answer has come."""
        now = time.perf_counter()
        if now >= self._next and not self._asked:
            self._next, self._asked = now + EVERY, now
            self.send(b"/whoami\n")

    def heard(self, data: bytes) -> None:
        self._tail += data
        if self._asked and ANSWER in self._tail:
            self.took.append(time.perf_counter() - self._asked)
            self._asked = 0.0
        self._tail = self._tail[-len(ANSWER) :] if not self._asked else self._tail


class Audience:
    """Those who ask."""

    def __init__(self, server: Server) -> None:
        self.server, self.loop = server, Loop()
        self.askers = [Asker(self.loop, server.port, n) for n in range(ASKING)]
        self.loop.run(1.0)

    def ask(self, seconds: float) -> tuple[float, int]:
        """Ask for a while; return the median of the waiting, and the most memory that the server held."""
        most, end = 0, time.monotonic() + seconds
        for asker in self.askers:
            asker.took.clear()
        while time.monotonic() < end:
            self.loop.run(0.02)
            most = max(most, self.server.memory)
            for asker in self.askers:
                asker.ask()
        return statistics.median(took for asker in self.askers for took in asker.took), most


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a flood did: seconds that one waits for an answer before and meanwhile, and bytes of memory."""

    kind: str
    before: float
    meanwhile: float
    grown: int

    def line(self) -> str:
        """Return the figures as they are printed."""
        added = self.meanwhile - self.before
        return (
            f"{self.kind:<24} {self.before * 1000:6.1f} ms, meanwhile {self.meanwhile * 1000:6.1f} ms: "
            f"{added * 1000:+6.1f} ms (target < 20)   {megabytes(self.grown)} more"
        )


def flood(audience: Audience, seconds: float, *kinds: str) -> Outcome:
    """Let ten connections flood for so many seconds, each in one of these ways."""
    before, held = audience.ask(seconds / 2)
    pouring = multiprocessing.get_context("spawn").Process(target=pour, args=(audience.server.port, kinds), daemon=True)
    pouring.start()
    try:
        audience.loop.run(1.0)  # it has to start
        meanwhile, most = audience.ask(seconds)
    finally:
        pouring.terminate()
        pouring.join()
    return Outcome(kinds[0] if len(kinds) == 1 else "all of these", before, meanwhile, most - held)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--kind", choices=FLOODS, action="append")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        audience = Audience(server)
        for kind in given.kind or FLOODS:
            print(flood(audience, given.seconds, kind).line(), flush=True)
        if not given.kind:
            print(flood(audience, given.seconds, *FLOODS).line())


if __name__ == "__main__":
    main()
