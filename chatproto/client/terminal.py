"""Standard input and output as lines: what is typed, one by one, and what is shown.

The law here: whoever takes the lines sets the pace. Held, nothing is read; and what is written faster than
it is taken makes us stop listening to the server instead of keeping it.

A richer terminal replaces this class (see `screen`). A Windows console, which `twisted.internet.stdio` cannot read,
is connected to it by `threaded`.
"""

from __future__ import annotations

import typing
from collections.abc import Callable

from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from chatproto.core.events import Reason, Refusal
from chatproto.core.settings import Settings
from chatproto.core.text import decoded
from chatproto.wire.lines import TOO_LONG, LineBuffer

if typing.TYPE_CHECKING:
    from twisted.internet.stdio import StandardIO  # it cannot be imported on every Windows

MAX_LINE = Settings().max_body  # bytes: what a server takes that was not told otherwise


class Typist(typing.Protocol):
    """Who takes what is typed."""

    def typed(self, line: str) -> None:
        """A line."""

    def mistyped(self, no: Refusal) -> None:
        """A line that cannot be one."""

    def ended(self) -> None:
        """There will be no more lines."""

    def unread(self) -> None:
        """Nobody reads what we show any more."""


class Printer:
    """Shows, and reads nothing: for a single command, which must leave its shell's input alone."""

    def __init__(self, out: typing.TextIO, closed: Callable[[], object]) -> None:
        self._out, self._closed = out, closed

    def show(self, text: str) -> None:
        """Show one event."""
        self._out.write(f"{text}\n")

    def tell(self, text: str) -> None:
        """Say nothing of the connection: what goes wrong is said at the end."""

    def ask(self, text: str) -> None:
        """Ask nobody."""

    def hold(self) -> None:
        """Nothing is read anyway."""

    go_on = forget_typed = hold

    def close(self) -> None:
        """Be gone."""
        self._closed()


@implementer(IHalfCloseableProtocol)
class Terminal(LineReceiver):
    """Lines in, lines out. `status` takes what is about the connection and not from the chat."""

    delimiter = b"\n"
    typist: Typist
    transport: StandardIO

    def __init__(self, closed: Callable[[], object], status: Callable[[str], object] | None = None) -> None:
        self._closed, self._status = closed, status
        self._lines = LineBuffer(MAX_LINE)
        self._held = self._ended = self._draining = self._unread = False

    # --- shown ------------------------------------------------------------------------------------

    def show(self, text: str) -> None:
        """Show one event: a line, or a block of them."""
        self.transport.write(f"{text}\n".encode())

    def tell(self, text: str) -> None:
        """Say something about the connection."""
        if self._status:
            self._status(text)
        else:
            self.show(text)

    def ask(self, text: str) -> None:
        """Prompt, and leave the cursor behind it."""
        self.transport.write(text.encode())

    def flow_to(self, producer: IPushProducer) -> None:
        """Let what is shown slow this producer down."""
        self.transport.registerProducer(producer, True)

    def close(self) -> None:
        """Read nothing more, show what there is, and be gone."""
        self._held = True
        self.transport.unregisterProducer()
        self.transport.loseConnection()
        if self._unread:
            self._closed()  # nobody tells us again

    # --- typed ------------------------------------------------------------------------------------

    def hold(self) -> None:
        """Read no more lines for now."""
        if not self._held:
            self._held = True
            self.transport.pauseProducing()

    def go_on(self) -> None:
        """Read lines again."""
        if self._held:
            self._held = False
            self.transport.resumeProducing()
            self._drain()

    def forget_typed(self) -> None:
        """Drop what was typed ahead: it was meant for another question."""
        self._lines.rest()

    def dataReceived(self, data: bytes) -> None:
        """Cut what came into lines, linearly."""
        self._lines.feed(data)
        self._drain()

    def lineReceived(self, line: bytes) -> None:
        """Hand on a line."""
        try:
            text = decoded(line)
        except Refusal as no:
            self.typist.mistyped(no)
        else:
            self.typist.typed(text)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuse a line that no server takes."""
        no = Refusal(Reason.TOO_LONG, "That line is too long: at most {most} bytes.", most=MAX_LINE)
        self.typist.mistyped(no)

    def _drain(self) -> None:
        if self._draining:
            return
        self._draining = True
        try:
            while not self._held and (line := self._lines.next()) is not None:
                if line is TOO_LONG:
                    self.lineLengthExceeded(b"")
                else:
                    self.lineReceived(line)
            if self._ended and not self._held:
                self._end()
        finally:
            self._draining = False

    def _end(self) -> None:
        """Take a last line without an end, then say that it was the last."""
        self._ended = False
        rest = self._lines.rest()
        if rest:
            self.lineReceived(rest)
        self.typist.ended()

    # --- the ends ---------------------------------------------------------------------------------

    def readConnectionLost(self) -> None:
        """There is no more input; there may still be much to show."""
        self._ended = True
        self._drain()

    def writeConnectionLost(self) -> None:
        self._unread = True
        self.typist.unread()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._closed()
