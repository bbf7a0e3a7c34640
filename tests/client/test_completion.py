"""What Tab may offer, given what stands before the cursor."""

import unicodedata

import pytest

from chatproto.client.completion import Candidate, Known, candidates
from chatproto.core.declare import LANGUAGES
from chatproto.core.parse import STANDARD
from chatproto.core.seats import Seat
from chatproto.words import translated

HERE = Known(names=("jinny", "민수", "สมชาย", "oscar2"), rooms=("#dev", "#lobby", "#개발"))


def offered(before: str, lang: str = "en") -> list[str]:
    """Return the lines that would stand there, up to the cursor."""
    return [before[: len(before) - c.replaces] + c.text + c.after for c in candidates(before, HERE, lang)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_slash_offers_every_command_by_its_word_in_ones_own_language_and_says_what_it_does(lang: str) -> None:
    found = candidates("/", HERE, lang)
    there = list(STANDARD.given_from(Seat.CHAT))

    assert [c.text for c in found] == [f"/{spec.word_in(lang)}" for spec in there]
    assert [c.meaning for c in found] == [translated(spec.summary, lang) for spec in there]


@pytest.mark.parametrize("word", sorted(word for word, spec in STANDARD.by_word.items() if Seat.CHAT in spec.seats))
def test_every_word_of_every_language_is_completed_whatever_ones_own(word: str) -> None:
    spec = STANDARD.by_word[word]

    assert any(spec is STANDARD.find(c.text) for c in candidates(f"/{word[:-1]}", HERE, "ko"))


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        ("/joi", ["/join "]),
        ("／joi", ["/join "]),
        ("/JOI", ["/join "]),
        ("/강", ["/강퇴 "]),
        ("/가", ["/강퇴 "]),  # half of the first syllable, as it is while being typed
        (f"/{unicodedata.normalize('NFD', '강')}", ["/강퇴 "]),
        ("/เต", ["/เตะ "]),
        ("/whoa", ["/whoami"]),
        ("/nonsense", []),
        ("//joi", []),
        ("/nonsense o", []),
    ],
)
def test_a_word_begun_becomes_a_command(before: str, lines: list[str]) -> None:
    assert offered(before) == lines


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        ("/kick j", ["/kick jinny "]),
        ("/kick  j", ["/kick  jinny "]),
        ("/강퇴 미", ["/강퇴 민수 "]),
        ("/set private o", ["/set private on", "/set private off"]),
        ("/kick #de", ["/kick #dev "]),
        ("/kick #dev j", ["/kick #dev jinny "]),
        ("/kick jinny @o", ["/kick jinny @oscar2"]),
        ("/kick ", [f"/kick {name} " for name in HERE.names]),
        ("/msg ส", ["/msg สมชาย "]),
        ("/unignore ji", ["/unignore jinny"]),
        ("/grant jinny ", ["/grant jinny admin"]),
        ("/nick j", []),  # a new name is not one that somebody has
        ("/join d", ["/join #dev "]),
        ("/join #개", ["/join #개발 "]),
        ("/join ", ["/join #dev ", "/join #lobby ", "/join #개발 "]),
        ("/join #dev ", []),
        ("/join !!! d", []),
        ("/leave ", []),  # the room is seldom meant: only a # asks for it
        ("/leave #", ["/leave #dev", "/leave #lobby", "/leave #개발"]),
        ("/time f", ["/time full"]),
        ("/set #dev h", ["/set #dev hush "]),
        ("/set h", ["/set hush "]),
        ("/set x h", []),
        ("/lang ", [f"/lang {lang}" for lang in LANGUAGES]),
        ("/help ki", ["/help kick"]),
        ("/help 강", ["/help 강퇴"]),
        ("/say #dev hello @ji", ["/say #dev hello @jinny"]),
    ],
)
def test_an_argument_is_completed_as_it_is_declared(before: str, lines: list[str]) -> None:
    assert offered(before) == lines


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        ("", []),
        ("hello ", []),
        ("ji", ["jinny: "]),
        ("hello ji", ["hello @jinny"]),
        ("hello @ji", ["hello @jinny"]),
        ("สวัสดี@ส", ["สวัสดี@สมชาย"]),  # Thai is written without spaces
        ("one\nji", ["one\n@jinny"]),
        ("@", ["@jinny", "@민수", "@สมชาย", "@oscar2"]),
        ("see #d", ["see #dev"]),
        ("//kick ji", ["//kick @jinny"]),
    ],
)
def test_in_a_text_names_and_rooms_are_completed(before: str, lines: list[str]) -> None:
    assert offered(before) == lines


def test_what_a_choice_replaces_is_what_was_typed_of_it() -> None:
    assert candidates("/ki", HERE, "th") == (
        Candidate("/kick", 3, translated(STANDARD.known("kick").summary, "th"), " "),
    )
