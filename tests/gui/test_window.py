"""A real window on a screen that nobody sees, and a chat in memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tkinter as tk
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatproto.client.desk import KEPT
from chatproto.gui.look import DARKNESS, LIGHT
from chatproto.gui.talk import Talk
from chatproto.gui.theme import Theme
from chatproto.gui.transcript import Transcript
from chatproto.gui.window import Window
from chatproto.testing import ChatInMemory, Person
from tests.client.kit import Net
from tests.gui.kit import talk_on
from tests.system.server import ROOT

DONT_WAIT = 2  # of Tcl's own


class Sight:
    """Somebody before a window. Nothing is drawn before `settle`, which draws all there is."""

    def __init__(self, root: tk.Tk, chat: ChatInMemory, *rooms: str, lang: str = "en", dark: bool = False) -> None:
        self.root, self.net, self.asked = root, Net(chat), list[tuple[str, str, str]]()
        self.window = Window(root, Theme(root, dark=dark), lang, self._asked, lambda: None)
        self.talk: Talk = talk_on(self.net, self.window, "oscar", *rooms, lang=lang)
        self.window.take_up(self.talk)
        root.geometry("900x600+0+0")
        self.settle()

    def _asked(self, name: str, server: str, token: str) -> None:
        self.asked.append((name, server, token))
        self.talk.begin(name, token)

    def begin(self) -> Sight:
        self.talk.begin("oscar")
        self.settle()
        return self

    def settle(self) -> None:
        """Let everything that is under way arrive, and be drawn."""
        self.meet()
        self.net.run()
        self.draw()

    def meet(self) -> None:
        """Take every event that the screen has for us, until an answer from it comes without one before it."""
        while True:
            self.root.winfo_pointerxy()
            if not self.root.tk.dooneevent(DONT_WAIT):
                return
            self.root.update()

    def draw(self) -> None:
        """Draw all there is, as time would."""
        while self.window._due:
            self.window._draw()
            self.net.run()
        self.meet()

    def presses(self, *keys: str, at: tk.Misc | None = None) -> None:
        """Press keys where the cursor is, or somewhere."""
        for key in keys:
            where = at or self.root.focus_get()
            assert where
            where.event_generate(f"<{key}>")
            self.meet()
        self.settle()

    def types(self, text: str) -> None:
        """Put a text into the entry, and press Enter."""
        self.window.entry.insert(text)
        self.presses("Return", at=self.window.entry.text)

    @property
    def transcript(self) -> Transcript:
        return self.window.transcript

    def reads(self) -> list[str]:
        """Return the lines of the talk that is open, without the time."""
        text = self.transcript.text.get("1.0", "end-1c")
        return [line.removeprefix("00:00 ") for line in text.split("\n")]

    def rows(self, side: str) -> list[str]:
        """Return the rows of a list."""
        tree = getattr(self.window, side).list
        return [
            " ".join([tree.item(row, "text"), *map(str, tree.item(row, "values"))]).strip()
            for row in tree.get_children()
        ]


@pytest.fixture
def chat() -> ChatInMemory:
    return ChatInMemory()


@pytest.fixture
def root(display: str) -> Iterator[tk.Tk]:
    root = tk.Tk(screenName=display)
    root.tk.call("tk", "scaling", 96 / 72)  # it belongs to the screen, and a test may have changed it
    root.wait_visibility()
    root.focus_force()
    while root.focus_displayof() is None:
        root.tk.dooneevent(0)
    yield root
    for later in root.tk.splitlist(root.tk.call("after", "info")):
        root.after_cancel(later)
    root.destroy()


def many(person: Person, count: int, start: int = 0) -> None:
    person.types(*(f"line {number}" for number in range(start, start + count)))


# --- the first question ---------------------------------------------------------------------------


def test_name_and_server_are_asked_first(root: tk.Tk, chat: ChatInMemory) -> None:
    sight = Sight(root, chat)
    sight.window.entrance.fill("", "localhost:5005", "")
    assert (sight.window.entrance.frame.winfo_ismapped(), sight.window.frame.winfo_ismapped()) == (1, 0)
    sight.presses("Return")
    assert sight.asked == []
    sight.presses("o", "s", "c", "a", "r", "Tab", "Tab", "x", "Return")

    assert sight.asked == [("oscar", "localhost:5005", "x")]


def test_a_name_that_is_taken_is_explained_and_asked_again(root: tk.Tk, chat: ChatInMemory) -> None:
    chat.person("oscar")
    sight = Sight(root, chat)
    sight.window.entrance.fill("oscar", "localhost:5005", "")
    sight.presses("Return")
    assert "Somebody is called oscar already" in sight.window.entrance._why["text"]
    sight.presses("b", "o", "b", "Return")

    assert (sight.window.entrance.frame.winfo_ismapped(), sight.window.frame.winfo_ismapped()) == (0, 1)
    assert sight.rows("people") == ["bob", "oscar"]


def test_while_nobody_answers_it_is_said_there(root: tk.Tk, chat: ChatInMemory) -> None:
    sight = Sight(root, chat)
    sight.net.there = False
    sight.begin()

    assert "No chat server answers at localhost:5005" in sight.window.entrance._why["text"]
    assert "Connecting again" in sight.window.entrance._why["text"]


# --- the seed's story -----------------------------------------------------------------------------


def test_the_story_of_the_seeds_pictures(root: tk.Tk, chat: ChatInMemory) -> None:
    """SEEDS S2.5: a name is entered, oscar and jinny chat, bob joins, jinny quits, oscar quits."""
    jinny = chat.person("jinny")
    sight = Sight(root, chat)
    sight.window.entrance.fill("oscar", "localhost:5005", "")
    sight.presses("Return")
    sight.types("hi jinny")
    jinny.types("안녕, oscar")
    bob = chat.person("bob")
    jinny.types("/quit")
    sight.settle()

    assert sight.reads() == [
        "* You are in #lobby with jinny.",
        "oscar: hi jinny",
        "jinny: 안녕, oscar",
        "* bob joined",
        "* jinny quit",
    ]
    assert sight.rows("people") == ["bob", "oscar"]
    sight.types("/quit")
    assert bob.reads()[-1] == "* oscar quit"
    assert sight.talk.left


def test_ones_own_line_is_seen_at_once_and_marked_until_it_is_kept(root: tk.Tk, chat: ChatInMemory) -> None:
    sight, jinny = Sight(root, chat).begin(), chat.person("jinny")
    jinny.types("first")
    sight.window.entry.insert("mine")
    sight.window.entry.send()
    while sight.window._due:
        sight.window._draw()
    assert sight.reads()[-1] == "oscar: mine …"
    sight.settle()

    assert sight.reads()[1:] == ["* jinny joined", "jinny: first", "oscar: mine"]


def test_what_is_refused_is_marked_and_what_is_empty_says_nothing(root: tk.Tk, chat: ChatInMemory) -> None:
    chat.person("jinny").types("/join dev", "/set hush 1")
    sight = Sight(root, chat, "#dev", lang="ko").begin()
    before = sight.reads()
    sight.types("  ")
    assert sight.reads() == before
    sight.types("안녕하세요")

    assert sight.reads()[-2] == "oscar: 안녕하세요  ✗ Fail to send msg."


def test_a_lost_connection_is_shown_and_what_is_said_meanwhile_is_sent_later(root: tk.Tk, chat: ChatInMemory) -> None:
    sight, jinny = Sight(root, chat).begin(), chat.person("jinny")
    sight.net.cut()
    sight.types("kept")
    assert sight.window.bar["text"].startswith("Server disconnected. Connecting again in 1 s …")
    assert sight.window.bar["style"] == "Trouble.TLabel"
    assert "Server disconnected." in root.title()
    assert sight.reads()[-1] == "oscar: kept …"
    sight.net.wait(3)
    sight.settle()

    assert sight.window.bar["style"] == "Bar.TLabel"
    assert sight.reads()[-1] == "oscar: kept"
    assert [line for line in jinny.reads() if "kept" in line] == ["[00:00] <oscar> kept"]


# --- scrolling ------------------------------------------------------------------------------------


def test_who_has_scrolled_back_stays_there_whatever_comes(root: tk.Tk, chat: ChatInMemory) -> None:
    sight, jinny = Sight(root, chat).begin(), chat.person("jinny")
    many(jinny, 200)
    sight.settle()
    sight.presses("Prior", "Prior")
    top = sight.transcript.text.index("@0,0")
    many(jinny, 150, 200)
    sight.settle()

    assert sight.transcript.text.index("@0,0") == top
    assert (sight.transcript.unseen, sight.window.newer.winfo_ismapped(), sight.window.newer["text"]) == (
        150,
        1,
        "↓ 150",
    )
    sight.window.newer.invoke()
    sight.settle()
    assert sight.transcript.text.dlineinfo("end-1c")
    assert not sight.window.newer.winfo_ismapped()


def test_also_while_the_oldest_lines_are_let_go(root: tk.Tk, chat: ChatInMemory) -> None:
    sight, jinny = Sight(root, chat).begin(), chat.person("jinny")
    many(jinny, KEPT)
    sight.settle()
    sight.presses("Prior")
    seen = sight.transcript.text.get("@0,0 linestart", "@0,0 lineend")
    many(jinny, 100, KEPT)
    sight.settle()

    assert sight.transcript.text.get("@0,0 linestart", "@0,0 lineend") == seen
    assert len(sight.reads()) == KEPT
    assert sight.reads()[-1] == f"jinny: line {KEPT + 99}"


@pytest.mark.parametrize("size", ["500x300", "1100x800"])
def test_who_is_at_the_end_stays_there_whatever_the_size(root: tk.Tk, chat: ChatInMemory, size: str) -> None:
    sight, jinny = Sight(root, chat).begin(), chat.person("jinny")
    many(jinny, 100)
    sight.settle()
    root.geometry(size)
    sight.settle()
    assert sight.transcript.text.dlineinfo("end-1c")
    many(jinny, 10, 100)
    sight.settle()

    assert sight.transcript.text.dlineinfo("end-1c")


def test_what_is_written_without_spaces_begins_beside_the_name_and_keeps_its_marks(
    root: tk.Tk, chat: ChatInMemory
) -> None:
    sight, jinny = Sight(root, chat).begin(), chat.person("jinny")
    jinny.types("วันนี้ที่นี่มีนักเรียนหลายสิบคนเข้ามาคุยกันอย่างสนุกสนานทั้งวัน" * 3)
    sight.settle()
    text = sight.transcript.text
    begins, ends = text.dlineinfo("end-1c linestart"), text.dlineinfo("end-1c")
    found = text.search("วันนี้", "end-1c linestart")
    rows = [text.index("end-1c display linestart")]
    while text.compare(rows[-1], ">", "end-1c linestart"):
        rows.append(text.index(f"{rows[-1]} - 1 chars display linestart"))

    assert begins != ends, "it is longer than one row"
    assert text.dlineinfo(found) == begins
    assert not [
        row for row in rows if unicodedata.combining(text.get(row)) or unicodedata.category(text.get(row)) == "Mn"
    ]


def test_each_room_keeps_its_place(root: tk.Tk, chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    sight = Sight(root, chat, "#dev", "#lobby").begin()
    many(jinny, 200)
    sight.settle()
    sight.presses("Prior", "Prior")
    top = sight.transcript.text.index("@0,0")
    sight.presses("Alt-Up")
    assert sight.talk.desk.open == "#dev"
    many(jinny, 50)
    sight.settle()
    sight.presses("Alt-Down")

    assert sight.transcript.text.index("@0,0") == top


def test_where_one_had_stopped_reading_there_is_a_line(root: tk.Tk, chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    sight = Sight(root, chat, "#dev", "#lobby").begin()
    sight.presses("Alt-Up")
    jinny.types("/join dev", "read", "read too")
    sight.settle()
    sight.presses("Alt-Down")
    jinny.types("not yet", "nor this")
    sight.settle()
    sight.presses("Alt-Up")

    assert sight.reads()[-4:] == ["jinny: read too", "── new ──", "jinny: not yet", "jinny: nor this"]
    sight.presses("Alt-Down")
    jinny.types("later")
    sight.settle()
    sight.presses("Alt-Up")
    assert sight.reads()[-4:] == ["jinny: not yet", "jinny: nor this", "── new ──", "jinny: later"]


def test_the_line_moves_nothing_that_is_read_and_goes_with_what_is_let_go(root: tk.Tk, chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    sight = Sight(root, chat, "#dev", "#lobby").begin()
    many(jinny, 100)
    sight.settle()
    sight.presses("Alt-Up")
    many(jinny, 60, 100)
    sight.settle()
    sight.presses("Alt-Down", "Prior")
    seen = sight.transcript.text.get("@0,0 linestart", "@0,0 lineend")
    sight.talk.look_up(attentive=False)
    many(jinny, 1, 160)
    sight.settle()

    assert sight.transcript.text.get("@0,0 linestart", "@0,0 lineend") == seen
    assert sight.reads()[-2:] == ["── new ──", "jinny: line 160"]
    assert sight.reads().count("── new ──") == 1
    many(jinny, KEPT, 161)
    sight.settle()
    assert (len(sight.reads()), sight.reads()[0]) == (KEPT, "jinny: line 161")


# --- rooms and members ----------------------------------------------------------------------------


def test_unread_lines_are_counted_in_the_list_and_in_the_title(root: tk.Tk, chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    sight = Sight(root, chat, "#dev", "#lobby").begin()
    sight.talk.look_up(attentive=True)
    jinny.types("/join dev", "one", "oscar: two")
    sight.draw()
    sight.net.run()
    sight.draw()

    assert sight.rows("rooms") == ["#dev 2", "#lobby"]
    assert root.title() == "(2) #lobby – oscar"
    sight.transcript.text.focus_set()
    sight.presses("Control-k")
    assert sight.rows("rooms") == ["#dev", "#lobby"]
    assert root.title() == "#dev – oscar"
    assert root.focus_get() is sight.window.entry.text


def test_a_room_is_gone_to_with_the_arrow_keys_of_the_list(root: tk.Tk, chat: ChatInMemory) -> None:
    sight = Sight(root, chat, "#dev", "#lobby").begin()
    sight.window.rooms.list.focus_set()
    sight.presses("Up")
    assert sight.talk.desk.open == "#dev"
    sight.presses("Return")
    sight.types("here")

    assert sight.reads()[-1] == "oscar: here"
    assert chat.factory.chat.rooms["#dev"].name == "#dev"


def test_a_room_that_is_joined_comes_and_one_that_is_left_goes(root: tk.Tk, chat: ChatInMemory) -> None:
    sight = Sight(root, chat).begin()
    sight.types("/join dev")
    assert sight.rows("rooms") == ["#lobby", "#dev"]
    sight.types("/leave")
    assert sight.rows("rooms") == ["#lobby"]
    sight.types("/leave")

    assert sight.rows("rooms") == []
    assert sight.reads()[-1] == "* You left #lobby. /join ROOM takes you into another."


def test_enter_on_a_name_begins_a_direct_message(root: tk.Tk, chat: ChatInMemory) -> None:
    chat.person("jinny")
    sight = Sight(root, chat).begin()
    sight.window.people.list.focus_set()
    sight.settle()
    sight.presses("Return")

    assert sight.window.entry.typed == "/msg jinny "
    assert root.focus_get() is sight.window.entry.text
    assert sight.window.people.list.selection() == ()


# --- typing ---------------------------------------------------------------------------------------


def test_lines_come_in_while_one_types_and_what_is_typed_stays(root: tk.Tk, chat: ChatInMemory) -> None:
    sight, jinny = Sight(root, chat).begin(), chat.person("jinny")
    for number, key in enumerate("hello"):
        many(jinny, 20, number * 20)
        sight.presses(key)
    assert sight.window.entry.typed == "hello"
    sight.presses("Return")

    assert sight.reads()[-1] == "oscar: hello"
    assert sight.reads()[-101:-1] == [f"jinny: line {number}" for number in range(100)]


@pytest.mark.parametrize("text", ["안녕하세요 ㅋㅋ", "สวัสดีครับ น้ำ", "two\nlines", "👋 /not a command"])
def test_a_text_goes_as_it_was_typed(root: tk.Tk, chat: ChatInMemory, text: str) -> None:
    sight, bot = Sight(root, chat).begin(), chat.program("bot")
    bot.joins("lobby")
    bot.reads()
    sight.types(text)

    assert [frame.body.decode() for frame in bot.reads() if frame.headers.get("event") == "said"] == [text]
    assert sight.window.entry.typed == ""


def test_shift_and_enter_is_a_new_line_and_the_field_grows(root: tk.Tk, chat: ChatInMemory) -> None:
    sight = Sight(root, chat).begin()
    sight.presses("a", "Shift-Return", "b")
    assert sight.window.entry.typed == "a\nb"
    assert sight.window.entry.text["height"] == 2
    sight.presses("Return")

    assert sight.reads()[-2:] == ["oscar: a", "b"]
    assert sight.window.entry.text["height"] == 1


def test_tab_completes_in_turn_and_says_what_else_there_is(root: tk.Tk, chat: ChatInMemory) -> None:
    chat.person("jinny")
    chat.person("jin")
    sight = Sight(root, chat).begin()
    sight.window.entry.insert("hi @ji")
    found = []
    for _ in range(3):
        sight.presses("Tab")
        found.append(sight.window.entry.typed)
    assert found == ["hi @jin", "hi @jinny", "hi @jin"]
    assert sight.window.bar["text"] == "jin   jinny"
    sight.presses("x")

    assert "socket connected" in sight.window.bar["text"]
    sight.window.entry.put("/ki")
    sight.presses("Tab")
    assert sight.window.entry.typed == "/kick "


def test_keys_alone_reach_every_part(root: tk.Tk, chat: ChatInMemory) -> None:
    sight = Sight(root, chat).begin()
    window = sight.window
    parts: dict[tk.Misc | None, str] = {window.entry.text: "entry", window.button: "button", window.rooms.list: "rooms"}
    parts |= {sight.transcript.text: "talk", window.people.list: "people"}
    forward, back = [], []
    for _ in parts:
        sight.presses("Tab")
        forward.append(parts.get(root.focus_get(), "?"))
    for _ in parts:
        sight.presses("ISO_Left_Tab")
        back.append(parts.get(root.focus_get(), "?"))

    assert sorted(forward) == sorted(parts.values())
    assert forward[-1] == back[-1] == "entry"
    assert back[:-1] == forward[-2::-1]
    window.people.list.focus_set()
    sight.presses("Escape")
    assert root.focus_get() is window.entry.text


def test_a_letter_typed_into_the_talk_goes_into_the_entry(root: tk.Tk, chat: ChatInMemory) -> None:
    sight = Sight(root, chat).begin()
    sight.transcript.text.focus_set()
    sight.presses("a")

    assert sight.window.entry.typed == "a"
    assert root.focus_get() is sight.window.entry.text


# --- looks ----------------------------------------------------------------------------------------


def test_a_narrow_window_is_for_the_talk(root: tk.Tk, chat: ChatInMemory) -> None:
    sight = Sight(root, chat).begin()
    shown: list[tuple[int, int]] = []
    for width in (900, 500, 330):
        root.geometry(f"{width}x400")
        sight.settle()
        shown.append((sight.window.rooms.frame.winfo_ismapped(), sight.window.people.frame.winfo_ismapped()))

    assert shown == [(1, 1), (1, 0), (0, 0)]
    assert sight.transcript.text.winfo_width() > 300


def test_a_window_that_was_narrow_from_the_start_shows_the_talk_too(root: tk.Tk, chat: ChatInMemory) -> None:
    sight = Sight(root, chat)
    root.geometry("330x400")
    sight.settle()
    sight.begin()

    assert sight.transcript.text.winfo_ismapped()
    assert sight.transcript.text.winfo_width() > 300


@pytest.mark.parametrize(("dark", "palette"), [(True, DARKNESS), (False, LIGHT)])
def test_it_is_dark_or_light_as_one_likes(root: tk.Tk, chat: ChatInMemory, dark: bool, palette: object) -> None:
    sight = Sight(root, chat, dark=dark).begin()

    assert sight.window.theme.palette is palette
    assert sight.transcript.text["background"] == sight.window.theme.palette.ground


@pytest.mark.parametrize(("ground", "palette"), [("#202020", DARKNESS), ("#eeeeee", LIGHT)])
def test_or_as_the_desktop_is(root: tk.Tk, ground: str, palette: object) -> None:
    root.configure(background=ground)

    assert Theme(root).palette is palette


def test_letters_grow_with_the_screens_scaling_and_with_a_key(root: tk.Tk, chat: ChatInMemory) -> None:
    root.tk.call("tk", "scaling", 1.0)
    small = Theme(root).em
    root.tk.call("tk", "scaling", 3.0)
    sight = Sight(root, chat).begin()
    large = sight.window.theme.em
    assert large > 2.5 * small
    sight.presses("Control-plus")
    assert sight.window.theme.em > large
    sight.presses("Control-0")

    assert sight.window.theme.em == large


@pytest.mark.parametrize(("written", "dots"), [("Xft.dpi: 192", 192), ("Xft.dpi: many", 96), ("", 96)])
def test_the_desktops_scaling_counts_where_it_has_one(display: str, tmp_path: Path, written: str, dots: int) -> None:
    (tmp_path / ".Xdefaults").write_text(f"{written}\n")  # Tcl looks there once
    command = f"from chatproto.gui.run import opened; print(72 * opened({display!r}).tk.call('tk', 'scaling'))"
    environ = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    told = subprocess.run([sys.executable, "-c", command], env=environ, check=True, capture_output=True, text=True)

    assert round(float(told.stdout)) == dots


def test_language_and_form_of_the_time_change_what_stands_there(root: tk.Tk, chat: ChatInMemory) -> None:
    sight = Sight(root, chat).begin()
    sight.types("hello")
    sight.types("/time off")
    sight.types("/lang ko")

    assert sight.transcript.text.get("2.0", "2.end") == "oscar: hello"
    assert (sight.window.button["text"], sight.window.rooms.heading["text"]) == ("보내기", "방")
    assert sight.window.people.heading["text"] == "참가자 (1)"


def test_who_was_put_out_can_read_why_and_connect_again(root: tk.Tk, chat: ChatInMemory) -> None:
    sight = Sight(root, chat).begin()
    chat.console().types("/kick oscar enough")
    sight.settle()
    sight.net.wait(3)
    sight.settle()
    assert any("enough" in line for line in sight.reads())
    assert sight.window.button["text"] == "Connect"
    sight.window.button.invoke()
    sight.settle()

    assert sight.window.entrance.frame.winfo_ismapped()
