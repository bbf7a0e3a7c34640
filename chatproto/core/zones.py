"""Time zones as people name them."""

from __future__ import annotations

import re
from collections.abc import Collection

from chatproto.core.names import fold

OFFSET = re.compile(r"[+-](0[0-9]|1[0-4]):[0-5][0-9]")


def named(text: str, known: Collection[str]) -> str:
    """Return the zone that is meant, of the known ones and the offsets as +09:00; nothing if there is none."""
    if OFFSET.fullmatch(text) or text == "UTC":
        return text
    return next((zone for zone in known if fold(zone) == fold(text)), "")
