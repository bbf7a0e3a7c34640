"""Reading the past costs others little: by turns, in pieces, as the reader takes them, and for a price."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred, fail

from chatproto.core.events import Delivery, Entry, Said, Search
from chatproto.hub.past import PAUSE, PIECE, RATE
from chatproto.hub.reading import MOST
from chatproto.journal import Page, Unfinished
from chatproto.journal.memory import MemoryJournal
from chatproto.testing import UNHURRIED, ChatInMemory, Person
from tests.test_accounts import PlainPasswords

LONG = "x" * 7_000
NUMBERED = re.compile(r"<author> (\d+)")


class Library(MemoryJournal):
    """A journal in which what is looked for is found when the test says so; what is read is noted."""

    def __init__(self) -> None:
        super().__init__(0)
        self.asked: list[tuple[str, Deferred[Sequence[Entry]]]] = []
        self.slow = True
        self.read_of: list[int] = []

    def search(self, wanted: Search) -> Deferred[Sequence[Entry]]:
        if not self.slow:
            return super().search(wanted)
        found: Deferred[Sequence[Entry]] = Deferred()
        self.asked.append((wanted.text, found))
        return found

    def read(self, room: str, after: int, until: int, limit: int) -> Deferred[Page]:
        self.read_of.append(after)
        return super().read(room, after, until, limit)

    def find(self) -> str:
        """Answer the search that is under way; return what was looked for."""
        text, found = self.asked.pop(0)
        found.callback(())
        return text


class Reading:
    """A chat with a library, and people who ask."""

    def __init__(self, **settings: int) -> None:
        self.library = Library()
        limits = {"linger": 30, **settings}
        self.chat = ChatInMemory(
            replace(UNHURRIED, **limits),  # type: ignore[arg-type]
            journal=self.library,
            passwords=PlainPasswords(),
        )

    def says(self, count: int, text: str = LONG) -> None:
        """Let somebody say so much in the lobby."""
        author = self.chat.person("author")
        for n in range(count):
            author.types(f"/say {n} {text}")
            author.reads()
        author.types("/quit")
        author.reads()

    def person(self, name: str) -> Person:
        return self.chat.person(name)


def heard(person: Person) -> list[str]:
    """The numbers of the messages that came since the last look."""
    return [found[1] for line in person.reads() if (found := NUMBERED.search(line))]


# --- turns ---------------------------------------------------------------------------------------------------------


def test_one_search_is_under_way_at_a_time_and_each_person_has_a_turn() -> None:
    there = Reading()
    ann, bob, cho = (there.person(name) for name in ("ann", "bob", "cho"))
    ann.types(*(f"/search a{n}" for n in range(5)))
    bob.types("/search b0", "/search b1")
    cho.types("/search c0")

    order = []
    while there.library.asked:
        assert len(there.library.asked) == 1
        order.append(there.library.find())
        there.chat.settle()
    assert order[:3] == ["a0", "b0", "c0"]
    assert order.index("b1") <= order.index("a1") + 1
    assert sorted(order) == ["a0", "a1", "a2", "a3", "a4", "b0", "b1", "c0"]


def test_who_comes_in_is_not_behind_what_others_look_for() -> None:
    there = Reading()
    there.says(3, "hello")
    ann = there.person("ann")
    ann.types(*(f"/search a{n}" for n in range(5)))
    bob = there.chat.program("bob")
    bob.joins("lobby", last="3")

    assert [f.body for f in bob.reads() if f.headers.get("event") == "said"] == [b"0 hello", b"1 hello", b"2 hello"]


@pytest.mark.parametrize("line", ["/search a", "/history", "/since 1h", "/delete", "/correct b"])
def test_more_than_a_few_at_once_are_refused_and_the_rest_is_answered(line: str) -> None:
    there = Reading()
    ann = there.chat.program("ann")
    ann.joins("lobby")
    ann.sends("SEND", {"destination": "/command"}, "/search first")
    for n in range(MOST + 3):
        ann.sends("SEND", {"destination": "/command", "receipt": f"r{n}"}, f"/search {n}")
    frames = ann.reads()
    refused = [f.headers["receipt-id"] for f in frames if f.headers.get("reason") == "too-fast"]
    assert refused == [f"r{n}" for n in range(MOST, MOST + 3)]
    while there.library.asked:
        there.library.find()
        there.chat.settle()
    receipts = [f.headers["receipt-id"] for f in ann.reads() if f.command == "RECEIPT"]
    assert receipts == [f"r{n}" for n in range(MOST)]
    there.library.slow = False
    ann.sends("SEND", {"destination": "/command", "receipt": "then"}, line)

    assert "too-fast" not in [f.headers.get("reason") for f in ann.reads()]


def test_what_somebody_asked_who_has_gone_keeps_nobody() -> None:
    there = Reading()
    ann, bob = there.person("ann"), there.person("bob")
    ann.types("/search a0", "/search a1")
    bob.types("/search b0")
    ann.wire.cut()
    order = []
    while there.library.asked:
        order.append(there.library.find())
        there.chat.settle()

    assert order[-1] in {"a1", "b0"}
    assert "b0" in order
    assert there.chat.factory.hub.wishes._past._turns._lines == {}


# --- pieces --------------------------------------------------------------------------------------------------------


def test_a_reader_that_takes_nothing_is_read_no_more_than_a_piece() -> None:
    there = Reading(stall_timeout=0)
    there.says(300)
    ann = there.person("ann")
    ann.wire.take()
    ann.types("/history 300")
    there.chat.wait(60)

    assert len(ann.wire.written) < 3 * PIECE
    assert not ann.wire.closed


@pytest.mark.parametrize(
    "ask", [lambda ann: ann.types("/history 100"), lambda ann: ann.types("/since 1h")], ids=["history", "since"]
)
def test_who_takes_all_of_it_has_all_of_it_in_order(ask: Callable[[Person], None]) -> None:
    there = Reading()
    there.says(100)
    ann = there.person("ann")
    ann.wire.take()
    ask(ann)
    numbers: list[str] = []
    for _ in range(300):
        numbers += heard(ann)
        there.chat.wait(1)

    assert numbers == [str(n) for n in range(100)]


def test_what_was_found_comes_in_pieces_too() -> None:
    there = Reading(stall_timeout=0)
    there.library.slow = False
    there.says(60, f"needle {LONG}")
    ann = there.person("ann")
    ann.wire.take()
    ann.types("/search needle")
    there.chat.wait(60)
    assert len(ann.wire.written) < 3 * PIECE
    numbers: list[str] = []
    for _ in range(20):
        numbers += heard(ann)
        there.chat.wait(1)

    assert numbers == [str(n) for n in range(49, 60)]


def test_what_was_before_one_came_comes_in_pieces_too() -> None:
    there = Reading(stall_timeout=0)
    there.says(100)
    bot = there.chat.program("bot")
    bot.joins("lobby", last="100")
    there.chat.wait(60)

    assert len(bot.wire.written) < 3 * PIECE


def test_a_long_answer_has_its_price() -> None:
    """No faster than so many bytes a second, though the reader would take them."""
    there = Reading()
    there.says(300)
    ann = there.person("ann")
    ann.wire.take()
    ann.types("/history 300")
    numbers: list[str] = []
    for _ in range(200):
        numbers += heard(ann)
        there.chat.wait(PAUSE)

    assert 0 < len(numbers) * len(LONG) < 200 * PAUSE * RATE + 2 * PIECE


def test_a_short_answer_is_one_and_comes_at_once() -> None:
    there = Reading()
    there.says(20, "hello")
    ann = there.chat.program("ann")
    ann.joins("lobby")
    ann.reads()
    ann.sends("SEND", {"destination": "/command", "receipt": "r"}, "/history")

    assert [f.headers.get("event", f.command) for f in ann.reads()] == ["answer", "RECEIPT"]


# --- what takes too long -------------------------------------------------------------------------------------------


class Tired(MemoryJournal):
    """A journal whose searches take too long; `found` is what they found until then."""

    found: Sequence[Entry] = ()

    def search(self, wanted: Search) -> Deferred[Sequence[Entry]]:
        return fail(Unfinished(self.found))


@pytest.mark.parametrize("some", [True, False])
def test_who_looks_for_too_much_is_told_so(some: bool) -> None:
    journal = Tired()
    chat = ChatInMemory(journal=journal)
    oscar = chat.person("oscar")
    oscar.types("hello")
    journal.found = [Entry(Delivery(Said("oscar", "hello"), "#lobby", 0.0), 1)] if some else ()
    oscar.types("/search hello")
    lines = oscar.reads()

    if some:
        assert lines[0] == "* That search took too long: these are the newest that were found until then."
        assert lines[1].endswith("<oscar> hello")
    else:
        assert [line[:36] for line in lines] == ["! That search takes too long here. S"]


def test_a_search_has_no_more_than_so_many_words() -> None:
    oscar = ChatInMemory().person("oscar")
    oscar.types("/search " + " ".join("abcdefghijklmnopq"))

    assert oscar.reads() == ["! Search for at most 16 words at once."]


def test_the_last_message_is_none_where_looking_for_it_takes_too_long() -> None:
    journal = Tired()
    chat = ChatInMemory(journal=journal, passwords=PlainPasswords())
    oscar = chat.person("oscar")
    oscar.types("/register correct horse", "/quit")
    oscar = chat.person()
    oscar.types("/login oscar correct horse", "/correct hi")

    assert oscar.reads()[-1].startswith("! There is no last message of yours")
