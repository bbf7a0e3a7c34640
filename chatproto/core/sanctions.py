"""Whom a ban, a mute or somebody's ignoring is about, and whether it holds for somebody.

An account is known by its name, whatever it is called now. A guest is known by three facts, and none of them is
proof: the session, which a reconnect ends; the name, which anybody may take; and the address, which a whole class may
share. So a sanction holds for the session through every other name, for the name, and for guests who come from that
address afterwards: but for those who were there already, by the names they had. An account is never taken for
somebody else by its address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from chatproto.core.addresses import covers

MAX_SPARED = 100  # names of others at one address: more are a crowd, and their address says nothing about one of them
MAX_LINKED = 20  # accounts that one sanction follows a guest into


@dataclass(frozen=True, slots=True)
class Subject:
    """By what a member is known. `account` is empty for a guest; names are folded; `origin` as in `addresses`."""

    account: str
    session: str
    name: str
    came_as: str
    address: str
    origin: str


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


Sanctions = dict[str, Sanction]  # by account, by a guest's folded name, or by a range of addresses
