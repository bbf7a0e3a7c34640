"""The operator's own terminal, `twistd -n chat --console`: a line typed is announced, `/word` is a command.

Whoever sits at the server's terminal is an administrator, as at the Unix socket: by where they sit.
"""

from __future__ import annotations

from math import inf
from typing import Protocol, cast

from twisted.internet.interfaces import ITransport
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from chatproto.core.commands.help import CONSOLE_GREETING
from chatproto.core.events import Answer, Entry, Reason, Refusal, Sentence
from chatproto.core.seats import Seat
from chatproto.core.text import decoded
from chatproto.doors.drawn import LineLook
from chatproto.hub import Hub, Session
from chatproto.wire.editing import LineEditor
from chatproto.words.drawing import Style


class ConsoleDoor(LineReceiver):
    """Standard input and output of the server's process."""

    delimiter = b"\n"
    hears_itself = False

    def __init__(self, hub: Hub, lang: str) -> None:
        self._hub, self._lang = hub, lang
        self.session: Session | None = None

    def connectionMade(self) -> None:
        self.session = self._hub.admit_console(self, address="console", lang=self._lang, seat=Seat.TERMINAL)

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


class Screen(Protocol):
    """A terminal's screen, on which a line is being typed."""

    def write(self, text: str) -> object:
        """Show whole lines above the one that is being typed."""

    def redraw(self) -> None:
        """Show what is being typed as it is now."""


class TerminalConsole(ConsoleDoor):
    """The console at a terminal that hands over each key: a line is edited here, and stays whole on the screen."""

    def __init__(self, hub: Hub, lang: str, line: LineEditor, screen: Screen) -> None:
        super().__init__(hub, lang)
        self._line, self._screen = line, screen

    def connectionMade(self) -> None:
        """Say where one is."""
        super().connectionMade()
        assert self.session
        self._hub.show(self.session, Answer((CONSOLE_GREETING,)))

    def dataReceived(self, data: bytes) -> None:
        """Take keys."""
        for line in self._line.feed(data):
            self._screen.write(f"{self._line.prompt}{line.decode('utf-8', 'replace')}\n")
            self.lineReceived(line)
        self._screen.redraw()

    def write(self, data: bytes) -> None:
        """Show lines above what is being typed."""
        self._screen.write(data.decode())
