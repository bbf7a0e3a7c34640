"""What bytes a terminal writes its letters in: UTF-8, or what Windows still has in Korea and Thailand.

The law here: what is not UTF-8 is never taken for another charset by itself, since that would say nonsense aloud; it
is said which one it looks like, and the person chooses it.
"""

from __future__ import annotations

import re

from chatproto.core.events import Reason, Refusal

UTF8 = "utf-8"
COMMAND = "/charset"
CP949, THAI = "cp949", "tis-620"  # the latter as Windows has it, cp874: it is TIS-620 and a few signs more
# As a person may name one, and as Python calls it.
CODECS = {UTF8: "utf-8", CP949: "cp949", "euc-kr": "cp949", THAI: "cp874", "cp874": "cp874"}

LETTERS = {CP949: "ko", "euc-kr": "ko", THAI: "th", "cp874": "th"}  # whose these are

_HANGUL = re.compile("[\x20-\x7e\uac00-\ud7a3\u3130-\u318f\u2015-\u2026\u3001-\u3015]*")
# Thai as it is spelt: marks stand on a consonant, and a vowel that is written first has one behind it.
# And there are two consonants at least: one alone may be a letter of Latin-1 among others.
_THAI = re.compile(
    "(?=(?:.*[\u0e01-\u0e2e]){2})"
    "(?:[\x20-\x7e\u0e3f\u0e50-\u0e59]"
    "|[\u0e40-\u0e44]?[\u0e01-\u0e2e][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]*[\u0e2f-\u0e33\u0e45\u0e46]*)*"
)
# A letter of UTF-8 of which the end is missing; and one of which only the first byte is there.
_CUT = re.compile(rb"[\xe0-\xef][\x80-\xbf](?![\x80-\xbf])|[\xf0-\xf4][\x80-\xbf]{1,2}(?![\x80-\xbf])")
_STUB = re.compile(rb"[\xe0-\xf4](?![\x80-\xbf])")


def encoded(text: str, charset: str) -> bytes:
    """Return a text as it is written in a charset; what it does not have becomes a question mark."""
    return text.encode(CODECS[charset], "replace")


def readable(lang: str, charset: str) -> bool:
    """Say whether the letters of a language are in a charset; English is in all."""
    return lang == "en" or LETTERS.get(charset, lang) == lang


def decoded(line: bytes, charset: str, lang: str) -> str:
    """Return the text of a line; refuse one that is not of this charset, and say of which it may be."""
    try:
        return line.decode(CODECS[charset])
    except UnicodeDecodeError as e:
        raise _refusal(line, charset, lang, e.start + 1) from e


def _refusal(line: bytes, charset: str, lang: str, place: int) -> Refusal:
    """Say what to do. The command is named by its ASCII word in every language: others may not be readable."""
    likely = guess(line, lang) if charset == UTF8 else ""
    if likely:
        text = (
            "That line is not UTF-8. As {charset} it reads: {line}. If that is what you typed, "
            "type {command}, and then the line again."
        )
        read, command = line.decode(CODECS[likely])[:40], f"{COMMAND} {likely}"
        return Refusal(Reason.BAD_TEXT, text, charset=likely, line=read, command=command)
    if charset != UTF8:
        text = "That line is not {charset} (byte {place}). {command} chooses another character set."
        return Refusal(Reason.BAD_TEXT, text, charset=charset, place=place, command=COMMAND)
    text = (
        "That is not UTF-8 text (byte {place}). Set your terminal to UTF-8, or choose its character set with {command}."
    )
    return Refusal(Reason.BAD_TEXT, text, place=place, command=COMMAND)


def guess(line: bytes, lang: str) -> str:
    """Return the charset that a line which is not UTF-8 looks like; nothing if like none. `lang` decides of two."""
    likely = [charset for charset, spelt in ((CP949, _HANGUL), (THAI, _THAI)) if _reads(line, charset, spelt)]
    if len(likely) > 1:
        return THAI if lang == "th" else CP949
    return likely[0] if likely else ""


def _reads(line: bytes, charset: str, spelt: re.Pattern[str]) -> bool:
    try:
        return bool(spelt.fullmatch(line.decode(CODECS[charset])))
    except UnicodeDecodeError:
        return False


def mended(line: bytes) -> bytes:
    """Return a line in UTF-8 without letters of which a terminal without IUTF8 has taken back the last bytes only.

    Of one of which but the first byte is left, only if other letters show that the line is UTF-8. What is not UTF-8
    all the same, or nothing but such a letter, is returned as it is.
    """
    if line.isascii() or _is_utf8(line):
        return line
    whole = _CUT.sub(b"", line)
    if _is_utf8(whole):
        return whole if whole.strip() else line
    whole = _STUB.sub(b"", whole)
    return whole if _is_utf8(whole) and not whole.isascii() else line


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
