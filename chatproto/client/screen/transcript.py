"""What was said, as the rows that a terminal has room for.

The law here: what comes in moves nothing that is being read. At the end one sees the newest; scrolled back, one
stays where one is. Only what is seen is drawn, however long the page has grown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout import UIContent, UIControl
from prompt_toolkit.utils import get_cwidth

from chatproto.client.desk import Desk, Line, Pane
from chatproto.client.screen.wrapping import rows

Draw = Callable[[Line], StyleAndTextTuples]
MOST_DRAWN = 4_000  # lines whose rows are remembered


class Transcript(UIControl):
    """The open pane. `draw` draws a line, `look` is all else that its looks depend on, `new` the separator's text."""

    def __init__(self, desk: Desk, draw: Draw, look: Callable[[], object], new: Callable[[], str]) -> None:
        self._desk, self._draw, self._look, self._new = desk, draw, look, new
        self._bottom: tuple[int, int] | None = None  # a line's number and how many of its rows are seen; None: all
        self._columns, self._height = 80, 24
        self._drawn: dict[int, list[StyleAndTextTuples]] = {}
        self._drawn_for: object = None

    # --- what prompt_toolkit asks -----------------------------------------------------------------

    def create_content(self, width: int, height: int) -> UIContent:
        """Draw what there is room for."""
        self._columns, self._height = max(width, 1), max(height, 1)
        seen = self.rows(self._columns, self._height) or [[]]
        return UIContent(get_line=seen.__getitem__, line_count=len(seen), show_cursor=False)

    def is_focusable(self) -> bool:
        """Leave the cursor where one types."""
        return False

    def rows(self, columns: int, height: int) -> list[StyleAndTextTuples]:
        """Return the rows that are seen, so many at most."""
        self._columns = columns
        self._forget_if_otherwise()
        found: list[StyleAndTextTuples] = []
        for row in self._upwards():
            found.append(row)
            if len(found) == height:
                break
        return found[::-1]

    # --- scrolling --------------------------------------------------------------------------------

    @property
    def at_end(self) -> bool:
        """Whether the newest is seen."""
        return self._bottom is None

    def back(self) -> None:
        """Go a screen up, but for one row; not beyond the first line."""
        self._forget_if_otherwise()
        step = max(self._height - 1, 1)
        places = [place for place, _ in zip(self._places(), range(self._height + step), strict=False)]
        if len(places) > self._height:
            self._bottom = places[min(step, len(places) - self._height)]

    def forward(self) -> None:
        """Go a screen down, but for one row."""
        if self._bottom is None:
            return
        self._forget_if_otherwise()
        number, row = self._bottom
        step = max(self._height - 1, 1)
        for n in range(number, self._pane.end):
            left = len(self._rows_of(n)) - row
            if left >= step:
                self._bottom = (n, row + step)
                break
            step, row = step - left, 0
        else:
            self._bottom = None
        if self._bottom and self._bottom == next(self._places(from_end=True), None):
            self._bottom = None

    def to_end(self) -> None:
        """See the newest again."""
        self._bottom = None

    # --- rows -------------------------------------------------------------------------------------

    @property
    def _pane(self) -> Pane:
        return self._desk.pane

    def _upwards(self) -> Iterator[StyleAndTextTuples]:
        """Yield rows from the last that is seen upwards; what is on its way is below all else."""
        if self._bottom is None:
            for line in reversed(list(self._pane.below())):
                yield from reversed(rows(self._draw(line), self._columns))
        for number, count in self._places():
            yield self._rows_of(number)[count - 1]

    def _places(self, *, from_end: bool = False) -> Iterator[tuple[int, int]]:
        """Yield each place upwards: a line's number, and how many of its rows are seen there."""
        pane = self._pane
        number, count = (pane.end - 1, None) if self._bottom is None or from_end else self._bottom
        while number >= pane.dropped:
            most = len(self._rows_of(number))
            yield from ((number, n) for n in range(most if count is None else min(count, most), 0, -1))
            number, count = number - 1, None

    def _rows_of(self, number: int) -> list[StyleAndTextTuples]:
        found = self._drawn.get(number)
        if found is None:
            if len(self._drawn) >= MOST_DRAWN:
                self._drawn.clear()
            found = rows(self._draw(next(self._pane.since(number, 1))), self._columns)
            if number == self._pane.mark:
                found.insert(0, separator(self._new(), self._columns))
            self._drawn[number] = found
        return found

    def _forget_if_otherwise(self) -> None:
        """Draw anew where the room, the width, the separator or the look is another one; start anew in another room."""
        pane = self._pane
        wanted = (pane.room, self._columns, pane.mark, self._look())
        if self._drawn_for != wanted:
            self._drawn_for = wanted
            self._drawn.clear()
        if self._bottom and self._bottom[0] < pane.dropped:
            self._bottom = (pane.dropped, 1)


def separator(text: str, columns: int) -> StyleAndTextTuples:
    """Return the row that stands where one had stopped reading."""
    left = max(columns - get_cwidth(text) - 4, 0)
    return [("class:separator", f"── {text} {'─' * left}"[:columns])]
