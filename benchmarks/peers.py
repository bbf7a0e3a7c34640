"""The servers that `fanout` compares: ours, and those that do the same in C++ and C where they are installed.

Each is started fresh, on loopback, with the smallest configuration that lifts every limit which would throttle a few
fast speakers or refuse many people from one address. InspIRCd and ngIRCd are Debian's packages of these names.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crowd import IRC, LINES, STOMP, Dialect
from benchmarks.load import Daemon, Server, free_port

UNTHROTTLED = ("--rate", "1000000", "--burst", "1000000")  # the limits hold, and nobody reaches them

INSPIRCD = """\
<config format="xml">
<server name="irc.test" description="a benchmark" network="Test" id="001">
<admin name="nobody" nick="nobody" email="nobody@irc.test">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="main" allow="*" maxchans="2000" timeout="120" pingfreq="1h" recvq="16M" softsendq="256M" hardsendq="256M"
  commandrate="1000000" threshold="1000000" fakelag="no" limit="20000" localmax="20000" globalmax="20000"
  maxconnwarn="no" resolvehostnames="no" useident="no">
<performance netbuffersize="10240" somaxconn="4096" softlimit="20000" clonesonconnect="no" quietbursts="yes">
<options defaultmodes="nt">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}">
"""
NGIRCD = """\
[Global]
Name = irc.test
Info = a benchmark
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = welcome
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 16
MaxPenaltyTime = 0
PingTimeout = 3600
PongTimeout = 600
[Options]
DNS = no
Ident = no
PAM = no
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server: what is spoken to it, how many may come in at a time, and how it is started in a folder."""

    name: str
    dialect: Dialect
    at_once: int
    start: Callable[[Path], Daemon]


def inspircd(folder: Path) -> Daemon:
    """Start InspIRCd."""
    command = [program("inspircd"), "--nofork", "--nolog", "--nopid", f"--config={folder / 'inspircd.conf'}"]
    return _configured(folder, INSPIRCD, [*command, "--runasroot"] if os.geteuid() == 0 else command)


def ngircd(folder: Path) -> Daemon:
    """Start ngIRCd, which reads its configuration as another user than root."""
    folder.chmod(0o755)
    return _configured(folder, NGIRCD, [program("ngircd"), "-n", "-f", str(folder / "ngircd.conf")])


def _configured(folder: Path, text: str, command: list[str]) -> Daemon:
    port = free_port()
    (folder / f"{Path(command[0]).name}.conf").write_text(text.format(port=port, folder=folder))
    return Daemon(folder, port, command)


def in_memory(folder: Path) -> Daemon:
    """Start our server without a file."""
    return Server(folder, *UNTHROTTLED, "--memory")


def on_disk(folder: Path) -> Daemon:
    """Start our server with its journal in the folder."""
    return Server(folder, *UNTHROTTLED)


AT_ONCE = 500
OURS = {
    "memory": Peer("chatproto, in memory", LINES, AT_ONCE, in_memory),
    "disk": Peer("chatproto, on disk", LINES, AT_ONCE, on_disk),
}
OURS_BY_STOMP = {
    "memory": Peer("chatproto, STOMP, in memory", STOMP, AT_ONCE, in_memory),
    "disk": Peer("chatproto, STOMP, on disk", STOMP, AT_ONCE, on_disk),
}
OTHERS = {
    "inspircd": Peer("InspIRCd", IRC, 3000, inspircd),  # it lets people in once a second
    "ngircd": Peer("ngIRCd", IRC, 8, ngircd),  # its queue at the port holds ten
}


def program(name: str) -> str:
    """Return where one of the others is, or nothing; Debian puts them where only root looks."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin") or ""
