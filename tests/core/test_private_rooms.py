"""A private room is not there for somebody who may not come in: the same words as for a room that never was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatproto.core.commands.account import LoggedIn, Registered
from chatproto.core.commands.rooms import Invited, Join
from chatproto.core.commands.talk import SayOutside
from chatproto.core.declare import AnyRoom, Spec
from chatproto.core.events import Answer, Entered, Refusal
from chatproto.core.members import Member
from chatproto.core.parse import STANDARD
from tests.core.talkers import Table, filled, kept

PRIVATE, EMPTY, NOWHERE = "#board", "#vault", "#attic"  # names of one length
# What else a command needs that names a room. A command that is not here fails its test: write what it needs.
NEEDS = {
    "say": "hi",
    "me": "waves",
    "history": "",
    "since": "1h",
    "delete": "1",
    "correct": "hi",
    "invite": "",
    "leave": "",
    "who": "",
    "topic": "",
    "set": "private off",
    "kick": "jinny",
    "ban": "jinny",
    "unban": "jinny",
    "bans": "",
    "mute": "jinny",
    "unmute": "jinny",
    "op": "jinny",
    "deop": "jinny",
    "announce": "hi",
}
NAMING = [spec for spec in STANDARD.specs if any(isinstance(f.argument, AnyRoom) for f in spec.fields)]
ASKING = [spec for spec in NAMING if spec.word != "join"]  # which makes a room that is not there: see below
MORE = [
    "/search lunch in:{room}",
    "/topic {room} lunch",
    "/delete {room}",
    "/invite {room} --once",
    "/history {room} 5 9",
]


class Board(Table):
    """Jinny, registered, runs #board, which is private and has talk, and #vault, which nobody is in."""

    def __init__(self) -> None:
        super().__init__()
        self.chat.has_log = lambda room: room in {PRIVATE, EMPTY}
        self.jinny = self.comes("jinny", "192.0.2.1")
        self.do_internal(self.jinny, Registered(name="jinny", secret="s"))
        for room in (EMPTY, PRIVATE):
            self.do(self.jinny, f"/join {room}")
            self.do(self.jinny, "/set private on")
            self.do(self.jinny, "/topic secret")
        self.do(self.jinny, f"/leave {EMPTY}")
        assert EMPTY not in self.chat.rooms

    def comes(self, name: str, address: str = "192.0.2.9") -> Member:
        return self.chat.enter(name, self.now, address=address)[0]

    def do_internal(self, me: Member, command: object) -> None:
        self.told = list(kept(self.chat, self.chat.do(me, command, self.now)))  # type: ignore[arg-type]

    def heard(self, me: Member, act: Callable[[], object]) -> object:
        """Whatever somebody can tell by, of what an act answers."""
        try:
            act()
        except Refusal as no:
            return no.reason, filled(no.sentence)
        return [
            (d.event.kind, [filled(line) for line in d.event.lines], dict(d.event.facts))
            if isinstance(d.event, Answer)
            else type(d.event).__name__
            for d in self.told
            if d.to == me.id
        ]

    def asked(self, me: Member, line: str, room: str) -> str:
        return repr(self.heard(me, lambda: self.do(me, line.format(room=room)))).replace(room, NOWHERE)


def a_guest(board: Board) -> Member:
    me = board.comes("gina")
    board.do(me, "/join open")
    return me


def an_owner(board: Board) -> Member:
    me = a_guest(board)
    board.do_internal(me, Registered(name="gina", secret="s"))
    return me


def a_guest_without_a_room(board: Board) -> Member:
    return board.comes("gina")


def somebody_put_out(board: Board) -> Member:
    me = a_guest(board)
    board.do_internal(board.jinny, Invited(room=PRIVATE, token="t"))
    board.do(me, f"/join {PRIVATE} t")
    board.do(board.jinny, "/kick gina")
    return me


def somebody_banned_and_muted(board: Board) -> Member:
    me = an_owner(board)
    for room in (PRIVATE, EMPTY):
        board.do(board.jinny, f"/join {room}")
        board.do(board.jinny, "/ban gina")
        board.do(board.jinny, "/mute gina")
    board.do(board.jinny, f"/leave {EMPTY}")
    return me


def somebody_admitted_and_banned(board: Board) -> Member:
    me = an_owner(board)
    for room in (PRIVATE, EMPTY):
        board.do(board.jinny, f"/join {room}")
        board.do_internal(board.jinny, Invited(room=room, token="t"))
        board.do(me, f"/join {room} t")
        board.do(board.jinny, "/ban gina")
    board.do(board.jinny, f"/leave {EMPTY}")
    return me


OUTSIDERS = [
    a_guest,
    an_owner,
    a_guest_without_a_room,
    somebody_put_out,
    somebody_banned_and_muted,
    somebody_admitted_and_banned,
]
EVERY_OUTSIDER = pytest.mark.parametrize("outsider", OUTSIDERS, ids=lambda made: made.__name__)


@EVERY_OUTSIDER
@pytest.mark.parametrize("spec", ASKING, ids=lambda spec: spec.word)
def test_a_command_answers_as_for_a_room_that_is_not_there(spec: Spec, outsider: Callable[[Board], Member]) -> None:
    board = Board()
    me, line = outsider(board), f"/{spec.word} {{room}} {NEEDS[spec.word]}".rstrip()
    assert board.asked(me, line, PRIVATE) == board.asked(me, line, NOWHERE) == board.asked(me, line, EMPTY)


@EVERY_OUTSIDER
@pytest.mark.parametrize("line", MORE)
def test_its_other_forms_do_so_too(line: str, outsider: Callable[[Board], Member]) -> None:
    board = Board()
    me = outsider(board)
    assert board.asked(me, line, PRIVATE) == board.asked(me, line, NOWHERE) == board.asked(me, line, EMPTY)


@EVERY_OUTSIDER
def test_no_list_shows_it(outsider: Callable[[Board], Member]) -> None:
    board = Board()
    me = outsider(board)
    for line in ("/rooms", "/whoami", "/help", "/search secret"):
        assert "board" not in str(board.heard(me, lambda line=line: board.do(me, line)))  # type: ignore[misc]


@EVERY_OUTSIDER
def test_a_wrong_invitation_is_answered_as_for_a_room_that_is_not_there(outsider: Callable[[Board], Member]) -> None:
    board = Board()
    me = outsider(board)
    heard = {board.asked(me, "/join {room} wrong", room) for room in (PRIVATE, EMPTY, NOWHERE)}
    assert len(heard) == 1
    assert NOWHERE not in board.chat.rooms


def ways_in(board: Board, me: Member, room: str) -> list[Callable[[], object]]:
    return [
        lambda: board.do(me, f"/join {room}"),
        lambda: board.chat.do(me, Join(room=room), 0.0),
        lambda: board.chat.subscribe(me, room, Entered(after=0), 0.0),
        lambda: board.chat.do(me, SayOutside(room=room, text="hi"), 0.0),
    ]


@pytest.mark.parametrize("outsider", OUTSIDERS[:3] + OUTSIDERS[4:], ids=lambda made: made.__name__)
def test_who_tries_to_make_it_learns_that_the_name_is_taken_and_no_more(outsider: Callable[[Board], Member]) -> None:
    """Whoever is in it or not, and whatever else would keep this person out, by whichever door."""
    answers = set()
    for full in (False, True):
        board = Board()
        me = outsider(board)
        board.do(board.jinny, f"/set {PRIVATE} limit {int(full)}")
        board.do(board.jinny, f"/set {PRIVATE} hush {int(full)}")
        for room in (PRIVATE, EMPTY):
            answers |= {str(board.heard(me, way)).replace(room, NOWHERE) for way in ways_in(board, me, room)}
    assert len(answers) == 1


# --- whom a private room lets in ------------------------------------------------------------------


def renamed_as_somebody_inside(board: Board) -> Member:
    me = a_guest(board)
    board.do(me, "/nick jinna")
    return me


def a_guest_who_was_inside(board: Board) -> Member:
    me = a_guest(board)
    board.do_internal(board.jinny, Invited(room=PRIVATE, token="t"))
    board.do(me, f"/join {PRIVATE} t")
    board.do(me, f"/leave {PRIVATE}")
    return me


def somebody_with_a_used_invitation(board: Board) -> Member:
    a_guest_who_was_inside(board)
    return board.comes("hugo")


def a_new_guest_of_an_old_name(board: Board) -> Member:
    board.chat.leave(a_guest_who_was_inside(board), 0.0, "quit")
    return board.comes("gina")


def somebody_admitted_banned_and_renamed(board: Board) -> Member:
    me = somebody_admitted_and_banned(board)
    board.do(me, "/nick greta")
    return me


def somebody_admitted_banned_and_elsewhere(board: Board) -> Member:
    somebody_admitted_and_banned(board)
    return board.chat.enter("gina", 0.0, address="198.51.100.9", proved=True)[0]


def somebody_of_another_account(board: Board) -> Member:
    an_owner(board)
    me = board.comes("hugo")
    board.do_internal(me, LoggedIn(name="gina", proof="s"))
    return me


def an_owner_who_was_let_in_before_it_was_opened_and_closed_again(board: Board) -> Member:
    me = an_owner(board)
    board.do_internal(board.jinny, Invited(room=PRIVATE, token="t"))
    board.do(me, f"/join {PRIVATE} t")
    board.do(me, f"/leave {PRIVATE}")
    board.do(board.jinny, f"/set {PRIVATE} private off")
    board.do(board.jinny, f"/set {PRIVATE} private on")
    return me


NOT_LET_IN = [
    a_guest,
    an_owner,
    renamed_as_somebody_inside,
    a_guest_who_was_inside,
    somebody_with_a_used_invitation,
    a_new_guest_of_an_old_name,
    somebody_admitted_and_banned,
    somebody_admitted_banned_and_renamed,
    somebody_admitted_banned_and_elsewhere,
    somebody_of_another_account,
    an_owner_who_was_let_in_before_it_was_opened_and_closed_again,
]


@pytest.mark.parametrize("uninvited", NOT_LET_IN, ids=lambda made: made.__name__)
def test_nobody_comes_in_who_may_not(uninvited: Callable[[Board], Member]) -> None:
    board = Board()
    me = uninvited(board)
    ways: list[Callable[[], object]] = [
        *ways_in(board, me, PRIVATE),
        lambda: board.do(me, f"/join {PRIVATE} t"),
        lambda: board.chat.subscribe(me, PRIVATE, Entered(after=0), 0.0, invitation="t"),
        lambda: board.do(me, f"/history {PRIVATE}"),
        lambda: board.do(me, f"/say {PRIVATE} hi"),
    ]
    for way in ways:
        with pytest.raises(Refusal):
            way()
    assert PRIVATE not in me.rooms


@pytest.mark.parametrize("logs_in", [False, True])
def test_a_guest_who_was_let_in_is_let_in_again_as_the_account(*, logs_in: bool) -> None:
    board = Board()
    if logs_in:
        board.chat.leave(an_owner(board), 0.0, "quit")
    me = board.comes("hugo")
    board.do_internal(board.jinny, Invited(room=PRIVATE, token="t"))
    board.do(me, f"/join {PRIVATE} t")
    board.do_internal(me, LoggedIn(name="gina", proof="s") if logs_in else Registered(name="hugo", secret="s"))
    board.do(me, f"/leave {PRIVATE}")
    board.do(me, f"/join {PRIVATE}")
    assert PRIVATE in me.rooms
