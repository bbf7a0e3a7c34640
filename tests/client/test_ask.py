"""`ask`: the first answer after the question that is one of the options; 0 only for the first of them."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from chatproto.client.pipe.status import Status
from chatproto.core.settings import Settings
from chatproto.testing import ChatInMemory, Program
from tests.client.errands import Script
from tests.client.kit import Net, Played, frames, guarded_chat

DEPLOY = ("ask", "#ops", "Deploy?", "--timeout", "5m")


def in_ops(chat: ChatInMemory, name: str = "jinny") -> Program:
    jinny = chat.program(name)
    jinny.joins("ops")
    jinny.reads()
    return jinny


def said(program: Program) -> list[str]:
    return [f.body.decode() for f in frames(program.reads(), "MESSAGE") if f.headers["event"] == "said"]


def answered(*answers: str, options: str = "yes,no") -> tuple[int | None, list[str]]:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    script = Script(net, *DEPLOY, "--options", options).begins()
    for answer in answers:
        jinny.says("ops", answer)
    script.run()
    return script.status, script.slate.shown


def test_it_asks_prints_the_answer_and_tells_the_room() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    script = Script(net, *DEPLOY).begins()
    asked = said(jinny)
    jinny.says("ops", "Yes")
    script.run()

    assert asked == ["Deploy? (yes / no)"]
    assert (script.status, script.slate.shown) == (Status.DONE, ["yes"])
    assert said(jinny) == ["Yes", "jinny has answered: yes"]


@pytest.mark.parametrize(
    ("answer", "status", "shown"),
    [
        ("yes", Status.DONE, ["yes"]),
        ("  YES! ", Status.DONE, ["yes"]),
        ("@ci yes", Status.DONE, ["yes"]),
        ("ci: no.", Status.OTHER, ["no"]),
        ("no", Status.OTHER, ["no"]),
        ("yes please", None, []),
        ("no idea, yes?", None, []),
        ("cider yes", None, []),
        ("hm", None, []),
    ],
)
def test_an_answer_is_an_option_alone_or_after_its_name(answer: str, status: int | None, shown: list[str]) -> None:
    assert answered(answer) == (status, shown)


def test_the_first_option_answered_counts() -> None:
    assert answered("hm", "no", "yes") == (Status.OTHER, ["no"])


def test_options_are_compared_folded_and_shown_as_given() -> None:
    assert answered("STRASSE", options="예,straße") == (Status.OTHER, ["straße"])
    assert answered("\u110b\u1168", options="예,아니오") == (Status.DONE, ["예"])  # sent decomposed by some systems


def test_what_was_said_before_the_question_is_no_answer() -> None:
    net = Played(Clock())
    script = Script(net, *DEPLOY).begins()
    net.accepts("ci")
    net.sends("RECEIPT", receipt_id="s1", seq="6")
    net.says("yes", 7, 6, room="ops")
    net.says("no", 9, 8, room="ops")  # the room is read again: 8 is missing
    script.wait(2)
    net.accepts("ci")
    net.says("Deploy? (yes / no)", 8, 7, who="ci", room="ops")
    net.says("no", 9, 8, room="ops")
    net.sends("RECEIPT", receipt_id="k1", seq="8")

    assert script.slate.shown == ["no"]


def test_nobody_in_time_is_6_and_the_room_is_told() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    script = Script(net, *DEPLOY).begins().wait(299)
    early = script.status
    script.wait(5)

    assert (early, script.status) == (None, Status.UNANSWERED)
    assert said(jinny) == ["Deploy? (yes / no)", "Nobody has answered in time."]
    assert script.slate.shown == []


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Deploy?", "Nobody has answered in time."),
        ("배포할까요?", "시간 안에 답한 사람이 없습니다."),
        ("ㅇㅋ?", "시간 안에 답한 사람이 없습니다."),
        ("ติดตั้งไหม", "ไม่มีใครตอบภายในเวลาที่กำหนด"),
    ],
)
def test_the_room_is_told_in_the_language_of_the_question(question: str, told: str) -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    Script(net, "ask", "#ops", question, "--timeout", "5m").begins().wait(305)

    assert said(jinny)[-1] == told


def test_no_server_in_time_is_3() -> None:
    net = Net(ChatInMemory())
    net.there = False

    assert Script(net, *DEPLOY).begins().wait(301).status == Status.AWAY


def test_a_no_from_the_chat_is_5() -> None:
    chat = ChatInMemory()
    jinny = in_ops(chat)
    jinny.sends("SEND", {"destination": "/command"}, "/set #ops hush 1")

    assert Script(Net(chat), *DEPLOY).begins().status == Status.REFUSED


def test_an_answer_that_comes_while_the_connection_is_cut_counts() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    script = Script(net, *DEPLOY).begins()
    net.cut()
    jinny.says("ops", "yes")
    script.wait(3)

    assert (script.status, script.slate.shown) == (Status.DONE, ["yes"])
    assert said(jinny) == ["Deploy? (yes / no)", "yes", "jinny has answered: yes"]


def test_put_out_by_another_run_with_its_token_it_comes_back_asks_once_and_misses_no_answer() -> None:
    chat = guarded_chat("ci")
    net, jinny = Net(chat), in_ops(chat)
    script = Script(net, *DEPLOY, "--token", "chat_1").begins()
    other = Script(Net(chat), "send", "--to", "#ops", "--token", "chat_1", key="other").begins().says("by the way")
    script.run()
    jinny.says("ops", "no")
    script.wait(5)

    assert (other.status, script.status) == (Status.DONE, Status.OTHER)
    assert said(jinny) == ["Deploy? (yes / no)", "by the way", "no", "jinny has answered: no"]


def test_a_full_server_is_waited_for() -> None:
    chat = ChatInMemory(Settings(max_users=1))
    net, other = Net(chat), chat.program("other")
    script = Script(net, *DEPLOY).begins().wait(3)
    other.sends("DISCONNECT")
    script.wait(10)
    jinny = chat.factory.chat.people

    assert list(jinny) == ["ci"]
