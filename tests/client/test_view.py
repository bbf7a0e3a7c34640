"""How lines look on a plain terminal."""

import pytest

from chatproto.client.message import Message
from chatproto.client.view import View, names_me, wants_colour
from chatproto.core.members import Taste

UTC = Taste(tz="UTC")
HI = Message("said", "hi", who="jinny", room="#dev", at=36120.0)


def test_a_line_is_drawn_as_the_server_draws_it() -> None:
    view = View()

    assert view.line(HI, UTC, current="#dev") == "[10:02] <jinny> hi"
    assert view.line(HI, UTC, current="#lobby") == "[10:02] #dev <jinny> hi"
    assert (
        view.line(HI, Taste(lang="ko", time="full", tz="+09:00"), current="#dev") == "(1970-01-01 19:02:00) jinny : hi"
    )
    assert view.line(Message("said", "psst", who="jinny", direct=True), UTC) == "-jinny- psst"
    assert view.line(Message("refused", "No.\nTry later."), UTC).startswith("! No.")


def test_a_second_line_of_a_text_is_nobody_elses_line() -> None:
    assert View().line(Message("said", "a\n<bob> b", who="jinny"), UTC, current="").split("\n")[1].startswith("  |")


def test_one_fact_told_in_two_rooms_is_shown_once() -> None:
    view, gone = View(), Message("left", "bob quit", room="#dev", at=1.0)
    elsewhere = Message("left", "bob quit", room="#ops", at=1.0)

    assert [view.line(m, UTC, current="#dev") for m in (gone, elsewhere)] == ["* bob quit", ""]
    assert view.line(HI, UTC) != ""
    assert view.line(HI, UTC) != "", "what is said twice is shown twice"


def test_names_keep_their_colour_and_the_text_is_the_same_without_it() -> None:
    view = View(colour=True)
    first, second = view.line(HI, UTC), view.line(Message("said", "yo", who="JINNY", room="#dev", at=36120.0), UTC)

    assert "\x1b[38;5;" in first
    assert first[: first.index("jinny")] == second[: second.index("JINNY")]
    assert "\x1b" not in View().line(HI, UTC)


@pytest.mark.parametrize(
    ("environ", "terminal", "colour"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm"}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({}, True, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
    ],
)
def test_colour_is_for_a_terminal_that_wants_it(environ: dict[str, str], terminal: bool, colour: bool) -> None:
    assert wants_colour(environ, terminal=terminal) is colour


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("hi @oscar", True),
        ("hi @OSCAR!", True),
        ("oscar: hi", True),
        ("@oscar야", True),
        ("@oscar2 hi", False),
        ("about oscar", False),
        ("an oscar: no", False),
    ],
)
def test_the_bell_rings_for_ones_own_name_only(text: str, named: bool) -> None:
    line = View(bells=True).line(Message("said", text, who="jinny"), UTC, me="oscar")

    assert names_me(text, "oscar") is named
    assert line.startswith("\a") is named
    assert not View().line(Message("said", text, who="jinny"), UTC, me="oscar").startswith("\a")


@pytest.mark.parametrize(
    ("message", "rung_by"),
    [
        (Message("said", "oscar: hi", who="jinny"), {"mention", "all"}),
        (Message("said", "psst", who="jinny", direct=True), {"mention", "all"}),
        (Message("said", "hi", who="jinny"), {"all"}),
        (Message("action", "jinny waves", who="jinny"), {"all"}),
        (Message("said", "oscar: hi", who="oscar", own=True), set()),
        (Message("joined", "jinny joined"), set()),
        (Message("said", "oscar: from another place", who="Oscar"), set()),
    ],
)
def test_the_bell_has_three_states(message: Message, rung_by: set[str]) -> None:
    rung = {
        bell
        for bell in ("off", "mention", "all")
        if "\a" in View(bells=True).line(message, Taste(bell=bell), me="oscar")
    }

    assert rung == rung_by


def test_how_a_message_looks_is_asked_as_often_as_one_likes_and_is_never_heard() -> None:
    view, gone = View(bells=True), Message("left", "bob quit", room="#dev", at=1.0)
    called = Message("said", "oscar: hi", who="jinny")

    assert [view.text(gone, UTC), view.text(gone, UTC)] == ["* #dev bob quit", "* #dev bob quit"]
    assert "\a" not in view.text(called, UTC, me="oscar")
