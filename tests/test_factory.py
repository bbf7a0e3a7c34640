"""ChatFactory: how many may come, what an embedding program hears, and how it ends."""

from dataclasses import replace
from typing import cast

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher

from chatproto import ChatFactory, Settings
from chatproto.core.addresses import is_public
from chatproto.core.events import Came, Entry, Gone, Said
from chatproto.doors.connection import addresses
from chatproto.factory import ConsoleFactory
from chatproto.journal.memory import MemoryJournal
from chatproto.testing import UNHURRIED, ChatInMemory


def flags(chat: ChatInMemory, address: str, count: int) -> list[bool]:
    """For so many connections from an address: whether each was taken in."""
    return [not chat.wire(address).written.startswith(b"! There are too many") for _ in range(count)]


# --- how many --------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_a_public_address_may_have_so_many_connections(address: str) -> None:
    chat = ChatInMemory(replace(UNHURRIED, max_per_address=2))
    assert flags(chat, address, 3) == [True, True, False]


@pytest.mark.parametrize("address", ["127.0.0.1", "192.168.1.7", "10.0.0.1", "172.16.0.1", "fe80::1", "::1", "fd00::1"])
def test_a_school_behind_one_private_address_is_not_thrown_out(address: str) -> None:
    """PEOPLE: hurt today by limits of 16 connections per address."""
    chat = ChatInMemory(replace(UNHURRIED, max_per_address=2))
    assert flags(chat, address, 100) == [True] * 100


def test_one_household_of_ipv6_is_one_address() -> None:
    """It has 2^64 of them, and may take another one for each connection."""
    chat = ChatInMemory(replace(UNHURRIED, max_per_address=2))
    let_in = [flags(chat, f"2001:4860:4860:1::{n:x}", 1)[0] for n in range(40)]
    assert let_in == [True, True] + [False] * 38
    assert flags(chat, "2001:4860:4860:2::1", 1) == [True]


@pytest.mark.parametrize(
    ("host", "address", "shown"),
    [
        ("::ffff:192.0.2.9", "192.0.2.9", "192.0.2.9:7"),
        ("2001:DB8::7", "2001:db8::7", "[2001:db8::7]:7"),
        ("fe80::1%eth0", "fe80::1", "[fe80::1]:7"),
        ("\x1b]0;owned", "unknown", "unknown"),
    ],
)
def test_a_peer_has_one_address(host: str, address: str, shown: str) -> None:
    """Also behind a proxy that speaks for it on a `haproxy:` port, and says what it likes."""
    assert addresses(IPv4Address("TCP", host, 7)) == (address, shown)


def test_one_address_costs_no_other_anything() -> None:
    chat = ChatInMemory(replace(UNHURRIED, max_per_address=2))
    flags(chat, "8.8.8.8", 10)
    assert flags(chat, "8.8.4.4", 2) == [True, True]


def test_a_connection_that_ended_is_not_counted() -> None:
    chat = ChatInMemory(replace(UNHURRIED, max_per_address=1, max_connections=1))
    for _ in range(3):
        wire = chat.wire("8.8.8.8")
        assert (wire.take(), wire.closed) == (b"", False)
        wire.cut()
    assert (chat.factory.connections, dict(chat.factory._by_origin)) == (set(), {})


def test_who_was_turned_away_is_not_counted() -> None:
    chat = ChatInMemory(replace(UNHURRIED, max_connections=1))
    first = chat.wire()
    for _ in range(3):
        turned = chat.wire()
        assert (bool(turned.take()), turned.closed) == (True, True)
        turned.protocol.connectionLost(None)
    first.cut()
    assert not chat.wire().written


def test_limits_of_0_are_none() -> None:
    chat = ChatInMemory(replace(UNHURRIED, max_connections=0, max_per_address=0))
    assert flags(chat, "8.8.8.8", 200) == [True] * 200


def test_who_is_turned_away_is_told_in_the_servers_language() -> None:
    chat = ChatInMemory(replace(UNHURRIED, max_connections=1, lang="ko"))
    chat.wire()
    assert not chat.wire().take().isascii()


def test_the_operators_console_is_let_in_though_the_server_is_full() -> None:
    chat = ChatInMemory(replace(UNHURRIED, max_connections=1, max_users=1))
    chat.person("oscar")
    console = chat.console()
    console.types("/who")
    assert console.reads() == ["* 1 on the server: oscar"]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("127.0.0.1", False),
        ("192.168.0.1", False),
        ("local", False),
        ("", False),
        ("fe80::1%2", False),
    ],
)
def test_what_is_no_address_is_not_public(address: str, public: bool) -> None:
    assert is_public(address) is public


# --- embedding -------------------------------------------------------------------------------------


def test_a_program_hears_the_events_it_asked_for_and_only_those() -> None:
    """`on()`: once it was told, with its number; by class."""
    chat = ChatInMemory()
    said: list[tuple[str, str, str | int, int]] = []
    chat.factory.on(Said, lambda event, entry: said.append((event.who, event.text, entry.delivery.to, entry.seq)))
    came: list[str] = []
    chat.factory.on(Came, lambda event, _: came.append(event.who))
    oscar = chat.person("oscar")
    oscar.types("hello", "/topic tea", "again")
    assert said == [("oscar", "hello", "#lobby", 1), ("oscar", "again", "#lobby", 3)]
    assert came == ["oscar"]


def test_a_programs_mistake_is_its_own(request: pytest.FixtureRequest) -> None:
    """A watcher that raises is logged and harms nobody."""
    logged: list[LogEvent] = []
    note = cast("ILogObserver", logged.append)
    globalLogPublisher.addObserver(note)
    request.addfinalizer(lambda: globalLogPublisher.removeObserver(note))
    chat = ChatInMemory()

    def broken(event: Said, entry: Entry) -> None:
        raise ZeroDivisionError

    heard: list[str] = []
    chat.factory.on(Said, broken)
    chat.factory.on(Said, lambda event, _: heard.append(event.text))
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    oscar.types("hello")
    assert (jinny.reads(), heard) == (["[00:00] <oscar> hello"], ["hello"])
    assert "ZeroDivisionError" in str(logged)


def test_two_factories_are_two_chats() -> None:
    """Nothing here is global."""
    one, other = ChatInMemory(), ChatInMemory()
    one.person("oscar")
    assert other.person("oscar").wire.closed is False
    assert list(other.factory.chat.people) == ["oscar"]
    assert one.factory.settings is UNHURRIED
    assert ChatFactory(Clock()).settings == Settings()


# --- the end ---------------------------------------------------------------------------------------


def test_closing_tells_everybody_and_fires_when_the_last_connection_is_gone() -> None:
    chat = ChatInMemory()
    gone: list[str] = []
    chat.factory.on(Gone, lambda event, _: gone.append(f"{event.who} {event.how}"))
    oscar, bot, nameless = chat.person("oscar"), chat.program("bot"), chat.person()
    ended = chat.factory.close()
    again = chat.factory.close()
    chat.settle()
    assert (ended.called, again.called) == (False, False)
    assert oscar.reads() == ["* The server is closing."]
    assert [frame.headers["event"] for frame in bot.reads()] == ["closing"]
    assert (nameless.wire.closed, ended.called, again.called) == (True, True, True)
    assert gone == ["oscar closing", "bot closing"]
    assert chat.factory.close().called


def test_closing_with_nobody_there_is_done_at_once() -> None:
    assert ChatInMemory().factory.close().called


def test_who_comes_while_it_closes_is_turned_away() -> None:
    chat = ChatInMemory()
    chat.person("oscar")
    chat.factory.close()
    late = chat.wire()
    assert (late.take(), late.closed) == (b"! The server is closing.\r\n", True)


def test_who_takes_nothing_is_cut_off_after_two_seconds() -> None:
    """Every end is told, then enforced."""
    chat = ChatInMemory()
    oscar, bot = chat.person("oscar"), chat.program("bot")
    oscar.wire.stuck = bot.wire.stuck = True
    ended = chat.factory.close()
    chat.wait(1.9)
    assert (oscar.wire.closed, bot.wire.closed, ended.called) == (False, False, False)
    chat.wait(0.2)
    assert (oscar.wire.closed, bot.wire.closed, ended.called) == (True, True, True)


class SlowJournal(MemoryJournal):
    """A journal whose disk is busy when it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.closed: Deferred[None] = Deferred()

    def close(self) -> Deferred[None]:
        return self.closed


def test_it_has_not_ended_before_the_journal_is_closed() -> None:
    """What was taken is kept."""
    journal = SlowJournal()
    chat = ChatInMemory(journal=journal)
    oscar = chat.person("oscar")
    ended = chat.factory.close()
    chat.settle()
    oscar.reads()
    assert (oscar.wire.closed, ended.called) == (True, False)
    journal.closed.callback(None)
    assert ended.called


def test_a_disk_that_stands_still_does_not_keep_it_from_its_end() -> None:
    chat = ChatInMemory(journal=SlowJournal())
    oscar, jinny = chat.person("oscar"), chat.person("jinny")
    ended = chat.factory.close()
    chat.settle()
    oscar.reads()
    chat.wait(3.5)
    assert not ended.called
    chat.wait(0.1)
    assert (ended.called, jinny.wire.closed) == (True, True)
    assert chat.factory.close().called


def test_connections_do_not_wait_long_for_a_slow_disk() -> None:
    chat = ChatInMemory(journal=SlowJournal())
    nameless = chat.person()
    chat.factory.close()
    chat.wait(1.4)
    assert (nameless.reads(), nameless.wire.closed) == (["Welcome to chat. What is your name?"], False)
    chat.wait(0.1)
    assert nameless.wire.closed


def test_a_console_ends_with_its_chat() -> None:
    chat = ChatInMemory()
    console = chat.console()
    assert isinstance(chat.console_factory, ConsoleFactory)
    ended = chat.factory.close()
    chat.settle()
    console.reads()
    assert (console.wire.closed, ended.called) == (True, True)
