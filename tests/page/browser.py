"""A real Chromium on a real server: visitors who look, type and scroll, and a way to the server that can be cut."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

PATIENCE = 30_000  # milliseconds for what takes a fraction of one, on a machine that has better to do
TOUCH = 500  # a screen narrower than this is a phone's
expect.set_options(timeout=PATIENCE)


AT_ONCE = """(lines) => lines.forEach((line) => {
  document.getElementById("entry").value = line;
  document.getElementById("composer").requestSubmit();
})"""


class Visitor:
    """One person at one tab. What the page complains of is kept in `complaints`; `asked` is where it has been."""

    def __init__(self, browser: Browser, url: str, **how: Any) -> None:  # noqa: ANN401 - what a browser context takes
        size = how.setdefault("viewport", {"width": 1280, "height": 800})
        self.context = browser.new_context(locale=how.pop("locale", "en-US"), has_touch=size["width"] < TOUCH, **how)
        self.context.set_default_timeout(PATIENCE)
        self.url = url
        self.complaints: list[str] = []
        self.asked: set[str] = set()
        self.page = self.tab()

    def tab(self) -> Page:
        """Open one more tab of the same browser."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)
        page.on("request", lambda request: self.asked.add(request.url))
        return page

    def _heard(self, said: ConsoleMessage) -> None:
        asks_why = "/stomp?" in said.location["url"]  # where no WebSocket opens; it may be told no
        if said.type in {"error", "warning"} and not asks_why:
            self.complaints.append(f"{said.text} {said.location['url']}")

    def goes(self, path: str = "") -> Visitor:
        self.page.goto(self.url + path)
        return self

    def enters(self, name: str, path: str = "") -> Visitor:
        """Give a name at the door, and come in."""
        self.goes(path)
        self.page.locator("#name").fill(name)
        self.page.locator("#name").press("Enter")
        expect(self.page.locator("#entry")).to_be_visible()
        return self.settles()

    def settles(self) -> Visitor:
        """Wait until the server has answered all that the page asked: rooms are entered, what was said is kept."""
        expect(self.page.locator("body.settled")).to_be_attached()
        return self

    def says(self, *lines: str) -> Visitor:
        for line in lines:
            self.page.locator("#entry").fill(line)
            self.page.locator("#entry").press("Enter")
        return self

    def says_at_once(self, *lines: str) -> Visitor:
        """Write lines one after the other, before any can be answered."""
        self.page.evaluate(AT_ONCE, lines)
        return self

    def sees(self, text: str, kind: str = "row") -> Locator:
        """Wait for a row of the log that holds this."""
        row = self.page.locator(f"#log .{kind}", has_text=text).first
        expect(row).to_be_visible()
        return row

    def talk(self) -> list[str]:
        """What was said, as it stands in the log, from top to bottom."""
        return self.page.locator("#log .row.said .text").all_text_contents()

    def gone_by(self, predicate: str) -> None:
        """Wait until a JavaScript expression holds."""
        self.page.wait_for_function(predicate, timeout=PATIENCE)


class Relay:
    """A way to a server that can be cut, or fall silent as behind a laptop's closed lid."""

    def __init__(self, address: str) -> None:
        host, _, port = address.partition(":")
        self._target = (host, int(port))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/"
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._dead: list[tuple[socket.socket, socket.socket]] = []
        self._silent = self._closed = False
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                if self._silent or self._closed:
                    near.close()
                    continue
                far = socket.create_connection(self._target)
                self._pairs.append((near, far))
                threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        with contextlib.suppress(OSError, ValueError), selectors.DefaultSelector() as selector:
            for end in other:
                selector.register(end, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    with self._lock:
                        if not data:
                            raise OSError
                        if (near, far) in self._pairs:  # else it fell silent: what comes is lost on the way
                            other[key.fileobj].sendall(data)  # type: ignore[index]
        for end in other:
            end.close()

    def falls_silent(self) -> None:
        """Let nothing through any more, and close nothing; take no new connection."""
        with self._lock:
            self._silent = True
            self._dead, self._pairs = self._dead + self._pairs, []

    def comes_back(self) -> None:
        """Take new connections again. Those that fell silent stay so."""
        self._silent = False

    def cut(self) -> None:
        """Break all connections; new ones are taken, unless it was silent before."""
        with self._lock:
            for end in [end for pair in self._pairs + self._dead for end in pair]:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._pairs, self._dead = [], []

    def close(self) -> None:
        self._closed = True
        self._listening.close()
        self.cut()


Opens = Callable[..., Visitor]
