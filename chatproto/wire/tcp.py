"""What both ends of a TCP connection ask of the kernel: that a line goes at once, and that a dead peer is noticed.

A peer that was switched off, or whose network is gone, says nothing. RFC 9293, 3.8.4: keep-alive asks one that is
silent. RFC 5482: the user timeout bounds how long what was sent may go without acknowledgement; the system's own
patience is a quarter of an hour. While something is unacknowledged nobody is asked, so the two may come one after
the other: a dead peer is noticed within `NOTICED` seconds.
"""

from __future__ import annotations

import socket
import sys
from array import array
from contextlib import suppress
from typing import Final

if sys.platform != "win32":
    from fcntl import ioctl
    from termios import TIOCOUTQ

IDLE: Final = 20  # seconds of silence after which a peer is asked whether it is there
INTERVAL: Final = 10  # seconds between two such questions
PROBES: Final = 3  # unanswered, after which it is dead; where there is a user timeout, that decides
USER_TIMEOUT: Final = 40  # seconds that what was sent may go without acknowledgement
NOTICED: Final = IDLE + INTERVAL * PROBES + USER_TIMEOUT  # seconds: 90

# By their names, since not every system has each; TCP_KEEPALIVE is macOS's name for the first.
_OPTIONS: Final[tuple[tuple[str, int], ...]] = (
    ("TCP_NODELAY", 1),
    ("TCP_KEEPIDLE", IDLE),
    ("TCP_KEEPALIVE", IDLE),
    ("TCP_KEEPINTVL", INTERVAL),
    ("TCP_KEEPCNT", PROBES),
)


def tune(sock: socket.socket) -> None:
    """Have a connection send at once and notice a dead peer; a socket that is no TCP one is left as it is."""
    if sock.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    _set(sock, socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # RFC 854, "The TELNET Synch mechanism": telnet sends its data mark as urgent data, which would be taken out of
    # the stream, and leave an IAC in it that eats the next byte.
    _set(sock, socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    for name, value in _OPTIONS:
        _set(sock, socket.IPPROTO_TCP, vars(socket).get(name), value)
    be_patient(sock, USER_TIMEOUT)


def be_patient(sock: socket.socket, seconds: float) -> None:
    """Let what was sent go without acknowledgement for so long; 0: for as long as the system has it.

    A peer that lives and takes nothing is cut off by this too (Linux counts its closed window as silence).
    """
    if sock.family in {socket.AF_INET, socket.AF_INET6}:
        _set(sock, socket.IPPROTO_TCP, vars(socket).get("TCP_USER_TIMEOUT"), int(seconds * 1000))


def unacknowledged(sock: socket.socket) -> int:
    """Return how many bytes of what was sent the other side's kernel does not have yet; 0 where nobody can tell."""
    found = array("i", [0])
    if sys.platform != "win32" and sock.fileno() >= 0:
        with suppress(OSError):
            ioctl(sock, TIOCOUTQ, found)
    return found[0]


def _set(sock: socket.socket, level: int, option: int | None, value: int) -> None:
    if option is not None:
        with suppress(OSError):  # it is a help, and the connection is one without it
            sock.setsockopt(level, option, value)
