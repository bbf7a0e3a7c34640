"""What the window's tests share: a talk on a chat in memory, before a window that only counts."""

from __future__ import annotations

import itertools

from chatproto.client.conversation import Setting
from chatproto.client.desk import State
from chatproto.client.session import Manner, Session
from chatproto.client.tastes import Tastes
from chatproto.core.members import Taste
from chatproto.gui.talk import Front, Talk
from chatproto.testing import ChatInMemory
from tests.client.kit import Net


class Pretended:
    """A window that remembers what was asked of it."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.changes = 0

    def changed(self) -> None:
        self.changes += 1

    def enter(self) -> None:
        self.log.append("enter")

    def turn_back(self, why: str) -> None:
        self.log.append(f"turn back: {why}")

    def ring(self) -> None:
        self.log.append("ring")

    def show(self, text: str) -> None:
        """Nothing is shown as mere text."""

    tell = ask = show

    def forget_typed(self) -> None:
        """Nothing is typed ahead."""

    def hold(self) -> None:
        self.log.append("hold")

    def go_on(self) -> None:
        if self.log[-1:] == ["hold"]:
            self.log.pop()

    def close(self) -> None:
        self.log.append("close")


def talk_on(
    net: Net, front: Front, name: str, *rooms: str, backlog: int = 0, lang: str = "en", time: str = "short"
) -> Talk:
    """Return a talk on a chat in memory, not begun yet."""
    numbers = itertools.count(1)
    session = Session(
        net, net.chat.clock, keys=lambda: f"{name}-{next(numbers)}", random=lambda: 0.5, manner=Manner(lang)
    )
    tastes = Tastes(Taste(lang=lang, tz="UTC", time=time), lambda: {"UTC"})
    return Talk(session, front, tastes, Setting("localhost:5005", rooms or ("#lobby",), backlog=backlog))


class Seat:
    """Somebody at a window, on a chat in memory."""

    def __init__(
        self, chat: ChatInMemory, name: str, *rooms: str, backlog: int = 0, lang: str = "en", token: str = ""
    ) -> None:
        self.net, self.front = Net(chat), Pretended()
        self.talk = talk_on(self.net, self.front, name, *rooms, backlog=backlog, lang=lang)
        self.talk.begin(name, token)
        self.net.run()

    @property
    def session(self) -> Session:
        return self.talk.session

    def types(self, *lines: str) -> None:
        """Type lines, and let all that they cause happen."""
        for line in lines:
            self.talk.typed(line)
        self.net.run()

    def sees(self, room: str = "") -> list[str]:
        """Return what stands in a pane, what is on its way with it; each line with a sign of how it fares."""
        signs = {State.SAID: "", State.PENDING: "… ", State.FAILED: "✗ "}
        pane = self.talk.desk.of(room) if room else self.talk.desk.pane
        return [
            f"{signs[line.state]}{line.message.who + ': ' if line.message.event == 'said' else ''}{line.message.text}"
            for line in [*pane.lines, *pane.below()]
        ]
