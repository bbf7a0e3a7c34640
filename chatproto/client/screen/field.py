"""The field where one types: as high as its text is, also where that is Hangul.

prompt_toolkit divides a line's width by the terminal's. Of letters that take two columns one may not fit at the end of
a row, and a line of these then needs more rows than that: the last row, with the cursor in it, would not be seen.
"""

from __future__ import annotations

from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout import BufferControl, FormattedTextControl, UIContent
from prompt_toolkit.layout.controls import GetLinePrefixCallable
from prompt_toolkit.utils import get_cwidth


class Field(BufferControl):
    """A text that is being typed, without prefixes before its lines."""

    def create_content(self, width: int, height: int, preview_search: bool = False) -> UIContent:  # noqa: FBT002
        return _of_true_height(super().create_content(width, height, preview_search))


class Question(FormattedTextControl):
    """What is asked above the field."""

    def create_content(self, width: int, height: int | None) -> UIContent:
        return _of_true_height(super().create_content(width, height))


def _of_true_height(made: UIContent) -> UIContent:
    return _Content(made.get_line, made.line_count, made.cursor_position, made.menu_position, made.show_cursor)


class _Content(UIContent):
    def get_height_for_line(
        self, lineno: int, width: int, get_line_prefix: GetLinePrefixCallable | None, slice_stop: int | None = None
    ) -> int:
        return rows_of(fragment_list_to_text(self.get_line(lineno))[:slice_stop], width)


def rows_of(line: str, columns: int) -> int:
    """Return how many rows a line fills, at least one, where a letter that does not fit begins the next row."""
    rows, column = 1, 0
    for letter in line:
        width = get_cwidth(letter)
        if column + width > columns:
            rows += 1
            column = 0
        column += width
    return rows
