"""Storms from fifty seeds. One that fails is played again, and printed, by `python -m tests.simulation --seed N`."""

from __future__ import annotations

import pytest

from tests.simulation.storm import Storm
from tests.simulation.story import STEPS, story


@pytest.mark.parametrize("seed", range(50))
def test_every_promise_is_kept_through_a_storm(seed: int) -> None:
    Storm(story(seed, STEPS)).play()


def test_a_seed_replays_to_the_byte() -> None:
    assert Storm(story(7, STEPS)).play() == Storm(story(7, STEPS)).play()
    assert Storm(story(7, STEPS)).play() != Storm(story(8, STEPS)).play()
