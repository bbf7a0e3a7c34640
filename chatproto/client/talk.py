"""A conversation at a screen: what is heard finds its pane, what is said is seen at once.

The law here: the session's and the conversation's rules are taken as they are; this only tells the desk of them. Who
draws the desk is told when there is something new to draw.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from chatproto.client.completion import Known
from chatproto.client.conversation import Conversation, Screen, Setting, Stage
from chatproto.client.desk import TALK, Desk, Line
from chatproto.client.message import Message, one_word
from chatproto.client.outbox import Asking, Parcel, comes_round_as
from chatproto.client.roster import Present, Roster
from chatproto.client.session import Session
from chatproto.client.tastes import Tastes
from chatproto.client.view import View, is_by, names_me
from chatproto.core.commands.rooms import Join, Rooms
from chatproto.core.commands.talk import Msg, Reply
from chatproto.core.events import Reason, Refusal, Sentence, say
from chatproto.core.settings import Settings

MAX_LINE = Settings().max_body  # bytes: what a server takes that was not told otherwise
BACKLOG = 50  # messages from before that are wanted on entering a room: a page or two
NEW = say("new")  # stands above what one has not read
TYPED = "typed"  # the event of a command that is on its way


class Front(Screen, Protocol):
    """What a talk needs of whoever draws it: what is to be seen lies on its desk, so nothing is shown as text."""

    def changed(self) -> None:
        """Draw, when there is time."""

    def ring(self) -> None:
        """Ring the bell."""


class Talk(Conversation):
    """One person at a screen. What is drawn of it: `desk` and `present`."""

    def __init__(self, session: Session, front: Front, view: View, tastes: Tastes, setting: Setting) -> None:
        super().__init__(session, front, view, tastes, setting)
        self.front = front
        self.desk, self._roster = Desk(), Roster()
        self._unasked: set[str] = set()  # rooms whose state will be told, though nobody asked to read it
        self._unseen: set[str] = set()  # keys of what was asked without being typed
        self._rooms: list[str] = []  # all that the server named
        self._rooms_unasked = 0  # answers that will name them, though nobody asked to read them
        self._whisperer = ""  # whom /reply answers
        self._standing: dict[str, Message] = {}  # the answers to /join, until what was said before has come

    # --- what is asked ----------------------------------------------------------------------------

    def typed(self, line: str) -> None:
        """Take a line, and show it at once if it goes to the server."""
        if len(line.encode("utf-8", "replace")) > MAX_LINE:
            self.mistyped(Refusal(Reason.TOO_LONG, "That line is too long: at most {most} bytes.", most=MAX_LINE))
        else:
            super().typed(line)
        self._look_over()

    def go_to(self, room: str) -> None:
        """Have a room before one's eyes: lines go there from now on."""
        if room in self.session.rooms:
            self.session.current = room
            self._look_over()

    def step(self, by: int) -> None:
        """Go so many rooms down, or up, round and round."""
        rooms = list(self.session.rooms)
        if self.session.current in rooms:
            self.go_to(rooms[(rooms.index(self.session.current) + by) % len(rooms)])

    def to_unread(self) -> None:
        """Go to the next room with something unread: first to one that calls."""
        panes = [pane for pane in self.desk.panes.values() if pane.unread]
        for pane in sorted(panes, key=lambda pane: not pane.called)[:1]:
            self.go_to(pane.room)

    def look_up(self, *, attentive: bool) -> None:
        """Take note of whether somebody looks at the newest."""
        self.desk.look(self.desk.open, attentive=attentive)
        self.front.changed()

    def leave(self) -> None:
        """Leave, once what was said is answered."""
        self._part()

    def _join(self, command: Join, line: str) -> None:
        if command.room in self.session.rooms:
            self.go_to(command.room)
        else:
            super()._join(command, line)

    # --- what is seen -----------------------------------------------------------------------------

    @property
    def present(self) -> Present:
        """Who is in the room that is open."""
        return self._roster[self.desk.open]

    def known(self) -> Known:
        """Return whom and what one may mean in a line."""
        others = [name for name in self.present.names if name != self.session.name]
        rooms = list(dict.fromkeys([*self.session.rooms, *self._rooms]))
        return Known(others, rooms, seat=self.setting.seat)

    def _look_over(self) -> None:
        """Bring the desk up to what the session says: its rooms, the current one, what is on its way."""
        rooms = tuple(self.session.rooms)
        if rooms != tuple(room for room in self.desk.panes if room):
            for room in set(self.desk.panes) - set(rooms):
                self._roster.forget(room)
            self.desk.keep_only(rooms)
        self.desk.look(self.session.current, attentive=self.desk.attentive)
        for parcel in self.session.outbox if self.stage is not Stage.OVER else ():
            line = own_line(parcel, self.session.name, self.session.now, self._whisperer)
            if line and not parcel.seq and parcel.key not in self._unseen:
                self.desk.send(parcel, line)
        self.front.changed()

    # --- what the session tells -------------------------------------------------------------------

    def connected(self, *, again: bool) -> None:
        """Show the rooms; on coming back their state is told anew."""
        if again:
            self._unasked |= {room for room, place in self.session.rooms.items() if place.entered}
        super().connected(again=again)
        if not self._rooms_unasked:  # else it is still in the outbox
            self._rooms_unasked = 1
            self._unseen.add(self.session.ask("/rooms", Rooms()).key)
        self._look_over()

    def heard(self, message: Message) -> None:
        """Take what happened into its pane."""
        self._roster.hear(message)
        if message.direct and not message.own:
            self._whisperer = message.who
        if message.own:
            self.desk.came_round(message)
        elif message.event == "answer":
            self._answered(message)
        else:
            if message.event == "refused":
                self.desk.fail(message.headers.get("receipt-id", ""))
            super().heard(message)
        self._say_where_one_stands()
        self.front.changed()

    def _answered(self, message: Message) -> None:
        """Show an answer; not one that nobody asked for, and that to /join only below what was said before."""
        room = one_word(message.headers.get("room", ""))
        place = self.session.rooms.get(room)
        named = [one_word(room) for room in message.headers.get("rooms", "").split(",") if room]
        self._rooms = named or self._rooms
        if named and self._rooms_unasked:
            self._rooms_unasked -= 1
        elif room in self._unasked:
            self._unasked.discard(room)
        elif place and not place.entered:
            self._standing[room] = message
        else:
            super().heard(message)

    def _introduce(self, message: Message) -> None:
        """Have the separator before it, also where nothing is shown of what was read."""
        pane = self.desk.panes.get(message.room)
        end = pane.end if pane else 0
        super()._introduce(message)
        if pane and pane.end > end:
            pane.mark = end

    def _say_where_one_stands(self) -> None:
        for room, message in list(self._standing.items()):
            place = self.session.rooms.get(room)
            if place is None or not self.session.up or (place.entered and (place.last or 0) >= place.head):
                del self._standing[room]
                super().heard(message)

    def done(self, parcel: Parcel) -> None:
        self.desk.done(parcel)
        self._unseen.discard(parcel.key)
        super().done(parcel)
        self._say_where_one_stands()
        self._look_over()

    def disconnected(self) -> None:
        super().disconnected()
        self._say_where_one_stands()

    def refused(self, parcel: Parcel) -> None:
        self._unseen.discard(parcel.key)
        self.desk.fail(parcel.key)
        super().refused(parcel)
        self._look_over()

    def unknown(self, parcel: Parcel) -> None:
        self.desk.fail(parcel.key)
        super().unknown(parcel)
        self._look_over()

    def over(self, why: Sentence | None) -> None:
        """Mark what was not sent."""
        super().over(why)
        self.desk.fail_all()
        self.front.changed()

    # --- showing ----------------------------------------------------------------------------------

    def _show(self, message: Message) -> None:
        self._look_over()
        if is_by(message, self.session.name):
            message = replace(message, own=True)  # said at another place, it is no news either
        room = message.room or one_word(message.headers.get("room", ""))
        if room not in self.desk.panes:
            room = self.desk.open
        place = self.session.rooms.get(room)
        before = bool(place and place.was_read(message.seq))
        talk = message.event in TALK and not before and not message.own
        called = talk and (message.direct or names_me(message.text, self.session.name, self._roster[room].names))
        self.desk.take(room, Line(message, called=called, before=before))
        past = bool(place and place.is_past(message.seq))
        if talk and not past and self.tastes.taste.rings(called=called):
            self.front.ring()
        self.front.changed()


def own_line(parcel: Parcel, me: str, now: float, whisperer: str) -> Message | None:
    """Return what stands for something of one's own that is on its way; nothing for coming and going.

    `whisperer` is the person whom /reply answers.
    """
    what = parcel.what
    if isinstance(what, Asking) and isinstance(what.command, Msg | Reply):
        to = what.command.name if isinstance(what.command, Msg) else whisperer
        return Message("said", what.command.text, who=me, at=now, direct=True, own=True, headers={"to": to})
    as_heard = comes_round_as(what)
    if as_heard is None:
        return Message(TYPED, what.shown, at=now, own=True) if isinstance(what, Asking) else None
    room, event, text = as_heard
    return Message(event, f"{me} {text}" if event == "action" else text, who=me, room=room, at=now, own=True)
