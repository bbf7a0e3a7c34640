"""WebSocket frames on their way in (RFC 6455, 5.2): where one ends, and how large a message has grown.

Not a decoder. It stands before one, for two reasons: a decoder that joins fragments holds all that a stranger
sends, and it works some 40 µs on a frame of six bytes, of which one read of the reactor holds ten thousand.
So frames are cut here, to be let through one by one; and a message past the limit is refused by what its frames'
headers announce, before it has come. What is wrong in any other way is the decoder's to say.
"""

from __future__ import annotations

from typing import Final

_FIN: Final = 0x80
_CONTROL: Final = 0x08  # from here on a frame is no part of a message
_MASKED: Final = 0x80
_LENGTH: Final = 0x7F
_LONGER: Final = {126: 2, 127: 8}  # bytes of the length, where it does not fit into seven bits
_KEY: Final = 4  # bytes that a payload is masked with


class MessageTooLong(Exception):
    """The frames of one message announce more than a message may hold."""


class FrameCutter:
    """Cuts what came at the ends of frames; `max_message` bounds the bytes of a message, 0 is no limit.

    What is fed and not taken is held: whoever stops taking must stop reading too.
    """

    def __init__(self, max_message: int) -> None:
        self._max_message = max_message
        self._held = bytearray()
        self._left = 0  # bytes still to come of the frame that was begun
        self._message = 0  # bytes announced so far of the message that is coming

    def feed(self, data: bytes) -> None:
        """Adds what has arrived."""
        self._held += data

    def waiting(self) -> int:
        """How many bytes are held."""
        return len(self._held)

    @property
    def begins(self) -> bool:
        """Whether what comes next is a frame, and not the rest of one."""
        return not self._left

    def next(self) -> bytes:
        """A frame, or as much of it as has come, or the rest of it; nothing if more bytes are needed."""
        if not self._left:
            self._left = self._size()
        piece = bytes(self._held[: self._left])
        del self._held[: self._left]
        self._left -= len(piece)
        return piece

    def _size(self) -> int:
        """The bytes of the frame that comes next, its header's among them; 0 if that is not known yet."""
        held = self._held
        if len(held) < 2:
            return 0
        masked, length = _KEY if held[1] & _MASKED else 0, held[1] & _LENGTH
        longer = _LONGER.get(length, 0)
        if len(held) < 2 + longer:
            return 0
        if longer:
            length = int.from_bytes(held[2 : 2 + longer], "big")
        self._count(held[0], length)
        return 2 + longer + masked + length

    def _count(self, first: int, length: int) -> None:
        if first & _CONTROL:
            return
        self._message += length
        if 0 < self._max_message < self._message:
            raise MessageTooLong
        if first & _FIN:
            self._message = 0
