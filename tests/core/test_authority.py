"""Who may not, cannot: each order tried by an operator of another room, each way of speaking by somebody muted."""

from __future__ import annotations

import pytest

from chatproto.core.commands.past import TakeBack
from chatproto.core.commands.talk import SayOutside
from chatproto.core.declare import SERVER_WIDE, Rank, Spec
from chatproto.core.events import Acted, Announced, Corrected, Deleted, Reason, Refusal, Said, Topic
from chatproto.core.members import Member
from chatproto.core.parse import STANDARD
from tests.core.talkers import Table, filled

# What else an order needs. An order that is not here fails its test: write what it needs.
NEEDS = {
    "kick": "bob",
    "ban": "bob",
    "unban": "eve",
    "bans": "",
    "mute": "bob",
    "unmute": "cho",
    "op": "bob",
    "deop": "ann",
    "announce": "hi",
    "set": "limit 5",
}
ORDERS = [spec for spec in STANDARD.specs if spec.rank is Rank.OPERATOR]
OF_THE_ADMINISTRATOR = {"grant": "bob", "revoke": "ann", "shutdown": "", "reset": "bob", "settings": ""}


class Rooms(Table):
    """Ann runs #dev, where bob and cho, who is muted, are; eve is banned there. Oscar runs #own."""

    def __init__(self) -> None:
        super().__init__()
        self.ann = self.person("ann", "dev", address="192.0.2.1")
        self.bob = self.person("bob", "dev", address="192.0.2.2")
        self.cho = self.person("cho", "dev", address="192.0.2.3")
        self.oscar = self.person("oscar", "own", address="192.0.2.4")
        self.do(self.ann, "/mute cho")
        self.do(self.ann, "/ban eve")

    def state(self) -> object:
        room = self.chat.rooms["#dev"]
        return (
            sorted(who.name for who in room.people),
            sorted(who.name for who in room.operators),
            dict(room.bans),
            dict(room.mutes),
            (room.topic, room.limit, room.hushed, room.private, room.keep),
        )


def order(spec: Spec, room: str) -> str:
    return f"/{spec.word} {room} {NEEDS[spec.word]}".rstrip().replace("  ", " ")


# Where the operator of #own is, and how they name #dev.
POSTURES = {
    "outside": ([], "#dev"),
    "in it, and naming it": (["/join dev", "/join own"], "#dev"),
    "in it, and not naming it": (["/join dev"], ""),
}


@pytest.mark.parametrize("spec", ORDERS, ids=lambda spec: spec.word)
@pytest.mark.parametrize("posture", POSTURES)
def test_an_operator_of_another_room_gives_no_order(spec: Spec, posture: str) -> None:
    rooms, (lines, room) = Rooms(), POSTURES[posture]
    for line in lines:
        rooms.do(rooms.oscar, line)
    before = rooms.state()
    assert rooms.refused(rooms.oscar, order(spec, room)) is Reason.NOT_ALLOWED
    assert rooms.state() == before


@pytest.mark.parametrize("spec", ORDERS, ids=lambda spec: spec.word)
def test_the_operator_of_the_room_gives_each_order(spec: Spec) -> None:
    rooms = Rooms()
    rooms.do(rooms.ann, order(spec, "#dev"))


@pytest.mark.parametrize("word", ["kick", "ban", "unban", "bans", "announce"])
def test_an_operator_of_a_room_gives_no_order_to_the_server(word: str) -> None:
    rooms = Rooms()
    spec = STANDARD.known(word)
    assert rooms.refused(rooms.ann, order(spec, SERVER_WIDE)) is Reason.NOT_ALLOWED
    assert (dict(rooms.chat.bans), "bob" in rooms.chat.people) == ({}, True)


def test_every_order_of_an_administrator_is_tried() -> None:
    assert {spec.word for spec in STANDARD.specs if spec.rank is Rank.ADMIN} == set(OF_THE_ADMINISTRATOR)


@pytest.mark.parametrize(("word", "rest"), OF_THE_ADMINISTRATOR.items())
def test_an_operator_of_a_room_is_no_administrator(word: str, rest: str) -> None:
    rooms = Rooms()
    assert rooms.refused(rooms.ann, f"/{word} {rest}".rstrip()) is Reason.NOT_ALLOWED


@pytest.mark.parametrize(("who", "runs"), [("ann", True), ("oscar", False), ("bob", False)])
def test_a_message_of_somebody_else_is_taken_back_by_an_operator_of_its_room_alone(who: str, *, runs: bool) -> None:
    rooms = Rooms()
    rooms.do(rooms.oscar, "/join dev")
    (me,) = rooms.chat.people[who].places.values()
    wish = rooms.do(me, "/delete #dev 7")[0].event
    then = getattr(wish, "then", None)
    assert isinstance(then, TakeBack)
    if runs:
        assert any(d.event == Deleted(who, 7) for d in rooms.chat.do(me, then, 0.0))
    else:
        with pytest.raises(Refusal):
            rooms.chat.do(me, then, 0.0)


# --- who may not speak ----------------------------------------------------------------------------

TALK = (Said, Acted, Announced, Corrected, Topic)
SPEAKING = ["hi", "/say hi", "/say #dev hi", "/me waves", "/me #dev waves", "/correct hi", "/correct #dev hi"]
SPEAKING += ["/topic hi", "/topic #dev hi", "/announce hi", "/announce #dev hi", "//hi"]
NOT_SPEAKING = [
    "/away hi",
    "/nick carl",
    "/topic",
    "/who",
    "/history",
    "/msg ann hi",
    "/invite",
    "/whoami",
    "/bell off",
]


def muted(rooms: Rooms, *, operator: bool) -> Member:
    rooms.do(rooms.cho, "/whoami")
    rooms.cho.said["#dev"] = 1
    if operator:
        rooms.do(rooms.ann, "/op cho")
    return rooms.cho


@pytest.mark.parametrize("line", SPEAKING)
@pytest.mark.parametrize("operator", [False, True])
def test_nobody_speaks_who_is_muted(line: str, *, operator: bool) -> None:
    rooms = Rooms()
    me = muted(rooms, operator=operator)
    expected = Reason.NOT_ALLOWED if "/announce" in line and not operator else Reason.MUTED
    assert rooms.refused(me, line) is expected


def test_nobody_speaks_from_outside_who_is_muted() -> None:
    rooms = Rooms()
    rooms.do(rooms.cho, "/leave #dev")
    with pytest.raises(Refusal) as no:
        rooms.chat.do(rooms.cho, SayOutside(room="#dev", text="hi"), 0.0)
    assert no.value.reason is Reason.MUTED


@pytest.mark.parametrize("line", NOT_SPEAKING)
def test_what_else_somebody_muted_does_says_nothing_in_the_room(line: str) -> None:
    rooms = Rooms()
    told = rooms.do(muted(rooms, operator=False), line)
    assert not [d for d in told if d.to == "#dev" and isinstance(d.event, TALK)]


def test_every_command_with_a_text_is_tried_by_somebody_muted() -> None:
    tried = {line.split()[0].removeprefix("/") for line in (*SPEAKING, *NOT_SPEAKING)}
    silent = {"kick", "ban", "mute", "shutdown"}  # orders, which somebody who is muted may still give
    silent |= {"reply", "search", "register", "login", "passwd"}  # not said to a room
    texts = {spec.word for spec in STANDARD.specs if any(f.name in {"text", "why"} for f in spec.fields)}
    assert texts - tried - silent == set()


# --- where an order of an administrator acts ------------------------------------------------------


@pytest.mark.parametrize("word", ["강퇴", "kick"])
@pytest.mark.parametrize("scope", [SERVER_WIDE, "--서버", "--เซิร์ฟเวอร์", "--SERVER"])
def test_an_administrator_in_a_room_asks_for_the_server_by_a_word(word: str, scope: str) -> None:
    rooms = Rooms()
    boss = rooms.person("boss", "dev", admin=True)
    rooms.do(boss, f"/{word} bob")
    assert list(rooms.bob.rooms) == ["#lobby"]
    rooms.do(boss, f"/{word} {scope} bob")
    assert "bob" not in rooms.chat.people


def test_an_administrator_in_a_room_bans_from_it_and_tells_it() -> None:
    rooms = Rooms()
    boss = rooms.person("boss", "dev", admin=True)
    rooms.do(boss, "/ban bob")
    assert ("bob" in rooms.chat.rooms["#dev"].bans, dict(rooms.chat.bans)) == (True, {})
    rooms.do(boss, "/bans")
    assert rooms.answers(boss) == ["eve is banned by ann", "bob is banned by boss", "cho is muted by ann"]
    rooms.do(boss, "/unban bob")
    rooms.do(boss, "/announce hi")
    assert (len(rooms.to("#dev")), rooms.to(rooms.bob)) == (1, [])
    rooms.do(boss, "/ban --server bob")
    assert (list(rooms.chat.bans), "bob" in rooms.chat.people) == (["bob"], False)
    rooms.do(boss, "/unban --server bob")
    assert rooms.chat.bans == {}


@pytest.mark.parametrize("at_the_console", [True, False])
def test_an_administrator_in_no_room_means_the_server(*, at_the_console: bool) -> None:
    rooms = Rooms()
    boss = rooms.console() if at_the_console else rooms.person("boss", admin=True)
    if not at_the_console:
        rooms.do(boss, "/leave")
    rooms.do(boss, "/kick bob")
    assert "bob" not in rooms.chat.people
    rooms.do(boss, "/kick #dev cho")
    assert list(rooms.cho.rooms) == ["#lobby"]


@pytest.mark.parametrize("nickname", ["olga", "nick"])
def test_an_account_is_made_an_administrator_and_deposed_by_its_nickname_too(nickname: str) -> None:
    rooms = Away()
    console, olga = rooms.console(), rooms.chat.enter("olga", 0.0, proved=True)[0]
    if nickname != "olga":
        rooms.do(olga, f"/nick {nickname}")
    for order, admin in ((f"/grant {nickname}", True), (f"/revoke {nickname}", False)):
        rooms.do(console, order)
        account = rooms.chat.accounts.get("olga")
        assert (olga.admin, account and account.admin) == (admin, admin)


@pytest.mark.parametrize("order", ["/mute olga", "/mute OLGA 1m", "/ban olga"])
def test_an_operator_uses_no_force_on_an_administrator_who_is_away(order: str) -> None:
    rooms = Away()
    rooms.do(rooms.console(), "/grant olga")
    assert rooms.refused(rooms.ann, order) is Reason.NOT_ALLOWED
    boss = rooms.person("boss", "dev", admin=True)
    rooms.do(boss, order)


# --- people who are away --------------------------------------------------------------------------


class Away(Rooms):
    """Olga, registered, runs #dev too, and is away."""

    def __init__(self) -> None:
        super().__init__()
        self.chat.learn("account olga", '{"name": "Olga", "secret": "s", "admin": false, "tokens": {}}')
        self.chat.rooms["#dev"].owners.add("olga")


@pytest.mark.parametrize("by", ["ann", "console"])
def test_an_operator_who_is_away_is_deposed_and_made_again(by: str) -> None:
    rooms = Away()
    me = rooms.ann if by == "ann" else rooms.console()
    rooms.do(me, "/deop #dev olga")
    assert rooms.chat.rooms["#dev"].owners == set()
    assert rooms.refused(me, "/deop #dev olga") is Reason.NO_SUCH_USER
    rooms.do(me, "/op #dev OLGA")
    assert rooms.chat.rooms["#dev"].owners == {"olga"}
    olga = rooms.chat.enter("olga", 0.0, proved=True)[0]
    rooms.do(olga, "/join dev")
    assert rooms.chat.rank(olga.who, rooms.chat.rooms["#dev"]) is Rank.OPERATOR


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/mute #dev olga", "#dev: server muted Olga"),
        ("/unmute #dev olga", "Nobody of that name is muted in #dev. /bans #dev lists who is."),
        ("/kick #dev olga", "There is no olga here. /who lists who is."),
        ("/kick #dev oscar", "oscar is not in #dev."),
        ("/kick olga", "There is no olga here. /who lists who is."),
        ("/mute #dev ghost", "There is no ghost here. /who lists who is."),
        ("/op #dev ghost", "There is no ghost here. /who lists who is."),
        ("/op #dev oscar", "oscar is not in #dev. Only a registered name can be an operator while away."),
        ("/deop #dev ghost", "There is no ghost here. /who lists who is."),
        ("/deop #dev oscar", "oscar is not an operator of #dev. /who #dev lists who runs it."),
    ],
)
def test_an_order_about_somebody_who_is_away_is_answered_clearly(line: str, told: str) -> None:
    rooms = Away()
    console = rooms.console()
    try:
        rooms.do(console, line)
        answer = rooms.answers(console)[0]
    except Refusal as no:
        answer = filled(no.sentence)
    assert answer == told
