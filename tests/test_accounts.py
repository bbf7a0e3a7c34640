"""Names that belong to people, from end to end, in memory: registering, proving, waiting messages, guessing."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred, succeed

from chatproto.testing import ChatInMemory


class PlainPasswords:
    """Passwords without their slowness: the hash of a password is the password, marked."""

    def hash(self, password: str) -> Deferred[str]:
        return succeed(f"hash of {password}")

    def verify(self, password: str, secret: str) -> Deferred[bool]:
        return succeed(secret == f"hash of {password}")

    def token(self) -> tuple[str, str]:
        return "chat_token", self.digest("chat_token")

    def digest(self, token: str) -> str:
        return f"digest of {token}"


@pytest.fixture
def chat() -> ChatInMemory:
    """A chat in which oscar is registered, has a token, and is away."""
    chat = ChatInMemory(passwords=PlainPasswords())
    oscar = chat.person("oscar")
    oscar.types("/register correct horse", "/token new laptop", "/quit")
    assert any("chat_token" in line for line in oscar.reads())
    return chat


def test_a_registered_name_needs_its_password(chat: ChatInMemory) -> None:
    somebody = chat.person()
    somebody.types("oscar", "/login oscar wrong one", "/login oscar correct horse")

    assert [line[:24] for line in somebody.reads()[:3]] == [
        "! oscar belongs to someb",
        "! The name or the passwo",
        "* Hello, oscar. You are ",
    ]


@pytest.mark.parametrize("passcode", ["correct horse", "chat_token"])
def test_a_guest_becomes_oscar_by_his_password_or_his_token(chat: ChatInMemory, passcode: str) -> None:
    guest, jinny = chat.person("guest"), chat.person("jinny")
    guest.types(f"/login oscar {passcode}")

    assert jinny.reads() == ["* guest is now oscar"]
    assert guest.reads()[-1] == "* Welcome back, oscar."


def test_an_unknown_name_and_a_wrong_password_are_told_the_same(chat: ChatInMemory) -> None:
    guest = chat.person("guest")
    guest.types("/login nobody at all", "/login oscar wrong one")
    unknown, wrong = guest.reads()

    assert unknown == wrong


def test_guesses_that_come_all_at_once_are_slowed_too(chat: ChatInMemory) -> None:
    guest = chat.person("guest")
    guest.types(*(f"/login oscar guess {n}" for n in range(7)))
    answers = guest.reads()

    assert answers[:5] == ["! The name or the password is wrong."] * 5
    assert [answer[:27] for answer in answers[5:]] == ["! Too many wrong passwords."] * 2


def test_the_owner_is_not_locked_out_by_somebody_elses_guessing(chat: ChatInMemory) -> None:
    owner = chat.person("guest", address="10.0.0.1")
    owner.types("/login oscar correct horse", "/quit")
    thief = chat.person("thief", address="10.0.0.2")
    thief.types(*(f"/login oscar guess {n}" for n in range(20)))
    owner = chat.person("guest", address="10.0.0.1")
    owner.types("/login oscar correct horse")

    assert owner.reads()[-1] == "* Welcome back, oscar."


def test_a_direct_message_waits_for_a_person(chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    jinny.types("/msg oscar lunch?")
    assert jinny.reads() == ["* oscar is not here and will read it on coming back."]

    oscar = chat.person()
    oscar.types("/login oscar correct horse")
    assert "\a-jinny- lunch?" in oscar.reads()


def test_a_direct_message_waits_for_a_program_once(chat: ChatInMemory) -> None:
    chat.person("jinny").types("/msg oscar lunch?")
    program = chat.program()
    program.sends("CONNECT", {"accept-version": "1.2", "login": "oscar", "passcode": "chat_token"})
    program.sends("SUBSCRIBE", {"id": "me", "destination": "/me"})
    assert [f.body for f in program.reads() if f.headers.get("from") == "jinny"] == [b"lunch?"]

    program.sends("UNSUBSCRIBE", {"id": "me"})
    program.sends("SUBSCRIBE", {"id": "me", "destination": "/me"})
    assert [f.body for f in program.reads() if f.headers.get("from") == "jinny"] == []


def test_a_name_that_looks_like_oscars_is_refused_and_says_by_which_character(chat: ChatInMemory) -> None:
    somebody = chat.person()
    somebody.types("оscar")  # its first letter is Cyrillic

    (answer,) = somebody.reads()
    assert answer.startswith("! That name looks like oscar, which belongs to somebody, but for ")
    assert "(U+043E CYRILLIC SMALL LETTER O)" in answer


def test_being_an_administrator_is_kept_with_the_account(chat: ChatInMemory) -> None:
    console = chat.console()
    console.types("/grant oscar admin")
    assert console.reads() == ["* oscar is an administrator now."]

    oscar = chat.person()
    oscar.types("/login oscar correct horse", "/whoami")
    assert "* You are an administrator of this server." in oscar.reads()


def test_the_claim_makes_the_first_administrator_once(chat: ChatInMemory) -> None:
    chat.factory.chat.claim_code = "c0de"
    oscar, guest = chat.person(), chat.person("guest")
    guest.types("/claim c0de")
    assert guest.reads()[-1].startswith("! Your name is not registered.")
    oscar.types("/login oscar correct horse")
    oscar.reads()
    oscar.types("/claim wrong", "/claim c0de", "/claim c0de")

    assert [line[:24] for line in oscar.reads()] == [
        "! That is not the code, ",
        "* You are an administrat",
        "! That is not the code, ",
    ]


def test_a_key_stays_its_owners_after_another_name_is_taken(chat: ChatInMemory) -> None:
    program = chat.program("bot")
    program.joins("lobby")
    program.says("lobby", "once", idempotency_key="k", receipt="1")
    program.sends("SEND", {"destination": "/command"}, "/nick robot")
    program.says("lobby", "once", idempotency_key="k", receipt="2")
    seqs = [f.headers["seq"] for f in program.reads() if f.command == "RECEIPT"]

    assert len(seqs) == 2
    assert seqs[0] == seqs[1]
