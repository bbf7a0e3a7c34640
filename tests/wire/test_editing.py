"""A line that is being typed: keys in, finished lines and what stands on the screen out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproto.wire.editing import LineEditor
from chatproto.words import width


def editor() -> LineEditor:
    return LineEditor("> ", width)


@pytest.mark.parametrize(
    ("keys", "lines", "shown"),
    [
        (b"hello\n", [b"hello"], "> "),
        (b"hel", [], "> hel"),
        (b"one\rtwo\nthr", [b"one", b"two"], "> thr"),
        (b"teh\x7f\x7fhe\n", [b"the"], "> "),
        (b"teh\b\bhe", [], "> the"),
        ("한글\x7f".encode(), [], "> 한"),
        ("안녕\n".encode(), ["안녕".encode()], "> "),
        (b"one two \x17", [], "> one "),
        (b"one two\x15three", [], "> three"),
        (b"a\x1b[Ab\x1b[1;5Cc\x1bOHd\x1bx", [], "> abcd"),
        (b"a\x1b[1;", [], "> a"),
        (b"a\x00\x07\tb", [], "> ab"),
        (b"\x7f\x17\x15\n", [b""], "> "),
        (b"caf\xe9\n", [b"caf\xe9"], "> "),
    ],
)
def test_keys_are_a_terminals_own(keys: bytes, lines: list[bytes], shown: str) -> None:
    line = editor()
    assert (line.feed(keys), line.shown(80)) == (lines, shown)


@given(
    st.lists(st.sampled_from(["a", "한", "ก่", "\x7f", "\n", "\x1b[A", "\x15", "\x1bOP"]), max_size=20).map("".join),
    st.integers(0, 60),
)
def test_it_does_not_matter_how_the_bytes_are_cut(keys: str, cut: int) -> None:
    data = keys.encode()
    whole, parts = editor(), editor()
    assert whole.feed(data) == parts.feed(data[:cut]) + parts.feed(data[cut:])
    assert whole.shown(80) == parts.shown(80)


@pytest.mark.parametrize(
    ("typed", "columns", "shown"),
    [("0123456789", 8, "> 56789"), ("한글을쓴다", 8, "> 쓴다"), ("abc", 2, "> "), ("abc", 0, "> ")],
)
def test_what_is_too_long_for_the_row_shows_its_end(typed: str, columns: int, shown: str) -> None:
    line = editor()
    line.feed(typed.encode())
    assert line.shown(columns) == shown
