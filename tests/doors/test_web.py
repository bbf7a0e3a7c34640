"""The page's HTTP: only its own files, only to be read, and with the headers that keep a browser from harm."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, cast

import pytest

from chatproto.core.parse import STANDARD
from chatproto.core.seats import Seat
from chatproto.doors.web.files import KINDS
from chatproto.testing import UNHURRIED, ChatInMemory
from tests.doors.sockets import HOST, Web, request, response
from tests.languages import COMPLETE

FILES = ["/", "/health", "/main.js", "/words.ko.json"]
PLACE = re.compile(r"\{\w+\}")


@pytest.fixture
def web() -> Web:
    return Web(ChatInMemory())


def test_the_page_is_at_the_root(web: Web) -> None:
    answer = web.asks("/")

    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.body.startswith(b"<!doctype html>")


def test_all_of_the_page_is_served_with_its_type(web: Web) -> None:
    types = {path: web.asks(path.decode()).headers["content-type"].partition(";")[0] for path in web.factory.files}

    assert set(types.values()) <= {
        "text/html",
        "text/css",
        "text/javascript",
        "image/svg+xml",
        "application/json",
        "text/plain",
    }


def test_health_is_a_word(web: Web) -> None:
    answer = web.asks("/health")

    assert (answer.status, answer.body) == (200, b"ok\n")


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/../chatproto/__init__.py", "/%2e%2e/service.py", "//", "/page", "/index.html/", "/stomp/", "*", "x"],
)
def test_there_is_nothing_else_and_no_way_out(web: Web, path: str) -> None:
    answer = web.asks(path)

    assert (answer.status, answer.body) == (404, b"There is nothing here. The page is at /.\n")


def test_a_question_mark_changes_nothing(web: Web) -> None:
    assert web.asks("/?utm=1").body == web.asks("/").body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW", "get"])
@pytest.mark.parametrize("path", ["/", "/stomp", "/nothing"])
def test_only_get_and_head_are_understood(web: Web, method: str, path: str) -> None:
    answer = web.asks(path, method=method)

    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", FILES)
def test_head_answers_as_get_without_the_body(web: Web, path: str) -> None:
    get, head = web.asks(path), web.asks(path, method="HEAD")

    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


def test_what_the_browser_has_is_not_sent_again(web: Web) -> None:
    tag = web.asks("/").headers["etag"]

    assert web.asks("/", {"Host": HOST, "If-None-Match": f'"other", W/{tag}'}).status == 304
    assert web.asks("/", {"Host": HOST, "If-None-Match": '"other"'}).status == 200


@pytest.mark.parametrize("path", ["/", "/health", "/nothing", "/stomp"])
def test_every_answer_carries_the_headers_that_keep_a_browser_from_harm(web: Web, path: str) -> None:
    headers = web.asks(path).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))

    assert policy.pop("default-src") == "'none'"
    assert policy == {
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_no_answer_sets_a_cookie_or_says_which_server_this_is(web: Web) -> None:
    for path in ("/", "/nothing", "/stomp"):
        assert not {"set-cookie", "server", "x-powered-by"} & set(web.asks(path).headers)


# --- what the page is told of this chat ------------------------------------------------------------


def told(web: Web, lang: str) -> dict[str, Any]:
    answer = web.asks(f"/words.{lang}.json")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    return cast("dict[str, Any]", json.loads(answer.body))


@pytest.mark.parametrize("lang", COMPLETE)
def test_every_sentence_of_the_page_is_there_in_every_language(web: Web, lang: str) -> None:
    """And none needs more of the page than to put a value in its place."""
    sentences = told(web, lang)["sentences"]

    assert (sentences["Send"] == "Send") is (lang == "en")
    assert [text for text in sentences if re.search(r"\{\w*[^\w}]", sentences[text])] == []
    assert [text for text, said in sentences.items() if set(PLACE.findall(text)) != set(PLACE.findall(said))] == []


def test_every_command_is_there_as_it_is_declared(web: Web) -> None:
    english, korean = told(web, "en")["commands"], told(web, "ko")["commands"]
    kick = next(command for command in korean if command["word"] == "kick")

    assert [command["word"] for command in english] == [spec.word for spec in STANDARD.given_from(Seat.CHAT)]
    assert kick == {
        "word": "kick",
        "words": ["강퇴", "추방", "kick", "เตะ"],
        "usage": "/강퇴 [#방] 이름 [이유]",
        "summary": kick["summary"],
        "rank": 1,
        "secret": False,
        "private": False,
        "fields": [
            {"kind": "place", "optional": True, "secret": False, "words": ["--server", "--서버", "--เซิร์ฟเวอร์"]},
            {"kind": "name", "optional": False, "secret": False},
            {"kind": "text", "optional": True, "secret": False},
        ],
    }
    always = [command["word"] for command in english if command["secret"]]
    sometimes = [command["word"] for command in english if any(field["secret"] for field in command["fields"])]
    assert always == ["register", "login", "passwd", "claim"]
    assert sometimes == ["join", *always]  # an invitation


def test_every_kind_of_argument_has_a_name_that_the_page_knows(web: Web) -> None:
    fields = [field for command in told(web, "en")["commands"] for field in command["fields"]]

    assert {field["kind"] for field in fields} <= set(KINDS.values())
    assert {field["kind"] for field in fields if field.get("words")} == {"choice", "setting", "place"}


# --- limits ----------------------------------------------------------------------------------------


def test_one_connection_answers_one_request(web: Web) -> None:
    wire = web.wire()
    wire.receive(request("/health") * 1000)

    assert response(wire.take()).body == b"ok\n"
    assert wire.closed


@pytest.mark.parametrize(
    "headers",
    [
        {f"X-{n}": "" for n in range(70)},
        {"X": "y" * 8192},
        {f"X-{n}": "y" * 300 for n in range(30)},
        {"No Colon": ""},
        {"Content-Length": "-1"},
    ],
)
def test_headers_past_a_limit_are_a_bad_request(web: Web, headers: dict[str, str]) -> None:
    answer = web.asks("/", {"Host": HOST, **headers})

    assert answer.status in {400, 431}


@pytest.mark.parametrize(
    "headers", [{"Content-Length": "1"}, {"Content-Length": "1000000000"}, {"Transfer-Encoding": "chunked"}]
)
def test_a_body_is_refused_by_its_announcement_and_never_held(web: Web, headers: dict[str, str]) -> None:
    wire = web.wire()
    wire.receive(request("/", {"Host": HOST, **headers}) + b"x" * 100_000)

    assert response(wire.take()).status == 413
    assert wire.closed


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHo", b"GET / HTTP/1.1\r\n"])
def test_who_asks_slowly_is_cut_off_at_the_deadline_however_often_a_byte_comes(web: Web, sent: bytes) -> None:
    """`login-timeout`."""
    wire = web.wire()
    wire.receive(sent)
    for _ in range(29):
        web.chat.wait(1)
        wire.receive(b"X" if sent else b"")
    assert not wire.closed
    web.chat.wait(1)

    assert wire.closed
    assert not web.chat.factory.connections


def test_who_reads_the_answer_slowly_is_cut_off_at_the_deadline() -> None:
    web = Web(ChatInMemory(replace(UNHURRIED, login_timeout=5.0)))
    wire = web.wire()
    wire.stuck = True
    wire.receive(request("/"))
    web.chat.wait(4.9)
    assert not wire.closed
    web.chat.wait(0.2)

    assert wire.closed


def test_what_is_no_http_is_a_bad_request(web: Web) -> None:
    for junk in (b"oscar\r\n", b"\x16\x03\x01\x02\x00\r\n", b"\r\n\r\n\r\n", b"GET / HTTP/1.1 x y\r\n", b"x" * 20000):
        wire = web.wire()
        wire.receive(junk)
        assert response(wire.take()).status in {400, 431}
        assert wire.closed
