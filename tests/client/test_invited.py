"""An invitation shown by our own client: on the command line, or typed."""

from __future__ import annotations

import pytest

from chatproto.client.options import chosen
from chatproto.client.pipe.status import Status
from chatproto.testing import ChatInMemory
from tests.client.errands import Script
from tests.client.kit import Desk, Net

IN = "* You are in #dev with jinny."


@pytest.fixture
def chat() -> ChatInMemory:
    return ChatInMemory()


@pytest.fixture
def token(chat: ChatInMemory) -> str:
    """What jinny, who runs the private room #dev, invites one person with."""
    jinny = Desk(chat, "jinny")
    jinny.types("/join dev")
    jinny.types("/set private on")
    (told,) = jinny.types("/invite --once")
    return told.split()[-1]


def test_an_invitation_is_typed_with_the_rooms_name(chat: ChatInMemory, token: str) -> None:
    oscar = Desk(chat, "oscar")
    assert oscar.types(f"/join dev {token}") == [IN]
    oscar.net.cut()
    chat.wait(5)
    oscar.net.run()
    assert list(oscar.session.rooms) == ["#lobby", "#dev"]


def test_an_invitation_is_given_on_the_command_line(chat: ChatInMemory, token: str) -> None:
    options = chosen(["--room", "dev", "--invitation", token])
    oscar = Desk(chat, "oscar", rooms=options.rooms, invitation=options.invitation)
    assert oscar.paper.shown[-1:] == [IN]
    assert token not in repr(options)


@pytest.mark.parametrize(
    ("words", "status"),
    [("send --to #dev", Status.DONE), ("tail #dev --no-follow", Status.DONE), ("ask #dev Up?", None)],
)
def test_a_script_shows_it_too(chat: ChatInMemory, token: str, words: str, status: Status | None) -> None:
    without = Script(Net(chat), *words.split(), name="ci").begins()
    script = Script(Net(chat), *words.split(), "--invitation", token, name="ci2").begins()
    for one in (without, script):
        if words.startswith("send"):
            one.says("done")
        one.wait(1)
    assert (without.status, script.status) == (Status.REFUSED, status)
