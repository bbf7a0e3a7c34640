"""A talk at a window: what it adds to one at any screen.

The law here: whoever draws sets the pace. What cannot be drawn as fast as it comes is not read from the server.
"""

from __future__ import annotations

from typing import Protocol

from chatproto.client import talk
from chatproto.client.conversation import Setting, Stage
from chatproto.client.message import Message, one_word
from chatproto.client.outbox import Parcel
from chatproto.client.session import Session
from chatproto.client.tastes import Tastes
from chatproto.client.view import View
from chatproto.core.events import Refusal, Sentence, say
from chatproto.words import spoken

MANY = 25  # lines waiting to be drawn at which the server is no longer read: what can be done between two keys


class Front(talk.Front, Protocol):
    """What a talk needs of a window; `changed` asks for `drawn` in return."""

    def enter(self) -> None:
        """The name is taken up: show the rooms."""

    def turn_back(self, why: str) -> None:
        """Ask for another name, and say why."""


class Talk(talk.Talk):
    """One person at a window. What is drawn besides the desk: `told`, of the connection."""

    def __init__(self, session: Session, front: Front, tastes: Tastes, setting: Setting) -> None:
        super().__init__(session, front, View(), tastes, setting)
        self._window = front
        self.told: dict[str, str] = {}  # of the connection since it was made, each kind of news once
        self.left = False  # it was this person who ended it
        self._standing: dict[str, Message] = {}  # the answers to /join, until what was said before has come
        self._undrawn = 0
        self._warned = False

    # --- what is asked --------------------------------------------------------------------------------

    def begin(self, name: str, token: str = "") -> None:
        """Take this name, or say why it cannot be one."""
        self._token = token
        try:
            who, passcode = self._who(name)
        except Refusal as no:
            self._window.turn_back(spoken(no.sentence, self.lang))
            return
        self.stage = Stage.WAITING
        self.session.start(who, passcode)

    def to_unread(self) -> None:
        """Go to the next room with something unread: first to one that calls."""
        panes = [pane for pane in self.desk.panes.values() if pane.unread]
        for pane in sorted(panes, key=lambda pane: not pane.called)[:1]:
            self.go_to(pane.room)

    def may_leave(self) -> bool:
        """Say whether nothing is lost by leaving; ask only once, and say how much it is."""
        if self.session.up or not self.session.outbox or self._warned:
            return True
        self._warned = True
        self._tell(say("Not sent: {count}.", count=len(self.session.outbox)))
        self._tell(say("Close the window once more to leave all the same."))
        return False

    def drop(self) -> None:
        """Have done with this, and say nothing of it."""
        self.stage = Stage.OVER
        self.session.close()

    def drawn(self) -> None:
        """Take note that all has been drawn."""
        waited, self._undrawn = self._undrawn, 0
        if waited >= MANY:
            self.session.go_on()

    # --- what the session tells -----------------------------------------------------------------------

    def connected(self, *, again: bool) -> None:
        self.told.clear()
        self._warned = False
        super().connected(again=again)
        self._window.enter()

    def disconnected(self) -> None:
        self.told.clear()
        super().disconnected()
        self._say_where_one_stands()

    def retrying(self, seconds: float, why: str) -> None:
        """Say so, also where the server has said that it closes: one looks at a window and wonders."""
        super().retrying(seconds, why)
        self._tell_wait(seconds)

    def heard(self, message: Message) -> None:
        """Keep the answer to /join until what was said before has come: it is read from top to bottom."""
        room = one_word(message.headers.get("room", ""))
        place = self.session.rooms.get(room)
        if message.event == "answer" and place and not place.entered:
            self._roster.hear(message)
            self._standing[room] = message
        else:
            super().heard(message)
        self._say_where_one_stands()

    def done(self, parcel: Parcel) -> None:
        super().done(parcel)
        self._say_where_one_stands()

    def _say_where_one_stands(self) -> None:
        for room, message in list(self._standing.items()):
            place = self.session.rooms.get(room)
            if place is None or not self.session.up or (place.entered and (place.last or 0) >= place.head):
                del self._standing[room]
                super().heard(message)

    def name_refused(self, reason: str, text: str) -> None:
        """Ask again."""
        self.stage = Stage.NAMING
        self._window.turn_back(text)

    def over(self, why: Sentence | None) -> None:
        """Say how it ended, unless it was dropped."""
        if self.stage is not Stage.OVER:
            self.left = self.stage is Stage.LEAVING
            if why:
                self._tell(why)
            super().over(why)

    # --- showing --------------------------------------------------------------------------------------

    def _show(self, message: Message) -> None:
        super()._show(message)
        self._undrawn += 1
        if self._undrawn == MANY:
            self.session.pause()

    def _tell(self, sentence: Sentence) -> None:
        self.told[sentence.text] = spoken(sentence, self.lang)
        self.front.changed()
