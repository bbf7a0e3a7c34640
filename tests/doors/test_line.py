"""The door for people: what they type, what they read."""

from dataclasses import replace

import pytest

from chatproto.testing import UNHURRIED, ChatInMemory, Person


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


def after(person: Person, *lines: str) -> list[str]:
    """What somebody reads after typing this."""
    person.types(*lines)
    return person.reads()


# --- a name ----------------------------------------------------------------------------------------


def test_the_name_is_taken_up_with_a_hello(chat: ChatInMemory, oscar: Person) -> None:
    """`* Hello, oscar. …` when the name is taken up."""
    jinny = chat.person()
    assert after(jinny, "jinny") == ["* Hello, jinny. You are in #lobby with oscar. /help lists the commands."]
    assert oscar.reads() == ["* jinny joined"]


def test_a_refused_name_is_told_why_and_another_may_be_given(chat: ChatInMemory, oscar: Person) -> None:
    """A refused line is always answered; refusals begin with `! `."""
    second = chat.person()
    assert after(second, "oscar") == ["! Somebody is called oscar already. Choose another name."]
    assert after(second, "a/b")[0].startswith("! A name may hold letters, digits and - _ . ' | ~ + ^ · but")
    assert after(second, "server") == ["! server is the server's own name. Choose another one."]
    assert after(second, "jinny")[0].startswith("* Hello, jinny.")


def test_a_name_and_the_first_messages_may_come_as_one(chat: ChatInMemory, oscar: Person) -> None:
    """SEEDS S2.6, and however many lines follow the name."""
    wire = chat.wire()
    wire.receive(b"jinny\r\n" + b"".join(b"line %d\r\n" % n for n in range(200)))
    chat.settle()
    assert oscar.reads() == ["* jinny joined", *(f"[00:00] <jinny> line {n}" for n in range(200))]


@pytest.mark.parametrize("word", ["exit", "QUIT", "/quit", "/종료", "/ออก"])
def test_one_may_leave_without_giving_a_name(chat: ChatInMemory, word: str) -> None:
    person = chat.person()
    assert (after(person, word), person.wire.closed) == (["* Goodbye."], True)


def test_a_blank_answer_is_asked_again(chat: ChatInMemory) -> None:
    person = chat.person()
    assert after(person, "   ") == ["Welcome to chat. What is your name?"]


def test_who_is_in_no_room_yet_is_in_nobodys_way(chat: ChatInMemory, oscar: Person) -> None:
    """A connection without a name is nobody: not listed, not told of, not told anything."""
    silent = chat.person()
    oscar.types("hello")
    assert after(oscar, "/who")[0] == "* 1 in #lobby: oscar"
    assert silent.reads() == []
    silent.wire.cut()
    chat.settle()
    assert oscar.reads() == []


# --- talk ------------------------------------------------------------------------------------------


def test_a_line_is_heard_by_the_others_and_not_by_its_author(oscar: Person, jinny: Person) -> None:
    """One's own line is not sent back (one has just typed it) unless /echo on."""
    assert after(oscar, "hi there") == []
    assert jinny.reads() == ["[00:00] <oscar> hi there"]
    after(oscar, "/echo on")
    assert after(oscar, "again") == ["[00:00] <oscar> again"]
    after(oscar, "/echo off")
    assert after(oscar, "once more") == []


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("//quit is a command", "[00:00] <oscar> /quit is a command"),
        ("/me waves", "* <oscar> waves"),
        ("/msg jinny psst", "\a-oscar- psst"),
        ("/topic tea", "* oscar set the topic: tea"),
        ("/say exit", "[00:00] <oscar> exit"),
        ("안녕하세요 ㅋㅋ", "[00:00] <oscar> 안녕하세요 ㅋㅋ"),
        ("สวัสดีครับ น้ำ", "[00:00] <oscar> สวัสดีครับ น้ำ"),
        ("/quit", "* oscar quit"),
        ("exit", "* oscar quit"),
        ("/leave", "* oscar left"),
        ("/nick bob", "* oscar is now bob"),
        ("/kick jinny flood", "* You can no longer send messages here: oscar put you out: flood."),
    ],
)
def test_what_is_heard(chat: ChatInMemory, oscar: Person, jinny: Person, typed: str, heard: str) -> None:
    """`[HH:MM] <name> text`; `* …` for what happens; `-name- text` for a direct message."""
    chat.factory.chat.rooms["#lobby"].operators.add(chat.factory.chat.people["oscar"])
    oscar.types(typed)
    assert jinny.reads()[0] == heard


def test_a_refused_line_is_always_answered_and_nobody_else_hears_it(oscar: Person, jinny: Person) -> None:
    assert after(oscar, "/kick jinny") == ["! Only an operator may do that."]
    assert after(oscar, "/kcik jinny")[0].startswith("! There is no such command. Did you mean /kick")
    assert after(oscar, "\u200b")[0].startswith("! ")
    assert jinny.reads() == []


def test_a_room_that_is_not_the_current_one_has_its_name_on_its_lines(oscar: Person, jinny: Person) -> None:
    """`/join dev` makes it current; lines from another room than the current one carry its name."""
    assert after(oscar, "/join dev") == ["* You are in #dev with nobody else."]
    jinny.types("to the lobby", "/join dev", "to dev")
    assert oscar.reads() == [
        "[00:00] #lobby <jinny> to the lobby",
        "* jinny joined",
        "[00:00] <jinny> to dev",
    ]
    assert after(oscar, "/join lobby")[0] == "* You are in #lobby with jinny."
    jinny.types("dev again")
    assert oscar.reads() == ["[00:00] #dev <jinny> dev again"]


def test_each_sees_it_as_they_like_it(chat: ChatInMemory, oscar: Person, jinny: Person) -> None:
    """`/time`, `/tz`, `/lang` change the look for that person."""
    after(jinny, "/time full")
    oscar.types("a")
    assert jinny.reads() == ["[1970-01-01 00:00:00] <oscar> a"]
    after(jinny, "/tz Asia/Seoul")
    oscar.types("b")
    assert jinny.reads() == ["[1970-01-01 09:00:00] <oscar> b"]
    after(jinny, "/time off")
    oscar.types("c")
    assert jinny.reads() == ["<oscar> c"]
    after(jinny, "/lang ko")
    oscar.types("/quit")
    assert jinny.reads() == ["* oscar가 퇴장하였습니다."]


def test_a_line_that_names_somebody_rings_their_bell(oscar: Person, jinny: Person) -> None:
    oscar.types("jinny: look", "look, all")
    assert jinny.reads() == ["\a[00:00] <oscar> jinny: look", "[00:00] <oscar> look, all"]
    oscar.types("/msg jinny psst")
    assert jinny.reads() == ["\a-oscar- psst"]
    after(jinny, "/bell off")
    oscar.types("jinny: look", "/msg jinny psst")
    assert jinny.reads() == ["[00:00] <oscar> jinny: look", "-oscar- psst"]


def test_a_bell_for_all_rings_once_for_each_line_of_others(oscar: Person, jinny: Person) -> None:
    after(jinny, "/bell all")
    oscar.types("hi", "jinny: look", "/me waves", "/topic fish", "/msg jinny psst")
    assert jinny.reads() == [
        "\a[00:00] <oscar> hi",
        "\a[00:00] <oscar> jinny: look",
        "\a* <oscar> waves",
        "* oscar set the topic: fish",
        "\a-oscar- psst",
    ]


def test_a_text_of_several_lines_is_shown_as_several_lines_of_one_sender(chat: ChatInMemory, oscar: Person) -> None:
    """Multi-line messages (STOMP body): the line door shows them as several lines, joined to one sender."""
    bot = chat.program("bot")
    bot.joins("lobby")
    oscar.reads()
    bot.says("lobby", "one\ntwo\nthree")
    assert oscar.reads() == ["[00:00] <bot> one", "  | two", "  | three"]


# --- bytes -----------------------------------------------------------------------------------------


def test_a_line_ends_in_newline_with_or_without_a_carriage_return(chat: ChatInMemory, jinny: Person) -> None:
    """Lines end in LF; one CR before it is dropped. What is sent ends in CRLF."""
    oscar = chat.wire()
    for piece in (b"bob\r", b"\nhi\r\n", b"ho\n", b"hi\r\0\n"):
        oscar.receive(piece)
    chat.settle()
    data = jinny.wire.take()
    assert data == b"* bob joined\r\n" + b"".join(b"[00:00] <bob> %b\r\n" % t for t in (b"hi", b"ho", b"hi"))


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(b"he\xff\xf1llo\n", id="no operation"),
        pytest.param(b"\xff\xfd\x01hello\r\n", id="do echo"),
        pytest.param(b"hel\xff\xfa\x1f\0P\0\x18\xff\xf0lo\n", id="window size"),
        pytest.param(b"hello\xff\n", id="stray 255"),
    ],
)
def test_telnets_own_bytes_are_understood_and_dropped(
    chat: ChatInMemory, oscar: Person, jinny: Person, typed: bytes
) -> None:
    """Telnet's own bytes (IAC …) are understood and dropped, never shown, never an error."""
    for at in range(len(typed)):
        oscar.wire.receive(typed[at : at + 1])
    chat.settle()
    assert jinny.reads() == ["[00:00] <oscar> hello"]
    assert oscar.reads() == []


def test_what_is_not_utf_8_is_refused_and_harms_nobody(chat: ChatInMemory, oscar: Person, jinny: Person) -> None:
    """SEEDS S1.9: nobody dies of half a syllable, and a syllable cut in two by the network is whole again."""
    oscar.wire.receive("한".encode()[:2])
    oscar.wire.receive("한".encode()[2:] + b"\n")
    oscar.wire.receive("한".encode()[:2] + b"\n")
    oscar.wire.receive(b"fine\n")
    chat.settle()
    assert oscar.reads() == [
        "! That is not UTF-8 text (byte 1). Set your terminal to UTF-8, or choose its character set with /charset."
    ]
    assert jinny.reads() == ["[00:00] <oscar> 한", "[00:00] <oscar> fine"]


@pytest.mark.parametrize(
    "evil",
    ["\x1b[2J\x1b[1;1Hboo", "\x1b]0;owned\x07boo", "\x9b31mboo", "bb\x08o\x07o\x00", "\u202eboo", "bo\u2028o", "\rboo"],
)
def test_no_text_can_do_anything_to_anybodys_terminal(
    oscar: Person, jinny: Person, chat: ChatInMemory, evil: str
) -> None:
    """Text from others never carries control characters, escape sequences or bidirectional overrides."""
    oscar.types(evil)
    assert jinny.wire.take().replace(b"\r\n", b"") == b"[00:00] <oscar> boo"
    oscar.types(f"/topic {evil}")
    assert b"boo" in jinny.wire.take().replace(b"bo o", b"boo")
    oscar.types(f"/quit {evil}", "/quit")
    assert not set(jinny.wire.take()) & {0, 7, 8, 0x1B}


# --- the end ---------------------------------------------------------------------------------------


def test_leaving_is_told_once_and_the_connection_is_closed(oscar: Person, jinny: Person) -> None:
    assert (after(oscar, "/quit"), oscar.wire.closed) == (["* Goodbye, oscar."], True)
    assert jinny.reads() == ["* oscar quit"]


@pytest.mark.parametrize("word", ["/slip", "/조용히나가기"])
def test_who_slips_out_is_not_told_of(oscar: Person, jinny: Person, word: str) -> None:
    oscar.types(word)
    oscar.reads()
    assert (oscar.wire.closed, jinny.reads()) == (True, [])


def test_a_lost_connection_is_told_at_once(chat: ChatInMemory, oscar: Person, jinny: Person) -> None:
    """A person's line connection has nothing to come back with: the others are told at once."""
    oscar.wire.cut()
    chat.settle()
    assert jinny.reads() == ["* oscar lost the connection"]
    assert after(chat.person(), "oscar")[0].startswith("* Hello, oscar.")


def test_what_is_typed_after_leaving_is_not_heard(chat: ChatInMemory, oscar: Person, jinny: Person) -> None:
    """Nor answered: also when it came in the same piece."""
    assert after(oscar, "/quit", "still here?", "/nonsense", "x" * 9000) == ["* Goodbye, oscar."]
    assert jinny.reads() == ["* oscar quit"]


def test_who_is_put_off_the_server_is_told_and_closed(chat: ChatInMemory, oscar: Person, jinny: Person) -> None:
    chat.console().types("/kick oscar spam")
    assert oscar.reads() == ["* You can no longer send messages here: server put you out: spam."]
    assert oscar.wire.closed
    assert jinny.reads() == ["* oscar was put out by server: spam"]


def test_everybody_is_told_when_the_server_ends(chat: ChatInMemory, oscar: Person, jinny: Person) -> None:
    nameless = chat.person()
    ended = chat.factory.close()
    chat.settle()
    assert (oscar.reads(), jinny.reads()) == (["* The server is closing."],) * 2
    assert (oscar.wire.closed, jinny.wire.closed, nameless.wire.closed, ended.called) == (True,) * 4


def test_a_different_default_language_greets_in_it() -> None:
    chat = ChatInMemory(replace(UNHURRIED, lang="ko"))
    person = chat.person()
    chat.wait(0.5)
    assert person.reads() != ["Welcome to chat. What is your name?"]
    assert after(person, "oscar")[0].startswith("* ")


def test_what_came_before_quitting_in_the_same_breath_looks_as_it_does_in_the_room() -> None:
    """A script's lines come as one piece, `/quit` with them; the room is the current one still."""
    chat = ChatInMemory()
    wire = chat.wire()
    wire.receive(b"oscar\n/echo on\nhello\n/me waves\n/quit\n")
    chat.settle()
    assert wire.take().decode().splitlines()[-3:] == ["[00:00] <oscar> hello", "* <oscar> waves", "* Goodbye, oscar."]


# --- telnet ----------------------------------------------------------------------------------------

INTERRUPT, MARK, MARKED = b"\xff\xf4", b"\xff\xfd\x06", b"\xff\xfb\x06"


def test_each_ctrl_c_of_a_telnet_is_answered(oscar: Person) -> None:
    """RFC 860: Debian's telnet shows nothing more until its timing mark has come, each time."""
    for _ in range(3):
        oscar.wire.receive(INTERRUPT + MARK)
        assert oscar.wire.take() == MARKED


def test_a_telnet_that_asks_and_takes_no_answer_is_let_go(oscar: Person) -> None:
    """What is answered is held for it, and that is bounded."""
    oscar.wire.protocol.connection.pauseProducing()
    for _ in range(40):
        oscar.wire.receive(MARK * 100)
    assert len(oscar.wire.written) < 4500
    assert b"faster than this server reads" in oscar.wire.written


@pytest.mark.parametrize(
    ("typed", "name"), [("Kim Minsu", "Kim_Minsu"), ("สมชาย ใจดี", "สมชาย_ใจดี"), ("O’Brien", "O'Brien")]
)
def test_a_name_as_people_have_it_becomes_one_word_and_is_told(chat: ChatInMemory, typed: str, name: str) -> None:
    """Everywhere it is the same one: in a message to it, in a mention, as a destination."""
    pupil, jinny, bot = chat.person(), chat.person("jinny"), chat.program("bot")
    told = [f"* A name is one word, so that others can write @{name}."] if " " in typed else []
    lines = after(pupil, typed)
    assert lines[: len(told)] == told
    assert lines[len(told)].startswith(f"* Hello, {name}.")
    pupil.reads()
    jinny.types(f"/msg {name} hi", f"@{name} hi")
    bot.sends("SEND", {"destination": f"/user/{typed}"}, "hi")
    assert pupil.reads() == ["\a-jinny- hi", f"\a[00:00] <jinny> @{name} hi", "\a-bot- hi"]
