"""The short form of `python -m benchmarks.herd`: who comes back with a token costs no hash, and misses nothing."""

from __future__ import annotations

from pathlib import Path

from benchmarks.herd import THREADS, stampede


def test_a_herd_that_comes_back_with_tokens_misses_nothing_and_no_password_is_looked_at(tmp_path: Path) -> None:
    outcome = stampede(tmp_path, 200)
    assert outcome.lost == 0
    assert outcome.threads == THREADS
