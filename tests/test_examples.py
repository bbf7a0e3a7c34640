"""Every example does what it is there to show: in memory, and once for real."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chatproto import ChatFactory, Settings
from chatproto.core.commands import ALL
from chatproto.testing import ChatInMemory
from docs.examples import bot, dice, embed
from docs.examples.seeds import s0, s1, s2, s3, s4
from tests.client.kit import Net
from tests.system.server import ROOT, Line, Server

EXAMPLES = ROOT / "docs" / "examples"
SEEDS = sorted((EXAMPLES / "seeds").glob("*.py"))
HERE = "tcp:0:interface=127.0.0.1"
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def run(name: str, folder: Path, *args: str, stdin: int = subprocess.DEVNULL) -> Server:
    return Server(folder, *args, command=(sys.executable, str(EXAMPLES / f"{name}.py")), stdin=stdin)


def somebody(port: str, name: str) -> Line:
    line = Line(int(port))
    line.types(name)
    line.reads(name)  # in whatever words, they are greeted by name
    return line


def types(server: Server, line: str) -> None:
    assert server.process.stdin
    server.process.stdin.write(f"{line}\n".encode())
    server.process.stdin.flush()


def watched(watch: Callable[[ChatFactory], None], settings: Settings) -> ChatInMemory:
    chat = ChatInMemory(replace(settings, rate=0.0, tz="UTC"))
    watch(chat.factory)
    return chat


# --- the five programs ------------------------------------------------------------------------------------------------


def test_all_five_are_there_and_none_is_longer_than_forty_lines() -> None:
    assert [path.name for path in SEEDS] == ["s0.py", "s1.py", "s2.py", "s3.py", "s4.py"]
    assert [path.name for path in SEEDS if len(path.read_text("utf-8").splitlines()) > 40] == []


def test_s0_logs_each_line_with_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SEEDS S0.2. A line break in a message begins no line in the log."""
    monkeypatch.chdir(tmp_path)
    chat = watched(s0.watch, s0.SETTINGS)
    oscar, jinny = chat.person("oscar"), chat.program("jinny")
    jinny.joins("lobby")
    oscar.types("สวัสดี")
    jinny.says("lobby", "one\n[1970-01-01 00:00:00] oscar: forged")
    oscar.wire.cut()
    chat.settle()

    lines = (tmp_path / "server_log.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not re.match(rf"\[{TIME}\] ", line)] == []
    assert [line[22:] for line in lines] == [
        "oscar เข้าร่วมแชท (127.0.0.1)",
        "jinny เข้าร่วมแชท (127.0.0.1)",
        "oscar: 'สวัสดี'",
        r"jinny: 'one\n[1970-01-01 00:00:00] oscar: forged'",
        "oscar ออกจากแชท (lost)",
    ]


def test_s0_takes_its_place_from_a_file_and_ctrl_c_tells_everybody(tmp_path: Path) -> None:
    """SEEDS S0.1, S0.3, S0.6."""
    (tmp_path / "server.ini").write_text("[server]\nhost = 127.0.0.1\nport = 0\n")
    with run("seeds/s0", tmp_path) as server:
        port = server.says(r"เซิร์ฟเวอร์ทำงานที่ 127\.0\.0\.1:(\d+)")[1]
        assert port != "5005"  # where it is without the file
        with somebody(port, "oscar") as oscar, somebody(port, "jinny") as jinny:
            jinny.types("สวัสดี")
            oscar.reads("<jinny> สวัสดี")
            assert server.ends(signal.SIGINT, within=5) == 0
            assert oscar.rest()[-1] == "* เซิร์ฟเวอร์กำลังปิด"
            assert jinny.rest()[-1] == "* เซิร์ฟเวอร์กำลังปิด"
    assert "jinny: 'สวัสดี'" in (tmp_path / "server_log.txt").read_text("utf-8")


def test_s1_says_who_connects(capsys: pytest.CaptureFixture[str]) -> None:
    watched(s1.watch, s1.SETTINGS).person("oscar")

    assert capsys.readouterr().out == "접속: 127.0.0.1:50000\n"


def test_s1_says_at_once_where_it_listens(tmp_path: Path) -> None:
    """SEEDS S1.1, S1.5, S1.8."""
    with run("seeds/s1", tmp_path, "0") as server:
        port = server.says(r"^Server: port (\d+)로 서버 실행 중\.\.\.$")[1]
        with somebody(port, "민수"):
            server.says(r"^접속: 127\.0\.0\.1:\d+$")
            assert server.ends(signal.SIGINT, within=5) == 0


def test_s2_shows_the_story_of_its_screenshots(capsys: pytest.CaptureFixture[str]) -> None:
    """SEEDS S2.5; and S2.2: empty input sends nothing. A second line is nobody else's."""
    chat = watched(s2.watch, s2.SETTINGS)
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    oscar.types("hi jinny", "")
    jinny.types("hi oscar")
    bob = chat.program("bob")
    bob.joins("lobby")
    bob.says("lobby", "hello\noscar: I am a fool")
    jinny.types("/quit")
    oscar.types("/quit")

    assert capsys.readouterr().out.splitlines() == [
        "oscar joined",
        "jinny joined",
        "oscar: hi jinny",
        "jinny: hi oscar",
        "bob joined",
        "bob: hello",
        "  | oscar: I am a fool",
        "jinny quit",
        "oscar quit",
    ]


def test_s3_shows_who_connects_and_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    """SEEDS S3.2, S3.4."""
    chat = watched(s3.watch, s3.SETTINGS)
    chat.person("oscar").types("안녕")

    connected, said = capsys.readouterr().out.splitlines()
    assert connected == "[CONNECT] oscar"
    assert re.fullmatch(rf"\({TIME}\) oscar : 안녕", said)


def test_s3_takes_at_most_five(capsys: pytest.CaptureFixture[str]) -> None:
    """SEEDS S3.9; and the first of its defects: `listen(5)` lets the sixth user in."""
    chat = watched(s3.watch, s3.SETTINGS)
    for name in ("a", "b", "c", "d", "e"):
        chat.person(name)
    sixth = chat.person()
    sixth.types("f")

    assert sixth.reads()[-1] == "! 서버 정원 5명이 모두 찼습니다. 잠시 후 다시 시도하세요."
    assert "[CONNECT] f" not in capsys.readouterr().out


def test_s3_is_ruled_from_its_console(tmp_path: Path) -> None:
    """SEEDS S3.6, S3.7."""
    with run("seeds/s3", tmp_path, "0", stdin=subprocess.PIPE) as server:
        port = server.says(r"서버 실행 중\.\.\. \(port (\d+)\)")[1]
        with somebody(port, "oscar") as oscar, somebody(port, "bob") as bob:
            server.says(r"^\[CONNECT\] bob$")
            types(server, "/강퇴 bob")
            assert "더 이상 채팅을 보낼 수 없습니다." in bob.rest()[-1]
            oscar.reads("bob가 퇴장하였습니다.")
            types(server, "/서버종료")
            assert server.ends(within=5) == 0
            assert oscar.rest() == ["* 서버가 종료되었습니다."]


def test_s4_prints_what_it_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """SEEDS S4.2."""
    chat = watched(s4.watch, s4.SETTINGS)
    oscar = chat.person("oscar")
    oscar.types("안녕", "잘 가", "/quit")
    oscar.reads()  # and then the connection ends
    chat.settle()

    assert capsys.readouterr().out.splitlines() == [
        "[+] 127.0.0.1:50000 connected.",
        "[R]: 안녕",
        "[R]: 잘 가",
        "client disconnected",
    ]


def test_s4_is_told_where_by_a_file_and_its_operator_speaks_to_the_users(tmp_path: Path) -> None:
    """SEEDS S4.1, S4.4; S4.6: `.env` is loaded, and each user reads the operator's line."""
    (tmp_path / ".env").write_text("host=127.0.0.1\nport=0\n")
    with run("seeds/s4", tmp_path, stdin=subprocess.PIPE) as server:
        port = server.says(r"^\[\*\] ip : 127\.0\.0\.1 port : (\d+)$")[1]
        assert port != "5005"  # where it is without the file
        with somebody(port, "oscar") as oscar, somebody(port, "jinny") as jinny:
            types(server, "수업을 시작합니다")
            oscar.reads("수업을 시작합니다")
            jinny.reads("수업을 시작합니다")
            assert server.ends(signal.SIGINT, within=5) == 0


# --- the others -------------------------------------------------------------------------------------------------------


def test_an_embedding_program_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    chat = watched(embed.watch, Settings())
    chat.person("oscar").types("hi", "/quit")

    assert capsys.readouterr().out.splitlines() == [
        "here is oscar",
        "oscar in #lobby 'hi'",
        "gone is oscar (quit)",
    ]


@pytest.mark.parametrize("name", ["embed", "dice"])
def test_it_listens_on_an_endpoint_and_ctrl_c_tells_everybody(name: str, tmp_path: Path) -> None:
    with run(name, tmp_path, HERE) as server:
        port = server.says(r"^listening: .*port=(\d+)")[1]
        with somebody(port, "oscar") as oscar:
            assert server.ends(signal.SIGINT, within=5) == 0
            assert oscar.rest()[-1] == "* The server is closing."


def test_with_a_folder_it_keeps_what_was_said_and_the_names_that_are_registered(tmp_path: Path) -> None:
    with run("embed", tmp_path, HERE, "kept") as server:
        port = server.says(r"^listening: .*port=(\d+)")[1]
        with somebody(port, "oscar") as oscar:
            oscar.types("hi")
            oscar.types("/register four quiet apples")
            oscar.reads("oscar is yours now")
            assert server.ends(signal.SIGINT, within=5) == 0

    with run("embed", tmp_path, HERE, "kept") as server:
        port = server.says(r"^listening: .*port=(\d+)")[1]
        with Line(int(port)) as oscar:
            oscar.types("/login oscar four quiet apples")
            oscar.reads("Hello, oscar")
            oscar.types("/history")
            oscar.reads("<oscar> hi")


def test_the_window_chats_server_starts_and_ends(tmp_path: Path) -> None:
    with run("seeds/s2", tmp_path, "0") as server:
        port = server.says(r"^port (\d+)$")[1]
        with somebody(port, "oscar") as oscar:
            server.says(r"^oscar joined$")
            assert server.ends(signal.SIGINT, within=5) == 0
            assert oscar.rest()[-1] == "* The server is closing."


@pytest.mark.parametrize("word", ["roll", "dice", "주사위", "ทอยลูกเต๋า"])
def test_a_die_is_rolled_by_each_of_its_words(word: str) -> None:
    chat = ChatInMemory(commands=(*ALL, dice.Roll))
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    oscar.types(f"/{word}", f"/{word} 20")

    for line, sides in zip(jinny.reads(), (6, 20), strict=True):
        found = re.fullmatch(rf"\* <oscar> rolls (\d+) of {sides}", line)
        assert found
        assert 1 <= int(found[1]) <= sides


@pytest.mark.parametrize("sides", ["0", "1", "1001"])
def test_a_die_that_cannot_be_is_refused(sides: str) -> None:
    chat = ChatInMemory(commands=(*ALL, dice.Roll))
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    oscar.reads()
    oscar.types(f"/roll {sides}")

    assert oscar.reads() == ["! A die has from 2 to 1000 sides."]
    assert jinny.reads() == []


def test_the_bot_answers_others_and_never_itself() -> None:
    chat = ChatInMemory()
    net = Net(chat)
    oscar = chat.person("oscar")
    bot.Parrot(net, chat.clock).start("parrot", "#lobby")
    net.run()
    oscar.reads()
    oscar.types("hello", "!say", "!say !say pieces of eight")
    net.run()

    assert oscar.reads() == ["[00:00] <parrot> !say pieces of eight"]


def test_the_bot_hears_after_a_cut_what_was_said_meanwhile() -> None:
    chat = ChatInMemory()
    net = Net(chat)
    oscar = chat.person("oscar")
    bot.Parrot(net, chat.clock).start("parrot", "#lobby")
    net.run()
    oscar.types("!say one")
    net.run()
    net.cut()
    oscar.types("!say two")
    oscar.reads()
    net.wait(3)

    assert oscar.reads() == ["[00:00] <parrot> two"]


def test_the_bot_for_real(tmp_path: Path) -> None:
    with run("embed", tmp_path, HERE) as server:
        port = server.says(r"^listening: .*port=(\d+)")[1]
        with somebody(port, "oscar") as oscar, run("bot", tmp_path, f"tcp:127.0.0.1:{port}") as parrot:
            oscar.reads("parrot")  # it is in the lobby now
            oscar.types("!say hi")
            oscar.reads("<parrot> hi")
            assert parrot.ends(signal.SIGINT, within=5) == 0
            server.says(r"^gone is parrot \(quit\)$")
