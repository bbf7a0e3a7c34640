"""The door for programs: what each destination does, and what a MESSAGE carries."""

import re

import pytest

from chatproto import __version__
from chatproto.testing import ChatInMemory, Person, Program, Wire
from chatproto.wire.stomp import Frame, encode
from tests.client.kit import guarded_chat

HEX = frozenset("0123456789abcdef")


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


def after(program: Program, command: str, headers: dict[str, str], body: str = "") -> list[Frame]:
    """What a program reads after sending this frame."""
    program.sends(command, headers, body)
    return program.reads()


def only(frames: list[Frame]) -> Frame:
    """The one frame there is."""
    (frame,) = frames
    return frame


def without(frame: Frame, *names: str) -> dict[str, str]:
    """A frame's headers but for these."""
    return {name: value for name, value in frame.headers.items() if name not in names}


# --- coming in -------------------------------------------------------------------------------------


def test_connected_says_who_and_what_and_how_to_come_back(chat: ChatInMemory) -> None:
    """**CONNECTED** answers with `version`, `server`, `session`, `user`, `heart-beat`, `resume`."""
    program = chat.program()
    connected = only(after(program, "CONNECT", {"accept-version": "1.2", "login": "  Bot "}))
    assert (connected.command, connected.body) == ("CONNECTED", b"")
    assert without(connected, "resume") == {
        "version": "1.2",
        "server": f"chatproto/{__version__}",
        "session": "1",
        "user": "Bot",
        "heart-beat": "1000,10000",
    }
    assert (len(connected.headers["resume"]), set(connected.headers["resume"]) <= HEX) == (32, True)


def test_a_program_comes_in_in_no_room(chat: ChatInMemory, oscar: Person) -> None:
    """And nobody is told, until it subscribes to one."""
    bot = chat.program("bot")
    assert oscar.reads() == []
    bot.joins("lobby")
    assert oscar.reads() == ["* bot joined"]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"login": "oscar"}, "name-in-use"),
        ({"login": "OSCAR"}, "name-in-use"),
        ({"login": ""}, "bad-name"),
        ({}, "bad-name"),
        ({"login": "a/b"}, "bad-name"),
        ({"login": "server"}, "name-reserved"),
        ({"login": "bot", "passcode": "x"}, "wrong-passcode"),
        ({"login": "bot", "heart-beat": "soon"}, "bad-frame"),
        ({"login": "bot", "accept-version": "2.0"}, "bad-frame"),
        ({"login": "banned"}, "banned"),
    ],
)
def test_a_refused_login_is_an_error_with_its_reason_and_the_end(
    chat: ChatInMemory, oscar: Person, headers: dict[str, str], reason: str
) -> None:
    """**ERROR** with `message:` one of the reason words and a sentence as the body, then closed."""
    chat.console().types("/ban banned")
    program = chat.program()
    error = only(after(program, "CONNECT", {"accept-version": "1.2", **headers}))
    assert (error.command, error.headers["message"], program.wire.closed) == ("ERROR", reason, True)
    assert error.body.decode().endswith(".")
    assert list(chat.factory.chat.people) == ["oscar"]


def test_sentences_are_in_the_language_asked_for(chat: ChatInMemory, oscar: Person) -> None:
    """`lang:` the language of sentences; in a refusal of the CONNECT itself too; an unknown one is none."""
    program = chat.program()
    error = only(after(program, "CONNECT", {"accept-version": "1.2", "login": "oscar", "lang": "ko"}))
    assert not error.body.isascii()
    korean, unknown = chat.program("k", lang="ko"), chat.program("u", lang="xx")
    korean.joins("lobby")
    unknown.joins("lobby")
    korean.reads(), unknown.reads()
    oscar.types("/quit")
    assert [only(p.reads()).body.decode() for p in (korean, unknown)] == ["oscar가 퇴장하였습니다.", "oscar quit"]


# --- rooms -----------------------------------------------------------------------------------------


def test_a_message_carries_what_it_is_and_where_it_belongs(chat: ChatInMemory, oscar: Person, bot: Program) -> None:
    """The headers of MESSAGE; the body of `said` is the text as sent; what is kept carries `seq` and `prev`."""
    chat.wait(1234.5678)
    oscar.types("안녕 bot")
    assert only(bot.reads()) == Frame(
        "MESSAGE",
        {
            "subscription": "/room/lobby",
            "destination": "/room/lobby",
            "message-id": "#lobby-1",
            "event": "said",
            "time": "1970-01-01T00:20:34.567Z",
            "content-type": "text/plain;charset=utf-8",
            "content-length": "10",
            "from": "oscar",
            "seq": "1",
            "prev": "0",
        },
        "안녕 bot".encode(),
    )


SHARED = {"subscription", "destination", "message-id", "time", "content-type", "content-length"}


@pytest.mark.parametrize(
    ("typed", "headers", "body"),
    [
        ("/me waves", {"event": "action", "from": "otto", "seq": "1", "prev": "0"}, "otto waves"),
        (
            "/topic tea",
            {"event": "topic", "by": "otto", "topic": "tea", "seq": "1", "prev": "0"},
            "otto set the topic: tea",
        ),
        ("/nick toto", {"event": "renamed", "old": "otto", "new": "toto"}, "otto is now toto"),
        ("/leave", {"event": "left", "from": "otto"}, "otto left"),
        ("/quit", {"event": "left", "from": "otto"}, "otto quit"),
        ("/announce tea", {"event": "notice", "by": "otto", "seq": "1", "prev": "0"}, "otto announces: tea"),
        ("/op bot", {"event": "notice"}, "otto made bot an operator"),
        ("/kick jinny", {"event": "kicked", "from": "jinny", "by": "otto"}, "jinny was put out by otto"),
        (
            "/kick jinny noise",
            {"event": "kicked", "from": "jinny", "by": "otto", "reason": "noise"},
            "jinny was put out by otto: noise",
        ),
    ],
)
def test_each_event_has_its_headers_and_a_sentence(
    chat: ChatInMemory, bot: Program, typed: str, headers: dict[str, str], body: str
) -> None:
    """By event: `from`, `by`, `reason`, `old`, `new`; a client that knows nothing can still show the body."""
    otto, _ = chat.person("otto"), chat.person("jinny")
    chat.factory.chat.rooms["#lobby"].operators.add(chat.factory.chat.people["otto"])
    bot.reads()
    otto.types(typed)
    message = bot.reads()[0]
    assert without(message, *SHARED) == headers
    assert message.body.decode() == body


def test_joined_and_lost_are_events_too(chat: ChatInMemory, bot: Program) -> None:
    jinny = chat.person("jinny")
    jinny.wire.cut()
    chat.settle()
    assert [(m.headers["event"], m.headers["from"]) for m in bot.reads()] == [("joined", "jinny"), ("lost", "jinny")]


def test_a_sender_gets_its_own_message_and_a_receipt_with_its_number(bot: Program) -> None:
    """RECEIPT for a SEND to a room carries its `seq` and `message-id`; the sender gets its own MESSAGE."""
    sent = {"destination": "/room/lobby", "receipt": "r1"}
    message, receipt = after(bot, "SEND", sent, "hi")
    assert (message.headers["from"], message.body) == ("bot", b"hi")
    assert receipt == Frame("RECEIPT", {"receipt-id": "r1", "seq": "1", "message-id": "#lobby-1"})


def test_unsubscribing_leaves_the_room(oscar: Person, bot: Program) -> None:
    assert after(bot, "UNSUBSCRIBE", {"id": "/room/lobby", "receipt": "r"}) == [Frame("RECEIPT", {"receipt-id": "r"})]
    assert oscar.reads() == ["* bot left"]
    oscar.types("still there?")
    assert bot.reads() == []


def test_each_event_comes_once_to_the_subscription_whose_turn_it_was(chat: ChatInMemory, bot: Program) -> None:
    """Nothing missing and nothing twice at the seam, also for one who leaves and enters without waiting."""
    bot.joins("dev")
    bot.says("dev", "before")
    bot.reads()
    in_one_turn = [
        Frame("SEND", {"destination": "/room/dev"}, b"last"),
        Frame("UNSUBSCRIBE", {"id": "/room/dev"}),
        Frame("SUBSCRIBE", {"id": "again", "destination": "/room/dev", "after": "0"}),
    ]
    bot.wire.receive(b"".join(encode(frame) for frame in in_one_turn))
    chat.settle()
    heard = [(f.headers["subscription"], f.body) for f in bot.reads() if "seq" in f.headers]
    assert heard == [("/room/dev", b"last"), ("again", b"before"), ("again", b"last")]


def test_one_may_leave_a_room_quietly(oscar: Person, bot: Program) -> None:
    """UNSUBSCRIBE with `quiet:true`: nobody is told."""
    after(bot, "UNSUBSCRIBE", {"id": "/room/lobby", "quiet": "true"})
    oscar.types("/who")
    assert oscar.reads() == ["* 1 in #lobby: oscar"]


def test_who_speaks_from_outside_is_heard_hears_nothing_and_is_not_seen_to_come(
    chat: ChatInMemory, oscar: Person, bot: Program
) -> None:
    """SEND with `outside:true`: said in a room that one is not in; its RECEIPT has the number, as ever."""
    ci = chat.program("ci")
    sent = {"destination": "/room/lobby", "receipt": "r", "outside": "true", "idempotency-key": "k"}
    receipt = Frame("RECEIPT", {"receipt-id": "r", "seq": "1", "message-id": "#lobby-1"})
    assert [after(ci, "SEND", sent, "@oscar done") for _ in range(2)] == [[receipt], [receipt]]
    assert [(f.headers["event"], f.headers["from"]) for f in bot.reads()] == [("said", "ci")]
    oscar.types("nobody there?", "/who")
    assert oscar.reads() == ["\a[00:00] <ci> @oscar done", "* 2 in #lobby: bot, oscar"]
    assert ci.reads() == []


def test_a_room_that_is_only_spoken_into_is_the_first_comers(chat: ChatInMemory) -> None:
    ci, jinny = chat.program("ci"), chat.person("jinny")
    after(ci, "SEND", {"destination": "/room/ops", "outside": "true"}, "backup done")
    jinny.types("/join ops")
    assert jinny.reads()[-1] == "[00:00] <ci> backup done"
    jinny.types("/who")
    assert jinny.reads() == ["* 1 in #ops: jinny", "* Run by jinny"]


@pytest.mark.parametrize("way", ["UNSUBSCRIBE", "/slip"])
def test_who_leaves_without_a_word_is_taken_off_the_lists_that_are_kept(
    chat: ChatInMemory, oscar: Person, bot: Program, way: str
) -> None:
    """SUBSCRIBE with `members:true`: the event `slipped`, without a word in it; nobody else is told."""
    keeper = chat.program("keeper")
    after(keeper, "SUBSCRIBE", {"id": "1", "destination": "/room/lobby", "members": "true"})
    other = chat.program("other")
    other.joins("lobby")
    for reader in (oscar, keeper, other):
        reader.reads()
    if way == "/slip":
        bot.sends("SEND", {"destination": "/command"}, way)
    else:
        bot.sends(way, {"id": "/room/lobby", "quiet": "true"})
    told = only(keeper.reads())
    assert (told.headers["event"], told.headers["from"], told.body) == ("slipped", "bot", b"")
    assert (oscar.reads(), other.reads()) == ([], [])


# --- the other destinations ------------------------------------------------------------------------


def test_direct_messages_go_to_a_user_and_come_to_me(oscar: Person, bot: Program) -> None:
    """SEND to `/user/NAME` is a direct message; those to the program come to `/me`."""
    assert after(bot, "SEND", {"destination": "/user/oscar", "receipt": "r"}, "psst")[-1].command == "RECEIPT"
    assert oscar.reads() == ["\a-bot- psst"]
    assert after(bot, "SEND", {"destination": "/user/oscar", "receipt": "r"}, "psst")[-1].command == "RECEIPT"
    assert oscar.reads() == ["\a-bot- psst"]  # without a key it is another one
    oscar.types("/reply what?")
    message = only(bot.reads())
    assert without(message, "message-id", "time", "content-type", "content-length") == {
        "subscription": "me",
        "destination": "/me",
        "event": "said",
        "from": "oscar",
        "to": "bot",
    }
    assert message.body == b"what?"


@pytest.mark.parametrize("line", ["/topic tea", "/주제 tea", "／topic tea"])
def test_a_command_line_is_the_same_as_a_persons(oscar: Person, bot: Program, line: str) -> None:
    """`/command`: the body is a command line: the same parser as a person's line."""
    frames = after(bot, "SEND", {"destination": "/command", "receipt": "r"}, line)
    assert [frame.command for frame in frames] == ["MESSAGE", "RECEIPT"]
    assert oscar.reads() == ["* bot set the topic: tea"]


def test_an_answer_comes_to_me_with_its_facts(oscar: Person, bot: Program) -> None:
    answer = only(after(bot, "SEND", {"destination": "/command"}, "/who"))
    assert answer.body == b"2 in #lobby: bot, oscar"
    assert without(answer, "message-id", "time", "content-type", "content-length") == {
        "subscription": "me",
        "destination": "/me",
        "event": "answer",
        "room": "#lobby",
        "count": "2",
        "members": "oscar,bot",
    }


@pytest.mark.parametrize(
    ("destination", "body", "reason"),
    [
        ("/command", "/kick oscar", "not-allowed"),
        ("/command", "/nonsense", "bad-command"),
        ("/room/dev", "hi", "no-such-room"),
        ("/room/a b", "hi", "bad-name"),
        ("/room/lobby", "", "bad-text"),
        ("/room/lobby", "\u200b", "bad-text"),
        ("/user/nobody", "hi", "no-such-user"),
        ("/me", "hi", "no-such-room"),
        ("lobby", "hi", "no-such-room"),
    ],
)
def test_a_refusal_goes_to_me_and_the_connection_stays(
    oscar: Person, bot: Program, destination: str, body: str, reason: str
) -> None:
    """`event:refused`, `reason:WORD`, and `receipt-id` when the frame asked for a receipt: and no RECEIPT then."""
    refused = only(after(bot, "SEND", {"destination": destination, "receipt": "r"}, body))
    assert [refused.headers[name] for name in ("event", "reason", "receipt-id")] == ["refused", reason, "r"]
    assert refused.body.decode().endswith((".", "?"))
    assert "receipt-id" not in only(after(bot, "SEND", {"destination": destination}, body)).headers
    assert (oscar.reads(), bot.wire.closed) == ([], False)


def test_bytes_that_are_no_text_are_refused(bot: Program) -> None:
    bot.wire.receive(b"SEND\ndestination:/room/lobby\n\n\xff\xfe\0")
    bot.sends("SEND", {"destination": "/room/lobby"}, "fine")
    assert [frame.headers.get("reason") for frame in bot.reads()] == ["bad-text", None]


def test_a_session_without_me_gets_an_error_for_a_refusal(chat: ChatInMemory, oscar: Person) -> None:
    """A session without `/me` gets ERROR and is closed, as STOMP has it."""
    program = chat.program()
    after(program, "CONNECT", {"accept-version": "1.2", "login": "bot"})
    error = only(after(program, "SEND", {"destination": "/room/dev", "receipt": "r"}, "hi"))
    assert [error.command, error.headers["message"], error.headers["receipt-id"]] == ["ERROR", "no-such-room", "r"]
    assert program.wire.closed


# --- being put out, and the end --------------------------------------------------------------------


def test_who_is_put_out_of_a_room_hears_it_no_more_and_may_come_again(
    chat: ChatInMemory, oscar: Person, bot: Program
) -> None:
    chat.console().types("/kick #lobby bot noise")
    put_out = only(bot.reads())
    assert [put_out.headers[name] for name in ("event", "by", "reason", "room", "subscription")] == [
        "kicked",
        "server",
        "noise",
        "#lobby",
        "me",
    ]
    oscar.types("gone?")
    assert bot.reads() == []
    bot.joins("lobby")
    oscar.types("back")
    assert bot.reads()[-1].body == b"back"


def test_who_is_put_off_the_server_is_told_and_closed(chat: ChatInMemory, bot: Program) -> None:
    chat.console().types("/kick bot noise")
    assert (only(bot.reads()).headers["event"], bot.wire.closed) == ("kicked", True)


def test_who_is_put_off_the_server_cannot_come_back_to_the_session(chat: ChatInMemory, bot: Program) -> None:
    secret = connected(chat, "other").headers["resume"]
    chat.console().types("/ban other")
    program = chat.program()
    error = only(after(program, "CONNECT", {"accept-version": "1.2", "login": "other", "resume": secret}))
    assert error.headers["message"] == "banned"


def test_a_direct_message_under_a_key_that_the_session_knows_is_not_sent_again(
    chat: ChatInMemory, oscar: Person, bot: Program
) -> None:
    """By either destination, and after a cut: CONNECTED then says `resumed:true`."""
    secret = connected(chat, "ci").headers["resume"]
    program = chat.program()
    again = {"accept-version": "1.2", "login": "ci", "resume": secret}
    assert only(after(program, "CONNECT", again)).headers["resumed"] == "true"
    program.sends("SUBSCRIBE", {"id": "me", "destination": "/me"})
    for headers, body in (({"destination": "/user/oscar"}, "hi"), ({"destination": "/command"}, "/msg oscar hi")):
        sent = {**headers, "receipt": "r", "idempotency-key": "k"}
        assert only(after(program, "SEND", sent, body)) == Frame("RECEIPT", {"receipt-id": "r"})
    assert oscar.reads() == ["\a-ci- hi"]
    no = only(after(program, "SEND", {"destination": "/user/oscar", "idempotency-key": "k"}, "ho"))
    assert (no.headers["event"], no.headers["reason"]) == ("refused", "not-allowed")
    after(bot, "SEND", {"destination": "/user/oscar", "idempotency-key": "k"}, "ho")
    assert oscar.reads() == ["\a-bot- ho"]  # it is nobody else's


def test_a_direct_message_that_was_refused_may_be_sent_again_under_its_key(chat: ChatInMemory, bot: Program) -> None:
    sent = {"destination": "/user/jinny", "idempotency-key": "k"}
    assert only(after(bot, "SEND", sent, "hi")).headers["reason"] == "no-such-user"
    jinny = chat.person("jinny")
    jinny.reads()
    after(bot, "SEND", sent, "hi")
    assert jinny.reads() == ["\a-bot- hi"]


def connected(chat: ChatInMemory, name: str) -> Frame:
    """The CONNECTED of a new program."""
    return only(after(chat.program(), "CONNECT", {"accept-version": "1.2", "login": name}))


def test_when_the_server_ends_a_program_is_told(chat: ChatInMemory, bot: Program) -> None:
    """By an event on /me, or an ERROR where there is none."""
    bare = chat.program()
    after(bare, "CONNECT", {"accept-version": "1.2", "login": "bare"})
    chat.factory.close()
    chat.settle()
    assert [only(bot.reads()).headers["event"], only(bare.reads()).command] == ["closing", "ERROR"]
    assert (bot.wire.closed, bare.wire.closed) == (True, True)


def test_the_operators_socket_speaks_stomp_too(chat: ChatInMemory, oscar: Person) -> None:
    """Whoever can connect there is the console: administrator, and what is said is announced."""
    console = Program(chat, chat.wire("", chat.console_factory))
    assert after(console, "CONNECT", {"accept-version": "1.2"})[0].headers["user"] == "server"
    after(console, "SUBSCRIBE", {"id": "me", "destination": "/me"})
    after(console, "SEND", {"destination": "/command"}, "tea is ready")
    assert oscar.reads() == ["* server announces: tea is ready"]


# --- reading again ---------------------------------------------------------------------------------


def asks_again(program: Program, line: str, **headers: str) -> list[Frame]:
    """What a program reads that wants the past as messages."""
    return after(program, "SEND", {"destination": "/command", "receipt": "r", "answer": "messages", **headers}, line)


def test_the_past_comes_as_it_came_and_then_the_receipt(oscar: Person, bot: Program) -> None:
    """`answer:messages`: each as a MESSAGE to `/me`, with its own destination and number."""
    oscar.types("one", "/me waves", "three")
    live = bot.reads()
    *again, receipt = asks_again(bot, "/history #lobby 2")
    more = {"subscription": "me", "receipt-id": "r"}
    assert [(frame.headers, frame.body) for frame in again] == [
        (dict(frame.headers) | more, frame.body) for frame in live[1:]
    ]
    assert (receipt.command, receipt.headers) == ("RECEIPT", {"receipt-id": "r"})


def test_the_past_is_read_backwards_page_by_page_to_its_beginning(oscar: Person, bot: Program) -> None:
    oscar.types(*(str(n) for n in range(1, 8)))
    bot.reads()
    pages, before = [], 8
    for _ in range(4):
        page = asks_again(bot, f"/history #lobby 3 {before}")[:-1]
        pages.append([frame.body.decode() for frame in page])
        before = int(page[0].headers["seq"]) if page else 0
    assert pages == [["5", "6", "7"], ["2", "3", "4"], ["1"], []]


def test_what_was_found_is_marked_among_its_neighbours(oscar: Person, bot: Program) -> None:
    oscar.types("far", "before", "lunch?", "after", "far")
    bot.reads()
    found = asks_again(bot, "/search lunch")[:-1]
    assert [(frame.body, frame.headers.get("found")) for frame in found] == [
        (b"before", None),
        (b"lunch?", "true"),
        (b"after", None),
    ]


def test_nothing_found_is_a_receipt_alone(bot: Program) -> None:
    assert [frame.command for frame in asks_again(bot, "/search lunch")] == ["RECEIPT"]


def test_who_does_not_ask_for_messages_gets_one_answer(oscar: Person, bot: Program) -> None:
    oscar.types("one", "two")
    bot.reads()
    for headers in ({"receipt": "r"}, {"receipt": "r", "answer": "text"}, {"answer": "messages"}):
        answer = after(bot, "SEND", {"destination": "/command", **headers}, "/history")[0]
        assert (answer.headers["event"], len(answer.body.split(b"\n"))) == ("answer", 2)


def test_a_refused_wish_for_messages_leaves_nothing_behind(oscar: Person, bot: Program) -> None:
    assert [frame.headers["reason"] for frame in asks_again(bot, "/history #nowhere")] == ["no-such-room"]
    oscar.types("one")
    bot.reads()
    answer = after(bot, "SEND", {"destination": "/command", "receipt": "r"}, "/history")[0]
    assert answer.headers["event"] == "answer"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (encode(Frame("ACK", {"id": "1"})), "bad-frame"),
        (encode(Frame("SUBSCRIBE", {"id": "1"})), "bad-frame"),
        (b"SEND\nno colon here\n\n\0", "bad-frame"),
        (b"SEND\nx:" + b"x" * 100_000, "too-long"),
    ],
)
def test_what_was_asked_before_a_wrong_frame_is_answered_before_it(
    chat: ChatInMemory, bot: Program, wrong: bytes, reason: str
) -> None:
    """Though the receipt needs the journal, and the ERROR does not; and what came after it is nobody's."""
    said = {"destination": "/room/lobby", "receipt": "r"}
    bot.wire.receive(encode(Frame("SEND", said, b"before")) + wrong + encode(Frame("SEND", said, b"after")))
    chat.settle()
    message, receipt, error = bot.reads()
    assert (message.body, receipt.headers["receipt-id"]) == (b"before", "r")
    assert (error.command, error.headers["message"], bot.wire.closed) == ("ERROR", reason, True)


def test_nothing_comes_after_an_error(chat: ChatInMemory, oscar: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even what was said in the same breath: TCP's transport takes it, though its end was asked for."""
    monkeypatch.setattr(Wire, "write", lambda wire, data: wire.written.extend(data))
    bare = chat.program()
    bare.sends("CONNECT", {"accept-version": "1.2", "login": "bare"})
    after(bare, "SUBSCRIBE", {"id": "1", "destination": "/room/lobby"})
    said = [Frame("SEND", {"destination": f"/room/{room}", "receipt": room}, b"hi") for room in ("lobby", "nono")]
    bare.wire.receive(b"".join(encode(frame) for frame in (*said, said[0])))
    oscar.types("and so on")
    assert [frame.command for frame in bare.reads()] == ["MESSAGE", "RECEIPT", "ERROR"]
    assert [line[8:] for line in oscar.reads()[-2:]] == ["<bare> hi"] * 2


def test_an_error_is_for_the_connection_that_was_wrong_and_not_for_the_one_that_comes_back(chat: ChatInMemory) -> None:
    bot = chat.program()
    connect = {"accept-version": "1.2", "login": "bot"}
    resume = only(after(bot, "CONNECT", connect)).headers["resume"]
    bot.wire.receive(encode(Frame("ACK", {"id": "1"})))
    bot.wire.cut()
    again = chat.program()
    again.sends("CONNECT", {**connect, "resume": resume})
    again.sends("SUBSCRIBE", {"id": "0", "destination": "/me"})
    assert "ERROR" not in [frame.command for frame in again.reads()]
    assert not again.wire.closed


# --- what one has not read ---------------------------------------------------------------------------


@pytest.fixture
def away() -> ChatInMemory:
    """A chat in which the registered oscar has read three of jinny's seven lines."""
    chat = guarded_chat("oscar")
    jinny, reader = chat.person("jinny"), chat.program("oscar", passcode="chat_1")
    reader.joins("lobby")
    jinny.types("1", "2", "3")
    reader.sends("DISCONNECT")
    jinny.types("4", "5", "6", "7")
    return chat


def back(chat: ChatInMemory, **asked: str) -> tuple[dict[str, str], list[str]]:
    """What the receipt says of the place, and what is read from there, by one who comes back."""
    reader = chat.program("oscar", passcode="chat_1")
    reader.reads()
    reader.sends("SUBSCRIBE", {"id": "1", "destination": "/room/lobby", "receipt": "r", **asked})
    receipt, *said = [frame for frame in reader.reads() if frame.headers.get("event") != "answer"]
    assert receipt.command == "RECEIPT"
    place = {name: value for name, value in receipt.headers.items() if name in {"seq", "read", "after"}}
    return place, [frame.body.decode() for frame in said if frame.headers["event"] == "said"]


@pytest.mark.parametrize(
    ("asked", "place", "said"),
    [
        ({"unread": "100"}, ("3", "3"), "4567"),
        ({"unread": "100", "last": "6"}, ("3", "1"), "234567"),
        ({"unread": "100", "last": "2"}, ("3", "3"), "4567"),
        ({"unread": "2"}, ("3", "5"), "67"),
        ({"unread": "2", "last": "3"}, ("3", "4"), "567"),
        ({"unread": "100", "last": "100"}, ("3", "0"), "1234567"),
        ({"unread": "0"}, ("3", "7"), ""),
        ({"unread": "100", "after": "6"}, None, "7"),
        ({"last": "2"}, None, "67"),
    ],
)
def test_what_an_account_has_not_read_is_had_by_asking_and_so_much_at_most_and_at_least(
    away: ChatInMemory, asked: dict[str, str], place: tuple[str, str] | None, said: str
) -> None:
    told, heard = back(away, **asked)
    assert told == {"seq": "7", **({"read": place[0], "after": place[1]} if place else {})}
    assert "".join(heard) == said


def test_how_far_a_guest_has_read_is_not_known(away: ChatInMemory) -> None:
    guest = away.program("guest")
    guest.sends("SUBSCRIBE", {"id": "1", "destination": "/room/lobby", "receipt": "r", "unread": "100", "last": "1"})
    receipt, *said = [frame for frame in guest.reads() if "event" not in frame.headers or "seq" in frame.headers]
    assert ("read" in receipt.headers, [frame.body for frame in said]) == (False, [b"7"])


def test_how_far_one_has_read_is_known_also_of_a_connection_that_was_cut(away: ChatInMemory) -> None:
    """A page is closed without a word, and its session is kept for a while in which nobody may come back to it."""
    reader = away.program("oscar", passcode="chat_1")
    reader.joins("lobby")
    away.person("bob").types("8")
    reader.wire.cut()
    assert back(away, unread="100") == ({"seq": "8", "read": "8", "after": "8"}, [])


def test_the_receipt_says_where_the_room_stands_also_for_one_who_was_invited(away: ChatInMemory) -> None:
    """Though there it is kept too that the invitation was used."""
    jinny, guest = away.person("bob"), away.program("guest")
    jinny.types("/join secret", "/set private on", "hello", "/invite --once")
    token = re.search(r"/join #?secret (\S+)", "\n".join(jinny.reads()))
    assert token
    guest.sends("SUBSCRIBE", {"id": "1", "destination": "/room/secret", "receipt": "r", "invitation": token[1]})
    receipt = only([frame for frame in guest.reads() if frame.command == "RECEIPT"])
    assert receipt.headers["seq"] == "1"
