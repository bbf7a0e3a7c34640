"""The first question: who one is, and where one goes.

The law here: nothing goes to a server before a name is given, and while it is on its way everything can be changed.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from chatproto.core.events import say
from chatproto.gui.theme import Theme
from chatproto.words import spoken

WIDTH = 18  # letters' heights
LABELS = {"name": say("Name"), "server": say("Server"), "token": say("Password or token, if the name is yours")}


class Entrance:
    """A form: name, server, password. `enter` is given the three."""

    def __init__(self, parent: tk.Misc, theme: Theme, enter: Callable[[str, str, str], object]) -> None:
        self.frame = ttk.Frame(parent)
        self._form = ttk.Frame(self.frame)
        self._enter = enter
        self._labels: dict[str, ttk.Label] = {}
        self._fields: dict[str, ttk.Entry] = {}
        for row, field in enumerate(LABELS):
            self._labels[field] = ttk.Label(self._form)
            self._fields[field] = ttk.Entry(self._form, font=theme.text, show="•" if field == "token" else "")
            self._labels[field].grid(row=2 * row, sticky="w")
            self._fields[field].grid(row=2 * row + 1, sticky="ew", pady=(0, theme.em // 2))
            self._fields[field].bind("<Return>", lambda _: self._form.after_idle(self.submit))
            self._fields[field].bind("<KP_Enter>", lambda _: self._form.after_idle(self.submit))
        self.button = ttk.Button(self._form, command=self.submit)
        self.button.grid(sticky="e")
        self._why = ttk.Label(self._form, anchor="w", justify="left")
        self._why.grid(sticky="ew", pady=(theme.em // 2, 0))
        self._form.columnconfigure(0, weight=1)
        self.frame.bind("<Configure>", lambda event: self._fit(event.width, theme.em))

    def _fit(self, width: int, em: int) -> None:
        """Be in the middle, and no wider than it is easy to read."""
        width = min(width - em, WIDTH * em)
        self._form.place(relx=0.5, rely=0.5, anchor="center", width=width)
        for label in (*self._labels.values(), self._why):
            label.configure(wraplength=width)

    def fill(self, name: str, server: str, token: str) -> None:
        """Put in what is known already, and go to what is not."""
        for field, text in (("name", name), ("server", server), ("token", token)):
            self._fields[field].delete(0, "end")
            self._fields[field].insert(0, text)
        self._fields["name"].focus_set()

    def submit(self) -> None:
        """Hand over what was typed."""
        name, server, token = (self._fields[field].get().strip() for field in LABELS)
        if name:
            self._enter(name, server, token)
        else:
            self._fields["name"].focus_set()

    def explain(self, text: str, *, wrong: bool) -> None:
        """Say why it was not to be, or how it goes."""
        self._why.configure(text=text, style="No.TLabel" if wrong else "TLabel")
        if wrong:
            self._fields["name"].focus_set()
            self._fields["name"].selection_range(0, "end")

    def speak(self, lang: str) -> None:
        """Put the labels into a language."""
        for field, label in LABELS.items():
            self._labels[field].configure(text=spoken(label, lang))
        self.button.configure(text=spoken(say("Connect"), lang))
