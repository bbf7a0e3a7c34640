"""The docs tell the truth: references are fresh, links lead somewhere, and the sessions shown can be had."""

import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest
from twisted.internet.testing import MemoryReactorClock

from benchmarks import plot, results
from benchmarks.values import BENCHMARKS
from chatproto import Settings
from chatproto.core.commands import ALL
from chatproto.core.declare import LANGUAGES
from chatproto.core.events import Event, Reason
from chatproto.core.settings import explained
from chatproto.options import Options
from chatproto.testing import ChatInMemory, Person, Wire
from docs import generate

HERE = Path(__file__).parent.parent
PAGES = [HERE / "README.md", HERE / "CONTRIBUTING.md", HERE / "CHANGELOG.md", *sorted((HERE / "docs").rglob("*.md"))]
MORNING = 10 * 3600 + 2 * 60.0  # the clock of every session on these pages says 10:02
PROMPTS = "Welcome to chat|닉네임 입력|ยินดีต้อนรับ"
HEARD = re.compile(rf"[*!(\[]|-\w+- |  \| |{PROMPTS}|$")  # how a line begins that the server sends


@dataclass
class Block:
    """A fenced block: the page it stands on, its language, the word after that, and what is in it."""

    page: Path
    lang: str
    word: str
    text: str


def blocks_of(page: Path) -> list[Block]:
    found = re.findall(r"^( *)```(\w*) *([^\n]*)\n(.*?)^\1```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(page, lang, word, text) for _, lang, word, text in found]


def pages_with(lang: str) -> list[Path]:
    return [page for page in PAGES if any(block.lang == lang and block.word for block in blocks_of(page))]


def options_of_the_server() -> list[str]:
    declared = cast("list[list[str]]", [*Options.optParameters, *Options.optFlags])
    return ["port", *(option[0] for option in declared)]


def name_of(page: Path) -> str:
    return page.relative_to(HERE).as_posix()


# --- references -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", generate.PAGES)
def test_a_generated_page_is_as_the_code_declares(name: str) -> None:
    written = (generate.DOCS / name).read_text("utf-8")

    assert written == generate.page(name), "run `python docs/generate.py`"


def test_the_check_says_nothing_where_all_is_fresh() -> None:
    assert generate.main(["--check"]) == 0


def test_a_page_that_is_not_fresh_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(generate, "DOCS", tmp_path)

    assert generate.stale() == list(generate.PAGES)


def test_every_command_is_in_the_reference_with_its_words_in_every_language() -> None:
    page = (generate.DOCS / "reference/commands.md").read_text("utf-8")
    words = [f"`/{word}`" for command in ALL for words in command.spec.words.values() for word in words]

    assert [word for word in words if word not in page] == []


def test_every_setting_and_option_is_in_the_reference_with_its_name_in_the_environment() -> None:
    page = (generate.DOCS / "reference/settings.md").read_text("utf-8")
    options = options_of_the_server()

    assert {name.replace("_", "-") for name, _, _ in explained()} <= set(options)
    assert [o for o in options if f"| `--{o}` | `CHAT_{o.upper().replace('-', '_')}" not in page] == []


def test_every_event_that_goes_over_the_wire_is_in_the_reference() -> None:
    page = (generate.DOCS / "reference/events.md").read_text("utf-8")
    ahead, missing = [Event], []
    while ahead:
        cls = ahead.pop()
        ahead += cls.__subclasses__()
        if cls.kind and cls.__module__.startswith("chatproto.") and f"### `{cls.__name__}(" not in page:
            missing.append(cls.__name__)

    assert missing == []


def test_every_reason_word_is_in_the_reference_and_on_the_page_of_the_wire() -> None:
    reference = (generate.DOCS / "reference/reasons.md").read_text("utf-8")
    wire = (generate.DOCS / "reference/wire.md").read_text("utf-8")

    assert [reason for reason in Reason if f"## `{reason}`" not in reference] == []
    assert [reason for reason in Reason if f"`{reason}`" not in wire] == []


def test_every_limit_has_its_default_on_the_page_of_the_wire_and_its_reason_in_the_design() -> None:
    wire = (generate.DOCS / "reference/wire.md").read_text("utf-8")
    design = (generate.DOCS / "explanation/design.md").read_text("utf-8")
    limits = [
        (name.replace("_", "-"), f"{value:g}") for name, value, _ in explained() if isinstance(value, int | float)
    ]

    assert [
        name for name, value in limits if not re.search(rf"^\| `{name}` \|.*\| {value} ?\|", wire, re.MULTILINE)
    ] == []
    assert [name for name, _ in limits if f"`{name}`" not in design] == []


# --- links ------------------------------------------------------------------------------------------------------------


def links_of(page: Path) -> list[str]:
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_links_only_to_what_is_there(page: Path) -> None:
    broken = []
    for link in links_of(page):
        path, _, anchor = link.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors_of(there)):
            broken.append(link)

    assert broken == []


def test_every_page_can_be_reached_from_the_first_one() -> None:
    reached, ahead = set(), [HERE / "docs" / "index.md"]
    while ahead:
        page = ahead.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        ahead += [(page.parent / link.partition("#")[0]).resolve() for link in links_of(page) if link[0] != "#"]

    assert sorted(name_of(page) for page in {*PAGES} - reached if "docs" in page.parts) == []


# --- commands of the shell --------------------------------------------------------------------------------------------


def test_the_readmes_test_command_is_the_one_that_ci_takes_out_of_it() -> None:
    """.ci/run reads the block after the marker with awk; this is the same reading."""
    readme = (HERE / "README.md").read_text("utf-8")
    found = re.findall(r"^<!-- test command -->\n+```sh\n(.*?)```", readme, re.MULTILINE | re.DOTALL)

    assert found == ["python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest\n"]
    assert "/^<!-- test command -->/" in (HERE / ".ci" / "run").read_text("utf-8")


def test_every_option_shown_on_a_page_is_one_that_the_server_has() -> None:
    known = {f"--{name}" for name in options_of_the_server()} | {"--help"}
    lines = [line for page in PAGES for line in page.read_text("utf-8").splitlines()]
    shown = [o for line in lines if re.search(r"twistd.* chat\b", line) for o in re.findall(r" (--[a-z-]+)", line)]
    of_twistd = {"--pidfile", "--uid", "--gid"}

    assert shown
    assert sorted(set(shown) - known - of_twistd) == []


def test_every_module_that_a_page_starts_is_there() -> None:
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    shown = set(re.findall(r"python3? -m (chatproto[\w.]*)", text))
    missing = [
        name
        for name in shown
        if not (HERE / name.replace(".", "/")).with_suffix(".py").exists()
        and not (HERE / name.replace(".", "/") / "__main__.py").exists()
    ]

    assert missing == []


def test_the_readme_shows_a_picture_of_a_real_run_with_all_three_languages() -> None:
    """docs/pictures/session.py makes it."""
    readme = (HERE / "README.md").read_text("utf-8")
    picture = ET.fromstring((HERE / "docs/pictures/session.svg").read_text("utf-8"))  # noqa: S314 - our own
    seen = "".join(picture.itertext()).replace("\n", "")

    assert "](docs/pictures/session.svg)" in readme
    assert [words for words in ("hello!", "안녕하세요", "สวัสดีครับ") if words not in seen] == []


def test_the_benchmarks_pictures_and_tables_show_what_was_measured() -> None:
    shown = plot.made(results.read(plot.MEASURED))

    assert [name_of(file) for file, text in shown.items() if file.read_text("utf-8") != text] == [], (
        "run `python -m benchmarks.plot`"
    )


@pytest.mark.parametrize("what", BENCHMARKS)
def test_a_benchmark_works(what: str) -> None:
    work, _ = BENCHMARKS[what]

    work()


# --- sessions of people -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", pages_with("console"), ids=name_of)
def test_a_session_on_a_page_goes_as_it_is_shown(page: Path) -> None:
    """Each block is one person's screen: `$ …` connects, a line that begins as the server's do was read."""
    lang = page.parent.name if page.parent.name in LANGUAGES else "en"  # there the server is started with `--lang`
    chat = ChatInMemory(Settings(rate=0.0, tz="UTC", lang=lang))
    chat.clock.advance(MORNING)
    people: dict[str, Person] = {"console": chat.console()}
    for block in blocks_of(page):
        if block.lang == "console" and block.word:
            replay(chat, people, block)


def on_screen(person: Person) -> list[str]:
    """Return what somebody sees: a bell is heard, and a prompt ends in a space."""
    return [line.removeprefix("\a").rstrip() for line in person.reads()]


def replay(chat: ChatInMemory, people: dict[str, Person], block: Block) -> None:
    expected: list[str] = []
    for line in block.text.splitlines():
        if line.startswith(("$ telnet ", "$ nc ")):
            people[block.word] = chat.person()
            chat.wait(1.0)
        elif line.startswith(("Trying ", "Connected to ", "Escape character ")):
            continue  # telnet's own
        elif HEARD.match(line):
            expected.append(line)
        else:
            assert on_screen(people[block.word]) == expected
            expected = []
            people[block.word].types(line)

    assert on_screen(people[block.word]) == expected


def test_a_session_that_would_go_otherwise_is_found_out() -> None:
    chat = ChatInMemory(Settings(rate=0.0, tz="UTC"))
    block = Block(
        HERE, "console", "oscar", "$ nc localhost 5005\nWelcome to chat. What is your name?\noscar\n* Hello.\n"
    )

    with pytest.raises(AssertionError):
        replay(chat, {}, block)


# --- sessions of programs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", pages_with("stomp"), ids=name_of)
def test_a_program_on_a_page_hears_what_is_shown(page: Path) -> None:
    """Lines after `>` are sent, lines after `<` are heard; `^@` is NUL, and `…` stands for what is never the same."""
    chat = ChatInMemory(Settings(rate=0.0, tz="UTC"))
    chat.clock.advance(MORNING)
    wires: dict[str, Wire] = {}
    for block in blocks_of(page):
        if block.lang == "stomp" and block.word:
            wire = wires[block.word] = wires.get(block.word) or chat.wire()
            for sent, lines in groupby(block.text.splitlines(), lambda line: line.startswith(">")):
                text = "\n".join(line[1:].removeprefix(" ") for line in lines) + "\n"
                if sent:
                    wire.receive(text.replace("^@\n", "\0").encode())
                    chat.settle()
                else:
                    assert_like(wire.take().decode(), text)


def assert_like(heard: str, shown: str) -> None:
    pattern = re.escape(shown.replace("^@\n", "\0").rstrip("\n")).replace("…", ".+")
    assert re.fullmatch(pattern, heard.rstrip("\n")), f"heard:\n{heard}\nshown:\n{shown}"


# --- programs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", pages_with("python"), ids=name_of)
def test_python_on_a_page_does_what_it_says(page: Path) -> None:
    """Blocks marked `run` are one program, with its own asserts."""
    names: dict[str, object] = {"__name__": page.stem}
    for block in blocks_of(page):
        if block.lang == "python" and block.word == "run":
            exec(compile(block.text, name_of(page), "exec"), names)  # noqa: S102 - it is our own page


def test_python_that_does_not_do_what_it_says_is_found_out(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python run\nassert 1 + 1 == 3\n```\n")

    with pytest.raises(AssertionError):
        exec(blocks_of(page)[0].text, {})  # noqa: S102


def test_an_embedded_chat_listens_as_the_page_shows() -> None:
    page = HERE / "docs/howto/embed.md"
    names: dict[str, Any] = {}
    exec(blocks_of(page)[0].text, names)  # noqa: S102
    reactor = MemoryReactorClock()
    names["start"](reactor)

    assert [port for port, *_ in reactor.tcpServers] == [5005]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_python_on_a_page_is_python(page: Path) -> None:
    for block in blocks_of(page):
        if block.lang == "python":
            compile(block.text, name_of(page), "exec")


# --- where it comes from ---------------------------------------------------------------------------


BINARY = {".gz", ".ico", ".jpg", ".mo", ".png", ".pyc", ".woff2", ".zip"}


def test_no_text_of_ours_installs_what_a_stranger_has_under_our_name() -> None:
    """On the index `chatproto` is somebody else's; ours is `chatproto-server`, and is installed from a checkout."""
    root = Path(__file__).parents[1]
    told = [root.glob("*.*"), root.glob("Dockerfile*"), *((root / f).rglob("*.*") for f in ("chatproto", "docs"))]
    files = [file for found in told for file in found if file.suffix not in BINARY and file.is_file()]
    stranger = re.compile(r"pip3? install[^\n]*[\s'\"=]chatproto(?!-server)\b|\bchatproto\[")

    assert len(files) > 200
    assert [str(file) for file in files if stranger.search(file.read_text("utf-8"))] == []
