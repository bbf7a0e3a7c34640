"""Words: every sentence in three languages, the seed programs' Korean word for word, particles, padding."""

import gettext
import importlib.util
import re
import shutil
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproto.core.chat import Chat
from chatproto.core.commands import ALL
from chatproto.core.declare import LANGUAGES, Spec
from chatproto.core.events import (
    Acted,
    Announced,
    Answer,
    Closing,
    Delivery,
    Event,
    Joined,
    Kicked,
    KickedWhy,
    Left,
    Lost,
    Noticed,
    PutOut,
    Quit,
    Refusal,
    Renamed,
    Said,
    Topic,
    Whispered,
    say,
)
from chatproto.core.members import span
from chatproto.core.names import fold
from chatproto.core.parse import STANDARD
from chatproto.words import DOMAIN, LABEL, LOCALES, body, catalogue, filled, spoken, translated, width
from chatproto.words.collecting import Key, Reader, sentences, unread
from chatproto.words.drawing import Style, drawn
from chatproto.words.particles import with_particle
from tests.conftest import require
from tests.languages import COMPLETE, TRANSLATED

SENTENCES = sentences()
LETTERS = {"ko": re.compile("[가-힣]"), "th": re.compile("[ก-๛]")}
PLACE = re.compile(r"\{[^}]*\}")

# Where a seed's sentence leaves out what the English tells, or is English itself.
UNTOLD = {("ko", "{who} was put out by {by}"): {"by"}}
ENGLISH_SEEDS = {
    ("ko", "Fail to send msg."),
    ("ko", "Server disconnected."),
    ("ko", "[*] socket connected {address}"),
    ("ko", "server disconnected"),
}


class Absent(gettext.NullTranslations):
    """What is not in a catalogue is nothing, instead of English."""

    def gettext(self, message: str) -> str:
        return ""

    def pgettext(self, context: str, message: str) -> str:
        return ""


def compiled(lang: str) -> dict[Key, str]:
    found = gettext.translation(DOMAIN, LOCALES, [lang])
    found.add_fallback(Absent())
    return {(c, text): found.pgettext(c, text) if c else found.gettext(text) for c, text in SENTENCES}


def places(template: str) -> dict[str, str]:
    """Return the names in a template, each with its format: `{who:이/가}` is `who` with `이/가`."""
    return {name: spec or "" for _, name, spec, _ in Formatter().parse(template) if name is not None}


def told(deliveries: list[Delivery], kind: type[Event]) -> str:
    """Return in Korean what the one event of this class says."""
    [event] = [d.event for d in deliveries if isinstance(d.event, kind)]
    return body(event, "ko")


# --- the catalogues are complete and fresh --------------------------------------------------------


def test_the_sentences_are_collected_from_every_way_of_saying_one() -> None:
    source = """
HELLO = "Hello, " "{name}."
class Waved(Event):
    kind: ClassVar[str] = "waved"
    sentence: ClassVar[str] = "{who} waved"
def run(self, chat, me):
    say("one" if me else "another", name="not this")
    raise Refusal(Reason.BUSY, "Not now.")
    yield chat.answer(me, HELLO)
    yield chat.answer(me, text, name=say("inside"))
    unknown("this neither")
"""
    assert Reader(source).found == ["{who} waved", "one", "another", "Not now.", "Hello, {name}.", "inside"]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('say(f"{who} left")', [1]),
        ('\nRefusal(reason, "no " + name)', [2]),
        ("say(somewhere)", [1]),
        ("def say(text): return Sentence(text)", []),
        ("say(spec.details)", []),
        ("hub.answer(session, receipt)", []),
        ("session.say(room(), text())", []),
    ],
)
def test_words_that_cannot_be_collected_are_named_by_their_line(source: str, lines: list[int]) -> None:
    assert Reader(source).unread == lines


def test_all_that_is_said_is_collected() -> None:
    assert unread() == []
    for text in (
        "{who} joined",
        "There is no such command. /help lists them all.",
        "Leave the chat.",
        "{count} others",
    ):
        assert ("", text) in SENTENCES
    assert ("time full", "[{time}] * {room}{text}") in SENTENCES
    labels = {label for command in ALL for f in command.spec.fields for label in LABEL.findall(f.usage)}
    assert {text for context, text in SENTENCES if context == "label"} == labels >= {"NAME", "ROOM", "WHY"}


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_sentence_is_translated(lang: str) -> None:
    found = compiled(lang)

    assert [text for (_, text), string in found.items() if not string] == []
    worded = [(text, s) for (_, text), s in found.items() if re.search(r"[a-z]{2}", PLACE.sub("", text))]
    left_english = [text for text, s in worded if not LETTERS[lang].search(s) and (lang, s) not in ENGLISH_SEEDS]
    assert left_english == []


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_translation_has_the_places_of_its_sentence(lang: str) -> None:
    for (_, text), string in compiled(lang).items():
        english, there = places(text), places(string)

        assert there.keys() == english.keys() - UNTOLD.get((lang, text), set()), text
        for name, spec in there.items():
            assert spec == english[name] or (lang == "ko" and re.fullmatch("[가-힣]+/[가-힣]+", spec)), string


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_translation_names_the_same_commands_by_their_words_in_its_language(lang: str) -> None:
    def named(text: str) -> list[str]:
        return re.findall(r"(?<![\w/])/([^\W_][^\s/`.,:]*)", text)

    for (_, text), string in compiled(lang).items():
        if text.startswith("Destinations are"):
            continue
        there = [next((w for w in (word, *_shorter(word)) if STANDARD.find(w)), word) for word in named(string)]
        assert _commands(there) == _commands(named(text)), string
        for word in there:
            spec = STANDARD.find(word)
            assert spec is None or word == spec.word_in(lang), string


def _commands(words: list[str]) -> list[str]:
    return sorted(spec.word if (spec := STANDARD.find(word)) else word for word in words)


def _shorter(word: str) -> list[str]:
    """A particle may follow a command's word: `/누구를`."""
    return [word[:end] for end in range(len(word) - 1, 0, -1)]


@pytest.mark.parametrize("lang", TRANSLATED)
def test_the_catalogues_are_fresh(lang: str) -> None:
    require(importlib.util.find_spec("babel"), "Babel")
    from chatproto.words.__main__ import check

    assert check(lang) == []  # else: python -m chatproto.words


def test_what_is_missing_or_stale_in_a_catalogue_is_named(tmp_path: Path) -> None:
    require(importlib.util.find_spec("babel"), "Babel")
    from chatproto.words.__main__ import check, read, update

    def wrong() -> list[str]:
        return [line for line in check("ko", tmp_path) if line not in now]

    now = check("ko")
    update("ko", tmp_path)
    assert len(check("ko", tmp_path)) == len(SENTENCES)
    assert "ko: not translated: {who} joined" in wrong()

    shutil.copytree(LOCALES, tmp_path, dirs_exist_ok=True)
    assert wrong() == []
    po = tmp_path / "ko/LC_MESSAGES/chatproto.po"
    po.write_text(po.read_text("utf-8").replace('"{who} joined"', '"{who} flew in"'), "utf-8")
    assert wrong() == [
        "ko: not translated: {who} joined",
        "ko: no longer said: {who} flew in",
        "ko: not compiled: {who} flew in",
    ]

    update("ko", tmp_path)
    once = po.read_bytes(), po.with_suffix(".mo").read_bytes()
    update("ko", tmp_path)
    assert (po.read_bytes(), po.with_suffix(".mo").read_bytes()) == once
    assert wrong() == ["ko: not translated: {who} joined"]
    left = read("ko", tmp_path).get("{who} left")
    assert left
    assert left.string == "{who}가 퇴장하였습니다."


# --- the seeds' sentences, word for word ----------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "korean"),
    [
        (Joined("oscar"), "oscar가 입장하였습니다."),  # S3.3
        (Joined("bob"), "bob가 입장하였습니다."),  # as the seed has it, whatever the name ends in
        (Left("oscar"), "oscar가 퇴장하였습니다."),  # S3.5
        (Quit("oscar"), "oscar가 퇴장하였습니다."),
        (Kicked("oscar", "jinny"), "oscar가 퇴장하였습니다."),  # S3.7
        (KickedWhy("oscar", "jinny", "도배"), "oscar가 퇴장하였습니다. (jinny: 도배)"),
        (Lost("oscar"), "oscar과의 연결이 중단되었습니다."),  # S3.8
        (Said("oscar", "hi"), "hi"),
        (Whispered("oscar", "bob", "hi"), "hi"),
        (Acted("oscar", "waves"), "oscar waves"),
    ],
)
def test_events_speak_korean_word_for_word(event: Event, korean: str) -> None:
    assert body(event, "ko") == korean


def test_who_joins_reads_that_the_connection_is_made() -> None:
    _, deliveries = Chat().welcome("oscar", 0.0)

    assert told(deliveries, Answer).startswith("oscar 접속 완료")  # S3.3


def test_who_is_put_out_and_the_others_read_the_seeds_sentences() -> None:
    chat = Chat()
    console, _ = chat.admit_console(0.0, address="here")
    chat.welcome("oscar", 0.0)

    deliveries = chat.do(console, STANDARD.parse("/강퇴 oscar 도배"), 1.0)

    assert told(deliveries, PutOut) == "더 이상 채팅을 보낼 수 없습니다. 서버가 내보냈습니다 (이유: 도배)."  # S3.7
    assert told(deliveries, KickedWhy) == "oscar가 퇴장하였습니다. (서버: 도배)"


def test_all_read_that_the_server_ends() -> None:
    chat = Chat()
    chat.welcome("oscar", 0.0)

    assert told(chat.close(1.0), Closing) == "서버가 종료되었습니다."  # S3.6


def test_a_name_that_nobody_has_is_no_user() -> None:
    with pytest.raises(Refusal) as refused:
        Chat().person("bob")

    assert "사용자가 없습니다" in spoken(refused.value.sentence, "ko")  # S3.8


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("Welcome to chat. What is your name?", "닉네임 입력: "),  # S1.2
        ("The chat is running on port {port}.", "Server: port {port}로 서버 실행 중..."),  # S1.5
        ("Your name: ", "닉네임 입력: "),
        ("Fail to send msg.", "Fail to send msg."),  # S2.4
        ("Server disconnected.", "Server disconnected."),
        (
            "The message cannot be sent: there is no connection.",
            "메세지를 보낼수 없습니다. 다시 연결해주십시오",
        ),  # S3.8
        (
            "-- The chat has ended. You can send no more messages. --",
            "-- 채팅이 종료되었습니다. 더 이상 메세지를 보낼 수 없습니다 --",
        ),
        ("[*] socket connected {address}", "[*] socket connected {address}"),  # S4.3
        ("a connection ended without a goodbye", "연결이 비 정상적으로 종료된 소켓이 있음"),  # S3.8
        ("a user has left", "유저가 퇴장하였습니다."),  # S3.8
    ],
)
def test_sentences_are_the_seeds_word_for_word(english: str, korean: str) -> None:
    assert ("", english) in SENTENCES
    assert translated(english, "ko") == korean


AT = 1795222953.7  # 2026-11-21 10:02:33 in Seoul


@pytest.mark.parametrize(
    ("form", "kind", "room", "line"),
    [
        ("full", "said", "", "(2026-11-21 10:02:33) oscar : 안녕"),  # S3.4
        ("full", "said", "#dev", "(2026-11-21 10:02:33) #dev oscar : 안녕"),
        ("full", "joined", "", "(2026-11-21 10:02:33) 서버 : 안녕"),  # S3.3: from `서버`
        ("short", "said", "", "[10:02] <oscar> 안녕"),
        ("short", "joined", "#dev", "* #dev 안녕"),
        ("off", "said", "", "oscar: 안녕"),  # S1.2, S2.2
        ("off", "joined", "", "* 안녕"),
        ("full", "refused", "", "! 안녕"),
    ],
)
def test_lines_in_korean_have_the_seeds_form(form: str, kind: str, room: str, line: str) -> None:
    assert drawn(Style("ko", form, "Asia/Seoul"), kind, "안녕", who="oscar", at=AT, room=room) == line


# --- particles and templates ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "pair", "shown"),
    [
        ("민수", "이/가", "민수가"),
        ("오스틴", "이/가", "오스틴이"),
        ("민수", "을/를", "민수를"),
        ("오스틴", "을/를", "오스틴을"),
        ("민수", "은/는", "민수는"),
        ("오스틴", "과/와", "오스틴과"),
        ("민수", "과/와", "민수와"),
        ("서울", "으로/로", "서울로"),  # after ㄹ as after a vowel
        ("서울", "이/가", "서울이"),
        ("부산", "으로/로", "부산으로"),
        ("대구", "으로/로", "대구로"),
        ("oscar", "이/가", "oscar가"),
        ("jinny", "을/를", "jinny를"),
        ("Emil", "으로/로", "Emil로"),
        ("Emil", "이/가", "Emil이"),
        ("tom", "은/는", "tom은"),
        ("bob", "이/가", "bob이(가)"),
        ("bob", "을/를", "bob을(를)"),
        ("bob", "은/는", "bob은(는)"),
        ("bob", "과/와", "bob과(와)"),
        ("bob", "으로/로", "bob(으)로"),
        ("bob", "이라는/라는", "bob(이)라는"),
        ("민수", "이라는/라는", "민수라는"),
        ("서울", "이라는/라는", "서울이라는"),
        ("7", "이/가", "7이"),
        ("7", "으로/로", "7로"),
        ("r2", "이/가", "r2가"),
        ("user3", "으로/로", "user3으로"),
        ("10", "은/는", "10은"),
        ("민수_", "이/가", "민수_가"),  # what is not said does not count
        ("สมชาย", "이/가", "สมชาย이(가)"),
        ("ㅋㅋ", "이/가", "ㅋㅋ이(가)"),
        ("", "이/가", "이(가)"),
    ],
)
def test_particles_follow_the_last_sound(word: str, pair: str, shown: str) -> None:
    assert with_particle(word, pair) == shown
    assert filled("{who:%s}." % pair, {"who": word}, "ko") == f"{shown}."  # noqa: UP031 - braces of its own


@given(st.text(alphabet=st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1))
def test_after_hangul_one_particle_is_right(word: str) -> None:
    [final] = [w for w in ("이", "가") if with_particle(word, "이/가") == word + w]

    # In decomposed Hangul a final consonant is a letter of its own, U+11A8 to U+11C2.
    import unicodedata

    assert (final == "이") is ("\u11a8" <= unicodedata.normalize("NFD", word)[-1] <= "\u11c2")


@pytest.mark.parametrize(
    ("event", "korean"),
    [
        (Topic("민수", "점심"), "민수가 주제를 정했습니다: 점심"),
        (Topic("오스틴", "점심"), "오스틴이 주제를 정했습니다: 점심"),
        (Noticed(say("{by} muted {name}", by="오스틴", name="민수")), "오스틴이 민수를 음소거했습니다."),
        (Noticed(say("{by} muted {name}", by="민수", name="오스틴")), "민수가 오스틴을 음소거했습니다."),
        (Renamed("민수", "오스틴"), "민수가 닉네임을 바꾸었습니다: 오스틴"),
    ],
)
def test_where_no_seed_fixes_it_the_particle_is_right(event: Event, korean: str) -> None:
    assert body(event, "ko") == korean


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "text", ["{x}", "{by}", "{0.__class__}", "{text.__class__}", "{}", "%s", "{:>9999999}", "{{}}"]
)
def test_what_looks_like_a_template_stays_text(lang: str, text: str) -> None:
    assert body(Announced("oscar", text), lang).endswith(f": {text}")
    assert drawn(Style(lang, "off"), "said", text, who=text).count(text) == 2


@given(st.text(), st.text(alphabet=st.characters(exclude_characters="\n")), st.sampled_from(LANGUAGES))
def test_any_argument_stands_in_the_sentence_as_it_is(who: str, text: str, lang: str) -> None:
    assert body(KickedWhy(who, who, text), lang).count(text) >= 1
    assert text in drawn(Style(lang), "said", text, who="oscar")
    assert spoken(say("{names}", names=(who, text)), lang) == f"{who}, {text}"


def test_a_place_reaches_nothing_inside_its_argument() -> None:
    with pytest.raises(KeyError):
        filled("{who.__class__}", {"who": "oscar"}, "en")


# --- padding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "padded"),
    [("kick", "kick      |"), ("강퇴", "강퇴      |"), ("ที่นี่", "ที่นี่        |"), ("a long word", "a long word|")],
)
def test_padding_counts_columns_on_the_screen(text: str, padded: str) -> None:
    assert filled("{text:<10}|", {"text": text}, "en") == padded


@given(st.text(alphabet="ab1가힣ㅋกขำ่", max_size=20), st.integers(1, 30))
def test_padded_columns_line_up(text: str, columns: int) -> None:
    padded = filled("{text:<%d}" % columns, {"text": text}, "ko")  # noqa: UP031 - braces of its own

    assert padded.rstrip(" ") == text
    assert width(padded) == max(columns, width(text))


# --- what has no translation ----------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "fr", "", "../../etc"])
def test_a_language_without_a_catalogue_reads_english(lang: str) -> None:
    assert body(Joined("oscar"), lang) == "oscar joined"
    assert catalogue(lang).pgettext("time full", "{room}{text}") == "{room}{text}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sentence_without_a_translation_stays_english(lang: str) -> None:
    assert spoken(say("Never said before, {name}.", name="민수"), lang) == "Never said before, 민수."
    assert spoken(say(""), lang) == ""


# --- the words of commands ------------------------------------------------------------------------


def words_of(spec: Spec) -> list[str]:
    return [word for words in spec.words.values() for word in words]


def test_no_word_belongs_to_two_commands_or_stands_twice() -> None:
    counted = Counter(fold(word) for command in ALL for word in words_of(command.spec))

    assert [word for word, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("spec", [command.spec for command in ALL], ids=lambda spec: spec.word)
def test_every_command_has_a_word_a_usage_and_a_summary_in_each_language(spec: Spec) -> None:
    for lang in COMPLETE:
        assert spec.words[lang]
        assert spec.usage(lang).split()[0] == f"/{spec.words[lang][0]}"
        assert len({spoken(say(spec.summary), lang) for lang in COMPLETE}) == len(COMPLETE)
    for lang in TRANSLATED:
        assert all(LETTERS[lang].search(word) for word in spec.words[lang])
    assert all(STANDARD.find(f"/{word}") is spec for word in words_of(spec))
    assert not any(re.search(r"[\s/#]", word) for word in words_of(spec))


@pytest.mark.parametrize(
    ("word", "lang", "line"),
    [
        ("kick", "en", "/kick [#ROOM] NAME [WHY]"),
        ("kick", "ko", "/강퇴 [#방] 이름 [이유]"),
        ("kick", "th", "/เตะ [#ห้อง] ชื่อ [เหตุผล]"),
        ("kick", "fr", "/kick [#ROOM] NAME [WHY]"),
        ("mute", "ko", "/음소거 [#방] 이름 [10m|2h|7d] [이유]"),
        ("time", "ko", "/시간 full|short|off|dated|plain"),
        ("token", "th", "/โทเคน new|revoke|list [ป้ายชื่อ]"),
    ],
)
def test_a_usage_line_is_in_the_readers_language(word: str, lang: str, line: str) -> None:
    assert spoken(say("{usage}", usage=STANDARD.known(word)), lang) == line


def test_labels_are_translated_nowhere_but_in_a_usage_line() -> None:
    assert spoken(say("{text}, {names}", text="NAME", names=("ROOM", "WHY")), "ko") == "NAME, ROOM, WHY"


@pytest.mark.parametrize(
    ("word", "command"),
    [
        ("종료", "quit"),
        ("조용히나가기", "slip"),
        ("서버종료", "shutdown"),
        ("kick", "kick"),
        ("ออก", "quit"),
        ("exit", "quit"),
    ],
)
def test_the_seeds_command_words_are_understood(word: str, command: str) -> None:
    spec = STANDARD.find(word)
    assert spec
    assert spec.word == command


@pytest.mark.parametrize("lang", ["en", "ko", "th"])
@pytest.mark.parametrize(
    ("form", "kind", "line"),
    [
        ("plain", "said", "oscar: hi"),
        ("dated", "said", "(2026-11-21 10:02:33) oscar : hi"),
        ("plain", "action", "* <oscar> hi"),
        ("plain", "joined", "* hi"),
        ("dated", "joined", "(2026-11-21 10:02:33) * hi"),
    ],
)
def test_the_seeds_forms_are_the_same_in_every_language(lang: str, form: str, kind: str, line: str) -> None:
    """SEEDS S1.2 and S3.4, by `/time plain` and `/time dated`."""
    assert drawn(Style(lang, form, "UTC"), kind, "hi", who="oscar", at=1795255353.0) == line


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.2, ("1s", "1초", "1 วินาที")),
        (90, ("2m", "2분", "2 นาที")),
        (7200, ("2h", "2시간", "2 ชั่วโมง")),
        (3700, ("2h", "2시간", "2 ชั่วโมง")),
        (7 * 86400, ("7d", "7일", "7 วัน")),
    ],
)
def test_a_length_of_time_is_written_as_each_language_does(seconds: float, shown: tuple[str, str, str]) -> None:
    sentence = say("Messages here are kept for {span}.", span=span(seconds))
    for lang, one in zip(("en", "ko", "th"), shown, strict=True):
        assert one in spoken(sentence, lang)
