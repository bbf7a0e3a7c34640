"""A running server for those tests that need nothing special of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.server import LOCAL, Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, "--port", LOCAL, "--rate", "0") as server:
        yield server
