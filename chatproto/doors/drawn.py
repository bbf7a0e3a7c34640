"""An event as lines, for the doors that people read: the look that they share. Not a door itself."""

from __future__ import annotations

from dataclasses import dataclass

from chatproto.core.events import Entry
from chatproto.words.drawing import Style, of_entry

END = "\r\n"  # what a terminal behind telnet needs; readers of lines drop the CR, as we do


@dataclass(frozen=True, slots=True)
class LineLook:
    """How lines are drawn for a reader: its style, whether this is the room it is in now, and the line end."""

    style: Style
    here: bool = True
    end: str = END

    def draw(self, entry: Entry) -> bytes:
        """Return the lines of an event, in UTF-8."""
        text = of_entry(self.style, entry, named=not self.here)
        return f"{text}\n".replace("\n", self.end).encode()
