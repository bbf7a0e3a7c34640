"""An event as lines, for the doors that people read: the look that they share. Not a door itself."""

from __future__ import annotations

from dataclasses import dataclass

from chatproto.core.events import Entry, Said, Whispered, Withdrawn
from chatproto.words import body
from chatproto.words.drawing import Style, drawn

END = "\r\n"  # what a terminal behind telnet needs; readers of lines drop the CR, as we do


@dataclass(frozen=True, slots=True)
class LineLook:
    """How lines are drawn for a reader: its style, whether this is the room it is in now, and the line end."""

    style: Style
    here: bool = True
    end: str = END

    def draw(self, entry: Entry) -> bytes:
        """Return the lines of an event, in UTF-8."""
        delivery, event = entry.delivery, entry.delivery.event
        text = drawn(
            self.style,
            event.kind,
            body(event, self.style.lang),
            who=event.who if isinstance(event, Said | Whispered | Withdrawn) else "",
            at=delivery.at,
            room="" if self.here or event.everywhere or not isinstance(delivery.to, str) else delivery.to,
            direct=isinstance(event, Whispered),
        )
        return f"{text}\n".replace("\n", self.end).encode()
