"""S4, the Korean chat whose operator types to the users; `host` and `port` from the environment, or from `.env`.

port=5005 python s4.py        what is typed here, all users read
"""

import os
from typing import Any

from dotenv import load_dotenv
from twisted.internet.defer import Deferred
from twisted.internet.stdio import StandardIO
from twisted.internet.task import react

from chatproto import ChatFactory, Settings
from chatproto.core.events import Ended, Opened, Said
from chatproto.doors.console import ConsoleDoor

SETTINGS = Settings(lang="ko")


def watch(factory: ChatFactory) -> None:
    factory.on(Opened, lambda opened, _: print(f"[+] {opened.address} connected.", flush=True))
    factory.on(Said, lambda said, _: print("[R]:", said.text.replace("\n", "\n  | "), flush=True))
    factory.on(Ended, lambda *_: print("client disconnected", flush=True))


async def main(reactor: Any) -> None:
    load_dotenv(".env")
    watch(factory := ChatFactory(reactor, SETTINGS))
    reactor.addSystemEventTrigger("before", "shutdown", factory.close)
    host, port = os.environ.get("host") or "127.0.0.1", int(os.environ.get("port") or 5005)
    where = reactor.listenTCP(port, factory, interface=host).getHost()
    print(f"[*] ip : {where.host} port : {where.port}", flush=True)
    StandardIO(ConsoleDoor(factory.hub, "ko"), reactor=reactor)
    await Deferred[None]()  # for ever: Ctrl+C ends it


if __name__ == "__main__":
    react(main)
