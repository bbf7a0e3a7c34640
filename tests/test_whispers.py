"""A direct message that has its receipt is read when its reader comes, once, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from chatproto.core.events import Reason
from chatproto.core.remembering import MAX_UNREAD
from chatproto.doors.connection import UNHEARD
from chatproto.journal.sqlite import SqliteJournal
from chatproto.testing import UNHURRIED, ChatInMemory, Person, Program
from chatproto.wire.stomp import Frame
from tests.journal.threads import AtOnce
from tests.test_accounts import PlainPasswords

EXAM = "the exam is at nine"
LINGER = 30
ME = {"id": "me", "destination": "/me"}


class School:
    """A chat on a file, which can be killed and started again; amy, and bob, who is registered."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "chat.sqlite"
        self.start()
        first = self.chat.person("bob")
        first.types("/register correct horse", "/quit")
        first.reads()
        self.amy = self.chat.program("amy")

    def start(self) -> None:
        """Start the server; what was killed is simply left."""
        self.journal = SqliteJournal(self._file, AtOnce(), AtOnce())
        self.chat = ChatInMemory(
            replace(UNHURRIED, linger=LINGER), journal=self.journal, passwords=PlainPasswords(), began=1_700_000_000.0
        )

    def bob(self, *, hears: bool = True, beats: str = "0,0", resume: str = "") -> Program:
        """Bob's program, subscribed to /me unless it hears nothing."""
        bob = Program(self.chat, self.chat.wire())
        headers = {"accept-version": "1.2", "login": "bob", "passcode": "correct horse"}
        bob.sends("CONNECT", {**headers, "heart-beat": beats, **({"resume": resume} if resume else {})})
        if hears:
            bob.sends("SUBSCRIBE", ME)
        return bob

    def bob_types(self) -> Person:
        """Bob at a telnet."""
        person = self.chat.person()
        person.types("/login bob correct horse")
        return person

    def whispers(self, text: str = EXAM, to: str = "bob") -> list[str]:
        """Let amy send a direct message; return what she is told, and that there was a receipt."""
        self.amy.sends("SEND", {"destination": f"/user/{to}", "receipt": "r"}, text)
        return ["r" if frame.command == "RECEIPT" else frame.body.decode() for frame in self.amy.reads()]


def direct(frames: list[Frame]) -> list[Frame]:
    return [frame for frame in frames if frame.headers.get("event") == "said" and "to" in frame.headers]


def texts(frames: list[Frame]) -> list[str]:
    return [frame.body.decode() for frame in direct(frames)]


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    school = School(tmp_path)
    yield school
    school.journal.close()


# --- what happens to the reader, before and after -------------------------------------------------------------------


@dataclass
class Story:
    """What happens before the message, and between it and bob's coming back."""

    school: School
    bob: Program | None = None

    def comes(self) -> None:
        self.bob = self.school.bob()

    def comes_deaf(self) -> None:
        """A program that has not asked for /me yet."""
        self.bob = self.school.bob(hears=False)

    def comes_and_takes_nothing(self) -> None:
        """A machine that was switched off, or whose network is gone: nobody has noticed yet."""
        self.comes()
        assert self.bob
        self.bob.wire.most = 10

    def is_cut(self) -> None:
        assert self.bob
        self.bob.wire.cut()
        self.school.chat.settle()

    def lingers_out(self) -> None:
        self.school.chat.wait(LINGER + 1)

    def floods(self) -> None:
        """So much waits for the lingering session that it is given up."""
        for n in range(30):
            self.school.whispers(f"{n}" + "x" * 12000)

    def a_minute_passes(self) -> None:
        self.school.chat.wait(60)

    def is_killed(self) -> None:
        """The server, with kill -9."""
        self.school.start()


Happens = Callable[[Story], None]
STORIES: dict[str, tuple[list[Happens], list[Happens]]] = {
    "away": ([], []),
    "away, kill -9": ([], [Story.is_killed]),
    "lingering, comes anew": ([Story.comes, Story.is_cut], []),
    "lingering, given up": ([Story.comes, Story.is_cut], [Story.lingers_out]),
    "lingering, kill -9": ([Story.comes, Story.is_cut], [Story.is_killed]),
    "lingering, flooded": ([Story.comes, Story.is_cut], [Story.floods, Story.is_killed]),
    "dead, not noticed, then cut": ([Story.comes_and_takes_nothing], [Story.is_cut, Story.lingers_out]),
    "dead, not noticed for a minute": ([Story.comes_and_takes_nothing], [Story.a_minute_passes, Story.is_cut]),
    "dead, not noticed, kill -9": ([Story.comes_and_takes_nothing], [Story.is_killed]),
    "connected, kill -9 at once": ([Story.comes], [Story.is_killed]),
    "connected, cut at once": ([Story.comes], [Story.is_cut, Story.lingers_out]),
    "connected, hears no /me": ([Story.comes_deaf], [Story.is_cut, Story.lingers_out]),
    "connected, hears no /me, kill -9": ([Story.comes_deaf], [Story.is_killed]),
}


@pytest.mark.parametrize("door", ["program", "telnet"])
@pytest.mark.parametrize("story", STORIES)
def test_it_is_read_when_its_reader_comes_and_then_no_more(school: School, story: str, door: str) -> None:
    before, after = STORIES[story]
    told = Story(school)
    for happens in before:
        happens(told)
    assert "r" in school.whispers()
    for happens in after:
        happens(told)

    for expected in (1, 0):
        if door == "program":
            bob = school.bob()
            assert texts(bob.reads()).count(EXAM) == expected
            bob.sends("DISCONNECT")
        else:
            person = school.bob_types()
            assert sum(line.endswith(EXAM) for line in person.reads()) == expected
            person.types("/quit")
            person.reads()


@pytest.mark.parametrize("reads", ["before the cut", "not at all"])
def test_a_session_that_is_taken_up_again_has_all_under_the_same_id(school: School, reads: str) -> None:
    bob = school.bob(hears=True)
    (connected, *_) = bob.reads()
    assert school.whispers() == ["r"]
    seen = direct(bob.reads()) if reads == "before the cut" else []
    bob.wire.cut()
    school.whispers("and bring a pen")
    again = school.bob(resume=connected.headers["resume"])

    first, second = direct(again.reads())
    assert (first.body.decode(), second.body.decode()) == (EXAM, "and bring a pen")
    assert all(frame.headers["message-id"] == first.headers["message-id"] for frame in seen)


def test_what_was_read_does_not_come_again_after_a_cut(school: School) -> None:
    bob = school.bob(beats="10000,0")
    school.whispers()
    assert texts(bob.reads()) == [EXAM]
    for _ in range(3):
        school.chat.wait(10)
        bob.wire.receive(b"\n")
    bob.wire.cut()

    assert texts(school.bob().reads()) == []


def test_a_program_that_stands_still_has_read_nothing(school: School) -> None:
    """Its kernel takes what comes; that its heart-beats are missing is noticed after a while."""
    bob = school.bob(beats="10000,0")
    school.whispers()
    bob.wire.take()
    school.chat.wait(60)
    assert bob.wire.closed

    assert texts(school.bob().reads()) == [EXAM]


@pytest.mark.parametrize(("silent", "again"), [(UNHEARD / 2, 1), (UNHEARD * 2, 0)])
def test_who_owes_no_sign_of_life_is_believed_to_have_read_after_a_while(
    school: School, silent: float, again: int
) -> None:
    person = school.bob_types()
    school.whispers()
    person.reads()
    school.chat.wait(silent)
    person.wire.cut()

    assert sum(line.endswith(EXAM) for line in school.bob_types().reads()) == again


def test_who_types_something_has_read_what_came_before(school: School) -> None:
    person = school.bob_types()
    school.whispers()
    person.reads()
    school.chat.wait(10)
    person.types("thanks")
    school.chat.wait(10)
    person.wire.cut()

    assert not [line for line in school.bob_types().reads() if line.endswith(EXAM)]


# --- several devices ------------------------------------------------------------------------------------------------


def test_it_comes_to_every_device_and_what_one_has_read_waits_no_more(school: School) -> None:
    laptop, phone = school.bob(), school.bob()
    school.whispers()
    assert (texts(laptop.reads()), texts(phone.reads())) == ([EXAM], [EXAM])
    laptop.sends("DISCONNECT")
    phone.wire.cut()
    school.chat.wait(LINGER + 1)

    assert texts(school.bob().reads()) == []


def test_a_device_that_was_cut_has_it_when_it_comes_back_though_another_has_read_it(school: School) -> None:
    laptop, phone = school.bob(), school.bob()
    secret = phone.reads()[0].headers["resume"]
    phone.wire.cut()
    school.whispers()
    assert texts(laptop.reads()) == [EXAM]
    laptop.sends("DISCONNECT")

    assert texts(school.bob(resume=secret).reads()) == [EXAM]


def test_one_dead_device_does_not_take_it_from_the_other(school: School) -> None:
    dead = school.bob()
    dead.wire.most = 10
    school.whispers()
    dead.wire.cut()
    school.chat.wait(LINGER + 1)

    assert texts(school.bob().reads()) == [EXAM]


def test_subscribing_again_brings_nothing_twice(school: School) -> None:
    bob = school.bob()
    school.whispers()
    bob.sends("UNSUBSCRIBE", {"id": "me"})
    bob.sends("SUBSCRIBE", ME)
    bob.sends("UNSUBSCRIBE", {"id": "me"})
    bob.sends("SUBSCRIBE", ME)

    assert texts(bob.reads()) == [EXAM]


# --- what is asked for again ---------------------------------------------------------------------------------------


def asks(program: Program, text: str = EXAM, *, to: str = "bob") -> str:
    """Send a direct message under a key; return what it is answered with."""
    program.sends("SEND", {"destination": f"/user/{to}", "receipt": "r", "idempotency-key": "k"}, text)
    return [frame.headers.get("reason", frame.command) for frame in program.reads()][-1]


def nothing(_: School) -> None:
    pass


def killed(school: School) -> None:
    school.start()


def read_and_killed(school: School) -> None:
    bob = school.bob()
    assert texts(bob.reads()) == [EXAM]
    bob.sends("DISCONNECT")
    school.start()


def gone_for_long(school: School) -> None:
    school.chat.wait(LINGER + 1)


def full_for_a_while(school: School) -> None:
    append = school.journal.append
    school.journal.append = lambda batch: school.journal.failed(batch, Reason.DISK_FULL)  # type: ignore[method-assign]
    assert school.whispers("something else") == ["This could not be kept, and nobody has seen it. Send it again later."]
    school.journal.append = append  # type: ignore[method-assign]


def many_more(school: School) -> None:
    for n in range(50):
        school.amy.sends("SEND", {"destination": "/user/bob", "idempotency-key": f"k{n}"}, "more")


@pytest.mark.parametrize("between", [nothing, killed, read_and_killed, gone_for_long, full_for_a_while, many_more])
def test_under_one_key_it_is_sent_once(school: School, between: Callable[[School], None]) -> None:
    amy = school.chat.program("ann")
    assert asks(amy) == "RECEIPT"
    amy.wire.cut()
    between(school)
    school.chat.wait(LINGER + 1)
    again = school.chat.program("ann")
    assert (asks(again), asks(again, "something else")) == ("RECEIPT", "not-allowed")

    assert texts(school.bob().reads()).count(EXAM) == (0 if between is read_and_killed else 1)


def test_what_could_not_be_kept_may_be_asked_for_again(school: School) -> None:
    append = school.journal.append
    school.journal.append = lambda batch: school.journal.failed(batch, Reason.DISK_FULL)  # type: ignore[method-assign]
    assert asks(school.amy) == "disk-full"
    school.journal.append = append  # type: ignore[method-assign]
    assert asks(school.amy) == "RECEIPT"

    assert texts(school.bob().reads()) == [EXAM]


# --- what the sender is told ----------------------------------------------------------------------------------------


def cut(program: Program) -> None:
    program.wire.cut()


GUEST = "guest has lost the connection, and reads this only on coming back within 30s."


@pytest.mark.parametrize(
    ("name", "happens", "told"),
    [
        ("bob", None, []),
        ("bob", cut, ["bob is not here and will read it on coming back."]),
        ("guest", None, []),
        ("guest", cut, [GUEST]),
    ],
)
def test_the_sender_is_told_if_it_is_not_read_now(
    school: School, name: str, happens: Callable[[Program], None] | None, told: list[str]
) -> None:
    program = school.bob() if name == "bob" else school.chat.program(name)
    if happens:
        happens(program)

    assert school.whispers(to=name) == [*told, "r"]


@pytest.mark.parametrize("when", ["before it is cut", "after it was cut"])
def test_the_sender_is_told_if_a_guest_never_comes_back_for_it(school: School, when: str) -> None:
    guest = school.chat.program("guest")
    guest.wire.most = 10
    if when == "after it was cut":
        guest.wire.cut()
    school.whispers(to="guest")
    guest.wire.cut()
    school.chat.wait(LINGER + 1)

    assert [frame.body.decode() for frame in school.amy.reads()] == [
        f"guest has gone, and has perhaps not read: {EXAM}"
    ]


def test_a_guest_who_has_read_it_and_says_goodbye_is_not_spoken_of(school: School) -> None:
    guest = school.chat.program("guest")
    school.whispers(to="guest")
    assert texts(guest.reads()) == [EXAM]
    guest.sends("DISCONNECT")
    school.chat.wait(LINGER + 1)

    assert school.amy.reads() == []


def test_a_guests_program_that_hears_no_me_yet_has_it_once_it_does(school: School) -> None:
    guest = Program(school.chat, school.chat.wire())
    guest.sends("CONNECT", {"accept-version": "1.2", "login": "guest"})
    school.whispers(to="guest")
    guest.sends("SUBSCRIBE", ME)

    assert texts(guest.reads()) == [EXAM]


def test_a_reply_waits_like_any_other(school: School) -> None:
    bob = school.bob()
    bob.sends("SEND", {"destination": "/user/amy"}, "when is the exam?")
    bob.wire.cut()
    school.chat.wait(LINGER + 1)
    school.amy.sends("SEND", {"destination": "/command", "receipt": "r"}, "/reply at nine")
    assert "RECEIPT" in [frame.command for frame in school.amy.reads()]

    assert texts(school.bob().reads()) == ["at nine"]


def test_what_cannot_be_kept_has_no_receipt_and_is_not_told(school: School) -> None:
    bob = school.bob()
    bob.reads()
    school.journal.append = lambda batch: school.journal.failed(batch, Reason.DISK_FULL)  # type: ignore[method-assign]
    school.amy.sends("SEND", {"destination": "/user/bob", "receipt": "r"}, EXAM)
    (no,) = school.amy.reads()

    assert (no.headers["reason"], no.headers["receipt-id"], bob.reads()) == ("disk-full", "r", [])


def test_not_more_than_a_thousand_are_unread_of_somebody_who_is_here(school: School) -> None:
    bob = school.bob()
    for n in range(MAX_UNREAD):
        assert "r" in school.whispers(str(n))
    bob.wire.take()

    assert school.whispers("too many") == ["Too many messages wait for bob already."]


def test_more_than_a_reader_takes_at_once_is_given_in_pieces(school: School) -> None:
    words = [f"{n} " + "x" * 10000 for n in range(60)]
    for text in words:
        school.whispers(text)
    bob, heard = school.bob(), list[str]()
    while frames := bob.reads():
        heard += texts(frames)
        assert sum(len(text) for text in texts(frames)) < 100_000
        school.chat.settle()

    assert heard == words
