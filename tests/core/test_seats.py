"""From where a command is given: what /help lists at a console can be done there, and what it leaves out is refused."""

import pytest

from chatproto.core.declare import Spec
from chatproto.core.events import Reason, Refusal
from chatproto.core.members import Member
from chatproto.core.parse import STANDARD
from chatproto.core.seats import Seat
from tests.core.talkers import Table, filled

# A line of each command that is listed at a console, as it may be typed there.
DONE = """
/say tea is ready
/msg oscar hello
/history #lobby
/since #lobby 2h
/search tea in:#lobby
/delete #lobby 1
/invite #lobby
/rooms
/who
/topic #lobby tea
/set limit 5
/lang ko
/time full
/tz UTC
/whoami
/quit
/slip
/kick oscar
/ban oscar
/unban 192.0.2.7
/bans
/mute oscar
/unmute bob
/op oscar
/deop bob
/announce tea
/grant oscar
/revoke bob
/shutdown
/help
/settings
""".split("\n")[1:-1]
CONSOLES = (Seat.CONSOLE, Seat.TERMINAL)


class Consoles(Table):
    """A chat with somebody to give orders about, and the operator's two consoles."""

    def __init__(self) -> None:
        super().__init__()
        self.person("oscar")
        self.person("bob", admin=True)
        self.at = {seat: self.chat.admit_console(0.0, address="local", seat=seat)[0] for seat in CONSOLES}
        for line in ("/ban 192.0.2.7", "/mute bob", "/op bob"):
            self.do(self.at[Seat.CONSOLE], line)

    def listed(self, me: Member) -> list[str]:
        self.do(me, "/help")
        return [line.split()[0] for line in self.answers(me)[:-1]]


def example(word: str) -> str:
    return next(line for line in DONE if line.split()[0] == word)


@pytest.mark.parametrize("seat", CONSOLES)
def test_what_is_listed_at_a_console_can_be_done_there(seat: Seat) -> None:
    table = Consoles()
    listed = table.listed(table.at[seat])
    assert "/reset" in listed  # it needs a registered name: tests/test_accounts.py does it
    for word in set(listed) - {"/reset"}:
        table = Consoles()
        table.do(table.at[seat], example(word))


@pytest.mark.parametrize("seat", Seat)
@pytest.mark.parametrize("spec", STANDARD.specs, ids=lambda spec: spec.word)
def test_what_is_not_listed_is_refused_with_the_way_out(seat: Seat, spec: Spec) -> None:
    table = Consoles()
    me = table.at.get(seat) or table.person("ann", admin=True)
    if f"/{spec.word}" in table.listed(me):
        return
    values = {f.name: f.default if f.optional else "x" for f in spec.fields}
    with pytest.raises(Refusal) as no:
        table.chat.do(me, spec.build(**values), 0.0)
    assert no.value.reason is Reason.NOT_ALLOWED
    assert any(way in filled(no.value.sentence) for way in ("in a client", "/shutdown", "at the console"))


def test_the_chat_leaves_out_what_is_done_at_a_console_only() -> None:
    table = Consoles()
    assert "/reset" not in table.listed(table.person("ann", admin=True))


def test_only_a_console_that_can_be_left_lists_how() -> None:
    table = Consoles()
    assert ["/quit" in table.listed(table.at[seat]) for seat in CONSOLES] == [True, False]
