"""The short form of `python -m benchmarks.strangers`: who gives no name costs little, and nothing once gone."""

from __future__ import annotations

from pathlib import Path

from benchmarks.load import Server
from benchmarks.strangers import junk, knock


def test_strangers_cost_little_and_nothing_once_they_are_gone(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        assert junk(server, 400, 1.5).each < 16 * 1024
        knock(server, 2_000)
        gone = knock(server, 2_000)
    assert gone.after - gone.before < 2_000_000
