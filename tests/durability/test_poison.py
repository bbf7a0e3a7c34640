"""Something in the file was overwritten: the chat starts, serves the rest, and the log says what is wrong."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import apsw
import pytest
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher

from chatproto.core.events import Deleted, Delivery, Remembered, Said, Search
from chatproto.journal.file import CannotOpen, prepare
from chatproto.journal.sqlite import SqliteJournal
from chatproto.journal.store import Store
from chatproto.testing import ChatInMemory
from tests.journal.contract import Opened, numbered, said
from tests.journal.threads import AtOnce

PAGE = 4096
ROOMS = ("#a", "#b", "#c")
EACH = 700  # messages of a room
ON_A_PAGE = 60  # at most: what one damaged page may cost
ACCOUNT = '{"name": "user%d", "secret": "x", "admin": false, "tokens": {}}'
NEEDED = {"sqlite_schema", "room"}  # without these nobody knows what a room is called


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with some talk, and facts."""
    file = tmp_path_factory.mktemp("whole") / "chat.sqlite"
    prepare(file)
    with closing(Store(file)) as store:
        for n in range(EACH):
            store.write([said(f"{n} 회의실에서 뵙겠습니다, see you there {n * 7}", room, key=f"{n}") for room in ROOMS])
        store.write([Delivery(Remembered(f"account user{n}", ACCOUNT % n), "", 1.0) for n in range(300)])
        store.write([Delivery(Deleted("ann", 1), room, 1.0) for room in ROOMS])
    return file


def pages(file: Path) -> dict[int, str]:
    """What each page of the file belongs to."""
    db = apsw.Connection(str(file))
    found = dict(db.execute("SELECT pageno, name FROM dbstat"))
    db.close()
    return found


class Damaged:
    """A journal on a damaged copy of a file, and what the log says."""

    def __init__(self, file: Path) -> None:
        self.log: list[str] = []
        self.observer = cast("ILogObserver", self._hear)
        globalLogPublisher.addObserver(self.observer)
        self.journal = SqliteJournal(file, AtOnce(), AtOnce())
        self.opened = Opened(self.journal)
        self.facts = self.journal.facts()

    def _hear(self, event: LogEvent) -> None:
        if event.get("log_namespace") == "chat.journal":
            self.log.append(formatEvent(event))

    def reads(self, room: str) -> list[int]:
        """Everything in a room, page by page, as a reader goes; each entry follows the one before it."""
        found: list[tuple[int, int]] = []
        head, place = self.journal.head(room), 0
        while place < head:
            entries = self.opened.result(self.journal.read(room, place, head, 100)).entries
            found += numbered(entries)
            place = entries[-1].seq if entries else head
        assert [prev for _, prev in found] == [0, *(seq for seq, _ in found)][:-1]
        return [seq for seq, _ in found]

    def end(self) -> None:
        globalLogPublisher.removeObserver(self.observer)
        self.journal.close()


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "chat.sqlite"
    copy.write_bytes(whole.read_bytes())
    return copy


def overwrite(file: Path, page: int, chance: random.Random) -> None:
    data = bytearray(file.read_bytes())
    data[(page - 1) * PAGE : page * PAGE] = chance.randbytes(PAGE)
    file.write_bytes(data)


@pytest.fixture
def damaged(copy: Path, request: pytest.FixtureRequest) -> Iterator[Damaged]:
    """The copy with a page overwritten: of what the test names, or any."""
    wanted, seed = request.param
    chance = random.Random(f"{wanted} {seed}")
    last = max(n for n, name in pages(copy).items() if name == "entry")
    roots = {root for (root,) in _roots(copy)}
    of = {n: name for n, name in pages(copy).items() if name not in NEEDED and n != last}
    able = [n for n, name in of.items() if (name == wanted if wanted else not (name == "entry" and n in roots))]
    overwrite(copy, chance.choice(able), chance)
    made = Damaged(copy)
    yield made
    made.end()


def _roots(file: Path) -> list[tuple[int]]:
    with closing(sqlite3.connect(file)) as db:
        return db.execute("SELECT rootpage FROM sqlite_schema").fetchall()


RANDOM = [("", seed) for seed in range(25)]
NAMED = [
    (name, seed)
    for name in ("entry_place", "entry_key", "entry_about", "gram_data", "gram_idx", "gram_config", "fact")
    for seed in range(2)
]


@pytest.mark.parametrize("damaged", RANDOM + NAMED, indirect=True, ids=str)
def test_the_rest_is_served(damaged: Damaged) -> None:
    for room in ROOMS:
        damaged.reads(room)  # and what is found wrong is mended
    assert sum(len(damaged.reads(room)) for room in ROOMS) >= len(ROOMS) * (EACH + 1) - ON_A_PAGE
    told = damaged.opened.append(*(said("new", room) for room in ROOMS))
    assert numbered(told) == [(EACH + 2, EACH + 1)] * len(ROOMS)
    assert [damaged.reads(room)[-1] for room in ROOMS] == [EACH + 2] * len(ROOMS)
    damaged.opened.result(damaged.journal.search(Search("회의", ROOMS)))


@pytest.mark.parametrize("damaged", [("entry_place", 1), ("gram_data", 1), ("fact", 1)], indirect=True, ids=str)
def test_the_log_says_what_is_wrong_and_not_again_and_again(damaged: Damaged) -> None:
    for _ in range(3):
        for room in ROOMS:
            damaged.reads(room)
            damaged.opened.append(said("new", room))
            damaged.opened.result(damaged.journal.search(Search("회의", ROOMS)))
    assert any("damaged" in line for line in damaged.log)
    assert len(damaged.log) == len(set(damaged.log))


@pytest.mark.parametrize(
    "damage",
    ["text = CAST(x'7365637265742077ff' AS TEXT)", "kind = 'secret w'", "at = 'secret w'"],
)
def test_the_log_of_damage_holds_nobodys_words(copy: Path, damage: str) -> None:
    with closing(sqlite3.connect(copy)) as db:
        db.execute(f"UPDATE entry SET {damage} WHERE seq = 7 AND room = 1")
        db.commit()
    damaged = Damaged(copy)
    damaged.reads("#a")
    damaged.opened.result(damaged.journal.search(Search("회의실에서", ["#a"])))
    assert damaged.log
    assert not any("secret" in line for line in damaged.log)
    damaged.end()


def test_a_page_that_nobody_can_do_without_is_said_so(copy: Path) -> None:
    (page,) = [n for n, name in pages(copy).items() if name == "room"]
    overwrite(copy, page, random.Random(1))
    with pytest.raises(CannotOpen, match=r"chat\.sqlite is damaged.*Restore a backup"):
        SqliteJournal(copy, AtOnce(), AtOnce())


@pytest.mark.parametrize(
    "damage",
    ["kind = 'shouted'", "text = x'00ff'", "who = x'ff'", "at = 'noon'", "kind = 'deleted', of = NULL"],
)
def test_a_row_that_means_nothing_is_passed_over(copy: Path, damage: str) -> None:
    seq = random.Random(damage).randrange(2, EACH)
    with closing(sqlite3.connect(copy)) as db:
        db.execute(f"UPDATE entry SET {damage} WHERE seq = ? AND room = 1", (seq,))
        db.commit()
    damaged = Damaged(copy)
    assert damaged.reads("#a") == [n for n in range(1, EACH + 2) if n != seq]
    assert len(damaged.reads("#b")) == EACH + 1
    assert any(f"#a {seq}" in line for line in damaged.log)
    found = damaged.opened.result(damaged.journal.search(Search(f"{seq - 1} 회의", ["#a"])))
    assert [e.seq for e in found if e.seq == seq] == []
    damaged.end()


def test_behind_much_that_means_nothing_the_rest_is_read(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as db:
        db.execute("UPDATE entry SET kind = 'shouted' WHERE seq BETWEEN 10 AND 500 AND room = 1")
        db.commit()
    damaged = Damaged(copy)
    assert damaged.reads("#a") == [*range(1, 10), *range(501, EACH + 2)]
    damaged.end()


def test_people_who_come_to_a_damaged_room_read_the_rest_and_talk(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as db:
        db.execute("UPDATE entry SET kind = 'shouted' WHERE seq % 2 AND room = 1")
        db.commit()
    chat = ChatInMemory(journal=SqliteJournal(copy, AtOnce(), AtOnce()))
    ann = chat.program("ann")
    ann.joins("a", after=str(EACH - 10))
    ann.says("a", "hello", receipt="1")
    seen = [f.headers["seq"] for f in ann.reads() if "seq" in f.headers and f.command == "MESSAGE"]
    assert seen == [str(n) for n in range(EACH - 8, EACH + 3) if not n % 2 or n == EACH + 2]
    chat.factory.close()


@pytest.mark.parametrize("value", ["{", "", "[]", "{}", '{"name": 7, "secret": 7, "admin": 7, "tokens": 7}'])
def test_an_account_that_cannot_be_understood_keeps_nobody_else_out(copy: Path, value: str) -> None:
    with closing(sqlite3.connect(copy)) as db:
        db.execute("UPDATE fact SET value = ? WHERE key = 'account user7'", (value,))
        db.commit()
    chat = ChatInMemory(journal=SqliteJournal(copy, AtOnce(), AtOnce()))
    assert chat.factory.chat.accounts.get("user7") is None
    assert chat.factory.chat.accounts.get("user8")
    chat.factory.close()


def test_the_rest_of_a_text_is_what_it_was(copy: Path) -> None:
    """Damage is found or harmless: nothing is served that nobody said."""
    chance = random.Random(5)
    page = chance.choice([n for n, name in pages(copy).items() if name == "entry"][3:-3])
    overwrite(copy, page, chance)
    damaged = Damaged(copy)
    for room in ROOMS:
        entries = damaged.opened.result(damaged.journal.read(room, 0, EACH, EACH)).entries
        talk = {e.seq: e.delivery.event for e in entries if isinstance(e.delivery.event, Said)}
        assert all(e.text == f"{n - 1} 회의실에서 뵙겠습니다, see you there {(n - 1) * 7}" for n, e in talk.items())
    damaged.end()
