"""The short form of `python -m benchmarks.slow_disk`; a disk that stands still is in tests/hub/test_pressure.py."""

from __future__ import annotations

from pathlib import Path

from benchmarks.slow_disk import slow


def test_on_a_slow_disk_batches_grow_by_themselves_and_order_is_kept(tmp_path: Path) -> None:
    outcome = slow(tmp_path, 30, 1.0)
    assert outcome.whole
    assert outcome.batch > 5
