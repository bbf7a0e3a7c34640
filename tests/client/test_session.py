"""A session comes back by itself: name, rooms, outbox; nothing missing, nothing twice."""

from __future__ import annotations

import random

import pytest
from twisted.internet.task import Clock

from chatproto.client.link import GOODBYE_TIMEOUT, LOGIN_TIMEOUT
from chatproto.client.outbox import Asking, Entering, Saying
from chatproto.client.session import Session
from chatproto.core.parse import STANDARD
from chatproto.core.settings import Settings
from chatproto.testing import ChatInMemory, Program
from tests.client.kit import Heard, Net, Played, frames, session_on


def in_lobby(net: Net, name: str = "oscar") -> tuple[Session, Heard]:
    session = session_on(net)
    heard = Heard(session)
    session.start(name)
    net.run()
    session.enter("#lobby")
    net.run()
    return session, heard


def jinny_in(chat: ChatInMemory) -> Program:
    jinny = chat.program("jinny")
    jinny.joins("lobby")
    jinny.reads()
    return jinny


def said_to(program: Program) -> list[str]:
    return [f.body.decode() for f in frames(program.reads(), "MESSAGE") if f.headers["event"] == "said"]


# --- with a real server in memory -----------------------------------------------------------------


def test_it_takes_a_name_enters_a_room_and_hears() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    session, heard = in_lobby(net)
    jinny.says("lobby", "안녕")
    net.run()

    assert session.name == "oscar"
    assert heard.said() == ["안녕"]
    assert heard.log == [("connected", False), ("done", Entering("#lobby"))]


def test_a_receipt_ends_a_line_and_ones_own_line_comes_round_marked() -> None:
    net = Net(ChatInMemory())
    session, heard = in_lobby(net)
    session.say("#lobby", "hi")
    session.ask("/me #lobby waves", STANDARD.parse("/me #lobby waves"))
    net.run()

    assert [(m.text, m.own) for m in heard.messages if m.who] == [("hi", True), ("oscar waves", True)]
    assert not session.outbox


def test_a_line_with_ones_own_name_in_it_is_not_taken_for_ones_own() -> None:
    """Defect 16 of the seed: its client hid every line that contained the user's name."""
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    session, heard = in_lobby(net)
    session.say("#lobby", "oscar: hi")
    jinny.says("lobby", "oscar: hi")
    net.run()

    assert [(m.who, m.own) for m in heard.messages if m.who] == [("jinny", False), ("oscar", True)]


def test_what_is_refused_is_told_and_is_not_sent_again() -> None:
    net = Net(ChatInMemory())
    session, heard = in_lobby(net)
    session.say("#elsewhere", "hi")
    net.run()

    assert ("refused", Saying("#elsewhere", "hi")) in heard.log
    assert heard.messages[-1].event == "refused"
    assert not session.outbox


def test_a_room_that_may_not_be_entered_is_not_ours() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), chat.program("jinny")
    jinny.joins("dev")
    jinny.sends("SEND", {"destination": "/command"}, "/set #dev limit 1")
    session, _ = in_lobby(net)
    session.enter("#dev")
    assert session.current == "#dev"
    net.run()

    assert list(session.rooms) == ["#lobby"]
    assert session.current == "#lobby"


def test_cut_off_it_comes_back_under_its_name_with_all_that_was_said_meanwhile() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    session, heard = in_lobby(net)
    jinny.says("lobby", "one")
    net.run()
    net.cut()
    jinny.says("lobby", "two")
    jinny.reads()
    net.wait(3)
    jinny.says("lobby", "three")
    net.run()

    assert heard.said() == ["one", "two", "three"]
    assert session.name == "oscar"
    assert [e for e in heard.log if e[0] != "done"] == [
        ("connected", False),
        ("disconnected",),
        ("retrying", 0.75),
        ("connected", True),
    ]
    gone = {"joined", "left", "lost"} & {f.headers.get("event", "") for f in jinny.reads()}
    assert gone == set(), "nobody is told of a cut that was mended"


def test_one_who_had_heard_nothing_yet_misses_nothing_either() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    jinny.says("lobby", "before")
    chat.wait(5)
    _, heard = in_lobby(net)
    net.cut()
    chat.wait(0.5)
    jinny.says("lobby", "meanwhile")
    net.wait(3)

    assert heard.said() == ["meanwhile"]


def test_a_line_whose_receipt_was_lost_is_sent_again_and_said_once() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    session, heard = in_lobby(net)
    session.say("#lobby", "hi")
    assert net.joined
    net.joined.server.receive(net.joined.client.take())
    chat.settle()
    net.cut()
    net.wait(3)

    assert said_to(jinny) == ["hi"]
    assert ("done", Saying("#lobby", "hi")) in heard.log
    assert [m.text for m in heard.messages if m.event == "said" and not m.own] == []


def test_a_line_that_never_arrived_is_sent_again() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    session, _ = in_lobby(net)
    session.say("#lobby", "hi")
    net.cut()
    net.wait(3)

    assert said_to(jinny) == ["hi"]
    assert not session.outbox


def test_what_is_said_while_cut_off_is_kept_in_order() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    session, _ = in_lobby(net)
    net.cut()
    for text in ("one", "two", "three"):
        session.say("#lobby", text)
    net.wait(3)

    assert said_to(jinny) == ["one", "two", "three"]


def test_what_is_still_told_of_a_room_that_was_left_is_nothing_to_who_enters_it_anew() -> None:
    """It was shown as if it were of the new stay, and what then came after it seemed to have a gap before it."""
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    session, heard = in_lobby(net)
    jinny.says("lobby", "before")
    session.leave("#lobby")
    session.enter("#lobby")
    net.run()
    jinny.says("lobby", "after")
    net.run()

    assert heard.said() == ["after"]
    assert net.calls == 1


def test_entered_left_and_entered_while_cut_off_it_hears_the_last_stay_only() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    session, heard = in_lobby(net)
    net.cut()
    session.leave("#lobby")
    session.enter("#lobby")
    session.say("#lobby", "to the first stay")
    session.leave("#lobby")
    session.enter("#lobby")
    net.wait(5)
    jinny.says("lobby", "after")
    net.run()

    assert [m.text for m in heard.messages if m.event == "said"] == ["after"]


def test_a_room_left_while_cut_off_is_left() -> None:
    chat = ChatInMemory()
    net = Net(chat)
    session, heard = in_lobby(net)
    session.enter("#dev")
    net.run()
    net.cut()
    session.leave("#dev")
    net.wait(3)

    assert "#dev" not in chat.factory.chat.rooms
    assert list(session.rooms) == ["#lobby"]
    assert [m.text for m in heard.messages if m.event == "refused"] == []


def test_what_was_said_before_leaving_is_said_though_the_server_has_forgotten_us_meanwhile() -> None:
    chat = ChatInMemory(Settings(rate=0.0, tz="UTC", linger=1.0))
    net = Net(chat)
    session = session_on(net)
    heard = Heard(session)
    session.start("oscar")
    session.enter("#dev")
    net.run()
    jinny = chat.person("jinny")
    jinny.types("/join dev")
    net.cut()
    net.there = False
    chat.wait(5)  # the name is given up, and with it the place in the room
    jinny.reads()
    session.say("#dev", "one thing more")
    session.leave("#dev")
    net.there = True
    net.wait(10)

    assert jinny.reads() == ["* oscar joined", "[00:00] <oscar> one thing more", "* oscar left"]
    assert [what for what, *_ in heard.log if what in {"refused", "unknown"}] == []


def test_a_command_of_which_nobody_knows_whether_it_was_done_is_not_done_twice() -> None:
    net = Net(ChatInMemory())
    session, heard = in_lobby(net)
    kick = STANDARD.parse("/kick jinny")
    session.ask("/kick jinny", kick)
    net.cut()
    net.wait(3)

    assert ("unknown", Asking("/kick jinny", kick)) in heard.log
    assert not session.outbox


@pytest.mark.parametrize("arrived", [True, False])
def test_a_direct_message_whose_receipt_was_lost_is_heard_once(*, arrived: bool) -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), chat.person("jinny")
    session, heard = in_lobby(net)
    jinny.reads()
    session.ask("/msg jinny hi", STANDARD.parse("/msg jinny hi"))
    assert net.joined
    if arrived:  # and its receipt never comes
        net.joined.server.receive(net.joined.client.take())
        chat.settle()
    net.cut()
    net.wait(3)

    assert jinny.reads() == ["\a-oscar- hi"]
    assert [what for what, *_ in heard.log if what in {"done", "unknown"}] == ["done", "done"]
    assert not session.outbox


@pytest.mark.parametrize("arrived", [True, False])
def test_a_direct_message_is_sent_again_in_another_session_and_said_once(arrived: bool) -> None:
    chat = ChatInMemory(Settings(rate=0.0, tz="UTC", linger=1.0))
    net, jinny = Net(chat), chat.person("jinny")
    session, heard = in_lobby(net)
    hi = STANDARD.parse("/msg jinny hi")
    session.ask("/msg jinny hi", hi)
    assert net.joined
    if arrived:  # and its receipt never comes
        net.joined.server.receive(net.joined.client.take())
    net.cut()
    net.there = False
    chat.wait(5)  # the session is given up
    net.there = True
    net.wait(10)

    assert [line for line in jinny.reads() if "hi" in line] == ["\a-oscar- hi"]
    assert ("done", Asking("/msg jinny hi", hi)) in [entry[:2] for entry in heard.log]


def test_a_new_server_takes_it_in_by_name_and_counts_anew() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    session, heard = in_lobby(net)
    jinny.says("lobby", "one")
    jinny.says("lobby", "two")
    net.run()
    net.cut()
    again = ChatInMemory()
    again.clock = chat.clock
    again.factory.hub.clock = again.factory.clock = chat.clock
    net.chat = again
    jinny = jinny_in(again)
    net.wait(3)
    jinny.says("lobby", "three")
    net.run()
    session.say("#lobby", "four")
    net.run()

    assert heard.said() == ["one", "two", "three"]
    assert said_to(jinny) == ["three", "four"]


def test_kicked_from_a_room_it_is_no_longer_there() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), chat.program("jinny")
    jinny.joins("dev")
    session, heard = in_lobby(net)
    session.enter("#dev")
    net.run()
    jinny.sends("SEND", {"destination": "/command"}, "/kick #dev oscar")
    net.run()

    assert heard.messages[-1].event == "kicked"
    assert (list(session.rooms), session.current) == (["#lobby"], "#lobby")


def test_put_out_by_the_console_it_stays_out() -> None:
    chat = ChatInMemory()
    net = Net(chat)
    _, heard = in_lobby(net)
    chat.console().types("/kick oscar spam")
    net.wait(60)

    assert net.calls == 1
    assert heard.log[-1] == ("over", "-- The chat has ended. You can send no more messages. --")


def test_a_new_name_is_known() -> None:
    net = Net(ChatInMemory())
    session, heard = in_lobby(net)
    session.ask("/nick bob", STANDARD.parse("/nick bob"))
    session.say("#lobby", "hi")
    net.run()

    assert session.name == "bob"
    assert [m.own for m in heard.messages if m.event == "said"] == [True]


def test_finishing_waits_for_every_receipt() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    session, heard = in_lobby(net)
    for n in range(50):
        session.say("#lobby", str(n))
    session.finish()
    net.wait(3)

    assert said_to(jinny) == [str(n) for n in range(50)]
    assert heard.log[-1] == ("over", None)
    assert "oscar" not in chat.factory.chat.people


def test_slipping_out_tells_nobody() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    session, heard = in_lobby(net)
    jinny.reads()
    session.finish(quiet=True)
    net.wait(3)

    assert frames(jinny.reads(), "MESSAGE") == []
    assert heard.log[-1] == ("over", None)


@pytest.mark.parametrize("seed", range(30))
def test_whatever_is_cut_wherever_nothing_is_missing_and_nothing_comes_twice(seed: int) -> None:
    chance, chat = random.Random(seed), ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    session, heard = in_lobby(net)
    chat.wait(1.0)
    seen: list[str] = []
    for n in range(40):
        session.say("#lobby", f"mine {n}")
        jinny.says("lobby", f"hers {n}")
        if net.joined and not net.joined.client.closed:
            _carry_some(net, chance)
            if chance.random() < 0.3:
                net.cut()
        if chance.random() < 0.5:
            net.wait(chance.choice((0.5, 2, 5)))
        seen += said_to(jinny)
    net.wait(60)
    seen += said_to(jinny)

    assert [t for t in seen if t.startswith("mine")] == [f"mine {n}" for n in range(40)]
    assert heard.said() == [f"hers {n}" for n in range(40)]
    assert not session.outbox


def _carry_some(net: Net, chance: random.Random) -> None:
    """Carry a part of what waits on both ends; what is left is lost if the connection is cut now."""
    assert net.joined
    for _ in range(chance.randrange(3)):
        net.joined.server.receive(net.joined.client.take(chance.choice((1, 50, 5000))))
        net.chat.settle()
        net.joined.client.receive(net.joined.server.take(chance.choice((1, 50, 5000))))
        net.chat.settle()


# --- with a server that the test plays ------------------------------------------------------------


def playing(*rooms: str, patience: float = 0.0) -> tuple[Played, Session, Heard]:
    """Return a session that a played server has taken in, in these rooms."""
    server = Played(Clock())
    session = session_on(server, patience=patience)
    heard = Heard(session)
    session.start("oscar")
    server.got()
    server.accepts()
    for room in rooms:
        session.enter(room)
        for frame in server.got():
            server.sends("RECEIPT", receipt_id=frame.headers["receipt"])
    return server, session, heard


def come_back(server: Played) -> list[str]:
    """Let the client call again, take it in, and return how it subscribes to its rooms."""
    server.clock.advance(30.0)
    (connect,) = frames(server.got(), "CONNECT")
    assert connect.headers["resume"] == "secret"
    found = frames(server.accepts(), "SUBSCRIBE")
    return [f"{f.headers['destination']} {f.headers.get('after', '-')}" for f in found]


def test_it_asks_for_each_room_from_its_last_number() -> None:
    server, _, _ = playing("#lobby", "#dev")
    server.says("one", 7, 6)
    server.says("two", 3, 2, room="dev")
    server.wire.cut()

    assert come_back(server) == ["/me -", "/room/lobby 7", "/room/dev 3"]


def test_it_comes_back_to_the_current_room_last_for_that_is_the_servers_current_one() -> None:
    server, session, _ = playing("#lobby", "#dev")
    session.enter("#lobby")
    server.wire.cut()

    assert come_back(server) == ["/me -", "/room/dev -", "/room/lobby -"]


def test_a_line_sent_under_another_name_is_not_sent_again_for_its_key_is_not_known_there() -> None:
    server, session, heard = playing("#lobby")
    session.say("#lobby", "hi")
    server.wire.cut()
    server.clock.advance(30.0)
    found = server.got() + server.accepts("oscar2")

    assert frames(found, "SEND") == []
    assert heard.log[-1] == ("unknown", Saying("#lobby", "hi"))


def test_a_gap_is_read_again_before_anything_after_it_is_shown() -> None:
    server, _, heard = playing("#lobby")
    server.says("one", 1, 0)
    server.says("three", 3, 2)

    assert server.wire.closed
    assert come_back(server)[-1] == "/room/lobby 1"
    server.says("two", 2, 1)
    server.says("three", 3, 2)
    assert heard.said() == ["one", "two", "three"]


def test_a_gap_that_the_server_tells_of_is_passed_over() -> None:
    server, _, heard = playing("#lobby")
    server.says("one", 1, 0)
    server.sends("MESSAGE", "gone", destination="/room/lobby", event="gap", old="2", new="9")
    server.says("ten", 10, 9)

    assert [m.text for m in heard.messages] == ["one", "gone", "ten"]
    assert not server.wire.closed


def test_a_repetition_is_dropped() -> None:
    server, _, heard = playing("#lobby")
    server.says("one", 1, 0)
    server.says("one", 1, 0)

    assert heard.said() == ["one"]


def test_somebody_else_who_had_my_name_is_not_me() -> None:
    server, session, heard = playing("#lobby")
    session.say("#lobby", "hi")
    server.says("hello", 1, 0, who="oscar")
    server.says("hi", 2, 1, who="oscar")
    server.says("hi", 3, 2, who="oscar")

    assert [m.own for m in heard.messages] == [False, True, False]


def test_a_receipt_that_overtakes_the_message_makes_it_known_by_its_number() -> None:
    server, session, heard = playing("#lobby")
    server.says("one", 1, 0)
    session.say("#lobby", "hi")
    (frame,) = server.got()
    server.sends("RECEIPT", receipt_id=frame.headers["receipt"], seq="2")
    server.says("hi", 2, 1, who="oscar")

    assert [m.own for m in heard.messages] == [False, True]


def test_not_more_than_a_window_goes_at_once() -> None:
    server, session, _ = playing("#lobby")
    for n in range(40):
        session.say("#lobby", str(n))
    first = server.got()
    server.sends("RECEIPT", receipt_id=first[0].headers["receipt"])

    assert len(first) == 16
    assert len(server.got()) == 1


def test_a_refused_name_is_asked_for_again_and_the_next_one_is_taken() -> None:
    server = Played(Clock())
    session = session_on(server)
    heard = Heard(session)
    session.start("jinny")
    server.sends("ERROR", "taken", message="name-in-use")
    assert heard.log == [("name refused", "name-in-use")]
    session.start("oscar")
    (connect,) = server.got()

    assert connect.headers["login"] == "oscar"
    server.accepts("oscar")
    assert session.up


def test_right_after_a_cut_a_name_in_use_may_be_our_own_ghost() -> None:
    server, _, heard = playing()
    server.wire.cut()
    server.clock.advance(1.0)
    server.sends("ERROR", "taken", message="name-in-use")
    assert ("name refused", "name-in-use") not in heard.log
    server.clock.advance(5.0)
    (connect,) = server.got()
    assert "resume" not in connect.headers
    server.clock.advance(60.0)
    server.clock.advance(60.0)
    server.sends("ERROR", "taken", message="name-in-use")

    assert heard.log[-1] == ("name refused", "name-in-use")


@pytest.mark.parametrize("reason", ["banned", "server-full"])
def test_one_who_is_not_let_in_does_not_knock_for_ever(reason: str) -> None:
    server = Played(Clock())
    session = session_on(server)
    heard = Heard(session)
    session.start("oscar")
    server.sends("ERROR", "no", message=reason)
    server.clock.pump([60.0] * 3)

    assert len(server.wires) == 1
    assert heard.log == [("over", "The server did not let you in.")]


def test_a_server_that_was_full_for_a_moment_is_asked_again_by_one_it_knew() -> None:
    server, session, _ = playing()
    server.wire.cut()
    for _ in range(2):
        server.clock.advance(10.0)
        server.sends("ERROR", "full", message="server-full")
    server.clock.advance(30.0)
    server.accepts()

    assert session.up


def test_what_the_server_calls_too_long_is_not_sent_again() -> None:
    server, session, heard = playing("#lobby")
    session.say("#lobby", "short")
    session.say("#lobby", "long" * 100)
    server.sends("ERROR", "too long", message="too-long")
    come_back(server)

    assert ("refused", Saying("#lobby", "long" * 100)) in heard.log
    assert [p.what for p in session.outbox] == [Saying("#lobby", "short")]


def test_a_session_taken_up_elsewhere_is_not_fought_for() -> None:
    server, _, heard = playing("#lobby")
    server.sends("ERROR", "elsewhere", message="not-allowed")
    server.clock.pump([60.0] * 3)

    assert len(server.wires) == 1
    assert heard.log[-1] == ("over", "The server ended this session.")


def test_a_server_that_never_answers_connect_is_left_and_called_again() -> None:
    server = Played(Clock())
    Heard(session := session_on(server))
    session.start("oscar")
    server.clock.advance(LOGIN_TIMEOUT)
    assert server.wires[0].closed
    server.clock.advance(1.0)

    assert len(server.wires) == 2


def test_patience_ends() -> None:
    server = Played(Clock())
    server.there = False
    heard = Heard(session := session_on(server, patience=10.0))
    session.start("oscar")
    server.clock.pump([0.25] * 50)

    assert heard.log[-1][0] == "over"
    assert server.clock.getDelayedCalls() == []
    assert [e for e in heard.log if e[0] == "retrying"][:3] == [
        ("retrying", 0.75),
        ("retrying", 1.5),
        ("retrying", 3.0),
    ]


def test_without_a_limit_it_tries_on() -> None:
    server, _, heard = playing()
    server.there = False
    server.wire.cut()
    server.clock.pump([10.0] * 60)
    server.there = True
    server.clock.advance(30.0)
    server.accepts()

    assert heard.log[-1] == ("connected", True)


def test_closing_says_goodbye_and_does_not_wait_long_for_the_answer() -> None:
    server, session, heard = playing("#lobby")
    ended: list[None] = []
    session.close().addCallback(ended.append)
    assert [f.command for f in server.got()] == ["DISCONNECT"]
    assert ended == []
    server.clock.advance(GOODBYE_TIMEOUT)

    assert ended == [None]
    assert heard.log[-1] == ("over", None)


def test_a_heart_stops_when_all_is_over() -> None:
    server, session, _ = playing("#lobby")
    session.finish()
    server.sends("RECEIPT", receipt_id="bye")
    server.wire.take()

    assert server.wire.closed
    assert server.clock.getDelayedCalls() == []


# --- from another place in the room ---------------------------------------------------------------


def test_a_room_may_be_entered_after_a_number_or_some_messages_back() -> None:
    chat = ChatInMemory()
    jinny = jinny_in(chat)
    for text in ("one", "two", "three"):
        jinny.says("lobby", text)
    after, last = Net(chat), Net(chat)
    found = []
    for net, name, where in ((after, "oscar", {"after": 1}), (last, "bob", {"last": 1})):
        session = session_on(net)
        heard = Heard(session)
        session.start(name)
        session.enter("#lobby", after=where.get("after"), last=where.get("last", 0))
        net.run()
        found.append((heard.said(), session.rooms["#lobby"].head))

    assert found == [(["two", "three"], 3), (["three"], 3)]


def test_where_the_server_counts_anew_a_number_from_before_hides_nothing() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    session = session_on(net)
    heard = Heard(session)
    session.start("oscar")
    session.enter("#lobby", after=1000)
    net.run()
    jinny.says("lobby", "one")
    jinny.says("lobby", "two")
    net.run()

    assert heard.said() == ["one", "two"]


def test_said_again_by_another_session_under_the_same_key_it_is_said_once() -> None:
    chat = ChatInMemory()
    jinny, seqs = jinny_in(chat), []
    for _ in range(2):
        net = Net(chat)
        session = session_on(net)
        Heard(session)
        session.start("oscar")
        session.enter("#lobby")
        parcel = session.say("#lobby", "deployed", "job-7")
        net.run()
        seqs.append(parcel.seq)
        session.close()
        net.run()

    assert seqs == [1, 1]
    assert said_to(jinny) == ["deployed"]


def test_a_direct_message_that_comes_again_after_a_cut_is_heard_once() -> None:
    chat = ChatInMemory()
    net, jinny = Net(chat), jinny_in(chat)
    _, heard = in_lobby(net)
    jinny.sends("SEND", {"destination": "/user/oscar"}, "psst")
    net.run()
    net.cut()
    jinny.sends("SEND", {"destination": "/user/oscar"}, "and psst")
    net.wait(10)

    assert heard.said() == ["psst", "and psst"]
