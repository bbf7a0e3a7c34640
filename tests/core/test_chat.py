"""Coming, going, and what the server does by itself."""

import itertools

import pytest

from chatproto.core.chat import Chat
from chatproto.core.events import Closing, Exited, Joined, Left, Lost, Noticed, Quit, Reason, Refusal
from tests.core.talkers import Table, filled


def refusal_of(table: Table, name: str) -> Reason:
    with pytest.raises(Refusal) as no:
        table.person(name)
    return no.value.reason


def test_a_welcome_says_where_one_is_and_with_whom() -> None:
    table = Table()
    ann = table.person("ann")
    assert table.answers(ann) == ["Hello, ann. You are in #lobby with nobody else. /help lists the commands."]
    bob = table.person("bob")
    assert table.answers(bob) == ["Hello, bob. You are in #lobby with ann. /help lists the commands."]


def test_two_of_one_name_are_one_too_many() -> None:
    table = Table()
    table.person("Ann")
    assert refusal_of(table, "aNN") is Reason.NAME_IN_USE


def test_one_more_than_max_users_does_not_get_in() -> None:
    table = Table(max_users=5)
    for n in range(5):
        table.person(f"n{n}")
    assert refusal_of(table, "n5") is Reason.SERVER_FULL
    table.console()


def test_who_finds_the_lobby_full_gets_no_name_either() -> None:
    table = Table()
    table.person("ann")
    table.do(table.console(), "/set limit 1")
    assert (refusal_of(table, "bob"), list(table.chat.people)) == (Reason.ROOM_FULL, ["ann"])


def test_ids_come_from_an_iterator_and_are_never_used_again() -> None:
    chat = Chat(ids=itertools.count(7, 7))
    ann, _ = chat.enter("ann", 0.0)
    chat.leave(ann, 0.0, "quit")
    assert chat.enter("ann", 0.0)[0].id == 14


@pytest.mark.parametrize(("how", "event"), [("quit", Quit("bob")), ("lost", Lost("bob")), ("quiet", None)])
def test_each_way_of_going_tells_the_others_just_what_it_should(how: str, event: object) -> None:
    table = Table()
    table.person("ann")
    bob = table.person("bob")
    table.told = table.chat.leave(bob, 0.0, how)
    assert [e for e in table.to("#lobby") if e.sentence] == ([event] if event else [])
    assert table.chat.leave(bob, 0.0, "lost") == []


def test_a_large_room_tells_joins_and_leaves_once_a_minute() -> None:
    table = Table(quiet_joins=2)
    ann = table.person("ann")
    people = [table.person(f"n{n}") for n in range(3)]
    assert [e for e in table.to("#lobby") if isinstance(e, Joined)] == []
    table.told = table.chat.leave(people[0], 1.0, "lost")
    assert [e for e in table.to("#lobby") if isinstance(e, Lost)] == []
    assert table.chat.tick(59.0) == []
    (summary,) = table.chat.tick(60.0)
    assert isinstance(summary.event, Noticed)
    assert filled(summary.event.what) == "In the last minute 1 joined and 1 left; 3 are here."
    assert table.chat.tick(120.0) == []
    assert ann.id in table.chat.by_id


def test_of_who_leaves_a_large_room_without_a_word_nothing_is_told_at_all() -> None:
    table = Table(quiet_joins=2)
    people = [table.person(f"n{n}") for n in range(4)]
    table.chat.tick(60.0)
    table.told = table.chat.leave(people[0], 61.0, "quiet")
    assert [e for e in table.to("#lobby") if e.kind] == []
    assert table.chat.tick(120.0) == []


def test_a_departure_that_a_large_room_only_counts_is_told_in_the_small_one() -> None:
    table = Table(quiet_joins=2)
    bob = table.person("bob", "dev")
    for name in ("ann", "cho", "dan"):
        table.person(name, *(["dev"] if name == "ann" else []))
    told = [(d.to, d.told) for d in table.chat.leave(bob, 0.0, "quit") if isinstance(d.event, Quit)]
    assert told == [("#dev", ())]


def test_a_quiet_leave_of_a_program_is_quiet() -> None:
    table = Table()
    bob = table.person("bob")
    events = [d.event for d in table.chat.unsubscribe(bob, "#lobby", 0.0, quiet=True)]
    assert Exited() in events
    assert not any(isinstance(e, Left) for e in events)


def test_an_administrator_does_not_leave_a_room_by_not_being_in_it() -> None:
    table = Table()
    table.person("ann", "dev")
    boss = table.person("boss", admin=True)
    with pytest.raises(Refusal) as no:
        table.chat.unsubscribe(boss, "#dev", 0.0)
    assert no.value.reason is Reason.NOT_IN_ROOM


def test_the_end_is_told_to_everybody_and_nobody_hears_of_anybodys_leaving() -> None:
    table = Table()
    ann, bob, console = table.person("ann"), table.person("bob"), table.console()
    table.told = table.chat.close(0.0)
    assert all(isinstance(table.to(m)[0], Closing) for m in (ann, bob, console))
    assert table.to("#lobby") == []
    assert (table.chat.people, table.chat.by_id) == ({}, {})
