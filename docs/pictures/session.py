"""Make session.svg from a real run: `python docs/pictures/session.py`.

A server is started; three people come in by three real programs (our client, telnet, nc), each in a terminal of tmux's,
and talk in three languages; the operator sits at the console. What stands on their screens in the end is the picture.
It needs telnet, nc and tmux.
"""

# ruff: noqa: D103, INP001, S603 - a script beside a picture, which starts what the machine has

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from wcwidth import wcswidth, wcwidth

PICTURE = Path(__file__).with_suffix(".svg")
PATIENCE = 15.0  # seconds for something to come onto a screen
COLUMNS = 66
CELL, LINE, SIZE = 7.83, 18, 13  # a column's width, a line's height and the size of letters, in pixels
MARGIN, BAR = 12, 26
FONTS = (
    "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', NanumGothicCoding, 'Noto Sans Mono CJK KR', "
    "'Noto Sans Thai', 'Tlwg Mono', monospace"
)
GROUND, INK, FAINT, FRAME = "#14171c", "#d8dee6", "#8b98a8", "#2a2f38"
TELNETS_OWN = ("Trying ", "Connected to ", "Escape ")
TYPED = "#f0c674"  # what somebody typed stands out
SIGNS = {"*": "#7fb685", "!": "#e08a7d", "-": "#c9a3d9", "[": "#d8dee6"}  # by what a line begins with


@dataclass
class Screen:
    """A terminal of tmux's: its title in the picture, how many lines and columns it has, what runs in it."""

    tmux: list[str]
    name: str
    title: str
    lines: int
    columns: int = COLUMNS

    def types(self, text: str) -> None:
        self._tell("send-keys", "-t", self.name, "-l", text)
        self._tell("send-keys", "-t", self.name, "Enter")

    def presses(self, text: str, *keys: str) -> None:
        self._tell("send-keys", "-t", self.name, "-l", text)
        self._tell("send-keys", "-t", self.name, *keys)

    def shows(self, text: str) -> None:
        """Wait until a text stands on the screen."""
        end = time.monotonic() + PATIENCE
        while text not in self.text():
            if time.monotonic() > end:
                raise SystemExit(f"{text!r} never came; the screen of {self.name}:\n{self.text()}")
            time.sleep(0.05)

    def text(self) -> str:
        return self._tell("capture-pane", "-p", "-t", self.name)

    def looks(self) -> str:
        """Return what stands there with its colours, as the terminal was told them."""
        return self._tell("capture-pane", "-p", "-e", "-t", self.name)

    def open(self, command: str) -> None:
        size = ["-x", str(self.columns), "-y", str(self.lines)]
        self._tell("new-session", "-d", "-s", self.name, *size, command)
        self._tell("set-option", "-t", self.name, "status", "off")

    def _tell(self, *words: str) -> str:
        return subprocess.run([*self.tmux, *words], check=True, capture_output=True, text=True).stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def server(port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "chatproto", "--memory", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        try:
            wait_for(port)
            yield
        finally:
            running.terminate()


def wait_for(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("the server did not start")


def talk(oscar: Screen, jinny: Screen, somchai: Screen, operator: Screen, port: int) -> None:
    """Let the four say what the picture shows."""
    jinny.open(f"telnet localhost {port}")
    jinny.shows("What is your name?")
    jinny.types("jinny")
    jinny.shows("Hello, jinny")
    jinny.types("/lang ko")
    jinny.shows("한국어")
    somchai.open(f"nc localhost {port}")
    somchai.shows("What is your name?")
    somchai.types("สมชาย")
    somchai.shows("Hello, สมชาย")
    somchai.types("/lang th")
    somchai.shows("ภาษาไทย")
    oscar.open(f"{sys.executable} -m chatproto.client --port {port} --lang en --plain")
    oscar.shows("name")
    oscar.types("oscar")
    oscar.shows("You are in #lobby")
    somchai.shows("oscar")
    oscar.types("hello! how do you say that in your language?")
    jinny.shows("how do you say")
    jinny.types("안녕하세요 👋")
    oscar.shows("안녕하세요")
    somchai.shows("안녕하세요")
    somchai.types("สวัสดีครับ")
    oscar.shows("สวัสดีครับ")
    oscar.types("/me writes that down")
    jinny.shows("writes that down")
    somchai.shows("writes that down")
    jinny.types("/귓속말 oscar 점심 먹을까요?")
    oscar.shows("점심")
    oscar.types("/kik jinny")
    oscar.shows("/kick")
    oscar.types("/msg jinny at noon!")
    jinny.shows("at noon!")
    operator.open(f"{sys.executable} -m chatproto.admin --port {port} --lang en")
    operator.shows("connected")
    operator.types("/who")
    operator.shows("3 on the server")
    operator.types("The lesson ends in five minutes.")
    oscar.shows("five minutes")
    jinny.shows("five minutes")
    somchai.shows("five minutes")
    somchai.types("/ออก")
    oscar.shows("สมชาย quit")
    jinny.shows("퇴장")
    operator.types("/kick jinny see you tomorrow")
    oscar.shows("see you tomorrow")
    jinny.shows("(이유")


def main() -> None:
    """Run, and draw what was seen."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, server(port):
        tmux = ["tmux", "-u", "-f", "/dev/null", "-S", f"{folder}/tmux"]
        oscar = Screen(tmux, "oscar", "python -m chatproto.client --plain", 20)
        jinny = Screen(tmux, "jinny", "telnet localhost 5005", 24)
        somchai = Screen(tmux, "somchai", "nc localhost 5005", 16)
        operator = Screen(tmux, "operator", "python -m chatproto.admin", 12)
        keeper = Screen(tmux, "keeper", "", 2)  # so that tmux stays when nc ends, and what ended stays to be seen
        keeper.open("cat")
        subprocess.run([*tmux, "set-option", "-g", "remain-on-exit", "on"], check=True)
        try:
            talk(oscar, jinny, somchai, operator, port)
            left, right = (
                [Shown(s.title, tidy(s.text(), port)) for s in side] for side in ((oscar, somchai), (jinny, operator))
            )
        finally:
            subprocess.run([*tmux, "kill-server"], check=True)
    PICTURE.write_text(drawn(left, right), "utf-8")


def tidy(text: str, port: int) -> list[str]:
    """Return the lines of a screen as the picture shows them: on the usual port, and without tmux's own."""
    lines = [line.rstrip().replace(str(port), "5005") for line in text.splitlines()]
    lines = [line for line in lines if not line.startswith(("Pane is dead", "[*] socket", *TELNETS_OWN))]
    while lines and not lines[-1]:
        lines.pop()
    return lines


# --- drawing ----------------------------------------------------------------------------------------------------------


@dataclass
class Shown:
    """What stood on a screen."""

    title: str
    lines: list[str]


def drawn(left: list[Shown], right: list[Shown]) -> str:
    """Return the picture: two columns of screens, one above the other; the last ones end alike."""
    across = COLUMNS * CELL + 2 * MARGIN
    high = max(sum(height(shown.lines) + MARGIN for shown in side) for side in (left, right)) - MARGIN
    parts = []
    for side, x in ((left, 0.0), (right, across + MARGIN)):
        y = 0.0
        for shown in side:
            low = high - y if shown is side[-1] else height(shown.lines)
            parts.append(window(shown, x, y, low))
            y += low + MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * across + MARGIN:.0f} {high:.0f}" role="img">',
            "<title>Three people talk in English, Korean and Thai, and the operator looks after them</title>",
            "<!-- Made by docs/pictures/session.py from a real run. -->",
            f'<g font-family="{FONTS}" font-size="{SIZE}">',
            *parts,
            "</g>",
            "</svg>",
            "",
        ]
    )


def height(lines: list[str]) -> float:
    return BAR + len(lines) * LINE + 2 * MARGIN


def window(shown: Shown, x: float, y: float, high: float) -> str:
    """Return one screen, with a bar that says what runs in it."""
    across = COLUMNS * CELL + 2 * MARGIN
    parts = [
        f'<g transform="translate({x:.1f} {y:.1f})">',
        f'<rect width="{across:.1f}" height="{high:.1f}" rx="8" fill="{GROUND}"/>',
        f'<path d="M0 {BAR}h{across:.1f}" stroke="{FRAME}"/>',
        f'<text x="{MARGIN}" y="18" fill="{FAINT}">$ {escape(shown.title)}</text>',
    ]
    colour, wrapped = TYPED, False
    for number, line in enumerate(shown.lines):
        colour = colour if wrapped and line[:1] not in {*SIGNS, "/"} else colour_of(line)
        wrapped = wcswidth(line) >= COLUMNS - 1
        parts.extend(runs(line, BAR + MARGIN + number * LINE + SIZE, colour))
    return "\n".join([*parts, "</g>"])


def colour_of(line: str) -> str:
    return INK if line.startswith(("Welcome", "Connection closed")) else SIGNS.get(line[:1], TYPED)


def runs(line: str, y: float, colour: str) -> Iterator[str]:
    """Return a line's pieces, each in its columns: fonts differ in how wide they draw a script."""
    column = 0
    for wide, letters in groupby(line, lambda letter: wcwidth(letter) > 1):
        for text in letters if wide else ("".join(part) for _, part in groupby(letters, str.isascii)):
            if text.strip():
                place, anchor = (1, ' text-anchor="middle"') if wide else (0, "")
                yield (
                    f'<text x="{MARGIN + (column + place) * CELL:.1f}" y="{y:.1f}" fill="{colour}"{anchor} '
                    f'xml:space="preserve">{escape(text)}</text>'
                )
            column += wcswidth(text)


if __name__ == "__main__":
    main()
