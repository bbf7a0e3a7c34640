"""A screen that nobody sees, for those tests that need one."""

import os
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.conftest import require


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """Start an X server on a free number, and yield the number's name."""
    require(find_spec("_tkinter"), "tkinter")
    server = require("Xvfb")
    reading, writing = os.pipe()
    command = [server, "-displayfd", str(writing), "-screen", "0", "1200x900x24", "-dpi", "96", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as running:
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        try:
            yield f":{number}"
        finally:
            running.terminate()
