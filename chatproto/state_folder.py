"""The user's folder for what a server keeps: the chat's file, and the Unix socket of the operator's console."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

from chatproto.configuration.leaving import CannotStart


def admin_socket(number: str) -> str:
    """Return where the operator's console of the server on this port is, in the user's state directory."""
    return str(Path(state_folder()) / f"admin-{number or 'local'}.sock")


def let_go_of_dead(place: Path) -> None:
    """Take away a Unix socket at which nobody answers, and its lock: its server was killed.

    Twisted's lock goes by the process's number, which is another process's by now, or in a container our own.
    """
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)  # to be answered by the kernel
        try:
            probe.connect(str(place))
        except (ConnectionRefusedError, FileNotFoundError):
            for left in (place, place.with_name(f"{place.name}.lock")):
                if left.is_socket() or left.is_symlink():  # and not somebody's file of that name
                    left.unlink()


def state_folder() -> str:
    """Return the user's folder for what programs keep, and ours in it (XDG's base directory specification).

    Raise CannotStart where the user has no home, as in a container that is run under a number of no user.
    """
    state = os.environ.get("XDG_STATE_HOME")
    try:
        return str(Path(state or Path.home() / ".local" / "state") / "chatproto")
    except RuntimeError as e:
        raise CannotStart("This user has no home folder. Set HOME, or give the server's folder with --data.") from e


def is_open_to_all(folder: Path) -> bool:
    """Say whether every user of this machine may write in a folder."""
    return os.name == "posix" and bool(folder.stat().st_mode & stat.S_IWOTH)
