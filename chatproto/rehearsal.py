"""A rehearsal: what a server would open is tried, and let go of again, while somebody still looks at the terminal.

twistd forks before it opens anything, and tells the terminal at most a hundred characters of what went wrong after
that. Nothing is made here that the server would make: as a daemon it may be another user.
"""

from __future__ import annotations

import errno
import os
import socket
import sqlite3
from contextlib import chdir, closing
from pathlib import Path
from typing import Any

from twisted.internet import tcp
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from chatproto.archive import FILE, check_free, check_writable
from chatproto.journal.file import CannotOpen, check_known
from chatproto.listening import Listener
from chatproto.options import Options
from chatproto.service import cannot_keep, cannot_log
from chatproto.state_folder import state_folder

TRIED = ("tcp:", "tcp6:", "tls:", "ssl:", "unix:")  # endpoints of which is known how they are opened


def rehearse(options: Options, twistd: Any) -> None:  # noqa: ANN401 - its options are not typed
    """Raise CannotStart if what the options ask for cannot be opened; `twistd` are twistd's own options."""
    if twistd["chroot"]:  # there, every path is another one
        return
    with chdir(twistd["rundir"]):
        if not options["memory"]:
            _try_folder(Path(options["data"] or state_folder()))
        if options["log"]:
            _try_log(Path(options["log"]))
        _try_ports(options)


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
            check_writable(file.parent)
    except OSError as e:
        raise cannot_log(file, e) from e


def _try_ports(options: Options) -> None:
    asked = [("port", port) for port in options.ports]
    if options["web"]:
        asked.append(("web", options["web"]))
    with closing(Trial()) as trial:
        listener = Listener(trial, options["host"])
        for option, port in asked:
            if port.isdigit() or port.startswith(TRIED):
                listener.listen(option, port, Factory())
    listener.check()


class Trial:
    """In the place of a reactor: listens, and takes nobody in. `close` lets go of all."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def close(self) -> None:
        """Let go of all that was listened on."""
        for each in self._sockets:
            each.close()

    def listenTCP(self, port: int, factory: Factory, backlog: int = 50, interface: str = "") -> Tried:
        """Listen; CannotListenError as of a reactor if that cannot be."""
        plain: Any = tcp.Port(port, factory, backlog, interface)
        try:
            tried = plain.createInternetSocket()
            self._sockets.append(tried)
            tried.bind((interface, port))
            tried.listen(backlog)
        except OSError as e:
            raise CannotListenError(interface, port, e) from e
        return Tried(tried)

    def listenSSL(self, port: int, factory: Factory, _context: object, backlog: int = 50, interface: str = "") -> Tried:
        """Listen; CannotListenError as of a reactor if that cannot be."""
        return self.listenTCP(port, factory, backlog, interface)

    def listenUNIX(self, address: str, _factory: Factory, *_how: object, **_more: object) -> Tried:
        """Look whether there may be a socket at this path, and nobody answers there."""
        probe = socket.socket(socket.AF_UNIX)
        self._sockets.append(probe)
        try:
            check_writable(Path(os.fsdecode(address)).parent)
            if probe.connect_ex(address) == 0:
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))  # noqa: TRY301 - as the kernel would
        except OSError as e:
            raise CannotListenError(None, address, e) from e
        return Tried(probe)


class Tried:
    """A port that was listened on."""

    def __init__(self, tried: socket.socket) -> None:
        self._tried = tried

    def getHost(self) -> IAddress:
        """Return where it listens."""
        if self._tried.family == socket.AF_UNIX:
            return UNIXAddress(None)
        host, port, *_ = self._tried.getsockname()
        return IPv4Address("TCP", host, port)

    def stopListening(self) -> None:
        """Let go of it."""
        self._tried.close()
