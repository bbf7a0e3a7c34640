"""Korean particles, which follow the last sound of the word before them: 민수가, 오스틴이.

After Hangul the rule is exact. Digits are read as Sino-Korean numbers. After a Latin letter the sound is
only known where Korean always hears it alike (l, m, n end in a consonant; vowels, r, s, w, y, z do not);
elsewhere both forms are shown, `이(가)` or `(으)로`, as Korean software does.
"""

from __future__ import annotations

HANGUL, SYLLABLES, FINALS, RIEUL = 0xAC00, 11172, 28, 8
OPEN, CLOSED, LIQUID = 0, 1, RIEUL  # how a word ends: in a vowel, in a consonant, in ㄹ
DIGITS = dict(zip("0123456789", (1, RIEUL, 0, 1, 0, 0, 1, RIEUL, RIEUL, 0), strict=True))
LATIN = dict.fromkeys("aeioursuwyz", OPEN) | {"l": LIQUID, "m": CLOSED, "n": CLOSED}


def with_particle(word: str, pair: str) -> str:
    """Return the word and the right one of `이/가` (after a consonant / after a vowel).

    `으로/로` is the one pair that takes its second form after ㄹ too.
    """
    closed, _, opened = pair.partition("/")
    ending = _ending(word)
    if ending is None:
        return word + _both(closed, opened)
    if ending == OPEN or (ending == LIQUID and pair == "으로/로"):
        return word + opened
    return word + closed


def _both(closed: str, opened: str) -> str:
    """Return the two forms in one: `(으)로` where the first only has more before the second, else `이(가)`."""
    if closed.endswith(opened):
        return f"({closed.removesuffix(opened)}){opened}"
    return f"{closed}({opened})"


def _ending(word: str) -> int | None:
    letters = [c for c in word.casefold() if c.isalnum()]
    if not letters:
        return None
    last = letters[-1]
    if HANGUL <= ord(last) < HANGUL + SYLLABLES:
        return (ord(last) - HANGUL) % FINALS
    return DIGITS.get(last, LATIN.get(last))
