"""A drawn line is cut into rows of a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.formatted_text import fragment_list_width

from chatproto.client.screen.wrapping import rows, styled
from tests.client.screen.kit import text_of

LETTERS = "ab <> 한글 สวัสดีน้ำ ㅋ 👋 é\t\n"


def cut(text: str, columns: int) -> list[str]:
    return [text_of(row).rstrip() for row in rows(styled(text), columns)]


@pytest.mark.parametrize(
    ("text", "columns", "found"),
    [
        ("", 20, [""]),
        ("short", 20, ["short"]),
        ("one two three four five", 17, ["one two three", "    four five"]),
        ("https://example.org/a/long/path", 17, ["https://example.", "    org/a/long/p", "    ath"]),
        ("가나다라마바사", 9, ["가나다라", "  마바사"]),
        ("하나 둘 셋 넷 다섯", 13, ["하나 둘 셋", "   넷 다섯"]),
        ("น้ำน้ำน้ำน้ำ", 7, ["น้ำน้ำน้ำ", " น้ำ"]),
        ("a\n  | b", 20, ["a", "  | b"]),
        ("a\n\nb", 20, ["a", "", "b"]),
        ("a\tb", 20, ["a    b"]),
        ("가나", 1, ["가", "나"]),
    ],
)
def test_it_is_cut_at_spaces_and_where_there_are_none_anywhere_but_within_a_character(
    text: str, columns: int, found: list[str]
) -> None:
    assert cut(text, columns) == found


@given(st.text(LETTERS, max_size=200), st.integers(8, 60))
def test_no_row_is_wider_than_the_terminal_and_nothing_but_spaces_is_lost(text: str, columns: int) -> None:
    found = rows(styled(text), columns)

    assert max(fragment_list_width(row) for row in found) <= columns
    assert "".join(text_of(row) for row in found).replace(" ", "") == "".join(text.split())


@given(st.text(LETTERS.replace("\n", ""), max_size=200), st.integers(8, 60))
def test_only_the_first_row_of_a_line_begins_at_the_edge(text: str, columns: int) -> None:
    first, *more = rows(styled("[10:02] <jinny> " + text), columns)

    assert text_of(first).startswith("[")
    assert all(text_of(row).startswith(" ") for row in more)


def test_looks_go_on_in_the_next_row() -> None:
    first, second = rows(styled("\x1b[1mone two three four\x1b[0m", "class:pending"), 14)

    assert [style for style, *_ in first] == ["class:pending bold", ""]
    assert [style for style, *_ in second] == ["", "class:pending bold", ""]
