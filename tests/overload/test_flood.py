"""The short form of `python -m benchmarks.flood`: whatever is sent, others are answered, and little is held."""

from __future__ import annotations

from pathlib import Path

from benchmarks.flood import FLOODS, Audience, flood
from benchmarks.load import Server


def test_a_flood_of_every_kind_costs_little_memory_and_others_are_answered(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        audience = Audience(server)
        outcome = flood(audience, 2.0, *FLOODS)
        audience.loop.close()
    assert outcome.grown < 20_000_000
