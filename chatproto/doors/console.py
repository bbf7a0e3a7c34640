"""The operator's own terminal, `twistd -n chat --console`: a line typed is announced, `/word` is a command.

Whoever sits at the server's terminal is an administrator, as at the Unix socket: by where they sit.
"""

from __future__ import annotations

from math import inf
from typing import cast

from twisted.internet.interfaces import ITransport
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from chatproto.core.events import Entry, Reason, Refusal, Sentence
from chatproto.core.text import decoded
from chatproto.doors.drawn import LineLook
from chatproto.hub import Hub, Session
from chatproto.words.drawing import Style


class ConsoleDoor(LineReceiver):
    """Standard input and output of the server's process."""

    delimiter = b"\n"
    hears_itself = False

    def __init__(self, hub: Hub, lang: str) -> None:
        self._hub, self._lang = hub, lang
        self.session: Session | None = None

    def connectionMade(self) -> None:
        self.session = self._hub.admit_console(self, address="console", lang=self._lang)

    def lineReceived(self, line: bytes) -> None:
        """Announce a line, or do what it says."""
        assert self.session
        try:
            text = decoded(line.rstrip(b"\r"))
            if text.strip():
                self._hub.do(self.session, self._hub.chat.vocabulary.parse(text))
        except Refusal as no:
            self._hub.refuse(self.session, no)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """Go on without a console: the end of its input is not the end of the server."""
        if self.session:
            self._hub.leave(self.session, "quit")

    def look(self, room: str) -> LineLook:
        """Return how the operator sees things."""
        taste = self.session.member.taste if self.session else None
        return LineLook(Style(taste.lang, taste.time, taste.tz) if taste else Style(self._lang), end="\n")

    def draw(self, entry: Entry) -> bytes:
        return self.look("").draw(entry)

    def named(self, data: bytes) -> bytes:
        return data

    def receipt(self, receipt: str, entry: Entry) -> bytes:
        return b""

    def write(self, data: bytes) -> None:
        cast("ITransport", self.transport).write(data)

    def has_taken_all(self) -> bool:
        return True

    def read_until(self) -> float:
        """Return that all is read: whoever sits here has no place to come back to."""
        return inf

    def exited(self, room: str) -> None:
        """Never comes: the console stands outside the rooms."""

    def end(self, last: bytes) -> None:
        """Stay, as when dismissed."""

    def dismiss(self, reason: Reason | None, what: Sentence) -> None:
        """Stay: only the server's end ends its console."""
