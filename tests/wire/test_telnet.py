"""Telnet's own bytes never reach the person's text, wherever they are cut."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatproto.wire.telnet import Telnet

IAC, DONT, DO, WONT, WILL, SB, SE, NOP = (bytes([code]) for code in (255, 254, 253, 252, 251, 250, 240, 241))
BINARY, ECHO, SGA, MARK, NAWS = b"\x00", b"\x01", b"\x03", b"\x06", b"\x1f"

OPTIONS = st.integers(0, 255).map(lambda option: bytes([option]))
REQUESTS = st.tuples(st.sampled_from([IAC + DO, IAC + WILL, IAC + DONT, IAC + WONT]), OPTIONS).map(b"".join)
OF_AGREEABLE = st.tuples(
    st.sampled_from([IAC + DO, IAC + WILL, IAC + DONT, IAC + WONT]), st.sampled_from([BINARY, ECHO, SGA])
).map(b"".join)
SUBNEGOTIATIONS = st.binary(max_size=12).map(lambda inside: IAC + SB + inside.replace(IAC, IAC + IAC) + IAC + SE)
SHORT_COMMANDS = st.sampled_from([IAC + NOP, IAC + b"\xf9", IAC + b"\xf2", IAC + b"\xed"])
COMMANDS = st.one_of(REQUESTS, SUBNEGOTIATIONS, SHORT_COMMANDS)
TYPED = st.one_of(st.sampled_from([b"\r", b"\n", b"\r\n", IAC, b"hello"]), st.binary(max_size=9)).map(
    lambda typed: typed.replace(b"\0", b"")  # what becomes of NUL has tests of its own
)
ANY_BYTES = st.lists(
    st.one_of(COMMANDS, st.binary(max_size=6), st.sampled_from([IAC, IAC + SB, IAC + SE, DO, b"\r", b"\0", b"\r\0"])),
    max_size=30,
).map(b"".join)


def all_of(data: bytes) -> tuple[bytes, bytes]:
    """What one piece gives."""
    return Telnet().feed(data)


def byte_by_byte(data: bytes) -> tuple[bytes, bytes]:
    """What the same bytes give one at a time."""
    telnet = Telnet()
    both = [telnet.feed(data[at : at + 1]) for at in range(len(data))]
    return b"".join(typed for typed, _ in both), b"".join(answer for _, answer in both)


def test_plain_text_passes_untouched() -> None:
    """Whoever has no telnet notices nothing of it: no byte changed, nothing answered."""
    assert all_of("안녕 สวัสดี\r\n".encode()) == ("안녕 สวัสดี\r\n".encode(), b"")


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (IAC + DO + ECHO, IAC + WONT + ECHO),
        (IAC + WILL + NAWS, IAC + DONT + NAWS),
        (IAC + DONT + ECHO, b""),
        (IAC + WONT + NAWS, b""),
    ],
)
def test_every_other_option_is_refused_and_no_refusal_is_answered(asked: bytes, answered: bytes) -> None:
    """DO is answered with WON'T, WILL with DON'T, and the other two not at all: no endless courtesy."""
    assert all_of(b"a" + asked + b"b") == (b"ab", answered)


@pytest.mark.parametrize(("asked", "answered"), [(IAC + DO, IAC + WILL), (IAC + WILL, IAC + DO), (IAC + WONT, b"")])
def test_binary_is_agreed_to_so_that_hangul_is_not_taken_for_control_keys(asked: bytes, answered: bytes) -> None:
    """RFC 856, which `telnet -8` asks for, both ways."""
    assert all_of(asked + BINARY + b"a") == (b"a", answered + BINARY if answered else b"")


def test_binary_is_asked_for_once_and_its_agreement_is_not_answered() -> None:
    telnet = Telnet()

    assert [telnet.ask_for_binary(), telnet.ask_for_binary()] == [IAC + DO + BINARY, b""]
    assert telnet.feed(IAC + WILL + BINARY) == (b"", b"")


def test_binary_is_not_asked_for_where_it_was_offered() -> None:
    telnet = Telnet()
    telnet.feed(IAC + WILL + BINARY)

    assert telnet.ask_for_binary() == b""


def test_an_option_that_is_255_is_an_option() -> None:
    """The byte after DO is the option, whichever it is (RFC 855 does not double it there)."""
    assert all_of(IAC + DO + IAC + b"x") == (b"x", IAC + WONT + IAC)


@pytest.mark.parametrize(
    ("heard", "answered"),
    [
        ((DO, ECHO) * 2, (WONT, ECHO) * 2),  # RFC 1143: what is not agreed to is refused each time
        ((WILL, NAWS) * 3, (DONT, NAWS) * 3),
        ((DO, BINARY) * 2, (WILL, BINARY)),  # and what is on already is not answered
        ((WILL, BINARY) * 2, (DO, BINARY)),
        ((DO, BINARY, DONT, BINARY), (WILL, BINARY, WONT, BINARY)),  # turned off, and that is said once
        ((DONT, BINARY) * 2, ()),
        ((DO, BINARY, DONT, BINARY, DO, BINARY), (WILL, BINARY, WONT, BINARY, WILL, BINARY)),
        ((DO, MARK) * 3, (WILL, MARK) * 3),  # RFC 860: each is a question
        ((DONT, MARK), ()),
        ((WILL, MARK), (DONT, MARK)),
        ((WONT, MARK), ()),
    ],
)
def test_what_each_request_is_answered_with(heard: tuple[bytes, ...], answered: tuple[bytes, ...]) -> None:
    """RFC 1143, section 7, and RFC 860."""
    assert all_of(requests(heard)) == (b"", requests(answered))


def requests(words: tuple[bytes, ...]) -> bytes:
    """The bytes of requests, given as the request and its option by turns."""
    return b"".join(IAC + words[at] + words[at + 1] for at in range(0, len(words), 2))


def test_refusals_end_where_only_a_loop_can_have_come_so_far() -> None:
    telnet = Telnet()
    assert telnet.feed((IAC + DO + ECHO) * 1025) == (b"", (IAC + WONT + ECHO) * 1024)
    assert telnet.feed(IAC + WILL + NAWS + IAC + DO + MARK) == (b"", IAC + WILL + MARK)


OFFER = IAC + WILL + ECHO + IAC + WILL + SGA + IAC + DO + SGA


@pytest.mark.parametrize(
    ("heard", "answered", "echoes"),
    [
        (IAC + DO + ECHO + IAC + DO + SGA + IAC + WILL + SGA, b"", True),
        (IAC + DONT + ECHO + IAC + DONT + SGA, b"", False),
        (IAC + DO + ECHO + IAC + DONT + ECHO, IAC + WONT + ECHO, False),
        (IAC + DONT + ECHO + IAC + DO + ECHO, IAC + WILL + ECHO, True),
    ],
)
def test_a_telnet_that_sends_keys_is_offered_echo_once(heard: bytes, answered: bytes, echoes: bool) -> None:
    """RFC 857 and RFC 858; an agreement to what was asked is not answered again."""
    telnet = Telnet()

    assert [telnet.take_keys(), telnet.take_keys()] == [OFFER, b""]
    assert telnet.feed(heard) == (b"", answered)
    assert telnet.echoes == echoes


@pytest.mark.parametrize(
    "command", [IAC + NOP, IAC + b"\xf2", IAC + b"\xed", IAC + SB + NAWS + b"\0\x50\0\x18" + IAC + SE]
)
def test_commands_are_dropped(command: bytes) -> None:
    """Two-byte commands and subnegotiations leave no trace in the text."""
    assert all_of(b"a" + command + b"b") == (b"ab", b"")


@pytest.mark.parametrize(
    ("command", "key", "answered"),
    [
        (b"\xf4", b"\x03", b""),  # Interrupt Process: Ctrl+C
        (b"\xf3", b"\x03", b""),  # Break
        (b"\xee", b"\x03", b""),  # ABORT
        (b"\xf7", b"\x08", b""),  # Erase Character
        (b"\xf8", b"\x15", b""),  # Erase Line
        (b"\xec", b"\x04", b""),  # EOF
        (b"\xf5", b"", IAC + b"\xf2"),  # Abort Output
        (b"\xf6", b"", b"\r\n* [Yes]\r\n"),  # Are You There
    ],
)
def test_commands_that_mean_a_key_or_want_an_answer(command: bytes, key: bytes, answered: bytes) -> None:
    """RFC 854 and RFC 1184, each time that it comes."""
    assert all_of((b"a" + IAC + command) * 2) == ((b"a" + key) * 2, answered * 2)


def test_a_subnegotiation_ends_at_iac_se_only() -> None:
    """Doubled 255s, SE alone and newlines inside it do not end it."""
    inside = b"x" + IAC + IAC + SE + b"\n" + IAC + NOP + IAC + DO + ECHO
    assert all_of(IAC + SB + inside + IAC + SE + b"after") == (b"after", b"")


def test_doubled_iac_is_the_byte_itself() -> None:
    """IAC IAC is 255 as typed."""
    assert all_of(b"a" + IAC + IAC + b"b") == (b"a\xffb", b"")


def test_a_stray_255_does_not_swallow_the_end_of_the_line() -> None:
    """255 before what is no command (Latin-1 from nc) is dropped alone: the newline after it still counts."""
    assert all_of(b"tr\xe8s\xff\nnext") == (b"tr\xe8s\nnext", b"")


def test_cr_nul_is_cr() -> None:
    """Only the one NUL right after CR is telnet's, negotiated or not, even with a command between them."""
    assert all_of(b"a\r\0b\0c\r\0\0\r\n") == (b"a\rb\0c\r\0\r\n", b"")
    assert all_of(b"a\r" + IAC + NOP + b"\0b") == (b"a\rb", b"")


@given(st.lists(st.tuples(TYPED, COMMANDS), max_size=12))
def test_what_was_typed_comes_out_whatever_telnet_says_between(
    conversation: list[tuple[bytes, bytes]],
) -> None:
    """Text with commands strewn in it comes out as the text."""
    sent = b"".join(typed.replace(IAC, IAC + IAC) + command for typed, command in conversation)
    assert all_of(sent)[0] == b"".join(typed for typed, _ in conversation)


@given(ANY_BYTES)
def test_cut_anywhere_gives_the_same(data: bytes) -> None:
    """Any bytes at all, one at a time, give the same text and the same answers as in one piece."""
    assert byte_by_byte(data) == all_of(data)


@given(ANY_BYTES, st.integers(0, 200))
def test_cut_in_two_gives_the_same(data: bytes, at: int) -> None:
    """And cut in two at any place."""
    telnet = Telnet()
    first, second = telnet.feed(data[:at]), telnet.feed(data[at:])
    assert (first[0] + second[0], first[1] + second[1]) == all_of(data)


@given(st.lists(st.one_of(REQUESTS, OF_AGREEABLE), max_size=400), st.booleans())
@example([IAC + DO + BINARY, IAC + DONT + BINARY], False)
@example([IAC + WILL + BINARY, IAC + WONT + BINARY] * 40, True)
def test_two_ends_that_answer_as_we_do_come_to_rest(asked: list[bytes], keys: bool) -> None:
    """Whatever was asked, no answer is answered for ever, and an answer is not longer than what it answers."""
    ends = Telnet(), Telnet()
    said, turn = b"".join(asked) + (ends[1].take_keys() if keys else b""), 0
    for _ in range(140):  # each of them agrees 64 times
        typed, answer = ends[turn].feed(said)
        assert (typed, len(answer) <= len(said)) == (b"", True)
        said, turn = answer, 1 - turn
    assert said == b""
