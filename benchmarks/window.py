"""How late a key is heard in the window while lines pour in: `python benchmarks/window.py --seconds 20`.

Starts a server, a program that says lines as fast as the server takes them, and the window; presses a key twenty times
a second, and measures from when it was due until it stands in the entry. It needs a display: `xvfb-run` gives one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tkinter as tk
from socket import create_connection, create_server
from time import perf_counter, sleep

from twisted.internet import reactor, tksupport

from chatproto.client.options import chosen
from chatproto.gui.options import Choice
from chatproto.gui.run import TICK, Program

EVERY = 0.05  # seconds between two keys
TEXT = "a line as people write them, in English, 한국어 and ภาษาไทย, of some eighty letters"


def flood(port: int) -> None:
    """Say lines in #lobby, a hundred under way at most, until killed."""
    frame = f"SEND\ndestination:/room/lobby\nreceipt:r\n\n{TEXT}\0".encode()
    with create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(b"CONNECT\naccept-version:1.2\nlogin:flood\n\n\0")
        wire.sendall(b"SUBSCRIBE\nid:0\ndestination:/room/lobby\nlast:0\n\n\0" + frame * 100)
        while data := wire.recv(1 << 20):
            wire.sendall(frame * data.count(b"RECEIPT\n"))


class Typist:
    """Presses keys, and notes how late each was heard; then ends the program."""

    def __init__(self, program: Program, seconds: float, start: int) -> None:
        self.window, self._left, self._from = program.window, round(seconds / EVERY), start
        self.late: list[float] = []
        self._due: list[float] = []
        self.lines = 0
        self.window.entry.text.bind("<KeyRelease-x>", self._heard)

    def start(self) -> None:
        if self.window.talk and self.window.talk.desk.pane.end >= self._from:
            self.began, self._at = perf_counter(), perf_counter() + EVERY
            self.lines = -self.window.talk.desk.pane.end
            self._wait()
        else:
            reactor.callLater(0.1, self.start)

    def _wait(self) -> None:
        reactor.callLater(max(0.0, self._at - perf_counter()), self._press)

    def _press(self) -> None:
        """Press every key that is due by now."""
        while self._at <= perf_counter() and self._left:
            self._due.append(self._at)
            for event in ("<KeyPress-x>", "<KeyRelease-x>"):
                self.window.entry.text.event_generate(event, when="tail")
            self._at, self._left = self._at + EVERY, self._left - 1
        if self._left:
            self._wait()
        else:
            reactor.callLater(1.0, reactor.stop)

    def _heard(self, _: object) -> None:
        self.late.append((perf_counter() - self._due.pop(0)) * 1000)
        if self.window.talk:
            self.took, self.seen = perf_counter() - self.began, self.window.talk.desk.pane.end


def measure(port: int, seconds: float, start: int) -> None:
    options = chosen([f"127.0.0.1:{port}", "--name", "oscar"])
    root = tk.Tk()
    program = Program(reactor, root, Choice(options))
    typist = Typist(program, seconds, start)
    tksupport.install(root, TICK)
    reactor.callWhenRunning(program.begin)
    reactor.callWhenRunning(typist.start)
    reactor.run()
    late = sorted(typist.late)
    print(f"{(typist.lines + typist.seen) / typist.took:8,.0f} lines a second seen")
    print(f"{len(late):8} keys; typed: {len(program.window.entry.typed)}")
    for name, value in (("median", statistics.median(late)), ("99 %", late[len(late) * 99 // 100]), ("most", late[-1])):
        print(f"{value:8.1f} ms late, {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--quiet", action="store_true", help="without the flood, for comparison")
    parser.add_argument("--flood", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.flood:
        flood(given.flood)
        return
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = [sys.executable, "-m", "chatproto", "--memory", "--rate", "0", "--port", f"tcp:{port}:interface=127.0.0.1"]
    running = [subprocess.Popen(server, stdout=subprocess.DEVNULL, env={**os.environ, "CHAT_KEEP": ""})]
    try:
        sleep(5)
        if not given.quiet:
            running.append(subprocess.Popen([sys.executable, __file__, "--flood", str(port)]))
        measure(port, given.seconds, 1 if given.quiet else 100)
    finally:
        for process in running:
            process.kill()


if __name__ == "__main__":
    main()
