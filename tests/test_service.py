"""`twistd chat`: what its options are, where they come from, what is refused, and the service that they make."""

import os
import socket
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock

from chatproto.configuration.leaving import CannotStart
from chatproto.core.accounts import Account
from chatproto.core.events import Stopping
from chatproto.core.settings import Settings
from chatproto.descriptors import connections_within, with_file_limit
from chatproto.journal.sqlite import SqliteJournal
from chatproto.listening import every_address
from chatproto.options import Options
from chatproto.service import ChatService, journal
from chatproto.state_folder import let_go_of_dead


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder to start in."""
    return tmp_path


def parsed(folder: Path, *words: str, environ: Mapping[str, str] | None = None, env: str | None = None) -> Options:
    """The options of a command line, in an environment, with a file `.env`."""
    if env is not None:
        (folder / ".env").write_text(env, "utf-8")
    options = Options(environ or {}, folder)
    options.parseOptions(list(words))
    return options


# --- the service -----------------------------------------------------------------------------------


class Reactor(MemoryReactorClock):
    """Twisted's reactor in memory; a port may be in use on it."""

    def __init__(self, in_use: int = 0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._in_use = in_use
        self.stopped = 0

    def listenTCP(self, port: int, *args: object, **how: object) -> object:
        if port == self._in_use:
            raise CannotListenError("", port, OSError(98, "Address already in use"))
        return super().listenTCP(port, *args, **how)  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        self.stopped += 1


@pytest.fixture
def services() -> Iterator[list[ChatService]]:
    """The services that a test has made, which are stopped after it."""
    made: list[ChatService] = []
    yield made
    for service in made:
        service.stopService()


def running(folder: Path, *words: str, reactor: Reactor, made: list[ChatService]) -> ChatService:
    """A service, started."""
    service = ChatService(parsed(folder, "--memory", *words), reactor)
    service.privilegedStartService()
    made.append(service)
    service.startService()
    return service


def test_it_listens_where_it_was_told(folder: Path, services: list[ChatService]) -> None:
    reactor = Reactor()
    sockets = ["--port", "6000", "--port", f"unix:{folder}/chat", "--admin-socket", f"{folder}/x/admin"]
    running(folder, "--host", "127.0.0.1", *sockets, reactor=reactor, made=services)
    assert [(port, backlog, host) for port, _, backlog, host in reactor.tcpServers] == [(6000, 4096, "127.0.0.1")]
    assert [where for where, *_ in reactor.unixServers] == [f"{folder}/chat", f"{folder}/x/admin"]


def test_the_operators_socket_is_its_owners_alone(folder: Path, services: list[ChatService]) -> None:
    """A Unix socket with mode 0600 in a folder of mode 0700, and the lock that lets a dead one's be had again."""
    reactor = Reactor()
    running(folder, "--admin-socket", f"{folder}/state/admin", reactor=reactor, made=services)
    where, factory, _, mode, locked = reactor.unixServers[0]
    assert (where, factory.console, mode, locked) == (f"{folder}/state/admin", True, 0o600, True)
    assert stat.S_IMODE((folder / "state").stat().st_mode) == 0o700


def test_there_may_be_none(folder: Path, services: list[ChatService]) -> None:
    reactor = Reactor()
    running(folder, "--admin-socket", "no", reactor=reactor, made=services)
    assert reactor.unixServers == []


def test_a_port_in_use_is_said_and_it_does_not_start(folder: Path) -> None:
    """In a Deferred the exit would be swallowed, and a server without a port go on."""
    service = ChatService(parsed(folder, "--memory", "--port", "6000"), Reactor(in_use=6000))
    with pytest.raises(CannotStart) as refused:
        service.privilegedStartService()
    assert str(refused.value) == (
        "Cannot listen on 6000: it is in use. Is a server running there? --port takes another one."
    )


def test_a_port_that_is_no_endpoint_is_said(folder: Path) -> None:
    service = ChatService(parsed(folder, "--memory", "--port", "carrier-pigeon:7"), Reactor())
    with pytest.raises(CannotStart, match="--port carrier-pigeon:7 is not understood: Unknown endpoint type"):
        service.privilegedStartService()


def test_no_file_is_made_as_long_as_the_server_may_still_be_root(folder: Path) -> None:
    """`twistd --uid` takes another user after the ports are open: what root has made, that one could not use."""
    words = ["--data", str(folder / "data"), "--log", str(folder / "log"), "--web", "8080"]
    service = ChatService(parsed(folder, *words), Reactor())
    service.privilegedStartService()
    assert list(folder.iterdir()) == []


def test_a_log_that_cannot_be_written_is_said(folder: Path) -> None:
    service = ChatService(parsed(folder, "--memory", "--log", f"{folder}/no/log.txt"), Reactor())
    with pytest.raises(CannotStart, match=r"Cannot write to the log .*/no/log.txt: .* --log takes another file"):
        service.startService()


def test_a_folder_that_is_a_file_is_said_to_be_one(folder: Path) -> None:
    file = folder / "chat"
    file.write_bytes(b"")
    with pytest.raises(CannotStart) as refused:
        journal(parsed(folder, "--data", str(file), environ={"CHAT_MEMORY": "no"}), MemoryReactorClock())
    assert str(refused.value) == (
        f"Cannot keep anything in {file}: it is a file, and not a folder. --data takes another folder, --memory keeps "
        "nothing."
    )


def test_a_file_that_cannot_be_used_is_said_so_in_one_sentence_after_the_other(folder: Path) -> None:
    (folder / "chat.sqlite").write_bytes(b"")
    options = parsed(folder, "--data", str(folder), environ={"CHAT_MEMORY": "no"})
    with pytest.raises(CannotStart) as refused:
        journal(options, MemoryReactorClock())
    assert str(refused.value) == (
        f"Cannot keep anything in {folder}: {folder}/chat.sqlite is not a chat's file. Move it away, or choose another "
        "folder with --data. --data takes another folder, --memory keeps nothing."
    )


def test_an_administrators_shutdown_stops_the_reactor(folder: Path, services: list[ChatService]) -> None:
    reactor = Reactor()
    service = running(folder, "--admin-socket", "no", reactor=reactor, made=services)
    service.factory.hub.note(Stopping())
    reactor.advance(0)
    assert reactor.stopped == 1


def test_two_servers_do_not_have_one_folder(folder: Path) -> None:
    options = parsed(folder, "--data", str(folder), environ={"CHAT_MEMORY": "no"})
    journal(options, MemoryReactorClock())
    with pytest.raises(CannotStart, match="another chat server is using it"):
        journal(options, MemoryReactorClock())


def test_a_folder_that_was_saved_anew_is_held_again(folder: Path) -> None:
    data = folder / "data"
    options = parsed(folder, "--data", str(data), environ={"CHAT_MEMORY": "no"})
    kept = journal(options, MemoryReactorClock())
    assert isinstance(kept, SqliteJournal)
    data.rename(folder / "moved")
    data.mkdir()
    kept.rescued()
    with pytest.raises(CannotStart, match="another chat server is using it"):
        journal(options, MemoryReactorClock())


# --- the web ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "listens"),
    [
        (["--web", "8080"], (8080, every_address()[0])),
        (["--web", "8080", "--host", "127.0.0.1"], (8080, "127.0.0.1")),
        (["--web", "tcp:8080:interface=10.0.0.7"], (8080, "10.0.0.7")),
    ],
)
def test_the_page_is_where_it_was_told(
    folder: Path, services: list[ChatService], words: list[str], listens: tuple[int, str]
) -> None:
    reactor = Reactor()
    running(folder, *words, "--admin-socket", "no", reactor=reactor, made=services)
    assert [(port, host) for port, _, _, host in reactor.tcpServers if port == 8080][:1] == [listens]


def test_there_is_no_page_unless_asked_for(folder: Path, services: list[ChatService]) -> None:
    reactor = Reactor()
    running(folder, "--admin-socket", "no", reactor=reactor, made=services)
    assert {port for port, *_ in reactor.tcpServers} == {5005}


def test_a_port_of_the_page_in_use_is_said(folder: Path) -> None:
    service = ChatService(parsed(folder, "--memory", "--web", "8080"), Reactor(in_use=8080))
    with pytest.raises(CannotStart, match=r"Cannot listen on 8080: .* --web takes another one"):
        service.privilegedStartService()


# --- the first administrator -----------------------------------------------------------------------


def test_a_claim_is_offered_until_somebody_is_administrator_for_good(folder: Path) -> None:
    service = ChatService(parsed(folder, "--memory"), Reactor())
    chat = service.factory.chat
    assert service._claim() == []  # nobody stays one without a file

    service._options["memory"] = 0
    assert [line.count(chat.claim_code) for line in service._claim()] == [1]
    assert len(chat.claim_code) == 8

    chat.accounts.add(Account("oscar", "a hash", admin=True))
    assert service._claim() == []


# --- connections -----------------------------------------------------------------------------------


def test_without_a_limit_connections_are_as_many_as_the_file_limit_allows_less_64() -> None:
    """`max-connections`: what the file limit allows, less 64."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    settings = with_file_limit(Settings())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert (soft, settings.max_connections) == (hard, hard - 64)
    assert with_file_limit(Settings(max_connections=7)).max_connections == 7
    assert with_file_limit(Settings(max_connections=hard)).max_connections == hard - 64


@pytest.mark.parametrize(("files", "connections"), [(20_000, 19_936), (100, 50), (64, 32)])
def test_a_low_file_limit_leaves_half_of_it_to_connections(files: int, connections: int) -> None:
    assert connections_within(files) == connections


# --- the operator's socket after a kill -----------------------------------------------------------


def test_a_socket_at_which_nobody_answers_is_taken_away_with_its_lock(folder: Path) -> None:
    """Whoever has the killed server's number now: in a container that is the new server itself."""
    place, lock = folder / "admin", folder / "admin.lock"
    lock.symlink_to(str(os.getpid()))
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(place))
    let_go_of_dead(place)

    assert (place.exists(), lock.is_symlink()) == (False, False)


def test_a_lock_without_a_socket_is_taken_away(folder: Path) -> None:
    (folder / "admin.lock").symlink_to("1")
    let_go_of_dead(folder / "admin")

    assert list(folder.iterdir()) == []


def test_a_file_that_is_no_socket_is_left_alone(folder: Path) -> None:
    (folder / "admin").write_text("a diary")
    let_go_of_dead(folder / "admin")

    assert (folder / "admin").read_text() == "a diary"


def test_a_socket_at_which_somebody_answers_is_left_alone(folder: Path) -> None:
    place, lock = folder / "admin", folder / "admin.lock"
    lock.symlink_to(str(os.getpid()))
    with socket.socket(socket.AF_UNIX) as alive:
        alive.bind(str(place))
        alive.listen()
        let_go_of_dead(place)

        assert (place.exists(), lock.is_symlink()) == (True, True)


# --- where settings come from ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "environ", "wanted"),
    [
        ((), {}, None),
        (("--rate", "9"), {}, "command line"),
        ((), {"CHAT_RATE": "9"}, "environment"),
        (("--rate", "8"), {"CHAT_RATE": "9"}, "command line"),
        ((), {"CHAT_RATE": "5.0"}, "environment"),
    ],
)
def test_it_is_known_where_a_setting_comes_from(
    folder: Path, words: tuple[str, ...], environ: dict[str, str], wanted: str | None
) -> None:
    origin = parsed(folder, *words, environ=environ).origins.get("rate")
    assert (origin and origin.text) == wanted


def test_a_setting_may_come_from_a_file(folder: Path) -> None:
    (folder / ".env").write_text("CHAT_RATE=9\nCHAT_BURST=7\n")
    origins = parsed(folder, environ={"CHAT_BURST": "8"}).origins
    assert {name: origin.text for name, origin in origins.items()} == {"rate": "file .env", "burst": "environment"}


def test_the_chat_knows_it_and_that_the_file_limit_is_one(folder: Path, services: list[ChatService]) -> None:
    service = running(folder, "--rate", "9", reactor=Reactor(), made=services)
    origins = {name: origin.text for name, origin in service.factory.chat.origins.items()}
    assert origins == {"rate": "command line", "max_connections": "file limit"}
