"""The public kit: a bot's author, or somebody who embeds a chat, tests with it."""

from __future__ import annotations

import pytest
from twisted.protocols.basic import LineReceiver

from chatproto.core.settings import Settings
from chatproto.testing import ChatInMemory, Wire


class Parrot(LineReceiver):
    """Somebody's bot: says again what was said, and nothing else."""

    delimiter = b"\n"

    def connectionMade(self) -> None:
        self.sendLine(b"parrot")  # type: ignore[no-untyped-call]

    def lineReceived(self, line: bytes) -> None:
        _, talk, said = line.decode().rstrip("\r").partition("> ")
        if talk:
            self.sendLine(said.encode())  # type: ignore[no-untyped-call]


class Idle:
    """A protocol that only remembers."""

    def __init__(self) -> None:
        self.got = b""
        self.lost = 0

    def dataReceived(self, data: bytes) -> None:
        self.got += data

    def connectionLost(self, reason: object) -> None:
        self.lost += 1


def wire() -> tuple[Wire, Idle]:
    wire, protocol = Wire(), Idle()
    wire.protocol = protocol
    return wire, protocol


class Producer:
    """What a protocol registers to hear that its peer is slow."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("stop")

    def resumeProducing(self) -> None:
        self.told.append("go on")

    def stopProducing(self) -> None:
        self.told.append("end")


def test_the_example_at_the_top_is_true() -> None:
    chat = ChatInMemory()
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    oscar.types("hello")
    assert jinny.reads() == ["[00:00] <oscar> hello"]


def test_a_person_reads_a_line_once() -> None:
    chat = ChatInMemory()
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    oscar.types("one", "two")
    assert jinny.reads() == ["[00:00] <oscar> one", "[00:00] <oscar> two"]
    assert jinny.reads() == []


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_somebodys_bot_talks_with_the_chat_however_the_network_cuts(size: int) -> None:
    chat = ChatInMemory()
    oscar = chat.person("oscar")
    bot = chat.join(Parrot())

    def cut(data: bytes) -> list[bytes]:
        return [data[at : at + size] for at in range(0, len(data), size)]

    bot.pump(pieces=cut)
    oscar.types("안녕")
    bot.pump(pieces=cut)
    assert oscar.reads() == ["* parrot joined", "[00:00] <parrot> 안녕"]
    bot.cut()
    assert oscar.reads() == ["* parrot lost the connection"]


class Curious(Parrot):
    """A bot that answers an answer with a question."""

    def lineReceived(self, line: bytes) -> None:
        self.sendLine(b"/away")  # type: ignore[no-untyped-call]


def test_two_who_never_stop_talking_are_found_out() -> None:
    chat = ChatInMemory()
    bot = chat.join(Curious())
    with pytest.raises(AssertionError, match="for ever"):
        bot.pump()


def test_a_program_speaks_in_frames() -> None:
    chat = ChatInMemory()
    oscar, bot = chat.person("oscar"), chat.program("bot")
    bot.joins("lobby", last="1")
    bot.says("lobby", "beep", receipt="r1", idempotency_key="k")
    assert [f.command for f in bot.reads() if f.headers.get("event") != "answer"] == ["MESSAGE", "RECEIPT"]
    assert oscar.reads()[-1] == "[00:00] <bot> beep"


def test_the_operator_sits_at_the_console() -> None:
    chat = ChatInMemory()
    oscar, operator = chat.person("oscar"), chat.console()
    operator.types("dinner!")
    assert oscar.reads() == ["* server announces: dinner!"]


def test_time_passes_when_the_test_says_so_and_all_falls_due_at_its_time() -> None:
    chat = ChatInMemory()
    seen: list[float] = []
    chat.clock.callLater(3, lambda: chat.clock.callLater(3, lambda: seen.append(chat.clock.seconds())))
    chat.wait(7)
    assert (seen, chat.clock.seconds()) == ([6.0], 7.0)


def test_settings_are_the_chats() -> None:
    chat = ChatInMemory(Settings(lang="ko", tz="UTC"))
    newcomer = chat.person()
    newcomer.types("oscar")
    assert newcomer.reads() != []
    assert chat.factory.chat.by_id[1].taste.lang == "ko"


# --- the wire ---------------------------------------------------------------------------------------------------------


def test_what_is_written_stays_until_it_is_taken() -> None:
    line, _ = wire()
    line.write(b"abc")
    line.writeSequence([b"d", b"ef"])
    assert (line.take(2), line.take(), line.take()) == (b"ab", b"cdef", b"")


def test_a_full_wire_stops_its_producer_once_and_an_empty_one_lets_it_go_on() -> None:
    line, _ = wire()
    producer = Producer()
    line.registerProducer(producer, streaming=True)  # type: ignore[arg-type]
    for _ in range(3):
        line.write(b"x" * 40_000)
    assert producer.told == ["stop"]
    line.take(50_000)
    assert producer.told == ["stop"]
    line.take()
    assert producer.told == ["stop", "go on"]


def test_who_does_not_read_leaves_it_in_the_kernel() -> None:
    line, protocol = wire()
    line.pauseProducing()
    line.receive(b"ab")
    line.receive(b"cd")
    assert protocol.got == b""
    line.resumeProducing()
    assert protocol.got == b"abcd"


def test_a_closed_wire_carries_what_was_written_before_and_nothing_after() -> None:
    line, protocol = wire()
    line.write(b"last words")
    line.loseConnection()
    line.write(b"too late")
    assert protocol.lost == 0
    assert line.take() == b"last words"
    assert (protocol.lost, line.closed) == (1, True)
    line.receive(b"anybody?")
    assert protocol.got == b""


def test_a_connection_is_lost_once() -> None:
    line, protocol = wire()
    line.abortConnection()
    line.cut()
    line.loseConnection()
    assert protocol.lost == 1


def test_a_stuck_peer_never_lets_a_connection_end_but_by_force() -> None:
    line, protocol = wire()
    line.stuck = True
    line.write(b"x")
    line.loseConnection()
    assert protocol.lost == 0
    line.abortConnection()
    assert protocol.lost == 1
