"""Finding somebody or some room, or refusing: every check that a command makes before it changes anything."""

from __future__ import annotations

from chatproto.core import facts, names
from chatproto.core.declare import SERVER_WIDE, Command, Rank
from chatproto.core.events import Reason, Refusal
from chatproto.core.members import Member, Person, Room
from chatproto.core.state import State

MAX_LOOKED_AT = 64  # rooms that nobody is in, of which what is remembered stays as it was read


class Finding(State):
    """What is there, and who may."""

    def known(self, name: str) -> Person | None:
        """Return the person here who owns this name, whatever they are called now, or who is called so."""
        key = self.key(name)
        return self.owners.get(key) or self.people.get(key)

    def key(self, name: str) -> str:
        """Return what the owner of a name, or a guest of that name, is found by, however it was typed."""
        account = self.accounts.get(name)
        return names.fold(account.name) if account else names.key(name)

    def person(self, name: str) -> Person:
        """Return the person here of this name, or refuse."""
        found = self.known(name)
        if found is None:
            raise Refusal(Reason.NO_SUCH_USER, "There is no {name} here. /who lists who is.", name=_shown(name))
        return found

    def place(self, me: Member, command: Command) -> Room | None:
        """Return the room that a command is about: the one it names, else the current one, if there is one."""
        name: str = getattr(command, "room", "") or me.current
        return self.rooms.get(name)

    def room(self, me: Member, name: str = "") -> Room:
        """Return the room of this name, or the current one: one that the member is in, or an administrator names.

        To an administrator it is there, too, if nobody is in it and it is kept: until what they asked is done.
        """
        if name and me.admin and name not in self.rooms and self._is_kept(name):
            self.rooms[name] = self.as_remembered(name)
            self._visited.add(name)
        return self._room(me, name)

    def _is_kept(self, name: str) -> bool:
        return self.has_log(name) or bool(self._remembered.get(name))

    def leave_visited(self) -> None:
        """Let go of the rooms that were there only for an administrator's command, once it is done."""
        for name in self._visited:
            if not self.rooms[name].members:
                del self.rooms[name]
        self._visited.clear()

    def knows(self, me: Member, room: Room) -> bool:
        """Say whether somebody may come into a room without an invitation; if not, it is not there for them."""
        if not room.private or me.admin or me.who in room.people:
            return True
        let_in = bool(me.account) and (me.account in room.owners or me.account in room.admitted)
        return let_in and not room.bans.on(me.subject, self.now)

    def _room(self, me: Member, name: str) -> Room:
        room = self.rooms.get(name or me.current)
        if room and not self.knows(me, room):
            room = None
        if room is None and name:
            raise Refusal(
                Reason.NO_SUCH_ROOM, "There is no room {room}. /rooms lists them, /join makes one.", room=name
            )
        if room is None and me.console:
            raise Refusal(Reason.NOT_IN_ROOM, "The console is in no room. Name one, as {lobby}.", lobby=names.LOBBY)
        if room is None:
            raise Refusal(Reason.NOT_IN_ROOM, "You are in no room. /join ROOM takes you into one.")
        if me.id not in room.members and not me.admin:
            raise Refusal(Reason.NOT_IN_ROOM, "You are not in {room}. /join {room} takes you there.", room=room.name)
        return room

    def as_remembered(self, name: str) -> Room:
        """Return the room of this name: as it is, or, if nobody is in it, as it will be for who comes first."""
        return self.rooms.get(name) or facts.restore(Room(name), self._remembered.get(name, {}))

    def as_left(self, name: str) -> Room:
        """Return the room of this name, to look at and not to change: as it is, or as it is remembered.

        A thousand bans are not read anew for each who asks to come in.
        """
        remembered = self._remembered.get(name)
        if name in self.rooms or not remembered:
            return self.as_remembered(name)
        facts_then, room = self._looked_at.get(name, (None, None))
        if room is None or facts_then is not remembered:
            room = self.as_remembered(name)
            self._looked_at[name] = remembered, room
            if len(self._looked_at) > MAX_LOOKED_AT:
                del self._looked_at[next(iter(self._looked_at))]
        return room

    def own_room(self, me: Member, name: str = "") -> Room:
        """Return the room of this name, or the current one; an administrator, too, must be in it."""
        room = self._room(me, name)
        if me.id not in room.members:
            raise Refusal(Reason.NOT_IN_ROOM, "You are not in {room}. /join {room} takes you there.", room=room.name)
        return room

    def scope(self, me: Member, name: str) -> Room | None:
        """Return the room that an order is about, or None for the whole server.

        An administrator asks for the server by a word, or is in no room and names none, as the console always is.
        """
        server_wide = name == SERVER_WIDE or not (name or me.current)
        return None if server_wide and me.admin else self.room(me, name)

    def inside(self, room: Room, name: str) -> Person:
        """Return who has this name, in this room."""
        found = self.person(name)
        if found not in room.people:
            raise Refusal(Reason.NO_SUCH_USER, "{name} is not in {room}.", name=found.name, room=room.name)
        return found

    def rank(self, who: Person, room: Room | None) -> Rank:
        """Return what somebody is: an administrator, an operator of this room, or neither."""
        if who.admin:
            return Rank.ADMIN
        return Rank.OPERATOR if room and who in room.operators else Rank.MEMBER

    def check_outranked(self, me: Member, other: Person, room: Room | None) -> None:
        """Refuse to use force on oneself or on somebody of a higher rank."""
        if other is me.who or self.rank(other, room) > self.rank(me.who, room):
            raise Refusal(Reason.NOT_ALLOWED, "You cannot do that to {name}.", name=other.name)

    def check_free(self, name: str, who: Person | None = None) -> None:
        """Refuse a name that somebody else has."""
        if self.people.get(names.fold(name), who) is not who:
            raise Refusal(Reason.NAME_IN_USE, "Somebody is called {name} already. Choose another name.", name=name)

    def check_room_for(self, who: Person | None, name: str) -> None:
        """Refuse one more person where the limit is reached."""
        room = self.rooms.get(name)
        if room and room.limit and len(room.people) >= room.limit and who not in room.people:
            raise Refusal(
                Reason.ROOM_FULL,
                "{room} is full ({limit} members). Try again later.",
                room=name,
                limit=room.limit,
            )


def _shown(name: str) -> str:
    return names.fold(name)[: names.MAX_NAME] if name.isprintable() else "?"
