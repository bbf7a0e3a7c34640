"""A screen that nobody sees, for those tests that need one."""

import gc
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.conftest import require
from tests.gui.opened import screen


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Let go of a test's windows in the thread that made them: Tcl aborts the process that does it in another one."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    require(find_spec("_tkinter"), "tkinter")
    require("Xvfb")
    with screen() as name:
        yield name
