"""How a command is declared: once. Parser, help, permission, aliases and the docs' table are read from it.

    @command("kick", rank=Rank.OPERATOR, ko="강퇴", th="เตะ")
    class Kick(Command):
        \"\"\"Put somebody out of the room.\"\"\"

        name: Name
        why: Text = ""

        def run(self, chat, me): ...

The fields, in their order, are the arguments; one with a default may be left out. The first paragraph of
the docstring is the summary, the rest is shown by `/help kick`. A field that is left out of the `repr`
(`password: Text = field(repr=False)`) is a secret: clients neither show nor remember a line that holds one.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import MISSING, dataclass, field, fields
from enum import IntEnum
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Protocol,
    TypeAlias,
    TypeVar,
    cast,
    dataclass_transform,
    get_type_hints,
)

from chatproto.core import names
from chatproto.core.events import Delivery, Reason, Refusal
from chatproto.core.names import fold
from chatproto.core.seats import ANYWHERE, Seat

if TYPE_CHECKING:
    from chatproto.core.chat import Chat
    from chatproto.core.members import Member

LANGUAGES = ("en", "ko", "th")
TIMES = ("full", "short", "off", "dated", "plain")  # forms of the time before a line


class Rank(IntEnum):
    """Who may: everybody, an operator of the room it is about, an administrator of the server."""

    MEMBER = 0
    OPERATOR = 1
    ADMIN = 2


# --- arguments ------------------------------------------------------------------------------------


class Argument(Protocol):
    """One kind of argument: takes its value off the front of what was typed."""

    label: str

    def take(self, rest: str) -> tuple[object, str] | None:
        """Return the value and what is left, or None if what stands there is not of this kind."""


@dataclass(frozen=True)
class AWord:
    """One word."""

    label: str = ""

    def take(self, rest: str) -> tuple[object, str] | None:
        word, _, left = rest.partition(" ")
        return (word, left.lstrip(" ")) if word else None


@dataclass(frozen=True)
class AName(AWord):
    """Somebody's name: a word, and clients complete it from those who are there."""


@dataclass(frozen=True)
class ACommand(AWord):
    """A command's word, in any language: clients complete it from the vocabulary."""


@dataclass(frozen=True)
class AText:
    """All the rest of the line, and of the lines after it."""

    label: str = ""

    def take(self, rest: str) -> tuple[object, str] | None:
        return (rest, "") if rest else None


@dataclass(frozen=True)
class AFullName(AWord):
    """A name as people have it, with its blanks: all the rest of the line."""

    def take(self, rest: str) -> tuple[object, str] | None:
        return (rest, "") if rest else None


@dataclass(frozen=True)
class APassword(AWord):
    """A password before something else: one word, or in quotes, since it may have blanks."""

    quotes: ClassVar[dict[str, str]] = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019"}

    def take(self, rest: str) -> tuple[object, str] | None:
        inner, closed, left = rest[1:].partition(self.quotes.get(rest[:1], " "))
        if rest[:1] in self.quotes and inner and closed and left[:1] in {"", " "}:
            return inner, left.lstrip(" ")
        return super().take(rest)


@dataclass(frozen=True)
class AWhisper(AText):
    """As AText, and for one person only: said in a room by mistake it would be read by all."""


@dataclass(frozen=True)
class ANumber:
    """A whole number, 0 or more."""

    label: str = ""

    def take(self, rest: str) -> tuple[object, str] | None:
        word, _, left = rest.partition(" ")
        return (int(word), left.lstrip(" ")) if re.fullmatch(r"[0-9]{1,9}", word) else None


@dataclass(frozen=True)
class ASetting(ANumber):
    """A whole number, or on or off."""

    switch: ClassVar[dict[str, int]] = {"on": 1, "off": 0}

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.switch)

    def take(self, rest: str) -> tuple[object, str] | None:
        word, _, left = rest.partition(" ")
        return (self.switch[fold(word)], left.lstrip(" ")) if fold(word) in self.switch else super().take(rest)


@dataclass(frozen=True)
class ASpan:
    """A length of time in seconds, written 30s, 10m, 2h or 7d; or as one writes it in any of the languages.

    Where a span may be left out, as in a ban, one that is not understood would be taken for the reason.
    """

    label: str = "10m|2h|7d"
    units: ClassVar[dict[int, str]] = {
        1: "s sec secs second seconds 초 วินาที",
        60: "m min mins minute minutes 분 นาที",
        3600: "h hour hours 시간 ชั่วโมง ชม.",
        86400: "d day days 일 วัน",
    }
    seconds: ClassVar[dict[str, int]] = {fold(unit): size for size, words in units.items() for unit in words.split()}

    def take(self, rest: str) -> tuple[object, str] | None:
        word, _, left = rest.partition(" ")
        found = re.fullmatch(r"([0-9]{1,5})(\D+)", fold(word))
        if not found or found[2] not in self.seconds:
            return None
        return int(found[1]) * self.seconds[found[2]], left.lstrip(" ")


@dataclass(frozen=True)
class AChoice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def label(self) -> str:
        return "|".join(self.words)

    def take(self, rest: str) -> tuple[object, str] | None:
        word, _, left = rest.partition(" ")
        return (fold(word), left.lstrip(" ")) if fold(word) in self.words else None


@dataclass(frozen=True)
class AnyRoom:
    """A room's name, with or without its #."""

    label: str = "ROOM"

    def take(self, rest: str) -> tuple[object, str] | None:
        word, _, left = rest.partition(" ")
        return (names.room(word), left.lstrip(" ")) if word else None


@dataclass(frozen=True)
class APlace(AnyRoom):
    """The room it is about, if not the current one: only a word that begins with # is taken for it."""

    label: str = "#ROOM"

    def take(self, rest: str) -> tuple[object, str] | None:
        return super().take(rest) if rest.startswith("#") else None


SERVER_WIDE = "--server"  # stands where a room does, for the whole server


@dataclass(frozen=True)
class AScope(APlace):
    """A room that begins with #, or one of these words for the whole server; if neither, the room that one is in."""

    words: ClassVar[tuple[str, ...]] = (SERVER_WIDE, "--서버", "--เซิร์ฟเวอร์")

    def take(self, rest: str) -> tuple[object, str] | None:
        word, _, left = rest.partition(" ")
        return (SERVER_WIDE, left.lstrip(" ")) if fold(word) in self.words else super().take(rest)


Word: TypeAlias = Annotated[str, AWord()]
Name: TypeAlias = Annotated[str, AName()]
CommandWord: TypeAlias = Annotated[str, ACommand()]
Text: TypeAlias = Annotated[str, AText()]
FullName: TypeAlias = Annotated[str, AFullName()]
Whisper: TypeAlias = Annotated[str, AWhisper()]
Number: TypeAlias = Annotated[int, ANumber()]
Span: TypeAlias = Annotated[int, ASpan()]
RoomName: TypeAlias = Annotated[str, AnyRoom()]
Place: TypeAlias = Annotated[str, APlace()]
Scope: TypeAlias = Annotated[str, AScope()]


# --- commands -------------------------------------------------------------------------------------


class Command:
    """What a person asks: a frozen value that knows how to be done."""

    spec: ClassVar[Spec]

    @property
    def is_secret(self) -> bool:
        """Whether it holds a password, or the like."""
        return any(f.secret and vars(self)[f.name] != f.default for f in self.spec.fields)

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        """Check, then change, then tell: raise Refusal before anything is altered."""
        raise NotImplementedError


@dataclass(frozen=True)
class Field:
    """One argument of a command, as declared."""

    name: str
    argument: Argument
    optional: bool
    default: object
    secret: bool = False  # it is shown, kept and repeated nowhere

    @property
    def usage(self) -> str:
        label = self.argument.label or self.name.upper()
        return f"[{label}]" if self.optional else label


@dataclass(frozen=True)
class Spec:
    """A command's declaration, as everything else reads it."""

    word: str
    words: dict[str, tuple[str, ...]]
    rank: Rank
    theme: str
    summary: str
    details: str
    fields: tuple[Field, ...]
    build: Callable[..., Command]
    seats: frozenset[Seat] = ANYWHERE

    def word_in(self, lang: str) -> str:
        """Return the word to show to somebody who reads this language."""
        return (self.words.get(lang) or self.words["en"])[0]

    @property
    def secret(self) -> bool:
        """Whether a password, or the like, is always typed after the word."""
        return any(f.secret and not f.optional for f in self.fields)

    @property
    def private(self) -> bool:
        """Whether what is typed after the word must never be said in a room by mistake."""
        return self.secret or any(isinstance(f.argument, AWhisper) for f in self.fields)

    def usage(self, lang: str = "en") -> str:
        """Return the usage line, `/kick NAME [WHY]`."""
        return " ".join([f"/{self.word_in(lang)}", *(f.usage for f in self.fields)])

    def shown(self, lang: str) -> str:
        """Stand in a sentence as the usage line, in the language of the one who reads it."""
        return self.usage(lang)

    def parse(self, rest: str) -> Command:
        """Make the command from what was typed after its word, or refuse, showing the usage."""
        values: dict[str, object] = {}
        rest = rest.strip(" ")
        for f in self.fields:
            taken = f.argument.take(rest)
            if taken is None and not f.optional:
                raise self.malformed()
            values[f.name], rest = (f.default, rest) if taken is None else taken
        if rest:
            raise self.malformed()
        return self.build(**values)

    def check_seat(self, seat: Seat) -> None:
        """Refuse somebody who sits where this command is not given, and say where it is."""
        if seat in self.seats:
            return
        if seat is Seat.CHAT:
            raise Refusal(Reason.NOT_ALLOWED, "That is done at the console, on the server's own machine.")
        if Seat.CONSOLE in self.seats:
            raise Refusal(Reason.NOT_ALLOWED, "The console ends with the server. /shutdown ends both.")
        text = "The console has no name, no account and is in no room: give {usage} in a client."
        raise Refusal(Reason.NOT_ALLOWED, text, usage=self)

    def malformed(self) -> Refusal:
        """Return the refusal that teaches this command's usage."""
        return Refusal(Reason.BAD_COMMAND, "Usage: {usage}", usage=self)


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Internal(Command):
    """What comes back from the edge when something slow is done. No word leads here: nobody can type it."""

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True, kw_only=True)(cls)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"  # secrets stay out of tracebacks


Internal.spec = Spec("", {"en": ("",)}, Rank.MEMBER, "internal", "", "", (), Internal)

C = TypeVar("C", bound=Command)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def command(
    word: str,
    *,
    also: str = "",
    ko: str,
    th: str,
    rank: Rank = Rank.MEMBER,
    seats: frozenset[Seat] = ANYWHERE,
) -> Callable[[type[C]], type[C]]:
    """Declare a command: its English word, others beside it, its words in Korean and Thai, who may, and where."""

    def declare(cls: type[C]) -> type[C]:
        made: Any = dataclass(frozen=True, kw_only=True)(cls)
        summary, _, details = inspect.cleandoc(cls.__doc__ or "").partition("\n\n")
        made.spec = Spec(
            word=word,
            words={"en": (word, *also.split()), "ko": tuple(ko.split()), "th": tuple(th.split())},
            rank=rank,
            theme=cls.__module__.rpartition(".")[2],
            summary=" ".join(summary.split()),
            details=" ".join(details.split()),
            fields=_fields_of(made),
            build=made,
            seats=seats,
        )
        return cast("type[C]", made)

    return declare


def _fields_of(cls: type[Any]) -> tuple[Field, ...]:
    hints = get_type_hints(cls, include_extras=True)
    return tuple(
        Field(f.name, hints[f.name].__metadata__[0], f.default is not MISSING, f.default, secret=not f.repr)
        for f in fields(cls)
    )
