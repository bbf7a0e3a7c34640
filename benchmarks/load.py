"""A real server, and many connections to it from one loop: what the commands beside this file are made of."""

from __future__ import annotations

import os
import re
import resource
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
TWISTD = (str(Path(sys.executable).with_name("twistd")), "-n", "--pidfile=")
PATIENCE = 60.0  # seconds for anything at all; a slow machine is not a wrong program
RECEIPT = re.compile(rb"RECEIPT\nreceipt-id:([^\n]+)\n(?:seq:(\d+)\n)?")
STAMP = re.compile(rb"@(\d+)@")  # in a text: when it was said, in nanoseconds of this process
PLACE = re.compile(rb"\nseq:(\d+)\nprev:(\d+)\n")
READ = 262_144


class Daemon:
    """A server program, in a folder of its own and on one port however often it is started, and what it takes."""

    def __init__(self, folder: Path, port: int, command: Sequence[str]) -> None:
        self._folder, self.port, self._command = folder, port, command
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        env = {n: v for n, v in os.environ.items() if not n.startswith("CHAT_")}
        env |= {"PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(self._folder)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._command, cwd=self._folder, env=env, stdout=log, stderr=log)
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() > give_up:
                    raise SystemExit(self.log.read_text(errors="replace")[-3000:]) from None
                time.sleep(0.02)
            else:
                return

    def limit_files(self, files: int) -> None:
        """Allow it so many descriptors from now on, and say nothing."""
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (files, files))

    @property
    def log(self) -> Path:
        """What it says."""
        return self._folder / "server.log"

    @property
    def memory(self) -> int:
        """Bytes of memory that it holds now."""
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0

    @property
    def threads(self) -> int:
        """How many threads it has: passwords are looked at in one that is not there before the first of them comes."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    @property
    def processor(self) -> float:
        """Seconds of the processor that it has used: utime and stime of /proc, but to the nanosecond."""
        return time.clock_gettime(~self.process.pid << 3 | 2)  # clock_getcpuclockid(3), which Python has for threads

    def rest(self) -> None:
        """Wait until it has done all that it had to do."""
        before = -1.0
        while self.processor > before + 0.01:
            before = self.processor
            time.sleep(0.3)

    def ends(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send it a signal; return its exit code, and how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(how)
        return self.process.wait(PATIENCE), time.monotonic() - began

    def ended(self, loop: Loop) -> tuple[int, float]:
        """Serve the peers until the server has ended; return its exit code, and how many seconds it took."""
        began = time.monotonic()
        loop.run(until=lambda: self.process.poll() is not None)
        return self.process.wait(0), time.monotonic() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Server(Daemon):
    """`twistd chat`."""

    def __init__(self, folder: Path, *options: str, files: int = 0, command: Sequence[str] = TWISTD) -> None:
        port = free_port()
        place = ("--data", str(folder), "--admin-socket", "no", "--host", "127.0.0.1", "--port", str(port))
        limited = ("sh", "-c", f'ulimit -n {files} && exec "$@"', "sh") if files else ()
        super().__init__(folder, port, [*limited, *command, "chat", *place, *options])


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Loop:
    """Serves any number of peers, in one thread."""

    def __init__(self) -> None:
        self.ready = selectors.DefaultSelector()
        self.peers: set[Peer] = set()

    def run(self, seconds: float = PATIENCE, until: Callable[[], object] = lambda: False) -> None:
        """Carry bytes for so many seconds, or until something has come true."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not until():
            for key, what in self.ready.select(min(left, 0.05)):
                if what & selectors.EVENT_WRITE:
                    key.data.flush()
                if what & selectors.EVENT_READ:
                    key.data.receive()

    def wait(self, until: Callable[[], object], what: str) -> None:
        """Run until something has come true; that it does not is an error."""
        self.run(until=until)
        if not until():
            raise SystemExit(f"waited in vain: {what}")

    def close(self) -> None:
        """Close every connection."""
        for peer in list(self.peers):
            peer.close()
        self.ready.close()


class Peer:
    """One connection. `heard` is called with what comes."""

    def __init__(self, loop: Loop, port: int, *, buffer: int = 0) -> None:
        self._loop, self._out, self.open = loop, b"", True
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        with suppress(BlockingIOError):  # nobody waits for the connection: what is sent goes once it is there
            self.socket.connect(("127.0.0.1", port))
        self._events = selectors.EVENT_READ
        loop.ready.register(self.socket, self._events, self)
        loop.peers.add(self)

    def heard(self, data: bytes) -> None:
        """Understand what has come; a peer that only takes it does nothing."""

    def ended(self) -> None:
        """Take note that the server has closed this."""

    def send(self, data: bytes) -> None:
        """Send, now or as soon as it is taken."""
        self._out += data
        self.flush()

    @property
    def waiting(self) -> int:
        """Bytes that the server has not taken."""
        return len(self._out)

    def flush(self) -> None:
        """Send what waits, as far as it is taken."""
        try:
            self._out = self._out[self.socket.send(self._out) :] if self._out else b""
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            self.ended()
            return
        self._watch(self._events & selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0))

    def receive(self) -> None:
        """Read what has come."""
        try:
            data = self.socket.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.heard(data)
        else:
            self.close()
            self.ended()

    def stop_reading(self) -> None:
        """Take nothing more."""
        self._watch(self._events & ~selectors.EVENT_READ)

    def go_on_reading(self) -> None:
        """Take again."""
        self._watch(self._events | selectors.EVENT_READ)

    def close(self) -> None:
        """Hang up."""
        if self.open:
            self.open = False
            if self._events:
                self._loop.ready.unregister(self.socket)
            self.socket.close()
            self._loop.peers.discard(self)

    def _watch(self, events: int) -> None:
        if events == self._events or not self.open:
            return
        if not self._events:
            self._loop.ready.register(self.socket, events, self)
        elif not events:
            self._loop.ready.unregister(self.socket)
        else:
            self._loop.ready.modify(self.socket, events, self)
        self._events = events


class Member(Peer):
    """Somebody in a room, at a telnet, who says nothing. Lines that carry a stamp are timed where that is asked for."""

    def __init__(self, loop: Loop, port: int, name: str, room: str, *, timed: bool = False) -> None:
        super().__init__(loop, port)
        self._timed, self._tail, self.here = timed, b"", False
        self.took: list[float] = []  # seconds from the saying to the hearing
        self.send(f"{name}\n/join {room}\n".encode())
        self._entered = f"You are in #{room}".encode()

    def heard(self, data: bytes) -> None:
        if not self.here:
            self._tail += data
            self.here = self._entered in self._tail
        elif self._timed:
            now, (*whole, self._tail) = time.perf_counter_ns(), (self._tail + data).split(b"\n")
            stamps = (STAMP.search(line) for line in whole)
            self.took += [(now - int(stamp[1])) / 1e9 for stamp in stamps if stamp]


def frame(command: str, body: str = "", **headers: str) -> bytes:
    """Return a STOMP frame whose headers need no escapes."""
    named = "".join(f"{name.replace('_', '-').strip('-')}:{value}\n" for name, value in headers.items())
    return f"{command}\n{named}\n{body}\0".encode()


class Program(Peer):
    """Somebody who speaks STOMP. `receipts` bring numbers, `places` are (seq, prev) of what was heard."""

    def __init__(self, loop: Loop, port: int, name: str, *, buffer: int = 0, **credentials: str) -> None:
        super().__init__(loop, port, buffer=buffer)
        self.name, self._tail = name, b""
        self.up = False
        self.resume = ""
        self.receipts: dict[str, int] = {}
        self.refusals: list[tuple[str, str]] = []  # the receipt asked for, and why not
        self.places: list[tuple[int, int]] = []
        self.send(frame("CONNECT", accept_version="1.2", login=name, **credentials))

    def subscribe(self, room: str, **place: str) -> None:
        """Hear a room; `after` is where from."""
        self.send(frame("SUBSCRIBE", id=room, destination=f"/room/{room}", receipt=f"in {room}", **place))

    def hear_me(self) -> None:
        """Hear what is private, refusals among it."""
        self.send(frame("SUBSCRIBE", id="me", destination="/me"))

    def say(self, room: str, text: str, receipt: str) -> None:
        """Say something, and ask for a receipt."""
        self.send(frame("SEND", text, destination=f"/room/{room}", receipt=receipt, idempotency_key=receipt))

    def heard(self, data: bytes) -> None:
        whole, end, self._tail = (self._tail + data).rpartition(b"\0")
        for found in RECEIPT.finditer(whole + end):
            self.receipts[found[1].decode()] = int(found[2] or 0)
        for found in PLACE.finditer(whole):
            self.places.append((int(found[1]), int(found[2])))
        if not self.up and (came := re.search(rb"^CONNECTED\n(?:[^\n]+\n)*?resume:([^\n]+)\n", whole, re.MULTILINE)):
            self.up, self.resume = True, came[1].decode()
        if b"\nevent:refused\n" in whole:
            self._note_refusals(whole)

    def _note_refusals(self, data: bytes) -> None:
        for one in data.split(b"\0"):
            if b"\nevent:refused\n" in one:
                why = re.search(rb"\nreason:([^\n]+)\n", one)
                which = re.search(rb"\nreceipt-id:([^\n]+)\n", one)
                self.refusals.append((which[1].decode() if which else "", why[1].decode() if why else ""))


class Talker(Program):
    """A program that says as much as it gets receipts for: so many messages are always under way."""

    def __init__(self, loop: Loop, port: int, name: str, *, room: str, window: int, text: str = "") -> None:
        super().__init__(loop, port, name)
        self._room, self._text, self._window = room, text, window
        self.count = 0
        self.talking = False
        self.hear_me()
        self.send(frame("SEND", f"/join {room}", destination="/command", receipt="in"))

    def talk(self) -> None:
        """Begin, or go on."""
        self.talking = True
        self._say(self._window - self.under_way)

    def push(self, count: int) -> None:
        """Say so many things, whatever comes back."""
        self._say(count)

    @property
    def under_way(self) -> int:
        """How many messages have no receipt yet, and no refusal."""
        return self.count - len(self.receipts) - len(self.refusals)

    def heard(self, data: bytes) -> None:
        before = len(self.receipts)
        super().heard(data)
        self.receipts.pop("in", None)
        self.places.clear()
        if self.talking:
            self._say(min(len(self.receipts) - before, self._window - self.under_way))

    def _say(self, count: int) -> None:
        now, frames = time.perf_counter_ns(), []
        for _ in range(count):
            self.count += 1
            key = str(self.count)
            head = {"destination": f"/room/{self._room}", "receipt": key, "idempotency_key": key}
            frames.append(frame("SEND", f"@{now}@ {self._text}", **head))
        if frames:
            self.send(b"".join(frames))


def in_order(places: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    """Say whether these are all numbers from one to another, once and in order, each after the one before it."""
    return list(places) == [(seq, seq - 1) for seq in range(first, last + 1)]


def megabytes(size: float) -> str:
    """Return a size as it is printed."""
    return f"{size / 1e6:.1f} MB"
