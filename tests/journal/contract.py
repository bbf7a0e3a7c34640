"""What every journal does, as tests: a journal's own test module subclasses `JournalContract` and says how to open one.

class TestMemoryJournal(JournalContract):
def open(self) -> Opened:
return Opened(MemoryJournal(0))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from chatproto.core.events import (
    Acted,
    Announced,
    Corrected,
    Deleted,
    Delivery,
    Entered,
    Entry,
    Event,
    Joined,
    Reason,
    Said,
    Search,
    Topic,
    Withdrawn,
)
from chatproto.journal import START, Journal, Mark

T = TypeVar("T")


def nothing() -> None:
    """There is nothing to do."""


class Opened:
    """A journal with somebody who listens. `work` does all that it left to others, threads say, until all is done."""

    def __init__(self, journal: Journal, work: Callable[[], object] = nothing) -> None:
        self.journal, self.work = journal, work
        self.batches: list[list[Entry]] = []
        self.failures: list[tuple[Sequence[Delivery], Reason]] = []
        journal.heard, journal.failed = self._heard, self._failed

    def _heard(self, entries: Sequence[Entry]) -> None:
        self.batches.append(list(entries))

    def _failed(self, batch: Sequence[Delivery], reason: Reason) -> None:
        self.failures.append((batch, reason))

    def append(self, *batch: Delivery) -> list[Entry]:
        """Append a batch; return what was handed back since."""
        self.journal.append(batch)
        return self.told()

    def told(self) -> list[Entry]:
        """What is handed back once all work is done, since the last look."""
        self.work()
        entries = [entry for batch in self.batches for entry in batch]
        self.batches.clear()
        return entries

    def result(self, answer: Deferred[T]) -> T:
        """What a reading gives, once it is done."""
        found: list[T] = []
        answer.addCallback(found.append)
        self.work()
        return found[0]

    def numbers(self, room: str, after: int, until: int, limit: int = 1000) -> list[int]:
        """The numbers of a page."""
        return [e.seq for e in self.result(self.journal.read(room, after, until, limit)).entries]


def said(text: str, room: str = "#dev", *, key: str = "", by: int = 1, who: str = "ann", receipt: str = "") -> Delivery:
    return Delivery(Said(who, text), room, 10.0, by, key=key, receipt=receipt)


def dated(text: str, at: float, room: str = "#dev") -> Delivery:
    return Delivery(Said("ann", text), room, at, 1)


def corrected(text: str, of: int = 1) -> Delivery:
    return Delivery(Corrected("ann", of, text), "#dev", 10.0, 1)


def passing(event: Event | None = None, to: str | int = "#dev") -> Delivery:
    return Delivery(event or Joined("ann"), to, 10.0, 1)


def numbered(entries: Sequence[Entry]) -> list[tuple[int, int]]:
    return [(e.seq, e.prev) for e in entries]


# A few rooms, talk in them, and what is not kept; in batches.
DELIVERIES = st.one_of(
    st.builds(said, st.text(max_size=3), st.sampled_from(["#a", "#b"])),
    st.builds(passing, to=st.sampled_from(["#a", "", 7])),
)
BATCHES = st.lists(st.lists(DELIVERIES, max_size=5), max_size=8)


class JournalContract:
    """Everything above the journal rests on this."""

    def open(self) -> Opened:
        raise NotImplementedError

    # --- append, and heard ------------------------------------------------------------------------

    def test_numbers_begin_at_1_and_each_knows_the_one_before(self) -> None:
        journal = self.open()
        assert numbered(journal.append(said("1"), said("2"))) == [(1, 0), (2, 1)]
        assert numbered(journal.append(said("3"))) == [(3, 2)]

    def test_each_room_has_numbers_of_its_own(self) -> None:
        journal = self.open()
        entries = journal.append(said("1", "#a"), said("1", "#b"), said("2", "#a"))
        assert numbered(entries) == [(1, 0), (1, 0), (2, 1)]

    def test_what_is_kept_is_what_goes_to_a_room_and_says_so(self) -> None:
        journal = self.open()
        batch = (
            said("1"),
            passing(),
            passing(to=7),
            passing(Announced("ann", "x"), 7),
            passing(Announced("ann", "x"), ""),
        )
        assert [e.seq for e in journal.append(*batch)] == [1, 0, 0, 0, 0]

    def test_a_batch_with_nothing_to_keep_passes(self) -> None:
        journal, batch = self.open(), (passing(), passing(to=7), passing(to=""))
        assert [e.delivery for e in journal.append(*batch)] == list(batch)

    def test_what_passes_is_handed_back_as_the_very_same_object(self) -> None:
        """A move (`Entered`) is known by what it is, not by what it looks like."""
        journal, move = self.open(), passing(Entered(after=3))
        assert journal.append(said("1"), move)[1].delivery is move

    def test_what_passes_never_overtakes(self) -> None:
        journal, batch = self.open(), [said("1"), passing(), said("2"), passing(to=7)]
        for delivery in batch:
            journal.journal.append([delivery])
        assert [e.delivery.event for e in journal.told()] == [d.event for d in batch]

    def test_all_is_handed_back_once_and_in_the_order_in_which_it_came(self) -> None:
        @given(BATCHES)  # inside: pytest-twisted cannot run one hypothesis test for two classes
        def check(batches: list[list[Delivery]]) -> None:
            journal = self.open()
            for batch in batches:
                journal.journal.append(batch)
            handed = journal.told()
            assert [e.delivery for e in handed] == [d for batch in batches for d in batch]
            for room in ("#a", "#b"):
                kept = [e for e in handed if e.seq and e.delivery.to == room]
                assert numbered(kept) == [(n, n - 1) for n in range(1, len(kept) + 1)]
                assert journal.numbers(room, 0, len(kept)) == [e.seq for e in kept]

        check()

    def test_heard_may_append(self) -> None:
        journal, answer = self.open(), said("answer")
        heard = journal.journal.heard

        def answers(entries: Sequence[Entry]) -> None:
            heard(entries)
            if entries[0].delivery is not answer and entries[0].delivery.event != answer.event:
                journal.journal.append([answer])

        journal.journal.heard = answers
        journal.journal.append([said("question")])
        assert sorted(numbered(journal.told())) == [(1, 0), (2, 1)]

    # --- head -------------------------------------------------------------------------------------

    def test_the_head_is_the_newest_number_that_was_handed_back(self) -> None:
        journal = self.open()
        assert journal.journal.head("#dev") == 0
        heads: list[int] = []
        heard = journal.journal.heard

        def hears(entries: Sequence[Entry]) -> None:
            heads.append(journal.journal.head("#dev"))
            heard(entries)

        journal.journal.heard = hears
        journal.append(said("1"), said("2"))
        journal.append(said("3"))
        assert (heads, journal.journal.head("#dev"), journal.journal.head("#b")) == ([2, 3], 3, 0)

    # --- reading ----------------------------------------------------------------------------------

    def test_what_was_taken_back_is_read_without_its_text_and_found_no_more(self) -> None:
        journal = self.open()
        taken_back = Deleted("ann", 1)
        journal.append(said("hello"), said("still here"), passing(taken_back))
        page = journal.result(journal.journal.read("#dev", 0, 3, 10))
        found = journal.result(journal.journal.search(Search("hello", ("#dev",))))
        assert [e.delivery.event for e in page.entries] == [Withdrawn("ann"), Said("ann", "still here"), taken_back]
        assert list(found) == []

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ("하루 회의", 1),
            ("회의는 하루", 1),
            ('"회의는 하루"', 0),
            ('"하루 회의"', 1),
            ("회의 이틀", 0),
            ('hel "ear', 1),
        ],
    )
    def test_all_words_are_looked_for_and_those_in_quotes_as_they_stand(self, wanted: str, found: int) -> None:
        journal = self.open()
        journal.append(said("hello, early: 하루 회의는 길다"))
        assert len(journal.result(journal.journal.search(Search(wanted, ("#dev",))))) == found

    @pytest.mark.parametrize("named", [1, 3, 4], ids=["the first", "the second", "the last"])
    def test_all_wordings_are_taken_back_together_whichever_is_named(self, named: int) -> None:
        journal = self.open()
        batch = (said("lunch at one"), said("yes", who="bob"), corrected("lunch at two"), corrected("lunch at three"))
        told = journal.append(*batch, passing(Deleted("ann", named)))
        page = journal.result(journal.journal.read("#dev", 0, 5, 10))
        rest = journal.result(journal.journal.read("#dev", 2, 5, 10))
        found = journal.result(journal.journal.search(Search("lunch", ("#dev",))))
        gone, took_back = Withdrawn("ann"), Deleted("ann", 1)
        assert told[-1].delivery.event == took_back
        assert [e.delivery.event for e in page.entries] == [gone, Said("bob", "yes"), gone, gone, took_back]
        assert [e.delivery.event for e in rest.entries] == [gone, gone, took_back]
        assert list(found) == []

    def test_what_is_said_later_is_not_taken_back_before(self) -> None:
        journal = self.open()
        journal.append(said("1"), passing(Deleted("ann", 3)))
        journal.append(said("3"))
        page = journal.result(journal.journal.read("#dev", 2, 3, 10))
        assert [e.delivery.event for e in page.entries] == [Said("ann", "3")]

    def test_a_page_is_a_window(self) -> None:
        journal = self.open()
        journal.append(*(said(str(n)) for n in range(1, 11)))
        assert journal.numbers("#dev", 0, 10) == list(range(1, 11))
        assert journal.numbers("#dev", 3, 7) == [4, 5, 6, 7]
        assert journal.numbers("#dev", 3, 10, limit=2) == [4, 5]
        assert journal.numbers("#dev", 7, 7) == []
        assert journal.numbers("#dev", 12, 20) == []
        assert journal.numbers("#dev", 8, 99) == [9, 10]
        assert journal.numbers("#nowhere", 0, 99) == []

    def test_what_is_read_is_what_was_handed_back(self) -> None:
        journal = self.open()
        topic = Delivery(Topic("ann", "물고기"), "#dev", 10.5, 1)
        handed = journal.append(said("안녕 @bob\nสวัสดี"), topic)
        page = journal.result(journal.journal.read("#dev", 0, 2, 10))
        assert [(e.seq, e.prev, e.delivery.to, e.delivery.at) for e in page.entries] == [
            (e.seq, e.prev, e.delivery.to, e.delivery.at) for e in handed
        ]
        first, second = (e.delivery.event for e in page.entries)
        assert isinstance(first, Said)
        assert (first.who, first.text, second) == ("ann", "안녕 @bob\nสวัสดี", topic.event)

    def test_a_place_is_where_the_newest_few_lie_ahead(self) -> None:
        journal = self.open()
        journal.append(*(said(str(n)) for n in range(1, 11)))
        places = [journal.result(journal.journal.place("#dev", last, 8)) for last in (1, 3, 8, 99)]
        assert [journal.numbers("#dev", place, 8) for place in places] == [
            [8],
            [6, 7, 8],
            list(range(1, 9)),
            list(range(1, 9)),
        ]

    def test_a_place_in_an_empty_room_is_where_it_begins(self) -> None:
        journal = self.open()
        assert journal.result(journal.journal.place("#dev", 5, 0)) == 0

    # --- what somebody said -----------------------------------------------------------------------

    def collected(self, journal: Opened, who: str, *, since: float = 0.0, limit: int = 2) -> list[tuple[str, int]]:
        """All that somebody said, page by page: room and number."""
        found: list[tuple[str, int]] = []
        place: Mark | None = START
        while place:
            entries, place = journal.result(journal.journal.said_by(who, since, place, limit))
            assert len(entries) <= limit
            found += [(str(e.delivery.to), e.seq) for e in entries]
        return found

    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    def test_all_that_somebody_said_is_found_once_in_each_room_in_order(self, limit: int) -> None:
        journal = self.open()
        for n in range(3):
            journal.append(*(said(f"{n}", room, who=who) for room in ("#b", "#a") for who in ("Ann", "bob", "ann")))
        found = self.collected(journal, "ANN", limit=limit)
        numbers = [1, 3, 4, 6, 7, 9]
        assert [seq for room, seq in found if room == "#a"] == numbers
        assert [seq for room, seq in found if room == "#b"] == numbers
        assert len(found) == 12

    def test_of_what_somebody_said_all_kinds_are_found_and_nothing_from_before_a_time(self) -> None:
        journal = self.open()
        early = [said("early"), said("yes", who="bob")]
        late = (
            Acted("ann", "waves"),
            Topic("ann", "fish"),
            Corrected("ann", 3, "x"),
            Deleted("bob", 4),
            Deleted("ann", 1),
        )
        journal.append(*early, *(Delivery(event, "#dev", 20.0, 1) for event in late))
        assert self.collected(journal, "ann", since=15.0) == [("#dev", 3), ("#dev", 4), ("#dev", 5)]
        (taken_back,) = (
            e.delivery.event for e in journal.result(journal.journal.said_by("ann", 15.0, START, 9))[0] if e.seq == 4
        )
        assert taken_back == Withdrawn("ann")

    def test_who_said_nothing_is_found_nowhere(self) -> None:
        journal = self.open()
        journal.append(said("1"))
        assert self.collected(journal, "bob") == []

    # --- trimming ---------------------------------------------------------------------------------

    def test_the_start_is_the_first_number_that_is_kept(self) -> None:
        journal = self.open()
        journal.append(said("1"), said("2"))
        assert journal.result(journal.journal.read("#dev", 0, 2, 10)).start == 1

    def test_what_is_given_up_moves_the_start_and_nothing_else(self) -> None:
        journal = self.open()
        journal.append(*(said(str(n)) for n in range(1, 11)))
        self.trim(journal, "#dev", keep=3)
        page = journal.result(journal.journal.read("#dev", 2, 10, 10))
        assert ([e.seq for e in page.entries], page.start) == ([8, 9, 10], 8)
        assert numbered(journal.append(said("11"))) == [(11, 10)]

    def test_numbers_do_not_begin_again_in_a_room_of_which_all_was_given_up(self) -> None:
        journal = self.open()
        journal.append(said("1"), said("2"))
        self.expire(journal, 1e12)
        page = journal.result(journal.journal.read("#dev", 0, 2, 10))
        assert (list(page.entries), page.start) == ([], 3)
        assert numbered(journal.append(said("3"))) == [(3, 2)]

    def test_a_place_never_lies_beyond_what_was_asked_for(self) -> None:
        """What was given up is then told as a gap, and not passed over."""
        journal = self.open()
        journal.append(*(said(str(n)) for n in range(1, 11)))
        self.trim(journal, "#dev", keep=3)
        assert journal.result(journal.journal.place("#dev", 1, 4)) <= 4

    def test_each_entry_is_given_up_by_its_own_time(self) -> None:
        """A clock that stood at 1970 for a while, or a year ahead, says nothing about what else was said."""
        journal = self.open()
        times = [100.0, 101.0, 5.0, 102.0, 9_999.0, 50.0, 103.0]
        journal.append(*(dated(str(n), at) for n, at in enumerate(times, 1)))
        self.expire(journal, 101.5)
        assert journal.numbers("#dev", 0, 7) == [4, 5, 7]
        self.expire(journal, 1_000.0)
        assert journal.numbers("#dev", 0, 7) == [5]

    def test_in_every_room_what_is_too_old_is_given_up(self) -> None:
        journal = self.open()
        journal.append(*(dated(str(at), at, room) for at in (1.0, 2.0, 3.0) for room in ("#a", "#b", "#c")))
        self.expire(journal, 3.0)
        assert [journal.numbers(room, 0, 9) for room in ("#a", "#b", "#c")] == [[3]] * 3

    def test_who_reads_on_passes_over_what_was_given_up_in_the_middle(self) -> None:
        journal = self.open()
        journal.append(*(dated("x", at) for at in (9.0, 1.0, 9.0, 1.0, 1.0, 9.0, 1.0)))
        self.expire(journal, 5.0)
        page = journal.result(journal.journal.read("#dev", 0, 7, 10))
        assert (numbered(page.entries), page.start) == ([(1, 0), (3, 1), (6, 3)], 1)
        assert numbered(journal.result(journal.journal.read("#dev", 2, 7, 2)).entries) == [(3, 2), (6, 3)]
        assert [journal.result(journal.journal.place("#dev", n, 7)) for n in (1, 2, 3, 9)] == [5, 2, 0, 0]
        assert numbered(journal.append(dated("x", 9.0))) == [(8, 7)]

    def test_the_newest_few_are_counted_without_what_was_given_up(self) -> None:
        journal = self.open()
        journal.append(*(dated("x", at) for at in (9.0, 9.0, 1.0, 1.0, 9.0)))
        self.expire(journal, 5.0)
        self.trim(journal, "#dev", keep=3)
        assert journal.numbers("#dev", 0, 9) == [1, 2, 5]
        self.trim(journal, "#dev", keep=2)
        assert journal.numbers("#dev", 0, 9) == [2, 5]

    def test_what_was_taken_back_does_not_come_again_when_its_deletion_is_too_old(self) -> None:
        """The clock stood at 1970 when somebody said /delete."""
        journal = self.open()
        journal.append(dated("secret", 100.0), Delivery(Corrected("ann", 1, "secrets"), "#dev", 101.0, 1))
        journal.append(Delivery(Deleted("ann", 1), "#dev", 5.0, 1))
        self.expire(journal, 50.0)
        page = journal.result(journal.journal.read("#dev", 0, 9, 9))
        assert [e.delivery.event for e in page.entries][:2] == [Withdrawn("ann"), Withdrawn("ann")]
        self.expire(journal, 100.5)
        page = journal.result(journal.journal.read("#dev", 0, 9, 9))
        assert [e.delivery.event for e in page.entries][:1] == [Withdrawn("ann")]
        self.expire(journal, 200.0)
        assert journal.numbers("#dev", 0, 9) == []

    def test_what_is_found_since_a_time_goes_by_each_ones_own_time(self) -> None:
        journal = self.open()
        journal.append(*(dated("hello", at) for at in (100.0, 5.0, 101.0, 50.0)))
        found = journal.result(journal.journal.search(Search("hello", ("#dev",), since=60.0)))
        assert sorted(e.seq for e in found) == [1, 3]
        assert self.collected(journal, "ann", since=60.0) == [("#dev", 1), ("#dev", 3)]

    @pytest.mark.parametrize("way", ["age", "number"])
    def test_a_key_is_forgotten_with_its_message(self, way: str) -> None:
        journal = self.open()
        journal.append(Delivery(Said("ann", "hi"), "#dev", 1.0, 1, key="k"), dated("2", 9.0))
        if way == "age":
            self.expire(journal, 5.0)
        else:
            self.trim(journal, "#dev", keep=1)
        assert [(e.seq, e.again) for e in journal.append(said("hi", key="k"))] == [(3, False)]

    # --- rooms that are forgotten -----------------------------------------------------------------

    def test_rooms_without_talk_are_forgotten_and_their_numbers_not_given_again(self) -> None:
        journal = self.open()
        topics = [Delivery(Topic("ann", "fish"), room, 1.0, 1) for room in ("#a", "#a", "#b")]
        journal.append(*topics, said("hi", "#b"))
        assert journal.result(journal.journal.forget(["#a", "#b", "#none"])) == ["#a", "#none"]
        assert (journal.journal.knows("#a"), journal.journal.knows("#b")) == (False, True)
        assert list(journal.journal.rooms()) == ["#b"]
        assert numbered(journal.append(said("anew", "#a"))) == [(3, 2)]
        assert journal.numbers("#a", 0, 9) == [3]
        assert journal.result(journal.journal.read("#a", 0, 9, 9)).start == 3
        assert journal.numbers("#b", 0, 9) == [1, 2]

    def test_a_room_whose_talk_has_gone_is_forgotten(self) -> None:
        journal = self.open()
        journal.append(dated("old", 1.0, "#a"))
        assert journal.result(journal.journal.forget(["#a"])) == []
        self.expire(journal, 5.0)
        assert journal.result(journal.journal.forget(["#a"])) == ["#a"]

    def trim(self, journal: Opened, room: str, *, keep: int) -> None:
        while journal.result(journal.journal.trim(room, keep)):
            pass

    def expire(self, journal: Opened, before: float) -> None:
        while journal.result(journal.journal.expire(before)):
            pass

    # --- keys -------------------------------------------------------------------------------------

    def test_a_key_that_was_seen_adds_nothing_and_gives_the_first_number(self) -> None:
        journal = self.open()
        journal.append(said("0"), said("hi", key="k"), said("2"))
        again = journal.append(said("hi", key="k", receipt="r2"))
        assert [(e.seq, e.again, e.clash, e.delivery.receipt) for e in again] == [(2, True, False, "r2")]
        assert journal.numbers("#dev", 0, 99) == [1, 2, 3]

    def test_a_key_is_known_within_its_own_batch(self) -> None:
        journal = self.open()
        entries = journal.append(said("hi", key="k"), said("hi", key="k"), said("ho"))
        assert [(e.seq, e.again) for e in entries] == [(1, False), (1, True), (2, False)]

    def test_a_key_with_another_text_clashes_and_adds_nothing(self) -> None:
        journal = self.open()
        journal.append(said("hi", key="k"))
        assert [(e.again, e.clash) for e in journal.append(said("ho", key="k"))] == [(True, True)]
        assert journal.numbers("#dev", 0, 99) == [1]

    def test_another_room_another_key(self) -> None:
        journal = self.open()
        entries = journal.append(said("hi", "#a", key="k"), said("hi", "#b", key="k"))
        assert [(e.seq, e.again) for e in entries] == [(1, False), (1, False)]

    def test_no_key_no_repetition(self) -> None:
        journal = self.open()
        assert [e.again for e in journal.append(said("hi"), said("hi"))] == [False, False]

    # --- close ------------------------------------------------------------------------------------

    def test_what_was_taken_is_committed_before_it_is_closed(self) -> None:
        journal = self.open()
        journal.journal.append([said("1")])
        journal.result(journal.journal.close())
        assert numbered(journal.told()) == [(1, 0)]
