"""Accounts: a name that is yours, and the tokens of your bots and devices."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import field, replace
from typing import TYPE_CHECKING, Annotated

from chatproto.core import names
from chatproto.core.accounts import MAX_TOKENS, Account, check_password, check_proof, wrong_passcode
from chatproto.core.declare import AChoice, APassword, Command, Internal, Name, Rank, Text, Word, command
from chatproto.core.events import (
    Answer,
    Closed,
    Collect,
    Delivery,
    Entry,
    Exported,
    Hash,
    NewSecret,
    NewToken,
    Prove,
    Reason,
    Refusal,
    Ruled,
    say,
)
from chatproto.core.members import span
from chatproto.core.sanctions import Target
from chatproto.core.seats import AT_A_CONSOLE, IN_THE_CHAT

if TYPE_CHECKING:
    from chatproto.core.chat import Chat
    from chatproto.core.members import Member

EXPORT_EVERY = 600.0  # seconds after which somebody may have all that is kept of them again


@command("register", ko="등록", th="ลงทะเบียน", seats=IN_THE_CHAT)
class Register(Command):
    """Make your name yours: from then on it needs this password."""

    password: Text = field(repr=False)

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        password, name = check_password(self.password), me.name
        if me.account:
            raise Refusal(Reason.NOT_ALLOWED, "You are registered already. /passwd changes your password.")
        chat.accounts.check_unclaimed(name)
        return [chat.wish(me, Hash(password, lambda secret: Registered(name=name, secret=secret)))]


class Registered(Internal):
    """The hash of a new account's password is there."""

    name: str
    secret: str

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        if me.name != self.name or me.account:
            raise Refusal(Reason.NOT_ALLOWED, "Your name has changed meanwhile. /register again.")
        chat.accounts.check_unclaimed(self.name)
        chat.check_carried(me, Target.reaches)
        account = Account(self.name, self.secret, admin=me.admin, since=chat.now)
        yield chat.keep(account)
        yield from chat.carry(me, names.fold(self.name), Target.reaches)
        identity = me.who.identity
        chat.own(me.who, account)
        chat.unless_kept(lambda: chat.disown(me.who, identity))
        me.proof = self.secret
        chat.unless_kept(lambda: setattr(me, "proof", ""))
        yield chat.answer(me, "{name} is yours now. Come back with: /login {name} PASSWORD", name=self.name)


@command("login", ko="로그인", th="ล็อกอิน", seats=IN_THE_CHAT)
class Login(Command):
    """Come back to your own name: also in the place of a name, when you are asked for one."""

    name: Word
    password: Text = field(repr=False)

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        name = self.name
        return [chat.wish(me, Prove(name, self.password, lambda proof: LoggedIn(name=name, proof=proof)))]


class LoggedIn(Internal):
    """A name was shown to be somebody's own."""

    name: str
    proof: str = field(repr=False)

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        account = chat.accounts.get(self.name)
        assert account  # it has been proved, and accounts stay
        check_proof(account, self.proof)
        chat.check_known_as(me, replace(me.subject, account=names.fold(account.name)), account.name)
        if me.account != names.fold(account.name):
            chat.check_carried(me, Target.is_person)
            yield from chat.carry(me, names.fold(account.name), Target.is_person)
            yield from chat.make_way(account, me)
            yield from become(chat, me, account)
        me.proof = self.proof
        yield chat.tell(me, Answer((say("Welcome back, {name}.", name=me.name),)), me)
        yield from chat.hand_over(me)


@command("passwd", ko="비밀번호", th="รหัสผ่าน", seats=IN_THE_CHAT)
class Passwd(Command):
    """Change your password: first the old one, then the new one, in quotes if there is a blank in it.

    Where else you came in by a password, you are let go. What came in by a token stays: `/token revoke` ends that.
    """

    old: Annotated[str, APassword('"OLD"')] = field(repr=False)
    new: Annotated[str, APassword('"NEW"')] = field(repr=False)

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        name, new = mine(chat, me).name, check_password(self.new)
        return [chat.wish(me, Prove(name, self.old, lambda proof: OldPasswordShown(name=name, new=new, proof=proof)))]


class OldPasswordShown(Internal):
    """The old password was given rightly, or a token in its place, which is not enough."""

    name: str
    new: str = field(repr=False)
    proof: str = field(repr=False)

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        name, old = self.name, self.proof
        if registered(chat, name).secret != old:
            raise wrong_passcode()
        return [chat.wish(me, Hash(self.new, lambda secret: PasswordChanged(name=name, old=old, secret=secret)))]


class PasswordChanged(Internal):
    """The hash of a new password is there: for the name that asked, whoever they are by now."""

    name: str
    old: str = field(repr=False)
    secret: str = field(repr=False)

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        account = registered(chat, self.name)
        if account.secret != self.old:
            raise wrong_passcode()  # it was changed at another place just before
        yield chat.keep(replace(account, secret=self.secret))
        if me.proof == self.old:
            me.proof = self.secret
            chat.unless_kept(lambda: setattr(me, "proof", self.old))
        yield chat.answer(me, "Your password has been changed.")
        yield from _tokens_stay(chat, me, account)
        yield chat.afterwards(me, Withdrawn(name=self.name))


class Withdrawn(Internal):
    """A password or a token no longer holds, and that is kept: whoever came in by it is let go, also who is away."""

    name: str

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        account, who = registered(chat, self.name), chat.owners.get(names.key(self.name))
        what = say("Your password was changed, or your token was revoked. Log in again.")
        for place in list(who.places.values()) if who else ():
            if place.proof and not account.holds(place.proof):
                yield from chat.departure(place, "lost", closed=Closed(Reason.NOT_ALLOWED, what))


@command("reset", rank=Rank.ADMIN, ko="비밀번호재설정", th="ตั้งรหัสผ่านใหม่", seats=AT_A_CONSOLE)
class Reset(Command):
    """Give a registered name a new password, drawn by lot and shown once: only at the server's own console."""

    name: Name

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        account = chat.accounts.get(self.name)
        if account is None:
            raise Refusal(Reason.NO_SUCH_USER, "{name} is not registered.", name=self.name)
        name = account.name
        return [chat.wish(me, NewSecret(lambda password: PasswordDrawn(name=name, password=password)))]


class PasswordDrawn(Internal):
    """A new password was drawn by lot for somebody who has forgotten theirs."""

    name: str
    password: str = field(repr=False)

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        name, password = self.name, self.password
        return [
            chat.wish(me, Hash(password, lambda secret: PasswordGiven(name=name, password=password, secret=secret)))
        ]


class PasswordGiven(Internal):
    """The hash of a password that was drawn by lot is there."""

    name: str
    password: str = field(repr=False)
    secret: str

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        account = registered(chat, self.name)
        yield chat.keep(replace(account, secret=self.secret))
        text = "The new password of {name}, shown only now: {password}"
        yield chat.answer(me, text, name=self.name, password=self.password)
        yield from _tokens_stay(chat, me, account)
        yield chat.note(Ruled(me.name, "reset", self.name, ""), me)
        yield chat.afterwards(me, Withdrawn(name=self.name))


@command("token", ko="토큰", th="โทเคน", seats=IN_THE_CHAT)
class Token(Command):
    """Make a token for a bot or a device, take it away, or list yours: `/token new laptop`.

    It is shown once, and used in a password's place.
    """

    what: Annotated[str, AChoice(("new", "revoke", "list"))]
    label: Word = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        account, label = mine(chat, me), self.label
        if self.what == "list":
            return [_listed(chat, me, account)]
        if not label:
            raise Refusal(Reason.BAD_COMMAND, "Give the token a name, as here: /token new laptop")
        names.person(label)
        if self.what == "revoke":
            return _revoked(chat, me, account, label)
        if label in account.tokens:
            raise Refusal(Reason.NAME_IN_USE, "You have a token {label} already. Revoke it first.", label=label)
        if len(account.tokens) >= MAX_TOKENS:
            raise Refusal(Reason.NOT_ALLOWED, "You have {most} tokens already. Revoke one first.", most=MAX_TOKENS)
        return [chat.wish(me, NewToken(lambda token, digest: TokenMade(label=label, token=token, digest=digest)))]


class TokenMade(Internal):
    """A token was drawn by lot."""

    label: str
    token: str
    digest: str

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        account = mine(chat, me)
        yield chat.keep(replace(account, tokens={**account.tokens, self.label: self.digest}))
        yield chat.answer(me, "The token {label}, shown only now: {token}", label=self.label, token=self.token)


@command("claim", ko="관리자코드", th="รับสิทธิ์", seats=IN_THE_CHAT)
class Claim(Command):
    """Become the first administrator, with the code that the server showed when it started."""

    code: Word = field(repr=False)

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        account = mine(chat, me)
        chat.guessing.check("/claim", me.address, chat.elapsed())
        if not chat.claim_code or not hmac.compare_digest(chat.claim_code.encode(), self.code.encode()):
            chat.guessing.begun("/claim", chat.elapsed())
            chat.guessing.wrong(me.address, chat.elapsed())
            raise Refusal(Reason.NOT_ALLOWED, "That is not the code, or it has been used.")
        code, admin = chat.claim_code, me.admin
        yield chat.keep(replace(account, admin=True))
        chat.claim_code, me.who.admin = "", True
        chat.unless_kept(lambda: setattr(chat, "claim_code", code))
        chat.unless_kept(lambda: setattr(me.who, "admin", admin))
        yield chat.answer(me, "You are an administrator of this server.")
        yield chat.ruled(me, self, me.name, "")


@command("export", ko="내보내기", th="ส่งออก", seats=IN_THE_CHAT)
class Export(Command):
    """Get all that is kept of you, page by page: `/export me` to read, `/export me jsonl` for programs.

    What you said in rooms since your name is registered, direct messages that wait, and what is kept of your name.
    """

    what: Annotated[str, AChoice(("me",))] = "me"
    form: Annotated[str, AChoice(("txt", "jsonl"))] = "txt"

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        account = mine(chat, me)
        wait = chat.exported.get(me.account, -EXPORT_EVERY) + EXPORT_EVERY - chat.elapsed()
        if wait > 0:
            raise Refusal(Reason.TOO_FAST, "You had all of it just now. Try again in {span}.", span=span(wait))
        chat.exported[me.account] = chat.elapsed()
        kept = [(chat.owned(account), chat.now), *chat.words_of(account)]
        yield chat.tell(me, Exported(tuple(Entry(Delivery(e, me.id, at)) for e, at in kept), self.form), me)
        yield chat.wish(me, Collect(account.name, account.since, self.form))


def mine(chat: Chat, me: Member) -> Account:
    """Return one's own account; refuse who has none."""
    return registered(chat, me.account)


def registered(chat: Chat, name: str) -> Account:
    """Return the account of a name, which is one's own; refuse if there is none."""
    account = chat.accounts.get(name)
    if account is None:
        raise Refusal(Reason.NOT_ALLOWED, "Your name is not registered. /register PASSWORD makes it yours.")
    return account


def become(chat: Chat, me: Member, account: Account) -> Iterable[Delivery]:
    """Give somebody their own name and rights at this place; the others hear of the new name."""
    who = chat.owners.get(names.fold(account.name))
    if who or me.account:
        yield from chat.become(me, who or chat.new_person(account.name, account))
    else:
        if me.name != account.name:
            yield from chat.rename(me, account.name)
        chat.own(me.who, account)


def _listed(chat: Chat, me: Member, account: Account) -> Delivery:
    if not account.tokens:
        return chat.answer(me, "You have no tokens. /token new LABEL makes one.")
    return chat.answer(me, "Your tokens: {labels}", labels=tuple(account.tokens))


def _revoked(chat: Chat, me: Member, account: Account, label: str) -> Iterable[Delivery]:
    if label not in account.tokens:
        raise Refusal(Reason.NO_SUCH_USER, "You have no token {label}.", label=label)
    left = {name: digest for name, digest in account.tokens.items() if name != label}
    return [
        chat.keep(replace(account, tokens=left)),
        chat.answer(me, "The token {label} no longer works.", label=label),
        chat.afterwards(me, Withdrawn(name=account.name)),
    ]


def _tokens_stay(chat: Chat, me: Member, account: Account) -> Iterable[Delivery]:
    """Say which tokens hold as before, so that one that is a stranger's is seen."""
    if account.tokens:
        text = "The tokens of {name} still work: {labels}. /token revoke LABEL ends one."
        yield chat.answer(me, text, name=account.name, labels=tuple(account.tokens))
