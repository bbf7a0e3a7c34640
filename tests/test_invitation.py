"""What the server's console tells the operator to give out."""

from pathlib import Path

import pytest
from twisted.internet.testing import MemoryReactorClock

from chatproto.core.inviting import Reach
from chatproto.options import Options
from chatproto.reaching import lan_address
from chatproto.service import ChatService


def invited(tmp_path: Path, host: str, *words: str) -> list[str]:
    options = Options({"CHAT_HOST": host} if host else {}, tmp_path)
    options.parseOptions(["--memory", "--admin-socket", "no", *words])
    service = ChatService(options, MemoryReactorClock())
    service.privilegedStartService()
    return service.invitation()[1:]


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::"])
def test_a_server_on_all_interfaces_gives_out_an_address_that_neighbours_can_reach(tmp_path: Path, host: str) -> None:
    told = invited(tmp_path, host)

    assert [line.split()[-2] for line in told] == [lan_address()]


def test_a_server_on_one_interface_gives_out_that(tmp_path: Path) -> None:
    assert [line.split()[-2] for line in invited(tmp_path, "192.0.2.7")] == ["192.0.2.7"]


@pytest.mark.parametrize(
    ("words", "url"),
    [
        (["--web", "8080"], f"http://{lan_address()}:8080/"),
        (["--web", r"tcp6:8080:interface=\:\:1"], "http://[::1]:8080/"),
    ],
)
def test_a_server_with_a_page_gives_out_where_it_is(tmp_path: Path, words: list[str], url: str) -> None:
    assert invited(tmp_path, "", *words)[1:] == [f"Others come in with a browser: {url}"]


@pytest.mark.parametrize(
    ("words", "reach"),
    [
        (["--public", "chat.example.org"], Reach("chat.example.org", 5005)),
        (
            ["--public", "chat.example.org", "--web", "8080"],
            Reach("chat.example.org", 5005, page="http://chat.example.org:8080/"),
        ),
        (
            ["--public", "https://chat.example.org/talk", "--web", "8080"],
            Reach("chat.example.org", 5005, page="https://chat.example.org/talk/"),
        ),
        (["--port", "5007"], Reach(lan_address(), 5007)),
    ],
)
def test_invitations_name_where_others_reach_the_server(tmp_path: Path, words: list[str], reach: Reach) -> None:
    options = Options({}, tmp_path)
    options.parseOptions(["--memory", "--admin-socket", "no", *words])
    service = ChatService(options, MemoryReactorClock())
    service.privilegedStartService()
    assert service.reach() == reach
