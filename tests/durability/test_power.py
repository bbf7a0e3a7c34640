"""What was receipted survives a power cut; with a weaker setting of SQLite it would not, and this test can tell."""

from __future__ import annotations

import random
from pathlib import Path

import apsw
import pytest

from tests.durability.disk import disk
from tests.durability.power import cut_many


def test_four_hundred_cuts(tmp_path: Path) -> None:
    outcome = cut_many(tmp_path, cuts=400, seed=1)
    assert outcome.broken == []
    assert outcome.receipts > 4000


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_without_syncing_each_commit_the_promise_does_not_hold(tmp_path: Path, synchronous: str) -> None:
    assert cut_many(tmp_path, cuts=30, seed=1, synchronous=synchronous).lost > 0


def test_what_was_synced_stays_and_what_was_not_may_be_gone_or_torn() -> None:
    old, new = b"a" * 4096, b"b" * 4096
    left = set()
    with disk("one-file", {"f": old}) as power:
        for seed in range(100):
            power.load({"f": old})
            flags = [apsw.SQLITE_OPEN_READWRITE, 0]
            file = power.vfs.xOpen("f", flags)
            file.xWrite(b"c" * 512, 0)
            file.xSync(0)
            file.xWrite(new, 512)
            left.add(power.left_by_cut(random.Random(seed))["f"])
    assert all(data.startswith(b"c" * 512) for data in left)
    assert {old[512:], new} <= {data[512:] for data in left}
    assert any({b"a"[0], b"b"[0]} <= set(data) for data in left)
