"""What may follow what has been typed: commands in every language, names, rooms, the words of a choice.

The law here: pure, and derived from the declarations. Where a command declares a `Name`, names are offered;
where it declares a `RoomName`, rooms; nobody lists the commands a second time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from chatproto.core.declare import (
    LANGUAGES,
    AChoice,
    ACommand,
    AName,
    AnyRoom,
    APlace,
    Argument,
    AScope,
    ASetting,
    AText,
    Field,
    Spec,
)
from chatproto.core.events import Refusal
from chatproto.core.parse import STANDARD, Vocabulary, plain, spelled
from chatproto.core.seats import Seat
from chatproto.words import translated


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may stand instead of the last `replaces` characters. `after` follows it once it is chosen."""

    text: str
    replaces: int
    meaning: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Whom and what one may mean: the people there without oneself, the rooms, the commands for where one sits."""

    names: Collection[str] = ()
    rooms: Collection[str] = ()
    vocabulary: Vocabulary = STANDARD
    seat: Seat = Seat.CHAT


def candidates(before: str, known: Known, lang: str) -> tuple[Candidate, ...]:
    """Return what may stand where the cursor is, after `before`, to a reader of this language."""
    line = plain(before)
    if not line.startswith("/") or line.startswith("//"):
        return tuple(_in_text(line, known))
    word, space, rest = line[1:].partition(" ")
    if not space:
        return tuple(_commands(word, "/", known, lang))
    spec = known.vocabulary.find(word)
    return tuple(_arguments(spec.fields, rest.lstrip(" "), known, lang)) if spec else ()


def _commands(typed: str, slash: str, known: Known, lang: str) -> Iterator[Candidate]:
    """Yield each command by the first of its words that begins so: in one's own language, else in another."""
    for spec in known.vocabulary.given_from(known.seat):
        word = next((word for word in _words(spec, lang) if _begins(word, typed)), "")
        if word:
            after = " " if slash and spec.fields else ""
            yield Candidate(slash + word, len(slash + typed), translated(spec.summary, lang), after)


def _words(spec: Spec, lang: str) -> Iterator[str]:
    for language in dict.fromkeys((lang, *LANGUAGES)):
        yield from spec.words.get(language, ())


def _arguments(fields: tuple[Field, ...], rest: str, known: Known, lang: str) -> Iterator[Candidate]:
    """Yield what may stand at the end of a command's arguments: those before it are taken off, one by one."""
    head, space, typed = rest.rpartition(" ")
    given = head + space
    for place, field in enumerate(fields):
        if isinstance(field.argument, AText):
            yield from _in_text(given + typed, known, opening=False)
            return
        if not given:
            yield from _possible(fields[place:], typed, known, lang)
            return
        try:
            taken = field.argument.take(given)
        except Refusal:
            return  # this is no room's name
        if taken is None and not field.optional:
            return
        given = given if taken is None else taken[1]


def _possible(fields: tuple[Field, ...], typed: str, known: Known, lang: str) -> Iterator[Candidate]:
    """Yield what the first of these may be; while one may be left out, the next one too."""
    for place, field in enumerate(fields):
        after = " " if fields[place + 1 :] else ""
        yield from _of_kind(field.argument, typed, after, known, lang)
        if not field.optional:
            return


def _of_kind(argument: Argument, typed: str, after: str, known: Known, lang: str) -> Iterator[Candidate]:
    if isinstance(argument, AName):
        yield from _matching(known.names, typed, len(typed), after=after)
    elif isinstance(argument, AScope) and typed and not typed.startswith("#"):
        yield from _matching(argument.words, typed, len(typed), after=after)
    elif isinstance(argument, AnyRoom):
        if typed.startswith("#") or not isinstance(argument, APlace):
            yield from _matching(known.rooms, f"#{typed.removeprefix('#')}", len(typed), after=after)
    elif isinstance(argument, AChoice | ASetting):
        yield from _matching(argument.words, typed, len(typed), after=after)
    elif isinstance(argument, ACommand):
        yield from _commands(typed, "", known, lang)
    elif isinstance(argument, AText):
        yield from _in_text(typed, known, opening=False)


def _in_text(text: str, known: Known, *, opening: bool = True) -> Iterator[Candidate]:
    """Yield rooms, and names in the form that calls whom it names: `oscar:` in front, else `@oscar`."""
    token = text[max(text.rfind(space) for space in " \n\t") + 1 :]
    name = token.rpartition("@")[2]
    if token.startswith("#"):
        yield from _matching(known.rooms, token, len(token))
    elif name != token:
        yield from _matching(known.names, name, len(name))
    elif token and token == text and opening:
        yield from _matching(known.names, token, len(token), after=": ")
    elif token:
        yield from _matching(known.names, token, len(token), sign="@")


def _matching(
    words: Collection[str], typed: str, replaces: int, *, sign: str = "", after: str = ""
) -> Iterator[Candidate]:
    yield from (Candidate(sign + word, replaces, after=after) for word in words if _begins(word, typed))


def _begins(word: str, typed: str) -> bool:
    return spelled(word).startswith(spelled(typed))
