"""Ctrl+C and SIGTERM: everyone is told, nothing hangs, and starting again at once works."""

from __future__ import annotations

import signal
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatproto.configuration.leaving import Exit
from tests.system.server import LOCAL, Line, Server

SIGNALS = [signal.SIGTERM, signal.SIGINT]


@pytest.mark.parametrize("how", SIGNALS)
def test_everybody_is_told_and_it_ends_well(server: Server, how: signal.Signals) -> None:
    """SEEDS S0.3: users are told, sockets are closed, nothing hangs."""
    port = server.port()
    with Line(port, name="oscar") as oscar, Line(port) as nameless:
        nameless.reads("Welcome to chat.")
        assert server.ends(how, within=5) == 0
        assert oscar.rest() == ["* The server is closing."]
        assert nameless.rest() == []


@pytest.mark.parametrize("how", SIGNALS)
def test_it_ends_within_five_seconds_though_nobody_reads(server: Server, how: signal.Signals) -> None:
    """Exit within 5 s also when clients read nothing: their buffers are full, and theirs is the loss."""
    port = server.port()
    with ExitStack() as stack:
        for n in range(5):
            deaf = stack.enter_context(socket.socket())
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", port))
            deaf.sendall(b"deaf%d\n" % n)
        oscar = stack.enter_context(Line(port, name="oscar"))
        for n in range(5):
            stack.enter_context(Line(port, name=f"p{n}"))
        oscar.types("/echo on", *("x" * 8000 for _ in range(800)), "that was all")
        oscar.reads("that was all")
        assert server.ends(how, within=5) == 0
        assert oscar.rest() == ["* The server is closing."]


def test_a_second_ctrl_c_does_no_harm(server: Server) -> None:
    with socket.socket() as deaf:
        deaf.connect(("127.0.0.1", server.port()))
        server.process.send_signal(signal.SIGINT)
        server.process.send_signal(signal.SIGINT)
        assert server.ends(within=5) == 0


def test_it_starts_again_at_once_on_the_same_port(tmp_path: Path) -> None:
    """SEEDS S0.5: with a connection that was open when it ended, and is not over for the kernel."""
    with Server(tmp_path, "--port", LOCAL) as first:
        port = first.port()
        with Line(port, name="oscar") as oscar:
            assert first.ends(signal.SIGTERM, within=5) == 0
            with Server(tmp_path, "--port", f"tcp:{port}:interface=127.0.0.1") as second:
                assert second.port() == port
                with Line(port, name="oscar"):
                    assert second.ends(signal.SIGTERM, within=5) == 0
            assert oscar.rest() == ["* The server is closing."]


def test_it_starts_again_after_it_was_killed(tmp_path: Path) -> None:
    """Also the operator's socket, which nobody has taken away, is had again."""
    with Server(tmp_path, "--port", LOCAL) as first:
        port = first.port()
        with Line(port, name="oscar"):
            first.ends(signal.SIGKILL)
    with Server(tmp_path, "--port", f"tcp:{port}:interface=127.0.0.1") as second:
        assert second.port() == port
        with socket.socket(socket.AF_UNIX) as console:
            console.connect(str(tmp_path / "state" / "chatproto" / f"admin-{port}.sock"))


def test_a_port_in_use_is_said_in_words_and_it_ends(tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    with Server(tmp_path, "--port", LOCAL) as first:
        port = first.port()
        with Server(tmp_path / "second", "--port", f"tcp:{port}:interface=127.0.0.1") as second:
            second.says(f"Cannot listen on tcp:{port}.*: .*in use. Is a server running there[?] --port takes another")
            assert second.ends() == Exit.UNAVAILABLE


def test_sighup_ends_nothing_and_the_log_goes_on_in_a_new_file(tmp_path: Path) -> None:
    """A terminal that is closed, and logrotate's `postrotate`."""
    log = tmp_path / "log"
    with Server(tmp_path, "--port", LOCAL, "--log", "log") as server, Line(server.port(), name="oscar") as oscar:
        server.says(r"\[JOIN\] oscar")
        log.rename(tmp_path / "log.1")
        server.process.send_signal(signal.SIGHUP)
        server.says("SIGHUP: the server goes on")
        oscar.types("/join dev")
        oscar.reads("You are in #dev")
        server.says(r"\[JOIN\] oscar in #dev")
        assert server.ends(signal.SIGTERM, within=5) == 0
    assert "[JOIN] oscar in #dev" in log.read_text("utf-8")
    assert "[JOIN] oscar in #dev" not in (tmp_path / "log.1").read_text("utf-8")


HUNG_UP = """
import os
import signal
from chatproto.service import ChatService
def hung_up(step):
    def first(self):
        os.kill(os.getpid(), signal.SIGHUP)
        step(self)
    return first
for name in ("_open", "startService", "_now_running"):
    setattr(ChatService, name, hung_up(getattr(ChatService, name)))
from twisted.scripts.twistd import run
run()
"""


def test_sighup_ends_nothing_while_the_server_starts(tmp_path: Path) -> None:
    command = (sys.executable, "-c", HUNG_UP, "-n", "chat")
    with Server(tmp_path, "--port", LOCAL, command=command) as server, Line(server.port(), name="oscar"):
        server.says("SIGHUP: the server goes on")
        assert server.ends(signal.SIGTERM, within=5) == 0


def test_shutdown_from_the_operators_socket_ends_it(server: Server, tmp_path: Path) -> None:
    """SEEDS S3.6: the manager ends the server; all see it; SEEDS defect 13: and the process ends."""
    port = server.port()
    with Line(port, name="oscar") as oscar, socket.socket(socket.AF_UNIX) as console:
        console.connect(str(tmp_path / "state" / "chatproto" / f"admin-{port}.sock"))
        console.sendall("hello\n/서버종료\n".encode())
        assert oscar.rest()[-1] == "* The server is closing."
        assert server.ends(within=5) == 0


STUCK = """
import threading
from chatproto import service
from chatproto.journal.store import Store
Store.close = lambda self: threading.Event().wait()
from twisted.scripts.twistd import run
run()
"""


def test_it_ends_within_five_seconds_though_the_disk_stands_still(tmp_path: Path) -> None:
    command = (sys.executable, "-c", STUCK, "-n", "--pidfile=", "chat")
    with Server(tmp_path, "--port", LOCAL, command=command) as server, Line(server.port(), name="oscar") as oscar:
        assert server.ends(signal.SIGTERM, within=5) == 0
        assert oscar.rest() == ["* The server is closing."]
        server.says("the journal could not be closed")
