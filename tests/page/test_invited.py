"""An invitation that was given at telnet, opened in a browser: once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.page.browser import Opens
from tests.system.server import Line


@pytest.fixture
def jinny(port: int) -> Iterator[Line]:
    """Jinny at telnet, in a private room that she runs."""
    with Line(port, name="jinny") as jinny:
        jinny.types("/join dev", "/set private on")
        jinny.reads("made #dev private")
        yield jinny


def invited(jinny: Line) -> str:
    """What stands behind the page's address in an invitation."""
    jinny.types("/invite --once")
    url = jinny.reads("With a browser: ").split()[-1]
    return "#" + url.partition("#")[2]


def test_the_address_that_was_given_opens_the_private_room_once(visit: Opens, jinny: Line) -> None:
    path = invited(jinny)
    oscar = visit().enters("oscar", path)
    oscar.gone_by("location.hash === '#dev'")
    oscar.says("안녕하세요")
    jinny.reads("<oscar> 안녕하세요")
    bob = visit().enters("bob", path)
    bob.sees("That invitation has been used", kind="refused")
    expect(oscar.page.locator("#member-list li")).to_have_text(["jinny", "oscar"])


def test_an_invitation_may_be_typed_on_the_page_too(visit: Opens, jinny: Line) -> None:
    room, _, token = invited(jinny).partition("/")
    oscar = visit().enters("oscar")
    oscar.says(f"/join {room} {token}", "typed")
    jinny.reads("<oscar> typed")
