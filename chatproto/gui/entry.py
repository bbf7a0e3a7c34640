"""Where one types: a line, or several (Shift+Enter), with completion by Tab.

The law here: the widget is tkinter's own, so that Hangul and Thai are composed where they will stand. Enter is
heard only once the input method has handed over its last syllable.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass

from chatproto.client.completion import Candidate
from chatproto.gui.theme import Theme

MOST_LINES = 6


@dataclass(slots=True)
class Turns:
    """The candidates in their turn: each Tab puts the next one in the place of the one before."""

    before: str
    candidates: tuple[Candidate, ...]
    place: int = -1

    def next(self) -> str:
        """Return what is to stand before the cursor now."""
        self.place = (self.place + 1) % len(self.candidates)
        chosen = self.candidates[self.place]
        return self.before[: len(self.before) - chosen.replaces] + chosen.text + chosen.after


class Entry:
    """One field. `send` takes what was typed and says whether it took it; `complete` finds candidates."""

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        send: Callable[[str], bool],
        complete: Callable[[str], tuple[Candidate, ...]],
        hint: Callable[[str], object],
    ) -> None:
        self._send, self._complete, self._hint = send, complete, hint
        self.text = tk.Text(parent, height=1, width=1, wrap="word", undo=True, maxundo=200, takefocus=True)
        self._turns: Turns | None = None
        for key in ("<Return>", "<KP_Enter>"):
            self.text.bind(key, self._entered)
        self.text.bind("<Shift-Return>", lambda _: None)  # as everywhere: a new line
        self.text.bind("<Tab>", self._tabbed)
        self.text.bind("<<PrevWindow>>", self._back)
        self.text.bind("<Key>", self._typing, add=True)
        self.text.bind("<<Modified>>", self._modified)
        self.dress(theme)

    @property
    def typed(self) -> str:
        """What stands in the field."""
        return self.text.get("1.0", "end-1c")

    def put(self, text: str) -> None:
        """Put something into the field in the place of what is there, and go there."""
        self.text.delete("1.0", "end")
        self.text.insert("1.0", text)
        self.text.focus_set()

    def insert(self, text: str) -> None:
        """Type something where the cursor is."""
        self.text.insert("insert", text)
        self.text.focus_set()

    def send(self) -> None:
        """Hand over what was typed."""
        self.forget_turns()
        if self._send(self.typed):
            self.text.delete("1.0", "end")
            self.text.edit_reset()

    def forget_turns(self) -> None:
        """Have no more candidates in turn."""
        self._turns = None
        self._hint("")

    def _entered(self, _: object) -> str:
        self.text.after_idle(self.send)
        return "break"

    def _tabbed(self, _: object) -> str | None:
        before = self.text.get("1.0", "insert")
        found = self._turns.candidates if self._turns else self._complete(before)
        if not found:
            return "break" if self.typed else self._onward()
        self._turns = self._turns or Turns(before, found)
        self.text.replace("1.0", "insert", self._turns.next())
        self._hint(shown(self._turns))
        if len(found) == 1:
            self._turns = None
        return "break"

    def _onward(self) -> str:
        after = self.text.tk_focusNext()
        if after:
            after.focus_set()
        return "break"

    def _back(self, _: object) -> str:
        before = self.text.tk_focusPrev()
        if before:
            before.focus_set()
        return "break"

    def _typing(self, event: tk.Event[tk.Misc]) -> None:
        if event.keysym not in {"Tab", "ISO_Left_Tab"}:
            self.forget_turns()

    def _modified(self, _: object) -> None:
        """Be as high as what is typed, within limits."""
        self.text.edit_modified(False)
        ends = self.text.count("1.0", "end-1c", "displaylines")
        self.text.configure(height=min(MOST_LINES, 1 + (ends[0] if ends else 0)))

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours and letters."""
        p, em = theme.palette, theme.em
        self.text.configure(
            background=p.ground,
            foreground=p.text,
            insertbackground=p.text,
            insertwidth=max(2, em // 10),
            font=theme.text,
            selectbackground=p.chosen,
            selectforeground=p.text,
            highlightthickness=max(1, em // 12),
            highlightbackground=p.edge,
            highlightcolor=p.link,
            borderwidth=0,
            padx=em // 3,
            pady=em // 4,
        )


def shown(turns: Turns) -> str:
    """Return the candidates from the chosen one on, with what it means, if that is known."""
    chosen, *others = turns.candidates[turns.place :] + turns.candidates[: turns.place]
    meaning = f" · {chosen.meaning}" if chosen.meaning else ""
    return "   ".join([f"{chosen.text}{meaning}", *(candidate.text for candidate in others)])
