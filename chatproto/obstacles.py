"""Obstacles: why a port cannot be opened, as one sentence with the way out, and the exit status that it gives."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

from twisted.internet.error import CannotListenError

from chatproto.configuration.endpoints import certificates, is_tls
from chatproto.configuration.kinds import LAST_PORT
from chatproto.configuration.leaving import CannotStart, Exit

IN_USE = {errno.EADDRINUSE, "Cannot acquire lock"}  # the second one is Twisted's word for a Unix socket
MAY_NOT = {errno.EACCES, errno.EPERM, errno.EROFS}
UNIX = "unix:"
TLS = "tls:"


def obstacle(option: str, port: str, host: str, cause: BaseException) -> CannotStart:
    """Return what stands in the way of listening on `port`, which `--option` names, at the addresses of `host`."""
    if isinstance(cause, CannotListenError):
        host = str(cause.interface or host) if isinstance(cause.port, int) else host
        cause = cause.socketError
    if (isinstance(cause, OSError) and cause.errno in IN_USE) or str(cause) in IN_USE:
        return _told(port, f"it is in use. Is a server running there? --{option} takes another one.", Exit.UNAVAILABLE)
    if isinstance(cause, OverflowError):
        return _told(port, f"a port's number is from 1 to {LAST_PORT}.")
    if isinstance(cause, OSError):
        return _told(port, _of_system(option, port, host, cause))
    if is_tls(port):
        return _told(port, f"the certificate, or its key, cannot be used: {_words(cause)}.")
    return CannotStart(
        f"--{option} {port} is not understood: {_words(cause)}. It takes a number, or an endpoint's string."
    )


def _of_system(option: str, port: str, host: str, cause: OSError) -> str:
    """Return what the operating system objects to."""
    if isinstance(cause, socket.gaierror):
        return f"nobody knows an address of {host!r}. --host takes one of this machine's addresses, or nothing for all."
    if cause.errno == errno.EADDRNOTAVAIL:
        return f"this machine has no address {host}. --host takes one that it has, or nothing for all."
    if port.startswith(UNIX):
        return f"{_words(cause)}. The socket wants a folder that this user may write in, and a path below 100 bytes."
    if cause.filename:
        return f"{cause.filename}: {cause.strerror}."
    if cause.errno in MAY_NOT:
        return (
            "this user may not open it. Ports below 1024 are for root: "
            f"--{option} takes a higher one; or start twistd as root, with --uid for the user to become."
        )
    return f"{_words(cause)}. --{option} takes another one."


def _words(cause: BaseException) -> str:
    told = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    if isinstance(cause, TypeError):
        told = "it has parts that an endpoint of this kind has not"
    elif cause.args and isinstance(cause.args[0], list):  # of OpenSSL: what went wrong in which part, for what reason
        told = ", ".join(str(each[-1]) for each in cause.args[0])
    return str(told).removesuffix(".")


def _told(port: str, why: str, status: Exit = Exit.CONFIG) -> CannotStart:
    return CannotStart(f"Cannot listen on {port}: {why}", status)


def check_certificates(option: str, port: str) -> None:
    """Refuse a `tls:` port whose folder has no certificate with a key: it would open, and no handshake succeed."""
    if not port.startswith(TLS):
        return
    folder = Path(certificates(port) or ".")
    try:
        texts = [file.read_bytes() for file in _certificates(folder)]
    except OSError as e:
        raise _told(port, f"{e.filename or folder}: {_words(e)}. {_wanted(option)}") from e
    if not texts:
        raise _told(port, f"there is no file NAME.pem in the folder {folder}. {_wanted(option)}")
    whole = b"".join(texts)
    if b"BEGIN CERTIFICATE" not in whole or b"PRIVATE KEY" not in whole:
        raise _told(port, f"no file in the folder {folder} has a certificate and its key. {_wanted(option)}")


def _certificates(folder: Path) -> list[Path]:
    """Return the files of certificates in a folder and those below it; OSError where one may not be looked into."""
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "there is no such folder", str(folder))
    found = []
    for each in sorted(folder.iterdir()):
        found += _certificates(each) if each.is_dir() else [each] if each.suffix == ".pem" else []
    return found


def _wanted(option: str) -> str:
    return f"--{option} tls:FOLDER:NUMBER wants a folder of files NAME.pem, each a certificate with its key."
