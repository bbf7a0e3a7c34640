"""The real thing: `python -m chatproto.gui` on a screen that nobody sees, a real server, real keys."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import require
from tests.gui.opened import Opened
from tests.system.server import LOCAL, PATIENCE, ROOT, Line, Server

ATTEMPTS = 5


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, "--port", LOCAL, "--rate", "0") as server:
        yield server


@pytest.fixture
def keyed(display: str) -> str:
    """Return a screen that has a keyboard."""
    require("xdotool")
    return display


@pytest.fixture
def opened(keyed: str, chat: Server, tmp_path: Path) -> Iterator[Opened]:
    with Opened(keyed, tmp_path, f"127.0.0.1:{chat.port()}") as opened:
        yield opened


def test_the_story_of_the_seeds_pictures(opened: Opened, chat: Server) -> None:
    """SEEDS S2.5: a name is entered, oscar and jinny chat, bob joins, jinny quits, oscar quits."""
    port = int(opened.address.rpartition(":")[2])
    with Line(port, name="jinny") as jinny:
        opened.types("oscar")
        opened.titled("lobby.*oscar")
        jinny.reads("oscar joined")
        opened.types("hi jinny")
        jinny.reads("<oscar> hi jinny")
        jinny.types("안녕, oscar")
        opened.reads("안녕, oscar")
        with Line(port, name="bob") as bob:
            opened.reads("bob joined")
            jinny.types("/quit")

            assert opened.reads("jinny quit")[-4:] == [
                "oscar: hi jinny",
                "jinny: 안녕, oscar",
                "* bob joined",
                "* jinny quit",
            ]
            opened.types("/quit")
            bob.reads("oscar quit")
            assert opened.ends() == 0


def test_a_server_that_is_killed_and_started_again_loses_nothing(keyed: str, tmp_path: Path) -> None:
    with Server(tmp_path, "--port", LOCAL) as first:
        port = first.port()
        with Opened(keyed, tmp_path, f"127.0.0.1:{port}", "--name", "oscar") as opened:
            opened.titled("lobby.*oscar")
            opened.types("before")
            opened.reads("oscar: before")
            first.ends(signal.SIGKILL)
            opened.titled("Server disconnected.")
            opened.types("in between")
            assert opened.reads("in between")[-1] == "oscar: in between …"
            with Server(tmp_path, "--port", f"tcp:{port}:interface=127.0.0.1") as second:
                second.port()
                opened.titled("lobby.*oscar")
                opened.types("after")
                with Line(port, name="bob") as bob:
                    bob.types("/history")
                    said = [bob.reads(f"<oscar> {text}") for text in ("before", "in between", "after")]

                assert len(said) == 3
                talk = [line for line in opened.reads("bob joined") if line.startswith("oscar: ")]
                assert talk == ["oscar: before", "oscar: in between", "oscar: after"]


def test_a_flood_of_lines_leaves_what_is_typed_as_it_was_typed(opened: Opened, chat: Server) -> None:
    port = int(opened.address.rpartition(":")[2])
    with Line(port, name="jinny") as jinny:
        opened.types("oscar")
        opened.titled("lobby.*oscar")  # what is typed before that is typed into nothing
        jinny.reads("oscar joined")
        jinny.types(*(f"line {number}" for number in range(1000)))
        opened.types("typed while lines pour in")
        jinny.reads("<oscar> typed while lines pour in")
        jinny.types("the end")
        seen = opened.reads("the end")

    assert [line for line in seen if "jinny: line" in line] == [f"jinny: line {number}" for number in range(1000)]
    assert seen.count("oscar: typed while lines pour in") == 1


@pytest.fixture
def nabi(keyed: str, tmp_path: Path) -> Iterator[str]:
    """Start an input method for Hangul, and yield what makes a program use it."""
    command = require("nabi")
    require(Path("/usr/share/fonts/X11/misc").is_dir(), "xfonts-base")  # Tk asks X for a font to compose in
    (tmp_path / ".nabi").mkdir()
    (tmp_path / ".nabi" / "config").write_text("xim_name=nabi\ndefault_input_mode=compose\n")
    environ = {**os.environ, "DISPLAY": keyed, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    with subprocess.Popen([command], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as method:
        try:
            wait = ["xdotool", "search", "--sync", "--class", "nabi"]
            subprocess.run(wait, env=environ, check=True, capture_output=True, timeout=PATIENCE)
            yield "@im=nabi"
        finally:
            method.terminate()


def test_hangul_is_composed_in_the_entry_and_enter_takes_the_last_syllable(
    keyed: str, chat: Server, tmp_path: Path, nabi: str
) -> None:
    """On a machine that is busy for longer than a syllable takes, X itself hands over two of them in reverse order."""
    port = chat.port()
    with (
        Line(port, name="jinny") as jinny,
        Opened(keyed, tmp_path, f"127.0.0.1:{port}", "--name", "oscar", environ={"XMODIFIERS": nabi}) as opened,
    ):
        opened.titled("lobby.*oscar")
        said: list[str] = []
        while "안녕하세요" not in said and len(said) < ATTEMPTS:
            opened.types("dkssudgktpdy", pause=80)
            said.append(jinny.reads("<oscar>").partition("> ")[2])

    assert said[-1] == "안녕하세요"


def test_without_a_screen_it_says_so(tmp_path: Path) -> None:
    require(find_spec("_tkinter"), "tkinter")
    done = without_window(tmp_path, [sys.executable, "-m", "chatproto.gui"], DISPLAY="", LANG="ko_KR.UTF-8")

    assert done.returncode == 1
    assert done.stderr.startswith("여기에는 창을 열 화면이 없습니다: ")
    assert done.stderr.splitlines()[1:] == ["창 없이 쓰려면: python -m chatproto.client"]


def test_without_tkinter_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "tkinter.py").write_text("raise ImportError('no tkinter here')")
    done = without_window(tmp_path, [sys.executable, "-m", "chatproto.gui"])

    assert done.returncode == 1
    assert "apt install python3-tk" in done.stderr
    assert "Traceback" not in done.stderr


def without_window(folder: Path, command: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("CHAT_", "LC_", "LANG"))}
    path = os.pathsep.join([str(folder), str(ROOT)])
    return subprocess.run(
        command,
        env={**known, "PYTHONPATH": path, **environ},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
