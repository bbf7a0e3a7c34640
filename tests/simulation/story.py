"""A story: all that will happen in one simulation, as values, made from a seed before anything happens.

A step says what is tried, not what comes of it: who has no connection cannot speak, and the step passes. So a
story can be replayed, cut short and read, and it stays the same when the program under test changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

STEPS = 800  # of a story as the tests play it
PROGRAMS, OURS, PEOPLE = 12, 4, 6
CLIENTS = PROGRAMS + OURS + PEOPLE
ROOMS = ("lobby", "dev", "수다")
PADDING = ("", " 안녕하세요", " สวัสดี", " and so on" * 20, " ㅋ" * 400)


# --- the network ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Up:
    """Bytes of a client reach the server, in pieces of this size."""

    who: int
    most: int
    piece: int


@dataclass(frozen=True, slots=True)
class Down:
    """Bytes leave the server's buffer: the server takes them for delivered."""

    who: int
    most: int


@dataclass(frozen=True, slots=True)
class Hear:
    """Bytes that have left the server reach the client, in pieces of this size."""

    who: int
    most: int
    piece: int


@dataclass(frozen=True, slots=True)
class Tide:
    """All bytes under way arrive, but for those of who reads nothing."""


@dataclass(frozen=True, slots=True)
class Clog:
    """A client reads nothing more."""

    who: int


@dataclass(frozen=True, slots=True)
class Unclog:
    """It reads again."""

    who: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A connection breaks, and both ends notice."""

    who: int


@dataclass(frozen=True, slots=True)
class Vanish:
    """A connection breaks, and only the client notices: for the server it still looks open."""

    who: int


@dataclass(frozen=True, slots=True)
class Ghost:
    """What a vanished connection still carried reaches the server; or the server notices the end of it."""

    ends: bool


# --- the server -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the reactor."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Write:
    """The journal does one piece of writing: it commits, or hands back what is committed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The journal answers one reader."""


@dataclass(frozen=True, slots=True)
class Fail:
    """What the clients have sent reaches the server, whose journal cannot keep it: the disk is full."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The server is killed, and started again from what is on its disk.

    Before that what the clients have sent reaches it, its journal does so many pieces of its work, and what it has
    said reaches all but the first `deaf` clients: so it goes between append and commit, between commit and telling,
    or when some were told and others, the sender with its receipt perhaps, were not.
    """

    work: int
    deaf: int


# --- the clients ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Return:
    """Who has no connection makes one."""

    who: int


@dataclass(frozen=True, slots=True)
class Quit:
    """A client says goodbye."""

    who: int


@dataclass(frozen=True, slots=True)
class Enter:
    """A client goes into a room: live, with the `last` ones, or on from where it was (`after`).

    A program that is in there already leaves it first, and does not wait for that.
    """

    who: int
    room: str
    last: int = 0
    after: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """A client leaves a room."""

    who: int
    room: str


@dataclass(frozen=True, slots=True)
class Speak:
    """A client says something in a room, whether it is in there or not."""

    who: int
    room: str
    text: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """A program sends again what it has sent before: which, as a part of all."""

    who: int
    which: float


Step: TypeAlias = (
    Up
    | Down
    | Hear
    | Tide
    | Clog
    | Unclog
    | Cut
    | Vanish
    | Ghost
    | Turn
    | Wait
    | Write
    | Answer
    | Fail
    | Kill
    | Return
    | Quit
    | Enter
    | Leave
    | Speak
    | Repeat
)


@dataclass(frozen=True, slots=True)
class Story:
    """The circumstances, and the steps. `most` is the size of the server's buffer for one connection."""

    seed: int
    keep: int
    linger: float
    rate: float
    most: int
    quick: bool  # the journal commits at once, as the one in memory does
    killed: bool  # the server is killed now and then; its journal is on disk
    steps: tuple[Step, ...]


def story(seed: int, steps: int, *, killed: bool = False) -> Story:
    """Make up a story; the same for the same arguments."""
    chance = Random(seed)
    return Story(
        seed=seed,
        keep=chance.choice((0, 0, 0, 8)),  # so few that some readers come back to a gap
        linger=chance.choice((30.0, 5.0)),
        rate=chance.choice((0.0, 0.0, 5.0)),
        most=chance.choice((500, 4_000, 65_536)),
        quick=chance.random() < 0.3,
        killed=killed,
        steps=(*_beginning(chance), *_storm(chance, steps, killed=killed)),
    )


def _beginning(chance: Random) -> Iterator[Step]:
    """Everybody comes; nearly everybody goes into a room or two."""
    for who in range(CLIENTS):
        yield Return(who)
        for room in chance.sample(ROOMS, chance.randint(0, len(ROOMS))):
            yield Enter(who, room)
    yield Wait(1.0)
    yield Tide()


def _storm(chance: Random, steps: int, *, killed: bool) -> Iterator[Step]:
    counts = [0] * CLIENTS

    def size() -> int:
        return chance.choice((1, 7, 60, 400, 3_000, 100_000))

    def piece() -> int:
        return chance.choice((1, 5, 1_000, 1_000, 100_000))

    def speak() -> Step:
        speaker, room = who(), chance.choice(ROOMS)
        counts[speaker] += 1
        return Speak(speaker, room, f"{room}/{name(speaker)}/{counts[speaker]}{chance.choice(PADDING)}")

    def enter() -> Step:
        last = chance.choice((0, 0, 3, 50))
        return Enter(who(), chance.choice(ROOMS), last, after=not last and chance.random() < 0.6)

    def who() -> int:
        return chance.randrange(CLIENTS)

    kinds: dict[Callable[[], Step], int] = {
        lambda: Up(who(), size(), piece()): 20,
        lambda: Down(who(), size()): 20,
        lambda: Hear(who(), size(), piece()): 20,
        Tide: 2,
        lambda: Clog(who()): 2,
        lambda: Unclog(who()): 3,
        lambda: Cut(who()): 2,
        lambda: Vanish(who()): 2,
        lambda: Ghost(chance.random() < 0.5): 3,
        Turn: 20,
        lambda: Wait(chance.choice((0.01, 0.01, 0.01, 0.3, 0.3, 2.0, 2.0, 35.0))): 4,
        Write: 30,
        Answer: 15,
        Fail: 1,
        lambda: Return(who()): 12,
        lambda: Quit(who()): 1,
        enter: 6,
        lambda: Leave(who(), chance.choice(ROOMS)): 3,
        speak: 25,
        lambda: Repeat(who(), chance.random()): 5,
    }
    if killed:
        kinds[lambda: Kill(chance.randrange(4), chance.randrange(CLIENTS))] = 2
    for make in chance.choices(list(kinds), list(kinds.values()), k=steps):
        yield make()


def name(who: int) -> str:
    """Return a client's name."""
    kind = "prog" if who < PROGRAMS else "ours" if who < PROGRAMS + OURS else "pers"
    return f"{kind}{who:02}"
