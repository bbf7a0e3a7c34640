"""Giving up what is no longer to be kept: a short step at a time, one room after the other."""

from __future__ import annotations

from collections.abc import Iterator

from twisted.logger import Logger

from chatproto.core.chat import Chat
from chatproto.journal import Journal

log = Logger("chat.journal")


class Retention:
    """Holds each room to its rule. `step` is called every few seconds and never waits."""

    def __init__(self, chat: Chat, journal: Journal) -> None:
        self._chat, self._journal = chat, journal
        self._rooms: Iterator[str] = iter(())
        self._busy = False

    def step(self, now: float) -> None:
        """Trim the next room by a step, and go on with the same room while there is more to give up."""
        if self._busy:
            return
        room = next(self._rooms, None)
        if room is None:
            self._rooms = iter(self._journal.rooms())
            return
        rule = self._chat.keeps(room)
        if rule.count or rule.age:
            self._trim(room, rule.count, now - rule.age if rule.age else 0.0)

    def _trim(self, room: str, keep: int, before: float) -> None:
        self._busy = True
        trimmed = self._journal.trim(room, keep=keep, before=before)
        trimmed.addCallbacks(self._trimmed, self._not_trimmed, callbackArgs=(room, keep, before))

    def _trimmed(self, count: int, room: str, keep: int, before: float) -> None:
        self._busy = False
        if count:
            self._trim(room, keep, before)

    def _not_trimmed(self, failure: object) -> None:
        self._busy = False
        log.error("what is too old could not be given up: {failure}", failure=failure)
