"""Who and where: a member, a room, a sanction. State only; the rules are in `chat` and in the commands."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_SANCTIONS = 1000  # bans, or mutes, of one room or of the server: a list that an operator can still read
MAX_IGNORED = 100  # names that one member ignores


@dataclass(frozen=True, slots=True)
class Taste:
    """How one person likes to see things; part of the look that events are drawn for."""

    lang: str = "en"
    time: str = "short"
    tz: str = ""
    echo: bool = False
    bell: str = "mention"  # off, mention, all

    def rings(self, *, called: bool) -> bool:
        """Say whether something said rings the bell; `called`: it names this person, or is for nobody else."""
        return self.bell == "all" or (self.bell == "mention" and called)


@dataclass(slots=True, eq=False)
class Member:
    """Somebody on the server, with a name. `id` is never used again; names are."""

    id: int
    name: str
    address: str = ""
    taste: Taste = Taste()
    admin: bool = False
    console: bool = False
    person: bool = False  # a person at a line door, who is shown what was said before
    identity: str = ""  # whose idempotency keys these are: the account, or the name one came with, folded
    account: str = ""  # the folded name, if it is registered and this is its owner
    rooms: dict[str, Room] = field(default_factory=dict)
    current: str = ""
    away: str = ""
    ignored: frozenset[str] = frozenset()
    whisperer: str = ""
    said: dict[str, int] = field(default_factory=dict)  # the number of one's last message, by room


@dataclass(frozen=True, slots=True)
class Sanction:
    """A ban or a mute: who set it, until when (seconds since the epoch; 0 for always), and why."""

    by: str
    until: float = 0.0
    why: str = ""

    def holds(self, now: float) -> bool:
        return not self.until or now < self.until


Sanctions = dict[str, Sanction]  # by folded name or by address


@dataclass(slots=True, eq=False)
class Room:
    """A room: made by the first to join it, gone with the last to leave it (the lobby stays)."""

    name: str
    members: dict[int, Member] = field(default_factory=dict)
    operators: set[int] = field(default_factory=set)
    topic: str = ""
    limit: int = 0
    hushed: bool = False
    keep: int = 0  # messages kept, beyond what the server keeps anyway; 0 for all that it does
    owners: set[str] = field(default_factory=set)  # accounts that are operators whenever they are here
    bans: Sanctions = field(default_factory=dict)
    mutes: Sanctions = field(default_factory=dict)
    came: int = 0  # joins and leaves since the last summary
    went: int = 0


def span(seconds: float) -> str:
    """Return a length of time as one would type it, rounded up: 90 seconds are 2m."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds > size:
            return f"{-int(-seconds // size)}{unit}"
    return f"{max(1, -int(-seconds // 1))}s"
