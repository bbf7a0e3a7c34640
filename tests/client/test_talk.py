"""A conversation at a screen: what is heard finds its pane, what is said is seen at once."""

from __future__ import annotations

import itertools

import pytest

from chatproto.client.conversation import Setting
from chatproto.client.desk import State
from chatproto.client.session import Manner, Session
from chatproto.client.talk import BACKLOG, MAX_LINE, Talk
from chatproto.client.tastes import Tastes
from chatproto.client.view import View
from chatproto.core.members import Taste
from chatproto.testing import ChatInMemory
from tests.client.kit import Net, Paper, guarded_chat

SIGNS = {State.SAID: "", State.PENDING: "… ", State.FAILED: "✗ "}


class Drawn(Paper):
    """A screen on which nothing is drawn; it counts how often it rang."""

    rang = 0

    def changed(self) -> None:
        """Draw nothing."""

    def ring(self) -> None:
        self.rang += 1


class Seat:
    """Somebody at a screen, on a chat in memory."""

    def __init__(self, chat: ChatInMemory, name: str = "oscar", *rooms: str, token: str = "") -> None:
        self.net, self.screen = Net(chat), Drawn()
        numbers = itertools.count(1)
        session = Session(
            self.net, chat.clock, keys=lambda: f"{name}-{next(numbers)}", random=lambda: 0.5, manner=Manner()
        )
        tastes = Tastes(Taste(tz="UTC"), lambda: {"UTC"})
        self.talk = Talk(
            session, self.screen, View(), tastes, Setting("localhost:5005", rooms or ("#lobby",), backlog=BACKLOG)
        )
        self.talk.begin(name, token)
        self.net.run()

    def types(self, *lines: str) -> None:
        for line in lines:
            self.talk.typed(line)
        self.net.run()

    def sees(self, room: str = "") -> list[str]:
        """Return what stands in a pane, each line with a sign of how it fares."""
        pane = self.talk.desk.of(room) if room else self.talk.desk.pane
        return [SIGNS[line.state] + line.message.text for line in [*pane.lines, *pane.below()]]

    def sees_new(self) -> list[str]:
        """Return what the open pane has since it was last looked at so."""
        seen = self.sees()
        new, self._had = seen[getattr(self, "_had", 0) :], len(seen)
        return new


@pytest.fixture
def chat() -> ChatInMemory:
    return ChatInMemory()


def test_ones_own_line_is_seen_before_the_server_has_it(chat: ChatInMemory) -> None:
    seat = Seat(chat)
    jinny = chat.person("jinny")
    seat.net.run()
    seat.sees_new()
    seat.talk.typed("hi")
    seat.talk.typed("/me waves")
    assert seat.sees_new() == ["… hi", "… oscar waves"]
    seat.net.run()

    assert seat.sees()[-2:] == ["hi", "oscar waves"]
    assert jinny.reads() == ["[00:00] <oscar> hi", "* <oscar> waves"]


def test_it_stays_where_all_others_have_it(chat: ChatInMemory) -> None:
    seat, jinny = Seat(chat), chat.person("jinny")
    seat.net.run()
    seat.talk.typed("mine")
    jinny.types("hers")
    seat.net.run()
    seat.net.wait(1)
    order = [text for text in seat.sees() if text in {"mine", "hers"}]

    assert order == ["hers", "mine"]
    assert jinny.reads()[-1:] == ["[00:00] <oscar> mine"]


def test_a_line_that_is_refused_is_marked_and_the_reason_follows(chat: ChatInMemory) -> None:
    chat.person("jinny").types("/join dev", "/set hush 1")
    seat = Seat(chat, "oscar", "#dev")
    seat.types("hello")

    assert seat.sees()[-2:] == ["✗ hello", "#dev is hushed: only its operators may speak now."]


def test_what_is_said_while_the_line_is_cut_is_said_once_it_is_back(chat: ChatInMemory) -> None:
    seat, jinny = Seat(chat), chat.person("jinny")
    seat.net.run()
    seat.net.cut()
    seat.types("kept")
    assert seat.sees()[-1] == "… kept"
    seat.net.wait(5)

    assert seat.sees()[-1] == "kept"
    assert [line for line in jinny.reads() if "kept" in line] == ["[00:00] <oscar> kept"]


def test_coming_back_tells_nothing_that_nobody_asked(chat: ChatInMemory) -> None:
    seat = Seat(chat)
    before = seat.sees()
    seat.net.cut()
    seat.net.wait(5)
    assert seat.sees() == before
    seat.types("/who")

    assert seat.sees()[len(before) :] == ["1 in #lobby: oscar"]


def test_a_direct_message_of_ones_own_is_seen_too(chat: ChatInMemory) -> None:
    seat, jinny = Seat(chat), chat.person("jinny")
    seat.net.run()
    seat.types("/msg jinny psst")

    assert seat.sees()[-1] == "psst"
    assert jinny.reads()[-1:] == ["\a-oscar- psst"]
    seat.types("/msg nobody psst")
    assert seat.sees()[-2].startswith("✗ ")


def test_what_is_said_in_another_room_waits_there(chat: ChatInMemory) -> None:
    seat, jinny = Seat(chat, "oscar", "#dev", "#lobby"), chat.person("jinny")
    jinny.types("/join dev", "@oscar are you here?")
    seat.net.run()

    assert "@oscar are you here?" not in seat.sees()
    assert (seat.talk.desk.panes["#dev"].unread, seat.talk.desk.panes["#dev"].called) == (1, True)
    seat.talk.step(-1)
    assert seat.sees()[-1] == "@oscar are you here?"
    assert seat.talk.desk.unread == 0


def test_going_to_a_room_needs_no_server_and_a_rulers_command_means_that_room(chat: ChatInMemory) -> None:
    bob = chat.person("bob")
    seat = Seat(chat, "oscar", "#dev", "#lobby")
    jinny = chat.person("jinny")
    jinny.types("/join dev")
    seat.net.run()
    seat.net.there = False
    seat.talk.go_to("#dev")
    assert seat.talk.desk.open == "#dev"
    seat.net.there = True
    seat.types("/kick jinny")

    assert seat.sees()[-1] == "jinny was put out by oscar"
    assert "jinny" in chat.factory.chat.people
    assert [line for line in bob.reads() if "put out" in line] == []
    assert seat.talk.present.names == ("oscar",)


def test_the_roster_and_completion_follow_the_room_that_is_open(chat: ChatInMemory) -> None:
    chat.person("jinny")
    bob = chat.person("bob")
    bob.types("/join dev")
    seat = Seat(chat, "oscar", "#dev", "#lobby")

    assert list(seat.talk.present.names) == ["bob", "jinny", "oscar"]
    seat.talk.step(1)
    assert list(seat.talk.present.names) == ["bob", "oscar"]
    assert (list(seat.talk.known().names), list(seat.talk.known().rooms)) == (["bob"], ["#dev", "#lobby"])


def test_who_slips_out_is_taken_off_the_list_and_nothing_is_shown(chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    seat = Seat(chat)
    before = seat.sees()
    jinny.types("/slip")
    seat.net.run()

    assert (list(seat.talk.present.names), seat.sees()) == (["oscar"], before)


def test_who_is_put_out_of_a_room_is_told_in_the_next(chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    jinny.types("/join dev")
    seat = Seat(chat, "oscar", "#lobby", "#dev")
    jinny.types("/kick #dev oscar enough")
    seat.net.run()

    assert list(seat.talk.desk.panes) == ["#lobby"]
    assert "enough" in seat.sees()[-1]


def test_the_bell_rings_when_one_is_called_and_not_for_what_was_said_before(chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    jinny.types("oscar: before")
    seat = Seat(chat)
    jinny.types("anybody?")
    seat.net.run()
    assert seat.screen.rang == 0
    jinny.types("oscar: now", "/msg oscar psst")
    seat.net.run()

    assert seat.screen.rang == 2


def test_a_line_that_no_server_takes_is_refused_here(chat: ChatInMemory) -> None:
    seat = Seat(chat)
    seat.types("가" * (MAX_LINE // 3 + 1))

    assert seat.sees()[-1] == f"That line is too long: at most {MAX_LINE} bytes."


@pytest.mark.parametrize("rooms", [("#lobby",), ("#dev", "#lobby"), ("#priv",)])
def test_why_one_may_not_come_in_is_seen_wherever_one_is(chat: ChatInMemory, rooms: tuple[str, ...]) -> None:
    chat.person("jinny").types("/join priv", "/set private on")
    seat = Seat(chat, "oscar", *rooms)
    seat.types("/join priv")
    no = "#priv is private. Somebody who runs it can invite you; then: /join #priv INVITATION"

    assert seat.sees()[-1] == no
    assert "#priv" not in seat.talk.desk.panes


def test_who_may_not_come_in_is_where_they_were(chat: ChatInMemory) -> None:
    """Else what is said next is said to others."""
    jinny, seat = chat.person("jinny"), Seat(chat, "oscar", "#a", "#b", "#c")
    jinny.types("/join priv", "/set private on", "/join a")
    seat.talk.go_to("#a")
    seat.types("/join priv")
    seat.types("hello")

    assert seat.talk.desk.open == "#a"
    assert "<oscar> hello" in jinny.reads()[-1]


def test_what_was_typed_ahead_into_a_room_that_one_may_not_enter_is_marked(chat: ChatInMemory) -> None:
    chat.person("jinny").types("/join priv", "/set private on")
    seat = Seat(chat)
    seat.types("/join priv", "hello")

    assert seat.sees()[-2:] == ["✗ hello", "There is no room #priv. /rooms lists them, /join makes one."]


def test_why_one_may_not_come_back_is_seen(chat: ChatInMemory) -> None:
    seat = Seat(chat, "oscar", "#priv")
    seat.types("/set private on")
    seat.net.cut()
    chat.wait(60)
    seat.net.run()
    seat.net.wait(5)

    assert "#priv is private" in seat.sees()[-1]


def test_what_is_refused_here_has_the_time_at_which_it_was_typed(chat: ChatInMemory) -> None:
    seat = Seat(chat)
    chat.wait(60)
    seat.types("/nonsense", "/kick #dev")

    assert [line.message.at for line in seat.talk.desk.pane.lines][-2:] == [chat.clock.seconds()] * 2


def test_what_was_not_sent_at_the_end_is_marked(chat: ChatInMemory) -> None:
    seat = Seat(chat)
    seat.net.there = False
    seat.net.cut()
    seat.types("lost", "/quit")

    assert seat.sees()[-1] == "✗ lost"
    assert seat.screen.told[-1] == "Fail to send msg."


def test_what_was_said_before_comes_first_then_where_one_stands_then_what_is_new(chat: ChatInMemory) -> None:
    jinny = chat.person("jinny")
    jinny.types("one", "oscar: two")
    seat = Seat(chat)
    jinny.types("three")
    seat.net.run()

    since = "2 said before you came, since 1970-01-01 00:00:00:"
    assert seat.sees() == [since, "one", "oscar: two", "You are in #lobby with jinny.", "three"]
    assert (seat.talk.desk.pane.mark, seat.talk.desk.pane.unread) == (3, 0)


def test_a_registered_one_comes_back_to_what_was_read_and_below_it_to_what_was_not() -> None:
    chat = guarded_chat("oscar")
    jinny = chat.person("jinny")
    jinny.types("one", "two")
    Seat(chat, token="open sesame").types("/quit")
    chat.wait(60)
    jinny.types("oscar: three", "four")
    seat = Seat(chat, token="open sesame")

    since = "2 said before you came, since 1970-01-01 00:01:00:"
    assert seat.sees() == ["one", "two", since, "oscar: three", "four", "You are in #lobby with jinny."]
    assert (seat.talk.desk.pane.mark, seat.screen.rang) == (2, 0)


def test_where_none_of_what_was_read_is_shown_the_separator_stands_before_what_was_not() -> None:
    chat = guarded_chat("oscar")
    jinny = chat.person("jinny")
    jinny.types("read")
    Seat(chat, token="open sesame").types("/quit")
    jinny.types(*(f"line {n}" for n in range(BACKLOG)))
    seat = Seat(chat, token="open sesame")

    assert seat.sees()[:2] == ["50 said before you came, since 1970-01-01 00:00:00:", "line 0"]
    assert seat.talk.desk.pane.mark == 0


def test_of_a_room_that_is_not_looked_at_what_one_has_not_read_counts_and_who_called_is_known() -> None:
    chat = guarded_chat("oscar")
    jinny = chat.person("jinny")
    jinny.types("one")
    Seat(chat, token="open sesame").types("/quit")
    jinny.types("oscar: two", "three", "/join dev", "here")
    seat = Seat(chat, "oscar", "#lobby", "#dev", token="open sesame")

    lobby, dev = (seat.talk.desk.of(room) for room in ("#lobby", "#dev"))
    assert [(pane.unread, pane.called) for pane in (lobby, dev)] == [(2, True), (0, False)]
    assert seat.screen.rang == 0


def test_what_one_has_said_at_another_place_is_no_news() -> None:
    chat = guarded_chat("oscar")
    home, away = Seat(chat, token="open sesame"), Seat(chat, token="open sesame")
    home.types("/bell all")
    home.talk.look_up(attentive=False)
    away.types("oscar: that is me", "/me waves")
    home.net.run()

    assert home.sees()[-2:] == ["oscar: that is me", "oscar waves"]
    assert (home.talk.desk.pane.unread, home.talk.desk.pane.called, home.screen.rang) == (0, False, 0)


def test_to_what_is_unread_and_first_to_where_one_is_called(chat: ChatInMemory) -> None:
    seat, jinny = Seat(chat, "oscar", "#a", "#b", "#lobby"), chat.person("jinny")
    jinny.types("/join a", "hi", "/join b", "oscar: hi")
    seat.net.run()
    went = []
    for _ in range(3):
        seat.talk.to_unread()
        went.append(seat.talk.desk.open)

    assert went == ["#b", "#a", "#a"]


def test_a_command_is_seen_until_it_is_answered_and_its_password_is_not(chat: ChatInMemory) -> None:
    seat = Seat(chat)
    seat.net.there = False
    seat.net.cut()
    before = len(seat.sees())
    seat.types("/who", "/register open sesame")
    assert seat.sees()[before:] == ["… /who #lobby", "… /register …"]
    seat.net.there = True
    seat.net.wait(10)

    assert [line for line in seat.sees() if line.startswith("…")] == []


def test_going_back_to_a_room_asks_nobody(chat: ChatInMemory) -> None:
    seat = Seat(chat, "oscar", "#dev", "#lobby")
    before = seat.sees("#dev")
    seat.types("/join dev")

    assert seat.talk.desk.open == "#dev"
    assert (seat.sees(), len(seat.talk.session.outbox)) == (before, 0)


def test_rooms_that_one_is_not_in_are_completed_too_and_named_only_when_asked_for(chat: ChatInMemory) -> None:
    chat.person("jinny").types("/join dev")
    seat = Seat(chat)

    assert list(seat.talk.known().rooms) == ["#lobby", "#dev"]
    assert [line for line in seat.sees() if "#dev" in line] == []
    seat.net.cut()
    looks: list[str] = []
    seat.screen.changed = lambda: looks.extend(seat.sees())  # type: ignore[method-assign]
    seat.net.wait(5)
    assert [line for line in looks if "/rooms" in line] == []
    seat.types("/rooms")
    assert seat.sees()[-1] == "#lobby (2)\n#dev (1)"
