"""What a talk at a window adds to one at any screen."""

from __future__ import annotations

from itertools import pairwise

import pytest

from chatproto.client.conversation import Stage
from chatproto.gui.talk import MANY
from chatproto.testing import ChatInMemory
from tests.client.kit import guarded_chat
from tests.gui.kit import Seat


@pytest.fixture
def chat() -> ChatInMemory:
    return ChatInMemory()


def test_a_name_that_cannot_be_one_goes_to_no_server(chat: ChatInMemory) -> None:
    seat = Seat(chat, "os/car")

    assert [line.partition(":")[0] for line in seat.front.log] == ["turn back"]
    assert seat.net.calls == 0


def test_a_name_that_is_taken_is_asked_for_again_and_what_follows_is_as_new(chat: ChatInMemory) -> None:
    chat.person("jinny")
    seat = Seat(chat, "jinny")
    assert seat.front.log == ["turn back: Somebody is called jinny already. Choose another name."]
    assert seat.talk.stage is Stage.NAMING
    seat.talk.begin("oscar")
    seat.net.run()

    assert seat.front.log[1:] == ["enter"]
    assert seat.sees() == ["You are in #lobby with jinny."]


def test_a_password_or_a_token_proves_a_name() -> None:
    chat = guarded_chat("oscar")

    assert Seat(chat, "oscar").front.log[0].startswith("turn back: ")
    assert Seat(chat, "oscar", token="open sesame").front.log == ["enter"]
    assert Seat(chat, "oscar", token="chat_1").front.log == ["enter"]
    assert Seat(chat, "/login oscar open sesame").front.log == ["enter"]


def test_what_was_said_before_stands_above_where_one_is(chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    jinny.types("one", "two", "three")
    seat = Seat(chat, "oscar", backlog=2)
    jinny.types("four")
    seat.net.run()

    since = "2 said before you came, since 1970-01-01 00:00:00:"
    assert seat.sees() == [since, "jinny: two", "jinny: three", "You are in #lobby with jinny.", "jinny: four"]
    assert [line.before for line in seat.talk.desk.pane.lines] == [False, True, True, False, False]


def test_news_of_the_connection_is_kept_until_there_is_one_again(chat: ChatInMemory) -> None:
    seat = Seat(chat, "oscar")
    seat.net.there = False
    seat.net.cut()
    seat.net.wait(8)
    assert list(seat.talk.told.values())[:2] == ["Server disconnected.", "Connecting again in 6 s …"]
    seat.net.there = True
    seat.net.wait(8)

    assert list(seat.talk.told.values()) == ["[*] socket connected localhost:5005"]


def test_connecting_again_is_told_also_where_the_server_said_that_it_closes(chat: ChatInMemory) -> None:
    seat = Seat(chat, "oscar")
    seat.net.there = False
    chat.factory.close()
    seat.net.run()

    assert seat.sees()[-1] == "The server is closing."
    assert any("Connecting again" in text for text in seat.talk.told.values())


def test_to_leave_with_something_unsent_is_asked_once(chat: ChatInMemory) -> None:
    seat = Seat(chat, "oscar")
    assert seat.talk.may_leave()
    seat.net.there = False
    seat.net.cut()
    assert seat.talk.may_leave()
    seat.types("kept here")

    assert [seat.talk.may_leave(), seat.talk.may_leave()] == [False, True]
    assert "Not sent: 1." in seat.talk.told.values()


def test_who_leaves_closes_the_window_and_who_is_put_out_may_read_why(chat: ChatInMemory) -> None:
    bob, jinny = Seat(chat, "bob"), Seat(chat, "jinny")
    bob.types("/quit")
    chat.console().types("/kick jinny enough")
    jinny.net.run()
    jinny.net.wait(3)

    assert (bob.front.log[-1], bob.talk.left) == ("close", True)
    assert (jinny.front.log[-1], jinny.talk.left) == ("close", False)
    assert "enough" in " ".join(jinny.sees())
    assert jinny.talk.told


def test_a_talk_that_was_dropped_is_heard_of_no_more(chat: ChatInMemory) -> None:
    seat = Seat(chat, "oscar")
    log = list(seat.front.log)
    seat.talk.drop()
    seat.net.run()
    seat.net.wait(3)

    assert seat.front.log == log
    assert seat.net.joined
    assert seat.net.joined.client.closed


def test_what_cannot_be_drawn_as_fast_is_not_read_and_nothing_is_missing(chat: ChatInMemory) -> None:
    jinny, seat = chat.person("jinny"), Seat(chat, "oscar")
    seat.talk.drawn()
    for number in range(5 * MANY):
        jinny.types(str(number))
    seat.net.run()
    seen = [len(seat.talk.desk.pane.lines)]
    while seat.net.joined and not seat.net.joined.client.reading:
        seat.talk.drawn()
        seat.net.run()
        seen.append(len(seat.talk.desk.pane.lines))

    assert max(after - before for before, after in pairwise(seen)) <= MANY
    assert seat.sees()[-5 * MANY :] == [f"jinny: {number}" for number in range(5 * MANY)]


def test_the_next_unread_room_is_the_one_that_calls(chat: ChatInMemory) -> None:
    seat, jinny = Seat(chat, "oscar", "#a", "#b", "#lobby"), chat.person("jinny")
    jinny.types("/join a", "hello", "/join b", "@oscar hello")
    seat.net.run()
    went = []
    for _ in range(3):
        seat.talk.to_unread()
        went.append(seat.talk.desk.open)

    assert went == ["#b", "#a", "#a"]
