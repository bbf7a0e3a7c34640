"""What one sees and does at the terminal's screen."""

from __future__ import annotations

import pytest

from chatproto.testing import ChatInMemory
from tests.client.screen.kit import Seats, text_of

PASTE, PASTED = "\x1b[200~", "\x1b[201~"
ENTER, TAB, UP, ESCAPE = "\r", "\t", "\x1b[A", "\x1b"
ASKED = "Send 2 lines as one message? Enter sends, Esc goes back."
PAGE_UP, PAGE_DOWN = "\x1b[5~", "\x1b[6~"


@pytest.mark.parametrize("half_typed", ["hello", "안녕하세", "สวัสดีครั"])
def test_what_comes_in_leaves_what_is_being_typed_where_it_is(
    chat: ChatInMemory, seat_of: Seats, half_typed: str
) -> None:
    seat, jinny = seat_of(chat), chat.person("jinny")
    seat.types(half_typed, "\x1b[D")
    before = (seat.sees()[-1], seat.cursor())
    jinny.types("one", "두 번째", "สาม")
    seat.net.run()

    assert seat.said()[-3:] == ["[00:00] <jinny> one", "[00:00] <jinny> 두 번째", "[00:00] <jinny> สาม"]
    assert (seat.sees()[-1], seat.cursor()) == before


@pytest.mark.parametrize(("typed", "columns"), [("hello", 5), ("안녕", 4), ("น้ำ", 2)])
def test_the_cursor_stands_behind_what_is_typed_by_its_width(
    chat: ChatInMemory, seat_of: Seats, typed: str, columns: int
) -> None:
    seat = seat_of(chat)
    seat.types(typed)

    assert seat.cursor() == (len("> ") + columns, 11)


@pytest.mark.parametrize("columns", [20, 21, 40, 41])
@pytest.mark.parametrize("unit", ["가", "가나다라 ", "a", "ก็", "한a"])
def test_what_was_just_typed_is_in_sight_however_long_the_line(
    chat: ChatInMemory, seat_of: Seats, unit: str, columns: int
) -> None:
    seat = seat_of(chat, columns=columns, rows=16)
    hidden = []
    for _ in range(60):
        seat.front.typing.buffer.insert_text(unit * 3 + "Z")
        if not any("Z" in row for row in seat.sees()):
            hidden.append(len(seat.front.typing.buffer.text))
        seat.front.typing.buffer.delete_before_cursor()

    assert hidden == []


def test_what_is_typed_is_said_and_can_be_called_back(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny = seat_of(chat), chat.person("jinny")
    seat.types("안녕", ENTER, "안", UP, UP)

    assert jinny.reads()[-1:] == ["[00:00] <oscar> 안녕"]
    assert seat.sees()[-1] == "> 안녕"


def test_a_password_cannot_be_called_back(chat: ChatInMemory, seat_of: Seats) -> None:
    seat = seat_of(chat)
    seat.types("hi", ENTER, "/login oscar open sesame", ENTER, UP)

    assert seat.sees()[-1] == "> hi"


def test_a_password_typed_at_the_question_for_a_name_cannot_be_called_back(chat: ChatInMemory, seat_of: Seats) -> None:
    seat = seat_of(chat, name="")
    seat.types("four quiet green apples!", ENTER, "oscar", ENTER, "\x1b[A")

    assert seat.sees()[-1] == ">"


def test_ones_own_line_is_pale_until_it_is_receipted(chat: ChatInMemory, seat_of: Seats) -> None:
    seat = seat_of(chat)
    seat.net.cut()
    seat.types("kept", ENTER)
    pale = list(seat.front.talk.desk.pane.below())
    assert all("class:pending" in style for style, *_ in seat.front.draw(pale[0]))
    assert seat.said()[-1] == "[00:00] <oscar> kept"
    seat.net.wait(5)

    assert seat.said()[-1] == "[00:00] <oscar> kept"
    assert list(seat.front.talk.desk.pane.below()) == []


def test_a_line_that_is_refused_is_marked_by_more_than_colour(chat: ChatInMemory, seat_of: Seats) -> None:
    chat.person("jinny").types("/join dev", "/set hush 1")
    seat = seat_of(chat, rooms=("#dev",))
    seat.types("hello", ENTER)

    assert seat.said()[-2:] == [
        "✗ [00:00] <oscar> hello  (not sent)",
        "! #dev is hushed: only its operators may speak now.",
    ]


def test_a_command_that_is_refused_was_sent_all_the_same(chat: ChatInMemory, seat_of: Seats) -> None:
    seat = seat_of(chat)
    seat.types("/kick jinny", ENTER)

    assert seat.said()[-2:] == ["✗ /kick #lobby jinny", "! Only an operator may do that."]


def test_an_order_is_about_the_room_that_one_sees(chat: ChatInMemory, seat_of: Seats) -> None:
    seat = seat_of(chat, rooms=("#dev", "#ops"))
    jinny = chat.person("jinny")
    jinny.types("/join dev", "/join ops")
    seat.net.run()
    seat.types("\x1b1", "/kick jinny", ENTER)

    assert set(jinny_rooms(chat)) == {"#lobby", "#ops"}


def test_an_order_about_the_server_stays_one(chat: ChatInMemory, seat_of: Seats) -> None:
    seat = seat_of(chat)
    chat.person("jinny")
    chat.console().types("/grant oscar")
    seat.net.run()
    seat.types("/kick --server jinny", ENTER)

    assert "jinny" not in chat.factory.chat.people


def jinny_rooms(chat: ChatInMemory) -> list[str]:
    """Return the rooms in which jinny is."""
    (place,) = chat.factory.chat.people["jinny"].places.values()
    return list(place.rooms)


def test_a_direct_message_says_to_whom(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny = seat_of(chat), chat.person("jinny")
    seat.types("/msg jinny psst", ENTER)
    jinny.types("/r what?")
    seat.net.run()

    assert seat.said()[-2:] == ["-oscar → jinny- psst", "-jinny- what?"]


def test_an_answer_to_a_direct_message_says_to_whom(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny, bob = seat_of(chat), chat.person("jinny"), chat.person("bob")
    jinny.types("/msg oscar psst")
    bob.types("/msg oscar me too")
    seat.net.run()
    seat.types("/reply hello", ENTER)

    assert seat.said()[-1] == "-oscar → bob- hello"


def test_the_status_line_tells_of_room_name_members_and_what_is_unread(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny = seat_of(chat, rooms=("#dev", "#lobby"), columns=80), chat.person("jinny")
    jinny.types("/join dev", "hi", "oscar: hi")
    seat.net.run()
    assert seat.status() == " #lobby   ● oscar  #dev 2!  2: jinny, oscar"
    seat.types("/join dev", ENTER)

    assert seat.status() == " #dev   ● oscar  2: jinny, oscar"
    seat.types("\x1b\x1b[D")
    assert seat.status().startswith(" #lobby ")
    seat.types("\x1b1")
    assert seat.status().startswith(" #dev ")


def test_where_one_had_stopped_reading_there_is_a_line(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny = seat_of(chat, rooms=("#dev", "#lobby")), chat.person("jinny")
    jinny.types("/join dev")
    seat.types("/join dev", ENTER)
    jinny.types("read")
    seat.net.run()
    seat.types("/join lobby", ENTER)
    jinny.types("not yet", "nor this")
    seat.net.run()
    seat.types("\x1ba")

    rows = seat.said()
    assert rows[-4:-2] == ["[00:00] <jinny> read", "── new " + "─" * 53]
    assert rows[-2:] == ["[00:00] <jinny> not yet", "[00:00] <jinny> nor this"]


def test_scrolled_back_one_stays_there_and_is_told_what_came(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny = seat_of(chat), chat.person("jinny")
    for n in range(30):
        jinny.types(f"line {n}")
        seat.net.wait(1)
    seat.types(PAGE_UP)
    before = seat.said()
    jinny.types("new", "oscar: newer")
    seat.net.run()

    assert seat.said() == before
    assert "↓ 2 below" in seat.status()
    seat.types(PAGE_DOWN, PAGE_DOWN)
    assert seat.said()[-3:] == ["── new " + "─" * 53, "[00:00] <jinny> new", "[00:00] <jinny> oscar: newer"]
    assert "below" not in seat.status()


def test_sending_shows_the_newest_again(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny = seat_of(chat), chat.person("jinny")
    for n in range(30):
        jinny.types(f"line {n}")
        seat.net.wait(1)
    seat.types(PAGE_UP, "back again", ENTER)

    assert seat.said()[-1] == "[00:00] <oscar> back again"


def test_several_lines_are_asked_about_and_go_as_one_message(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny = seat_of(chat), chat.person("jinny")
    jinny.reads()
    seat.types(f"{PASTE}one\r\n\ttwo\n{PASTED}")
    assert jinny.reads() == []
    seat.types(ENTER)
    assert ASKED in seat.sees()
    assert jinny.reads() == []
    seat.types(ENTER)

    assert jinny.reads() == ["[00:00] <oscar> one", "  | \ttwo"]
    assert seat.sees()[-1] == ">"


def test_who_does_not_want_to_send_them_goes_on_with_them(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny = seat_of(chat), chat.person("jinny")
    jinny.reads()
    seat.types(f"{PASTE}one\ntwo{PASTED}", ENTER, ESCAPE)
    assert not any("Send" in row for row in seat.sees())
    seat.types("!", ENTER)

    assert any("Send" in row for row in seat.sees()), "asked again"
    assert jinny.reads() == []
    assert [row for row in seat.sees() if row.startswith(("> ", "two"))] == ["> one", "two!"]


def test_what_is_changed_after_the_question_is_asked_about_again(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny = seat_of(chat), chat.person("jinny")
    jinny.reads()
    seat.types(f"{PASTE}one\ntwo{PASTED}", ENTER, "!", ENTER)
    assert (ASKED in seat.sees(), jinny.reads()) == (True, [])
    seat.types(ENTER)

    assert jinny.reads() == ["[00:00] <oscar> one", "  | two!"]


@pytest.mark.parametrize(
    "lines", ["a line of a longer program\rand one more of it, which follows at once\rthe last\r", "첫째\r둘\r셋\r"]
)
def test_a_paste_that_the_terminal_does_not_mark_is_known_by_its_speed(
    chat: ChatInMemory, seat_of: Seats, lines: str
) -> None:
    seat, jinny = seat_of(chat, term="linux"), chat.person("jinny")
    jinny.reads()
    seat.types(lines)

    assert jinny.reads() == []
    assert ASKED.replace("2", "3") in seat.sees()


@pytest.mark.parametrize(
    ("term", "lines"),
    [
        ("linux", ["ok", "thanks"]),
        ("xterm-256color", ["ok", "thanks", "see you"]),
        ("tmux", ["yes", "at nine o'clock, in the room that is beside the library"]),
        ("screen", ["네", "아홉 시에 만나요", "도서관 옆방에서요"]),
    ],
)
def test_what_is_typed_ahead_of_a_slow_line_is_not_taken_for_a_paste(
    chat: ChatInMemory, seat_of: Seats, term: str, lines: list[str]
) -> None:
    seat, jinny = seat_of(chat, term=term), chat.person("jinny")
    jinny.reads()
    seat.types("".join(f"{line}\r" for line in lines))

    assert jinny.reads() == [f"[00:00] <oscar> {line}" for line in lines]


def test_the_bell_rings_as_one_chose(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny = seat_of(chat), chat.person("jinny")
    rang = []
    for bell in ("mention", "off", "all"):
        seat.types(f"/bell {bell}", ENTER)
        seat.glass.rang = 0
        jinny.types("oscar: hi", "hi all")
        seat.net.run()
        rang.append(seat.glass.rang)

    assert rang == [1, 0, 2]


def test_a_narrow_terminal_sets_in_what_goes_on(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny = seat_of(chat, columns=24), chat.person("jinny")
    jinny.types("안녕하세요 여러분 <bob> not bob")
    seat.net.run()
    rows = seat.said()
    start = rows.index("[00:00] <jinny>")

    assert rows[start:] == ["[00:00] <jinny>", "     안녕하세요 여러분", "     <bob> not bob"]


def test_a_terminal_that_changes_its_size_is_drawn_anew(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny = seat_of(chat), chat.person("jinny")
    jinny.types("a line that is long enough to need two")
    seat.net.run()
    wide = seat.said()
    seat.glass.size = seat.glass.size._replace(columns=40)
    narrow = seat.said()
    seat.glass.size = seat.glass.size._replace(columns=60)

    assert len(narrow) == len(wide) + 1
    assert seat.said() == wide


def test_nobody_writes_control_characters_to_it(chat: ChatInMemory, seat_of: Seats) -> None:
    bot, seat = chat.program("bot"), seat_of(chat)
    bot.joins("lobby")
    bot.says("lobby", "\x1b[2Jred \x1b]0;title\x07and \x9b31m\rback")
    seat.net.run()
    seat.types("\x16\x1bc me", ENTER)

    assert all(character.isprintable() for row in seat.sees() for character in row)


def test_a_cut_is_told_and_how_long_it_takes(chat: ChatInMemory, seat_of: Seats) -> None:
    seat = seat_of(chat)
    seat.net.there = False
    seat.net.cut()
    assert seat.status().startswith(" #lobby   ○ Connecting again in 1 s …")
    assert seat.said()[-1] == "Server disconnected."
    seat.net.there = True
    seat.net.wait(5)

    assert seat.status() == " #lobby   ● oscar  1: oscar"


def test_the_name_is_asked_for_and_the_question_goes(chat: ChatInMemory, seat_of: Seats) -> None:
    seat = seat_of(chat, "")
    assert seat.sees()[-1] == "Your name:"
    seat.types("no good!", ENTER)
    assert seat.sees()[-1] == "Your name:"
    assert any(row.startswith("! A name may hold") for row in seat.sees())
    seat.types("민수", ENTER)

    assert seat.sees()[-1] == ">"
    assert seat.status() == " #lobby   ● 민수  1: 민수"


def test_ctrl_c_throws_away_what_is_typed_and_then_leaves_ctrl_d_says_goodbye(
    chat: ChatInMemory, seat_of: Seats
) -> None:
    seat, other = seat_of(chat), seat_of(chat, "jinny")
    seat.types("half a line", "\x03")
    assert (seat.sees()[-1], seat.closed) == (">", 0)
    seat.types("\x03")
    other.types("\x04")

    assert (seat.closed, other.closed) == (1, 1)


def test_what_stood_on_the_screen_can_be_read_when_it_is_gone(chat: ChatInMemory, seat_of: Seats) -> None:
    seat, jinny = seat_of(chat), chat.person("jinny")
    jinny.types("goodbye then")
    seat.net.run()
    seat.types("/quit", ENTER)

    assert text_of(seat.front.last_rows()[-1]) == "[00:00] <jinny> goodbye then "
