"""What cannot be opened is told in one sentence with the way out, and tried before twistd leaves the terminal."""

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.error import CannotListenError

from chatproto.configuration.leaving import CannotStart, Exit
from chatproto.obstacles import check_certificates, obstacle
from chatproto.options import Options
from chatproto.rehearsal import rehearse

TAKE_A_HOST = "--host takes one that it has, or nothing for all."


def system(number: int, file: str | None = None) -> OSError:
    """What the operating system objects to."""
    return OSError(number, os.strerror(number), file)


@pytest.mark.parametrize(
    ("port", "cause", "said", "status"),
    [
        (
            "5005",
            CannotListenError("", 5005, system(errno.EADDRINUSE)),
            "Cannot listen on 5005: it is in use. Is a server running there? --port takes another one.",
            Exit.UNAVAILABLE,
        ),
        ("5005", system(errno.EADDRINUSE), "it is in use", Exit.UNAVAILABLE),
        ("unix:/run/chat", CannotListenError(None, b"/run/chat", "Cannot acquire lock"), "in use", Exit.UNAVAILABLE),
        ("80", CannotListenError("", 80, system(errno.EACCES)), "Ports below 1024 are for root: --port", Exit.CONFIG),
        (
            "5005",
            CannotListenError("10.9.9.9", 5005, system(errno.EADDRNOTAVAIL)),
            f"Cannot listen on 5005: this machine has no address 10.9.9.9. {TAKE_A_HOST}",
            Exit.CONFIG,
        ),
        (
            "5005",
            CannotListenError("nowhere", 5005, socket.gaierror(-2, "Name or service not known")),
            "nobody knows an address of 'nowhere'",
            Exit.CONFIG,
        ),
        (
            "tcp:99999",
            OverflowError("bind(): port must be 0-65535."),
            "a port's number is from 1 to 65535",
            Exit.CONFIG,
        ),
        ("unix:/no/chat", CannotListenError(None, b"/no/chat", system(errno.ENOENT)), "wants a folder", Exit.CONFIG),
        ("unix:" + "x" * 200, OSError("AF_UNIX path too long"), "AF_UNIX path too long. The socket", Exit.CONFIG),
        ("ssl:1", system(errno.ENOENT, "server.pem"), "server.pem: No such file or directory.", Exit.CONFIG),
        ("ssl:1", Exception([("x", "", "no start line")]), "its key, cannot be used: no start line.", Exit.CONFIG),
        (
            "tcp:1:2:3:4",
            TypeError("_parseTCP() takes"),
            "it has parts that an endpoint of this kind has not",
            Exit.CONFIG,
        ),
        (
            "tcp:x",
            ValueError("invalid literal"),
            "--port tcp:x is not understood: invalid literal. It takes",
            Exit.CONFIG,
        ),
    ],
)
def test_each_cause_has_its_own_sentence(port: str, cause: Exception, said: str, status: Exit) -> None:
    told = obstacle("port", port, "", cause)

    assert (said in str(told), told.status, len(str(told).splitlines())) == (True, status, 1)


PEM = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "there is no such folder"),
        ({"certs/README": ""}, "there is no file NAME.pem in the folder"),
        ({"certs/a.pem": ""}, "has a certificate and its key"),
        ({"certs/a.pem": PEM[:50]}, "has a certificate and its key"),
        ({"certs/a.pem": PEM}, None),
        ({"certs/live/a.pem": PEM}, None),
        ({"certs": ""}, "there is no such folder"),
    ],
)
def test_a_folder_without_a_certificate_is_refused(tmp_path: Path, files: dict[str, str], said: str | None) -> None:
    """It would open, and every handshake fail."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    try:
        check_certificates("web", f"tls:{tmp_path}/certs:5006")
    except CannotStart as e:
        told = str(e)
    else:
        told = ""

    assert said in told if said else not told
    assert ("--web tls:FOLDER:NUMBER wants a folder" in told) == bool(said)


# --- the rehearsal ---------------------------------------------------------------------------------


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that is in use."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def rehearsed(folder: Path, *words: str, **twistd: str) -> None:
    """Try what these options ask for."""
    options = Options({}, folder)
    options.parseOptions(["--data", f"{folder}/data", "--host", "127.0.0.1", *words])
    rehearse(options, {"rundir": str(folder), "pidfile": "", "chroot": "", **twistd})


def test_what_can_be_opened_is_let_go_of_again_and_nothing_is_made(tmp_path: Path) -> None:
    for _ in range(2):
        rehearsed(
            tmp_path, "--port", "0", "--port", f"unix:{tmp_path}/chat.sock", "--log", "log.txt", pidfile="chat.pid"
        )
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_found(tmp_path: Path, taken: int) -> None:
    with pytest.raises(CannotStart, match=rf"Cannot listen on {taken}: it is in use") as refused:
        rehearsed(tmp_path, "--port", str(taken))
    assert refused.value.status == Exit.UNAVAILABLE


@pytest.mark.parametrize(
    "again", ["--port {port}", "--web {port}", "--web tcp:{port}", r"--port tcp:{port}:interface=\:\:"]
)
def test_a_port_that_is_asked_for_twice_is_found(tmp_path: Path, again: str) -> None:
    """Else it would be found out when nobody looks at the terminal any more."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(CannotStart, match="it is in use") as refused:
        rehearsed(tmp_path, "--port", str(port), *again.format(port=port).split())
    assert refused.value.status == Exit.UNAVAILABLE


def test_what_is_no_socket_is_in_the_way_of_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="it is in use"):
        rehearsed(tmp_path, "--port", "unix:file")


def test_a_killed_servers_socket_is_taken_over_whoever_has_its_number_now(tmp_path: Path) -> None:
    """As in a container, where every server is process 1."""
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(tmp_path / "chat.sock"))
    (tmp_path / "chat.sock.lock").symlink_to(str(os.getpid()))
    rehearsed(tmp_path, "--port", f"unix:{tmp_path}/chat.sock")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "twistd", "said"),
    [
        (["--port", "pigeon:7"], {}, "--port pigeon:7 is not understood: Unknown endpoint type"),
        (["--port", f"unix:{'no/' * 3}x"], {}, "No such file or directory"),
        (["--web", "tls:no:1"], {}, "Cannot listen on tls:no:1: no: there is no such folder. --web"),
        (["--data", "file"], {}, "Cannot keep anything in file: it is a file, and not a folder"),
        (["--data", "file/below"], {}, "Cannot keep anything in file/below: Not a directory"),
        (["--data", "link"], {}, "Cannot keep anything in link: it is a link to a folder that is not there"),
        (["--data", "link/below"], {}, "Cannot keep anything in link/below: Not a directory"),
        (["--data", "other"], {}, "is not a chat's file"),
        (["--log", "file/log"], {}, "Cannot write to the log file/log: Not a directory. --log takes another file."),
        (["--log", "no/log"], {}, "Cannot write to the log no/log: No such file or directory"),
        (["--log", "link"], {}, "Cannot write to the log link: No such file or directory"),
        ([], {"rundir": "/no/where"}, "The folder /no/where cannot be entered: No such file or directory"),
        (
            [],
            {"pidfile": "file/chat.pid"},
            "Cannot write file/chat.pid: Not a directory. twistd --pidfile=",
        ),
    ],
)
def test_what_cannot_be_opened_is_found(tmp_path: Path, words: list[str], twistd: dict[str, str], said: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "chat.sqlite").touch()
    (tmp_path / "link").symlink_to("nowhere/at/all")
    with pytest.raises(CannotStart) as refused:
        rehearsed(tmp_path, *words, **twistd)
    assert (said in str(refused.value), refused.value.status) == (True, Exit.CONFIG)


def test_in_a_changed_root_nothing_can_be_tried(tmp_path: Path) -> None:
    rehearsed(tmp_path, "--data", "/no/where/at/all", chroot="/srv", rundir="/no/where")
