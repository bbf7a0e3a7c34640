"""Takes telnet's own bytes out of what a person types, and refuses every option but one.

The law: what comes out is what was typed, wherever the stream is cut; telnet is never shown, never an error.

- RFC 854: 255 is IAC, "interpret as command"; IAC IAC is the byte 255 itself; a command is IAC and one
  byte, or for WILL, WON'T, DO and DON'T that and the option. CR NUL is a carriage return alone.
- RFC 854 and 1143: DO is refused with WON'T, WILL with DON'T; WON'T and DON'T ask for nothing and are not
  answered, or two ends could answer each other for ever.
- RFC 856, TRANSMIT-BINARY: the one option that is agreed to, and that may be asked for. Without it Debian's
  telnet takes bytes of Hangul for control keys (0x9A for ^Z, 0x9D for its escape key), also as `telnet -8`; and
  on a port other than 23 it asks for nothing by itself.
- Output needs no doubling of 255: ours is UTF-8, in which 0xFF never occurs.
- RFC 855: subnegotiation runs from IAC SB to IAC SE, with 255 doubled inside. We agreed to no option that
  has one, so it is dropped.

The same request is answered once in a connection. RFC 854 wants no refused request repeated while nothing
has changed, and here nothing ever does; and so a peer that asks for ever and never reads cannot make us
hold answers for it: 512 at most, 1,536 bytes.
"""

from __future__ import annotations

import enum
from typing import Final

_IAC: Final = 255
_DONT: Final = 254
_DO: Final = 253
_WONT: Final = 252
_WILL: Final = 251
_SB: Final = 250
_SE: Final = 240

# The lowest byte that is a command: EOF of RFC 1184; RFC 854's own begin at SE. IAC before anything lower
# is no telnet but a stray 255 (an `nc` that sends Latin-1): the byte after it is the person's, and may end
# the line.
_LOWEST_COMMAND: Final = 236

_BINARY: Final = 0
_REFUSAL: Final = {_DO: _WONT, _WILL: _DONT}
_AGREEMENT: Final = {_DO: _WILL, _WILL: _DO}
_ASK_BINARY: Final = bytes((_IAC, _DO, _BINARY))
_NOTHING: Final[frozenset[tuple[int, int]]] = frozenset()  # an empty set takes 216 bytes: one for all, then
_WITH_OPTION: Final = frozenset({_DO, _DONT, _WILL, _WONT})


class _State(enum.Enum):
    TYPED = "what the person types"
    COMMAND = "after IAC"
    OPTION = "after IAC and WILL, WON'T, DO or DON'T"
    SUB = "in a subnegotiation"
    SUB_COMMAND = "in a subnegotiation, after IAC"


# An enum's member is slow to look up by its class in 3.11, and this is looked up at every command.
_TYPED: Final = _State.TYPED
_COMMAND: Final = _State.COMMAND
_OPTION: Final = _State.OPTION
_SUB: Final = _State.SUB
_SUB_COMMAND: Final = _State.SUB_COMMAND


class Telnet:
    """Takes telnet's own bytes out of a person's stream, wherever it is cut (RFC 854, RFC 855)."""

    def __init__(self) -> None:
        self._state = _TYPED
        self._request = 0  # the WILL, WON'T, DO or DON'T whose option is yet to come
        self._answered = _NOTHING
        self._after_cr = False

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """What was typed, and what to answer."""
        if self._state is _TYPED and _IAC not in data:
            return self._without_nul_after_cr(data), b""
        typed, answer = bytearray(), bytearray()
        at = 0
        while at < len(data):
            if self._state is _TYPED or self._state is _SUB:
                at = self._run(data, at, typed)
            else:
                self._command_byte(data[at], typed, answer)
                at += 1
        return self._without_nul_after_cr(bytes(typed)), bytes(answer)

    def ask_for_binary(self) -> bytes:
        """The request to send bytes as they are, the first time; its agreement is not answered again."""
        if (_WILL, _BINARY) in self._answered:
            return b""
        self._answered |= {(_WILL, _BINARY)}
        return _ASK_BINARY

    def _run(self, data: bytes, at: int, typed: bytearray) -> int:
        """Takes (or in a subnegotiation drops) all up to the next IAC; returns where to go on."""
        iac = data.find(_IAC, at)
        end = len(data) if iac < 0 else iac
        if self._state is _TYPED:
            typed += data[at:end]
        if iac >= 0:
            self._state = _COMMAND if self._state is _TYPED else _SUB_COMMAND
        return end + 1

    def _command_byte(self, byte: int, typed: bytearray, answer: bytearray) -> None:
        if self._state is _OPTION:
            self._reply(self._request, byte, answer)
            self._state = _TYPED
        elif self._state is _SUB_COMMAND:
            self._state = _TYPED if byte == _SE else _SUB
        elif byte == _IAC or byte < _LOWEST_COMMAND:
            typed.append(byte)
            self._state = _TYPED
        else:
            self._command(byte)

    def _command(self, byte: int) -> None:
        if byte in _WITH_OPTION:
            self._request = byte
            self._state = _OPTION
        else:
            self._state = _SUB if byte == _SB else _TYPED

    def _reply(self, request: int, option: int, answer: bytearray) -> None:
        if request in _REFUSAL and (request, option) not in self._answered:
            self._answered |= {(request, option)}
            replies = _AGREEMENT if option == _BINARY else _REFUSAL
            answer += bytes((_IAC, replies[request], option))

    def _without_nul_after_cr(self, typed: bytes) -> bytes:
        """CR NUL is CR (RFC 854). Dropped whether or not anything was negotiated.

        A telnet that negotiates nothing (on a port other than 23 most do not, until spoken to) still sends
        it; and from a peer that is no telnet, a NUL just there is nothing anybody typed.
        """
        if not typed:
            return typed  # a piece that was all commands: CR, command, NUL is still CR NUL
        if self._after_cr and typed[0] == 0:
            typed = typed[1:]
        self._after_cr = typed.endswith(b"\r")
        return typed.replace(b"\r\0", b"\r")
