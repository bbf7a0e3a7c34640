"""What single things cost: `python benchmarks/values.py`.

Each line of the table is one piece of work on values in memory: no socket, no disk, no reactor. Time is the processor's
(`time.process_time`), the best of several rounds, so that another program on the machine disturbs little.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf

from twisted.internet.task import Clock

from chatproto import Settings
from chatproto.core.chat import Chat
from chatproto.core.commands.talk import Say
from chatproto.core.events import Delivery, Entry, Joined, Reason, Said, Sentence
from chatproto.core.names import LOBBY
from chatproto.core.parse import STANDARD
from chatproto.doors.drawn import LineLook
from chatproto.doors.framed import StompLook
from chatproto.hub import Hub, Look
from chatproto.journal.memory import MemoryJournal
from chatproto.testing import ChatInMemory
from chatproto.wire.lines import LineBuffer
from chatproto.wire.stomp import Frame, FrameBuffer, encode
from chatproto.wire.telnet import Telnet
from chatproto.words.drawing import Style

ROUNDS = 5
LONG_ENOUGH = 0.1  # seconds of the processor for one round: a thousand times what its clock can tell apart
FLOOD = b"\n" * 65536  # what one read of the reactor can bring
NOON = 1_795_262_400.0
SAID = Entry(Delivery(Said("jinny", "안녕하세요, oscar! สวัสดี"), LOBBY, NOON, 2), seq=7, prev=6)
JOINED = Entry(Delivery(Joined("jinny"), LOBBY, NOON, 2))
SEND = encode(Frame("SEND", {"destination": "/room/lobby", "receipt": "r1", "idempotency-key": "k1"}, b"hello" * 20))


class StubDoor:
    """A way in that takes everything and remembers nothing."""

    hears_itself = True
    shown: Look = LineLook(Style(tz="UTC"))

    def look(self, room: str) -> Look:
        return self.shown

    def draw(self, entry: Entry) -> bytes:
        return b""

    def named(self, data: bytes) -> bytes:
        return data

    def receipt(self, receipt: str, entry: Entry) -> bytes:
        return b""

    def write(self, data: bytes) -> None:
        pass

    def has_taken_all(self) -> bool:
        return True

    def read_until(self) -> float:
        return inf

    def exited(self, room: str) -> None:
        pass

    def end(self, last: bytes) -> None:
        pass

    def dismiss(self, reason: Reason | None, what: Sentence) -> None:
        pass


def best(work: Callable[[], object]) -> float:
    """Return the processor's seconds for one call, in the best of the rounds."""
    times, took = 1, 0.0
    while (took := _round(work, times)) < LONG_ENOUGH:
        times *= 2
    return min([took, *(_round(work, times) for _ in range(ROUNDS - 1))]) / times


def _round(work: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return time.process_time() - start


def frame_in() -> object:
    frames = FrameBuffer(max_line=8192, max_headers=32, max_body=16384)
    frames.feed(SEND)
    return frames.next()


def line_in() -> object:
    lines = LineBuffer(8192)
    lines.feed(Telnet().feed("안녕하세요, oscar!\r\n".encode())[0])
    return lines.next()


def turn_to(members: int) -> Callable[[], object]:
    """Return one turn of the hub: somebody says something to a room of so many doors, who all hear it."""
    clock = Clock()
    hub = Hub(Chat(Settings(rate=0.0, quiet_joins=1)), MemoryJournal(), clock)
    sessions = [hub.welcome(StubDoor(), f"member{n}", address="") for n in range(members)]
    clock.advance(0)
    words = Say(text="hello, everybody")

    def turn() -> None:
        hub.do(sessions[0], words)
        clock.advance(0)

    return turn


def flooded(settings: Settings, *, named: bool) -> Callable[[], object]:
    """Return a flood of bare newlines through the door for people, before a name is given or after."""
    chat = ChatInMemory(settings)

    def flood() -> None:
        wire = chat.wire()
        if named:
            wire.receive(b"oscar\n")
            chat.settle()
        wire.receive(FLOOD)
        wire.cut()
        chat.settle()

    return flood


BENCHMARKS: dict[str, tuple[Callable[[], object], str]] = {
    "parse a line that is said": (lambda: STANDARD.typed("hello, everybody"), ""),
    "parse /kick bob spam": (lambda: STANDARD.typed("/kick bob spam"), ""),
    "cut one line, telnet's bytes taken out": (line_in, ""),
    "decode a SEND frame": (frame_in, ""),
    "draw what was said: a line": (lambda: LineLook(Style(tz="UTC")).draw(SAID), ""),
    "draw what was said: a line in Korean": (lambda: LineLook(Style("ko", tz="UTC")).draw(SAID), ""),
    "draw what was said: a STOMP frame": (lambda: StompLook("1.2", "en", "/room/lobby", lists=True).draw(SAID), ""),
    "draw a join: a line in Thai": (lambda: LineLook(Style("th", tz="UTC")).draw(JOINED), ""),
    "one hub turn to 1,000 stub doors": (turn_to(1000), ""),
    "64 KiB of bare newlines, before a name": (flooded(Settings(tz="UTC"), named=False), "10,000"),
    "64 KiB of bare newlines, with a name": (flooded(Settings(tz="UTC"), named=True), "10,000"),
    "64 KiB of bare newlines, and no rate": (flooded(Settings(tz="UTC", rate=0.0), named=True), "10,000"),
}


def main() -> None:
    print(f"{'what':<42} {'µs/op':>12} {'at most':>9}")
    for what, (work, most) in BENCHMARKS.items():
        print(f"{what:<42} {best(work) * 1e6:>12,.1f} {most:>9}")


if __name__ == "__main__":
    main()
