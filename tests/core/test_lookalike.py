"""Which names look alike, and which only share some letters."""

from __future__ import annotations

import importlib.util
from itertools import combinations
from pathlib import Path

import pytest

from chatproto.core.confusables import VERSION
from chatproto.core.lookalike import skeletons

ROOT = Path(__file__).resolve().parents[2]
ALIKE = [
    ("oscar", "оscar"),  # Cyrillic
    ("oscar", "ｏｓｃａｒ"),
    ("oscar", "𝓸𝓼𝓬𝓪𝓻"),
    ("oscar", "0scar"),
    ("oscar", "๐scar"),
    ("oscar", "0sсar"),
    ("bob", "Вob"),  # only the Cyrillic capital looks like a B
    ("bill", "biII"),
    ("bill", "b1ll"),
    ("Ian", "lan"),
    ("min", "rnin"),
    ("Min", "rnіn"),
    ("แมว", "เเมว"),
    ("น้ำ", "น้ํา"),
    ("하늘", "ㅎㅏ늘"),
    ("ㄲㄲ", "ㄱㄱㄱㄱ"),
    ("pay", "рау"),
]
APART = [
    ("Ian", "Lan"),
    ("oscar", "óscar"),
    ("각가", "가까"),
    ("악기", "아끼"),
    ("개", "게"),
    ("민수", "민슈"),
    ("ㅋㅋ", "ㄱㄱ"),
    ("ตา", "ดา"),
    ("ดี", "คี"),
    ("ชา", "ซา"),
    ("มด", "ฆด"),
    ("ปู", "ปุ"),
    ("anna", "ana"),
]


def alike(one: str, other: str) -> bool:
    return any(own == theirs for own, theirs in zip(skeletons(one), skeletons(other), strict=True))


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_one_name_can_be_taken_for_the_other(one: str, other: str) -> None:
    assert alike(one, other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_one_name_cannot_be_taken_for_the_other(one: str, other: str) -> None:
    assert not alike(one, other)


def test_no_two_syllables_of_hangul_are_taken_for_each_other() -> None:
    syllables = [chr(n) for n in range(0xAC00, 0xD7A4)]
    assert len({skeletons(syllable)[0] for syllable in syllables}) == len(syllables)


def test_no_two_thai_letters_in_use_are_taken_for_each_other() -> None:
    letters = [chr(n) for n in range(0x0E01, 0x0E2F) if chr(n) not in "ฃฅฤฦ"]  # nobody writes these any more
    assert [pair for pair in combinations(letters, 2) if alike(*pair)] == []


def test_the_table_is_made_from_unicodes_file() -> None:
    spec = importlib.util.spec_from_file_location("confusables", ROOT / "tools/confusables.py")
    assert spec
    assert spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    made = tool.module(
        [
            "# Version: 15.0.0\n",
            "006D ;\t0072 006E ;\tMA\t# ( m → rn )\n",
            "FF4D ;\t0072 006E ;\tMA\t# follows from the one above: ｍ is an m by its decomposition\n",
            "2665 ;\t2661 ;\tMA\t# stands in no name\n",
        ]
    )
    assert f'VERSION = "{VERSION}"' in made
    assert made.rpartition('ENTRIES = """\n')[2] == '6D=72+6E\n"""\n'
