"""What takes time: passwords, tokens, reading again, searching. A wish goes out, its answer comes back.

The chat never waits: it yields a Wish, the hub grants it here, and what comes of it is a command like any
other, or an answer to the one who asked. Whoever has gone meanwhile gets nothing.
"""

from __future__ import annotations

from functools import singledispatchmethod
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatproto.core import names
from chatproto.core.accounts import TOKEN_MARK, composed, wrong_passcode
from chatproto.core.addresses import origin
from chatproto.core.events import (
    Collect,
    Delivery,
    Hash,
    Locate,
    LocateLast,
    NewSecret,
    NewToken,
    Prove,
    Reason,
    Recall,
    Refusal,
    Search,
    Wish,
)
from chatproto.core.members import Member
from chatproto.hub.past import PastReader
from chatproto.hub.session import BROKEN, Passwords, Session
from chatproto.hub.turns import Asker, Turns

if TYPE_CHECKING:
    from chatproto.core.chat import Chat
    from chatproto.hub import Hub

NO_PASSWORDS = Refusal(Reason.NOT_ALLOWED, "Names cannot be registered on this server.")
log = Logger("chat")


class Wishes:
    """Grants wishes, with the journal and, if there are passwords here, with them."""

    def __init__(self, hub: Hub, passwords: Passwords | None) -> None:
        self._hub, self._passwords = hub, passwords
        self._chat: Chat = hub.chat
        self._past = PastReader(hub)
        self._turns = Turns()

    def see_to(self, wish: Wish, session: Session, asked: Delivery) -> None:
        """See to a wish of a session's member; the receipt that was `asked` for is given by what comes of it."""
        session.wishes += 1
        granted = self.grant(wish, session, asked).addErrback(self._not_granted, session, asked.receipt)
        granted.addBoth(lambda _: session.was_granted())

    @singledispatchmethod
    def grant(self, wish: Wish, session: Session, asked: Delivery) -> Deferred[None]:
        """Fire once a wish is granted; fail with what is to be told instead."""
        raise TypeError(f"nobody grants {wish}")

    @grant.register
    def _(self, wish: Hash, session: Session, asked: Delivery) -> Deferred[None]:
        if self._passwords is None:
            return fail(NO_PASSWORDS)
        passwords = self._passwords
        hashed = self._turns.take(_asker(session.member), lambda: passwords.hash(wish.password))
        return hashed.addCallback(lambda secret: self._hub.do(session, wish.then(secret), receipt=asked.receipt))

    @grant.register
    def _(self, wish: Prove, session: Session, asked: Delivery) -> Deferred[None]:
        proved = self.prove(wish.name, wish.passcode, session.member.address, _asker(session.member))
        return proved.addCallback(lambda proof: self._hub.do(session, wish.then(proof), receipt=asked.receipt))

    @grant.register
    def _(self, wish: NewToken, session: Session, asked: Delivery) -> Deferred[None]:
        if self._passwords is None:
            return fail(NO_PASSWORDS)
        self._hub.do(session, wish.then(*self._passwords.token()), receipt=asked.receipt)
        return succeed(None)

    @grant.register
    def _(self, wish: NewSecret, session: Session, asked: Delivery) -> Deferred[None]:
        self._hub.do(session, wish.then(self._hub.secret()), receipt=asked.receipt)
        return succeed(None)

    @grant.register
    def _(self, wish: Recall, session: Session, asked: Delivery) -> Deferred[None]:
        return self._past.recall(wish, session, asked.receipt)

    @grant.register
    def _(self, wish: Search, session: Session, asked: Delivery) -> Deferred[None]:
        return self._past.search(wish, session, asked.receipt)

    @grant.register
    def _(self, wish: Locate, session: Session, asked: Delivery) -> Deferred[None]:
        return self._past.locate(wish, session, asked)

    @grant.register
    def _(self, wish: LocateLast, session: Session, asked: Delivery) -> Deferred[None]:
        return self._past.locate_last(wish, session, asked)

    @grant.register
    def _(self, wish: Collect, session: Session, asked: Delivery) -> Deferred[None]:
        return self._past.collect(wish, session, asked.receipt)

    def prove(self, name: str, passcode: str, address: str, asker: Asker | None = None) -> Deferred[str]:
        """Fire with what is kept of a name's password or token, if they go together; else fail with a Refusal."""
        chat = self._chat
        if self._passwords is None:
            return fail(Refusal(Reason.WRONG_PASSCODE, "Nobody has a password here. Leave the passcode out."))
        passwords, token = self._passwords, passcode.startswith(TOKEN_MARK)
        digest = passwords.digest(passcode) if token else ""
        if token and chat.accounts.by_token(name, digest):
            return succeed(digest)  # nobody guesses 128 bits: the owner's bots are not held up by who tries passwords
        try:
            chat.guessing.check(name, address, chat.elapsed())
        except Refusal as no:
            return fail(no)
        chat.guessing.begun(name, chat.elapsed())
        account = chat.accounts.get(name)
        secret = account.secret if account else ""
        asker = asker or (origin(address), names.key(name))
        checked: Deferred[bool] = succeed(False)
        if not token:
            checked = self._turns.take(asker, lambda: passwords.verify(composed(passcode), secret))
        return checked.addCallbacks(self._proved, self._not_looked_at, (name, address, secret), errbackArgs=(name,))

    def _proved(self, right: bool, name: str, address: str, secret: str) -> str:
        if not right:
            self._chat.guessing.wrong(address, self._chat.elapsed())
            raise wrong_passcode()
        self._chat.guessing.right(name, address, self._chat.elapsed())
        return secret

    def _not_looked_at(self, failure: Failure, name: str) -> Failure:
        self._chat.guessing.taken_back(name, self._chat.elapsed())
        return failure

    def _not_granted(self, failure: Failure, session: Session, receipt: str) -> None:
        no = failure.value
        if not isinstance(no, Refusal):
            log.failure("while seeing to what {name} asked", failure, name=session.member.name)
            no = BROKEN
        self._hub.refuse(session, no, receipt=receipt)


def _asker(me: Member) -> Asker:
    """Return whose turn it is when a member asks for slow work: an account's, or that of a guest at an address."""
    return (f"account {me.account}", "") if me.account else (origin(me.address), names.key(me.name))
