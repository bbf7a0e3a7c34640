"""A rehearsal: what a server will open is tried while somebody still looks at the terminal.

twistd forks before it opens anything, and tells the terminal at most a hundred characters of what went wrong after
that. Nothing is made here that the server will make, since it may become another user; and nobody is let in.
"""

from __future__ import annotations

import errno
import os
import socket
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, chdir, closing, contextmanager
from pathlib import Path
from typing import Any

from twisted.internet import tcp
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from chatproto.archive import FILE, check_free, check_writable
from chatproto.configuration.leaving import CannotStart
from chatproto.journal.file import CannotOpen, check_known
from chatproto.listening import Listener
from chatproto.obstacles import obstacle
from chatproto.options import Options
from chatproto.service import cannot_keep, cannot_log
from chatproto.state_folder import state_folder

TRIED = ("tcp:", "tcp6:", "tls:", "ssl:", "unix:")  # endpoints of which is known how they are opened


def rehearse(options: Options, twistd: Mapping[str, Any]) -> None:
    """Raise CannotStart if what the options ask for cannot be opened; `twistd` are twistd's own options."""
    if twistd.get("chroot"):  # there, every path is another one
        return
    with _in_folder(twistd.get("rundir", ".")):
        _try_pidfile(twistd.get("pidfile"))
        if not options["memory"]:
            _try_folder(Path(options["data"] or state_folder()))
        if options["log"]:
            _try_log(Path(options["log"]))
        _try_ports(options)


@contextmanager
def _in_folder(folder: str) -> Iterator[None]:
    """Be in the folder that twistd will run in; CannotStart if this user may not."""
    stack = ExitStack()
    try:
        stack.enter_context(chdir(folder))
    except OSError as e:
        raise CannotStart(f"The folder {folder} cannot be entered: {e.strerror}. Start in another one.") from e
    with stack:
        yield


def _try_pidfile(file: str | None) -> None:
    """Look whether twistd can write its pidfile."""
    try:
        if file:
            check_writable(Path(file).parent)
    except OSError as e:
        raise CannotStart(
            f"Cannot write {file}: {e.strerror}. twistd --pidfile= writes none; --pidfile=FILE writes it elsewhere."
        ) from e


def _try_folder(folder: Path) -> None:
    try:
        check_free(folder)
        if (folder / FILE).exists():
            check_known(folder / FILE)
    except (CannotOpen, OSError, sqlite3.Error) as e:
        raise cannot_keep(folder, e) from e


def _try_log(file: Path) -> None:
    """Look whether the log can be added to, or made."""
    try:
        if file.exists():
            file.open("ab").close()
        else:
            _check_folder_of(Path(os.path.realpath(file)))
    except OSError as e:
        raise cannot_log(file, e) from e


def _check_folder_of(file: Path) -> None:
    """Raise OSError unless this user may make a file here: its folder is there, and is one to write in."""
    file.parent.stat()
    check_writable(file.parent)


def _try_ports(options: Options) -> None:
    asked = [("port", port) for port in options.ports]
    if options["web"]:
        asked.append(("web", options["web"]))
    with closing(Trial()) as trial:
        listener = Listener(trial, options["host"])
        for option, port in asked:
            if port.isdigit() or port.startswith(TRIED):
                listener.listen(option, port, Factory())
            else:
                _try_to_understand(option, port)
    listener.check()


def _try_to_understand(option: str, port: str) -> None:
    """Refuse an endpoint of a kind that nobody knows; how one of a plugin's is opened, only the plugin knows."""
    try:
        serverFromString(None, port)
    except ValueError as e:
        raise obstacle(option, port, "", e) from e
    except Exception:  # noqa: BLE001, S110 - it may want more of a reactor than there is here
        pass


class Trial:
    """In the place of a reactor: takes addresses as if to listen there, but nobody in; `close` gives them back."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def close(self) -> None:
        """Give all addresses back."""
        for each in self._sockets:
            each.close()

    def listenTCP(self, port: int, factory: Factory, backlog: int = 50, interface: str = "") -> Tried:
        """Take an address; CannotListenError as of a reactor if that cannot be."""
        plain: Any = tcp.Port(port, factory, backlog, interface)
        for each in self._sockets:  # the kernel gives an address twice as long as nobody listens there
            if port and each.getsockname()[1:2] == (port,):
                each.listen()
        try:
            tried = plain.createInternetSocket()
            self._sockets.append(tried)
            tried.bind((interface, port))
        except OSError as e:
            raise CannotListenError(interface, port, e) from e
        return Tried(tried)

    def listenSSL(
        self, port: int, factory: Factory, contextFactory: object, backlog: int = 50, interface: str = ""
    ) -> Tried:
        """Take an address; CannotListenError as of a reactor if that cannot be."""
        return self.listenTCP(port, factory, backlog, interface)

    def listenUNIX(self, address: str, _factory: Factory, *_how: object, **_more: object) -> Tried:
        """Look whether there may be a socket at this path, and nobody answers there."""
        probe = socket.socket(socket.AF_UNIX)
        self._sockets.append(probe)
        try:
            _check_folder_of(Path(os.fsdecode(address)))
            if os.path.lexists(address):  # what a killed server left is gone by now
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))  # noqa: TRY301 - as the kernel would
        except OSError as e:
            raise CannotListenError(None, address, e) from e
        return Tried(probe)


class Tried:
    """A port that could be had."""

    def __init__(self, tried: socket.socket) -> None:
        self._tried = tried

    def getHost(self) -> IAddress:
        """Return where it listens."""
        if self._tried.family == socket.AF_UNIX:
            return UNIXAddress(None)
        host, port, *_ = self._tried.getsockname()
        return IPv4Address("TCP", host, port)

    def stopListening(self) -> None:
        """Give it back."""
        self._tried.close()
