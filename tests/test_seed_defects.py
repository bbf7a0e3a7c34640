"""The nineteen defects of the five seed programs (SEEDS.md, S3) and their (fix) lines: none of them is in ours.

Each test does what broke the old program. Its docstring is the defect, as SEEDS.md has it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from chatproto import Settings
from chatproto.activity import ActivityLog
from chatproto.client.options import chosen
from chatproto.configuration import Configuration
from chatproto.options import Options
from chatproto.testing import ChatInMemory, Person, Wire
from chatproto.wire.stomp import Frame
from tests.client.kit import Desk

MANAGER = "채팅관리자"


@pytest.fixture
def chat() -> ChatInMemory:
    return ChatInMemory()


@pytest.fixture
def oscar(chat: ChatInMemory) -> Person:
    return chat.person("oscar")


@pytest.fixture
def jinny(chat: ChatInMemory, oscar: Person) -> Person:
    jinny = chat.person("jinny")
    oscar.reads()
    return jinny


def people(chat: ChatInMemory) -> list[str]:
    return [member.name for member in chat.factory.chat.people.values()]


def said(frames: list[Frame]) -> list[str]:
    return [frame.body.decode() for frame in frames if frame.headers.get("event") == "said"]


# --- the nineteen -----------------------------------------------------------------------------------------------------


def test_01_the_sixth_user_of_five_does_not_get_in() -> None:
    """`listen(5)` is the backlog: the sixth user gets in."""
    chat = ChatInMemory(Settings(rate=0.0, tz="UTC", max_users=5))
    five = [chat.person(f"user{n}") for n in range(1, 6)]
    sixth = chat.person()
    sixth.types("user6")

    assert sixth.reads() == ["! The server is full (5 users). Try again later."]
    assert sixth.wire.closed
    five[0].types("/quit")
    assert chat.person("user6").wire.closed is False
    assert people(chat) == ["user2", "user3", "user4", "user5", "user6"]


def test_02_two_messages_in_one_segment_and_a_long_one_in_many_are_messages(
    chat: ChatInMemory, oscar: Person, jinny: Person
) -> None:
    """One `recv(1024)` is taken for one message: two in one, or the 151st Hangul character, disconnect the sender."""
    long = "가" * 1_000
    oscar.wire.receive(f"one\ntwo\n{long[:500]}".encode())
    oscar.wire.receive(f"{long[500:]}\n".encode())
    chat.settle()

    assert jinny.reads() == ["[00:00] <oscar> one", "[00:00] <oscar> two", f"[00:00] <oscar> {long}"]
    assert not oscar.wire.closed


def test_03_a_silent_connection_keeps_nobody_out(chat: ChatInMemory) -> None:
    """The accept loop reads the name: one silent connection blocks every newcomer."""
    silent = [chat.person() for _ in range(3)]
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    oscar.types("hi")

    assert jinny.reads() == ["[00:00] <oscar> hi"]
    chat.wait(31)
    assert [who.wire.closed for who in silent] == [False, False, False]  # their last words are not taken yet
    assert {who.reads()[-1] for who in silent} == {"! No name was given in time. Connect again and type one."}
    assert [who.wire.closed for who in silent] == [True, True, True]
    assert people(chat) == ["oscar", "jinny"]


@pytest.mark.parametrize("name", ["\x1b[31m", "\u3164", "a,b", "/", "<oscar>", "x" * 33, "\x00"])
def test_04_a_garbage_name_is_no_name(chat: ChatInMemory, oscar: Person, name: str) -> None:
    """Verb and name are never checked: empty and garbage names."""
    somebody = chat.person()
    somebody.types("", "   ", name)
    somebody.reads()

    assert people(chat) == ["oscar"]
    assert oscar.reads() == []


def test_04_a_verb_that_is_none_is_refused_and_not_said(oscar: Person, jinny: Person) -> None:
    """Verb and name are never checked."""
    oscar.types("/xyzzy now", "/")

    assert oscar.reads() == ["! There is no such command. /help lists them all."] * 2
    assert jinny.reads() == []


@pytest.mark.parametrize("second", ["민수", "\u1106\u1175\u11ab\u1109\u116e"])  # some systems send it decomposed
def test_05_a_second_user_of_a_name_is_refused_and_the_first_stays(chat: ChatInMemory, second: str) -> None:
    """A second user of a name silently takes the first one's place; then the wrong one is removed."""
    first, oscar, other = chat.person("민수"), chat.person("oscar"), chat.person()
    other.types(second)
    assert other.reads() == ["! Somebody is called 민수 already. Choose another name."]
    other.wire.cut()
    chat.settle()
    first.reads()
    oscar.types("/msg 민수 still there?")

    assert first.reads() == ["\a-oscar- still there?"]
    assert people(chat) == ["민수", "oscar"]


@pytest.mark.parametrize("order", ["/kick jinny", "/서버종료", "/ban jinny", "/grant oscar", "/강퇴 jinny"])
def test_06_a_name_gives_no_right(chat: ChatInMemory, jinny: Person, order: str) -> None:
    """Authority is the name written in each message: anybody kicks, anybody stops the server."""
    manager = chat.person(MANAGER)
    jinny.reads()
    manager.types(order)

    assert manager.reads()[0] in {"! Only an operator may do that.", "! Only an administrator may do that."}
    assert jinny.reads() == []
    assert MANAGER in people(chat)
    assert "jinny" in people(chat)


@pytest.mark.parametrize("name", ["서버", "server", "SERVER", "เซิร์ฟเวอร์"])
def test_06_nobody_is_called_as_the_server_is(chat: ChatInMemory, name: str) -> None:
    """Authority is the name: `서버` is who says that somebody has joined."""
    impostor = chat.person()
    impostor.types(name)

    assert people(chat) == []
    assert impostor.reads()[0].startswith(f"! {name}")


def test_07_who_speaks_and_when_is_the_servers_to_say(chat: ChatInMemory, oscar: Person) -> None:
    """Name and time are relayed as the client wrote them: anybody speaks as anybody, at any time."""
    bot = chat.program("bot")
    bot.joins("lobby")
    bot.reads()
    oscar.reads()
    chat.wait(60)
    headers = {"from": "jinny", "time": "1999-01-01T00:00:00.000Z", "seq": "99", "user": "jinny", "event": "notice"}
    bot.sends("SEND", {"destination": "/room/lobby", **headers}, "hi\n[00:00] <jinny> forged")
    [heard] = [frame for frame in bot.reads() if frame.command == "MESSAGE"]

    assert (heard.headers["from"], heard.headers["seq"], heard.headers["event"]) == ("bot", "1", "said")
    assert heard.headers["time"] == "1970-01-01T00:01:00.000Z"
    assert oscar.reads() == ["[00:01] <bot> hi", "  | [00:00] <jinny> forged"]


def test_08_what_is_said_at_once_has_one_order_for_all(chat: ChatInMemory) -> None:
    """A new lock for each use excludes nobody. Ours needs none: what happens in one turn is one batch."""
    bots = [chat.program(f"bot{n}") for n in range(5)]
    for bot in bots:
        bot.joins("lobby")
    for bot in bots:
        bot.reads()
    for round_ in range(4):
        for n, bot in enumerate(bots):  # all of it before the chat has its turn
            body = f"{n}/{round_}"
            bot.wire.receive(f"SEND\ndestination:/room/lobby\ncontent-length:{len(body)}\n\n{body}\0".encode())
    chat.settle()
    heard = [[(f.headers["prev"], f.headers["seq"], f.body) for f in bot.reads()] for bot in bots]

    assert heard == [heard[0]] * 5
    assert [(int(prev), int(seq)) for prev, seq, _ in heard[0]] == [(n, n + 1) for n in range(20)]


class Fragile(Wire):
    """A connection that ends when somebody is just being told something."""

    armed = False

    def write(self, data: bytes) -> None:
        if self.armed:
            self.cut()
        else:
            super().write(data)


def test_09_people_may_go_while_they_are_being_told(chat: ChatInMemory) -> None:
    """The user table is walked while it changes."""
    sitting: list[Person] = []
    for n in range(6):
        wire = Fragile()
        wire.protocol = chat.factory.buildProtocol(wire.address)
        wire.protocol.makeConnection(wire)
        sitting.append(Person(chat, wire))
        sitting[-1].types(f"user{n}")
    oscar = chat.person("oscar")
    for n, who in enumerate(sitting):
        who.reads()
        who.wire.armed = n % 2 == 0  # type: ignore[attr-defined]
    oscar.types("hi")

    lost = ["* user0 lost the connection", "* user2 lost the connection", "* user4 lost the connection"]
    assert [who.reads() for who in sitting[1::2]] == [["[00:00] <oscar> hi", *lost]] * 3
    assert oscar.reads() == lost
    assert people(chat) == ["user1", "user3", "user5", "oscar"]


def test_10_after_a_reset_nothing_is_said_again(chat: ChatInMemory, oscar: Person, jinny: Person) -> None:
    """After a reset the last message is broadcast again."""
    oscar.types("the last thing")
    oscar.wire.cut()
    chat.wait(60)

    assert jinny.reads() == ["[00:00] <oscar> the last thing", "* oscar lost the connection"]


@pytest.mark.parametrize("order", ["/kick nobody", "/kick jinny", "/강퇴 아무개", "/kick"])
def test_11_a_kick_that_may_not_be_is_for_its_authors_eyes_only(oscar: Person, jinny: Person, order: str) -> None:
    """`/kick` of somebody absent, or by somebody without the right, is broadcast as chat."""
    oscar.types(order)

    assert [line[0] for line in oscar.reads()] == ["!"]
    assert jinny.reads() == []


def test_11_a_kick_of_somebody_absent_by_the_manager_is_too(chat: ChatInMemory, oscar: Person) -> None:
    """`/kick` of somebody absent is broadcast as chat."""
    console = chat.console()
    console.types("/kick nobody")

    assert console.reads() == ["! There is no nobody here. /who lists who is."]
    assert oscar.reads() == []


def test_12_who_was_kicked_is_told_is_gone_and_is_heard_no_more(
    chat: ChatInMemory, oscar: Person, jinny: Person
) -> None:
    """The kicked user can go on talking; his own notice goes to the wrong people."""
    console = chat.console()
    console.wire.receive(b"/kick jinny\n")
    jinny.types("but I", "am still here")  # in the same turn, and after

    assert jinny.reads() == ["* You can no longer send messages here: server put you out."]
    assert oscar.reads() == ["* jinny was put out by server"]
    assert jinny.wire.closed
    assert people(chat) == ["oscar"]


def test_13_the_end_ends_though_somebody_reads_nothing(chat: ChatInMemory, oscar: Person, jinny: Person) -> None:
    """'The server has ended' and the process hangs."""
    jinny.wire.stuck = True
    ended: list[object] = []
    chat.factory.close().addCallback(ended.append)
    told = oscar.reads()
    chat.wait(5)

    assert told == ["* The server is closing."]
    assert len(ended) == 1
    assert oscar.wire.closed
    assert jinny.wire.closed


def test_14_a_closed_window_is_told_of_once(chat: ChatInMemory, oscar: Person, jinny: Person) -> None:
    """A user who closes his window leaves without a word to anybody."""
    jinny.wire.loseConnection()
    chat.wait(60)

    assert oscar.reads() == ["* jinny lost the connection"]
    assert people(chat) == ["oscar"]


def test_15_who_does_not_read_stops_nobody_and_misses_nothing(chat: ChatInMemory, oscar: Person, jinny: Person) -> None:
    """One reader who does not read stops the room."""
    bob = chat.person("bob")
    jinny.reads()
    said = [f"{n} {'x' * 200}" for n in range(900)]
    heard = []
    for text in said:
        oscar.types(text)
        heard += bob.reads()

    assert heard == [f"[00:00] <oscar> {text}" for text in said]
    assert len(jinny.wire.written) < 2 * jinny.wire.most  # of 190 KB
    late: list[str] = []
    while lines := jinny.reads():
        late += lines
        chat.settle()
    assert late == heard


def test_16_a_line_with_ones_own_name_in_it_is_shown(chat: ChatInMemory) -> None:
    """The client hides every line that contains the user's own name."""
    jinny, desk = chat.person("jinny"), Desk(chat, "oscar")
    jinny.types("oscar: hi", "<oscar> says the sign", "who is oscar?")
    desk.net.run()

    assert desk.paper.new()[1:] == [
        "[00:00] <jinny> oscar: hi",
        "[00:00] <jinny> <oscar> says the sign",
        "[00:00] <jinny> who is oscar?",
    ]


def test_17_a_length_is_in_bytes_and_is_read(chat: ChatInMemory, oscar: Person) -> None:
    """The length header counts characters, and nobody reads it."""
    bot = chat.program("bot")
    bot.joins("lobby")
    oscar.types("안녕")
    heard = bot.reads()[-1]
    assert (heard.headers["content-length"], heard.body.decode()) == ("6", "안녕")

    bot.wire.receive("SEND\ndestination:/room/lobby\ncontent-length:2\n\n안녕\0".encode())
    chat.settle()
    assert [frame.command for frame in bot.reads()] == ["ERROR"]
    assert not [line for line in oscar.reads() if "안" in line]


@pytest.mark.parametrize("word", ["/종료", "/조용히나가기"])
def test_18_a_word_of_leaving_ends_the_client_too(chat: ChatInMemory, word: str) -> None:
    """`/종료` does not end the client."""
    desk = Desk(chat, "oscar", lang="ko")
    desk.types(word)

    assert desk.paper.closed
    assert people(chat) == []


def test_18_nothing_typed_ahead_goes_out_before_the_name(chat: ChatInMemory) -> None:
    """Typing may begin before the name is sent."""
    jinny, desk = chat.person("jinny"), Desk(chat)
    desk.types("oscar", "hello")

    assert jinny.reads() == ["* oscar joined", "[00:00] <oscar> hello"]


def test_19_there_is_a_history(chat: ChatInMemory, oscar: Person) -> None:
    """No address reuse, no password, no log, no history. Of the address, see S0.5 in test_seeds.py."""
    oscar.types("one", "two", "three")
    bot = chat.program("bot")
    bot.joins("lobby", last="2")

    assert said(bot.reads()) == ["two", "three"]


def test_19_there_is_a_log() -> None:
    """No address reuse, no password, no log, no history."""
    chat = ChatInMemory()
    lines: list[str] = []
    chat.factory.hub.watchers.append(ActivityLog([lambda _, line: lines.append(line)], texts=True))
    chat.person("oscar").types("hi", "/quit")

    assert [line for line in lines if "oscar" in line][:3] == [
        "[CONNECT] oscar from 127.0.0.1",
        "[JOIN] oscar in #lobby",
        '[SAID] oscar in #lobby: "hi"',
    ]


def test_19_a_password_is_never_just_waved_through(chat: ChatInMemory) -> None:
    """No address reuse, no password, no log, no history."""
    program = chat.program()
    program.sends("CONNECT", {"accept-version": "1.2", "login": "oscar", "passcode": "a guess"})
    [error] = program.reads()

    assert (error.command, error.headers["message"]) == ("ERROR", "wrong-passcode")
    assert people(chat) == []


# --- the (fix) lines --------------------------------------------------------------------------------------------------


def test_s1_8_the_client_finds_its_server_by_the_environment() -> None:
    """(fix) The compose client connects to `localhost` inside its own container."""
    assert chosen(["--name", "oscar"], Configuration({"CHAT_HOST": "chat_server"})).endpoint == "tcp:chat_server:5005"
    assert chosen(["elsewhere"], Configuration({"CHAT_HOST": "chat_server"})).endpoint == "tcp:elsewhere:5005"


def test_s1_9_a_syllable_cut_in_two_is_whole_again_on_both_sides(chat: ChatInMemory) -> None:
    """(fix) `recv(1024).decode()` cuts a Hangul syllable in two and the receiver dies in silence."""
    jinny, desk = chat.person("jinny"), Desk(chat, "민수")
    jinny.reads()
    for byte in "안녕하세요, 민수\n".encode():
        jinny.wire.receive(bytes([byte]))
    assert desk.net.joined
    desk.net.joined.pump(pieces=lambda data: [bytes([byte]) for byte in data])
    desk.conversation.typed("반갑습니다")
    desk.net.joined.pump(pieces=lambda data: [bytes([byte]) for byte in data])

    assert desk.paper.new()[-1] == "[00:00] <jinny> 안녕하세요, 민수"
    assert jinny.reads() == ["[00:00] <민수> 반갑습니다"]


def test_s2_6_a_name_and_the_first_message_may_come_as_one(chat: ChatInMemory) -> None:
    """(fix) A name and the first message can come as one."""
    jinny, oscar = chat.person("jinny"), chat.person()
    oscar.wire.receive(b"oscar\nhello\n")
    chat.settle()

    assert jinny.reads() == ["* oscar joined", "[00:00] <oscar> hello"]


def test_s4_6_users_hear_each_other_and_all_of_them_the_operator(
    chat: ChatInMemory, oscar: Person, jinny: Person
) -> None:
    """(fix) It never forwards between users; the operator's line goes to one client by chance."""
    bot = chat.program("bot")
    chat.console().types("The class begins.")
    oscar.types("here")

    assert oscar.reads() == ["* server announces: The class begins."]
    assert jinny.reads() == ["* server announces: The class begins.", "[00:00] <oscar> here"]
    assert [frame.body.decode() for frame in bot.reads()] == ["server announces: The class begins."]


def test_s4_6_an_ended_connection_leaves_nothing_behind(chat: ChatInMemory) -> None:
    """(fix) An ended connection loops for ever."""

    def left() -> tuple[int, int, int, int]:
        factory = chat.factory
        timers = len([call for call in chat.clock.getDelayedCalls() if call.active()])
        return timers, len(factory.connections), len(factory.hub.sessions), len(factory.hub.channels)

    before = left()
    for end in (Wire.cut, Wire.loseConnection):
        somebody, nobody = chat.person("oscar"), chat.person()
        bot = chat.program("bot", **{"heart-beat": "10000,10000"})
        bot.joins("dev")
        for wire in (somebody.wire, nobody.wire, bot.wire):
            wire.take()
            end(wire)
        chat.wait(40)  # a program's name is kept for half a minute
    assert left() == before


def test_s4_6_the_file_env_is_read(tmp_path: Path) -> None:
    """(fix) `.env` is never loaded."""
    (tmp_path / ".env").write_text("host=192.0.2.1\nport=55555\n", "utf-8")
    options = Options({}, tmp_path)
    options.parseOptions([])

    assert (options["host"], options.ports) == ("192.0.2.1", ["55555"])
