"""How many rooms anybody may make, whatever they call themselves and however they come in."""

from __future__ import annotations

import pytest

from chatproto.core.commands.talk import SayOutside
from chatproto.core.events import Entered, Reason, Refusal
from chatproto.core.new_rooms import DAY, MAX_ORIGINS, NewRooms
from tests.core.talkers import Table


def test_no_more_than_so_many_rooms_are_made_from_one_address() -> None:
    table = Table(new_rooms=3)
    gina = table.person("gina", "#a", "#b", "#c", address="192.0.2.1")
    assert table.refused(gina, "/join #d") is Reason.TOO_FAST
    again = table.person("again", address="::ffff:192.0.2.1")
    assert table.refused(again, "/join #d") is Reason.TOO_FAST
    with pytest.raises(Refusal):
        table.chat.subscribe(again, "#d", Entered(), table.now)
    with pytest.raises(Refusal):
        table.chat.do(again, SayOutside(room="#d", text="hi"), table.now)
    table.do(again, "/join #a")
    table.person("other", "#d", address="192.0.2.2")
    table.do(again, "/join #d")


def test_as_many_again_in_a_day() -> None:
    table = Table(new_rooms=3)
    gina = table.person("gina", "#a", "#b", "#c", address="192.0.2.1")
    table.now += DAY / 3 + 1
    table.do(gina, "/join #d")
    assert table.refused(gina, "/join #e") is Reason.TOO_FAST


def test_a_bot_that_comes_back_to_its_room_again_and_again_makes_one() -> None:
    table = Table(new_rooms=3)
    bot = table.person("bot", address="192.0.2.1")
    for _ in range(10):
        table.do(bot, "/join #mine")
        table.do(bot, "/leave")


def test_who_rules_the_server_makes_as_many_as_they_like() -> None:
    table = Table(new_rooms=1)
    table.person("root", "#a", "#b", "#c", admin=True, address="192.0.2.1")


def test_a_block_of_addresses_is_one_and_what_is_remembered_is_bounded() -> None:
    rooms = NewRooms(1)
    rooms.check("2001:db8::1", "#a", 0.0)
    with pytest.raises(Refusal):
        rooms.check("2001:db8::2", "#b", 0.0)
    for n in range(MAX_ORIGINS + 10):
        rooms.check(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", "#a", 0.0)
    assert len(rooms._makers) == MAX_ORIGINS
