"""One room as the hub tells it: drawn once per look, each reader its own share of it."""

from collections import Counter
from dataclasses import dataclass, field

from chatproto.core.events import Entered, Entry
from tests.hub.stubs import Stage, StubDoor, StubLook, door_of


def test_one_drawing_and_one_shared_bytes_for_each_look() -> None:
    stage, draws = Stage(), Counter[str]()
    author = stage.program("ann", "#dev")
    crowd = [stage.program(f"p{n}", "#dev", door=StubDoor(look=StubLook("same", draws))) for n in range(5)]
    others = [stage.program(f"q{n}", "#dev", door=StubDoor(look=StubLook("other", draws))) for n in range(5)]
    for session in (*crowd, *others):
        door_of(session).reads()
    draws.clear()
    stage.does(author, "/say #dev hi")
    assert draws == {"#dev 1 said hi": 2}
    assert len({id(door_of(session).writes[0]) for session in crowd}) == 1


def test_a_batch_is_one_write() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    door_of(bob).reads()
    stage.do(ann, "/say #dev 1")
    stage.do(ann, "/say #dev 2")
    stage.settle()
    assert door_of(bob).writes == [b"#dev 1 said 1\n#dev 2 said 2\n"]


def test_own_lines_do_not_come_back_to_a_person() -> None:
    stage = Stage()
    ann, bob = stage.person("ann"), stage.person("bob")
    stage.does(ann, "hi")
    assert (door_of(bob).reads(), door_of(ann).reads()) == (["#lobby 1 said hi"], ["#lobby 0 joined bob"])


def test_own_lines_come_back_where_the_door_says_so() -> None:
    stage = Stage()
    ann = stage.program("ann", "#dev")
    door_of(ann).reads()
    stage.does(ann, "/say #dev hi")
    assert door_of(ann).reads() == ["#dev 1 said hi"]


def test_what_is_not_talk_comes_to_its_author_too() -> None:
    stage = Stage()
    ann = stage.person("ann")
    stage.does(ann, "/topic fish")
    assert door_of(ann).reads() == ["#lobby 1 topic fish"]


def test_who_is_ignored_is_not_heard_from_then_on() -> None:
    stage = Stage()
    ann, bob, cho = (stage.person(name) for name in ("ann", "bob", "cho"))
    stage.does(ann, "/ignore BOB")
    door_of(ann).reads()
    for who in (bob, cho):
        stage.does(who, "hi")
        stage.does(who, "/me waves")
    assert door_of(ann).reads() == ["#lobby 3 said hi", "#lobby 4 action waves"]
    stage.does(ann, "/unignore bob")
    door_of(ann).reads()
    stage.does(bob, "hi again")
    assert door_of(ann).reads() == ["#lobby 5 said hi again"]


def test_who_is_ignored_is_not_heard_when_reading_forward_either() -> None:
    stage = Stage()
    ann, bob, cho = (stage.person(name) for name in ("ann", "bob", "cho"))
    stage.does(ann, "/ignore bob")
    stage.hub.pause(ann)
    stage.does(bob, "hi")
    stage.does(cho, "hello")
    stage.hub.go_on(ann)
    stage.settle()
    assert door_of(ann).reads()[-1:] == ["#lobby 2 said hello"]
    assert "#lobby 1 said hi" not in door_of(ann).lines


def test_a_mention_rings_for_the_one_it_names_and_for_nobody_else() -> None:
    stage = Stage()
    ann, bob, cho = (stage.person(name) for name in ("ann", "bob", "cho"))
    for session in (ann, bob, cho):
        door_of(session).reads()
    stage.does(ann, "@bob hi")
    assert (door_of(bob).reads(), door_of(cho).reads()) == (["\a#lobby 1 said @bob hi"], ["#lobby 1 said @bob hi"])


def test_who_joins_within_a_batch_hears_what_follows_and_not_what_went_before() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob")
    door_of(bob).reads()
    stage.do(ann, "/say #dev before")
    stage.hub.subscribe(bob, "#dev", Entered())
    stage.do(ann, "/say #dev after")
    stage.settle()
    assert [line for line in door_of(bob).reads() if "said" in line] == ["#dev 2 said after"]


def test_who_leaves_within_a_batch_hears_what_went_before_and_not_what_follows() -> None:
    stage = Stage()
    ann, bob = stage.program("ann", "#dev"), stage.program("bob", "#dev")
    door_of(bob).reads()
    stage.do(ann, "/say #dev before")
    stage.hub.unsubscribe(bob, "#dev")
    stage.do(ann, "/say #dev after")
    stage.settle()
    assert door_of(bob).reads() == ["#dev 1 said before"]


def test_a_second_subscribe_to_a_room_does_not_make_two_readers_of_one() -> None:
    stage = Stage()
    bob = stage.program("bob", "#dev")
    door_of(bob).its_look = StubLook("under another subscription")
    stage.hub.subscribe(bob, "#dev", Entered())
    stage.settle()
    door_of(bob).reads()
    stage.does(bob, "/say #dev hi")
    assert door_of(bob).reads() == ["#dev 1 said hi"]
    stage.hub.unsubscribe(bob, "#dev")
    ann = stage.program("ann", "#dev")
    stage.does(ann, "/say #dev still there?")
    assert door_of(bob).reads() == []


@dataclass(frozen=True)
class Clumsy(StubLook):
    """A look that cannot draw one word."""

    cannot: str = field(default="", compare=False)

    def draw(self, entry: Entry) -> bytes:
        line = super().draw(entry)
        if self.cannot.encode() in line:
            raise ValueError(line)
        return line


def test_what_cannot_be_drawn_costs_its_own_readers_that_and_nobody_anything_else() -> None:
    stage = Stage()
    ann, bob = (
        stage.program("ann", "#dev"),
        stage.program("bob", "#dev", door=StubDoor(look=Clumsy("c", cannot="ouch"))),
    )
    door_of(ann).reads()
    door_of(bob).reads()
    for text in ("one", "ouch", "two"):
        stage.does(ann, f"/say #dev {text}")
    assert door_of(ann).reads() == ["#dev 1 said one", "#dev 2 said ouch", "#dev 3 said two"]
    assert door_of(bob).reads() == ["#dev 1 said one", "#dev 3 said two"]
    late = stage.program("cho", door=StubDoor(look=Clumsy("c", cannot="ouch")))
    stage.hub.subscribe(late, "#dev", Entered(after=0))
    stage.settle()
    assert [line for line in door_of(late).reads() if "said" in line] == ["#dev 1 said one", "#dev 3 said two"]


class Broken(StubDoor):
    """A door whose connection breaks in an unheard-of way."""

    def write(self, data: bytes) -> None:
        raise OSError("broken")


def test_a_door_that_breaks_costs_nobody_else_a_word() -> None:
    stage = Stage()
    stage.program("bob", "#dev", door=Broken())
    ann, cho = stage.program("ann", "#dev"), stage.program("cho", "#dev")
    door_of(cho).reads()
    stage.does(ann, "/say #dev 1")
    stage.does(ann, "/say #dev 2")
    assert door_of(cho).reads() == ["#dev 1 said 1", "#dev 2 said 2"]
