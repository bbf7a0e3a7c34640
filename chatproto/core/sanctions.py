"""Whom a ban, a mute or somebody's ignoring is about, and whether it holds for somebody.

An account is known by its name, whatever it is called now. A guest is known by three facts, and none of them is
proof: the session, which a reconnect ends; the name, which anybody may take; and the address, which a whole class may
share. So a sanction holds for the session through every other name, for the name, and for guests who come from that
address afterwards: but for those who were there already, by the names they had. An account is never taken for
somebody else by its address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, replace

from chatproto.core.addresses import covers, is_range

MAX_SPARED = 100  # names of others at one address: more are a crowd, and their address says nothing about one of them
MAX_LINKED = 20  # accounts that one sanction follows a guest into
MAX_ORIGINS = 100  # addresses to which one mute follows an account


@dataclass(frozen=True, slots=True)
class Subject:
    """By what a member is known. `account` is empty for a guest; names are folded; `origin` as in `addresses`."""

    account: str
    session: str
    name: str
    came_as: str
    address: str
    origin: str


def called(name: str) -> Subject:
    """Return somebody of whom no more is known than a folded name."""
    return Subject(account="", session="", name=name, came_as="", address="", origin="")


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a sanction is about, beside the name under which it is listed (the `key` of all methods here).

    `accounts` and `sessions` are that person's; guests from `origins` are taken for them, but for those whose first
    name is `spared`.
    """

    accounts: frozenset[str] = frozenset()
    sessions: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    spared: frozenset[str] = frozenset()

    def is_person(self, key: str, subject: Subject) -> bool:
        """Say whether the subject is the person to whom this was given."""
        if subject.account:
            return subject.account == key or subject.account in self.accounts
        if subject.session in self.sessions or subject.name == key:
            return True
        nobody_was_here = not (self.sessions or self.accounts)
        return nobody_was_here and subject.came_as == key

    def is_about(self, key: str, subject: Subject) -> bool:
        """Say whether this was given to the subject, or to a range of addresses that the subject is in."""
        return self.is_person(key, subject) or covers(key, subject.address)

    def reaches(self, key: str, subject: Subject) -> bool:
        """Say whether this is about the subject, or about a guest whom the subject is taken for."""
        return self.is_about(key, subject) or self.may_be(subject)

    def may_be(self, subject: Subject) -> bool:
        """Say whether the subject is a guest from where that person was, who came under a new name."""
        return not subject.account and subject.origin in self.origins and subject.came_as not in self.spared

    def joined(self, other: Target) -> Target:
        """Return a target that is about both."""
        return Target(
            self.accounts | other.accounts,
            self.sessions | other.sessions,
            self.origins | other.origins,
            self.spared | other.spared,
        )

    def following(self, account: str) -> Target:
        """Return this target, about an account too."""
        return replace(self, accounts=self.accounts | {account})

    def leaving(self, account: str) -> Target:
        """Return this target, no longer about an account."""
        return replace(self, accounts=self.accounts - {account})

    def sparing(self, name: str) -> Target:
        """Return this target, no longer about the guests who come under a name."""
        return replace(self, spared=self.spared | {name})


NOBODY_ELSE = Target()


@dataclass(frozen=True, slots=True)
class Sanction:
    """A ban or a mute: who set it, until when (seconds since the epoch; 0 for always), why, and about whom."""

    by: str
    until: float = 0.0
    why: str = ""
    whom: Target = NOBODY_ELSE

    def holds(self, now: float) -> bool:
        return not self.until or now < self.until


class Index:
    """Finds, of many targets, the few that may be about somebody: by the facts that they name."""

    def __init__(self, targets: Iterable[tuple[str, Target]]) -> None:
        self._by_fact: dict[str, list[str]] = {}
        self._ranges: list[str] = []
        for key, whom in targets:
            for fact in {key, *whom.accounts, *whom.sessions, *whom.origins}:
                self._by_fact.setdefault(fact, []).append(key)
            if is_range(key):
                self._ranges.append(key)

    def near(self, subject: Subject) -> Iterator[str]:
        """Yield the keys of all targets that reach a subject, and perhaps of some that do not; each once."""
        known_by = (subject.account, subject.session, subject.name, subject.came_as, subject.origin)
        found = (key for fact in known_by for key in self._by_fact.get(fact, ()))
        yield from dict.fromkeys((*found, *self._ranges))


class Sanctions(MutableMapping[str, Sanction]):
    """Bans, or mutes, by account, by a guest's folded name, or by a range of addresses.

    Each line that is said asks for whom one of a thousand may hold, so they are found by an index.
    """

    def __init__(self, given: Mapping[str, Sanction] | Iterable[tuple[str, Sanction]] = ()) -> None:
        self._given = dict(given)
        self._index: Index | None = None  # what is undone since it was made is in it still

    def __getitem__(self, key: str) -> Sanction:
        return self._given[key]

    def __setitem__(self, key: str, sanction: Sanction) -> None:
        self._given[key] = sanction
        self._index = None

    def __delitem__(self, key: str) -> None:
        del self._given[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def __repr__(self) -> str:
        return f"Sanctions({self._given})"

    def near(self, subject: Subject) -> list[tuple[str, Sanction]]:
        """Return all that reach a subject, and perhaps some that do not, with their keys."""
        if not self._given:
            return []
        if self._index is None:
            self._index = Index((key, sanction.whom) for key, sanction in self._given.items())
        return [(key, self._given[key]) for key in self._index.near(subject) if key in self._given]

    def reaching(self, subject: Subject, now: float) -> dict[str, Sanction]:
        """Return all that hold for a subject now, by their keys."""
        return {key: s for key, s in self.near(subject) if s.holds(now) and s.whom.reaches(key, subject)}

    def on(self, subject: Subject, now: float) -> tuple[str, Sanction] | None:
        """Return the one that holds for a subject now, with its key; one that is about them before any other."""
        found = self.reaching(subject, now)
        about = (item for item in found.items() if item[1].whom.is_about(item[0], subject))
        return next(about, next(iter(found.items()), None))
