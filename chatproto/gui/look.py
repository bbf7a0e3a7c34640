"""Colours and sizes.

The law here: what is read is read easily (WCAG 2: a contrast of 4.5 at least, and a test computes it), and every
length is a multiple of the letters' height, so that the window is the same at any scaling.
"""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST, LARGEST = 7, 40  # points
POINTS = 11
NARROW, NARROWER = 34, 22  # widths, in letters' heights, below which the members, and then the rooms, are put away
LEAST_WIDE, LEAST_HIGH = 14, 12  # of the window, in letters' heights
DARK = 0.4  # a background less bright than this is dark


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one look. `names` are for people's names, `bar` is behind news of the connection."""

    ground: str
    side: str
    text: str
    faint: str
    link: str
    no: str
    direct: str
    called: str  # behind a line that names the one who reads
    chosen: str
    edge: str
    bar: str
    trouble: str
    names: tuple[str, ...]


LIGHT = Palette(
    ground="#ffffff",
    side="#f1f3f6",
    text="#1b1d21",
    faint="#596270",
    link="#0b57d0",
    no="#b3261e",
    direct="#7b1fa2",
    called="#fff3c4",
    chosen="#cfe0fc",
    edge="#8a93a1",
    bar="#e4e7ec",
    trouble="#ffdad6",
    names=("#0b57d0", "#8a4b00", "#1b6e3c", "#7b1fa2", "#b3261e", "#00677d", "#9c2a6b", "#4a5a00"),
)
DARKNESS = Palette(
    ground="#1b1d21",
    side="#24272d",
    text="#e6e9ee",
    faint="#a3acba",
    link="#8ab4f8",
    no="#ffb4ab",
    direct="#e0b0f0",
    called="#453a10",
    chosen="#274066",
    edge="#737c8a",
    bar="#2e323a",
    trouble="#5c1a16",
    names=("#8ab4f8", "#f0b46c", "#81c995", "#d7aefb", "#f6a19a", "#78d9ec", "#ff9fce", "#c9d36a"),
)


def is_dark(red: int, green: int, blue: int) -> bool:
    """Say whether a background, as the system has it (each part up to 65535), is a dark one."""
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 65535 < DARK


def sides(width: float) -> tuple[bool, bool]:
    """Say whether the rooms and the members have room beside the talk; the width is in letters' heights."""
    return width >= NARROWER, width >= NARROW


def points(now: int, by: int, usual: int = POINTS) -> int:
    """Return the letters' size, larger or smaller; by nothing, the usual one."""
    return max(SMALLEST, min(LARGEST, now + by)) if by else usual
