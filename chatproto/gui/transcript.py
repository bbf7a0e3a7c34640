"""One room's talk, to be read and scrolled.

The law here: whoever has scrolled back stays there, whatever comes in; whoever is at the end stays at the end,
also when the window's size changes.
"""

from __future__ import annotations

import tkinter as tk
from collections import deque
from itertools import islice
from tkinter import ttk

from chatproto.client.desk import KEPT, Line, Pane
from chatproto.gui.lines import NAMES, pieces, separator
from chatproto.gui.theme import Theme
from chatproto.words.drawing import Style

AT_ONCE = 200  # lines drawn in one go: some milliseconds, between which keys are heard
SCROLLING = ("<MouseWheel>", "<Button-4>", "<Button-5>", "<KeyRelease>", "<ButtonRelease-1>")
BELOW = "below"  # the mark from which on is what has not come round yet


class Transcript:
    """Draws one pane. `unseen` is how many lines came below what one looks at."""

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        self.frame = ttk.Frame(parent)
        self.text = tk.Text(self.frame, wrap="word", state="disabled", takefocus=True, undo=False, width=1, height=1)
        bar = ttk.Scrollbar(self.frame, command=self._dragged)
        self.text.configure(yscrollcommand=bar.set)
        self.text.pack(side="left", fill="both", expand=True)
        bar.pack(side="right", fill="y")
        for event in SCROLLING:
            self.text.bind(event, lambda _: self.text.after_idle(self._look), add=True)
        self.text.bind("<Configure>", lambda _: self.text.after_idle(self._stay))
        self.text.mark_set(BELOW, "end-1c")
        self.text.mark_gravity(BELOW, "left")
        self.follows, self.unseen = True, 0
        self._drawn = 0
        self._heights: deque[int] = deque()  # of the lines drawn, in lines of text
        self._below: list[Line] = []
        self._mark: int | None = None  # the number of the line above which the separator stands
        self.dress(theme)

    # --- drawing --------------------------------------------------------------------------------------

    def draw(self, pane: Pane, style: Style) -> bool:
        """Draw what is new; say whether there is still more."""
        lines, below = list(pane.since(self._drawn, AT_ONCE)), list(pane.below())
        if lines or (below, pane.mark) != (self._below, self._mark):
            self._below = below
            self.text.configure(state="normal")
            self.text.delete(BELOW, "end-1c")
            self._separate(pane.mark, style)
            first = max(self._drawn, pane.dropped)
            self._drawn = first + len(lines)
            self._heights.extend(self._append(line, style, first + n) for n, line in enumerate(lines))
            self.text.mark_set(BELOW, "end-1c")
            for line in below:
                self._append(line, style)
            self._drop_oldest()
            self.text.configure(state="disabled")
            self.unseen = 0 if self.follows else self.unseen + len(lines)
            self._stay()
        return self._drawn < pane.end

    def again(self) -> None:
        """Draw all of it anew: it is to look otherwise."""
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        self.text.configure(state="disabled")
        self._heights.clear()
        self._drawn, self._below, self._mark = 0, [], None

    def _separate(self, mark: int | None, style: Style) -> None:
        """Have the separator above another line."""
        if mark == self._mark:
            return
        first = self._drawn - len(self._heights)
        old = self.text.tag_nextrange("separator", "1.0")
        if old and self._mark is not None:
            self.text.delete(*old)
            self._heights[self._mark - first] -= 1
        self._mark = mark
        if mark is not None and first <= mark < self._drawn:
            above = sum(islice(self._heights, mark - first))
            self.text.insert(f"{above + 1}.0", *separator(style))
            self._heights[mark - first] += 1

    def _append(self, line: Line, style: Style, number: int | None = None) -> int:
        """Put a line at the end, and return how many lines of text it has."""
        found = list(pieces(line, style))
        if number is not None and number == self._mark:
            found.insert(0, separator(style))
        new = "" if self.text.index("end-1c") == "1.0" else "\n"
        parts: list[str | tuple[str, ...]] = [part for piece in found for part in piece]
        self.text.insert("end-1c", new, (), *parts)
        return 1 + sum(text.count("\n") for text, _ in found)

    def _drop_oldest(self) -> None:
        over = len(self._heights) - KEPT
        if over > 0:
            self.text.delete("1.0", f"{1 + sum(self._heights.popleft() for _ in range(over))}.0")

    # --- scrolling ------------------------------------------------------------------------------------

    def scroll(self, pages: int) -> None:
        """Go so many pages down, or up."""
        self.text.yview_scroll(pages, "pages")
        self._look()

    def to_end(self) -> None:
        """Go to the newest line, and stay there."""
        self.follows, self.unseen = True, 0
        self._stay()

    def _dragged(self, *how: str) -> None:
        self.text.yview(*how)
        self._look()

    def _look(self) -> None:
        """Take note of whether the end is seen."""
        self.follows = self.text.dlineinfo("end-1c") is not None
        if self.follows:
            self.unseen = 0

    def _stay(self) -> None:
        if self.follows:
            self.text.see("end-1c")

    # --- looks ----------------------------------------------------------------------------------------

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours and letters."""
        p, em, text = theme.palette, theme.em, self.text
        text.configure(
            background=p.ground,
            foreground=p.text,
            font=theme.text,
            selectbackground=p.chosen,
            selectforeground=p.text,
            inactiveselectbackground=p.chosen,
            highlightthickness=max(1, em // 12),
            highlightbackground=p.ground,
            highlightcolor=p.link,
            borderwidth=0,
            padx=em // 2,
            pady=em // 3,
            spacing1=em // 6,  # room for what Thai writes above and below its letters
            spacing2=em // 3,
            spacing3=em // 6,
        )
        text.tag_configure("first", lmargin2=em * 2)
        text.tag_configure("unspaced", wrap="char")
        text.tag_configure("separator", foreground=p.faint, justify="center")
        text.tag_configure("more", lmargin1=em * 2, lmargin2=em * 2)
        inks = {"time": p.faint, "event": p.faint, "action": p.text, "answer": p.link, "notice": p.text}
        inks |= {"refused": p.no, "direct": p.direct, "pending": p.faint, "failed": p.faint, "before": p.faint}
        for look, ink in inks.items():
            text.tag_configure(look, foreground=ink)
        for number in range(NAMES):
            text.tag_configure(f"name{number}", foreground=p.names[number], font=theme.bold)
        text.tag_configure("notice", font=theme.bold)
        text.tag_configure("failed", font=theme.struck)
        text.tag_configure("called", background=p.called)
        text.tag_raise("sel")
