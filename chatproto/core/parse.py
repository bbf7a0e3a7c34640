"""A line becomes a command. The server and the clients use this same parser, so that they agree.

A line is said, `/word …` is a command, `//x` says `/x`. A command's word is folded before it is looked up:
some systems send Hangul decomposed, and some keyboards a full-width slash.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

from chatproto.core import commands
from chatproto.core.commands.talk import Say
from chatproto.core.commands.you import Quit
from chatproto.core.declare import Command, Spec
from chatproto.core.events import Reason, Refusal
from chatproto.core.names import fold

FULL_WIDTH_SLASH = "\uff0f"
CLOSE = 0.6  # difflib's own default: how alike a word must be to be suggested
BARE_FAREWELLS = frozenset({"exit", "quit"})  # SEEDS S1.4 and S4.3: the habits of their users

MAX_FAREWELL = 32  # characters, with the spaces around it: a longer line is no farewell


class Vocabulary:
    """The commands that one chat understands, by every word in every language."""

    def __init__(self, classes: Iterable[type[Command]]) -> None:
        self.specs: tuple[Spec, ...] = tuple(c.spec for c in classes)
        self.by_word: dict[str, Spec] = {
            fold(word): spec for spec in self.specs for words in spec.words.values() for word in words
        }
        self._spelled = {spelled(word): spec for word, spec in self.by_word.items()}

    def find(self, word: str) -> Spec | None:
        """Return the command of this word, in any language, with or without its slash."""
        return self.by_word.get(fold(word.replace(FULL_WIDTH_SLASH, "/").removeprefix("/")))

    def near(self, word: str) -> Spec | None:
        """Return the command that this misspelt word may have meant."""
        found = difflib.get_close_matches(spelled(word[:32]), self._spelled, n=1, cutoff=CLOSE)
        return self._spelled[found[0]] if found else None

    def known(self, word: str) -> Spec:
        """Return the command of this word, or refuse and say which one may have been meant."""
        spec = self.find(word)
        if spec:
            return spec
        near = self.near(word)
        if near:
            raise Refusal(Reason.BAD_COMMAND, "There is no such command. Did you mean {usage}?", usage=near)
        raise Refusal(Reason.BAD_COMMAND, "There is no such command. /help lists them all.")

    def parse(self, line: str) -> Command:
        """Make a command of what was typed, or refuse and teach."""
        if line[:1] == FULL_WIDTH_SLASH:
            line = "/" + line[1:]
        if line[:1] != "/":
            return Say(text=line)
        if line.startswith("//"):
            return Say(text=line[1:])
        word, _, rest = line[1:].partition(" ")
        return self.known(word).parse(rest)

    def typed(self, line: str) -> Command:
        """Make a command of a person's line: as `parse`, and the bare words `exit` and `quit` leave."""
        if len(line) > MAX_FAREWELL or fold(line.strip()) not in BARE_FAREWELLS:
            return self.parse(line)
        return Quit()


def spelled(word: str) -> str:
    """Return the word letter by letter, a Hangul syllable in its jamo: so that near is near, and begun is begun."""
    return unicodedata.normalize("NFD", fold(word))


STANDARD = Vocabulary(commands.ALL)
