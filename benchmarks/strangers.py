"""Strangers who never give a name: `python -m benchmarks.strangers --seconds 60 --connects 100000`.

A thousand connections that send junk of eight kinds, and come again when they are closed, twice; then a hundred
thousand that connect and hang up at once, after twenty thousand others. Printed is what the server's memory was before,
meanwhile and after. What a program has had of the system it keeps for itself, as free memory: so the second time tells.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Loop, Peer, Server, megabytes

CONNECTIONS = 1000
AT_ONCE = 200  # connects under way
WARM = 20_000
PAUSE = 0.5  # seconds between two pieces of junk
JUNK = (
    b"\x00\x01\x02\x03" * 500,  # no line at all: up to 8 KiB are held
    b"GET / HTTP/1.1\r\nHost: x\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00",  # a TLS hello
    b"\xff\xfb\x01\xff\xfd\x03" * 50,  # telnet's own
    b"CONNECT\naccept-version:1.2\nx:",  # a frame without an end
    b"a b c d\n",  # no name
    b"\n",
    "이름이 아닌 것 \u202e\n".encode(),
)


class Stranger(Peer):
    """A connection that sends junk, and comes again when it is closed."""

    def __init__(self, loop: Loop, port: int, number: int) -> None:
        super().__init__(loop, port)
        self._junk = JUNK[number % len(JUNK)]
        self.again: Callable[[], Stranger] = lambda: Stranger(loop, port, number)
        self.says_more()

    def says_more(self) -> None:
        """Send another piece."""
        if not self.waiting:
            self.send(self._junk)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Bytes of memory: before, the most meanwhile, after; and how many connections there were at once."""

    connections: int
    before: int
    most: int
    after: int

    @property
    def each(self) -> float:
        """Return how much it took for one connection, at most."""
        return (self.most - self.before) / self.connections

    def line(self) -> str:
        """Return the figures as they are printed."""
        sizes = " -> ".join(megabytes(size) for size in (self.before, self.most, self.after))
        return f"memory before -> at most -> after: {sizes}"


def junk(server: Server, connections: int, seconds: float) -> Outcome:
    """Let strangers send junk."""
    server.rest()
    loop, chance, before = Loop(), random.Random(1), server.memory
    strangers, most = [Stranger(loop, server.port, n) for n in range(connections)], before
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        loop.run(PAUSE)
        most = max(most, server.memory)
        for place in chance.sample(range(connections), connections // 2):
            if strangers[place].open:
                strangers[place].says_more()
            else:
                strangers[place] = strangers[place].again()
    loop.close()
    server.rest()
    return Outcome(connections, before, most, server.memory)


def knock(server: Server, connects: int) -> Outcome:
    """Connect and hang up."""
    server.rest()
    before = server.memory
    for _ in range(connects // AT_ONCE):
        loop = Loop()
        for _ in range(AT_ONCE):
            Peer(loop, server.port)
        loop.run(0.01)
        loop.close()
    most = server.memory
    server.rest()
    return Outcome(AT_ONCE, before, most, server.memory)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--connects", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        for time_ in ("first", "second"):
            outcome = junk(server, given.connections, given.seconds)
            print(f"{given.connections:,} connections of junk for {given.seconds:.0f} s, the {time_} time:")
            print(f"  {outcome.line()}, {outcome.each / 1024:.1f} KiB for each (target 16 KiB)", flush=True)
        knock(server, WARM)
        print(f"{given.connects:,} connects and closes: {knock(server, given.connects).line()} (target: none more)")


if __name__ == "__main__":
    main()
