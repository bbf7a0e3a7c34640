"""A reader's place in a room: nothing missing, nothing twice."""

from chatproto.client.message import Message
from chatproto.client.place import Place, Verdict


def message(seq: int, prev: int, at: float = 0.0) -> Message:
    return Message("said", str(seq), room="#lobby", seq=seq, prev=prev, at=at)


def test_a_message_is_new_once() -> None:
    place = Place()

    assert [place.take(message(n, n - 1)) for n in (7, 8, 8, 7, 9)] == [
        Verdict.NEW,
        Verdict.NEW,
        Verdict.HAD,
        Verdict.HAD,
        Verdict.NEW,
    ]


def test_a_message_that_does_not_follow_the_last_is_a_gap_and_moves_nothing() -> None:
    place = Place(last=7)

    assert place.take(message(9, 8)) is Verdict.GAP
    assert place.headers() == {"after": "7"}
    assert place.take(message(8, 7)) is Verdict.NEW


def test_numbers_may_have_holes_as_long_as_prev_says_so() -> None:
    assert Place(last=7).take(message(12, 7)) is Verdict.NEW


def test_a_server_that_counts_anew_is_believed_on_coming_back_and_only_then() -> None:
    place = Place(last=57, returning=True)

    assert place.take(message(1, 0)) is Verdict.NEW
    assert place.take(message(1, 0)) is Verdict.HAD
    assert place.take(message(2, 1)) is Verdict.NEW


def test_one_who_heard_nothing_asks_for_what_came_since_by_the_clock_of_the_server() -> None:
    place = Place()
    assert place.headers() == {}
    place.seen(100.0)
    assert "last" in place.headers()
    place.returning = True

    assert place.take(message(3, 2, at=99.0)) is Verdict.HAD
    place.seen(200.0)
    assert place.take(message(4, 3, at=101.0)) is Verdict.NEW
    assert place.headers() == {"after": "4"}


def test_a_server_that_says_where_the_room_is_heard_from_is_taken_at_its_word() -> None:
    place = Place()
    place.starts(7, 7, None)
    place.starts(3, 3, None)

    assert place.headers() == {"after": "7"}


def test_what_is_no_longer_kept_is_passed_over_and_never_back() -> None:
    place = Place(last=7)
    place.skip(20)
    place.skip(3)

    assert place.take(message(21, 20)) is Verdict.NEW


def test_ones_own_number_is_known_by_its_receipt_once() -> None:
    place = Place(last=7)
    place.sent(8)
    place.sent(5)

    assert [place.is_mine(5), place.is_mine(8), place.is_mine(8)] == [False, True, False]


def test_it_may_start_some_messages_before_the_newest() -> None:
    place = Place()
    place.starts(7, 4, None)

    assert (place.last, place.head) == (4, 7)
    assert place.headers() == {"after": "4"}


def test_of_whom_it_is_not_known_what_they_have_read_all_from_before_is_old_and_introduced() -> None:
    place = Place()
    place.starts(7, 4, None)

    assert [place.was_read(seq) for seq in (5, 7, 8)] == [True, True, False]
    assert [place.introduces(seq) for seq in (5, 6, 7, 8)] == [3, 0, 0, 0]


def test_what_one_had_read_stands_before_what_is_introduced_as_new() -> None:
    place = Place()
    place.starts(7, 2, 5)

    assert [place.was_read(seq) for seq in (3, 5, 6, 8)] == [True, True, False, False]
    assert [place.is_past(seq) for seq in (0, 3, 7, 8)] == [False, True, True, False]
    assert [place.introduces(seq) for seq in (3, 4, 5, 6, 7, 8)] == [0, 0, 0, 2, 0, 0]


def test_where_not_all_that_is_unread_comes_as_many_are_introduced_as_come() -> None:
    place = Place()
    place.starts(9, 6, 2)

    assert [place.introduces(seq) for seq in (7, 8)] == [3, 0]


def test_who_has_read_all_is_introduced_to_nothing() -> None:
    place = Place()
    place.starts(7, 4, 7)

    assert [place.introduces(seq) for seq in (5, 6, 7, 8)] == [0, 0, 0, 0]
