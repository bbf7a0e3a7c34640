"""A Chromium for each module, a server for each test, and visitors who leave no complaint behind.

Playwright's event loop runs from the start of a browser to its end, and no other loop can run beside it: a browser for
the whole session would keep the tests of the terminal from running after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import require
from tests.page.browser import Opens, Relay, Visitor
from tests.system.server import LOCAL, Server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = require("chromium")
    with sync_playwright() as playwright:
        # A sandbox of its own is nothing that a container gives to root.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, "--port", LOCAL, "--web", LOCAL, "--rate", "0") as server:
        yield server


@pytest.fixture
def port(web: Server) -> int:
    """Where people with telnet come in."""
    return web.port()


@pytest.fixture
def relay(web: Server, port: int) -> Iterator[Relay]:
    made = Relay(web.url().removeprefix("http://").rstrip("/"))
    yield made
    made.close()


@pytest.fixture
def visit(chromium: Browser, relay: Relay) -> Iterator[Opens]:
    """Opens a browser of somebody's own; in the end none has complained of anything that a test did not expect."""
    visitors: list[Visitor] = []

    def opens(**how: Any) -> Visitor:  # noqa: ANN401 - what a browser context takes
        visitors.append(Visitor(chromium, relay.url, **how))
        return visitors[-1]

    yield opens
    for visitor in visitors:
        visitor.context.close()
    assert [line for visitor in visitors for line in visitor.complaints if "WebSocket connection to" not in line] == []
