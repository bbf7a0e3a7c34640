import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproto.core import text
from chatproto.core.events import Reason, Refusal

NASTY = st.text(st.one_of(st.sampled_from("\x1b\x9b\x9d\x07\x9c[]31m;\\\r\n\tab"), st.characters()))


@pytest.mark.parametrize(
    ("came", "left"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;your title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("\x1bP1$q\x1b\\text", "text"),
        ("\x1b(0text", "text"),
        ("\x1bctext", "text"),
        ("bell\a null\0 back\b", "bell null back"),
        ("a\u202eb\u2066c", "abc"),
        ("one\r\ntwo\rthree", "one\ntwothree"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\u2028b\u2029c\x85d", "abcd"),
        ("hidden\U000e0041", "hidden"),
        ("half\ud800", "half"),
        ("ㅋㅋㅋ น้ำ", "ㅋㅋㅋ น้ำ"),
        ("👩\u200d💻 1\u20e3", "👩\u200d💻 1\u20e3"),
    ],
)
def test_a_text_is_stripped_of_what_is_for_terminals(came: str, left: str) -> None:
    assert text.clean(came) == left


@given(NASTY)
def test_nothing_a_terminal_would_obey_is_left(came: str) -> None:
    """WIRE: "Text from others never carries control characters, escape sequences or bidirectional overrides"."""
    left = text.clean(came)
    assert all(unicodedata.category(c) not in {"Cc", "Cs"} or c in "\n\t" for c in left)
    assert not set(left) & set(text.BIDI)


@given(NASTY)
def test_cleaning_twice_is_cleaning_once(came: str) -> None:
    assert text.clean(text.clean(came)) == text.clean(came)


@given(NASTY)
def test_a_message_says_something_or_is_refused(came: str) -> None:
    try:
        said = text.message(came)
    except Refusal as no:
        assert no.reason is Reason.BAD_TEXT  # noqa: PT017 - any text may be one or not
    else:
        assert said.strip()


@pytest.mark.parametrize("came", ["", "  ", "\n\n", "\x1b[31m", "ㅤ", "\u200b\u2060", "⠀ ⠀"])
def test_what_nobody_would_see_is_not_said(came: str) -> None:
    with pytest.raises(Refusal):
        text.message(came)


def test_one_line_is_one_line() -> None:
    assert text.one_line(" a\n\tb\x1b[2Jc ") == "a bc"


def test_one_line_has_an_end() -> None:
    assert text.one_line("x" * 400) == "x" * 400
    with pytest.raises(Refusal) as no:
        text.one_line("x" * 401)
    assert no.value.reason is Reason.TOO_LONG


def test_bytes_that_are_no_text_are_refused_with_the_place() -> None:
    assert text.decoded("안녕".encode()) == "안녕"
    with pytest.raises(Refusal) as no:
        text.decoded("안녕".encode("cp949"))
    assert (no.value.reason, no.value.sentence.args) == (Reason.BAD_TEXT, {"place": 1})
