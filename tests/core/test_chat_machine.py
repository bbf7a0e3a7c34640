"""The chat's state, whatever is asked and in whatever order: tables agree, a no changes nothing, ears stay in rooms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chatproto.core import names
from chatproto.core.chat import Chat
from chatproto.core.commands.account import LoggedIn, PasswordChanged, Registered, TokenMade
from chatproto.core.commands.rooms import Invited, Join, Leave
from chatproto.core.events import (
    Closed,
    Delivery,
    Entered,
    Exited,
    Gone,
    Lost,
    Quit,
    Refusal,
    Whispered,
)
from chatproto.core.members import Member
from chatproto.core.sanctions import Sanctions
from chatproto.core.settings import Settings
from tests.core.talkers import kept

PEOPLE = ("ann", "Ann", "bob", "cho", "dan", "서버", "not a name", "")
WHOM = ("ann", "bob", "cho", "dan", "ghost", "10.0.0.1")
ROOMS = ("#lobby", "#dev", "#Dev", "#ops", "#bad name", "#")
COMMANDS = (
    "hello @bob",
    "/say {room} hi",
    "/me waves",
    "/me   ",
    "/msg {whom} psst",
    "/reply psst",
    "/away",
    "/away lunch",
    "/ignore {whom}",
    "/unignore {whom}",
    "/join {room}",
    "/leave",
    "/leave {room}",
    "/rooms",
    "/who {room}",
    "/topic",
    "/topic {room} fish",
    "/set limit {number}",
    "/set {room} limit {number}",
    "/set {room} hush {number}",
    "/set {room} keep {number}",
    "/set {room} private on",
    "/set {room} private {number}",
    "/delete",
    "/delete {room} {number}",
    "/kick {whom} spam",
    "/kick {room} {whom}",
    "/ban {whom}",
    "/ban {room} {whom} 10s spam",
    "/unban {whom}",
    "/unban {room} {whom}",
    "/bans {room}",
    "/mute {whom} 10s",
    "/mute {room} {whom}",
    "/unmute {room} {whom}",
    "/op {whom}",
    "/op {room} {whom}",
    "/deop {whom}",
    "/announce {room} all",
    "/announce all",
    "/grant {whom}",
    "/revoke {whom}",
    "/nick {whom}",
    "/nick server",
    "/lang ko",
    "/time off",
    "/tz UTC",
    "/tz Nowhere",
    "/echo on",
    "/bell off",
    "/whoami",
    "/help",
    "/help kick",
    "/help nothing",
    "/nothing",
    "/quit",
    "/slip",
)


def held(sanctions: Sanctions, now: float) -> dict[str, object]:
    """The sanctions that count: those that have run out are forgotten whenever that is handy."""
    return {key: sanction for key, sanction in sanctions.items() if sanction.holds(now)}


def snapshot(chat: Chat) -> dict[str, Any]:
    """All of the state, as values."""
    return {
        "names": {name: list(who.places) for name, who in chat.people.items()},
        "rooms": {
            r.name: (
                list(r.members),
                sorted(who.name for who in r.operators),
                r.topic,
                r.limit,
                r.hushed,
                held(r.bans, chat.now),
                held(r.mutes, chat.now),
                r.came,
                r.went,
            )
            for r in chat.rooms.values()
        },
        "members": {
            m.id: (
                m.name,
                m.address,
                m.taste,
                m.admin,
                list(m.rooms),
                m.current,
                m.who.away,
                m.ignored,
                m.who.whisperer,
            )
            for m in chat.by_id.values()
        },
        "owning": {account: who.name for account, who in chat.owners.items()},
        "bans": held(chat.bans, chat.now),
        "accounts": {name: chat.accounts.get(name) for name in map(names.fold, PEOPLE)},
        "owned": {
            m.id: (m.account, m.who.identity, dict(m.said), m.who.away, m.who.whisperer) for m in chat.by_id.values()
        },
        "owners": {r.name: (sorted(r.owners), r.keep) for r in chat.rooms.values()},
        "private": {r.name: (r.private, sorted(r.admitted)) for r in chat.rooms.values()},
        "invitations": {(room, of): i for room, table in chat.invitations.items() for of, i in table.items()},
        "waiting": {account: list(keys) for account, keys in chat.waiting.items() if keys},
        "remembered": {key: value for key, value in chat._remembered.items() if value},
    }


class Chatting(RuleBasedStateMachine):
    """A handful of people, two or three rooms, one operator's console."""

    quiet_joins = 0

    def __init__(self) -> None:
        super().__init__()
        self.chat = Chat(Settings(max_users=4, max_rooms=2, quiet_joins=self.quiet_joins))
        self.now = 0.0
        self.inside: dict[str, set[int]] = {}  # who hears each room, by the moves alone
        self.tokens = ["none"]
        self.gone: dict[int, int] = {}  # how often each was told to the log to be gone
        self.console, told = self.chat.admit_console(0.0, address="local")
        self.hear(told)
        for name in ("ann", "bob", "cho"):
            self.come_in(name, "10.0.0.1")

    # --- what is asked ----------------------------------------------------------------------------

    def attempt(self, act: Callable[[], list[Delivery]], *, full: bool = False) -> None:
        """Do something; if the disk is `full`, what would have to be kept is undone."""
        before = snapshot(self.chat)
        try:
            told = act()
        except Refusal:
            assert snapshot(self.chat) == before
            return
        acts = {d.act for d in told}
        if full and acts and 0 not in acts:
            self.chat.undo(acts)
            assert snapshot(self.chat) == before
        else:
            self.hear(told)
        assert not self.chat._uncommitted

    def somebody(self, data: st.DataObject) -> Member:
        return data.draw(st.sampled_from(sorted(self.chat.by_id.values(), key=lambda m: m.id)))

    @rule(name=st.sampled_from(PEOPLE), address=st.sampled_from(["10.0.0.1", "10.0.0.2"]))
    def come_in(self, name: str, address: str) -> None:
        self.attempt(lambda: self.chat.welcome(name, self.now, address=address)[1])

    @rule(name=st.sampled_from(PEOPLE), proved=st.booleans())
    def come_in_as_a_program(self, name: str, proved: bool) -> None:
        self.attempt(lambda: self.chat.enter(name, self.now, address="10.0.0.2", proved=proved)[1])

    @rule(data=st.data(), full=st.booleans())
    def register(self, data: st.DataObject, full: bool) -> None:
        me = self.somebody(data)
        if me is not self.console:
            self.attempt(lambda: self.chat.do(me, Registered(name=me.name, secret="s"), self.now), full=full)

    @rule(data=st.data(), room=st.sampled_from(["#dev", "#ops"]), full=st.booleans())
    def invite(self, data: st.DataObject, room: str, full: bool) -> None:
        me = self.somebody(data)
        self.tokens.append(f"token{len(self.tokens)}")
        self.attempt(lambda: self.chat.do(me, Invited(room=room, token=self.tokens[-1]), self.now), full=full)

    @rule(data=st.data(), room=st.sampled_from(["#dev", "#ops"]), full=st.booleans(), program=st.booleans())
    def come_in_by_invitation(self, data: st.DataObject, *, room: str, full: bool, program: bool) -> None:
        me, token = self.somebody(data), data.draw(st.sampled_from(self.tokens))
        by_line, place = Join(room=room, invitation=token), Entered()
        if program:
            self.attempt(lambda: self.chat.subscribe(me, room, place, self.now, invitation=token), full=full)
        else:
            self.attempt(lambda: self.chat.do(me, by_line, self.now), full=full)

    @rule(data=st.data(), name=st.sampled_from(PEOPLE))
    def log_in(self, data: st.DataObject, name: str) -> None:
        me = self.somebody(data)
        account = self.chat.accounts.get(name)
        if me is not self.console and account:
            proof = account.secret
            self.attempt(lambda: self.chat.do(me, LoggedIn(name=name, proof=proof), self.now))

    @rule(data=st.data(), full=st.booleans(), new=st.booleans())
    def change_the_account(self, data: st.DataObject, full: bool, new: bool) -> None:
        me = self.somebody(data)
        token = TokenMade(label="a", token="t", digest="d")
        account = self.chat.accounts.get(me.account)
        secret = PasswordChanged(name=me.account, old=account.secret if account else "", secret="t")
        self.attempt(lambda: self.chat.do(me, token if new else secret, self.now), full=full)

    @rule(data=st.data(), room=st.sampled_from(["#lobby", "#dev"]), seq=st.integers(1, 9))
    def stop_reading(self, data: st.DataObject, room: str, seq: int) -> None:
        me = self.somebody(data)
        self.attempt(lambda: self.chat.left_at(me, room, seq))

    @rule(
        data=st.data(),
        command=st.sampled_from(COMMANDS),
        room=st.sampled_from(ROOMS),
        whom=st.sampled_from(WHOM),
        number=st.integers(0, 2),
        full=st.booleans(),
    )
    def ask(self, data: st.DataObject, *, command: str, room: str, whom: str, number: int, full: bool) -> None:
        me, line = self.somebody(data), command.format(room=room, whom=whom, number=number)
        if me is self.console and line in {"/quit", "/slip"}:
            return  # somebody has to stay
        self.attempt(lambda: self.chat.do(me, self.chat.vocabulary.parse(line), self.now), full=full)

    @rule(data=st.data(), room=st.sampled_from(["dev", "ops"]))
    def join(self, data: st.DataObject, room: str) -> None:
        me = self.somebody(data)
        self.attempt(lambda: self.chat.do(me, Join(room=f"#{room}"), self.now))

    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        me = self.somebody(data)
        self.attempt(lambda: self.chat.do(me, Leave(), self.now))

    @rule(data=st.data(), room=st.sampled_from(ROOMS[:4]))
    def subscribe(self, data: st.DataObject, room: str) -> None:
        me = self.somebody(data)
        self.attempt(lambda: self.chat.subscribe(me, names.room(room), Entered(), self.now))

    @rule(data=st.data(), room=st.sampled_from(ROOMS[:4]), quiet=st.booleans())
    def unsubscribe(self, data: st.DataObject, room: str, quiet: bool) -> None:
        me = self.somebody(data)
        self.attempt(lambda: self.chat.unsubscribe(me, names.room(room), self.now, quiet=quiet))

    @rule(data=st.data(), how=st.sampled_from(["quit", "quiet", "lost"]))
    def go(self, data: st.DataObject, how: str) -> None:
        me = self.somebody(data)
        if me is not self.console:
            self.attempt(lambda: self.chat.leave(me, self.now, how))
            self.attempt(lambda: self.chat.leave(me, self.now, "lost"))  # as its connection ends after that

    @rule(seconds=st.sampled_from([1, 11, 61]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.attempt(lambda: self.chat.tick(self.now))

    # --- what is told -----------------------------------------------------------------------------

    def heard(self, told: Iterable[Delivery]) -> Iterator[Delivery]:
        """What is told, and what is done afterwards, unless that is refused."""
        with suppress(Refusal):
            yield from kept(self.chat, list(told))

    def hear(self, told: Iterable[Delivery]) -> None:
        """Follow the moves through the stream, and see to it that nobody is told what is not theirs."""
        departures: dict[tuple[int, type], list[int]] = {}
        for d in self.heard(told):
            if isinstance(d.event, Entered):
                assert isinstance(d.to, str)
                self.inside.setdefault(d.to, set()).add(d.by)
            elif isinstance(d.event, Exited):
                assert isinstance(d.to, str)
                self.inside[d.to].remove(d.by)
            elif isinstance(d.event, Gone):
                self.gone[d.by] = self.gone.get(d.by, 0) + 1
            elif isinstance(d.event, Quit | Lost):
                departures.setdefault((d.by, type(d.event)), []).extend(self.ears(d))
            elif isinstance(d.event, Closed):
                assert d.to not in self.chat.by_id
            elif isinstance(d.event, Whispered):
                assert isinstance(d.to, int)
        for heard in departures.values():
            assert len(heard) == len(set(heard)), "a person was told twice of one departure"

    def ears(self, d: Delivery) -> list[int]:
        """The persons who hear this: those inside, but for those inside a room where it was told just before."""
        already = set().union(*(self.inside.get(room, set()) for room in d.told))
        return [m for m in self.inside.get(str(d.to), ()) if m not in already and m != d.by]

    # --- what always holds ------------------------------------------------------------------------

    @invariant()
    def the_tables_agree(self) -> None:
        chat = self.chat
        assert {names.fold(m.name): m.who for m in chat.by_id.values() if not m.console} == chat.people
        assert {who.account: who for who in chat.people.values() if who.account} == chat.owners
        assert all(who.account or len(who.places) == 1 for who in chat.people.values())
        assert {i: m for who in chat.people.values() for i, m in who.places.items()} == {
            m.id: m for m in chat.by_id.values() if not m.console
        }
        assert len(chat.people) <= chat.settings.max_users
        for member in chat.by_id.values():
            assert chat.by_id[member.id] is member
            assert all(chat.rooms[name] is room and room.name == name for name, room in member.rooms.items())
            assert member.current in member.rooms if member.rooms else not member.current
            assert len(member.rooms) <= chat.settings.max_rooms
        for name, room in chat.rooms.items():
            assert name == room.name == names.room(name)
            assert all(chat.by_id[i] is m and m.rooms[name] is room for i, m in room.members.items())
            assert {m.id for m in chat.by_id.values() if name in m.rooms} == room.members.keys()
            assert room.people == Counter(m.who for m in room.members.values())
            assert room.operators <= room.people.keys()
            assert room.members or name == names.LOBBY

    @invariant()
    def who_hears_a_room_is_who_is_in_it(self) -> None:
        heard = {room: ears for room, ears in self.inside.items() if ears}
        assert heard == {r.name: set(r.members) for r in self.chat.rooms.values() if r.members}

    @invariant()
    def each_is_gone_once_and_only_then(self) -> None:
        assert all(count == 1 for count in self.gone.values())
        assert not self.gone.keys() & self.chat.by_id.keys()

    @invariant()
    def nobody_has_the_servers_name(self) -> None:
        assert all(m.name != names.SERVER for m in self.chat.people.values())


class ChattingInSummaries(Chatting):
    """The same, where every room with two is too large to tell each coming and going."""

    quiet_joins = 1


TestChatting = Chatting.TestCase
TestChattingInSummaries = ChattingInSummaries.TestCase
