"""A line that is typed key by key, and what is shown of it. Not a door itself.

Windows' telnet, and any telnet in character mode, sends each key as it is pressed and shows nothing by itself: so
the line is edited here, and echoed (RFC 857). Who edits lines at home sends whole ones, and is not echoed; a
backspace in such a line is understood all the same.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable

from chatproto.core.charsets import CODECS, guess
from chatproto.wire.telnet import BACKSPACE, END_OF_INPUT, ERASE_LINE, INTERRUPT
from chatproto.words import width

DELETE = 0x7F
ERASE_WORD = 0x17  # Ctrl+W
CR, LF = 0x0D, 0x0A
FIRST_LETTER = 0x20
RUBBED_OUT = b"\b \b"  # one column
SECRET = b"*"
# Letters between keys; an escape sequence, of an arrow say (ECMA-48, 5.4); one key.
PIECE = re.compile(rb"[^\x00-\x1f\x7f]+|\x1b(?:\[[0-?]*[ -/]*[@-~]?|O[A-Za-z]?|.?)|[\x00-\x1f\x7f]", re.DOTALL)
EDITS = re.compile(rb"[\x03\x04\x08\x15\x17\x7f]")
# The last letter as a person sees it: a syllable of jamo, or a character with what is joined to it. Of Thai the last
# mark goes by itself, as everywhere.
LETTER = re.compile(
    "[\u1100-\u115f\ua960-\ua97c]+[\u1160-\u11a7\ud7b0-\ud7c6]*[\u11a8-\u11ff\ud7cb-\ud7fb]*$"
    "|(?:.[\ufe0f\U0001f3fb-\U0001f3ff]*\u200d)*.[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*$",
    re.DOTALL,
)
WORD = re.compile(r"\S*\s*$")


# An escape sequence of which the end has not come.
BEGUN = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|O)?$")
ESCAPED = re.compile("[\udc80-\udcff]")  # a byte that is no letter in the line's charset


def edited(line: bytes, charset: str) -> bytes:
    """Return a line as it reads once the keys in it that take letters back have done so."""
    if not EDITS.search(line):
        return line
    keys = Keys(len(line), lambda: charset, lambda _: False)
    return keys.feed(line.replace(b"\r", b"") + b"\n")[0].removesuffix(b"\n")


class Keys:
    """One line that is being typed; at most `most` bytes of it are held.

    `charset` tells how it is written now, and `secret` whether what stands there holds a password.
    """

    def __init__(self, most: int, charset: Callable[[], str], secret: Callable[[str], bool]) -> None:
        self._most, self._charset, self._secret = most, charset, secret
        self.line = b""
        self._after_cr = False
        self._begun = b""  # an escape sequence
        self.left = False  # Ctrl+D on an empty line

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Take keys; return the lines that they end, each with a newline, and what to show."""
        data = self._begun + data
        begun = BEGUN.search(data)
        self._begun = begun[0] if begun else b""
        lines, shown = bytearray(), bytearray()
        for piece in PIECE.findall(data.removesuffix(self._begun)):
            if piece[0] not in (CR, LF):
                shown += self._take(piece.replace(b"\t", b" "))
                if len(self.line) > self._most:  # it is known to be too long, and is let go
                    lines += self.line
                    self.line = b""
            elif piece[0] == CR or not self._after_cr:  # telnet ends a line with CR LF, or CR NUL, or either alone
                lines += self.line + b"\n"
                shown += b"\r\n"
                self.line = b""
            self._after_cr = piece[0] == CR
        return bytes(lines), bytes(shown)

    def redrawn(self) -> bytes:
        """Return the line as it is shown, all of it."""
        return self._shown(self.line)

    def hidden(self) -> bytes:
        """Return what takes the line off the screen."""
        columns = self._columns(self.line)
        return b"\b" * columns + b" " * columns + b"\b" * columns

    def _take(self, piece: bytes) -> bytes:
        key = piece[0]
        if key in (BACKSPACE, DELETE):
            return self._rub_out(LETTER)
        if key == ERASE_WORD:
            return self._rub_out(WORD)
        if key in (ERASE_LINE, INTERRUPT):
            return self._keep(b"")
        if key == END_OF_INPUT:
            self.left = self.left or not self.line
        if key < FIRST_LETTER:
            return b""
        before = self._shown(self.line)
        self.line += piece
        after = self._shown(self.line)
        return after[len(before) :] if after.startswith(before) else self._over(before, after)

    def _rub_out(self, what: re.Pattern[str]) -> bytes:
        codec = self._codec(self.line)
        left = what.sub("", self._text(self.line), count=1)
        return self._keep(left.encode(codec, "surrogateescape"))

    def _keep(self, line: bytes) -> bytes:
        """Let only this be left of the line; return what takes the rest off the screen."""
        columns, before = self._columns(self.line), self._shown(self.line)
        self.line = line
        gone = columns - self._columns(line)
        return RUBBED_OUT * gone if gone else self._over(before, self._shown(line))

    def _over(self, before: bytes, after: bytes) -> bytes:
        """Return what draws a line anew where another one stands."""
        gone, come = _width(self._text(before)), _width(self._text(after))
        return b"\b" * gone + after + b" " * (gone - come) + b"\b" * (gone - come)

    def _shown(self, line: bytes) -> bytes:
        text = self._text(line)
        if not self._secret(text):
            return line
        word = text[: len(text) - len(text.lstrip())] + text.split(maxsplit=1)[0] + " "
        return word.encode(self._codec(line), "surrogateescape") + SECRET * (len(text) - len(word))

    def _columns(self, line: bytes) -> int:
        return _width(self._text(self._shown(line)))

    def _text(self, line: bytes) -> str:
        text = line.decode(self._codec(line), "surrogateescape")
        return text if text.isascii() else unicodedata.normalize("NFC", text)

    def _codec(self, line: bytes) -> str:
        """Return how the line is written: its letters are then what was typed, whatever the charset was said to be."""
        for charset in (self._charset(), guess(line, "")):
            try:
                codecs.getincrementaldecoder(CODECS[charset])().decode(line)  # a last letter may have only begun
            except (KeyError, UnicodeDecodeError):
                continue
            return CODECS[charset]
        return "latin-1"


def _width(text: str) -> int:
    return width(ESCAPED.sub("", text))
