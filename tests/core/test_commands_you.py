import pytest

from chatproto.core.events import Closed, Gone, Quit, Reason, Refusal, Renamed
from chatproto.core.members import Taste
from tests.core.talkers import Table


def test_a_new_name_is_told_in_each_room_and_noted_once() -> None:
    table = Table()
    ann = table.person("ann", "dev")
    table.do(ann, "/nick Anna")
    event = Renamed("ann", "Anna")
    assert [(d.to, d.event, d.told) for d in table.told] == [
        ("#lobby", event, ()),
        ("#dev", event, ("#lobby",)),
        ("", event, ()),
    ]
    assert table.chat.people == {"anna": ann.who}


def test_ones_own_name_in_capitals_is_free() -> None:
    table = Table()
    ann = table.person("ann")
    table.do(ann, "/nick ANN")
    assert (ann.name, table.chat.people) == ("ANN", {"ann": ann.who})


@pytest.mark.parametrize(
    ("name", "reason"),
    [("BOB", Reason.NAME_IN_USE), ("server", Reason.NAME_RESERVED), ("-", Reason.BAD_NAME), ("eve", Reason.BANNED)],
)
def test_a_name_that_cannot_be_had_is_refused(name: str, reason: Reason) -> None:
    table = Table()
    ann, _ = table.person("ann"), table.person("bob")
    table.do(table.console(), "/ban eve")
    assert (table.refused(ann, f"/nick {name}"), ann.name) == (reason, "ann")


def test_a_mute_goes_with_the_person_whatever_they_are_called() -> None:
    table = Table()
    ann, bob = table.person("ann", "dev"), table.person("bob", "dev")
    table.do(ann, "/mute bob")
    table.do(bob, "/nick rob")
    assert table.refused(bob, "hi") is Reason.MUTED
    table.do(ann, "/unmute rob")
    table.do(bob, "hi")


@pytest.mark.parametrize(
    ("line", "taste"),
    [
        ("/lang ko", Taste(lang="ko")),
        ("/언어 th", Taste(lang="th")),
        ("/time full", Taste(time="full")),
        ("/time off", Taste(time="off")),
        ("/tz asia/seoul", Taste(tz="Asia/Seoul")),
        ("/tz +09:00", Taste(tz="+09:00")),
        ("/echo on", Taste(echo=True)),
        ("/bell off", Taste(bell="off")),
        ("/bell all", Taste(bell="all")),
    ],
)
def test_everybody_sees_things_their_own_way(line: str, taste: Taste) -> None:
    table = Table()
    ann, bob = table.person("ann"), table.person("bob")
    table.do(ann, line)
    assert (ann.taste, bob.taste, len(table.told)) == (taste, Taste(), 1)


@pytest.mark.parametrize(
    "line", ["/lang de", "/time long", "/tz Mars", "/tz +15:00", "/tz ../etc/passwd", "/echo", "/bell on"]
)
def test_what_there_is_not_cannot_be_chosen(line: str) -> None:
    table = Table()
    assert table.refused(table.person("ann"), line) is Reason.BAD_COMMAND


def test_whoami_says_what_one_is() -> None:
    table = Table()
    ann = table.person("ann", "dev", admin=True)
    table.do(ann, "/whoami")
    assert table.answers(ann) == [
        "You are ann.",
        "You are an administrator of this server.",
        "You are in #lobby.",
        "You run #dev.",
    ]


@pytest.mark.parametrize(("line", "told", "how"), [("/quit", [Quit("bob")], "quit"), ("/slip", [], "quiet")])
def test_one_leaves_loudly_or_quietly(line: str, told: list[object], how: str) -> None:
    table = Table()
    table.person("ann")
    bob = table.person("bob")
    table.do(bob, line)
    assert [e for e in table.to("#lobby") if e.kind and e.sentence] == told
    assert table.to("") == [Gone("bob", how)]
    assert [d.event for d in table.told][-1] == Closed()
    assert "bob" not in table.chat.people


def test_without_time_zone_data_an_offset_is_asked_for() -> None:
    table = Table()
    ann = table.person("ann")
    table.chat.zones = ()
    with pytest.raises(Refusal, match="the Python package tzdata is missing"):
        table.do(ann, "/tz Asia/Seoul")
    table.do(ann, "/tz +09:00")
    assert ann.taste.tz == "+09:00"
