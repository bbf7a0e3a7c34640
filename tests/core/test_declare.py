from collections.abc import Iterable

import pytest

from chatproto.core.chat import Chat
from chatproto.core.commands import ALL, THEMES
from chatproto.core.declare import (
    Command,
    Internal,
    Number,
    Place,
    Rank,
    RoomName,
    Span,
    Spec,
    Text,
    Word,
    command,
)
from chatproto.core.events import Delivery, Refusal
from chatproto.core.members import Member
from chatproto.core.parse import STANDARD
from tests.languages import COMPLETE


@command("paint", also="colour dye", rank=Rank.OPERATOR, ko="칠하기", th="ทาสี")
class Paint(Command):
    """Give a thing
    a colour.

    It dries
    slowly.
    """  # noqa: D205 - a summary may be folded

    room: Place = ""
    thing: Word
    coats: Number = 1
    dry: Span = 60
    why: Text = ""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        return ()


def test_everything_is_read_from_the_declaration() -> None:
    spec = Paint.spec
    assert spec.words == {"en": ("paint", "colour", "dye"), "ko": ("칠하기",), "th": ("ทาสี",)}
    assert (spec.rank, spec.summary, spec.details) == (Rank.OPERATOR, "Give a thing a colour.", "It dries slowly.")
    assert spec.usage() == "/paint [#ROOM] THING [COATS] [10m|2h|7d] [WHY]"
    assert spec.usage("ko") == spec.shown("ko") == "/칠하기 [#ROOM] THING [COATS] [10m|2h|7d] [WHY]"


@pytest.mark.parametrize(
    ("rest", "made"),
    [
        ("wall", Paint(thing="wall")),
        ("#dev wall", Paint(room="#dev", thing="wall")),
        ("wall 3", Paint(thing="wall", coats=3)),
        ("wall 2d", Paint(thing="wall", dry=172800)),
        ("wall 3 30s it is old", Paint(thing="wall", coats=3, dry=30, why="it is old")),
        ("wall because", Paint(thing="wall", why="because")),
        ("wall -1", Paint(thing="wall", why="-1")),
        ("wall 1234567890", Paint(thing="wall", why="1234567890")),
    ],
)
def test_what_may_be_left_out_may_be_left_out(rest: str, made: Paint) -> None:
    assert Paint.spec.parse(rest) == made


@pytest.mark.parametrize("rest", ["", "  ", "#dev"])
def test_what_is_needed_is_asked_for(rest: str) -> None:
    with pytest.raises(Refusal) as no:
        Paint.spec.parse(rest)
    assert no.value.sentence.args == {"usage": Paint.spec}


def test_a_command_is_a_value() -> None:
    assert Paint(thing="wall") == Paint(thing="wall", coats=1)
    with pytest.raises(AttributeError):
        Paint(thing="wall").thing = "door"  # type: ignore[misc]


def test_a_room_may_be_named_with_or_without_its_sign() -> None:
    @command("enter", ko="가", th="ไป")
    class Enter(Command):
        """Go."""

        room: RoomName

    assert Enter.spec.parse("Dev") == Enter.spec.parse("#dev") == Enter(room="#dev")


@pytest.mark.parametrize("spec", [c.spec for c in ALL], ids=lambda spec: spec.word)
def test_every_command_is_declared_in_every_language_and_explained(spec: Spec) -> None:
    assert [bool(spec.words[lang]) for lang in COMPLETE] == [True] * len(COMPLETE)
    assert spec.summary.endswith(".")
    assert not any(" " in word for words in spec.words.values() for word in words)


def test_all_finds_every_command_once() -> None:
    found = [v for theme in THEMES for v in vars(theme).values() if isinstance(getattr(v, "spec", None), Spec)]
    declared = {v for v in found if not issubclass(v, Internal) and v is not Command}
    assert set(ALL) == declared
    assert len(ALL) == len(declared)


@pytest.mark.parametrize(
    "line",
    ["/register four quiet apples", "/login oscar four quiet apples", '/passwd quiet "quiet pears"', "/claim quiet"],
)
def test_a_command_that_is_printed_keeps_its_secret(line: str) -> None:
    assert "quiet" not in repr(STANDARD.parse(line))
