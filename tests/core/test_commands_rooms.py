import pytest

from chatproto.core.events import Entered, Exited, Joined, Left, Noticed, Reason, Topic
from tests.core.talkers import Table


def test_a_room_is_made_by_joining_it_and_its_maker_runs_it() -> None:
    table = Table()
    ann = table.person("ann", "Dev")
    assert (ann.current, list(ann.rooms), table.chat.rooms["#dev"].operators) == ("#dev", ["#lobby", "#dev"], {ann.who})
    assert table.answers(ann) == ["You are in #dev with nobody else."]


def test_who_is_there_is_told_and_who_comes_is_not() -> None:
    table = Table()
    table.person("ann", "dev")
    bob = table.person("bob")
    events = [(d.event, d.by) for d in table.do(bob, "/join dev") if d.to == "#dev"]
    assert events[:2] == [(Joined("bob"), bob.id), (Entered(last=20), bob.id)]


def test_joining_again_only_makes_it_current() -> None:
    table = Table()
    ann = table.person("ann", "dev")
    assert len(table.do(ann, "/join lobby")) == 1
    assert ann.current == "#lobby"


def test_who_leaves_is_out_before_the_others_are_told() -> None:
    table = Table()
    ann, bob = table.person("ann", "dev"), table.person("bob", "dev")
    events = [d.event for d in table.do(bob, "/leave") if d.to == "#dev"]
    assert events[:2] == [Exited(), Left("bob")]
    assert (bob.current, bob.id in table.chat.rooms["#dev"].members, ann.current) == ("#lobby", False, "#dev")


def test_a_room_is_gone_with_its_last_member_but_the_lobby_stays() -> None:
    table = Table()
    ann = table.person("ann", "dev")
    table.do(ann, "/leave")
    table.do(ann, "/leave")
    assert (list(table.chat.rooms), ann.current) == (["#lobby"], "")
    assert table.refused(ann, "/leave") is Reason.NOT_IN_ROOM
    assert table.refused(ann, "hi") is Reason.NOT_IN_ROOM


@pytest.mark.parametrize("admin", [False, True])
def test_leaving_a_room_one_is_not_in_leaves_no_other(admin: bool) -> None:
    table = Table()
    table.person("ann", "dev")
    bob = table.person("bob", admin=admin)
    assert table.refused(bob, "/leave #dev") is Reason.NOT_IN_ROOM
    assert list(bob.rooms) == ["#lobby"]


def test_a_full_room_lets_in_nobody_but_administrators() -> None:
    table = Table()
    ann, bob, boss = table.person("ann", "dev"), table.person("bob"), table.person("boss", admin=True)
    table.do(ann, "/set limit 1")
    assert table.refused(bob, "/join dev") is Reason.ROOM_FULL
    table.do(boss, "/join dev")
    table.do(ann, "/set limit 0")
    table.do(bob, "/join dev")


def test_one_is_in_so_many_rooms_and_no_more() -> None:
    table = Table(max_rooms=2)
    assert table.refused(table.person("ann", "dev"), "/join ops") is Reason.NOT_ALLOWED


def test_a_hushed_room_hears_only_its_operators() -> None:
    table = Table()
    ann, bob = table.person("ann", "dev"), table.person("bob", "dev")
    table.do(ann, "/set hush 1")
    assert table.refused(bob, "hi") is Reason.MUTED
    assert table.refused(bob, "/topic fish") is Reason.MUTED
    table.do(ann, "hi")
    table.do(ann, "/set hush 0")
    table.do(bob, "hi")


def test_only_an_operator_sets() -> None:
    table = Table()
    table.person("ann", "dev")
    assert table.refused(table.person("bob", "dev"), "/set limit 5") is Reason.NOT_ALLOWED


def test_an_administrator_sets_from_outside_and_the_room_is_told() -> None:
    table = Table()
    table.person("ann", "dev")
    table.do(table.console(), "/set #dev limit 5")
    assert table.chat.rooms["#dev"].limit == 5
    assert [type(e) for e in table.to("#dev")] == [Noticed]


def test_a_topic_is_set_for_all_and_shown_to_who_asks() -> None:
    table = Table()
    ann = table.person("ann", "dev")
    assert table.do(ann, "/topic  fish\tand chips")[0].event == Topic("ann", "fish and chips")
    table.do(ann, "/topic")
    assert table.answers(ann) == ["Topic: fish and chips"]
    table.person("bob", "dev")
    assert [line for d in table.told for line in getattr(d.event, "lines", ())][-1].args == {"topic": "fish and chips"}


def test_who_and_rooms_list_what_there_is() -> None:
    table = Table()
    ann = table.person("ann", "dev")
    table.person("bob", "dev")
    table.do(ann, "/who")
    assert table.answers(ann) == ["2 in #dev: ann, bob", "Run by ann"]
    table.do(ann, "/rooms")
    assert table.answers(ann) == ["#dev (2)", "#lobby (2)"]


def test_lists_have_an_end() -> None:
    table = Table()
    people = [table.person(f"n{n}") for n in range(101)]
    table.do(people[0], "/who")
    assert table.answers(people[0])[0].endswith("and 1 more")
    late = table.person("late")
    assert "101 others" in table.answers(late)[0]
