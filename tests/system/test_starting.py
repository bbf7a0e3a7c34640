"""One command starts it: from a command line, the environment or a file `.env`, on any endpoint."""

from __future__ import annotations

import os
import pty
import signal
import socket
import ssl
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatproto.archive import lock
from chatproto.configuration.leaving import Exit
from tests.system.server import LOCAL, PATIENCE, PYTHON_M, TWISTD, Line, Server, certificate


def test_python_m_chatproto_is_the_same_without_a_pid_file(tmp_path: Path) -> None:
    with Server(tmp_path, "--port", LOCAL, command=PYTHON_M) as server, Line(server.port(), name="oscar"):
        assert server.ends(signal.SIGTERM, within=5) == 0
    assert not list(tmp_path.glob("*.pid"))


@pytest.mark.parametrize(
    "env", [f"port={LOCAL}\nCHAT_LANG=ko\n", f"CHAT_PORT='{LOCAL}'\nexport CHAT_LANG=ko  # ours\n"]
)
def test_a_file_dot_env_is_read(tmp_path: Path, env: str) -> None:
    """SEEDS S4.1, and S4.6 (fix): `.env` is never loaded; ours is."""
    (tmp_path / ".env").write_text(env, "utf-8")
    with Server(tmp_path) as server:
        port = int(server.says(r"starting on (\d+)")[1])
        with Line(port) as oscar:
            oscar.types("oscar")
            assert oscar.reads("oscar").startswith("* oscar 접속 완료")


def test_the_command_line_wins_over_the_environment_and_that_over_dot_env(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CHAT_PORT=1\nCHAT_MAX_LINE=10\nCHAT_MAX_USERS=1\n", "utf-8")
    environ = {"CHAT_PORT": "2", "CHAT_MAX_LINE": "20"}
    with Server(tmp_path, "--port", LOCAL, environ=environ) as server:
        port = server.port()
        with Line(port, name="oscar") as oscar, Line(port) as second:
            oscar.types("x" * 21)
            oscar.reads("! That line is too long: at most 20 bytes.")
            second.types("jinny")
            second.reads("! The server is full (1 users).")


def test_several_ports_are_one_chat(tmp_path: Path) -> None:
    with Server(tmp_path, "--port", LOCAL, "--port", f"unix:{tmp_path}/chat.sock", "-p", LOCAL) as server:
        first, second = server.port(), server.port()
        with Line(first, name="oscar") as oscar, Line(second, name="jinny") as jinny:
            oscar.reads("* jinny joined")
            with socket.socket(socket.AF_UNIX) as unix:
                unix.settimeout(PATIENCE)
                unix.connect(f"{tmp_path}/chat.sock")
                unix.sendall(b"bob\nhello from here\n")
                oscar.reads("<bob> hello from here")
                jinny.reads("<bob> hello from here")
                assert unix.recv(65536).startswith(b"* Hello, bob.")


def test_the_operators_socket_is_its_owners_alone(server: Server, tmp_path: Path) -> None:
    """A Unix socket with mode 0600, in a folder that is nobody else's."""
    path = tmp_path / "state" / "chatproto" / f"admin-{server.port()}.sock"
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)


def test_a_killed_servers_socket_is_taken_over_whoever_has_its_number_now(tmp_path: Path) -> None:
    """As in a container, where every server is process 1."""
    place = tmp_path / "admin"
    options = ("--port", LOCAL, "--admin-socket", str(place))
    with Server(tmp_path, *options) as server:
        server.port()
        server.ends(signal.SIGKILL)
    lock = tmp_path / "admin.lock"
    lock.unlink()
    lock.symlink_to(str(os.getpid()))
    with Server(tmp_path, *options) as server, socket.socket(socket.AF_UNIX) as console:
        server.port()
        console.connect(str(place))


# --- what cannot start --------------------------------------------------------------------------


FOREGROUND = TWISTD[:2] + TWISTD[3:]  # as on the README: without --pidfile
DAEMON = (TWISTD[0], "chat")
TWIST = (str(Path(TWISTD[0]).with_name("twist")), "chat")
COMMANDS = {"twistd -n": FOREGROUND, "twistd": DAEMON, "twist": TWIST, "python -m": PYTHON_M}


@pytest.fixture(scope="module")
def taken() -> Iterator[str]:
    """A port that is in use."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"tcp:{listening.getsockname()[1]}:interface=127.0.0.1"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("words", "environ", "said", "status"),
    [
        ("--nonsense", {}, "There is no option --nonsense. All options: twistd chat --help", Exit.USAGE),
        ("", {"CHAT_RATE": "fast"}, "CHAT_RATE in the environment .*takes a number .*, not 'fast'", Exit.CONFIG),
        ("--memory --port TAKEN", {}, "Cannot listen on .*: it is in use. Is a server running", Exit.UNAVAILABLE),
        ("--data held", {}, "Cannot keep anything in held: another chat server is using it", Exit.UNAVAILABLE),
    ],
)
def test_what_cannot_start_says_so_in_one_line_and_by_its_exit_status(  # noqa: PLR0917 - a row of the table
    tmp_path: Path, taken: str, command: str, words: str, environ: dict[str, str], said: str, status: Exit
) -> None:
    """However it is started; and nothing is left: twistd's pidfile would keep the next start from its place."""
    lock(tmp_path / "held")
    options = words.replace("TAKEN", taken).split()
    with Server(tmp_path, *options, command=COMMANDS[command], environ=environ) as server:
        assert server.ends() == status
        server.says(said)
        assert server.rest() == []
    assert len(server.log) == 1
    assert list(tmp_path.glob("*.pid")) == []


def test_twist_opens_its_ports_and_ends_well(tmp_path: Path) -> None:
    """It starts a service without asking it to begin with what is privileged."""
    with Server(tmp_path, "--port", LOCAL, command=TWIST) as server, Line(server.port(), name="oscar"):
        assert server.ends(signal.SIGTERM) == 0


def test_a_daemon_says_nothing_if_all_is_well(tmp_path: Path) -> None:
    with Server(tmp_path, "--port", f"unix:{tmp_path}/chat.sock", command=DAEMON) as server:
        assert (server.ends(), server.rest()) == (0, [])
        os.kill(int((tmp_path / "twistd.pid").read_text()), signal.SIGTERM)


# --- the console -----------------------------------------------------------------------------------


def test_a_line_typed_at_the_servers_terminal_is_announced(tmp_path: Path) -> None:
    """SEEDS S4.4: the operator types on the server's console and the users read it; S3.7: and puts somebody out."""
    ours, theirs = pty.openpty()
    try:
        with Server(tmp_path, "--port", LOCAL, "--console", stdin=theirs) as server:
            with Line(server.port(), name="oscar") as oscar:
                os.write(ours, "안녕 tea is ready\n".encode())
                oscar.reads("* server announces: 안녕 tea is ready")
                os.write(ours, b"/kick oscar enough\n")
                oscar.reads("* You can no longer send messages here: server put you out: enough.")
            server.says(r"\[KICK\] server: kick oscar")
            assert server.ends(signal.SIGTERM, within=5) == 0
    finally:
        os.close(ours)
        os.close(theirs)


def test_the_end_of_the_consoles_input_is_not_the_end_of_the_server(tmp_path: Path) -> None:
    with Server(tmp_path, "--port", LOCAL, "--console", stdin=subprocess.PIPE) as server:
        assert server.process.stdin
        with Line(server.port(), name="oscar") as oscar:
            server.process.stdin.write(b"first\n")
            server.process.stdin.close()
            oscar.reads("* server announces: first")
            server.says("GONE")
            with Line(oscar.socket.getpeername()[1], name="jinny"):
                oscar.reads("* jinny joined")


# --- the activity log ------------------------------------------------------------------------------


def test_the_activity_log_is_a_file_and_the_console_shows_the_same(tmp_path: Path) -> None:
    """SEEDS S0.2 and S3.2: every line time-stamped; and added to, from one run to the next."""
    for _ in range(2):
        with Server(tmp_path, "--port", LOCAL, "--log", "server_log.txt", "--log-text") as server:
            with Line(server.port(), name="oscar") as oscar:
                server.says(r"\[CONNECT\] oscar from 127\.0\.0\.1")
                oscar.types("hello", "/quit")
                oscar.rest()
            server.says(r'\[SAID\] oscar in #lobby: "hello"')
            server.says(r"\[CLOSE\]")
            assert server.ends(signal.SIGTERM, within=5) == 0
    lines = (tmp_path / "server_log.txt").read_text("utf-8").splitlines()
    assert [line.split(" ", 2)[1] for line in lines].count("[CONNECT]") == 2
    assert all(line[:2] == "20" and line[23:26] == "Z [" for line in lines)


# --- TLS -------------------------------------------------------------------------------------------


def test_tls_is_an_endpoint_string(tmp_path: Path) -> None:
    """With a certificate made here, and the client satisfied with it."""
    certs, crt = certificate(tmp_path)
    pem = certs / "localhost.pem"
    with Server(tmp_path, "--port", f"ssl:0:privateKey={pem}:certKey={pem}:interface=127.0.0.1") as server:
        context = ssl.create_default_context(cafile=str(crt))
        raw = socket.create_connection(("127.0.0.1", server.port()), timeout=PATIENCE)
        with context.wrap_socket(raw, server_hostname="localhost") as oscar:
            oscar.sendall(b"oscar\n")
            assert oscar.recv(65536).startswith(b"* Hello, oscar.")
            assert server.ends(signal.SIGTERM, within=5) == 0
            assert oscar.recv(65536) == b"* The server is closing.\r\n"
