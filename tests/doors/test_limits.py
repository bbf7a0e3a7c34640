"""WIRE.md's table of limits, row by row: its default, what happens past it, and that nobody else pays for it."""

import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chatproto.core.settings import Settings
from chatproto.testing import UNHURRIED, ChatInMemory, Person, Program, Wire
from chatproto.wire.stomp import Frame, encode

CONNECT = Frame("CONNECT", {"accept-version": "1.2", "login": "bot"})
LOGIN_LATE = "! No name was given in time. Connect again and type one."
MUCH_ELSE = "! A name was expected, and much else has come. Connect again."
MAY_HOLD = "! A name may hold letters, digits and - _ . ' | ~ + ^ ·"
TOO_FAST = "! You are sending faster than this server reads. Slow down."


def chat_with(**limits: Any) -> ChatInMemory:  # noqa: ANN401 - Settings' own
    """A chat whose one limit is another one than usual."""
    return ChatInMemory(replace(UNHURRIED, **limits))


def error_of(program: Program) -> tuple[str, bool]:
    """The reason word of the ERROR that a program got last, and whether its connection is closed."""
    *_, last = program.reads()
    assert last.command == "ERROR"
    return last.headers["message"], program.wire.closed


def two(chat: ChatInMemory) -> tuple[Person, Person]:
    """Two people in the lobby."""
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    oscar.reads()
    return oscar, jinny


def test_the_defaults_are_those_of_the_table() -> None:
    table = {
        "max_line": 8192,
        "max_headers": 32,
        "max_body": 16384,
        "login_timeout": 30,
        "rate": 5,
        "burst": 20,
        "max_per_address": 64,
        "max_users": 0,
        "max_waiting": 262144,
        "stall_timeout": 120,
        "linger": 30,
        "quiet_joins": 200,
    }
    settings = Settings()
    assert {name: getattr(settings, name) for name in table} == table


# --- max-line --------------------------------------------------------------------------------------


def test_a_line_too_long_is_refused_its_rest_skipped_and_the_connection_stays() -> None:
    """`too-long`, the rest up to the next newline is skipped, the connection stays."""
    chat = ChatInMemory()
    oscar, jinny = two(chat)
    oscar.types("x" * 8192)
    assert jinny.reads() == ["[00:00] <oscar> " + "x" * 8192]
    oscar.types("x" * 8193, "and on")
    assert oscar.reads() == ["! That line is too long: at most 8192 bytes."]
    assert jinny.reads() == ["[00:00] <oscar> and on"]


def test_an_endless_line_is_refused_once_and_never_held() -> None:
    """And with no limit on lines, there is one all the same on what is held."""
    for chat in (ChatInMemory(), chat_with(max_line=0)):
        oscar, jinny = two(chat)
        for _ in range(100):
            oscar.wire.receive(b"x" * 65536)
            assert oscar.wire.protocol._incoming.waiting() <= 65537
        oscar.types("", "and on")
        assert [line[:23] for line in oscar.reads()] == ["! That line is too long"]
        assert jinny.reads() == ["[00:00] <oscar> and on"]


def test_a_long_line_before_a_name_may_be_refused_and_a_name_follow() -> None:
    chat = chat_with(max_line=100)
    person = chat.person()
    person.types("x" * 101, "oscar")
    assert person.reads()[0] == "! That line is too long: at most 100 bytes."
    assert list(chat.factory.chat.people) == ["oscar"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({"x": "y" * 8191}, "", id="max-line"),
        pytest.param({str(n): "" for n in range(32)}, "", id="max-headers"),
        pytest.param({}, "x" * 16385, id="max-body"),
    ],
)
def test_a_frame_past_a_limit_is_an_error_and_the_end(headers: dict[str, str], body: str) -> None:
    """STOMP: ERROR, closed."""
    chat = ChatInMemory()
    oscar, jinny = two(chat)
    bot = chat.program("bot")
    oscar.reads(), jinny.reads()
    bot.sends("SEND", {"destination": "/room/lobby", **headers}, body)
    assert error_of(bot) == ("too-long", True)
    oscar.types("hello")
    assert jinny.reads() == ["[00:00] <oscar> hello"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [({"x": "y" * 8190}, "x"), ({str(n): "" for n in range(30)}, "x"), ({}, "x" * 16384)],
)
def test_a_frame_at_a_limit_is_none_past_it(headers: dict[str, str], body: str) -> None:
    """30 and the destination and a content-length are 32."""
    chat = ChatInMemory()
    bot = chat.program("bot")
    bot.joins("lobby")
    bot.reads()
    bot.sends("SEND", {"destination": "/room/lobby", **headers}, body)
    assert [frame.body.decode() for frame in bot.reads()] == [body]


def test_a_body_is_refused_by_its_announcement_and_never_held() -> None:
    """ERROR, closed, never held in memory."""
    chat = ChatInMemory()
    bot = chat.program("bot")
    bot.wire.receive(b"SEND\ndestination:/room/lobby\ncontent-length:16385\n")
    chat.settle()
    assert error_of(bot) == ("too-long", True)


# --- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x" * 33, "! That name is too long: at most 32 characters and 96 bytes."),
        ("𐐀" * 25, "! That name is too long: at most 32 characters and 96 bytes."),
        ("os/car", f"{MAY_HOLD} but character 3 is none of these: '/' (U+002F SOLIDUS)."),
        ("a\u202eb", f"{MAY_HOLD} but character 2 is none of these: U+202E RIGHT-TO-LEFT OVERRIDE."),
        ("-x", "! A name begins with a letter or a digit, not with '-' (U+002D HYPHEN-MINUS)."),
    ],
)
def test_a_bad_name_is_refused_with_the_character_and_why(name: str, said: str) -> None:
    """A name: 32 characters, 96 bytes; past it `bad-name`, and which character and why."""
    chat = ChatInMemory()
    person, program = chat.person(), chat.program()
    person.types(name)
    assert person.reads()[0].startswith(said)
    program.sends("CONNECT", {"accept-version": "1.2", "login": name})
    assert error_of(program) == ("bad-name", True)
    assert chat.factory.chat.people == {}


@pytest.mark.parametrize("name", ["x" * 32, "가" * 32, "ส" * 32])
def test_a_name_at_the_limits_is_a_name(name: str) -> None:
    person = ChatInMemory().person()
    person.types(name, f"/join {name}")
    assert person.reads()[-1] == f"* You are in #{name} with nobody else."


def test_a_rooms_name_has_the_same_limits() -> None:
    chat = ChatInMemory()
    oscar = chat.person("oscar")
    oscar.types("/join " + "x" * 33)
    assert oscar.reads() == ["! That name is too long: at most 32 characters and 96 bytes."]
    assert list(chat.factory.chat.rooms) == ["#lobby"]


# --- before a name ---------------------------------------------------------------------------------


def test_who_gives_no_name_in_time_is_told_and_closed() -> None:
    """30 s without a name or a `CONNECT`: told, closed."""
    chat = ChatInMemory()
    oscar, silent, program = chat.person("oscar"), chat.person(), chat.program()
    program.wire.receive(b"CONNECT\n")
    silent.types("bad name!")
    chat.wait(29.9)
    assert (silent.wire.closed, program.wire.closed) == (False, False)
    silent.reads()
    chat.wait(0.1)
    assert (silent.reads(), silent.wire.closed) == ([LOGIN_LATE], True)
    assert error_of(program) == ("too-fast", True)
    chat.wait(60)
    assert (oscar.reads(), oscar.wire.closed) == ([], False)


def test_bad_names_and_dribbles_do_not_buy_more_time() -> None:
    chat = ChatInMemory()
    person = chat.person()
    for _ in range(29):
        person.wire.receive(b"x")
        chat.wait(1)
    person.types("!")
    chat.wait(1)
    assert (person.reads()[-1], person.wire.closed) == (LOGIN_LATE, True)


def test_a_login_timeout_of_0_is_none() -> None:
    chat = chat_with(login_timeout=0)
    person = chat.person()
    chat.wait(100_000)
    assert not person.wire.closed


NAMELESS_FLOODS = [
    pytest.param([b"\n" * 65], id="empty lines"),
    pytest.param([b"\r\n"] * 65, id="empty lines, one by one"),
    pytest.param([b"\r" * 8193], id="carriage returns"),
    pytest.param([b"!\n" * 65], id="bad names"),
    pytest.param([b"!\n"] * 65, id="bad names, one by one"),
    pytest.param([b"x" * 8193], id="half a line"),
    pytest.param([b"x"] * 8193, id="half a line, byte by byte"),
    pytest.param([b"!" * 200 + b"\n"] * 41, id="long bad names"),
    pytest.param([b"\xff\xf1" * 4097], id="telnet"),
    pytest.param([b"\xff\xfa" + b"x" * 8192], id="subnegotiation"),
]


@pytest.mark.parametrize("greeted", [False, True])
@pytest.mark.parametrize("pieces", NAMELESS_FLOODS)
def test_much_before_a_name_is_the_end(pieces: list[bytes], greeted: bool) -> None:
    """With at most 8 KiB, 64 lines before a name is given: told, closed. One byte, one line fewer is none."""
    chat = ChatInMemory()
    oscar = chat.person("oscar")
    person = chat.person()
    if greeted:
        chat.wait(1)
    for piece in pieces[:-1]:
        person.wire.receive(piece)
    assert not person.wire.closed
    person.wire.receive(pieces[-1])
    chat.settle()
    assert (person.reads()[-1] in {MUCH_ELSE, TOO_FAST}, person.wire.closed) == (True, True)
    assert (oscar.reads(), list(chat.factory.chat.people)) == ([], ["oscar"])


@pytest.mark.parametrize("data", [b"\n" * 63, b"!\n" * 63, b"x" * 8100 + b"\n"])
def test_within_the_bounds_a_name_is_still_taken(data: bytes) -> None:
    chat = ChatInMemory()
    wire = chat.wire()
    wire.receive(data)
    wire.receive(b"oscar\n")
    assert list(chat.factory.chat.people) == ["oscar"]


def test_nobody_without_a_name_is_answered_more_than_64_times() -> None:
    """However much comes in one piece: refusing is work, and the answers are held for who reads none."""
    chat = ChatInMemory()
    wire = chat.wire()
    wire.receive(b"!\n" * 32768)
    assert wire.take().count(b"\n") == 65


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([b"CONNECT\n", b"x:" + b"y" * 8185], id="a header line"),
        pytest.param([b"CONNECT\n", *[b"x:%d\n" % n for n in range(33)]], id="headers"),
        pytest.param([b"CONNECT\n", b"x:" + b"y" * 4090 + b"\n", b"z:" + b"y" * 4090 + b"\n"], id="long headers"),
        pytest.param([b"CONNECT\n\n", b"x" * 8184], id="a body"),
        pytest.param([b"CONNECT\ncontent-length:9000\n\n", b"x" * 8170], id="an announced body"),
    ],
)
def test_a_connect_frame_past_the_bounds_is_an_error_and_the_end(pieces: list[bytes]) -> None:
    chat = ChatInMemory()
    program = chat.program()
    for piece in pieces:
        assert not program.wire.closed
        program.wire.receive(piece)
    assert error_of(program) == ("too-long", True)


def test_what_comes_in_one_piece_with_a_connect_frame_is_no_matter() -> None:
    chat = ChatInMemory()
    program = chat.program()
    program.wire.receive(encode(CONNECT) + encode(Frame("SEND", {"destination": "/room/lobby"}, b"x" * 16000)))
    chat.settle()
    assert program.reads()[0].command == "CONNECTED"


@pytest.mark.parametrize("command", ["SEND", "SUBSCRIBE", "DISCONNECT", "CONNECTED"])
def test_nothing_but_connect_is_understood_before_it(command: str) -> None:
    chat = ChatInMemory()
    program = chat.program()
    program.wire.receive(b"CONNECT\naccept-version:1.2\nlogin:bot!\n\n\0")
    assert error_of(program) == ("bad-name", True)
    after = chat.program()
    after.wire.receive(b"STOMP\naccept-version:9\n\n\0" + command.encode() + b"\n\n\0")
    assert error_of(after) == ("bad-frame", True)


# --- rate and burst --------------------------------------------------------------------------------


def hurried(**limits: Any) -> ChatInMemory:  # noqa: ANN401 - Settings' own
    """A chat with the table's own pace."""
    return ChatInMemory(Settings(tz="UTC", **limits))


def test_twenty_lines_at_once_and_then_five_a_second() -> None:
    """The connection is not read until there is room; nothing is lost, nothing refused."""
    chat = hurried()
    oscar, jinny = two(chat)
    chat.wait(60)
    oscar.types(*(str(n) for n in range(30)))
    assert [len(jinny.reads()), oscar.wire.reading] == [20, False]
    for _ in range(5):
        chat.wait(0.2)
        assert len(jinny.reads()) == 1
    chat.wait(1)
    assert jinny.reads() == [f"[00:01] <oscar> {n}" for n in range(25, 30)]
    assert (oscar.wire.reading, oscar.reads()) == (True, [])


def test_a_program_has_the_same_pace() -> None:
    chat = hurried()
    jinny = chat.person("jinny")
    bot = chat.program("bot")
    bot.joins("lobby")
    chat.wait(60)
    jinny.reads()
    for n in range(30):
        bot.says("lobby", str(n))
    assert [len(jinny.reads()), bot.wire.reading] == [20, False]
    chat.wait(2)
    assert [len(jinny.reads()), bot.wire.reading] == [10, True]


def test_who_is_too_fast_costs_nobody_else_their_pace() -> None:
    chat = hurried()
    oscar, jinny = two(chat)
    oscar.types(*("flood" for _ in range(1000)))
    jinny.reads()
    jinny.types("still here")
    assert oscar.reads() == ["[00:00] <jinny> still here"]


def test_who_goes_on_sending_while_not_read_is_cut_off() -> None:
    """64 KiB waiting: `too-fast`, closed (a transport may deliver what it had read already)."""
    chat = hurried()
    oscar, jinny = two(chat)
    oscar.wire.reading = True
    oscar.wire.receive(b"x\n" * 32000)
    assert not oscar.wire.closed
    oscar.wire.reading = True
    oscar.wire.receive(b"x\n" * 5000)
    chat.settle()
    assert (oscar.reads(), oscar.wire.closed) == ([TOO_FAST], True)
    chat.settle()
    assert jinny.reads()[-1] == "* oscar lost the connection"


def test_a_program_that_goes_on_sending_while_not_read_is_cut_off() -> None:
    chat = hurried()
    bot = chat.program("bot")
    frame = encode(Frame("SEND", {"destination": "/me"}))
    for _ in range(2):
        bot.wire.reading = True
        bot.wire.receive(frame * (40000 // len(frame)))
    assert error_of(bot) == ("too-fast", True)


def test_a_rate_of_0_is_none() -> None:
    chat = hurried(rate=0)
    oscar, jinny = two(chat)
    oscar.types(*(str(n) for n in range(500)))
    assert len(jinny.reads()) == 500


@pytest.mark.parametrize("noise", [b"\n" * 65536, b"\r\n" * 32768, b"\xff\xf1" * 512, b"x" * 65536])
def test_empty_lines_telnet_and_half_lines_use_up_no_pace(noise: bytes) -> None:
    chat = hurried()
    oscar, jinny = two(chat)
    oscar.wire.receive(noise)
    chat.settle()
    assert (oscar.wire.reading, oscar.wire.closed) == (True, False)
    assert jinny.reads() == []


def test_more_telnet_in_one_read_than_any_telnet_has_to_say_is_a_flood() -> None:
    """It is refused before it is looked at: each command would cost a turn of a loop, and the rate sees none."""
    chat = ChatInMemory()
    oscar, jinny = two(chat)
    oscar.wire.receive(b"\xff\xf1" * 1024)
    assert not oscar.wire.closed
    oscar.wire.receive(b"\xff\xf1" * 1025)
    chat.settle()
    assert (oscar.reads(), oscar.wire.closed) == ([TOO_FAST], True)
    chat.settle()
    assert jinny.reads() == ["* oscar lost the connection"]


# --- connections and users -------------------------------------------------------------------------


def test_one_connection_too_many_gets_one_line_and_is_closed() -> None:
    chat = chat_with(max_connections=2)
    oscar, _ = two(chat)
    third = chat.person()
    assert third.reads() == ["! This server has as many connections as it may. Try again later."]
    assert third.wire.closed
    assert oscar.reads() == []
    oscar.types("/quit")
    oscar.reads()
    assert not chat.person().wire.closed


def test_sixty_four_connections_from_one_public_address() -> None:
    chat = ChatInMemory()
    wires = [chat.wire("8.8.8.8") for _ in range(65)]
    assert wires[64].take() == b"! There are too many connections from your address. Close one of them first.\r\n"
    assert [wire.closed for wire in wires] == [False] * 64 + [True]
    assert not chat.wire("8.8.4.4").closed


def test_a_full_server_says_so() -> None:
    """`max-users`: `server-full`; for a person told and closed, for a program an ERROR."""
    chat = chat_with(max_users=1)
    chat.person("oscar")
    person, program = chat.person(), chat.program()
    person.types("jinny")
    assert (person.reads(), person.wire.closed) == (["! The server is full (1 users). Try again later."], True)
    program.sends("CONNECT", CONNECT.headers)
    assert error_of(program) == ("server-full", True)


def test_a_full_room_says_so() -> None:
    """`/set limit N`: `room-full`."""
    chat = ChatInMemory()
    chat.console().types("/set limit 1")
    oscar = chat.person("oscar")
    person, bot = chat.person(), chat.program("bot")
    person.types("jinny")
    assert (person.reads(), person.wire.closed) == (["! #lobby is full (1 members). Try again later."], True)
    bot.joins("lobby")
    assert [frame.headers.get("reason") for frame in bot.reads()] == ["room-full"]
    oscar.types("/who")
    assert oscar.reads()[-1] == "* 1 in #lobby: oscar"


# --- readers who do not read -----------------------------------------------------------------------


def full(wire: Wire) -> None:
    """Play a peer that reads nothing: its transport says stop."""
    wire.write(b"x" * (wire.most + 1))


def test_a_slow_reader_is_left_where_it_is_and_nobody_waits() -> None:
    """SEEDS defect 15: one reader who does not read stops the room. Ours is left, and reads on later."""
    chat = ChatInMemory()
    oscar, jinny = two(chat)
    bob = chat.person("bob")
    full(jinny.wire)
    held = len(jinny.wire.written)
    oscar.reads(), bob.reads()
    for n in range(50):
        oscar.types(f"line {n}")
    assert len(bob.reads()) == 50
    assert len(jinny.wire.written) == held
    jinny.wire.take()
    chat.settle()
    assert jinny.reads() == [f"[00:00] <oscar> line {n}" for n in range(50)]


def test_private_events_for_a_slow_reader_are_bounded() -> None:
    """`max-waiting`: past it told, closed; and cut off, since it does not take that either."""
    chat = ChatInMemory()
    oscar, jinny = two(chat)
    full(jinny.wire)
    for _ in range(33):
        oscar.types("/msg jinny " + "x" * 8000)
        assert len(jinny.wire.written) <= 262144 + 65537 + 200
    assert b"! Too much waits to be read on this connection." in jinny.wire.written
    assert (jinny.wire.closing, jinny.wire.closed) == (True, False)
    chat.wait(2)
    assert jinny.wire.closed


def test_a_reader_who_takes_nothing_for_two_minutes_is_cut_off() -> None:
    """`stall-timeout`: 120 seconds; aborted, and the others hear that it is lost."""
    chat = ChatInMemory()
    oscar, jinny = two(chat)
    full(jinny.wire)
    chat.wait(119.9)
    assert not jinny.wire.closed
    chat.wait(0.1)
    assert jinny.wire.closed
    assert oscar.reads() == ["* jinny lost the connection"]


def test_a_reader_who_takes_something_in_time_stays() -> None:
    chat = ChatInMemory()
    _, jinny = two(chat)
    for _ in range(3):
        full(jinny.wire)
        chat.wait(100)
        jinny.wire.take()
    chat.wait(200)
    assert not jinny.wire.closed


BEATING = encode(Frame("CONNECT", {"accept-version": "1.2", "login": "bot", "heart-beat": "10000,10000"}))


@pytest.mark.parametrize("says", [b"", b"x", b"oscar\n", encode(CONNECT), BEATING, b"GET / HTTP/1.1\r\n"])
def test_a_connection_that_has_ended_is_held_by_nobody(says: bytes) -> None:
    """Else its memory is had back whenever garbage is looked for, and a thousand of them wait for that."""
    chat = ChatInMemory()
    wire = chat.wire()
    wire.receive(says)
    chat.settle()
    wire.cut()
    chat.settle()
    door = weakref.ref(wire.protocol)
    wire.protocol = None  # as Twisted's transports do
    assert door() is None


# --- programs that come back, large rooms -----------------------------------------------------------


def test_a_lost_program_is_waited_for_thirty_seconds() -> None:
    """`linger`: its name and places are kept and nobody is told; only then `lost` is told."""
    chat = ChatInMemory()
    oscar = chat.person("oscar")
    bot = chat.program("bot")
    bot.joins("lobby")
    oscar.reads()
    bot.wire.cut()
    chat.wait(29.9)
    assert (oscar.reads(), "bot" in chat.factory.chat.people) == ([], True)
    chat.wait(0.1)
    assert (oscar.reads(), "bot" in chat.factory.chat.people) == (["* bot lost the connection"], False)


def test_a_linger_of_0_is_none() -> None:
    chat = chat_with(linger=0)
    oscar = chat.person("oscar")
    bot = chat.program("bot")
    bot.joins("lobby")
    bot.wire.cut()
    chat.settle()
    assert oscar.reads() == ["* bot joined", "* bot lost the connection"]


def test_a_large_room_tells_joins_and_leaves_in_summary() -> None:
    """`quiet-joins`: members above which a room tells joins and leaves in summary, one line a minute."""
    chat = chat_with(quiet_joins=3)
    people = [chat.person(f"p{n}") for n in range(8)]
    assert people[0].reads() == [f"* p{n} joined" for n in range(1, 4)]
    people[7].types("/quit")
    chat.wait(65)
    assert people[0].reads() == ["* In the last minute 4 joined and 1 left; 7 are here."]
    chat.wait(120)
    assert people[0].reads() == []


# --- nobody else pays ------------------------------------------------------------------------------

ATTACKS: list[Callable[[Wire], None]] = [
    lambda wire: wire.receive(b"x" * 1_000_000),
    lambda wire: wire.receive(b"\n" * 1_000_000),
    lambda wire: wire.receive(b"!\n" * 100_000),
    lambda wire: wire.receive(b"\0" * 100_000),
    lambda wire: wire.receive(b"CONNECT\n" * 10_000),
    lambda wire: wire.receive(b"CONNECT\n" + b"a:b\n" * 10_000),
    lambda wire: wire.receive(b"CONNECT\ncontent-length:999999999\n\n" + b"x" * 100_000),
    lambda wire: wire.receive(b"CONNECT\n\n" + b"x" * 100_000),
    lambda wire: wire.receive(b"\xff" * 100_000),
    lambda wire: wire.receive(b"\xff\xfd\x01" * 30_000),
    lambda wire: wire.receive(b"\xff\xfa" + b"x" * 100_000),
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_whatever_a_stranger_sends_before_a_name_the_others_talk_on(attack: Callable[[Wire], None]) -> None:
    chat = ChatInMemory()
    oscar, jinny = two(chat)
    wire = chat.wire()
    attack(wire)
    chat.settle()
    assert len(wire.written) < 16384
    oscar.types("hello")
    assert jinny.reads() == ["[00:00] <oscar> hello"]
    wire.take()
    chat.wait(31)
    assert (wire.closed, len(chat.factory.connections)) == (True, 2)
    assert oscar.reads() == []
