"""Takes telnet's own bytes out of what a person types, and answers what telnet asks.

The law: what comes out is what was typed, wherever the stream is cut; telnet is never shown, never an error.

- RFC 854: 255 is IAC, "interpret as command"; IAC IAC is the byte 255 itself; a command is IAC and one
  byte, or for WILL, WON'T, DO and DON'T that and the option. CR NUL is a carriage return alone.
- RFC 854, "Erase Character", "Erase Line", "Interrupt Process", "Break"; RFC 1184, EOF and ABORT: each comes out
  as the key that does the same, since a person means the line that is being typed. "Are You There" is answered
  with something to see; "Abort Output" with a data mark, since nothing waits here that could be thrown away.
- RFC 1143, section 7: DO and WILL of an option that is not agreed to are answered each time, with WON'T and
  DON'T; of one that is on already, or was asked for here, not at all; DON'T and WON'T are answered only where
  they turn an option off. So two ends never answer each other for ever.
- RFC 856, TRANSMIT-BINARY: agreed to, and asked for. Without it Debian's telnet takes bytes of Hangul for
  control keys (0x9A for ^Z, 0x9D for its escape key), also as `telnet -8`; and on a port other than 23 it asks
  for nothing by itself.
- RFC 857, ECHO, and RFC 858, SUPPRESS-GO-AHEAD: offered to a telnet that sends each key (`take_keys`), and
  refused before: a telnet that edits its lines itself must go on doing so.
- RFC 860, TIMING-MARK: no option that is on or off, but a question; each DO is answered with a WILL. After Ctrl+C
  Debian's telnet shows nothing until its mark has come.
- Output needs no doubling of 255: in UTF-8, in CP949 and in TIS-620 there is no 0xFF.
- RFC 855: subnegotiation runs from IAC SB to IAC SE, with 255 doubled inside. We agreed to no option that
  has one, so it is dropped.

Options are refused 1,024 times in a connection, and then not answered any more: a peer that asks again because
it was refused would go on for ever. They are agreed to 64 times, and then refused: two ends that were both told to
turn one on and off again, by a third, would tell each other so for ever.
"""

from __future__ import annotations

import enum
from typing import Final, TypeAlias

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

_BINARY: Final = 0  # RFC 856
_ECHO: Final = 1  # RFC 857
_GO_AHEAD: Final = 3  # RFC 858: to suppress it
_TIMING_MARK: Final = 6  # RFC 860
_WITH_OPTION: Final = frozenset({_DO, _DONT, _WILL, _WONT})
# Whose option each request is about; and how it is agreed to, and refused.
_TURNS_ON: Final = {_DO: _WILL, _WILL: _DO}
_TURNS_OFF: Final = {_DONT: _WONT, _WONT: _DONT}
_REFUSAL: Final = {_DO: _WONT, _WILL: _DONT}
_OPPOSITE: Final = {_DONT: _DO, _WONT: _WILL}
_MOST_REFUSALS: Final = 1024
_MOST_AGREEMENTS: Final = 64

# An option, and who is to have it on: DO for our side, WILL for the peer's.
_Option: TypeAlias = tuple[int, int]
_NOTHING: Final[frozenset[_Option]] = frozenset()  # an empty set takes 216 bytes: one for all, then
_BINARY_ONLY: Final[frozenset[_Option]] = frozenset({(_DO, _BINARY), (_WILL, _BINARY)})
_KEYS: Final[tuple[_Option, ...]] = ((_DO, _ECHO), (_DO, _GO_AHEAD), (_WILL, _GO_AHEAD))

INTERRUPT: Final = 0x03  # Ctrl+C
END_OF_INPUT: Final = 0x04  # Ctrl+D
BACKSPACE: Final = 0x08
ERASE_LINE: Final = 0x15  # Ctrl+U
# What a command means on the line that is being typed, as the key that does it: ABORT, BRK and IP, EC, EL, EOF.
_KEY_OF: Final = {
    236: END_OF_INPUT,
    238: INTERRUPT,
    243: INTERRUPT,
    244: INTERRUPT,
    247: BACKSPACE,
    248: ERASE_LINE,
}
_DATA_MARK: Final = bytes((_IAC, 242))
# What a command is answered with: Abort Output, Are You There.
_ANSWER_TO: Final = {245: _DATA_MARK, 246: b"\r\n* [Yes]\r\n"}


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

    __slots__ = ("_after_cr", "_agreeable", "_agreements", "_asked", "_on", "_refusals", "_request", "_state", "_tried")

    def __init__(self) -> None:
        self._state = _TYPED
        self._request = 0  # the WILL, WON'T, DO or DON'T whose option is yet to come
        self._agreeable = _BINARY_ONLY
        self._asked = _NOTHING  # by us, and not answered yet
        self._tried = _NOTHING  # asked for once, or agreed to: not to be asked for again
        self._on = _NOTHING
        self._refusals = self._agreements = 0
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
        return self._ask((_WILL, _BINARY))

    def take_keys(self) -> bytes:
        """The offer to echo what is typed, and the request for each key as it comes (RFC 857, RFC 858)."""
        self._agreeable |= frozenset(_KEYS)
        return b"".join(self._ask(option) for option in _KEYS)

    @property
    def echoes(self) -> bool:
        """Whether the peer has agreed that what it types is shown by us, and not by itself."""
        return (_DO, _ECHO) in self._on

    def _ask(self, option: _Option) -> bytes:
        if option in self._tried:
            return b""
        self._tried |= {option}
        self._asked |= {option}
        whose, number = option
        return bytes((_IAC, _TURNS_ON[whose], number))

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
            self._command(byte, typed, answer)

    def _command(self, byte: int, typed: bytearray, answer: bytearray) -> None:
        if byte in _WITH_OPTION:
            self._request = byte
            self._state = _OPTION
            return
        self._state = _SUB if byte == _SB else _TYPED
        if byte in _KEY_OF:
            typed.append(_KEY_OF[byte])
        answer += _ANSWER_TO.get(byte, b"")

    def _reply(self, request: int, option: int, answer: bytearray) -> None:
        reply = self._turned_on(request, option) if request in _TURNS_ON else self._turned_off(request, option)
        if reply:
            answer += bytes((_IAC, reply, option))

    def _turned_on(self, request: int, number: int) -> int:
        """What DO and WILL are answered with; 0 for nothing. Each is the answer, where we have asked first."""
        option = (request, number)
        if option == (_DO, _TIMING_MARK):
            return _WILL
        if option in self._on:
            return 0
        if option in self._asked:
            self._turn_on(option)
            return 0
        if option in self._agreeable and self._agreements < _MOST_AGREEMENTS:
            self._agreements += 1
            self._turn_on(option)
            return _TURNS_ON[request]
        self._refusals += 1
        return _REFUSAL[request] if self._refusals <= _MOST_REFUSALS else 0

    def _turn_on(self, option: _Option) -> None:
        self._asked -= {option}
        self._tried |= {option}
        self._on |= {option}

    def _turned_off(self, request: int, number: int) -> int:
        """What DON'T and WON'T are answered with: only what was on is turned off."""
        option = (_OPPOSITE[request], number)
        self._asked -= {option}
        if option not in self._on:
            return 0
        self._on -= {option}
        return _TURNS_OFF[request]

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
