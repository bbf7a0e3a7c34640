import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproto.core.commands import ALL
from chatproto.core.commands.rooms import Join, Leave, Set, TopicIs
from chatproto.core.commands.rule import Ban, Kick
from chatproto.core.commands.talk import Msg, Say
from chatproto.core.commands.you import Quit, Slip, Time
from chatproto.core.declare import Command, Spec
from chatproto.core.events import Reason, Refusal
from chatproto.core.names import fold
from chatproto.core.parse import STANDARD, Vocabulary

WORDS = [(word, spec) for spec in STANDARD.specs for words in spec.words.values() for word in words]


def refusal(line: str) -> Refusal:
    with pytest.raises(Refusal) as no:
        STANDARD.parse(line)
    return no.value


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("hi there", Say(text="hi there")),
        ("#dev is a room", Say(text="#dev is a room")),
        ("//kick bob", Say(text="/kick bob")),
        ("/say exit", Say(text="exit")),
        ("/say #dev hi", Say(room="#dev", text="hi")),
        ("/kick bob", Kick(name="bob")),
        ("/KICK  bob   too much  spam ", Kick(name="bob", why="too much  spam")),
        ("/kick #Dev bob", Kick(room="#dev", name="bob")),
        ("／kick bob", Kick(name="bob")),
        ("/강퇴 민수", Kick(name="민수")),
        (f"/{unicodedata.normalize('NFD', '강퇴')} bob", Kick(name="bob")),
        ("/เตะ bob", Kick(name="bob")),
        ("/ban bob 10m spam", Ban(name="bob", time=600, why="spam")),
        ("/ban bob spam", Ban(name="bob", why="spam")),
        ("/ban bob 2h", Ban(name="bob", time=7200)),
        ("/ban bob 2H", Ban(name="bob", time=7200)),
        ("/ban bob 10min spam", Ban(name="bob", time=600, why="spam")),
        ("/차단 bob 2시간 도배", Ban(name="bob", time=7200, why="도배")),
        ("/차단 bob 30초", Ban(name="bob", time=30)),
        ("/แบน bob 2ชั่วโมง ดัง", Ban(name="bob", time=7200, why="ดัง")),
        ("/แบน bob 7วัน", Ban(name="bob", time=604800)),
        ("/ban bob 2x", Ban(name="bob", why="2x")),
        ("/ban bob 123456s", Ban(name="bob", why="123456s")),
        ("/join Dev", Join(room="#dev")),
        ("/leave", Leave()),
        ("/leave #dev", Leave(room="#dev")),
        ("/topic", TopicIs()),
        ("/topic fish", TopicIs(text="fish")),
        ("/set limit 5", Set(what="limit", value=5)),
        ("/set #dev hush 1", Set(room="#dev", what="hush", value=1)),
        ("/time FULL", Time(how="full")),
        ("/w bob psst", Msg(name="bob", text="psst")),
        ("/msg bob one\ntwo", Msg(name="bob", text="one\ntwo")),
        ("/종료", Quit()),
        ("/exit", Quit()),
        ("/조용히나가기", Slip()),
    ],
)
def test_a_line_becomes_a_command(line: str, command: Command) -> None:
    assert STANDARD.parse(line) == command


@pytest.mark.parametrize("line", ["exit", "quit", " EXIT ", "Quit"])
def test_the_bare_words_leave_where_a_person_types_them_and_only_there(line: str) -> None:
    assert (STANDARD.typed(line), STANDARD.parse(line)) == (Quit(), Say(text=line))


def test_a_sentence_about_leaving_does_not_leave() -> None:
    assert STANDARD.typed("exit now") == Say(text="exit now")


@pytest.mark.parametrize(
    "line",
    ["/kick", "/msg bob", "/set limit", "/set limit many", "/set colour 1", "/leave dev", "/whoami now", "/time"],
)
def test_a_malformed_command_is_taught(line: str) -> None:
    no = refusal(line)
    assert (no.reason, no.sentence.text) == (Reason.BAD_COMMAND, "Usage: {usage}")
    assert no.sentence.args["usage"] is STANDARD.find(line.split(maxsplit=1)[0])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/kik bob", "kick"),
        ("/wispher", "whisper"),
        ("/강토", "강퇴"),
        ("/jion", "join"),
        ("/reg secret", "register"),
        ("/초대하기 민수", "초대"),
        ("/방 목록", "방목록"),
        ("/방 만들기 숙제", "join"),
    ],
)
def test_a_misspelt_command_is_recognised(typed: str, meant: str) -> None:
    assert refusal(typed).sentence.args == {"usage": STANDARD.find(meant)}


@pytest.mark.parametrize("typed", ["/clear", "/방 친구들", "/지우기", "/users", "/สร้าง"])
def test_what_is_like_no_command_is_taken_for_none(typed: str) -> None:
    """Least of all for one that does harm: /강퇴 puts somebody out."""
    assert refusal(typed).sentence.args == {}


TABLE = json.loads((Path(__file__).parent.parent / "tables" / "lines.json").read_text())


@pytest.mark.parametrize("case", TABLE, ids=lambda case: ascii(case["line"]))
def test_a_line_is_said_or_done_or_refused(case: dict[str, object]) -> None:
    """What looks like a command is never said where it may hold a password; the page is held to the same table."""
    line, says = str(case["line"]), str(case.get("says"))
    if case["outcome"] == "refused":
        assert refusal(line).reason is Reason.BAD_COMMAND
    elif case["outcome"] == "said":
        assert STANDARD.typed(line) == Say(text=says)
    else:
        assert STANDARD.typed(line).spec is STANDARD.find(str(case["word"]))
    assert STANDARD.may_be_secret(line) is case["secret"]


@pytest.mark.parametrize(
    ("line", "secret"),
    [("/join dev", False), ("/join dev 5f2c", True), ("/jion dev", False), ("/jion dev 5f2c", True)],
)
def test_only_a_line_with_a_secret_in_it_is_one(line: str, *, secret: bool) -> None:
    assert STANDARD.may_be_secret(line) is secret


@pytest.mark.parametrize("spec", [spec for spec in STANDARD.specs if spec.secret], ids=lambda spec: spec.word)
def test_the_line_of_a_command_that_takes_a_secret_is_one(spec: Spec) -> None:
    """Whatever the commands are: what they declare is enough."""
    for words in spec.words.values():
        for word in words:
            assert STANDARD.may_be_secret(f"/{word} oscar secret words")
            assert STANDARD.may_be_secret(f"\N{ZERO WIDTH NO-BREAK SPACE}/{word}\tsecret")
            assert isinstance(refusal(f'"/{word} oscar secret'), Refusal)


@pytest.mark.parametrize("line", ["/", "/ kick bob", "/qqqqqq", "/\x1b[31m"])
def test_what_is_no_command_is_refused(line: str) -> None:
    assert refusal(line).reason is Reason.BAD_COMMAND


@pytest.mark.parametrize(("word", "spec"), WORDS, ids=lambda x: getattr(x, "word", x))
def test_every_word_of_every_language_is_understood_always(word: str, spec: object) -> None:
    assert STANDARD.find(f"/{word}") is spec


def test_no_word_has_two_meanings() -> None:
    folded = [fold(word) for word, _ in WORDS]
    assert sorted(folded) == sorted(set(folded))


def test_a_vocabulary_holds_what_it_was_given() -> None:
    only = Vocabulary([Say, Kick])
    assert only.parse("/kick bob") == Kick(name="bob")
    with pytest.raises(Refusal):
        only.parse("/help")


@given(st.one_of(st.text(), st.builds("/{} {}".format, st.sampled_from([w for w, _ in WORDS]), st.text())))
def test_any_line_is_a_command_or_a_refusal(line: str) -> None:
    try:
        command = STANDARD.typed(line)
    except Refusal as no:
        assert no.reason in {Reason.BAD_COMMAND, Reason.BAD_NAME}  # noqa: PT017 - any line may be one or the other
    else:
        assert isinstance(command, tuple(ALL))
