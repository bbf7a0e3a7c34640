"""`tail`: what is kept in a room, nothing missing and nothing twice, in a form that programs can rely on."""

from __future__ import annotations

import json

from twisted.internet.task import Clock

from chatproto.client.pipe.status import Status
from chatproto.core.members import MAX_PLACES
from chatproto.core.settings import Settings
from chatproto.testing import ChatInMemory, Program
from tests.client.errands import Script
from tests.client.kit import Net, Played, frames, guarded_chat

OPS = ("tail", "#ops")


def in_ops(chat: ChatInMemory, *texts: str) -> Program:
    jinny = chat.program("jinny")
    jinny.joins("ops")
    for text in texts:
        jinny.says("ops", text)
    return jinny


def texts(script: Script) -> list[str]:
    return [str(json.loads(line)["text"]) for line in script.slate.new()]


def test_it_shows_what_is_said_from_now_on_and_not_who_comes_and_goes() -> None:
    chat = ChatInMemory()
    jinny = in_ops(chat, "before")
    script = Script(Net(chat), *OPS).begins()
    jinny.says("ops", "안녕\nall")
    chat.program("bob").joins("ops")
    jinny.sends("SEND", {"destination": "/command"}, "/me #ops waves")
    script.run()

    assert script.slate.shown == [
        "[1970-01-01 00:00:00] <jinny> 안녕\n  | all",
        "[1970-01-01 00:00:00] * <jinny> waves",
    ]
    assert (script.status, script.slate.complaints) == (None, [])


def test_a_line_of_json_has_these_fields() -> None:
    chat = ChatInMemory()
    jinny = in_ops(chat)
    script = Script(Net(chat), *OPS, "--json").begins()
    jinny.says("ops", 'say "안녕"\nall')
    for command in ("/correct #ops hi", "/topic #ops deploys", "/delete #ops"):
        jinny.sends("SEND", {"destination": "/command"}, command)
    script.run()
    always = {"time": "1970-01-01T00:00:00.000Z", "room": "#ops", "from": "jinny"}

    assert [json.loads(line) for line in script.slate.shown] == [
        {"seq": 1, "event": "said", "text": 'say "안녕"\nall', **always},
        {"seq": 2, "event": "corrected", "of": 1, "text": "jinny meant: hi", **always},
        {"seq": 3, "event": "topic", "text": "jinny set the topic: deploys", **always},
        {"seq": 4, "event": "deleted", "of": 1, "text": "jinny took back message 1", **always},
    ]
    assert all("\n" not in line and "안녕" in line for line in script.slate.shown[:1])


def test_it_reads_on_after_a_number_and_may_end_there() -> None:
    chat = ChatInMemory()
    in_ops(chat, "one", "two", "three")
    script = Script(Net(chat), *OPS, "--json", "--after", "1", "--no-follow").begins()

    assert script.status == Status.DONE
    assert texts(script) == ["two", "three"]


def test_it_shows_the_newest_if_asked_to() -> None:
    chat = ChatInMemory()
    in_ops(chat, "one", "two", "three")
    script = Script(Net(chat), *OPS, "--json", "--last", "2", "--no-follow").begins()

    assert script.status == Status.DONE
    assert texts(script) == ["two", "three"]


def test_where_there_is_nothing_to_read_it_ends_at_once_if_it_may() -> None:
    chat = ChatInMemory()
    in_ops(chat, "one")
    statuses = [
        Script(Net(chat), *argv, "--no-follow").begins().status
        for argv in (("tail", "#empty"), OPS, (*OPS, "--after", "1"), (*OPS, "--after", "100"))
    ]

    assert statuses == [Status.DONE] * 4


def test_a_connection_that_is_cut_costs_nothing_and_repeats_nothing() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    script = Script(net, *OPS, "--json").begins()
    for number in range(6):
        jinny.says("ops", f"{number}")
        if number % 2:
            net.cut()
        script.wait(1)
    script.wait(10)

    assert texts(script) == ["0", "1", "2", "3", "4", "5"]


def test_what_is_no_longer_kept_is_a_gap_that_can_be_read_on_from() -> None:
    chat = ChatInMemory(Settings(rate=0.0, keep="2"))
    in_ops(chat, *"abcdef")
    chat.wait(120)
    script = Script(Net(chat), *OPS, "--json", "--after", "1", "--no-follow").begins()
    found = [json.loads(line) for line in script.slate.shown]

    assert [(line["event"], line["seq"], line.get("old")) for line in found] == [
        ("gap", 4, 2),
        ("said", 5, None),
        ("said", 6, None),
    ]


def test_a_server_that_is_away_is_said_once_and_waited_for() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    net.there = False
    script = Script(net, *OPS, "--json").begins().wait(200)
    net.there = True
    script.wait(40)
    jinny.says("ops", "hi")
    script.run()

    assert texts(script) == ["hi"]
    assert len(script.slate.complaints) == 1


def test_it_gives_up_when_it_was_told_to() -> None:
    net = Net(ChatInMemory())
    net.there = False

    assert Script(net, *OPS, "--timeout", "5s").begins().wait(6).status == Status.AWAY


def test_once_it_is_there_it_waits_for_as_long_as_it_takes() -> None:
    assert Script(Net(ChatInMemory()), *OPS, "--timeout", "5s").begins().wait(100).status is None


def test_a_room_that_it_may_not_enter_is_5() -> None:
    chat = ChatInMemory()
    jinny = in_ops(chat)
    jinny.sends("SEND", {"destination": "/command"}, "/set #ops limit 1")
    script = Script(Net(chat), *OPS).begins()

    assert script.status == Status.REFUSED
    assert script.slate.complaints == ["#ops is full (1 members). Try again later."]


def test_a_room_that_it_may_not_come_back_to_is_5() -> None:
    net = Played(Clock())
    script = Script(net, *OPS).begins()
    net.accepts("ci")
    net.sends("RECEIPT", receipt_id="s1")
    net.wire.cut()
    script.wait(2)
    [back] = [f for f in frames(net.accepts("ci"), "SUBSCRIBE") if "receipt" in f.headers]
    net.sends("MESSAGE", "No.", destination="/me", event="refused", reason="banned", receipt_id=back.headers["receipt"])
    net.sends("RECEIPT", receipt_id="bye")

    assert script.status == Status.REFUSED


def test_put_out_it_ends_with_5() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), in_ops(chat)
    script = Script(net, *OPS).begins()
    jinny.sends("SEND", {"destination": "/command"}, "/kick #ops ci")
    script.run()

    assert script.status == Status.REFUSED


def test_of_too_many_with_one_token_the_first_ends_and_says_why() -> None:
    chat = guarded_chat("ci")
    scripts = [Script(Net(chat), *OPS, "--token", "chat_1").begins() for _ in range(MAX_PLACES + 1)]
    first, *others = scripts
    first.run()
    first.wait(60)

    assert (first.status, {script.status for script in others}) == (Status.TURNED_AWAY, {None})
    assert first.slate.complaints == ["You came in at 10 other places with this name, so this one was closed."]


def test_it_ends_well_when_nobody_reads_it_any_more() -> None:
    chat = ChatInMemory()
    script = Script(Net(chat), *OPS).begins()
    script.errand.unread()  # type: ignore[attr-defined]
    script.run()

    assert script.status == Status.DONE
