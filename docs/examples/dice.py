"""A command of one's own: `/roll`, `/주사위`, `/ทอยลูกเต๋า`. Parser, help and completion come from the declaration.

python dice.py tcp:5005
"""

import sys
from collections.abc import Iterable
from random import SystemRandom
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.task import react

from chatproto import ChatFactory
from chatproto.core.chat import Chat
from chatproto.core.commands import ALL
from chatproto.core.declare import Command, Number, command
from chatproto.core.events import Acted, Delivery, Reason, Refusal
from chatproto.core.members import Member

MOST = 1000
chance = SystemRandom()


@command("roll", also="dice", ko="주사위", th="ทอยลูกเต๋า")
class Roll(Command):
    """Roll a die: `/roll 20` has twenty sides, `/roll` has six."""

    sides: Number = 6

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        if not 2 <= self.sides <= MOST:
            raise Refusal(Reason.BAD_COMMAND, "A die has from 2 to {most} sides.", most=MOST)
        room = chat.own_room(me)
        chat.check_voice(me, room)
        yield chat.tell_room(room, Acted(me.name, f"rolls {chance.randint(1, self.sides)} of {self.sides}"), me)


async def main(reactor: Any, endpoint: str = "tcp:5005") -> None:
    factory = ChatFactory(reactor, commands=(*ALL, Roll))
    port = await serverFromString(reactor, endpoint).listen(factory)
    print("listening:", port.getHost(), flush=True)
    reactor.addSystemEventTrigger("before", "shutdown", factory.close)
    await Deferred[None]()


if __name__ == "__main__":
    react(main, sys.argv[1:])
