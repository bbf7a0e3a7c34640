"""What a bot is made of: subclass `Bot`, say what it does when something is said, and start it.

    class Parrot(Bot):
        def said(self, message):
            self.say(message.room, message.text)

Names, rooms, reconnecting and the outbox are the session's, as in our own client.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from random import SystemRandom

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint

from chatproto.client.connection import Cause
from chatproto.client.message import Message
from chatproto.client.outbox import Parcel
from chatproto.client.session import Listener, Manner, Session
from chatproto.core.events import Sentence
from chatproto.words import spoken

CHANCE = SystemRandom()


class Dismissed(Exception):
    """The server has no place for the bot, or no longer; the message says why."""


class Bot(Listener):
    """One name on one server, that comes back by itself. It hears what is said from its coming on."""

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        clock: IReactorTime,
        *,
        manner: Manner | None = None,
        keys: Callable[[], str] = lambda: secrets.token_hex(16),
        random: Callable[[], float] = CHANCE.random,
    ) -> None:
        self.session = Session(endpoint, clock, keys=keys, random=random, manner=manner)
        self.session.listener = self
        self._rooms: tuple[str, ...] = ()
        self._ended: Deferred[None] = Deferred()

    # --- what a bot does --------------------------------------------------------------------------

    def start(self, name: str, *rooms: str, passcode: str = "") -> Deferred[None]:
        """Go to the server under this name, into these rooms. Once.

        A registered name needs its `passcode`: best a token of the bot's own, from `/token new LABEL`.
        Fires when it was stopped; any other end is a failure, `Dismissed`.
        """
        self._rooms = rooms
        self.session.start(name, passcode)
        return self._ended

    def stop(self) -> Deferred[None]:
        """Leave; fires when that is done."""
        return self.session.close()

    def say(self, room: str, text: str) -> None:
        """Say something in a room: once, also if the connection is cut meanwhile."""
        self.session.say(room, text)

    # --- what a bot may want to know --------------------------------------------------------------

    def said(self, message: Message) -> None:
        """Somebody else said something in a room."""
        return

    def heard(self, message: Message) -> None:
        """Anything happened; what others say in a room is handed to `said`."""
        if message.event == "said" and message.room and not message.own:
            self.said(message)

    def connected(self, *, again: bool) -> None:
        """The name is taken up; the first time the rooms are entered, later the session does that."""
        for room in () if again else self._rooms:
            self.session.enter(room)

    def done(self, parcel: Parcel) -> None:
        return

    def refused(self, parcel: Parcel) -> None:
        return

    def unknown(self, parcel: Parcel) -> None:
        return

    def name_refused(self, reason: str, text: str) -> None:
        """End: a bot has no other name to try."""
        self._end(text)

    def disconnected(self) -> None:
        return

    def retrying(self, seconds: float, why: Cause) -> None:
        return

    def over(self, why: Sentence | None) -> None:
        self._end(spoken(why, self.session.manner.lang or "en") if why else "")

    def _end(self, why: str) -> None:
        if self._ended.called:
            return
        if why:
            self._ended.errback(Dismissed(why))
        else:
            self._ended.callback(None)
