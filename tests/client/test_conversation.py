"""What a typed line means, and what is shown."""

from __future__ import annotations

import pytest

from chatproto.core.events import Reason, Refusal
from chatproto.testing import ChatInMemory
from tests.client.kit import Desk

# --- the name -------------------------------------------------------------------------------------


def test_the_name_is_asked_first() -> None:
    chat = ChatInMemory()
    english, korean = Desk(chat), Desk(chat, lang="ko")

    assert (english.paper.asked, korean.paper.asked) == (["Your name: "], ["닉네임 입력: "])
    assert english.net.calls == 0
    assert english.types("oscar") == ["* You are in #lobby with nobody else."]
    assert english.paper.told == ["[*] socket connected localhost:5005", "Hello, oscar. /help lists the commands."]


def test_a_refused_name_is_explained_and_asked_again() -> None:
    chat = ChatInMemory()
    chat.person("jinny")
    desk = Desk(chat)

    assert desk.types("os/car") == [
        (
            "! A name may hold letters, digits and - _ . ' | ~ + ^ · "
            "but character 3 is none of these: '/' (U+002F SOLIDUS)."
        )
    ]
    assert desk.types("jinny") == ["! Somebody is called jinny already. Choose another name."]
    assert len(desk.paper.asked) == 3
    assert desk.types("oscar") == ["* You are in #lobby with jinny."]
    assert desk.conversation.status == 0


def test_a_name_and_the_first_line_may_come_as_one() -> None:
    chat = ChatInMemory()
    jinny = chat.person("jinny")
    Desk(chat).types("oscar", "hello")

    assert jinny.reads() == ["* oscar joined", "[00:00] <oscar> hello"]


def test_a_line_typed_after_a_name_that_is_refused_is_not_said() -> None:
    chat = ChatInMemory()
    jinny = chat.person("jinny")
    desk = Desk(chat)
    desk.types("jinny", "hello")
    desk.types("oscar")

    assert jinny.reads() == ["* oscar joined"]


@pytest.mark.parametrize("word", ["exit", "QUIT", "/quit", "/종료", "/ออก"])
def test_one_may_leave_instead_of_giving_a_name(word: str) -> None:
    desk = Desk(ChatInMemory())
    desk.types(word)

    assert desk.paper.closed
    assert desk.net.calls == 0


# --- talk -----------------------------------------------------------------------------------------


def test_who_wants_them_is_shown_some_lines_from_before() -> None:
    chat = ChatInMemory()
    jinny = chat.person("jinny")
    jinny.types("one", "two", "three", "/join dev", "four", "five")
    desk = Desk(chat, "oscar", backlog=2)

    assert [line for line in desk.paper.new() if "<" in line] == ["[00:00] <jinny> two", "[00:00] <jinny> three"]
    assert [line for line in desk.types("/join dev") if "<" in line] == [
        "[00:00] <jinny> four",
        "[00:00] <jinny> five",
    ]


def test_a_line_is_said_and_not_shown_again() -> None:
    chat = ChatInMemory()
    jinny, desk = chat.person("jinny"), Desk(chat, "oscar")
    jinny.reads()

    assert desk.types("hi", "//slash", "") == []
    assert jinny.reads() == ["[00:00] <oscar> hi", "[00:00] <oscar> /slash"]


def test_with_echo_on_it_is() -> None:
    desk = Desk(ChatInMemory(), "oscar")

    assert desk.types("/echo on", "hi") == ["* Your own lines come back to you now.", "[00:00] <oscar> hi"]
    assert desk.types("/echo off", "hi") == ["* Your own lines do not come back to you now."]


def test_what_is_answered_here_is_answered_now() -> None:
    desk = Desk(ChatInMemory(), "oscar")
    desk.net.chat.clock.advance(86_400)

    assert desk.types("/time full") == ["[1970-01-02 00:00:00] * Time format: full."]


def test_others_are_shown_and_other_rooms_are_named() -> None:
    chat = ChatInMemory()
    jinny, desk = chat.person("jinny"), Desk(chat, "oscar")
    desk.types("/join dev")
    jinny.types("hi oscar", "/msg oscar psst")
    desk.net.run()

    assert desk.paper.new() == ["[00:00] #lobby <jinny> hi oscar", "-jinny- psst"]


def test_a_malformed_command_is_explained_without_the_server() -> None:
    desk = Desk(ChatInMemory(), "oscar")
    desk.net.cut()
    desk.paper.new()
    desk.conversation.typed("/kick")
    desk.conversation.typed("/kik bob")
    desk.conversation.typed("/time never")

    assert desk.paper.new() == [
        "! Usage: /kick [#ROOM] NAME [WHY]",
        "! There is no such command. Did you mean /kick [#ROOM] NAME [WHY]?",
        "! Usage: /time full|short|off|dated|plain",
    ]


def test_help_is_at_once_there_in_the_own_language() -> None:
    desk = Desk(ChatInMemory(), "oscar", lang="ko")
    desk.net.cut()
    desk.paper.new()
    desk.conversation.typed("/help kick")
    desk.conversation.typed("/도움말")
    one, all_ = desk.paper.new()

    assert one.startswith("* /강퇴 [#방] 이름 [이유]")
    assert "/조용히나가기" in all_
    assert "/서버종료" not in all_


def test_a_command_about_a_room_names_the_current_one() -> None:
    chat = ChatInMemory()
    jinny, desk = chat.person("jinny"), Desk(chat, "oscar")
    desk.types("/join dev")
    jinny.reads()
    assert desk.types("/topic Bread", "/who", "/me waves") == ["* oscar set the topic: Bread", *desk_who("dev")]
    assert desk.types("/me #lobby waves") == []

    assert jinny.reads() == ["* <oscar> waves"]


def desk_who(room: str) -> list[str]:
    return [f"* 1 in #{room}: oscar\n* Run by oscar"]


def test_joining_switches_and_says_where_one_is() -> None:
    desk = Desk(ChatInMemory(), "oscar")

    assert desk.types("/join dev") == ["* You are in #dev with nobody else."]
    assert desk.types("/join lobby") == ["* You are in #lobby with nobody else."]
    assert desk.session.current == "#lobby"
    assert desk.types("/leave") == ["* You left #lobby. You are in #dev now."]
    assert desk.types("/leave #dev") == ["* You left #dev. /join ROOM takes you into another."]
    assert desk.types("hi") == ["! You are in no room. /join ROOM takes you into one."]


def test_an_operators_order_is_about_the_current_room() -> None:
    chat = ChatInMemory()
    jinny, desk = chat.person("jinny"), Desk(chat, "oscar")
    desk.types("/join dev")
    jinny.types("/join dev")
    desk.net.run()
    desk.types("/kick jinny spam")

    assert jinny.reads()[-1] == "* You can no longer send messages here: oscar put you out: spam."
    assert list(chat.factory.chat.people) == ["jinny", "oscar"]


def test_an_administrators_order_is_about_the_server_by_a_word() -> None:
    chat = ChatInMemory()
    chat.person("jinny")
    desk = Desk(chat, "oscar")
    chat.console().types("/grant oscar")
    desk.types("/kick --server jinny")

    assert list(chat.factory.chat.people) == ["oscar"]


def test_the_language_changes_on_both_sides() -> None:
    desk = Desk(ChatInMemory(), "oscar")
    (told,) = desk.types("/lang ko")

    assert told.startswith("* ")
    assert told != "* You read English now."
    assert "/강퇴" in desk.types("/kick")[0]
    assert desk.session.manner.lang == "ko", "so that it is asked for again after a cut"


def test_what_is_typed_while_cut_off_is_kept_and_that_is_said() -> None:
    chat = ChatInMemory()
    jinny, desk = chat.person("jinny"), Desk(chat, "oscar", lang="ko")
    desk.net.cut()
    desk.paper.told.clear()
    desk.conversation.typed("잘 들려요?")
    assert desk.paper.told[0] == "메세지를 보낼수 없습니다. 다시 연결해주십시오"
    desk.net.wait(3)

    assert jinny.reads()[-1] == "[00:00] <oscar> 잘 들려요?"


def test_a_cut_is_said_and_so_is_the_return() -> None:
    desk = Desk(ChatInMemory(), "oscar")
    desk.paper.told.clear()
    desk.net.cut()
    desk.net.wait(3)

    assert desk.paper.told == [
        "Server disconnected.",
        "Connecting again in 1 s …",
        "[*] socket connected localhost:5005",
    ]


def test_after_the_servers_end_it_waits_quietly() -> None:
    chat = ChatInMemory()
    desk = Desk(chat, "oscar", lang="ko")
    desk.paper.told.clear()
    chat.factory.close()
    desk.net.there = False
    desk.net.wait(10)

    assert "* 서버가 종료되었습니다." in desk.paper.new()
    assert desk.paper.told[0] == "-- 채팅이 종료되었습니다. 더 이상 메세지를 보낼 수 없습니다 --"
    assert len(desk.paper.told) == 2


# --- leaving --------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["exit", "Quit", "/quit", "/exit", "/종료", "/ออก"])
def test_leaving_ends_the_client_and_is_told(word: str) -> None:
    """Defect 18 of the seed: its /종료 did not end the client."""
    chat = ChatInMemory()
    jinny, desk = chat.person("jinny"), Desk(chat, "oscar")
    jinny.reads()
    desk.types(word, "not said any more")
    desk.net.wait(3)

    assert jinny.reads() == ["* oscar quit"]
    assert (desk.paper.closed, desk.conversation.status) == (True, 0)


def test_slipping_out_is_not_told() -> None:
    chat = ChatInMemory()
    jinny, desk = chat.person("jinny"), Desk(chat, "oscar")
    jinny.reads()
    desk.types("/조용히나가기")
    desk.net.wait(3)

    assert jinny.reads() == []
    assert (desk.paper.closed, desk.conversation.status) == (True, 0)


def test_one_may_leave_though_nobody_answers() -> None:
    desk = Desk(ChatInMemory(), "oscar")
    desk.net.there = False
    desk.net.cut()
    desk.types("kept", "/quit")

    assert desk.paper.closed
    assert "Fail to send msg." in desk.paper.told
    assert desk.conversation.status == 1


# --- a pipe ---------------------------------------------------------------------------------------


def piped(chat: ChatInMemory, *lines: str, name: str = "oscar", patience: float = 10.0) -> Desk:
    desk = Desk(chat, name, prompts=False, patience=patience)
    desk.types(*lines)
    desk.conversation.ended()
    desk.net.wait(30)
    assert desk.paper.closed
    return desk


def test_a_pipe_leaves_with_0_once_everything_is_receipted() -> None:
    chat = ChatInMemory()
    jinny = chat.person("jinny")
    desk = piped(chat, *[str(n) for n in range(300)], "/who")

    assert jinny.reads() == ["* oscar joined", *[f"[00:00] <oscar> {n}" for n in range(300)], "* oscar quit"]
    assert (desk.conversation.status, desk.troubles()) == (0, [])
    assert desk.paper.told == []


def test_a_pipes_name_is_its_first_line() -> None:
    chat = ChatInMemory()
    jinny = chat.person("jinny")
    desk = piped(chat, "oscar", "hi", name="")

    assert jinny.reads() == ["* oscar joined", "[00:00] <oscar> hi", "* oscar quit"]
    assert (desk.paper.asked, desk.conversation.status) == ([], 0)


@pytest.mark.parametrize("line", ["/kick", "/kick nobody", "/nope", "/reply x"])
def test_anything_refused_makes_it_1(line: str) -> None:
    desk = piped(ChatInMemory(), "hi", line)

    assert desk.conversation.status == 1
    assert "refused" in desk.troubles()[0]


def test_a_terminal_is_not_failed_for_a_refusal_that_was_seen() -> None:
    desk = Desk(ChatInMemory(), "oscar")
    desk.types("/kick", "/reply x", "/quit")
    desk.net.wait(3)

    assert desk.conversation.status == 0


def test_a_line_that_is_not_text_makes_it_1() -> None:
    desk = Desk(ChatInMemory(), "oscar", prompts=False)
    desk.conversation.mistyped(Refusal(Reason.BAD_TEXT, "That is not UTF-8 text."))

    assert desk.conversation.status == 1


def test_no_server_makes_it_1_after_a_while() -> None:
    chat = ChatInMemory()
    desk = Desk(chat, "oscar", prompts=False, patience=10.0)
    desk.net.there = False
    desk.net.cut()
    desk.types("hi")
    desk.conversation.ended()
    assert not desk.paper.closed
    desk.net.wait(30)

    assert desk.paper.closed
    assert desk.conversation.status == 1
    assert any("No chat server answers" in t for t in desk.troubles())
    assert "Not sent: 1." in desk.troubles()


def test_a_refused_name_and_a_missing_one_make_it_1() -> None:
    chat = ChatInMemory()
    chat.person("jinny")

    assert piped(chat, "hi", name="jinny").conversation.status == 1
    assert piped(chat, name="").troubles() == ["There is no name. Give one with --name NAME, or as the first line."]


def test_a_pipe_that_is_faster_than_the_server_is_held() -> None:
    desk = Desk(ChatInMemory(), "oscar", prompts=False)
    for n in range(200):
        desk.conversation.typed(str(n))
    assert desk.paper.held
    desk.net.run()

    assert not desk.paper.held


def test_what_is_typed_after_nobody_reads_any_more_is_not_counted_as_lost() -> None:
    desk = Desk(ChatInMemory(), "oscar", prompts=False)
    desk.conversation.unread()
    desk.types("/who")

    assert (desk.paper.closed, desk.conversation.status, desk.troubles()) == (True, 0, [])


def test_what_was_said_before_in_another_room_is_introduced_by_that_rooms_name() -> None:
    chat = ChatInMemory()
    chat.person("jinny").types("one")
    desk = Desk(chat, "oscar", rooms=("#lobby", "#dev"), backlog=20)

    since = "* #lobby 1 said before you came, since 1970-01-01 00:00:00:"
    assert desk.paper.shown[-2:] == [since, "[00:00] #lobby <jinny> one"]


@pytest.mark.parametrize(
    ("lang", "why"), [("en", "refused by other side."), ("ko", "거부했습니다."), ("th", "ปฏิเสธการเชื่อมต่อ")]
)
def test_why_nobody_answers_is_told_in_ones_language(lang: str, why: str) -> None:
    desk = Desk(ChatInMemory(), lang=lang)
    desk.net.there = False
    desk.types("oscar")

    assert [told for told in desk.paper.told if told.endswith(why)] == desk.paper.told[:1]
