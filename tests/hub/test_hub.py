"""The hub: one batch a turn, one order for each reader, and what happens when something goes wrong."""

import weakref
from collections.abc import Callable, Iterable, Sequence

import pytest
from twisted.internet.defer import Deferred, fail

from chatproto.core.chat import Chat
from chatproto.core.commands import ALL
from chatproto.core.declare import Command, command
from chatproto.core.events import Delivery, Entered, Entry, Quit, Reason, Said
from chatproto.core.members import Member
from chatproto.hub import Session
from chatproto.journal import Page
from chatproto.journal.memory import MemoryJournal
from tests.hub.stubs import SlowJournal, Stage, StubDoor, StubLook, door_of


class Batches(MemoryJournal):
    """A journal that counts what is appended at once."""

    def __init__(self) -> None:
        super().__init__(0)
        self.sizes: list[int] = []

    def append(self, batch: Sequence[Delivery]) -> None:
        self.sizes.append(len([d for d in batch if d.event.kept]))
        super().append(batch)


def talk(session: Session) -> list[str]:
    return [line for line in door_of(session).reads() if "said" in line or "gap" in line]


def test_what_happens_in_one_turn_of_the_reactor_goes_to_the_journal_as_one_batch() -> None:
    journal = Batches()
    stage = Stage(journal)
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    journal.sizes.clear()
    for n in range(10):
        stage.do(ann, f"/say #dev {n}")
        stage.do(bob, f"/say #dev {n}")
    assert journal.sizes == []
    stage.turn()
    assert journal.sizes == [20]


def test_private_and_room_events_come_in_the_order_in_which_they_happened() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#a", "#b"), stage.program("bob", "#a", "#b")
    door_of(bob).reads()
    for line in ("/say #a 1", "/msg bob 2", "/say #b 3", "/say #a 4", "/msg bob 5"):
        stage.do(ann, line)
    stage.settle()
    heard = [line for line in door_of(bob).reads() if "said" in line]
    assert [line for line in heard if not line.startswith("#b")] == [
        "#a 1 said 1",
        "me said 2",
        "#a 2 said 4",
        "me said 5",
    ]
    assert heard.index("me said 2") < heard.index("#b 1 said 3") < heard.index("me said 5")


def test_who_quits_is_told_of_once_to_a_person_however_many_rooms_they_share() -> None:
    stage = Stage()
    ann, bob = stage.person("ann"), stage.person("bob")
    for session in (ann, bob):
        stage.does(session, "/join a")
        stage.does(session, "/join b")
    door_of(bob).reads()
    stage.does(ann, "/quit")
    assert door_of(bob).reads() == ["#lobby 0 left ann"]


def test_a_program_is_told_of_it_in_each_room() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#a", "#b"), stage.program("bob", "#a", "#b")
    door_of(bob).reads()
    stage.does(ann, "/quit")
    assert door_of(bob).reads() == ["#a 0 left ann", "#b 0 left ann"]


def test_who_shares_only_the_second_room_is_told_there() -> None:
    stage = Stage()
    ann, bob = stage.person("ann"), stage.person("bob")
    for session in (ann, bob):
        stage.does(session, "/join b")
    stage.does(bob, "/leave #lobby")
    door_of(bob).reads()
    stage.does(ann, "/nick anna")
    stage.does(ann, "/quit")
    assert door_of(bob).reads() == ["#b 0 renamed ann", "#b 0 left anna"]


def test_a_reader_that_takes_no_more_is_left_in_its_place_and_read_forward_from_there() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    stage.does(ann, "/say #dev 1")
    stage.hub.pause(bob)
    talk(bob)
    for n in range(2, 252):  # some pages
        stage.does(ann, f"/say #dev {n}")
    assert talk(bob) == []
    stage.hub.go_on(bob)
    stage.do(ann, "/say #dev 252")
    stage.settle()
    stage.does(ann, "/say #dev 253")
    assert talk(bob) == [f"#dev {n} said {n}" for n in range(2, 254)]


def test_a_reader_that_stops_in_the_midst_of_reading_forward_goes_on_where_it_stopped() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    stage.hub.pause(bob)
    for n in range(1, 301):
        stage.do(ann, f"/say #dev {n}")
    stage.settle()
    door_of(bob).reads()
    door_of(bob).takes, door_of(bob).full = 1, lambda: stage.hub.pause(bob)
    stage.hub.go_on(bob)
    stage.settle()
    first = talk(bob)
    assert 0 < len(first) < 300
    stage.hub.go_on(bob)
    stage.settle()
    assert first + talk(bob) == [f"#dev {n} said {n}" for n in range(1, 301)]


def test_a_reader_that_stops_while_pages_are_fetched_for_it_is_given_none_of_them() -> None:
    """Else it would be held a page of each of its rooms, each of a hundred messages."""
    journal = SlowJournal()
    stage = Stage(journal)
    ann, bob = stage.program("ann", "#dev", "#ops"), stage.program("bob", "#dev", "#ops")
    stage.hub.pause(bob)
    for line in ("/say #dev 1", "/say #ops 1"):
        stage.does(ann, line)
    door_of(bob).reads()
    for room in ("#dev", "#ops"):
        door_of(bob).takes, door_of(bob).full = 1, lambda: stage.hub.pause(bob)
        stage.hub.go_on(bob)
        stage.settle()
        assert door_of(bob).reads() == [f"{room} 1 said 1"]


def test_a_reader_that_stops_within_a_batch_gets_none_of_it_twice() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    door_of(bob).reads()
    door_of(bob).takes, door_of(bob).full = 1, lambda: stage.hub.pause(bob)
    for line in ("/say #dev 1", "/msg bob psst", "/say #dev 2"):
        stage.do(ann, line)
    stage.settle()
    stage.hub.go_on(bob)
    stage.settle()
    assert talk(bob) == ["#dev 1 said 1", "me said psst", "#dev 2 said 2"]


def test_a_reader_that_joins_within_a_batch_and_takes_nothing_begins_where_it_joined() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob")
    stage.hub.pause(bob)
    stage.do(ann, "/say #dev before")
    stage.hub.subscribe(bob, "#dev", Entered())
    stage.do(ann, "/say #dev after")
    stage.settle()
    stage.hub.go_on(bob)
    stage.settle()
    assert talk(bob) == ["#dev 2 said after"]


@pytest.mark.parametrize("place", [Entered(after=0), Entered(last=9)])
def test_an_answer_of_the_journal_is_for_the_visit_that_asked(place: Entered) -> None:
    journal = SlowJournal()
    stage = Stage(journal)
    ann, bob = stage.program("ann", "#dev"), stage.program("bob")
    for n in range(1, 4):
        stage.does(ann, f"/say #dev {n}")
    stage.hub.subscribe(bob, "#dev", place)
    stage.turn()  # the journal was asked, and has not answered
    stage.hub.unsubscribe(bob, "#dev")
    stage.hub.subscribe(bob, "#dev", Entered(after=2))
    stage.turn()
    stage.settle()
    assert talk(bob) == ["#dev 3 said 3"]


def test_what_is_not_kept_is_not_replayed_to_a_reader_that_was_slow() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    stage.hub.pause(bob)
    door_of(bob).reads()
    cho = stage.program("cho", "#dev")
    stage.does(ann, "/say #dev hi")
    stage.does(cho, "/quit")
    stage.hub.go_on(bob)
    stage.settle()
    assert door_of(bob).reads() == ["#dev 1 said hi"]


@pytest.mark.parametrize(
    ("place", "numbers"),
    [
        (Entered(), []),
        (Entered(after=0), [1, 2, 3, 4, 5]),
        (Entered(after=3), [4, 5]),
        (Entered(after=5), []),
        (Entered(last=2), [4, 5]),
        (Entered(last=9), [1, 2, 3, 4, 5]),
    ],
)
@pytest.mark.parametrize("journal", [MemoryJournal, SlowJournal])
def test_after_and_last_say_where_a_reader_begins(
    place: Entered, numbers: list[int], journal: Callable[[int], MemoryJournal]
) -> None:
    """WIRE: "delivers N+1 … in order and then goes on live, with nothing missing and nothing twice at the seam"."""
    stage = Stage(journal(0))
    ann, bob = stage.program("ann", "#dev"), stage.program("bob")
    for n in range(1, 6):
        stage.does(ann, f"/say #dev {n}")
    stage.hub.subscribe(bob, "#dev", place)
    stage.do(ann, "/say #dev 6")
    stage.settle()
    stage.does(ann, "/say #dev 7")
    assert talk(bob) == [f"#dev {n} said {n}" for n in [*numbers, 6, 7]]


def test_what_has_been_trimmed_is_told_and_never_passed_over() -> None:
    """WIRE: "What has been trimmed is told with `event:gap`, never passed over."."""
    stage = Stage(MemoryJournal(2))
    ann, bob = stage.program("ann", "#dev"), stage.program("bob")
    for n in range(1, 6):
        stage.does(ann, f"/say #dev {n}")
    stage.hub.subscribe(bob, "#dev", Entered(after=1))
    stage.settle()
    assert talk(bob) == ["#dev 0 gap 2-3", "#dev 4 said 4", "#dev 5 said 5"]


def test_a_reader_so_slow_that_what_it_missed_is_gone_is_told() -> None:
    stage = Stage(MemoryJournal(2))
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    stage.hub.pause(bob)
    for n in range(1, 6):
        stage.does(ann, f"/say #dev {n}")
    stage.hub.go_on(bob)
    stage.settle()
    assert talk(bob) == ["#dev 0 gap 1-3", "#dev 4 said 4", "#dev 5 said 5"]


class Forgetful(SlowJournal):
    """A journal whose page was emptied by trimming while it was fetched."""

    def read(self, room: str, after: int, until: int, limit: int) -> Deferred[Page]:
        page = Page((), until + 1) if after < 2 else None
        return super().read(room, after, until, limit).addCallback(lambda found: page or found)


def test_a_page_that_comes_empty_passes_over_nothing_that_came_meanwhile() -> None:
    journal = Forgetful()
    stage = Stage(journal)
    ann, bob = stage.program("ann", "#dev"), stage.program("bob")
    for n in (1, 2):
        stage.does(ann, f"/say #dev {n}")
    stage.hub.subscribe(bob, "#dev", Entered(after=0))
    stage.turn()  # the page is asked for, up to 2
    for n in (3, 4):
        stage.do(ann, f"/say #dev {n}")
        stage.turn()
        while journal.step():
            pass
    stage.settle()
    assert talk(bob) == ["#dev 0 gap 1-2", "#dev 3 said 3", "#dev 4 said 4"]


class Unreadable(MemoryJournal):
    """A journal that cannot be read, for a while."""

    broken = True

    def read(self, room: str, after: int, until: int, limit: int) -> Deferred[Page]:
        return fail(OSError("unreadable")) if self.broken else super().read(room, after, until, limit)


def test_a_journal_that_cannot_be_read_is_told_and_tried_again() -> None:
    journal = Unreadable(0)
    stage = Stage(journal)
    ann, bob = stage.program("ann", "#dev"), stage.program("bob")
    stage.does(ann, "/say #dev 1")
    stage.hub.subscribe(bob, "#dev", Entered(after=0))
    stage.settle()
    assert "me refused internal" in door_of(bob).reads()
    stage.does(ann, "/say #dev 2")
    journal.broken = False
    stage.clock.advance(5)
    stage.settle()
    assert talk(bob) == ["#dev 1 said 1", "#dev 2 said 2"]


def test_private_events_beyond_max_waiting_are_told_and_end_the_connection() -> None:
    """WIRE: "`max-waiting` | bytes of private events for one slow reader | … | told, closed"."""
    stage = Stage(max_waiting=100)
    ann, bob = stage.program("ann"), stage.program("bob")
    door = door_of(bob)
    stage.hub.pause(bob)
    for _ in range(10):
        stage.does(ann, "/msg bob 12345678")
    assert (door.dismissed, bob.door) == ([Reason.TOO_FAST], None)
    assert len(b"".join(door.writes)) <= 100


def test_a_reader_that_takes_again_has_all_of_max_waiting_again() -> None:
    stage = Stage(max_waiting=100)
    ann, bob = stage.program("ann"), stage.program("bob")
    for _ in range(10):
        stage.hub.pause(bob)
        stage.does(ann, "/msg bob 12345678")
        stage.hub.go_on(bob)
    assert door_of(bob).dismissed == []


# --- coming back ------------------------------------------------------------------------------------------------------


def test_a_lost_program_keeps_name_and_places_for_linger_seconds_and_nobody_is_told() -> None:
    """WIRE: "its name and places are kept and nobody is told; only then do the others hear `lost`."."""
    stage = Stage(linger=30)
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev", secret=b"s")
    door_of(ann).reads()
    stage.hub.lost(bob, door_of(bob))
    stage.clock.advance(29)
    assert (door_of(ann).reads(), "bob" in stage.chat.people) == ([], True)
    stage.clock.advance(1)
    stage.settle()
    assert (door_of(ann).reads(), "bob" in stage.chat.people) == (["#dev 0 lost bob"], False)


def test_not_more_names_are_kept_than_there_may_be_connections_the_longest_away_is_lost_first() -> None:
    """Else who connects and hangs up a thousand times a second holds thirty thousand names."""
    stage = Stage(linger=30, max_connections=2)
    sessions = [stage.program(name, "#dev", secret=name.encode()) for name in ("ann", "bob", "cho", "dan")]
    for session in sessions:
        stage.hub.lost(session, door_of(session))
        stage.settle()
    assert sorted(stage.chat.people) == ["cho", "dan"]
    back = stage.hub.resume(StubDoor(), b"cho", b"again")
    assert back is sessions[2]
    late = stage.program("eve", secret=b"eve")
    stage.hub.lost(late, door_of(late))
    stage.settle()
    assert sorted(stage.chat.people) == ["cho", "dan", "eve"]


def test_of_a_door_that_is_lost_nothing_is_held() -> None:
    """Its connection has buffers, and there may be thousands who do not come back."""
    stage, door = Stage(linger=30), StubDoor()
    bob = stage.program("bob", "#dev", door=door, secret=b"s")
    gone = weakref.ref(door)
    stage.hub.lost(bob, door)
    del door
    stage.settle()
    assert gone() is None


def test_a_person_who_loses_the_connection_is_told_of_at_once() -> None:
    stage = Stage()
    ann, bob = stage.person("ann"), stage.person("bob")
    door_of(ann).reads()
    stage.hub.lost(bob, door_of(bob))
    stage.settle()
    assert door_of(ann).reads() == ["#lobby 0 lost bob"]


def test_who_comes_back_has_name_standing_and_what_was_sent_meanwhile() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#bobs", secret=b"s")
    stage.hub.lost(bob, door_of(bob))
    stage.does(ann, "/msg bob psst")
    door = StubDoor()
    assert stage.hub.resume(door, b"s", b"t") is bob
    stage.hub.hand_over(bob)
    stage.hub.hand_over(bob)
    assert door.reads() == ["me said psst"]
    assert bob.member.who in stage.chat.rooms["#bobs"].operators
    stage.clock.advance(60)
    stage.settle()
    assert stage.chat.people["bob"] is bob.member.who


def test_a_resume_secret_serves_once() -> None:
    stage = Stage()
    bob = stage.program("bob", secret=b"s")
    stage.hub.lost(bob, door_of(bob))
    assert stage.hub.resume(StubDoor(), b"s", b"t") is bob
    assert stage.hub.resume(StubDoor(), b"s", b"u") is None
    assert stage.hub.resume(StubDoor(), b"t", b"u") is bob


def test_a_resume_secret_of_nobody_gives_nothing() -> None:
    stage = Stage()
    stage.program("bob")
    assert stage.hub.resume(StubDoor(), b"", b"t") is None


def test_a_connection_that_still_looks_open_gives_way_and_its_end_harms_nobody() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev", secret=b"s")
    old, new = door_of(bob), StubDoor()
    stage.hub.resume(new, b"s", b"t")
    stage.hub.lost(bob, old)
    stage.hub.subscribe(bob, "#dev", Entered(after=0))
    stage.does(ann, "/say #dev hi")
    assert (old.dismissed, new.dismissed) == ([Reason.NOT_ALLOWED], [])
    assert talk(bob) == ["#dev 1 said hi"]


class EndsAtOnce(StubDoor):
    """A door whose connection is lost the moment it is dismissed."""

    lost: Callable[[], object]

    def dismiss(self, *why: object) -> None:
        self.lost()


def test_a_connection_that_is_lost_while_it_gives_way_does_not_end_the_session() -> None:
    stage, old = Stage(), EndsAtOnce()
    bob = stage.program("bob", door=old, secret=b"s")
    old.lost = lambda: stage.hub.lost(bob, old)
    stage.hub.resume(StubDoor(), b"s", b"t")
    stage.settle()
    assert "bob" in stage.chat.people


def test_a_place_that_a_former_connection_asked_for_is_not_told_on_the_new_one() -> None:
    journal = SlowJournal()
    stage = Stage(journal)
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", secret=b"s")
    stage.do(ann, "/say #dev 1")
    stage.hub.subscribe(bob, "#dev", Entered())
    stage.turn()  # on its way, behind a commit
    stage.hub.resume(StubDoor(), b"s", b"t")
    stage.does(ann, "/say #dev 2")
    assert talk(bob) == []
    stage.hub.subscribe(bob, "#dev", Entered(after=1))
    stage.settle()
    assert talk(bob) == ["#dev 2 said 2"]


def test_what_is_kept_for_a_lost_program_is_bounded() -> None:
    stage = Stage(max_waiting=1000)
    ann, bob = stage.program("ann"), stage.program("bob", secret=b"s")
    stage.hub.lost(bob, door_of(bob))
    for _ in range(20):
        if "bob" in stage.chat.people:
            stage.does(ann, f"/msg bob {'x' * 100}")
    assert "bob" not in stage.chat.people
    assert stage.hub.resume(StubDoor(), b"s", b"t") is None


# --- receipts and repetitions -----------------------------------------------------------------------------------------


def test_a_receipt_comes_only_after_the_message_is_kept_and_carries_its_number() -> None:
    """WIRE: "RECEIPT for a SEND to a room comes only after the message is on disk, and carries its `seq`"."""
    journal = SlowJournal()
    stage = Stage(journal)
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    door_of(ann).reads()
    door_of(bob).reads()
    stage.do(ann, "/say #dev hi", receipt="r1")
    stage.turn()
    journal.step()  # committed, and not yet handed back
    assert (door_of(ann).reads(), door_of(bob).reads()) == ([], [])
    stage.settle()
    assert door_of(ann).reads() == ["#dev 1 said hi", "receipt r1 1"]


def test_a_receipt_for_what_keeps_nothing_comes_in_its_place() -> None:
    stage = Stage()
    ann = stage.program("ann")
    stage.do(ann, "/away", receipt="r1")
    stage.hub.answer(ann, "r2")
    stage.settle()
    assert [line for line in door_of(ann).reads() if "receipt" in line] == ["receipt r1 0", "receipt r2 0"]


def test_a_refusal_names_the_receipt_and_gives_none() -> None:
    stage = Stage()
    ann = stage.program("ann")
    stage.does(ann, "/say #dev hi", receipt="r1")
    assert door_of(ann).reads() == ["me refused no-such-room"]


def test_a_repeated_key_gives_the_first_number_and_says_nothing_again() -> None:
    """WIRE: "send again with the same `idempotency-key`, and the first `seq` comes back"."""
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    for receipt in ("r1", "r2"):
        stage.does(ann, "/say #dev hi", receipt=receipt, key="k")
    assert [line for line in door_of(ann).reads() if "receipt" in line] == ["receipt r1 1", "receipt r2 1"]
    assert talk(bob) == ["#dev 1 said hi"]
    assert len([e for e in stage.stream if isinstance(e.delivery.event, Said)]) == 1


def test_the_same_key_with_another_body_is_refused() -> None:
    stage = Stage()
    ann = stage.program("ann", "#dev")
    stage.does(ann, "/say #dev hi", receipt="r1", key="k")
    door_of(ann).reads()
    stage.does(ann, "/say #dev something else", receipt="r2", key="k")
    assert door_of(ann).reads() == ["me refused not-allowed"]


def test_one_persons_key_is_not_anothers() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    stage.does(ann, "/say #dev hi", key="k")
    stage.does(bob, "/say #dev hello", key="k")
    assert talk(bob) == ["#dev 1 said hi", "#dev 2 said hello"]


# --- when something goes wrong ----------------------------------------------------------------------------------------


@command("break", ko="깨", th="พัง")
class Break(Command):
    """Be wrong."""

    def run(self, chat: Chat, me: Member) -> Iterable[Delivery]:
        raise ZeroDivisionError


def test_a_bug_is_told_to_the_sender_as_internal_and_all_others_go_on() -> None:
    stage = Stage()
    stage.chat.vocabulary = type(stage.chat.vocabulary)((*ALL, Break))
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    for session in (ann, bob):
        door_of(session).reads()
    stage.do(ann, "/break", receipt="r1")
    stage.do(bob, "/say #dev hi")
    stage.settle()
    assert door_of(ann).reads() == ["me refused internal", "#dev 1 said hi"]
    assert door_of(bob).reads() == ["#dev 1 said hi"]


def test_a_watcher_that_raises_harms_nobody_and_no_other_watcher() -> None:
    stage = Stage()
    seen: list[Entry] = []

    def raises(entry: Entry) -> None:
        raise ZeroDivisionError

    stage.hub.watchers[:] = [raises, seen.append]
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    stage.does(ann, "/say #dev hi")
    assert talk(bob) == ["#dev 1 said hi"]
    assert [e.seq for e in seen if isinstance(e.delivery.event, Said)] == [1]


def test_a_batch_that_could_not_be_kept_is_refused_to_its_senders_and_nobody_has_seen_it() -> None:
    journal = SlowJournal()
    stage = Stage(journal)
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    for session in (ann, bob):
        door_of(session).reads()
    stage.do(ann, "/say #dev hi", receipt="r1")
    stage.do(bob, "/msg ann psst")
    stage.turn()
    journal.fail(Reason.DISK_FULL)
    stage.settle()
    assert (door_of(ann).reads(), door_of(bob).reads()) == (["me refused disk-full", "me said psst"], [])
    stage.does(ann, "/say #dev again")
    assert talk(bob) == ["#dev 1 said again"]


def test_an_announcement_to_everybody_needs_no_journal() -> None:
    journal = SlowJournal()
    stage = Stage(journal)
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    ann.member.who.admin = True
    for session in (ann, bob):
        door_of(session).reads()
    stage.do(bob, "/say #dev hi")
    stage.do(ann, "/announce --server fire")
    stage.turn()
    journal.fail()
    stage.settle()
    assert door_of(bob).reads() == ["me refused disk-full", "me notice fire"]


# --- going ------------------------------------------------------------------------------------------------------------


def test_who_is_gone_is_asked_nothing_and_hears_nothing() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    stage.does(bob, "/quit")
    door = door_of(bob) if bob.door else None
    assert door is None
    assert not stage.hub.subscribe(bob, "#dev", Entered())
    stage.does(ann, "/say #dev hi")
    assert len([e for e in stage.stream if isinstance(e.delivery.event, Quit)]) == 1


def test_a_room_that_nobody_hears_costs_nothing() -> None:
    stage = Stage()
    ann = stage.program("ann", "#dev")
    stage.do(ann, "/say #dev hi")
    stage.hub.unsubscribe(ann, "#dev")
    stage.settle()
    assert stage.hub.channels == {}


class Sighted(StubDoor):
    """A door that shows which room is the current one whenever it is asked for a look."""

    member: Member | None = None

    def look(self, room: str) -> StubLook:
        here = self.member is not None and self.member.current == room
        return StubLook("here" if here else "there")


def test_the_room_that_becomes_current_by_anothers_doing_is_seen_as_current() -> None:
    stage, door = Stage(), Sighted()
    ann, bob = stage.person("ann"), stage.person("bob", door)
    door.member = bob.member
    for session in (ann, bob):
        stage.does(session, "/join dev")
    lobby = stage.hub.channels["#lobby"]
    assert lobby.looks[bob] == StubLook("there")
    stage.does(ann, "/kick bob")
    assert lobby.looks[bob] == StubLook("here")


def test_closing_tells_everybody_what_was_said_before_and_then_that_it_closes() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    stage.do(ann, "/say #dev last words")
    door = door_of(bob)
    door.reads()
    stage.hub.close()
    assert door.reads() == ["#dev 1 said last words", "me closing"]
    assert door.dismissed == [None]
