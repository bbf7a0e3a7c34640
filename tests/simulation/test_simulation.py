"""Storms from many seeds. One that fails is played again, and printed, by `python -m tests.simulation --seed N`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.storm import Storm
from tests.simulation.story import STEPS, story


@pytest.mark.parametrize("seed", range(25))
def test_every_promise_is_kept_through_a_storm(seed: int, tmp_path: Path) -> None:
    Storm(story(seed, STEPS), tmp_path).play()


@pytest.mark.parametrize("seed", range(25))
def test_every_promise_is_kept_though_the_server_is_killed(seed: int, tmp_path: Path) -> None:
    Storm(story(seed, STEPS, killed=True), tmp_path).play()


def test_a_seed_replays_to_the_byte(tmp_path: Path) -> None:
    assert Storm(story(7, STEPS), tmp_path).play() == Storm(story(7, STEPS), tmp_path).play()
    assert Storm(story(7, STEPS), tmp_path).play() != Storm(story(8, STEPS), tmp_path).play()


def test_a_seed_with_kills_replays_to_the_byte(tmp_path: Path) -> None:
    first = Storm(story(7, STEPS, killed=True), tmp_path / "first").play()
    assert first == Storm(story(7, STEPS, killed=True), tmp_path / "second").play()
