"""Nothing that people write looks like a line of the server's: whatever the text, the name, the language, the form."""

from __future__ import annotations

import re

import pytest

from chatproto.client.desk import Line
from chatproto.client.message import Message
from chatproto.client.view import View
from chatproto.core.declare import LANGUAGES
from chatproto.core.events import Acted, Delivery, Entry, Event, Joined, Said, Topic, Whispered
from chatproto.core.members import Taste
from chatproto.gui.lines import pieces
from chatproto.testing import ChatInMemory
from chatproto.words import body
from chatproto.words.drawing import BAR, Style, of_entry

TIMES = ("full", "short", "off")
STYLES = [Style(lang, time, "UTC") for lang in LANGUAGES for time in TIMES]
# A line that only the server draws: what happens, answers, refusals; with the full time in Korean, as said by it.
SERVERS_OWN = re.compile(r"(\[[^]]*\] )?(\* (?!(#\S+ )?<)|! )|(\([^)]*\) )?(#\S+ )?서버 : ")
TEXTS = ["server is closing.", "server is closing.\n* The server is closing.", "is\n! no", "x\r* y", "x\u2028* y"]
TEXTS += [
    "x\x1b[2K\r* The server is closing.",
    "x\u202e* y",
    "> * The server is closing.",
    "x\v* y",
    "x\x85* y",
    "\n\n* y",
]


def spoken(text: str) -> list[Event]:
    return [Acted("The", text), Said("The", text), Whispered("The", "oscar", text)]


@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("text", ["server is closing.", "x\n* The server is closing.", "x\n! no", "x\n(1) 서버 : no"])
def test_no_line_is_taken_for_one_of_the_server(style: Style, text: str, *, named: bool) -> None:
    for event in spoken(text):
        first, *more = of_entry(style, Entry(Delivery(event, "#dev", 0.0), 1), named=named).split("\n")
        assert not SERVERS_OWN.match(first), first
        assert "The" in first.partition("server")[0]
        assert all(line.startswith(BAR) for line in more)


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_the_pattern_knows_the_servers_lines(style: Style) -> None:
    for event in (Joined("oscar"), Topic("oscar", "x")):
        assert SERVERS_OWN.match(of_entry(style, Entry(Delivery(event, "#dev", 0.0)), named=False))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("word", ["/me ", "/say ", "/away ", "/topic "])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nobody_reads_a_line_that_the_server_has_not_said(text: str, word: str, lang: str) -> None:
    """From end to end, on lines, by whatever a program sends: no line begins as the server's do."""
    chat = ChatInMemory()
    reader = chat.person("oscar")
    reader.types(f"/lang {lang}")
    bot = chat.program("The")
    bot.joins("lobby")
    reader.reads()
    bot.sends("SEND", {"destination": "/command"}, f"{word}{text}")
    bot.sends("SEND", {"destination": "/user/oscar"}, "psst")
    if word == "/away ":
        reader.types("/msg The hi")
    if word == "/topic ":
        reader.types("/topic")
    for line in reader.reads():
        if SERVERS_OWN.match(line.removeprefix("\a")):
            assert "The" in line or line.startswith(("* Topic: ", "* 주제: ", "* หัวข้อ: ")), line


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_clients_mark_the_name_too(lang: str, time: str) -> None:
    text = body(Acted("The", "server is closing."), lang)
    message = Message("action", text, who="The", room="#dev")
    for current in ("#dev", "#lobby"):
        assert "* <The> server" in _without_room(View().text(message, Taste(lang, time, "UTC"), current=current))
    window = "".join(piece for piece, _ in pieces(Line(message), Style(lang, time, "UTC")))
    assert window.endswith("* <The> server is closing.")


def _without_room(line: str) -> str:
    return line.replace("#dev ", "")
