"""Values as a chat writes them, read from where somebody else may have written. ValueError for what is none."""

from __future__ import annotations

import json
import math
from typing import Any

from chatproto.core.text import CONTROLS

decoded = json.JSONDecoder().decode  # as json.loads, without a look at its options for each of many values


def object_of(value: str) -> dict[str, Any]:
    """Return the JSON object in a text."""
    found = decoded(value)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - the value is wrong, not its reader
    return found


def text(value: object) -> str:
    """Return a text, which may be shown to anybody: without control characters."""
    if isinstance(value, str) and (value.isprintable() or not CONTROLS.search(value)):
        return value
    raise ValueError("no text that a chat wrote")


def texts(value: object) -> frozenset[str]:
    """Return a list of such texts."""
    if not isinstance(value, list):
        raise ValueError("no list")  # noqa: TRY004 - as above
    return frozenset(map(text, value))


def number(value: object) -> float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("no number")
    return value


def whole(value: object) -> int:
    """Return a whole number, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("no whole number")
    return value


def flag(value: object) -> bool:
    """Return a yes or no."""
    if not isinstance(value, bool):
        raise ValueError("no yes or no")  # noqa: TRY004 - as above
    return value
