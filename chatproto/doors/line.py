"""The door for people: lines, from telnet or nc.

    -> oscar                     the first line decides: a name, or CONNECT from a program
    <- * Hello, oscar. You are in #lobby with jinny. /help lists the commands.
    -> hi                        said in the current room
    -> /kick jinny               a command
    <- ! Only an operator may do that.

The states, in their order: UNKNOWN (silent: a STOMP client must not be sent text that it cannot parse),
ASKED (greeted; still a program if its first line says so), TALKING (has a name), PROGRAM (all bytes go to
the STOMP door, in LineReceiver's raw mode), OVER.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from typing import Protocol

from twisted.internet.interfaces import IHalfCloseableProtocol, IHandshakeListener, ISSLTransport
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from chatproto.clock import Deadline
from chatproto.core.charsets import UTF8, decoded, encoded, mended, readable
from chatproto.core.commands.account import Login
from chatproto.core.commands.you import Charset, Quit
from chatproto.core.events import Delivery, Entry, Reason, Refusal, Refused, Sentence, say
from chatproto.doors.connection import (
    MAX_BEFORE_NAME,
    MAX_LINES_BEFORE_NAME,
    MAX_PENDING,
    Connection,
    Host,
    Program,
)
from chatproto.doors.drawn import BELL, END, LineLook, shared_look
from chatproto.doors.keys import edited
from chatproto.doors.terminal import IAC, Terminal
from chatproto.hub import Session
from chatproto.wire.lines import TOO_LONG, LineBuffer, TooLong
from chatproto.words import spoken
from chatproto.words.drawing import Style, drawn

GREETING_AFTER = 0.5  # seconds of silence after which a person is greeted
STOMP_WORDS = (b"CONNECT", b"STOMP")
HTTP_WORDS = (
    b"GET ",
    b"POST ",
    b"PUT ",
    b"HEAD ",
    b"DELETE ",
    b"OPTIONS ",
    b"PATCH ",
    b"TRACE ",
    b"CONNECT ",
    b"PRI ",
)
STRANGERS = (b"\x16\x03", b"SSH-", *HTTP_WORDS)
TOO_FAST = say("You are sending faster than this server reads. Slow down.")


class State(Enum):
    """Where a connection stands; see the module's docstring."""

    UNKNOWN = auto()
    ASKED = auto()
    TALKING = auto()
    PROGRAM = auto()
    OVER = auto()


NAMELESS = frozenset({State.UNKNOWN, State.ASKED})
TALKING, OVER = State.TALKING, State.OVER  # looked up once: an enum's member costs as much as a call


class LineHost(Host, Protocol):
    """What this door needs of its factory beyond every door's needs."""

    def program(self) -> Program:
        """Return a door for programs, to take over a connection that turns out to be one."""


@implementer(IHandshakeListener, IHalfCloseableProtocol)
class ChatProtocol(LineReceiver):
    """One person's connection, or one program's until its first line has said so."""

    delimiter = b"\n"
    factory: LineHost

    def __init__(self) -> None:
        self.state = State.UNKNOWN
        self.session: Session | None = None
        self._program: Program | None = None
        self._held: bytes | TooLong | None = None  # a line that waits for its turn in the pace
        self._read = self._lines = self._tried = 0  # before a name: bytes, lines, and those that were not empty
        self._greeting: Deadline | None = None

    # --- bytes in ---------------------------------------------------------------------------------

    def connectionMade(self) -> None:
        """Wait in silence for the first line, for half a second."""
        settings = self.factory.settings
        self.MAX_LENGTH = settings.max_line
        self._incoming = LineBuffer(settings.max_line or MAX_PENDING)
        self._style = Style(settings.lang, tz=settings.tz)
        self.connection = Connection(self.transport, self.factory, self)  # type: ignore[arg-type]
        self._terminal = Terminal(self.connection, settings.max_line or MAX_PENDING)
        self._charset = UTF8
        self.write: Callable[[bytes], None] = self.connection.write
        self.factory.hub.opened(self.connection.peer)
        self._connected_at = self.factory.clock.seconds()
        if not ISSLTransport.providedBy(self.transport):
            self.handshakeCompleted()

    def handshakeCompleted(self) -> None:
        """Let the half second run: from here on a program can speak. Of TLS, Twisted tells when that is.

        As long as the handshake took is given besides: the first words may wait for the acknowledgement of its
        last bytes (RFC 9293, 3.7.4, the Nagle algorithm), and so a far program speaks a round trip later.
        """
        handshake = self.factory.clock.seconds() - self._connected_at
        if self.state is State.UNKNOWN:
            self._greeting = Deadline(self.factory.clock, GREETING_AFTER + handshake, self.greet)

    def dataReceived(self, data: bytes) -> None:
        """Cut what came into lines, linearly, and handle each as the pace allows."""
        if not self.line_mode:
            self.rawDataReceived(data)
            return
        if self.state is State.UNKNOWN:
            self._incoming.feed(data)
            self._recognise(self._incoming.rest())
        elif self.state is not State.OVER:
            self.connection.heard()
            self._feed(data)
        if self.state in NAMELESS:
            self._count(data)

    def _count(self, data: bytes) -> None:
        """Close on who sends much before a name; once there was one, what came with it is no matter."""
        self._read, self._lines = self._read + len(data), self._lines + data.count(b"\n")
        if self._read > MAX_BEFORE_NAME or max(self._lines, self._tried) > MAX_LINES_BEFORE_NAME:
            self.dismiss(Reason.TOO_LONG, say("A name was expected, and much else has come. Connect again."))

    def _recognise(self, data: bytes) -> None:
        """Look at the very first bytes, in which telnet's own are not yet taken out, as STOMP's bodies have them."""
        data = data.lstrip(b"\r\n")  # empty lines decide nothing
        line, end, _ = data.partition(b"\n")
        if data.startswith(STRANGERS) and not (end and line.rstrip(b"\r") in STOMP_WORDS):
            self._explain_port()
        elif not end and data[:1] != IAC:
            self._incoming.feed(data)
        elif line.rstrip(b"\r") in STOMP_WORDS:
            self._become_program(data)
        else:
            self.state = State.ASKED
            self._feed(data)

    def _feed(self, data: bytes) -> None:
        typed = self._terminal.read(data, self)
        if typed is None:
            self.dismiss(Reason.TOO_FAST, TOO_FAST)
            return
        self._incoming.feed(typed)
        if self.connection.held_back and self._incoming.waiting() > MAX_PENDING:
            self.dismiss(Reason.TOO_FAST, TOO_FAST)
            return
        self._drain()
        if b"\r\n" in typed and self.state in {State.ASKED, State.TALKING}:
            self._have_bytes_as_they_are(typed)

    def _have_bytes_as_they_are(self, typed: bytes) -> None:
        r"""Ask a telnet for binary, so that it does not take letters for control keys, where there are such letters.

        `\r\n` is telnet's way to end a line. nc ends it with `\n`, and would show what telnet is asked; and a program
        that knows no telnet is spared it as long as it speaks ASCII to an English server.
        """
        if self.style.lang != "en" or not typed.isascii():
            self._terminal.ask_for_binary()

    # --- what the terminal asks -------------------------------------------------------------------

    @property
    def charset(self) -> str:
        """How this reader's terminal writes its letters."""
        return self.session.member.taste.charset if self.session else self._charset

    def is_secret(self, text: str) -> bool:
        """Say whether a line holds a password, as far as it is typed."""
        return self.factory.hub.chat.vocabulary.may_be_secret(text)

    def begun(self) -> bytes | None:
        """Give up the line that has no end yet, unless a program may be about to name itself in it."""
        if self.state not in {State.ASKED, State.TALKING} or self._held or self.connection.held_back:
            return None
        begun = self._incoming.rest()
        if self.session is None and any(word.startswith(begun) for word in STOMP_WORDS):
            self._incoming.feed(begun)
            return None
        return begun

    def show_around(self, write: Callable[[bytes], None]) -> None:
        """Write this way from now on: around what is being typed."""
        self.write = write
        if self.session:
            self.session.write = write

    def _drain(self) -> None:
        while self.state is not OVER and not self.paused and not self.connection.held_back:
            line = self._held or self._incoming.next()
            self._held = None
            if line is None:
                return
            if self.state is TALKING and not self.connection.may_handle_one():
                self._held = line
                return
            if line is TOO_LONG:
                self.lineLengthExceeded(b"")
            else:
                self.lineReceived(line)
            if not self.line_mode:
                self.rawDataReceived(self._incoming.rest())
                return

    def lineReceived(self, line: bytes) -> None:
        """Take a line: a name first, then what is said and asked."""
        if self.state is TALKING:
            self._talk(line)
            return
        if line in STOMP_WORDS:
            self._become_program(line + b"\n" + self._incoming.rest())
            return
        if line.startswith(STRANGERS):
            self._explain_port()
            return
        self._tried += 1
        if self._tried > MAX_LINES_BEFORE_NAME:
            self._count(b"")
        elif line.strip():
            self._name(line)
        else:
            self.greet()

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuse a line that is too long; the connection stays."""
        most = self.factory.settings.max_line
        self._refuse(Refusal(Reason.TOO_LONG, "That line is too long: at most {most} bytes.", most=most))

    def rawDataReceived(self, data: bytes) -> None:
        """Hand everything to the door for programs."""
        if self._program and data:
            self._program.dataReceived(data)

    # --- a name -----------------------------------------------------------------------------------

    def greet(self) -> None:
        """Ask for a name."""
        if self.state is State.UNKNOWN:
            self.state = State.ASKED
            held = self._incoming.rest()
            self._say(say("Welcome to chat. What is your name?"))
            self._feed(held)
        elif self.state is State.ASKED:
            self._say(say("Welcome to chat. What is your name?"))

    def _name(self, line: bytes) -> None:
        self._forget_greeting()
        try:
            name = self._text(line)
            asked = self.factory.hub.chat.vocabulary.named(name)  # `exit` and `/quit` leave here too
            if isinstance(asked, Quit):
                self.dismiss(None, say("Goodbye."))
            elif isinstance(asked, Charset):
                self._charset = asked.name
                self._say(say("Your letters are read and written in {charset} now.", charset=asked.name))
            elif isinstance(asked, Login) and not self.factory.console:
                proof = self.factory.hub.prove(asked.name, asked.password, self.connection.address)
                self.connection.wait_for(proof).addCallback(self._proved, asked.name).addErrback(self._unproved)
            else:
                self._enter(name)
        except Refusal as no:
            self._no_name(no)

    def _enter(self, name: str, proof: str = "") -> None:
        hub, address = self.factory.hub, self.connection.address
        if self.factory.console:
            self._came_in(hub.admit_console(self, address=address))
        else:
            self._came_in(hub.welcome(self, name, address=address, proof=proof))

    def _proved(self, proof: str, name: str) -> None:
        if self.state is State.ASKED:
            self._enter(name, proof)

    def _unproved(self, failure: Failure) -> None:
        no = failure.value
        if not isinstance(no, Refusal):
            failure.raiseException()
        elif self.state is State.ASKED:
            self._no_name(no)

    def _no_name(self, no: Refusal) -> None:
        """Say why not; who cannot come in by another name either need not stay."""
        if no.reason in {Reason.BANNED, Reason.SERVER_FULL, Reason.ROOM_FULL}:
            self.dismiss(no.reason, no.sentence)
        else:
            self._refuse(no)

    def _came_in(self, session: Session) -> None:
        self.session, self.state = session, State.TALKING
        self.factory.hub.chat.restyle(session.member, charset=self._charset)
        self.connection.named()

    def _text(self, line: bytes) -> str:
        """Return what a line says; refuse one that is not of this terminal's charset."""
        line = edited(line, self.charset)
        if self.charset == UTF8:
            line = mended(line)
        return decoded(line, self.charset, self.style.lang)

    # --- talk -------------------------------------------------------------------------------------

    def _talk(self, line: bytes) -> None:
        assert self.session
        hub = self.factory.hub
        try:
            text = self._text(line)
            if text.strip():
                hub.do(self.session, hub.chat.vocabulary.typed(text))
        except Refusal as no:
            hub.refuse(self.session, no)

    # --- what the hub needs of a door -------------------------------------------------------------

    @property
    def hears_itself(self) -> bool:
        """Whether one's own lines come back: only when asked for."""
        return bool(self.session and self.session.member.taste.echo)

    def look(self, room: str) -> LineLook:
        """Return how this reader sees a room's events."""
        return shared_look(self.style, not room or room == self._current(), self._rings(called=False), self.charset)

    def draw(self, entry: Entry) -> bytes:
        """Return a private event's lines; a gap in a room is private too."""
        event = entry.delivery.event
        # A refusal that names a charset is written in it, in a language that it has: else nobody could read it.
        charset = str(event.what.args.get("charset", "")) if isinstance(event, Refused) else ""
        style = self.style if readable(self.style.lang, charset) else self.style._replace(lang="en")
        return LineLook(style, rings=self._rings(called=True), charset=charset or self.charset).draw(entry)

    def named(self, data: bytes) -> bytes:
        """Ring the bell before a line that names this reader."""
        return BELL + data if self._rings(called=True) and not data.startswith(BELL) else data

    def receipt(self, receipt: str, entry: Entry) -> bytes:
        """Say nothing: a person sees that it went well."""
        return b""

    def has_taken_all(self) -> bool:
        return self.connection.has_taken_all()

    def read_until(self) -> float:
        return self.connection.read_until()

    def exited(self, room: str) -> None:
        """Nothing hangs on it: a line is drawn for the room it comes from."""

    def end(self, last: bytes) -> None:
        """Close, after these last bytes."""
        self.state = State.OVER
        self.connection.close(last)

    def dismiss(self, reason: Reason | None, what: Sentence) -> None:
        """Close, with a last line if there is one to say."""
        if self.state is State.OVER:
            return
        self.state = State.OVER
        self._forget_greeting()
        text = spoken(what, self.style.lang)
        last = drawn(self.style, "refused" if reason else "notice", text) + END if text else ""
        self.connection.close(encoded(last, self.charset))

    @property
    def style(self) -> Style:
        """How this reader likes lines to be drawn."""
        if self.session is None:
            return self._style
        taste = self.session.member.taste
        if (self._style.lang, self._style.time, self._style.tz) != (taste.lang, taste.time, taste.tz):
            self._style = Style(taste.lang, taste.time, taste.tz)
        return self._style

    def _rings(self, *, called: bool) -> bool:
        return self.session is not None and self.session.member.taste.rings(called=called)

    def _current(self) -> str:
        return self.session.member.current if self.session else ""

    # --- what the connection tells ----------------------------------------------------------------

    def slow(self) -> None:
        if self.session:
            self.factory.hub.pause(self.session)

    def ready(self) -> None:
        if self.session:
            self.factory.hub.go_on(self.session)

    def resume(self) -> None:
        """Go on with the lines that waited for the pace."""
        self._drain()

    def readConnectionLost(self) -> None:
        """Do and answer what came before the peer ended its half, as `nc -N` does; then close."""
        self.connection.no_more()

    def writeConnectionLost(self) -> None:
        """Do nothing: connectionLost follows."""

    def finish(self) -> None:
        """Take a last line that has no end; close once all is answered."""
        self._forget_greeting()
        if self._incoming.waiting():
            self._incoming.feed(b"\n")
            if self.state is State.UNKNOWN:
                self._recognise(self._incoming.rest())
            else:
                self._drain()
        if self._program:
            self._program.finish()
        elif not self.connection.held_back:
            self.connection.close_answered(self.session)

    def too_late(self) -> None:
        self.dismiss(Reason.TOO_FAST, say("No name was given in time. Connect again and type one."))

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """Tell the hub, once; a program's door tells it itself."""
        self._forget_greeting()
        if self._program:
            self.state = State.OVER
            self._program.connectionLost(reason)
            return
        if self.connection.lost_early(partial(self.connectionLost, reason)):
            return
        self.state = State.OVER
        self._terminal.forget()
        self.write = self.connection.write
        self.connection.lost()
        if self.session:
            self.factory.hub.lost(self.session, self, all_read=self.connection.has_read_all(reason))
        who = self.session.member.name if self.session else ""
        self.factory.hub.ended(self.connection.peer, who, reason.getErrorMessage())

    # --- the rest ---------------------------------------------------------------------------------

    def _become_program(self, data: bytes) -> None:
        self._forget_greeting()
        self.state = State.PROGRAM
        self.setRawMode()  # type: ignore[no-untyped-call]
        self._program = self.connection.handler = self.factory.program()
        self._program.begin(self.connection)
        self._program.dataReceived(data)

    def _explain_port(self) -> None:
        self.dismiss(None, say("This is a chat server: type a name with telnet or nc, or speak STOMP 1.2."))

    def _say(self, sentence: Sentence) -> None:
        self.write(encoded(spoken(sentence, self.style.lang) + END, self.charset))

    def _refuse(self, no: Refusal) -> None:
        if self.session:
            self.factory.hub.refuse(self.session, no)
            return
        refused = Delivery(Refused(no.reason, no.sentence), 0, self.factory.hub.now())
        self.write(self.draw(Entry(refused)))

    def _forget_greeting(self) -> None:
        if self._greeting and self._greeting.active():
            self._greeting.cancel()
        self._greeting = None
