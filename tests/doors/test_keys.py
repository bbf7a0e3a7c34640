"""A telnet that sends each key, as Windows' does: its line is edited here, and shown, but for passwords."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproto.core.charsets import CODECS
from chatproto.doors.keys import Keys
from chatproto.testing import ChatInMemory, Person, Wire

OFFER = b"\xff\xfb\x01\xff\xfb\x03\xff\xfd\x03"
AGREED = b"\xff\xfd\x01\xff\xfd\x03\xff\xfb\x03"
ASK_BINARY, BINARY = b"\xff\xfd\x00", b"\xff\xfb\x00"


def keys(charset: str = "utf-8", most: int = 200) -> Keys:
    return Keys(most, lambda: charset, lambda text: text.startswith("/register "))


def screen(shown: bytes, charset: str = "utf-8") -> list[str]:
    """What stands on a screen after these bytes: in each line a column is a cell, and a wide letter takes two."""
    from wcwidth import wcwidth

    lines: list[list[str]] = [[]]
    at = 0
    for letter in shown.decode(CODECS[charset]):
        if letter == "\n":
            lines.append([])
        elif letter == "\r":
            at = 0
        elif letter == "\b":
            at = max(0, at - 1)
        elif wcwidth(letter) == 0:
            lines[-1][at - 1] += letter
        else:
            cells = [letter] + [""] * (wcwidth(letter) - 1)
            lines[-1][at : at + len(cells)] = cells
            at += len(cells)
    return ["".join(line).rstrip() for line in lines]


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("teh\b\bhe\r\n", "the"),
        ("teh\x7f\x7fhe\r\n", "the"),
        ("한글\b국\r", "한국"),
        ("\u1112\u1161\u11ab\b\uac00\r", "가"),  # jamo, as macOS sends them: the whole syllable
        ("น้ำ\b\r", "น้"),
        ("น้\b\r", "น"),  # of Thai, the mark by itself
        ("one two\x17three\r", "one three"),
        ("one two  \x17\x17x\r", "x"),
        ("wrong\x15right\r", "right"),
        ("wrong\x03right\r", "right"),
        ("\b\b\x17\x15a\r", "a"),
        ("a\x1b[Ab\x1b[1;5Cc\x1bOHd\r", "abcd"),
        ("a\tb\x07c\r", "a bc"),
    ],
)
def test_keys_edit_the_line_and_the_screen(typed: str, line: str) -> None:
    """Whole, and byte by byte; what stands on the screen is what will be said."""
    for pieces in ([typed.encode()], [bytes([byte]) for byte in typed.encode()]):
        all_lines, shown = b"", b""
        typist = keys()
        for piece in pieces:
            lines, echo = typist.feed(piece)
            all_lines, shown = all_lines + lines, shown + echo
        assert all_lines.decode() == f"{line}\n"
        assert screen(shown)[0] == line


@pytest.mark.parametrize(("charset", "text"), [("cp949", "안녕하세요"), ("tis-620", "สวัสดี"), ("utf-8", "안녕 สวัสดี")])
def test_letters_of_each_charset_are_taken_back_whole(charset: str, text: str) -> None:
    typist, data = keys(charset), text.encode(CODECS[charset])
    for byte in data:  # a letter may come in two reads
        typist.feed(bytes([byte]))
    for left in range(len(text) - 1, -1, -1):
        typist.feed(b"\b")
        assert typist.line.decode(CODECS[charset]) == text[:left]


def test_letters_of_a_charset_that_was_not_chosen_yet_are_taken_back_whole() -> None:
    typist = keys("utf-8")
    typist.feed("안녕".encode("cp949"))
    typist.feed(b"\b")
    assert typist.line == "안".encode("cp949")


@pytest.mark.parametrize("letter", ["👩\u200d👩\u200d👧", "👍🏽", "❤️", "한", "e"])
def test_what_is_one_letter_to_see_goes_at_once(letter: str) -> None:
    assert keys().feed(f"a{letter}\bb\r".encode())[0] == b"ab\n"


def test_a_password_is_not_shown() -> None:
    typist = keys()
    shown = typist.feed("/register 비밀 apple\b\r\n".encode())[1]
    shown_singly = b"".join(keys().feed(bytes([byte]))[1] for byte in b"x")
    assert shown_singly == b"x"
    assert b"apple" not in shown
    assert "비밀".encode() not in shown
    assert screen(shown)[0] == "/register " + "*" * 7


def test_a_password_key_by_key_is_not_shown() -> None:
    typist, shown = keys(), b""
    for byte in "/register 비밀x".encode():
        shown += typist.feed(bytes([byte]))[1]
    assert screen(shown)[0] == "/register ***"
    assert b"x" not in shown


@given(st.binary(max_size=80), st.sampled_from(sorted(CODECS)), st.lists(st.integers(1, 9), max_size=12))
def test_any_keys_cut_anywhere_give_the_same_lines(data: bytes, charset: str, cuts: list[int]) -> None:
    whole, cut, at = keys(charset), keys(charset), 0
    lines = b""
    for size in [*cuts, len(data)]:
        lines += cut.feed(data[at : at + size])[0]
        at += size
    assert (lines, cut.line) == (whole.feed(data)[0], whole.line)


def test_a_line_without_end_is_let_go_once_it_is_too_long() -> None:
    typist = keys(most=5)
    assert typist.feed(b"123456")[0] == b"123456"
    assert typist.line == b""


# --- at the door -----------------------------------------------------------------------------------


def typing(wire: Wire, text: bytes, answer: bytes = b"") -> bytes:
    """Type key by key; return what comes back. `answer` is what this telnet says to the first offer."""
    heard = b""
    for byte in text:
        wire.receive(bytes([byte]))
        came = wire.take()
        heard += came
        if answer and OFFER in came:
            wire.receive(answer)
            heard += wire.take()
    return heard


def windows(chat: ChatInMemory) -> Wire:
    """A telnet of Windows that was greeted."""
    wire = chat.wire()
    chat.wait(0.5)
    wire.take()
    return wire


def test_windows_telnet_is_offered_echo_and_its_line_is_edited() -> None:
    chat = ChatInMemory()
    bob, amy = chat.person("bob"), windows(chat)
    heard = typing(amy, b"amx\by\r\n", AGREED)
    chat.settle()
    assert heard == OFFER + ASK_BINARY + b"am" + b"x\b \by\r\n"
    assert amy.take().startswith(b"* Hello, amy.")
    assert typing(amy, b"teh\b\bhe\r\n") == b"teh\b \b\b \bhe\r\n"
    chat.settle()
    assert bob.reads() == ["* amy joined", "[00:00] <amy> the"]


@pytest.mark.parametrize("answer", [b"", b"\xff\xfe\x01\xff\xfe\x03"])
def test_one_that_does_not_agree_is_edited_and_not_shown_anything(answer: bytes) -> None:
    """RFC 857: without an agreement the other end shows what is typed."""
    chat = ChatInMemory()
    bob, amy = chat.person("bob"), windows(chat)
    assert typing(amy, b"amx\by\r\n", answer) == OFFER + ASK_BINARY
    typing(amy, b"teh\b\bhe\r\n")
    chat.settle()
    assert bob.reads() == ["* amy joined", "[00:00] <amy> the"]


@pytest.mark.parametrize("word", [b"/login amy sesame", b"/register sesame"])
def test_no_password_comes_back(word: bytes) -> None:
    chat = ChatInMemory()
    amy = windows(chat)
    if word.startswith(b"/register"):
        typing(amy, b"amy\r\n", AGREED)
    assert b"sesame" not in typing(amy, word, AGREED).replace(b"*", b"")
    heard = typing(amy, b"x")
    assert heard == b"*"


def test_what_others_say_does_not_cut_what_is_being_typed() -> None:
    """It is taken off the screen, and drawn anew below."""
    chat = ChatInMemory()
    bob, amy = chat.person("bob"), windows(chat)
    typing(amy, b"amy\r\n", AGREED + BINARY)
    chat.settle()
    amy.take()
    shown = typing(amy, "hel한".encode())
    bob.types("a word")
    assert screen(shown + amy.take()) == ["[00:00] <bob> a word", "hel한"]


def test_who_sends_lines_is_not_offered_anything() -> None:
    chat = ChatInMemory()
    oscar = chat.wire()
    for line in (b"oscar\r\n", b"h\r\n", b"o\r\n", b"\r\n", b"half ", b"a line\r\n"):
        oscar.receive(line)
        chat.settle()
    assert b"\xff" not in oscar.take()


def test_ctrl_d_on_an_empty_line_leaves() -> None:
    chat = ChatInMemory()
    bob, amy = chat.person("bob"), windows(chat)
    typing(amy, b"amy\r\nhi\x04\b\b\x04", AGREED)
    chat.wait(1)
    amy.take()
    assert amy.closed
    chat.settle()
    assert bob.reads() == ["* amy joined", "* amy lost the connection"]


@pytest.mark.parametrize("charset", ["cp949", "tis-620"])
def test_a_charset_is_offered_in_its_own_letters_and_chosen(charset: str) -> None:
    text = {"cp949": "안녕하세요", "tis-620": "สวัสดีครับ"}[charset]
    chat = ChatInMemory()
    bob, amy = chat.person("bob"), chat.person("amy")
    bob.reads()
    line = text.encode(CODECS[charset]) + b"\n"
    amy.wire.receive(line)
    chat.settle()
    assert f"As {charset} it reads: {text}." in amy.wire.take().decode(CODECS[charset])
    amy.types(f"/charset {charset}")
    amy.wire.receive(line)
    chat.settle()
    amy.wire.take()
    assert bob.reads() == [f"[00:00] <amy> {text}"]
    bob.types(f"{text} é")
    assert amy.wire.take().decode(CODECS[charset]) == f"[00:00] <bob> {text} ?\r\n"


def test_a_charset_may_be_chosen_before_a_name() -> None:
    chat = ChatInMemory()
    wire = chat.wire()
    wire.receive(b"/charset cp949\r\n" + "민수\r\n".encode("cp949"))
    chat.settle()
    assert "* Hello, 민수." in wire.take().replace(ASK_BINARY, b"").decode("cp949")


def test_a_program_has_no_charset() -> None:
    program = ChatInMemory().program("bot")
    program.sends("SEND", {"destination": "/command"}, "/charset cp949")
    assert program.reads()[-1].headers["reason"] == "not-allowed"


def test_half_erased_syllables_are_taken_out(chat_of_two: tuple[Person, Person]) -> None:
    bob, amy = chat_of_two
    amy.wire.receive("한".encode()[:2] + "글\n".encode())
    amy.types("")
    assert bob.reads() == ["[00:00] <amy> 글"]


@pytest.fixture
def chat_of_two() -> tuple[Person, Person]:
    chat = ChatInMemory()
    bob, amy = chat.person("bob"), chat.person("amy")
    bob.reads()
    return bob, amy
