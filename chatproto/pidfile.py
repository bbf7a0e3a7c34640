"""twistd's pidfile: one that a killed server left must not keep the next one from starting.

The number in it may be another process's by now. So a server holds a lock on its pidfile, and the kernel lets go of
it, however the server ends. A server in the foreground (`-n`) writes none, unless one was asked for: its terminal, or
its supervisor, ends it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# An installation that was brought up to date without pip does not have it.
psutil: Any = import_module("psutil") if find_spec("psutil") else None

if sys.platform != "win32":
    import fcntl

DEFAULT = "twistd.pid"


def settle(twistd: Any) -> None:  # noqa: ANN401 - twistd's own options are not typed
    """Have twistd write no pidfile where nobody needs one, and take away one that was left, before it looks there."""
    file = pidfile(twistd)
    if file is None:
        return
    if in_foreground(twistd) and twistd["pidfile"] == DEFAULT:
        twistd["pidfile"] = ""
    elif was_left(file):
        with suppress(OSError):  # twistd says why it cannot be written
            file.unlink()


def pidfile(twistd: Any) -> Path | None:  # noqa: ANN401
    """Return where twistd keeps its number; None if nowhere, as under `twist` and on Windows."""
    options = twistd or {}
    return Path(options["rundir"]) / options["pidfile"] if options.get("pidfile") else None


def in_foreground(twistd: Any) -> bool:  # noqa: ANN401
    """Say whether twistd stays at its terminal."""
    return bool(twistd["nodaemon"] or twistd["debug"])


def hold(file: Path) -> int | None:
    """Lock a pidfile for as long as this process lives; return its descriptor, None if another process has it."""
    try:
        held = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held


def was_left(file: Path) -> bool:
    """Say whether the server of a pidfile is gone: nobody holds it, nor is it that of a twistd that knows no locks."""
    held = hold(file)
    if held is None:
        return False
    os.close(held)
    return not _is_twistd_in(file.absolute().parent, file)


def _is_twistd_in(folder: Path, file: Path) -> bool:
    """Say whether the process of the number in a pidfile is a twistd that was started in this folder."""
    if psutil is None:
        return False
    try:
        process = psutil.Process(int(file.read_bytes()))
        return any("twistd" in word for word in process.cmdline()) and Path(process.cwd()) == folder.resolve()
    except (ValueError, OverflowError, OSError, psutil.Error):
        return False
