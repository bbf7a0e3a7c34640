"""Direct messages under kill -9: who sends them, who reads them, and what was promised.

A message whose receipt did not come is never sent again: it may have been read or not. One with a receipt has to be
read, and under one `message-id`: what comes again comes under the same one.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from chatproto.wire.stomp import Frame
from tests.durability.connection import PAUSE, Connection, Gone

PASSWORD = "correct horse battery"


@dataclass(slots=True)
class Told:
    """What a sender knows: the texts that have their receipts, and all that were sent."""

    name: str
    to: str
    receipted: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Heard:
    """What a reader has read: texts, by their ids; `token` is how it comes in."""

    name: str
    token: str = ""
    words: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


class Whispers:
    """Pairs of a guest who sends and somebody registered who reads; each is a thread, until told to stop."""

    def __init__(self, port: int, pairs: int, seed: int) -> None:
        self._port, self._seed = port, seed
        self.told = [Told(f"teller{n}", f"keeper{n}") for n in range(pairs)]
        self.heard = [Heard(f"keeper{n}") for n in range(pairs)]
        self.enough = self.over = False
        self._threads = [threading.Thread(target=self._sender, args=(told,), daemon=True) for told in self.told]
        self._threads += [threading.Thread(target=self._reader, args=(heard,), daemon=True) for heard in self.heard]

    def register(self, connect: Callable[[str], Connection]) -> None:
        """Let the readers have names of their own; before anything is killed."""
        for heard in self.heard:
            connection = connect(heard.name)
            connection.send("SUBSCRIBE", {"id": "me", "destination": "/me"})
            for line in (f"/register {PASSWORD}", "/token new reader"):
                connection.send("SEND", {"destination": "/command", "receipt": "r"}, line)
                while "receipt-id" not in (frame := connection.receive()).headers:
                    if frame.headers.get("event") == "answer" and "chat_" in frame.body.decode():
                        heard.token = frame.body.decode().split()[-1]
            connection.send("DISCONNECT", {"receipt": "bye"})
            connection.receive()
            connection.close()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def catch_up(self, seconds: float) -> None:
        """Wait until all that has its receipt was read; the checker tells of what was not."""
        deadline = time.monotonic() + seconds
        while list(check(self.told, self.heard)) and time.monotonic() < deadline:
            time.sleep(PAUSE)
        self.over = True

    def end(self, seconds: float) -> None:
        for thread in self._threads:
            thread.join(seconds)

    def _sender(self, told: Told) -> None:
        count = 0
        while not self.over and not self.enough:
            try:
                connection = Connection(self._port, told.name)
            except Gone:
                time.sleep(PAUSE)
                continue
            try:
                connection.send("SUBSCRIBE", {"id": "me", "destination": "/me"})
                while not self.enough:
                    count += 1
                    told.sent.add(text := f"{told.name} whispers {count}")
                    headers = {"destination": f"/user/{told.to}", "receipt": text}
                    connection.send("SEND", headers, text)
                    while (frame := connection.receive()).headers.get("receipt-id") != text:
                        pass
                    if frame.command == "RECEIPT":
                        told.receipted.add(text)
                    else:
                        time.sleep(PAUSE)  # too many wait, perhaps
            except Gone:
                pass
            finally:
                connection.close()

    def _reader(self, heard: Heard) -> None:
        """Come, read for a moment, and go: with a goodbye, or without a word."""
        chance = random.Random(f"{self._seed} {heard.name}")
        while not self.over:
            try:
                connection = Connection(self._port, heard.name, heard.token)
            except Gone:
                time.sleep(PAUSE)
                continue
            try:
                connection.send("SUBSCRIBE", {"id": "me", "destination": "/me"})
                until = time.monotonic() + chance.uniform(0.0, 0.3)
                while time.monotonic() < until:
                    connection.send("SEND", {"destination": "/command", "receipt": "look"}, "/whoami")
                    self._read_to(connection, heard, "look")
                if chance.random() < 0.5:
                    connection.send("DISCONNECT", {"receipt": "bye"})
                    self._read_to(connection, heard, "bye")
            except Gone:
                pass
            finally:
                for frame in connection.rest():
                    self._hear(heard, frame)
                connection.reset() if chance.random() < 0.5 else connection.close()

    def _read_to(self, connection: Connection, heard: Heard, receipt: str) -> None:
        while (frame := connection.receive()).headers.get("receipt-id") != receipt:
            self._hear(heard, frame)

    def _hear(self, heard: Heard, frame: Frame) -> None:
        if frame.headers.get("event") == "said":
            name, text = frame.headers["message-id"], frame.body.decode()
            if heard.words.setdefault(name, text) != text:
                heard.wrong.append(f"two texts under {name}")


def check(told: list[Told], heard: list[Heard]) -> Iterator[str]:
    """Whatever was promised and not held."""
    by_name = {reader.name: reader for reader in heard}
    for sender in told:
        reader = by_name[sender.to]
        words = list(reader.words.values())
        yield from (f"{reader.name}: {what}" for what in reader.wrong)
        yield from (f"lost: {text!r} was receipted and not read" for text in sorted(sender.receipted - set(words)))
        yield from (f"read and never sent: {text!r}" for text in sorted(set(words) - sender.sent))
        if len(set(words)) < len(words):
            yield f"double: {reader.name} read {len(words) - len(set(words))} messages under two ids"
