"""A chat inside a program of one's own, on any endpoint; the program is told what happens.

python embed.py tcp:5005          or tls:certs:5006, unix:chat.sock, …; what is said is kept in memory
python embed.py tcp:5005 FOLDER   keeps it on disk, and names can be registered
"""

import sys
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.task import react

from chatproto import ChatFactory
from chatproto.archive import FILE, lock
from chatproto.clock import steady
from chatproto.core.events import Gone, Named, Said
from chatproto.journal.sqlite import SqliteJournal
from chatproto.journal.threads import OwnThread
from chatproto.passwords import Argon2Passwords


async def main(reactor: Any, endpoint: str = "tcp:5005", folder: str = "") -> None:
    steady(reactor)  # its timers then go by a clock that nobody sets
    factory = on_disk(reactor, Path(folder)) if folder else ChatFactory(reactor)
    watch(factory)
    port = await serverFromString(reactor, endpoint).listen(factory)

    print("listening:", port.getHost(), flush=True)
    reactor.addSystemEventTrigger("before", "shutdown", factory.close)  # Ctrl+C: everybody is told
    await Deferred[None]()


def on_disk(reactor: Any, folder: Path) -> ChatFactory:
    lock(folder)  # makes it, and holds it for this process: a file has one chat
    journal = SqliteJournal(folder / FILE, OwnThread(reactor, "writing"), OwnThread(reactor, "reading"))
    return ChatFactory(reactor, journal=journal, passwords=Argon2Passwords(lambda: OwnThread(reactor, "passwords")))


def watch(factory: ChatFactory) -> None:
    factory.on(Named, lambda named, _: print("here is", named.who, flush=True))
    factory.on(Said, lambda said, entry: print(said.who, "in", entry.delivery.to, repr(said.text), flush=True))
    factory.on(Gone, lambda gone, _: print("gone is", gone.who, f"({gone.how})", flush=True))


if __name__ == "__main__":
    react(main, sys.argv[1:])
