"""Bans, mutes and ignoring follow the person: each is tried in every way around it, and hits nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatproto.core.chat import Chat
from chatproto.core.commands.account import LoggedIn, Registered
from chatproto.core.commands.talk import SayOutside
from chatproto.core.events import Delivery, Entered, Reason, Refusal, Remembered
from chatproto.core.members import Member
from chatproto.core.sanctions import MAX_LINKED, MAX_ORIGINS, MAX_SPARED, Sanction, Sanctions, Subject, Target
from tests.core.talkers import Table, kept

HERE, ELSEWHERE, ANNS = "192.0.2.9", "192.0.2.77", "192.0.2.1"
OLD_ACCOUNT = "mallory"  # of the offender, from long before


class Stage(Table):
    """A table where ann runs #dev, and where the offender, mal, is at HERE."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: dict[str, str] = {}
        self.register(self.person("ann", "dev", address=ANNS))
        self.ann = self.chat.by_id[max(self.chat.by_id)]
        self.account(OLD_ACCOUNT)

    def take(self, told: list[Delivery]) -> None:
        self.told = list(kept(self.chat, told))
        self.facts |= {d.event.key: d.event.value for d in self.told if isinstance(d.event, Remembered)}

    def do(self, me: Member, line: str) -> list[Delivery]:
        self.take(self.chat.do(me, self.chat.vocabulary.parse(line), self.now))
        return self.told

    def account(self, name: str) -> None:
        """Somebody registers, at another time and place, and leaves."""
        me = self.person(name, address="198.51.100.4")
        self.register(me)
        self.take(self.chat.leave(me, self.now, "quit"))

    def register(self, me: Member) -> Member:
        self.take(self.chat.do(me, Registered(name=me.name, secret="s"), self.now))
        return me

    def login(self, me: Member, name: str = OLD_ACCOUNT) -> Member:
        account = self.chat.accounts.get(name)
        assert account
        self.take(self.chat.do(me, LoggedIn(name=name, proof=account.secret), self.now))
        return me

    def comes(self, name: str, address: str = HERE, *, proved: bool = False) -> Member:
        """A program comes in; it is in no room yet."""
        me, told = self.chat.enter(name, self.now, address=address, proved=proved)
        self.take(told)
        return me

    def quits(self, me: Member) -> None:
        self.take(self.chat.leave(me, self.now, "quit"))

    def restart(self) -> None:
        """The server starts again, with what was kept."""
        self.chat = Chat(self.chat.settings)
        for key, value in self.facts.items():
            self.chat.learn(key, value)
        self.now += 60
        self.ann = self.comes("ann", ANNS, proved=True)
        self.subscribe(self.ann)

    def subscribe(self, me: Member) -> None:
        self.take(self.chat.subscribe(me, "#dev", Entered(), self.now))

    def is_refused(self, act: Callable[[], object]) -> Reason | None:
        try:
            act()
        except Refusal as no:
            return no.reason
        return None


Way = Callable[[Stage, Member], Member]


def stays(stage: Stage, me: Member) -> Member:
    return me


def renames(stage: Stage, me: Member) -> Member:
    stage.do(me, "/nick zed")
    return me


def renames_twice(stage: Stage, me: Member) -> Member:
    stage.do(me, "/nick yan")
    return renames(stage, me)


def reconnects(stage: Stage, me: Member) -> Member:
    stage.quits(me)
    return stage.comes("MAL")


def reconnects_elsewhere(stage: Stage, me: Member) -> Member:
    stage.quits(me)
    return stage.comes("mal", ELSEWHERE)


def takes_another_guest_name(stage: Stage, me: Member) -> Member:
    stage.quits(me)
    return stage.comes("zed")


def takes_two_guest_names(stage: Stage, me: Member) -> Member:
    return renames_twice(stage, takes_another_guest_name(stage, me))


def comes_a_second_time(stage: Stage, me: Member) -> Member:
    return stage.comes("zed")


def registers(stage: Stage, me: Member) -> Member:
    return stage.register(me)


def renames_and_registers(stage: Stage, me: Member) -> Member:
    return stage.register(renames(stage, me))


def registers_and_comes_from_elsewhere(stage: Stage, me: Member) -> Member:
    stage.quits(renames_and_registers(stage, me))
    return stage.comes("zed", ELSEWHERE, proved=True)


def registers_another_guest_name(stage: Stage, me: Member) -> Member:
    stage.quits(stage.register(takes_another_guest_name(stage, me)))
    return stage.comes("zed", ELSEWHERE, proved=True)


def logs_in(stage: Stage, me: Member) -> Member:
    return stage.login(me)


def renames_and_logs_in(stage: Stage, me: Member) -> Member:
    return stage.login(renames_twice(stage, me))


def logs_in_and_comes_from_elsewhere(stage: Stage, me: Member) -> Member:
    stage.quits(stage.login(me))
    return stage.comes(OLD_ACCOUNT, ELSEWHERE, proved=True)


def logs_in_where_they_are_already(stage: Stage, me: Member) -> Member:
    stage.comes(OLD_ACCOUNT, ELSEWHERE, proved=True)
    return stage.login(me)


def waits_for_a_restart(stage: Stage, me: Member) -> Member:
    stage.restart()
    return stage.comes("mal")


def renames_and_waits_for_a_restart(stage: Stage, me: Member) -> Member:
    renames(stage, me)
    stage.restart()
    return stage.comes("zed")


def takes_a_nickname(stage: Stage, me: Member) -> Member:
    return renames(stage, me)


def comes_at_a_second_device(stage: Stage, me: Member) -> Member:
    return stage.comes("mal", ELSEWHERE, proved=True)


def comes_back_under_a_nickname(stage: Stage, me: Member) -> Member:
    stage.quits(me)
    return renames(stage, stage.comes("mal", ELSEWHERE, proved=True))


def comes_back_as_a_guest(stage: Stage, me: Member) -> Member:
    stage.quits(me)
    return stage.comes("zed")


def registers_a_second_account(stage: Stage, me: Member) -> Member:
    stage.quits(stage.register(comes_back_as_a_guest(stage, me)))
    return stage.comes("zed", ELSEWHERE, proved=True)


def logs_in_to_another_account(stage: Stage, me: Member) -> Member:
    return stage.login(me)


def waits_for_a_restart_as_owner(stage: Stage, me: Member) -> Member:
    stage.restart()
    return stage.comes("mal", ELSEWHERE, proved=True)


AS_A_GUEST: list[Way] = [
    stays,
    renames,
    renames_twice,
    reconnects,
    reconnects_elsewhere,
    takes_another_guest_name,
    takes_two_guest_names,
    comes_a_second_time,
    registers,
    renames_and_registers,
    registers_and_comes_from_elsewhere,
    registers_another_guest_name,
    logs_in,
    renames_and_logs_in,
    logs_in_and_comes_from_elsewhere,
    logs_in_where_they_are_already,
    waits_for_a_restart,
    renames_and_waits_for_a_restart,
]
AS_AN_OWNER: list[Way] = [
    stays,
    takes_a_nickname,
    comes_at_a_second_device,
    comes_back_under_a_nickname,
    comes_back_as_a_guest,
    registers_a_second_account,
    logs_in_to_another_account,
    waits_for_a_restart_as_owner,
]
WAYS = [(registered, way) for registered, ways in ((False, AS_A_GUEST), (True, AS_AN_OWNER)) for way in ways]
EVERY_WAY = pytest.mark.parametrize(
    ("registered", "way"),
    WAYS,
    ids=[f"{'owner' if registered else 'guest'} {way.__name__}" for registered, way in WAYS],
)
OF_SESSIONS = {waits_for_a_restart, renames_and_waits_for_a_restart, waits_for_a_restart_as_owner}


def offender(stage: Stage, *, registered: bool) -> Member:
    me = stage.comes("mal")
    stage.subscribe(me)
    return stage.register(me) if registered else me


def says(stage: Stage, me: Member, line: str) -> Reason | None:
    return stage.is_refused(lambda: stage.do(me, line))


def says_outside(stage: Stage, me: Member) -> Reason | None:
    return stage.is_refused(lambda: stage.chat.do(me, SayOutside(room="#dev", text="hi"), stage.now))


@EVERY_WAY
@pytest.mark.parametrize("by_nickname", [False, True])
def test_a_ban_of_a_room_holds_whatever_they_do(*, registered: bool, way: Way, by_nickname: bool) -> None:
    stage = Stage()
    me = offender(stage, registered=registered)
    if by_nickname:
        stage.do(me, "/nick nick")
    stage.do(stage.ann, f"/ban {me.name} 1h spam")
    assert "#dev" not in me.rooms
    if not by_nickname or registered or way is not reconnects_elsewhere:  # a guest's other name, at another address
        me = way(stage, me)
        assert says(stage, me, "/join dev") is Reason.BANNED
        assert stage.is_refused(lambda: stage.subscribe(me)) is Reason.BANNED
        assert says_outside(stage, me) is Reason.BANNED
        assert "#dev" not in me.rooms


@EVERY_WAY
@pytest.mark.parametrize("inside", [False, True])
def test_a_mute_holds_whatever_they_do(*, registered: bool, way: Way, inside: bool) -> None:
    stage = Stage()
    me = offender(stage, registered=registered)
    if not inside:
        stage.do(me, "/leave #dev")
    stage.do(stage.ann, "/mute mal 1h spam")
    me = way(stage, me)
    if "#dev" not in me.rooms:
        assert says_outside(stage, me) is Reason.MUTED
        stage.subscribe(me)
    for line in ("hi", "/say #dev hi", "/me waves", "/correct hi", "/topic #dev hi"):
        assert says(stage, me, line) is Reason.MUTED, line


WHO_COME_BACK = [
    (registered, way)
    for registered, way in WAYS
    if way
    in {
        reconnects,
        reconnects_elsewhere,
        takes_another_guest_name,
        waits_for_a_restart,
        comes_at_a_second_device,
        comes_back_under_a_nickname,
        comes_back_as_a_guest,
        registers_a_second_account,
        waits_for_a_restart_as_owner,
    }
]


@pytest.mark.parametrize(("registered", "way"), WHO_COME_BACK)
def test_a_ban_from_the_server_holds_however_they_come(*, registered: bool, way: Way) -> None:
    stage = Stage()
    me = offender(stage, registered=registered)
    stage.do(stage.chat.admit_console(0.0, address="local")[0], "/ban mal")
    assert "mal" not in stage.chat.people
    assert stage.is_refused(lambda: way(stage, me)) is Reason.BANNED


def test_who_is_banned_from_the_server_does_not_log_in_from_within() -> None:
    stage = Stage()
    stage.quits(offender(stage, registered=True))
    stage.do(stage.chat.admit_console(0.0, address="local")[0], "/ban mal")
    guest = stage.comes("zed", ELSEWHERE)
    assert stage.is_refused(lambda: stage.login(guest, "mal")) is Reason.BANNED
    assert says(stage, guest, "/nick mal") is Reason.NAME_RESERVED


@EVERY_WAY
def test_who_is_ignored_is_not_heard_whatever_they_do(*, registered: bool, way: Way) -> None:
    if way in OF_SESSIONS:
        pytest.skip("whom one ignores is forgotten with one's session")
    stage = Stage()
    me = offender(stage, registered=registered)
    stage.do(stage.ann, "/ignore mal")
    me = way(stage, me)
    assert stage.ann.who.ignores(me)
    assert says(stage, me, "/msg ann psst") is Reason.NOT_ALLOWED


def test_an_account_is_banned_muted_and_ignored_while_it_is_away() -> None:
    stage = Stage()
    for order in ("/ban mallory", "/mute mallory", "/ignore mallory"):
        stage.do(stage.ann, order)
    mallory = stage.comes(OLD_ACCOUNT, proved=True)
    stage.do(mallory, "/nick zed")
    assert says(stage, mallory, "/join dev") is Reason.BANNED
    stage.do(stage.ann, "/unban mallory")
    stage.subscribe(mallory)
    assert says(stage, mallory, "hi") is Reason.MUTED
    assert stage.ann.who.ignores(mallory)


# --- and nobody else ------------------------------------------------------------------------------


@pytest.fixture
def school() -> Stage:
    """A class behind one address: mal, who is muted, and others."""
    stage = Stage()
    offender(stage, registered=False)
    for name in ("bob", "cho"):
        stage.subscribe(stage.comes(name))
    stage.do(stage.chat.people["cho"].places.copy().popitem()[1], "/nick chomin")
    stage.do(stage.ann, "/mute mal")
    return stage


def test_the_others_behind_the_address_speak_on(school: Stage) -> None:
    for name in ("bob", "chomin"):
        (me,) = school.chat.people[name].places.values()
        assert says(school, me, "hi") is None
        school.do(me, f"/nick {name}2")
        assert says(school, me, "hi") is None


@pytest.mark.parametrize("name", ["bob", "cho", "chomin"])
@pytest.mark.parametrize("restarted", [False, True])
def test_the_others_come_back_and_speak(school: Stage, name: str, *, restarted: bool) -> None:
    if restarted:
        school.restart()
    else:
        for who in [who for who in school.chat.people.values() if who.name in {"bob", "chomin"}]:
            school.quits(next(iter(who.places.values())))
    me = school.comes(name)
    school.subscribe(me)
    assert says(school, me, "hi") is None


def test_who_has_an_account_is_not_taken_for_a_neighbour(school: Stage) -> None:
    me = school.comes(OLD_ACCOUNT, proved=True)
    school.subscribe(me)
    assert says(school, me, "hi") is None


def test_a_guest_who_logs_in_does_not_bring_a_neighbours_mute(school: Stage) -> None:
    me = school.comes("late")
    school.subscribe(me)
    assert says(school, me, "hi") is Reason.MUTED
    school.login(me)
    assert says(school, me, "hi") is None


def test_a_late_guest_is_let_speak_and_the_muted_one_is_not(school: Stage) -> None:
    late, (mal,) = school.comes("late"), school.chat.people["mal"].places.values()
    school.subscribe(late)
    school.do(school.ann, "/unmute late")
    assert says(school, late, "hi") is None
    assert says(school, mal, "hi") is Reason.MUTED


def test_an_account_that_a_late_guest_made_is_let_speak_and_the_muted_one_is_not(school: Stage) -> None:
    late, (mal,) = school.comes("late"), school.chat.people["mal"].places.values()
    school.subscribe(school.register(late))
    school.do(school.ann, "/bans")
    assert school.answers(school.ann) == ["mal (also late) is muted by ann"]
    school.do(school.ann, "/unmute late")
    assert says(school, late, "hi") is None
    assert says(school, mal, "hi") is Reason.MUTED


def test_who_is_let_speak_again_may_under_every_name() -> None:
    stage = Stage()
    me = offender(stage, registered=False)
    stage.do(stage.ann, "/mute mal")
    renames(stage, me)
    stage.do(stage.ann, "/unmute zed")
    for way in (renames_and_logs_in, reconnects, takes_another_guest_name):
        me = way(stage, me)
        stage.subscribe(me)
        assert says(stage, me, "hi") is None


def test_an_address_of_a_crowd_says_nothing_about_one_of_them() -> None:
    stage = Stage()
    offender(stage, registered=False)
    for n in range(MAX_SPARED + 1):
        stage.comes(f"n{n}")
    stage.do(stage.ann, "/mute mal")
    late = stage.comes("late")
    stage.subscribe(late)
    assert says(stage, late, "hi") is None


def test_who_takes_a_name_that_somebody_muted_had_is_not_muted_for_what_they_were_called_before() -> None:
    stage = Stage()
    first = stage.comes("bob", ELSEWHERE)
    stage.do(first, "/nick ben")
    stage.subscribe(first)
    second = stage.comes("bob", HERE)
    stage.subscribe(second)
    stage.do(stage.ann, "/mute bob")
    assert says(stage, first, "hi") is None
    assert says(stage, second, "hi") is Reason.MUTED


def test_nobody_takes_account_after_account_out_of_one_mute() -> None:
    stage = Stage()
    offender(stage, registered=False)
    stage.do(stage.ann, "/mute mal")
    for n in range(MAX_LINKED):
        stage.quits(stage.register(stage.comes(f"n{n}")))
    more = stage.comes("more")
    assert stage.is_refused(lambda: stage.register(more)) is Reason.NOT_ALLOWED
    assert (more.account, stage.chat.accounts.get("more")) == ("", None)


def test_a_sanction_of_an_older_server_is_about_the_name() -> None:
    stage = Stage()
    stage.chat.learn("bans", '{"mal": ["server", 0.0, "spam"], "mallory": ["server", 0.0, ""]}')
    assert stage.chat.bans["mal"] == Sanction("server", 0.0, "spam", Target())
    assert stage.is_refused(lambda: stage.comes("Mal")) is Reason.BANNED
    assert stage.is_refused(lambda: stage.comes(OLD_ACCOUNT, proved=True)) is Reason.BANNED
    assert stage.is_refused(lambda: stage.comes("zed")) is None


def test_a_muted_operator_does_not_lift_the_mute() -> None:
    stage = Stage()
    me = offender(stage, registered=False)
    stage.do(stage.ann, "/op mal")
    stage.do(stage.ann, "/mute mal")
    assert says(stage, me, "/unmute mal") is Reason.NOT_ALLOWED


def test_a_guest_is_known_by_the_name_they_came_under_where_nobody_was_here_when_it_was_banned() -> None:
    stage = Stage()
    stage.do(stage.ann, "/ban mal")
    me = renames(stage, stage.comes("mal", ELSEWHERE))
    assert says(stage, me, "/join dev") is Reason.BANNED


def test_a_muted_account_is_followed_to_the_places_where_it_comes_in_later() -> None:
    stage = Stage()
    stage.quits(offender(stage, registered=True))
    stage.do(stage.ann, "/mute mal")
    bob = stage.comes("bob", ELSEWHERE)
    stage.subscribe(bob)
    mal = stage.comes("mal", ELSEWHERE, proved=True)
    stage.subscribe(mal)
    stage.quits(mal)
    for restarted in (False, True):
        if restarted:
            stage.restart()
        guest = stage.comes("zed", ELSEWHERE)
        stage.subscribe(guest)
        assert says(stage, guest, "hi") is Reason.MUTED
    bob = stage.comes("bob", ELSEWHERE)
    stage.subscribe(bob)
    assert says(stage, bob, "hi") is None


# --- between an order and its keeping -------------------------------------------------------------


@pytest.mark.parametrize("way", [stays, registers, logs_in, renames, renames_and_logs_in])
@pytest.mark.parametrize("where", ["dev", "server"])
def test_who_changes_their_name_before_a_ban_is_kept_is_put_out(way: Way, where: str) -> None:
    stage = Stage()
    me = offender(stage, registered=False)
    me.said["#dev"] = 1
    by = stage.ann if where == "dev" else stage.console()
    told = stage.chat.do(by, stage.chat.vocabulary.parse("/ban mal"), stage.now)
    stage.is_refused(lambda: way(stage, me))
    stage.take(told)
    assert "#dev" not in me.rooms


@pytest.mark.parametrize("order", ["/ban mal", "/kick mal", "/mute mal"])
def test_what_was_asked_before_is_not_said_after(order: str) -> None:
    """A correction waits until all before it is kept."""
    stage = Stage()
    me = offender(stage, registered=False)
    me.said["#dev"] = 1
    told = stage.chat.do(me, stage.chat.vocabulary.parse("/correct spam"), stage.now)
    stage.do(stage.ann, order)
    assert stage.is_refused(lambda: stage.take(told)) in {Reason.NOT_IN_ROOM, Reason.MUTED}


# --- nobody undoes what holds for themselves ------------------------------------------------------


@pytest.mark.parametrize("way", [stays, renames, renames_twice])
@pytest.mark.parametrize("with_a_friend", [False, True])
@pytest.mark.parametrize("line", ["/unmute mal", "/unmute zed", "/mute mal 1s", "/mute zed 1s"])
def test_a_muted_operator_neither_lifts_nor_shortens_it(way: Way, line: str, *, with_a_friend: bool) -> None:
    """By no name, and also if somebody else is called so now."""
    stage = Stage()
    me = offender(stage, registered=False)
    stage.do(stage.ann, "/op mal")
    stage.do(stage.ann, "/mute mal")
    way(stage, me)
    if with_a_friend and me.name != "mal":
        stage.subscribe(stage.comes("mal", ELSEWHERE))
    before = dict(stage.chat.rooms["#dev"].mutes)
    assert says(stage, me, line)
    assert stage.chat.rooms["#dev"].mutes == before


def test_an_operator_who_is_taken_for_somebody_muted_mutes_and_lets_speak_others(school: Stage) -> None:
    late = school.comes("late")
    school.subscribe(late)
    school.do(school.ann, "/op late")
    assert says(school, late, "/unmute mal") is Reason.NOT_ALLOWED
    assert says(school, late, "/unmute late") is Reason.NOT_ALLOWED
    school.do(late, "/mute bob")
    school.do(late, "/unmute bob")


def test_nobody_takes_a_name_that_is_banned_where_they_are() -> None:
    stage = Stage()
    stage.do(stage.ann, "/ban evil")
    me = stage.comes("good", ELSEWHERE)
    stage.subscribe(me)
    assert says(stage, me, "/nick EVIL") is Reason.BANNED
    stage.do(me, "/leave #dev")
    assert says(stage, me, "/nick evil") is None


# --- what the others behind an address are told ---------------------------------------------------


@pytest.mark.parametrize(
    ("order", "attempt", "undone"), [("/ban mal", "/join dev", "/unban late"), ("/mute mal", "hi", "/unmute late")]
)
def test_a_late_guest_is_told_what_helps_and_that_helps(order: str, attempt: str, undone: str) -> None:
    stage = Stage()
    offender(stage, registered=False)
    stage.do(stage.ann, order)
    late = stage.comes("late")
    if attempt == "hi":
        stage.subscribe(late)
    with pytest.raises(Refusal) as no:
        stage.do(late, attempt)
    told = no.value.sentence.text
    assert (f"{undone.removesuffix('late')}you" in told, "/login" in told) == (True, True)
    stage.do(stage.ann, undone)
    stage.do(late, attempt)


# --- what it costs --------------------------------------------------------------------------------

MANY = 1000


def full() -> Sanctions:
    """As many sanctions as a room may have, each with what one has when it is given to a guest."""
    return Sanctions(
        (f"n{n}", Sanction("ann", whom=Target(frozenset({f"a{n}"}), frozenset({f"s{n}"}), frozenset({f"o{n}"}))))
        for n in range(MANY)
    )


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        (Subject("n7", "", "", "", "", ""), ["n7"]),
        (Subject("a7", "", "", "", "", ""), ["n7"]),
        (Subject("", "s7", "", "", "", ""), ["n7"]),
        (Subject("", "", "n7", "", "", ""), ["n7"]),
        (Subject("", "", "zed", "zed", "o7", "o7"), ["n7"]),
        (Subject("", "s8", "n7", "", "o9", "o9"), ["n7", "n8", "n9"]),
        (Subject("zed", "s8", "n7", "n6", "o9", "o9"), []),
        (Subject("", "s", "n", "n", "o", "o"), []),
        (Subject("", "", "zed", "zed", "192.0.2.9", "192.0.2.9"), ["192.0.2.0/24"]),
    ],
)
def test_of_a_thousand_sanctions_few_are_looked_at(subject: Subject, found: list[str]) -> None:
    sanctions = full()
    sanctions["192.0.2.0/24"] = Sanction("ann")
    assert sorted(sanctions.reaching(subject, 0.0)) == found
    assert len(sanctions.near(subject)) <= 5
    del sanctions["n7"]
    assert sorted(sanctions.reaching(subject, 0.0)) == [key for key in found if key != "n7"]
    sanctions["n7"] = Sanction("ann", until=5.0, whom=Target(sessions=frozenset({"s"})))
    assert [key for key, _ in sanctions.near(Subject("", "s", "", "", "", "")) if key == "n7"] == ["n7"]


def test_what_is_kept_of_a_room_is_not_read_anew_for_each_who_asks() -> None:
    stage = Stage()
    stage.do(stage.ann, "/ban mal")
    stage.do(stage.ann, "/leave #dev")
    left = stage.chat.as_left("#dev")
    assert "mal" in left.bans
    assert stage.chat.as_left("#dev") is left
    stage.subscribe(stage.ann)
    stage.do(stage.ann, "/unban mal")
    stage.do(stage.ann, "/leave #dev")
    assert "mal" not in stage.chat.as_left("#dev").bans


def test_a_mute_follows_an_account_to_so_many_addresses_and_no_more() -> None:
    stage = Stage()
    offender(stage, registered=True)
    stage.do(stage.ann, "/mute mal")
    for n in range(MAX_ORIGINS + 5):
        mal = stage.comes("mal", f"198.51.100.{n}", proved=True)
        stage.subscribe(mal)
        stage.quits(mal)
    assert len(stage.chat.rooms["#dev"].mutes["mal"].whom.origins) == MAX_ORIGINS
