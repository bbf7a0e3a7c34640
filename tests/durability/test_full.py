"""A full disk: the sender is refused, nothing receipted is lost, no number is used up; with space, on it goes."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from chatproto.core.events import Delivery, Said
from chatproto.journal.file import SETTINGS, connect, prepare
from chatproto.journal.reader import Reader
from chatproto.journal.sqlite import SqliteJournal
from chatproto.journal.store import Store
from chatproto.testing import ChatInMemory, Program
from chatproto.wire.stomp import Frame
from tests.conftest import require
from tests.durability.connection import Connection
from tests.durability.disk import NO_LIMIT, disk, read_folder, write_folder
from tests.durability.kill import Server
from tests.journal.threads import AtOnce
from tests.system.server import free_port

LONG = "x" * 3000


def batch(chance: random.Random, count: int) -> list[Delivery]:
    return [Delivery(Said("ann", f"{count} {'회의' * chance.randrange(900)}"), "#dev", 1.0, key=str(count))]


def test_at_whatever_write_the_disk_is_full_the_store_goes_on_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "chat.sqlite"
    prepare(file)
    empty, refused = read_folder(tmp_path), 0
    with disk("full-disk") as small:
        for seed in range(60):
            chance = random.Random(seed)
            small.load(empty)
            store = Store(file, lambda f: small.connect(f, [*SETTINGS, "PRAGMA wal_autocheckpoint = 20"]))
            receipts: list[int] = []
            for count in range(40):
                if chance.random() < 0.2:
                    small.space = sum(len(f.now) for f in small.files.values()) + chance.randrange(20_000)
                try:
                    receipts += [e.seq for e in store.write(batch(chance, count))]
                except apsw.FullError:
                    refused += 1
                    small.space = NO_LIMIT
                    receipts += [e.seq for e in store.write(batch(chance, count))]  # at once, and with the next number
            small.space = NO_LIMIT
            store.close()
            write_folder(tmp_path, {name: bytes(f.now) for name, f in small.files.items()})
            with closing(Reader(file)) as reader, closing(sqlite3.connect(file)) as db:
                assert [e.seq for e in reader.read("#dev", 0, 99, 99).entries] == receipts == list(range(1, 41))
                assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert refused > 60


class Small:
    """A chat whose file may be stopped from growing."""

    def __init__(self, file: Path) -> None:
        self.chat = ChatInMemory(journal=SqliteJournal(file, AtOnce(), AtOnce(), self._connect))

    def _connect(self, file: Path) -> sqlite3.Connection:
        self.db = connect(file)
        return self.db

    def fill(self, *, full: bool) -> None:
        self.db.execute(f"PRAGMA max_page_count = {1 if full else 1 << 30}")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    small = Small(tmp_path / "chat.sqlite")
    yield small
    small.chat.factory.close()


def events(program: Program) -> list[tuple[str, str, str]]:
    """What a program reads: what it is, its number, and its reason or text."""
    return [
        (f.headers.get("event", f.command), f.headers.get("seq", ""), f.headers.get("reason", f.body.decode()))
        for f in program.reads()
    ]


def test_the_sender_is_refused_and_nobody_has_seen_it(small: Small) -> None:
    ann, bob = small.chat.program("ann"), small.chat.program("bob")
    for program in (ann, bob):
        program.joins("dev")
    ann.says("dev", "before", receipt="1", idempotency_key="1")
    for program in (ann, bob):
        program.reads()
    small.fill(full=True)
    ann.says("dev", LONG * 5, receipt="2", idempotency_key="2")
    (refused,) = ann.reads()
    assert (refused.headers["event"], refused.headers["reason"]) == ("refused", "disk-full")
    assert refused.headers["receipt-id"] == "2"
    assert events(bob) == []
    small.fill(full=False)
    ann.says("dev", LONG * 5, receipt="2", idempotency_key="2")
    ann.says("dev", "before", receipt="1", idempotency_key="1")
    assert sorted((e, seq) for e, seq, _ in events(ann)) == [("RECEIPT", "1"), ("RECEIPT", "2"), ("said", "2")]
    assert [(e, seq) for e, seq, _ in events(bob)] == [("said", "2")]


def test_what_needs_no_disk_goes_on(small: Small) -> None:
    ann, bob = small.chat.program("ann"), small.chat.program("bob")
    small.fill(full=True)
    ann.sends("SEND", {"destination": "/user/bob", "receipt": "1"}, "still here?")
    assert [body for _, _, body in events(bob)] == ["still here?"]
    assert [e for e, _, _ in events(ann)] == ["RECEIPT"]


# --- a real one -------------------------------------------------------------------------------------------------------


class SmallServer(Server):
    """A server on a file system of its own with a few megabytes, of which one is taken by a file `filler`."""

    def command(self) -> list[str]:
        mount = 'mount -t tmpfs -o size=3m small data && head -c 1000000 /dev/zero > data/filler && exec "$@"'
        return ["unshare", "--mount", "--map-root-user", "sh", "-c", mount, "sh", *super().command()]


def test_a_real_server_on_a_small_file_system(tmp_path: Path) -> None:
    require("unshare")
    (tmp_path / "data").mkdir()
    trial = ["unshare", "--mount", "--map-root-user", "mount", "-t", "tmpfs", "small", str(tmp_path / "data")]
    require(subprocess.run(trial, check=False, capture_output=True).returncode == 0, "the right to mount a tmpfs")
    port = free_port()
    server = SmallServer(tmp_path, port)
    server.start()
    try:
        program = server.connection("ann")
        program.send("SUBSCRIBE", {"id": "me", "destination": "/me"})
        program.send("SEND", {"destination": "/command"}, "/join dev")
        receipts: list[int] = []
        refused = ""
        while not refused:
            key = str(len(receipts) + 1)
            answer = say(program, key)
            refused = answer.headers.get("reason", "")
            if not refused:
                receipts.append(int(answer.headers["seq"]))
        assert refused == "disk-full"
        assert server.process
        (Path("/proc") / str(server.process.pid) / "cwd" / "data" / "filler").unlink()
        receipts.append(int(say(program, key).headers["seq"]))
        assert receipts == list(range(1, len(receipts) + 1))
        shutil.copytree(Path("/proc") / str(server.process.pid) / "cwd" / "data", tmp_path / "copy")
        program.close()
    finally:
        server.end()
    with closing(sqlite3.connect(tmp_path / "copy" / "chat.sqlite")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert [seq for (seq,) in db.execute("SELECT seq FROM entry ORDER BY seq")] == receipts


def say(program: Connection, key: str) -> Frame:
    """Send a long text; return what comes of it."""
    headers = {"destination": "/room/dev", "receipt": key, "idempotency-key": key}
    program.send("SEND", headers, LONG * 5)
    while (answer := program.receive()).headers.get("receipt-id") != key:
        pass
    return answer
