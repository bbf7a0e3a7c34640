"""`/export me`, from end to end: who is registered gets all that is kept of them, and nothing else, on every door."""

from __future__ import annotations

import json

import pytest

from chatproto.core.settings import Settings
from chatproto.testing import ChatInMemory, Person, Program
from tests.test_accounts import PlainPasswords

WORDS = {
    "en": ("/export me", "That is all that is kept of you. Messages in rooms: 3."),
    "ko": ("/내보내기", "보관된 내용은 이것이 전부입니다. 방에서 보낸 메시지: 3개"),
    "th": ("/ส่งออก", "ทั้งหมดที่เก็บไว้เกี่ยวกับคุณมีเท่านี้: ข้อความในห้อง 3 ข้อความ"),
}


@pytest.fixture
def chat() -> ChatInMemory:
    """Oscar is registered, has talked in two rooms, and has written to bob, who is away."""
    chat = ChatInMemory(passwords=PlainPasswords())
    chat.wait(3600)
    bob = chat.person("bob")
    bob.types("/register correct horse", "hi all", "/quit")
    stranger = chat.person("oscar")
    stranger.types("said as a guest", "/quit")
    chat.wait(3600)
    oscar = chat.person("oscar")
    for line in ("/register correct horse", "/token new laptop", "안녕하세요", "/join dev", "one", "two\\", "/delete"):
        oscar.types(line)
    oscar.types("/msg bob lunch?")
    oscar.types("/quit")
    return chat


def oscar(chat: ChatInMemory) -> Person:
    """Oscar, come back."""
    person = chat.person()
    person.types("/login oscar correct horse")
    person.reads()
    return person


def program(chat: ChatInMemory) -> Program:
    """Oscar, come back by a program."""
    program = chat.program()
    program.sends("CONNECT", {"accept-version": "1.2", "login": "oscar", "passcode": "correct horse"})
    program.sends("SUBSCRIBE", {"id": "me", "destination": "/me"})
    program.reads()
    return program


def test_a_room_in_which_nothing_was_read_is_not_in_it(chat: ChatInMemory) -> None:
    person = oscar(chat)
    person.types("/join silent", "/leave", "/export me")
    chat.wait(1)
    assert not [line for line in person.reads() if "You have read #silent" in line]


def test_a_person_reads_all_that_is_kept_of_them_and_nothing_else(chat: ChatInMemory) -> None:
    person = oscar(chat)
    person.types("/export me")
    chat.wait(1)
    assert person.reads() == [
        "oscar is yours since 1970-01-01 02:00:00.",
        "Your tokens: laptop",
        "You run #dev.",
        "You have read #dev up to message 3.",
        "You have read #lobby up to message 3.",
        "-oscar → bob- 1970-01-01 02:00:00 lunch?",
        "[1970-01-01 02:00:00] #dev <oscar> one",
        "[1970-01-01 02:00:00] #dev <oscar> (taken back)",
        "[1970-01-01 02:00:00] #lobby <oscar> 안녕하세요",
        "* That is all that is kept of you. Messages in rooms: 3.",
    ]


@pytest.mark.parametrize("lang", WORDS)
def test_it_is_asked_and_answered_in_every_language(chat: ChatInMemory, lang: str) -> None:
    person, (order, end) = oscar(chat), WORDS[lang]
    person.types(f"/lang {lang}", order)
    chat.wait(1)
    assert person.reads()[-1] == f"* {end}"


def test_a_program_gets_an_object_a_line_and_its_receipt_last(chat: ChatInMemory) -> None:
    client = program(chat)
    client.sends("SEND", {"destination": "/command", "receipt": "r"}, "/export me jsonl")
    chat.wait(1)
    *pages, end, receipt = client.reads()
    records = [json.loads(line) for page in pages for line in page.body.decode().splitlines()]

    assert {(f.headers["event"], f.headers["form"]) for f in pages} == {("answer", "jsonl")}
    assert (end.body.decode(), receipt.command) == (WORDS["en"][1], "RECEIPT")
    assert records[0] == {
        "event": "account",
        "name": "oscar",
        "since": "1970-01-01T02:00:00+00:00",
        "admin": False,
        "tokens": ["laptop"],
        "runs": ["#dev"],
        "read": {"#dev": 3, "#lobby": 3},
    }
    assert [(r.get("room"), r["from"], r.get("to"), r["text"]) for r in records[1:]] == [
        (None, "oscar", "bob", "lunch?"),
        ("#dev", "oscar", None, "one"),
        ("#dev", "oscar", None, "(taken back)"),
        ("#lobby", "oscar", None, "안녕하세요"),
    ]
    assert not any("hash of" in json.dumps(r) or "digest of" in json.dumps(r) for r in records)


def test_a_guest_has_nothing_to_be_given(chat: ChatInMemory) -> None:
    guest = chat.person("guest")
    guest.types("/export me")
    assert guest.reads()[-1].startswith("! Your name is not registered.")


def test_it_is_given_again_only_after_a_while(chat: ChatInMemory) -> None:
    person = oscar(chat)
    person.types("/export")
    chat.wait(60)
    person.reads()
    person.types("/export")
    assert person.reads() == ["! You had all of it just now. Try again in 9m."]
    chat.wait(540)
    person.types("/export")
    assert len(person.reads()) > 1


def much(chat: ChatInMemory) -> Person:
    """Oscar, who has said much."""
    person = oscar(chat)
    person.types(*(f"{n} {'x' * 4000}" for n in range(200)))
    person.reads()
    return person


def test_who_takes_nothing_is_given_no_more_than_a_page_or_two_until_they_do() -> None:
    chat = ChatInMemory(Settings(rate=0.0, tz="UTC", stall_timeout=0.0), passwords=PlainPasswords())
    person = chat.person("oscar")
    person.types("/register correct horse", *(f"{n} {'x' * 4000}" for n in range(200)))
    person.reads()
    person.types("/export")
    chat.wait(600)
    assert len(person.wire.written) < 150_000

    lines: list[str] = []
    for _ in range(60):
        lines += person.reads()
        chat.wait(2)
    assert [line.split()[4] for line in lines if "<oscar>" in line] == [str(n) for n in range(200)]
    assert lines[-1] == "* That is all that is kept of you. Messages in rooms: 200."


def test_who_leaves_is_given_nothing_more(chat: ChatInMemory) -> None:
    person = much(chat)
    person.types("/export", "/quit")
    chat.wait(5)
    assert not [call for call in chat.clock.getDelayedCalls() if call.getTime() < chat.clock.seconds() + 1]
