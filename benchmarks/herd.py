"""Two thousand come back at once: `python -m benchmarks.herd --clients 2000`.

Programs with registered names and tokens are in rooms of a hundred, and something is said there. The server is killed
and started again, and all of them connect at once: with their tokens, and on from the number that each has read up to,
while somebody talks on in every room. The time runs from the first connect to the last receipt of a subscription. No
password may be looked at (that has a thread of its own, which must not be there), and nobody may miss a message.
"""

from __future__ import annotations

import argparse
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from benchmarks.load import Loop, Program, Server, in_order
from chatproto.core.accounts import Account
from chatproto.core.events import NOBODY, Delivery
from chatproto.journal.file import prepare
from chatproto.journal.store import Store

IN_A_ROOM = 100
SAID = 30  # messages in each room before, and as many while they come back
THREADS = 3  # of a server that looks at no password: its own, the one that writes and the one that reads


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    clients: int
    seconds: float  # until the last was back
    lost: int  # clients that have not heard every message of their room, once and in order; receipts for nothing
    threads: int

    def lines(self) -> Iterator[str]:
        """Yield the figures as they are printed."""
        yield f"{self.clients:,} clients were back in {self.seconds:.1f} s (target < 30 s)"
        yield f"{self.lost} of them have missed something, or heard it twice (target 0)"
        yield f"{'no password was' if self.threads <= THREADS else 'PASSWORDS WERE'} looked at"


def token(number: int) -> str:
    """Return the token of a client."""
    return f"chat_token-of-{number}"


def register(folder: Path, clients: int) -> None:
    """Write the accounts into the server's file, since to register two thousand takes minutes of hashing."""
    prepare(folder / "chat.sqlite")
    store = Store(folder / "chat.sqlite")
    accounts = [Account(f"bot{n}", "-", tokens={"herd": sha256(token(n).encode()).hexdigest()}) for n in range(clients)]
    store.write([Delivery(account.fact, NOBODY, 0.0) for account in accounts])
    store.close()


class Herd:
    """The clients, as they are connected now."""

    def __init__(self, loop: Loop, port: int, clients: int, before: list[Program]) -> None:
        self.loop, self.port = loop, port
        self.bots = [Program(loop, port, f"bot{n}", passcode=token(n)) for n in range(clients)]
        for number, bot in enumerate(self.bots):
            bot.places = before[number].places if before else []
            bot.subscribe(room_of(number), after=str(bot.places[-1][0] if bot.places else 0))

    def is_back(self) -> bool:
        """Say whether everybody is in its room."""
        return all(bot.receipts for bot in self.bots)

    def talk(self, which: str, count: int) -> None:
        """Let one in each room say so many things."""
        for number in range(0, len(self.bots), IN_A_ROOM):
            for n in range(count):
                self.bots[number].say(room_of(number), f"{which} {n}", f"{which} {n}")

    def head(self, number: int) -> int:
        """Return the newest number that the one who talks in a client's room has a receipt for."""
        return max(self.bots[number // IN_A_ROOM * IN_A_ROOM].receipts.values())

    def has_heard_all(self) -> bool:
        """Say whether everybody has come to the end of what was said."""
        return all(bot.places and bot.places[-1][0] >= self.head(n) for n, bot in enumerate(self.bots))


def room_of(number: int) -> str:
    """Return the room of a client."""
    return f"room{number // IN_A_ROOM}"


def stampede(folder: Path, clients: int) -> Outcome:
    """Let so many clients come back at once to a server that was killed."""
    register(folder, clients)
    with Server(folder, "--rate", "0") as server:
        loop = Loop()
        herd = Herd(loop, server.port, clients, [])
        loop.wait(herd.is_back, "somebody cannot come in")
        herd.talk("before", SAID)
        loop.wait(lambda: all(bot.places for bot in herd.bots), "somebody hears nothing")
        server.ends(signal.SIGKILL)
        loop.run(until=lambda: not loop.peers)
        known = [bot.receipts for bot in herd.bots]
        server.start()
        began = time.monotonic()
        herd = Herd(loop, server.port, clients, herd.bots)
        herd.talk("meanwhile", SAID)
        loop.wait(herd.is_back, "somebody does not come back")
        seconds = time.monotonic() - began
        herd.talk("after", 1)
        loop.wait(lambda: all("after 0" in bot.receipts for bot in herd.bots[::IN_A_ROOM]), "a receipt is missing")
        loop.run(until=herd.has_heard_all)
        lost = sum(not in_order(bot.places, 1, herd.head(n)) for n, bot in enumerate(herd.bots))
        lost += sum(seq > herd.bots[n].places[-1][0] for n, receipts in enumerate(known) for seq in receipts.values())
        threads = server.threads
        loop.close()
    return Outcome(clients, seconds, lost, threads)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=2000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for line in stampede(Path(folder), given.clients).lines():
            print(line)


if __name__ == "__main__":
    main()
