"""What could not be kept was not done: nobody has seen it, its sender is refused, and the state is what it was."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from chatproto.core import facts
from chatproto.core.chat import Chat
from chatproto.core.events import Delivery, Reason
from chatproto.journal.memory import MemoryJournal
from chatproto.testing import ChatInMemory, Program
from tests.test_accounts import PlainPasswords

REFUSED = "! This could not be kept, and nobody has seen it. Send it again later."


class SmallDisk(MemoryJournal):
    """A journal whose disk may be full."""

    full = False

    def append(self, batch: Sequence[Delivery]) -> None:
        if self.full and any(d.event.kept and isinstance(d.to, str) for d in batch):
            self.failed(batch, Reason.DISK_FULL)
        else:
            super().append(batch)


class Small:
    """A chat on a small disk: oscar runs #dev, of which jinny is a member too; both are registered. bob is a guest."""

    def __init__(self) -> None:
        self.disk = SmallDisk()
        self.chat = ChatInMemory(journal=self.disk, passwords=PlainPasswords())
        self.chat.factory.chat.claim_code = "c0de"
        self.people = {name: self.chat.person(name) for name in ("oscar", "jinny", "bob")}
        for name, lines in STORY.items():
            for line in lines:
                self.people[name].types(line)
        self.read()

    def read(self) -> dict[str, list[str]]:
        return {name: person.reads() for name, person in self.people.items()}

    @property
    def state(self) -> dict[str, Any]:
        return snapshot(self.chat.factory.chat)


STORY = {
    "oscar": (
        "/register correct horse",
        "/token new old",
        "/join dev",
        "/topic fish",
        "/msg bob hi",
        "/set keep 100",
    ),
    "jinny": ("/register correct horse", "/join dev", "one thing"),
    "bob": ("/join dev",),
}


def snapshot(chat: Chat) -> dict[str, Any]:
    """All that is kept, and what goes with it."""
    return {
        "rooms": {
            r.name: (facts.of_room(r), [who.name for who in r.operators], list(r.members)) for r in chat.rooms.values()
        },
        "bans": facts.of_server(chat.bans),
        "accounts": {name: chat.accounts.get(name) for name in ("oscar", "jinny", "bob", "carl")},
        "members": [
            (m.name, m.account, m.admin, list(m.rooms), dict(m.said), m.who.whisperer) for m in chat.by_id.values()
        ],
        "waiting": {account: keys for account, keys in chat.waiting.items() if keys},
        "places": {key: place for key, place in chat._places.items() if place},
        "remembered": {key: value for key, value in chat._remembered.items() if value},
        "claim": chat.claim_code,
        "uncommitted": dict(chat._uncommitted),
    }


ORDERS = [
    ("oscar", "/topic bread"),
    ("oscar", "/set limit 2"),
    ("oscar", "/set hush 1"),
    ("oscar", "/set keep 7"),
    ("oscar", "/ban bob 10m spam"),
    ("oscar", "/mute jinny"),
    ("oscar", "/op jinny"),
    ("oscar", "/deop oscar"),
    ("oscar", '/passwd "correct horse" "better horse"'),
    ("oscar", "/token new laptop"),
    ("oscar", "/token revoke old"),
    ("oscar", "/claim c0de"),
    ("bob", "/register a third horse"),
    ("jinny", "/delete"),
    ("jinny", "/correct another thing"),
    ("jinny", "said"),
    ("jinny", "/me does"),
    ("jinny", "/msg oscar psst"),
]


@pytest.mark.parametrize(("who", "order"), ORDERS)
def test_what_could_not_be_kept_leaves_no_trace_and_can_be_done_again(who: str, order: str) -> None:
    small = Small()
    before = small.state
    small.disk.full = True
    small.people[who].types(order)
    assert small.read() == {"oscar": [], "jinny": [], "bob": []} | {who: [REFUSED]}
    assert small.state == before

    small.disk.full = False
    small.people[who].types(order)
    heard = small.read()
    assert REFUSED not in heard[who]
    assert [line for lines in heard.values() for line in lines]


@pytest.mark.parametrize(
    ("first", "order"),
    [
        ("/ban bob", "/unban bob"),
        ("/ban jinny", "/unban jinny"),
        ("/ban #dev bob", "/unban #dev bob"),
        ("/mute #dev bob", "/unmute #dev bob"),
        ("/grant oscar", "/revoke oscar"),
        ("/who #dev", "/grant oscar"),
        ("/who #dev", "/ban jinny"),
        ("/who #dev", "/ban #dev 127.0.0.1"),
        ("/who #dev", "/delete #dev 2"),
        ("/who #dev", "/topic #dev lunch"),
    ],
)
def test_nor_does_what_the_console_orders(first: str, order: str) -> None:
    small = Small()
    console = small.chat.console()
    console.types(first)
    console.reads()
    small.read()
    before = small.state
    small.disk.full = True
    console.types(order)
    assert (console.reads(), small.read()) == ([REFUSED], {"oscar": [], "jinny": [], "bob": []})
    assert small.state == before

    small.disk.full = False
    console.types(order)
    assert REFUSED not in console.reads()
    assert small.state != before


def test_what_could_not_be_announced_is_not_said_to_be_done() -> None:
    small = Small()
    console = small.chat.console()
    small.disk.full = True
    console.types("/announce #dev lunch")
    assert console.reads() == [REFUSED]


def test_several_things_that_fail_at_once_are_all_undone() -> None:
    small = Small()
    before = small.state
    small.disk.full = True
    small.people["oscar"].types("/topic bread", "/ban 10.1.1.1", "/op jinny", "/topic wine", "/token new laptop")
    assert small.people["oscar"].reads() == [REFUSED] * 5
    assert small.state == before


def test_a_word_that_was_left_for_somebody_waits_only_if_it_is_kept() -> None:
    small = Small()
    small.people["jinny"].types("/quit")
    before = small.state
    small.disk.full = True
    small.people["oscar"].types("/msg jinny lunch?")
    assert (small.people["oscar"].reads()[-1], small.state) == (REFUSED, before)


def test_words_that_cannot_be_forgotten_are_told_again_and_not_lost() -> None:
    small = Small()
    small.people["jinny"].types("/quit")
    for n in range(12):
        small.people["oscar"].types(f"/msg jinny word {n}")
    words = [f"-oscar- word {n}" for n in range(12)]
    small.disk.full = True
    for full in (True, False):
        small.disk.full = full
        jinny = small.chat.person()
        jinny.types("/login jinny correct horse")
        assert [line.removeprefix("\a") for line in jinny.reads() if "oscar- " in line] == words
        jinny.types("/quit")
    assert snapshot(small.chat.factory.chat)["waiting"] == {}


def test_a_room_is_made_though_its_owner_cannot_be_kept_and_is_its_owners_with_the_next_order() -> None:
    small = Small()
    small.disk.full = True
    oscar = small.people["oscar"]
    oscar.types("/join new")
    assert [line[:11] for line in oscar.reads()] == ["* You are i"]
    small.disk.full = False
    oscar.types("/topic now")
    assert "owner #new oscar" in small.state["remembered"]["#new"]


@pytest.mark.parametrize("order", ["/topic #dev bread", "/ban bob", "/token new laptop", "/set #dev limit 9"])
def test_a_program_gets_one_refusal_with_its_receipt_and_no_receipt(order: str) -> None:
    small = Small()
    program = the_program_of_oscar(small)
    small.disk.full = True
    program.sends("SEND", {"destination": "/command", "receipt": "r1"}, order)
    told = [(f.command, f.headers.get("reason"), f.headers.get("receipt-id")) for f in program.reads()]
    assert told == [("MESSAGE", "disk-full", "r1")]

    small.disk.full = False
    program.sends("SEND", {"destination": "/command", "receipt": "r2"}, order)
    assert [f.headers["receipt-id"] for f in program.reads() if f.command == "RECEIPT"] == ["r2"]


def test_an_invitation_that_could_not_be_used_up_is_refused_and_gives_no_receipt() -> None:
    small = Small()
    oscar = small.people["oscar"]
    oscar.types("/join secret", "/set private on", "/invite --once")
    (token,) = re.findall(r"/join #?secret (\S+)", "\n".join(oscar.reads()))
    guest = small.chat.program("guest")
    told = []
    for small.disk.full in (True, False):
        asked = {"id": "1", "destination": "/room/secret", "receipt": "r", "invitation": token}
        guest.sends("SUBSCRIBE", asked)
        told.append([f.headers.get("reason", f.command) for f in guest.reads() if "receipt-id" in f.headers])
    assert told == [["disk-full"], ["RECEIPT"]]


def the_program_of_oscar(small: Small) -> Program:
    """Oscar comes by a program from now on."""
    program = small.chat.program()
    program.sends("CONNECT", {"accept-version": "1.2", "login": "oscar", "passcode": "correct horse"})
    program.sends("SUBSCRIBE", {"id": "me", "destination": "/me"})
    program.sends("SUBSCRIBE", {"id": "dev", "destination": "/room/dev"})
    program.reads()
    return program


def test_who_is_banned_is_put_out_though_the_operator_has_gone_meanwhile() -> None:
    small = Small()
    oscar, bob = small.people["oscar"], small.people["bob"]
    oscar.types("/ban bob spam", "/quit")
    assert any("put you out: spam" in line for line in bob.reads())
    (place,) = small.chat.factory.chat.people["bob"].places.values()
    assert list(place.rooms) == ["#lobby"]


def test_a_direct_message_that_could_not_wait_is_not_taken_for_sent_when_it_comes_again() -> None:
    small = Small()
    small.people["jinny"].types("/quit")
    bot = small.chat.program("bot")
    sent = {"destination": "/user/jinny", "idempotency-key": "k"}
    small.disk.full = True
    bot.sends("SEND", sent, "hi")
    small.disk.full = False
    bot.sends("SEND", sent, "hi")
    assert [f.headers.get("reason", f.body.decode()) for f in bot.reads()] == [
        "disk-full",
        "jinny is not here and will read it on coming back.",
    ]
