"""What a person has in front of them: a telnet that sends lines, one that sends each key, or nc. Not a door itself.

Nobody says which: it is seen from what comes. Who ends lines with CR LF is a telnet, and is asked for binary where
there may be other letters than ASCII; who sends single keys edits no lines, and is offered that this is done here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from chatproto.doors.connection import Connection
from chatproto.doors.keys import Keys
from chatproto.wire.telnet import Telnet

IAC = b"\xff"  # telnet's own: a person, then
MAX_COMMANDS = 1024  # of telnet's in one read; each costs a turn of a loop, and asking for every option takes 512
MAX_UNTAKEN = 4096  # bytes of answers to telnet's own, for a peer that takes nothing
KEYS = 2  # reads of one key each, after which somebody is taken to send keys
# One key, as it comes in a read of its own: a letter of up to four bytes, a control key, an arrow.
KEY = re.compile(rb"[^\n\x80-\xff]|[\x80-\xff]{1,4}|[\x81-\xfe][A-Za-z]|\x1b[\[O].{1,4}", re.DOTALL)


class Reader(Protocol):
    """Who reads what is typed."""

    @property
    def charset(self) -> str:
        """How the terminal writes its letters."""

    def is_secret(self, text: str) -> bool:
        """Say whether a line holds a password, as far as it is typed."""

    def begun(self) -> bytes | None:
        """Give up the line that has no end yet; None if it cannot be somebody's who sends keys."""

    def show_around(self, write: Callable[[bytes], None]) -> None:
        """Write this way from now on: around what is being typed."""


class Terminal:
    """One terminal."""

    __slots__ = ("_connection", "_echoes", "_keys", "_lone", "_most", "_telnet", "_untaken")

    def __init__(self, connection: Connection, most: int) -> None:
        self._connection, self._most = connection, most
        self._telnet = Telnet()
        self._keys: Keys | None = None
        self._lone = 0  # reads of one key each, one after the other
        self._untaken = 0  # bytes of answers to telnet, since the peer takes nothing
        self._echoes = False

    def read(self, data: bytes, reader: Reader) -> bytes | None:
        """Return what was typed, edited where that is done here; None from a telnet that asks too much."""
        if data.count(IAC) > MAX_COMMANDS:
            return None
        typed, answer = self._telnet.feed(data)
        if answer and not self._answer(answer):
            return None
        self._see_agreement()
        if self._keys is None and typed and IAC not in data:
            typed = self._notice_keys(typed, reader)
        if self._keys is None:
            return typed
        lines, shown = self._keys.feed(typed)
        if shown and self._echoes:
            self._connection.write(shown)
        if self._keys.left:
            self._connection.no_more()
        return lines

    def ask_for_binary(self) -> None:
        """Ask a telnet to send bytes as they are, once."""
        ask = self._telnet.ask_for_binary()
        if ask:
            self._connection.write(ask)

    def _answer(self, answer: bytes) -> bool:
        self._untaken = self._untaken + len(answer) if self._connection.stalled else 0
        if self._untaken > MAX_UNTAKEN:
            return False
        self._connection.write(answer)
        return True

    def _see_agreement(self) -> None:
        """Show what was typed so far, once the telnet has agreed that it shows nothing itself."""
        if self._keys is None or self._echoes == self._telnet.echoes:
            return
        self._echoes = self._telnet.echoes
        if self._echoes:
            self._connection.write(self._keys.redrawn())

    def forget(self) -> None:
        """Let go of the reader."""
        self._keys = None

    def _notice_keys(self, typed: bytes, reader: Reader) -> bytes:
        self._lone = self._lone + 1 if KEY.fullmatch(typed) else 0
        begun = reader.begun() if self._lone >= KEYS else None
        if begun is None:
            return typed
        self._keys = Keys(self._most, lambda: reader.charset, reader.is_secret)
        self._connection.write(self._telnet.take_keys() + self._telnet.ask_for_binary())
        reader.show_around(self._write)
        return begun + typed

    def _write(self, data: bytes) -> None:
        """Write lines, and the one that is being typed below them."""
        if self._echoes and self._keys and self._keys.line:
            data = self._keys.hidden() + data + self._keys.redrawn()
        self._connection.write(data)
