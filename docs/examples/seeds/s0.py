"""S0, the Thai chat: a log with time stamps; `server.ini` says where; Ctrl+C tells everybody."""

from configparser import ConfigParser
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import react

from chatproto import ChatFactory, Settings
from chatproto.core.events import Entry, Gone, Named, Said
from chatproto.words.drawing import Style, stamp

SETTINGS, STYLE = Settings(lang="th"), Style("th", time="full")


def note(text: str, entry: Entry) -> None:
    with Path("server_log.txt").open("a", encoding="utf-8") as log:
        log.write(f"[{stamp(entry.delivery.at, STYLE)}] {text}\n")


def watch(factory: ChatFactory) -> None:
    factory.on(Named, lambda named, entry: note(f"{named.who} เข้าร่วมแชท ({named.address})", entry))
    factory.on(Said, lambda said, entry: note(f"{said.who}: {said.text!r}", entry))
    factory.on(Gone, lambda gone, entry: note(f"{gone.who} ออกจากแชท ({gone.how})", entry))


async def main(reactor: Any) -> None:
    config = ConfigParser({"host": "127.0.0.1", "port": "5005"}, default_section="server")
    config.read("server.ini", encoding="utf-8")
    watch(factory := ChatFactory(reactor, SETTINGS))
    reactor.addSystemEventTrigger("before", "shutdown", factory.close)
    where = reactor.listenTCP(config.getint("server", "port"), factory, interface=config["server"]["host"]).getHost()
    print(f"เซิร์ฟเวอร์ทำงานที่ {where.host}:{where.port} (Ctrl+C เพื่อปิด)", flush=True)
    await Deferred[None]()  # for ever: Ctrl+C ends it


if __name__ == "__main__":
    react(main)
