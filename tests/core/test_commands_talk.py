import pytest

from chatproto.core.commands.talk import SayOutside
from chatproto.core.events import Acted, Announced, Reason, Refusal, Said, Whispered
from tests.core.talkers import Table


@pytest.mark.parametrize(("line", "event"), [("hi", Said("ann", "hi")), ("/me waves", Acted("ann", "waves"))])
def test_what_is_said_goes_to_the_current_room(line: str, event: object) -> None:
    table = Table()
    ann = table.person("ann", "dev")
    assert [(d.to, d.event, d.by) for d in table.do(ann, line)] == [("#dev", event, ann.id)]


def test_a_room_that_is_named_is_spoken_in() -> None:
    table = Table()
    ann = table.person("ann", "dev")
    table.do(ann, "/say #lobby hi")
    assert table.to("#lobby") == [Said("ann", "hi")]


def test_nobody_speaks_where_they_are_not() -> None:
    table = Table()
    table.person("ann", "dev")
    bob, boss = table.person("bob"), table.person("boss", admin=True)
    assert table.refused(bob, "/say #dev hi") is Reason.NOT_IN_ROOM
    assert table.refused(boss, "/say #dev hi") is Reason.NOT_IN_ROOM
    assert table.refused(bob, "/say #nowhere hi") is Reason.NO_SUCH_ROOM


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("/set #dev private on", Reason.NOT_ALLOWED),
        ("/ban #dev bob", Reason.BANNED),
        ("/set #dev hush on", Reason.MUTED),
        ("/set #dev limit 1", Reason.ROOM_FULL),
    ],
)
def test_who_may_not_come_in_or_not_speak_there_does_not_speak_from_outside(order: str, why: Reason) -> None:
    table = Table()
    ann, bob = table.person("ann", "dev"), table.person("bob")
    table.do(ann, order)
    with pytest.raises(Refusal) as no:
        table.chat.do(bob, SayOutside(room="#dev", text="hi"), 0.0)
    assert no.value.reason is why


def test_a_mute_holds_outside_too() -> None:
    table = Table()
    ann, bob = table.person("ann", "dev"), table.person("bob", "dev")
    table.do(ann, "/mute #dev bob")
    table.do(bob, "/leave #dev")
    with pytest.raises(Refusal) as no:
        table.chat.do(bob, SayOutside(room="#dev", text="hi"), 0.0)
    assert no.value.reason is Reason.MUTED


def test_an_empty_text_is_not_said() -> None:
    table = Table()
    assert table.refused(table.person("ann"), "/me \x1b[31m") is Reason.BAD_TEXT


def test_the_console_announces_what_it_says() -> None:
    table = Table()
    ann, console = table.person("ann"), table.console()
    table.do(console, "hello all")
    assert table.to(ann) == [Announced("server", "hello all")]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@bob", ["bob"]),
        ("hi @BOB!", ["bob"]),
        ("bob: hi", ["bob"]),
        ("bob, hi", ["bob"]),
        ("bob hi", []),
        ("@bobby", ["bobby"]),
        ("@민수야 안녕", ["민수"]),
        ("@bob and @민수", ["bob", "민수"]),
        ("@nobody @far", []),
    ],
)
def test_a_mention_names_who_is_in_the_room(text: str, named: list[str]) -> None:
    table = Table()
    ann, *others = (table.person(name) for name in ("ann", "bob", "bobby", "민수", "far"))
    table.do(others[-1], "/leave")
    (said,) = table.do(ann, text)
    assert isinstance(said.event, Said)
    assert sorted(table.chat.by_id[i].name for i in said.event.mentions) == sorted(named)


def test_a_direct_message_goes_to_one_person_and_can_be_answered() -> None:
    table = Table()
    ann, bob = table.person("ann"), table.person("bob")
    assert [(d.to, d.event) for d in table.do(ann, "/msg BOB psst")] == [(bob.id, Whispered("ann", "bob", "psst"))]
    assert [(d.to, d.event) for d in table.do(bob, "/reply what?")] == [(ann.id, Whispered("bob", "ann", "what?"))]


def test_a_reply_to_nobody_is_refused() -> None:
    table = Table()
    ann, bob = table.person("ann"), table.person("bob")
    assert table.refused(ann, "/reply hi") is Reason.NO_SUCH_USER
    table.do(bob, "/msg ann psst")
    table.do(bob, "/quit")
    assert table.refused(ann, "/reply hi") is Reason.NO_SUCH_USER


def test_who_is_away_gets_it_and_the_sender_is_told() -> None:
    table = Table()
    ann, bob = table.person("ann"), table.person("bob")
    table.do(bob, "/away lunch")
    table.do(ann, "/msg bob psst")
    assert (table.to(bob), table.answers(ann)) == ([Whispered("ann", "bob", "psst")], ["bob is away: lunch"])
    table.do(bob, "/away")
    table.do(ann, "/msg bob psst")
    assert table.answers(ann) == []


def test_who_is_ignored_cannot_send_direct_messages() -> None:
    table = Table()
    ann, bob = table.person("ann"), table.person("bob")
    table.do(bob, "/ignore Ann")
    assert table.refused(ann, "/msg bob psst") is Reason.NOT_ALLOWED
    table.do(bob, "/ignore")
    assert table.answers(bob) == ["You ignore ann."]
    table.do(bob, "/unignore ANN")
    table.do(ann, "/msg bob psst")
    assert table.refused(bob, "/unignore ann") is Reason.NO_SUCH_USER


def test_a_list_of_the_ignored_has_an_end() -> None:
    table = Table()
    ann = table.person("ann")
    for n in range(100):
        table.do(ann, f"/ignore n{n}")
    assert table.refused(ann, "/ignore n100") is Reason.NOT_ALLOWED
