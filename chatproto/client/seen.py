"""Which direct messages have come: the server gives one again if it does not know whether it was read."""

from __future__ import annotations

from chatproto.client.message import Message

MOST = 1000  # ids that are remembered: as many as a server keeps for somebody


class Seen:
    """The ids of the newest direct messages, across connections."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}

    def again(self, message: Message) -> bool:
        """Say whether this is a direct message that has come before; from now on it has."""
        name = message.headers.get("message-id", "")
        if not message.direct or not name:
            return False
        before = name in self._ids
        self._ids[name] = None
        if len(self._ids) > MOST:
            del self._ids[next(iter(self._ids))]
        return before
