"""Names that belong to people: accounts, their tokens, and how guessing at them is slowed.

A secret is an argon2id hash made at the edge; a token is 128 random bits, kept as a digest: it needs no slow
hash, so that a herd that comes back at once costs none.
"""

from __future__ import annotations

import json
import unicodedata
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from chatproto.core import names
from chatproto.core.addresses import origin
from chatproto.core.events import Reason, Refusal, Remembered
from chatproto.core.lookalike import disguise_in, skeletons
from chatproto.core.members import span
from chatproto.core.names import RESERVED, check_new, described
from chatproto.core.wellformed import number, object_of, text

MIN_PASSWORD, MAX_PASSWORD = 8, 128  # NIST SP 800-63B: at least eight characters, no rules of composition
MAX_TOKENS = 20  # of one account: its bots and devices
TOKEN_MARK = "chat_"  # what a token begins with, so that it is told from a password  # noqa: S105
# Wrong passwords that are let through at once, and seconds after which one more is. More for an account than from an
# address: whoever guesses from one place must not use up what its owner has at another.
FROM_ADDRESS, FOR_ACCOUNT = (5, 10.0), (20, 2.0)
MAX_SUSPECTS = 10_000  # addresses and accounts of which wrong guesses are remembered
KEY = "account "


@dataclass(frozen=True, slots=True)
class Account:
    """A registered name, as it is now: what changes is another value, under the same name."""

    name: str
    secret: str
    admin: bool = False
    tokens: Mapping[str, str] = field(default_factory=dict)  # digest by label
    since: float = 0.0  # when it was registered; what was said under the name before was somebody else's, perhaps

    def holds(self, proof: str) -> bool:
        """Say whether this is what is kept of its password, or of one of its tokens: still, that is."""
        return proof == self.secret or proof in self.tokens.values()

    @property
    def fact(self) -> Remembered:
        """Return this account as the journal remembers it."""
        value = {"name": self.name, "secret": self.secret, "admin": self.admin, "tokens": dict(self.tokens)}
        value |= {"since": self.since} if self.since else {}
        return Remembered(KEY + names.key(self.name), json.dumps(value, ensure_ascii=False))


def restored(value: str) -> Account:
    """Return the account that is remembered like this."""
    found = object_of(value)
    tokens = {text(label): text(digest) for label, digest in found["tokens"].items()}
    return Account(
        name=text(found["name"]),
        secret=text(found["secret"]),
        admin=found["admin"] is True,
        tokens=tokens,
        since=number(found.get("since", 0.0)),
    )


class Accounts:
    """All accounts, by folded name; and whom their names protect."""

    def __init__(self) -> None:
        self._by_name: dict[str, Account] = {}
        self._looks: dict[
            tuple[int, str], str
        ] = {}  # names by their skeletons: of each three, told apart by the number
        for name in RESERVED:
            self._guard(name)

    def get(self, name: str) -> Account | None:
        """Return the account of a name."""
        return self._by_name.get(names.key(name))

    def add(self, account: Account) -> None:
        """Let a name belong to somebody."""
        self._by_name[names.key(account.name)] = account
        self._guard(account.name)

    def called(self, name: str) -> str:
        """Return a registered name as it is written."""
        return self._by_name[names.key(name)].name

    def forget(self, account: Account) -> None:
        """Let a name be nobody's again."""
        del self._by_name[names.key(account.name)]
        for look in enumerate(skeletons(account.name)):
            if self._looks[look] == account.name:
                del self._looks[look]

    def learn(self, value: str) -> None:
        """Take an account back from the journal; ValueError if it is none."""
        self.add(restored(value))

    def has_admin(self) -> bool:
        """Say whether anybody is an administrator for good."""
        return any(account.admin for account in self._by_name.values())

    def by_token(self, name: str, digest: str) -> Account | None:
        """Return the account of a name, if this is the digest of one of its tokens."""
        account = self.get(name)
        return account if account and digest in account.tokens.values() else None

    def check_unclaimed(self, name: str) -> None:
        """Refuse a name that belongs to somebody, looks like one that does or like the server's own, or is no good."""
        check_new(name)
        if names.key(name) in self._by_name:
            raise Refusal(
                Reason.NAME_RESERVED,
                "{name} belongs to somebody. If that is you: /login {name} PASSWORD. Otherwise choose another name.",
                name=name,
            )
        alike = (self._looks.get(look) for look in enumerate(skeletons(name)))
        if other := next(filter(None, alike), None):
            raise Refusal(
                Reason.NAME_RESERVED,
                "That name looks like {name}, which belongs to somebody, but for {character}. Choose another one.",
                name=other,
                character=described(disguise_in(name, other)),
            )

    def _guard(self, name: str) -> None:
        for look in enumerate(skeletons(name)):
            self._looks.setdefault(look, name)


def check_proof(account: Account, proof: str) -> None:
    """Refuse what was right when it was looked at, and has been changed or revoked meanwhile."""
    if not account.holds(proof):
        raise wrong_passcode()


def wrong_passcode() -> Refusal:
    """Return the one no to a wrong password, a wrong token and a name that is nobody's."""
    return Refusal(Reason.WRONG_PASSCODE, "The name or the password is wrong.")


def check_password(password: str) -> str:
    """Return a password that is good enough, as it is hashed; or refuse it."""
    password = composed(password)
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Refusal(
            Reason.BAD_TEXT,
            "A password has {least} to {most} characters. A few words are easy to keep in mind.",
            least=MIN_PASSWORD,
            most=MAX_PASSWORD,
        )
    return password


def composed(password: str) -> str:
    """Return a password as it is hashed: another device may type 한 or é by its parts (RFC 8265: NFC)."""
    return unicodedata.normalize("NFC", password)


class Guessing:
    """Slows down who guesses: by address and by account, however often they reconnect.

    An address from which the account's owner came in before is never slowed for the account's sake: nobody
    can lock an owner out by guessing. For an account a guess counts from its beginning, since guesses come several
    at once; for an address once it is wrong, since a class that logs in behind one address does so too.
    """

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, tuple[float, float]] = OrderedDict()  # guesses, and when they were counted
        self._known: OrderedDict[str, None] = OrderedDict()

    def check(self, name: str, address: str, now: float) -> None:
        """Refuse a guess that comes too soon."""
        rules = [(_origin(address), FROM_ADDRESS)]
        if f"{names.key(name)} {_origin(address)}" not in self._known:
            rules.append((_account(name), FOR_ACCOUNT))
        wait = max((self._count(key, every, now) - at_once + 1) * every for key, (at_once, every) in rules)
        if wait > 0:
            raise Refusal(Reason.TOO_FAST, "Too many wrong passwords. Try again in {span}.", span=span(wait))

    def begun(self, name: str, now: float) -> None:
        """Count a guess at an account."""
        self._add(_account(name), FOR_ACCOUNT[1], 1, now)

    def wrong(self, address: str, now: float) -> None:
        """Count a guess that was wrong."""
        self._add(_origin(address), FROM_ADDRESS[1], 1, now)

    def taken_back(self, name: str, now: float) -> None:
        """Let a guess not have been one: it was right, or nobody had time to look at it."""
        self._add(_account(name), FOR_ACCOUNT[1], -1, now)

    def right(self, name: str, address: str, now: float) -> None:
        """Take note that the owner of an account comes from this address."""
        self.taken_back(name, now)
        self._known[f"{names.key(name)} {_origin(address)}"] = None
        _shorten(self._known)

    def _add(self, key: str, every: float, guesses: int, now: float) -> None:
        self._wrong[key] = (max(0.0, self._count(key, every, now) + guesses), now)
        self._wrong.move_to_end(key)
        _shorten(self._wrong)

    def _count(self, key: str, every: float, now: float) -> float:
        count, when = self._wrong.get(key, (0.0, now))
        return max(0.0, count - (now - when) / every)


def _account(name: str) -> str:
    return f"for {names.key(name)}"


def _origin(address: str) -> str:
    return f"from {origin(address)}"


def _shorten(table: OrderedDict[str, tuple[float, float]] | OrderedDict[str, None]) -> None:
    while len(table) > MAX_SUSPECTS:
        table.popitem(last=False)
