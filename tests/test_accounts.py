"""Names that belong to people, from end to end, in memory: registering, proving, waiting messages, guessing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, TypeVar
from unicodedata import normalize

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from chatproto.core.accounts import Account
from chatproto.core.events import Reason, Refusal
from chatproto.passwords import QUEUE, Argon2Passwords
from chatproto.testing import ChatInMemory, Program
from tests.journal.threads import AtOnce, StepByStep

T = TypeVar("T")


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


class SlowPasswords(PlainPasswords):
    """Passwords that are looked at when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Deferred[bool], bool]] = []

    def verify(self, password: str, secret: str) -> Deferred[bool]:
        looked_at: Deferred[bool] = Deferred()
        self.waiting.append((looked_at, secret == f"hash of {password}"))
        return looked_at

    def look(self) -> None:
        while self.waiting:
            waiting, self.waiting = self.waiting, []
            for looked_at, right in waiting:
                looked_at.callback(right)


class BusyPasswords(PlainPasswords):
    """Passwords that nobody has time to look at, while `busy`."""

    busy = False

    def verify(self, password: str, secret: str) -> Deferred[bool]:
        return fail(Refusal(Reason.BUSY, "Later.")) if self.busy else super().verify(password, secret)


class LatePasswords(PlainPasswords):
    """Passwords whose hash comes when the test says so, while they are `late`."""

    late = False

    def __init__(self) -> None:
        self.waiting: Deferred[str] = Deferred()

    def hash(self, password: str) -> Deferred[str]:
        return self.waiting if self.late else super().hash(password)


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


@pytest.mark.parametrize("made", ["NFC", "NFD"])
@pytest.mark.parametrize("given", ["NFC", "NFD"])
def test_a_password_is_the_same_on_a_device_that_types_it_by_its_parts(
    chat: ChatInMemory, made: Literal["NFC", "NFD"], given: Literal["NFC", "NFD"]
) -> None:
    jinny, again = chat.person("jinny"), chat.person()
    jinny.types(f"/register {normalize(made, '우리집강아지복슬강아지')}", "/quit")
    again.types(f"/login jinny {normalize(given, '우리집강아지복슬강아지')}")

    assert again.reads()[0].startswith("* Hello, jinny.")


def test_a_password_is_counted_as_it_is_read(chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    jinny.types(f"/register {normalize('NFD', '강산강')}")

    assert jinny.reads() == ["! A password has 8 to 128 characters. A few words are easy to keep in mind."]


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
    for n in range(25):
        chat.person("thief", address=f"10.0.1.{n}").types("/login oscar wrong one", "/quit")
    owner = chat.person("guest", address="10.0.0.1")
    owner.types("/login oscar correct horse")

    assert owner.reads()[-1] == "* Welcome back, oscar."


def test_who_guesses_at_one_place_does_not_hold_up_the_owner_at_a_new_one(chat: ChatInMemory) -> None:
    thief = chat.person("thief", address="10.0.0.2")
    thief.types(*(f"/login oscar guess {n}" for n in range(20)))
    for _ in range(60):
        chat.wait(10.0)
        thief.types("/login oscar another guess")
    owner = chat.person(address="192.0.2.77")
    owner.types("/login oscar correct horse")

    assert owner.reads()[0].startswith("* Hello, oscar.")


def test_guesses_from_many_addresses_at_one_name_are_slowed(chat: ChatInMemory) -> None:
    for n in range(22):
        last = chat.person("thief", address=f"192.0.2.{n}")
        last.types("/login oscar wrong one")
        said = last.reads()[-1]
        last.types("/quit")

    assert said.startswith("! Too many wrong passwords.")


def test_the_addresses_of_one_household_count_as_one(chat: ChatInMemory) -> None:
    for n in range(6):
        last = chat.person("thief", address=f"2001:db8::{n}")
        last.types("/login oscar wrong one")
        said = last.reads()[-1]
        last.types("/quit")
    neighbour = chat.person("guest", address="2001:db8:0:1::1")
    neighbour.types("/login oscar wrong one")

    assert said.startswith("! Too many wrong passwords.")
    assert neighbour.reads() == ["! The name or the password is wrong."]


def test_a_token_is_never_held_up(chat: ChatInMemory) -> None:
    thief = chat.person("thief")
    thief.types(*(f"/login oscar guess {n}" for n in range(9)))
    bot = chat.person()
    bot.types("/login oscar chat_token")

    assert bot.reads()[0].startswith("* Hello, oscar.")


def test_a_class_that_logs_in_at_once_behind_one_address_is_let_in() -> None:
    passwords = SlowPasswords()
    chat = ChatInMemory(passwords=passwords)
    for n in range(12):
        chat.person(f"pupil{n}").types(f"/register password {n}", "/quit")
    pupils = [chat.person(address="192.0.2.1") for n in range(12)]
    for n, pupil in enumerate(pupils):
        pupil.types(f"/login pupil{n} password {n}")
    passwords.look()
    chat.settle()

    assert [pupil.reads()[0].partition(".")[0] for pupil in pupils] == [f"* Hello, pupil{n}" for n in range(12)]


def test_a_guess_that_nobody_had_time_for_is_none() -> None:
    passwords = BusyPasswords()
    chat = ChatInMemory(passwords=passwords)
    oscar = chat.person("oscar")
    oscar.types("/register correct horse", "/quit")
    passwords.busy = True
    guest = chat.person("guest")
    guest.types(*["/login oscar correct horse"] * 30)
    assert set(guest.reads()) == {"! Later."}
    passwords.busy = False
    guest.types("/login oscar correct horse")

    assert guest.reads()[-1] == "* Welcome back, oscar."


def test_the_first_who_asks_for_nobody_waits_no_longer_than_for_somebody() -> None:
    work: list[str] = []

    def hashes_when_asked_for(name_is_known: bool) -> list[str]:
        passwords = Argon2Passwords(AtOnce)
        secret = passwords._hasher.hash("correct horse") if name_is_known else ""
        work.clear()
        hasher = passwords._hasher

        class Watched:
            def hash(self, password: str) -> str:
                work.append("hash")
                return hasher.hash(password)

            def verify(self, hashed: str, password: str) -> bool:
                work.append("verify")
                return hasher.verify(hashed, password)

        passwords._hasher = Watched()  # type: ignore[assignment]
        passwords.verify("wrong", secret)
        return list(work)

    assert hashes_when_asked_for(name_is_known=False) == hashes_when_asked_for(name_is_known=True)


def test_a_new_password_is_for_the_name_that_asked() -> None:
    passwords = LatePasswords()
    chat = ChatInMemory(passwords=passwords)
    for name in ("jinny", "oscar"):
        chat.person(name).types(f"/register password of {name}", "/token new a", "/quit")
    oscar = chat.person()
    oscar.types("/login oscar password of oscar")
    passwords.late = True
    oscar.types('/passwd "password of oscar" "another password"', "/login jinny chat_token")
    passwords.late = False
    passwords.waiting.callback("hash of another password")

    accounts = [chat.factory.chat.accounts.get(name) for name in ("oscar", "jinny")]
    assert [a and a.secret for a in accounts] == ["hash of another password", "hash of password of jinny"]


def test_a_forgotten_password_is_replaced_at_the_console(chat: ChatInMemory) -> None:
    console = chat.console()
    console.types("/reset Oscar", "/reset nobody")
    given, tokens, unknown = console.reads()
    password = given.rpartition(" ")[2]
    oscar = chat.person()
    oscar.types("/login oscar correct horse", f"/login oscar {password}")

    assert given == f"* The new password of oscar, shown only now: {password}"
    assert tokens == "* The tokens of oscar still work: laptop. /token revoke LABEL ends one."
    assert unknown == "! nobody is not registered."
    assert [line[:15] for line in oscar.reads()[:2]] == ["! The name or t", "* Hello, oscar."]


def test_an_administrator_who_comes_in_by_the_net_gives_nobody_a_password(chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    jinny.types("/register four quiet apples")
    chat.console().types("/grant jinny admin")
    jinny.reads()
    jinny.types("/reset oscar")

    assert jinny.reads() == ["! That is done at the console, on the server's own machine."]


def test_who_is_banned_does_not_come_in_under_another_name(chat: ChatInMemory) -> None:
    chat.console().types("/ban oscar 1h noise")
    guest = chat.person("guest")
    guest.types("/login oscar correct horse", "/whoami")

    assert guest.reads()[:2] == ["! You are banned here for 60m more: noise.", "* You are guest."]


def test_who_is_banned_from_a_room_is_not_there_under_another_name(chat: ChatInMemory) -> None:
    chat.person("jinny").types("/join dev", "/ban #dev oscar 1h noise")
    guest = chat.person("guest")
    guest.types("/join dev")
    guest.reads()
    guest.types("/login oscar correct horse", "/leave", "/login oscar correct horse")

    assert [line for line in guest.reads() if line.startswith(("!", "* W"))] == [
        "! oscar is banned in #dev for 60m more: noise. /leave #dev first.",
        "* Welcome back, oscar.",
    ]


def test_a_direct_message_waits_for_a_person(chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    jinny.types("/msg oscar lunch?")
    assert jinny.reads() == ["* oscar is not here and will read it on coming back."]

    chat.wait(86400.0)
    jinny.types("/msg oscar supper?")
    oscar = chat.person()
    oscar.types("/login oscar correct horse")
    heard = oscar.reads()
    place = heard.index("* Direct messages waited for you, since 1970-01-01 00:00:00: 2")
    assert heard[place + 1 : place + 3] == ["\a-jinny- lunch?", "\a-jinny- supper?"]


def test_no_more_than_a_hundred_direct_messages_wait_for_somebody(chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    jinny.types(*(f"/msg oscar {n}" for n in range(101)))
    *_, last, refused = jinny.reads()

    assert last == "* oscar is not here and will read it on coming back."
    assert refused == "! Too many messages wait for oscar already."


def test_a_token_that_was_taken_back_is_none(chat: ChatInMemory) -> None:
    oscar = chat.person()
    oscar.types("/login oscar chat_token", "/token revoke laptop", "/quit")
    bot = chat.person()
    bot.types("/login oscar chat_token")

    assert bot.reads() == ["! The name or the password is wrong."]


@pytest.mark.parametrize("what", ["new", "revoke"])
def test_a_token_without_a_name_is_not_answered_with_a_list(chat: ChatInMemory, what: str) -> None:
    oscar = chat.person()
    oscar.types("/login oscar correct horse", f"/token {what}")

    assert oscar.reads()[-1] == "! Give the token a name, as here: /token new laptop"


def test_a_guest_who_has_the_name_makes_way_for_its_owner(chat: ChatInMemory) -> None:
    guest, jinny = chat.person("bob"), chat.person("jinny")
    chat.factory.chat.accounts.add(Account("bob", "hash of correct horse"))  # as from a journal that others write too
    owner = chat.person()
    owner.types("/login bob correct horse")

    assert owner.reads()[0].startswith("* Hello, bob.")
    assert "* The owner of bob has come. You are bob-2 now; /nick NAME takes another name." in guest.reads()
    assert "* bob is now bob-2" in jinny.reads()


def test_no_more_passwords_wait_than_a_few_seconds_take() -> None:
    passwords = Argon2Passwords(StepByStep)
    failed: list[Failure] = []
    for _ in range(QUEUE + 2):
        passwords.verify("correct horse", "").addErrback(failed.append)

    assert [getattr(failure.value, "reason", None) for failure in failed] == [Reason.BUSY, Reason.BUSY]


def test_a_hash_that_fails_gives_its_place_back() -> None:
    """A place that what failed keeps is one that nobody gets any more: after so many, nobody logs in."""

    class Broken(AtOnce):
        def do(self, work: Callable[[], T]) -> Deferred[T]:
            return fail(MemoryError())

    passwords = Argon2Passwords(Broken)
    failed: list[Failure] = []
    for _ in range(QUEUE):
        passwords.verify("correct horse", "").addErrback(failed.append)
        passwords.hash("correct horse").addErrback(failed.append)

    assert {type(failure.value) for failure in failed} == {MemoryError}


def test_nobody_waits_for_the_passwords_of_others() -> None:
    """One account that changes its password all the time, at ten places, costs the class that logs in nothing."""
    passwords = LatePasswords()
    chat = ChatInMemory(passwords=passwords)
    chat.person("thief").types("/register correct horse")
    places = [chat.person("", f"8.8.{n}.8") for n in range(10)]
    for place in places:
        place.types("/login thief correct horse")
    pupils = [chat.person(f"pupil{n}", "9.9.9.9") for n in range(40)]
    passwords.late = True
    for place in places:
        place.types(*['/passwd "correct horse" another-horse'] * 5)
    for n, pupil in enumerate(pupils):
        pupil.reads()
        pupil.types(f"/register password {n}")
    busy = [pupil.reads() for pupil in pupils]
    told = [line for place in places for line in place.reads()]

    assert busy == [[]] * 40
    assert any(line.startswith("! Many are logging in") for line in told)


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


@pytest.mark.parametrize("name", ["sеrver", "SERVЕR", "ｃｏｎｓｏｌｅ", "systern"])
def test_nobody_looks_like_the_server(chat: ChatInMemory, name: str) -> None:
    somebody = chat.person()
    somebody.types(name)

    assert somebody.reads()[0].startswith("! That name looks like ")


@pytest.mark.parametrize(
    ("span", "until"), [("2h", " for 2h more"), ("2시간", " for 2h more"), ("2ชั่วโมง", " for 2h more"), ("", "")]
)
def test_who_bans_is_told_for_how_long(chat: ChatInMemory, span: str, until: str) -> None:
    """So that a span which was taken for the reason is seen."""
    console = chat.console()
    console.types(f"/ban ghost {span}")
    assert console.reads() == [f"* ghost is banned{until}. /unban ghost undoes it."]


def test_being_an_administrator_is_kept_with_the_account(chat: ChatInMemory) -> None:
    console = chat.console()
    console.types("/grant oscar admin")
    assert console.reads() == ["* oscar is an administrator now."]

    oscar = chat.person()
    oscar.types("/login oscar correct horse", "/whoami")
    assert "* You are an administrator of this server." in oscar.reads()


@pytest.mark.parametrize("order", ["grant", "revoke"])
def test_who_is_neither_registered_nor_here_is_said_to_be_neither(chat: ChatInMemory, order: str) -> None:
    """`/who lists who is` was no help: whoever is registered need not be here."""
    console = chat.console()
    console.types(f"/{order} ghost")
    assert console.reads() == ["! ghost is not registered, and is not here."]


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


# --- what no longer holds lets nobody stay ---------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/passwd another-password", "! Usage: /passwd"),
        ("/passwd wrong-one another-password", "! The name or the password is wrong."),
        ("/passwd chat_token another-password", "! The name or the password is wrong."),
        ('/passwd "correct horse" short', "! A password has 8"),
        ("/passwd correct horse another password", "! Usage: /passwd"),
    ],
)
def test_who_does_not_know_the_old_password_changes_nothing(chat: ChatInMemory, line: str, why: str) -> None:
    thief, owner = chat.person(), chat.person()
    thief.types("/login oscar chat_token", line)
    owner.types("/login oscar correct horse")

    assert thief.reads()[-1].startswith(why)
    assert owner.reads()[0].startswith("* Hello, oscar.")


@pytest.mark.parametrize("old", ['"correct horse"', "'correct horse'", "\u201ccorrect horse\u201d"])
@pytest.mark.parametrize("new", ["five-loud-pears", '"five loud pears"', '"five-loud-pears'])
def test_a_password_is_changed_by_the_old_and_the_new_one(chat: ChatInMemory, old: str, new: str) -> None:
    oscar, again = chat.person(), chat.person()
    oscar.types("/login oscar correct horse", f"/passwd {old} {new}")
    bare = new.strip('"') if new.endswith('"') else new
    again.types(f"/login oscar {bare}")

    assert "* Your password has been changed." in oscar.reads()
    assert again.reads()[0].startswith("* Hello, oscar.")
    assert not oscar.wire.closed


WAYS = {"password": "correct horse", "cut off": "correct horse", "token": "chat_token", "token, cut off": "chat_token"}


def places(chat: ChatInMemory) -> dict[str, tuple[Program, str]]:
    """Oscar by each of the ways, some of whose connections are gone; and what each may come back by."""
    found = {}
    for name, passcode in WAYS.items():
        program = chat.program()
        program.sends("CONNECT", {"accept-version": "1.2", "login": "oscar", "passcode": passcode})
        found[name] = (program, program.reads()[0].headers["resume"])
        program.sends("SUBSCRIBE", {"id": "me", "destination": "/me"})
        if name.endswith("cut off"):
            program.wire.cut()
    return found


def remaining(chat: ChatInMemory, found: dict[str, tuple[Program, str]]) -> set[str]:
    """The ways of those who are still here, or may come back."""
    left = set()
    for name, (program, secret) in found.items():
        program.reads()
        again = chat.program()
        again.sends("CONNECT", {"accept-version": "1.2", "login": "oscar", "resume": secret})
        if again.reads()[0].command == "CONNECTED":
            left.add(name)
    return left


@pytest.mark.parametrize(
    ("who", "line", "left"),
    [
        ("console", "/reset oscar", {"token", "token, cut off"}),
        ("oscar", '/passwd "correct horse" five-loud-pears', {"token", "token, cut off"}),
        ("oscar", "/token revoke laptop", {"password", "cut off"}),
        ("oscar", "/nick other", {"password", "cut off", "token", "token, cut off"}),
        ("oscar", "/token new phone", {"password", "cut off", "token", "token, cut off"}),
    ],
)
def test_what_was_changed_or_revoked_lets_nobody_stay_or_come_back(
    chat: ChatInMemory, who: str, line: str, left: set[str]
) -> None:
    """What came in by something else stays: tokens outlive a change of the password, and say so."""
    found = places(chat)
    if who == "console":
        chat.console().types(line)
    else:
        oscar = chat.person()
        oscar.types("/login oscar correct horse", line)
        assert not oscar.wire.closed
    chat.settle()

    assert remaining(chat, found) == left


@pytest.mark.parametrize("line", ["/token revoke laptop", '/passwd "correct horse" five-loud-pears'])
def test_who_is_let_go_is_told_why(chat: ChatInMemory, line: str) -> None:
    passcode = "chat_token" if "token" in line else "correct horse"
    other, oscar = chat.person(), chat.person()
    other.types(f"/login oscar {passcode}")
    oscar.types("/login oscar correct horse", line)

    assert other.reads()[-1].startswith("! Your password was changed, or your token was revoked.")
    assert other.wire.closed


def test_a_password_that_is_changed_while_it_is_looked_at_lets_nobody_in() -> None:
    passwords = SlowPasswords()
    chat = ChatInMemory(passwords=passwords)
    oscar, late, within, by_stomp = chat.person("oscar"), chat.person(), chat.person("guest"), chat.program()
    oscar.types("/register correct horse")
    late.types("/login oscar correct horse")
    within.types("/login oscar correct horse")
    by_stomp.sends("CONNECT", {"accept-version": "1.2", "login": "oscar", "passcode": "correct horse"})
    account = chat.factory.chat.accounts.get("oscar")
    assert account
    chat.factory.chat.accounts.add(replace(account, secret="hash of five pears"))
    passwords.look()
    chat.settle()

    assert late.reads()[-1] == within.reads()[-1] == "! The name or the password is wrong."
    assert by_stomp.reads()[0].headers["message"] == "wrong-passcode"
