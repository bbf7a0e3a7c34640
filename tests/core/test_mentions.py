"""Who is called by a text: one table for the server, the terminal, the window and, in a browser, the page."""

import json
from pathlib import Path

import pytest

from chatproto.client.view import names_me
from chatproto.core.mentions import mentioned
from chatproto.core.names import fold

TABLE = json.loads((Path(__file__).parent.parent / "tables" / "mentions.json").read_text("utf-8"))
PEOPLE = TABLE["people"]


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: ascii(case["text"]))
def test_a_text_calls_whole_names_at_the_borders_of_words(case: dict[str, object]) -> None:
    text, called = str(case["text"]), case["called"]
    assert isinstance(called, list)
    assert mentioned(text, {fold(name) for name in PEOPLE}) == {fold(name) for name in called}
    assert [me for me in PEOPLE if names_me(text, me, PEOPLE)] == [me for me in PEOPLE if me in called]


def test_nobody_is_called_where_nobody_is_anybody() -> None:
    assert not names_me("@ hi", "")
    assert mentioned("@oscar", ()) == set()
