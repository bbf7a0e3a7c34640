"""The terminal as one sees it: the desk drawn, the line about it, and what keys do to the talk.

The law here: what comes in never touches what is being typed. It changes the desk, and the screen is drawn anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output

from chatproto.client.completion import Known
from chatproto.client.conversation import Setting, Stage
from chatproto.client.desk import Line, State
from chatproto.client.message import Message
from chatproto.client.screen.display import Panel, application, bindings
from chatproto.client.screen.status import Standing, status
from chatproto.client.screen.talk import ScreenTalk
from chatproto.client.screen.transcript import Transcript
from chatproto.client.screen.typing import Completions, Typing, is_secret, paste_detection
from chatproto.client.screen.wrapping import styled
from chatproto.client.session import Session
from chatproto.client.talk import NEW, TYPED
from chatproto.client.tastes import Tastes
from chatproto.client.view import View
from chatproto.core.events import Refusal, say
from chatproto.core.text import decoded
from chatproto.words import spoken

PROMPT = "> "
TOLD = "told"  # the event of what is about the connection, and not from the chat
AS_TYPED = frozenset({TYPED, TOLD})
NOT_SENT = say("not sent")


class Front:
    """One person's terminal, of the kind `term`. `closed` is called once the screen is gone.

    The terminal is then as it was before.
    """

    def __init__(
        self,
        session: Session,
        tastes: Tastes,
        setting: Setting,
        closed: Callable[[], object],
        *,
        term: str = "",
        source: Input | None = None,
        output: Output | None = None,
    ) -> None:
        self._view, self._closed = View(colour=True), closed
        self._prompt, self._held = PROMPT, False
        self.talk = ScreenTalk(session, self, self._view, tastes, setting)
        completions = Completions(self._known, lambda: self.talk.lang)
        pasted = paste_detection(term)
        self.typing = Typing(completions, self._typed, lambda: self._held, pasted, self._may_be_called_back)
        self.transcript = Transcript(self.talk.desk, self.draw, self._look, lambda: spoken(NEW, self.talk.lang))
        panel = Panel(self._status, self._question, lambda: self._prompt)
        keys = bindings(self.typing, self.transcript, self)
        self.app = application(self.transcript, self.typing, panel, keys, source=source, output=output)

    # --- what a talk needs ------------------------------------------------------------------------

    def changed(self) -> None:
        """Draw, when there is time."""
        self.app.invalidate()

    def ring(self) -> None:
        """Ring the bell."""
        self.app.output.bell()

    def show(self, text: str) -> None:
        """Do nothing: what is shown lies on the desk."""

    def tell(self, text: str) -> None:
        """Show something about the connection."""
        desk = self.talk.desk
        desk.take(desk.open, Line(Message(TOLD, text, at=self.talk.session.now)))
        self.changed()

    def ask(self, text: str) -> None:
        """Put a question before what is typed next."""
        self._prompt = text
        self.changed()

    def forget_typed(self) -> None:
        """Drop what was typed meanwhile: it was meant for another question."""
        self.typing.clear()

    def hold(self) -> None:
        """Take no more lines for now."""
        self._held = True

    def go_on(self) -> None:
        """Take lines again."""
        self._held = False

    def close(self) -> None:
        """Give the terminal back."""
        if self.app.is_running and not self.app.is_done:
            self.app.exit()
        else:
            self._closed()

    def last_rows(self) -> list[StyleAndTextTuples]:
        """Return what is seen last of what was said, for when the screen is gone."""
        size = self.app.output.get_size()
        return self.transcript.rows(size.columns, max(size.rows - 2, 1))

    # --- what keys ask for ------------------------------------------------------------------------

    def step(self, by: int) -> None:
        """Go so many rooms on."""
        self._see_end()
        self.talk.step(by)

    def go_to_number(self, number: int) -> None:
        """Go to the room of this number, from 1 on."""
        rooms = list(self.talk.desk.panes)
        if number <= len(rooms):
            self._see_end()
            self.talk.go_to(rooms[number - 1])

    def go_to_unread(self) -> None:
        """Go to a room in which something was not read."""
        self._see_end()
        self.talk.to_unread()

    def scroll(self, how: Callable[[], None]) -> None:
        """See something else of the same room; only at its end is the newest read."""
        how()
        self.talk.look_up(attentive=self.transcript.at_end)

    def leave(self) -> None:
        """Leave, once all is answered."""
        self.talk.ended()

    def interrupt(self) -> None:
        """Throw away what is being typed; leave now if nothing is."""
        if not self.typing.clear():
            self.talk.interrupted()

    def _typed(self, text: str) -> None:
        self._see_end()
        self._prompt = PROMPT
        try:
            self.talk.typed(decoded(text.encode("utf-8", "surrogateescape")))
        except Refusal as no:
            self.talk.mistyped(no)

    def _may_be_called_back(self, text: str) -> bool:
        """Say whether a line may be seen again: at the question for a name a password may be typed by mistake."""
        return self.talk.stage is Stage.TALKING and not is_secret(text)

    def _see_end(self) -> None:
        self.transcript.to_end()
        self.talk.look_up(attentive=True)

    def _known(self) -> Known:
        return self.talk.known()

    # --- what is drawn ----------------------------------------------------------------------------

    def draw(self, line: Line) -> StyleAndTextTuples:
        """Return how a line looks: what is on its way dim, what was refused with a mark and a word."""
        message = line.message
        if line.state is State.FAILED:
            why = "" if message.event == TYPED else f"  ({spoken(NOT_SENT, self.talk.lang)})"
            return [("class:failed", "✗ "), *styled(self._text(message), "class:failed"), ("class:failed", why)]
        pale = line.state is State.PENDING or message.event in AS_TYPED
        return styled(self._text(message), "class:pending" if pale else "")

    def _text(self, message: Message) -> str:
        if message.event in AS_TYPED:
            return message.text
        if message.own and message.direct:
            message = replace(message, who=f"{message.who} → {message.headers.get('to', '')}")
        talk = self.talk
        return self._view.text(message, talk.tastes.taste, current=talk.desk.open, me=talk.session.name)

    def _look(self) -> object:
        return self.talk.tastes.taste, self.talk.session.name

    def _status(self, columns: int) -> StyleAndTextTuples:
        talk, desk = self.talk, self.talk.desk
        standing = Standing(desk.open, talk.session.name, talk.trouble, talk.present, tuple(desk.panes.values()))
        return status(standing, columns, talk.lang)

    def _question(self) -> str:
        question = self.typing.question
        return spoken(question, self.talk.lang) if question else ""
