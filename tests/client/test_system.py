"""The real client against a real server: processes, pipes, a pseudo-terminal, signals.

Every wait has a deadline, and waits for something that can be read.
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import require
from tests.system.server import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
DEADLINE = 30.0  # seconds for anything at all; a slow machine is not a wrong program
CLIENT = [sys.executable, "-m", "chatproto.client"]
ADMIN = [sys.executable, "-m", "chatproto.admin"]


class Process:
    """A program whose output can be waited for."""

    def __init__(self, argv: list[str], env: dict[str, str], cwd: Path) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, env=env, cwd=cwd)
        self.seen = ""

    def types(self, text: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def until(self, text: str) -> None:
        """Read its output until this has come."""
        assert self.process.stdout
        self.seen = _until(self.process.stdout.fileno(), text, self.seen)

    def ends(self) -> tuple[int, str, str]:
        """Close its input; return its exit status, all its output, and its complaints."""
        out, err = self.process.communicate(timeout=DEADLINE)
        self.seen += out.decode()
        return self.process.returncode, self.seen, err.decode()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=DEADLINE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                with contextlib.suppress(BrokenPipeError):  # what it was still to read goes with it
                    stream.close()


def _until(fd: int, text: str, seen: str) -> str:
    end = time.monotonic() + DEADLINE
    while text not in seen:
        readable, _, _ = select.select([fd], [], [], max(0.0, end - time.monotonic()))
        data = os.read(fd, 65536) if readable else b""
        assert data, f"{text!r} has not come; instead: {seen!r}"
        seen += data.decode(errors="replace")
    return seen


class World:
    """A folder, a port, and what runs there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = str(free_port())
        self.running: list[Process] = []
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CHAT_", "LC_", "LANG"))}
        self.env = {**kept, "XDG_STATE_HOME": str(folder), "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def start(self, argv: list[str], **env: str) -> Process:
        process = Process(argv, {**self.env, **env}, self.folder)
        self.running.append(process)
        return process

    def server(self) -> Process:
        """Return a server that listens."""
        twistd = str(Path(sys.executable).parent / "twistd")
        found = self.start([twistd, "-n", "--pidfile=", "chat", "--port", self.port])
        found.until("The chat is running")
        return found

    def client(self, *argv: str, **env: str) -> Process:
        return self.start([*CLIENT, "--port", self.port, *argv], **env)

    def pipe(self, text: str, *argv: str) -> tuple[int, str, str]:
        """Pipe a text through a client, and return its exit status, its output and its complaints."""
        client = self.client(*argv)
        client.types(text)
        return client.ends()

    def end(self) -> None:
        for process in self.running:
            process.kill()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.end()


def test_two_pipes_talk(world: World) -> None:
    world.server()
    jinny = world.client("--name", "jinny")
    jinny.until("are kept")
    status, out, err = world.pipe("안녕\nสวัสดี\n/me waves\nlast", "--name", "oscar")
    jinny.until("oscar quit")

    assert (status, err) == (0, "")
    assert out == "* You are in #lobby with jinny.\n* Messages here are kept.\n"
    said = [line.partition("] ")[2] or line for line in jinny.seen.splitlines()[2:]]
    assert said == ["* oscar joined", "<oscar> 안녕", "<oscar> สวัสดี", "* <oscar> waves", "<oscar> last", "* oscar quit"]
    assert jinny.ends()[0] == 0


def test_more_than_the_server_takes_at_once_all_arrives(world: World) -> None:
    world.server()
    jinny = world.client("--name", "jinny")
    jinny.until("You are in #lobby")
    lines = [f"line {n}" for n in range(30)]
    status, _, err = world.pipe("\n".join(lines), "--name", "oscar")
    jinny.until("oscar quit")

    assert (status, err) == (0, "")
    assert [line.partition("<oscar> ")[2] for line in jinny.seen.splitlines() if "<oscar>" in line] == lines


def test_refused_is_1_and_says_why(world: World) -> None:
    world.server()
    status, out, err = world.pipe("/msg nobody hi\n/nope\nhi\n", "--name", "oscar")

    assert status == 1
    assert "! There is no nobody here." in out
    assert err.count("\n") == 1
    assert "refused" in err


def test_no_server_is_1_and_says_what_to_do(world: World) -> None:
    status, _, err = world.pipe("hi\n", "--name", "oscar", "--wait", "1")

    assert status == 1
    assert "twistd -n chat" in err
    assert "Not sent: 1." in err


def test_a_name_in_use_is_1(world: World) -> None:
    world.server()
    jinny = world.client("--name", "jinny")
    jinny.until("You are in #lobby")
    status, out, err = world.pipe("hi\n", "--name", "jinny")

    assert status == 1
    assert "Somebody is called jinny already" in out
    assert "--name" in err


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_started_again_finds_its_clients_again(world: World, how: signal.Signals) -> None:
    server = world.server()
    jinny, oscar = world.client("--name", "jinny"), world.client("--name", "oscar")
    oscar.until("You are in #lobby")
    jinny.until("You are in #lobby")
    oscar.types("one\n")
    jinny.until("<oscar> one")
    server.process.send_signal(how)
    server.process.wait(timeout=DEADLINE)
    oscar.types("two\n")
    world.server()
    jinny.until("<oscar> two")
    oscar.types("three\n")
    jinny.until("<oscar> three")

    assert oscar.ends()[0] == 0
    assert jinny.ends()[0] == 0
    assert [line.partition("<oscar> ")[2] for line in jinny.seen.splitlines() if "<oscar>" in line] == [
        "one",
        "two",
        "three",
    ]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_takes_it_off_properly(world: World, how: signal.Signals) -> None:
    world.server()
    jinny, oscar = world.client("--name", "jinny"), world.client("--name", "oscar")
    oscar.until("You are in #lobby")
    jinny.until("You are in #lobby")
    oscar.process.send_signal(how)

    assert oscar.ends()[0] == 128 + how
    jinny.until("oscar quit")


def test_files_and_nothing_at_all_are_fine_as_input_and_output(world: World) -> None:
    world.server()
    typed, shown = world.folder / "in", world.folder / "out"
    typed.write_text("hi\n/who\n")
    argv = [*CLIENT, "--port", world.port, "--name", "oscar"]
    with typed.open() as stdin, shown.open("w") as stdout:
        ended = subprocess.run(argv, stdin=stdin, stdout=stdout, env=world.env, timeout=DEADLINE, check=False)
    silent = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=world.env,
        timeout=DEADLINE,
        check=False,
    )

    assert (ended.returncode, silent.returncode) == (0, 0)
    assert "1 in #lobby: oscar" in shown.read_text()


def test_it_ends_when_nobody_reads_it_any_more(world: World) -> None:
    world.server()
    client = world.client("--name", "oscar")
    client.until("You are in #lobby")
    assert client.process.stdout
    client.process.stdout.close()
    client.types("/who\n")

    assert client.process.wait(timeout=DEADLINE) == 0


def test_settings_come_from_a_file_in_the_folder(world: World) -> None:
    world.server()
    (world.folder / ".env").write_text(f"host=127.0.0.1\nport={world.port}\nCHAT_NAME=민수\nCHAT_LANG=ko\n")
    client = world.start(CLIENT)
    client.types("안녕\n")

    assert client.ends() == (0, "* 지금 있는 방: #lobby, 함께 있는 사람: 없음.\n* 이 방의 메시지는 보관됩니다.\n", "")


def test_a_terminal_without_the_extra_gets_lines_in_colour_and_a_hint(world: World) -> None:
    world.server()
    (world.folder / "sitecustomize.py").write_text("import sys\nsys.modules['prompt_toolkit'] = None\n")
    world.env["PYTHONPATH"] = f"{world.folder}:{ROOT}"
    ours, theirs = pty.openpty()
    argv = [*CLIENT, "--port", world.port, "--lang", "ko"]
    process = subprocess.Popen(
        argv, stdin=theirs, stdout=theirs, stderr=theirs, env={**world.env, "TERM": "xterm", "NO_COLOR": ""}
    )
    os.close(theirs)
    try:
        seen = _until(ours, "닉네임 입력: ", "")
        assert "pip install '.[tui]'" in seen
        os.write(ours, "민수\n".encode())
        seen = _until(ours, "#lobby", seen)
        assert f"[*] socket connected localhost:{world.port}" in seen
        assert world.pipe("안녕\n", "--name", "jinny")[0] == 0
        seen = _until(ours, "안녕", seen)
        assert "\x1b[38;5;" in seen
        os.write(ours, "/종료\n".encode())
        assert process.wait(timeout=DEADLINE) == 0
    finally:
        os.close(ours)
        process.kill()
        process.wait(timeout=DEADLINE)


class Pane:
    """A terminal of tmux's."""

    def __init__(self, world: World, columns: int, rows: int, argv: list[str]) -> None:
        # On a socket of its own, so that it meets no other tmux of this machine.
        self._tmux = [require("tmux"), "-u", "-f", "/dev/null", "-S", str(world.folder / "tmux")]
        self._env = {**world.env, "TERM": "screen-256color"}
        self.tell("new-session", "-d", "-x", str(columns), "-y", str(rows), *argv)
        self.tell("set-option", "-g", "status", "off")

    def tell(self, *words: str) -> str:
        done = subprocess.run([*self._tmux, *words], env=self._env, check=True, capture_output=True, timeout=DEADLINE)
        return done.stdout.decode()

    def types(self, text: str) -> None:
        self.tell("send-keys", "-l", text)

    def sees(self) -> list[str]:
        return self.tell("capture-pane", "-p").rstrip("\n").split("\n")

    def until(self, there: Callable[[list[str]], object]) -> list[str]:
        """Look until something is there; return what is seen then."""
        end = time.monotonic() + DEADLINE
        while not there(rows := self.sees()):
            assert time.monotonic() < end, "\n".join(rows)
            time.sleep(0.05)
        return rows


def test_on_the_screen_what_comes_in_leaves_half_typed_hangul_alone_and_a_restart_loses_nothing(world: World) -> None:
    require(find_spec("prompt_toolkit"), "the extra `tui`")
    server, jinny = world.server(), world.client("--name", "jinny")
    jinny.until("You are in #lobby")
    argv = [*CLIENT, "--port", world.port, "--name", "민수", "--lang", "ko"]
    pane = Pane(world, 50, 12, argv)
    try:
        pane.until(lambda rows: rows[-2:] == [" #lobby   ● 민수  2: jinny, 민수", ">"])
        pane.types("점심 먹")
        pane.until(lambda rows: rows[-1] == "> 점심 먹")
        jinny.types("민수: 어디예요?\n")
        rows = pane.until(lambda rows: any("어디예요" in row for row in rows))
        assert rows[-1] == "> 점심 먹"
        assert pane.tell("display-message", "-p", "#{cursor_x},#{cursor_y}").strip() == "9,11"

        server.kill()
        pane.until(lambda rows: "○" in rows[-2])
        pane.types("었어요\r")
        pane.until(lambda rows: rows[-1] == ">" and any("점심 먹었어요" in row for row in rows))
        world.server()
        jinny.until("<민수> 점심 먹었어요")
        pane.until(lambda rows: "●" in rows[-2] and sum("점심 먹었어요" in row for row in rows) == 1)

        pane.tell("resize-window", "-x", "30", "-y", "8")
        pane.until(lambda rows: len(rows) == 8 and rows[-1] == ">")
        pane.types("/종료\r")
        jinny.until("민수 quit")
    finally:
        pane.tell("kill-server")


def test_the_console_does_one_command_and_reads_nothing(world: World) -> None:
    world.server()
    jinny = world.client("--name", "jinny")
    jinny.until("You are in #lobby")
    admin = [*ADMIN, "--port", world.port]
    who = world.start([*admin, "who"])
    who.process.wait(timeout=DEADLINE)  # its input is still open
    assert who.ends() == (0, "* 1 on the server: jinny\n", "")

    lines = world.start(admin)
    lines.types("Class is over.\n/kick jinny\n")
    assert lines.ends()[0] == 0
    jinny.until("server announces: Class is over.")
    jinny.until("server put you out")
    status, _, err = jinny.ends()
    assert status == 1
    assert "The chat has ended" in err

    missing = world.start([*admin, "kick", "nobody"])
    assert missing.ends()[:2] == (1, "! There is no nobody here. /who lists who is.\n")


def test_the_console_of_no_server_says_so(world: World) -> None:
    status, out, err = world.start([*ADMIN, "--port", world.port, "who"]).ends()

    assert (status, out) == (1, "")
    assert f"twistd -n chat --port {world.port}" in err


@pytest.mark.parametrize("module", [CLIENT, ADMIN])
def test_help_tells_of_the_environment(world: World, module: list[str]) -> None:
    status, out, err = world.start([*module, "--help"]).ends()

    assert (status, err) == (0, "")
    assert "CHAT_PORT" in out
    assert ".env" in out
