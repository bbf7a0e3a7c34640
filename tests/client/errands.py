"""An errand of a script's, on a chat in memory or on a server that the test plays."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from chatproto.client.backoff import Backoff
from chatproto.client.pipe.ask import Ask
from chatproto.client.pipe.errand import Errand
from chatproto.client.pipe.options import Job, Question, Sending, Tailing, chosen
from chatproto.client.pipe.send import Send
from chatproto.client.pipe.tail import Tail
from chatproto.client.session import Manner, Session
from chatproto.client.view import View
from tests.client.kit import Net, Paper, Played


class Slate(Paper):
    """A screen that keeps complaints too."""

    def __init__(self) -> None:
        super().__init__()
        self.complaints: list[str] = []

    def complain(self, text: str) -> None:
        self.complaints.append(text)


class Script:
    """A script that does one thing: `Script(net, "send", "--to", "#ops")`. Its keys count."""

    def __init__(self, net: Net | Played, *argv: str, name: str = "ci", key: str = "k") -> None:
        self.net, self.slate = net, Slate()
        self.job = chosen([*argv, "--name", name] if name else argv)
        self._keys, self._own = itertools.count(1), itertools.count(1)
        clock = net.chat.clock if isinstance(net, Net) else net.clock

        def session() -> Session:
            return Session(net, clock, keys=lambda: f"s{next(self._keys)}", random=lambda: 0.5, manner=Manner())

        self.errand = _errand(
            self.job, lambda: f"{key}{next(self._own)}", session, clock, self.slate, Backoff(lambda: 0.5)
        )

    @property
    def status(self) -> int | None:
        """The exit status, once the script has ended with it."""
        return self.errand.status if self.slate.closed else None

    def begins(self) -> Script:
        self.errand.begin()
        self.run()
        return self

    def says(self, *texts: str) -> Script:
        """Hand texts to a `send`, the last ones, and let it go on."""
        assert isinstance(self.errand, Send)
        for text in texts:
            self.errand.say(text)
        self.errand.ended()
        self.run()
        return self

    def run(self) -> None:
        if isinstance(self.net, Net):
            self.net.run()

    def wait(self, seconds: float) -> Script:
        if isinstance(self.net, Net):
            self.net.wait(seconds)
        else:
            self.net.clock.pump([0.5] * int(seconds * 2))
        return self


def _errand(job: Job, keys: Callable[[], str], *errand: object) -> Errand:
    wanted = job.wanted
    if isinstance(wanted, Sending):
        return Send(wanted, job, *errand, keys=keys)
    if isinstance(wanted, Tailing):
        return Tail(wanted, View(), job, *errand)
    assert isinstance(wanted, Question)
    return Ask(wanted, job, *errand, keys=keys)
