"""`send`: 0 only after the receipt, nothing lost, nothing twice; and every other end has a status of its own."""

from __future__ import annotations

import io

import pytest
from twisted.internet.task import Clock

from chatproto.client.pipe.reading import Reading, read
from chatproto.client.pipe.run import main
from chatproto.client.pipe.send import ENOUGH, MOST, Send, as_code, composed, fit
from chatproto.client.pipe.status import SIGNALLED, Status
from chatproto.configuration import Configuration
from chatproto.core.events import Reason, Refusal
from chatproto.core.settings import Settings
from chatproto.testing import ChatInMemory, Person, Program
from tests.client.errands import Script
from tests.client.kit import Net, Played, frames, guarded_chat

OPS = ("send", "--to", "#ops")


def in_ops(chat: ChatInMemory, name: str = "jinny") -> Program:
    program = chat.program(name)
    program.joins("ops")
    program.reads()
    return program


def events(program: Program) -> list[tuple[str, str]]:
    return [(f.headers["event"], f.body.decode()) for f in frames(program.reads(), "MESSAGE")]


def said(program: Program) -> list[str]:
    return [text for event, text in events(program) if event == "said"]


def oscar(chat: ChatInMemory) -> Person:
    return chat.person("oscar")


# --- said -----------------------------------------------------------------------------------------


def test_who_leaves_a_message_is_not_seen_to_come_and_go() -> None:
    chat = ChatInMemory()
    jinny = in_ops(chat)
    script = Script(Net(chat), *OPS).begins().says("백업 완료\n3 files")

    assert script.status == Status.DONE
    assert events(jinny) == [("said", "백업 완료\n3 files")]
    assert list(chat.factory.chat.people) == ["jinny"]


def test_who_stays_for_lines_is_seen_to_come() -> None:
    chat = ChatInMemory()
    jinny = in_ops(chat)
    Script(Net(chat), *OPS, "--lines").begins().says("up")

    assert events(jinny) == [("joined", "ci joined"), ("said", "up")]


def test_it_is_not_done_before_the_receipt_has_come() -> None:
    net = Played(Clock())
    script = Script(net, *OPS).begins().says("hi")
    net.accepts("ci")
    early = script.status
    net.sends("RECEIPT", receipt_id="s1")
    net.sends("RECEIPT", receipt_id="k1", seq="7")
    net.sends("RECEIPT", receipt_id="bye")

    assert (early, script.status) == (None, Status.DONE)


def test_somebody_is_told_directly() -> None:
    chat = ChatInMemory()
    person = oscar(chat)
    script = Script(Net(chat), "send", "--to", "@oscar").begins().says("the build\nis through")

    assert script.status == Status.DONE
    assert person.reads() == ["\a-ci- the build", "  | is through"]


def test_lines_are_messages_each_and_more_than_the_server_takes_at_once() -> None:
    chat = ChatInMemory(Settings(rate=5.0, burst=20))
    jinny = in_ops(chat)
    lines = [f"line {n}" for n in range(60)]
    script = Script(Net(chat), *OPS, "--lines").begins().says(*lines).wait(30)

    assert script.status == Status.DONE
    assert said(jinny) == lines


def test_an_input_faster_than_the_chat_is_held_back() -> None:
    chat = ChatInMemory(Settings(rate=5.0, burst=20))
    script = Script(Net(chat), *OPS, "--lines").begins()
    for number in range(250):
        script.errand.typed(f"line {number}")  # type: ignore[attr-defined]
    held = script.slate.held
    script.wait(60)

    assert (held, script.slate.held) == (True, False)


# --- through cuts and restarts --------------------------------------------------------------------


def test_cut_off_between_the_message_and_its_receipt_it_says_it_once() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    script = Script(net, *OPS).begins()
    script.errand.say("hi")  # type: ignore[attr-defined]
    assert net.joined
    net.joined.server.receive(net.joined.client.take())  # it is there; its receipt never comes
    chat.settle()
    net.cut()
    early = script.status
    script.says().wait(3)

    assert (early, script.status) == (None, Status.DONE)
    assert said(jinny) == ["hi"]


def test_a_server_that_is_away_is_waited_for() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    net.there = False
    script = Script(net, *OPS).begins().says("hi").wait(20)
    net.there = True
    script.wait(30)

    assert script.status == Status.DONE
    assert said(jinny) == ["hi"]


def test_a_server_that_stays_away_is_3_and_says_why() -> None:
    net = Net(ChatInMemory())
    net.there = False
    script = Script(net, *OPS, "--timeout", "5s").begins().says("hi").wait(4)
    early = script.status
    script.wait(2)

    assert (early, script.status) == (None, Status.AWAY)
    assert script.slate.complaints == [
        "No chat server answers at localhost:5005: Connection was refused by other side.",
        "Not sent: 1.",
    ]


def test_no_receipt_in_time_is_7() -> None:
    net = Played(Clock())
    script = Script(net, *OPS, "--timeout", "5s").begins().says("hi")
    net.accepts("ci")
    script.wait(12)

    assert script.status == Status.UNKNOWN
    assert "they may have been said or not" in script.slate.complaints[-1]


def test_a_direct_message_that_was_cut_off_goes_again_under_its_key_also_in_another_session() -> None:
    net = Played(Clock())
    script = Script(net, "send", "--to", "oscar").begins().says("hi")
    first = frames(net.accepts("ci"), "SEND")
    net.wire.cut()
    script.wait(3)
    again = frames(net.accepts("ci"), "SEND")

    assert (len(first), again) == (1, first)


def test_back_on_the_server_it_asks_for_nothing_twice() -> None:
    net = Played(Clock())
    script = Script(net, *OPS).begins().says("hi")
    net.accepts("ci")
    net.wire.cut()
    script.wait(3)
    sent = net.accepts("ci")

    assert [(f.command, f.headers.get("destination")) for f in sent] == [
        ("CONNECT", None),
        ("SUBSCRIBE", "/me"),
        ("SEND", "/room/ops"),
    ]


def test_lines_without_an_end_do_not_wait_for_ever_for_a_server_that_is_gone() -> None:
    chat = ChatInMemory()
    net = Net(chat)
    script = Script(net, *OPS, "--lines").begins().wait(100)
    early = script.status
    net.there = False
    net.cut()
    script.wait(62)

    assert (early, script.status) == (None, Status.AWAY)


def test_run_again_under_the_same_key_it_says_it_once() -> None:
    chat = ChatInMemory()
    jinny = in_ops(chat)
    statuses = [Script(Net(chat), *OPS, "--key", "job-7").begins().says("deployed").status for _ in range(2)]

    assert statuses == [Status.DONE, Status.DONE]
    assert said(jinny) == ["deployed"]


# --- refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("/mute #ops ci 10m spam", "You are muted in #ops for 10m more: spam."),
        ("/ban #ops ci 10m", "You are banned here for 10m more."),
        ("/set #ops hush 1", "#ops is hushed: only its operators may speak now."),
        ("/set #ops limit 1", "#ops is full (1 members). Try again later."),
    ],
)
def test_a_no_is_5_and_says_why(order: str, why: str) -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    Script(net, *OPS).begins().says("so that there is a ci to be muted")
    ci = chat.program("ci")
    ci.joins("ops")
    jinny.sends("SEND", {"destination": "/command"}, order)
    ci.sends("DISCONNECT")
    jinny.reads()
    script = Script(net, *OPS).begins().says("hi")

    assert script.status == Status.REFUSED
    assert script.slate.complaints == [why]
    assert said(jinny) == []


def test_nobody_of_that_name_is_5() -> None:
    script = Script(Net(ChatInMemory()), "send", "--to", "oscar").begins().says("hi")

    assert script.status == Status.REFUSED
    assert script.slate.complaints == ["There is no oscar here. /who lists who is."]


def test_a_line_that_is_refused_does_not_keep_the_others() -> None:
    chat = ChatInMemory()
    jinny = in_ops(chat)
    script = Script(Net(chat), *OPS, "--lines").begins()
    for line in ("one", "", "x" * (MOST + 1), "two"):
        script.errand.typed(line)  # type: ignore[attr-defined]
    script.says()

    assert script.status == Status.REFUSED
    assert said(jinny) == ["one", "two"]
    assert len(script.slate.complaints) == 1


def test_a_line_that_the_chat_refuses_does_not_keep_the_others() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    script = Script(net, *OPS, "--lines").begins()
    for order, line in (("1", "unheard"), ("0", "heard")):
        jinny.sends("SEND", {"destination": "/command"}, f"/set #ops hush {order}")
        script.errand.typed(line)  # type: ignore[attr-defined]
        script.run()
    script.says()

    assert script.status == Status.REFUSED
    assert said(jinny) == ["heard"]
    assert script.slate.complaints == ["#ops is hushed: only its operators may speak now."]


def test_what_the_server_cannot_keep_just_now_is_said_again() -> None:
    net = Played(Clock())
    script = Script(net, *OPS).begins().says("hi")
    net.accepts("ci")
    net.sends("RECEIPT", receipt_id="s1")
    refusal = {"destination": "/me", "event": "refused", "reason": Reason.DISK_FULL, "receipt_id": "k1"}
    net.sends("MESSAGE", "It could not be kept.", **refusal)
    script.wait(3)
    [again] = frames(net.got(), "SEND")
    net.sends("RECEIPT", receipt_id="k1", seq="7")
    net.sends("RECEIPT", receipt_id="bye")

    assert again.headers["idempotency-key"] == "k1"
    assert script.status == Status.DONE


def test_put_out_it_ends_with_5() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    script = Script(net, *OPS, "--lines").begins()
    jinny.sends("SEND", {"destination": "/command"}, "/kick #ops ci noise")
    net.run()

    assert script.status == Status.REFUSED
    assert "noise" in script.slate.complaints[0]


# --- names ----------------------------------------------------------------------------------------


def test_a_name_that_is_in_use_is_waited_for() -> None:
    chat = ChatInMemory()
    net, other = Net(chat), chat.program("ci")
    script = Script(net, *OPS).begins().says("hi").wait(2)
    early = script.status
    other.sends("DISCONNECT")
    script.wait(10)

    assert (early, script.status) == (None, Status.DONE)


def test_without_a_name_of_its_own_it_takes_the_next_one() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    chat.program("script")
    script = Script(net, *OPS, name="").begins().says("hi")

    assert script.status == Status.DONE
    assert [f.headers["from"] for f in frames(jinny.reads(), "MESSAGE")] == ["script-2"]


def test_a_wrong_token_is_4_at_once() -> None:
    net = Net(guarded_chat("ci"))
    script = Script(net, *OPS, "--token", "chat_2").begins().says("hi")

    assert script.status == Status.TURNED_AWAY
    assert "--token" in script.slate.complaints[0]


def test_a_name_that_belongs_to_somebody_is_4() -> None:
    script = Script(Net(guarded_chat("ci")), *OPS).begins().says("hi")

    assert script.status == Status.TURNED_AWAY


def test_a_full_server_is_waited_for() -> None:
    chat = ChatInMemory(Settings(max_users=1))
    net, other = Net(chat), chat.program("other")
    script = Script(net, *OPS).begins().says("hi").wait(3)
    early = script.status
    other.sends("DISCONNECT")
    script.wait(10)

    assert (early, script.status) == (None, Status.DONE)


def test_two_runs_with_one_token_put_each_other_out_and_both_are_done() -> None:
    chat = guarded_chat("ci")
    jinny = in_ops(chat)
    one, two = (Script(Net(chat), *OPS, "--token", "chat_1", key=key) for key in "ab")
    one.begins()
    two.begins()
    one.run()
    one.says("one")
    two.says("two")
    for _ in range(10):
        one.wait(1)
        two.wait(1)

    assert (one.status, two.status, one.slate.complaints) == (Status.DONE, Status.DONE, [])
    assert sorted(said(jinny)) == ["one", "two"]


def test_a_direct_message_is_not_said_again_by_a_run_that_was_put_out() -> None:
    net = Played(Clock())
    script = Script(net, "send", "--to", "oscar", "--token", "chat_1").begins().says("hi")
    net.accepts("ci")
    net.sends("ERROR", "You came in somewhere else with this name.", message="not-allowed")
    script.wait(10)

    assert (script.status, len(net.wires)) == (Status.UNKNOWN, 1)


def test_a_server_that_stays_full_is_3_and_says_why() -> None:
    chat = ChatInMemory(Settings(max_users=1))
    net, _ = Net(chat), chat.program("other")
    script = Script(net, *OPS).begins().says("hi").wait(62)

    assert script.status == Status.AWAY
    assert script.slate.complaints[0].startswith("The server is full")


def test_nothing_is_tried_again_after_a_signal() -> None:
    chat = ChatInMemory(Settings(max_users=1))
    net, _ = Net(chat), chat.program("other")
    script = Script(net, *OPS).begins()
    script.errand.interrupted(2)
    script.wait(10)

    assert (script.status, net.calls) == (SIGNALLED + 2, 1)


def test_a_signal_ends_it_with_its_number() -> None:
    script = Script(Net(ChatInMemory()), *OPS).begins()
    script.errand.interrupted(15)
    script.run()

    assert script.status == SIGNALLED + 15


def test_a_signal_while_the_input_is_read_ends_it_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(Slow()))

    assert (main([*OPS], Configuration()), capsys.readouterr().err) == (SIGNALLED + 2, "")


# --- texts ----------------------------------------------------------------------------------------


def test_colours_are_taken_out_and_the_rest_stays() -> None:
    assert composed(b"\x1b[32mok\x1b[0m\n  indented\n\n", code=False).text == "ok\n  indented"


def test_empty_input_is_nothing() -> None:
    assert [composed(data, code=True).text for data in (b"", b"\n \n")] == ["", ""]


def test_code_stands_between_marks_longer_than_those_inside() -> None:
    assert as_code("a\nb") == "```\na\nb\n```"
    assert as_code("```\na\n```") == "````\n```\na\n```\n````"


@pytest.mark.parametrize("data", [b"x" * (MOST + 1), b"\x1b[0m" * ENOUGH, "가".encode() * (MOST // 3 + 1)])
def test_what_is_too_long_is_refused_before_it_is_sent(data: bytes) -> None:
    with pytest.raises(Refusal) as no:
        composed(data, code=False)

    assert no.value.reason is Reason.TOO_LONG


def test_the_marks_count_too() -> None:
    assert fit("x" * MOST)
    with pytest.raises(Refusal):
        composed(b"x" * MOST, code=True)


@pytest.mark.parametrize(
    ("data", "text", "unreadable"),
    [
        (b"disk caf\xe9 full\n", "disk caf\ufffd full\n", 1),
        ("가나다".encode()[1:], "\ufffd\ufffd나다", 2),  # as `tail -c` cuts it
        ("가나다".encode()[:-1], "가나\ufffd", 1),
        ("was \ufffd before".encode(), "was \ufffd before", 0),
        (b"10%\r20%\r100%\n", "100%\n", 0),
        (b"10%\r100%\r\ndone\r\n", "100%\ndone\n", 0),
        (b"\xef\xbb\xbfhi\n", "hi\n", 0),
        ("안녕\n".encode("utf-16"), "안녕\n", 0),  # Windows PowerShell's `>`
        (b"\xfe\xff" + "สวัสดี".encode("utf-16-be"), "สวัสดี", 0),
        (b"\xff\xfeh\x00i\x00!", "hi\ufffd", 1),
    ],
)
def test_what_a_program_pipes_in_is_read_though_a_byte_of_it_is_wrong(data: bytes, text: str, unreadable: int) -> None:
    assert read(data) == Reading(text, unreadable)


def test_an_alert_with_a_wrong_byte_is_said_and_told_about() -> None:
    chat = ChatInMemory()
    jinny = in_ops(chat)
    found = composed(b"caf\xe9 down", code=False)
    script = Script(Net(chat), *OPS).begins()
    assert isinstance(script.errand, Send)
    script.errand.warn(found.unreadable)
    script.says(found.text)

    assert (said(jinny), script.status) == (["caf\ufffd down"], Status.DONE)
    assert script.slate.complaints == ["Bytes that are not UTF-8, sent as \ufffd: 1. All else was sent as it is."]
