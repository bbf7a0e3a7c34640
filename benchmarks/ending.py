"""SIGTERM under full load: `python -m benchmarks.ending --times 5`.

Programs talk as fast as they get receipts, people at telnets listen, and ten others in the same room read nothing at
all. Then the server gets a SIGTERM. It must end with 0 within 5 s, tell everybody who reads that it closes, and have
every message on disk for which it gave a receipt.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Loop, Member, Program, Server, Talker

ROOM = "crowd"
DEAF, LISTENING, TALKING = 10, 20, 4
CLOSING = b"* The server is closing.\r\n"
TEXT = "x" * 2_000  # long, so that who reads nothing is soon full


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    code: int
    seconds: float
    receipts: int
    lost: int  # receipts for what is not on disk
    told: int  # of those who listen

    def lines(self) -> Iterator[str]:
        """Yield the figures as they are printed."""
        yield f"ended with {self.code} in {self.seconds:.1f} s (target: 0, < 5 s)"
        yield f"  {self.receipts:,} receipts, {self.lost} of them for nothing (target 0)"
        yield f"  {self.told} of {LISTENING} who listened were told"


class Listener(Member):
    """A member who keeps the end of what is heard."""

    end = b""

    def heard(self, data: bytes) -> None:
        super().heard(data)
        self.end = (self.end + data)[-len(CLOSING) :]


def end(folder: Path, seconds: float) -> Outcome:
    """Let a server end in the midst of everything."""
    with Server(folder, "--rate", "0") as server:
        loop, port = Loop(), server.port
        deaf = [Program(loop, port, f"deaf{n}", buffer=4096) for n in range(DEAF)]
        for program in deaf:
            program.subscribe(ROOM)
        listeners = [Listener(loop, port, f"m{n}", ROOM) for n in range(LISTENING)]
        talkers = [Talker(loop, port, f"t{n}", room=ROOM, window=32, text=TEXT) for n in range(TALKING)]
        loop.wait(lambda: all(p.receipts for p in deaf) and all(m.here for m in listeners), "somebody is not let in")
        for program in deaf:
            program.stop_reading()
        for talker in talkers:
            talker.talk()
        loop.run(seconds)
        server.process.terminate()
        code, took = server.ended(loop)
        loop.run(1.0, until=lambda: not any(p.open for p in [*listeners, *talkers]))
        told = sum(m.end == CLOSING for m in listeners)
        loop.close()
    kept = on_disk(folder / "chat.sqlite")
    promised = [(t.name, seq) for t in talkers for seq in t.receipts.values()]
    return Outcome(code, took, len(promised), sum(p not in kept for p in promised), told)


def on_disk(file: Path) -> set[tuple[str, int]]:
    """Return who said what number in the room."""
    with closing(sqlite3.connect(file)) as db:
        sql = "SELECT who, seq FROM entry JOIN room ON room.id = entry.room WHERE name = ?"
        return set(db.execute(sql, (f"#{ROOM}",)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    given = parser.parse_args()
    for _ in range(given.times):
        with tempfile.TemporaryDirectory() as folder:
            for line in end(Path(folder), given.seconds).lines():
                print(line)


if __name__ == "__main__":
    main()
