"""The lists beside the talk: rooms on the left, members on the right.

The law here: a list is rewritten only where it changed, so that it keeps its place and its cursor.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk

from chatproto.client.desk import Pane
from chatproto.gui.theme import Theme

Row = tuple[str, str, tuple[str, ...]]  # what it is called, what stands behind it, how it looks
BEHIND = "behind"
WIDTH = 9  # letters' heights


class Side:
    """A list with a heading, and so much room, in letters' heights, for what stands behind a row.

    `chosen` is told what somebody went to; `opened`, what was asked for with Enter.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        behind: int = 0,
        chosen: Callable[[str], object] = lambda _: None,
        opened: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.frame = ttk.Frame(parent)
        self.heading = ttk.Label(self.frame, style="Heading.TLabel")
        self.list = ttk.Treeview(self.frame, columns=(BEHIND,), show="tree", selectmode="browse", takefocus=True)
        self.heading.pack(fill="x")
        self.list.pack(fill="both", expand=True)
        self._chosen, self._opened, self._behind = chosen, opened, behind
        self._rows: list[Row] = []
        self._shown = ""  # as chosen: what differs from it somebody has chosen here
        self.list.bind("<<TreeviewSelect>>", self._selected)
        for event in ("<Return>", "<KP_Enter>", "<Double-1>"):
            self.list.bind(event, self._asked)
        self.list.bind("<FocusIn>", lambda _: self._point())
        self.list.bind("<FocusOut>", lambda _: self._point_no_more())
        self.dress(theme)

    def draw(self, rows: Sequence[Row], selected: str = "") -> None:
        """Show these rows."""
        if [name for name, _, _ in rows] != [name for name, _, _ in self._rows]:
            self.list.delete(*self.list.get_children())
            for name, _, _ in rows:
                self.list.insert("", "end", iid=name, text=name)
            self._rows = []
        for row in rows:
            if row not in self._rows:
                self.list.item(row[0], values=(row[1],), tags=row[2])
        self._rows = list(rows)
        self._shown = selected
        if selected and self.list.selection() != (selected,):
            self.list.selection_set(selected)
            self.list.focus(selected)
            self.list.see(selected)

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours and letters."""
        em, p = theme.em, theme.palette
        self.heading.configure(padding=(em // 3, em // 4))
        self.list.column("#0", width=em * (WIDTH - self._behind), minwidth=em * 3)
        self.list.column(BEHIND, width=em * self._behind, minwidth=0, stretch=False, anchor="e")
        self.list.tag_configure("unread", font=theme.bold)
        self.list.tag_configure("called", font=theme.bold, foreground=p.link)
        self.list.tag_configure("me", font=theme.bold)

    def _point(self) -> None:
        """Put the cursor somewhere, for the arrow keys, and where it can be seen."""
        if not self.list.selection() and self._rows:
            self.list.focus(self._rows[0][0])
            self.list.selection_set(self._rows[0][0])

    def _point_no_more(self) -> None:
        """Have nothing chosen where nothing can be."""
        if not self._shown:
            self.list.selection_remove(*self.list.selection())

    def _selected(self, _: object) -> None:
        for name in self.list.selection():
            if name != self._shown:
                self._chosen(name)

    def _asked(self, _: object) -> str:
        if self.list.focus():
            self._opened(self.list.focus())
        return "break"


def rows_of_rooms(panes: Sequence[Pane]) -> list[Row]:
    """Return the rooms, each with how many lines nobody has looked at."""
    return [
        (
            pane.room,
            str(pane.unread or ""),
            ("called",) if pane.called else ("unread",) if pane.unread else (),
        )
        for pane in panes
        if pane.room
    ]


def rows_of_people(people: Sequence[str], me: str) -> list[Row]:
    """Return who is there, oneself in bold."""
    return [(name, "", ("me",) if name == me else ()) for name in people]
