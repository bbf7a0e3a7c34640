"""A real server in a process of its own, and a real socket to talk to it: blocking, each wait with an end."""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from random import SystemRandom
from time import monotonic
from types import TracebackType
from typing import Self

from tests.conftest import require

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0  # seconds for what takes a fraction of one, on a machine that has better to do
TWISTD = (str(Path(sys.executable).with_name("twistd")), "-n", "--pidfile=", "chat")
PYTHON_M = (sys.executable, "-m", "chatproto")
LOCAL = "tcp:0:interface=127.0.0.1"


def free_port() -> int:
    """Return a port at which a server may be ended and started again.

    Nobody listens there, nor is it given to a connection meanwhile: else one who calls while the server is away might
    be connected with itself. Linux gives out ports from 32768 on, others from 49152 on.
    """
    for port in SystemRandom().sample(range(10_000, 32_768), 1_000):
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise AssertionError("of a thousand ports not one is free")


class Server:
    """`twistd -n chat` in a folder of its own: its state, its `.env` and its log are there."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        command: tuple[str, ...] = TWISTD,
        environ: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        inherited = {n: v for n, v in os.environ.items() if not n.startswith("CHAT_") and n not in {"host", "port"}}
        path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        paths = {"XDG_STATE_HOME": str(folder / "state"), "HOME": str(folder), "PYTHONPATH": os.pathsep.join(path)}
        self.process = subprocess.Popen(
            [*command, *options],
            cwd=folder,
            env={**inherited, **paths, "PYTHONUNBUFFERED": "1", **(environ or {})},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl+C at the tests is not Ctrl+C here
        )
        self.log: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line.decode(errors="replace").rstrip())
        self._lines.put(None)

    def says(self, pattern: str) -> re.Match[str]:
        """Wait for a line of the server's output that holds this."""
        end = monotonic() + PATIENCE
        while (line := self._lines.get(timeout=max(0.01, end - monotonic()))) is not None:
            self.log.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"the server ended without saying {pattern!r}:\n" + "\n".join(self.log))

    def rest(self) -> list[str]:
        """Wait for its end, and return the lines that nobody has read."""
        return list(iter(lambda: self._lines.get(timeout=PATIENCE) or "", ""))

    def port(self) -> int:
        """Wait until it listens, and return where."""
        return int(self.says(r"The chat is running on port (\d+)\.")[1])

    def url(self) -> str:
        """Wait until it serves the page, and return where."""
        return self.says(r"with a browser: (http\S+/)")[1]

    def ends(self, how: signal.Signals | None = None, within: float = PATIENCE) -> int:
        """Send a signal, if one is given, and return the exit code."""
        if how:
            self.process.send_signal(how)
        return self.process.wait(within)


class Line:
    """A socket at which a person sits."""

    def __init__(self, port: int, *, name: str = "") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._file = self.socket.makefile("rb")
        if name:
            self.types(name)
            self.reads("* Messages here are kept.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self.socket.close()

    def types(self, *lines: str) -> None:
        self.socket.sendall("".join(f"{line}\n" for line in lines).encode())

    def reads(self, text: str) -> str:
        """Wait for a line that holds this."""
        seen = []
        for raw in self._file:
            line = raw.decode().rstrip("\r\n")
            seen.append(line)
            if text in line:
                return line
        raise AssertionError(f"closed without {text!r}: {seen}")

    def rest(self) -> list[str]:
        """Read to the end of the connection."""
        return self._file.read().decode().splitlines()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A folder of PEM files as the `tls:` endpoint wants it, with one for localhost; and its certificate."""
    openssl = require("openssl")
    require(find_spec("OpenSSL"), "the extra `tls`")
    certs, key, crt = folder / "certs", folder / "key", folder / "crt"
    certs.mkdir()
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(crt)]
    subprocess.run(made, check=True, capture_output=True, timeout=PATIENCE)
    (certs / "localhost.pem").write_text(key.read_text() + crt.read_text())
    return certs, crt
