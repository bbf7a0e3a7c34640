"""Standard output and error, whatever their encoding is: what it has no letters for is escaped, and not lost."""

from __future__ import annotations

import io
import sys


def escape_what_has_no_letters(*streams: object) -> None:
    r"""Have these streams, or the standard ones, write 안 as `\uc548` where their encoding has no letter for it."""
    for stream in streams or (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
