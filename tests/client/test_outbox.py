"""What is under way: it leaves by its receipt or its refusal, in no other way."""

import pytest

from chatproto.client.outbox import WINDOW, Asking, Entering, Leaving, Outbox, Parcel, Saying
from chatproto.core.parse import STANDARD


def asking(line: str) -> Asking:
    return Asking(line, STANDARD.parse(line))


def sent(*whats: Saying | Asking | Entering | Leaving) -> Outbox:
    box = Outbox()
    for number, what in enumerate(whats):
        box.add(Parcel(what, f"k{number}"))
    while box.due():
        pass
    return box


def test_a_line_carries_its_key_as_receipt_and_as_idempotency_key() -> None:
    frame = Parcel(Saying("#dev", "안녕"), "k1").frame()

    assert frame.headers == {"destination": "/room/dev", "receipt": "k1", "idempotency-key": "k1"}
    assert frame.body == "안녕".encode()


def test_a_command_that_nobody_would_know_again_carries_no_key() -> None:
    assert "idempotency-key" not in Parcel(asking("/kick bob"), "k1").frame().headers
    assert "idempotency-key" in Parcel(asking("/me #dev waves"), "k1").frame().headers
    assert "idempotency-key" in Parcel(asking("/msg bob hi"), "k1").frame().headers


def test_only_so_much_is_under_way_at_once() -> None:
    many = sent(*[Saying("#dev", "x")] * (WINDOW + 5))
    large = sent(*[Saying("#dev", "x" * 16_000)] * 5)
    huge = sent(Saying("#dev", "x" * 60_000))

    assert [len(box.under_way) for box in (many, large, huge)] == [WINDOW, 2, 1]


@pytest.mark.parametrize("line", ["/login oscar open sesame", "/register open sesame", "/passwd open sesame"])
def test_what_follows_a_password_waits_for_its_answer(line: str) -> None:
    box = sent(Saying("#dev", "before"), asking(line), asking("/token new bot"), Saying("#dev", "after"))
    assert list(box.under_way) == ["k0", "k1"]
    box.settled("k1")

    assert [parcel.key for parcel in (box.due(), box.due()) if parcel] == ["k2", "k3"]


def test_what_was_cut_off_goes_again_first_and_in_order() -> None:
    box = sent(Saying("#dev", "one"), Saying("#dev", "two"))
    box.add(Parcel(Saying("#dev", "three"), "k9"))

    assert box.cut() == []
    assert [p.what.text for p in box if isinstance(p.what, Saying)] == ["one", "two", "three"]
    assert [p.key for p in box] == ["k0", "k1", "k9"]
    assert [p.sent for p in box] == [True, True, False]


def test_what_cannot_be_asked_twice_is_given_back() -> None:
    box = sent(asking("/kick #dev bob"), asking("/who"), asking("/reply hi"), asking("/me #dev waves"))
    unknown = box.cut()

    assert [p.what.line for p in unknown if isinstance(p.what, Asking)] == ["/kick #dev bob", "/reply hi"]
    assert [p.what.line for p in box if isinstance(p.what, Asking)] == ["/who", "/me #dev waves"]


@pytest.mark.parametrize(("renamed", "unknown"), [(False, []), (True, ["k0", "k1"])])
def test_under_another_name_the_keys_mean_nothing(renamed: bool, unknown: list[str]) -> None:
    box = sent(Saying("#dev", "one"), asking("/msg bob hi"), Entering("#ops"))
    box.cut()
    box.add(Parcel(asking("/msg bob there?"), "k9"))

    assert [p.key for p in box.disown(renamed=renamed)] == unknown
    assert [p.key for p in box] == [key for key in ("k0", "k1", "k2", "k9") if key not in unknown]


def test_two_equal_lines_come_round_as_two() -> None:
    box = sent(Saying("#dev", "ha"), Saying("#dev", "ha"))

    assert [box.coming_round("#dev", "said", "ha", seq) for seq in (7, 8, 9)] == [True, True, False]
    assert not box.coming_round("#dev", "said", "other", 10)


def test_what_was_never_sent_cannot_come_round() -> None:
    box = Outbox()
    box.add(Parcel(Saying("#dev", "hi"), "k1"))

    assert not box.coming_round("#dev", "said", "hi", 7)
