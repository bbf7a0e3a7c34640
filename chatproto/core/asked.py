"""Which direct messages were asked for, by whom and under which key: what is asked for again is not sent twice.

The law here: bounded. Each key has one of MOST places, and takes that of the one which came MOST keys before it; so
what the journal remembers of them never has to be cleared away. Rooms need none of this: their keys are in the journal.
"""

from __future__ import annotations

from hashlib import blake2b

from chatproto.core import facts
from chatproto.core.events import Reason, Refusal, Remembered

MOST = 4096  # keys; a client of ours has at most sixteen under way
CLASH = Refusal(Reason.NOT_ALLOWED, "This idempotency-key was used for another message. Use a new one.")


class Asked:
    """Remembers keys, and what was asked under each; as digests, since either may be long."""

    def __init__(self) -> None:
        self._what: dict[str, str] = {}  # by key
        self._keys: dict[int, str] = {}  # by place
        self._newest = 0

    def knows(self, key: str, what: str) -> bool:
        """Say whether this was asked under a key; raise CLASH if something else was."""
        known = self._what.get(_digest(key))
        if known and known != _digest(what):
            raise CLASH
        return known is not None

    def add(self, key: str, what: str) -> Remembered:
        """Take note of what is asked under a new key; return it as it is remembered."""
        self._newest += 1
        self._put(self._newest, _digest(key), _digest(what))
        return facts.of_asked(self._newest % MOST, self._newest, _digest(key), _digest(what))

    def learn(self, value: str) -> None:
        """Take back what was remembered."""
        number, key, what = facts.restored_asked(value)
        self._newest = max(self._newest, number)
        self._put(number, key, what)

    def forget(self, key: str) -> None:
        """Let go of what could not be kept."""
        self._what.pop(_digest(key), None)

    def _put(self, number: int, key: str, what: str) -> None:
        before = self._keys.get(number % MOST)
        if before:
            self._what.pop(before, None)
        self._keys[number % MOST] = key
        self._what[key] = what


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
