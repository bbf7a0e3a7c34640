"""Bans, mutes and ignoring: whom they are about when they are given, and whom they hold for afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chatproto.core import names
from chatproto.core.addresses import origin
from chatproto.core.declare import Rank
from chatproto.core.events import Reason, Refusal, Sentence, say
from chatproto.core.finding import Finding
from chatproto.core.members import Member, Person, Room, span
from chatproto.core.sanctions import MAX_SPARED, NOBODY_ELSE, Sanction, Sanctions, Subject, Target

# What a guest is told who is only taken for somebody banned: on coming to the server, and to a room.
TAKEN_FOR = "A guest from your address is banned here{until}. Come in with your own name: /login NAME PASSWORD"
TAKEN_FOR_HERE = (
    "A guest from your address is banned here{until}. Come in with your own name: /login NAME PASSWORD, "
    "or ask an operator to /unban you."
)


class Enforcing(Finding):
    """Finds those whom a sanction is about, and refuses them."""

    def target(self, name: str) -> tuple[str, Target]:
        """Return the key under which a sanction of this name is listed, and whom it is about.

        A nickname of an account stands for the account.
        """
        who = self.known(name)
        if who is None:
            key = self.key(name)
            return key, Target(accounts=frozenset({key} if self.accounts.get(name) else ()))
        if who.account:
            return who.account, self._target(who, Target(accounts=frozenset({who.account})))
        return names.fold(who.name), self._target(who, Target(sessions=frozenset({who.session})))

    def _target(self, who: Person, known: Target) -> Target:
        origins = frozenset(origin(place.address) for place in who.places.values())
        return known.joined(self.taken_for(who, origins))

    def taken_for(self, who: Person, origins: frozenset[str]) -> Target:
        """Return whom guests from these addresses are taken for: nobody, where too many others are there already."""
        others = self._guests_at(origins) - {who.identity, names.fold(who.name)}
        return Target(origins=origins, spared=others) if len(others) <= MAX_SPARED else NOBODY_ELSE

    def _guests_at(self, origins: frozenset[str]) -> frozenset[str]:
        """Return the names, now and when they came, of the guests who are at these addresses."""
        guests = (who for who in self.people.values() if not who.account)
        near = (who for who in guests if any(origin(place.address) in origins for place in who.places.values()))
        return frozenset(name for who in near for name in (who.identity, names.fold(who.name)))

    def check_ban(self, subject: Subject, bans: Sanctions, *, here: bool = False) -> None:
        """Refuse somebody for whom a ban holds. Who is `here` can ask to be spared: by the name, an operator may."""
        found = bans.on(subject, self.now)
        if found is None:
            return
        key, ban = found
        if ban.whom.is_about(key, subject):
            raise Refusal(Reason.BANNED, "You are banned here{until}{why}.", **self.terms(ban))
        text = TAKEN_FOR_HERE if here else TAKEN_FOR
        raise Refusal(Reason.BANNED, text, until=self.terms(ban)["until"])

    def check_known_as(self, me: Member, subject: Subject, name: str) -> None:
        """Refuse to let somebody be known as a subject who is banned from the server, or from a room where they are."""
        self.check_ban(subject, self.bans)
        for room in me.rooms.values():
            if found := room.bans.on(subject, self.now):
                text = "{name} is banned in {room}{until}{why}. /leave {room} first."
                raise Refusal(Reason.BANNED, text, name=name, room=room.name, **self.terms(found[1]))

    def check_away(self, me: Member, name: str) -> None:
        """Refuse to use force on an administrator who is away, but by another one."""
        account = self.accounts.get(name)
        if account and account.admin and not me.admin:
            raise Refusal(Reason.NOT_ALLOWED, "You cannot do that to {name}.", name=account.name)

    def check_voice(self, me: Member, room: Room) -> None:
        """Refuse somebody who may not speak in this room now."""
        if found := room.mutes and room.mutes.on(me.subject, self.now):
            raise self._muted(me.subject, room, *found)
        if room.hushed and self.rank(me.who, room) < Rank.OPERATOR:
            raise Refusal(Reason.MUTED, "{room} is hushed: only its operators may speak now.", room=room.name)

    def _muted(self, subject: Subject, room: Room, key: str, mute: Sanction) -> Refusal:
        if mute.whom.is_about(key, subject):
            return Refusal(Reason.MUTED, "You are muted in {room}{until}{why}.", room=room.name, **self.terms(mute))
        text = (
            "A guest from your address is muted in {room}{until}. Come in with your own name: /login NAME PASSWORD, "
            "or ask an operator to /unmute you."
        )
        return Refusal(Reason.MUTED, text, room=room.name, until=self.terms(mute)["until"])

    def lifting(self, targets: Mapping[str, Target], key: str) -> dict[str, Target | None]:
        """Return the targets that change when nothing here is to be about somebody any more: None is an end.

        Where somebody is only one of those whom a sanction came to be about, the others are not let off.
        """
        who = self.known(key)
        account = who.account if who and who.account else key
        subjects = [place.subject for place in who.places.values()] if who else []
        if ending := [k for k, whom in targets.items() if k == account or _was_given_to(subjects, k, whom)]:
            return dict.fromkeys(ending)
        if linked := {k: whom.leaving(account) for k, whom in targets.items() if account in whom.accounts}:
            return dict(linked)
        taken_for = {k: whom for k, whom in targets.items() if any(whom.may_be(subject) for subject in subjects)}
        return {k: whom.sparing(subject.came_as) for k, whom in taken_for.items() for subject in subjects}

    def terms(self, sanction: Sanction) -> dict[str, Sentence]:
        """Return the two ends of a sentence about a sanction: for how long still, and why."""
        left = sanction.until - self.now
        return {
            "until": say(" for {span} more", span=span(left)) if sanction.until else say(""),
            "why": say(": {reason}", reason=sanction.why) if sanction.why else say(""),
        }


def _was_given_to(subjects: Iterable[Subject], key: str, whom: Target) -> bool:
    return any(not subject.account and whom.is_person(key, subject) for subject in subjects)
