"""Make pipe.svg from a real run: `python -m docs.pictures.pipe`, in the checkout's folder.

A server is started; oscar sits in #ops with the client's screen. In a shell beside it a build's last words are said
there, it is asked whether to deploy, and oscar answers; then the room is read. It needs tmux.
"""

# ruff: noqa: INP001, S603 - a script beside a picture, which starts what the machine has

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from docs.pictures.session import Screen, free_port, server
from docs.pictures.terminal import COLUMNS, ROWS, drawn

PICTURE = Path(__file__).with_suffix(".svg")
PROGRAMS = {"build": "echo '312 tests passed'; echo 'chat-1.4.tar.gz, 86 kB'", "deploy": "echo 'deploying 1.4'"}
CLIENT = "python -m chatproto.client"


def talk(shell: Screen, oscar: Screen, port: int, folder: Path) -> None:
    """Let the script and oscar say what the picture shows."""
    oscar.open(f"{sys.executable} -m chatproto.client --port {port} --name oscar --lang en --room ops")
    oscar.shows("You are in #ops")
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    shell.open(f"cd {folder} && env PATH={path} CHAT_PORT={port} CHAT_NAME=ci CHAT_LANG=en PS1='$ ' sh")
    shell.types(f"./build | {CLIENT} send --to '#ops' --code")
    oscar.shows("86 kB")
    shell.shows("--code\n$")
    shell.types(f"{CLIENT} ask '#ops' \"Deploy 1.4?\" && ./deploy")
    oscar.shows("(yes / no)")
    oscar.types("yes")
    oscar.shows("oscar has answered")
    shell.shows("deploying 1.4")
    shell.types(f"{CLIENT} tail '#ops' --json --last 1 --no-follow")
    shell.shows('has answered: yes"}')


def main() -> None:
    """Run, and draw what was seen."""
    port = free_port()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name, text in PROGRAMS.items():
            (folder / name).write_text(f"#!/bin/sh\n{text}\n")
            (folder / name).chmod(0o755)
        tmux = ["tmux", "-u", "-f", "/dev/null", "-S", f"{folder}/tmux"]
        shell, oscar = (Screen(tmux, name, "", ROWS, COLUMNS) for name in ("shell", "oscar"))
        try:
            with server(port):
                talk(shell, oscar, port, folder)
                seen = oscar.looks().replace(str(port), "5005 ")
                screens = [("a script, step by step", shell.looks()), (f"$ {CLIENT} --room ops", seen)]
        finally:
            subprocess.run([*tmux, "kill-server"], check=True)
    told = "A script tells a room of a build, asks whether to deploy, and goes on as somebody has said yes"
    PICTURE.write_text(drawn(screens, told, Path(__file__).name), "utf-8")


if __name__ == "__main__":
    main()
