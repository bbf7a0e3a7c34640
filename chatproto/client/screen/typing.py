"""What is being typed: a buffer with history and completion, and when what stands in it may be sent.

The law here: nothing leaves by accident. Several lines, which most often are a paste, are asked about first; and
what proves who one is is not remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory

from chatproto.client.completion import Known, candidates
from chatproto.core.events import Sentence, say
from chatproto.core.parse import STANDARD

ASKS = say("Send {count} lines as one message? Enter sends, Esc goes back.")
AHEAD = 40  # letters that one may have typed ahead of a slow line
# Terminals without bracketed paste (xterm's mode 2004): consoles of kernels, and terminals of before 2002.
UNMARKED = re.compile(r"$|ansi|cons25|dumb|linux|pcansi|sun|vt\d")


class Completions(Completer):
    """Hands on what the shared completion finds. `known` and `lang` are asked for when they are needed."""

    def __init__(self, known: Callable[[], Known], lang: Callable[[], str]) -> None:
        self._known, self._lang = known, lang

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield what may stand where the cursor is."""
        for found in candidates(document.text_before_cursor, self._known(), self._lang()):
            yield Completion(found.text + found.after, -found.replaces, display=found.text, display_meta=found.meaning)


class Typing:
    """The line, or the lines, at the bottom. `send` takes what is to be sent, but for while it is `held`.

    `remembers` says of a text that was sent whether it may be called back.
    `pasted` is told what stands there and what came in one piece with an Enter, and says whether that is a paste.
    """

    def __init__(
        self,
        completer: Completer,
        send: Callable[[str], None],
        held: Callable[[], bool],
        pasted: Callable[[str, str], bool],
        remembers: Callable[[str], bool],
    ) -> None:
        self._send, self._held, self._pasted, self._remembers = send, held, pasted, remembers
        self.asking = False  # whether the next Enter sends several lines
        self.buffer = Buffer(
            completer=completer, history=InMemoryHistory(), multiline=True, on_text_changed=self._changed
        )

    @property
    def question(self) -> Sentence | None:
        """What is asked, if something is."""
        return say(ASKS.text, count=self.buffer.text.count("\n") + 1) if self.asking else None

    def enter(self, following: str = "") -> None:
        """Send, or ask. What came with this key may be a paste, at a terminal that does not say so."""
        text = self.buffer.text
        if self._pasted(text, following):
            self.buffer.insert_text("\n")
        elif "\n" in text.strip("\n") and not self.asking:
            self.buffer.text = text.strip("\n")
            self.buffer.cursor_position = len(self.buffer.text)
            self.asking = True
        elif not self._held():
            self._take(text.strip("\n"))

    def no(self) -> None:
        """Do not send: go on with it."""
        self.asking = False

    def clear(self) -> bool:
        """Throw away what stands there; say whether something did."""
        something = bool(self.buffer.text)
        self.buffer.reset()
        self.asking = False
        return something

    def tab(self) -> None:
        """Complete: what all candidates have in common, then one after the other."""
        if self.buffer.complete_state:
            self.buffer.complete_next()
        else:
            self.buffer.start_completion(insert_common_part=True)

    def _take(self, text: str) -> None:
        self.buffer.reset(append_to_history=self._remembers(text))
        self.asking = False
        self._send(text)

    def _changed(self, _buffer: Buffer) -> None:
        self.asking = False


def paste_detection(term: str) -> Callable[[str, str], bool]:
    """Return how a paste is told from typing, at a terminal of this kind (the variable TERM).

    Where pastes are marked, all else was typed, however much of it comes at once: the client, or the line to a far
    machine, may have stood still meanwhile.
    """
    return _too_fast_to_be_typed if UNMARKED.match(term) else _never


def _never(_text: str, _following: str) -> bool:
    return False


def _too_fast_to_be_typed(text: str, following: str) -> bool:
    """Say whether nobody types so fast: much, or two more lines, or one more after several, came with an Enter."""
    if not following:
        return False
    return "\n" in text or len(following) > AHEAD or "\r" in following.strip("\r")


def is_secret(text: str) -> bool:
    """Say whether a line may hold a password."""
    return STANDARD.may_be_secret(text)
