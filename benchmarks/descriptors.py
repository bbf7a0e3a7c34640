"""Out of file descriptors: `python -m benchmarks.descriptors --files 64 --connections 120`.

A server that may open so many files gets more connections than that. Those who are inside talk on, and what they say is
receipted, so the journal goes on too. Printed are what became of the others, the processor's time meanwhile, and how
soon somebody new is let in when others have left.

First the limit is there when the server starts, which then counts connections and tells those who are too many; then it
is set behind its back, so that there are no descriptors left and Twisted can but close them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Loop, Peer, Program, Server

EVERY = 0.1  # seconds between two things said
AGAIN = 1.0  # seconds after which who was closed tries again


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    connections: int
    inside: int  # who are let in
    tries: int  # of the others, all of them closed
    said: int
    receipts: int
    processor: float  # share of one processor
    recovery: float  # seconds until one who is new is in, once others have left

    def lines(self) -> Iterator[str]:
        """Yield the figures as they are printed."""
        yield f"{self.connections} connections: {self.inside} inside, the others closed at each of {self.tries} tries"
        yield f"{self.receipts} receipts for {self.said} messages said inside meanwhile"
        yield f"processor {self.processor:.1%} (target < 5%)"
        yield f"somebody new is in {self.recovery:.2f} s after others left (target < 1 s)"


class Knocker(Peer):
    """Somebody who wants to come in, and tries again each time it is closed."""

    def __init__(self, loop: Loop, port: int, name: str) -> None:
        super().__init__(loop, port)
        self._loop, self._port, self.name = loop, port, name
        self.inside = False
        self.closed_at = 0.0
        self.send(f"{name}\n".encode())

    def heard(self, data: bytes) -> None:
        self.inside = self.inside or b"Hello" in data

    def ended(self) -> None:
        self.closed_at = time.monotonic()


class Crowd:
    """Those who knock."""

    def __init__(self, server: Server, connections: int) -> None:
        self.loop, self._port = Loop(), server.port
        self.talker = Program(self.loop, server.port, "talker")
        self.talker.subscribe("inside")
        self.loop.wait(lambda: self.talker.receipts, "nobody is let in")
        self.knockers = [Knocker(self.loop, server.port, f"k{n}") for n in range(connections - 1)]
        self.said = self.tries = 0

    @property
    def inside(self) -> list[Knocker]:
        """Those who are in."""
        return [k for k in self.knockers if k.inside and k.open]

    def let_in(self, name: str) -> None:
        """Knock until somebody is in."""
        knocker = Knocker(self.loop, self._port, name)
        while not knocker.inside:
            if not knocker.open:
                knocker = Knocker(self.loop, self._port, name)
            self.loop.run(0.05)

    def talk(self, seconds: float) -> None:
        """Let one who is inside talk, and those outside try again."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            self.said += 1
            self.talker.say("inside", f"message {self.said}", str(self.said))
            self.loop.run(EVERY)
            for place, knocker in enumerate(self.knockers):
                if not knocker.open and now - knocker.closed_at > AGAIN:
                    self.tries += 1
                    self.knockers[place] = Knocker(self.loop, self._port, knocker.name)


def run_out(server: Server, connections: int, seconds: float) -> Outcome:
    """Let more come than there are descriptors for."""
    crowd = Crowd(server, connections)
    crowd.talk(1.0)
    before, began = server.processor, time.monotonic()
    crowd.tries = 0
    crowd.talk(seconds)
    share = (server.processor - before) / (time.monotonic() - began)
    inside, tries = len(crowd.inside), crowd.tries
    for knocker in crowd.inside[:5]:
        knocker.close()
    left = time.monotonic()
    crowd.let_in("newcomer")
    recovery = time.monotonic() - left
    crowd.loop.run(until=lambda: len(crowd.talker.receipts) > crowd.said)
    receipts = len(crowd.talker.receipts) - 1
    crowd.loop.close()
    return Outcome(connections, inside + 1, tries, crowd.said, receipts, share, recovery)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=64)
    parser.add_argument("--connections", type=int, default=120)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    for behind in (False, True):
        limit = {} if behind else {"files": given.files}
        with tempfile.TemporaryDirectory() as folder, Server(Path(folder), "--rate", "0", **limit) as server:
            if behind:
                server.limit_files(given.files)
            print("set behind its back:" if behind else "known to the server:")
            for line in run_out(server, given.connections, given.seconds).lines():
                print(f"  {line}")


if __name__ == "__main__":
    main()
