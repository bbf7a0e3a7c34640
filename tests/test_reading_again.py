"""Reading again, from end to end: all of it that goes, and where that is not all, it says so."""

from __future__ import annotations

import pytest

from chatproto import Settings
from chatproto.core.commands.past import MOST
from chatproto.testing import ChatInMemory

CUT = f"* More has been said since then. These are the newest {MOST}."


@pytest.mark.parametrize(("said", "told"), [(MOST, []), (MOST + 1, [CUT])])
def test_since_says_when_there_is_more_than_it_shows(said: int, told: list[str]) -> None:
    chat = ChatInMemory(Settings(rate=0.0))
    oscar = chat.person("oscar")
    oscar.types(*(f"line {n}" for n in range(said)))
    oscar.types("/since 1h")
    heard = oscar.reads()

    assert [line for line in heard if line.startswith("* More")] == told
    assert len([line for line in heard if "<oscar> line" in line]) == MOST
    assert heard[-1].endswith(f"<oscar> line {said - 1}")


@pytest.mark.parametrize("asked", ["/history 1", "/since 1h", "/search needle"])
def test_what_was_said_in_the_same_breath_is_read_too(asked: str) -> None:
    chat = ChatInMemory()
    oscar = chat.person("oscar")
    oscar.wire.receive(f"the needle\n{asked}\n".encode())
    chat.settle()

    assert any(line.endswith("<oscar> the needle") for line in oscar.reads())
