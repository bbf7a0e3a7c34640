"""What the server's console tells the operator to give out."""

from pathlib import Path

import pytest
from twisted.internet.testing import MemoryReactorClock

from chatproto.service import ChatService, Options, lan_address


def invited(tmp_path: Path, host: str) -> list[str]:
    options = Options({"CHAT_HOST": host} if host else {}, tmp_path)
    options.parseOptions(["--memory", "--admin-socket", "no"])  # type: ignore[no-untyped-call]
    service = ChatService(options, MemoryReactorClock())
    service.privilegedStartService()
    return service.invitation()[1:]


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::"])
def test_a_server_on_all_interfaces_gives_out_an_address_that_neighbours_can_reach(tmp_path: Path, host: str) -> None:
    told = invited(tmp_path, host)

    assert [line.split()[-2] for line in told] == [lan_address()]


def test_a_server_on_one_interface_gives_out_that(tmp_path: Path) -> None:
    assert [line.split()[-2] for line in invited(tmp_path, "192.0.2.7")] == ["192.0.2.7"]
