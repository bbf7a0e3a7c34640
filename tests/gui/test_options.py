"""What the window is told before it opens."""

import pytest

from chatproto.client.options import Options
from chatproto.configuration import Configuration
from chatproto.configuration.leaving import Exit
from chatproto.gui.options import Choice, chosen


def test_it_takes_what_the_terminals_client_takes() -> None:
    argv = ["chat.example.org", "--port", "6000", "--name", "oscar", "--room", "dev", "--room", "Dev", "--lang", "ko"]

    assert chosen(argv, Configuration({"CHAT_TOKEN": "chat_1"})) == Choice(
        Options(
            endpoint="tcp:chat.example.org:6000",
            address="chat.example.org:6000",
            name="oscar",
            token="chat_1",
            rooms=("#dev",),
            lang="ko",
        )
    )


@pytest.mark.parametrize(("argv", "dark"), [([], None), (["--dark"], True), (["--light"], False)])
def test_it_is_as_dark_as_one_says_or_as_the_desktop_is(argv: list[str], dark: bool | None) -> None:
    assert chosen(argv).dark is dark


@pytest.mark.parametrize("argv", [["--port", "x"], ["--room", "a b"], ["--dark", "--light"], ["--tokn=secret"]])
def test_a_mistake_is_named_and_no_secret(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        chosen(argv)

    assert end.value.code == Exit.USAGE
    assert "secret" not in capsys.readouterr().err
