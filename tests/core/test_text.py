import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproto.core import names, text
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
    assert not set(left) & set(BIDI_CONTROLS)


# Embeddings, overrides and isolates, each by its number: a list that is built as the code builds it sees nothing.
BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("character", BIDI_CONTROLS, ids=ascii)
def test_no_control_of_the_direction_stays_anywhere(character: str) -> None:
    came = f"a{character}b"
    assert [text.clean(came), text.message(came), text.one_line(came)] == ["ab"] * 3
    for name in (names.person, names.room):
        with pytest.raises(Refusal):
            name(came)


@pytest.mark.parametrize("mark", "\u200e\u200f\u061c", ids=ascii)
def test_the_marks_of_the_direction_may_stay(mark: str) -> None:
    """With them one writes `!` on the right side of a Hebrew word."""
    assert text.message(f"a{mark}b") == f"a{mark}b"


ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"


@pytest.mark.parametrize("flag", [ENGLAND, SCOTLAND, WALES], ids=["England", "Scotland", "Wales"])
def test_the_flags_of_regions_stay(flag: str) -> None:
    assert text.message(f"go {flag}{flag}!") == f"go {flag}{flag}!"


@pytest.mark.parametrize(
    ("came", "left"),
    [
        (ENGLAND[1:], ""),
        (ENGLAND[:-1], "\U0001f3f4"),
        ("\U0001f3f4" + "\U000e0061" * 40 + "\U000e007f", "\U0001f3f4"),
        (ENGLAND + "\U000e0068\U000e0069", ENGLAND),
        ("a" + ENGLAND[1:], "a"),
    ],
)
def test_letters_that_nobody_sees_do_not_stay(came: str, left: str) -> None:
    assert text.clean(came) == left


@pytest.mark.parametrize("base", ["a", "가", "ก", " "])
@pytest.mark.parametrize(
    "marks", ["\u0301", "\u0335\u0489", "\u0e48", "\u20dd", "\ufe0f\u0300", "\u0300\u200d", "\u0300\u1160"]
)
def test_a_letter_carries_few_marks(base: str, marks: str) -> None:
    """Hundreds of them paint over the lines above and below; what is not seen among them is no new letter."""
    left = text.clean(f"{base}{marks * 300}b")
    assert sum(unicodedata.category(c).startswith("M") for c in left) <= text.MAX_MARKS
    assert (left[0], left[-1]) == (unicodedata.normalize("NFC", base + marks)[0], "b")


@pytest.mark.parametrize(
    "said",
    [
        "ก็ดีนะ น้ำผึ้ง ผู้ใหญ่ กตัญญู ฐิติพงศ์",
        "ㅋㅋㅋㅋㅋㅋㅋㅋ 각하 ㅠㅠㅠㅠㅠㅠㅠㅠ",
        "Nguyễn Thị Bưởi, Đặng Thái Sơn",
        "مُحَمَّدٌ شَدَّة",
        "क्षत्रिय र्‍क हिन्दी स्त्री",
        "ကြောင်း မြွှောက်ပင့် ဩ",
        "བསྒྲུབས་ཧཱུྃ",
        "שָׁלוֹם עֲלֵיכֶם",
        "👨\u200d👩\u200d👧\u200d👦 ❤\ufe0f\u200d🔥 👍🏽 1\ufe0f\u20e3 🇰🇷🇹🇭 🏳\ufe0f\u200d🌈",
        "「はい。」……！！！！！？？？？？？？",
    ],
)
def test_what_people_write_is_unhurt(said: str) -> None:
    assert text.clean(said) == unicodedata.normalize("NFC", said)


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
