"""Our own client's session: it comes back by itself, and what it hears is whole, once and in order."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.task import Clock
from zope.interface import implementer

from chatproto.client.connection import Cause
from chatproto.client.message import Message
from chatproto.client.outbox import Entering, Parcel, Saying
from chatproto.client.session import Session
from chatproto.core.events import Reason, Sentence
from chatproto.testing import Wire
from tests.simulation.client import Client, Link
from tests.simulation.truth import Truth, require


class Near(Wire):
    """The client's end of a connection: what it writes is on its way; when it hangs up, the server hears of it."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link

    def write(self, data: bytes) -> None:
        if not self.closed:
            self._link.going += data

    def loseConnection(self, *_: object) -> None:
        self._link.up()
        self.abortConnection()

    def abortConnection(self) -> None:
        self._link.wire.cut()
        self.cut()


@dataclass(slots=True)
class Stay:
    """A time in a room, from one `enter` to the next: what is heard begins where it was let in, after `asked` moves."""

    room: str
    asked: int
    parcel: Parcel | None = None
    begins: int = -1  # the number after which the first message must come, once that is certain
    at: int = -1  # the newest number heard


@implementer(IStreamClientEndpoint)
class Ours(Client):
    """A Session's listener, and the network below it."""

    def __init__(
        self, name: str, connect: Callable[[], Wire], truth: Truth, clock: Clock, random: Callable[[], float]
    ) -> None:
        super().__init__(name, connect, truth)
        self._clock, self._random = clock, random
        self._keys = (f"{name}-{n}" for n in itertools.count())
        self._stays: dict[str, Stay] = {}
        self._said: dict[str, Parcel] = {}
        self._refused: dict[str, str] = {}  # why, by text
        self._begin()

    def _begin(self) -> None:
        self.session = Session(self, self._clock, keys=self._keys.__next__, random=self._random)
        self.session.listener = self
        self._resting, self._parting, self._was_in, self._why = True, False, False, ""

    # --- the network ------------------------------------------------------------------------------

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        protocol = factory.buildProtocol(None)  # type: ignore[arg-type]
        assert protocol
        self.link = Link(self._connect())
        self._near = Near(self.link)
        self._near.protocol = protocol
        protocol.makeConnection(self._near)  # type: ignore[arg-type]
        return succeed(protocol)

    def drops(self) -> Link | None:
        link = super().drops()
        if link:
            self._near.cut()
        return link

    def reads(self, data: bytes) -> None:
        self._near.receive(data)

    # --- what it does -----------------------------------------------------------------------------

    def returns(self) -> None:
        """Take the name anew if it was refused; else it comes back by itself, when its time has come."""
        if self._resting:
            self._resting = False
            self.session.start(self.name)

    def enters(self, room: str, *, last: int = 0, after: bool = False) -> None:
        if self._parting:
            return
        if room in self.wants:
            self.leaves(room)
        self.wants.add(room)
        stay = self._stays[room] = Stay(room, self.truth.moves)
        stay.parcel = self.session.enter(f"#{room}")

    def leaves(self, room: str) -> None:
        if room in self.wants:
            self._forgets(room)
            self.session.leave(f"#{room}")

    def says(self, room: str, text: str) -> None:
        if not self._parting:
            self._said[text] = self.session.say(f"#{room}", text)

    def quits(self) -> None:
        if not self._resting:
            self._parting = True
            self.session.finish()

    @property
    def outbox(self) -> list[Parcel]:
        return list(self.session.outbox)

    def _forgets(self, room: str) -> None:
        self.wants.discard(room)
        self._stays.pop(room, None)

    # --- what the session tells -------------------------------------------------------------------

    def connected(self, *, again: bool) -> None:
        require(self.session.name == self.name, self.wrong(f"is called {self.session.name}"))
        self.up = self._was_in = True

    def heard(self, message: Message) -> None:
        if message.event == "refused":
            self._why = message.headers.get("reason", message.headers.get("message", ""))
            fair = {Reason.NOT_IN_ROOM, Reason.NO_SUCH_ROOM, Reason.DISK_FULL, Reason.BUSY}
            require(self._why in fair, self.wrong(f"was refused: {message}"))
        elif message.room and (message.seq or message.event == "gap"):
            self._told(self._stays[message.room.removeprefix("#")], message)

    def _told(self, stay: Stay, message: Message) -> None:
        if message.event == "gap":
            require(self.truth.trimmed, self.wrong(f"a gap in {stay.room}, where all is kept: {message}"))
            stay.at = int(message.headers["new"])
            return
        kept, where = self.truth.kept(stay.room, message.seq), f"{stay.room} {message.seq}"
        require((kept.who, kept.text) == (message.who, message.text), self.wrong(f"{where} is {kept}, heard {message}"))
        require(message.own == (kept.who == self.name), self.wrong(f"{where} is {kept}, heard {message}"))
        before = {stay.at} if stay.at >= 0 else self._places(stay)
        follows = kept.prev in before or (self.truth.trimmed and any(place < kept.seq for place in before))
        require(follows, self.wrong(f"heard {where}, should have come after {before}"))
        stay.at = message.seq

    def _places(self, stay: Stay) -> set[int]:
        """Return the places at which a stay may have begun: whichever time the server let us in."""
        if stay.begins >= 0:
            return {stay.begins}
        visits = [v for me in self.truth.ids[self.name] for v in self.truth.visits[me, stay.room]]
        return {visit.start for visit in visits if visit.move > stay.asked}

    def done(self, parcel: Parcel) -> None:
        self.id = self.truth.ids[self.name][-1]
        if isinstance(parcel.what, Saying):
            seqs = self.truth.seqs[parcel.what.room.removeprefix("#"), parcel.what.text]
            require(self.truth.trimmed or len(seqs) == 1, self.wrong(f"{parcel.what} was receipted, stands at {seqs}"))
        elif isinstance(parcel.what, Entering):
            stay = self._stays.get(parcel.what.room.removeprefix("#"))
            if stay and stay.parcel is parcel:
                stay.begins = self.truth.visits[self.id, stay.room][-1].start

    def refused(self, parcel: Parcel) -> None:
        if isinstance(parcel.what, Saying):
            self._refused[parcel.what.text] = self._why
        elif isinstance(parcel.what, Entering):
            self._forgets(parcel.what.room.removeprefix("#"))

    def unknown(self, parcel: Parcel) -> None:
        require(False, self.wrong(f"does not know what became of {parcel.what}"))

    def name_refused(self, reason: str, text: str) -> None:
        require(reason == Reason.NAME_IN_USE, self.wrong(f"was refused its name: {text}"))
        self._resting = True
        self._hung_up()

    def disconnected(self) -> None:
        self._hung_up()

    def retrying(self, seconds: float, why: Cause) -> None:
        self._hung_up()

    def over(self, why: Sentence | None) -> None:
        busy = not self._was_in and self._why == Reason.BUSY
        require(self._parting or busy, self.wrong(f"was thrown out: {why}"))
        self._hung_up()
        self.wants.clear()
        self._stays.clear()
        self._begin()

    def _hung_up(self) -> None:
        self.link, self.up = None, False

    # --- after the storm --------------------------------------------------------------------------

    def is_content(self) -> None:
        for room in sorted(self.wants):
            at, head = self._stays[room].at, self.truth.head(room)
            require(at == head, self.wrong(f"has heard {room} up to {at}, and there is {head}"))
        for text, parcel in self._said.items():
            seqs = self.truth.seqs[text.partition("/")[0], text]
            unseen = text in self._refused and not parcel.sent
            require(not (unseen and seqs), self.wrong(f"{text!r} was refused and told"))
        for room in sorted(self.truth.log):
            refused = self.truth.refused  # heard or not: what was said after that may stand before it
            said = [t for t, p in self._said.items() if t.startswith(f"{room}/") and (self.name, p.key) not in refused]
            seqs = [seq for text in said for seq in self.truth.seqs[room, text]]
            require(self.truth.trimmed or seqs == sorted(seqs), self.wrong(f"in {room} stands in the order {seqs}"))
