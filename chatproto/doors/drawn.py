"""An event as lines, for the doors that people read: the look that they share. Not a door itself."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from chatproto.core.charsets import UTF8, encoded
from chatproto.core.events import Acted, Entry, Said, Slipped, Whispered
from chatproto.words.drawing import Style, of_entry

BELL = b"\a"
END = "\r\n"  # what a terminal behind telnet needs; readers of lines drop the CR, as we do


class LineLook(NamedTuple):
    """How lines are drawn for a reader: its style, whether this is the room it is in now, and how they are written.

    `rings` says that whatever is said rings the bell: who names whom is not a matter of the look.
    """

    style: Style
    here: bool = True
    end: str = END
    rings: bool = False
    charset: str = UTF8

    def draw(self, entry: Entry) -> bytes:
        """Return the lines of an event, in the reader's charset; nothing of what is never shown."""
        if isinstance(entry.delivery.event, Slipped):
            return b""
        text = of_entry(self.style, entry, named=not self.here)
        lines = encoded(f"{text}\n".replace("\n", self.end), self.charset)
        return BELL + lines if self.rings and isinstance(entry.delivery.event, Said | Acted | Whispered) else lines


@lru_cache(maxsize=256)
def shared_look(style: Style, here: bool, rings: bool, charset: str) -> LineLook:
    """Return a look for what is heard in a room; all readers of one taste hold the same one."""
    return LineLook(style, here, rings=rings, charset=charset)
