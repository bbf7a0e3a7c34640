"""Colours that can be read, sizes that fit."""

from itertools import product

import pytest

from chatproto.gui.look import DARKNESS, LARGEST, LIGHT, POINTS, SMALLEST, Palette, is_dark, points, sides

ENOUGH = 4.5  # WCAG 2.2, 1.4.3 (AA), for text of any size


def brightness(colour: str) -> float:
    """Return the relative luminance, as WCAG has it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, brighter = sorted((brightness(one), brightness(other)))
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARKNESS], ids=["light", "dark"])
def test_whatever_is_read_stands_out_from_what_is_behind_it(palette: Palette) -> None:
    p = palette
    talk = [p.text, p.faint, p.link, p.no, p.direct, *p.names]
    pairs = [
        *product(talk, [p.ground]),
        *product([p.text, p.faint, p.direct, *p.names], [p.called]),
        *product([p.text, p.faint, p.link], [p.side, p.bar]),
        *product([p.text, p.link], [p.chosen]),
        (p.text, p.trouble),
    ]

    assert [(ink, ground) for ink, ground in pairs if contrast(ink, ground) < ENOUGH] == []


@pytest.mark.parametrize("palette", [LIGHT, DARKNESS], ids=["light", "dark"])
def test_the_edge_of_a_field_can_be_seen(palette: Palette) -> None:
    assert contrast(palette.edge, palette.ground) >= 3
    assert contrast(palette.edge, palette.side) >= 2.5


def test_a_dark_desktop_is_known_by_its_background() -> None:
    assert not is_dark(0xD9D9, 0xD9D9, 0xD9D9)
    assert is_dark(0x2020, 0x2020, 0x2020)


def test_a_narrow_window_is_for_the_talk() -> None:
    assert [sides(width) for width in (60, 34, 33, 22, 21)] == [
        (True, True),
        (True, True),
        (True, False),
        (True, False),
        (False, False),
    ]


def test_letters_grow_and_shrink_within_limits_and_go_back() -> None:
    assert [points(11, 1), points(11, -1), points(LARGEST, 1), points(SMALLEST, -1), points(30, 0)] == [
        12,
        10,
        LARGEST,
        SMALLEST,
        POINTS,
    ]
