"""What is asked of the kernel for every connection, at both ends of it."""

import socket
from collections.abc import Iterator

import pytest

from chatproto.wire import tcp

KEEP_ALIVE = {
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
    (socket.SOL_SOCKET, socket.SO_OOBINLINE): 1,
    (socket.IPPROTO_TCP, socket.TCP_NODELAY): 1,
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): tcp.IDLE,
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): tcp.INTERVAL,
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): tcp.PROBES,
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT): tcp.USER_TIMEOUT * 1000,
}


@pytest.fixture(params=[socket.AF_INET, socket.AF_INET6])
def sock(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    with socket.socket(request.param, socket.SOCK_STREAM) as made:
        yield made


def asked(sock: socket.socket) -> dict[tuple[int, int], int]:
    """What the kernel was asked for, of these."""
    return {option: sock.getsockopt(*option) for option in KEEP_ALIVE}


def test_a_line_goes_at_once_and_a_dead_peer_is_noticed(sock: socket.socket) -> None:
    tcp.tune(sock)
    assert asked(sock) == KEEP_ALIVE


def test_a_dead_peer_is_noticed_within_ninety_seconds() -> None:
    """At worst something is sent just before the last question would have been asked."""
    last_question = tcp.IDLE + tcp.INTERVAL * tcp.PROBES
    assert last_question + tcp.USER_TIMEOUT <= 90
    assert last_question > tcp.USER_TIMEOUT >= tcp.IDLE + tcp.INTERVAL


def test_patience_with_a_peer_that_takes_nothing_may_be_longer(sock: socket.socket) -> None:
    tcp.be_patient(sock, 120.0)
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 120_000


def test_a_unix_socket_is_left_as_it_is() -> None:
    """Twisted's Unix sockets claim to be TCP."""
    with socket.socket(socket.AF_UNIX) as sock:
        tcp.tune(sock)
        tcp.be_patient(sock, 1.0)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0
