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
    chat.wait(5)
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


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("1970-01-01T19:01+09:00", True),
        ("1970-01-01T19:03+09:00", False),
        ("1970-01-01T10:01Z", True),
        ("1970-01-01T10:01", True),
        ("1970-01-01T10:03", False),
    ],
)
def test_a_time_with_an_offset_means_what_it_says(since: str, told: bool) -> None:
    chat = ChatInMemory(began=10 * 3600 + 120)
    oscar = chat.person("oscar")
    oscar.types("a line", f"/since {since}")

    assert any(line.endswith("<oscar> a line") for line in oscar.reads()) is told


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("회의 시작", True),
        ("시작 회의", True),
        ("회의 점심", False),
        ('"회의는 3시"', True),
        ("“회의는 3시”", True),
        ('"회의 3시"', False),
        ('3시 "회의는', True),
        ("IN:#lobby From:oscar 회의", True),
        ("login:oscar", True),
        ("login:jinny", False),
    ],
)
def test_all_words_are_looked_for_and_those_in_quotes_side_by_side(asked: str, found: bool) -> None:
    chat = ChatInMemory()
    oscar = chat.person("oscar")
    oscar.types("회의는 3시에 시작합니다, login:oscar", f"/search {asked}")

    assert oscar.reads()[-1].startswith("> [" if found else "* Nothing was found.")
