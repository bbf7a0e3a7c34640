"""In what letters are written, what they look like, and what a backspace leaves of them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproto.core.charsets import CODECS, CP949, THAI, UTF8, decoded, encoded, guess, mended
from chatproto.core.events import Refusal

HANGUL = st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=2)
CONSONANTS = st.characters(min_codepoint=0x0E01, max_codepoint=0x0E2E)


@pytest.mark.parametrize(
    ("charset", "lang", "text"),
    [
        (CP949, "ko", "안녕하세요"),
        (CP949, "en", "안녕하세요"),
        (CP949, "ko", "뷁 똠방각하 ok"),
        (CP949, "ko", "ㅋㅋㅋ"),
        (THAI, "th", "สวัสดี"),
        (THAI, "en", "สวัสดีครับ"),
        (THAI, "ko", "สวัสดีครับ 123"),
        (THAI, "th", "ดื่มน้ำ"),
        ("", "ko", "café"),
        ("", "en", "naïve"),
        ("", "th", "schön, École"),
    ],
)
def test_what_a_line_that_is_not_utf_8_looks_like(charset: str, lang: str, text: str) -> None:
    """Latin-1 looks like none: it would be nonsense in both."""
    line = text.encode(CODECS[charset] if charset else "latin-1")
    assert guess(line, lang) == charset
    with pytest.raises(Refusal) as no:
        decoded(line, UTF8, lang)
    assert no.value.sentence.args.get("charset", "") == charset


@given(st.one_of(HANGUL.map(lambda text: (CP949, text)), st.text(CONSONANTS).map(lambda text: (THAI, text))))
def test_what_is_written_in_a_charset_is_read_in_it(written: tuple[str, str]) -> None:
    charset, text = written
    assert decoded(encoded(text, charset), charset, "en") == text


@given(st.text(), st.sampled_from(sorted(CODECS)))
def test_what_a_charset_does_not_have_is_a_question_mark_and_0xff_is_in_none(text: str, charset: str) -> None:
    """So telnet's IAC never needs doubling."""
    assert b"\xff" not in encoded(text.encode("utf-8", "replace").decode(), charset)


@given(st.binary(), st.sampled_from(sorted(CODECS)), st.sampled_from(["en", "ko", "th"]))
def test_any_bytes_are_read_or_refused(line: bytes, charset: str, lang: str) -> None:
    with suppress(Refusal):
        decoded(mended(line), charset, lang)


@pytest.mark.parametrize("typed", ["한", "가", "ก", "あ", "😀", "€"])
@pytest.mark.parametrize("taken", [1, 2])
@pytest.mark.parametrize("around", [("", "글"), ("글", ""), ("", "ok"), ("글 ", " ok"), ("ก", "ข")])
def test_a_letter_of_which_a_backspace_took_only_bytes_is_gone(typed: str, taken: int, around: tuple[str, str]) -> None:
    """`stty -iutf8`: each backspace takes a byte."""
    before, after = around
    line = before.encode() + typed.encode()[:-taken] + after.encode()
    if taken == 2 and len(typed.encode()) == 3 and (before + after).isascii():
        assert mended(line) == line  # one byte is left, and may as well be Latin-1
    else:
        assert mended(line).decode() == before + after


@pytest.mark.parametrize("line", [b"caf\xe9", b"tr\xe8s bien", "안녕".encode("cp949"), b"\xed\x95", b"", b"plain"])
def test_what_is_no_utf_8_at_all_is_left_as_it_is(line: bytes) -> None:
    assert mended(line) == line


@given(st.text().map(lambda text: text.encode("utf-8", "ignore")))
def test_utf_8_is_left_as_it_is(line: bytes) -> None:
    assert mended(line) == line
