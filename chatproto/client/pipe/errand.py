"""One thing to do on a server, and then to be gone: what `send`, `tail` and `ask` have in common.

The law here: what may pass is waited for, what will not pass is the end, and the exit status says which it was. Nothing
is asked for twice without the key that makes a repetition known.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from chatproto.client.backoff import Backoff
from chatproto.client.connection import Cause
from chatproto.client.conversation import ANOTHER, Screen
from chatproto.client.message import Message
from chatproto.client.outbox import Parcel
from chatproto.client.pipe.options import Job
from chatproto.client.pipe.status import SIGNALLED, Status
from chatproto.client.session import PASSING, Listener, Session
from chatproto.clock import Deadline
from chatproto.core.events import Reason, Sentence, say
from chatproto.words import spoken

FAREWELL = 5.0  # seconds to leave in good order once the exit status is known


class Outlet(Screen, Protocol):
    """Where an errand's output goes, and its complaints."""

    def complain(self, text: str) -> None:
        """Say what went wrong."""


class Errand(Listener):
    """Does one job on one server. `status` is the exit status, once it is known.

    `sessions` makes a session, `backoff` the waits for what may pass: a name in use, a full server.
    """

    session: Session

    def __init__(
        self, job: Job, sessions: Callable[[], Session], clock: IReactorTime, outlet: Outlet, backoff: Backoff
    ) -> None:
        self.job, self.outlet = job, outlet
        self._sessions, self._clock, self._backoff = sessions, clock, backoff
        self.status: int | None = None
        self._no = Message("", "")  # what was refused last: why is heard just before what
        self._names = itertools.cycle(job.names)
        self._away: Cause = ""  # why nobody answered, the last time
        self._deadline: Deadline | None = None
        self._later: list[IDelayedCall] = []
        self._taken = False  # whether the server has taken this session by its name
        self._between = False  # whether this session is over, and the next one not begun

    # --- what each errand does in its own way -----------------------------------------------------

    def arrived(self) -> None:
        """The name is taken up: do it, or what is left of it."""
        raise NotImplementedError

    def late(self) -> None:
        """Time is up: end."""
        raise NotImplementedError

    def put_off(self, parcel: Parcel) -> None:
        """Something was refused for what may pass: ask for it again, after a while."""
        raise NotImplementedError

    # --- beginning and ending ---------------------------------------------------------------------

    @property
    def lang(self) -> str:
        return self.job.server.lang

    def begin(self) -> None:
        """Go to the server."""
        self.expect()
        self._start()

    def interrupted(self, number: int) -> None:
        """Leave now: a signal of this number has come."""
        self.end(SIGNALLED + number)

    def end(self, status: int, why: str = "") -> None:
        """Leave now, and say why."""
        if self._settle(status, why):
            self._leave()

    def finish(self, status: int, why: str = "") -> None:
        """Leave without a word to the others, as soon as all that was asked for is answered."""
        if not self._settle(status, why):
            return
        if self._between:
            self._leave()
        else:
            self._deadline = Deadline(self._clock, FAREWELL, self._leave)
            self.session.finish(quiet=True)

    def _leave(self) -> None:
        if self._between:
            self.expect_nothing()
            self.outlet.close()
        else:
            self.session.close()

    def _settle(self, status: int, why: str) -> bool:
        if self.status is not None:
            return False
        self.status = status
        self.expect_nothing()
        for call in self._later:
            if call.active():
                call.cancel()
        if why:
            self.outlet.complain(why)
        return True

    def _start(self) -> None:
        self.session, self._taken, self._between = self._sessions(), False, False
        self.session.listener = self
        self._name_again()

    def _name_again(self) -> None:
        self.session.start(next(self._names), self.job.server.token)

    def enter(self, room: str, *, after: int | None = None, last: int = 0) -> None:
        """Go into a room, by the invitation if there is one."""
        self.session.enter(room, after=after, last=last, invitation=self.job.server.invitation)

    # --- time -------------------------------------------------------------------------------------

    def expect(self) -> None:
        """Wait for something to happen, from now on, and no longer than was said."""
        self.expect_nothing()
        if self.job.timeout and self.status is None:
            self._deadline = Deadline(self._clock, self.job.timeout, self._too_late)

    def expect_nothing(self) -> None:
        """Wait for as long as it takes."""
        if self._deadline and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None

    def soon(self, what: Callable[[], object]) -> None:
        """Do this after a while, unless all is over by then."""
        self._later = [call for call in self._later if call.active()]
        self._later.append(self._clock.callLater(self._backoff.next(), what))

    def _too_late(self) -> None:
        self._deadline = None
        self.late()

    @property
    def passes(self) -> bool:
        """Whether what was refused last may be granted later."""
        return _reason(self._no) in PASSING

    def nobody(self) -> str:
        """Return why no server could be had."""
        if self._no.text:
            return self._no.text
        text = say("The server at {address} did not answer in time.", address=self.job.server.address)
        if self._away:
            text = say("No chat server answers at {address}: {why}", address=self.job.server.address, why=self._away)
        return spoken(text, self.lang)

    # --- what the session tells -------------------------------------------------------------------

    def connected(self, *, again: bool) -> None:
        """Go on; in a session that was there before, everything goes on by itself."""
        self._away, self._no, self._taken = "", Message("", ""), True
        if not again:
            self.arrived()

    def heard(self, message: Message) -> None:
        """Remember why something was refused; put out of the room, there is nothing left to do."""
        if message.event == "refused":
            self._no = message
        elif message.event == "kicked" and not message.room:
            self.end(Status.REFUSED, message.text)

    def done(self, parcel: Parcel) -> None:
        """What was asked for has its receipt."""

    def refused(self, parcel: Parcel) -> None:
        """Try again what may pass; else this is the end."""
        if self.status is None and self.passes:
            self.put_off(parcel)
        else:
            self.end(Status.REFUSED, self._no.text)

    def unknown(self, parcel: Parcel) -> None:
        """It cannot be asked for again."""
        self.end(Status.UNKNOWN, spoken(UNKNOWN, self.lang))

    def name_refused(self, reason: str, text: str) -> None:
        """Take another name, if none was given; else wait for it: another run of the same script may be done soon."""
        if reason == Reason.NAME_IN_USE and len(self.job.names) > 1:
            self._name_again()
        elif reason == Reason.NAME_IN_USE:
            self._no = Message("refused", text)
            self.soon(self._name_again)
        else:
            self.end(Status.TURNED_AWAY, " ".join([text, spoken(ANOTHER.get(reason, say("")), self.lang)]).strip())

    def disconnected(self) -> None:
        """Wait for the server, for as long as was said."""
        if self._deadline is None:
            self.expect()

    def retrying(self, seconds: float, why: Cause) -> None:
        """Remember why."""
        self._away = why or self._away

    def displaced(self) -> None:
        """The same name came in somewhere else: another run of the same script. Come back."""
        self.soon(self._start)

    def over(self, why: Sentence | None) -> None:
        """Come back if that may help; else this was the end."""
        self._between = True
        if self.status is None and self.passes:
            self.soon(self._start)
        elif self.status is None and self._taken and _reason(self._no) == Reason.NOT_ALLOWED:
            self.displaced()
        else:
            self._settle(Status.TURNED_AWAY, self._no.text or (spoken(why, self.lang) if why else ""))
            self._leave()


UNKNOWN = say("The connection was cut before the receipt came: nobody knows whether it was said.")


def _reason(message: Message) -> str:
    """Return the reason word of a refusal, as a MESSAGE or an ERROR carries it."""
    return message.headers.get("reason", "") or message.headers.get("message", "")
