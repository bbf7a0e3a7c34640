"""Giving up what is no longer to be kept: a short step at a time, one room after the other."""

from __future__ import annotations

from collections.abc import Iterator

from twisted.logger import Logger

from chatproto.core.chat import Chat
from chatproto.core.keeping import Keeping
from chatproto.journal import Journal

ROOMS = 50  # looked at in one step: ten thousand rooms are gone through in a quarter of an hour
log = Logger("chat.journal")


class Retention:
    """Holds each room to its rule. `step` is called every few seconds and never waits."""

    def __init__(self, chat: Chat, journal: Journal) -> None:
        self._chat, self._journal = chat, journal
        self._rooms: Iterator[str] = iter(())
        self._busy = False
        self._left = 0

    def step(self, now: float) -> None:
        """Trim the next rooms, each by short steps until nothing is too old in it."""
        if not self._busy:
            self._left = ROOMS
            self._go_on(now)

    def _go_on(self, now: float) -> None:
        while self._left and not self._busy:
            self._left -= 1
            room = next(self._rooms, None)
            if room is None:
                self._rooms = iter(self._journal.rooms())
                return
            rule = self._chat.keeps(room)
            if rule.count or rule.age:
                self._trim(room, rule, now)

    def _trim(self, room: str, rule: Keeping, now: float) -> None:
        self._busy = True
        trimmed = self._journal.trim(room, keep=rule.count, before=now - rule.age if rule.age else 0.0)
        trimmed.addCallbacks(self._trimmed, self._not_trimmed, callbackArgs=(room, rule, now))

    def _trimmed(self, count: int, room: str, rule: Keeping, now: float) -> None:
        self._busy = False
        if count:
            self._trim(room, rule, now)
        else:
            self._go_on(now)

    def _not_trimmed(self, failure: object) -> None:
        self._busy = False
        log.error("what is too old could not be given up: {failure}", failure=failure)
