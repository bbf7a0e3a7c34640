"""The options of `twistd chat`: which there are, where they come from, and what they take."""

import sys
import zoneinfo
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from twisted.python import usage

import chatproto
import twisted
from chatproto.configuration.endpoints import port_number
from chatproto.core.settings import Settings
from chatproto.options import ConfigurationError, Options, endpoint

SETTINGS = {field.name.replace("_", "-"): field for field in fields(Settings)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder to start in."""
    return tmp_path


def parsed(
    folder: Path, *words: str, environ: Mapping[str, str] | None = None, env: str | bytes | None = None
) -> Options:
    """The options of a command line, in an environment, with a file `.env`."""
    if env is not None:
        (folder / ".env").write_bytes(env if isinstance(env, bytes) else env.encode())
    options = Options(environ or {}, folder)
    options.parseOptions(list(words))
    return options


# --- settings are options --------------------------------------------------------------------------


def test_every_setting_is_an_option_with_its_default_and_its_sentence(folder: Path) -> None:
    """Each is a setting of `twistd chat` by the name given, and in the configuration by the same name."""
    assert parsed(folder).settings() == Settings()
    table: list[Any] = [*Options.optParameters]
    told = {name: (default, text) for name, _, default, text in table if name in SETTINGS}
    assert told == {name: (field.default, field.metadata["told"]) for name, field in SETTINGS.items()}


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_comes_from_all_three_places_and_the_nearest_wins(folder: Path, name: str) -> None:
    """The command line winning, then the environment, then `.env`."""
    low, middle, high = {
        "lang": ("ko", "th", "en"),
        "tz": ("Asia/Seoul", "Asia/Bangkok", "UTC"),
        "web-proxy": ("127.0.0.1", "10.0.0.0/8", "::1"),
    }.get(name, ("7", "8", "9"))
    variable = "CHAT_" + name.upper().replace("-", "_")

    def value(*words: str, environ: Mapping[str, str]) -> str:
        settings = parsed(folder, *words, environ=environ, env=f"{variable}={low}\n").settings()
        found = {field.name: str(getattr(settings, field.name)) for field in fields(Settings)}
        return found[name.replace("-", "_")].removesuffix(".0")

    assert value(environ={}) == low
    assert value(environ={variable: middle}) == middle
    assert value(f"--{name}", high, environ={variable: middle}) == high


def test_the_other_options_come_from_there_too(folder: Path) -> None:
    environ = {"CHAT_HOST": "127.0.0.1", "CHAT_LOG": "a.txt", "CHAT_ADMIN_SOCKET": "no", "CHAT_CONSOLE": "1"}
    options = parsed(folder, environ=environ, env="CHAT_LOG_TEXT=yes\n")
    assert [options[n] for n in ("host", "log", "admin-socket", "console", "log-text")] == [
        "127.0.0.1",
        "a.txt",
        "no",
        1,
        1,
    ]


def test_an_empty_value_is_none_given(folder: Path) -> None:
    """As compose files have it: `CHAT_PORT=${CHAT_PORT}`."""
    options = parsed(folder, environ={"CHAT_PORT": "", "CHAT_MAX_LINE": ""})
    assert (options.ports, options["max-line"]) == (["5005"], 8192)


# --- ports -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "environ", "env", "ports"),
    [
        ([], {}, None, ["5005"]),
        (["--port", "6000"], {}, None, ["6000"]),
        (["-p", "6000", "--port", "tls:certs:5006"], {}, None, ["6000", "tls:certs:5006"]),
        ([], {"CHAT_PORT": "6000 unix:/run/chat"}, None, ["6000", "unix:/run/chat"]),
        ([], {}, "CHAT_PORT=6000\n", ["6000"]),
        ([], {}, "port=6000\n", ["6000"]),
        ([], {}, "port='6000'  # the class\n", ["6000"]),
        (["-p", "1"], {"CHAT_PORT": "2"}, "port=3\n", ["1"]),
        ([], {"CHAT_PORT": "2"}, "port=3\n", ["2"]),
    ],
)
def test_ports(folder: Path, words: list[str], environ: dict[str, str], env: str | None, ports: list[str]) -> None:
    """`--port` takes a number or any Twisted endpoint string, several times."""
    assert parsed(folder, *words, environ=environ, env=env).ports == ports


@pytest.mark.parametrize(
    ("port", "host", "string"),
    [
        ("5005", "", "tcp:5005:backlog=4096"),
        ("5005", "127.0.0.1", "tcp:5005:backlog=4096:interface=127.0.0.1"),
        ("5005", "::1", r"tcp:5005:backlog=4096:interface=\:\:1"),
        ("tls:certs:5006", "127.0.0.1", "tls:certs:5006"),
    ],
)
def test_a_number_is_an_endpoint_too(port: str, host: str, string: str) -> None:
    assert endpoint(port, host) == string


@pytest.mark.parametrize(
    ("ports", "number"),
    [
        (["5005"], "5005"),
        (["tcp:6253:interface=127.0.0.1"], "6253"),
        (["tcp:interface=127.0.0.1:port=6253"], "6253"),
        ([r"tcp6:6253:interface=\:\:1"], "6253"),
        (["tls:/etc/chat/certs:5006"], "5006"),
        ([r"tls:C\:/certs:5006:backlog=4"], "5006"),
        (["ssl:5006:privateKey=a.pem"], "5006"),
        (["haproxy:tcp:5007"], "5007"),
        (["unix:/run/chat.sock", "6000", "7000"], "6000"),
        (["unix:/run/chat.sock"], ""),
        ([], ""),
    ],
)
def test_the_operators_console_finds_the_port_that_the_server_names_its_socket_after(
    ports: list[str], number: str
) -> None:
    """`admin-5005.sock` at both, also where the port is an endpoint string."""
    assert port_number(ports) == number


# --- what each kind takes, from each source ---------------------------------------------------------

NO, YES = False, True
HOME = Path.home()
LONG = "9" * 400
WHOLE, NUMBER = "takes a whole number from 0 to 999999999", "takes a number from 0 to 999999999"
TIME, SWITCH = "takes seconds from 0 to 999999999, or a time as 30s, 5m or 2h", "takes yes or no"
AGE, ZONE = "takes an age as 90d or a number as 1000", "takes a name such as Asia/Seoul, or an offset as +09:00"
LANGUAGE, NETWORK = "takes one of en, ko, th", "takes addresses as 127.0.0.1 or 10.0.0.0/8"
PORT_ = "takes a number from 1 to 65535, or an endpoint as tls:certs:5006"
TABLE: list[tuple[str, dict[str, object]]] = [
    ("memory", dict.fromkeys(["true", "True", "on", "ON", "yes", "Y", "1"], YES)),
    ("memory", dict.fromkeys(["false", "False", "FALSE", "off", "Off", "no", "No", "n", "0"], NO)),
    ("console", dict.fromkeys(["2", "maybe", "nein", "disabled", "-1", "예", '""'], SWITCH)),
    (
        "log-text",
        {"false": NO, "tRuE": YES, "truee": SWITCH, "ＴＲＵＥ": YES, " false ": NO, "No\r": NO, "\u00a0no": NO},
    ),
    ("host", {"::1": "::1", "[::1]": "::1", " 127.0.0.1 ": "127.0.0.1", "localhost": "localhost"}),
    ("admin-socket", dict.fromkeys(["no", "NO", "False", "off", "0", " no "], "no")),
    ("admin-socket", {"auto": "auto", "AUTO": "auto", "yes": "auto", "run/Chat": "run/Chat", "~/a": str(HOME / "a")}),
    ("data", {"~/chat": str(HOME / "chat"), "a~": "a~", "~nobody-here/x": "~nobody-here/x", "한글 폴더": "한글 폴더"}),
    ("log", {"~/log.txt": str(HOME / "log.txt")}),
    ("max-line", {"0": 0, "10": 10, "007": 7, " 10 ": 10, "１２": 12, "๑๒": 12, "999999999": 999999999}),
    ("max-line", dict.fromkeys(["1e3", "-5", "+5", "10k", "1.5", "1_000", "1,000", "nan", "0x10", "", LONG], WHOLE)),
    ("max-line", dict.fromkeys(["1000000000", "ten", "10 20", "²", "½"], WHOLE)),
    ("rate", {"5": 5.0, "0.5": 0.5, ".5": 0.5, "5.": 5.0, "１.５": 1.5, "0": 0.0}),
    ("rate", dict.fromkeys(["1e3", "-1", "nan", "inf", "Infinity", "1,5", "5/s", LONG, "1000000000"], NUMBER)),
    ("linger", {"30": 30.0, "1.5": 1.5, "30s": 30.0, "2m": 120.0, "1h": 3600.0, "1d": 86400.0, "２m": 120.0}),
    ("linger", {"30초": 30.0, "5분": 300.0, "2시간": 7200.0, "1일": 86400.0}),
    (
        "linger",
        {"30วินาที": 30.0, "5นาที": 300.0, "2ชม.": 7200.0},
    ),
    ("linger", {"2 hours": 7200.0, "2 시간": 7200.0, "30 seconds": 30.0, "5 minutes": 300.0, "30\u00a0s": 30.0}),
    ("linger", dict.fromkeys(["1e3", "-1", "nan", "inf", "10x", "1m30s", "m", LONG, LONG + "s"], TIME)),
    ("keep", {"90d": "90d", "1000": "1000", "90일": "90일", "7วัน": "7วัน", "９０d": "90d"}),
    ("keep", {"90 days": "90days", "90 일": "90일", "90\u00a0วัน": "90วัน"}),
    ("keep", dict.fromkeys(["9 0", "9 0d", "1e3", "-1", "10k", "90x", "nan", LONG], AGE)),
    ("lang", {"en": "en", "KO": "ko", "th": "th", "fr": LANGUAGE, "korean": LANGUAGE}),
    ("tz", {"Asia/Seoul": "Asia/Seoul", "asia/bangkok": "Asia/Bangkok", "UTC": "UTC", "+09:00": "+09:00"}),
    ("tz", dict.fromkeys(["Seoul", "../etc/passwd", "+9", "KST9", "/etc/localtime"], ZONE)),
    ("web-proxy", {"127.0.0.1": "127.0.0.1", "10.0.0.0/8, ::1": "10.0.0.0/8, ::1", "nginx": NETWORK, "10/8": NETWORK}),
    ("web", {"8080": "8080", "tls:certs:8443": "tls:certs:8443", "８０８０": "8080"}),
    ("web", dict.fromkeys(["65536", "-1", "80a", "http://x", "yes", LONG], PORT_)),
    ("port", {"5005": ["5005"], "tls:c:1": ["tls:c:1"], "unix:/run/x": ["unix:/run/x"]}),
    (
        "port",
        {"５００５": ["5005"], "0": ["0"], "05005": ["5005"]},
    ),
    ("port", dict.fromkeys(["65536", "99999", "-1", "abc", "1e3", "udp://10.0.0.1:5", "5005;", LONG], PORT_)),
]
ROWS = [(option, text, wanted) for option, rows in TABLE for text, wanted in rows.items()]
SAID = {WHOLE, NUMBER, TIME, SWITCH, AGE, ZONE, LANGUAGE, NETWORK, PORT_}
FLAGS = {"memory", "console", "log-text"}


def outcome(folder: Path, option: str, *words: str, environ: Mapping[str, str] | None = None, env: str = "") -> object:
    """What an option is after this, or how it is refused."""
    try:
        options = parsed(folder, *words, environ=environ, env=env)
    except usage.UsageError as e:
        return e
    return options.ports if option == "port" else options[option]


def check(got: object, wanted: object, name: str, kind: type[usage.UsageError], place: str) -> None:
    """Hold what came out against the table: the value, or the one line that says what would be taken, and where."""
    if not isinstance(wanted, str) or wanted not in SAID:
        assert got == wanted
        assert type(got) is type(wanted)
        return
    assert type(got) is kind
    assert (name in str(got), place in str(got), str(wanted) in str(got)) == (True, True, True)
    assert len(str(got).splitlines()) == 1


@pytest.mark.parametrize(("option", "text", "wanted"), [row for row in ROWS if row[0] not in FLAGS])
def test_on_the_command_line_it_means_what_it_says(folder: Path, option: str, text: str, wanted: object) -> None:
    got = outcome(folder, option, f"--{option}", text)
    check(got, wanted, f"--{option}", usage.UsageError, "")


@pytest.mark.parametrize(("option", "text", "wanted"), [row for row in ROWS if row[1]])
def test_in_the_environment_it_means_what_it_says(folder: Path, option: str, text: str, wanted: object) -> None:
    name = "CHAT_" + option.upper().replace("-", "_")
    if "://" in text:
        pytest.skip("a link of Kubernetes' there: see below")
    check(outcome(folder, option, environ={name: text}), wanted, name, ConfigurationError, "the environment")


@pytest.mark.parametrize(("option", "text", "wanted"), [row for row in ROWS if row[1]])
def test_in_a_file_it_means_what_it_says(folder: Path, option: str, text: str, wanted: object) -> None:
    name = "CHAT_" + option.upper().replace("-", "_")
    got = outcome(folder, option, env=f"{name}='{text}'\n")
    check(got, wanted, name, ConfigurationError, str(folder / ".env"))


@pytest.mark.parametrize(
    "option", ["memory", "max-line", "rate", "linger", "keep", "lang", "tz", "web", "port", "host"]
)
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_value_in_the_environment_is_none(folder: Path, option: str, empty: str) -> None:
    """As compose files have it: `CHAT_PORT=${CHAT_PORT}`."""
    name = "CHAT_" + option.upper().replace("-", "_")
    assert outcome(folder, option, environ={name: empty}, env=f"{name}=\n") == outcome(folder, option)


# --- the command line ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nonsense"], "There is no option --nonsense."),
        (["--maxusers=5"], "There is no option --maxusers. Did you mean --max-users?"),
        (["--max_users", "5"], "There is no option --max_users. Did you mean --max-users?"),
        (["extra"], "What is 'extra' for? There are only options here, as --port 5005."),
        (["--port"], "option --port requires argument."),
        (["--memory=yes"], "option --memory must not have an argument."),
        (["--max-line", "many"], f"--max-line (bytes of a line or a header line) {WHOLE}, not 'many'."),
    ],
)
def test_a_command_line_that_is_wrong_is_refused_with_the_way_out(folder: Path, words: list[str], said: str) -> None:
    with pytest.raises(usage.UsageError) as refused:
        parsed(folder, *words)
    assert str(refused.value) == said


@pytest.mark.parametrize("extra", [("web", "wsproto", "--web 8080"), ("tls", "OpenSSL", "--port tls:certs:5006")])
def test_without_an_extra_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, extra: tuple[str, str, str]
) -> None:
    name, package, words = extra
    monkeypatch.setitem(sys.modules, package, None)  # as Python has it where it is not installed
    with pytest.raises(usage.UsageError, match=rf"needs the extra `{name}`.*: pip install '\.\[{name}\]'"):
        parsed(folder, *words.split())
    assert parsed(folder)["web"] == ""


def test_its_version_is_shown_with_twisteds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        parsed(folder, "--version")
    assert exit_.value.code == 0
    assert capsys.readouterr().out == f"chatproto {chatproto.__version__} (Twisted {twisted.__version__})\n"


@pytest.mark.parametrize("name", [*SETTINGS, "port", "host", "log", "admin-socket", "console", "log-text"])
def test_help_lists_every_option_and_says_where_else_they_come_from(folder: Path, name: str) -> None:
    text = str(Options({}, folder))
    assert f"--{name}" in text
    words = " ".join(text.split())
    assert "in the environment, --max-line as CHAT_MAX_LINE, or in a file .env" in words
    assert "the command line wins" in words


def test_without_time_zone_data_it_says_what_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows and in images without a distribution, where somebody has left tzdata out."""
    monkeypatch.setitem(sys.modules, "tzdata", None)
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[])
    try:
        with pytest.raises(usage.UsageError, match=r"--tz .*needs time zone data, .*install the Python package tzdata"):
            parsed(folder, "--tz", "Asia/Seoul")
        assert [parsed(folder, "--tz", zone)["tz"] for zone in ("UTC", "+09:00")] == ["UTC", "+09:00"]
    finally:
        zoneinfo.reset_tzpath(to=before)
