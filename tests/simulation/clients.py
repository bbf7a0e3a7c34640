"""Twenty clients as their authors would write them, and what each may expect of the server: the promises.

A client knows only what came over its wire. What it should have got it asks `Truth`, which was told by the
journal. The first thing that does not fit raises `Broken`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from chatproto.core.events import Entered, Entry, Exited, Named
from chatproto.testing import Wire
from chatproto.wire.stomp import Frame, FrameBuffer, Heartbeat, encode
from chatproto.words import body

LINE = re.compile(r"\[\d\d:\d\d\] (?:(#\S+) )?<(\S+)> (\S+/\S+/\d+.*)")
NOT_KEPT = re.compile(r"\* (?:#\S+ )?Messages \d+ to \d+ are no longer kept\.")
FIRST = re.compile(rb"^(CONNECTED|ERROR)\n", re.MULTILINE)
END_OF_ALL = 1 << 60


class Broken(AssertionError):
    """A promise of the server was not kept."""


def require(promise: bool, told: str) -> None:
    """Raise Broken if this promise was not kept."""
    if not promise:
        raise Broken(told)


# --- what really happened -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry of a room's log."""

    seq: int
    prev: int
    by: int
    text: str


@dataclass(slots=True)
class Visit:
    """A member's time in a room: it hears what is kept after `start`, up to `end`."""

    start: int
    end: int = END_OF_ALL


class Truth:
    """The rooms' logs, and who was where from which place on."""

    def __init__(self, *, trimmed: bool) -> None:
        self.trimmed = trimmed  # the journal forgets: gaps may be told, and a key may be new again
        self.log: dict[str, dict[int, Kept]] = defaultdict(dict)
        self.seqs: dict[tuple[str, str], list[int]] = defaultdict(list)  # by room and text
        self.visits: dict[tuple[int, str], list[Visit]] = defaultdict(list)
        self.ids: dict[str, int] = {}
        self._told: dict[str, int] = defaultdict(int)

    def committed(self, entry: Entry) -> None:
        """Take note of what the journal keeps."""
        room = str(entry.delivery.to).removeprefix("#")
        if entry.seq and not entry.again:
            kept = Kept(entry.seq, entry.prev, entry.delivery.by, body(entry.delivery.event, "en"))
            require(entry.seq not in self.log[room], f"{room} has two entries of number {entry.seq}")
            self.log[room][entry.seq] = kept
            self.seqs[room, kept.text].append(entry.seq)

    def told(self, entry: Entry) -> None:
        """Take note of what the hub was handed back, in its order."""
        event, room = entry.delivery.event, str(entry.delivery.to).removeprefix("#")
        if isinstance(event, Named):
            self.ids[event.who] = entry.delivery.by
        elif isinstance(event, Entered):
            self.visits[entry.delivery.by, room].append(Visit(self._told[room]))
        elif isinstance(event, Exited):
            self.visits[entry.delivery.by, room][-1].end = self._told[room]
        elif entry.seq and not entry.again:
            self._told[room] = entry.seq

    def head(self, room: str) -> int:
        """Return the newest number of a room."""
        return max(self.log[room], default=0)

    def kept(self, room: str, seq: int) -> Kept:
        """Return an entry that somebody was told of."""
        require(seq in self.log[room], f"{room} {seq} was told, and is not on disk")
        return self.log[room][seq]

    def once(self) -> None:
        """Nothing stands in a log twice."""
        for (room, text), seqs in self.seqs.items():
            require(self.trimmed or len(seqs) == 1, f"{text!r} stands twice in {room}: {seqs}")


# --- a connection ---------------------------------------------------------------------------------


class Link:
    """A connection, and the bytes on their way in it."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.going, self.coming = bytearray(), bytearray()
        self.clogged = False

    @property
    def over(self) -> bool:
        """Whether the server has closed it, and the client has read all there was."""
        return self.wire.closed and not self.coming

    def up(self, most: int | None = None, piece: int = END_OF_ALL) -> bool:
        """Carry bytes to the server; say whether there were any."""
        data = bytes(self.going[:most])
        del self.going[: len(data)]
        for start in range(0, len(data), piece):
            self.wire.receive(data[start : start + piece])
        return bool(data)

    def down(self, most: int | None = None) -> bool:
        """Carry bytes out of the server's buffer; say whether there were any."""
        if self.clogged or self.wire.closed:
            return False
        data = self.wire.take(most)
        self.coming += data
        return bool(data)

    def clog(self, *, on: bool) -> None:
        """Take nothing more, or go on."""
        self.clogged = self.wire.stuck = on


class Client:
    """What programs and people have in common."""

    def __init__(self, name: str, connect: Callable[[], Wire], truth: Truth) -> None:
        self.name, self._connect, self.truth = name, connect, truth
        self.link: Link | None = None
        self.id = 0  # of its session
        self.up = False  # the server has let this client in
        self.wants: set[str] = set()  # the rooms it means to be in

    def returns(self) -> None:
        """Connect, and say who this is."""
        self.link = Link(self._connect())
        self.up = False
        self.introduces()

    def drops(self) -> Link | None:
        """Forget the connection."""
        link, self.link = self.link, None
        self.up = False
        return link

    def sends(self, data: bytes) -> None:
        """Put bytes on their way to the server."""
        assert self.link
        self.link.going += data

    def hear(self, most: int | None = None, piece: int = END_OF_ALL) -> bytes:
        """Read what has come, and notice if that is the end."""
        link = self.link
        if link is None:
            return b""
        data = bytes(link.coming[:most])
        del link.coming[: len(data)]
        for start in range(0, len(data), piece):
            if self.link is link:
                self.reads(data[start : start + piece])
        if self.link is link and link.over:
            self.drops()
        return data

    def introduces(self) -> None:
        """Say who this is, on a new connection."""
        raise NotImplementedError

    def reads(self, data: bytes) -> None:
        """Understand what the server says."""
        raise NotImplementedError

    def enters(self, room: str, *, last: int, after: bool) -> None:
        """Go into a room."""
        raise NotImplementedError

    def leaves(self, room: str) -> None:
        """Leave a room."""
        raise NotImplementedError

    def says(self, room: str, text: str) -> None:
        """Say something, now or as soon as there is a connection."""
        raise NotImplementedError

    def quits(self) -> None:
        """Say goodbye."""
        raise NotImplementedError

    def is_content(self) -> None:
        """After the storm: this client has got all that it was promised."""
        raise NotImplementedError

    def wrong(self, told: str) -> str:
        """Return the sentence about a broken promise, with who it was made to."""
        return f"{self.name}: {told}"


# --- a program ------------------------------------------------------------------------------------


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
    tries: int = 0
    seq: int = 0
    refused: str = ""
    late: bool = False  # it was refused once: what was said after it may stand before it

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
        saying.tries += 1
        saying.refused = ""
        self._receipts[receipt := self._next("said")] = saying
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
            fair = {"name-in-use", "too-fast", "not-allowed"}
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
            what.refused, what.late = reason, True
            if reason != "disk-full":
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
            said = [s for s in self.said.values() if s.room == room and not s.late]
            seqs = [seq for s in said for seq in self.truth.seqs[room, s.text]]
            require(self.truth.trimmed or seqs == sorted(seqs), self.wrong(f"in {room} stands in the order {seqs}"))

    def _are_kept(self) -> None:
        for saying in self.said.values():
            seqs = self.truth.seqs[saying.room, saying.text]
            where = f"{saying.key}, receipted as {saying.seq}"
            require(not saying.seq or saying.seq in seqs, self.wrong(f"{where}, stands at {seqs}"))
            unseen = bool(saying.refused) and saying.tries == 1
            require(not (unseen and seqs), self.wrong(f"{where}, was refused and told"))


# --- a person -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Seen:
    """What a person saw during one visit to a room."""

    visit: Visit
    at: int
    seqs: list[int] = field(default_factory=list)


class Person(Client):
    """Somebody at a telnet, who types and reads."""

    def __init__(self, name: str, connect: Callable[[], Wire], truth: Truth) -> None:
        super().__init__(name, connect, truth)
        self._rest = b""
        self._seen: dict[int, Seen] = {}  # by visit

    def introduces(self) -> None:
        self._rest, self.id, self._in_use = b"", 0, False
        self.wants = {"lobby"}
        self._types(self.name)

    def enters(self, room: str, *, last: int = 0, after: bool = False) -> None:
        if self.up:
            self.wants.add(room)
            self._types(f"/join #{room}")

    def leaves(self, room: str) -> None:
        if self.up:
            self.wants.discard(room)
            self._types(f"/leave #{room}")

    def says(self, room: str, text: str) -> None:
        if self.up:
            self._types(f"/say #{room} {text}")

    def quits(self) -> None:
        if self.up:
            self._types("/quit")
            self.up = False

    def asks_for_its_name_again(self) -> None:
        """Type one's name, which was not free before."""
        if self._in_use and self.link:
            self._in_use = False
            self._types(self.name)

    def _types(self, line: str) -> None:
        self.sends(f"{line}\n".encode())

    def reads(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        for line in lines:
            self._read(line.decode())

    def _read(self, line: str) -> None:
        if line.startswith(f"* Hello, {self.name}."):
            self.id, self.up = self.truth.ids[self.name], True
        elif not self.up and line.startswith("! Somebody is called"):
            self._in_use = True
        elif line.startswith("["):
            said = LINE.fullmatch(line)
            require(said is not None, self.wrong(f"cannot read {line!r}"))
            assert said
            self._told(said[1], said[2], said[3])
        else:
            require(self.truth.trimmed or not NOT_KEPT.fullmatch(line), self.wrong(f"was told {line}"))

    def _told(self, named: str | None, who: str, text: str) -> None:
        room = text.partition("/")[0]
        require(named in (None, f"#{room}"), self.wrong(f"heard {text!r} in {named}"))
        require(text.split("/")[1] == who != self.name, self.wrong(f"heard {text!r} from {who}"))
        for seq in self.truth.seqs[room, text]:
            visits = self.truth.visits[self.id, room]
            visit = next((v for v in visits if v.start < seq <= v.end), None)
            if visit or not self.truth.trimmed:
                require(visit is not None, self.wrong(f"heard {text!r} ({seq}), was there {visits}"))
                assert visit
                self._see(visit, room, seq)
                return
        raise Broken(self.wrong(f"heard {text!r}, which is not on disk or was not for them"))

    def _see(self, visit: Visit, room: str, seq: int) -> None:
        seen = self._seen.setdefault(id(visit), Seen(visit, visit.start))
        missed = [s for s in range(seen.at + 1, seq) if self.truth.log[room][s].by != self.id]
        require(seq > seen.at, self.wrong(f"heard {seq} of {room} after {seen.at}"))
        require(self.truth.trimmed or not missed, self.wrong(f"did not hear {missed} of {room}, before {seq}"))
        seen.at = seq

    def is_content(self) -> None:
        for room in sorted(self.wants):
            visit = self.truth.visits[self.id, room][-1]
            require(visit.end == END_OF_ALL, self.wrong(f"is not in {room}"))
            at = self._seen[id(visit)].at if id(visit) in self._seen else visit.start
            missed = [k.seq for k in self.truth.log[room].values() if k.seq > at and k.by != self.id]
            require(not missed, self.wrong(f"has not heard {missed} of {room}"))
