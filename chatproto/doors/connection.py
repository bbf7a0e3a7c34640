"""What every door has: a connection that is slow, fast, silent or gone. Not a door itself.

Three laws: nothing waits for a reader (its transport says stop, and we only take note); a writer that is
too fast is not read (it waits in its own kernel's buffers, not in our memory); and every end is told, then
enforced (`loseConnection` on a stalled peer never ends, `abortConnection` does).
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from socket import socket
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IConsumer, IDelayedCall, IPushProducer, IReactorTime, ITCPTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from chatproto.clock import Deadline
from chatproto.core.addresses import canonical, is_address
from chatproto.core.pace import Pace
from chatproto.core.settings import Settings
from chatproto.doors.transport import has_queued
from chatproto.hub import Hub, Session
from chatproto.hub.quiet import Quiet
from chatproto.wire import tcp

LAST_ANSWERS = 30.0  # seconds for what a peer asked before it ended its half, before it is closed without an answer
GRACE = 2.0  # seconds for the last words to be taken, before the connection is cut
MAX_PENDING = 65536  # bytes received and not yet handled from somebody who is too fast: one read of the reactor
MAX_BEFORE_NAME = 8192  # bytes, and lines, that may come before a name is given
MAX_LINES_BEFORE_NAME = 64
UNDER_WAY = 1.0  # seconds that a sign of life may have been under way, from before its sender has read
UNHEARD = 300.0  # seconds after which somebody who owes no sign of life has read what reached them

T = TypeVar("T")


class Transport(ITCPTransport, IPushProducer, IConsumer):
    """What carries a connection: TCP, TLS or a Unix socket, as Twisted makes them."""


class Visit(Protocol):
    """One connection, as it counts: of somebody who talks, or of a browser that only asks for the page."""

    address: str

    def close(self) -> None:
        """End it."""


class Host(Protocol):
    """What a door needs of the factory that made it."""

    hub: Hub
    settings: Settings
    clock: IReactorTime
    console: bool  # whoever comes in here sits at the operator's console
    secret: Callable[[], str]  # makes what a program comes back with: 128 bits that nobody guesses

    def made(self, connection: Visit) -> None:
        """Take note of a connection."""

    def closed(self, connection: Visit) -> None:
        """Take note that a connection is gone."""


class Handler(Protocol):
    """What a connection tells its door."""

    def slow(self) -> None:
        """The peer takes no more now."""

    def ready(self) -> None:
        """The peer takes more again."""

    def resume(self) -> None:
        """There is room in the pace: go on with what was received."""

    def finish(self) -> None:
        """The peer will send nothing more, and all that it sent was handled: a part may be left that has no end."""

    def too_late(self) -> None:
        """No name was given in time."""


class Program(Handler, Protocol):
    """A door that takes over a connection once its first line was a program's."""

    def begin(self, connection: Connection) -> None:
        """Take over; the connection is open."""

    def dataReceived(self, data: bytes) -> None:
        """Take bytes, the first line among them."""

    def connectionLost(self, reason: Failure) -> None:
        """Take note that the connection is gone."""


@implementer(IPushProducer)
class Connection:
    """One connection's outgoing and incoming pressure. Registered as the push producer of its transport.

    (A protocol registered on its own transport would stop *reading* when its peer does not read.)
    """

    __slots__ = (
        "_asked_for_quiet",
        "_clock",
        "_go",
        "_grace",
        "_heard_at",
        "_host",
        "_last_answers",
        "_login",
        "_pace",
        "_proving",
        "_read_until",
        "_socket",
        "_stall",
        "_taken_at",
        "_waiting",
        "address",
        "beats",
        "ended",
        "handler",
        "held_back",
        "open",
        "peer",
        "stalled",
        "transport",
        "write",
    )

    def __init__(self, transport: Transport, host: Host, handler: Handler) -> None:
        self.transport, self._host, self.handler = transport, host, handler
        self.write: Callable[[bytes], None] = transport.write
        self.address, self.peer = addresses(transport.getPeer())
        self.open = True
        settings = host.settings
        rate = 0.0 if host.console else settings.rate
        self._clock = host.clock
        self._pace = Pace(rate, settings.burst, host.clock.seconds())
        self._login = self._deadline(settings.login_timeout, self._too_late)
        self._stall: Deadline | None = None
        self._grace: IDelayedCall | None = None
        self._waiting: IDelayedCall | None = None
        self._last_answers: Deadline | None = None
        self._go: Callable[[], object] | None = None  # tells that the connection has gone
        self._asked_for_quiet = False
        self.ended = False  # the peer will send nothing more
        self._proving = False
        self.stalled = False  # the peer takes nothing just now
        self.beats = False  # the peer has promised signs of life
        self._heard_at = self._read_until = -inf
        self._taken_at: float | None = None  # when the peer's kernel had all; that it was read is still to be shown
        self.held_back = False  # not read now: it, or everybody, was too fast, or its password is being looked at
        self._socket = socket_of(transport)
        if self._socket:
            tcp.tune(self._socket)
        transport.registerProducer(self, streaming=True)
        host.made(self)

    # --- reading ----------------------------------------------------------------------------------

    def named(self) -> None:
        """Stop waiting for a name."""
        _cancel(self._login)
        self._login = None

    def may_handle_one(self) -> bool:
        """Say whether one more line or frame may be handled now; if not, stop reading until it may."""
        if not self._host.hub.pressure.holds(self._go_on_reading):
            wait = self._pace.wait(self._clock.seconds())
            if not wait:
                return True
            self._waiting = self._host.clock.callLater(wait, self._go_on_reading)
        self.held_back = True
        self.transport.pauseProducing()
        return False

    def no_more(self) -> None:
        """Take note that the peer has ended its half (RFC 9293, 3.6): what it sent before is still done and answered.

        It may have gone altogether; that is known once something is written.
        """
        if self.open and not self.ended:
            self.ended = True
            self._go_on_reading()

    @property
    def gone(self) -> bool:
        """Whether only what the peer has sent is still here."""
        return self._go is not None

    def lost_early(self, go: Callable[[], object]) -> bool:
        """Say whether what a peer sent is not all done though its connection has gone; `go` is called once it is.

        Below TLS, an end is the end of both halves at once.
        """
        if not (self.open and self.held_back) or self._go:
            return False
        self._go = go
        self.ended = True
        self._last_answers = Deadline(self._host.clock, LAST_ANSWERS, self.close)
        return True

    def close_answered(self, session: Session | None) -> None:
        """Close, once all is answered that was asked; soon, whether or not it is."""
        if session is None:
            self.close()
        elif not self._asked_for_quiet:
            self._asked_for_quiet = True
            self._host.hub.whispers.goodbye(session.door)
            self._last_answers = self._last_answers or Deadline(self._host.clock, LAST_ANSWERS, self.close)
            Quiet(self._host.hub, session, self.close).look()

    def _too_late(self) -> None:
        self.handler.too_late()

    def wait_for(self, proof: Deferred[T]) -> Deferred[T]:
        """Read nothing more until a proof has come."""
        self._proving = self.held_back = True
        self.transport.pauseProducing()
        return proof.addBoth(self._proved)

    def _proved(self, result: T) -> T:
        self._proving = False
        self._host.clock.callLater(0, self._go_on_reading)  # after whoever waits for the proof itself
        return result

    def _go_on_reading(self) -> None:
        self._waiting = None
        self.held_back = self._proving
        if self.open:
            self.handler.resume()
        if not self.open or self.held_back:
            return
        if self.ended:
            self.handler.finish()
        else:
            self.transport.resumeProducing()

    # --- writing: IPushProducer, called by the transport ------------------------------------------

    def pauseProducing(self) -> None:
        """Take note that the peer takes no more; cut it off if it takes nothing for long."""
        if self.open and not self.stalled:
            self.stalled = True
            self._wait_for_peer(self._host.settings.stall_timeout)
            self._stall = self._deadline(self._host.settings.stall_timeout, self.abort)
            self.handler.slow()

    def resumeProducing(self) -> None:
        """Take note that the peer has taken what there was."""
        _cancel(self._stall)
        self._stall, self.stalled = None, False
        self._wait_for_peer(tcp.USER_TIMEOUT)
        if self.open:
            self.handler.ready()

    def stopProducing(self) -> None:
        """Do nothing: connectionLost says the same."""

    # --- what was read ----------------------------------------------------------------------------

    def heard(self) -> None:
        """Take note of a sign of life."""
        self._heard_at = self._clock.seconds()

    def has_taken_all(self) -> bool:
        """Say whether all that was written is at the other side: in its kernel's buffers at least."""
        return not self.stalled and not has_queued(self.transport)

    def read_until(self) -> float:
        """Return the time up to which all that was written has surely been read. To be asked every few seconds.

        Who has taken it all, and gives a sign of life afterwards, runs and reads. Of a peer that promised none and is
        only not lost, it is believed after a while.
        """
        now = self._clock.seconds()
        if self._taken_at is None:
            self._taken_at = now if self.has_taken_all() else None
        elif self._heard_at > self._taken_at + UNDER_WAY or (not self.beats and now > self._taken_at + UNHEARD):
            self._read_until, self._taken_at = self._taken_at, None
        return self._read_until

    def has_read_all(self, reason: Failure) -> bool:
        """Say, of a connection that has ended, whether all was read that was written to it.

        A peer that closes with something unread resets the connection instead of ending it (RFC 2525, 2.17). Of one
        that ended its half before, it is not known: what was written since is perhaps for nobody.
        """
        return bool(reason.check(ConnectionDone)) and not self.ended and not has_queued(self.transport)

    # --- ending -----------------------------------------------------------------------------------

    def close(self, last: bytes = b"") -> None:
        """Send the last words and close; cut the connection if they are not taken soon."""
        if not self.open:
            return
        self.open = False
        self._forget_timers()
        if self._go:
            self._go()
            return
        if last:
            self.transport.write(last)
        self._grace = self._host.clock.callLater(GRACE, self.transport.abortConnection)
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def abort(self) -> None:
        """Cut the connection."""
        self._stall = None
        if self._go:
            self.close()
            return
        self.transport.abortConnection()

    def lost(self) -> None:
        """Forget everything: the connection is gone. Its door, which holds it, too: memory is had back at once."""
        self.open = False
        self._forget_timers()
        _cancel(self._grace)
        self._go = None
        self._host.closed(self)
        del self.handler

    def _wait_for_peer(self, seconds: float) -> None:
        """Let the kernel be as patient as we are with a peer that lives and takes nothing."""
        if self._socket and self._socket.fileno() >= 0:
            tcp.be_patient(self._socket, seconds)

    def _forget_timers(self) -> None:
        _cancel(self._login, self._stall, self._waiting, self._last_answers)
        self._login = self._stall = self._waiting = self._last_answers = None

    def _deadline(self, seconds: float, what: Callable[[], object]) -> Deadline | None:
        return Deadline(self._host.clock, seconds, what) if seconds else None


def _cancel(*calls: IDelayedCall | Deadline | None) -> None:
    for call in calls:
        if call is not None and call.active():
            call.cancel()


def socket_of(transport: object) -> socket | None:
    """Return the socket below a transport, also below TLS; None where there is none, as in a test."""
    found = getattr(transport, "socket", None)
    return found if isinstance(found, socket) else None


def addresses(peer: object) -> tuple[str, str]:
    """Return a peer's address as bans know it, and as the log shows it.

    A proxy in front of a `haproxy:` port may say what it likes: what is no address is not repeated.
    """
    host = getattr(peer, "host", "")
    if not host:
        return "local", "local"
    if not is_address(host):
        return "unknown", "unknown"
    address = canonical(host)
    shown = f"[{address}]" if ":" in address else address
    return address, f"{shown}:{getattr(peer, 'port', '')}"
