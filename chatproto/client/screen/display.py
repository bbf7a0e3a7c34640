"""The screen put together: what stands where, and what each key does.

The law here: drawing and keys only. What a line means is the talk's matter, what there is to see the desk's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition, FilterOrBool
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import (
    CompletionsMenu,
    ConditionalContainer,
    Dimension,
    Float,
    FloatContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.layout.processors import BeforeInput, TabsProcessor
from prompt_toolkit.output import Output
from prompt_toolkit.styles import Style

from chatproto.client.screen.field import Field, Question
from chatproto.client.screen.transcript import Transcript
from chatproto.client.screen.typing import Typing

MOST_TYPED = 8  # rows for what is being typed: a longer text scrolls in them
MOST_OFFERED = 10  # rows for what Tab offers
REDRAW = 0.03  # seconds between two drawings: a burst is drawn once
STYLE = Style.from_dict(
    {
        "status": "reverse",
        "room": "bold",
        "called": "bold",
        "trouble": "bold",
        "question": "bold",
        "pending": "dim",
        "told": "dim",
        "failed": "ansired",
        "separator": "dim",
    }
)


@dataclass(frozen=True, slots=True)
class Panel:
    """What is drawn around what is being typed, and made anew each time: `status` is told how wide it may be."""

    status: Callable[[int], StyleAndTextTuples]
    question: Callable[[], str]
    prompt: Callable[[], str]


class Actions(Protocol):
    """What keys ask for, besides typing."""

    def step(self, by: int) -> None:
        """Go so many rooms on."""

    def go_to_number(self, number: int) -> None:
        """Go to the room of this number, from 1 on."""

    def go_to_unread(self) -> None:
        """Go to a room in which something was not read."""

    def scroll(self, how: Callable[[], None]) -> None:
        """See something else of the same room."""

    def leave(self) -> None:
        """Leave, once all is answered."""

    def interrupt(self) -> None:
        """Throw away what is being typed; leave now if nothing is."""


def application(
    transcript: Transcript,
    typing: Typing,
    panel: Panel,
    keys: KeyBindings,
    *,
    source: Input | None = None,
    output: Output | None = None,
) -> Application[None]:
    """Return the screen; without `source` and `output` it is the terminal's."""
    app: Application[None] = Application(
        layout=_layout(transcript, typing, panel, lambda: app.output.get_size().columns),
        key_bindings=keys,
        style=STYLE,
        full_screen=True,
        min_redraw_interval=REDRAW,
        input=source,
        output=output,
    )
    app.ttimeoutlen = 0.05  # seconds after which a lone Esc is one: our terminals send what belongs together at once
    app.timeoutlen = 0.3
    return app


def _layout(transcript: Transcript, typing: Typing, panel: Panel, columns: Callable[[], int]) -> Layout:
    line = Window(
        Field(typing.buffer, input_processors=[TabsProcessor(), BeforeInput(panel.prompt)]),
        height=Dimension(min=1, max=MOST_TYPED),
        dont_extend_height=True,
        wrap_lines=True,
    )
    question = ConditionalContainer(
        Window(Question(panel.question), dont_extend_height=True, wrap_lines=True, style="class:question"),
        Condition(lambda: bool(panel.question())),
    )
    status = Window(FormattedTextControl(lambda: panel.status(columns())), height=1, style="class:status")
    menu = Float(CompletionsMenu(MOST_OFFERED, scroll_offset=1), xcursor=True, ycursor=True)
    return Layout(FloatContainer(HSplit([Window(transcript), status, question, line]), [menu]), focused_element=line)


def bindings(typing: Typing, transcript: Transcript, actions: Actions) -> KeyBindings:
    """Return what each key does; all others edit, as in a shell."""
    keys = KeyBindings()

    def key(*sequence: str, does: Callable[[], object], when: FilterOrBool = True, eager: bool = False) -> None:
        keys.add(*sequence, filter=when, eager=eager)(lambda _event: does())

    keys.add("enter")(lambda event: typing.enter("".join(press.data for press in event.key_processor.input_queue)))
    key("escape", does=typing.no, when=Condition(lambda: typing.asking), eager=True)
    key("escape", "enter", does=lambda: typing.buffer.insert_text("\n"))
    key("tab", does=typing.tab)
    key("s-tab", does=typing.buffer.complete_previous)
    key("pageup", does=partial(actions.scroll, transcript.back))
    key("pagedown", does=partial(actions.scroll, transcript.forward))
    key("c-end", does=partial(actions.scroll, transcript.to_end))
    key("escape", "left", does=lambda: actions.step(-1))
    key("escape", "right", does=lambda: actions.step(1))
    key("escape", "a", does=actions.go_to_unread)
    for number in range(1, 10):
        key("escape", str(number), does=partial(actions.go_to_number, number))
    key("c-c", does=actions.interrupt)
    key("c-d", does=actions.leave, when=Condition(lambda: not typing.buffer.text))
    keys.add("c-z")(lambda event: event.app.suspend_to_background())
    return keys
