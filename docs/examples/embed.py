"""A chat inside a program of one's own, on any endpoint; the program is told what happens.

python embed.py tcp:5005        or tls:certs:5006, unix:chat.sock, …
"""

import sys
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.task import react

from chatproto import ChatFactory
from chatproto.core.events import Gone, Named, Said


async def main(reactor: Any, endpoint: str = "tcp:5005") -> None:
    factory = ChatFactory(reactor)
    watch(factory)
    port = await serverFromString(reactor, endpoint).listen(factory)

    print("listening:", port.getHost(), flush=True)
    reactor.addSystemEventTrigger("before", "shutdown", factory.close)  # Ctrl+C: everybody is told
    await Deferred[None]()


def watch(factory: ChatFactory) -> None:
    factory.on(Named, lambda named, _: print("here is", named.who, flush=True))
    factory.on(Said, lambda said, entry: print(said.who, "in", entry.delivery.to, repr(said.text), flush=True))
    factory.on(Gone, lambda gone, _: print("gone is", gone.who, f"({gone.how})", flush=True))


if __name__ == "__main__":
    react(main, sys.argv[1:])
