"""Somebody at a terminal of this many columns and rows, on a chat in memory: keys in, what stands on the screen out."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from prompt_toolkit.application import set_app
from prompt_toolkit.data_structures import Size
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import DummyInput
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.output import DummyOutput

from chatproto.client.conversation import Setting
from chatproto.client.screen.front import Front
from chatproto.client.session import Manner, Session
from chatproto.client.talk import BACKLOG
from chatproto.client.tastes import Tastes
from chatproto.core.members import Taste
from chatproto.testing import ChatInMemory
from tests.client.kit import Net


class Glass(DummyOutput):
    """An output of a size that can be changed; it counts the bells."""

    def __init__(self, columns: int, rows: int) -> None:
        self.size, self.rang = Size(rows=rows, columns=columns), 0

    def get_size(self) -> Size:
        return self.size

    def bell(self) -> None:
        self.rang += 1


class Seat:
    """A person at a screen."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        chat: ChatInMemory,
        name: str = "oscar",
        *,
        lang: str = "en",
        columns: int = 60,
        rows: int = 12,
        rooms: tuple[str, ...] = ("#lobby",),
        term: str = "xterm-256color",
    ) -> None:
        self.net, self.glass, self.closed = Net(chat), Glass(columns, rows), 0
        numbers = itertools.count(1)
        self.session = Session(
            self.net, chat.clock, keys=lambda: f"{name}-{next(numbers)}", random=lambda: 0.5, manner=Manner(lang)
        )
        tastes = Tastes(Taste(lang=lang, tz="UTC"), lambda: {"UTC"})
        setting = Setting("localhost:5005", rooms, backlog=BACKLOG)
        self.front = Front(
            self.session, tastes, setting, self._close, term=term, source=DummyInput(), output=self.glass
        )
        self.front.app.timeoutlen = None  # type: ignore[assignment]  # as its comment has it: keys wait for nothing
        self.front.app.loop = self._loop = loop
        self._parser = Vt100Parser(self.front.app.key_processor.feed)
        self.front.talk.begin(name)
        self.net.run()

    def _close(self) -> None:
        self.closed += 1

    def types(self, *keys: str) -> None:
        """Press keys, each with what a terminal sends at once for it; after each it is drawn and the server answers."""
        for key in keys:
            self.sees()
            with set_app(self.front.app):
                self._parser.feed_and_flush(key)
                self.front.app.key_processor.process_keys()
            self.net.run()

    def sees(self) -> list[str]:
        """Return the rows of the screen."""
        app = self.front.app
        with set_app(app):
            for _ in range(2):  # the second time with what was looked up
                app.render_counter += 1  # by this a control knows that it has to look again
                app.renderer.render(app, app.layout)
                self._settle()
        screen = app.renderer.last_rendered_screen
        assert screen
        rows, columns = self.glass.size
        return [
            "".join(screen.data_buffer[row][column].char for column in range(columns)).rstrip() for row in range(rows)
        ]

    def _settle(self) -> None:
        """Let prompt_toolkit do what it does between two keys: it looks up history and completions."""
        for _ in range(5):
            self._loop.run_until_complete(asyncio.sleep(0))

    def cursor(self) -> tuple[int, int]:
        """Return the column and the row of the cursor."""
        self.sees()
        screen = self.front.app.renderer.last_rendered_screen
        assert screen
        place = screen.get_cursor_position(self.front.app.layout.current_window)
        return place.x, place.y

    def said(self) -> list[str]:
        """Return the rows above the status line."""
        return [row for row in self.sees()[: self.sees().index(self.status())] if row]

    def status(self) -> str:
        """Return the status line."""
        return next(row for row in self.sees() if "●" in row or "○" in row)


Seats = Callable[..., Seat]


@contextmanager
def seats() -> Iterator[Seats]:
    """Yield what makes seats."""
    loop = asyncio.new_event_loop()
    try:
        yield partial(Seat, loop)
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def text_of(fragments: StyleAndTextTuples) -> str:
    """Return what is drawn, without how."""
    return "".join(text for _, text, *_ in fragments)
