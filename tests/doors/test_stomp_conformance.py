"""STOMP 1.0, 1.1 and 1.2 as their specifications have it, and what WIRE.md adds: coming back, places, keys."""

import re
from dataclasses import replace

import pytest

from chatproto.testing import UNHURRIED, ChatInMemory, Person, Program
from chatproto.wire.stomp import Frame, FrameBuffer


@pytest.fixture
def chat() -> ChatInMemory:
    return ChatInMemory()


@pytest.fixture
def oscar(chat: ChatInMemory) -> Person:
    return chat.person("oscar")


@pytest.fixture
def bot(chat: ChatInMemory, oscar: Person) -> Program:
    """A program in the lobby, after oscar."""
    bot = chat.program("bot")
    bot.joins("lobby")
    bot.reads(), oscar.reads()
    return bot


def after(program: Program, command: str, headers: dict[str, str] | None = None, body: str = "") -> list[Frame]:
    """What a program reads after sending this frame."""
    program.sends(command, headers, body)
    return program.reads()


def after_bytes(chat: ChatInMemory, program: Program, data: bytes) -> list[Frame]:
    """What a program reads after sending these bytes."""
    program.wire.receive(data)
    chat.settle()
    return program.reads()


def error_of(frames: list[Frame], program: Program) -> str:
    """The reason of the ERROR which is the last thing the program gets, its connection closed."""
    assert (frames[-1].command, program.wire.closed) == ("ERROR", True)
    return frames[-1].headers["message"]


def bodies(frames: list[Frame]) -> list[str]:
    """What was said, among these frames."""
    return [f.body.decode() for f in frames if f.headers.get("event") == "said"]


# --- version negotiation ---------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["CONNECT", "STOMP"])
@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        ("1.2", "1.2"),
        ("1.1", "1.1"),
        ("1.0", "1.0"),
        ("1.0,1.1,1.2", "1.2"),
        ("1.0,1.1", "1.1"),
        ("1.1,2.0", "1.1"),
        ("1.0, 1.2", "1.2"),
        (" 1.1 , 1.0 ", "1.1"),
    ],
)
def test_the_highest_version_both_speak_is_agreed(chat: ChatInMemory, command: str, offered: str, agreed: str) -> None:
    (connected,) = after(chat.program(), command, {"accept-version": offered, "login": "bot", "host": "chat"})
    assert (connected.command, connected.headers["version"]) == ("CONNECTED", agreed)


@pytest.mark.parametrize("headers", [{"accept-version": "2.0"}, {"accept-version": "1.3"}, {"accept-version": ""}])
def test_without_a_version_in_common_there_is_an_error_that_names_ours(
    chat: ChatInMemory, headers: dict[str, str]
) -> None:
    """The server MUST respond with an ERROR frame and then close; it may list the versions it supports."""
    program = chat.program()
    frames = after(program, "CONNECT", {"login": "bot", **headers})
    assert (error_of(frames, program), frames[0].headers["version"]) == ("bad-frame", "1.2,1.1,1.0")


def test_1_1_and_1_2_differ_in_carriage_returns_and_their_escape(chat: ChatInMemory) -> None:
    """In 1.2 lines may end in CRLF and a CR is escaped; in 1.1 neither."""
    old, new = chat.program(), chat.program()
    after(old, "CONNECT", {"accept-version": "1.1", "login": "old"})
    after(new, "CONNECT", {"accept-version": "1.2", "login": "new"})
    frame = b"SUBSCRIBE\r\nid:me\r\ndestination:/me\r\nreceipt:r\r\n\r\n\0"
    assert error_of(after_bytes(chat, old, frame), old) == "bad-frame"
    assert after_bytes(chat, new, frame) == [Frame("RECEIPT", {"receipt-id": "r"})]
    for version, escaped in (("1.1", "\r"), ("1.2", r"\r")):
        program = chat.program()
        after(program, "CONNECT", {"accept-version": version, "login": f"bot{version[-1]}"})
        program.wire.receive(f"SUBSCRIBE\nid:me\ndestination:/me\nreceipt:a{escaped}b\n\n\0".encode())
        chat.settle()
        assert program.wire.take() == f"RECEIPT\nreceipt-id:a{escaped}b\n\n\0".encode()


# --- framing ---------------------------------------------------------------------------------------


def test_headers_are_escaped_both_ways(chat: ChatInMemory, bot: Program) -> None:
    r"""``\c``, ``\n``, ``\\``, ``\r`` in names and values, in what comes and in what goes."""
    frame = b"SEND\ndestination:/room/lobby\nreceipt:a\\cb\\nc\\\\d\\re\n\nhi\0"
    bot.wire.receive(frame)
    chat.settle()
    assert b"RECEIPT\nreceipt-id:a\\cb\\nc\\\\d\\re\n" in bot.wire.take()
    assert error_of(after_bytes(chat, bot, b"SEND\nx:a\\tb\n\n\0"), bot) == "bad-frame"


def test_connect_and_connected_are_not_escaped(chat: ChatInMemory) -> None:
    """A backslash in a login is a backslash, and so a bad name."""
    program = chat.program()
    (error,) = after_bytes(chat, program, b"CONNECT\naccept-version:1.2\nlogin:a\\cb\n\n\0")
    assert "'\\' (U+005C REVERSE SOLIDUS)" in error.body.decode()


def test_a_body_with_content_length_may_hold_nul(chat: ChatInMemory, oscar: Person, bot: Program) -> None:
    """It is framed as announced; the text is then cleaned as everybody's."""
    data = b"SEND\ndestination:/room/lobby\ncontent-length:5\n\na\0b\0c\0"
    assert bodies(after_bytes(chat, bot, data)) == ["abc"]
    assert oscar.reads() == ["[00:00] <bot> abc"]


def test_a_body_without_content_length_ends_at_the_first_nul(chat: ChatInMemory, bot: Program) -> None:
    data = b"SEND\ndestination:/room/lobby\n\none\0\nSEND\ndestination:/room/lobby\n\ntwo\0"
    assert bodies(after_bytes(chat, bot, data)) == ["one", "two"]


def test_content_length_counts_bytes(chat: ChatInMemory, oscar: Person, bot: Program) -> None:
    """SEEDS defect 17: the length header counts characters, and nobody reads it. Ours is true, and read."""
    oscar.types("안녕")
    assert bot.reads()[0].headers["content-length"] == "6"
    data = b"SEND\ndestination:/room/lobby\ncontent-length:2\n\n" + "안녕".encode() + b"\0"
    assert error_of(after_bytes(chat, bot, data), bot) == "bad-frame"


@pytest.mark.parametrize("piece", [b"garbage\n", b"SEND\nno colon\n", b"\0", b"SEND\ncontent-length:x\n"])
def test_broken_framing_is_an_error_and_the_end(chat: ChatInMemory, bot: Program, piece: bytes) -> None:
    assert error_of(after_bytes(chat, bot, piece + b"\n\0SEND\n\n\0"), bot) == "bad-frame"


def test_the_first_of_repeated_headers_counts(chat: ChatInMemory, bot: Program) -> None:
    data = b"SEND\ndestination:/room/lobby\ndestination:/room/other\n\nhi\0"
    assert bodies(after_bytes(chat, bot, data)) == ["hi"]


def test_unknown_headers_are_no_matter(bot: Program) -> None:
    assert bodies(after(bot, "SEND", {"destination": "/room/lobby", "persistent": "true", "x:y": "z"}, "hi")) == ["hi"]


# --- receipts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "headers", "body"),
    [
        ("SUBSCRIBE", {"id": "2", "destination": "/room/dev"}, ""),
        ("SUBSCRIBE", {"id": "2", "destination": "/room/dev", "ack": "auto", "last": "5"}, ""),
        ("SUBSCRIBE", {"id": "2", "destination": "/room/dev", "after": "0"}, ""),
        ("UNSUBSCRIBE", {"id": "/room/lobby"}, ""),
        ("UNSUBSCRIBE", {"id": "/room/lobby", "quiet": "true"}, ""),
        ("SEND", {"destination": "/room/lobby"}, "hi"),
        ("SEND", {"destination": "/user/oscar"}, "hi"),
        ("SEND", {"destination": "/command"}, "/who"),
        ("SEND", {"destination": "/command"}, "/lang ko"),
        ("SEND", {"destination": "/command"}, "/quit"),
        ("DISCONNECT", {}, ""),
    ],
)
def test_every_frame_that_asks_for_a_receipt_gets_just_one(
    bot: Program, command: str, headers: dict[str, str], body: str
) -> None:
    """A RECEIPT frame is sent once the server has successfully processed the client frame: so as its last word."""
    frames = after(bot, command, {**headers, "receipt": "r"}, body)
    assert [f.headers["receipt-id"] for f in frames if f.command == "RECEIPT"] == ["r"]
    assert frames[-1].command == "RECEIPT"
    assert all(f.headers.get("event") != "refused" for f in frames)


def test_subscribing_to_me_and_leaving_it_are_receipted(chat: ChatInMemory) -> None:
    program = chat.program()
    after(program, "CONNECT", {"accept-version": "1.2", "login": "bot"})
    subscribed = after(program, "SUBSCRIBE", {"id": "0", "destination": "/me", "receipt": "1"})
    assert subscribed == [Frame("RECEIPT", {"receipt-id": "1"})]
    assert after(program, "UNSUBSCRIBE", {"id": "0", "receipt": "2"}) == [Frame("RECEIPT", {"receipt-id": "2"})]


def test_nothing_without_asking_is_receipted(bot: Program) -> None:
    assert [f.command for f in after(bot, "SEND", {"destination": "/room/lobby"}, "hi")] == ["MESSAGE"]


def test_disconnect_with_a_receipt_is_quitting(chat: ChatInMemory, oscar: Person, bot: Program) -> None:
    """DISCONNECT ends it at once: the receipt, then closed; nothing lingers."""
    assert after(bot, "DISCONNECT", {"receipt": "bye"}) == [Frame("RECEIPT", {"receipt-id": "bye"})]
    assert (bot.wire.closed, oscar.reads()) == (True, ["* bot quit"])
    assert "bot" not in chat.factory.chat.people


def test_frames_after_disconnect_are_not_handled(chat: ChatInMemory, oscar: Person, bot: Program) -> None:
    """Clients MUST NOT send any more frames after the DISCONNECT frame is sent."""
    data = b"DISCONNECT\nreceipt:1\n\n\0"
    data += b"SEND\ndestination:/room/lobby\nreceipt:2\n\nhi\0UNSUBSCRIBE\nid:me\nreceipt:3\n\n\0NOPE\n\n\0garbage\n"
    assert after_bytes(chat, bot, data) == [Frame("RECEIPT", {"receipt-id": "1"})]
    assert oscar.reads() == ["* bot quit"]


# --- what is not spoken here -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "headers"),
    [
        ("SUBSCRIBE", {"id": "2", "destination": "/room/dev", "ack": "client"}),
        ("SUBSCRIBE", {"id": "2", "destination": "/room/dev", "ack": "client-individual"}),
        ("SUBSCRIBE", {"id": "2", "destination": "/room/lobby"}),
        ("SUBSCRIBE", {"id": "/room/lobby", "destination": "/room/dev"}),
        ("SUBSCRIBE", {"id": "me", "destination": "/room/dev"}),
        ("SUBSCRIBE", {"destination": "/room/dev"}),
        ("SUBSCRIBE", {"id": "2"}),
        ("SUBSCRIBE", {"id": "2", "destination": "/room/dev", "after": "soon"}),
        ("SUBSCRIBE", {"id": "2", "destination": "/room/dev", "last": "-1"}),
        ("SUBSCRIBE", {"id": "2", "destination": "/room/dev", "after": "٣"}),
        ("SUBSCRIBE", {"id": "2", "destination": "/room/dev", "after": "9" * 5000}),
        ("UNSUBSCRIBE", {"id": "3"}),
        ("UNSUBSCRIBE", {}),
        ("SEND", {}),
        ("ACK", {"id": "1"}),
        ("NACK", {"id": "1"}),
        ("BEGIN", {"transaction": "1"}),
        ("COMMIT", {"transaction": "1"}),
        ("ABORT", {"transaction": "1"}),
        ("SEND", {"destination": "/room/lobby", "transaction": "1"}),
        ("CONNECT", {"accept-version": "1.2", "login": "again"}),
        ("MESSAGE", {}),
        ("HELO", {}),
        ("X" * 5000, {}),
    ],
)
def test_what_the_specification_or_this_server_does_not_allow_is_an_error_and_the_end(
    oscar: Person, bot: Program, command: str, headers: dict[str, str]
) -> None:
    """ERROR, closed, with the receipt's id where one was asked for; and nobody hears a word of it."""
    frames = after(bot, command, {**headers, "receipt": "r"}, "hi")
    assert error_of(frames, bot) == "bad-frame"
    assert (frames[0].headers["receipt-id"], len(frames[0].body) < 200) == ("r", True)
    assert oscar.reads() == []


def test_nothing_follows_an_error(chat: ChatInMemory, oscar: Person, bot: Program) -> None:
    """The server MUST close the connection just after sending an ERROR."""
    frames = after_bytes(chat, bot, b"NOPE\n\n\0SEND\ndestination:/room/lobby\n\nhi\0")
    oscar.types("hello")
    assert [f.command for f in frames + bot.reads()] == ["ERROR"]


# --- heart-beats -----------------------------------------------------------------------------------


def beating(chat: ChatInMemory, offer: str) -> Program:
    """A program that has agreed on heart-beats."""
    program = chat.program()
    (connected,) = after(program, "CONNECT", {"accept-version": "1.2", "login": "bot", "heart-beat": offer})
    assert connected.headers["heart-beat"] == "1000,10000"
    return program


@pytest.mark.parametrize(("offer", "every"), [("0,1000", 1), ("0,5000", 5), ("0,10", 1), ("60000,20000", 20)])
def test_the_server_beats_as_often_as_wanted_but_not_faster_than_each_second(
    chat: ChatInMemory, offer: str, every: int
) -> None:
    """The larger of what we can and what they want."""
    program = beating(chat, offer)
    chat.wait(every - 0.001)
    assert program.wire.take() == b""
    chat.wait(0.001)
    assert program.wire.take() == b"\n"
    chat.wait(every * 4)
    assert program.wire.take() == b"\n\n\n\n"


@pytest.mark.parametrize("offer", ["0,0", "60000,0"])
def test_no_beat_is_sent_to_who_wants_none(chat: ChatInMemory, offer: str) -> None:
    program = beating(chat, offer)
    chat.wait(100)
    assert program.wire.take() == b""


@pytest.mark.parametrize(("offer", "every"), [("10000,0", 10), ("1,0", 10), ("30000,0", 30)])
def test_a_program_that_promised_beats_and_sends_none_is_taken_for_lost(
    chat: ChatInMemory, offer: str, every: int
) -> None:
    """After a margin (2.5 intervals), and at most one interval later."""
    program = beating(chat, offer)
    chat.wait(every * 2.5)
    assert not program.wire.closed
    chat.wait(every)
    assert program.wire.closed


@pytest.mark.parametrize("sign", [b"\n", b"\r\n", b"SEND\ndestination:/me\n\n\0", b"S"])
def test_any_byte_is_a_sign_of_life(chat: ChatInMemory, sign: bytes) -> None:
    """Any data counts, a frame's first byte too."""
    program = beating(chat, "10000,0")
    after(program, "SUBSCRIBE", {"id": "me", "destination": "/me"})
    chat.wait(20)
    program.wire.receive(sign)
    chat.wait(20)
    assert not program.wire.closed


def test_who_promised_no_beats_may_be_silent(chat: ChatInMemory) -> None:
    program = beating(chat, "0,0")
    chat.wait(10_000)
    assert not program.wire.closed


@pytest.mark.parametrize("end", ["cut", "DISCONNECT", "NOPE"])
def test_beats_end_with_the_connection(end: str) -> None:
    """No timer is left behind, however it ends, but for the hub's own tick."""
    chat = ChatInMemory(replace(UNHURRIED, linger=0))
    program = beating(chat, "10000,1000")
    if end == "cut":
        program.wire.cut()
    else:
        after(program, end)
    chat.settle()
    assert (program.wire.closed, len(chat.clock.getDelayedCalls())) == (True, 1)


def test_a_beat_between_frames_is_no_frame(chat: ChatInMemory, bot: Program) -> None:
    data = b"\n\r\n\nSEND\ndestination:/room/lobby\n\nhi\0\n\n"
    assert bodies(after_bytes(chat, bot, data)) == ["hi"]


# --- coming back -----------------------------------------------------------------------------------


def entered(chat: ChatInMemory, name: str, **headers: str) -> tuple[Program, str]:
    """A program with a name, and the secret it may come back with."""
    program = chat.program()
    (connected,) = after(program, "CONNECT", {"accept-version": "1.2", "login": name, **headers})
    assert connected.headers["user"] == name
    return program, connected.headers["resume"]


def test_a_program_comes_back_to_its_name_and_places_and_nobody_is_told(chat: ChatInMemory, oscar: Person) -> None:
    """For `linger` seconds its name and places are kept and nobody is told."""
    program, secret = entered(chat, "bot")
    program.joins("lobby")
    oscar.reads()
    program.wire.cut()
    chat.wait(29)
    again, _ = entered(chat, "bot", resume=secret)
    chat.wait(100)
    assert oscar.reads() == []
    oscar.types("/who")
    assert oscar.reads() == ["* 2 in #lobby: bot, oscar"]
    assert not again.wire.closed


@pytest.mark.parametrize(
    ("wish", "waits", "told"),
    [("10", 9, []), ("10", 11, ["* bot quit"]), ("0", 0, ["* bot quit"]), ("500", 29, []), ("500", 31, ["* bot quit"])],
)
def test_a_program_that_may_come_back_soon_says_so_when_it_leaves(
    chat: ChatInMemory, oscar: Person, wish: str, waits: int, told: list[str]
) -> None:
    """Its name is kept for so long, and it has quit then: its connection was not lost."""
    program, secret = entered(chat, "bot")
    program.joins("lobby")
    oscar.reads()
    assert after(program, "DISCONNECT", {"linger": wish}) == []
    assert program.wire.closed
    chat.wait(waits)
    assert oscar.reads() == told
    again, _ = entered(chat, "bot", resume=secret)
    chat.wait(100)
    assert oscar.reads() == []
    assert not again.wire.closed


def test_the_standing_comes_back_too(chat: ChatInMemory) -> None:
    """A session's name and standing: an operator is one again."""
    program, secret = entered(chat, "bot")
    program.joins("dev")
    program.wire.cut()
    again, _ = entered(chat, "bot", resume=secret)
    after(again, "SUBSCRIBE", {"id": "me", "destination": "/me"})
    again.joins("dev")
    again.reads()
    after(again, "SEND", {"destination": "/command", "receipt": "r"}, "/set limit 5")
    assert chat.factory.chat.rooms["#dev"].limit == 5


def test_a_session_is_taken_from_a_connection_that_still_looks_open(chat: ChatInMemory, oscar: Person) -> None:
    """That one is closed: no ghost ever holds a name against its owner; and nobody hears anything."""
    ghost, secret = entered(chat, "bot")
    ghost.joins("lobby")
    ghost.reads(), oscar.reads()
    again, _ = entered(chat, "bot", resume=secret)
    assert error_of(ghost.reads(), ghost) == "not-allowed"
    again.joins("lobby")
    chat.wait(60)
    assert oscar.reads() == []
    oscar.types("hello")
    assert bodies(again.reads()) == ["hello"]


def test_a_ghost_says_nothing_more(chat: ChatInMemory, oscar: Person) -> None:
    """What was on its way from the old connection is nobody's."""
    ghost, secret = entered(chat, "bot")
    ghost.joins("lobby")
    oscar.reads()
    ghost.wire.stuck = True  # its end is not noticed yet
    entered(chat, "bot", resume=secret)
    ghost.wire.receive(b"SEND\ndestination:/room/lobby\n\nboo\0DISCONNECT\n\n\0")
    chat.settle()
    assert oscar.reads() == []


def test_a_secret_serves_once_and_a_new_one_comes_with_it(chat: ChatInMemory) -> None:
    program, first = entered(chat, "bot")
    program.wire.cut()
    again, second = entered(chat, "bot", resume=first)
    again.wire.cut()
    thief = chat.program()
    frames = after(thief, "CONNECT", {"accept-version": "1.2", "login": "bot", "resume": first})
    assert (first != second, error_of(frames, thief)) == (True, "name-in-use")
    entered(chat, "bot", resume=second)


def test_an_unknown_secret_is_a_new_beginning(chat: ChatInMemory) -> None:
    entered(chat, "bot", resume="0" * 32)


def test_after_disconnect_there_is_nothing_to_come_back_to(chat: ChatInMemory) -> None:
    program, secret = entered(chat, "bot")
    after(program, "DISCONNECT")
    again, _ = entered(chat, "bot", resume=secret)
    after(again, "SUBSCRIBE", {"id": "me", "destination": "/me"})
    after(again, "SEND", {"destination": "/command"}, "/whoami")
    assert len(chat.factory.chat.people) == 1


def test_what_came_to_me_meanwhile_is_there_when_it_comes_back(chat: ChatInMemory, oscar: Person) -> None:
    program, secret = entered(chat, "bot")
    program.wire.cut()
    oscar.types("/msg bot call me")
    again, _ = entered(chat, "bot", resume=secret)
    assert bodies(after(again, "SUBSCRIBE", {"id": "me", "destination": "/me"})) == ["call me"]
    assert bodies(after(again, "SUBSCRIBE", {"id": "2", "destination": "/room/lobby"})) == []


# --- places ----------------------------------------------------------------------------------------


def numbers(frames: list[Frame]) -> list[tuple[str, str, str]]:
    """Number, number before it and text of what was said."""
    return [(f.headers["seq"], f.headers["prev"], f.body.decode()) for f in frames if f.headers.get("event") == "said"]


def test_after_replays_all_that_came_after_and_goes_on_live(chat: ChatInMemory, oscar: Person) -> None:
    """N+1 … in order and then live, with nothing missing and nothing twice at the seam."""
    oscar.types("one", "two", "three")
    bot = chat.program("bot")
    bot.joins("lobby", after="1")
    oscar.types("four")
    assert numbers(bot.reads()) == [("2", "1", "two"), ("3", "2", "three"), ("4", "3", "four")]


def test_last_replays_the_newest(chat: ChatInMemory, oscar: Person) -> None:
    oscar.types("one", "two", "three")
    bot = chat.program("bot")
    bot.joins("lobby", last="2")
    oscar.types("four")
    assert numbers(bot.reads()) == [("2", "1", "two"), ("3", "2", "three"), ("4", "3", "four")]


def test_without_a_place_there_is_no_backlog(chat: ChatInMemory, oscar: Person) -> None:
    oscar.types("one", "two")
    bot = chat.program("bot")
    bot.joins("lobby")
    oscar.types("three")
    assert numbers(bot.reads()) == [("3", "2", "three")]


@pytest.mark.parametrize("place", [{"after": "3"}, {"after": "99"}, {"last": "0"}])
def test_a_place_at_the_end_is_live(chat: ChatInMemory, oscar: Person, place: dict[str, str]) -> None:
    oscar.types("one", "two", "three")
    bot = chat.program("bot")
    bot.joins("lobby", **place)
    oscar.types("four")
    assert numbers(bot.reads()) == [("4", "3", "four")]


def test_coming_back_with_a_place_misses_nothing_and_hears_nothing_twice(chat: ChatInMemory, oscar: Person) -> None:
    program, secret = entered(chat, "bot")
    program.joins("lobby")
    oscar.types("one")
    program.reads()
    program.wire.cut()
    oscar.types("two", "three")
    again, _ = entered(chat, "bot", resume=secret)
    again.joins("lobby", after="1")
    oscar.types("four")
    assert numbers(again.reads()) == [("2", "1", "two"), ("3", "2", "three"), ("4", "3", "four")]


# --- idempotency -----------------------------------------------------------------------------------


def test_the_same_key_says_it_once_and_brings_the_first_number_back(oscar: Person, bot: Program) -> None:
    """Send again with the same `idempotency-key`, and the first `seq` comes back."""
    send = {"destination": "/room/lobby", "idempotency-key": "k1"}
    first = after(bot, "SEND", {**send, "receipt": "a"}, "hi")[-1]
    oscar.types("between")
    bot.reads(), oscar.reads()
    again = after(bot, "SEND", {**send, "receipt": "b"}, "hi")
    assert again == [Frame("RECEIPT", {**first.headers, "receipt-id": "b"})]
    assert (first.headers["seq"], oscar.reads()) == ("1", [])


def test_the_same_key_with_another_body_is_refused(oscar: Person, bot: Program) -> None:
    send = {"destination": "/room/lobby", "idempotency-key": "k1", "receipt": "r"}
    after(bot, "SEND", send, "hi")
    oscar.reads()
    (refused,) = after(bot, "SEND", send, "ho")
    assert [refused.headers[name] for name in ("event", "reason", "receipt-id")] == ["refused", "not-allowed", "r"]
    assert oscar.reads() == []


def test_a_key_is_its_owners_and_its_rooms(chat: ChatInMemory, bot: Program) -> None:
    other = chat.program("other")
    other.joins("lobby")
    bot.joins("dev")
    send = {"destination": "/room/lobby", "idempotency-key": "k1"}
    after(bot, "SEND", send, "hi")
    other.reads()
    assert bodies(after(other, "SEND", send, "ho")) == ["ho"]
    assert bodies(after(bot, "SEND", {**send, "destination": "/room/dev"}, "hi"))[-1:] == ["hi"]


def test_a_key_still_holds_after_coming_back(chat: ChatInMemory, oscar: Person) -> None:
    """After a restart of either side: here, of the program, which did not see the receipt."""
    send = {"destination": "/room/lobby", "idempotency-key": "k1", "receipt": "r"}
    program, secret = entered(chat, "bot")
    program.joins("lobby")
    program.sends("SEND", send, "hi")
    program.wire.cut()
    oscar.reads()
    again, _ = entered(chat, "bot", resume=secret)
    after(again, "SUBSCRIBE", {"id": "me", "destination": "/me"})
    again.joins("lobby")
    again.reads()
    assert [(f.command, f.headers["seq"]) for f in after(again, "SEND", send, "hi")] == [("RECEIPT", "1")]
    assert oscar.reads() == []


# --- what is sent is STOMP too ---------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_whatever_people_do_a_program_reads_well_formed_frames(chat: ChatInMemory, oscar: Person, version: str) -> None:
    """No name, topic or text of anybody's forges a header or a frame."""
    program = chat.program()
    after(program, "CONNECT", {"accept-version": version, "login": "bot"})
    after(program, "SUBSCRIBE", {"id": "a:b\\c", "destination": "/me"})
    after(program, "SUBSCRIBE", {"id": "1", "destination": "/room/lobby"})
    chat.factory.chat.rooms["#lobby"].operators.add(chat.factory.chat.by_id[1].who)
    chat.person("a|b")
    oscar.types("a\0b", "/topic x:y\\n", "/kick a|b why:\\c\nno", "\\0", "/msg bot x:\0y", "::")
    data = program.wire.take()
    frames = FrameBuffer(max_line=0, max_headers=0, max_body=0, version=version)
    frames.feed(data)
    found = list(iter(frames.next, None))
    assert frames.waiting() == 0
    assert {f.headers["subscription"] for f in found if isinstance(f, Frame)} <= {"a:b\\c", "1"}
    assert all(re.fullmatch("[a-z-]+", name) for f in found if isinstance(f, Frame) for name in f.headers)
