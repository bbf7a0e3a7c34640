"""Make terminal.svg from a real run: `python -m docs.pictures.terminal`, in the checkout's folder.

A server is started; oscar and 민수 come in by the client's screen, each in a terminal of tmux's, jinny by nc. oscar's
is taken while he completes a command and jinny talks, 민수's after the server has ended. It needs nc and tmux.
"""

# ruff: noqa: INP001, S603 - a script beside a picture, which starts what the machine has

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from prompt_toolkit.formatted_text import ANSI, to_formatted_text
from wcwidth import wcswidth, wcwidth

from docs.pictures.session import (
    BAR,
    CELL,
    FAINT,
    FONTS,
    FRAME,
    GROUND,
    INK,
    LINE,
    MARGIN,
    SIZE,
    Screen,
    free_port,
    server,
)

PICTURE = Path(__file__).with_suffix(".svg")
COLUMNS, ROWS = 66, 19
COLOURS = {"ansired": "#e08a7d"}  # as a terminal of today shows the first sixteen; all others are numbers
Letter = tuple[str, str]  # its look, as prompt_toolkit writes it, and itself with the marks upon it


def talk(oscar: Screen, minsu: Screen, jinny: Screen, port: int) -> None:
    """Let the three say what the picture shows, up to where oscar completes a command."""
    client = f"{sys.executable} -m chatproto.client --port {port}"
    jinny.open(f"nc localhost {port}")
    jinny.shows("What is your name?")
    jinny.types("jinny")
    jinny.shows("Hello, jinny")
    oscar.open(f"{client} --name oscar --lang en --room dev --room lobby")
    oscar.shows("You are in #lobby")
    minsu.open(f"{client} --name 민수 --lang ko")
    minsu.shows("지금 있는 방")
    oscar.types("good morning! shall we start at ten?")
    jinny.shows("at ten")
    jinny.types("ten is fine. 민수?")
    minsu.shows("ten is fine")
    minsu.types("네, 10시에 봬요 👋")
    oscar.shows("10시에")
    minsu.types("/join dev")
    minsu.shows("#dev")
    minsu.types("oscar: 문서를 고쳤어요")
    oscar.shows("#dev 1!")
    jinny.types("oscar: will you bring the timetable?")
    jinny.types("민수: สวัสดีค่ะ")
    minsu.shows("#lobby 2!")
    oscar.shows("timetable")
    oscar.presses("/m", "Tab")
    oscar.shows("Say what you do")
    jinny.types("it is on your desk, I think")
    oscar.shows("on your desk")


def main() -> None:
    """Run, and draw what was seen."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        tmux = ["tmux", "-u", "-f", "/dev/null", "-S", f"{folder}/tmux"]
        title = "python -m chatproto.client"
        oscar, minsu, jinny = (Screen(tmux, name, title, ROWS, COLUMNS) for name in ("oscar", "minsu", "jinny"))
        try:
            with server(port):
                talk(oscar, minsu, jinny, port)
                left = oscar.looks()
                minsu.types("/join lobby")
                minsu.shows("สวัสดี")
            minsu.shows("초 뒤에 다시 연결합니다")
            minsu.types("반가워요, jinny!")
            minsu.shows("반가워요")
            right = minsu.looks()
        finally:
            subprocess.run([*tmux, "kill-server"], check=True)
    told = "Two terminals: a command is completed while others talk; a line waits for the server"
    screens = [(f"$ {title}", screen.replace(str(port), "5005 ")) for screen in (left, right)]
    PICTURE.write_text(drawn(screens, told, Path(__file__).name), "utf-8")


# --- drawing ----------------------------------------------------------------------------------------------------------


def drawn(screens: list[tuple[str, str]], told: str, script: str) -> str:
    """Return the picture: the screens beside one another, each below its title; what is told of it, and its script."""
    across, high = COLUMNS * CELL + 2 * MARGIN, BAR + ROWS * LINE + 2 * MARGIN
    width = len(screens) * (across + MARGIN) - MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {high:.0f}" role="img">',
        f"<title>{escape(told)}</title>",
        f"<!-- Made by docs/pictures/{script} from a real run. -->",
        f'<g font-family="{FONTS}" font-size="{SIZE}">',
    ]
    for number, (title, screen) in enumerate(screens):
        parts += [
            f'<g transform="translate({number * (across + MARGIN):.1f} 0)">',
            f'<rect width="{across:.1f}" height="{high:.1f}" rx="8" fill="{GROUND}"/>',
            f'<path d="M0 {BAR}h{across:.1f}" stroke="{FRAME}"/>',
            f'<text x="{MARGIN}" y="18" fill="{FAINT}">{escape(title)}</text>',
            *(part for row, line in enumerate(lines_of(screen)) for part in drawn_row(line, row)),
            "</g>",
        ]
    return "\n".join([*parts, "</g>", "</svg>", ""])


def lines_of(screen: str) -> Iterator[list[Letter]]:
    """Yield the rows of a screen; looks go on from one to the next, as tmux writes them."""
    line: list[Letter] = []
    for look, text, *_ in to_formatted_text(ANSI(screen)):
        for letter in text:
            if letter == "\n":
                yield line
                line = []
            elif wcwidth(letter) == 0 and line:
                line[-1] = (line[-1][0], line[-1][1] + letter)
            else:
                line.append((look, letter))


def drawn_row(line: list[Letter], row: int) -> Iterator[str]:
    """Yield a row's pieces, each in its columns: fonts differ in how wide they draw a script."""
    column, top = 0, BAR + MARGIN + row * LINE
    for (look, _, alone), letters in groupby(line, kind):
        for piece in (letter for _, letter in letters) if alone else ["".join(letter for _, letter in letters)]:
            columns, (ink, ground), x = wcswidth(piece), colours(look.split()), MARGIN + column * CELL
            if ground:
                size = f'width="{columns * CELL + 0.5:.1f}" height="{LINE}"'
                yield f'<rect x="{x:.1f}" y="{top}" {size} fill="{ground}"/>'
            if piece.strip():
                bold = ' font-weight="bold"' if "bold" in look.split() else ""
                fade = ' opacity="0.6"' if "dim" in look.split() else ""
                anchor = ' text-anchor="middle"' if alone else ""
                yield (
                    f'<text x="{x + alone * columns * CELL / 2:.1f}" y="{top + SIZE}" fill="{ink}"{bold}{fade}{anchor} '
                    f'xml:space="preserve">{escape(piece)}</text>'
                )
            column += columns


def kind(letter: Letter) -> tuple[str, int, bool]:
    """Return what letters of one piece have in common: look, width, and whether each has a piece of its own."""
    look, text = letter
    width = wcswidth(text)
    return look, width if text.isascii() else -width, width > 1


def colours(look: list[str]) -> tuple[str, str]:
    """Return the colour of a letter, and that of the ground if it has one of its own."""
    named = [COLOURS.get(word, word) for word in look if word.removeprefix("bg:").startswith(("#", "ansi"))]
    ink = next((word for word in named if word.startswith("#")), INK)
    ground = next((word[3:] for word in named if word.startswith("bg:#")), "")
    return (ground or GROUND, ink) if "reverse" in look else (ink, ground)


if __name__ == "__main__":
    main()
