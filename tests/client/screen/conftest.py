"""What is tested here is in the extra `tui`: without it nothing is collected, but where everything has to pass."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from chatproto.testing import ChatInMemory
from tests.conftest import REQUIRE_ALL

if TYPE_CHECKING:
    from tests.client.screen.kit import Seats

collect_ignore_glob = [] if REQUIRE_ALL or find_spec("prompt_toolkit") else ["test_*.py"]


@pytest.fixture
def chat() -> ChatInMemory:
    return ChatInMemory()


@pytest.fixture
def seat_of() -> Iterator[Seats]:
    from tests.client.screen.kit import seats

    with seats() as found:
        yield found
