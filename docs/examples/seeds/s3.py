"""S3, the Korean open chat: at most five users; whoever sits at this terminal is the chat manager.

python s3.py        /강퇴 bob puts bob out, /서버종료 ends it, a line is announced to all
"""

import sys
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.stdio import StandardIO
from twisted.internet.task import react

from chatproto import ChatFactory, Settings
from chatproto.core.events import Entry, Named, Said, Stopping
from chatproto.doors.console import ConsoleDoor
from chatproto.words.drawing import Style, drawn

SETTINGS, STYLE = Settings(lang="ko", max_users=5), Style("ko", time="full")


def show(said: Said, entry: Entry) -> None:
    print(drawn(STYLE, "said", said.text, who=said.who, at=entry.delivery.at), flush=True)


def watch(factory: ChatFactory) -> None:
    factory.on(Named, lambda named, _: print(f"[CONNECT] {named.who}", flush=True))
    factory.on(Said, show)


async def main(reactor: Any, port: str = "5005") -> None:
    watch(factory := ChatFactory(reactor, SETTINGS))
    factory.on(Stopping, lambda *_: reactor.stop())  # /서버종료
    reactor.addSystemEventTrigger("before", "shutdown", factory.close)
    print(f"서버 실행 중... (port {reactor.listenTCP(int(port), factory).getHost().port})", flush=True)
    StandardIO(ConsoleDoor(factory.hub, "ko"), reactor=reactor)
    await Deferred[None]()  # for ever: /서버종료 or Ctrl+C ends it


if __name__ == "__main__":
    react(main, sys.argv[1:])
