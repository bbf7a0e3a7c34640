"""Back-off, messages, options, tastes: values in, values out."""

import pytest

from chatproto.client.__main__ import wants_screen
from chatproto.client.backoff import Backoff
from chatproto.client.message import heard
from chatproto.client.options import Options, chosen
from chatproto.client.tastes import Tastes
from chatproto.configuration import Configuration
from chatproto.configuration.leaving import Exit
from chatproto.core.commands.you import Time, Tz
from chatproto.core.events import Refusal
from chatproto.core.members import Taste
from chatproto.wire.stomp import Frame
from chatproto.words import spoken

# --- back-off -------------------------------------------------------------------------------------


def test_each_vain_try_doubles_the_wait_up_to_a_limit() -> None:
    backoff = Backoff(lambda: 1.0)

    assert [backoff.next() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]


def test_chance_takes_at_most_half_of_a_wait() -> None:
    chances = iter([0.0, 0.5, 1.0])

    assert [Backoff(lambda: next(chances)).next() for _ in range(3)] == [0.5, 0.75, 1.0]


def test_only_a_connection_that_held_counts_as_a_success() -> None:
    backoff, waits = Backoff(lambda: 1.0), []
    for held in (1.0, 1.0, 60.0, 1.0):
        waits.append(backoff.next())
        backoff.began(0.0)
        backoff.ended(held)

    assert waits == [1.0, 2.0, 4.0, 1.0]


# --- messages -------------------------------------------------------------------------------------


def message(body: str, **headers: str) -> Frame:
    return Frame("MESSAGE", headers, body.encode())


def test_what_a_server_sends_is_cleaned_at_this_terminal_too() -> None:
    headers = {"event": "said", "from": "os\ncar\x1b[31m", "destination": "/room/d\x1b[1me\nv"}
    found = heard(Frame("MESSAGE", headers, b"a\x1b[2Jb\x07"), 0.0)

    assert (found.text, found.who, found.room) == ("ab", "os car", "#de v")


def test_headers_that_make_no_sense_are_taken_for_none() -> None:
    found = heard(message("x", time="yesterday", seq="-1", prev="9" * 40), 5.0)

    assert (found.at, found.seq, found.prev) == (5.0, 0, 0)


def test_time_is_read_and_a_direct_message_is_known_by_its_to() -> None:
    found = heard(message("x", event="said", time="2026-11-21T10:02:33.250Z", to="oscar"), 0.0)

    assert found.at == 1795255353.25
    assert found.direct


# --- options --------------------------------------------------------------------------------------


def test_without_anything_it_is_the_lobby_of_this_machine() -> None:
    assert chosen([]) == Options(endpoint="tcp:localhost:5005", address="localhost:5005")


def test_the_command_line_wins_then_the_environment_then_the_file() -> None:
    environ = {"CHAT_HOST": "env", "CHAT_NAME": "oscar"}
    file = {"CHAT_HOST": "file", "CHAT_PORT": "4000", "CHAT_NAME": "file", "CHAT_LANG": "ko"}
    found = chosen(["--name", "jinny"], Configuration(environ, file))

    assert (found.endpoint, found.name, found.lang) == ("tcp:env:4000", "jinny", "ko")
    assert chosen(["here", "--port", "6000"], Configuration(environ, file)).endpoint == "tcp:here:6000"


@pytest.mark.parametrize(
    ("host", "endpoint", "address"),
    [
        ("chat.example.org:6000", "tcp:chat.example.org:6000", "chat.example.org:6000"),
        ("tls:chat.example.org:5006", "tls:chat.example.org:5006", "tls:chat.example.org:5006"),
        ("tls:chat.example.org", "tls:chat.example.org:5005", "tls:chat.example.org:5005"),
        ("tcp:localhost", "tcp:localhost:5005", "tcp:localhost:5005"),
        ("unix:/run/chat.sock", "unix:/run/chat.sock", "unix:/run/chat.sock"),
        ("::1", "tcp:\\:\\:1:5005", "[::1]:5005"),
        ("[::1]", "tcp:\\:\\:1:5005", "[::1]:5005"),
        ("[2001:db8::7]:6000", "tcp:2001\\:db8\\:\\:7:6000", "[2001:db8::7]:6000"),
        ("fe80::1%eth0", "tcp:fe80\\:\\:1%eth0:5005", "[fe80::1%eth0]:5005"),
        ("tls:[::1]", "tls:\\:\\:1:5005", "tls:[::1]:5005"),
        ("tls:[::1]:5006", "tls:\\:\\:1:5006", "tls:[::1]:5006"),
    ],
)
def test_a_host_may_be_an_endpoint(host: str, endpoint: str, address: str) -> None:
    found = chosen([host])

    assert (found.endpoint, found.address) == (endpoint, address)


def test_a_secure_host_takes_its_port_from_the_option_too() -> None:
    assert chosen(["tls:localhost", "--port", "6251"]).endpoint == "tls:localhost:6251"


@pytest.mark.parametrize(
    ("word", "name", "endpoint"),
    [
        ("채팅관리자", "채팅관리자", "tcp:localhost:5005"),  # SEEDS S3.9
        ("สมชาย", "สมชาย", "tcp:localhost:5005"),
        ("oscar", "", "tcp:oscar:5005"),  # perhaps a machine of this network
        ("한국.kr", "", "tcp:한국.kr:5005"),
        ("서버:6000", "", "tcp:서버:6000"),
    ],
)
def test_a_word_that_is_no_host_is_a_name(word: str, name: str, endpoint: str) -> None:
    found = chosen([word])

    assert (found.name, found.endpoint) == (name, endpoint)


def test_a_byte_that_is_not_utf_8_stands_as_one_that_can_be_sent() -> None:
    """Python has such a byte of an argument, or of the environment, as half a surrogate, which no frame can hold."""
    told = chosen(["--token", "caf\udce9"], Configuration({"CHAT_NAME": "bob\udcff"}))

    assert (told.token, told.name) == ("caf\ufffd", "bob\ufffd")


def test_with_a_name_given_every_word_is_a_host() -> None:
    assert chosen(["서버", "--name", "oscar"]).endpoint == "tcp:서버:5005"


@pytest.mark.parametrize("errand", ["send", "tail", "ask"])
def test_an_errand_behind_the_host_is_told_to_come_first(errand: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        chosen(["localhost", errand, "--to", "#ops"])

    assert f"{errand} comes first, as in: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("locale", "lang"),
    [("ko_KR.UTF-8", "ko"), ("th_TH", "th"), ("ko", "ko"), ("en_US.UTF-8", ""), ("kok_IN", ""), ("", "")],
)
def test_korean_and_thai_come_from_the_locale(locale: str, lang: str) -> None:
    assert chosen([], Configuration({"LANG": locale}, {})).lang == lang
    assert chosen([], Configuration({"LANG": locale, "CHAT_LANG": "en"}, {})).lang == "en"
    assert chosen(["--lang", "th"], Configuration({"LANG": locale, "CHAT_LANG": "en"}, {})).lang == "th"


def test_rooms_are_checked_and_named_once() -> None:
    assert chosen(["--room", "Dev", "--room", "#dev", "--room", "ops"]).rooms == ("#dev", "#ops")


@pytest.mark.parametrize("argv", [["--port", "x"], ["--port", "70000"], ["--room", "a b"], ["--lang", "xx"]])
def test_mistakes_are_explained_at_once(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        chosen(argv)

    assert exit_.value.code == Exit.USAGE
    assert capsys.readouterr().err.endswith("All options: python -m chatproto.client --help\n")


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--tokn=chat_SECRET"], "no such option: --tokn (did you mean --token?)"),
        (["--tokn", "chat_SECRET"], "no such option: --tokn (did you mean --token?)"),
        (["localhost", "--tokn", "chat_SECRET"], "no such option: --tokn (did you mean --token?)"),
        (["-tchat_SECRET"], "no such option: -t"),
        (["--tokenchat_SECRET"], "no such option: --tokenchat"),
        (["localhost", "chat_SECRET"], "too many words, by 1"),
        (["--tok=chat_SECRET"], "no such option: --tok (did you mean --token?)"),
    ],
)
def test_what_stands_behind_a_misspelt_option_may_be_a_secret_and_is_not_repeated(
    argv: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        chosen(argv)
    err = capsys.readouterr().err

    assert (exit_.value.code, told in err, "SECRET" in err) == (Exit.USAGE, True, False)


def test_of_several_ports_that_a_server_has_the_first_is_taken() -> None:
    assert chosen([], Configuration({"CHAT_PORT": "6000 tls:certs:6001"}, {})).endpoint == "tcp:localhost:6000"


def test_help_names_every_variable(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        chosen(["--help"])
    told = capsys.readouterr().out

    assert all(name in told for name in ("CHAT_HOST", "CHAT_PORT", "CHAT_NAME", "CHAT_LANG", ".env", "--wait"))


# --- tastes ---------------------------------------------------------------------------------------


def test_tastes_follow_the_rules_of_the_server() -> None:
    tastes = Tastes(Taste(), lambda: {"Asia/Seoul"})
    told = tastes.change(Time(how="full"))
    tastes.change(Tz(zone="asia/seoul"))

    assert [spoken(line, "en") for line in told] == ["Time format: full."]
    assert (tastes.taste.time, tastes.taste.tz) == ("full", "Asia/Seoul")


def test_a_refused_taste_changes_nothing() -> None:
    tastes = Tastes(Taste(), lambda: {"Asia/Seoul"})
    with pytest.raises(Refusal):
        tastes.change(Tz(zone="Mars/Olympus"))

    assert tastes.taste == Taste()


@pytest.mark.parametrize(
    ("argv", "environ", "terminal", "screen"),
    [
        ([], {"TERM": "xterm"}, True, True),
        ([], {}, True, True),  # Windows has no TERM
        ([], {"TERM": "xterm", "NO_COLOR": "1"}, True, True),
        ([], {"TERM": "dumb"}, True, False),
        ([], {"TERM": "xterm"}, False, False),
        (["--plain"], {"TERM": "xterm"}, True, False),
    ],
)
def test_a_screen_is_for_a_terminal_whose_person_did_not_ask_for_lines(
    argv: list[str], environ: dict[str, str], terminal: bool, screen: bool
) -> None:
    assert wants_screen(chosen(argv), environ, terminal=terminal) is screen
