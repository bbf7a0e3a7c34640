"""A window in a process of its own, with real keys, on some screen.

What stands in it is read as a person would take it elsewhere: all of the talk is marked, and the mark is asked for
(X's primary selection). It needs xdotool.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tkinter as tk
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Self

from tests.system.server import PATIENCE, ROOT


class Opened:
    """A window in a process of its own, and hands on its keyboard."""

    def __init__(self, display: str, folder: Path, *options: str, environ: Mapping[str, str] | None = None) -> None:
        self._display, self.address = display, options[0]
        known = {name: value for name, value in os.environ.items() if not name.startswith(("CHAT_", "LC_", "LANG"))}
        own = {"DISPLAY": display, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        self.environ = {**known, **own, "XMODIFIERS": "@im=none", **(environ or {})}
        others = self._windows()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chatproto.gui", *options], cwd=folder, env=self.environ, stderr=subprocess.PIPE
        )
        end = monotonic() + PATIENCE
        while not (mine := self._windows() - others):
            assert monotonic() < end, "no window has opened"
        self.id = mine.pop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)

    def _windows(self) -> set[str]:
        command = ["xdotool", "search", "--onlyvisible", "--class", "Chatproto"]
        found = subprocess.run(command, env=self.environ, check=False, capture_output=True, text=True)
        return {*found.stdout.split()}

    def _do(self, *words: str) -> str:
        found = subprocess.run(
            ["xdotool", *words], env=self.environ, check=True, capture_output=True, text=True, timeout=PATIENCE
        )
        return found.stdout

    def titled(self, pattern: str) -> None:
        """Wait until the window's title holds this."""
        self._do("search", "--sync", "--onlyvisible", "--name", pattern)

    def presses(self, *keys: str) -> None:
        self._do("windowfocus", "--sync", self.id, "key", *keys)

    def place(self, left: int, top: int, width: int, height: int) -> None:
        """Put the window somewhere on the screen, and make it this large."""
        self._do("windowmove", self.id, str(left), str(top), "windowsize", "--sync", self.id, str(width), str(height))

    def types(self, text: str, pause: int = 5) -> None:
        """Type a line, and Enter, with so many milliseconds between two keys."""
        self._do("windowfocus", "--sync", self.id, "type", "--delay", str(pause), text)
        self.presses("Return")

    def reads(self, text: str, away: int = 2) -> list[str]:
        """Wait until the talk holds this; return its lines without the time, by marking them all.

        The talk is so many keys away from the entry: in a wide window the members lie between.
        """
        root = tk.Tk(screenName=self._display)
        root.withdraw()
        try:
            seen, end = "", monotonic() + PATIENCE
            while text not in seen:
                assert monotonic() < end, f"{text!r} never came: {seen}"
                self.presses(*["shift+Tab"] * away, "ctrl+slash", "Escape")
                seen = marked(root)
            root.selection_own()  # no longer marked
            root.update()
        finally:
            root.destroy()
            del root
            gc.collect()  # here and now: Tcl aborts the process that collects it in another thread than its own
        return [line.partition(" ")[2] for line in seen.rstrip("\n").split("\n")]

    def ends(self) -> int:
        return self.process.wait(PATIENCE)


def marked(root: tk.Tk) -> str:
    """Return what is marked on a screen; nothing if nobody has marked anything, or is too busy to tell."""
    try:
        return str(root.tk.call("selection", "get", "-type", "UTF8_STRING"))
    except tk.TclError:
        return ""


@contextmanager
def screen(size: str = "1200x900") -> Iterator[str]:
    """Start an X server that shows nobody anything, and yield its name. It needs Xvfb."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-dpi", "96", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as running:
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        try:
            yield f":{number}"
        finally:
            running.terminate()
