"""A talk at a window: what it adds to one at any screen.

The law here: whoever draws sets the pace. What cannot be drawn as fast as it comes is not read from the server.
"""

from __future__ import annotations

from typing import Protocol

from chatproto.client import talk
from chatproto.client.connection import Cause
from chatproto.client.conversation import Setting, Stage
from chatproto.client.message import Message
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

    def may_leave(self) -> bool:
        """Say whether nothing is lost by leaving; ask only once, and say how much it is."""
        unsent = sum(not parcel.seq for pane in self.desk.panes.values() for parcel, _ in pane.waiting.values())
        if self.session.up or not unsent or self._warned:
            return True
        self._warned = True
        self._tell(say("Not sent: {count}.", count=unsent))
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

    def retrying(self, seconds: float, why: Cause) -> None:
        """Say so, also where the server has said that it closes: one looks at a window and wonders."""
        super().retrying(seconds, why)
        self._tell_wait(seconds)

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
