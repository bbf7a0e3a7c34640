"""Any bytes, cut anywhere, give what they give in one piece; or a refusal; never another exception."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from twisted.logger import LogLevel, globalLogPublisher

from chatproto.doors.connection import MAX_PENDING, Connection
from chatproto.testing import UNHURRIED, ChatInMemory, Wire

PATIENT = replace(UNHURRIED, backlog=0, login_timeout=0, max_line=60, max_headers=4, max_body=50, linger=0)
PERSONS = [
    b"oscar\n",
    b"oscar\r\n",
    b"hello\n",
    b"/me waves\r\n",
    b"/join dev\n",
    b"/nick otto\n",
    b"/who\n",
    b"/quit\n",
    b"exit\n",
    "안녕 สวัสดี\r\n".encode(),
    b"\xff\xfd\x01",
    b"\xff\xfa\x1f\0P\0\x18\xff\xf0",
    b"\xff\xff",
    b"\r\0",
    b"x" * 70,
    b"\n",
    b"\r\n",
    b"\x1b[2J",
    b"GET / HTTP/1.1\r\n",
    b"SSH-2.0-x\r\n",
    b"\x16\x03\x01",
]
PROGRAMS = [
    b"CONNECT\naccept-version:1.2\nlogin:bot\n\n\0",
    b"CONNECT\r\naccept-version:1.1\r\nlogin:bot\r\n\r\n\0",
    b"STOMP\naccept-version:1.1,1.2\nlogin:b\\n\n\n\0",
    b"SUBSCRIBE\nid:0\ndestination:/me\n\n\0",
    b"SUBSCRIBE\nid:1\ndestination:/room/lobby\nreceipt:r\n\n\0",
    b"SUBSCRIBE\nid:1\ndestination:/room/lobby\nafter:0\n\n\0",
    b"SEND\ndestination:/room/lobby\n\nhello\0",
    b"SEND\ndestination:/room/lobby\ncontent-length:5\n\na\0b\0c\0",
    b"SEND\ndestination:/command\nreceipt:2\n\n/who\0",
    b"UNSUBSCRIBE\nid:1\n\n\0",
    b"DISCONNECT\nreceipt:9\n\n\0",
    b"NOPE\n\n\0",
    b"\n",
    b"\r\n",
    b"\0",
    b"a:b\n",
]
# No frame here that may be refused: without /me that is an ERROR, in its turn, and what came in the same piece is
# handled all the same. And without what only telnet gives a meaning: who speaks STOMP only after a line that was none
# has telnet's bytes taken out of the piece in which the CONNECT came, and of no later one.
STREAMS = st.lists(
    st.one_of(st.sampled_from(PERSONS + PROGRAMS[:3] + PROGRAMS[-6:]), st.binary(max_size=8)), max_size=14
).map(lambda some: b"".join(some).replace(b"\xff", b"").replace(b"\r\0", b""))
TALK = st.lists(st.sampled_from(PERSONS), max_size=14).map(lambda some: b"oscar\n" + b"".join(some))
STOMP = st.lists(st.one_of(st.sampled_from(PROGRAMS), st.binary(max_size=3)), max_size=14).map(
    lambda some: PROGRAMS[0] + PROGRAMS[3] + b"".join(some)
)
CUTS = st.lists(st.integers(1, 40), max_size=40)
ANY = st.one_of(STREAMS, TALK, STOMP)


def without_keys(data: bytes) -> bytes:
    """The same without what is no letter: who sends byte by byte sends keys, and a key may take a letter back."""
    return re.sub(rb"[\x00-\x09\x0b-\x1f\x7f]", b"", data)


def pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    """`data` cut into pieces of these sizes, and what is left."""
    cut = []
    for size in sizes:
        cut.append(data[:size])
        data = data[size:]
    return [piece for piece in [*cut, data] if piece]


def story_of(*sent: bytes) -> tuple[bytes, bool, list[str]]:
    """What a connection answers, whether it is closed, and what somebody else in the lobby reads."""
    chat = ChatInMemory(PATIENT)
    jinny = chat.person("jinny")
    wire = chat.wire()
    answer = bytearray()
    for piece in sent:
        wire.receive(piece)
        chat.settle()
        assert held_by(wire) <= 600
    answer += wire.take()
    chat.settle()
    # Telnet is answered between the turns of the reactor, and the secret is another one each time.
    told = re.sub(rb"\xff[\xfb-\xfe].|(?<=resume:)[0-9a-f]{32}", b"", bytes(answer), flags=re.DOTALL)
    return told, wire.closed, jinny.reads()


def held_by(wire: Wire) -> int:
    """The bytes that the server holds of what a connection has sent and it has not handled."""
    door = wire.protocol
    program = door._program
    return int(door._incoming.waiting() + (program._frames.waiting() if program else 0))


@pytest.fixture(autouse=True)
def _nothing_is_logged_as_a_mistake() -> object:
    """An exception that the hub caught and logged is one all the same."""
    mistakes: list[str] = []

    def observe(event: dict[str, object]) -> None:
        if event.get("log_level") in {LogLevel.error, LogLevel.critical}:
            mistakes.append(str(event))

    globalLogPublisher.addObserver(observe)  # type: ignore[arg-type]
    yield
    globalLogPublisher.removeObserver(observe)  # type: ignore[arg-type]
    assert mistakes == []


def assert_same(cut: tuple[bytes, bool, list[str]], whole: tuple[bytes, bool, list[str]]) -> None:
    """Check that cutting changed nothing.

    But for one thing: an ERROR is the end at once, and what was asked in the same turn of the reactor as what
    broke the rules may be left unanswered ("No receipt means: not known").
    """
    before, error, last = whole[0].partition(b"ERROR\n")
    if error:
        assert cut[0].startswith(before)
        assert cut[0].endswith(error + last)
        assert cut[1:] == whole[1:]
    else:
        assert cut == whole


@given(ANY, CUTS)
def test_cut_anywhere_gives_the_same(data: bytes, cuts: list[int]) -> None:
    """To the one who sent it, and to the others."""
    assert_same(story_of(*pieces(data, cuts)), story_of(data))


@given(st.one_of(STREAMS.map(without_keys), TALK.map(without_keys), STOMP))
def test_byte_by_byte_gives_the_same(data: bytes) -> None:
    assert_same(story_of(*(data[at : at + 1] for at in range(len(data)))), story_of(data))


class Strangers(RuleBasedStateMachine):
    """Connections that come, send anything, read or do not, and go; while two people talk."""

    @initialize()
    def open(self) -> None:
        self.chat = ChatInMemory(replace(PATIENT, rate=5.0, burst=5, login_timeout=30, stall_timeout=20, max_line=200))
        self.wires = [self.chat.wire()]
        self.oscar, self.jinny = self.chat.person("watching"), self.chat.person("talking")
        self.words = 0

    def wire(self, which: int) -> Wire:
        return self.wires[which % len(self.wires)]

    @rule()
    def comes(self) -> None:
        if len(self.wires) < 8:
            self.wires.append(self.chat.wire())

    @rule(which=st.integers(0, 7), data=ANY, cuts=CUTS)
    def sends(self, which: int, data: bytes, cuts: list[int]) -> None:
        for piece in pieces(data, cuts):
            self.arrives(which, piece)

    def arrives(self, which: int, data: bytes) -> None:
        """Deliver bytes as a kernel would: no more than a read's worth for who is not read now."""
        wire = self.wire(which)
        if len(wire.unread) + len(data) <= MAX_PENDING:
            wire.receive(data)

    @rule(which=st.integers(0, 7), data=st.sampled_from([b"x", b"\n", b"a\n", b"\xff\xf1", b"\0", b"SEND\n\n\0"]))
    def floods(self, which: int, data: bytes) -> None:
        self.arrives(which, data * (MAX_PENDING // len(data)))

    @rule(which=st.integers(0, 7))
    def reads(self, which: int) -> None:
        self.wire(which).take()

    @rule(which=st.integers(0, 7))
    def is_cut(self, which: int) -> None:
        self.wire(which).cut()

    @rule(seconds=st.sampled_from([0.0, 0.1, 0.5, 3.0, 31.0]))
    def waits(self, seconds: float) -> None:
        self.chat.wait(seconds)

    @rule()
    def two_people_talk_on(self) -> None:
        """Nobody else pays: what is said is heard, at the pace of who says it."""
        self.words += 1
        self.chat.wait(1)
        self.oscar.reads()
        self.jinny.types(f"word {self.words}")
        assert f"<talking> word {self.words}" in "\n".join(self.oscar.reads())
        self.jinny.reads()

    @invariant()
    def nothing_unbounded_is_held(self) -> None:
        for wire in getattr(self, "wires", []):
            if not wire.protocol.connection.held_back:
                assert wire.closed or wire.closing or held_by(wire) <= 2000
            assert held_by(wire) <= 2 * MAX_PENDING

    @invariant()
    def connections_agree_with_wires(self) -> None:
        if hasattr(self, "wires"):
            still = sum(not wire.closed for wire in self.wires)
            here = [c for c in self.chat.factory.connections if not (isinstance(c, Connection) and c.gone)]
            assert len(here) == still + 2


TestStrangers = Strangers.TestCase
TestStrangers.settings = settings(max_examples=25, stateful_step_count=30)
