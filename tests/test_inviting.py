"""Invitations, from end to end: into a private room comes who is invited, once, at whatever door."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatproto.core.inviting import NOWHERE, Reach, digest_of
from chatproto.core.members import INVITED_FOR, MAX_INVITATIONS
from chatproto.journal import Journal
from chatproto.journal.sqlite import SqliteJournal
from chatproto.testing import ChatInMemory, Person, Program
from chatproto.wire.stomp import Frame, encode
from tests.journal.threads import AtOnce
from tests.test_accounts import PlainPasswords
from tests.test_not_kept import REFUSED, SmallDisk

REACH = Reach("10.0.0.5", 5005, page="http://10.0.0.5:8080/")
IN = "* You are in #dev with jinny."
USED = "! That invitation has been used, has run out, or is for another room."
PRIVATE = "! #dev is private. Somebody who runs it can invite you; then: /join #dev INVITATION"


class Private:
    """A chat in which jinny, who is registered, runs a private room #dev."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.chat = ChatInMemory(passwords=PlainPasswords(), reach=REACH, journal=journal)
        self.jinny = self.person("jinny", "/register correct horse", "/join dev", "/set private on")
        self.jinny.reads()

    def person(self, name: str, *lines: str) -> Person:
        """Somebody, who types lines one after the other."""
        person = self.chat.person(name)
        for line in lines:
            person.types(line)
        return person

    def invitation(self) -> str:
        """What jinny invites one person with."""
        self.jinny.types("/invite --once")
        return self.jinny.reads()[-1].split()[-1]

    def there(self) -> list[str]:
        """Who is in the room."""
        return [who.name for who in self.chat.factory.chat.rooms["#dev"].people]


@pytest.fixture
def private() -> Private:
    return Private()


# --- somebody who is here ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["/invite bob", "/초대 bob", "/เชิญ #dev bob", "/invite --once bob"])
def test_who_is_named_gets_an_invitation_of_their_own(private: Private, word: str) -> None:
    bob, eve = private.person("bob"), private.person("eve")
    bob.reads()
    private.jinny.reads()
    private.jinny.types(word)
    (told,) = bob.reads()
    bob.types(told.partition(": ")[2])

    assert told.startswith("* jinny invites you into #dev. This takes you there: /join #dev ")
    assert private.jinny.reads()[0] == "* bob has been told how to come into #dev."
    assert private.there() == ["jinny", "bob"]
    assert not any("invites" in line for line in eve.reads())


def test_into_an_open_room_anybody_in_it_invites(private: Private) -> None:
    bob, eve = private.person("bob", "/join ops"), private.person("eve")
    eve.reads()
    bob.types("/invite eve")

    assert eve.reads() == ["* bob invites you into #ops. This takes you there: /join #ops"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/invite nobody", "! There is no nobody here."),
        ("/invite bob", "! bob is in #ops already."),
        ("/invite eve", "! eve does not take messages from you."),
        ("/invite #dev eve", "! There is no room #dev."),
    ],
)
def test_who_cannot_be_invited_is_not(private: Private, line: str, why: str) -> None:
    bob, eve = private.person("bob", "/join ops"), private.person("eve", "/ignore bob")
    bob.reads()
    eve.reads()
    bob.types(line)

    assert bob.reads()[0].startswith(why)
    assert eve.reads() == []


def test_who_does_not_run_a_private_room_invites_nobody(private: Private) -> None:
    bob, eve = private.person("bob", f"/join dev {private.invitation()}"), private.person("eve")
    bob.reads()
    eve.reads()
    bob.types("/invite eve")

    assert (bob.reads(), eve.reads()) == (["! Only an operator may do that."], [])


# --- what is told -----------------------------------------------------------------------------------------------------


def test_whoever_is_in_an_open_room_is_told_how_others_come(private: Private) -> None:
    bob = private.person("bob", "/join ops")
    bob.reads()
    bob.types("/invite")
    assert bob.reads() == [
        "* Others come into #ops like this.",
        "* With a browser: http://10.0.0.5:8080/#ops",
        "* With the terminal client: python -m chatproto.client 10.0.0.5 --port 5005 --room ops",
        "* With telnet: telnet 10.0.0.5 5005, and after your name: /join #ops",
    ]


@pytest.mark.parametrize("word", ["/invite --once", "/초대 once", "/เชิญ --once"])
def test_into_a_private_room_each_way_has_the_invitation_in_it(private: Private, word: str) -> None:
    private.jinny.types(word)
    told = private.jinny.reads()
    token = told[-1].split()[-1]
    assert len(token) == 32
    assert told == [
        "* One person comes into #dev like this, once, within 7d.",
        f"* With a browser: http://10.0.0.5:8080/#dev/{token}",
        f"* With the terminal client: python -m chatproto.client 10.0.0.5 --port 5005 --room dev --invitation {token}",
        f"* With telnet: telnet 10.0.0.5 5005, and after your name: /join #dev {token}",
    ]


@pytest.mark.parametrize(
    ("reach", "ways"),
    [
        (NOWHERE, ["Who is here already: /join #dev"]),
        (
            Reach("chat.example.org", 5006, tls=True),
            [
                "With the terminal client: python -m chatproto.client tls:chat.example.org:5006 --room dev",
                "Who is here already: /join #dev",
            ],
        ),
    ],
)
def test_only_ways_are_told_that_there_are(reach: Reach, ways: list[str]) -> None:
    assert [way.text.format(**way.args) for way in reach.ways("#dev")] == ways


@pytest.mark.parametrize(("lang", "first"), [("ko", "* 다른 사람은 #ops에"), ("th", "* คนอื่นเข้า #ops ได้")])
def test_it_is_told_in_every_language(private: Private, lang: str, first: str) -> None:
    bob = private.person("bob", f"/lang {lang}", "/join ops")
    bob.reads()
    bob.types("/invite")
    assert bob.reads()[0].startswith(first)


# --- who comes in -----------------------------------------------------------------------------------------------------


def test_nobody_comes_in_uninvited_or_sees_that_there_is_such_a_room(private: Private) -> None:
    bob = private.person("bob", "/join dev")
    assert bob.reads()[-1] == PRIVATE
    bob.types("/join dev guess", "/rooms")
    assert bob.reads() == [USED, "* #lobby (2)"]
    private.jinny.types("/rooms")
    assert private.jinny.reads()[-2:] == ["* #lobby (2)", "* #dev (1)"]


def test_who_is_invited_comes_in_once(private: Private) -> None:
    token = private.invitation()
    bob = private.person("bob", f"/join dev {token}")
    assert bob.reads()[-1] == IN
    carl = private.person("carl", f"/join dev {token}")
    assert carl.reads()[-1] == USED
    bob.types("/leave #dev", f"/join dev {token}")
    assert (bob.reads()[-1], private.there()) == (USED, ["jinny"])


def test_of_two_who_come_at_the_same_time_one_comes_in(private: Private) -> None:
    token = private.invitation()
    people = [private.person(name) for name in ("bob", "carl", "dan")]
    for person in people:
        person.wire.receive(f"/join dev {token}\n".encode())
    private.chat.settle()
    assert sorted(person.reads()[-1] for person in people) == sorted([IN, USED, USED])


def test_an_invitation_into_one_room_is_none_into_another(private: Private) -> None:
    private.jinny.types("/join ops")
    private.jinny.types("/set private on")
    private.jinny.types("/join dev")
    private.jinny.reads()
    bob = private.person("bob", f"/join ops {private.invitation()}")
    assert bob.reads()[-1] == USED


def test_an_invitation_runs_out(private: Private) -> None:
    first, second = private.invitation(), private.invitation()
    private.chat.clock.advance(INVITED_FOR - 60)
    assert private.person("bob", f"/join dev {first}").reads()[-1] == IN
    private.chat.clock.advance(120)
    assert private.person("carl", f"/join dev {second}").reads()[-1] == USED


def test_who_was_let_in_and_is_registered_comes_back_and_a_guest_does_not(private: Private) -> None:
    bob = private.person("bob", "/register correct horse", f"/join dev {private.invitation()}", "/leave #dev")
    bob.types("/join dev")
    assert bob.reads()[-1] == IN
    bob.types("/quit")
    guest = private.person("guest", f"/join dev {private.invitation()}", "/leave #dev", "/join dev")
    assert guest.reads()[-1] == PRIVATE


def test_who_is_here_when_a_room_becomes_private_stays_and_comes_back(private: Private) -> None:
    private.jinny.types("/set private off")
    bob = private.person("bob", "/register correct horse", "/join dev")
    private.jinny.types("/set private on")
    bob.types("/leave #dev")
    bob.types("/join dev")
    assert bob.reads()[-1] == IN


def test_only_who_runs_a_private_room_invites_into_it_and_the_console_does(private: Private) -> None:
    bob = private.person("bob", f"/join dev {private.invitation()}")
    bob.reads()
    bob.types("/invite", "/invite --once")
    assert bob.reads() == [
        "! #dev is private. /invite --once makes an invitation for one person.",
        "! Only an operator may do that.",
    ]
    console = private.chat.console()
    console.types("/invite #dev --once")
    assert console.reads()[0] == "* One person comes into #dev like this, once, within 7d."
    private.jinny.types("/set private off", "/invite --once")
    assert private.jinny.reads()[-1].startswith("! #dev is open to everybody")


def test_the_lobby_stays_open(private: Private) -> None:
    console = private.chat.console()
    console.types("/set #lobby private on")
    assert console.reads() == ["! #lobby is where everybody comes in: it stays open."]


def test_a_ban_is_stronger_than_an_invitation_which_is_not_spent_by_it(private: Private) -> None:
    token = private.invitation()
    private.jinny.types("/ban bob")
    assert private.person("bob", f"/join dev {token}").reads()[-1] == "! You are banned here."
    assert private.person("carl", f"/join dev {token}").reads()[-1] == IN


def test_there_is_an_end_to_invitations(private: Private) -> None:
    private.jinny.types(*["/invite --once"] * (MAX_INVITATIONS + 1))
    assert private.jinny.reads()[-1].startswith(f"! {MAX_INVITATIONS} invitations into #dev have not been used yet.")
    private.chat.clock.advance(INVITED_FOR + 60)
    assert private.person("bob", f"/join dev {private.invitation()}").reads()[-1] == IN


# --- by programs ------------------------------------------------------------------------------------------------------


def subscribes(program: Program, token: str, **headers: str) -> None:
    program.sends("SUBSCRIBE", {"id": "1", "destination": "/room/dev", "invitation": token, "receipt": "r"} | headers)


def test_a_program_shows_its_invitation_in_a_header_and_reads_from_where_it_wants(private: Private) -> None:
    private.jinny.types("one", "two", "three")
    program = private.chat.program("bot")
    subscribes(program, private.invitation(), after="1")
    told = [(f.command, f.headers.get("seq"), f.headers.get("subscription")) for f in program.reads()]
    assert told[-3:] == [("RECEIPT", "3", None), ("MESSAGE", "2", "1"), ("MESSAGE", "3", "1")]


def test_a_program_without_an_invitation_is_refused(private: Private) -> None:
    program = private.chat.program("bot")
    subscribes(program, "guess")
    assert [(f.headers.get("reason"), f.headers.get("receipt-id")) for f in program.reads()] == [("not-allowed", "r")]


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_what_cannot_be_kept_as_spent_lets_nobody_in_and_is_good_afterwards() -> None:
    disk = SmallDisk()
    private = Private(journal=disk)
    token, bob, program = private.invitation(), private.person("bob"), private.chat.program("bot")
    disk.full = True
    bob.types(f"/join dev {token}")
    subscribes(program, token)
    assert (bob.reads(), private.there()) == ([REFUSED], ["jinny"])
    assert [(f.headers["reason"], f.headers["receipt-id"]) for f in program.reads()] == [("disk-full", "r")]

    disk.full = False
    subscribes(program, token, id="2")
    private.jinny.types("welcome")
    assert [f.headers["subscription"] for f in program.reads() if f.headers.get("event") == "said"] == ["2"]
    bob.types(f"/join dev {token}")
    assert bob.reads() == [USED]


def test_an_invitation_that_cannot_be_kept_is_none() -> None:
    disk = SmallDisk()
    private = Private(journal=disk)
    disk.full = True
    private.jinny.types("/invite --once")
    assert private.jinny.reads() == [REFUSED]
    assert private.chat.factory.chat.invitations == {"#dev": {}}


def test_once_is_once_through_a_restart_and_the_file_does_not_hold_the_invitation(tmp_path: Path) -> None:
    def started() -> ChatInMemory:
        journal = SqliteJournal(tmp_path / "chat.sqlite", AtOnce(), AtOnce())
        return ChatInMemory(journal=journal, passwords=PlainPasswords(), reach=REACH)

    private = Private(journal=SqliteJournal(tmp_path / "chat.sqlite", AtOnce(), AtOnce()))
    first, second = private.invitation(), private.invitation()
    private.person("bob", f"/join dev {first}")
    chat = started()  # the one before is never closed, as after kill -9
    assert all(token.encode() not in part.read_bytes() for token in (first, second) for part in tmp_path.iterdir())
    people = [chat.person(name) for name in ("carl", "dan")]
    people[0].types(f"/join dev {first}")
    people[1].types(f"/join dev {second}")
    assert [person.reads()[-1] for person in people] == [USED, "* Messages here are kept."]
    people[1].types(f"/join ops {second}")
    assert chat.factory.chat.invitations == {"#dev": {}}
    assert started().factory.chat.invitations.get("#dev", {}) == {}


def test_a_digest_is_not_the_token() -> None:
    assert "1f0c" not in digest_of("1f0c")


def test_what_is_said_right_after_one_comes_in_is_said_there(private: Private) -> None:
    bob, program = private.person("bob"), private.chat.program("bot")
    first, second = private.invitation(), private.invitation()
    subscribe = Frame("SUBSCRIBE", {"id": "1", "destination": "/room/dev", "invitation": second})
    bob.types(f"/join dev {first}", "hello")
    program.wire.receive(encode(subscribe) + encode(Frame("SEND", {"destination": "/room/dev"}, b"hello too")))
    private.chat.settle()
    heard = [line for line in private.jinny.reads() if "hello" in line]
    assert heard == ["[00:00] <bob> hello", "[00:00] <bot> hello too"]


def test_a_program_that_was_not_let_in_and_comes_back_hears_the_room_that_it_enters_then() -> None:
    disk = SmallDisk()
    private = Private(disk)
    first = private.chat.program()
    first.sends("CONNECT", {"accept-version": "1.2", "login": "bot"})
    resume = first.reads()[0].headers["resume"]
    first.sends("SUBSCRIBE", {"id": "me", "destination": "/me"})
    token = private.invitation()
    disk.full = True
    subscribes(first, token)
    disk.full = False
    first.wire.cut()
    again = private.chat.program()
    again.sends("CONNECT", {"accept-version": "1.2", "resume": resume})
    subscribes(again, token)
    private.jinny.types("welcome")
    assert again.reads()[-1].body == b"welcome"
