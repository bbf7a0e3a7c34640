"""Who and where: a person, a member, a room. State only; the rules are in `chat` and in the commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chatproto.core import names
from chatproto.core.addresses import origin
from chatproto.core.charsets import UTF8
from chatproto.core.sanctions import Index, Sanctions, Subject, Target
from chatproto.core.seats import Seat

MAX_SANCTIONS = 1000  # bans, or mutes, of one room or of the server: a list that an operator can still read
UNITS = {
    "en": {1: "s", 60: "m", 3600: "h", 86400: "d"},
    "ko": {1: "초", 60: "분", 3600: "시간", 86400: "일"},
    "th": {1: " วินาที", 60: " นาที", 3600: " ชั่วโมง", 86400: " วัน"},
}
MAX_IGNORED = 100  # names that one person ignores
MAX_INVITATIONS = 50  # into one room, not used yet
INVITED_FOR = 7 * 86400.0  # seconds for which an invitation may be used
UNSAID = 0  # the number of a last message that is not there: taken back, or looked for and not found
MAX_PLACES = 10  # where one person is at once: the laptop, the phone, a page or two, and ghosts of these


@dataclass(frozen=True, slots=True)
class Taste:
    """How one person likes to see things; part of the look that events are drawn for."""

    lang: str = "en"
    time: str = "short"
    tz: str = ""
    echo: bool = False
    bell: str = "mention"  # off, mention, all
    charset: str = UTF8  # how a terminal at telnet or nc writes its letters

    def rings(self, *, called: bool) -> bool:
        """Say whether something said rings the bell; `called`: it names this person, or is for nobody else."""
        return self.bell == "all" or (self.bell == "mention" and called)


@dataclass(slots=True, eq=False)
class Person:
    """Somebody, with a name: what is theirs wherever they are. Who is registered may be at several places at once."""

    name: str
    identity: str = ""  # whose idempotency keys these are: the account, or the name one came with, folded
    account: str = ""  # the folded name, if it is registered and this is its owner
    session: str = ""  # what tells this stay on the server from every other one, also of the same name
    admin: bool = False
    away: str = ""
    ignored: Mapping[str, Target] = field(default_factory=dict)  # by account, or by a guest's folded name
    ears: tuple[Mapping[str, Target], Index] | None = field(default=None, repr=False)  # of `ignored`, to ask fast
    whisperer: Person | None = None
    said: dict[str, int] = field(default_factory=dict)  # the number of one's last message, by room; perhaps UNSAID
    places: dict[int, Member] = field(default_factory=dict, repr=False)  # by their ids, the oldest first

    def ignores(self, speaker: Member) -> bool:
        """Say whether this person wants to hear nothing from a member."""
        if not self.ignored:
            return False
        if self.ears is None or self.ears[0] is not self.ignored:
            self.ears = self.ignored, Index(self.ignored.items())
        subject = speaker.subject
        return any(self.ignored[key].reaches(key, subject) for key in self.ears[1].near(subject))

    def ignores_name(self, name: str) -> bool:
        """Say so of an author of whom no more than the name is known, as of what was said before."""
        folded = names.fold(name)
        return any(folded == key or folded in whom.accounts for key, whom in self.ignored.items())


@dataclass(slots=True, eq=False)
class Member:
    """A person at one place: a laptop, a phone, a bot's process. `id` is never used again; names are."""

    id: int
    who: Person
    address: str = ""
    taste: Taste = Taste()
    proof: str = field(default="", repr=False)  # what is kept of the password or token that was given at this place
    seat: Seat = Seat.CHAT
    person: bool = False  # at a line door, where what was said before is shown
    connected: bool = True  # else its program has lost the connection, and may come back for a while
    rooms: dict[str, Room] = field(default_factory=dict, repr=False)
    current: str = ""

    @property
    def console(self) -> bool:
        """Whether an operator sits here, outside all rooms."""
        return self.seat is not Seat.CHAT

    @property
    def name(self) -> str:
        return self.who.name

    @property
    def account(self) -> str:
        return self.who.account

    @property
    def admin(self) -> bool:
        return self.who.admin

    @property
    def ignored(self) -> Mapping[str, Target]:
        return self.who.ignored

    @property
    def said(self) -> dict[str, int]:
        return self.who.said

    @property
    def subject(self) -> Subject:
        """By what a sanction finds this member."""
        who = self.who
        return Subject(who.account, who.session, names.fold(who.name), who.identity, self.address, origin(self.address))


@dataclass(frozen=True, slots=True)
class Invitation:
    """A way into a private room for one person: who gave it, and until when it may be used."""

    by: str
    until: float


@dataclass(slots=True, eq=False)
class Room:
    """A room: made by the first to join it, gone with the last to leave it (the lobby stays)."""

    name: str
    members: dict[int, Member] = field(default_factory=dict, repr=False)  # by id: who is here, at each of their places
    people: dict[Person, int] = field(default_factory=dict, repr=False)  # who is here, and at how many places
    operators: set[Person] = field(default_factory=set, repr=False)
    topic: str = ""
    limit: int = 0
    hushed: bool = False
    keep: int = 0  # messages kept, beyond what the server keeps anyway; 0 for all that it does
    owners: set[str] = field(default_factory=set)  # accounts that are operators whenever they are here
    private: bool = False
    admitted: set[str] = field(default_factory=set)  # accounts that were let into the private room, and may come back
    bans: Sanctions = field(default_factory=Sanctions)
    mutes: Sanctions = field(default_factory=Sanctions)
    came: int = 0  # joins and leaves since the last summary
    went: int = 0

    def take_in(self, me: Member) -> None:
        """Let somebody be here at this place."""
        self.members[me.id] = me
        self.people[me.who] = self.people.get(me.who, 0) + 1

    def let_go(self, me: Member) -> None:
        """Let somebody be here at this place no more; an operator at no place is none."""
        del self.members[me.id]
        self.people[me.who] -= 1
        if not self.people[me.who]:
            del self.people[me.who]
            self.operators.discard(me.who)


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, in whole units of so many seconds; it stands in a sentence as one types it in its language."""

    count: int
    unit: int

    def shown(self, lang: str) -> str:
        """Return it as a reader of this language writes it: 10m, 10분, 10 นาที."""
        return f"{self.count}{UNITS.get(lang, UNITS['en'])[self.unit]}"


def span(seconds: float) -> Span:
    """Return a length of time, rounded up: 90 seconds are 2m."""
    size = next((size for size in (86400, 3600, 60) if seconds > size), 1)
    return Span(max(1, -int(-seconds // size)), size)
