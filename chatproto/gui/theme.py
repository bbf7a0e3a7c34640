"""Puts colours and letters on tkinter's widgets.

The law here: ttk's `clam` is drawn alike everywhere and takes every colour, so what is readable here is readable
on any machine; and letters of one size are in every widget, so that one key makes all of it larger.
"""

from __future__ import annotations

import tkinter as tk
from tkinter import font, ttk

from chatproto.gui.look import DARKNESS, LIGHT, POINTS, Palette, is_dark, points

FONTS = ("TkDefaultFont", "TkTextFont", "TkHeadingFont", "TkMenuFont", "TkFixedFont")


class Theme:
    """The look of one window. `dark`: as was asked for, or as the desktop is."""

    def __init__(self, root: tk.Tk, *, dark: bool | None = None) -> None:
        self._root = root
        self.palette: Palette = DARKNESS if (_is_dark(root) if dark is None else dark) else LIGHT
        self.text = font.nametofont("TkTextFont", root)
        self.usual = max(POINTS, self.text.actual("size"))
        self.bold = font.Font(root, name="ChatBold", font=self.text)
        self.struck = font.Font(root, name="ChatStruck", font=self.text)
        self.bold.configure(weight="bold")
        self.struck.configure(overstrike=True)
        self._style = ttk.Style(root)
        self._style.theme_use("clam")
        self.resize(0)
        self._paint()

    @property
    def em(self) -> int:
        """The letters' height, in pixels: what lengths are multiples of."""
        return self.text.metrics("linespace")

    def resize(self, by: int) -> None:
        """Make the letters larger or smaller by so many points; by 0, as they are usually."""
        size = points(self.text.actual("size"), by, self.usual)
        for name in FONTS:
            font.nametofont(name, self._root).configure(size=size)
        self.bold.configure(size=size)
        self.struck.configure(size=size)
        em, style = self.em, self._style
        style.configure("Treeview", rowheight=round(em * 1.5))
        style.configure("TButton", padding=(em // 2, em // 5))
        style.configure("TEntry", padding=em // 4)
        style.configure("Vertical.TScrollbar", arrowsize=em * 3 // 4)

    def _paint(self) -> None:
        p, style = self.palette, self._style
        self._root.configure(background=p.side)
        plain = {"background": p.side, "foreground": p.text, "bordercolor": p.edge, "focuscolor": p.link}
        bevel = {"lightcolor": p.side, "darkcolor": p.side, "troughcolor": p.bar, "arrowcolor": p.text}
        style.configure(".", **plain, **bevel, fieldbackground=p.ground, insertcolor=p.text)
        style.configure(".", selectbackground=p.chosen, selectforeground=p.text)
        style.map(".", foreground=[("disabled", p.faint)], background=[("disabled", p.side)])
        style.configure("TButton", background=p.bar)
        style.map("TButton", background=[("active", p.chosen)], bordercolor=[("focus", p.link)])
        style.map("TEntry", bordercolor=[("focus", p.link)], lightcolor=[("focus", p.link)])
        style.map("Vertical.TScrollbar", background=[("active", p.chosen), ("!active", p.bar)])
        style.configure("Treeview", background=p.side, fieldbackground=p.side, bordercolor=p.side)
        style.map("Treeview", background=[("selected", p.chosen)], foreground=[("selected", p.text)])
        style.map("Treeview", bordercolor=[("focus", p.link)], lightcolor=[("focus", p.link)])
        style.configure("Heading.TLabel", foreground=p.faint)
        style.configure("Bar.TLabel", background=p.bar)
        style.configure("Trouble.TLabel", background=p.trouble)
        style.configure("No.TLabel", foreground=p.no)


def _is_dark(root: tk.Tk) -> bool:
    return is_dark(*root.winfo_rgb(root["background"]))
