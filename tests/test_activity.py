"""The activity log: one event, one line, with a time stamp, whatever is in anybody's input."""

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from chatproto.activity import BREATH, MOST, ActivityLog, Console, to_file
from chatproto.core.events import Delivery, Ended, Entry, Event, Reason, Ruled, Said, Topic, TurnedAway
from chatproto.testing import UNHURRIED, ChatInMemory, Person


class Logged:
    """A chat with its log."""

    def __init__(self, *, texts: bool = False, lang: str = "en") -> None:
        self.chat = ChatInMemory(replace(UNHURRIED, login_timeout=0))
        self._lines: list[str] = []
        log = ActivityLog([lambda at, line: self._lines.append(line)], texts=texts, lang=lang)
        self.chat.factory.hub.watchers.append(log)

    def person(self, name: str) -> Person:
        """Somebody in the lobby, of whose coming the log has been read."""
        person = self.chat.person(name)
        self.reads()
        return person

    def reads(self) -> list[str]:
        """The lines since the last look."""
        self.chat.settle()
        lines, self._lines[:] = list(self._lines), []
        return lines


@pytest.fixture
def log() -> Logged:
    return Logged()


# --- each of the facts ---------------------------------------------------------------------


def test_connect_and_name_and_join(log: Logged) -> None:
    log.chat.person("oscar", "8.8.8.8")
    assert log.reads() == ["[OPEN] 8.8.8.8:50000", "[CONNECT] oscar from 8.8.8.8", "[JOIN] oscar in #lobby"]
    log.chat.program("bot")
    assert log.reads() == ["[OPEN] 127.0.0.1:50000", "[CONNECT] bot from 127.0.0.1"]


def test_a_refused_login(log: Logged) -> None:
    person, program = log.person("oscar"), log.chat.program()
    log.reads()
    log.chat.person("oscar")
    program.sends("CONNECT", {"accept-version": "1.2", "login": "a/b"})
    assert log.reads() == [
        "[OPEN] 127.0.0.1:50000",
        '[REFUSED] "oscar" from 127.0.0.1: name-in-use',
        '[REFUSED] "" from 127.0.0.1: bad-name',
    ]
    assert not person.wire.closed


@pytest.mark.parametrize(("texts", "shown"), [(False, " (5 characters)"), (True, ': "hello"')])
def test_a_messages_fact_and_its_text_only_where_asked_for(texts: bool, shown: str) -> None:
    """Room and sender; its text only with `--log-text`. Direct messages and topics are no exception."""
    log = Logged(texts=texts)
    oscar = log.person("oscar")
    log.person("jinny")
    oscar.types("hello", "/me hello", "/msg jinny hello", "/topic hello", "/join dev", "hello")
    assert log.reads() == [
        f"[SAID] oscar in #lobby{shown}",
        f"[SAID] oscar in #lobby{shown}",
        f"[DIRECT] oscar to jinny{shown}",
        f"[TOPIC] oscar in #lobby{shown}",
        "[JOIN] oscar in #dev",
        f"[SAID] oscar in #dev{shown}",
    ]


def test_a_message_sent_again_is_one_fact(log: Logged) -> None:
    bot = log.chat.program("bot")
    bot.joins("lobby")
    log.reads()
    for _ in range(2):
        bot.says("lobby", "hello", idempotency_key="k")
    assert log.reads() == ["[SAID] bot in #lobby (5 characters)"]


def test_a_new_name_is_logged_once_however_many_rooms_hear_it(log: Logged) -> None:
    oscar = log.person("oscar")
    oscar.types("/join a", "/join b")
    log.reads()
    oscar.types("/nick otto")
    assert log.reads() == ["[NAME] oscar is now otto"]


@pytest.mark.parametrize(
    ("typed", "how", "said"),
    [
        ("/quit", "quit", "a user has left"),
        ("/slip", "quiet", "a user has left"),
        ("", "lost", "a connection ended without a goodbye; oscar lost the connection"),
    ],
)
def test_a_leave_with_its_cause(log: Logged, typed: str, how: str, said: str) -> None:
    """SEEDS S3.5: who leaves quietly is shown to nobody, but the server's log still has it."""
    oscar = log.person("oscar")
    if typed:
        oscar.types(typed)
        oscar.reads()
    else:
        oscar.wire.cut()
    lines = sorted(log.reads())
    assert [line for line in lines if not line.startswith("[CLOSE]")] == [
        f"[GONE] oscar ({how}): {said}",
        "[LEAVE] oscar from #lobby",
    ]
    assert [line.partition(": ")[0] for line in lines if line.startswith("[CLOSE]")] == [
        "[CLOSE] 127.0.0.1:50000 oscar"
    ]


def test_leaving_one_room(log: Logged) -> None:
    oscar = log.person("oscar")
    oscar.types("/leave")
    assert log.reads() == ["[LEAVE] oscar from #lobby"]


def test_a_connection_without_a_name(log: Logged) -> None:
    wire = log.chat.wire()
    wire.cut()
    opened, closed = log.reads()
    assert opened == "[OPEN] 127.0.0.1:50000"
    assert closed.startswith('[CLOSE] 127.0.0.1:50000 (no name): "')


@pytest.mark.parametrize(
    ("typed", "logged"),
    [
        ("/kick oscar spam", '[KICK] server: kick oscar: "spam"'),
        ("/kick oscar", "[KICK] server: kick oscar"),
        ("/kick #lobby oscar spam", '[KICK] server: kick #lobby oscar: "spam"'),
        ("/ban oscar 2h spam", '[BAN] server: ban oscar: "spam"'),
        ("/ban 10.0.0.7", "[BAN] server: ban 10.0.0.7"),
        ("/mute oscar", "[MUTE] server: mute #lobby oscar"),
        ("/op oscar", "[OP] server: op #lobby oscar"),
        ("/set limit 5", '[SET] server: set #lobby: "limit 5"'),
        ("/grant oscar", "[GRANT] server: grant oscar"),
        ("/shutdown lunch", '[SHUTDOWN] server: shutdown: "lunch"'),
    ],
)
def test_all_that_an_administrator_does_with_who_what_and_why(log: Logged, typed: str, logged: str) -> None:
    log.person("oscar")
    console = log.chat.console()
    log.reads()
    console.types(typed)
    assert logged in log.reads()


@pytest.mark.parametrize("typed", ["tea is ready", "/announce tea is ready"])
def test_an_announcement_is_logged_once_however_many_hear_it(log: Logged, typed: str) -> None:
    for name in ("oscar", "jinny", "bob"):
        log.person(name)
    console = log.chat.console()
    log.reads()
    console.types(typed)
    assert log.reads() == ["[ANNOUNCE] server in all rooms (12 characters)"]


def test_the_end_is_logged(log: Logged) -> None:
    oscar = log.person("oscar")
    log.chat.console().types("/shutdown")
    assert "[STOP] asked for" in log.reads()
    log.chat.factory.close()
    log.chat.settle()
    oscar.reads()
    assert "[GONE] oscar (closing): a user has left" in log.reads()


def test_the_seeds_operators_read_their_own_sentences() -> None:
    """SEEDS S3.8, on the server."""
    log = Logged(lang="ko")
    log.person("oscar").wire.cut()
    jinny = log.person("jinny")
    jinny.types("/종료")
    lines = "\n".join(log.reads())
    assert "유저가 퇴장하였습니다." in lines


# --- one event, one line ---------------------------------------------------------------------------

TEXTS = st.text(st.one_of(st.sampled_from('\n\r\x0b\x0c\x1c\x85\u2028\u2029\0\x1b"\\'), st.characters()))


@given(TEXTS, TEXTS, st.sampled_from([0, "#lobby"]))
def test_no_text_of_anybodys_breaks_a_line_or_hides_in_it(text: str, more: str, to: int | str) -> None:
    """No line break from anybody's input, nor anything else that a terminal or str.splitlines() would act on."""
    written = io.StringIO()
    log = ActivityLog([to_file(written)], texts=True)
    events: list[Event] = [
        Said("oscar", text),
        Topic("oscar", text),
        TurnedAway("127.0.0.1", text, Reason.BAD_NAME),
        Ended("127.0.0.1:1", "oscar", text),
        Ruled("oscar", "kick", "bob", f"{text}{more}"),
    ]
    for event in events:
        log(Entry(Delivery(event, to, 0.0)))
    lines = written.getvalue().splitlines()
    assert len(lines) == len(events)
    assert all(line.startswith("1970-01-01T00:00:00.000Z [") for line in lines)
    assert not set("".join(lines)) & {"\x1b", "\0", "\x7f", "\x9b", "\r", "\u202e"}


def test_hangul_and_thai_stay_readable() -> None:
    log = Logged(texts=True)
    log.person("지니").types("안녕 สวัสดี")
    assert log.reads() == ['[SAID] 지니 in #lobby: "안녕 สวัสดี"']


def test_each_line_is_written_at_once_with_its_time() -> None:
    """A crash loses none."""

    class File(io.StringIO):
        flushed = 0

        def flush(self) -> None:
            self.flushed += 1

    file = File()
    write = to_file(file)
    write(0.25, "[OPEN] a")
    write(1234567890.5, "[OPEN] b")
    assert (file.flushed, file.getvalue()) == (
        2,
        "1970-01-01T00:00:00.250Z [OPEN] a\n2009-02-13T23:31:30.500Z [OPEN] b\n",
    )


# --- the console -----------------------------------------------------------------------------------


class Watched:
    """The console of a chat in memory, and what Twisted's log showed of it."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.shown: list[str] = []
        self.console = Console(self.clock)

    def said(self, count: int) -> None:
        for number in range(count):
            self.console(Entry(Delivery(Said("oscar", "x" * number), "#dev", 0.0, 1)))

    def after(self, seconds: float) -> list[list[str]]:
        """The log's events since the last look, each as its lines."""
        with capturedLogs() as events:
            self.clock.advance(seconds)
        return [event["lines"].split("\n") for event in events]


def test_at_a_persons_pace_each_line_is_an_event_of_the_log_at_once() -> None:
    watched = Watched()
    for _ in range(3):
        watched.said(1)
        assert watched.after(0) == [["[SAID] oscar in #dev (0 characters)"]]
        watched.after(BREATH)


def test_what_comes_faster_is_shown_together_after_a_breath() -> None:
    watched = Watched()
    watched.said(2)
    assert watched.after(0) == [[f"[SAID] oscar in #dev ({n} characters)" for n in range(2)]]
    watched.said(1)
    watched.said(1)
    assert watched.after(BREATH / 2) == []
    assert watched.after(BREATH / 2) == [["[SAID] oscar in #dev (0 characters)"] * 2]


def test_of_more_than_anybody_reads_the_console_shows_the_first_and_their_number() -> None:
    watched = Watched()
    watched.said(MOST + 3)
    (lines,) = watched.after(0)
    assert len(lines) == MOST + 1
    assert lines[-1] == "… and 3 more; --log FILE writes down every one"
    watched.said(1)
    assert watched.after(BREATH) == [["[SAID] oscar in #dev (0 characters)"]]


def test_what_the_console_has_not_shown_when_the_server_ends_is_shown_then() -> None:
    watched = Watched()
    watched.said(1)
    with capturedLogs() as events:
        watched.console.show()
    assert [event["lines"] for event in events] == ["[SAID] oscar in #dev (0 characters)"]
