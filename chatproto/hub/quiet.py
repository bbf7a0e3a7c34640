"""When nothing is under way any more of what a member asked: for a peer that will ask nothing more, and waits.

What is asked comes back in the stream, or takes time and is then put into it; and what is done afterwards, once
something is kept, is put into it again. So the stream is let run for some turns in which nothing else was under way.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from chatproto.core.events import NOBODY, Delivery, Reached
from chatproto.hub.session import Session

if TYPE_CHECKING:
    from chatproto.hub import Hub

TURNS = 3  # of the stream: what was granted, what is done afterwards, and what comes of that
AGAIN = 0.05  # seconds until it is looked again at what takes time


class Quiet:
    """Waits until a session has been told all, and calls `then`."""

    def __init__(self, hub: Hub, session: Session, then: Callable[[], object]) -> None:
        self._hub, self._session, self._then = hub, session, then
        self._turns = TURNS

    def look(self) -> None:
        """Look whether anything is under way; if not, let the stream run for a turn."""
        clock = self._hub.clock
        if self._busy():
            self._turns = TURNS
            clock.callLater(AGAIN, self.look)
        elif self._turns:
            self._turns -= 1
            reached = Reached(partial(clock.callLater, 0, self.look))
            self._hub.gather([Delivery(reached, NOBODY, self._hub.now(), self._session.member.id)])
        else:
            self._then()

    def _busy(self) -> bool:
        session = self._session
        if session.door is None:
            return False
        behind = any(session in channel.behind for channel in session.channels.values())
        return session.wishes > 0 or session.entering > 0 or behind
