"""One person at several places, from end to end: a laptop and a phone, one name, one member of each room."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatproto.activity import ActivityLog
from chatproto.core.commands.account import Registered
from chatproto.core.members import MAX_PLACES
from chatproto.core.settings import Settings
from chatproto.journal.sqlite import SqliteJournal
from chatproto.testing import ChatInMemory, Person, Program
from tests.core.talkers import Table
from tests.journal.threads import AtOnce
from tests.test_accounts import PlainPasswords

PROOF = {"accept-version": "1.2", "login": "oscar", "passcode": "correct horse"}


@pytest.fixture
def chat() -> ChatInMemory:
    """A chat in which oscar is registered, and away; jinny is in the lobby and in #dev, which she runs."""
    chat = ChatInMemory(passwords=PlainPasswords())
    chat.person("oscar").types("/register correct horse", "/quit")
    return chat


@pytest.fixture
def jinny(chat: ChatInMemory) -> Person:
    jinny = chat.person("jinny")
    jinny.types("/join dev")
    jinny.reads()
    return jinny


def oscar(chat: ChatInMemory, *lines: str, address: str = "127.0.0.1") -> Person:
    """Oscar, at one more place."""
    person = chat.person(address=address)
    person.types("/login oscar correct horse", *lines)
    person.reads()
    return person


def test_the_others_see_one_who_comes_once_and_leaves_with_the_last_place(chat: ChatInMemory, jinny: Person) -> None:
    laptop, phone = oscar(chat, "/join dev"), oscar(chat, "/join dev")
    assert jinny.reads() == ["* #lobby oscar joined", "* oscar joined"]
    laptop.types("/quit")
    assert jinny.reads() == []
    phone.types("/who")
    assert phone.reads() == ["* 2 in #dev: jinny, oscar", "* Run by jinny"]
    phone.types("/quit")
    assert jinny.reads() == ["* oscar quit"]


def test_each_place_has_its_own_rooms_and_its_own_look(chat: ChatInMemory, jinny: Person) -> None:
    laptop, phone = oscar(chat, "/join dev", "/lang ko"), oscar(chat)
    jinny.reads()
    phone.types("/whoami")
    laptop.types("/내정보")
    assert phone.reads() == ["* You are oscar.", "* You are in #lobby."]
    assert laptop.reads() == ["* 닉네임: oscar", "* #lobby에 있습니다.", "* #dev에 있습니다."]
    jinny.types("hello")
    assert (laptop.reads(), phone.reads()) == (["[00:00] <jinny> hello"], [])

    laptop.types("/방나가기")
    assert jinny.reads() == ["* oscar left"]
    laptop.types("/quit")
    assert jinny.reads() == []  # at the other place oscar still is in the lobby


def test_who_quits_one_place_has_left_its_rooms_and_not_the_server(chat: ChatInMemory, jinny: Person) -> None:
    laptop, _phone = oscar(chat, "/join dev"), oscar(chat)
    jinny.reads()
    laptop.types("/quit")
    assert jinny.reads() == ["* oscar left"]


def test_what_one_says_at_one_place_is_read_at_the_other_and_not_echoed_at_the_first(chat: ChatInMemory) -> None:
    laptop, phone = oscar(chat), oscar(chat)
    laptop.types("안녕")
    assert (laptop.reads(), phone.reads()) == ([], ["[00:00] <oscar> 안녕"])


def test_a_place_that_reads_slowly_misses_nothing_of_what_was_said_at_the_other(tmp_path: Path) -> None:
    """What is read from disk knows its author by name only."""
    journal = SqliteJournal(tmp_path / "chat.sqlite", AtOnce(), AtOnce())
    chat = ChatInMemory(journal=journal, passwords=PlainPasswords())
    chat.person("oscar").types("/register correct horse", "/quit")
    laptop, phone = oscar(chat), oscar(chat)
    phone.wire.most = 0
    phone.types("/whoami")
    laptop.types(*(f"line {n}" for n in range(5)))
    phone.wire.most = 65536
    lines = phone.reads()
    while more := phone.reads():
        lines += more
    assert [line for line in lines if "<oscar>" in line] == [f"[00:00] <oscar> line {n}" for n in range(5)]


def test_a_direct_message_goes_to_every_place_and_is_one_message_in_the_log(chat: ChatInMemory, jinny: Person) -> None:
    log: list[str] = []
    chat.factory.hub.watchers.append(ActivityLog([lambda _, line: log.append(line)]))
    laptop, phone = oscar(chat), oscar(chat)
    jinny.types("/msg oscar psst")
    for place in (laptop, phone):
        assert [line.removeprefix("\a") for line in place.reads()] == ["-jinny- psst"]
    assert [line for line in log if "DIRECT" in line] == ["[DIRECT] jinny to oscar (4 characters)"]
    assert [line.split()[0] for line in log if " oscar" in line][:4] == ["[CONNECT]", "[JOIN]", "[CONNECT]", "[DIRECT]"]
    laptop.types("/away lunch")
    jinny.types("/msg oscar psst")
    assert jinny.reads()[-1] == "* oscar is away: lunch"
    phone.types("/reply hm")
    assert [line.removeprefix("\a") for line in jinny.reads()] == ["-oscar- hm"]


def test_whoever_is_named_is_named_at_every_place(chat: ChatInMemory, jinny: Person) -> None:
    laptop, phone = oscar(chat, "/join dev"), oscar(chat, "/join dev")
    jinny.types("lunch, @oscar?")
    assert (laptop.reads(), phone.reads()) == (["\a[00:00] <jinny> lunch, @oscar?"],) * 2


def test_an_answer_goes_to_the_place_that_asked(chat: ChatInMemory) -> None:
    laptop, phone = oscar(chat), oscar(chat)
    laptop.types("/whoami", "/nothing")
    assert (len(laptop.reads()), phone.reads()) == (3, [])


def test_another_name_is_taken_at_every_place(chat: ChatInMemory, jinny: Person) -> None:
    laptop, phone = oscar(chat, "/join dev"), oscar(chat)
    jinny.reads()
    phone.types("/nick otto")
    assert (jinny.reads(), laptop.reads(), phone.reads()) == (["* oscar is now otto"],) * 3
    tablet = oscar(chat)
    tablet.types("/whoami")
    assert tablet.reads()[0] == "* You are otto."
    jinny.types("/msg oscar under your own name")
    assert [len(place.reads()) for place in (laptop, phone, tablet)] == [1, 1, 1]


def test_who_is_put_out_is_put_out_at_every_place(chat: ChatInMemory, jinny: Person) -> None:
    laptop, phone, tablet = oscar(chat, "/join dev"), oscar(chat, "/join dev"), oscar(chat)
    jinny.reads()
    jinny.types("/kick oscar")
    assert jinny.reads() == ["* oscar was put out by jinny"]
    assert [bool(place.reads()) for place in (laptop, phone, tablet)] == [True, True, False]

    chat.console().types("/kick oscar")
    assert jinny.reads() == ["* #lobby oscar was put out by server"]
    assert [place.wire.closed or place.wire.closing for place in (laptop, phone, tablet)] == [True] * 3


def test_a_ban_of_an_address_is_for_the_places_there(chat: ChatInMemory, jinny: Person) -> None:
    laptop, phone = oscar(chat, "/join dev", address="10.0.0.1"), oscar(chat, "/join dev", address="10.0.0.2")
    jinny.reads()
    jinny.types("/ban 10.0.0.1")
    assert [bool(place.reads()) for place in (laptop, phone)] == [True, False]
    assert jinny.reads() == ["* Everybody at 10.0.0.1 is banned. /unban 10.0.0.1 undoes it."]
    jinny.types("/ban oscar")
    assert [bool(place.reads()) for place in (laptop, phone)] == [False, True]


def test_rights_are_had_at_every_place_and_kept_with_the_last(chat: ChatInMemory, jinny: Person) -> None:
    laptop, phone = oscar(chat, "/join dev"), oscar(chat, "/join dev")
    jinny.types("/op oscar")
    chat.console().types("/grant oscar")
    laptop.types("/leave #dev", "/quit")
    phone.reads()
    phone.types("/whoami")
    assert phone.reads()[-1] == "* You run #dev."
    phone.types("/whoami")
    assert "* You are an administrator of this server." in phone.reads()


def test_who_is_ignored_is_ignored_at_every_place(chat: ChatInMemory, jinny: Person) -> None:
    laptop, phone = oscar(chat, "/join dev"), oscar(chat, "/join dev")
    laptop.types("/ignore jinny")
    laptop.reads()
    jinny.types("hello")
    assert (laptop.reads(), phone.reads()) == ([], [])


def test_one_takes_back_at_the_phone_what_one_said_at_the_laptop(chat: ChatInMemory) -> None:
    laptop, phone = oscar(chat), oscar(chat)
    laptop.types("too much")
    phone.types("/delete")
    assert phone.reads()[-1] == "* oscar took back message 1"


def test_a_room_with_a_limit_counts_people_and_not_places(chat: ChatInMemory, jinny: Person) -> None:
    jinny.types("/set limit 2")
    _laptop, phone = oscar(chat, "/join dev"), oscar(chat)
    phone.types("/join dev")
    assert phone.reads() == ["* You are in #dev with jinny."]
    guest = chat.person("bob")
    guest.types("/join dev")
    assert guest.reads() == ["! #dev is full (2 members). Try again later."]


def test_a_full_server_counts_people_and_not_places() -> None:
    chat = ChatInMemory(Settings(rate=0.0, tz="UTC", max_users=1), passwords=PlainPasswords())
    laptop = chat.person("oscar")
    laptop.types("/register correct horse")
    phone = oscar(chat, "still here")
    assert laptop.reads()[-1] == "[00:00] <oscar> still here"
    assert not phone.wire.closed


def test_a_guest_who_logs_in_becomes_one_with_who_is_here_already(chat: ChatInMemory, jinny: Person) -> None:
    _laptop, guest = oscar(chat), chat.person("guest")
    guest.types("/join guests", "/join dev")
    jinny.reads()
    guest.types("/login oscar correct horse")
    assert jinny.reads() == ["* guest is now oscar"]
    guest.types("/who #lobby", "/who #guests")
    assert guest.reads()[-3:] == ["* 2 in #lobby: jinny, oscar", "* 1 in #guests: oscar", "* Run by oscar"]


def test_ones_own_name_is_free_for_oneself(chat: ChatInMemory) -> None:
    laptop, phone = oscar(chat, "/nick other"), oscar(chat, "/nick oscar")
    assert (laptop.reads(), phone.reads()) == (["* other is now oscar"], [])


def test_who_is_two_people_at_one_place_after_the_other_is_each_alone(chat: ChatInMemory, jinny: Person) -> None:
    """A registered person with two places logs in as somebody else at one of them: the other place stays as it is."""
    chat.person("anna").types("/register correct horse", "/quit")
    laptop, phone = oscar(chat, "/join dev"), oscar(chat, "/join dev")
    chat.console().types("/grant oscar")
    jinny.reads()
    phone.types("/login anna correct horse")
    assert jinny.reads() == ["* #lobby anna joined", "* anna joined"]
    laptop.reads()
    phone.reads()
    phone.types("/whoami")
    laptop.types("/whoami")
    assert (phone.reads()[:2], laptop.reads()[0]) == (["* You are anna.", "* You are in #lobby."], "* You are oscar.")


def test_the_oldest_place_is_closed_where_there_are_too_many_and_is_told_why(chat: ChatInMemory) -> None:
    places = [oscar(chat) for _ in range(MAX_PLACES + 1)]
    assert [place.wire.closed or place.wire.closing for place in places] == [True] + [False] * MAX_PLACES
    assert places[0].reads()[-1] == "! You came in at 10 other places with this name, so this one was closed."


def by_program(chat: ChatInMemory) -> Program:
    """Oscar, at one more place, by a program."""
    program = chat.program()
    program.sends("CONNECT", PROOF)
    program.sends("SUBSCRIBE", {"id": "me", "destination": "/me"})
    program.sends("SUBSCRIBE", {"id": "1", "destination": "/room/dev"})
    program.reads()
    return program


def test_programs_and_people_may_be_one(chat: ChatInMemory, jinny: Person) -> None:
    first, second, person = by_program(chat), by_program(chat), oscar(chat, "/join dev")
    jinny.reads()
    first.says("dev", "from a program", receipt="r")
    assert [f.headers.get("from") for f in second.reads()] == ["oscar"]
    assert [f.command for f in first.reads()] == ["MESSAGE", "RECEIPT"]
    assert person.reads() == ["[00:00] <oscar> from a program"]


def test_a_program_that_is_lost_is_lost_only_with_its_last_place(chat: ChatInMemory, jinny: Person) -> None:
    first, second = by_program(chat), by_program(chat)
    jinny.reads()
    first.wire.cut()
    chat.wait(60)
    assert jinny.reads() == []
    second.wire.cut()
    chat.wait(60)
    assert jinny.reads() == ["* oscar lost the connection"]


def test_one_has_read_as_far_as_at_the_place_that_read_furthest() -> None:
    table = Table()
    laptop = table.person("oscar")
    table.chat.do(laptop, Registered(name="oscar", secret="x"), 0.0)
    phone, _ = table.chat.enter("oscar", 0.0, proved=True)
    told = [table.chat.left_at(laptop, "#dev", 5), table.chat.left_at(phone, "#dev", 3)]
    assert [len(facts) for facts in told] == [1, 0]
