"""What is too old, or too much, is given up room by room; what is not stays."""

from __future__ import annotations

from chatproto.core.chat import Chat
from chatproto.core.events import Delivery, Said
from chatproto.core.settings import Settings
from chatproto.hub.retention import ROOMS, Retention
from chatproto.journal.memory import MemoryJournal


def kept(keep: str, rooms: int, steps: int) -> dict[str, int]:
    """Say one thing a second in each room, ten times, take so many steps, and count what each room has left."""
    journal = MemoryJournal(0)
    journal.heard = lambda _: None
    names = [f"#room{n}" for n in range(rooms)]
    for second in range(10):
        journal.append([Delivery(Said("oscar", str(second)), name, float(second)) for name in names])
    retention = Retention(Chat(Settings(keep=keep)), journal)
    for _ in range(steps):
        retention.step(now=10.0)
    return {name: len(journal._logs[name].entries) for name in names}


def test_a_number_is_kept_in_each_room() -> None:
    assert kept("3", rooms=2, steps=2) == {"#room0": 3, "#room1": 3}


def test_an_age_is_kept_in_each_room() -> None:
    assert kept("4s", rooms=2, steps=2) == {"#room0": 4, "#room1": 4}


def test_without_a_rule_all_is_kept() -> None:
    assert kept("", rooms=1, steps=2) == {"#room0": 10}


def test_many_rooms_are_gone_through_in_steps() -> None:
    left = kept("3", rooms=ROOMS + 1, steps=2)

    assert sorted(left.values()) == [3] * ROOMS + [10]
    assert set(kept("3", rooms=ROOMS + 1, steps=3).values()) == {3}
