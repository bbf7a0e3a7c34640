"""What a long history costs: `python benchmarks/history.py --messages 10000000 --folder DIR`.

Makes a file of so many messages by script (or adds to the one that is there what it lacks), in a hundred rooms, in
English, Korean and Thai; then measures, through the journal's own Store and Reader: start, the last 50 of a room,
a page after a place, and searches for what is rare, common and in no message at all.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from chatproto.core.events import Search
from chatproto.journal.file import connect, prepare
from chatproto.journal.grams import indexed
from chatproto.journal.reader import Reader
from chatproto.journal.steps import insert
from chatproto.journal.store import ENTRY, Store

ROOMS = 100
CHUNK = 50_000
TIMES = 100
START = 1_700_000_000.0
WORDS = (
    "the meeting is at ten please review my branch before lunch thanks deploy failed again build green ship it "
    "회의 회의실에서 내일 뵙겠습니다 점심 뭐 먹을까요 배포가 실패했습니다 확인 부탁드립니다 감사합니다 안녕하세요 "
    "ประชุม วันนี้ตอนบ่าย สวัสดีครับ ขอบคุณมาก ตรวจสอบอีกครั้ง พรุ่งนี้เจอกัน"
).split()


def make(file: Path, messages: int) -> None:
    """Bring the file to this many messages."""
    prepare(file)
    with closing(connect(file)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -400000")
        done = int(db.execute("SELECT coalesce(max(id), 0) FROM entry").fetchone()[0])
        rooms = [(n + 1, f"#room{n}") for n in range(ROOMS)]
        db.executemany("INSERT OR IGNORE INTO room (id, name, head) VALUES (?, ?, 0)", rooms)
        while done < messages:
            count = min(CHUNK, messages - done)
            _add(db, done, count)
            done += count
            print(f"\r{done:>12,} messages", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _add(db: sqlite3.Connection, done: int, count: int) -> None:
    heads = dict(db.execute("SELECT id, head FROM room"))
    entries, index = [], []
    for row, text in enumerate(_texts(done, count), done + 1):
        room = row % ROOMS + 1
        heads[room] += 1
        who, key = f"user{row % 499}", row.to_bytes(16)
        entries.append((row, room, heads[room], START + row, "said", who, text, None, key))
        index.append((row, indexed(room, who, text)))
    db.execute("BEGIN")
    insert(db, ENTRY, entries)
    insert(db, "gram (rowid, grams)", index)
    db.executemany("UPDATE room SET head = ? WHERE id = ?", [(head, room) for room, head in heads.items()])
    db.execute("COMMIT")


def _texts(done: int, count: int) -> Iterator[str]:
    chance = random.Random(done)
    for row in range(done, done + count):
        rare = f" needle{row // 1000} 바늘{row // 1000}귀" if row % 1000 == 0 else ""
        yield " ".join(chance.choices(WORDS, k=chance.randrange(3, 12))) + rare


def median(work: Callable[[], object], times: int = TIMES) -> tuple[float, float]:
    """The median and the longest of some runs, in milliseconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), max(took)


def measure(file: Path, messages: int) -> None:
    """Print what reading costs."""
    chance, head = random.Random(1), messages // ROOMS

    def start() -> None:
        Store(file).close()
        Reader(file).close()

    print(f"{messages:,} messages, {file.stat().st_size / 1e9:.2f} GB")
    _row("start", *median(start, 5), 1000)
    with closing(Reader(file)) as reader:

        def room() -> str:
            return f"#room{chance.randrange(ROOMS)}"

        def last() -> None:
            name = room()
            reader.read(name, reader.place(name, 50, head), head, 50)

        def search(text: Callable[[], str], **more: object) -> Callable[[], object]:
            every = [f"#room{n}" for n in range(10)]
            return lambda: reader.search(Search(text(), every, **more))  # type: ignore[arg-type]

        _row("the last 50 of a room", *median(last), 5)
        _row("100 after a place", *median(lambda: reader.read(room(), chance.randrange(head), head, 100)), 5)
        needle = [str(n) for n in range(messages // 1000)]
        _row("search: a rare word", *median(search(lambda: f"needle{chance.choice(needle)}")), 50)
        _row("search: inside a Korean word", *median(search(lambda: f"늘{chance.choice(needle)}")), 50)
        _row("search: 회의 (one in three)", *median(search(lambda: "회의"), 20), 50)
        _row("search: วันนี้ from one person", *median(search(lambda: "วันนี้", who="user7"), 20), 50)
        _row("search: two common words", *median(search(lambda: "meeting lunch"), 20), 50)
        _row("search: common, in the last day", *median(search(lambda: "회의", since=START + messages - 86400), 20), 50)
        _row("search: what nobody said", *median(search(lambda: "쿽쿾 zzz"), 20), 50)


def _row(what: str, middle: float, longest: float, target: float) -> None:
    print(f"{what:<36} median {middle:9.2f} ms   longest {longest:9.2f} ms   target {target:6.0f} ms", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--folder", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(given.folder or temporary) / "chat.sqlite"
        make(file, given.messages)
        measure(file, given.messages)


if __name__ == "__main__":
    main()
