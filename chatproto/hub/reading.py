"""Whose turn it is to have the past read: one wish of each session at a time, and one piece of them all.

What people need to come in (a room's backlog, their place in it) is read beside this, and so waits for one piece at
most, whatever others have asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredLock, fail

from chatproto.core.events import Reason, Refusal
from chatproto.hub.session import Session

T = TypeVar("T")
MOST = 8  # wishes of one session that wait for the one that is being granted
TOO_MANY = "{most} of your requests are being read already. Wait for their answers, then ask again."


class ReadingTurns:
    """Puts wishes in their order."""

    def __init__(self) -> None:
        self._gate = DeferredLock()
        self._lines: dict[Session, DeferredLock] = {}

    def wish(self, session: Session, grant: Callable[[], Deferred[T]]) -> Deferred[T]:
        """Grant a wish once those that the session had before are granted; fail with a Refusal if these are many."""
        line = self._lines.setdefault(session, DeferredLock())
        if len(line.waiting) >= MOST:
            return fail(Refusal(Reason.TOO_FAST, TOO_MANY, most=MOST + 1))
        granted: Deferred[T] = line.run(grant)
        return granted.addBoth(self._granted, session, line)

    def piece(self, read: Callable[[], Deferred[T]]) -> Deferred[T]:
        """Read a piece, once all have been read that were asked for before: as each session asks for one, by turns."""
        return self._gate.run(read)

    def _granted(self, result: Any, session: Session, line: DeferredLock) -> Any:  # noqa: ANN401 - handed on
        if not line.locked:
            self._lines.pop(session, None)
        return result
