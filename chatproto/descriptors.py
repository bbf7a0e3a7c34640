"""File descriptors: as many connections as the system lets one process have, and some left for the rest."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace

from twisted.logger import Logger

from chatproto.core.settings import Settings

if sys.platform != "win32":
    import resource

SPARE_FILES = 64  # file descriptors kept for the log, the journal and the like
log = Logger("chat")


def with_file_limit(settings: Settings) -> Settings:
    """Return the settings with no more `max_connections` than the file limit allows, which is raised as far as goes.

    One connection too many is then told so and closed; without a descriptor left it could only be closed.
    """
    if sys.platform == "win32":
        return settings
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS allows less than it says
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    given, most = settings.max_connections, connections_within(files)
    if files == resource.RLIM_INFINITY or 0 < given <= most:
        return settings
    if given:
        log.error("the file limit is {files}: {most} connections, not {given}", files=files, most=most, given=given)
    return replace(settings, max_connections=most)


def connections_within(files: int) -> int:
    """Return how many connections a file limit allows."""
    return max(files - SPARE_FILES, files // 2)
