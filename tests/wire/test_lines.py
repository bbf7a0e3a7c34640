"""Bytes become lines, wherever they are cut, and an overlong one costs nothing."""

from hypothesis import given
from hypothesis import strategies as st

from chatproto.wire.lines import TOO_LONG, LineBuffer, TooLong

Line = bytes | TooLong

# What matters to lines, often; and long runs of short lines, to pass the window in which lines are cut.
STREAMS = st.lists(
    st.one_of(st.sampled_from([b"\n", b"\r", b"\r\n", b"x", b"xxxx"]), st.binary(max_size=9)), max_size=60
).map(b"".join)
LONG_STREAMS = st.tuples(STREAMS, st.integers(1, 300)).map(lambda some: (some[0] or b"ab\n") * some[1])
CUTS = st.lists(st.integers(0, 40), max_size=60)
LIMITS = st.integers(0, 12)


def pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    """`data` cut into pieces of these sizes, and what is left."""
    cut = []
    for size in sizes:
        cut.append(data[:size])
        data = data[size:]
    return [*cut, data]


def drain(buffer: LineBuffer) -> list[Line]:
    """All lines there are now."""
    lines: list[Line] = []
    while (line := buffer.next()) is not None:
        lines.append(line)
    return lines


def lines_of(data: bytes, max_line: int = 0) -> list[Line]:
    """All lines of `data`, fed in one piece."""
    buffer = LineBuffer(max_line)
    buffer.feed(data)
    return drain(buffer)


def plainly(data: bytes, max_line: int) -> list[Line]:
    """What lines are, said as plainly as can be: the model the buffer is held against."""
    *ended, unended = data.split(b"\n")
    lines: list[Line] = [text for line in ended if (text := line.removesuffix(b"\r"))]
    if max_line:
        lines = [line if isinstance(line, bytes) and len(line) <= max_line else TOO_LONG for line in lines]
        if len(unended.removesuffix(b"\r")) > max_line:
            lines.append(TOO_LONG)
    return lines


def test_a_line_ends_in_newline_and_one_cr_before_it_is_dropped() -> None:
    """Both ends of line are taken off; a second CR, or one inside, is the line's own."""
    assert lines_of(b"a\nb\r\nc\r\r\nd\re\n") == [b"a", b"b", b"c\r", b"d\re"]


def test_an_empty_line_says_nothing() -> None:
    """Neither end of line alone is a line, wherever it stands; a CR more is one's own."""
    assert lines_of(b"\n\r\na\n\n\r\n\nb\r\n\r\n\r\r\n\n") == [b"a", b"b", b"\r"]


def test_empty_lines_are_not_held() -> None:
    """However many come, and in whatever pieces."""
    buffer = LineBuffer(5)
    for _ in range(100):
        buffer.feed(b"\n\r\n\r")
        assert buffer.next() is None
        assert buffer.waiting() == len(b"\r")
        buffer.feed(b"\n")
        assert (buffer.next(), buffer.waiting()) == (None, 0)


def test_nothing_else_ends_a_line() -> None:
    """None of the other characters that str.splitlines() cuts at is a line's end."""
    text = "a\x0bb\x0cc\x1cd\x1ee\x85f\u2028g\u2029h".encode()
    assert lines_of(text + b"\n") == [text]


def test_an_unended_line_waits_for_its_end() -> None:
    """Half a line is no line; its other half completes it."""
    buffer = LineBuffer(0)
    buffer.feed(b"hel")
    assert buffer.next() is None
    buffer.feed(b"lo\r")
    assert buffer.next() is None
    buffer.feed(b"\n")
    assert drain(buffer) == [b"hello"]


def test_a_line_of_the_limit_passes_and_one_byte_more_does_not() -> None:
    """The limit counts a line's bytes without its end."""
    assert lines_of(b"12345\n12345\r\n123456\n123456\r\nok\n", 5) == [
        b"12345",
        b"12345",
        TOO_LONG,
        TOO_LONG,
        b"ok",
    ]


def test_an_overlong_line_is_reported_before_it_ends_and_only_once() -> None:
    """The report comes when the limit is passed; the rest of the line is skipped, the next line is whole."""
    buffer = LineBuffer(5)
    buffer.feed(b"123456")
    assert drain(buffer) == [TOO_LONG]
    for _ in range(10):
        buffer.feed(b"and on and on\r")
        assert drain(buffer) == []
        assert buffer.waiting() == 0
    buffer.feed(b"end\nnext\n")
    assert drain(buffer) == [b"next"]


def test_a_cr_just_past_the_limit_may_belong_to_the_end() -> None:
    """A line of the limit's length is not refused because its CR and LF came in different pieces."""
    buffer = LineBuffer(5)
    buffer.feed(b"12345\r")
    assert drain(buffer) == []
    buffer.feed(b"\n12345\r")
    assert drain(buffer) == [b"12345"]
    buffer.feed(b"x")
    assert drain(buffer) == [TOO_LONG]


def test_an_overlong_line_is_skipped_even_while_nobody_reads() -> None:
    """A reader that stops after the report is not made to hold what follows of that line."""
    buffer = LineBuffer(5)
    buffer.feed(b"1234567")
    assert buffer.next() is TOO_LONG
    for _ in range(100):
        buffer.feed(b"x" * 100)
    assert buffer.waiting() == 0


def test_the_rest_is_what_was_not_taken_as_it_came() -> None:
    """A switch of dialect after any line gets every byte that follows it, line ends included."""
    buffer = LineBuffer(0)
    buffer.feed(b"CONNECT\r\nversion:1.2\r\n\n\0\r\nSE")
    assert buffer.next() == b"CONNECT"
    assert buffer.rest() == b"version:1.2\r\n\n\0\r\nSE"
    assert (buffer.next(), buffer.rest(), buffer.waiting()) == (None, b"", 0)
    buffer.feed(b"again\n")
    assert drain(buffer) == [b"again"]


def test_the_rest_of_a_skipped_line_stays_skipped() -> None:
    """Taking the rest does not turn the tail of an overlong line into a line."""
    buffer = LineBuffer(3)
    buffer.feed(b"12345")
    assert buffer.next() is TOO_LONG
    assert buffer.rest() == b""
    buffer.feed(b"tail\nnew\n")
    assert drain(buffer) == [b"new"]


def test_too_long_says_its_name() -> None:
    """A failing test or a log shows what it is."""
    assert repr(TOO_LONG) == "TOO_LONG"


@given(st.one_of(STREAMS, LONG_STREAMS), LIMITS)
def test_lines_are_what_the_model_says(data: bytes, max_line: int) -> None:
    """Any bytes give just the lines of the plain definition."""
    assert lines_of(data, max_line) == plainly(data, max_line)


@given(st.one_of(STREAMS, LONG_STREAMS), CUTS, LIMITS)
def test_cut_anywhere_gives_the_same_lines(data: bytes, cuts: list[int], max_line: int) -> None:
    """Where the stream is cut shows in nothing but the moment."""
    buffer = LineBuffer(max_line)
    lines: list[Line] = []
    for piece in pieces(data, cuts):
        buffer.feed(piece)
        lines += drain(buffer)
    assert lines == plainly(data, max_line)


@given(STREAMS, LIMITS.filter(bool))
def test_a_drained_buffer_holds_no_more_than_the_limit(data: bytes, max_line: int) -> None:
    """After draining, no more than a line and a CR that may be part of its end is held."""
    buffer = LineBuffer(max_line)
    for at in range(len(data)):
        buffer.feed(data[at : at + 1])
        drain(buffer)
        assert buffer.waiting() <= max_line + 1


@given(st.one_of(STREAMS, LONG_STREAMS), CUTS, st.integers(0, 200))
def test_nothing_is_lost_between_lines_and_rest(data: bytes, cuts: list[int], taken: int) -> None:
    """However many lines are taken, the rest is the stream after just those lines, and perhaps some empty ones."""
    buffer = LineBuffer(0)
    for piece in pieces(data, cuts):
        buffer.feed(piece)
    lines = [line for line in (buffer.next() for _ in range(taken)) if line is not None]
    waiting, rest = buffer.waiting(), buffer.rest()
    before = data[: len(data) - len(rest)]
    assert waiting == len(rest)
    assert before + rest == data
    assert plainly(before, 0) == lines
