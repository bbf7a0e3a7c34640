"""A program, as its author would write it after reading what goes over the wire; and what it may expect."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from chatproto.testing import Wire
from chatproto.wire.stomp import Frame, FrameBuffer, Heartbeat, encode
from tests.simulation.client import Client
from tests.simulation.truth import Truth, require

FIRST = re.compile(rb"^(CONNECTED|ERROR)\n", re.MULTILINE)


@dataclass(slots=True)
class Reading:
    """One subscription to a room. `at` is the newest number it has brought, or begins after; -1: not known yet."""

    id: str
    room: str
    at: int
    last: int
    visits: int  # of this member to this room, before this subscription was asked for
    over: bool = False


@dataclass(slots=True)
class Saying:
    """Something said: how often it was sent, and what came of it."""

    room: str
    text: str
    receipts: list[str] = field(default_factory=list)  # asked for, one with each try
    seq: int = 0
    refused: str = ""

    @property
    def key(self) -> str:
        """What makes a repetition of it known."""
        return self.text.split()[0]


class Program(Client):
    """A program that speaks STOMP.

    It subscribes with `after:`, comes back with `resume:`, and sends what was not receipted again, with its key.
    """

    def __init__(self, name: str, connect: Callable[[], Wire], truth: Truth) -> None:
        super().__init__(name, connect, truth)
        self._resume = ""
        self._count = 0
        self.readings: dict[str, Reading] = {}  # by subscription, of this connection
        self.rooms: dict[str, Reading] = {}  # those of them that are wanted, by room
        self.places: dict[str, int] = {}  # the newest number read, by room
        self.heard: dict[str, list[int]] = defaultdict(list)  # since it last began anew, by room
        self.outbox: dict[str, Saying] = {}
        self.said: dict[str, Saying] = {}
        self._receipts: dict[str, Saying | Reading] = {}

    # --- what it does -----------------------------------------------------------------------------

    def introduces(self) -> None:
        self._frames = FrameBuffer(max_line=0, max_headers=0, max_body=0)
        self._before: bytes | None = b""  # what came before the first frame
        self.readings, self.rooms, self._receipts = {}, {}, {}
        self._hears_me = False
        resume = {"resume": self._resume} if self._resume else {}
        self._send("CONNECT", {"accept-version": "1.2", "login": self.name, **resume})

    def enters(self, room: str, *, last: int = 0, after: bool = False) -> None:
        if room in self.rooms:
            self.leaves(room)
        self.wants.add(room)
        if self.up:
            self._subscribe(room, last=last, after=after)

    def leaves(self, room: str) -> None:
        self.wants.discard(room)
        reading = self.rooms.pop(room, None)
        if self.up and reading:
            self._receipts[receipt := self._next("bye")] = reading
            self._send("UNSUBSCRIBE", {"id": reading.id, "receipt": receipt})

    def says(self, room: str, text: str) -> None:
        saying = Saying(room, text)
        self.said[saying.key] = self.outbox[saying.key] = saying
        if self.up:
            self._say(saying)

    def repeats(self, which: float) -> None:
        """Send again what was sent before, receipted or not."""
        if self.up and self.said and not self.truth.trimmed:
            self._say(list(self.said.values())[int(which * len(self.said))])

    def tries_again(self) -> None:
        """Send again what could not be kept."""
        for saying in self.outbox.values():
            if saying.refused and self.up:
                self._say(saying)

    def quits(self) -> None:
        if self.up:
            self._send("DISCONNECT", {"receipt": "goodbye"})
            self.up = False

    def _say(self, saying: Saying) -> None:
        saying.refused = ""
        self._receipts[receipt := self._next("said")] = saying
        saying.receipts.append(receipt)
        headers = {"destination": f"/room/{saying.room}", "idempotency-key": saying.key, "receipt": receipt}
        self._send("SEND", headers, saying.text)

    def _subscribe(self, room: str, *, last: int = 0, after: bool = True) -> None:
        headers = {"id": self._next(f"sub-{room}"), "destination": f"/room/{room}"}
        place = -1
        if after and room in self.places:
            place = self.places[room]
            headers["after"] = str(place)
        else:
            self.heard[room].clear()
            self.places.pop(room, None)
            if last:
                headers["last"] = str(last)
        reading = Reading(headers["id"], room, place, last, len(self.truth.visits[self.id, room]))
        self.readings[reading.id] = self.rooms[room] = reading
        self._send("SUBSCRIBE", headers)

    def _send(self, command: str, headers: dict[str, str], text: str = "") -> None:
        self.sends(encode(Frame(command, headers, text.encode())))

    def _next(self, what: str) -> str:
        self._count += 1
        return f"{what}-{self._count}"

    # --- what it hears ----------------------------------------------------------------------------

    def reads(self, data: bytes) -> None:
        self._frames.feed(self._skipped(data))
        while (frame := self._frames.next()) is not None:
            if not isinstance(frame, Heartbeat):
                self._read(frame)

    def _skipped(self, data: bytes) -> bytes:
        """Pass over the greeting that people get, and we too where the network was slow."""
        if self._before is None:
            return data
        self._before += data
        first = FIRST.search(self._before)
        if first is None:
            return b""
        data, self._before = self._before[first.start() :], None
        return data

    def _read(self, frame: Frame) -> None:
        headers = frame.headers
        if frame.command == "CONNECTED":
            self._came_in(headers["session"], headers["resume"], headers["user"])
        elif frame.command == "RECEIPT":
            self._receipted(headers["receipt-id"], int(headers.get("seq", 0)))
        elif frame.command == "ERROR":
            fair = {"name-in-use", "too-fast", "not-allowed", "busy"}
            # Without /me a refusal is an ERROR, also that of what a former connection of this session had asked for.
            late = set() if self._hears_me else {"not-in-room", "no-such-room", "disk-full"}
            require(headers["message"] in fair | late, self.wrong(f"was thrown out: {frame.body.decode()}"))
        elif headers["subscription"] == "me":
            if headers["event"] == "refused":
                self._refused(headers.get("receipt-id", ""), headers["reason"])
        else:
            self._told(frame)

    def _came_in(self, session: str, resume: str, user: str) -> None:
        require(user == self.name, self.wrong(f"is called {user}"))
        self.id, self._resume, self.up = int(session), resume, True
        self._send("SUBSCRIBE", {"id": "me", "destination": "/me", "receipt": "me"})
        for room in sorted(self.wants):
            self._subscribe(room)
        for saying in self.outbox.values():
            self._say(saying)

    def _receipted(self, receipt: str, seq: int) -> None:
        what = self._receipts.pop(receipt, None)
        self._hears_me |= receipt == "me"
        if isinstance(what, Reading):
            what.over = True
        elif isinstance(what, Saying):
            kept = self.truth.kept(what.room, seq)
            require(kept.text == what.text, self.wrong(f"{what.key} was receipted as {seq}, which is {kept.text!r}"))
            again = what.seq in (0, seq) or self.truth.trimmed
            require(again, self.wrong(f"{what.key} was receipted as {what.seq} and as {seq}"))
            what.seq = seq
            self.outbox.pop(what.key, None)

    def _refused(self, receipt: str, reason: str) -> None:
        what = self._receipts.pop(receipt, None)
        if isinstance(what, Saying):
            what.refused = reason
            if reason not in {"disk-full", "busy"}:
                self.outbox.pop(what.key, None)

    def _told(self, frame: Frame) -> None:
        headers = frame.headers
        reading = self.readings.get(headers["subscription"])
        require(reading is not None, self.wrong(f"heard {headers}, which it has not subscribed to"))
        assert reading
        require(headers["destination"] == f"/room/{reading.room}", self.wrong(f"heard of {headers['destination']}"))
        require(not reading.over, self.wrong(f"heard of {reading.room} after it had left"))
        if headers["event"] == "gap":
            self._gap(reading, int(headers["old"]), int(headers["new"]))
        elif "seq" in headers:
            self._kept(reading, int(headers["seq"]), int(headers["prev"]), frame.body.decode())

    def _kept(self, reading: Reading, seq: int, prev: int, text: str) -> None:
        kept = self.truth.kept(reading.room, seq)
        where = f"{reading.room} {seq}"
        require((kept.prev, kept.text) == (prev, text), self.wrong(f"{where} is {kept}, heard {prev}, {text!r}"))
        if reading.at < 0:
            firsts = self._firsts(reading)
            first = prev in firsts or (self.truth.trimmed and any(place <= prev for place in firsts))
            require(first, self.wrong(f"{where} is the first heard, should come after one of {firsts}"))
        else:
            require(prev == reading.at, self.wrong(f"{where} comes after {prev}, and {reading.at} was heard last"))
        self._go_on(reading, seq)

    def _firsts(self, reading: Reading) -> set[int]:
        """Return the places at which a subscription may begin."""
        visits = self.truth.visits[self.id, reading.room][reading.visits :]
        return {max(0, visit.start - reading.last) for visit in visits}

    def _gap(self, reading: Reading, old: int, new: int) -> None:
        where = f"a gap in {reading.room}, {old} to {new}"
        require(self.truth.trimmed, self.wrong(f"{where}, where all is kept"))
        require(reading.at in (-1, old - 1) and new >= old, self.wrong(f"{where}, after {reading.at}"))
        self._go_on(reading, new)

    def _go_on(self, reading: Reading, seq: int) -> None:
        if self.rooms.get(reading.room) is reading:
            before = reading.at if reading.at >= 0 else seq - 1
            self.heard[reading.room].extend(range(before + 1, seq + 1))
            self.places[reading.room] = seq
        reading.at = seq

    # --- after the storm --------------------------------------------------------------------------

    def is_content(self) -> None:
        for room in sorted(self.wants):
            heard, head = self.heard[room], self.truth.head(room)
            wanted = list(range(heard[0], head + 1)) if heard else []
            require(bool(heard) and heard == wanted, self.wrong(f"of {room} heard {heard}, up to {head} there is"))
        self._are_kept()
        self._stand_in_order()

    def _stand_in_order(self) -> None:
        for room in sorted(self.truth.log):
            said = [s for s in self.said.values() if s.room == room and not self._was_refused(s)]
            seqs = [seq for s in said for seq in self.truth.seqs[room, s.text]]
            require(self.truth.trimmed or seqs == sorted(seqs), self.wrong(f"in {room} stands in the order {seqs}"))

    def _was_refused(self, saying: Saying) -> bool:
        """Say whether it was refused once, heard or not: then what was said after it may stand before it."""
        return any((self.name, receipt) in self.truth.refused for receipt in saying.receipts)

    def _are_kept(self) -> None:
        for saying in self.said.values():
            seqs = self.truth.seqs[saying.room, saying.text]
            where = f"{saying.key}, receipted as {saying.seq}"
            require(not saying.seq or saying.seq in seqs, self.wrong(f"{where}, stands at {seqs}"))
            unseen = bool(saying.refused) and len(saying.receipts) == 1
            require(not (unseen and seqs), self.wrong(f"{where}, was refused and told"))
