"""`send`, `tail` and `ask` as cron and CI start them: real processes, pipes, signals, and a server that is killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatproto.client.pipe.status import SIGNALLED, Status
from tests.conftest import require
from tests.system.server import LOCAL, PATIENCE, ROOT, Line, Server

CLIENT = (sys.executable, "-m", "chatproto.client")


class World:
    """A folder, a server in it that may be killed and started again, and scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Server(folder, "--port", LOCAL)
        self.port = self.server.port()
        self.running: list[subprocess.Popen[bytes]] = []
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(("CHAT_", "LC_", "LANG"))}
        self.env = {**inherited, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "CHAT_HOST": "127.0.0.1"}

    def starts(self, word: str, *argv: str, port: int = 0, stdin: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
        script = subprocess.Popen(
            [*CLIENT, word, *argv, "--port", str(port or self.port)],
            cwd=self.folder,
            env=self.env,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.running.append(script)
        return script

    def does(self, word: str, *argv: str, typed: bytes = b"", port: int = 0) -> tuple[int, str, str]:
        """Run a script to its end; return its exit status, its output and its complaints."""
        script = self.starts(word, *argv, port=port)
        out, err = script.communicate(typed, timeout=PATIENCE)
        return script.returncode, out.decode(), err.decode()

    def said(self) -> list[str]:
        """Return all that was said in #ops, as a script reads it."""
        status, out, err = self.does("tail", "#ops", "--json", "--after", "0", "--no-follow")
        assert (status, err) == (0, "")
        return [json.loads(line)["text"] for line in out.splitlines()]

    def kill_server(self) -> None:
        self.server.ends(signal.SIGKILL)
        self.server.__exit__(None, None, None)

    def start_server(self) -> None:
        self.server = Server(self.folder, "--port", f"tcp:{self.port}:interface=127.0.0.1")
        self.server.port()

    def end(self) -> None:
        for script in self.running:
            if script.poll() is None:
                script.kill()
            script.wait(PATIENCE)
            for stream in (script.stdin, script.stdout, script.stderr):
                if stream and not stream.closed:
                    stream.close()
        self.server.__exit__(None, None, None)


class Wiretap:
    """Carries bytes to the server and back, but for its last receipt: when that comes, the server is killed first."""

    def __init__(self, world: World) -> None:
        self._world, self._listener = world, socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def _carry(self) -> None:
        self._listener.settimeout(PATIENCE)
        client, _ = self._listener.accept()
        with client, socket.create_connection(("127.0.0.1", self._world.port), PATIENCE) as server, self._listener:
            threading.Thread(target=_pour, args=(client, server), daemon=True).start()
            heard = b""
            while b"seq:1\n" not in heard:  # the message's own number: it is kept, and the receipt is on its way
                heard += server.recv(65536)
                if b"seq:1\n" not in heard:
                    client.sendall(heard)
                    heard = b""
            self._world.kill_server()

    def ended(self) -> None:
        self._thread.join(PATIENCE)


def _pour(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        return


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.end()


# --- send -----------------------------------------------------------------------------------------


def test_a_pipe_is_said_in_one_piece_and_is_kept(world: World) -> None:
    status, out, err = world.does("send", "--to", "#ops", typed="백업 완료\n\x1b[32m3 files\x1b[0m\n".encode())
    code = world.does("send", "--to", "#ops", "--code", typed=b"a = 1\n")[0]

    assert (status, out, err, code) == (0, "", "", 0)
    assert world.said() == ["백업 완료\n3 files", "```\na = 1\n```"]


def test_lines_are_said_as_they_come(world: World) -> None:
    script = world.starts("send", "--to", "#ops", "--lines")
    assert script.stdin
    with Line(world.port, name="oscar") as oscar:
        oscar.types("/join ops")
        oscar.reads("* Messages here are kept.")
        script.stdin.write(b"one\n")
        script.stdin.flush()
        oscar.reads("one")
        script.stdin.write(b"two")  # and no end of the line
        script.stdin.close()
        oscar.reads("two")

    assert script.wait(PATIENCE) == 0


def test_killed_between_the_message_and_its_receipt_the_server_has_it_once(world: World) -> None:
    tap = Wiretap(world)
    script = world.starts("send", "--to", "#ops", "the only one", port=tap.port)
    tap.ended()
    early = script.poll()
    world.start_server()
    again = socket.create_server(("127.0.0.1", tap.port))  # the script comes back to where it was
    with again:
        again.settimeout(PATIENCE)
        client, _ = again.accept()
        with client, socket.create_connection(("127.0.0.1", world.port), PATIENCE) as server:
            threading.Thread(target=_pour, args=(client, server), daemon=True).start()
            _pour(server, client)

    assert (early, script.wait(PATIENCE)) == (None, 0)
    assert world.said() == ["the only one"]


def test_a_server_that_is_away_is_waited_for_and_then_3(world: World) -> None:
    world.kill_server()
    status, out, err = world.does("send", "--to", "#ops", "hi", "--timeout", "1s")
    waiting = world.starts("send", "--to", "#ops", "hi")
    world.start_server()

    assert (status, out) == (Status.AWAY, "")
    assert "No chat server answers" in err
    assert waiting.wait(PATIENCE) == 0
    assert world.said() == ["hi"]


def test_each_end_has_its_exit_status_and_each_no_a_reason(world: World) -> None:
    ends = [
        (Status.DONE, b"", ["--to", "#ops"]),
        (Status.USAGE, b"hi", ["--to", "#ops", "--nme=x"]),
        (Status.USAGE, b"hi", ["--to", "#ops", "--host", "nowhere:at:all"]),
        (Status.TURNED_AWAY, b"hi", ["--to", "#ops", "--name", "ci", "--token", "chat_wrong"]),
        (Status.REFUSED, b"hi", ["--to", "nobody"]),
        (Status.REFUSED, b"x" * 20_000, ["--to", "#ops"]),
    ]
    found = [world.does("send", *argv, typed=typed) for _, typed, argv in ends]

    assert [status for status, _, _ in found] == [status for status, _, _ in ends]
    assert [(out, bool(err)) for _, out, err in found] == [("", status is not Status.DONE) for status, _, _ in ends]


def test_a_closed_input_is_an_error_and_not_an_empty_message(world: World) -> None:
    shell = f"{sys.executable} -m chatproto.client send --to '#ops' --port {world.port} <&-"
    ended = subprocess.run(["sh", "-c", shell], env=world.env, capture_output=True, timeout=PATIENCE, check=False)

    assert ended.returncode == Status.USAGE


# --- tail -----------------------------------------------------------------------------------------


def test_tail_goes_on_across_a_killed_server_with_nothing_missing_and_nothing_twice(world: World) -> None:
    with world.starts("tail", "#ops", "--json", stdin=subprocess.DEVNULL) as tail:
        assert tail.stdout
        world.server.says(r"\[JOIN\] .*script")
        found = []
        for text in ("one", "two"):
            assert world.does("send", "--to", "#ops", text)[0] == 0
            found.append(json.loads(tail.stdout.readline()))
        world.kill_server()
        world.start_server()
        assert world.does("send", "--to", "#ops", "three")[0] == 0
        found.append(json.loads(tail.stdout.readline()))
        tail.send_signal(signal.SIGTERM)
        rest = tail.stdout.read()

    assert [(line["seq"], line["text"]) for line in found] == [(1, "one"), (2, "two"), (3, "three")]
    assert (rest, tail.returncode) == (b"", SIGNALLED + signal.SIGTERM)
    assert world.does("tail", "#ops", "--json", "--after", "2", "--no-follow")[1].count("\n") == 1


def test_tail_ends_with_its_reader(world: World) -> None:
    tail = world.starts("tail", "#ops", stdin=subprocess.DEVNULL)
    assert tail.stdout
    world.server.says(r"\[JOIN\] .*script")
    tail.stdout.close()

    assert tail.wait(PATIENCE) == 0


def test_tail_leaves_the_input_to_its_shell(world: World) -> None:
    world.does("send", "--to", "#ops", "one")
    shell = f"{sys.executable} -m chatproto.client tail ops --last 1 --no-follow --port {world.port}; cat"
    ended = subprocess.run(
        ["sh", "-c", shell], env=world.env, input=b"left\n", capture_output=True, timeout=PATIENCE, check=False
    )

    assert ended.stdout.endswith(b"one\nleft\n")


# --- ask ------------------------------------------------------------------------------------------


def test_ask_prints_the_answer_and_its_exit_status_tells(world: World) -> None:
    found = []
    with Line(world.port, name="oscar") as oscar:
        oscar.types("/join ops")
        oscar.reads("* Messages here are kept.")
        for answer in ("yes", "No!"):
            ask = world.starts("ask", "#ops", "Deploy?", "--timeout", "1m", stdin=subprocess.DEVNULL)
            oscar.reads("Deploy? (yes / no)")
            oscar.types(answer)
            oscar.reads("oscar has answered")
            found.append((*ask.communicate(timeout=PATIENCE), ask.returncode))

    assert found == [(b"yes\n", b"", Status.DONE), (b"no\n", b"", Status.OTHER)]
    assert world.does("ask", "#ops", "Deploy?", "--timeout", "1s") == (
        Status.UNANSWERED,
        "",
        "Nobody has answered in time.\n",
    )


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_each_with_its_number(world: World, how: signal.Signals) -> None:
    found = []
    for argv in (["send", "--to", "#ops", "--lines"], ["tail", "#ops"], ["ask", "#ops", "Deploy?"]):
        script = world.starts(argv[0], *argv[1:])
        world.server.says(r"\[JOIN\] .*script")
        script.send_signal(how)
        found.append(script.wait(PATIENCE))

    assert found == [SIGNALLED + how] * 3


def test_under_nohup_a_closed_terminal_ends_nothing(world: World) -> None:
    argv = [require("nohup"), sys.executable, "-m", "chatproto.client", "tail", "#ops", "--port", str(world.port)]
    with subprocess.Popen(argv, env=world.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as tail:
        assert tail.stdout
        world.server.says(r"\[JOIN\] .*script")
        tail.send_signal(signal.SIGHUP)
        assert world.does("send", "--to", "#ops", "still here?")[0] == 0
        assert tail.stdout.readline().endswith(b"still here?\n")
        tail.send_signal(signal.SIGTERM)
