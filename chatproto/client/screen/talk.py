"""A talk at a terminal's screen: what is seen there anyway is not told with each line."""

from __future__ import annotations

from chatproto.client.connection import Cause
from chatproto.client.conversation import Setting
from chatproto.client.session import Session
from chatproto.client.talk import Front, Talk
from chatproto.client.tastes import Tastes
from chatproto.client.view import View
from chatproto.core.events import say
from chatproto.words import spoken

NOT_CONNECTED = say("not connected")


class ScreenTalk(Talk):
    """A talk whose status line tells why nothing goes out: `trouble`."""

    def __init__(self, session: Session, front: Front, view: View, tastes: Tastes, setting: Setting) -> None:
        super().__init__(session, front, view, tastes, setting)
        self._trouble = NOT_CONNECTED

    @property
    def trouble(self) -> str:
        """What is done about there being no connection; nothing while there is one."""
        return "" if self.session.up else spoken(self._trouble, self.lang)

    def disconnected(self) -> None:
        self._trouble = NOT_CONNECTED
        super().disconnected()

    def retrying(self, seconds: float, why: Cause) -> None:
        self._trouble = say("Connecting again in {seconds} s …", seconds=max(1, round(seconds)))
        super().retrying(seconds, why)
        self.front.changed()

    def _tell_wait(self, seconds: float) -> None:
        """Say nothing: it stands in the status line."""

    def _warn_if_down(self) -> None:
        """Say nothing: the line is seen to wait, and why."""
