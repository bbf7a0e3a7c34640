"""The way to a server, made again as often as it is cut.

The law here: a link knows when to call, how long to wait and when to give up. Who we are and what we have to
say is its owner's.

    IDLE ─call─▶ CALLING ─▶ GREETING ─▶ UP ─part─▶ ENDING ─▶ OVER
                   ▲  ◀── any cut ──────┘
                WAITING
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from typing import Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import IDelayedCall, IReactorTime, IStreamClientEndpoint
from twisted.python.failure import Failure

from chatproto.client.backoff import Backoff
from chatproto.client.connection import Cause, Connection, cause
from chatproto.clock import Deadline
from chatproto.core.events import Sentence, say
from chatproto.wire.stomp import Frame

LOGIN_TIMEOUT = 15.0  # seconds for CONNECTED to come
GOODBYE_TIMEOUT = 2.0  # seconds for the receipt of a DISCONNECT, or for the server to close
NOBODY = say("No chat server answers. Start one with: twistd -n chat, or name another HOST or --port.")


class State(Enum):
    """Where a link stands; see the module's docstring."""

    IDLE = auto()
    CALLING = auto()
    GREETING = auto()
    UP = auto()
    WAITING = auto()
    ENDING = auto()
    OVER = auto()


class LinkOwner(Protocol):
    """What a link asks and tells."""

    def introduction(self) -> Frame:
        """Return the CONNECT frame."""

    def connected(self, frame: Frame) -> None:
        """The server has taken us: CONNECTED has come."""

    def received(self, frame: Frame) -> None:
        """Any other frame has come."""

    def cut(self) -> None:
        """The connection is lost; it will be made again."""

    def retrying(self, seconds: float, why: Cause) -> None:
        """The next try is in so many seconds; `why` the last one failed, if that is known."""

    def over(self, why: Sentence | None) -> None:
        """There is no link any more: as was asked, or why."""


class Link:
    """One server, through any number of connections. `patience`: seconds to try in vain; 0: for ever."""

    def __init__(
        self,
        owner: LinkOwner,
        endpoint: IStreamClientEndpoint,
        clock: IReactorTime,
        random: Callable[[], float],
        patience: float,
    ) -> None:
        self._owner, self._endpoint, self.clock, self._patience = owner, endpoint, clock, patience
        self.state = State.IDLE
        self._connection: Connection | None = None
        self._calling: Deferred[Connection] | None = None
        self._backoff = Backoff(random)
        self._timer: IDelayedCall | Deadline | None = None
        self._down_at: float | None = None
        self._last = False  # whether the next cut is the end, and why it will be
        self._why: Sentence | None = None
        self._paused = False
        self._ended: list[Deferred[None]] = []

    @property
    def up(self) -> bool:
        return self.state is State.UP

    @property
    def down_for(self) -> float:
        """How many seconds there has been no connection."""
        return 0.0 if self._down_at is None else self.clock.seconds() - self._down_at

    # --- what the owner asks ----------------------------------------------------------------------

    def call(self) -> None:
        """Go to the server now."""
        self.state, self._timer = State.CALLING, None
        if self._down_at is None:
            self._down_at = self.clock.seconds()
        self._calling = connectProtocol(self._endpoint, Connection(self, self.clock))
        self._calling.addErrback(self._unanswered)

    def send(self, frame: Frame) -> None:
        """Send a frame, if there is a connection."""
        if self._connection:
            self._connection.send(frame)

    def drop(self) -> None:
        """Cut the connection, and make it again."""
        if self._connection:
            self._connection.drop()

    def rest(self) -> None:
        """Hang up, and wait until told to call again."""
        self._forget_timer()
        connection, self._connection, self._down_at = self._connection, None, None
        self.state = State.IDLE
        if connection:
            connection.close()

    def make_last(self, why: Sentence | None = None) -> None:
        """Let the next cut be the end."""
        self._last, self._why = True, why

    def part(self, farewell: Frame) -> None:
        """Say goodbye and end, also if nobody answers."""
        self.state = State.ENDING
        self.send(farewell)
        self._timer = Deadline(self.clock, GOODBYE_TIMEOUT, partial(self.end, None))

    def end(self, why: Sentence | None) -> None:
        """End at once."""
        if self.state is State.OVER:
            return
        self.state = State.OVER
        self._forget_timer()
        if self._connection:
            self._connection.close()
        elif self._calling:
            self._calling.cancel()
        self._owner.over(why)
        for ended in self._ended:
            ended.callback(None)

    def when_over(self) -> Deferred[None]:
        """Return a Deferred that fires when this is over."""
        if self.state is State.OVER:
            return succeed(None)
        ended: Deferred[None] = Deferred()
        self._ended.append(ended)
        return ended

    def pause(self) -> None:
        """Read nothing more for now."""
        self._paused = True
        if self._connection:
            self._connection.pause()

    def go_on(self) -> None:
        """Read again."""
        self._paused = False
        if self._connection:
            self._connection.go_on()

    # --- what a connection tells ------------------------------------------------------------------

    def opened(self, connection: Connection) -> None:
        """Introduce ourselves."""
        if self.state is not State.CALLING:
            connection.drop()
            return
        self.state, self._connection = State.GREETING, connection
        connection.send(self._owner.introduction())
        self._timer = Deadline(self.clock, LOGIN_TIMEOUT, connection.drop)

    def received(self, frame: Frame) -> None:
        """Hand on a frame; the first CONNECTED makes this link."""
        if self.state is State.OVER:
            return
        if frame.command != "CONNECTED":
            self._owner.received(frame)
        elif self.state is State.GREETING and self._connection:
            self._forget_timer()
            self._down_at = None
            self.state = State.UP
            self._backoff.began(self.clock.seconds())
            if self._paused:
                self._connection.pause()
            self._owner.connected(frame)

    def closed(self, connection: Connection, why: Cause) -> None:
        """Come back, unless this was the end."""
        if connection is not self._connection:
            return
        was, self._connection = self.state, None
        self._forget_timer()
        if self._last or was is State.ENDING:
            self.end(self._why)
        elif was is State.UP:
            self._down_at = self.clock.seconds()
            self._backoff.ended(self._down_at)
            self.state = State.WAITING
            self._owner.cut()
            self._retry("")
        elif was is State.GREETING:
            self._retry(why)

    def _unanswered(self, failure: Failure) -> None:
        if self.state is State.CALLING:
            self._retry(cause(failure))

    def _retry(self, why: Cause) -> None:
        seconds = self._backoff.next()
        if self._patience:
            left = self._patience - self.down_for
            if left <= 0:
                self.end(NOBODY)
                return
            seconds = min(seconds, left)
        self.state = State.WAITING
        self._timer = self.clock.callLater(seconds, self.call)
        self._owner.retrying(seconds, why)

    def _forget_timer(self) -> None:
        if self._timer and self._timer.active():
            self._timer.cancel()
        self._timer = None
