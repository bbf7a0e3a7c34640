"""The page's parts by themselves: what they must agree on with the server and the other clients."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from chatproto.client.completion import Known, candidates
from chatproto.core.commands.account import Passwd
from chatproto.core.names import as_one_word, fold
from chatproto.core.parse import STANDARD
from chatproto.wire.stomp import Frame, FrameBuffer, encode
from tests.system.server import LOCAL, Server

TABLES = Path(__file__).parent.parent / "tables"
NAMES, ROOMS = ("jinny", "Jim", "지니", "สมชาย"), ("#dev", "#lobby", "#개발")


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page, at its door, and its modules to be asked; it knows the commands, in English."""
    with Server(tmp_path_factory.mktemp("server"), "--memory", "--port", LOCAL, "--web", LOCAL) as server:
        page = chromium.new_context().new_page()
        page.goto(server.url())
        page.evaluate("async () => (await import('/words.js')).learn('en')")
        yield page
        page.context.close()


def asked(page: Page, module: str, expression: str, *given: Any) -> Any:  # noqa: ANN401 - whatever JSON can say
    """The value of an expression of a module's (`m`) and of what is given (`a`)."""
    return page.evaluate(
        f"async (a) => {{ const m = await import('/{module}.js'); return {expression}; }}", list(given)
    )


def test_what_the_page_completes_is_what_the_terminal_completes(page: Page) -> None:
    """One declaration, two readers: the same candidates for the same beginning, in each language."""
    typed = [
        "/",
        "/k",
        "/ki",
        "/강",
        "/ㄱ",
        "/เต",
        "/KICK",
        "／kick ",
        "/kick ",
        "/kick ji",
        "/kick #",
        "/kick #dev ",
        "/kick #dev ji",
        "/kick --s",
        "/kick --server ji",
    ]
    typed += [
        "/kick jinny ",
        "/kick jinny @",
        "/join ",
        "/join d",
        "/join #",
        "/set ",
        "/set k",
        "/set private o",
        "/set #dev h",
        "/help ",
        "/help ki",
    ]
    typed += [
        "/lang ",
        "/lang k",
        "/mute ",
        "/mute ji",
        "/msg ",
        "/msg ji",
        "/msg jinny hello @",
        "/nonsense x",
        "//x",
        "/history 5 ",
    ]
    typed += ["hello @ji", "hello #", "see #dev", "@", "지", "ji", "hello ji", "hello ", ""]
    known = Known(NAMES, ROOMS)
    there = {"names": NAMES, "rooms": ROOMS}
    wrong = []
    for lang in ("en", "ko", "th"):
        page.evaluate("async (lang) => (await import('/words.js')).learn(lang)", lang)
        ours = asked(
            page,
            "complete",
            "a[0].map((line) => m.candidates(line, a[1], true).map(c => [c.text, c.replaces]))",
            typed,
            there,
        )
        theirs = [[[c.text, c.replaces] for c in candidates(line, known, lang)] for line in typed]
        wrong += [(lang, *each) for each in zip(typed, ours, theirs, strict=True) if each[1] != each[2]]
    assert wrong == []


def test_who_is_called_is_who_the_server_rings_for(page: Page) -> None:
    """One table for all who ask: see tests/core/test_mentions.py."""
    table = json.loads((Path(__file__).parent.parent / "tables" / "mentions.json").read_text("utf-8"))
    people = table["people"]
    call = "a[0].map((text) => a[1].filter((me) => m.mentions(text, me, a[1].filter((other) => other !== me))))"
    found = asked(page, "names", call, [case["text"] for case in table["cases"]], people)
    expected = [[name for name in people if name in case["called"]] for case in table["cases"]]
    assert [pair for pair in zip(table["cases"], found, expected, strict=True) if pair[1] != pair[2]] == []


@pytest.mark.parametrize(
    "name", ["Kim Minsu", "  Kim   Minsu ", "김\u3000민수", "สมชาย ใจดี", "O\u2019Brien", "snake__case", "キム・ミンス"]
)
def test_a_name_becomes_the_same_word_as_on_the_server(page: Page, name: str) -> None:
    assert asked(page, "names", "m.oneWord(a[0])", name) == as_one_word(name)


@pytest.mark.parametrize(
    "typed", ["old new", '"old one" new', "'old one'  \u201cnew one\u201d", '"open new-one', 'old "\'tis new"']
)
def test_two_passwords_are_read_as_the_server_reads_them(page: Page, typed: str) -> None:
    command = STANDARD.parse(f"/passwd {typed}")
    assert isinstance(command, Passwd)
    assert asked(page, "names", "m.passwords(a[0])", typed) == [command.old, command.new]


@pytest.mark.parametrize(
    ("numbers", "verdicts"),
    [
        ([(5, 4), (6, 5), (7, 6)], "new new new"),
        ([(5, 4), (5, 4), (4, 3), (6, 5)], "new had had new"),
        ([(5, 4), (7, 6), (6, 5)], "new gap new"),
        ([(5, 4), (9, 5)], "new new"),  # what was trimmed leaves a hole that `prev` spans
        ([(5, 4), "back", (6, 5), (6, 5)], "new new had"),
        ([(5, 4), "back", (1, 0), (2, 1)], "new new new"),  # the server counts anew
        ([(5, 4), "gap 8", (9, 8)], "new new"),
    ],
)
def test_a_place_in_a_room_takes_nothing_twice_and_notices_what_is_missing(
    page: Page, numbers: list[object], verdicts: str
) -> None:
    """As `client/place.py` does; a server that sends too much or too little is not to be had in a story."""
    judge = """a[0].map((step) => {
      if (step === "back") place.returning = true;
      else if (step === "gap 8") place.skip(8);
      else return place.take({ seq: step[0], prev: step[1] });
    }).filter(Boolean).join(" ")"""
    assert asked(page, "place", f"(() => {{ const place = new m.Place(); return {judge}; }})()", numbers) == verdicts


@pytest.mark.parametrize(
    ("receipt", "numbers", "judged"),
    [
        (
            {"seq": "7", "read": "5", "after": "2"},
            [3, 5, 6, 7, 8],
            [[1, 1, 0], [1, 1, 0], [1, 0, 2], [1, 0, 0], [0, 0, 0]],
        ),
        ({"seq": "9", "read": "2", "after": "6"}, [7, 8], [[1, 0, 3], [1, 0, 0]]),
        ({"seq": "7", "read": "7", "after": "4"}, [5, 8], [[1, 1, 0], [0, 0, 0]]),
        ({"seq": "7"}, [5, 8], [[1, 1, 0], [0, 0, 0]]),
        ({}, [1], [[0, 0, 0]]),
    ],
)
def test_a_place_knows_what_is_past_what_was_read_and_what_is_to_be_introduced(
    page: Page, receipt: dict[str, str], numbers: list[int], judged: list[list[int]]
) -> None:
    judge = """a[1].map((seq) => [+place.isPast({ seq }), +place.wasRead({ seq }), place.introduces({ seq })])"""
    placed = "const place = new m.Place(); place.asked(); place.starts(a[0]);"
    assert asked(page, "place", f"(() => {{ {placed} return {judge}; }})()", receipt, numbers) == judged


@pytest.mark.parametrize(
    ("here", "above", "places"),
    [([1, 2, 3, 4], [], [2]), ([3, 4], [1, 2], [0, 2]), ([4], [3], [0, 0]), ([3, 4], [], [0, 0])],
)
def test_the_line_stands_where_one_had_stopped_reading_also_where_that_is_read_only_later(
    page: Page, here: list[int], above: list[int], places: list[int]
) -> None:
    """Two had been read: those that are here come first, and those above are read by scrolling up."""
    said = "(seq) => ({ event: 'said', seq, prev: seq - 1, at: seq })"
    introduced = "if (seq === Math.max(3, a[0][0])) room.introduce({ at: seq }, 2);"
    heard = f"for (const seq of a[0]) {{ {introduced} room.add(said(seq)); }}"
    place = "room.entries.findIndex((_, n) => room.stoppedAt(room.entries[n - 1]))"
    story = f"const said = {said}; const room = new m.Room('#dev'); {heard} const first = {place};"
    placed = asked(
        page, "room", f"(() => {{ {story} room.addOlder(a[1].map(said)); return [first, {place}]; }})()", here, above
    )
    assert placed == [places[0], places[-1]]


@pytest.mark.parametrize(
    "frame",
    [
        Frame("SEND", {"destination": "/room/dev", "x": "a:b\\c\nd\re"}, "가나다 ไทย\n\n".encode()),
        Frame("MESSAGE", {"event": "said", "__proto__": "x", "toString": "y"}, b"nul \0 inside"),
        Frame("CONNECTED", {"session": "1", "time": "10:02"}),
        Frame("RECEIPT", {"receipt-id": "r"}),
    ],
)
def test_frames_are_read_and_written_as_the_server_does(page: Page, frame: Frame) -> None:
    data = encode(frame)
    for cut in (0, 1, 9, len(data) - 1, len(data)):
        pieces = [list(b"\n\n" + data[:cut]), list(data[cut:] + b"\n")]
        read = asked(
            page,
            "frames",
            "(() => { const f = new m.Frames(); return a.flatMap((p) => f.feed(new Uint8Array(p))"
            ".map(({command, headers, body}) => [command, Object.entries(headers), body])); })()",
            *pieces,
        )
        headers = [(name, value) for name, value in read[0][1] if name != "content-length"]
        assert [(read[0][0], dict(headers), read[0][2])] == [(frame.command, dict(frame.headers), frame.body.decode())]
    buffer = FrameBuffer(max_line=0, max_headers=0, max_body=0)
    written = "[...m.encode(a[0], Object.fromEntries(a[1]), a[2])]"
    buffer.feed(bytes(asked(page, "frames", written, frame.command, list(frame.headers.items()), frame.body.decode())))
    back = buffer.next()
    assert isinstance(back, Frame)
    assert ({**back.headers, "content-length": ""}, back.body) == ({**frame.headers, "content-length": ""}, frame.body)


# --- what is typed, and names: as the server has it --------------------------------------------------


def test_a_line_is_said_or_done_or_refused_as_the_server_has_it(page: Page) -> None:
    """What the page leaves to the server to judge, it refuses; what it says, is nowhere looked at again."""
    table = json.loads((TABLES / "lines.json").read_text())
    judge = """a[0].map((line) => {
      const { says, word, spec } = m.parsed(line);
      return [says ?? null, spec?.word ?? null, word !== undefined, m.mayBeSecret(line)];
    })"""
    found = asked(page, "parse", judge, [case["line"] for case in table])
    wrong = []
    for case, (says, word, is_command, secret) in zip(table, found, strict=True):
        said = case["outcome"] == "said"
        known = word == case.get("word") or (case["outcome"] == "refused" and (word is None or is_command))
        if (says if said else None) != says or (said and says != case["says"]) or not (said or known):
            wrong.append((case, says, word))
        if secret is not case["secret"]:
            wrong.append((case, "secret", secret))
    assert wrong == []


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/register four quiet apples", "/register …"),
        ("\ufeff /\ub4f1\ub85d four quiet apples", "/\ub4f1\ub85d …"),
        ("/regsiter four quiet apples", "/regsiter …"),
        ('"/login oscar apples', '"/login …'),
        ("/join dev 5f2c", "/join …"),
        ("/join dev", "/join dev"),
        ("hello", "hello"),
    ],
)
def test_a_line_that_may_hold_a_password_is_shown_without_it(page: Page, line: str, shown: str) -> None:
    assert asked(page, "parse", "m.withoutSecret(a[0])", line) == shown


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("/login oscar two  blanks", ["oscar", "two  blanks"]),
        ("/login  oscar   a b ", ["oscar", "a b"]),
        ("/register  four  quiet apples", ["four  quiet apples"]),
        ("/register four\tquiet", ["four\tquiet"]),
        ("/join dev", ["dev", ""]),
        ("/kick jinny noise", ["", "jinny", "noise"]),
        ("/kick #dev jinny", ["#dev", "jinny", ""]),
        ("/login oscar", None),
    ],
)
def test_arguments_are_cut_as_the_server_cuts_them(page: Page, line: str, given: list[str] | None) -> None:
    cut = "(() => { const { spec, rest } = m.parsed(a[0]); return m.argumentsOf(spec, rest); })()"
    assert asked(page, "parse", cut, line) == given


def test_names_are_folded_as_the_server_folds_them(page: Page) -> None:
    """Every letter of Unicode, alone and behind another: sigma has two small forms. The browser may know newer ones."""
    letters = [
        chr(n)
        for n in range(sys.maxunicode)
        if unicodedata.category(chr(n)).startswith(("L", "M", "N"))
        and chr(n) != "\u0345"  # which goes to another place
    ]
    texts = [
        *letters,
        *("α" + letter for letter in letters),
        "ΟΔΟΣ",
        "Straße",
        "STRASSE",
        "ǅ",
        "İstanbul",
        "한글",
        "ก่ำ",
    ]
    folded = asked(page, "names", "a[0].map(m.fold)", texts)
    assert [(text, ours) for text, ours in zip(texts, folded, strict=True) if ours != fold(text)] == []


@pytest.mark.parametrize("case", json.loads((TABLES / "links.json").read_text()), ids=lambda case: ascii(case[0]))
def test_an_address_ends_where_its_sentence_goes_on(page: Page, case: tuple[str, list[str]]) -> None:
    text, links = case
    found = "m.linksIn(a[0]).map(({ start, end }) => a[0].slice(start, end))"
    assert asked(page, "links", found, text) == links
