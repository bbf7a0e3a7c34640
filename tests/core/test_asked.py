"""Keys of direct messages: what was asked under each, for a while, also by a server that was killed."""

import pytest

from chatproto.core.asked import CLASH, MOST, Asked
from chatproto.core.events import Refusal


def test_a_key_stands_for_one_thing() -> None:
    asked = Asked()
    assert not asked.knows("k", "hi")
    asked.add("k", "hi")
    assert asked.knows("k", "hi")
    with pytest.raises(Refusal) as no:
        asked.knows("k", "ho")
    assert no.value is CLASH
    asked.forget("k")
    assert not asked.knows("k", "ho")


def test_so_many_are_known_and_no_more_also_after_a_restart() -> None:
    asked, journal = Asked(), dict[str, str]()
    for n in range(MOST + 2):
        fact = asked.add(f"k{n}", "hi")
        journal[fact.key] = fact.value
    restarted = Asked()
    for value in journal.values():
        restarted.learn(value)
    fact = restarted.add("one more", "hi")

    assert len(journal) == MOST
    assert [asked.knows(f"k{n}", "hi") for n in (0, 1, 2, MOST + 1)] == [False, False, True, True]
    assert [restarted.knows(f"k{n}", "hi") for n in (1, 2, 3, MOST + 1)] == [False, False, True, True]
    assert fact.key in journal
