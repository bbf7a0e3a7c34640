"""A screen that nobody sees, for those tests that need one."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.conftest import require
from tests.gui.opened import screen


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    require(find_spec("_tkinter"), "tkinter")
    require("Xvfb")
    with screen() as name:
        yield name
