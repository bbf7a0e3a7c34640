"""The window: rooms on the left, members on the right, the talk between them, and below it where one types.

The law here: nothing is drawn when it happens, but some moments later, together with all that has happened
meanwhile and never more than can be done between two keys.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import ttk

from chatproto.client.completion import Candidate, candidates
from chatproto.client.conversation import Stage
from chatproto.core.events import say
from chatproto.gui.entrance import Entrance
from chatproto.gui.entry import Entry
from chatproto.gui.look import LEAST_HIGH, LEAST_WIDE, sides
from chatproto.gui.sides import Side, rows_of_people, rows_of_rooms
from chatproto.gui.talk import Front, Talk
from chatproto.gui.theme import Theme
from chatproto.gui.transcript import Transcript
from chatproto.words import spoken
from chatproto.words.drawing import Style

SOON = 30  # milliseconds until what has changed is drawn
TITLE = "chat"
CONTROL = 0x4  # of a key event's state
WIDE, HIGH = 46, 30  # of the window, in letters' heights, at first


class Window(Front):
    """Draws a talk. `asked` is called with a name, a server and a password; `closed` once it is over."""

    def __init__(
        self, root: tk.Tk, theme: Theme, lang: str, asked: Callable[[str, str, str], object], closed: Callable[[], None]
    ) -> None:
        self.root, self.theme, self._lang, self._closed = root, theme, lang, closed
        self.talk: Talk | None = None
        self.entrance = Entrance(root, theme, asked)
        self.frame = ttk.Frame(root)
        top, bottom = ttk.Frame(self.frame), ttk.Frame(self.frame)
        self.rooms = Side(top, theme, behind=2, chosen=self._go_to, opened=lambda _: self.entry.text.focus_set())
        self.middle = ttk.Frame(top)
        self.transcripts: dict[str, Transcript] = {}
        self.people = Side(top, theme, opened=lambda name: self.entry.put(f"/msg {name} "))
        self.newer = ttk.Button(top, command=self._to_end)
        self.bar = ttk.Label(self.frame, style="Bar.TLabel", padding=(theme.em // 2, theme.em // 5))
        self._hint = ""
        self.entry = Entry(bottom, theme, self._send, self._complete, self._hinted)
        self.button = ttk.Button(bottom, command=self.entry.send)
        self._held = self._due = False
        self._style: Style | None = None
        self._lay_out(top, bottom)
        self._bind()
        self._speak(lang)
        self.entrance.frame.pack(fill="both", expand=True)

    def take_up(self, talk: Talk) -> None:
        """Have this talk before one, and nothing of the one before."""
        for transcript in self.transcripts.values():
            transcript.frame.destroy()
        self.talk, self.transcripts, self._held = talk, {}, False

    # --- what the talk asks ---------------------------------------------------------------------------

    def changed(self) -> None:
        """Draw soon, once."""
        if not self._due:
            self._due = True
            self.root.after(SOON, self._draw)

    def enter(self) -> None:
        """Show the rooms."""
        if not self.frame.winfo_ismapped():
            self.entrance.frame.pack_forget()
            self.frame.pack(fill="both", expand=True)
            self.entry.text.focus_set()

    def turn_back(self, why: str) -> None:
        """Ask for another name."""
        self.frame.pack_forget()
        self.entrance.frame.pack(fill="both", expand=True)
        self.entrance.explain(why, wrong=True)

    def ring(self) -> None:
        """Ring, unless somebody looks."""
        if self.talk and not self.talk.desk.attentive:
            self.root.bell()

    def show(self, text: str) -> None:
        """Do nothing: what is shown lies on the desk."""

    def tell(self, text: str) -> None:
        """Do nothing: what is told of the connection is kept by the talk."""

    def ask(self, text: str) -> None:
        """Do nothing: the entrance has asked."""

    def forget_typed(self) -> None:
        """Do nothing: at the entrance nothing is typed ahead."""

    def hold(self) -> None:
        self._held = True

    def go_on(self) -> None:
        self._held = False

    def close(self) -> None:
        """End, if that was asked for; else leave it to be read."""
        self._closed()
        self.changed()

    # --- drawing --------------------------------------------------------------------------------------

    def _draw(self) -> None:
        self._due = False
        talk = self.talk
        if talk is None:
            return
        taste = talk.tastes.taste
        style = Style(taste.lang, taste.time, taste.tz)
        if style != self._style:
            self._restyle(style)
        more = self._draw_talk(talk, style)
        self._draw_sides(talk)
        self._draw_news(talk)
        if more:
            self.changed()
        else:
            talk.drawn()

    def _restyle(self, style: Style) -> None:
        for transcript in self.transcripts.values() if self._style else ():
            transcript.again()
        if style.lang != self._lang:
            self._speak(style.lang)
        self._style = style

    def _draw_talk(self, talk: Talk, style: Style) -> bool:
        """Draw the pane that is open, and of the others some of what is new; say whether there is more."""
        panes, more = talk.desk.panes, False
        for room in set(self.transcripts) - set(panes):
            self.transcripts.pop(room).frame.destroy()
        for room in panes:
            if room not in self.transcripts:
                self.transcripts[room] = Transcript(self.middle, self.theme)
                self.transcripts[room].frame.place(relwidth=1, relheight=1)
                self.transcripts[room].text.bind("<Key>", self._typed_elsewhere)
        self.transcript.frame.lift()
        for room, transcript in self.transcripts.items():
            more |= transcript.draw(panes[room], style)
        unseen = self.transcript.unseen
        self.newer.configure(text=f"↓ {unseen}")
        if unseen and not self.newer.winfo_ismapped():
            self.newer.place(in_=self.middle, relx=1, rely=1, x=-self.theme.em * 2, y=-self.theme.em // 2, anchor="se")
        elif not unseen:
            self.newer.place_forget()
        return more

    def _draw_sides(self, talk: Talk) -> None:
        desk, present = talk.desk, talk.present
        self.rooms.draw(rows_of_rooms(list(desk.panes.values())), desk.open)
        self.people.draw(rows_of_people(present.names, talk.session.name))
        count = f" ({present.count})" if present.count else ""
        self.people.heading.configure(text=f"{spoken(say('Members'), self._lang)}{count}")

    def _draw_news(self, talk: Talk) -> None:
        told, up = " ".join(talk.told.values()), talk.session.up
        self.bar.configure(text=self._hint or told, style="Bar.TLabel" if up else "Trouble.TLabel")
        over = talk.stage is Stage.OVER
        self.button.configure(text=spoken(say("Connect") if over else say("Send"), self._lang))
        if talk.stage is Stage.WAITING:
            self.entrance.explain(told, wrong=False)
        unread = f"({talk.desk.unread}) " if talk.desk.unread else ""
        trouble = next(iter(talk.told.values()), "") if not up else ""
        self.root.title(f"{unread}{talk.desk.open or TITLE} – {trouble or talk.session.name or TITLE}")

    @property
    def transcript(self) -> Transcript:
        """That of the room that is open."""
        assert self.talk
        return self.transcripts[self.talk.desk.pane.room]

    # --- what somebody does ---------------------------------------------------------------------------

    def _send(self, text: str) -> bool:
        if self.talk and self.talk.stage is Stage.OVER:
            self.turn_back("")
            return False
        if not self.talk or self._held or self.talk.stage is not Stage.TALKING:
            self.root.bell()
            return False
        if self.transcripts:
            self._to_end()
        self.talk.typed(text)
        return True

    def _typed_elsewhere(self, event: tk.Event[tk.Misc]) -> None:
        """Let letters go where they are meant to, also from where one has only read or copied."""
        if event.char.isprintable() and event.char and not isinstance(event.state, str) and not event.state & CONTROL:
            self.entry.insert(event.char)

    def _complete(self, before: str) -> tuple[Candidate, ...]:
        return candidates(before, self.talk.known(), self._lang) if self.talk else ()

    def _hinted(self, text: str) -> None:
        if text != self._hint:
            self._hint = text
            self.changed()

    def _go_to(self, room: str) -> None:
        if self.talk and room != self.talk.desk.open:
            self.talk.go_to(room)

    def _to_end(self) -> None:
        self.transcript.to_end()
        self.changed()

    def _escape(self) -> None:
        if self.frame.winfo_ismapped():
            self.entry.forget_turns()
            self.entry.text.focus_set()
            self._to_end()

    def _scroll(self, pages: int) -> None:
        if self.transcripts:
            self.transcript.scroll(pages)
            self.changed()

    def _step(self, by: int) -> None:
        if self.talk:
            self.talk.step(by)
            self.entry.text.focus_set()

    def _to_unread(self) -> None:
        if self.talk:
            self.talk.to_unread()
            self.entry.text.focus_set()

    def _zoom(self, by: int) -> None:
        self.theme.resize(by)
        parts: list[Transcript | Entry | Side] = [*self.transcripts.values(), self.entry, self.rooms, self.people]
        for part in parts:
            part.dress(self.theme)
        self._arrange()

    def _attend(self, *, attentive: bool) -> None:
        if self.talk:
            self.talk.look_up(attentive=attentive)

    # --- laying out -----------------------------------------------------------------------------------

    def _lay_out(self, top: ttk.Frame, bottom: ttk.Frame) -> None:
        em = self.theme.em
        self.rooms.list.bind("<ButtonRelease-1>", lambda _: self.entry.text.focus_set())
        self.rooms.frame.grid(row=0, column=0, sticky="ns")
        self.middle.grid(row=0, column=1, sticky="nsew")
        self.people.frame.grid(row=0, column=2, sticky="ns")
        top.grid_propagate(False)  # the window has a size of its own; and Tk lays out no grid that asks for one pixel
        top.rowconfigure(0, weight=1)
        top.columnconfigure(1, weight=1)
        self.button.pack(side="right", anchor="s", padx=(0, em // 2), pady=em // 2)
        self.entry.text.pack(side="left", fill="x", expand=True, padx=em // 2, pady=em // 2)
        bottom.pack(side="bottom", fill="x")
        self.bar.pack(side="bottom", fill="x")
        top.pack(fill="both", expand=True)
        self.root.geometry(f"{WIDE * em}x{HIGH * em}")
        self.root.minsize(LEAST_WIDE * em, LEAST_HIGH * em)

    def _arrange(self) -> None:
        """Put away what has no room beside the talk."""
        width = self.frame.winfo_width()
        for side, wanted in zip((self.rooms, self.people), sides(width / self.theme.em), strict=True):
            if wanted:
                side.frame.grid()
            else:
                side.frame.grid_remove()
        self.root.minsize(LEAST_WIDE * self.theme.em, LEAST_HIGH * self.theme.em)
        self.bar.configure(wraplength=width - 2 * self.theme.em)

    def _bind(self) -> None:
        root, entry = self.root, self.entry.text
        self.frame.bind("<Configure>", lambda _: self._arrange())
        root.bind("<FocusIn>", lambda _: self._attend(attentive=True))
        root.bind("<FocusOut>", lambda _: self._attend(attentive=root.focus_displayof() is not None))
        self._on("Escape", self._escape, root)
        self._on("Control-k", self._to_unread, root, entry)
        for key, way in (("Prior", -1), ("Next", 1)):
            self._on(key, partial(self._scroll, way), entry)
            self._on(f"KP_{key}", partial(self._scroll, way), entry)
        for key, way in (("Up", -1), ("Down", 1)):
            self._on(f"Alt-{key}", partial(self._step, way), root, entry)
        for key, by in (("plus", 1), ("equal", 1), ("KP_Add", 1), ("minus", -1), ("KP_Subtract", -1), ("0", 0)):
            self._on(f"Control-{key}", partial(self._zoom, by), root, entry)

    def _on(self, key: str, do: Callable[[], object], *where: tk.Misc) -> None:
        """Let a key do this, and nothing else."""

        def pressed(_: object) -> str:
            do()
            return "break"

        for widget in where:
            widget.bind(f"<{key}>", pressed)

    def _speak(self, lang: str) -> None:
        """Put the window's own words into a language."""
        self._lang = lang
        self.entrance.speak(lang)
        self.rooms.heading.configure(text=spoken(say("Rooms"), lang))
        self.root.title(TITLE)
