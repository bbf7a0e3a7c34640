"""The line that tells where one is."""

import pytest
from prompt_toolkit.formatted_text import fragment_list_width

from chatproto.client.desk import Pane
from chatproto.client.roster import Present
from chatproto.client.screen.status import Standing, status
from tests.client.screen.kit import text_of

THREE = Present({"jinny": "jinny", "oscar": "oscar", "민수": "민수"}, all_named=True)
HERE = Pane("#dev")
ELSEWHERE, CALLING = Pane("#lobby", unread=4), Pane("#ops", unread=1, called=True)


def line(columns: int = 80, room: str = "#dev", trouble: str = "", present: Present = THREE, *panes: Pane) -> str:
    standing = Standing(room, "oscar", trouble, present, panes or (HERE, ELSEWHERE, CALLING))
    return text_of(status(standing, columns, "en")).rstrip()


def test_it_tells_the_room_the_connection_what_is_unread_and_who_is_here() -> None:
    assert line() == " #dev   ● oscar  #lobby 4  #ops 1!  3: jinny, oscar, 민수"


def test_what_is_done_about_a_cut_stands_where_the_name_was() -> None:
    assert line(trouble="Connecting again in 4 s …").startswith(" #dev   ○ Connecting again in 4 s …  ")


def test_what_came_below_while_one_reads_above_is_told_too() -> None:
    assert "  ↓ 2 below  " in line(80, "#dev", "", THREE, Pane("#dev", unread=2))


def test_of_a_large_room_there_is_a_number() -> None:
    assert line(present=Present(told=250)).endswith("#ops 1!  250")


def test_before_there_is_a_room_it_says_little() -> None:
    assert line(80, "", "not connected", Present(), Pane("")) == " -   ○ not connected"


@pytest.mark.parametrize("columns", [1, 2, 10, 20, 33, 51, 52, 53, 80])
def test_it_is_as_wide_as_the_terminal_and_loses_its_end_first(columns: int) -> None:
    standing = Standing("#dev", "oscar", "", THREE, (HERE, ELSEWHERE, CALLING))
    found = status(standing, columns, "en")

    assert fragment_list_width(found) == columns
    assert text_of(found).endswith(" "), "a mark in the last column would be lost"
    assert line(200).startswith(text_of(found).rstrip().removesuffix("…"))


def test_what_calls_looks_otherwise_than_what_is_merely_unread() -> None:
    looks = {
        text: style for style, text, *_ in status(Standing("#dev", "o", "", THREE, (ELSEWHERE, CALLING)), 80, "en")
    }

    assert "class:called" in looks["#ops 1!"]
    assert "class:called" not in looks["#lobby 4"]
