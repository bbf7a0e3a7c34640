"""The short form of `python -m benchmarks.slow_reader`: what is held for a slow reader, and that it gets everything."""

from __future__ import annotations

from pathlib import Path

from benchmarks.load import Server
from benchmarks.slow_reader import Load, stall


def test_who_stops_reading_costs_no_memory_and_ends_with_everything_once_and_in_order(tmp_path: Path) -> None:
    with Server(tmp_path, "--rate", "0") as server:
        outcome = stall(server, Load(members=5, seconds=2, text=8000))
    assert outcome.whole
    assert outcome.grown < 5_000_000
