"""Which direct messages a session has sent of late: what is asked for again after a cut is not sent twice.

The law here: bounded, in memory, and gone with the session. Rooms need none of this: their keys are in the journal.
"""

from __future__ import annotations

from chatproto.core.declare import Command
from chatproto.hub.session import Session

MOST = 32  # keys of one session: twice what our clients have under way at once


class Recent:
    """Remembers keys, and what was asked under each; as hashes, since either may be long."""

    def __init__(self) -> None:
        self._asked: dict[Session, dict[int, int]] = {}

    def knows(self, session: Session, key: str) -> bool:
        """Say whether something was done under this key."""
        return hash(key) in self._asked.get(session, ())

    def is_same(self, session: Session, key: str, command: Command) -> bool:
        """Say whether this is what was done under a key that is known."""
        return self._asked[session][hash(key)] == hash(command)

    def add(self, session: Session, key: str, command: Command) -> None:
        """Take note of what was done; the oldest is forgotten."""
        asked = self._asked.setdefault(session, {})
        asked[hash(key)] = hash(command)
        if len(asked) > MOST:
            del asked[next(iter(asked))]

    def forget(self, session: Session) -> None:
        """Let go of a session that nobody comes back to, or of what could not be kept."""
        self._asked.pop(session, None)
