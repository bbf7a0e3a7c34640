"""Make window.png from a real run: `python -m docs.pictures.window`, in the checkout's folder.

A server is started; oscar and 민수 each come in by a window, the one light and in English, the other dark, narrow and
in Korean; jinny, สมชาย and bob by lines. They go through the story of the seed's own pictures. It needs Xvfb, xdotool
and ImageMagick, and fonts for Hangul and Thai.
"""

# ruff: noqa: INP001, S603, S607 - a script beside a picture, which starts what the machine has

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from docs.pictures.session import free_port, server
from tests.gui.opened import Opened, screen
from tests.system.server import Line

PICTURE = Path(__file__).with_suffix(".png")
LARGE, SMALL = (760, 460), (330, 460)
COLOURS = "96"
SLOWLY = 200  # milliseconds: for each letter that no key has, xdotool makes one


def person(port: int, name: str) -> Line:
    """Let somebody come in by lines."""
    line = Line(port)
    line.types(name)
    line.reads(f"Hello, {name}")
    return line


def story(oscar: Opened, minsu: Opened, port: int) -> None:
    """Let them say what the picture shows."""
    with person(port, "jinny") as jinny, person(port, "สมชาย") as somchai:
        oscar.types("oscar")
        oscar.reads("You are in #lobby")
        oscar.types("hello! how do you say that in your language?")
        jinny.reads("how do you say")
        jinny.types("안녕하세요 👋")
        somchai.types("สวัสดีครับ")
        oscar.reads("สวัสดีครับ")
        minsu.types("민수", SLOWLY)
        oscar.reads("민수 joined")
        oscar.types("/me writes that down")
        minsu.reads("writes that down", 1)
        minsu.types("oscar: 점심 먹을까요?", SLOWLY)
        oscar.reads("점심")
        oscar.types("/msg jinny are you coming too?")
        jinny.reads("are you coming")
        jinny.types("/msg oscar at noon!")
        oscar.reads("at noon")
        somchai.types("/join dev", "the build is through", "@oscar please have a look")
        with person(port, "bob") as bob:
            oscar.reads("bob joined")
            jinny.types("/quit")
            oscar.reads("jinny quit")
            bob.types("good morning everybody")
            oscar.reads("good morning")
            minsu.reads("good morning", 1)
            oscar.presses("slash", "k", "Tab")
            shoot(oscar, minsu)


def shoot(*windows: Opened) -> None:
    """Put pictures of the windows side by side."""
    with tempfile.TemporaryDirectory() as folder:
        parts = [f"{folder}/{number}.png" for number in range(len(windows))]
        for window, part in zip(windows, parts, strict=True):
            subprocess.run(["import", "-window", window.id, part], env=window.environ, check=True)
        look = ["-bordercolor", "#8a93a1", "-border", "1", "-background", "white", "-splice", "12x0", "+append"]
        few = ["-chop", "12x0", "+dither", "-colors", COLOURS, "-strip", "-define", "png:compression-level=9"]
        subprocess.run(["convert", *parts, *look, *few, f"png8:{PICTURE}"], check=True)


def main() -> None:
    """Run, and take the picture."""
    port = free_port()
    address = f"localhost:{port}"
    with tempfile.TemporaryDirectory() as folder, server(port), screen("1200x600") as display:
        home = Path(folder)
        with (
            Opened(display, home, address, "--room", "dev", "--room", "lobby", "--light", "--lang", "en") as oscar,
            Opened(display, home, address, "--dark", "--lang", "ko") as minsu,
        ):
            oscar.place(0, 0, *LARGE)
            minsu.place(LARGE[0], 0, *SMALL)
            story(oscar, minsu, port)


if __name__ == "__main__":
    main()
