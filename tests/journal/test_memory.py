"""The journal in memory keeps to the contract, and is bounded."""

from chatproto.journal.memory import MemoryJournal
from tests.hub.stubs import SlowJournal
from tests.journal.contract import JournalContract, Opened, numbered, said


class TestMemoryJournal(JournalContract):
    def open(self) -> Opened:
        return Opened(MemoryJournal(0))


class TestSlowJournal(JournalContract):
    """The stub on which the hub is tested is a journal too."""

    def open(self) -> Opened:
        journal = SlowJournal()

        def work() -> None:
            while journal.step() or journal.answer():
                pass

        return Opened(journal, work)


def test_the_newest_of_each_room_are_kept() -> None:
    journal = Opened(MemoryJournal(3))
    journal.append(*(said(str(n), room) for n in range(10) for room in ("#a", "#b")))
    assert (journal.numbers("#a", 0, 99), journal.numbers("#b", 0, 99)) == ([8, 9, 10], [8, 9, 10])
    assert journal.result(journal.journal.read("#a", 0, 99, 10)).start == 8


def test_a_key_is_known_as_long_as_its_message() -> None:
    journal = Opened(MemoryJournal(2))
    journal.append(said("hi", key="k"), said("2"))
    assert journal.append(said("hi", key="k"))[0].again
    journal.append(said("3"))
    assert not journal.append(said("hi", key="k"))[0].again


def test_the_room_that_was_silent_longest_is_forgotten_first() -> None:
    journal = Opened(MemoryJournal(0, max_logs=2))
    journal.append(said("1", "#a"), said("1", "#b"), said("2", "#a"), said("1", "#c"))
    assert [journal.numbers(room, 0, 99) for room in ("#a", "#b")] == [[1, 2], []]


def test_a_forgotten_room_never_uses_a_number_twice() -> None:
    journal = Opened(MemoryJournal(0, max_logs=1))
    journal.append(said("1", "#a"), said("2", "#a"), said("1", "#b"))
    assert journal.journal.head("#a") == 2
    assert numbered(journal.append(said("3", "#a"))) == [(3, 2)]
