"""Kinds of values: what a text from a command line, an environment or a file means, or what it should have been.

Each takes a text and returns its value; ValueError with the end of a sentence, "takes yes or no", for a text that
is none. Digits of any script are digits.
"""

from __future__ import annotations

import ipaddress
import os
import re
import unicodedata
import zoneinfo
from collections.abc import Callable
from typing import TypeAlias

from chatproto.core import zones
from chatproto.core.declare import LANGUAGES, ASpan
from chatproto.core.keeping import keeping

Kind: TypeAlias = Callable[[str], object]

SWITCH = {
    **dict.fromkeys(("true", "on", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "off", "no", "n", "0"), False),
}
MOST = 999_999_999  # of any number: some thirty years of seconds
LAST_PORT = 65535
NO_ZONES = (
    "needs time zone data, of which this machine has none (install the Python package tzdata), or takes an offset "
    "as +09:00"
)


def text(given: str) -> str:
    """Take any text."""
    return given


def path(given: str) -> str:
    """Take a file or a folder; `~` is the user's home, which no shell has put there in a file or an environment."""
    return os.path.expanduser(given)  # noqa: PTH111 - where there is no such home, the text stays


def host(given: str) -> str:
    """Take a name or an address; one of IPv6 may stand in brackets, as in a URL."""
    return given.strip().removeprefix("[").removesuffix("]")


def socket(given: str) -> str:
    """Take where the operator's console is: `auto`, `no`, or a path."""
    word = _word(given)
    if word in SWITCH:
        return "auto" if SWITCH[word] else "no"
    return word if word == "auto" else path(given)


def yes_or_no(given: str) -> bool:
    """Take a word for yes or for no, in any case."""
    if _word(given) not in SWITCH:
        raise ValueError("takes yes or no")
    return SWITCH[_word(given)]


def whole(given: str) -> int:
    """Take a whole number, 0 or more."""
    plain = digits(given)
    if not re.fullmatch("[0-9]+", plain) or int(plain[:20]) > MOST:
        raise ValueError(f"takes a whole number from 0 to {MOST}")
    return int(plain)


def number(given: str) -> float:
    """Take a number, 0 or more, with a decimal point or without."""
    plain = digits(given)
    if not re.fullmatch(r"[0-9]+(\.[0-9]*)?|\.[0-9]+", plain) or float(plain) > MOST:
        raise ValueError(f"takes a number from 0 to {MOST}")
    return float(plain)


def seconds(given: str) -> float:
    """Take a length of time: a number of seconds, or a span as 30s, 5m, 2시간 or 7วัน."""
    try:
        return number(given)
    except ValueError as e:
        taken = ASpan().take(_without_blanks(given))
        if taken is None or taken[1]:
            raise ValueError(f"takes seconds from 0 to {MOST}, or a time as 30s, 5m or 2h") from e
        return float(str(taken[0]))


def retention(given: str) -> str:
    """Take how long or how many messages are kept."""
    plain = _without_blanks(given)
    try:
        keeping(plain)
    except ValueError as e:
        raise ValueError("takes an age as 90d or a number as 1000") from e
    return plain


def language(given: str) -> str:
    """Take a language of ours."""
    if _word(given) not in LANGUAGES:
        raise ValueError(f"takes one of {', '.join(LANGUAGES)}")
    return _word(given)


def zone(given: str) -> str:
    """Take a time zone: a name in any case, or an offset as +09:00."""
    found = zones.named(given, ())
    if not found:
        known = zoneinfo.available_timezones()
        found = zones.named(given, known)
        if not known:
            raise ValueError(NO_ZONES)
    if not found:
        raise ValueError("takes a name such as Asia/Seoul, or an offset as +09:00")
    return found


def networks(given: str) -> str:
    """Take a list of addresses and networks."""
    for word in given.replace(",", " ").split():
        try:
            ipaddress.ip_network(word, strict=False)
        except ValueError as e:
            raise ValueError(f"takes addresses as 127.0.0.1 or 10.0.0.0/8: {e}") from e
    return given


def port(given: str) -> str:
    """Take a port's number, or an endpoint string, which is looked at when it is opened."""
    plain = digits(given)
    if re.fullmatch("[0-9]{1,5}", plain) and int(plain) <= LAST_PORT:
        return str(int(plain))
    if not re.fullmatch("[a-z][a-z0-9_+-]*:(?!//).+", given):
        raise ValueError(f"takes a number from 1 to {LAST_PORT}, or an endpoint as tls:certs:5006")
    return given


def digits(given: str) -> str:
    """Return a text with its digits as ASCII has them: １２ and ๑๒ are 12."""
    return "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in given.strip())


def _word(given: str) -> str:
    """Return a word as it is compared: ＴＲＵＥ, as a Korean keyboard may have it, is true."""
    return unicodedata.normalize("NFKC", given).strip().casefold()


def _without_blanks(given: str) -> str:
    """Return a number and its unit as one word: `90 days`, but not `9 0`."""
    return re.sub(r"(?<=\d)\s+(?=\D)", "", digits(given))
