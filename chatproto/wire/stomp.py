r"""STOMP 1.0, 1.1 and 1.2 frames: bytes to frames and back, for either end of the connection.

The law: what is not a frame by the specification is refused, with one of two reasons and a sentence that
says what to do; nothing is guessed, and nothing past a limit is held. After a refusal the stream has no
meaning any more and stays refused.

From the STOMP 1.2 specification (https://stomp.github.io/stomp-specification-1.2.html), by its headings:

- *STOMP Frames*: command, headers, a blank line, a body, NUL. A line ends in LF; in 1.2 a CR before it is
  dropped, while in 1.1 a CR is a byte like any other and may end a header's value. Between frames there may
  be line ends: heart-beats.
- *Value Encoding*: headers are UTF-8; LF, ``:`` and ``\`` are escaped as ``\n``, ``\c``, ``\\``, and CR as
  ``\r`` in 1.2; any other escape is fatal. CONNECT and CONNECTED are not escaped; nor, here, is STOMP.
- *CONNECT or STOMP Frame*: a server treats STOMP in the same manner as CONNECT; so it is read unescaped too.
  It comes before a version, and with it a set of escapes, is agreed, and stomp.py sends passcodes in it bare.
- *Body*, *content-length*: with content-length exactly that many bytes, NUL among them or not; else up to the
  first NUL.
- *Repeated Header Entries*: the first one counts.
- *Size Limits*: a server may limit headers, a header's line and the body; past one it sends ERROR and closes.

From the STOMP 1.0 specification (https://stomp.github.io/stomp-specification-1.0.html): there are no escapes, and
its examples have a blank behind the colon, so blanks around a name and a value are no part of it. Here a CR before
LF is dropped in it too. What cannot be said without escapes is said with blanks.

Stricter than the specification: no NUL among the headers (a client that forgot the blank line is told at
once). More lenient: a value may hold a bare ``:``, as many clients send it, and the first one ends the name; NULs
may stand between frames, where some clients pad; and blanks may stand around the digits of content-length.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal, TypeAlias

Reason: TypeAlias = Literal["bad-frame", "too-long"]

CONTENT_LENGTH: Final = "content-length"

_CR: Final = 0x0D
_NUL: Final = b"\0"
_BARE_COMMANDS: Final = frozenset({"CONNECT", "STOMP", "CONNECTED"})  # their headers are not escaped

# A run of line ends between two frames, by version: the cheapest thing a stranger can send, so read in C.
_LINE_ENDS: Final[Mapping[str, re.Pattern[bytes]]] = {
    "1.0": re.compile(rb"(?:[\n\0]++|(?:\r\n)++)++"),
    "1.1": re.compile(rb"[\n\0]+"),
    "1.2": re.compile(rb"(?:[\n\0]++|(?:\r\n)++)++"),
}
# What each escape stands for, by version.
_MEANINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "1.0": {},
    "1.1": {"\\\\": "\\", "\\n": "\n", "\\c": ":"},
    "1.2": {"\\\\": "\\", "\\n": "\n", "\\c": ":", "\\r": "\r"},
}
_ESCAPED: Final = re.compile(r"\\.?", re.DOTALL)
_SHORT: Final = 64  # characters of a value whose header line is remembered
# A command and headers in which nothing is to be refused, unescaped or cut off: what nearly every frame begins with.
_PLAIN_HEAD: Final = re.compile(rb"[A-Za-z]+(?:\n[^\0\r\n\\:]+:[^\0\r\n\\]*)*")
_MOST_PLAIN: Final = 1024  # bytes of it: a longer one is read line by line

# A SEND as far as the receipt it asks for, if it does.
_SEND: Final = re.compile(rb"[\r\n]*SEND\r?\n(?:(?!receipt:|\r?\n)[^\n]+\n)*+(?:receipt:([^\n]*))?")

# Enough for any body there will ever be, and few enough that reading the number costs nothing.
_MOST_LENGTH_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, either way; `headers` as they mean, not as they are escaped."""

    command: str
    headers: Mapping[str, str]
    body: bytes = b""


class Heartbeat(enum.Enum):
    """The type of `HEARTBEAT`."""

    HEARTBEAT = "heart-beat"

    def __repr__(self) -> str:
        return self.name


HEARTBEAT: Final = Heartbeat.HEARTBEAT
"""One or more line ends (or NULs) between two frames: as many as there are now."""


class BadFrame(Exception):
    """The peer broke the framing. `reason` is a word for programs, `sentence` says it to people."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason: Reason = reason
        self.sentence = sentence


@dataclass(slots=True)
class _Draft:
    """A frame of which the command has come."""

    command: str
    headers: dict[str, str] = field(default_factory=dict)
    header_lines: int = 0
    size: int = 0  # bytes of the lines so far
    length: int | None = None  # of the body, once announced
    in_body: bool = False


class FrameBuffer:
    """Cuts bytes into frames and heart-beats, linear in the bytes fed.

    A limit of 0 is none. Nothing is read ahead of the item returned, so `version` may be set between two
    frames, once negotiated. What is fed and not yet drained is held: whoever stops draining must stop
    reading too.
    """

    def __init__(self, *, max_line: int, max_headers: int, max_body: int, version: str = "1.2") -> None:
        self.version = version
        self._max_line = max_line
        self._max_headers = max_headers
        self._max_body = max_body
        self._held = bytearray()
        self._start = 0  # what is before this in _held is consumed
        self._searched = 0  # before this there is no end of what is being read: never look at a byte twice
        self._draft: _Draft | None = None
        self._broken: BadFrame | None = None

    @property
    def version(self) -> str:
        """Governs escapes, blanks and line ends: "1.0", "1.1" or "1.2"."""
        return self._version

    @version.setter
    def version(self, version: str) -> None:
        if version not in _MEANINGS:
            raise ValueError(f"STOMP {version} is not spoken here; 1.0, 1.1 and 1.2 are")
        self._version = version

    def feed(self, data: bytes) -> None:
        """Adds what has arrived; after a `BadFrame`, drops it."""
        if self._broken:
            return
        self._compact()
        self._held += data

    def next(self) -> Frame | Heartbeat | None:
        """The next frame or heart-beat; None if more bytes are needed.

        Raises `BadFrame` where the framing is broken, and again at every call from then on.
        """
        if self._broken:
            raise BadFrame(self._broken.reason, self._broken.sentence)
        try:
            return self._next()
        except BadFrame as bad:
            self._broken = BadFrame(
                bad.reason, bad.sentence
            )  # not this one: it holds on to all who called, and their data
            self._draft = None
            self._held.clear()
            self._start = self._searched = 0
            raise

    def waiting(self) -> int:
        """How many bytes are held, the lines of an unfinished frame included."""
        drafted = self._draft.size if self._draft else 0
        return drafted + len(self._held) - self._start

    def skim(self) -> list[bytes]:
        """Takes out the whole SENDs that are held, unread; returns which receipt each asked for, as it was written.

        Empty for none. If anything else is held, nothing is taken.
        """
        end = self._held.rfind(_NUL, self._start) + 1
        if self._draft or not end:
            return []
        asked = [_SEND.match(frame) for frame in bytes(self._held[self._start : end - 1]).split(_NUL)]
        if not all(asked):
            return []
        self._start = self._searched = end
        return [self._without_cr(found[1] or b"") for found in asked if found]

    def _next(self) -> Frame | Heartbeat | None:
        draft = self._draft
        if draft is None:
            if self._take_line_ends():
                return HEARTBEAT
            draft = self._plain_head()
            if draft is None:
                line = self._line()
                if line is None:
                    return None
                draft = _Draft(_command(line), size=len(line))
            self._draft = draft
        if not draft.in_body and not self._read_headers(draft):
            return None
        body = self._body_to_nul() if draft.length is None else self._body_of(draft.length)
        if body is None:
            return None
        self._draft = None
        return Frame(draft.command, draft.headers, body)

    def _take_line_ends(self) -> bool:
        """Takes all the line ends that come next; whether there was one."""
        ends = _LINE_ENDS[self._version].match(self._held, self._start)
        if ends is None:
            return False
        self._start = self._searched = ends.end()
        return True

    def _plain_head(self) -> _Draft | None:
        """Takes the command and headers of a frame in one piece, if they are here and all is plain in them."""
        most = min(self._max_line or _MOST_PLAIN, _MOST_PLAIN)
        end = self._held.find(b"\n\n", self._start, self._start + most)
        head = bytes(self._held[self._start : max(end, self._start)])
        if self._version == "1.0" or not _PLAIN_HEAD.fullmatch(head) or 0 < self._max_headers < head.count(b"\n"):
            return None
        try:
            command, *lines = head.decode("utf-8").split("\n")
        except UnicodeDecodeError:
            return None  # read line by line it is refused in the right words
        headers = dict(line.split(":", 1) for line in reversed(lines))  # the first one of a name counts
        draft = _Draft(command, headers, len(lines), len(head) - len(lines), in_body=True)
        if CONTENT_LENGTH in headers:
            draft.length = self._announced_length(headers[CONTENT_LENGTH])
        self._start = self._searched = end + 2
        return draft

    def _read_headers(self, draft: _Draft) -> bool:
        """Reads header lines up to the blank one; whether it has come."""
        while (line := self._line()) is not None:
            if not line:
                draft.in_body = True
                return True
            draft.size += len(line)
            self._add_header(draft, line)
        return False

    def _add_header(self, draft: _Draft, line: bytes) -> None:
        draft.header_lines += 1
        if 0 < self._max_headers < draft.header_lines:
            raise BadFrame("too-long", f"A frame may have at most {self._max_headers} headers; send fewer.")
        name, value = _header(line)
        if self._version == "1.0":
            name, value = name.strip(), value.strip()
        elif draft.command not in _BARE_COMMANDS:
            name, value = _unescape(name, self._version), _unescape(value, self._version)
        if name in draft.headers:
            return  # the first one counts
        draft.headers[name] = value
        if name == CONTENT_LENGTH:
            draft.length = self._announced_length(value)

    def _announced_length(self, value: str) -> int:
        value = value.strip(" \t")
        if not (value.isascii() and value.isdigit()):
            raise BadFrame("bad-frame", "content-length must be the body's length in bytes, in digits only.")
        if len(value) > _MOST_LENGTH_DIGITS:
            raise BadFrame("too-long", f"content-length may have at most {_MOST_LENGTH_DIGITS} digits.")
        length = int(value)
        if 0 < self._max_body < length:
            raise self._body_too_long()
        return length

    def _line(self) -> bytes | None:
        """The next line without its end, or None. It is refused as soon as that is known, ended or not."""
        end = self._held.find(b"\n", self._searched)
        reach = len(self._held) if end < 0 else end
        self._refuse_nul(reach)
        self._refuse_overlong(reach)
        if end < 0:
            self._searched = reach
            return None
        line = bytes(self._held[self._start : end])
        self._start = self._searched = end + 1
        return self._without_cr(line)

    def _refuse_nul(self, reach: int) -> None:
        # Only up to the limit: what is past it is never looked at when it comes in pieces, and however it
        # comes the reason must be the same.
        within = min(reach, self._start + self._max_line) if self._max_line else reach
        if self._held.find(_NUL, self._searched, within) >= 0:
            raise BadFrame("bad-frame", "A NUL among the headers; end them with a blank line, then body and NUL.")

    def _refuse_overlong(self, reach: int) -> None:
        size = reach - self._start
        if size and self._version != "1.1" and self._held[reach - 1] == _CR:
            size -= 1  # it belongs to the line's end, or will, if that is what comes next
        if 0 < self._max_line < size:
            raise BadFrame("too-long", f"A header line may have at most {self._max_line} bytes; shorten it.")

    def _without_cr(self, line: bytes) -> bytes:
        if self._version == "1.1":
            return line
        line = line.removesuffix(b"\r")
        if _CR in line:
            raise BadFrame("bad-frame", r"A carriage return inside a header line; send it escaped, as \r.")
        return line

    def _body_of(self, length: int) -> bytes | None:
        end = self._start + length
        if len(self._held) <= end:
            return None
        if self._held[end]:
            raise BadFrame("bad-frame", "No NUL after the body; content-length must count bytes, not characters.")
        return self._take_body(end)

    def _body_to_nul(self) -> bytes | None:
        end = self._held.find(_NUL, self._searched)
        reach = len(self._held) if end < 0 else end
        if 0 < self._max_body < reach - self._start:
            raise self._body_too_long()
        if end < 0:
            self._searched = reach
            return None
        return self._take_body(end)

    def _take_body(self, end: int) -> bytes:
        body = bytes(self._held[self._start : end])
        self._start = self._searched = end + 1
        return body

    def _body_too_long(self) -> BadFrame:
        return BadFrame("too-long", f"A body may have at most {self._max_body} bytes; send it in parts.")

    def _compact(self) -> None:
        """Lets consumed bytes go once they are half of all or more: so a byte is moved about once at most."""
        if self._start * 2 >= len(self._held):
            del self._held[: self._start]
            self._searched -= self._start
            self._start = 0


def _command(line: bytes) -> str:
    """A frame's command. Which ones there are is the reader's to know; that it is a word is framing."""
    if not line.isalpha():  # of bytes: the ASCII letters
        raise BadFrame(
            "bad-frame",
            "A frame begins with a command such as SEND, alone on its line (in 1.1 without a carriage "
            "return); if the frame before it had a body, check its content-length.",
        )
    return line.decode("ascii")


def _header(line: bytes) -> tuple[str, str]:
    try:
        name, colon, value = line.decode("utf-8").partition(":")
    except UnicodeDecodeError:
        raise BadFrame("bad-frame", "A header is not UTF-8; send headers in UTF-8.") from None
    if not name or not colon:
        raise BadFrame("bad-frame", "A header is name:value on one line; headers end with a blank line.")
    return name, value


def escape(value: str, version: str) -> str:
    """A header's name or value as it goes over the wire, in every frame but CONNECT, STOMP and CONNECTED."""
    if version == "1.0":
        return re.sub(r"[\r\n]+", " ", value)
    # The backslash first, or it would be doubled in the escapes too. A chain like this beats a regular
    # expression, and str.translate by far.
    escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace(":", "\\c")
    return escaped if version == "1.1" else escaped.replace("\r", "\\r")


def _unescape(text: str, version: str) -> str:
    if "\\" not in text:
        return text
    meanings = _MEANINGS[version]
    if not meanings.keys() >= set(_ESCAPED.findall(text)):
        known = ", ".join(sorted(meanings))
        raise BadFrame("bad-frame", f"Unknown escape in a header; STOMP {version} has only {known}.")
    return _ESCAPED.sub(lambda escaped: meanings[escaped[0]], text)


def encode(frame: Frame, version: str = "1.2") -> bytes:
    """The frame's bytes. A content-length is there if there is a body, and true, whatever `headers` say.

    Raises ValueError for what cannot be said in STOMP (NUL in a header, a line end in one of CONNECT, …): a
    mistake of whoever made the frame, never of the peer.
    """
    if not (frame.command.isascii() and frame.command.isalpha()):
        raise ValueError(f"not a STOMP command: {frame.command!r}")
    headers = [item for item in frame.headers.items() if item[0] != CONTENT_LENGTH]
    if frame.command in _BARE_COMMANDS:
        lines = [_bare_header_line(name, value) for name, value in headers]
    else:
        lines = [
            _remembered(name, value, version)
            if len(value) <= _SHORT and not value.isdigit()
            else f"{_name(name, version)}:{value if value.isdigit() else escape(value, version)}\n"
            for name, value in headers
        ]
    if frame.body:
        lines.append(f"{CONTENT_LENGTH}:{len(frame.body)}\n")
    head = "".join([frame.command, "\n", *lines, "\n"])
    if "" in frame.headers or "\0" in head:
        raise ValueError("a header's name is not empty, and there is no NUL in headers")
    return head.encode("utf-8") + frame.body + _NUL


@lru_cache(maxsize=1024)
def _remembered(name: str, value: str, version: str) -> str:
    """The line of a short header: of those of an event most were there before, the room, the author, the time."""
    return f"{escape(name, version)}:{escape(value, version)}\n"


_name = lru_cache(maxsize=256)(escape)


def _bare_header_line(name: str, value: str) -> str:
    if ":" in name or any(end in name or end in value for end in "\r\n"):
        raise ValueError(f"cannot be said without escapes, which CONNECT and CONNECTED do not have: {name!r}")
    return f"{name}:{value}\n"
