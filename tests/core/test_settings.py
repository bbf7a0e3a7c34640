"""What `/settings` shows: every setting, its value, and where that comes from."""

from dataclasses import fields

import pytest

from chatproto.core.events import Reason, say
from chatproto.core.settings import Settings, listed
from chatproto.words import spoken
from tests.core.talkers import Table


def shown(settings: Settings, **origins: str) -> dict[str, tuple[str, str]]:
    """Return (value, origin) by option."""
    lines = list(listed(settings, {name: say(origin) for name, origin in origins.items()}))
    return {str(line.args["option"]): (str(line.args["value"]), spoken(line.args["origin"], "en")) for line in lines}  # type: ignore[arg-type]


def test_every_setting_is_listed_by_its_options_name() -> None:
    assert list(shown(Settings())) == [field.name.replace("_", "-") for field in fields(Settings)]


@pytest.mark.parametrize(
    ("settings", "origins", "wanted"),
    [
        (Settings(), {}, ("8192", "default")),
        (Settings(max_line=100), {}, ("100", "chosen")),
        (Settings(max_line=100), {"max_line": "environment"}, ("100", "environment")),
        (Settings(max_line=0), {"max_line": "command line"}, ("0", "command line")),
    ],
)
def test_a_value_is_shown_with_where_it_comes_from(
    settings: Settings, origins: dict[str, str], wanted: tuple[str, str]
) -> None:
    assert shown(settings, **origins)["max-line"] == wanted


@pytest.mark.parametrize(
    ("settings", "option", "value"),
    [(Settings(rate=0.5), "rate", "0.5"), (Settings(), "linger", "30"), (Settings(), "tz", "–")],
)
def test_a_value_is_shown_as_one_would_give_it(settings: Settings, option: str, value: str) -> None:
    assert shown(settings)[option][0] == value


def test_an_administrator_is_shown_them() -> None:
    table = Table()
    ann = table.person("ann", admin=True)
    table.do(ann, "/settings")
    line, *_ = table.answers(ann)
    assert line.split() == ["max-line", "8192", "default", *"bytes of a line or a header line".split()]


def test_nobody_else_is() -> None:
    table = Table()
    assert table.refused(table.person("ann"), "/settings") is Reason.NOT_ALLOWED
