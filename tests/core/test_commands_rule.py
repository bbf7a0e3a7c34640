import pytest

from chatproto.core.accounts import Account
from chatproto.core.addresses import covers
from chatproto.core.events import Answer, Kicked, KickedWhy, PutOut, Reason, Refusal, Ruled, Stopping
from tests.core.talkers import Table

ORDERS = "/kick bob|/ban bob|/unban bob|/bans|/mute bob|/unmute bob|/op bob|/deop ann|/announce hi|/set limit 1".split(
    "|"
)


@pytest.mark.parametrize("line", [*ORDERS, "/grant bob", "/revoke ann", "/shutdown"])
def test_who_has_no_rank_gives_no_orders(line: str) -> None:
    table = Table()
    table.person("ann", "dev")
    assert table.refused(table.person("bob", "dev"), line) is Reason.NOT_ALLOWED


@pytest.mark.parametrize("line", ["/grant bob", "/revoke ann", "/shutdown"])
def test_an_operator_of_a_room_is_none_of_the_server(line: str) -> None:
    table = Table()
    table.person("bob", "dev")
    assert table.refused(table.person("ann", "own"), line) is Reason.NOT_ALLOWED


def test_an_operator_of_one_room_is_none_of_another() -> None:
    table = Table()
    ann, _ = table.person("ann", "own"), table.person("bob", "dev")
    table.do(ann, "/join dev")
    assert table.refused(ann, "/kick bob") is Reason.NOT_ALLOWED
    table.do(ann, "/join own")
    assert table.refused(ann, "/kick #dev bob") is Reason.NOT_ALLOWED


def test_an_operator_puts_out_of_the_room() -> None:
    table = Table()
    ann, bob = table.person("ann", "dev"), table.person("bob", "dev")
    table.do(ann, "/kick BOB spam")
    (put_out,) = table.to(bob)
    assert isinstance(put_out, PutOut)
    assert (put_out.by, put_out.reason, put_out.place) == ("ann", "spam", "#dev")
    assert KickedWhy("bob", "ann", "spam") in table.to("#dev")
    assert Ruled("ann", "kick #dev", "bob", "spam") in table.to("")
    assert list(bob.rooms) == ["#lobby"]


def test_an_administrator_puts_off_the_server() -> None:
    table = Table()
    table.person("bob", "dev")
    table.do(table.console(), "/kick bob")
    assert Kicked("bob", "server") in table.to("#dev")
    assert "bob" not in table.chat.people


def test_force_is_not_for_those_above_nor_for_oneself() -> None:
    table = Table()
    ann, boss = table.person("ann", "dev"), table.person("boss", "dev", admin=True)
    assert table.refused(ann, "/kick boss") is Reason.NOT_ALLOWED
    assert table.refused(ann, "/mute boss") is Reason.NOT_ALLOWED
    assert table.refused(ann, "/kick ann") is Reason.NOT_ALLOWED
    table.do(boss, "/kick #dev ann")


@pytest.mark.parametrize("key", ["BOB", "10.0.0.9"])
def test_who_is_banned_from_a_room_is_out_and_stays_out_until_the_ban_ends(key: str) -> None:
    table = Table()
    ann, bob = table.person("ann", "dev"), table.person("bob", "dev", address="10.0.0.9")
    table.do(ann, f"/ban {key} 10m")
    assert "#dev" not in bob.rooms
    assert table.refused(bob, "/join dev") is Reason.BANNED
    table.now = 600
    table.do(bob, "/join dev")


def test_who_is_banned_from_the_server_does_not_come_in() -> None:
    table = Table()
    table.person("bob")
    table.do(table.console(), "/ban bob")
    with pytest.raises(Refusal) as no:
        table.person("Bob")
    assert no.value.reason is Reason.BANNED
    table.do(table.console(), "/unban bob")
    table.person("bob")


def test_who_is_banned_from_the_lobby_does_not_come_in_there_again() -> None:
    table = Table()
    bob = table.person("bob")
    table.do(table.console(), "/ban #lobby bob")
    table.chat.leave(bob, 0.0, "quit")
    with pytest.raises(Refusal):
        table.person("bob")
    assert table.chat.people == {}


@pytest.mark.parametrize(
    ("typed", "kept", "out", "still_in"),
    [
        ("::ffff:192.0.2.9", "192.0.2.9", "192.0.2.9", "192.0.2.8"),
        ("192.0.2.9", "192.0.2.9", "::ffff:192.0.2.9", "192.0.2.90"),
        ("192.0.2.77/24", "192.0.2.0/24", "192.0.2.200", "192.0.3.1"),
        ("2001:DB8:0:0::1", "2001:db8::/64", "2001:db8::77", "2001:db8:0:1::77"),
        ("[2001:db8::1]", "2001:db8::/64", "2001:db8::77", "2001:db8:0:1::77"),
        ("2001:db8::1/128", "2001:db8::1/128", "2001:db8::1", "2001:db8::2"),
        ("2001:db8::/32", "2001:db8::/32", "2001:db8:7::1", "2001:db9::1"),
    ],
)
def test_a_ban_of_an_address_holds_however_it_is_written(typed: str, kept: str, out: str, still_in: str) -> None:
    table = Table()
    console = table.console()
    table.person("bob", address=out)
    table.do(console, f"/ban {typed}")
    assert table.answers(console) == [f"Everybody at {kept} is banned. /unban {kept} undoes it."]
    assert "bob" not in table.chat.people
    with pytest.raises(Refusal):
        table.person("bob", address=out)
    table.person("ann", address=still_in)
    table.do(console, f"/unban {typed}")
    table.person("bob", address=out)


@pytest.mark.parametrize("key", ["::ffff:7f00:1", "2001:db8::7"])
def test_a_ban_of_an_older_server_holds_and_can_be_undone(key: str) -> None:
    table = Table()
    table.chat.learn("bans", f'{{"{key}": ["server", 0.0, ""]}}')
    for address in ("127.0.0.1", "2001:db8::99"):
        if covers(key, address):
            with pytest.raises(Refusal):
                table.person("bob", address=address)
    table.do(table.console(), f"/unban {key}")
    assert table.chat.bans == {}


@pytest.mark.parametrize("text", ["192.0.2.0/33", "192.0.2.256", "2001:db8::g", "1/2"])
def test_what_is_nearly_an_address_is_not_taken_for_a_name(text: str) -> None:
    table = Table()
    assert table.refused(table.console(), f"/ban {text}") is Reason.BAD_NAME


def test_a_ban_of_an_address_says_so_in_the_list() -> None:
    table = Table()
    console = table.console()
    table.do(console, "/ban 192.0.2.9")
    table.do(console, "/ban oscar")
    table.do(console, "/bans")
    assert table.answers(console) == ["Everybody at 192.0.2.9 is banned by server", "oscar is banned by server"]


@pytest.mark.parametrize("name", ["local", "unknown"])
def test_the_word_for_no_address_is_banned_as_a_name_only(name: str) -> None:
    table = Table()
    table.person("bob", address=name)
    table.do(table.console(), f"/ban {name}")
    assert "bob" in table.chat.people
    table.person("ann", address=name)


@pytest.mark.parametrize("name", ["127.0.0.1", "127.000.000.001", "１２７.0.0.1", "๑๒๗.๐.๐.๑", "192.0.2.9."])
def test_nobody_takes_an_address_as_a_name(name: str) -> None:
    table = Table()
    with pytest.raises(Refusal) as no:
        table.person(name)
    assert no.value.reason is Reason.BAD_NAME
    assert table.refused(table.person("ann"), f"/nick {name}") is Reason.BAD_NAME


def test_who_registered_an_address_as_a_name_keeps_it() -> None:
    table = Table()
    table.chat.accounts.add(Account("127.0.0.1", "secret"))
    table.chat.welcome("127.0.0.1", 0.0, address="192.0.2.9", proved=True)
    assert "127.0.0.1" in table.chat.people


def test_a_list_of_bans_has_an_end() -> None:
    table = Table()
    console = table.console()
    for n in range(1000):
        table.do(console, f"/ban n{n}")
    assert table.refused(console, "/ban n1000") is Reason.NOT_ALLOWED


def test_bans_lists_who_for_how_long_and_why() -> None:
    table = Table()
    ann, _ = table.person("ann", "dev"), table.person("bob", "dev")
    table.do(ann, "/ban eve 90s spam")
    table.do(ann, "/mute bob")
    table.do(ann, "/bans")
    assert table.answers(ann) == ["eve is banned by ann for 2m more: spam", "bob is muted by ann"]
    assert table.refused(ann, "/unban bob") is Reason.NO_SUCH_USER


def test_a_mute_ends_by_itself_or_by_order() -> None:
    table = Table()
    ann, bob = table.person("ann", "dev"), table.person("bob", "dev")
    table.do(ann, "/mute bob 10s")
    assert table.refused(bob, "hi") is Reason.MUTED
    table.now = 10
    table.do(bob, "hi")
    table.do(ann, "/mute bob")
    table.do(ann, "/unmute bob")
    table.do(bob, "hi")


def test_rights_are_given_and_taken() -> None:
    table = Table()
    ann, bob = table.person("ann", "dev"), table.person("bob", "dev")
    table.do(ann, "/op bob")
    table.do(bob, "/deop ann")
    assert table.chat.rooms["#dev"].operators == {bob.who}
    assert table.refused(bob, "/deop ann") is Reason.NO_SUCH_USER


def test_an_administrator_is_made_by_the_console_and_no_name_makes_one() -> None:
    table = Table()
    ann, console = table.person("채팅관리자"), table.console()
    assert not ann.admin
    table.do(console, "/grant 채팅관리자")
    assert ann.admin
    assert isinstance(table.to(ann)[0], Answer)
    table.do(ann, "/revoke 채팅관리자")
    assert not ann.admin


def test_an_operator_announces_to_the_room_and_an_administrator_to_all() -> None:
    table = Table()
    ann, bob = table.person("ann", "dev"), table.person("bob")
    table.do(ann, "/announce fish")
    assert (len(table.to("#dev")), table.to(bob)) == (1, [])
    table.do(table.console(), "/announce fish")
    assert (len(table.to(ann)), len(table.to(bob)), table.to("#dev")) == (1, 1, [])


def test_the_end_is_asked_for_and_noted() -> None:
    table = Table()
    console = table.console()
    table.do(console, "/shutdown lunch")
    assert table.to("") == [Ruled("server", "shutdown", "", "lunch"), Stopping()]


@pytest.mark.parametrize("key", ["boss", "10.0.0.7"])
def test_a_ban_that_would_hit_somebody_above_hits_nobody(key: str) -> None:
    table = Table()
    ann, bob = table.person("ann", "dev"), table.person("bob", "dev", address="10.0.0.7")
    table.person("boss", "dev", address="10.0.0.7", admin=True)
    assert table.refused(ann, f"/ban {key}") is Reason.NOT_ALLOWED
    assert (dict(table.chat.rooms["#dev"].bans), "#dev" in bob.rooms) == ({}, True)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/mute #dev bob", "server muted bob"),
        ("/unmute #dev eve", "server lets eve speak again"),
        ("/op #dev bob", "server made bob an operator"),
        ("/deop #dev ann", "server took ann's operator rights"),
    ],
)
def test_who_rules_a_room_from_outside_is_told_what_the_room_is(line: str, told: str) -> None:
    table = Table()
    for name in ("ann", "bob", "eve"):
        table.person(name, "dev")
    console = table.console()
    table.do(console, "/mute #dev eve")
    table.do(console, line)

    assert table.answers(console) == [f"#dev: {told}"]
    assert len(table.to("#dev")) == 1


def test_who_is_in_the_room_is_told_once() -> None:
    table = Table()
    ann = table.person("ann", "dev")
    table.person("bob", "dev")
    table.do(ann, "/mute bob")

    assert table.answers(ann) == []


def test_the_console_is_told_that_nobody_is_there() -> None:
    table = Table()
    console = table.console()
    table.do(console, "/who")

    assert table.answers(console) == ["Nobody is on the server."]
