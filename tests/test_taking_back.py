"""Putting right what was said, from end to end: no wording of what was taken back is read by anybody any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatproto.core.events import Ruled
from chatproto.journal.memory import MemoryJournal
from chatproto.journal.sqlite import SqliteJournal
from chatproto.testing import ChatInMemory, Person
from tests.journal.threads import AtOnce
from tests.test_accounts import PlainPasswords

NOTHING = "There is no last message of yours in #dev that could be corrected or taken back."


@pytest.fixture
def chat() -> ChatInMemory:
    return ChatInMemory()


@pytest.fixture
def oscar(chat: ChatInMemory) -> Person:
    """Somebody who said something, and then twice better."""
    oscar = chat.person("oscar")
    for line in ("/join dev", "lunch at one", "/correct lunch at two", "/correct lunch at three"):
        oscar.types(line)
    oscar.reads()
    return oscar


def test_who_takes_back_a_corrected_message_takes_back_all_wordings(chat: ChatInMemory, oscar: Person) -> None:
    oscar.types("/delete")
    assert oscar.reads() == ["* oscar took back message 1"]

    jinny = chat.person("jinny")
    heard: list[str] = []
    for line in ("/join dev", "/history", "/since 1h", "/search lunch"):
        jinny.types(line)
        heard += jinny.reads()
    assert not any("lunch" in line for line in heard)
    assert sum("(taken back)" in line for line in heard) == 3 * 3  # on joining, and twice again


def test_a_program_that_reads_on_from_a_number_gets_no_wording_either(chat: ChatInMemory, oscar: Person) -> None:
    oscar.types("/delete")
    program = chat.program("bot")
    program.sends("SUBSCRIBE", {"id": "1", "destination": "/room/dev", "after": "1"})
    found = [(f.headers["seq"], f.headers["event"], f.body) for f in program.reads() if "seq" in f.headers]
    assert found == [
        ("2", "said", b"(taken back)"),
        ("3", "said", b"(taken back)"),
        ("4", "deleted", b"oscar took back message 1"),
    ]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_operator_may_name_any_of_the_wordings(chat: ChatInMemory, oscar: Person, number: int) -> None:
    console = chat.console()
    console.types(f"/delete #dev {number}")
    assert oscar.reads() == ["* server took back message 1"]

    oscar.types("/history")
    assert not any("lunch" in line for line in oscar.reads())


def test_what_an_operator_took_back_is_not_said_anew_by_a_correction(chat: ChatInMemory, oscar: Person) -> None:
    chat.console().types("/delete #dev 3")
    oscar.reads()
    oscar.types("/correct lunch at four")
    assert oscar.reads() == [f"! {NOTHING}"]


def test_who_has_taken_back_what_they_said_is_not_told_that_they_said_nothing(oscar: Person) -> None:
    oscar.types("/delete", "/delete", "/correct lunch at four")
    assert oscar.reads() == ["* oscar took back message 1", f"! {NOTHING}", f"! {NOTHING}"]


def test_nobody_else_takes_a_message_back_and_who_did_is_noted(chat: ChatInMemory, oscar: Person) -> None:
    noted: list[Ruled] = []
    chat.factory.on(Ruled, lambda event, _: noted.append(event))
    jinny = chat.person("jinny")
    jinny.types("/join dev")
    jinny.reads()
    jinny.types("/delete 1")
    assert jinny.reads() == ["! You can take back only your own last message here."]
    oscar.types("/delete", "and again")
    chat.console().types("/delete #dev 4")
    assert noted == [Ruled("oscar", "delete #dev", "1", ""), Ruled("server", "delete #dev", "4", "")]


@pytest.mark.parametrize("more", [[], ["/quit"]])
def test_the_last_message_is_the_last_one_though_it_is_not_kept_yet(chat: ChatInMemory, more: list[str]) -> None:
    jinny, oscar = chat.person("jinny"), chat.person("oscar")
    oscar.types("a")
    jinny.reads()
    oscar.types("b", "/delete", *more)

    assert [line for line in jinny.reads() if "took back" in line] == ["* oscar took back message 2"]


def test_what_is_corrected_is_the_last_message_and_neither_one_before_nor_one_after(chat: ChatInMemory) -> None:
    program = chat.program("bot")
    program.joins("dev")
    oscar = chat.person("oscar")
    oscar.types("/join dev")
    oscar.types("one", "two", "/correct three", "four")

    corrected = [f.headers for f in program.reads() if f.headers.get("event") == "corrected"]
    assert [headers["of"] for headers in corrected] == ["2"]


def test_a_correction_that_is_asked_for_again_after_a_cut_is_made_once(chat: ChatInMemory) -> None:
    program = chat.program("bot")
    program.joins("dev")
    program.says("dev", "one")
    for _ in range(2):
        again = {"destination": "/command", "receipt": "r", "idempotency-key": "k"}
        program.sends("SEND", again, "/correct #dev two")

    found = [(f.command, f.headers.get("event", "")) for f in program.reads()]
    assert found.count(("MESSAGE", "corrected")) == 1
    assert found.count(("RECEIPT", "")) == 2


def test_what_is_not_there_or_was_taken_back_cannot_be_taken_back(chat: ChatInMemory, oscar: Person) -> None:
    console = chat.console()
    for number in (9, 2, 2, 4):
        console.types(f"/delete #dev {number}")
    assert [line for line in console.reads() if line.startswith("!")] == [
        f"! There is no message {number} in #dev that could be taken back." for number in (9, 2, 4)
    ]
    assert oscar.reads() == ["* server took back message 1"]


@pytest.mark.parametrize("order", ["/delete #dev 1", "/topic #dev lunch", "/announce #dev lunch", "/set #dev hush on"])
def test_who_orders_from_outside_is_told_that_it_is_done(chat: ChatInMemory, oscar: Person, order: str) -> None:
    console = chat.console()
    console.types(order)
    assert console.reads() == ["* Done in #dev."]
    assert len(oscar.reads()) == 1


@pytest.mark.parametrize("asked", ["/history #dev", "/since #dev 1h", "/search lunch in:#dev"])
def test_who_may_take_back_by_number_reads_the_numbers(chat: ChatInMemory, oscar: Person, asked: str) -> None:
    jinny = chat.person("jinny")
    jinny.types("/join dev", asked)
    for operator in (oscar, chat.console()):
        operator.types(asked)
        first = next(line for line in operator.reads() if line.endswith("lunch at one"))
        assert first.removeprefix("> ") == "1 [1970-01-01 00:00:00] <oscar> lunch at one"
    assert any(line.removeprefix("> ").startswith("[1970") for line in jinny.reads())


def test_what_an_operator_takes_back_by_number_is_taken_back_though_they_have_gone(chat: ChatInMemory) -> None:
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    oscar.types("/join dev")
    jinny.types("/join dev", "lunch?")
    jinny.reads()
    oscar.wire.receive(b"/delete #dev 1\n/quit\n")
    chat.settle()
    assert "* oscar took back message 1" in jinny.reads()


@pytest.fixture
def back(chat_on: ChatInMemory) -> Person:
    """Jinny, registered, who has said two things, set a topic, and come back; oscar is in the room."""
    jinny = chat_on.person("jinny")
    jinny.types("/register correct horse", "/join dev", "one", "two", "/topic fish", "/quit")
    chat_on.person("oscar").types("/join dev", "three")
    back = chat_on.person()
    back.types("/login jinny correct horse", "/join dev")
    back.reads()
    return back


@pytest.fixture(params=[False, True], ids=["memory", "disk"])
def chat_on(request: pytest.FixtureRequest, tmp_path: Path) -> ChatInMemory:
    journal = SqliteJournal(tmp_path / "chat.sqlite", AtOnce(), AtOnce()) if request.param else MemoryJournal()
    return ChatInMemory(journal=journal, passwords=PlainPasswords())


def test_who_is_registered_may_correct_what_they_said_before_they_came(back: Person) -> None:
    back.types("/correct zwei")
    assert back.reads() == ["* jinny meant: zwei"]
    back.types("/correct deux", "/delete")
    assert back.reads() == ["* jinny meant: deux", "* jinny took back message 2"]


def test_what_is_taken_back_once_is_one_message_and_not_the_one_before_it_too(back: Person) -> None:
    back.types("/delete")
    back.types("/delete", "/correct zwei")
    assert back.reads() == ["* jinny took back message 2", f"! {NOTHING}", f"! {NOTHING}"]


def test_what_somebody_else_said_under_a_guests_name_is_not_that_guests(chat_on: ChatInMemory) -> None:
    first = chat_on.person("bob")
    first.types("/join dev", "mine", "/quit")
    chat_on.person("oscar").types("/join dev")
    chat_on.wait(60)
    bob = chat_on.person("bob")
    bob.types("/join dev")
    bob.reads()
    bob.types("/delete")
    bob.types("/register correct horse")
    bob.types("/delete")
    assert [line[0] for line in bob.reads()] == ["!", "*", "!"]


def test_a_repeated_correction_of_what_was_said_before_one_came_is_made_once(chat_on: ChatInMemory) -> None:
    jinny = chat_on.person("jinny")
    jinny.types("/register correct horse", "/join dev", "one", "/quit")
    program = chat_on.program("jinny", passcode="correct horse")
    program.joins("dev")
    program.reads()
    told = []
    for _ in range(2):
        asked = {"destination": "/command", "receipt": "r", "idempotency-key": "k"}
        program.sends("SEND", asked, "/correct #dev eins")
        told.append([f.headers.get("seq") for f in program.reads()])
    assert told == [["2", "2"], ["2"]]
