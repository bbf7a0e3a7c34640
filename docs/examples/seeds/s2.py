"""S2, the server behind the chat with a window: who comes, what is said, who quits, as its screenshots show it.

python s2.py        python -m chatproto.client localhost --port 5005
"""

import sys
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import react

from chatproto import ChatFactory, Settings
from chatproto.core.events import Gone, Named, Said
from chatproto.words.drawing import BAR

SETTINGS = Settings()


def show(line: str) -> None:
    print(line.replace("\n", f"\n{BAR}"), flush=True)  # a second line is never taken for somebody else's


def watch(factory: ChatFactory) -> None:
    factory.on(Named, lambda named, _: show(f"{named.who} joined"))
    factory.on(Said, lambda said, _: show(f"{said.who}: {said.text}"))
    factory.on(Gone, lambda gone, _: show(f"{gone.who} quit"))


async def main(reactor: Any, port: str = "5005") -> None:
    watch(factory := ChatFactory(reactor, SETTINGS))
    reactor.addSystemEventTrigger("before", "shutdown", factory.close)
    show(f"port {reactor.listenTCP(int(port), factory).getHost().port}")
    await Deferred[None]()  # for ever: Ctrl+C ends it


if __name__ == "__main__":
    react(main, sys.argv[1:])
