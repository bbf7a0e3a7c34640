"""A line becomes a command. The server and the clients use this same parser, so that they agree.

A line is said, `/word …` is a command, `//x` says `/x`. A command's word is folded before it is looked up:
some systems send Hangul decomposed, and some keyboards a full-width slash.

What nobody sees in front of the slash, as a blank or a byte order mark, does not make talk of a command: with its
password it would be shown to the room. What is seen there does, but not of a command whose words are private.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator

from chatproto.core import commands
from chatproto.core.commands.talk import Say
from chatproto.core.commands.you import Quit
from chatproto.core.declare import Command, Spec
from chatproto.core.events import Reason, Refusal
from chatproto.core.names import fold
from chatproto.core.seats import Seat
from chatproto.core.text import BLANK, clean, is_unseen

SLASHES = frozenset("/\uff0f\u2044\u2215\u29f8")  # the full-width one is typed; the others come with what is pasted
BACKSLASHES = frozenset("\\\uff3c\u20a9\uffe6")  # on Korean keyboards the same key is a won sign
NEIGHBOURS = frozenset(".,;:!?|")  # keys beside the slash, and what other chats begin their commands with
# What stands in front of a word, the word, and that something follows it: `"/register x`, `.login oscar x`.
# No character is in both parts: else each of a thousand underscores would be tried as the end of the first.
FRONTED = re.compile(r"([\W_]++)([^\W_]\S++)\s+\S")
CLOSE = 0.7  # how alike a word must be to be suggested, as difflib measures it
CLOSER = 0.75  # and to be taken for one whose words are private, where something stands in front of it
BEGUN = 2  # letters of a word that is not written out
BARE_FAREWELLS = frozenset({"exit", "quit"})  # SEEDS S1.4 and S4.3: the habits of their users

ALONE = {n: unicodedata.normalize("NFKD", chr(n)) for n in range(0x3131, 0x3164)}  # jamo, as keyboards write them

MAX_FAREWELL = 32  # characters, with the spaces around it: a longer line is no farewell


class Vocabulary:
    """The commands that one chat understands, by every word in every language."""

    def __init__(self, classes: Iterable[type[Command]]) -> None:
        self.specs: tuple[Spec, ...] = tuple(c.spec for c in classes)
        self.by_word: dict[str, Spec] = {
            fold(word): spec for spec in self.specs for words in spec.words.values() for word in words
        }
        self._spelled = {spelled(word): spec for word, spec in self.by_word.items()}

    def given_from(self, seat: Seat) -> Iterator[Spec]:
        """Yield the commands that can be given from this seat."""
        return (spec for spec in self.specs if seat in spec.seats)

    def find(self, word: str) -> Spec | None:
        """Return the command of this word, in any language, with or without its slash."""
        return self.by_word.get(fold(word[1:] if word[:1] in SLASHES else word))

    def near(self, word: str, alike: float = CLOSE) -> Spec | None:
        """Return the command that this misspelt word may have meant: it begins alike, and is or goes on alike."""
        typed = spelled(word[:32])
        alike_begun = [known for known in self._spelled if known[:1] == typed[:1]]
        found = difflib.get_close_matches(typed, alike_begun, n=1, cutoff=alike)
        if found:
            return self._spelled[found[0]]
        begun = {spec.word: spec for known in alike_begun if _goes_on(known, typed) for spec in [self._spelled[known]]}
        return next(iter(begun.values())) if len(begun) == 1 else None

    def known(self, word: str, rest: str = "") -> Spec:
        """Return the command of this word, or refuse and say which one may have been meant.

        `rest` is what was typed after it: in Korean one may put a blank into `/방 목록`.
        """
        spec = self.find(word)
        if spec:
            return spec
        near = self.find(word + cut(rest)[0]) or self.near(word)
        if near:
            raise Refusal(Reason.BAD_COMMAND, "There is no such command. Did you mean {usage}?", usage=near)
        raise Refusal(Reason.BAD_COMMAND, "There is no such command. /help lists them all.")

    def parse(self, line: str) -> Command:
        """Make a command of what was typed, or refuse and teach."""
        seen = visible(line)
        if not is_command(seen):
            self._check_no_slip(seen)
            return Say(text=line)
        if seen[1:2] in SLASHES:
            return Say(text=line[1:] if line[0] in SLASHES else line)
        word, rest = cut(seen[1:])
        return self.known(word, rest).parse(rest)

    def may_be_secret(self, line: str) -> bool:
        """Say whether a line may hold a password, also one after a misspelt word: it is to be remembered nowhere."""
        seen = visible(line)
        if not is_command(seen):
            slip = self._slip(seen)
            return slip is not None and slip.secret
        word, rest = cut(seen[1:])
        spec = self.find(word) or self.near(word)
        return bool(rest) and seen[1:2] not in SLASHES and (spec is None or _takes_secret(spec, rest))

    def _check_no_slip(self, seen: str) -> None:
        """Refuse to say a line that would have been a private command, but for its beginning."""
        slip = self._slip(seen)
        if slip:
            raise _slipped(slip)

    def _slip(self, seen: str) -> Spec | None:
        """Return the private command that a line would have been, but for what is seen in front of its word."""
        found = FRONTED.match(seen)
        if found is None:
            return None
        front, word = found[1], found[2]
        if not (SLASHES | BACKSLASHES).isdisjoint(front):
            spec = self.find(word) or self.near(word, CLOSER)
            return spec if spec and spec.private else None
        spec = self.find(word) if front in NEIGHBOURS else None
        return spec if spec and spec.secret else None

    def named(self, line: str) -> Command:
        """Make a command of what a person typed where a name is asked for, and where `login oscar x` is one."""
        word, rest = cut(visible(line))
        spec = self.find(word) if rest and not is_command(word) else None
        if spec and spec.secret:
            raise _slipped(spec)
        return self.typed(line)

    def typed(self, line: str) -> Command:
        """Make a command of a person's line: as `parse`, and the bare words `exit` and `quit` leave."""
        if len(line) > MAX_FAREWELL or fold(line.strip()) not in BARE_FAREWELLS:
            return self.parse(line)
        return Quit()


def _slipped(spec: Spec) -> Refusal:
    text = (
        "That line looks like {usage}, but does not begin with its slash. "
        "Nobody was shown it, since it may be private. Type it again, beginning with the slash."
    )
    return Refusal(Reason.BAD_COMMAND, text, usage=spec)


def _takes_secret(spec: Spec, rest: str) -> bool:
    """Say whether there is a secret in what was typed after a command's word, or would be, were it well-formed."""
    try:
        return spec.parse(rest).is_secret
    except Refusal:
        return spec.secret


def visible(line: str) -> str:
    """Return a line from the first character on that anybody sees."""
    first = line[:1]
    return line if (first.isalnum() and first not in BLANK) or first in SLASHES else _seen(clean(line))


def is_command(seen: str) -> bool:
    """Say whether what is seen of a line begins as a command does."""
    return seen[:1] in SLASHES


def _seen(text: str) -> str:
    """Return a text without what is not seen at its beginning; a mark that has no letter before it is not either."""
    first = (n for n, c in enumerate(text) if not is_unseen(c) and not unicodedata.category(c).startswith("M"))
    return text[next(first, len(text)) :]


def cut(text: str) -> tuple[str, str]:
    """Return the first word, and what follows after all that is not seen between the two."""
    end = next((n for n, c in enumerate(text) if is_unseen(c)), len(text))
    return text[:end], _seen(text[end:])


def plain(line: str) -> str:
    """Return a command's line from its slash on, as it is sent; another line as it is."""
    seen = visible(line)
    return f"/{seen[1:]}" if is_command(seen) else line


def _goes_on(known: str, typed: str) -> bool:
    """Say whether one of two words, spelled out, is the beginning of the other."""
    shorter, longer = sorted((known, typed), key=len)
    return len(unicodedata.normalize("NFC", shorter)) >= BEGUN and longer.startswith(shorter)


def spelled(word: str) -> str:
    """Return the word letter by letter, a Hangul syllable in its jamo: so that near is near, and begun is begun.

    A jamo that stands alone, as it does while its syllable is being composed, is the one that begins a syllable.
    """
    return unicodedata.normalize("NFD", fold(word)).translate(ALONE)


STANDARD = Vocabulary(commands.ALL)
