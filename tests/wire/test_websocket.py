"""WebSocket frames are cut where they end, wherever the network cut them; and a long message is refused early."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproto.wire.websocket import FrameCutter, MessageTooLong

TEXT, MORE, PING, CLOSE = 0x1, 0x0, 0x9, 0x8


def frame(kind: int, size: int, *, last: bool = True, masked: bool = True) -> bytes:
    """A frame as RFC 6455, 5.2 has it."""
    mask = 0x80 if masked else 0
    if size < 126:
        length = bytes([mask | size])
    elif size < 65536:
        length = bytes([mask | 126]) + size.to_bytes(2, "big")
    else:
        length = bytes([mask | 127]) + size.to_bytes(8, "big")
    return bytes([(0x80 if last else 0) | kind]) + length + (b"key!" if masked else b"") + b"x" * size


FRAMES = st.lists(
    st.builds(
        frame,
        st.sampled_from([TEXT, MORE, PING]),
        st.sampled_from([0, 1, 2, 125, 126, 127, 300, 65535, 65536]),
        last=st.booleans(),
        masked=st.booleans(),
    ),
    max_size=8,
)
CUTS = st.lists(st.integers(0, 70_000), max_size=12)


def cut(cutter: FrameCutter, data: bytes) -> list[tuple[bool, bytes]]:
    """All pieces there are after feeding, each with whether it begins a frame."""
    cutter.feed(data)
    pieces: list[tuple[bool, bytes]] = []
    while True:
        begins = cutter.begins
        piece = cutter.next()
        if not piece:
            return pieces
        pieces.append((begins, piece))


@given(FRAMES, CUTS)
def test_frames_come_whole_however_the_network_cuts_them(frames: list[bytes], sizes: list[int]) -> None:
    data, cutter = b"".join(frames), FrameCutter(0)
    pieces: list[tuple[bool, bytes]] = []
    for size in sizes:
        pieces += cut(cutter, data[:size])
        data = data[size:]
    pieces += cut(cutter, data)
    joined: list[bytes] = []
    for begins, piece in pieces:
        if begins:
            joined.append(piece)
        else:
            joined[-1] += piece

    assert joined == frames
    assert cutter.waiting() == 0


@given(FRAMES.filter(bool))
def test_byte_by_byte_nothing_but_a_header_is_held(frames: list[bytes]) -> None:
    cutter = FrameCutter(0)
    for byte in b"".join(frame[:20] for frame in frames if len(frame) < 200):
        cut(cutter, bytes([byte]))
        assert cutter.waiting() < 10


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([frame(TEXT, 101)], id="in one frame"),
        pytest.param([frame(TEXT, 50, last=False), frame(MORE, 51)], id="in two"),
        pytest.param([frame(TEXT, 1, last=False), *[frame(MORE, 1, last=False)] * 100], id="byte by byte"),
        pytest.param([frame(TEXT, 60, last=False), frame(PING, 5), frame(MORE, 41)], id="around a ping"),
    ],
)
def test_a_message_past_the_limit_is_refused_though_it_comes_in_fragments(frames: list[bytes]) -> None:
    with pytest.raises(MessageTooLong):
        cut(FrameCutter(100), b"".join(frames))


def test_a_message_past_the_limit_is_refused_by_what_its_header_says() -> None:
    with pytest.raises(MessageTooLong):
        cut(FrameCutter(100), frame(TEXT, 70_000)[:10])


def test_a_message_at_the_limit_is_none_past_it_and_the_next_one_counts_anew() -> None:
    frames = [frame(TEXT, 50, last=False), frame(PING, 100), frame(MORE, 50), frame(TEXT, 100)]

    assert [piece for _, piece in cut(FrameCutter(100), b"".join(frames))] == frames
