"""The short form of `python -m benchmarks.descriptors`: those inside go on, others are closed, and let in later."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.descriptors import run_out
from benchmarks.load import Server
from tests.conftest import require

FILES = 64


@pytest.fixture
def _prlimit() -> None:
    require(hasattr(__import__("resource"), "prlimit"), "Linux, where a limit can be set for another process")


def test_beyond_a_file_limit_the_server_closes_newcomers_and_the_journal_goes_on(tmp_path: Path) -> None:
    with Server(tmp_path, "--rate", "0", files=FILES) as server:
        outcome = run_out(server, 80, 1.0)
    assert outcome.inside == FILES // 2
    assert outcome.receipts == outcome.said


@pytest.mark.usefixtures("_prlimit")
def test_without_a_descriptor_left_it_does_the_same(tmp_path: Path) -> None:
    with Server(tmp_path, "--rate", "0") as server:
        server.limit_files(FILES)
        outcome = run_out(server, 80, 1.0)
    assert FILES // 3 < outcome.inside < FILES  # what the server itself holds takes up to half
    assert outcome.receipts == outcome.said
