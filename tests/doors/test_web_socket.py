"""STOMP in a WebSocket: all that holds on TCP holds here, and what WebSockets add cannot be used against anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from zope.interface import implementer

from chatproto.doors.web.whence import address_of, networks
from chatproto.testing import UNHURRIED, ChatInMemory, Program
from chatproto.wire.stomp import Frame, encode
from tests.doors.sockets import ACCEPTED, HOST, KEY, UPGRADE, Socket, Web, request

CONNECT = encode(Frame("CONNECT", {"accept-version": "1.2", "login": "bot"}))


def web_with(**limits: Any) -> Web:  # noqa: ANN401 - Settings' own
    """The web side of a chat whose one limit is another one than usual."""
    return Web(ChatInMemory(replace(UNHURRIED, **limits)))


def socket_of(program: Program) -> Socket:
    return cast("Socket", program.wire)


def talker(web: Web, name: str = "bot") -> Program:
    """A program in a WebSocket, in #lobby, which has read all so far."""
    program = web.program(name)
    program.joins("lobby")
    program.reads()
    return program


def said(program: Program) -> list[str]:
    """What a program heard."""
    return [frame.body.decode() for frame in program.reads() if frame.headers.get("event") == "said"]


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """The lines of the log."""
    lines: list[str] = []

    @implementer(ILogObserver)
    def note(event: LogEvent) -> None:
        lines.append(formatEvent(event))

    globalLogPublisher.addObserver(note)
    yield lines
    globalLogPublisher.removeObserver(note)


# --- the handshake ---------------------------------------------------------------------------------


def test_the_handshake_is_answered_as_the_rfc_has_it_with_the_subprotocol() -> None:
    answer = Web(ChatInMemory()).socket().handshake

    assert (answer.status, answer.headers["sec-websocket-accept"]) == (101, ACCEPTED)
    assert answer.headers["sec-websocket-protocol"] == "v12.stomp"


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [("v12.stomp", "v12.stomp"), ("v10.stomp,v11.stomp", "v11.stomp"), ("v11.stomp, v12.stomp", "v12.stomp")],
)
def test_the_newest_subprotocol_that_both_speak_is_agreed(offered: str, agreed: str) -> None:
    answer = Web(ChatInMemory()).socket(**{"Sec-WebSocket-Protocol": offered}).handshake

    assert (answer.status, answer.headers["sec-websocket-protocol"]) == (101, agreed)


def test_who_offers_no_subprotocol_gets_none() -> None:
    """As curl and wscat do: it is STOMP all the same."""
    headers = {name: value for name, value in UPGRADE.items() if name != "Sec-WebSocket-Protocol"}
    answer = Web(ChatInMemory()).asks("/stomp", headers)

    assert (answer.status, "sec-websocket-protocol" in answer.headers) == (101, False)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-WebSocket-Protocol": "mqtt"}, 400),
        ({"Upgrade": "h2c"}, 426),
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Version": "13, 8"}, 426),
        ({"Sec-WebSocket-Version": ""}, 426),
        ({"Sec-WebSocket-Key": ""}, 400),
        ({"Sec-WebSocket-Key": "short"}, 400),
        ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ"}, 400),
        ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZS4="}, 400),
        ({"Sec-WebSocket-Key": f"{KEY}, {KEY}"}, 400),
        ({"Sec-WebSocket-Key": "한".encode().decode("latin-1")}, 400),
        ({"Connection": "close"}, 400),
        ({"Host": "xn--\xff\xfe" + "a" * 300, "Origin": ""}, 403),
        ({"User-Agent": "a\x0bb\xff", "Connection": "Upgrade, \x02"}, 101),
        ({"Host": f"{'a' * 70}.example", "Origin": f"http://{'a' * 70}.example"}, 101),
    ],
)
def test_a_handshake_that_is_none_is_answered_in_words_and_logs_no_traceback(
    headers: dict[str, str], status: int
) -> None:
    web = Web(ChatInMemory())
    answer = web.asks("/stomp", UPGRADE | headers)

    assert answer.status == status
    assert bool(answer.body) is (status != 101)


def test_another_version_is_told_the_one_that_is_spoken() -> None:
    """RFC 6455, 4.2.2; and that the connection may be upgraded, RFC 9110, 15.5.22."""
    answer = Web(ChatInMemory()).asks("/stomp", UPGRADE | {"Sec-WebSocket-Version": "25"})

    assert (answer.status, answer.headers["sec-websocket-version"], answer.headers["upgrade"]) == (
        426,
        "13",
        "websocket",
    )


def test_a_proxy_that_drops_the_upgrade_is_told_of(logged: list[str]) -> None:
    headers = {name: value for name, value in UPGRADE.items() if name != "Upgrade"}
    answer = Web(ChatInMemory()).asks("/stomp", headers)

    assert (answer.status, "must pass it on" in answer.body.decode()) == (426, True)
    assert any("without its Upgrade header" in line for line in logged)


ORIGINS = [  # what was asked for, the page that asks, and the answer
    (HOST, f"http://{HOST}", 101),
    (HOST, f"https://{HOST}", 101),
    (HOST, f"http://{HOST.upper()}", 101),
    (HOST, "http://chat.example", 403),
    (HOST, "http://chat.example:8081", 403),
    (HOST, "http://evil.example", 403),
    (HOST, f"http://{HOST}.evil.example", 403),
    (HOST, f"http://evil.example/{HOST}", 403),
    (HOST, f"http://{HOST}@evil.example", 403),
    (HOST, f"http://evil@{HOST}", 403),
    (HOST, f"ftp://{HOST}", 403),
    (HOST, "null", 403),
    (HOST, "http://[", 403),
    (HOST, f"http://{HOST}9", 403),
    (HOST, "", 403),
    ("chat.example:443", "https://chat.example", 101),
    ("chat.example:80", "http://chat.example", 101),
    ("chat.example:443", "http://chat.example", 403),
    ("chat.example", "https://chat.example:443", 101),
    ("chat.example", "https://chat.example:8443", 101),
    ("chat.example", "https://evil.example", 403),
    ("chat.example", "https://a.chat.example", 403),
    ("[2001:db8::7]:80", "http://[2001:db8::7]", 101),
    ("[2001:db8::7]", "http://[2001:db8::8]", 403),
    ("127.0.0.1:8080", "https://chat.example", 403),
    ("", "https://chat.example", 403),
]


@pytest.mark.parametrize(("host", "origin", "status"), ORIGINS)
def test_only_a_page_of_our_own_may_connect(host: str, origin: str, status: int) -> None:
    """Default ports are equal; and no page of elsewhere, whatever its address resembles."""
    assert Web(ChatInMemory()).asks("/stomp", UPGRADE | {"Host": host, "Origin": origin}).status == status


@pytest.mark.parametrize("origins", [(f"http://{HOST}", "http://evil.example"), (f"http://{HOST}", f"http://{HOST}")])
def test_one_good_origin_of_several_does_not_suffice(origins: tuple[str, str]) -> None:
    """No browser sends two: it is a mistake of whoever does, or an attack."""
    for first, second in (origins, origins[::-1]):
        wire = Web(ChatInMemory()).wire()
        headers = request("/stomp", UPGRADE | {"Origin": first})
        wire.receive(headers.replace(b"\r\n\r\n", f"\r\nOrigin: {second}\r\n\r\n".encode()))
        assert wire.take().startswith(b"HTTP/1.1 403 ")


FORWARDED = [  # what a proxy adds to a request for 127.0.0.1:8080, the page that asks, and if it is believed
    ({"X-Forwarded-Host": "chat.example"}, "https://chat.example", True),
    ({"X-Forwarded-Host": "chat.example"}, "https://chat.example:8443", True),
    ({"X-Forwarded-Host": "chat.example:8443"}, "https://chat.example:8443", True),
    ({"X-Forwarded-Host": "chat.example:8080", "X-Forwarded-Port": "8443"}, "https://chat.example:8443", True),
    ({"X-Forwarded-Host": "chat.example:80", "X-Forwarded-Proto": "https"}, "https://chat.example", True),
    ({"X-Forwarded-Host": "chat.example, inner:8080"}, "https://chat.example", True),
    ({"X-Forwarded-Port": "443"}, "https://127.0.0.1", True),
    ({"X-Forwarded-Host": "chat.example"}, "https://evil.example", False),
    ({"X-Forwarded-Host": "chat.example:8443"}, "https://chat.example", False),
    ({"X-Forwarded-Proto": "https"}, "https://chat.example", False),
]


@pytest.mark.parametrize(("headers", "origin", "own"), FORWARDED)
@pytest.mark.parametrize("believed", [True, False])
def test_what_a_believed_proxy_says_was_asked_for(
    headers: dict[str, str], origin: str, own: bool, believed: bool
) -> None:
    """Only of a proxy that is named with `--web-proxy` is the word taken."""
    web = web_with(web_proxy="127.0.0.1" if believed else "")
    asked = web.asks("/stomp", UPGRADE | {"Host": "127.0.0.1:8080", "Origin": origin} | headers)
    assert asked.status == (101 if own and believed else 403)


def test_who_is_refused_is_told_what_to_set_and_the_log_has_both_values(logged: list[str]) -> None:
    answer = Web(ChatInMemory()).asks("/stomp", UPGRADE | {"Origin": "https://chat.example\x07"})

    for told in (answer.body.decode(), logged[-1]):
        assert all(word in told for word in ("https://chat.example\\x07", HOST, "--web-proxy", "X-Forwarded-Host"))


@pytest.mark.parametrize(("origin", "status"), [(f"http://{HOST}", 426), ("https://evil.example", 403)])
def test_a_page_may_ask_why_it_was_refused(origin: str, status: int) -> None:
    """A browser does not show a page the answer to its WebSocket's handshake."""
    answer = Web(ChatInMemory()).asks(f"/stomp?origin={origin}", {"Host": HOST})

    assert (answer.status, "--web-proxy" in answer.body.decode()) == (status, status == 403)


def test_a_program_that_is_no_browser_names_no_page_and_may_connect() -> None:
    headers = {name: value for name, value in UPGRADE.items() if name != "Origin"}

    assert Web(ChatInMemory()).asks("/stomp", headers).status == 101


# --- talk ------------------------------------------------------------------------------------------


def test_a_browser_and_a_person_at_telnet_talk() -> None:
    web = Web(ChatInMemory())
    oscar, bot = web.chat.person("oscar"), talker(web)
    oscar.reads()
    oscar.types("안녕하세요")
    bot.says("lobby", "สวัสดี")

    assert said(bot) == ["안녕하세요", "สวัสดี"]
    assert oscar.reads() == ["[00:00] <bot> สวัสดี"]


@given(st.lists(st.integers(1, 60), max_size=20), st.booleans())
def test_frames_of_stomp_may_be_cut_into_messages_and_messages_into_fragments(cuts: list[int], text: bool) -> None:
    data = CONNECT + encode(Frame("SUBSCRIBE", {"id": "me", "destination": "/me"}))
    data += encode(Frame("SEND", {"destination": "/command", "receipt": "r"}, b"/whoami"))
    web = Web(ChatInMemory())
    socket = web.socket()
    while data:
        size = cuts.pop() if cuts else len(data)
        piece, data = data[:size], data[size:]
        ends = bool(len(cuts) % 2) or not data
        socket.send(TextMessage(piece.decode(), True, ends) if text else BytesMessage(piece, True, ends))
    web.chat.settle()

    assert b"RECEIPT\nreceipt-id:r\n" in socket.take()


def test_who_comes_back_to_its_session_finds_nothing_missing_and_nothing_twice() -> None:
    web = Web(ChatInMemory())
    jinny = web.chat.person("jinny")
    socket = web.socket()
    socket.receive(CONNECT + encode(Frame("SUBSCRIBE", {"id": "1", "destination": "/room/lobby"})))
    web.chat.settle()
    secret = socket.take().decode().partition("resume:")[2].partition("\n")[0]
    jinny.types("one")
    socket.below.cut()
    jinny.types("two", "three")
    again = web.program()
    again.sends("CONNECT", {"accept-version": "1.2", "login": "bot", "resume": secret})
    again.sends("SUBSCRIBE", {"id": "1", "destination": "/room/lobby", "after": "1"})

    assert said(again) == ["two", "three"]
    assert jinny.reads() == ["* bot joined"]


# --- goodbyes --------------------------------------------------------------------------------------


def test_a_goodbye_is_answered_and_nothing_after_it_is_looked_at() -> None:
    web = Web(ChatInMemory())
    bot = talker(web)
    socket = socket_of(bot)
    goodbye = socket.frames.send(CloseConnection(1000))
    socket.below.receive(bytes(goodbye) + b"\x00" * 50)
    socket.below.receive(b"\xff" * 50)
    web.chat.settle()
    bot.reads()

    assert (socket.code, socket.closed) == (1000, True)


def test_who_says_goodbye_and_does_not_read_is_cut_off() -> None:
    web = Web(ChatInMemory())
    bot = talker(web)
    socket = socket_of(bot)
    socket.below.write(b"x" * (socket.most + 1))
    socket.send(CloseConnection(1000))
    web.chat.settle()
    assert (socket.closing, socket.closed) == (True, False)
    web.chat.wait(2)

    assert socket.closed


def test_a_frame_that_stomp_does_not_allow_gets_its_error_and_then_a_goodbye() -> None:
    bot = talker(Web(ChatInMemory()))
    bot.sends("BEGIN", {"transaction": "t"})
    *_, last = bot.reads()

    assert (last.command, last.headers["message"]) == ("ERROR", "bad-frame")
    assert (socket_of(bot).code, bot.wire.closed) == (1000, True)


@pytest.mark.parametrize(
    ("junk", "code"),
    [
        pytest.param(b"\x81\x00", 1002, id="not masked"),
        pytest.param(b"\xf1\x80key!", 1002, id="reserved bits"),
        pytest.param(b"\x83\x80key!", 1002, id="no such kind"),
        pytest.param(b"\x09\x80key!", 1002, id="a ping in fragments"),
        pytest.param(b"\x80\x80key!", 1002, id="the rest of nothing"),
        pytest.param(b"\x81\x82\0\0\0\0\xff\xfe", 1007, id="not UTF-8"),
        pytest.param(b"\x89\xfe\x00\x7ekey!" + b"x" * 126, 1002, id="a ping too long"),
    ],
)
def test_what_is_no_websocket_frame_is_told_and_ends_it(junk: bytes, code: int) -> None:
    bot = talker(Web(ChatInMemory()))
    bot.wire.below.receive(junk)  # type: ignore[attr-defined]
    bot.reads()

    assert (socket_of(bot).code, bot.wire.closed) == (code, True)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_no_bytes_whatever_do_harm(pieces: list[bytes]) -> None:
    web = Web(ChatInMemory())
    oscar, socket = web.chat.person("oscar"), web.socket()
    for piece in pieces:
        socket.below.receive(piece)
    oscar.types("/whoami")

    assert oscar.reads() == ["* You are oscar.", "* You are in #lobby."]


def test_the_end_of_the_chat_closes_all() -> None:
    web = Web(ChatInMemory())
    bot, idle = talker(web), web.wire()
    ended: list[object] = []
    web.chat.factory.close().addCallback(ended.append)
    web.chat.settle()
    bot.reads()
    web.chat.settle()

    assert (bot.wire.closed, idle.closed, ended) == (True, True, [None])


# --- limits ----------------------------------------------------------------------------------------


def test_a_message_too_large_is_refused_though_it_comes_in_fragments() -> None:
    """By what the fragments announce: it is never held."""
    web = web_with(max_body=1000)
    bot = talker(web)
    socket = socket_of(bot)
    for _ in range(67):
        socket.send(BytesMessage(b"x" * 1000, message_finished=False))
    bot.reads()

    assert (socket.code, socket.closed) == (1009, True)


def test_one_frame_too_large_is_refused_before_it_has_come() -> None:
    bot = talker(Web(ChatInMemory()))
    bot.wire.below.receive(b"\x82\xff" + (10**9).to_bytes(8, "big"))  # type: ignore[attr-defined]
    bot.reads()

    assert (socket_of(bot).code, bot.wire.closed) == (1009, True)


def test_a_body_too_long_gets_the_same_error_as_on_tcp() -> None:
    bot = talker(Web(ChatInMemory()))
    bot.says("lobby", "x" * 16385)
    *_, last = bot.reads()

    assert (last.headers["message"], bot.wire.closed) == ("too-long", True)


def test_the_largest_body_passes() -> None:
    bot = talker(Web(ChatInMemory()))
    bot.says("lobby", "x" * 16384)

    assert said(bot) == ["x" * 16384]


def test_who_says_no_name_in_time_is_told_and_closed() -> None:
    """`login-timeout`: from the WebSocket's beginning on."""
    web = Web(ChatInMemory())
    socket = web.socket()
    web.chat.wait(30)

    assert b"ERROR\nmessage:too-fast\n" in socket.take()
    assert socket.closed


def test_talk_is_paced_as_on_tcp_and_nothing_is_lost() -> None:
    """`rate`, `burst`: twenty at once, then five a second; the rest waits unread."""
    web = web_with(rate=5.0)
    bot = talker(web)
    web.chat.wait(60)
    bot.reads()
    socket_of(bot).send(
        *(BytesMessage(encode(Frame("SEND", {"destination": "/room/lobby"}, str(n).encode()))) for n in range(40))
    )
    web.chat.settle()
    assert said(bot) == [str(n) for n in range(20)]
    assert not bot.wire.reading
    web.chat.wait(5)

    assert said(bot) == [str(n) for n in range(20, 40)]
    assert bot.wire.reading


@pytest.mark.parametrize("event", [Ping(b""), BytesMessage(b"\n"), BytesMessage(b"")])
def test_a_flood_of_empty_frames_is_paced_too(event: Ping | BytesMessage) -> None:
    """Ten WebSocket frames for one of STOMP: two hundred at once, then fifty a second."""
    web = web_with(rate=5.0)
    bot = talker(web)
    socket = socket_of(bot)
    web.chat.wait(60)
    frame = bytes(socket.frames.send(event))
    socket.below.receive(frame * 1000)
    assert not socket.reading
    waiting = [web.factory.host.clock.seconds()]
    while not socket.reading:
        web.chat.wait(1)
        waiting.append(web.factory.host.clock.seconds())

    assert waiting[-1] - waiting[0] == 16  # (1000 - 200) / 50


def test_where_there_is_no_pace_a_flood_still_leaves_turns_to_others() -> None:
    """A hundred frames in one turn of the reactor; each costs some 40 µs."""
    web = Web(ChatInMemory())
    socket = socket_of(talker(web))
    socket.below.receive(bytes(socket.frames.send(Ping(b""))) * 1000)
    at_once = len(socket.below.take()) // 2
    web.chat.settle()

    assert (at_once, len(socket.below.take()) // 2) == (100, 900)


def test_who_is_gone_leaves_nothing_behind_that_waits_for_its_turn() -> None:
    web = web_with(rate=5.0)
    before = len(web.chat.clock.getDelayedCalls())
    socket = web.socket()
    socket.below.receive(bytes(socket.frames.send(Ping(b""))) * 1000)
    web.chat.settle()
    socket.below.cut()
    web.chat.settle()

    assert len(web.chat.clock.getDelayedCalls()) == before


def test_who_goes_on_sending_while_not_read_is_cut_off() -> None:
    """A transport may deliver what it had read already, and no more than that."""
    web = web_with(rate=5.0)
    bot = talker(web)
    socket = socket_of(bot)
    frame = bytes(socket.frames.send(Ping(b"x" * 100)))
    for _ in range(3):
        socket.below.reading = True
        socket.below.receive(frame * (65536 // len(frame)))
    bot.reads()

    assert (socket.code, socket.closed) == (1008, True)


def test_pings_are_answered() -> None:
    web = Web(ChatInMemory())
    bot = talker(web)
    socket_of(bot).send(Ping(b"are you there?"))
    bot.reads()

    assert socket_of(bot).pongs == [b"are you there?"]


def test_a_slow_reader_is_left_where_it_is_and_reads_on_later() -> None:
    web = Web(ChatInMemory())
    oscar, bot = web.chat.person("oscar"), talker(web)
    socket = socket_of(bot)
    socket.below.write(b"\x82\x7f" + (65536).to_bytes(8, "big") + b"\n" * 65536)  # a message that nobody reads
    held = len(socket.written)
    for n in range(50):
        oscar.types(f"line {n}")
    assert len(socket.written) == held
    bot.reads()
    web.chat.settle()

    assert said(bot) == [f"line {n}" for n in range(50)]


def test_a_reader_who_takes_nothing_for_two_minutes_is_cut_off() -> None:
    """`stall-timeout`."""
    web = Web(ChatInMemory())
    bot = talker(web)
    socket_of(bot).below.write(b"x" * (bot.wire.most + 1))
    web.chat.wait(119.9)
    assert not bot.wire.closed
    web.chat.wait(0.1)

    assert bot.wire.closed


def test_private_events_for_a_slow_reader_are_bounded() -> None:
    """`max-waiting`: past it told, closed."""
    web = Web(ChatInMemory())
    oscar, bot = web.chat.person("oscar"), talker(web)
    socket_of(bot).below.write(b"x" * (bot.wire.most + 1))
    for _ in range(33):
        oscar.types("/msg bot " + "x" * 8000)
    web.chat.wait(2)

    assert bot.wire.closed


def full(web: Web) -> list[Callable[[], int]]:
    """The two ways in which a browser may be turned away."""
    return [lambda: web.asks("/").status, lambda: web.socket().handshake.status]


def test_connections_that_only_ask_count_too_and_one_too_many_is_told_so() -> None:
    """`max-connections`."""
    web = web_with(max_connections=2)
    wires = [web.wire(), web.wire()]
    assert [asks() for asks in full(web)] == [503, 503]
    for wire in wires:
        wire.cut()

    assert [asks() for asks in full(web)] == [200, 101]


def test_sixty_four_connections_from_one_public_address() -> None:
    """`max-per-address`; a WebSocket is one connection, not two."""
    web = Web(ChatInMemory())
    sockets = [web.socket(address="8.8.8.8") for _ in range(64)]

    assert [socket.handshake.status for socket in sockets] == [101] * 64
    assert web.asks("/", address="8.8.8.8").status == 503
    assert web.asks("/", address="8.8.4.4").status == 200
    sockets[0].below.cut()
    assert web.asks("/", address="8.8.8.8").status == 200


# --- behind a proxy --------------------------------------------------------------------------------


def test_nobody_else_is_believed_who_it_is() -> None:
    """X-Forwarded-For from a stranger says nothing: bans and limits go by the real address."""
    web = Web(ChatInMemory())
    for n in range(64):
        web.socket(address="8.8.8.8", **{"X-Forwarded-For": f"9.9.9.{n}"})

    assert web.asks("/", address="8.8.8.8").status == 503


def test_a_proxy_that_is_trusted_says_who_it_is() -> None:
    web = web_with(web_proxy="9.9.9.9 10.0.0.0/8")
    for n in range(100):
        address = {"X-Forwarded-For": f"1.1.1.1, 8.8.8.{n % 2}, 10.1.2.3"}
        sockets = web.socket(address="9.9.9.9", **address)
        assert sockets.handshake.status == 101
    more = [web.socket(address="9.9.9.9", **{"X-Forwarded-For": "8.8.8.0"}).handshake.status for _ in range(15)]

    assert more == [101] * 14 + [503]


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("8.8.8.8:4711", "8.8.8.8"),
        ("[2001:DB8::7]:4711", "2001:db8::7"),
        ("fe80::1%\x1b]0;owned", "fe80::1"),
        ("\x1b]0;owned", "9.9.9.9"),
        ("unknown", "9.9.9.9"),
        ("8.8.8.8 evil", "9.9.9.9"),
        ("", "9.9.9.9"),
        ("1.1.1.1, unknown, 10.1.2.3", "10.1.2.3"),
    ],
)
def test_of_what_a_proxy_says_only_addresses_are_taken(said: str, address: str) -> None:
    """In their one form: whatever else it says reaches neither the log nor a ban."""
    assert address_of("9.9.9.9", [said], networks("9.9.9.9, 10.0.0.0/8")) == address


def test_a_proxy_is_known_however_its_address_is_written() -> None:
    assert address_of("127.0.0.1", ["8.8.8.8"], networks("::ffff:127.0.0.1")) == "8.8.8.8"
    assert address_of("2001:db8::7", ["8.8.8.8"], networks("2001:db8::8")) == "2001:db8::7"  # and not its whole /64


@pytest.mark.parametrize(("proxy", "status"), [("", 403), ("127.0.0.1", 101)])
def test_the_host_is_what_a_trusted_proxy_says(proxy: str, status: int) -> None:
    headers = {"Host": "backend", "X-Forwarded-Host": "chat.example", "Origin": "https://chat.example"}

    assert web_with(web_proxy=proxy).asks("/stomp", UPGRADE | headers).status == status


def test_a_request_cut_into_bytes_is_a_request() -> None:
    web = Web(ChatInMemory())
    wire = web.wire()
    for byte in request("/stomp", UPGRADE):
        wire.receive(bytes([byte]))

    assert wire.take().startswith(b"HTTP/1.1 101 ")
