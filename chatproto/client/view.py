"""How what was heard is drawn on a plain terminal: the server's own drawing, and colour where it is wanted.

The law here: one event is one block of lines, complete in itself; nothing on the screen is ever rewritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zlib import crc32

from chatproto.client.message import Message
from chatproto.core import mentions, names
from chatproto.core.events import Before, Sentence
from chatproto.core.members import Taste
from chatproto.words import spoken
from chatproto.words.drawing import Style, drawn, text_of

RESET, BOLD, DIM, RED = "\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m"
# For names: the colours of the 256 that can be read on black and on white alike.
COLOURS = (33, 35, 37, 64, 68, 71, 97, 99, 103, 130, 132, 134, 136, 139, 162, 167, 169, 172)
BELL = "\a"
SPOKEN = frozenset({"said", "action"})  # what has an author
TELLS_SEVERAL_ROOMS = frozenset({"left", "lost", "renamed", "kicked"})  # one fact, told in each room it is about


def wants_colour(environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Say whether to use colour (https://no-color.org: any value that is not empty forbids it)."""
    return terminal and environ.get("TERM", "dumb") != "dumb" and not environ.get("NO_COLOR")


@dataclass(slots=True)
class View:
    """Draws for one person. `bells` says whether there is a terminal that could ring."""

    colour: bool = False
    bells: bool = False
    _last: tuple[str, str, float] = ("", "", 0.0)

    def line(self, message: Message, taste: Taste, *, current: str = "", me: str = "") -> str:
        """Return what to show, without a last line end; nothing for a fact that was just shown."""
        if self._repeats(message):
            return ""
        rings = _is_of_others(message, me) and taste.rings(called=message.direct or names_me(message.text, me))
        return (BELL if self.bells and rings else "") + self.text(message, taste, current=current, me=me)

    def text(self, message: Message, taste: Taste, *, current: str = "", me: str = "") -> str:
        """Return how a message looks, and nothing that is heard."""
        if message.headers.get("form"):  # given away by /export: nothing of ours stands in it
            return message.text
        text = drawn(
            _style(taste),
            message.event,
            message.words,
            who=self._name(message.who) if message.event in SPOKEN else "",
            at=message.at,
            room="" if message.room == current else message.room,
            direct=message.direct,
        )
        return self._painted(text, message, named=_is_of_others(message, me) and names_me(message.text, me))

    def answer(self, lines: tuple[Sentence, ...], taste: Taste, now: float) -> str:
        """Return sentences of our own as a server's answer."""
        text = "\n".join(spoken(line, taste.lang) for line in lines)
        return self.line(Message("answer", text, at=now), taste)

    def introduction(self, event: Before, taste: Taste) -> str:
        """Return what stands before that which was said before one came: as the server says it to people on lines."""
        return text_of(event, _style(taste))

    def _repeats(self, message: Message) -> bool:
        fact = (message.event, message.text, message.at)
        repeated = message.event in TELLS_SEVERAL_ROOMS and fact == self._last
        if message.room:
            self._last = fact
        return repeated

    def _name(self, who: str) -> str:
        if not self.colour:
            return who
        colour = COLOURS[crc32(names.fold(who).encode()) % len(COLOURS)]
        return f"\x1b[38;5;{colour}m{who}{RESET}"

    def _painted(self, text: str, message: Message, *, named: bool) -> str:
        if not self.colour:
            return text
        if message.event == "refused":
            paint = RED
        elif message.event in SPOKEN and not named:
            return text
        else:
            paint = BOLD if named or message.event in {"notice", "answer"} else DIM
        return "\n".join(paint + line.replace(RESET, RESET + paint) + RESET for line in text.split("\n"))


def _style(taste: Taste) -> Style:
    return Style(taste.lang, taste.time, taste.tz)


def is_by(message: Message, me: str) -> bool:
    """Say whether somebody said this, at whatever place of theirs."""
    return message.event in SPOKEN and names.fold(message.who) == names.fold(me)


def _is_of_others(message: Message, me: str) -> bool:
    return message.event in SPOKEN and not message.own and not is_by(message, me)


def names_me(text: str, me: str, others: Iterable[str] = ()) -> bool:
    """Say whether a text calls somebody, who is here with these others: a longer name of theirs is not one's own."""
    mine = names.fold(me)
    return bool(me) and mine in mentions.mentioned(text, {mine, *map(names.fold, others)})
