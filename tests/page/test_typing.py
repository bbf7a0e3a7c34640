"""Keys as people press them: Enter of every input method, and lines that hold a password or would be a farewell."""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession, expect

from tests.page.browser import Opens, Relay, Visitor
from tests.system.server import Line, Server

# What input methods and keyboards on screens send, by the browser's own debugging protocol.
COMPOSE, COMMIT, KEY, BREAK = "compose", "commit", "key", "break"
TAKEN = {"windowsVirtualKeyCode": 229, "nativeVirtualKeyCode": 229, "type": "rawKeyDown"}
PLAIN = {"windowsVirtualKeyCode": 13, "nativeVirtualKeyCode": 13, "type": "keyDown", "text": "\r"}
ENTER = {"key": "Enter", "code": "Enter"}
TAKEN_ENTER = (KEY, {**TAKEN, **ENTER})
PLAIN_ENTER = (KEY, {**PLAIN, **ENTER})
NAMELESS_ENTER = (KEY, {**TAKEN, "key": "Process", "code": "Enter"})
ANDROID_ENTER = (KEY, {**TAKEN, "key": "Enter", "code": ""})
UNKNOWN_KEY = (KEY, {**TAKEN, "key": "Unidentified", "code": ""})
HANGUL = [(COMPOSE, "안"), (COMMIT, "안"), (COMPOSE, "ㄴ"), (COMPOSE, "녀"), (COMPOSE, "녕")]
THAI = [(COMPOSE, "สวัสดี")]
SHIFT = {**ENTER, "modifiers": 8}
LATIN = [(COMPOSE, "hello")]
KANA = [(COMPOSE, "にほん"), (COMPOSE, "日本")]
PINYIN = [(COMPOSE, "nihao")]

Step = tuple[str, object]


def done(oscar: Visitor, steps: list[Step]) -> None:
    """Do what an input method does, step by step."""
    devtools = oscar.context.new_cdp_session(oscar.page)
    oscar.page.locator("#entry").focus()
    for kind, what in steps:
        step(oscar, devtools, kind, what)


def step(oscar: Visitor, devtools: CDPSession, kind: str, what: object) -> None:
    if kind == COMPOSE:
        end = len(str(what))
        devtools.send("Input.imeSetComposition", {"text": what, "selectionStart": end, "selectionEnd": end})
    elif kind == COMMIT:
        devtools.send("Input.insertText", {"text": what})
    elif isinstance(what, dict):
        devtools.send("Input.dispatchKeyEvent", what)
    elif kind == BREAK:
        oscar.page.evaluate("void document.execCommand('insertLineBreak')")


SENDS: dict[str, tuple[list[Step], str]] = {
    "korean, and Enter comes again": ([*HANGUL, TAKEN_ENTER, (COMMIT, "녕"), PLAIN_ENTER], "안녕"),
    "korean, and it does not": ([*HANGUL, TAKEN_ENTER, (COMMIT, "녕")], "안녕"),
    "korean on Windows": ([*HANGUL, NAMELESS_ENTER, (COMMIT, "녕"), PLAIN_ENTER], "안녕"),
    "korean, and a line break": ([*HANGUL, TAKEN_ENTER, (COMMIT, "녕"), (BREAK, "")], "안녕"),
    "korean, the key told last": ([*HANGUL, (COMMIT, "녕"), TAKEN_ENTER], "안녕"),
    "thai": ([*THAI, TAKEN_ENTER, (COMMIT, "สวัสดี"), PLAIN_ENTER], "สวัสดี"),
    "thai on a phone": ([*THAI, ANDROID_ENTER, (COMMIT, "สวัสดี"), (BREAK, "")], "สวัสดี"),
    "korean on a phone": ([*HANGUL, ANDROID_ENTER, (COMMIT, "녕"), (BREAK, "")], "안녕"),
    "a phone": ([*LATIN, ANDROID_ENTER, (COMMIT, "hello"), (BREAK, "")], "hello"),
    "a phone that names no key": ([*LATIN, UNKNOWN_KEY, (COMMIT, "hello"), (BREAK, "")], "hello"),
    "a phone that types a break": ([*LATIN, UNKNOWN_KEY, (COMMIT, "hello"), (COMMIT, "\n")], "hello"),
    "a phone that ends the word with one": ([*LATIN, UNKNOWN_KEY, (COMMIT, "hello\n")], "hello"),
    "a phone that goes on composing": ([*LATIN, ANDROID_ENTER, (BREAK, "")], "hello"),
    "a plain key": ([*LATIN, (COMMIT, "hello"), PLAIN_ENTER], "hello"),
}


def test_one_enter_sends_once_and_all_of_it(visit: Opens, port: int) -> None:
    oscar = visit().enters("oscar")
    talk, entry = [], oscar.page.locator("#entry")
    with Line(port, name="jinny") as jinny:
        for how, (steps, said) in SENDS.items():
            done(oscar, [(COMMIT, f"{how}: "), *steps])
            jinny.reads(f"<oscar> {how}: {said}")
            expect(entry).to_have_value("")
            done(oscar, [(COMMIT, "and more"), PLAIN_ENTER])
            jinny.reads("<oscar> and more")
            talk += [f"{how}: {said}", "and more"]
    oscar.settles()
    assert oscar.talk() == talk


SENDS_NOT: dict[str, tuple[list[Step], str]] = {
    "japanese: Enter chooses": ([*KANA, TAKEN_ENTER, (COMMIT, "日本")], "日本"),
    "chinese: Enter takes the letters": ([*PINYIN, TAKEN_ENTER, (COMMIT, "nihao")], "nihao"),
    "chinese on Windows": ([*PINYIN, NAMELESS_ENTER, (COMMIT, "nihao")], "nihao"),
    "hanja for a syllable": ([(COMPOSE, "한"), TAKEN_ENTER, (COMMIT, "漢")], "漢"),
    "written on after all": ([*HANGUL, TAKEN_ENTER, UNKNOWN_KEY, (COMMIT, "녕")], "안녕"),
    "shift begins a line": ([*HANGUL, (KEY, {**TAKEN, **SHIFT}), (COMMIT, "녕"), (KEY, {**PLAIN, **SHIFT})], "안녕\n"),
}


def test_an_enter_that_chooses_or_breaks_sends_nothing(visit: Opens) -> None:
    oscar = visit().enters("oscar")
    for how, (steps, left) in SENDS_NOT.items():
        done(oscar, steps)
        oscar.page.evaluate(
            "new Promise((resolve) => setTimeout(resolve))"
        )  # after all that waits for what is composed
        assert (how, oscar.page.locator("#entry").input_value()) == (how, left)
        oscar.page.locator("#entry").fill("")
    assert oscar.talk() == []


# --- what may hold a password ------------------------------------------------------------------------

PASSWORD = "four quiet green apples"
SECRETS = [
    f"/register {PASSWORD}",
    f"  /register {PASSWORD}",
    f"\ufeff/등록 {PASSWORD}",
    f"/ลงทะเบียน {PASSWORD}",
    f"/regsiter {PASSWORD}",
    f"/login nobody {PASSWORD}",
    f'"/login nobody {PASSWORD}',
    f"\\register {PASSWORD}",
]


@pytest.mark.parametrize("line", SECRETS, ids=ascii)
def test_a_password_comes_back_nowhere(visit: Opens, port: int, line: str) -> None:
    """Not by the up arrow, not as a draft, not from what the browser keeps; and nobody else reads it."""
    oscar = visit().enters("oscar").says("before")
    entry = oscar.page.locator("#entry")
    with Line(port, name="jinny") as jinny:
        oscar.says("/join dev")
        entry.fill(line)
        oscar.page.keyboard.press("Alt+ArrowUp")
        expect(oscar.page.locator("#room-name")).to_have_text("#lobby")
        oscar.page.keyboard.press("Alt+ArrowDown")
        expect(entry).to_have_value("")
        oscar.says(line, "/join lobby", "after")
        jinny.reads("<oscar> after")
    for _ in range(5):
        entry.press("ArrowUp")
        assert "apples" not in entry.input_value()
    oscar.settles()
    kept = oscar.page.evaluate("JSON.stringify([sessionStorage, localStorage]) + document.body.innerHTML")
    assert "apples" not in kept
    assert oscar.talk() == ["before", "after"]


def test_a_password_with_blanks_in_it_is_remembered_as_it_is(visit: Opens, relay: Relay, web: Server) -> None:
    """By the page, to come back with to a server that has forgotten its session."""
    oscar = visit().enters("oscar").says("/register two  blanks in it")
    oscar.sees("is yours now")
    oscar.says("/nick oscar2").settles()
    oscar.says("/login  oscar two  blanks in it")
    oscar.sees("Welcome back")
    sent: list[str] = []
    oscar.page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(str(data))))
    relay.falls_silent()
    relay.cut()
    expect(oscar.page.locator("#banner")).to_be_visible()
    relay.comes_back()
    expect(oscar.page.locator("#banner")).to_be_hidden()
    assert [frame for frame in sent if "passcode:two  blanks in it" in frame]


# --- a word that is a farewell at a terminal ----------------------------------------------------------


@pytest.mark.parametrize("word", ["exit", "Quit", " exit "])
def test_a_bare_farewell_is_asked_about(visit: Opens, port: int, word: str) -> None:
    """It may be the answer to a quiz."""
    oscar = visit().enters("oscar")
    asking = oscar.page.locator("#asking")
    with Line(port, name="jinny") as jinny:
        oscar.says(word)
        expect(asking).to_contain_text(f"Say “{word.strip()}” in #lobby, or leave the chat?")
        oscar.page.keyboard.press("Escape")
        expect(asking).to_be_hidden()
        oscar.says(word)
        asking.get_by_role("button", name="Say it").click()
        jinny.reads(f"<oscar> {word}".rstrip())
        oscar.says(word)
        asking.get_by_role("button", name="Leave the chat").click()
        expect(oscar.page.locator("#banner-text")).to_have_text("You have left.")
        jinny.reads("oscar quit")


def test_a_jamo_that_begins_a_command_brings_it_up(visit: Opens) -> None:
    oscar = visit(locale="ko-KR").enters("oscar")
    done(oscar, [(COMMIT, "/"), (COMPOSE, "ㄱ")])
    expect(oscar.page.get_by_role("option").first).to_contain_text("/귓속말")
