"""A crowd in one thread that costs little itself: what `fanout` and `curve` load a server with, ours or another.

The peers of `load` understand what they hear; here nobody does. A message carries one byte that stands nowhere else in
what a server sends, and those who hear it only count that byte: a byte is never cut in two, and a person hears in
order, so the number of a message is known without a look at it.
"""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from benchmarks.load import PATIENCE, READ, frame

MARKER = b"`"
LENGTH = 60  # bytes of a message
MOST = 1024  # connections looked at in one pass
TAIL = 256  # bytes in which an answer is looked for that came in pieces
TURN = 0.05  # seconds of waiting for bytes, after which there is a look at the clock
QUIET = 0.4  # seconds without a byte, after which everybody is settled
FILLING = "the quick brown fox jumps over the lazy dog and comes back "


class Failed(Exception):
    """The server did not do what it was asked; this run says nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody sends, and what shows that it was done."""

    sent: bytes
    awaited: bytes


@dataclass(frozen=True, slots=True)
class Dialect:
    """How to come in, to go into a room and to say something there; and whether one hears oneself."""

    login: Callable[[str], Step]
    join: Callable[[str], Step]
    say: Callable[[str, str], bytes]
    hears_itself: bool = False


LINES = Dialect(
    lambda name: Step(f"{name}\n".encode(), f"Hello, {name}.".encode()),
    lambda room: Step(f"/join {room}\n".encode(), f"You are in #{room}".encode()),
    lambda _, text: f"{text}\n".encode(),
)
STOMP = Dialect(
    lambda name: Step(frame("CONNECT", accept_version="1.2", login=name), b"CONNECTED\n"),
    lambda room: Step(frame("SUBSCRIBE", id="room", destination=f"/room/{room}", receipt="in"), b"receipt-id:in\n"),
    lambda room, text: frame("SEND", text, destination=f"/room/{room}"),
    hears_itself=True,
)
IRC = Dialect(
    lambda name: Step(f"NICK {name}\r\nUSER {name} 0 * :{name}\r\n".encode(), b" 001 "),
    lambda room: Step(f"JOIN #{room}\r\n".encode(), b" 366 "),
    lambda room, text: f"PRIVMSG #{room} :{text}\r\n".encode(),
)


def text(number: int) -> str:
    """Return the text of a message: the marker, its number, and as much as is missing."""
    return f"{MARKER.decode()}{number:08} {FILLING}"[:LENGTH]


class Crowd:
    """People at a server: each comes in by some steps, and from then on hears."""

    def __init__(self, port: int, at_once: int) -> None:
        self._port, self._at_once = port, at_once
        self._ready, self._buffer = select.epoll(), bytearray(READ)
        self._sockets: dict[int, socket.socket] = {}  # a person is known by the number of the file
        self._awaited: dict[int, tuple[bytes, bytes]] = {}  # the answer, and what has come of it

    def come(self, people: Iterator[Sequence[Step]]) -> list[int]:
        """Let people come, so many at a time; return them once they are all there."""
        came: list[int] = []
        ahead: dict[int, Iterator[Step]] = {}
        end = time.monotonic() + 3 * PATIENCE
        more = True
        while ahead or more:
            while more and len(ahead) < self._at_once:
                steps = next(people, None)
                more = steps is not None
                if steps:
                    came.append(self._connect())
                    ahead[came[-1]] = iter(steps)
                    self.ask(came[-1], next(ahead[came[-1]]))
            for who in self.answered(TURN):
                step = next(ahead[who], None)
                if step:
                    self.ask(who, step)
                else:
                    del ahead[who]
            if time.monotonic() > end:
                raise Failed(f"{len(ahead)} do not come in")
        return came

    def _connect(self) -> int:
        one = socket.create_connection(("127.0.0.1", self._port), PATIENCE)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one.setblocking(False)
        self._sockets[one.fileno()] = one
        self._ready.register(one.fileno(), select.EPOLLIN)
        return one.fileno()

    def send(self, who: int, data: bytes) -> None:
        """Send; so little is under way that it is taken at once."""
        if self._sockets[who].send(data) != len(data):
            raise Failed("the server takes nothing more")

    def ask(self, who: int, step: Step) -> None:
        """Take a step."""
        self._awaited[who] = step.awaited, b""
        self.send(who, step.sent)

    def answered(self, seconds: float) -> Iterator[int]:
        """Read what comes, after so many seconds at most; yield those whose step is done."""
        for who, size in self._read(seconds):
            if who in self._awaited:
                answer, tail = self._awaited[who]
                tail += self._buffer[:size]
                if answer in tail:
                    del self._awaited[who]
                    yield who
                else:
                    self._awaited[who] = answer, tail[-TAIL:]

    def ask_in_turn(self, people: Sequence[int], step: Step, seconds: float) -> Iterator[float]:
        """Let people take a step one after the other, within so many seconds; yield how long each has waited."""
        began, ahead = time.perf_counter(), deque(people)
        asked: dict[int, float] = {}
        while ahead or self._awaited:
            now = time.perf_counter()
            due = began + seconds * len(asked) / len(people)
            if ahead and now >= due:
                asked[ahead[0]] = now
                self.ask(ahead.popleft(), step)
            for who in self.answered(max(0.0, min(TURN, due - now)) if ahead else TURN):
                yield time.perf_counter() - asked[who]
            if now > began + seconds + PATIENCE:
                raise Failed(f"{len(self._awaited)} wait for an answer in vain")

    def heard(self, seconds: float) -> Iterator[tuple[int, int]]:
        """Read what comes, after so many seconds at most; yield who has heard how many messages."""
        count = self._buffer.count
        for who, size in self._read(seconds):
            yield who, count(MARKER, 0, size)

    def settle(self) -> None:
        """Wait until nothing comes any more."""
        end = time.monotonic() + PATIENCE
        while sum(1 for _ in self._read(QUIET)):
            if time.monotonic() > end:
                raise Failed("the server does not come to rest")

    def _read(self, seconds: float) -> Iterator[tuple[int, int]]:
        sockets, buffer = self._sockets, self._buffer
        for who, _ in self._ready.poll(seconds, MOST):
            try:
                size = sockets[who].recv_into(buffer)
            except OSError as e:
                raise Failed(f"the server has cut a connection: {e}") from e
            if not size:
                raise Failed(f"the server has closed a connection: {bytes(buffer[:200])!r}")
            yield who, size

    def close(self) -> None:
        """Hang up, all of them."""
        self._ready.close()
        for one in self._sockets.values():
            one.close()


class Talk:
    """Those who speak, in turns; a message is done when all copies of it are heard, as many as there are listeners."""

    def __init__(self, crowd: Crowd, dialect: Dialect, speakers: Sequence[tuple[int, str]], listeners: int) -> None:
        self.crowd, self._say, self._listeners = crowd, dialect.say, listeners
        self._turns = cycle(speakers)
        self.said = self.heard = 0

    def say(self) -> None:
        """Let the next one say something."""
        who, room = next(self._turns)
        self.crowd.send(who, self._say(room, text(self.said)))
        self.said += 1

    def keep(self, window: int, seconds: float) -> None:
        """Keep so many messages under way, for so many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for _ in range(window - (self.said - self.heard // self._listeners)):
                self.say()
            self.hear(TURN)

    def hear(self, seconds: float) -> None:
        """Hear what comes."""
        for _, count in self.crowd.heard(seconds):
            self.heard += count

    def pace(self, rate: float, seconds: float) -> list[float]:
        """Say so much a second, however long the answers take; return the seconds that each hearing took."""
        began, first = time.perf_counter(), self.said
        said: list[float] = []  # when
        heard: dict[int, int] = {}  # the number of messages that somebody has heard
        took: list[float] = []
        while (now := time.perf_counter()) < began + seconds or len(took) < len(said) * self._listeners:
            due = began + len(said) / rate if now < began + seconds else now + TURN
            if now >= due:
                said.append(now)
                self.say()
            for who, count in self.crowd.heard(max(0.0, min(TURN, due - now))):
                now, before = time.perf_counter(), heard.get(who, 0)
                heard[who] = before + count
                took += [now - then for then in said[before : before + count]]
            if now > began + seconds + PATIENCE:
                raise Failed(f"{len(said) * self._listeners - len(took):,} copies have not arrived")
        self.heard += (self.said - first) * self._listeners
        return took

    def finish(self) -> None:
        """Wait until all that was said is heard, by everybody once."""
        end = time.monotonic() + PATIENCE
        while self.heard < self.said * self._listeners and time.monotonic() < end:
            self.hear(TURN)
        self.hear(QUIET)
        if self.heard != self.said * self._listeners:
            raise Failed(f"{self.said * self._listeners:,} copies should have been heard, {self.heard:,} were")
