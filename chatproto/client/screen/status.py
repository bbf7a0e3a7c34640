"""The line between what was said and what is being typed: room, connection, what is unread elsewhere, members.

The law here: pure, and as wide as the terminal. What matters most stands first, since the end is what is cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prompt_toolkit.formatted_text import StyleAndTextTuples, fragment_list_width
from prompt_toolkit.utils import get_cwidth

from chatproto.client.desk import Pane
from chatproto.client.roster import Present
from chatproto.core.events import say
from chatproto.words import spoken

BETWEEN = "  "
BELOW = say("↓ {count} below")
UP, DOWN = "●", "○"


@dataclass(frozen=True, slots=True)
class Standing:
    """All that the line tells. `trouble` is empty while there is a connection, and else says what is done about it."""

    room: str
    name: str
    trouble: str
    present: Present
    panes: Sequence[Pane]


def status(standing: Standing, columns: int, lang: str) -> StyleAndTextTuples:
    """Return the line, exactly as wide as the terminal."""
    pieces: StyleAndTextTuples = [("class:status class:room", f" {standing.room or '-'} ")]
    for style, text, *_ in _pieces(standing, lang):
        pieces += [("class:status", BETWEEN), (f"class:status {style}", text)]
    return _fitted(pieces, columns)


def _pieces(standing: Standing, lang: str) -> StyleAndTextTuples:
    connection = f"{DOWN} {standing.trouble}" if standing.trouble else f"{UP} {standing.name}"
    found: StyleAndTextTuples = [("class:trouble" if standing.trouble else "", connection)]
    for pane in standing.panes:
        if pane.unread and pane.room == standing.room:
            found.append(("class:unread", spoken(say(BELOW.text, count=pane.unread), lang)))
        elif pane.unread:
            style = "class:called" if pane.called else "class:unread"
            found.append((style, f"{pane.room} {pane.unread}{'!' if pane.called else ''}"))
    if standing.present.count:
        names = ", ".join(standing.present.names)
        found.append(("", f"{standing.present.count}: {names}" if names else str(standing.present.count)))
    return found


def _fitted(pieces: StyleAndTextTuples, columns: int) -> StyleAndTextTuples:
    found: StyleAndTextTuples = []
    left = columns - 1  # as in `wrapping`: a mark in the last column would be lost
    for style, text, *_ in pieces:
        if get_cwidth(text) > left:
            found.append((style, _cut(text, left)))
            break
        found.append((style, text))
        left -= get_cwidth(text)
    return [*found, ("class:status", " " * (columns - fragment_list_width(found)))]


def _cut(text: str, columns: int) -> str:
    """Return as much of a text as there is room for, and that there is more."""
    while text and get_cwidth(text) + 1 > columns:
        text = text[:-1]
    return f"{text}…" if columns > 0 else ""
