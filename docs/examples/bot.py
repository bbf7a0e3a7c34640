"""A bot for every day: it reconnects, takes its name and its rooms up again, and says nothing twice.

python bot.py tcp:localhost:5005
"""

import sys
from typing import Any

from twisted.internet.endpoints import clientFromString
from twisted.internet.task import react

from chatproto.client.bot import Bot
from chatproto.client.message import Message
from chatproto.clock import steady


class Parrot(Bot):
    def said(self, message: Message) -> None:
        word, _, text = message.text.partition(" ")
        if word == "!say":
            self.say(message.room, text)


async def main(reactor: Any, endpoint: str = "tcp:localhost:5005") -> None:
    steady(reactor)  # its timers then go by a clock that nobody sets
    parrot = Parrot(clientFromString(reactor, endpoint), reactor)
    reactor.addSystemEventTrigger("before", "shutdown", parrot.stop)
    await parrot.start("parrot", "#lobby")


if __name__ == "__main__":
    react(main, sys.argv[1:])
