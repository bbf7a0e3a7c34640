"""What can happen, one frozen class each; what is said of it; and to whom it goes.

The law here: an event is a fact, never a string. Which words it becomes, in which language and for which
dialect, is decided where it is drawn. The English sentence is declared beside the fact and is also the
key under which the catalogues translate it (gettext's custom).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias

if TYPE_CHECKING:
    from chatproto.core.declare import Command


class Reason(StrEnum):
    """Why something was refused. These words are on the wire and never change; sentences may."""

    BAD_NAME = "bad-name"
    NAME_IN_USE = "name-in-use"
    NAME_RESERVED = "name-reserved"
    WRONG_PASSCODE = "wrong-passcode"
    NOT_ALLOWED = "not-allowed"
    NO_SUCH_ROOM = "no-such-room"
    NO_SUCH_USER = "no-such-user"
    NOT_IN_ROOM = "not-in-room"
    ROOM_FULL = "room-full"
    SERVER_FULL = "server-full"
    BANNED = "banned"
    MUTED = "muted"
    TOO_FAST = "too-fast"
    TOO_LONG = "too-long"
    BAD_TEXT = "bad-text"
    BAD_COMMAND = "bad-command"
    BAD_FRAME = "bad-frame"
    DISK_FULL = "disk-full"
    BUSY = "busy"
    INTERNAL = "internal"


class Shown(Protocol):
    """What stands in a sentence and is written differently in each language, as a command's word is."""

    def shown(self, lang: str) -> str:
        """Return it as a reader of this language sees it."""


Value: TypeAlias = "str | int | Sentence | Shown | tuple[str, ...]"


@dataclass(frozen=True, slots=True)
class Sentence:
    """An English template, the key of its translations, and what goes into its {places}."""

    text: str
    args: Mapping[str, Value] = field(default_factory=dict)


NOTHING = Sentence("")


def say(text: str, /, **args: Value) -> Sentence:
    """Return the sentence with its arguments; nothing is formatted before it is drawn."""
    return Sentence(text, args)


class Refusal(Exception):
    """A no, with a reason word for programs and a sentence that says what to do instead."""

    def __init__(self, reason: Reason, text: str, /, **args: Value) -> None:
        super().__init__(reason, text)
        self.reason = reason
        self.sentence = Sentence(text, args)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    `kind` is its name on the wire; `kept` says that a room's journal keeps it; `everywhere` that it is about
    the whole server, so that a person needs no room's name beside it, and hears it once.
    """

    kind: ClassVar[str] = ""
    kept: ClassVar[bool] = False
    everywhere: ClassVar[bool] = False
    sentence: ClassVar[str] = ""


# --- talk -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Talk(Event):
    """What a member says in a room; `mentions` are the ids of those it names."""

    kept: ClassVar[bool] = True
    who: str
    text: str
    mentions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Said(Talk):
    """Somebody said something."""

    kind: ClassVar[str] = "said"


@dataclass(frozen=True, slots=True)
class Acted(Talk):
    """`/me waves`."""

    kind: ClassVar[str] = "action"
    sentence: ClassVar[str] = "{who} {text}"


@dataclass(frozen=True, slots=True)
class Whispered(Event):
    """A direct message, to one person."""

    kind: ClassVar[str] = "said"
    who: str
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Announced(Event):
    """An announcement, to a room or to everybody."""

    kind: ClassVar[str] = "notice"
    kept: ClassVar[bool] = True
    sentence: ClassVar[str] = "{by} announces: {text}"
    by: str
    text: str


# --- rooms ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Joined(Event):
    """Somebody came into a room: to those who were there."""

    kind: ClassVar[str] = "joined"
    sentence: ClassVar[str] = "{who} joined"
    who: str


@dataclass(frozen=True, slots=True)
class Left(Event):
    """Somebody left a room and is still on the server, or may be."""

    kind: ClassVar[str] = "left"
    sentence: ClassVar[str] = "{who} left"
    who: str


@dataclass(frozen=True, slots=True)
class Quit(Event):
    """Somebody left the server, on purpose."""

    kind: ClassVar[str] = "left"
    everywhere: ClassVar[bool] = True
    sentence: ClassVar[str] = "{who} quit"
    who: str


@dataclass(frozen=True, slots=True)
class Lost(Event):
    """Somebody's connection ended without a word."""

    kind: ClassVar[str] = "lost"
    everywhere: ClassVar[bool] = True
    sentence: ClassVar[str] = "{who} lost the connection"
    who: str


@dataclass(frozen=True, slots=True)
class Renamed(Event):
    """Somebody took another name."""

    kind: ClassVar[str] = "renamed"
    everywhere: ClassVar[bool] = True
    sentence: ClassVar[str] = "{old} is now {new}"
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Kicked(Event):
    """Somebody was put out: to the others."""

    kind: ClassVar[str] = "kicked"
    sentence: ClassVar[str] = "{who} was put out by {by}"
    who: str
    by: str


@dataclass(frozen=True, slots=True)
class KickedWhy(Event):
    """Somebody was put out, and a reason was given: to the others."""

    kind: ClassVar[str] = "kicked"
    sentence: ClassVar[str] = "{who} was put out by {by}: {reason}"
    who: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Topic(Event):
    """The room's topic was set."""

    kind: ClassVar[str] = "topic"
    kept: ClassVar[bool] = True
    sentence: ClassVar[str] = "{by} set the topic: {text}"
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Noticed(Event):
    """A change in a room's state (a limit, a right, a summary of joins) that needs no class of its own."""

    kind: ClassVar[str] = "notice"
    what: Sentence


@dataclass(frozen=True, slots=True)
class Gap(Event):
    """What a reader asked for is no longer kept: numbers `old` to `new`, both included."""

    kind: ClassVar[str] = "gap"
    sentence: ClassVar[str] = "Messages {old} to {new} are no longer kept."
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Deleted(Event):
    """A message was taken back, in all its wordings, by its author or an operator; `of` is the number of the first."""

    kind: ClassVar[str] = "deleted"
    kept: ClassVar[bool] = True
    sentence: ClassVar[str] = "{by} took back message {of}"
    by: str
    of: int


@dataclass(frozen=True, slots=True)
class Corrected(Event):
    """Somebody's own last message, said anew; `of` is the number of the first wording."""

    kind: ClassVar[str] = "corrected"
    kept: ClassVar[bool] = True
    sentence: ClassVar[str] = "{by} meant: {text}"
    by: str
    of: int
    text: str


@dataclass(frozen=True, slots=True)
class Withdrawn(Event):
    """What a reader of the past gets in the place of a message that was taken back."""

    kind: ClassVar[str] = "said"
    sentence: ClassVar[str] = "(taken back)"
    who: str


# --- to one person --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer(Event):
    """The answer to a command: sentences, one a line; `facts` are headers for programs."""

    kind: ClassVar[str] = "answer"
    lines: tuple[Sentence, ...]
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """A no, to the one who asked; `receipt` names the request, where it asked for a receipt."""

    kind: ClassVar[str] = "refused"
    reason: Reason
    what: Sentence
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class PutOut(Event):
    """You were put out: to the one it happened to. `place` is a room, or nothing for the server."""

    kind: ClassVar[str] = "kicked"
    what: Sentence
    by: str
    reason: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Closing(Event):
    """The server ends, or ends this connection."""

    kind: ClassVar[str] = "closing"
    what: Sentence


@dataclass(frozen=True, slots=True)
class Before(Event):
    """What was said before one came follows: how many messages, and since when."""

    kind: ClassVar[str] = "notice"
    sentence: ClassVar[str] = "{count} said before you came, since {since}:"
    count: int
    since: float


@dataclass(frozen=True, slots=True)
class Past(Event):
    """What somebody wanted to read again; `found` are the numbers of those that were looked for."""

    kind: ClassVar[str] = "answer"
    entries: tuple[Entry, ...]
    found: frozenset[tuple[str, int]] = frozenset()


# --- moves: for the hub, in their place in the stream; never drawn ---------------------------------


@dataclass(frozen=True, slots=True)
class Entered(Event):
    """The member (`Delivery.by`) hears the room (`Delivery.to`) from here on, or from a place before.

    `after` is the last number already read, `last` a count of newest events wanted; without either the
    reader starts live.
    """

    after: int | None = None
    last: int = 0


@dataclass(frozen=True, slots=True)
class Exited(Event):
    """The member hears the room no longer."""


@dataclass(frozen=True, slots=True)
class Settled(Event):
    """A request that needs a receipt is done; to the room that it was about, if it led into one."""


@dataclass(frozen=True, slots=True)
class Closed(Event):
    """The member is gone: close what is open."""

    reason: Reason | None = None
    what: Sentence = NOTHING


@dataclass(frozen=True, slots=True)
class Remembered(Event):
    """A fact to be kept beside talk, as JSON by its key; an empty value forgets it. `Chat.learn` takes it back."""

    kept: ClassVar[bool] = True
    key: str
    value: str


# --- wishes: slow work for the edge, whose answer comes back as a command; never journalled, never drawn ---


@dataclass(frozen=True, slots=True)
class Wish(Event):
    """Something that takes time: the hub sees to it at once, and tells nobody of it."""


@dataclass(frozen=True, slots=True)
class Hash(Wish):
    """A password is to be hashed; `then` makes the command of the hash."""

    password: str = field(repr=False)
    then: Callable[[str], Command]


@dataclass(frozen=True, slots=True)
class Prove(Wish):
    """A name and its password, or one of its tokens, are to be held against each other; then `then`, if they agree."""

    name: str
    passcode: str = field(repr=False)
    then: Command


@dataclass(frozen=True, slots=True)
class NewToken(Wish):
    """A token is to be drawn by lot; `then` gets the token, and its digest, which is what is kept."""

    then: Callable[[str, str], Command]


@dataclass(frozen=True, slots=True)
class Recall(Wish):
    """A member wants to read what was said in a room: the newest `last`, or all from a time on."""

    room: str
    last: int = 0
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Search(Wish):
    """What is looked for: a text, in these rooms, from one person or all, not older than a time; how many at most."""

    text: str
    rooms: Sequence[str]
    who: str = ""
    since: float = 0.0
    limit: int = 10


# --- facts: for the activity log and for the embedding program; delivered to nobody ----------------


@dataclass(frozen=True, slots=True)
class Opened(Event):
    """A connection was made."""

    address: str


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """A connection ended; `who` is empty if it never had a name."""

    address: str
    who: str
    cause: str


@dataclass(frozen=True, slots=True)
class Named(Event):
    """Somebody has come in."""

    who: str
    address: str


@dataclass(frozen=True, slots=True)
class Gone(Event):
    """Somebody has left the server; `how` is one of quit, quiet, lost, kicked, closing."""

    who: str
    how: str


@dataclass(frozen=True, slots=True)
class TurnedAway(Event):
    """A name or a password was not accepted."""

    address: str
    name: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Ruled(Event):
    """An operator or an administrator did something: who, what (the command's word), to what, and why."""

    by: str
    what: str
    whom: str
    why: str


@dataclass(frozen=True, slots=True)
class Stopping(Event):
    """An administrator asked for the server's end; who listens for this ends it."""


@dataclass(frozen=True, slots=True)
class Came(Event):
    """Somebody is in a room now; unlike Joined it is noted however large the room and however quiet the way."""

    who: str


@dataclass(frozen=True, slots=True)
class Went(Event):
    """Somebody is no longer in a room, by whatever way."""

    who: str


# --- to whom --------------------------------------------------------------------------------------

NOBODY = ""


@dataclass(slots=True, unsafe_hash=True)  # never changed; but `frozen` would take four times as long to make
class Delivery:
    """An event on its way: to a room (`#dev`), to one member (an id), or to nobody but those who watch.

    `at` is seconds since the epoch; `by` the id of the member whose doing it is, 0 for the server's own;
    `key` makes a repetition of the same message known (`idempotency-key` in the wire's terms). `told` are
    rooms to which the same event went just before: a person who is in one of them need not hear it twice.
    `receipt` is what to answer `by` with once this is committed.
    """

    event: Event
    to: str | int
    at: float
    by: int = 0
    key: str = ""
    told: tuple[str, ...] = ()
    receipt: str = ""

    @property
    def kept(self) -> bool:
        """Whether this is for a journal: what goes to one person is not, even if its like in a room is."""
        return self.event.kept and isinstance(self.to, str) and bool(self.to)


@dataclass(slots=True, unsafe_hash=True)  # never changed; but `frozen` would take four times as long to make
class Entry:
    """A delivery as the journal gives it back: with its number and the number before it, if it is kept.

    `again` says that `key` was seen before: nothing was added, `seq` is that of the first time; `clash`
    that it was seen with another text, and that nothing was added.
    """

    delivery: Delivery
    seq: int = 0
    prev: int = 0
    again: bool = False
    clash: bool = False
