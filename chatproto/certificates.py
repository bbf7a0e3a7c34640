"""Certificates that are renewed while people talk: a `tls:` port serves what stands in its folder now.

Twisted's own `tls:` endpoint reads the folder when the port is opened. Here it is read anew once something in it has
changed; who is connected keeps the certificate that they came with. What cannot be read changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.endpoints import serverFromString, wrapServerTLS
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IStreamServerEndpoint
from twisted.logger import Logger
from zope.interface import implementer

from chatproto.configuration.endpoints import certificates

Stamp = tuple[tuple[str, int, int], ...]  # names, times and sizes of a folder's files
log = Logger("chat")


def renewed(reactor: Any, endpoint: str) -> IStreamServerEndpoint:  # noqa: ANN401 - of many interfaces
    """Return the endpoint of a `tls:` string, whose certificates are those that stand in its folder now."""

    def read() -> Any:  # noqa: ANN401 - Twisted keeps its class to itself
        return serverFromString(reactor, endpoint)

    first, folder = read(), Path(certificates(endpoint))
    return wrapServerTLS(Renewed(first.connectionCreator, lambda: read().connectionCreator, folder), first.endpoint)


@implementer(IOpenSSLServerConnectionCreator)
class Renewed:
    """Makes connections with the certificates of a folder, as `read` reads them; `current` are those read before."""

    def __init__(self, current: Any, read: Callable[[], Any], folder: Path) -> None:  # noqa: ANN401
        self._current, self._read, self._folder = current, read, folder
        self._stamp = stamp(folder)

    def serverConnectionForTLS(self, protocol: Any) -> Any:  # noqa: ANN401 - as the interface has them
        """Return a connection with what stands in the folder now: to look is little beside a handshake."""
        now = stamp(self._folder)
        if now != self._stamp:
            self._stamp = now
            self._renew()
        return self._current.serverConnectionForTLS(protocol)

    def _renew(self) -> None:
        try:
            read = self._read()
            # A file that is only half written has a key and no certificate: OpenSSL would take that, and serve nobody.
            read.serverConnectionForTLS(None).get_context().check_privatekey()
        except Exception as e:  # noqa: BLE001 - what is wrong in such a file has many names
            log.error("the certificates in {folder} cannot be used; the old ones stay: {e}", folder=self._folder, e=e)
        else:
            self._current = read
            log.info("the certificates in {folder} were read anew", folder=self._folder)


def stamp(folder: Path) -> Stamp:
    """Return what changes when a file in a folder, or below it, is replaced, added or taken away."""
    found = []
    for file in sorted(folder.rglob("*.pem")):
        try:
            state = file.stat()
        except OSError:  # it is being replaced
            continue
        found.append((str(file), state.st_mtime_ns, state.st_size))
    return tuple(found)
