"""Kill -9 at random moments, and see what was promised: `python -m tests.durability.kill --kills 1000 --seed 1`.

A real server, senders that repeat what was not receipted (with its idempotency-key), readers that go on where they were
(`after:`). The server is killed at a moment drawn from the seed, and started again, as often as asked. Then a checker
compares what was receipted, what each reader saw, and what is in the file. It knows the wire and the file, and nothing
of the server's insides.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.durability import whispers
from tests.durability.connection import PATIENCE, PAUSE, Connection, Gone
from tests.system.server import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = 3
PAIRS = 2  # of somebody who sends direct messages and somebody who reads them
WINDOW = 4  # messages of one sender that wait for their receipts


@dataclass(slots=True)
class Sent:
    """What a sender knows: of each text, the number that its receipt gave."""

    name: str
    room: str
    receipts: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Seen:
    """What a reader saw, in the order in which it came."""

    name: str
    room: str
    entries: list[tuple[int, int, str]] = field(default_factory=list)  # seq, prev, text
    wrong: list[str] = field(default_factory=list)

    @property
    def place(self) -> int:
        """The newest number that it saw."""
        return self.entries[-1][0] if self.entries else 0


class Load:
    """Senders and readers, each a thread, until told to stop."""

    def __init__(self, port: int, people: int) -> None:
        self._port = port
        self.sent = [Sent(f"sender{n}", f"r{n % ROOMS}") for n in range(people)]
        self.seen = [Seen(f"reader{n}", f"r{n % ROOMS}") for n in range(people)]
        self.enough = False  # the senders have said what they had to say, and wait for their last receipts
        self.over = False
        self.receipted = threading.Event()  # somebody has got a receipt since this was cleared
        self._senders = [threading.Thread(target=self._sender, args=(sent,), daemon=True) for sent in self.sent]
        self._readers = [threading.Thread(target=self._reader, args=(seen,), daemon=True) for seen in self.seen]

    def start(self) -> None:
        for thread in self._senders + self._readers:
            thread.start()

    def finish(self) -> None:
        """Let each sender get its last receipts, and each reader read to the end."""
        self.enough = True
        for thread in self._senders:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a sender got no receipt in time"

    def catch_up(self, heads: dict[str, int]) -> None:
        """Wait until the readers have come to these numbers; the checker tells of one that has not."""
        deadline = time.monotonic() + PATIENCE
        while any(s.place < heads[s.room] for s in self.seen) and time.monotonic() < deadline:
            time.sleep(PAUSE)
        self.over = True

    def end(self) -> None:
        """Let everybody go; the server has gone before."""
        for thread in self._senders + self._readers:
            thread.join(PATIENCE)

    def _sender(self, sent: Sent) -> None:
        waiting: dict[str, str] = {}  # texts that were sent, by key; the order is that of sending
        count = 0
        while not (self.enough and not waiting) and not self.over:
            try:
                connection = Connection(self._port, sent.name)
            except Gone:
                time.sleep(PAUSE)
                continue
            try:
                connection.send("SUBSCRIBE", {"id": "me", "destination": "/me"})
                connection.send("SUBSCRIBE", {"id": "r", "destination": f"/room/{sent.room}", "receipt": "in"})
                while connection.receive().headers.get("receipt-id") != "in":
                    pass
                for key, text in waiting.items():
                    self._say(connection, sent, key, text)
                while not (self.enough and not waiting):
                    while len(waiting) < WINDOW and not self.enough:
                        count += 1
                        waiting[str(count)] = text = f"{sent.name} says {count}"
                        self._say(connection, sent, str(count), text)
                    frame = connection.receive()
                    if frame.headers.get("event") == "refused":
                        sent.wrong.append(f"refused: {frame.headers}")
                    if frame.command == "RECEIPT":
                        key = frame.headers["receipt-id"]
                        text = waiting.pop(key, "")
                        if not text:
                            sent.wrong.append(f"two receipts for {key}")
                        sent.receipts[text] = int(frame.headers["seq"])
                        self.receipted.set()
            except Gone:
                pass
            finally:
                connection.close()

    def _say(self, connection: Connection, sent: Sent, key: str, text: str) -> None:
        headers = {"destination": f"/room/{sent.room}", "receipt": key, "idempotency-key": key}
        connection.send("SEND", headers, text)

    def _reader(self, seen: Seen) -> None:
        while not self.over:
            try:
                connection = Connection(self._port, seen.name)
            except Gone:
                time.sleep(PAUSE)
                continue
            try:
                place = {"id": "r", "destination": f"/room/{seen.room}", "after": str(seen.place)}
                connection.send("SUBSCRIBE", place)
                while not self.over:
                    frame = connection.receive()
                    if frame.headers.get("event") == "gap":
                        seen.wrong.append(f"a gap, and nothing was trimmed: {frame.headers}")
                    if "seq" in frame.headers:
                        numbers = int(frame.headers["seq"]), int(frame.headers["prev"])
                        seen.entries.append((*numbers, frame.body.decode()))
            except Gone:
                pass
            finally:
                connection.close()


class Server:
    """`twistd chat` in a folder of its own, as often as it is killed."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port
        self._log = (folder / "server.log").open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """How it is started."""
        twistd = [str(Path(sys.executable).parent / "twistd"), "-n", "--pidfile="]
        options = ["--data", "data", "--admin-socket", "no", "--rate", "0", "--quiet-joins", "1"]
        return [*twistd, "chat", *options, "--port", f"tcp:{self._port}:interface=127.0.0.1"]

    def start(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CHAT_")}
        self.process = subprocess.Popen(
            self.command(),
            env={**kept, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(self._folder)},
            cwd=self._folder,
            stdout=self._log,
            stderr=self._log,
        )

    def connection(self, name: str) -> Connection:
        """A connection, once the server listens."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return Connection(self._port, name)
            except Gone:
                assert time.monotonic() < deadline, self.last_words()
                time.sleep(PAUSE)

    def last_words(self) -> str:
        """The end of its log."""
        return (self._folder / "server.log").read_text(errors="replace")[-3000:]

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait(PATIENCE)

    def end(self) -> None:
        assert self.process
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
        self._log.close()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: figures, and whatever broke a promise."""

    kills: int
    receipts: int
    kept: int
    seen: int
    promised: int  # direct messages with a receipt
    read: int  # direct messages that were read, each once
    seconds: float
    broken: list[str]

    def __str__(self) -> str:
        figures = (
            f"{self.kills} kills in {self.seconds:.0f} s: {self.receipts} receipts, {self.kept} kept, {self.seen} seen;"
            f" {self.promised} direct messages receipted, {self.read} read"
        )
        return "\n".join([figures, f"{len(self.broken)} promises broken", *self.broken[:20]])


def kill_many(folder: Path, kills: int, seed: int, people: int = 20) -> Outcome:
    """Kill a server under load as often as asked, and check."""
    began = time.monotonic()
    port = free_port()
    server, load, direct = Server(folder, port), Load(port, people), whispers.Whispers(port, PAIRS, seed)
    server.start()
    direct.register(server.connection)
    load.start()
    direct.start()
    try:
        _kill(server, load, kills, random.Random(seed))
        direct.enough = True
        load.finish()
        heads: dict[str, int] = {}
        for sent in load.sent:
            heads[sent.room] = max(heads.get(sent.room, 0), *sent.receipts.values())
        load.catch_up(heads)
        direct.catch_up(PATIENCE)
    finally:
        load.over = direct.over = True
        server.end()
        load.end()
        direct.end(PATIENCE)
    kept = in_file(folder / "data" / "chat.sqlite")
    receipts, seen = sum(len(s.receipts) for s in load.sent), sum(len(s.entries) for s in load.seen)
    broken = [
        *check(load.sent, load.seen, kept),
        *whispers.check(direct.told, direct.heard),
        *check_file(folder / "data" / "chat.sqlite"),
    ]
    read = sum(len(reader.words) for reader in direct.heard)
    promised = sum(len(sender.receipted) for sender in direct.told)
    kept_count = sum(map(len, kept.values()))
    return Outcome(kills, receipts, kept_count, seen, promised, read, time.monotonic() - began, broken)


def _kill(server: Server, load: Load, kills: int, chance: random.Random) -> None:
    for _ in range(kills):
        if chance.random() < 0.8:  # else: at any moment, while it starts and reads what was left, too
            load.receipted.clear()
            assert load.receipted.wait(PATIENCE), f"no receipt since the server was started:\n{server.last_words()}"
            time.sleep(chance.uniform(0.0, 0.25))
        else:
            time.sleep(chance.uniform(0.0, 1.0))
        server.kill()
        server.start()


# --- the checker ------------------------------------------------------------------------------------------------------

Kept = dict[str, list[tuple[int, str, str]]]  # by room: seq, who, text


def in_file(file: Path) -> Kept:
    """What is in the file, by room and in order."""
    found: Kept = {}
    with closing(sqlite3.connect(file)) as db:
        sql = "SELECT name, seq, who, text FROM entry JOIN room ON room.id = entry.room ORDER BY name, seq"
        for name, *entry in db.execute(sql):
            found.setdefault(name.removeprefix("#"), []).append(tuple(entry))
    return found


def check_file(file: Path) -> Iterator[str]:
    """Whatever is wrong with the file itself."""
    with closing(sqlite3.connect(file)) as db:
        yield from (f"the file: {row[0]}" for row in db.execute("PRAGMA integrity_check") if row[0] != "ok")
        heads = "SELECT name, head, max(seq) AS newest FROM room JOIN entry ON room.id = room GROUP BY name"
        yield from (f"the head of {n} is {h}, its newest {m}" for n, h, m in db.execute(heads) if h != m)


def check(sent: list[Sent], seen: list[Seen], kept: Kept) -> Iterator[str]:
    """Whatever was promised and not held."""
    for room, entries in kept.items():
        yield from _numbers(room, entries)
    for sender in sent:
        yield from _kept_once_in_order(sender, kept.get(sender.room, []))
    for reader in seen:
        yield from _seen_once_in_order(reader, kept.get(reader.room, []))


def _numbers(room: str, entries: list[tuple[int, str, str]]) -> Iterator[str]:
    for place, (seq, _, _) in enumerate(entries, 1):
        if seq != place:
            yield f"{room}: number {place} is missing, {seq} comes in its place"
            return


def _kept_once_in_order(sender: Sent, entries: list[tuple[int, str, str]]) -> Iterator[str]:
    yield from (f"{sender.name}: {what}" for what in sender.wrong)
    numbers = {seq: text for seq, who, text in entries if who == sender.name}
    for text, seq in sender.receipts.items():
        if numbers.get(seq) != text:
            yield f"lost: {text!r} was receipted as {sender.room} {seq}; there is {numbers.get(seq)!r}"
    counts = [int(text.rsplit(" ", 1)[1]) for text in numbers.values()]
    if len(set(counts)) < len(counts):
        yield f"double: {sender.name} said {len(counts) - len(set(counts))} messages once, and they are kept twice"
    if counts != sorted(counts):
        yield f"out of order: what {sender.name} said"


def _seen_once_in_order(reader: Seen, entries: list[tuple[int, str, str]]) -> Iterator[str]:
    yield from (f"{reader.name}: {what}" for what in reader.wrong)
    place = 0
    for seq, prev, _ in reader.entries:
        if prev != place or seq != place + 1:
            yield f"{reader.name} in {reader.room}: after {place} came {seq} (prev {prev})"
        place = seq
    texts = {seq: text for seq, _, text in entries}
    for seq, _, text in reader.entries:
        if texts.get(seq) != text:
            yield f"seen and not kept: {reader.name} saw {text!r} as {reader.room} {seq}; there is {texts.get(seq)!r}"
    if entries and place != entries[-1][0]:
        yield f"{reader.name} in {reader.room} came to {place} of {entries[-1][0]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        outcome = kill_many(Path(folder), given.kills, given.seed)
    print(outcome)
    return 1 if outcome.broken else 0


if __name__ == "__main__":
    sys.exit(main())
