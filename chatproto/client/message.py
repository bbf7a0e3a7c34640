"""What was heard, as the clients see it: a MESSAGE frame that has been made harmless.

The law here: what came from elsewhere is cleaned again before anybody's terminal sees it, because the
server may be anybody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chatproto.core.text import clean
from chatproto.wire.stomp import Frame

ROOM = "/room/"
SLIPPED = "slipped"  # the event of who left without a word: lists heed it, nobody is shown it
MAX_NUMBER = 18  # digits


@dataclass(frozen=True, slots=True)
class Message:
    """One event: `room` is empty for what is private; `own` says that this session's person said it."""

    event: str
    text: str
    who: str = ""
    room: str = ""
    at: float = 0.0
    direct: bool = False
    own: bool = False
    seq: int = 0
    prev: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The text without the author's name, with which that of somebody's doing begins."""
        return self.text.removeprefix(f"{self.who} ") if self.event == "action" else self.text


def heard(frame: Frame, now: float) -> Message:
    """Return what a MESSAGE frame says; `now` stands in for a time that cannot be read."""
    headers = frame.headers
    return Message(
        event=headers.get("event", ""),
        text=clean(frame.body.decode("utf-8", "replace")).strip("\n"),
        who=one_word(headers.get("from", "")),
        room=room_of(headers.get("destination", "")),
        at=_moment(headers.get("time", ""), now),
        direct=headers.get("event") == "said" and "to" in headers,
        seq=number(headers.get("seq", "")),
        prev=number(headers.get("prev", "")),
        headers=headers,
    )


def one_word(text: str) -> str:
    """Return a name on one line: a header may hold line breaks, and anything else."""
    return " ".join(clean(text).split())


def room_of(destination: str) -> str:
    """Return the room of a destination, `#dev` of `/room/dev`; nothing if it is not one."""
    return f"#{one_word(destination.removeprefix(ROOM))}" if destination.startswith(ROOM) else ""


def number(text: str) -> int:
    """Return the number in a header, 0 if there is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_NUMBER else 0


def _moment(text: str, now: float) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return now
