"""The command lines of `send`, `tail` and `ask`, and what is said of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatproto.client.pipe import WORDS
from chatproto.client.pipe.options import PARSERS, WANTED, Question, Sending, Tailing, chosen
from chatproto.client.pipe.status import Status
from chatproto.configuration import Configuration
from chatproto.core import names

SEND = ["send", "--to", "#ops"]


@pytest.mark.parametrize(
    ("argv", "wanted"),
    [
        (["send", "--to", "#Ops"], Sending(to="#ops")),
        (["send", "--to", "jinny", "hello there"], Sending(to="jinny", text="hello there")),
        (["send", "--to", "@민수", "--code"], Sending(to="민수", code=True)),
        ([*SEND, "--lines", "--key", "job-7"], Sending(to="#ops", lines=True, key="job-7")),
        (["tail", "ops", "--json", "--after", "41"], Tailing(room="#ops", json=True, after=41)),
        (["tail", "#ops", "--last", "5", "--no-follow"], Tailing(room="#ops", last=5, follow=False)),
        (["ask", "#ops", "Deploy?"], Question(room="#ops", text="Deploy?", options=("yes", "no"))),
        (
            ["ask", "#ops", "배포?", "--options", "예, 아니오"],
            Question(room="#ops", text="배포?", options=("예", "아니오")),
        ),
    ],
)
def test_a_command_line_says_what_is_wanted(argv: list[str], wanted: Sending | Tailing | Question) -> None:
    assert chosen(argv).wanted == wanted


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["send"], "write '#ops'"),
        (["send", "--to"], "write '#ops'"),
        (["tail"], "write '#ops'"),
        ([*SEND, "--code", "--lines"], "not allowed with"),
        ([*SEND, "--lines", "text"], "leave TEXT out"),
        (["send", "--to", "jinny", "--key", "k"], "--key is for rooms"),
        (["send", "--to", "a/b"], "A name may hold letters"),
        ([*SEND, "--token", "chat_SECRET"], "--name NAME"),
        ([*SEND, "--tokn=chat_SECRET"], "no such option: --tokn (did you mean --token?)"),
        ([*SEND, "--timeout", "soon"], "30s, 5m or 2h"),
        ([*SEND, "--port", "0"], "--port takes"),
        (["tail", "#ops", "--after", "-1"], "whole number"),
        (["ask", "#ops", "Deploy?", "--options", "yes"], "two or more"),
        (["ask", "#ops", "Deploy?", "--options", "yes,YES"], "two or more"),
        (["ask", "#ops", " "], "nothing to say"),
    ],
)
def test_a_mistake_is_2_and_explained_without_a_secret(
    argv: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        chosen(argv)
    err = capsys.readouterr().err

    assert (exit_.value.code, told in err, "SECRET" in err) == (Status.USAGE, True, False)


@pytest.mark.parametrize(("given", "seconds"), [("90", 90), ("30s", 30), ("5m", 300), ("2h", 7200), ("0", 0)])
def test_a_time_is_written_as_in_commands(given: str, seconds: float) -> None:
    assert chosen([*SEND, "--timeout", given]).timeout == seconds


def test_where_and_who_come_from_the_environment_as_in_the_client() -> None:
    known = {"CHAT_HOST": "chat", "CHAT_PORT": "4000", "CHAT_NAME": "ci", "CHAT_TOKEN": "chat_1"}
    job = chosen(SEND, Configuration(known))

    assert (job.server.endpoint, job.names, job.server.token) == ("tcp:chat:4000", ("ci",), "chat_1")
    assert "chat_1" not in repr(job)


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"LOGNAME": "oscar", "USER": "root"}, "oscar-script"),
        ({}, "script"),
        ({"USER": "o" * 99}, "o" * 20 + "-script"),
    ],
)
def test_without_a_name_it_is_the_users_with_something_behind_it(environ: dict[str, str], name: str) -> None:
    found = chosen(SEND, Configuration(environ)).names

    assert found[:2] == (name, f"{name}-2")
    assert [names.person(each) for each in found] == list(found)


def test_every_word_has_a_parser_and_every_help_tells_every_exit_status() -> None:
    assert set(WORDS) == set(PARSERS) == set(WANTED)
    for parser in PARSERS.values():
        told = parser().format_help()
        assert [status for status in Status if f"{status.value}      {status.told}" not in told] == []


def test_the_page_tells_every_exit_status_in_the_same_words() -> None:
    page = Path(__file__).parents[2] / "docs/howto/scripts-and-cron.md"
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", page.read_text("utf-8"), re.MULTILINE)

    assert rows == [(str(status.value), status.told) for status in Status]
