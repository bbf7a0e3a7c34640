"""What stands in the environment and in a file `.env`: read right, or refused in one line; and which names are ours."""

import codecs
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from chatproto.admin import is_strange
from chatproto.client.options import chosen
from chatproto.configuration import Configuration, read
from chatproto.configuration.leaving import Misconfigured
from chatproto.configuration.names import KNOWN, is_link, nearest, variable
from chatproto.options import KIND
from chatproto.words import spoken

# --- a file, in whatever encoding ------------------------------------------------------------------

TEXT = "# 채팅 สวัสดี\r\nCHAT_PORT=6000\r\nCHAT_NAME='민수'\r\n"
SETTINGS = {"CHAT_PORT": "6000", "CHAT_NAME": "민수"}
PORT = {"CHAT_PORT": "6000"}
UTF16 = "is not text that can be read. Save it as UTF-8."


def content(folder: Path, data: bytes, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What is read from a file with this in it."""
    (folder / ".env").write_bytes(data)
    return dict(read({}, folder, fill_in=environ).file)


@pytest.mark.parametrize(
    ("data", "values"),
    [
        (b"", {}),
        (TEXT.encode(), SETTINGS),
        (codecs.BOM_UTF8 + TEXT.encode(), SETTINGS),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), SETTINGS),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), SETTINGS),
        (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), SETTINGS),
        (codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"), SETTINGS),
        ("# 채팅 서버\r\nCHAT_PORT=6000\r\n".encode("cp949"), PORT),
        ("CHAT_PORT=6000 # เซิร์ฟเวอร์\r\n".encode("cp874"), PORT),
        ("OTHER=채팅\nCHAT_PORT=6000\n".encode("cp949"), PORT),
        (codecs.BOM_UTF8 + b"# joined\n" + codecs.BOM_UTF8 + b"CHAT_PORT=6000\n", PORT),
        (b"CHAT_PORT=6000\rCHAT_LANG=ko\r", {**PORT, "CHAT_LANG": "ko"}),
        (b"CHAT_PORT=6000", PORT),
        (b'export CHAT_PORT="6000"  # ours\n', PORT),
        (b"  CHAT_PORT = 6000  \n\n", PORT),
        (b"CHAT_PORT=\n", {"CHAT_PORT": ""}),
        (b"CHAT_PORT=5000\nCHAT_PORT=6000\n", PORT),
        (b"host=192.0.2.1\nport=6000\n", {"CHAT_HOST": "192.0.2.1", **PORT}),
        (b"port=5000\nCHAT_PORT=6000\n", PORT),
        (b"HOST=x\nMAX_LINE=1\nnot a line\n[section]\nMY_CHAT_URL=y\n", {}),
        (b"CHAT_DATA=${HOME}/chat\n", {"CHAT_DATA": "/home/oscar/chat"}),
        (b"CHAT_LOG=${NOWHERE:-log.txt}\n", {"CHAT_LOG": "log.txt"}),
    ],
)
def test_a_file_is_read_as_it_was_meant(tmp_path: Path, data: bytes, values: dict[str, str]) -> None:
    assert content(tmp_path, data, {"HOME": "/home/oscar"}) == values


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (TEXT.encode("utf-16-le"), UTF16),
        (codecs.BOM_UTF16_LE + b"C", UTF16),
        (b"\0\1\2CHAT_PORT=1", UTF16),
        ("CHAT_NAME=민수\r\n".encode("cp949"), "CHAT_NAME in {path} is not UTF-8. Save it as UTF-8."),
        ("CHAT_NAME=สมชาย\r\n".encode("cp874"), "CHAT_NAME in {path} is not UTF-8. Save it as UTF-8."),
        (b"\n\nset CHAT_PORT=6000\n", "Line 3 of {path} is not understood. Write it as CHAT_PORT=5005."),
        (b'$env:CHAT_PORT = "6000"\n', "Line 1 of {path} is not understood. Write it as CHAT_PORT=5005."),
        (b"CHAT_PORT: 6000\n", "Line 1 of {path} is not understood. Write it as CHAT_PORT=5005."),
        (b"  - CHAT_PORT=6000\n", "Line 1 of {path} is not understood. Write it as CHAT_PORT=5005."),
        (b'"CHAT_PORT"=6000\n', "Line 1 of {path} is not understood. Write it as CHAT_PORT=5005."),
        (b"#\nCHAT_NAME='bob\n", "Line 2 of {path} is not understood. Write it as CHAT_PORT=5005."),
        (b"CHAT_NAME='bob\n# don't\n", "Line 1 of {path} is not understood. Write it as CHAT_PORT=5005."),
        (b"CHAT_NAME='bob\nCHAT_LANG='\n", "CHAT_NAME in {path} goes over several lines. Is a quotation mark missing?"),
        (b"CHAT_MEMORY\n", "CHAT_MEMORY in {path} has no value. Write CHAT_MEMORY=VALUE, or take the line out."),
        (b"CHAT_NAME=${AWS_SECRET}\n", "CHAT_NAME in {path} has ${AWS_SECRET} in it, which is not set there."),
        (b"#" * (1 << 21), "{path} is no file of settings: it has more than 1048576 bytes."),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line_with_the_way_out(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        content(tmp_path, data)
    assert said.replace("{path}", str(tmp_path / ".env")) in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_no_file_is_no_settings(tmp_path: Path) -> None:
    assert read({}, tmp_path).file == {}
    assert read({}, tmp_path / "nowhere").file == {}


def test_a_folder_of_that_name_is_refused_unless_it_is_a_virtual_environment(tmp_path: Path) -> None:
    """Docker makes a folder where the file that is to be mounted is missing."""
    folder = tmp_path / ".env"
    folder.mkdir()
    with pytest.raises(Misconfigured, match=r"\.env is a folder, and not a file of settings\. Remove it"):
        read({}, tmp_path)
    (folder / "pyvenv.cfg").touch()
    assert read({}, tmp_path).file == {}


# --- names -----------------------------------------------------------------------------------------


def test_every_option_and_every_variable_of_the_clients_is_a_known_name() -> None:
    assert {variable(option) for option in [*KIND, "port", "name", "token"]} == KNOWN


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CHAT_MAXUSERS", "CHAT_MAX_USERS"),
        ("CHAT_MAX_USER", "CHAT_MAX_USERS"),
        ("chat_port", "CHAT_PORT"),
        ("CHAT_TOKKEN", "CHAT_TOKEN"),
        ("CHAT_LOGTEXT", "CHAT_LOG_TEXT"),
        ("CHAT_WEB_PORT", "CHAT_WEB"),
        ("CHAT_LANGUAGE", "CHAT_LANG"),
        ("CHAT_XYZZY", ""),
    ],
)
def test_a_name_that_is_none_is_told_with_the_nearest_one(name: str, meant: str) -> None:
    assert nearest(name) == meant
    for known in (Configuration(environ={name: "5"}), Configuration(file={name: "5"})):
        [note] = [spoken(sentence, "en") for sentence in known.notes()]
        assert (name in note, f"Did you mean {meant}?" in note) == (True, bool(meant))


KUBERNETES = {
    "CHAT_PORT": "tcp://10.0.0.1:5005",
    "CHAT_SERVICE_HOST": "10.0.0.1",
    "CHAT_SERVICE_PORT": "5005",
    "CHAT_SERVICE_PORT_STOMP": "5005",
    "CHAT_PORT_5005_TCP": "tcp://10.0.0.1:5005",
    "CHAT_PORT_5005_TCP_PROTO": "tcp",
    "CHAT_PORT_5005_TCP_PORT": "5005",
    "CHAT_PORT_5005_TCP_ADDR": "10.0.0.1",
    "CHAT_WEB_PORT": "tcp://10.0.0.2:80",
    "CHAT_WEB_SERVICE_HOST": "10.0.0.2",
    "CHAT_WEB_SERVICE_PORT": "80",
    "CHAT_WEB_PORT_80_TCP_ADDR": "10.0.0.2",
    "CHAT_DNS_PORT": "udp://10.0.0.3:53",
    "CHAT_NAME": "/web/chat",  # and Docker, for a linked container
    "CHAT_ENV_LANG": "ko",
}


def test_what_kubernetes_and_docker_set_is_passed_over_with_one_line() -> None:
    known = Configuration(environ=KUBERNETES)

    assert [known.find(name) for name in KUBERNETES] == [None] * len(KUBERNETES)
    [note] = [spoken(sentence, "en") for sentence in known.notes()]
    assert note.startswith("CHAT_DNS_PORT, CHAT_ENV_LANG, CHAT_NAME, CHAT_PORT, CHAT_PORT_5005_TCP, ")
    assert note.endswith("It is no setting, and is passed over.")


@pytest.mark.parametrize(
    ("name", "value"),
    [("CHAT_PORT", "5005"), ("CHAT_PORT", "tcp:5005"), ("CHAT_NAME", "oscar"), ("CHAT_HOST", "10.0.0.1")],
)
def test_a_setting_is_none_of_these(name: str, value: str) -> None:
    assert not is_link(name, value)
    assert Configuration(environ={name: value}).text(name) == value


def test_in_a_file_nobody_but_its_author_has_written(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CHAT_PORT=tcp://10.0.0.1:5005\n", "utf-8")
    with pytest.raises(SystemExit):
        chosen([], read({}, tmp_path))


# --- a strange folder's file -----------------------------------------------------------------------

OURS, THEIRS = {"CHAT_HOST": "ours"}, {"CHAT_HOST": "theirs"}
SECRET = {"CHAT_TOKEN": "secret"}


@pytest.mark.parametrize(
    ("argv", "environ", "file", "sent"),
    [
        (["ours"], SECRET, {}, True),
        ([], SECRET, {}, True),
        ([], OURS | SECRET, {}, True),
        ([], OURS | SECRET, THEIRS, True),
        (["--token", "secret"], OURS, {}, True),
        (["ours", "--token", "secret"], {}, THEIRS, True),
        ([], {}, THEIRS | SECRET, True),
        (["theirs"], {}, THEIRS | SECRET, True),
        ([], OURS, SECRET, True),
        ([], SECRET, THEIRS, False),
        ([], SECRET, {"CHAT_PORT": "6666"}, False),
        (["--token", "secret"], {}, THEIRS, False),
        (["--port", "6000"], SECRET, THEIRS, False),
        (["another"], OURS | SECRET, {}, False),
        (["another"], {}, THEIRS | SECRET, False),
        ([], OURS, THEIRS | SECRET, False),
    ],
)
def test_a_token_goes_only_to_the_server_that_it_was_given_for(
    argv: list[str], environ: dict[str, str], file: dict[str, str], sent: bool
) -> None:
    found = chosen(argv, Configuration(environ, file))

    assert found.token == ("secret" if sent else "")
    assert ["is not sent there" in spoken(note, "en") for note in found.notes] == [] if sent else [True]


def test_the_operators_console_takes_no_strangers_socket_from_a_file(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.touch()
    theirs.touch()
    if os.getuid() == 0:
        os.chown(theirs, 65534, 65534)
    else:
        theirs = Path("/")  # root's

    def strange(path: Path, environ: Mapping[str, str] | None = None, file: Mapping[str, str] | None = None) -> bool:
        return is_strange(str(path), Configuration(environ or {}, file or {}))

    assert not strange(ours, file={"CHAT_ADMIN_SOCKET": str(ours)})
    assert strange(theirs, file={"CHAT_ADMIN_SOCKET": str(theirs)})
    assert not strange(theirs, environ={"CHAT_ADMIN_SOCKET": str(theirs)})


def test_who_reads_a_file_can_say_so() -> None:
    known = Configuration(file=THEIRS | SECRET, path=Path("/strange/.env"))

    assert [spoken(line, "en") for line in known.source()] == ["Settings from /strange/.env: CHAT_HOST, CHAT_TOKEN"]
    assert Configuration().source() == []
