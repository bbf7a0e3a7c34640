"""A drawn line is cut into rows of a terminal.

The law here: a row is never wider than the terminal, by the widths that the terminal is drawn with. A row that goes
on is set in, so that nobody can write what looks like somebody else's line.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.utils import get_cwidth

INDENT = 8  # columns: as wide as a short time in front
TAB = "    "


class Cell(NamedTuple):
    """A character with the marks upon it: what stands in one place, or in two."""

    style: str
    text: str
    width: int


def styled(text: str, style: str = "") -> StyleAndTextTuples:
    """Return a text with colours in it, as a `View` draws it, in this style besides."""
    return to_formatted_text(ANSI(text.replace("\t", TAB)), style)


def rows(fragments: StyleAndTextTuples, columns: int) -> list[StyleAndTextTuples]:
    """Return the rows of one or several lines; there is always one.

    The last column stays empty: prompt_toolkit loses a mark (of Thai) that stands upon what is there, and draws one
    twice that nothing follows.
    """
    found: list[StyleAndTextTuples] = []
    for line in _lines(_cells(fragments)):
        found += _cut(line, max(columns - 1, 1))
    return [[*row, ("", " ")] for row in found]


def _cells(fragments: StyleAndTextTuples) -> list[Cell]:
    found: list[Cell] = []
    for style, text, *_ in fragments:
        for character in text:
            width = 0 if character == "\n" else get_cwidth(character)
            if width == 0 and character != "\n" and found and found[-1].text != "\n":
                found[-1] = found[-1]._replace(text=found[-1].text + character)
            else:
                found.append(Cell(style, character, width))
    return found


def _lines(cells: list[Cell]) -> list[list[Cell]]:
    found: list[list[Cell]] = [[]]
    for cell in cells:
        if cell.text == "\n":
            found.append([])
        else:
            found[-1].append(cell)
    return found


def _cut(cells: list[Cell], columns: int) -> list[StyleAndTextTuples]:
    indent = min(INDENT, columns // 4)
    found: list[StyleAndTextTuples] = []
    start, left = 0, columns
    while start < len(cells) or not found:
        end = _end(cells, start, left)
        set_in: StyleAndTextTuples = [("", " " * indent)] if found else []
        found.append(set_in + _joined(cells[start:end]))
        start = end + (end < len(cells) and cells[end].text == " ")
        left = columns - indent
    return found


def _end(cells: list[Cell], start: int, left: int) -> int:
    """Return where a row ends: at a space in its second half, or, as Thai and addresses have none, anywhere."""
    end = start
    while end < len(cells) and (left := left - cells[end].width) >= 0:
        end += 1
    end = max(end, start + 1)
    if end >= len(cells):
        return len(cells)
    spaces = (place for place in range(end, (start + end) // 2, -1) if cells[place].text == " ")
    return next(spaces, end)


def _joined(cells: list[Cell]) -> StyleAndTextTuples:
    return [(style, "".join(cell.text for cell in run)) for style, run in groupby(cells, itemgetter(0))]
