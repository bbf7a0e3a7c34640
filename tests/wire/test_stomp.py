"""Bytes become STOMP frames and back; what is not one is refused, early, with a reason."""

import weakref
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproto.wire.stomp import (
    HEARTBEAT,
    BadFrame,
    Frame,
    FrameBuffer,
    Heartbeat,
    encode,
    escape,
)

VERSIONS = st.sampled_from(["1.1", "1.2"])
MAX_LINE, MAX_HEADERS, MAX_BODY = 24, 4, 20

# A header's text: anything UTF-8 can say but NUL, and what needs an escape often.
TEXTS = st.text(
    st.one_of(st.sampled_from("\\:\n\rncr"), st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
NAMES = TEXTS.filter(lambda name: name not in {"", "content-length"})
FRAMES = st.builds(
    Frame,
    st.sampled_from(["SEND", "MESSAGE", "ERROR", "NACK"]),
    st.dictionaries(NAMES, TEXTS, max_size=6),
    st.binary(max_size=40),
)
BARE_TEXTS = TEXTS.map(lambda text: text.replace("\n", "").replace("\r", ""))
BARE_FRAMES = st.builds(
    Frame,
    st.sampled_from(["CONNECT", "STOMP", "CONNECTED"]),
    st.dictionaries(
        BARE_TEXTS.map(lambda name: name.replace(":", "")).filter(lambda name: name not in {"", "content-length"}),
        BARE_TEXTS,
        max_size=6,
    ),
)
# Streams that are frames now and then, and break in every place.
FRAGMENTS = st.sampled_from(
    [
        b"SEND\n\nhi\0",
        b"SEND\ncontent-length:3\n\na\0b\0",
        b"CONNECT\r\na:\\x\r\n\r\n\0",
        b"SEND\n",
        b"a:b\n",
        b"a:\\c\\n\n",
        b"a:\\r\n",
        b"\\t:a\n",
        b"content-length:2\n",
        b"content-length:20\n",
        b"content-length:21\n",
        b"content-length:-1\n",
        b"\n",
        b"\r\n",
        b"\r",
        b"\0",
        b":",
        b"\xff",
        b"x" * (MAX_LINE - 2),
        b"x" * MAX_BODY,
    ]
)
STREAMS = st.lists(st.one_of(FRAGMENTS, st.binary(max_size=5)), max_size=20).map(b"".join)
CUTS = st.lists(st.integers(0, 30), max_size=40)

Item = Frame | Heartbeat | str


def unlimited(version: str = "1.2") -> FrameBuffer:
    """A buffer that refuses nothing for its size."""
    return FrameBuffer(max_line=0, max_headers=0, max_body=0, version=version)


def limited(version: str = "1.2") -> FrameBuffer:
    """A buffer whose limits are soon passed."""
    return FrameBuffer(max_line=MAX_LINE, max_headers=MAX_HEADERS, max_body=MAX_BODY, version=version)


def drain(buffer: FrameBuffer) -> list[Item]:
    """All items there are now; a refusal as its reason, last."""
    items: list[Item] = []
    try:
        while (item := buffer.next()) is not None:
            items.append(item)
    except BadFrame as bad:
        items.append(bad.reason)
    return items


def items_of(data: bytes, version: str = "1.2") -> list[Item]:
    """All items of `data`, fed in one piece, without limits."""
    buffer = unlimited(version)
    buffer.feed(data)
    return drain(buffer)


def refusal_of(data: bytes, buffer: FrameBuffer) -> BadFrame:
    """How `data` is refused."""
    buffer.feed(data)
    with pytest.raises(BadFrame) as caught:
        list(iter(buffer.next, None))
    return caught.value


# --- frames ------------------------------------------------------------------------------------------------


def test_a_frame_is_command_headers_blank_line_body_nul() -> None:
    """The shape of the specification's first example."""
    assert items_of(b"SEND\ndestination:/room/lobby\n\nhi oscar\0") == [
        Frame("SEND", {"destination": "/room/lobby"}, b"hi oscar")
    ]


def test_line_ends_between_frames_are_heartbeats() -> None:
    """In either form, and a run of them is one; a frame's NUL needs none."""
    assert items_of(b"\n\r\n\nSEND\n\n\0ACK\n\n\0\n") == [
        HEARTBEAT,
        Frame("SEND", {}),
        Frame("ACK", {}),
        HEARTBEAT,
    ]
    assert items_of(b"\n\n\n", "1.1") == [HEARTBEAT]
    assert repr(HEARTBEAT) == "HEARTBEAT"


def test_lines_may_end_in_crlf_in_1_2() -> None:
    """A CR before a line's end is dropped; the body keeps its own."""
    assert items_of(b"SEND\r\na:b\r\n\r\nx\r\n\0") == [Frame("SEND", {"a": "b"}, b"x\r\n")]


def test_a_cr_is_a_byte_like_any_other_in_1_1() -> None:
    """In 1.1 a line ends in LF alone: a header may end in CR, and CRLF is not a blank line."""
    assert items_of(b"SEND\na:b\r\n\n\0", "1.1") == [Frame("SEND", {"a": "b\r"})]
    assert items_of(b"SEND\r\n\r\n\0", "1.1") == ["bad-frame"]
    assert items_of(b"\r\n", "1.1") == ["bad-frame"]


def test_the_first_of_repeated_headers_counts() -> None:
    """Also for content-length, whatever the later ones say."""
    data = b"SEND\na:1\na:2\ncontent-length:3\ncontent-length:bogus\n\na\0b\0"
    assert items_of(data) == [Frame("SEND", {"a": "1", "content-length": "3"}, b"a\0b")]


def test_a_value_may_be_empty_or_hold_colons_and_blanks() -> None:
    """The first colon ends the name, and nothing is trimmed."""
    assert items_of(b"SEND\na:\nb: c:d \n\n\0") == [Frame("SEND", {"a": "", "b": " c:d "})]


def test_escapes_are_undone_in_names_and_values() -> None:
    r"""``\\n``, ``\\c``, ``\\\\`` and in 1.2 ``\\r``; a doubled backslash starts no escape."""
    assert items_of(b"SEND\na\\cb:\\n\\\\n\\r\n\n\0") == [Frame("SEND", {"a:b": "\n\\n\r"})]


@pytest.mark.parametrize(("version", "value"), [("1.1", r"a\r"), ("1.2", r"a\t"), ("1.2", "a\\"), ("1.2", r"\\\x")])
def test_an_unknown_escape_is_refused(version: str, value: str) -> None:
    """What the version does not define is fatal, a lone backslash at the end too."""
    assert items_of(f"SEND\na:{value}\n\n\0".encode(), version) == ["bad-frame"]


@pytest.mark.parametrize("command", ["CONNECT", "STOMP", "CONNECTED"])
def test_the_frames_of_connecting_are_not_unescaped(command: str) -> None:
    """A backslash in a passcode is a backslash: these frames come before escapes are agreed."""
    assert items_of(f"{command}\npasscode:a\\tb\\n:c\n\n\0".encode()) == [Frame(command, {"passcode": "a\\tb\\n:c"})]


def test_with_content_length_the_body_may_hold_nul() -> None:
    """Just so many bytes, then NUL; and 0 is a length."""
    assert items_of(b"SEND\ncontent-length:3\n\n\0\0\0\0SEND\ncontent-length:0\n\n\0") == [
        Frame("SEND", {"content-length": "3"}, b"\0\0\0"),
        Frame("SEND", {"content-length": "0"}),
    ]


def test_without_content_length_the_body_ends_at_the_first_nul() -> None:
    """What follows it is the next frame."""
    assert items_of(b"SEND\n\na\0SEND\n\nb\0") == [Frame("SEND", {}, b"a"), Frame("SEND", {}, b"b")]


def test_the_version_may_change_between_frames_of_one_piece() -> None:
    """Nothing is read ahead: what was fed with CONNECT is read by the version negotiated after it."""
    buffer = unlimited()
    buffer.feed(b"CONNECT\naccept-version:1.1\n\n\0SEND\na:b\r\n\n\0")
    assert buffer.next() == Frame("CONNECT", {"accept-version": "1.1"})
    buffer.version = "1.1"
    assert buffer.next() == Frame("SEND", {"a": "b\r"})


def test_an_unspoken_version_is_a_mistake_of_ours() -> None:
    """Only 1.0, 1.1 and 1.2 can be set."""
    with pytest.raises(ValueError, match=r"1\.3"):
        unlimited("1.3")


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
@pytest.mark.parametrize("between", [b"\0", b"\0\0\0", b"\n\0\n", b"\0\n\n"])
def test_nuls_between_frames_are_passed_over_as_line_ends_are(version: str, between: bytes) -> None:
    """Some clients pad with them; a frame begins with a letter."""
    frame = Frame("SEND", {"a": "b"})
    data = encode(frame, version)
    assert items_of(data + between + data, version) == [frame, HEARTBEAT, frame]


@pytest.mark.parametrize("length", [b"1", b" 1", b"1 ", b"\t1 "])
def test_blanks_around_the_digits_of_a_length_are_passed_over(length: bytes) -> None:
    assert [
        item.body for item in items_of(b"SEND\ncontent-length:" + length + b"\n\n\0\0") if isinstance(item, Frame)
    ] == [b"\0"]


def test_in_1_0_there_are_no_escapes_and_blanks_are_trimmed() -> None:
    """Its own examples have `login: <username>`."""
    data = b"SEND\r\nx: a\\nb:c \n y :z\n\nhi\0"
    assert items_of(data, "1.0") == [Frame("SEND", {"x": "a\\nb:c", "y": "z"}, b"hi")]
    assert encode(Frame("MESSAGE", {"x": "a\\:b\r\nc"}), "1.0") == b"MESSAGE\nx:a\\:b c\n\n\0"


# --- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"SEND destination\n", id="command with a blank"),
        pytest.param("SÉND\n".encode(), id="command not ASCII"),
        pytest.param(b"a:b\n", id="no command"),
        pytest.param(b"SEND\nheader\n", id="header without colon"),
        pytest.param(b"SEND\n:value\n", id="header without name"),
        pytest.param(b"SEND\na:\xff\n", id="header not UTF-8"),
        pytest.param(b"SEND\na:\xed\xa0\x80\n", id="surrogate in UTF-8"),
        pytest.param(b"SEND\na:\xc0\x80\n", id="overlong UTF-8"),
        pytest.param(b"SEND\na:b\rc\n", id="CR inside a header"),
        pytest.param(b"SEND\r\r\n", id="two CRs"),
        pytest.param(b"SEND\na:b\0", id="NUL in a header, unended"),
        pytest.param(b"SEND\0", id="NUL in the command"),
        pytest.param(b"SEND\n\0", id="NUL without a blank line"),
        pytest.param(b"SEND\ncontent-length:\n", id="no length"),
        pytest.param(b"SEND\ncontent-length:-1\n", id="negative length"),
        pytest.param(b"SEND\ncontent-length:+1\n", id="signed length"),
        pytest.param(b"SEND\ncontent-length:1 1\n", id="length with a blank in it"),
        pytest.param(b"SEND\ncontent-length:1_0\n", id="length with an underscore"),
        pytest.param("SEND\ncontent-length:๓\n".encode(), id="length in Thai digits"),
        pytest.param("SEND\ncontent-length:²\n".encode(), id="length superscript"),
        pytest.param(b"SEND\ncontent-length:1\n\nab", id="body longer than said"),
    ],
)
def test_broken_framing_is_refused_as_soon_as_it_shows(data: bytes) -> None:
    """The last byte of each is the one that breaks it: no more is waited for, one fewer is none."""
    assert refusal_of(data, unlimited()).reason == "bad-frame"
    assert "bad-frame" not in items_of(data[:-1])


def test_a_refusal_says_what_to_do() -> None:
    """The sentence is for whoever wrote the client."""
    assert str(refusal_of(b"SEND\na:b\0", unlimited())) == (
        "A NUL among the headers; end them with a blank line, then body and NUL."
    )


def test_after_a_refusal_it_stays_refused() -> None:
    """Nothing later is read or held: the reason is given again, and the memory is free."""
    buffer = unlimited()
    first = refusal_of(b"SEND\nheader\n", buffer)
    again = refusal_of(b"SEND\n\n\0" * 1000, buffer)
    assert (again.reason, str(again)) == (first.reason, str(first))
    assert buffer.waiting() == 0


# --- limits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"x" * (MAX_LINE + 1), id="command"),
        pytest.param(b"SEND\na:" + b"x" * (MAX_LINE - 1), id="header"),
        pytest.param(b"SEND\na:" + b"x" * (MAX_LINE - 2) + b"\r\r", id="header and a CR"),
        pytest.param(b"SEND\n" + b"a:b\n" * (MAX_HEADERS + 1), id="headers, repeated ones too"),
        pytest.param(b"SEND\n\n" + b"x" * (MAX_BODY + 1), id="body to NUL"),
        pytest.param(b"SEND\ncontent-length:%d\n" % (MAX_BODY + 1), id="announced body"),
    ],
)
def test_a_limit_passed_is_refused_at_that_byte(data: bytes) -> None:
    """The last byte is the first that is too much, and nothing after it is waited for."""
    buffer = limited()
    assert refusal_of(data, buffer).reason == "too-long"
    assert buffer.waiting() == 0
    within = limited()
    within.feed(data[:-1])
    assert within.next() is None


def test_a_frame_at_every_limit_passes() -> None:
    """Each limit may be reached; a line's CR does not count, wherever it is cut."""
    line = b"content-length:" + b"%09d" % MAX_BODY
    assert len(line) == MAX_LINE
    data = b"SEND\r\n" + line + b"\r\n" + b"a:b\r\n" * (MAX_HEADERS - 1) + b"\r\n" + b"x" * MAX_BODY + b"\0"
    expected = Frame("SEND", {"content-length": "000000020", "a": "b"}, b"x" * MAX_BODY)
    buffer = limited()
    buffer.feed(data)
    assert drain(buffer) == [expected]
    items = []
    for at in range(len(data)):
        buffer.feed(data[at : at + 1])
        items += drain(buffer)
    assert items == [expected]


def test_what_is_past_a_limit_does_not_change_the_reason() -> None:
    """A NUL further on, in the same piece, is not looked at: in pieces it would not have been either."""
    assert refusal_of(b"x" * (MAX_LINE + 1) + b"\0", limited()).reason == "too-long"


def test_what_is_waiting_counts_the_lines_of_an_unfinished_frame() -> None:
    """A frame sent in dribbles is seen to grow, until it is whole."""
    buffer = unlimited()
    buffer.feed(b"SEND\nabc:d\n\nxy")
    assert buffer.next() is None
    assert buffer.waiting() == len(b"SEND" + b"abc:d" + b"xy")
    buffer.feed(b"\0")
    assert drain(buffer) == [Frame("SEND", {"abc": "d"}, b"xy")]
    assert buffer.waiting() == 0


def test_the_digits_of_a_length_are_bounded() -> None:
    """Even without limits no stranger's number is read that takes long to read."""
    assert refusal_of(b"SEND\ncontent-length:" + b"9" * 5000 + b"\n", unlimited()).reason == "too-long"


# --- writing -----------------------------------------------------------------------------------------------


SENDS = st.builds(
    Frame,
    st.just("SEND"),
    st.dictionaries(st.one_of(st.just("receipt"), NAMES), TEXTS, max_size=4),
    st.binary(max_size=40).map(lambda body: body.replace(b"\0", b"")),
)


@given(st.lists(SENDS, min_size=1, max_size=4), VERSIONS)
def test_skimmed_sends_have_the_receipts_that_reading_them_would_give(frames: list[Frame], version: str) -> None:
    data = b"".join(encode(frame, version) for frame in frames)
    skimmed, read = (FrameBuffer(max_line=0, max_headers=0, max_body=0, version=version) for _ in range(2))
    skimmed.feed(data + b"SEND\nhalf")
    read.feed(data)
    found = [frame for _ in frames if isinstance(frame := read.next(), Frame)]
    wanted = [escape(frame.headers.get("receipt", ""), version).encode() for frame in found]
    assert skimmed.skim() == wanted
    assert skimmed.waiting() == len(b"SEND\nhalf")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"SEND\nreceipt:1\n\nhalf",
        b"SEND\nreceipt:1\n\nhi\0DISCONNECT\nreceipt:2\n\n\0",
        b"SEND\ncontent-length:3\n\na\0b\0",
        b"SENDING\n\n\0",
    ],
)
def test_where_there_is_anything_but_whole_sends_nothing_is_skimmed(data: bytes) -> None:
    buffer = FrameBuffer(max_line=0, max_headers=0, max_body=0)
    buffer.feed(data)
    assert buffer.skim() == []
    assert buffer.waiting() == len(data)


def test_in_a_frame_that_is_half_read_nothing_is_skimmed() -> None:
    buffer = FrameBuffer(max_line=0, max_headers=0, max_body=0)
    buffer.feed(b"SEND\nreceipt:1\n\nSEND\n\n")
    assert buffer.next() is None
    buffer.feed(b"\0")
    assert buffer.skim() == []


class Caller:
    """Whoever drains a buffer, and what it has in its hands then."""

    def drains(self, buffer: FrameBuffer) -> None:
        with suppress(BadFrame):
            buffer.next()
            pytest.fail("that was no frame")


def test_a_broken_buffer_does_not_hold_on_to_who_drained_it() -> None:
    """The exception it kept had a traceback, in which was what had come: 64 KiB for each broken connection."""
    buffer, caller = FrameBuffer(max_line=0, max_headers=0, max_body=0), Caller()
    buffer.feed(b"SEND\nno header\n\n\0")
    caller.drains(buffer)
    gone = weakref.ref(caller)
    del caller
    assert gone() is None


def test_a_frame_is_written_with_escapes_and_its_length() -> None:
    """Escaped headers in their order, the body's true length, NUL."""
    frame = Frame("MESSAGE", {"time": "10:02", "a:b": "\\n\n\r", "content-length": "99"}, "안녕".encode())
    assert encode(frame) == (
        b"MESSAGE\ntime:10\\c02\na\\cb:\\\\n\\n\\r\ncontent-length:6\n\n" + "안녕".encode() + b"\0"
    )


def test_1_1_has_no_escape_for_cr() -> None:
    """A CR goes as it is in 1.1, escaped in 1.2."""
    assert (escape("a\r", "1.1"), escape("a\r", "1.2")) == ("a\r", "a\\r")


def test_an_empty_body_needs_no_length() -> None:
    """And a length given for it is left out."""
    assert encode(Frame("RECEIPT", {"receipt-id": "1", "content-length": "5"})) == b"RECEIPT\nreceipt-id:1\n\n\0"


def test_the_frames_of_connecting_are_written_bare() -> None:
    """No escapes, whatever the version."""
    assert encode(Frame("CONNECTED", {"session": "a:b\\c"})) == b"CONNECTED\nsession:a:b\\c\n\n\0"


@pytest.mark.parametrize(
    "frame",
    [
        Frame("SEND", {"a": "nul\0"}),
        Frame("SEND", {"nul\0": "a"}),
        Frame("SEND", {"": "a"}),
        Frame("SEND", {"a": "\ud800"}),
        Frame("CONNECTED", {"a": "b\nc"}),
        Frame("CONNECTED", {"a": "b\r"}),
        Frame("CONNECTED", {"a:b": "c"}),
        Frame("CONNECT", {"a": "nul\0"}),
        Frame("CONNECT", {"": "a"}),
        Frame("", {}),
        Frame("SEND\n", {}),
        Frame("SÉND", {}),
    ],
    ids=repr,
)
def test_what_stomp_cannot_say_is_not_written(frame: Frame) -> None:
    """Nobody's header can forge another header or frame: it is an error before a byte is made."""
    with pytest.raises(ValueError, match=r"."):
        encode(frame)


# --- promises for all bytes --------------------------------------------------------------------------------


def runs_as_one(items: list[Item]) -> list[Item]:
    """A run of line ends that was cut is a heart-beat for each piece: how many says nothing."""
    return [item for item, before in zip(items, [None, *items], strict=False) if (item, before) != (HEARTBEAT,) * 2]


def without_length(item: Item | None) -> Item | None:
    """The frame as it was before a length was added to it."""
    if not isinstance(item, Frame):
        return item
    headers = {name: value for name, value in item.headers.items() if name != "content-length"}
    return Frame(item.command, headers, item.body)


@given(FRAMES | BARE_FRAMES, VERSIONS)
def test_what_is_written_is_read_back(frame: Frame, version: str) -> None:
    """Any frame, in either version, comes back as it was, and nothing is left over."""
    buffer = unlimited(version)
    buffer.feed(encode(frame, version))
    assert without_length(buffer.next()) == frame
    assert (buffer.next(), buffer.waiting()) == (None, 0)


@given(STREAMS, CUTS, VERSIONS)
def test_cut_anywhere_gives_the_same(data: bytes, cuts: list[int], version: str) -> None:
    """The same items and the same refusal, whether in pieces or in one; and never another exception."""
    whole, buffer = limited(version), limited(version)
    whole.feed(data)
    items: list[Item] = []
    for size in [*cuts, len(data)]:
        buffer.feed(data[:size])
        data = data[size:]
        items += drain(buffer)
        if items and isinstance(items[-1], str):
            break
    assert runs_as_one(items) == drain(whole)


@given(STREAMS, VERSIONS)
def test_byte_by_byte_gives_the_same_and_holds_no_more_than_the_limits(data: bytes, version: str) -> None:
    """The finest cut of all; and what is held never passes what a frame's limits allow."""
    whole, buffer = limited(version), limited(version)
    whole.feed(data)
    items: list[Item] = []
    for at in range(len(data)):
        buffer.feed(data[at : at + 1])
        items += drain(buffer)
        assert buffer.waiting() <= MAX_LINE * (MAX_HEADERS + 1) + max(MAX_LINE + 1, MAX_BODY)
        if items and isinstance(items[-1], str):
            break
    assert runs_as_one(items) == drain(whole)
