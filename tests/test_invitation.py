"""What the server's console tells the operator to give out, and what `/invite` names: only what is reached."""

from pathlib import Path

import pytest
from twisted.internet.testing import MemoryReactorClock

from chatproto.core.inviting import Reach
from chatproto.options import Options
from chatproto.reaching import Surroundings, Way, invitation, likeliest
from chatproto.service import ChatService
from chatproto.words import spoken

ANY, ANY4, HERE, LAN, VPN, LAN6 = "::", "0.0.0.0", "127.0.0.1", "192.168.7.20", "10.8.0.6", "2001:db8::7"
PLAIN, SECURE, PAGE = Way(ANY, 5005), Way(ANY, 5006, tls=True), Way(ANY, 8080)
NAME = "chat.example.org"


@pytest.mark.parametrize(
    ("around", "reach"),
    [
        # as the machine is
        (Surroundings([PLAIN], addresses=[LAN, VPN]), Reach(LAN, 5005)),
        (Surroundings([Way("", 5005)], addresses=[LAN]), Reach(LAN, 5005)),
        (Surroundings([PLAIN], addresses=[LAN6]), Reach(LAN6, 5005)),
        (Surroundings([Way(ANY4, 5005)], addresses=[LAN6, LAN]), Reach(LAN, 5005)),
        (Surroundings([Way(VPN, 5005)], addresses=[LAN, VPN]), Reach(VPN, 5005)),
        (Surroundings([PLAIN], [PAGE], addresses=[LAN]), Reach(LAN, 5005, page=f"http://{LAN}:8080/")),
        (Surroundings([PLAIN], [Way(LAN6, 80)], addresses=[LAN]), Reach(LAN, 5005, page=f"http://[{LAN6}]/")),
        (Surroundings([PLAIN], [Way(ANY, 443, tls=True)], NAME), Reach(NAME, 5005, page=f"https://{NAME}/")),
        # nobody else comes in
        (Surroundings([PLAIN]), Reach("localhost", 5005)),
        (Surroundings([Way(HERE, 5005)], addresses=[LAN]), Reach(HERE, 5005)),
        (Surroundings([Way("::1", 5005)], [Way("::1", 8080)]), Reach("::1", 5005, page="http://[::1]:8080/")),
        (Surroundings([]), Reach("", 0)),
        # more than one port
        (Surroundings([PLAIN, SECURE], addresses=[LAN]), Reach(LAN, 5005, tls_port=5006)),
        (Surroundings([SECURE], addresses=[LAN]), Reach(LAN, 5006, tls=True)),
        (Surroundings([Way(HERE, 5005), SECURE], addresses=[LAN]), Reach(LAN, 5006, tls=True)),
        (Surroundings([Way(HERE, 5005), Way(ANY, 5007)], addresses=[LAN]), Reach(LAN, 5007)),
        (Surroundings([Way(HERE, 5005), Way(HERE, 5006, tls=True)]), Reach(HERE, 5005, tls_port=5006)),
        # as the operator says
        (Surroundings([PLAIN], public=NAME, addresses=[LAN]), Reach(NAME, 5005)),
        (Surroundings([PLAIN], [PAGE], NAME), Reach(NAME, 5005, page=f"http://{NAME}:8080/")),
        (Surroundings([PLAIN], [PAGE], "2001:db8::9"), Reach("2001:db8::9", 5005, page="http://[2001:db8::9]:8080/")),
        (Surroundings([PLAIN], [PAGE], f"https://{NAME}/a"), Reach(NAME, 5005, page=f"https://{NAME}/a/")),
        (Surroundings([PLAIN], public=f"https://{NAME}/"), Reach(NAME, 5005)),
        (Surroundings([Way(HERE, 5005)], [Way(HERE, 8080)], f"https://{NAME}"), Reach("", 0, page=f"https://{NAME}/")),
        (Surroundings([Way(HERE, 5005), SECURE], public=NAME), Reach(NAME, 5006, tls=True)),
        (Surroundings([Way(HERE, 5005)], [Way(HERE, 8080)], NAME), Reach("", 0)),
        (Surroundings([Way(HERE, 5005)], [Way(HERE, 8080)], proxied=True), Reach("", 0)),
    ],
)
def test_only_what_is_reached_is_given_out(around: Surroundings, reach: Reach) -> None:
    assert around.reach() == reach


def said(around: Surroundings) -> list[str]:
    return [spoken(line, "en") for line in invitation(around)]


NARROWER = "It listens on all addresses of this machine; --host 127.0.0.1 keeps it to this machine alone."


@pytest.mark.parametrize(
    ("around", "lines"),
    [
        (
            Surroundings([PLAIN], [PAGE], addresses=[LAN, VPN, LAN6]),
            [
                "The chat is running on port 5005.",
                f"Others come in with: telnet {LAN} 5005",
                f"Others come in with a browser: http://{LAN}:8080/",
                f"If nobody can reach that address, try another one of this machine: {VPN}, {LAN6}",
                NARROWER,
            ],
        ),
        (
            Surroundings([PLAIN, SECURE], public=NAME, addresses=[LAN, VPN]),
            [
                "The chat is running on port 5005.",
                "The chat is running on port 5006.",
                f"Others come in with: telnet {NAME} 5005",
                f"Others come in with: python -m chatproto.client tls:{NAME}:5006",
                NARROWER,
            ],
        ),
        (
            Surroundings([Way("", 5005), Way(ANY, 5005)]),
            [
                "The chat is running on port 5005.",
                "Only people at this machine come in, with: telnet localhost 5005",
                NARROWER,
            ],
        ),
        (
            Surroundings([Way(HERE, 5005)], [Way(HERE, 8080)], addresses=[LAN]),
            [
                "The chat is running on port 5005.",
                f"Only people at this machine come in, with: telnet {HERE} 5005",
                f"Only people at this machine come in, with a browser: http://{HERE}:8080/",
            ],
        ),
        (Surroundings([Way(HERE, 5005)], proxied=True), ["The chat is running on port 5005."]),
        (Surroundings([]), ["The chat is running."]),
    ],
)
def test_the_start_says_where_others_come_in_and_where_only_this_machine_does(
    around: Surroundings, lines: list[str]
) -> None:
    assert said(around) == lines


@pytest.mark.parametrize(
    ("known", "by_route", "sorted_"),
    [
        ([("lo", HERE), ("eth0", LAN)], LAN, [LAN]),
        ([("tun0", VPN), ("eth0", LAN)], VPN, [LAN, VPN]),
        ([("utun4", VPN), ("en0", LAN)], "", [LAN, VPN]),
        ([("wg0", VPN), ("wlan0", LAN)], LAN, [LAN, VPN]),
        ([("docker0", "172.17.0.1"), ("br-1f2e", "172.18.0.1"), ("eth0", LAN)], LAN, [LAN]),
        ([("vEthernet (WSL)", "172.20.0.1"), ("Wi-Fi", LAN)], LAN, [LAN]),
        ([("docker0", "172.17.0.1")], "", ["172.17.0.1"]),
        ([("eth0", LAN), ("eth1", "10.0.0.4")], "10.0.0.4", ["10.0.0.4", LAN]),
        ([("eth0", LAN6), ("eth0", LAN)], LAN, [LAN, LAN6]),
        ([("eth0", "fe80::1%eth0"), ("eth0", "169.254.3.4"), ("eth0", "aa:bb:cc:dd:ee:ff")], "", []),
        ([("eth0", LAN), ("eth0", LAN)], "", [LAN]),
    ],
)
def test_the_likeliest_address_is_that_of_a_wire_or_wireless_network(
    known: list[tuple[str, str]], by_route: str, sorted_: list[str]
) -> None:
    assert likeliest(known, by_route) == sorted_


def test_the_service_tells_of_the_ports_that_it_has_opened(tmp_path: Path) -> None:
    options = Options({}, tmp_path)
    words = ["--memory", "--admin-socket", "no", "--host", "::1", "--web", "8080"]
    options.parseOptions(words)
    service = ChatService(options, MemoryReactorClock())
    service.privilegedStartService()
    assert service.reach() == Reach("::1", 5005, page="http://[::1]:8080/")
    assert service.invitation()[1] == "Only people at this machine come in, with: telnet ::1 5005"
