"""Invitations: where a chat is for others, and who may come into a private room.

An invitation is 128 random bits, kept as a digest. That it was taken and that its bearer came in is one act, kept or
undone as a whole: so it is good once, also for two at the same time, and through a restart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chatproto.core import facts
from chatproto.core.enforcing import Enforcing
from chatproto.core.events import Delivery, Reason, Refusal, Remembered, Sentence, say
from chatproto.core.members import INVITED_FOR, MAX_INVITATIONS, Invitation, Member, Room


@dataclass(frozen=True, slots=True)
class Reach:
    """Where others reach this chat: a host and a port, by TLS or not, and the page's address if there is one.

    Where there is a plain port and one for TLS, `port` is the plain one and `tls_port` the other.
    """

    host: str
    port: int
    tls: bool = False
    page: str = ""
    tls_port: int = 0

    @property
    def plain_port(self) -> int:
        """The port for telnet; 0 if there is none."""
        return 0 if self.tls else self.port

    @property
    def secure_port(self) -> int:
        """The port for TLS; 0 if there is none."""
        return self.port if self.tls else self.tls_port

    @property
    def by_tls(self) -> str:
        """What our client is given to come by TLS."""
        return f"tls:{at_port(self.host)}:{self.secure_port}"

    def ways(self, room: str, token: str = "") -> Iterator[Sentence]:
        """Yield the ways into a room, one for each kind of client."""
        name = room.removeprefix("#")
        if self.page:
            yield say("With a browser: {url}", url=f"{self.page}#{name}{'/' if token else ''}{token}")
        if self.host:
            where = self.by_tls if self.secure_port else f"{self.host} --port {self.port}"
            with_token = f" --invitation {token}" if token else ""
            client = f"python -m chatproto.client {where} --room {name}{with_token}"
            yield say("With the terminal client: {line}", line=client)
        line = join(room, token)
        if self.host and self.plain_port:
            telnet = f"telnet {self.host} {self.port}"
            yield say("With telnet: {telnet}, and after your name: {line}", telnet=telnet, line=line)
        else:
            yield say("Who is here already: {line}", line=line)


NOWHERE = Reach("", 0)


def at_port(host: str) -> str:
    """Return a host as it stands before a colon and a port: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def join(room: str, token: str) -> str:
    """Return the line that takes somebody into a room."""
    return f"/join {room} {token}".rstrip()


class Inviting(Enforcing):
    """Lets people into private rooms, by what they bring. `reach` is set at the edge, which alone knows it."""

    reach: Reach = NOWHERE

    def way_into(self, room: str, token: str = "") -> str:
        """Return the line that takes somebody who is here into a room."""
        return join(room, token)

    def check_may_join(self, me: Member, name: str, token: str = "") -> None:
        """Refuse who may not come into this room."""
        room = self.as_left(name)
        if me.console:
            raise Refusal(Reason.NOT_ALLOWED, "The console stands outside the rooms. Join with the client.")
        most = self.settings.max_rooms
        if most and len(me.rooms) >= most:
            raise Refusal(Reason.NOT_ALLOWED, "You are in {most} rooms already. /leave one of them first.", most=most)
        self.check_invited(me, room, token)
        if not me.admin:
            self.check_ban(me.subject, room.bans, here=True)
            self.check_room_for(me.who, name)
            if name not in self.rooms and not self._is_kept(name):
                self.new_rooms.check(me.address, name, self.elapsed())

    def check_invited(self, me: Member, room: Room, token: str) -> None:
        """Refuse somebody who may not come into a private room.

        An invitation into a room that is not there is answered as a wrong one into a private room.
        """
        if self.knows(me, room) and not (token and self._is_nowhere(room.name)):
            return
        if not token:
            text = "{room} is private. Somebody who runs it can invite you; then: /join {room} INVITATION"
            raise Refusal(Reason.NOT_ALLOWED, text, room=room.name)
        invitation = self.invitations.get(room.name, {}).get(digest_of(token))
        if invitation is None or invitation.until < self.now:
            raise Refusal(Reason.NOT_ALLOWED, "That invitation has been used, has run out, or is for another room.")

    def _is_nowhere(self, name: str) -> bool:
        return name not in self.rooms and not self._is_kept(name)

    def invite(self, me: Member, room: Room, token: str) -> Iterable[Delivery]:
        """Let a token be an invitation into a room; give up those that have run out."""
        invited = self.invitations.setdefault(room.name, {})
        old = [digest for digest, invitation in invited.items() if invitation.until < self.now]
        if len(invited) - len(old) >= MAX_INVITATIONS:
            text = "{most} invitations into {room} have not been used yet. They run out within a week."
            raise Refusal(Reason.NOT_ALLOWED, text, most=MAX_INVITATIONS, room=room.name)
        for digest in old:
            yield self._take(room.name, digest)
        invitation = invited[digest_of(token)] = Invitation(me.name, self.now + INVITED_FOR)
        self.unless_kept(lambda: invited.pop(digest_of(token)))
        yield self.remember(facts.of_invitation(room.name, digest_of(token), invitation))

    def spend(self, room: str, token: str) -> Delivery:
        """Take an invitation that was found good: nobody else comes in by it."""
        return self._take(room, digest_of(token))

    def _take(self, room: str, digest: str) -> Delivery:
        invitation = self.invitations[room].pop(digest)
        self.unless_kept(lambda: self.invitations[room].update({digest: invitation}))
        return self.remember(Remembered(f"{facts.INVITATION}{room} {digest}", ""))


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
