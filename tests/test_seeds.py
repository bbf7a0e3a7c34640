"""What the five seed programs did (SEEDS.md), line by line, shown true of ours.

A test's name carries the line's number, its docstring the line. Not here: the containers (S1.7), and the window (S2.1,
S2.6's widgets), which is shown in `gui/`; the nineteen defects and the other (fix) lines are in
`test_seed_defects.py`, and the real processes, telnet and signals in `system/`.
"""

from __future__ import annotations

import ast
import io
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatproto import Settings
from chatproto.activity import ActivityLog, to_file
from chatproto.client.options import chosen
from chatproto.configuration import Configuration, read
from chatproto.core.events import Said, Stopping, say
from chatproto.options import BACKLOG, Options, endpoint
from chatproto.testing import ChatInMemory
from chatproto.words import LOCALES, spoken
from tests.client.kit import Desk
from tests.system.server import LOCAL, PYTHON_M, ROOT, Line, Server

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")
KOREAN = Settings(rate=0.0, tz="UTC", lang="ko")


@pytest.fixture
def chat() -> ChatInMemory:
    return ChatInMemory()


@pytest.fixture
def korean() -> ChatInMemory:
    return ChatInMemory(KOREAN)


def logged(chat: ChatInMemory, lang: str = "en", *, texts: bool = False) -> list[str]:
    """Return the lines that the chat's log will hold."""
    lines: list[str] = []
    chat.factory.hub.watchers.append(ActivityLog([lambda _, line: lines.append(line)], texts=texts, lang=lang))
    return lines


def parsed(folder: Path, *argv: str, **environ: str) -> Options:
    options = Options(environ, folder)
    options.parseOptions(list(argv))
    return options


def people(chat: ChatInMemory) -> list[str]:
    return [member.name for member in chat.factory.chat.people.values()]


# --- S0. TCP Chat Server Advanced (Thai) ------------------------------------------------------------------------------


def test_s0_1_many_at_once_and_a_message_goes_to_everyone_at_once(chat: ChatInMemory) -> None:
    """Many clients at once; a message goes to everyone connected, at once."""
    sitting = [chat.person(f"user{n}") for n in range(50)]
    for who in sitting:
        who.reads()
    now = chat.clock.seconds()
    sitting[0].types("สวัสดี")

    assert [who.reads() for who in sitting[1:]] == [["[00:00] <user0> สวัสดี"]] * 49
    assert chat.clock.seconds() == now


def test_s0_2_every_line_of_the_log_is_time_stamped(chat: ChatInMemory) -> None:
    """An activity log `server_log.txt`, every line time-stamped."""
    file = io.StringIO()
    chat.factory.hub.watchers.append(ActivityLog([to_file(file)], texts=True))
    jinny = chat.program("jinny")
    jinny.joins("lobby")
    jinny.says("lobby", "two\nlines\r\nand \u2028 more")
    chat.wait(5)
    chat.person("oscar").types("/quit")
    lines = file.getvalue().splitlines()

    assert len(lines) > 6
    assert [line for line in lines if not STAMP.match(line)] == []
    assert [line.split()[0] for line in lines if "CONNECT" in line] == [
        "1970-01-01T00:00:00.000Z",
        "1970-01-01T00:00:05.000Z",
    ]


def test_s0_3_ctrl_c_tells_everybody_and_ends(tmp_path: Path) -> None:
    """`Ctrl+C` closes the server cleanly: users are told, sockets are closed, nothing hangs."""
    with Server(tmp_path, "--port", LOCAL) as server, Line(server.port(), name="oscar") as oscar:
        assert server.ends(signal.SIGINT) == 0
        assert oscar.rest() == ["* The server is closing."]


@pytest.mark.parametrize("last", [b"", b"half a li", b"\xff", b"/msg oscar\n\xed\x95"])
def test_s0_4_one_who_drops_harms_nobody(chat: ChatInMemory, last: bytes) -> None:
    """A client that drops or closes suddenly harms nobody."""
    oscar, jinny, bob = chat.person("oscar"), chat.person("jinny"), chat.person("bob")
    bob.wire.receive(last)
    bob.wire.cut()
    chat.settle()
    oscar.reads()
    jinny.reads()
    oscar.types("all well?")
    jinny.types("all well.")

    assert jinny.reads() == ["[00:00] <oscar> all well?"]
    assert oscar.reads() == ["[00:00] <jinny> all well."]


def test_s0_5_restarting_works_immediately(tmp_path: Path) -> None:
    """Restarting works immediately (`SO_REUSEADDR`)."""
    with Server(tmp_path, "--port", LOCAL) as first, Line(port := first.port(), name="oscar"):
        first.ends(signal.SIGKILL)  # the kernel still has the connection
        with Server(tmp_path, "--port", f"tcp:{port}:interface=127.0.0.1") as second, Line(second.port(), name="oscar"):
            assert second.process.poll() is None


def test_s0_6_host_and_port_are_configuration(tmp_path: Path) -> None:
    """Host and port are configuration, not code; default 127.0.0.1:5005."""
    assert parsed(tmp_path).ports == ["5005"]
    options = parsed(tmp_path, "--port", "6000", "--host", "127.0.0.1")
    assert endpoint(options.ports[0], options["host"]) == f"tcp:6000:backlog={BACKLOG}:interface=127.0.0.1"
    assert chosen([]).endpoint == "tcp:localhost:5005"
    assert chosen(["192.0.2.1", "--port", "6000"]).endpoint == "tcp:192.0.2.1:6000"


def test_s0_7_one_command_for_the_server_and_one_for_each_client(tmp_path: Path) -> None:
    """One command for the server, one for the client, several client terminals."""
    with Server(tmp_path, "--port", LOCAL, command=PYTHON_M) as server, Line(server.port(), name="oscar") as oscar:
        port = str(oscar.socket.getpeername()[1])
        for name in ("jinny", "bob"):
            command = [sys.executable, "-m", "chatproto.client", "--port", port, "--name", name]
            done = subprocess.run(command, input=b"hi\n", capture_output=True, timeout=60, cwd=ROOT, check=False)
            assert done.returncode == 0
        heard = [oscar.reads("> hi"), oscar.reads("> hi")]

    assert [line.partition(" ")[2] for line in heard] == ["<jinny> hi", "<bob> hi"]


def test_s0_8_entry_connections_log_client_and_configuration_are_modules_of_their_own() -> None:
    """Separate modules for entry, per-client handling, log, client, configuration; a `.gitignore`."""
    package = ROOT / "chatproto"
    for module in ("__main__", "doors/connection", "activity", "client/__main__", "core/settings", "service"):
        assert ast.get_docstring(ast.parse((package / f"{module}.py").read_text("utf-8"))), module
    assert (ROOT / ".gitignore").is_file()


# --- S1. TCP chat and containers (Korean) -----------------------------------------------------------------------------


def test_s1_1_it_listens_on_all_interfaces_and_any_port_and_the_client_goes_to_localhost(tmp_path: Path) -> None:
    """Listens on all interfaces, on any port; the client connects to `localhost` by default."""
    options = parsed(tmp_path, "--port", "55555")

    assert endpoint(options.ports[0], options["host"]) == f"tcp:55555:backlog={BACKLOG}"  # no interface: all of them
    assert chosen([]).address == "localhost:5005"


def test_s1_2_the_name_is_asked_first_and_messages_carry_it(korean: ChatInMemory) -> None:
    """The client asks `닉네임 입력: ` first; messages read `{name}: {msg}`."""
    desk, jinny = Desk(korean, lang="ko"), korean.person()
    korean.wait(0.5)
    assert desk.paper.asked == ["닉네임 입력: "]
    assert jinny.wire.take().decode() == "닉네임 입력: \r\n"

    jinny.types("jinny", "/time off")
    jinny.reads()
    desk.types("oscar", "안녕")
    assert jinny.reads()[-1] == "oscar: 안녕"


def test_s1_3_the_sender_does_not_get_his_own_line_back_unless_he_asks(chat: ChatInMemory) -> None:
    """The sender does not get his own line back (S0.1 does: hence `/echo on|off`)."""
    oscar, desk = chat.person("oscar"), Desk(chat, "jinny")
    oscar.reads()
    oscar.types("hi")
    assert oscar.reads() == []
    assert desk.types("hi") == ["[00:00] <oscar> hi"]

    oscar.reads()
    oscar.types("/echo on", "hi")
    assert oscar.reads() == ["* Your own lines come back to you now.", "[00:00] <oscar> hi"]


@pytest.mark.parametrize("word", ["exit", "EXIT", "Exit", " exit "])
def test_s1_4_exit_leaves_in_any_case(chat: ChatInMemory, word: str) -> None:
    """`exit`, in any case, leaves."""
    jinny, oscar, desk = chat.person("jinny"), chat.person("oscar"), Desk(chat, "bob")
    jinny.reads()
    oscar.reads()
    oscar.types(word)
    desk.types(word)

    assert jinny.reads() == ["* oscar quit", "* bob quit"]
    assert oscar.reads() == ["* Goodbye, oscar."]
    assert oscar.wire.closed
    assert desk.paper.closed


def test_s1_4_but_say_exit_says_the_word(chat: ChatInMemory) -> None:
    """The bare words leave … (`/say exit` says the word)."""
    jinny, oscar = chat.person("jinny"), chat.person("oscar")
    jinny.reads()
    oscar.types("/say exit", "exit now?")

    assert jinny.reads() == ["[00:00] <oscar> exit", "[00:00] <oscar> exit now?"]


def test_s1_5_the_console_says_where_it_listens_and_who_connects(korean: ChatInMemory) -> None:
    """The server says on its console where it listens (`Server: port 55555로 서버 실행 중...`) and who connects."""
    lines = logged(korean, "ko")
    korean.wire("192.0.2.7")
    korean.settle()

    assert (
        spoken(say("The chat is running on port {port}.", port="55555"), "ko") == "Server: port 55555로 서버 실행 중..."
    )
    assert lines == ["[OPEN] 192.0.2.7:50000"]


def test_s1_6_a_peer_that_cannot_be_written_to_is_dropped(chat: ChatInMemory) -> None:
    """A peer that cannot be written to is dropped."""
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    oscar.reads()
    for n in range(400):
        oscar.types(f"{n} {'x' * 200}")
    assert not jinny.wire.closed
    chat.wait(121)

    assert jinny.wire.closed
    assert oscar.reads() == ["* jinny lost the connection"]


def test_s1_8_the_client_takes_the_servers_address_from_the_environment() -> None:
    """(fix) Ours takes the server's address from the environment."""
    assert (
        chosen([], Configuration({"CHAT_HOST": "chat_server", "CHAT_PORT": "55555"})).endpoint
        == "tcp:chat_server:55555"
    )


def test_s1_8_output_is_not_held_back(tmp_path: Path) -> None:
    """(fix) Output is not buffered in a container."""
    unset = {"PYTHONUNBUFFERED": ""}
    with Server(tmp_path, "--port", LOCAL, environ=unset) as server, Line(server.port(), name="oscar"):
        assert server.says(r"\[CONNECT\] (\w+)")[1] == "oscar"  # while it runs


# --- S2. Multi-user chat with a Tkinter window (Korean) ---------------------------------------------------------------


def test_s2_2_empty_input_sends_nothing(chat: ChatInMemory) -> None:
    """`username: text`; empty input sends nothing; one's own message is shown at once."""
    oscar, jinny, desk = chat.person("oscar"), chat.person("jinny"), Desk(chat, "bob")
    oscar.reads()
    jinny.reads()
    oscar.types("", "   ", "\t")
    desk.types("", "  ", "\u3164")  # a Hangul filler: drawn as nothing at all

    assert jinny.reads() == []
    assert oscar.reads() == []


def test_s2_3_lines_come_in_while_one_types(chat: ChatInMemory) -> None:
    """Receiving never freezes typing or buttons; lines come in while one types."""
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    oscar.reads()
    oscar.wire.receive(b"half a ")
    jinny.types("meanwhile")
    assert oscar.reads() == ["[00:00] <jinny> meanwhile"]
    oscar.types("line")

    assert jinny.reads() == ["[00:00] <oscar> half a line"]


def test_s2_4_the_client_says_that_the_server_is_gone(chat: ChatInMemory) -> None:
    """`Fail to send msg.`, `Server disconnected.`."""
    desk = Desk(chat, "oscar", lang="ko")
    desk.net.there = False
    desk.net.cut()

    assert "Server disconnected." in desk.paper.told
    assert spoken(say("Fail to send msg."), "ko") == "Fail to send msg."


def test_s2_4_it_says_so_too_when_the_server_ends_in_good_order(chat: ChatInMemory) -> None:
    """Its own case: the server is closed while somebody is in the chat."""
    desk = Desk(chat, "oscar")
    chat.console().types("/shutdown")
    chat.factory.close()
    desk.net.run()

    assert "Server disconnected." in desk.paper.told


def test_s2_5_the_story_of_its_screenshots(chat: ChatInMemory) -> None:
    """A name is entered, oscar and jinny chat, bob joins (`bob joined`), `jinny quit`, `oscar quit`."""
    oscar = chat.person("oscar")
    jinny = Desk(chat, "jinny")
    oscar.types("hi jinny")
    jinny.types("hi oscar")
    bob = chat.person("bob")
    jinny.types("exit")
    oscar.types("exit")

    assert oscar.reads() == [
        "* jinny joined",
        "[00:00] <jinny> hi oscar",
        "* bob joined",
        "* jinny quit",
        "* Goodbye, oscar.",
    ]
    assert bob.reads() == ["* jinny quit", "* oscar quit"]


# --- S3. Open chatting (Korean) ---------------------------------------------------------------------------------------


def test_s3_1_messages_have_the_form_of_http(chat: ChatInMemory) -> None:
    """Messages in the form of HTTP: a request line, headers, a body."""
    bot = chat.program("bot")
    bot.wire.receive(b"SEND\r\ndestination:/room/lobby\r\n\r\nhi\0")
    bot.joins("lobby")
    bot.wire.take()
    bot.wire.receive(b"SEND\ndestination:/room/lobby\n\nhi\0")
    chat.settle()
    head, _, body = bot.wire.take().decode().partition("\n\n")

    assert head.splitlines()[0] == "MESSAGE"
    assert {"from:bot", "event:said", "destination:/room/lobby"} <= set(head.splitlines())
    assert body == "hi\0"


def test_s3_2_the_console_shows_connects_and_every_line(chat: ChatInMemory) -> None:
    """The server's console prints `[CONNECT] {name}`, then every chat line."""
    lines = logged(chat, texts=True)
    oscar = chat.person("oscar")
    oscar.types("hi", "안녕")
    shown = [line for line in lines if line.startswith(("[CONNECT]", "[SAID]"))]

    assert shown == ["[CONNECT] oscar from 127.0.0.1", '[SAID] oscar in #lobby: "hi"', '[SAID] oscar in #lobby: "안녕"']


def test_s3_2_a_program_that_embeds_it_may_print_them_in_its_own_words(chat: ChatInMemory) -> None:
    """The server's console prints `[CONNECT] {name}`, then every chat line."""
    printed: list[str] = []
    chat.factory.on(Said, lambda said, _: printed.append(f"{said.who} : {said.text}"))
    chat.person("oscar").types("hi")

    assert printed == ["oscar : hi"]


def test_s3_3_who_joins_and_the_others_read_each_their_own_sentence(korean: ChatInMemory) -> None:
    """The one who joins sees `{name} 접속 완료`; the others `{name}가 입장하였습니다.` from `서버`."""
    jinny = korean.person("지니")
    jinny.types("/time full")
    jinny.reads()
    oscar = korean.person()
    oscar.types("oscar")

    assert oscar.reads()[0].startswith("* oscar 접속 완료")
    assert jinny.reads() == ["(1970-01-01 00:00:00) 서버 : oscar가 입장하였습니다."]


def test_s3_3_who_joins_by_our_client_reads_it_too(korean: ChatInMemory) -> None:
    desk = Desk(korean, "oscar", lang="ko")

    assert any(told.startswith("oscar 접속 완료") for told in desk.paper.told)


def test_s3_4_each_line_has_date_and_time(korean: ChatInMemory) -> None:
    """Each line with date and time: `({YYYY-MM-DD HH:MM:SS}) {user} : {body}`."""
    oscar, jinny = korean.person("oscar"), korean.person("jinny")
    jinny.types("/time full")
    jinny.reads()
    korean.wait(3_723)
    oscar.types("안녕하세요")

    assert jinny.reads() == ["(1970-01-01 01:02:03) oscar : 안녕하세요"]


def test_s3_5_leaving_is_told(korean: ChatInMemory) -> None:
    """`/종료` leaves and the others see `{name}가 퇴장하였습니다.`."""
    jinny, oscar = korean.person("jinny"), korean.person("oscar")
    jinny.reads()
    oscar.types("/종료")

    assert jinny.reads() == ["* oscar가 퇴장하였습니다."]
    assert people(korean) == ["jinny"]


def test_s3_5_leaving_quietly_is_not_told_but_logged(korean: ChatInMemory) -> None:
    """`/조용히나가기` leaves with nothing shown to them (the server's log still has it)."""
    lines = logged(korean, "ko")
    jinny, oscar = korean.person("jinny"), korean.person("oscar")
    jinny.reads()
    oscar.types("/조용히나가기")
    korean.wait(60)

    assert jinny.reads() == []
    assert people(korean) == ["jinny"]
    assert "[GONE] oscar (quiet): 유저가 퇴장하였습니다." in lines


def test_s3_6_the_manager_ends_the_server_and_all_see_it(korean: ChatInMemory) -> None:
    """The chat manager ends the server with `/서버종료`; all see `서버가 종료되었습니다.`."""
    korean.factory.on(Stopping, lambda *_: korean.factory.close())  # as `twistd chat` does, by stopping the reactor
    oscar, desk = korean.person("oscar"), Desk(korean, "jinny", lang="ko")
    oscar.reads()
    korean.console().types("/서버종료")
    desk.net.run()

    assert oscar.reads() == ["* 서버가 종료되었습니다."]
    assert "* 서버가 종료되었습니다." in desk.paper.shown
    assert people(korean) == []


def test_s3_7_the_manager_puts_a_user_out(korean: ChatInMemory) -> None:
    """That user sees `더 이상 채팅을 보낼 수 없습니다.`, the others `{name}가 퇴장하였습니다.`; he is gone."""
    oscar, bob = korean.person("oscar"), korean.person("bob")
    oscar.reads()
    korean.console().types("/kick bob")

    assert bob.reads()[0].startswith("* 더 이상 채팅을 보낼 수 없습니다.")
    assert bob.wire.closed
    assert oscar.reads() == ["* bob가 퇴장하였습니다."]
    assert people(korean) == ["oscar"]


@pytest.mark.parametrize(
    "sentence",
    [
        "메세지를 보낼수 없습니다. 다시 연결해주십시오",
        "-- 채팅이 종료되었습니다. 더 이상 메세지를 보낼 수 없습니다 --",
        "연결이 비 정상적으로 종료된 소켓이 있음",
        "{who}과의 연결이 중단되었습니다.",
        "유저가 퇴장하였습니다.",
        "{name}: 사용자가 없습니다.",
    ],
)
def test_s3_8_its_sentences_are_in_the_catalogue_word_for_word(sentence: str) -> None:
    """Their texts in Korean are kept word for word in the `ko` catalogue."""
    catalogue = (LOCALES / "ko" / "LC_MESSAGES" / "chatproto.po").read_text("utf-8")

    assert f'msgstr "{sentence}' in catalogue


def test_s3_8_the_log_tells_of_a_connection_that_broke_and_of_one_that_left(korean: ChatInMemory) -> None:
    """On the server: three lines, word for word."""
    lines = logged(korean, "ko")
    korean.person("oscar").wire.cut()
    korean.person("jinny").types("/종료")

    assert [line for line in lines if line.startswith("[GONE]")] == [
        "[GONE] oscar (lost): 연결이 비 정상적으로 종료된 소켓이 있음; oscar과의 연결이 중단되었습니다.",
        "[GONE] jinny (quit): 유저가 퇴장하였습니다.",
    ]


def test_s3_8_a_lost_one_and_an_absent_one(korean: ChatInMemory) -> None:
    """`{user}과의 연결이 중단되었습니다.`, `사용자가 없습니다`."""
    jinny, oscar = korean.person("jinny"), korean.person("oscar")
    jinny.reads()
    oscar.wire.cut()
    korean.settle()
    jinny.types("/msg oscar 안녕")

    assert jinny.reads() == [
        "* oscar과의 연결이 중단되었습니다.",
        "! oscar: 사용자가 없습니다. /누구를 입력하면 누가 있는지 볼 수 있습니다.",
    ]


def test_s3_8_who_is_put_out_reads_in_the_client_that_it_is_over(korean: ChatInMemory) -> None:
    """`-- 채팅이 종료되었습니다. 더 이상 메세지를 보낼 수 없습니다 --`."""
    desk = Desk(korean, "oscar", lang="ko")
    korean.console().types("/kick oscar")
    desk.net.run()

    over = "-- 채팅이 종료되었습니다. 더 이상 메세지를 보낼 수 없습니다 --"
    assert [spoken(why, "ko") for why in desk.conversation.troubles.values()] == [over]
    assert desk.paper.closed


def test_s3_9_at_most_five_when_asked_for(tmp_path: Path) -> None:
    """At most five users, when asked for."""
    settings = parsed(tmp_path, "--max-users", "5", "--rate", "0").settings()
    chat = ChatInMemory(settings)
    for n in range(6):
        chat.person(f"user{n}")

    assert len(people(chat)) == 5


def test_s3_9_a_manager_can_do_all_that_a_user_can(korean: ChatInMemory) -> None:
    """The manager can do all that a user can: one of the users is one, by the console's word."""
    manager, oscar, bob = korean.person("채팅관리자"), korean.person("oscar"), korean.person("bob")
    korean.console().types("/grant 채팅관리자")
    oscar.reads()
    manager.types("안녕하세요", "/강퇴 --서버 bob")

    assert (
        oscar.reads() == ["* bob가 입장하였습니다.", "[00:00] <채팅관리자> 안녕하세요", "* bob가 퇴장하였습니다."][1:]
    )
    assert bob.wire.closing


def test_s3_9_the_name_may_be_given_on_the_command_line() -> None:
    """The name may be given on the command line (`client.py 채팅관리자`)."""
    assert chosen(["--name", "채팅관리자"]).name == "채팅관리자"


def test_s3_9_leaving_is_safe_against_races(chat: ChatInMemory) -> None:
    """Leaving is safe against races: by word, by the manager and by a cut, all at once, one goes once."""
    oscar, bob, console = chat.person("oscar"), chat.person("bob"), chat.console()
    oscar.reads()
    console.wire.receive(b"/kick bob\n")
    bob.wire.receive(b"/quit\n/quit\n")
    bob.wire.cut()
    chat.wait(60)

    assert oscar.reads() == ["* bob was put out by server"]
    assert people(chat) == ["oscar"]


# --- S4. TCP chat (Korean) --------------------------------------------------------------------------------------------


def test_s4_1_host_and_port_from_the_environment_or_a_file(tmp_path: Path) -> None:
    """Host and port from the environment or a `.env` file (`host`, `port`).

    Of the environment only CHAT_HOST and CHAT_PORT: many a shell exports a `host` that is not ours.
    """
    (tmp_path / ".env").write_text("host=192.0.2.1\nport=6000\n", "utf-8")

    def listens(environ: dict[str, str]) -> tuple[str, list[str]]:
        options = Options(environ, tmp_path)
        options.parseOptions([])
        return options["host"], options.ports

    assert listens({}) == ("192.0.2.1", ["6000"])
    assert listens({"CHAT_PORT": "6001"}) == ("192.0.2.1", ["6001"])
    assert listens({"port": "6001", "host": "192.0.2.9"}) == ("192.0.2.1", ["6000"])
    assert chosen([], read({}, tmp_path)).endpoint == "tcp:192.0.2.1:6000"


def test_s4_2_the_server_shows_who_connects_what_is_said_and_who_is_gone(chat: ChatInMemory) -> None:
    """The server prints … `[+] {addr} connected.`, `[R]: {message}`, `client disconnected`. (Our words are others.)."""
    lines = logged(chat, texts=True)
    oscar = chat.person("oscar")
    oscar.types("hi")
    oscar.wire.cut()
    chat.settle()

    assert lines[0] == "[OPEN] 127.0.0.1:50000"
    assert '[SAID] oscar in #lobby: "hi"' in lines
    assert [line for line in lines if line.startswith("[CLOSE] 127.0.0.1:50000 oscar")] == lines[-1:]


def test_s4_3_the_client_shows_the_connection_and_quit_leaves(chat: ChatInMemory) -> None:
    """The client prints `[*] socket connected {host}:{port}`, `[R]: {message}` …; `quit` leaves."""
    jinny, desk = chat.person("jinny"), Desk(chat, "oscar")
    jinny.reads()
    assert desk.paper.told[0] == "[*] socket connected localhost:5005"
    desk.types("quit")

    assert jinny.reads() == ["* oscar quit"]
    assert desk.paper.closed


def test_s4_4_the_operator_types_and_the_users_read_it(chat: ChatInMemory) -> None:
    """The operator types on the server's console and the users read it."""
    oscar, desk = chat.person("oscar"), Desk(chat, "jinny")
    oscar.reads()
    desk.paper.new()
    chat.console().types("Please write your names.")
    desk.net.run()

    assert oscar.reads() == ["* server announces: Please write your names."]
    assert desk.paper.new() == ["* server announces: Please write your names."]


def test_s4_5_if_input_fails_the_other_side_is_told(chat: ChatInMemory) -> None:
    """If input fails, the other side is told."""
    jinny, desk = chat.person("jinny"), Desk(chat, "oscar", prompts=False)
    jinny.reads()
    desk.conversation.typed("one thing")
    desk.conversation.ended()
    desk.net.run()

    assert jinny.reads() == ["[00:00] <oscar> one thing", "* oscar quit"]


def test_s4_6_users_hear_each_other(chat: ChatInMemory) -> None:
    """(fix) It never forwards between users. (The rest of the line is in `test_seed_defects.py`.)."""
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    oscar.types("hi")

    assert jinny.reads() == ["[00:00] <oscar> hi"]
