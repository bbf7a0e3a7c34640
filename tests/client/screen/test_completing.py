"""Tab, on the screen."""

import pytest

from chatproto.testing import ChatInMemory
from tests.client.screen.kit import Seats

TAB, BACK_TAB, ENTER = "\t", "\x1b[Z", "\r"


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("/joi", "> /join"),
        ("/강", "> /강퇴"),
        ("/เต", "> /เตะ"),
        ("ji", "> jinny:"),
        ("hi @ji", "> hi @jinny"),
        ("/msg ji", "> /msg jinny"),
        ("/join d", "> /join #dev"),
        ("/nothing", "> /nothing"),
    ],
)
def test_tab_completes_the_only_one(chat: ChatInMemory, seat_of: Seats, typed: str, line: str) -> None:
    chat.person("jinny").types("/join dev")
    seat = seat_of(chat)
    seat.types(typed, TAB)

    assert seat.sees()[-1] == line


def test_several_are_offered_with_what_they_mean_and_gone_through(chat: ChatInMemory, seat_of: Seats) -> None:
    seat = seat_of(chat, lang="ko", columns=70)
    seat.types("/음소", TAB)
    assert seat.sees()[-1] == "> /음소거"
    offered = [row.split() for row in seat.sees() if row.strip().startswith("/")]
    assert [row[0] for row in offered] == ["/음소거", "/음소거해제"]
    assert offered[1][1:] == ["다시", "말할", "수", "있게", "합니다."]
    seat.types(TAB, TAB)
    assert seat.sees()[-1] == "> /음소거해제"
    seat.types(BACK_TAB)

    assert seat.sees()[-1] == "> /음소거"


def test_what_was_completed_is_sent_with_what_follows(chat: ChatInMemory, seat_of: Seats) -> None:
    jinny = chat.person("jinny")
    seat = seat_of(chat)
    jinny.reads()
    seat.types("ji", TAB, "hello", ENTER)

    assert jinny.reads() == ["\a[00:00] <oscar> jinny: hello"]
