import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatproto.core import names
from chatproto.core.events import Reason, Refusal

GOOD = ["oscar", "민수", "สมชาย", "O'Neil", "anne-marie", "bob_2", "3po", "Ünal", "ｏｓｃａｒ"]
BAD = [
    "",
    "  ",
    "-a",
    "a,b",
    "a:b",
    "#a",
    "/a",
    "@a",
    "a\x1b[31m",
    "a\nb",
    "ㅤ",
    "a\u200bb",
    "a\u202eb",
    "\u0301a",
]


def refused(text: str) -> Refusal:
    with pytest.raises(Refusal) as no:
        names.person(text)
    return no.value


@pytest.mark.parametrize("name", GOOD)
def test_a_name_stands_as_it_was_typed(name: str) -> None:
    assert names.person(f" {name} ") == name


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_name_is_refused(name: str) -> None:
    assert refused(name).reason is Reason.BAD_NAME


def test_a_refusal_says_which_character_and_why() -> None:
    args = refused("os\u202ecar").sentence.args
    assert args == {"signs": " ".join(names.INSIDE), "place": 3, "character": "U+202E RIGHT-TO-LEFT OVERRIDE"}


@pytest.mark.parametrize(
    ("character", "described"),
    [
        ("!", "'!' (U+0021 EXCLAMATION MARK)"),
        ("\x1b", "U+001B CONTROL CHARACTER"),
        (" ", "U+0020 SPACE"),
        ("\u200b", "U+200B ZERO WIDTH SPACE"),
        ("\u0e48", "U+0E48 THAI CHARACTER MAI EK"),
        ("\ue000", "U+E000"),
    ],
)
def test_a_character_is_described(character: str, described: str) -> None:
    assert names.described(character) == described


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Kim Minsu", "Kim_Minsu"),
        ("  Kim   Minsu ", "Kim_Minsu"),
        ("김 민수", "김_민수"),
        ("สมชาย ใจดี", "สมชาย_ใจดี"),
        ("김\u3000민수", "김_민수"),
        ("Kim\u00a0Minsu", "Kim_Minsu"),
        ("Kim\tMinsu", "Kim_Minsu"),
        ("snake__case", "snake__case"),
        ("O\u2019Brien", "O'Brien"),
        ("D\u2018Arcy", "D'Arcy"),
        ("Jean\u2010Luc", "Jean-Luc"),
        ("キム・ミンス", "キム·ミンス"),
    ],
)
def test_a_name_becomes_one_word_that_can_be_typed(typed: str, name: str) -> None:
    assert names.person(typed) == name
    assert names.key(typed) == names.key(name) == names.fold(name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ก\u0e48\u0e34น", "ก\u0e34\u0e48น"),  # the tone before the vowel
        ("น\u0e4d\u0e49า", "น\u0e49\u0e33"),  # a circle, a tone and า, which look like น้ำ
        ("น\u0e49\u0e4dา", "น\u0e49\u0e33"),
        ("ท\u0e4dา", "ท\u0e33"),
        ("A\u030a", "\u00c5"),
        ("a\u0323\u0302", "a\u0302\u0323"),
    ],
)
def test_marks_stand_in_their_normal_order(typed: str, name: str) -> None:
    assert names.person(typed) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name",
    [
        "ก\u0e48\u0e48อน",
        "ก\u0e48\u0e49อน",
        "ก\u0e34\u0e35น",
        "ก\u0e34\u0e48\u0e48น",
        "e\u0301\u0301",
        "\u00e9\u0301",
        "z" + "\u0300\u0301\u0302\u0303\u0304\u0306\u0307",
    ],
)
def test_a_mark_stands_once_on_its_letter(name: str) -> None:
    """Else two names differ in what nobody sees. Who registered such a name before there was this rule keeps it."""
    with pytest.raises(Refusal) as no:
        names.check_new(names.person(name))
    assert (no.value.reason, "mark" in no.value.sentence.text) == (Reason.BAD_NAME, True)
    with pytest.raises(Refusal):
        names.room(name)


REAL = "ก่อน กิ่งแก้ว น้ำผึ้ง สมชาย ณัฐฐ์ Nguyễn Thị_Bưởi Đặng محمّد شَدّة हिन्दी क्षत्रिय ကြောင် မြွှောက် བསྒྲུབས พิชญ์ Ünal 각하 שָׁלוֹם".split()


@pytest.mark.parametrize("name", REAL)
def test_the_marks_of_real_names_stay(name: str) -> None:
    shown = names.person(name)
    names.check_new(shown)
    assert shown == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", ["a" * 32, "민" * 32, "ก" * 32])
def test_a_name_may_have_32_characters_and_96_bytes(name: str) -> None:
    assert names.person(name) == name
    assert refused(name + name[0]).reason is Reason.BAD_NAME


def test_a_name_of_more_than_96_bytes_is_refused() -> None:
    assert refused("𐍈" * 25).sentence.args == {"most": 32, "bytes": 96}


@pytest.mark.parametrize(
    "name", ["server", "Server", "SERVER", "서버", "เซิร์ฟเวอร์", unicodedata.normalize("NFD", "서버")]
)
def test_the_servers_own_names_are_nobodys(name: str) -> None:
    assert refused(name).reason is Reason.NAME_RESERVED


def test_a_decomposed_name_is_the_same_name() -> None:
    assert names.person(unicodedata.normalize("NFD", "민수")) == "민수"


@pytest.mark.parametrize(("typed", "name"), [("dev", "#dev"), ("#dev", "#dev"), ("#Dev", "#dev"), ("방", "#방")])
def test_a_rooms_name_has_a_number_sign_and_no_capitals(typed: str, name: str) -> None:
    assert names.room(typed) == name


def test_a_rooms_name_is_measured_as_it_will_stand() -> None:
    assert names.room("ß" * 16) == "#" + "ss" * 16
    with pytest.raises(Refusal):
        names.room("ß" * 17)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert names.fold(names.fold(text)) == names.fold(text)


@given(st.text())
def test_however_it_was_composed_it_folds_alike(text: str) -> None:
    assert names.fold(unicodedata.normalize("NFD", text)) == names.fold(text)


@given(st.one_of(st.text(max_size=40), st.text("ßaİŉ가", max_size=40)))
def test_what_is_a_name_stays_one(text: str) -> None:
    for kind in (names.person, names.room):
        try:
            name = kind(text)
        except Refusal as no:
            assert no.reason in {Reason.BAD_NAME, Reason.NAME_RESERVED}  # noqa: PT017 - any text may be a name or not
        else:
            assert kind(name) == name
            assert not any(c.isspace() for c in name)


@given(st.characters())
def test_any_character_can_be_described(character: str) -> None:
    described = names.described(character)
    assert f"U+{ord(character):04X}" in described
    assume(unicodedata.category(character)[0] in "CZ")
    assert character not in described or character == " "
