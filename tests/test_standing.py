"""What is somebody's own, from end to end: of this account, or of this guest's session, and never of a shown name."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatproto.journal.memory import MemoryJournal
from chatproto.journal.sqlite import SqliteJournal
from chatproto.testing import ChatInMemory, Person, Program
from tests.journal.threads import AtOnce
from tests.test_accounts import PlainPasswords


@pytest.fixture(params=[False, True], ids=["memory", "disk"])
def chat(request: pytest.FixtureRequest, tmp_path: Path) -> ChatInMemory:
    journal = SqliteJournal(tmp_path / "chat.sqlite", AtOnce(), AtOnce()) if request.param else MemoryJournal()
    return ChatInMemory(journal=journal, passwords=PlainPasswords())


def comes(chat: ChatInMemory, *lines: str, address: str = "192.0.2.9") -> Person:
    """Somebody by telnet types lines, one after the other; the first says who they are."""
    person = chat.person(address=address)
    for line in lines:
        person.types(line)
    person.reads()
    return person


MALLORY = ("/login mallory correct horse", "/nick gina", "/join dev")
# Ways of somebody who has an account of old, or none, to be called gina, after gina has said something and left.
TAKING_THE_NAME = {
    "an account takes the name": MALLORY,
    "a guest comes under the name": ("gina", "/join dev"),
    "a guest takes the name": ("hugo", "/nick gina", "/join dev"),
    "a guest takes the name and then logs in": ("gina", "/join dev", "/login mallory correct horse"),
    "a guest takes the name in the room": ("hugo", "/join dev", "/nick gina"),
    "a guest registers the name": ("gina", "/register correct horse", "/join dev"),
}


@pytest.mark.parametrize("way", TAKING_THE_NAME)
@pytest.mark.parametrize(
    "line", ["/correct I vote NO", "/delete", "/correct #dev I vote NO", "/delete #dev", "/delete 1"]
)
def test_nobody_changes_what_another_said_under_the_same_name(chat: ChatInMemory, way: str, line: str) -> None:
    comes(chat, "mallory", "/register correct horse", "/quit")
    reader = comes(chat, "oscar", "/join dev", address="192.0.2.1")
    chat.wait(60)
    comes(chat, "gina", "/join dev", "I vote yes", "/quit", address="192.0.2.2")
    chat.wait(60)
    thief = comes(chat, *TAKING_THE_NAME[way])
    thief.types(line)
    assert [said for said in thief.reads() if said.startswith("!")]
    heard = reader.reads()
    assert not [said for said in heard if "meant" in said or "took back" in said]
    reader.types("/history")
    assert any(said.endswith("I vote yes") for said in reader.reads())


def test_an_account_corrects_what_it_said_under_a_nickname_and_after_it_changed_it(chat: ChatInMemory) -> None:
    comes(chat, "mallory", "/register correct horse", "/quit")
    mallory = comes(chat, *MALLORY, "one")
    mallory.types("/nick zed", "/correct two")
    assert mallory.reads()[-1] == "* zed meant: two"


def test_what_was_said_under_ones_own_name_is_ones_own_whatever_one_is_called_now(chat: ChatInMemory) -> None:
    comes(chat, "mallory", "/register correct horse", "/join dev", "mine", "/quit")
    comes(chat, "gina", "/join dev", "hers", "/quit")
    mallory = comes(chat, *MALLORY)
    mallory.types("/correct better")
    assert mallory.reads() == ["* gina meant: better"]
    mallory.types("/history")
    assert [line.partition("> ")[2] for line in mallory.reads() if "<" in line] == ["mine", "hers"]


def test_a_reply_goes_to_the_one_who_wrote_and_to_nobody_of_their_name(chat: ChatInMemory) -> None:
    bob = comes(chat, "bob", address="192.0.2.2")
    oscar = comes(chat, "oscar", address="192.0.2.1")
    bob.types("/msg oscar my PIN?", "/nick ben")
    thief = comes(chat, "bob")
    oscar.reads()
    oscar.types("/reply 1234")
    assert bob.reads()[-1].endswith("-oscar- 1234")
    assert not any("1234" in line for line in thief.reads())
    bob.types("/quit")
    comes(chat, "ben")
    oscar.reads()
    oscar.types("/reply 1234")
    assert oscar.reads() == ["! ben, who wrote to you last, has left. /msg NAME TEXT sends a message to somebody else."]


@pytest.mark.parametrize("back", [False, True])
def test_a_reply_to_an_account_reaches_it_or_waits(chat: ChatInMemory, *, back: bool) -> None:
    mallory = comes(chat, "mallory", "/register correct horse", "/nick gina")
    oscar = comes(chat, "oscar", address="192.0.2.1")
    mallory.types("/msg oscar psst", "/quit")
    if back:
        mallory = comes(chat, *MALLORY)
    oscar.types("/reply what?")
    if not back:
        mallory = chat.person()
        mallory.types("/login mallory correct horse")
    assert any(line.endswith("-oscar- what?") for line in mallory.reads())


def test_what_a_guest_had_is_had_by_the_account_after_it_came_back(chat: ChatInMemory) -> None:
    """A guest made a room, registered, and left: the next one to come does not run it."""
    olga = comes(chat, "olga", "/join dev", "/ignore spam", "mine", "/register correct horse")
    olga.types("/whoami")
    assert olga.reads() == ["* You are olga.", "* You are in #lobby.", "* You run #dev."]
    olga.types("/correct better", "/ignore")
    assert sorted(olga.reads()) == ["* You ignore spam.", "* olga meant: better"]
    olga.types("/quit")
    mallory = comes(chat, "mallory", "/join dev")
    mallory.types("/kick olga", "/set private on", "/whoami")
    assert mallory.reads() == [
        "! Only an operator may do that.",
        "! Only an operator may do that.",
        "* You are mallory.",
        "* You are in #lobby.",
        "* You are in #dev.",
    ]
    olga = comes(chat, "/login olga correct horse", "/join dev")
    olga.types("/kick mallory", "/correct best")
    assert olga.reads() == ["* mallory was put out by olga", "* olga meant: best"]


@pytest.mark.parametrize("here_already", [False, True])
def test_what_a_guest_had_is_had_by_the_account_that_logs_in(chat: ChatInMemory, *, here_already: bool) -> None:
    comes(chat, "olga", "/register correct horse", "/quit")
    if here_already:
        comes(chat, "/login olga correct horse", address="192.0.2.3")
    guest = comes(chat, "guest", "/join dev", "/ignore spam", "mine", "/login olga correct horse")
    guest.types("/whoami", "/ignore", "/correct better")
    assert guest.reads() == [
        "* You are olga.",
        "* You are in #lobby.",
        "* You run #dev.",
        "* You ignore spam.",
        "* olga meant: better",
    ]
    guest.types("/quit")
    comes(chat, "mallory", "/join dev")
    olga = comes(chat, "/login olga correct horse", "/join dev")
    olga.types("/kick mallory")
    assert olga.reads() == ["* mallory was put out by olga"]


def test_a_guest_who_is_an_administrator_is_one_for_good_after_registering(chat: ChatInMemory) -> None:
    guest = comes(chat, "guest")
    chat.console().types("/grant guest")
    guest.types("/register correct horse", "/quit")
    back = comes(chat, "/login guest correct horse")
    back.types("/whoami")
    assert "* You are an administrator of this server." in back.reads()


def test_who_leaves_one_account_for_another_takes_no_rights_along(chat: ChatInMemory) -> None:
    comes(chat, "other", "/register correct horse", "/quit")
    olga = comes(chat, "olga", "/register correct horse", "/join dev", "/login other correct horse")
    olga.types("/whoami")
    assert olga.reads() == ["* You are other.", "* You are in #lobby.", "* You are in #dev."]


def test_an_ignored_author_is_not_heard_who_renames_speaks_and_quits_in_one_breath(chat: ChatInMemory) -> None:
    bob = comes(chat, "bob", "/join dev", address="192.0.2.2")
    oscar = comes(chat, "oscar", "/join dev", "/ignore bob", address="192.0.2.1")
    bob.wire.receive(b"/nick ben\nhello\n/me waves\n/quit\n")
    chat.settle()
    assert [line for line in oscar.reads() if "hello" in line or "waves" in line] == []


def test_a_slow_reader_misses_nothing_that_was_said_under_a_name_of_its_own(tmp_path: Path) -> None:
    """What is read from disk knows an author by the name; whose line it was is known by its number."""
    chat = ChatInMemory(journal=SqliteJournal(tmp_path / "chat.sqlite", AtOnce(), AtOnce()))
    slow = comes(chat, "bob", "/join dev", address="192.0.2.2")
    slow.wire.most = 0
    slow.types("/whoami")
    chat.person("oscar").types("/join dev", *(f"line {n}" for n in range(60)))  # more than a page to read
    slow.types("mine", "/nick ben")
    lines = slow.wire.take().decode().splitlines()
    chat.settle()
    bob = comes(chat, "bob", "/join dev", "not mine")
    bob.types("/nick bill")
    slow.types("/nick bob")
    slow.wire.most = 65536
    while more := slow.reads():
        lines += more
    assert [line.partition("> ")[2] for line in lines if "mine" in line] == ["not mine"]


RANGE, BEFORE, NOW = "203.0.113.0/24", "198.51.100.1", "203.0.113.5"


def resumes(chat: ChatInMemory, secret: str) -> Program:
    """A program comes back from another address."""
    program = chat.program(address=NOW)
    program.sends("CONNECT", {"accept-version": "1.2", "login": "mal", "resume": secret})
    return program


@pytest.mark.parametrize("cut", [False, True])
def test_nobody_comes_back_to_a_session_from_where_they_are_banned(chat: ChatInMemory, *, cut: bool) -> None:
    program = chat.program(address=BEFORE)
    program.sends("CONNECT", {"accept-version": "1.2", "login": "mal"})
    secret = program.reads()[0].headers["resume"]
    if cut:
        program.wire.cut()
    chat.console().types(f"/ban {RANGE}")
    assert [(f.command, f.headers["message"]) for f in resumes(chat, secret).reads()] == [("ERROR", "banned")]
    chat.console().types(f"/unban {RANGE}")
    assert resumes(chat, secret).reads()[0].headers["resumed"] == "true"


def test_who_comes_back_from_elsewhere_is_banned_by_the_address_where_they_are(chat: ChatInMemory) -> None:
    program = chat.program(address=BEFORE)
    program.sends("CONNECT", {"accept-version": "1.2", "login": "mal"})
    back = resumes(chat, program.reads()[0].headers["resume"])
    console = chat.console()
    console.types(f"/ban {BEFORE}")
    assert not back.wire.closing
    console.types(f"/ban {NOW}")
    assert back.wire.closing
