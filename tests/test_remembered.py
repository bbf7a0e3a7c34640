"""What outlives the server, from end to end: a chat on a file, ended and started again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chatproto.journal.sqlite import SqliteJournal
from chatproto.testing import UNHURRIED, ChatInMemory, Person
from tests.journal.threads import AtOnce
from tests.test_accounts import PlainPasswords


class Server:
    """A chat on one file, which may be started again."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "chat.sqlite"
        self.start()

    def start(self, keep: str = "") -> None:
        """Start (again: the one before is never closed, as after kill -9)."""
        journal = SqliteJournal(self._file, AtOnce(), AtOnce())
        self.chat = ChatInMemory(replace(UNHURRIED, keep=keep), journal=journal, passwords=PlainPasswords())

    def person(self, name: str, *lines: str) -> Person:
        """Somebody who comes in and types lines, one after the other; registered if the name is oscar."""
        person = self.chat.person()
        person.types(f"/login {name} correct horse" if name == "oscar" and self._known() else name)
        for line in lines:
            person.types(line)
        return person

    def _known(self) -> bool:
        return self.chat.factory.chat.accounts.get("oscar") is not None


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """A server on which oscar is registered and away."""
    server = Server(tmp_path)
    server.person("oscar", "/register correct horse", "/quit")
    return server


def test_a_dozen_words_wait_in_their_order_through_a_restart_and_more_come_after_them(server: Server) -> None:
    server.person("jinny", *(f"/msg oscar word {n}" for n in range(12)), "/quit")
    server.start()
    server.person("jinny", "/msg oscar word 12", "/quit")
    server.start()
    oscar = server.person("oscar")
    assert [line.removeprefix("\a") for line in oscar.reads() if "-jinny- " in line] == [
        f"-jinny- word {n}" for n in range(13)
    ]


def test_a_mute_stays_with_a_person_who_took_another_name_through_a_restart(server: Server) -> None:
    server.person("oscar", "/join dev")
    bob = server.person("bob", "/join dev")
    server.chat.console().types("/mute #dev bob")
    bob.types("/nick carl")
    server.start()
    server.person("oscar", "/join dev")
    carl = server.person("carl", "/join dev", "hello")
    assert carl.reads()[-1].startswith("! A guest from your address is muted in #dev.")


def test_a_room_that_a_program_made_is_its_owners_after_a_restart(server: Server) -> None:
    program = server.chat.program()
    program.sends("CONNECT", {"accept-version": "1.2", "login": "oscar", "passcode": "correct horse"})
    program.sends("SUBSCRIBE", {"id": "1", "destination": "/room/dev"})
    server.start()
    server.person("bob", "/join dev")
    oscar = server.person("oscar", "/join dev", "/kick bob")
    assert not any(line.startswith("!") for line in oscar.reads())


def test_a_ban_holds_in_a_room_that_is_empty_and_after_a_restart(server: Server) -> None:
    server.person("oscar", "/join dev", "/ban bob", "/leave #dev")
    for _ in range(2):
        bob = server.person("bob", "/join dev")
        assert bob.reads()[-1] == "! You are banned here."
        server.start()


def test_a_token_and_a_right_are_good_after_a_restart(server: Server) -> None:
    server.person("oscar", "/token new laptop")
    server.chat.console().types("/grant oscar admin")
    server.start()
    oscar = server.chat.person()
    oscar.types("/login oscar chat_token", "/whoami")
    assert "* You are an administrator of this server." in oscar.reads()


def test_who_comes_back_reads_what_was_said_since_and_a_guest_the_newest(server: Server) -> None:
    server.person("oscar", "/quit")
    server.person("jinny", *(f"word {n}" for n in range(30)), "/quit")
    server.start()
    guest, oscar = server.person("guest"), server.person("oscar")

    since = "since 1970-01-01 00:00:00:"
    assert oscar.reads()[2:] == [
        f"* 30 said before you came, {since}",
        *(f"[00:00] <jinny> word {n}" for n in range(30)),
    ]
    assert guest.reads()[2:-1] == [
        f"* 20 said before you came, {since}",
        *(f"[00:00] <jinny> word {n}" for n in range(10, 30)),
    ]


def test_how_far_one_has_read_is_known_after_a_restart(server: Server) -> None:
    server.person("jinny", "word 1")
    server.person("oscar", "/quit")
    server.person("jane", "word 2")
    server.start()
    assert server.person("oscar").reads()[2:] == [
        "* 1 said before you came, since 1970-01-01 00:00:00:",
        "[00:00] <jane> word 2",
    ]


def test_who_was_here_when_the_server_was_killed_is_told_only_what_came_since(server: Server) -> None:
    """But for the last minute's: where somebody is who stays is remembered once in so long."""
    server.person("oscar")
    jinny = server.person("jinny", *(f"word {n}" for n in range(30)))
    server.chat.wait(60)
    jinny.types("the last word")
    server.start()
    oscar = server.person("oscar")
    assert [line for line in oscar.reads() if "word" in line] == ["[00:01] <jinny> the last word"]


def test_what_is_told_at_a_place_where_one_stays_is_unread_at_another(server: Server) -> None:
    """Nobody may be at the laptop: what was told there counts when it has left."""
    laptop = server.person("oscar")
    server.person("jinny", "word")
    server.chat.wait(60)
    phone = server.person("oscar")
    laptop.types("/quit")
    phone.types("/quit")
    assert "[00:00] <jinny> word" in phone.reads()
    assert "[00:00] <jinny> word" not in server.person("oscar").reads()


def test_a_program_gets_nothing_of_before_unless_it_asks(server: Server) -> None:
    server.person("jinny", "word 1", "word 2", "/join dev", "word 3")
    bot = server.chat.program("bot")
    bot.joins("lobby")
    bot.sends("SEND", {"destination": "/command"}, "/join dev")
    assert [f for f in bot.reads() if f.headers.get("event") in {"said", "notice"}] == []
    asking = server.chat.program("asking")
    asking.joins("lobby", last="1")
    assert [f.body for f in asking.reads() if f.headers.get("event") == "said"] == [b"word 2"]


@pytest.mark.parametrize(
    ("keep", "set_to", "told"),
    [
        ("", "0", "* Messages here are kept."),
        ("90d", "0", "* Messages here are kept for 90d."),
        ("90d", "500", "* Messages here are kept for 90d, at most 500."),
        ("1000", "500", "* The newest 500 messages here are kept."),
        ("1000", "5000", "* The newest 1000 messages here are kept."),
    ],
)
def test_who_joins_is_told_for_how_long_it_is_kept(server: Server, keep: str, set_to: str, told: str) -> None:
    server.start(keep)
    server.person("oscar", "/join dev", f"/set keep {set_to}", f"/set #lobby keep {set_to}")
    server.chat.console().types(f"/set #lobby keep {set_to}")
    jinny = server.person("jinny")
    assert jinny.reads()[1] == told
    jinny.types("/join dev")
    assert told in jinny.reads()


def test_a_ban_from_the_server_holds_after_a_restart(server: Server) -> None:
    server.chat.console().types("/ban bob")
    server.start()
    assert server.person("bob").reads() == ["! You are banned here."]


def test_a_kept_room_is_looked_after_though_nobody_is_in_it_and_is_there_for_nobody_else(server: Server) -> None:
    server.person("jinny", "/join dev", "one", "two", "/quit")
    server.start()
    console, bob = server.chat.console(), server.person("bob")
    bob.reads()
    for line in ("/history #dev", "/delete #dev 1", "/topic #dev fish", "/set #dev limit 5", "/search two in:#dev"):
        console.types(line)
    told = console.reads()
    assert [line for line in told if line.startswith("!")] == []
    assert sum("<jinny> two" in line for line in told) == 2
    bob.types("/rooms", "/history #dev")
    assert bob.reads() == ["* #lobby (1)", "! There is no room #dev. /rooms lists them, /join makes one."]
    server.start()
    bob = server.person("bob", "/join dev", "/topic")
    heard = bob.reads()
    assert "* Topic: fish" in heard
    assert not any("one" in line for line in heard)
    assert server.chat.factory.chat.rooms["#dev"].limit == 5


def test_what_is_no_room_is_none_for_the_console_either(server: Server) -> None:
    console = server.chat.console()
    for line in ("/history #dev", "/topic #dev fish", "/search two"):
        console.types(line)
    no = "! There is no room #dev. /rooms lists them, /join makes one."
    assert console.reads() == [no, no, "! You are in no room. Say where to look: in:#dev"]
