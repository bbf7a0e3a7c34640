"""What a guest had, and what held for the guest, becomes the account's: on `/register`, and on `/login` from within."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from chatproto.core import facts
from chatproto.core.events import Delivery, Reason, Refusal
from chatproto.core.members import MAX_IGNORED, MAX_SANCTIONS, Member, Person, Room
from chatproto.core.remembering import Remembering
from chatproto.core.sanctions import MAX_LINKED, MAX_ORIGINS, Sanctions, Subject, Target

Held: TypeAlias = Callable[[Target, str, Subject], bool]  # which sanctions follow: `Target.is_person`, or `reaches`


class Carrying(Remembering):
    """Carries a standing over: rights, admissions, sanctions, ignoring, and which message was the last."""

    def check_carried(self, me: Member, held: Held) -> None:
        """Refuse to take one account after another out of one sanction."""
        for room in (None, *self._rooms_with_sanctions()):
            for sanctions in self._tables(room):
                _check_linked(sanctions, me.subject, held)

    def carry(self, me: Member, account: str, held: Held) -> Iterable[Delivery]:
        """Let an account have what this member has, and be under the sanctions that they are under. Check first.

        Rights and admissions are a guest's alone: who leaves one account for another leaves them there.
        """
        yield from self._follow(None, me.subject, account, held)
        for room in list(self._rooms_with_sanctions()):
            if not me.account:
                yield from self._give(room, me.who, account)
            yield from self._follow(room, me.subject, account, held)
        for listener in self.people.values():
            self._go_on_ignoring(listener, me.subject, account, held)

    def follow_to(self, room: Room, me: Member) -> Iterable[Delivery]:
        """Let the mutes of an account know of one more address where its owner is: as a guest from there it is muted.

        A guest is not followed so, since anybody may come under the name.
        """
        subject = me.subject
        if not subject.account:
            return
        new = [
            key
            for key, mute in room.mutes.near(subject)
            if mute.whom.is_person(key, subject)
            and subject.origin not in mute.whom.origins
            and len(mute.whom.origins) < MAX_ORIGINS
        ]
        if new:
            self._changes(room)
        for key in new:
            whom = room.mutes[key].whom.joined(self.taken_for(me.who, frozenset({subject.origin})))
            room.mutes[key] = replace(room.mutes[key], whom=whom)
        if new:
            yield from self.to_remember(room)

    def merge(self, guest: Person, who: Person) -> None:
        """Let the owner of an account have what is a guest's own and not remembered."""
        who.admin = who.admin or guest.admin
        who.ignored = dict([*guest.ignored.items(), *who.ignored.items()][-MAX_IGNORED:])
        who.whisperer = who.whisperer or guest.whisperer
        for room, last in guest.said.items():
            who.said[room] = max(last, who.said.get(room, last))
        for other in self.people.values():
            if other.whisperer is guest:
                other.whisperer = who

    def _rooms_with_sanctions(self) -> Iterator[Room]:
        """Yield the rooms that are open, and of those that nobody is in the ones that ban or mute anybody."""
        yield from self.rooms.values()
        for name, found in self._remembered.items():
            if name not in self.rooms and name != facts.SERVER and facts.sanctions_anybody(found):
                yield self.as_remembered(name)

    def _tables(self, room: Room | None) -> tuple[Sanctions, ...]:
        return (room.bans, room.mutes) if room else (self.bans,)

    def _give(self, room: Room, guest: Person, account: str) -> Iterable[Delivery]:
        """Let a guest's rights in a room, and that they were let in, be the account's."""
        runs = guest in room.operators and account not in room.owners
        invited = room.private and guest in room.people and account not in room.admitted
        if not (runs or invited):
            return
        self._changes(room)
        if runs:
            room.owners.add(account)
        if invited and len(room.admitted) < MAX_SANCTIONS:
            room.admitted.add(account)
        yield from self.to_remember(room)

    def _follow(self, room: Room | None, subject: Subject, account: str, held: Held) -> Iterable[Delivery]:
        """Let the sanctions of a room, or of the server, that hold for a subject hold for an account too."""
        holding = [
            (sanctions, key)
            for sanctions in self._tables(room)
            for key, sanction in sanctions.near(subject)
            if sanction.holds(self.now) and held(sanction.whom, key, subject)
        ]
        if not holding:
            return
        self._changes(room)
        for sanctions, key in holding:
            sanctions[key] = replace(sanctions[key], whom=sanctions[key].whom.following(account))
        yield from self.to_remember(room)

    def _go_on_ignoring(self, listener: Person, subject: Subject, account: str, held: Held) -> None:
        """Let somebody who ignores a subject ignore the account too."""
        before = listener.ignored
        found = {key: whom.following(account) for key, whom in before.items() if held(whom, key, subject)}
        if not found:
            return
        listener.ignored = {**before, **found}
        if self._undoing:
            self.unless_kept(lambda: setattr(listener, "ignored", before))

    def _changes(self, room: Room | None) -> None:
        """Say that a room's facts change, where what is being done is undone as a whole; a log-in is not."""
        if self._undoing:
            self.changing(room)


def _check_linked(sanctions: Sanctions, subject: Subject, held: Held) -> None:
    for key, sanction in sanctions.near(subject):
        if len(sanction.whom.accounts) >= MAX_LINKED and held(sanction.whom, key, subject):
            text = "You are banned or muted, and have taken too many names since. Ask an operator."
            raise Refusal(Reason.NOT_ALLOWED, text)
