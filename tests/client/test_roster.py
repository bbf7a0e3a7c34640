"""Who is where, as a client hears it."""

from chatproto.client.message import Message
from chatproto.client.roster import Roster
from chatproto.testing import ChatInMemory
from tests.client.kit import Heard, Net, session_on


def roster_of(session_heard: Heard) -> Roster:
    roster = Roster()
    for message in session_heard.messages:
        roster.hear(message)
    return roster


def listed(room: str, count: int, members: str | None = None) -> Message:
    named = {} if members is None else {"members": members}
    return Message("answer", "", headers={"room": room, "count": str(count), **named})


def test_it_follows_who_comes_goes_is_put_out_and_is_called_otherwise() -> None:
    chat = ChatInMemory()
    net = Net(chat)
    session = session_on(net)
    heard = Heard(session)
    bob, jinny = chat.person("bob"), chat.person("jinny")
    session.start("oscar")
    session.enter("#lobby")
    net.run()
    assert roster_of(heard)["#lobby"].names == ("bob", "jinny", "oscar")
    chat.person("민수")
    jinny.types("/nick Jane", "/join dev")
    bob.types("/quit")
    net.run()
    assert roster_of(heard)["#lobby"].names == ("Jane", "oscar", "민수")
    jinny.wire.cut()
    chat.settle()
    net.run()

    assert roster_of(heard)["#lobby"].names == ("oscar", "민수")
    assert roster_of(heard)["#lobby"].count == 2
    assert roster_of(heard)["#dev"].count == 0


def test_of_a_large_room_it_knows_the_number_and_the_names_it_heard() -> None:
    roster = Roster()
    roster.hear(listed("#lobby", 150))
    roster.hear(Message("joined", "", who="bob", room="#lobby"))
    roster.hear(Message("left", "", who="somebody", room="#lobby"))

    assert (roster["#lobby"].count, roster["#lobby"].names, roster["#lobby"].all_named) == (150, ("bob",), False)


def test_who_comes_twice_is_there_once() -> None:
    roster = Roster()
    roster.hear(listed("#lobby", 2, "oscar,Bob"))
    roster.hear(Message("joined", "", who="bob", room="#lobby"))

    assert (roster["#lobby"].count, roster["#lobby"].names) == (2, ("bob", "oscar"))


def test_what_is_said_changes_nothing_and_a_room_that_is_left_is_forgotten() -> None:
    roster = Roster()
    roster.hear(listed("#lobby", 1, "oscar"))

    assert not roster.hear(Message("said", "hi", who="jinny", room="#lobby"))
    assert roster["#lobby"].names == ("oscar",)
    roster.forget("#lobby")
    assert not roster["#lobby"].names


def test_names_from_elsewhere_are_made_harmless() -> None:
    roster = Roster()
    roster.hear(listed("#lobby", 2, "os\x1b[2Jcar,two\nlines,"))

    assert roster["#lobby"].names == ("oscar", "two lines")
