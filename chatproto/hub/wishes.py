"""What takes time: passwords, tokens, reading again, searching. A wish goes out, its answer comes back.

The chat never waits: it yields a Wish, the hub grants it here, and what comes of it is a command like any
other, or an answer to the one who asked. Whoever has gone meanwhile gets nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import singledispatchmethod
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, fail, gatherResults, inlineCallbacks, succeed
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatproto.core import names
from chatproto.core.accounts import TOKEN_MARK, composed, wrong_passcode
from chatproto.core.addresses import origin
from chatproto.core.declare import Rank
from chatproto.core.events import (
    Answer,
    Collect,
    Corrected,
    Deleted,
    Delivery,
    Entry,
    Exported,
    Hash,
    Locate,
    LocateLast,
    NewSecret,
    NewToken,
    Past,
    Prove,
    Reason,
    Recall,
    Refusal,
    Search,
    Talk,
    Wish,
    Withdrawn,
    say,
)
from chatproto.core.members import UNSAID, Member
from chatproto.hub.session import BROKEN, Passwords, Session
from chatproto.hub.turns import Asker, Turns
from chatproto.journal import START, Journal, Page

if TYPE_CHECKING:
    from chatproto.core.chat import Chat
    from chatproto.hub import Hub

NO_PASSWORDS = Refusal(Reason.NOT_ALLOWED, "Names cannot be registered on this server.")
LOOKED_AT = 20  # of what somebody did last in a room, to find what they said last: the rest are topics
EXPORTED = 8  # messages in a page of what somebody said: the longest together are what a slow reader may have waiting
PAUSE = 0.01  # seconds between two pages: some hundred messages a second, beside everybody else's
PATIENCE = 1.0  # seconds after which it is looked again whether a slow reader has taken a page
log = Logger("chat")


class Wishes:
    """Grants wishes, with the journal and, if there are passwords here, with them."""

    def __init__(self, hub: Hub, passwords: Passwords | None) -> None:
        self._hub, self._passwords = hub, passwords
        self._chat: Chat = hub.chat
        self._journal: Journal = hub.journal
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
        return self._recall(wish, session, asked.receipt)

    @grant.register
    def _(self, wish: Search, session: Session, asked: Delivery) -> Deferred[None]:
        return self._journal.search(wish).addCallback(self._with_neighbours, session, asked.receipt)

    @grant.register
    def _(self, wish: Locate, session: Session, asked: Delivery) -> Deferred[None]:
        found = self._journal.read(wish.room, wish.number - 1, wish.number, 1)
        return found.addCallback(self._located, wish, session, asked)

    @grant.register
    def _(self, wish: LocateLast, session: Session, asked: Delivery) -> Deferred[None]:
        found = self._journal.search(Search("", (wish.room,), wish.account, wish.since, LOOKED_AT))
        return found.addCallback(self._located_last, wish, session, asked)

    @grant.register
    def _(self, wish: Collect, session: Session, asked: Delivery) -> Deferred[None]:
        return self._collect(wish, session, asked.receipt)

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

    @inlineCallbacks
    def _recall(self, wish: Recall, session: Session, receipt: str) -> Generator[Deferred[Any], Any, None]:
        until = self._journal.head(wish.room)
        if wish.before:
            until = min(until, wish.before - 1)
        count = wish.last + 1 if wish.since else wish.last  # one more, to know whether there is more
        place = yield self._journal.place(wish.room, count, until)
        page = yield self._journal.read(wish.room, place, until, count)
        entries = [e for e in page.entries if e.delivery.at >= wish.since]
        if len(entries) > wish.last:
            told = say("More has been said since then. These are the newest {most}.", most=wish.last)
            self._hub.show(session, Answer((told,)))
        self._show(session, receipt, entries[-wish.last :])

    @inlineCallbacks
    def _collect(self, wish: Collect, session: Session, receipt: str) -> Generator[Deferred[Any], Any, None]:
        """Give all that somebody said a page at a time, the next one only once they have taken the one before."""
        place, count = START, 0
        while place:
            entries, place = yield self._journal.said_by(wish.who, wish.since, place, EXPORTED)
            count += len(entries)
            if entries:
                self._hub.show(session, Exported(tuple(entries), wish.form))
            yield deferLater(self._hub.clock, PAUSE)
            while session.paused and session.member.id in self._chat.by_id:
                yield deferLater(self._hub.clock, PATIENCE)
            if session.member.id not in self._chat.by_id:
                return
        told = say("That is all that is kept of you. Messages in rooms: {count}.", count=count)
        self._hub.show(session, Answer((told,)))
        if receipt:
            self._hub.answer(session, receipt)

    def _located(self, page: Page, wish: Locate, session: Session, asked: Delivery) -> None:
        """Go on, also if the one who asked has gone meanwhile; not about what cannot be taken back, or was."""
        if not any(not isinstance(entry.delivery.event, Deleted | Withdrawn) for entry in page.entries):
            text = "There is no message {number} in {room} that could be taken back."
            raise Refusal(Reason.NOT_ALLOWED, text, number=wish.number, room=wish.room)
        self._hub.finish(session.member, wish.then, receipt=asked.receipt, key=asked.key)

    def _located_last(self, found: Sequence[Entry], wish: LocateLast, session: Session, asked: Delivery) -> None:
        """Do it again, now that the last message is known, or that there is none."""
        last = next((_first_wording(e) for e in found if isinstance(e.delivery.event, Talk | Corrected)), UNSAID)
        session.member.said.setdefault(wish.room, last)
        self._hub.finish(session.member, wish.then, receipt=asked.receipt, key=asked.key)

    def _with_neighbours(self, found: Sequence[Entry], session: Session, receipt: str) -> Deferred[None]:
        """Show each that was found between the message before it and the one after."""
        pages = [self._journal.read(str(e.delivery.to), e.seq - 2, e.seq + 1, 3) for e in reversed(found)]
        marked = frozenset((str(e.delivery.to), e.seq) for e in found)
        return gatherResults(pages).addCallback(lambda read: self._show(session, receipt, _merged(read), marked))

    def _show(
        self,
        session: Session,
        receipt: str,
        entries: Sequence[Entry],
        found: frozenset[tuple[str, int]] = frozenset(),
    ) -> None:
        rooms = {str(e.delivery.to) for e in entries}
        runs = {r for r in rooms if self._chat.rank(session.member.who, self._chat.rooms.get(r)) >= Rank.OPERATOR}
        self._hub.show(session, Past(tuple(entries), found, receipt, frozenset(runs)))
        if receipt:
            self._hub.answer(session, receipt)

    def _not_granted(self, failure: Failure, session: Session, receipt: str) -> None:
        no = failure.value
        if not isinstance(no, Refusal):
            log.failure("while seeing to what {name} asked", failure, name=session.member.name)
            no = BROKEN
        self._hub.refuse(session, no, receipt=receipt)


def _asker(me: Member) -> Asker:
    """Return whose turn it is when a member asks for slow work: an account's, or that of a guest at an address."""
    return (f"account {me.account}", "") if me.account else (origin(me.address), names.key(me.name))


def _merged(pages: Sequence[Page]) -> list[Entry]:
    """Return the entries of several pages, each once, by room and number."""
    every = {(str(e.delivery.to), e.seq): e for page in pages for e in page.entries}
    return list(every.values())


def _first_wording(entry: Entry) -> int:
    event = entry.delivery.event
    return event.of if isinstance(event, Corrected) else entry.seq
