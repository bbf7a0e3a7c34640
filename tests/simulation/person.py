"""Somebody at a telnet, who types and reads; and what they may expect."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from chatproto.testing import Wire
from tests.simulation.client import Client
from tests.simulation.truth import END_OF_ALL, Broken, Truth, Visit, require

LINE = re.compile(r"\[\d\d:\d\d\] (?:(#\S+) )?<(\S+)> (\S+/\S+/\d+.*)")
NOT_KEPT = re.compile(r"\* (?:#\S+ )?Messages \d+ to \d+ are no longer kept\.")
NEGOTIATION = re.compile(rb"\xff[\xfb-\xfe].", re.DOTALL)  # what a server asks of a telnet; nc shows it


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
        *lines, self._rest = NEGOTIATION.sub(b"", self._rest + data).split(b"\r\n")
        for line in lines:
            self._read(line.decode())

    def _read(self, line: str) -> None:
        if line.startswith(f"* Hello, {self.name}."):
            self.id, self.up = self.truth.ids[self.name][-1], True
        elif not self.up and line.startswith(("! Somebody is called", "! The server cannot keep up")):
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
            if visit and self.truth.trimmed and id(visit) in self._seen and seq <= self._seen[id(visit)].at:
                continue  # said again, after its key was forgotten
            if visit or not self.truth.trimmed:
                require(visit is not None, self.wrong(f"heard {text!r} ({seq}), was there {visits}"))
                assert visit
                self._see(visit, room, seq)
                return
        raise Broken(self.wrong(f"heard {text!r}, which is not on disk or was not for them"))

    def _see(self, visit: Visit, room: str, seq: int) -> None:
        seen = self._seen.setdefault(id(visit), Seen(visit, visit.start))
        missed = [s for s in range(seen.at + 1, seq) if self.truth.log[room][s].who != self.name]
        require(seq > seen.at, self.wrong(f"heard {seq} of {room} after {seen.at}"))
        require(self.truth.trimmed or not missed, self.wrong(f"did not hear {missed} of {room}, before {seq}"))
        seen.at = seq

    def is_content(self) -> None:
        for room in sorted(self.wants):
            visit = self.truth.visits[self.id, room][-1]
            require(visit.end == END_OF_ALL, self.wrong(f"is not in {room}"))
            at = self._seen[id(visit)].at if id(visit) in self._seen else visit.start
            missed = [k.seq for k in self.truth.log[room].values() if k.seq > at and k.who != self.name]
            require(not missed, self.wrong(f"has not heard {missed} of {room}"))
