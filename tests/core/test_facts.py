"""What is remembered is read as it was written; what no chat wrote harms nobody, of whatever kind it is."""

from __future__ import annotations

import json

import pytest

from chatproto.core import facts
from chatproto.core.accounts import Account
from chatproto.core.chat import Chat
from chatproto.core.events import Delivery, Remembered, Waited
from chatproto.core.members import Invitation, Room
from chatproto.core.sanctions import Sanction, Sanctions, Target
from tests.core.talkers import Table

WHOM = Target(accounts=frozenset({"bob"}), origins=frozenset({"192.0.2.1"}))
BANNED, ONCE = Sanction("oscar", 99.5, "spam", WHOM), Sanction("oscar")
ROOM = Room(
    "#dev",
    topic="회의",
    limit=5,
    hushed=True,
    keep=100,
    owners={"oscar", "ann"},
    private=True,
    admitted={"bob"},
    bans=Sanctions({"bob": BANNED, "192.0.2.0/24": ONCE}),
    mutes=Sanctions({"eve": ONCE}),
)


def test_a_room_is_read_as_it_was_written() -> None:
    found = facts.of_room(ROOM)
    assert sorted(found) == [
        "admitted #dev bob",
        "ban #dev 192.0.2.0/24",
        "ban #dev bob",
        "mute #dev eve",
        "owner #dev ann",
        "owner #dev oscar",
        "room #dev",
    ]
    again = facts.restore(Room("#dev"), found)
    assert facts.of_room(again) == found
    assert again.bans == ROOM.bans


def test_a_room_in_which_nothing_was_set_is_not_remembered() -> None:
    assert facts.of_room(Room("#dev")) == {}


def test_lists_of_an_older_server_are_read_and_written_one_by_one_with_the_next_change() -> None:
    old = {
        "topic": "fish",
        "owners": ["oscar"],
        "admitted": ["bob"],
        "bans": {"eve": ["oscar", 0.0, "spam"]},
        "mutes": {"::ffff:192.0.2.9": ["oscar", 7.5, ""]},
    }
    chat = Chat()
    chat.learn("room #dev", json.dumps(old))
    chat.learn("bans", json.dumps({"mallory": ["oscar", 0.0, ""]}))
    room = chat.as_remembered("#dev")
    assert (room.topic, room.owners, room.admitted) == ("fish", {"oscar"}, {"bob"})
    assert (list(room.bans), list(room.mutes), list(chat.bans)) == (["eve"], ["192.0.2.9"], ["mallory"])
    chat.rooms["#dev"] = room
    told = chat.to_remember(room)
    now = {d.event.key: d.event.value for d in told if isinstance(d.event, Remembered)}
    assert now.pop("bans") == ""
    assert json.loads(now.pop("room #dev")) == {"topic": "fish"}
    assert sorted(now) == [
        "admitted #dev bob",
        "ban #dev eve",
        "ban * mallory",
        "mute #dev 192.0.2.9",
        "owner #dev oscar",
    ]
    assert chat.to_remember(room) == []


def written(told: list[Delivery]) -> int:
    """How much goes to the journal."""
    return sum(len(d.event.key) + len(d.event.value) for d in told if isinstance(d.event, Remembered))


@pytest.mark.parametrize(
    "line", ["/ban eve{n}", "/ban #lobby eve{n}", "/unban eve{n}", "/set #lobby limit {n}"], ids=lambda line: line
)
def test_a_change_writes_what_it_changes_and_not_the_list(line: str) -> None:
    """A thousand bans wrote 147 MB when each wrote all of them."""
    talkers = Table()
    console = talkers.console()
    for n in range(500):
        talkers.do(console, f"/ban eve{n} spam")
        talkers.do(console, f"/ban #lobby eve{n} spam")
    number = 7 if "unban" in line else 999
    assert written(talkers.do(console, line.format(n=number))) < 200


GOOD = {
    "account": Remembered(
        "account bob", '{"name": "Bob", "secret": "x", "admin": false, "tokens": {"a": "b"}, "since": 1.5}'
    ),
    "place": Remembered("place bob #dev", "7"),
    "invitation": facts.of_invitation("#dev", "ab" * 32, Invitation("oscar", 5.0)),
    "waiting": facts.of_waiting("bob", "oscar", "call me\nplease", 1.0, 3),
    "old bans": Remembered("bans", '{"eve": ["oscar", 0.0, ""]}'),
    **{key: Remembered(key, value) for key, value in facts.of_room(ROOM).items()},
    "ban of the server": Remembered("ban * eve", facts.of_server(Sanctions({"eve": BANNED}))["ban * eve"]),
}
SHAPES = [
    "",
    "{",
    "null",
    "7",
    "[]",
    "{}",
    '"x"',
    "[1, 2, 3]",
    '{"topic": 7}',
    '{"name": 7}',
    "[" * 100_000,
    "true",
    "NaN",
]
# Shapes that are all right: nothing is set in a room, or what is not known yet; a place of that number.
FITS = {("room #dev", "{}"), ("room #dev", '{"name": 7}'), ("place", "7"), ("old bans", "{}")}
RIGHTS = ("owner", "admitted")


@pytest.mark.parametrize("fact", GOOD.values(), ids=GOOD)
def test_what_a_chat_wrote_is_understood(fact: Remembered) -> None:
    facts.check(fact.key, fact.value)
    Chat().learn(fact.key, fact.value)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s[:12])
@pytest.mark.parametrize("kind", [k for k in GOOD if not k.startswith(RIGHTS)])
def test_what_no_chat_wrote_is_not_learned(kind: str, shape: str) -> None:
    if (kind, shape) in FITS:
        return
    chat, empty = Chat(), Chat()
    with pytest.raises(ValueError, match=r"."):
        chat.learn(GOOD[kind].key, shape)
    assert (chat._remembered, chat.waiting, chat.bans) == (empty._remembered, empty.waiting, empty.bans)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("room #dev", '{"topic": "\\u001b[2J"}'),
        ("room #dev", '{"limit": -1}'),
        ("room #dev", '{"limit": true}'),
        ("room #dev", '{"bans": {"eve": ["oscar", "soon", ""]}}'),
        ("room #dev", '{"owners": "oscar"}'),
        ("ban #dev eve", '["oscar", 1e999, ""]'),
        ("ban #dev eve", '["oscar", 0, "\\u202eevil"]'),
        ("ban #dev \x1b[2J", '["oscar", 0, ""]'),
        ("ban #dev eve", '["oscar", 0, "", {"strange": ["x"]}]'),
        ("waiting bob 1", '["oscar", "\\ud800", 1]'),
        ("waiting bob x", '["oscar", "hi", 1]'),
        ("waiting bob", '["oscar", "hi", 1]'),
        ("waiting bob 1", '["oscar", "hi"]'),
        ("waiting bob 1", '["oscar", "hi", "now"]'),
        ("asked 1", '[-1, "ab", "cd"]'),
        ("asked 1", '[1, "\\u001b", "cd"]'),
        ("asked 1", '[1, "ab"]'),
        ("asked bob 1", '[1, "ab", "cd"]'),
        ("place bob #dev", "-1"),
        ("place bob", "7"),
        ("account bob", '{"name": "Bob", "secret": "x", "admin": false, "tokens": []}'),
        ("account bob", '{"name": "B\\u001bb", "secret": "x", "admin": false, "tokens": {}}'),
        ("invitation #dev ab", '["oscar", null]'),
        ("owner #dev \x07", "true"),
        ("something else", "1"),
    ],
)
def test_what_would_harm_somebody_is_not_learned(key: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Chat().learn(key, value)


def test_a_misshapen_message_that_waits_does_not_keep_its_reader_out() -> None:
    talkers = Table()
    for key, value in (("waiting bob 1", "[]"), ("waiting bob 2", '["oscar", "hi", 1.0]')):
        try:
            talkers.chat.learn(key, value)
        except ValueError:
            continue
    talkers.chat.accounts.add(Account("bob", "x"))
    _, told = talkers.chat.welcome("bob", 1.0, proved=True)
    assert [d.event.count for d in told if isinstance(d.event, Waited)] == [1]
