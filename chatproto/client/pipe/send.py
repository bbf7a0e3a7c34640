"""`send`: what comes in by the pipe is said, and the errand is done when all of it has its receipt.

The law here: a message is kept here until its receipt comes, and goes again under its key, in whichever session. Who
only leaves a message does not come into the room, so nobody is told of a coming; who stays, for lines, is seen.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from chatproto.client.conversation import FEW, MANY
from chatproto.client.outbox import Entering, Parcel
from chatproto.client.pipe.errand import UNKNOWN, Errand
from chatproto.client.pipe.options import Sending
from chatproto.client.pipe.reading import Reading, read
from chatproto.client.pipe.status import Status
from chatproto.core.commands.talk import Msg
from chatproto.core.events import Reason, Refusal, say
from chatproto.core.settings import Settings
from chatproto.core.text import is_blank, message
from chatproto.words import spoken

MOST = Settings().max_body  # bytes: what a server takes that was not told otherwise
UNREADABLE = say("Bytes that are not UTF-8, sent as \ufffd: {count}. All else was sent as it is.")
ENOUGH = 64 * MOST  # bytes of input that are looked at: most of it may be colours, which are taken out


class Send(Errand):
    """Says texts, which are handed to it; also the typist of a terminal, by which lines come."""

    def __init__(self, sending: Sending, *errand: Any, keys: Callable[[], str]) -> None:  # noqa: ANN401 - of Errand
        super().__init__(*errand)
        self._sending, self._keys = sending, _numbered(sending.key) if sending.key else keys
        self._waiting: deque[tuple[str, str]] = deque()  # keys and texts that no session has yet
        self._asked: dict[str, tuple[str, str]] = {}  # by the parcel's key, those that have no receipt yet
        self._ready = self._no_more = False
        self._worst = Status.DONE

    # --- what is handed in ------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Say this too."""
        self._waiting.append((self._keys(), text))
        self._say_what_waits()
        if len(self._waiting) + len(self._asked) >= MANY:
            self.outlet.hold()

    def warn(self, unreadable: int) -> None:
        """Tell that some bytes could not be read; what is around them is said all the same."""
        if unreadable:
            self.outlet.complain(spoken(say(UNREADABLE.text, count=unreadable), self.lang))

    def typed(self, line: str) -> None:
        """Say a line; an empty one says nothing."""
        if is_blank(line):
            return
        try:
            self.say(fit(line))
        except Refusal as no:
            self.mistyped(no)

    def mistyped(self, no: Refusal) -> None:
        """Go on with the other lines, and remember that one was wrong."""
        self.outlet.complain(spoken(no.sentence, self.lang))
        self._worst = Status.REFUSED

    def ended(self) -> None:
        """That was all."""
        self._no_more = True
        self._end_if_done()

    def unread(self) -> None:
        """Mind nothing: what is sent needs no output."""

    # --- what happens to it -----------------------------------------------------------------------

    def arrived(self) -> None:
        """Go into the room, if it is for one, and say what there is."""
        self._ready = True
        self._waiting.extendleft(reversed(self._asked.values()))
        self._asked.clear()
        if self._comes_in:
            self.enter(self._sending.to)
        self._say_what_waits()
        self._go_on()

    def done(self, parcel: Parcel) -> None:
        """One more is kept."""
        if self._asked.pop(parcel.key, None):
            self._go_on()

    def refused(self, parcel: Parcel) -> None:
        """Go on with the other lines, unless there are none, or it is the room that was refused."""
        if self.passes or not self._sending.lines or isinstance(parcel.what, Entering):
            super().refused(parcel)
        elif self._asked.pop(parcel.key, None):
            self.outlet.complain(self._no.text)
            self._worst = Status.REFUSED
            self._go_on()

    def put_off(self, parcel: Parcel) -> None:
        """Say it again after a while, under the same key."""
        if isinstance(parcel.what, Entering):
            self.soon(lambda: self.enter(self._sending.to))
        elif text := self._asked.pop(parcel.key, None):
            self._waiting.appendleft(text)
            self.soon(self._say_what_waits)

    def displaced(self) -> None:
        """Come back; not if a direct message was under way, which would perhaps be said twice."""
        self._ready = False
        if self._asked and not self._in_room:
            self.end(Status.UNKNOWN, spoken(UNKNOWN, self.lang))
        else:
            super().displaced()

    def late(self) -> None:
        """Say what is not known to be kept."""
        self.outlet.complain(self.nobody())
        if self._asked:
            text = say("No receipt came, they may have been said or not: {count}.", count=len(self._asked))
            self.outlet.complain(spoken(text, self.lang))
        if self._waiting:
            self.outlet.complain(spoken(say("Not sent: {count}.", count=len(self._waiting)), self.lang))
        self.end(Status.UNKNOWN if self._asked else Status.AWAY)

    # --- saying -----------------------------------------------------------------------------------

    @property
    def _in_room(self) -> bool:
        return self._sending.to.startswith("#")

    @property
    def _comes_in(self) -> bool:
        """Whether it goes into the room: to stay there, or since it is invited."""
        return self._in_room and (self._sending.lines or bool(self.job.server.invitation))

    def _say_what_waits(self) -> None:
        while self._ready and self.status is None and self._waiting:
            key, text = self._waiting.popleft()
            if not self._asked:
                self.expect()
            if self._in_room:
                self._asked[key] = key, text
                self.session.say(self._sending.to, text, key, outside=not self._comes_in)
            else:
                name = self._sending.to
                parcel = self.session.ask(f"/msg {name} {text}", Msg(name=name, text=text))
                self._asked[parcel.key] = key, text

    def _go_on(self) -> None:
        left = len(self._waiting) + len(self._asked)
        if left:
            self.expect()
        else:
            self.expect_nothing()
        if left <= FEW:
            self.outlet.go_on()
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self._no_more and not self._waiting and not self._asked:
            self.finish(self._worst)


# --- texts ----------------------------------------------------------------------------------------


def fit(text: str) -> str:
    """Return a text fit to be said in one message, or refuse it before anything is sent."""
    text = message(text)
    if len(text.encode()) > MOST:
        raise _too_long()
    return text


def composed(data: bytes, *, code: bool) -> Reading:
    """Return what came in as one message; nothing of what is empty."""
    if len(data) > ENOUGH:
        raise _too_long()
    found = read(data)
    if is_blank(found.text):
        return Reading("")
    text = as_code(message(found.text)) if code else found.text
    return Reading(fit(text), found.unreadable)


def _too_long() -> Refusal:
    told = "That is too long for one message: at most {most} bytes. Cut it, as with tail -c, or say it by --lines."
    return Refusal(Reason.TOO_LONG, told, most=MOST)


def as_code(text: str) -> str:
    """Return a text between marks longer than any that are in it, as Markdown has it."""
    inside = max((len(run) for run in re.findall("`+", text)), default=0)
    mark = "`" * max(3, inside + 1)
    return f"{mark}\n{text}\n{mark}"


def _numbered(key: str) -> Callable[[], str]:
    """Return what makes a key for each message of one job: for its first the job's own."""

    def keys() -> Iterator[str]:
        yield key
        number = 2
        while True:
            yield f"{key}-{number}"
            number += 1

    return keys().__next__
