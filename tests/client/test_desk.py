"""Panes: what is before one, what is on its way, what nobody has looked at."""

from chatproto.client.desk import KEPT, Desk, Line, Pane, State
from chatproto.client.message import Message
from chatproto.client.outbox import Parcel, Saying


def said(text: str, who: str = "jinny", room: str = "#lobby", seq: int = 0, *, own: bool = False) -> Message:
    return Message("said", text, who=who, room=room, seq=seq, own=own)


def two_rooms() -> Desk:
    desk = Desk()
    desk.keep_only(("#lobby", "#dev"))
    desk.look("#lobby")
    return desk


def seen(pane: Pane) -> list[tuple[str, State]]:
    return [(line.message.text, line.state) for line in [*pane.lines, *pane.below()]]


def test_a_pane_keeps_the_newest_and_counts_what_it_let_go() -> None:
    pane = Pane("#lobby")
    for number in range(KEPT + 3):
        pane.add(Line(said(str(number))))

    assert (len(pane.lines), pane.dropped, pane.end) == (KEPT, 3, KEPT + 3)
    assert [line.message.text for line in pane.since(0, 2)] == ["3", "4"]
    assert [line.message.text for line in pane.since(KEPT + 1, 9)] == [str(KEPT + 1), str(KEPT + 2)]


def test_what_is_said_where_nobody_looks_is_unread_until_somebody_does() -> None:
    desk = two_rooms()
    desk.take("#dev", Line(said("one", room="#dev")))
    desk.take("#dev", Line(said("oscar: two", room="#dev"), called=True))
    desk.take("#dev", Line(Message("joined", "bob joined", who="bob", room="#dev")))
    desk.take("#dev", Line(said("from before", room="#dev"), before=True))
    desk.take("#lobby", Line(said("seen")))
    assert (desk.panes["#dev"].unread, desk.panes["#dev"].called, desk.unread) == (2, True, 2)
    desk.look("#dev")

    assert (desk.panes["#dev"].unread, desk.panes["#dev"].called, desk.unread) == (0, False, 0)


def test_in_the_room_that_is_open_too_while_nobody_is_there() -> None:
    desk = two_rooms()
    desk.look("#lobby", attentive=False)
    desk.take("#lobby", Line(said("anybody?")))
    assert desk.unread == 1
    desk.look("#lobby")

    assert desk.unread == 0


def test_ones_own_line_stands_below_all_else_until_it_comes_round() -> None:
    desk, parcel = two_rooms(), Parcel(Saying("#lobby", "hi"), "k1")
    desk.send(parcel, said("hi", "oscar", own=True))
    desk.send(parcel, said("hi", "oscar", own=True))
    desk.take("#lobby", Line(said("first")))
    assert seen(desk.pane) == [("first", State.SAID), ("hi", State.PENDING)]
    parcel.seq = 7  # the receipt
    assert seen(desk.pane) == [("first", State.SAID), ("hi", State.SAID)]
    desk.came_round(said("hi", "oscar", seq=7, own=True))
    desk.take("#lobby", Line(said("second", seq=8)))

    assert seen(desk.pane) == [("first", State.SAID), ("hi", State.SAID), ("second", State.SAID)]


def test_of_two_equal_lines_each_takes_its_own_place() -> None:
    desk = two_rooms()
    parcels = [Parcel(Saying("#lobby", "hi"), key) for key in ("k1", "k2")]
    for parcel in parcels:
        desk.send(parcel, said("hi", "oscar", own=True))
    parcels[0].seq = 7
    desk.came_round(said("hi", "oscar", seq=7, own=True))

    assert seen(desk.pane) == [("hi", State.SAID), ("hi", State.PENDING)]


def test_what_was_not_sent_is_marked_once_and_stays() -> None:
    desk = two_rooms()
    for key, room in (("k1", "#lobby"), ("k2", "#dev"), ("k3", "#lobby")):
        desk.send(Parcel(Saying(room, key), key), said(key, "oscar", room, own=True))

    assert desk.fail("k1") == "#lobby"
    assert desk.fail("k1") is None
    assert desk.fail_all() == 2
    assert seen(desk.panes["#lobby"]) == [("k1", State.FAILED), ("k3", State.FAILED)]
    assert seen(desk.panes["#dev"]) == [("k2", State.FAILED)]


def test_a_room_that_is_left_is_put_away_and_outside_of_all_there_is_a_pane_too() -> None:
    desk = two_rooms()
    desk.take("#dev", Line(said("gone", room="#dev")))
    desk.keep_only(())
    desk.look("")
    desk.take("", Line(Message("kicked", "You were put out.")))
    assert list(desk.panes) == [""]
    desk.keep_only(("#dev",))
    desk.look("#dev")

    assert seen(desk.pane) == [("You were put out.", State.SAID)]


def test_where_one_looks_away_there_is_a_mark() -> None:
    desk = two_rooms()
    desk.take("#lobby", Line(said("read")))
    desk.look("#lobby", attentive=False)
    desk.take("#lobby", Line(said("not yet")))
    desk.look("#lobby", attentive=True)

    assert desk.pane.mark == 1
