"""What may hold a password reaches nobody but the server: no room, no journal, no log, at no door."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chatproto.activity import ActivityLog
from chatproto.client.outbox import Asking
from chatproto.client.screen.typing import is_secret
from chatproto.core.events import Refusal
from chatproto.core.parse import STANDARD
from chatproto.testing import UNHURRIED, ChatInMemory, Person

TABLE = json.loads((Path(__file__).parent / "tables" / "lines.json").read_text())
SECRETS = [case["line"] for case in TABLE if case["secret"]]


class Overheard:
    """A chat with somebody who listens in the lobby, and a log that has all texts."""

    def __init__(self) -> None:
        self.chat = ChatInMemory(replace(UNHURRIED, login_timeout=0))
        self.log: list[str] = []
        self.chat.factory.hub.watchers.append(ActivityLog([lambda _, line: self.log.append(line)], texts=True))
        self.eve = self.chat.person("eve")

    def all(self) -> str:
        """All that anybody heard, that is kept, and that is in the log."""
        self.chat.settle()
        newcomer = self.chat.person("newcomer")
        newcomer.types("/history 100")
        return "\n".join([*self.eve.reads(), *newcomer.reads(), *self.log])

    def door(self, which: str, name: str) -> Person:
        """Somebody of this name in the lobby, somebody who has no name yet, or the operator."""
        if which == "console":
            return self.chat.console()
        return self.chat.person(name if which == "line" else "")


@pytest.mark.parametrize("door", ["line", "name", "console"])
def test_nobody_overhears_a_secret(door: str) -> None:
    overheard = Overheard()
    for n, line in enumerate(SECRETS):
        if "\n" not in line:  # which ends a line here
            overheard.door(door, f"n{n}").types(line.replace("secret", "0p3n-s3s4m3"))
    assert "s3s4m3" not in overheard.all()


UNSLASHED = ["login oscar {}", "LOGIN oscar {}", "register {}", "passwd {} {}", "claim {}"]
UNSLASHED += ["로그인 oscar {}", "등록 {}", "ล็อกอิน oscar {}", "  login oscar {}", "\u200blogin\u00a0oscar\u3000{}"]


@pytest.mark.parametrize("line", UNSLASHED, ids=ascii)
def test_who_logs_in_without_a_slash_is_not_called_by_the_password(line: str) -> None:
    """Blanks in a name become `_`: the line where a name is asked for would be one."""
    overheard = Overheard()
    newcomer = overheard.door("name", "")
    newcomer.types(line.format(*["0p3n-s3s4m3"] * 2))
    assert "does not begin with its slash" in newcomer.reads()[-1]
    assert "s3s4m3" not in overheard.all()


@pytest.mark.parametrize("name", ["login", "Login", "등록", "clai m", "지니 등록"])
def test_a_word_alone_is_a_name(name: str) -> None:
    overheard = Overheard()
    newcomer = overheard.door("name", "")
    newcomer.types(name)
    assert newcomer.reads()[-1].startswith("* Hello, ")


@pytest.mark.parametrize("line", SECRETS, ids=ascii)
def test_the_terminal_remembers_no_secret(line: str) -> None:
    assert is_secret(line)
    try:
        command = STANDARD.typed(line)
    except Refusal:
        return
    assert "secret" not in Asking(line, command).shown
