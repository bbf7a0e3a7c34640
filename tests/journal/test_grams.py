"""What a text is found by: words by their beginnings, and any two neighbouring letters of what has no spaces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproto.core.names import fold
from chatproto.journal.grams import MAX_GRAMS, grams, queries


def would_match(wanted: str, text: str) -> bool:
    """Whether FTS5 finds a text: each term of one of the queries among its grams, `"term"*` as a beginning."""
    have = grams(text).split()
    return any(
        all(any(g.startswith(t[1:-2]) for g in have) if t.endswith("*") else t[1:-1] in have for t in q.split(" AND "))
        for q in queries(wanted)
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hello world", "hello world"),
        ("회의실에서", "회의 의실 실에 에서 서"),
        ("가", "가"),
        ("v2.0 회의", "v2 0 회의 의"),
        ("hello hello", "hello"),
        ("ab회의cd", "ab cd 회의 의"),
        ("", ""),
        ("!? … 🎉", ""),
    ],
)
def test_grams(text: str, wanted: str) -> None:
    assert sorted(grams(text).split()) == sorted(wanted.split())


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("회의", "내일 회의실에서 뵙겠습니다"),
        ("의실", "내일 회의실에서 뵙겠습니다"),
        ("회의실", "내일 회의실에서 뵙겠습니다"),
        ("회", "회의"),
        ("밥", "오늘 아침밥"),
        ("วันนี้", "ประชุมวันนี้ตอนบ่าย"),
        ("ประชุม", "วันนี้ประชุมบ่าย"),
        ("hel", "Hello"),
        ("HELLO wor", "world, hello"),
        ("v2", "release v2.0"),
        ("Ärger", "ärger"),
    ],
)
def test_found(wanted: str, text: str) -> None:
    assert would_match(wanted, text)


@pytest.mark.parametrize(
    ("wanted", "text"), [("회의", "의회"), ("ello", "hello"), ("hello", "회의"), ("회의실", "회의"), ("!", "hello!")]
)
def test_not_found(wanted: str, text: str) -> None:
    assert not would_match(wanted, text)


def test_a_decomposed_hangul_syllable_is_the_same_syllable() -> None:
    assert grams("\u1112\u116c\u110b\u1174") == grams("회의") == "회의 의"


@given(st.text(alphabet="가나다회의실กขคงาิ้ำ", min_size=1, max_size=12), st.data())
def test_any_part_of_a_run_without_spaces_is_found(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    start = data.draw(st.integers(0, len(folded) - 1))
    end = data.draw(st.integers(start + 1, len(folded)))
    part = folded[start:end]
    if queries(part) and fold(part) == part:
        assert would_match(part, text)


@given(st.text(max_size=40))
def test_a_query_is_quoted_whatever_is_looked_for(text: str) -> None:
    """Nothing that somebody types is a word of FTS5's own language."""
    for term in [term for query in queries(text) for term in query.split(" AND ")]:
        assert term.startswith('"')
        assert term.rstrip("*").endswith('"')
        assert '"' not in term.rstrip("*")[1:-1]


def test_whole_words_are_looked_for_before_beginnings() -> None:
    assert queries("Hello 회의") == ['"hello" AND "회의"', '"hello"* AND "회의"']
    assert queries("회의") == ['"회의"']


def test_the_grams_of_a_text_are_bounded() -> None:
    text = "".join(chr(0xAC00 + n) for n in range(10_000))
    assert len(grams(text).split()) == MAX_GRAMS
