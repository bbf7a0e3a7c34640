"""Puts the parts together on a reactor that also turns tkinter's wheel.

The law here: everything that touches the machine (the display, chance, the reactor) comes in by this door. Widgets
are touched in the reactor's thread, and there is no other.
"""

from __future__ import annotations

import secrets
import sys
import tkinter as tk
import zoneinfo
from random import SystemRandom
from typing import Any

from twisted.internet import tksupport
from twisted.internet.defer import Deferred

from chatproto.client.conversation import Setting, Stage
from chatproto.client.options import server_at
from chatproto.client.run import NO_ADDRESS, NoWay, on_ending, way
from chatproto.client.session import Manner, Session
from chatproto.client.talk import BACKLOG
from chatproto.client.tastes import Tastes
from chatproto.clock import steady
from chatproto.core.events import say
from chatproto.core.members import Taste
from chatproto.gui.options import Choice
from chatproto.gui.talk import Talk
from chatproto.gui.theme import Theme
from chatproto.gui.window import Window
from chatproto.words import spoken

TICK = 10  # milliseconds between two looks at the keyboard
FLUSH = 3.0  # seconds for what was said to be answered, once the window is closed


class Program:
    """One window, and one talk after another in it."""

    def __init__(self, reactor: Any, root: tk.Tk, choice: Choice) -> None:  # noqa: ANN401 - of many interfaces
        self._reactor, self._root, self._options = reactor, root, choice.client
        self._lang = choice.client.lang or "en"
        self._address = ""
        self._warned = False
        self.window = Window(root, Theme(root, dark=choice.dark), self._lang, self.enter, self._over)
        root.protocol("WM_DELETE_WINDOW", self.leave)

    def begin(self) -> None:
        """Ask the first question, or answer it with what was given on the command line."""
        options = self._options
        self.window.entrance.fill(options.name, options.address, options.token)
        if options.name:
            self.window.entrance.submit()

    def enter(self, name: str, server: str, token: str) -> None:
        """Go to a server and take a name."""
        talk = self.window.talk
        try:
            endpoint, address = server_at(server or self._options.address, "")
            if talk and talk.stage is Stage.NAMING and address == self._address:
                talk.begin(name, token)  # the same server: what is on the desk stays there
                return
            self._address, talk = address, self._talk(endpoint, address)
        except ValueError:
            self.window.turn_back(spoken(say(NO_ADDRESS.text, address=server), self._lang))
        except NoWay as no:
            self.window.turn_back(spoken(no.why, self._lang))
        else:
            if self.window.talk:
                self.window.talk.drop()
            self.window.take_up(talk)
            talk.begin(name, token)

    def _talk(self, endpoint: str, address: str) -> Talk:
        chance = SystemRandom()
        session = Session(
            way(self._reactor, endpoint, address),
            self._reactor,
            keys=lambda: secrets.token_hex(16),
            random=chance.random,
            manner=Manner(self._options.lang),
        )
        tastes = Tastes(Taste(lang=self._lang), zoneinfo.available_timezones)
        options = self._options
        setting = Setting(address, options.rooms, backlog=BACKLOG, invitation=options.invitation)
        return Talk(session, self.window, tastes, setting)

    def leave(self) -> None:
        """Leave, once what was said is answered; where something cannot be sent, only when told so twice."""
        talk = self.window.talk
        if talk is None or talk.stage is not Stage.TALKING:
            self.stop()
        elif talk.may_leave():
            self._root.withdraw()
            talk.leave()
            self._reactor.callLater(FLUSH, self.stop)

    def goodbye(self) -> Deferred[None] | None:
        """End the session in order; fires when that is done."""
        talk = self.window.talk
        return talk.session.close() if talk else None

    def _over(self) -> None:
        if self.window.talk and self.window.talk.left:
            self.stop()

    def stop(self) -> None:
        if self._reactor.running:
            self._reactor.stop()


def opened(screen: str | None = None) -> tk.Tk:
    """Open a window, at the scaling that the desktop has: Tk asks the screen, but desktops on X write it elsewhere."""
    if sys.platform == "win32":
        from ctypes import windll

        windll.shcore.SetProcessDpiAwareness(1)  # else Windows blows up what is drawn for 96 dots per inch
    desktop = tk.Tk(screen, className="Xft")
    dots = str(desktop.tk.call("option", "get", ".", "dpi", "Dpi"))  # of `Xft.dpi` among X's resources
    desktop.destroy()
    root = tk.Tk(screen, className="Chatproto")
    if dots.isdecimal() and int(dots):
        root.tk.call("tk", "scaling", int(dots) / 72)
    return root


def run(reactor: Any, choice: Choice) -> int:  # noqa: ANN401
    """Open the window, and return once it is closed; TclError if there is no display."""
    steady(reactor)
    root = opened()
    program = Program(reactor, root, choice)
    tksupport.install(root, TICK, reactor)
    reactor.callWhenRunning(program.begin)
    reactor.addSystemEventTrigger("before", "shutdown", program.goodbye)
    reactor.addSystemEventTrigger("after", "shutdown", tksupport.uninstall)
    on_ending(lambda _: reactor.callFromThread(program.stop))
    reactor.run(installSignalHandlers=False)
    root.destroy()
    return 0
