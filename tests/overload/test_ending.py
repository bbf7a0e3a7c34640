"""The short form of `python -m benchmarks.ending`: SIGTERM under full load, with ten who read nothing."""

from __future__ import annotations

from pathlib import Path

from benchmarks.ending import LISTENING, end


def test_at_the_end_everything_receipted_is_on_disk_and_everybody_was_told(tmp_path: Path) -> None:
    outcome = end(tmp_path, 2.0)
    assert (outcome.code, outcome.lost, outcome.told) == (0, 0, LISTENING)
    assert outcome.receipts > 0
    assert outcome.seconds < 5
