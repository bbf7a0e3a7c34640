"""S1, the Korean chat for containers: on all addresses, at any port; what it prints is not held back.

python s1.py 55555        telnet localhost 55555
"""

import sys
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import react

from chatproto import ChatFactory, Settings
from chatproto.core.events import Opened

SETTINGS = Settings(lang="ko")


def watch(factory: ChatFactory) -> None:
    factory.on(Opened, lambda opened, _: print(f"접속: {opened.address}", flush=True))


async def main(reactor: Any, port: str = "5005") -> None:
    watch(factory := ChatFactory(reactor, SETTINGS))
    reactor.addSystemEventTrigger("before", "shutdown", factory.close)
    listening = reactor.listenTCP(int(port), factory)
    print(f"Server: port {listening.getHost().port}로 서버 실행 중...", flush=True)
    await Deferred[None]()  # for ever: Ctrl+C ends it


if __name__ == "__main__":
    react(main, sys.argv[1:])
