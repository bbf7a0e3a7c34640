"""Lines in pieces: what stands there, and how it looks."""

import pytest

from chatproto.client.desk import Line, State
from chatproto.client.message import Message
from chatproto.client.talk import TYPED
from chatproto.gui.lines import Piece, number_of, pieces
from chatproto.words.drawing import Style

UTC = Style("en", "short", "UTC")


def said(text: str, who: str = "jinny", **more: object) -> Message:
    return Message("said", text, who=who, room="#lobby", **more)  # type: ignore[arg-type]


def text(found: list[Piece]) -> str:
    return "".join(piece for piece, _ in found)


def looks_of(part: str, line: Line) -> set[str]:
    return next(set(looks) for piece, looks in pieces(line, UTC) if part in piece)


@pytest.mark.parametrize(
    ("message", "drawn"),
    [
        (said("hi"), "00:00 jinny: hi"),
        (Message("joined", "bob joined"), "00:00 * bob joined"),
        (Message("refused", "No."), "00:00 ! No."),
        (Message("answer", "one\ntwo"), "00:00 * one\n* two"),
        (said("psst", direct=True, headers={"to": "oscar"}), "00:00 jinny → oscar: psst"),
        (Message(TYPED, "/rooms"), "00:00 /rooms"),
    ],
)
def test_each_kind_has_a_sign_that_is_no_colour(message: Message, drawn: str) -> None:
    assert text(list(pieces(Line(message), UTC))) == drawn


def test_the_time_is_as_one_likes_it() -> None:
    forms = [text(list(pieces(Line(said("hi")), Style("en", form, "UTC")))) for form in ("full", "off")]

    assert forms == ["1970-01-01 00:00:00 jinny: hi", "jinny: hi"]


def test_a_later_line_of_a_text_is_set_in_and_never_looks_like_somebody_elses() -> None:
    found = list(pieces(Line(said("a\n00:00 bob: b")), UTC))

    assert text(found) == "00:00 jinny: a\n00:00 bob: b"
    assert [looks[0] for _, looks in found] == ["first"] * 4 + ["more"]
    assert not {look for _, looks in found[4:] for look in looks} & {"time", f"name{number_of('bob')}"}


def test_ones_own_line_shows_how_it_fares() -> None:
    states = [Line(said("hi", "oscar"), state) for state in (State.PENDING, State.SAID, State.FAILED)]
    korean = text(list(pieces(states[2], Style("ko", "off", "UTC"))))

    assert [text(list(pieces(line, UTC))) for line in states] == [
        "00:00 oscar: hi …",
        "00:00 oscar: hi",
        "00:00 oscar: hi  ✗ Fail to send msg.",
    ]
    assert korean == "oscar: hi  ✗ Fail to send msg."
    assert "pending" in looks_of("hi", states[0])
    assert "failed" in looks_of("hi", states[2])


def test_a_command_that_is_refused_is_only_marked() -> None:
    assert text(list(pieces(Line(Message(TYPED, "/kick bob"), State.FAILED), UTC))) == "00:00 /kick bob  ✗"


def test_a_line_that_calls_is_marked_from_its_first_letter_on() -> None:
    assert all("called" in looks for _, looks in pieces(Line(said("oscar: hi"), called=True), UTC))


def test_what_was_said_before_one_came_stands_back() -> None:
    assert "before" in looks_of("hi", Line(said("hi"), before=True))
    assert "said" in looks_of("hi", Line(said("hi")))


def test_a_name_has_one_colour_however_it_is_written() -> None:
    assert number_of("Jinny") == number_of("jinny")
    assert len({number_of(f"user{n}") for n in range(100)}) > 4


THAI = "วันนี้ผมกำลังทดสอบข้อความภาษาไทย"


@pytest.mark.parametrize(
    ("words", "unspaced"),
    [(THAI, [True] * 4), (f"hi\n{THAI}", [False] * 4 + [True]), ("สวัสดี @สมชาย and good morning to all", [False] * 4)],
)
def test_what_is_written_without_spaces_is_broken_from_its_beginning_on(words: str, unspaced: list[bool]) -> None:
    assert ["unspaced" in looks for _, looks in pieces(Line(said(words)), UTC)] == unspaced
