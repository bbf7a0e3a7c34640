"""How many messages a second are on disk and receipted: `python benchmarks/receipts.py`.

A real `twistd chat` with its file (WAL, synchronous=FULL), and senders over real TCP, each in a room of its own, which
it hears. First as much as goes (each sender has `--window` messages without a receipt), then a steady `--rate`, at
which each receipt is timed. `--profile FILE` samples the server meanwhile, if py-spy is here.
"""

from __future__ import annotations

import argparse
import os
import re
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECEIPT = re.compile(rb"RECEIPT\n(?:[^\n]+\n)*?receipt-id:(\d+)\n")
TEXT = b"the meeting is at ten, please review my branch before lunch: " + "내일 회의실에서".encode()


class Sender:
    """One connection: sends, and takes note of receipts."""

    def __init__(self, port: int, number: int) -> None:
        self.number = number
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = b""
        self.sent: dict[int, float] = {}  # when, by the number of the message
        self.took: list[float] = []
        self._count = 0
        self._say(f"CONNECT\naccept-version:1.2\nlogin:sender{number}\n\n\0")
        self._say(f"SUBSCRIBE\nid:r\ndestination:/room/r{number}\nreceipt:0\n\n\0")
        self.sent[0] = 0.0
        while self.sent:
            self.receive()
        self.socket.setblocking(False)

    def _say(self, frame: str) -> None:
        self.socket.sendall(frame.encode())

    def send(self, count: int) -> None:
        """Send so many messages at once."""
        frames, now = [], time.perf_counter()
        for _ in range(count):
            self._count += 1
            self.sent[self._count] = now
            head = f"SEND\ndestination:/room/r{self.number}\nreceipt:{self._count}\nidempotency-key:{self._count}\n\n"
            frames.append(head.encode() + TEXT + b"\0")
        self.socket.setblocking(True)
        self.socket.sendall(b"".join(frames))
        self.socket.setblocking(False)

    def receive(self) -> int:
        """Read what came; return how many receipts."""
        data = self.socket.recv(262144)
        if not data:
            raise SystemExit("the server has closed a connection")
        data = self._held + data
        end = data.rfind(b"\0") + 1
        self._held, now, count = data[end:], time.perf_counter(), 0
        for found in RECEIPT.finditer(data, 0, end):
            self.took.append(now - self.sent.pop(int(found[1])))
            count += 1
        return count


def as_much_as_goes(senders: list[Sender], seconds: float, window: int) -> float:
    """Return the receipts a second."""
    with selectors.DefaultSelector() as ready:
        for sender in senders:
            ready.register(sender.socket, selectors.EVENT_READ, sender)
            sender.send(window)
        count, began = 0, time.perf_counter()
        while (now := time.perf_counter()) < began + seconds:
            for key, _ in ready.select(1.0):
                found = key.data.receive()
                count += found
                if found:
                    key.data.send(found)
        rate = count / (now - began)
        while any(s.sent for s in senders):
            for key, _ in ready.select(1.0):
                key.data.receive()
    return rate


def steady(senders: list[Sender], seconds: float, rate: float) -> list[float]:
    """Return how long each receipt took, in milliseconds."""
    for sender in senders:
        sender.took.clear()
    with selectors.DefaultSelector() as ready:
        for sender in senders:
            ready.register(sender.socket, selectors.EVENT_READ, sender)
        began, count = time.perf_counter(), 0
        while (now := time.perf_counter()) < began + seconds:
            while count < (now - began) * rate:
                senders[count % len(senders)].send(1)
                count += 1
            for key, _ in ready.select(max(0.0, began + count / rate - time.perf_counter())):
                key.data.receive()
    return sorted(took * 1000 for s in senders for took in s.took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--senders", type=int, default=50)
    parser.add_argument("--window", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=1000.0)
    parser.add_argument("--folder", default="", help="where the file is to be (a real disk, not memory)")
    parser.add_argument("--profile", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder or None) as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        twistd = [str(Path(sys.executable).parent / "twistd"), "-n", "--pidfile=", "chat", "--admin-socket", "no"]
        options = ["--data", folder, "--rate", "0", "--port", f"tcp:{port}:interface=127.0.0.1"]
        with Path(folder, "log").open("wb") as log:
            env = {**os.environ, "PYTHONPATH": str(ROOT)}
            server = subprocess.Popen([*twistd, *options], cwd=folder, env=env, stdout=log, stderr=log)
        try:
            _measure(given, port, server.pid)
        finally:
            server.terminate()
            server.wait()


def _measure(given: argparse.Namespace, port: int, pid: int) -> None:
    while True:
        try:
            senders = [Sender(port, 0)]
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    senders += [Sender(port, number) for number in range(1, given.senders)]
    if given.profile:
        spy = ["py-spy", "record", "-g", "-t", "-d", str(int(given.seconds)), "-f", "raw", "-o", given.profile]
        subprocess.Popen([*spy, "-p", str(pid)], stdout=subprocess.DEVNULL)
    busy = _processor_seconds(pid)
    rate = as_much_as_goes(senders, given.seconds, given.window)
    each = (_processor_seconds(pid) - busy) / sum(len(s.took) for s in senders)
    busy = _processor_seconds(pid)
    print(f"{given.senders} senders, {given.window} at once: {rate:,.0f} receipts a second (target 5,000), ", end="")
    print(f"{each * 1e6:.0f} µs of the server's processor for each", flush=True)
    took = steady(senders, given.seconds, given.rate)
    share = (_processor_seconds(pid) - busy) / given.seconds
    quantiles = statistics.quantiles(took, n=100)
    print(
        f"{given.rate:,.0f} a second: median {quantiles[49]:.2f} ms (target 5), 99th {quantiles[98]:.2f} ms, ", end=""
    )
    print(f"{len(took):,} receipts, server at {share:.0%} of a core")


def _processor_seconds(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
