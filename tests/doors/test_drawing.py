"""To draw is to return bytes: no door calls the hub while it is told something, and none closes by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

import pytest
from twisted.internet.testing import StringTransport

from chatproto.core import events
from chatproto.core.events import Broken, Closing, Delivery, Entry, Event, Owned, PutOut, Reason, Refused, Settled, say
from chatproto.doors.console import ConsoleDoor
from chatproto.hub import Door, Last
from chatproto.testing import ChatInMemory

SAMPLES: dict[str, object] = {
    "str": "text",
    "int": 1,
    "float": 1.0,
    "bool": True,
    "Sentence": say("The server is closing."),
    "Reason": Reason.NOT_ALLOWED,
    "tuple": (),
    "frozenset": frozenset(),
}


def sample(kind: type[Event]) -> Event:
    """An event of a class, with something in each field that has no default."""
    hints = kind.__annotations__ | {f.name: f.type for f in fields(kind)}
    needed = (f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)
    return kind(**{name: SAMPLES[str(hints[name]).split("[")[0]] for name in needed})


def told() -> list[type[Event]]:
    """Every class of events that is drawn; Owned is only ever a part of Exported."""
    found = (value for value in vars(events).values() if isinstance(value, type) and issubclass(value, Event))
    return [kind for kind in found if kind.kind and kind is not Owned]


def line(chat: ChatInMemory) -> Door:
    door: Door = chat.person("oscar").wire.protocol
    return door


def program(chat: ChatInMemory) -> Door:
    door: Door = chat.program("bot").wire.protocol._program
    return door


def bare_program(chat: ChatInMemory) -> Door:
    """A program that has not asked for /me: a refusal is its end."""
    bot = chat.program()
    bot.sends("CONNECT", {"accept-version": "1.2", "login": "bot"})
    door: Door = bot.wire.protocol._program
    return door


def console(chat: ChatInMemory) -> Door:
    door = ConsoleDoor(chat.factory.hub, "en")
    door.makeConnection(StringTransport())  # type: ignore[no-untyped-call]
    return door


DOORS = [line, program, bare_program, console]


class Alone:
    """Stands in the hub's place, and lets nobody call."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"a door calls hub.{name}")


@pytest.fixture(params=DOORS, ids=lambda door: door.__name__)
def door(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 - any door
    chat = ChatInMemory()
    made: Callable[[ChatInMemory], Any] = request.param
    door = made(chat)
    chat.settle()
    alone: Any = Alone()
    chat.factory.hub = alone
    if isinstance(door, ConsoleDoor):
        door._hub = alone
    return door


@pytest.mark.parametrize("kind", told(), ids=lambda kind: kind.__name__)
def test_no_door_calls_the_hub_while_it_draws(door: Any, kind: type[Event]) -> None:  # noqa: ANN401
    entry = Entry(Delivery(sample(kind), 1, 0.0))
    assert isinstance(door.draw(entry), bytes)
    assert isinstance(door.look("#lobby").draw(Entry(Delivery(sample(kind), "#lobby", 0.0), 1)), bytes)
    door.named(b"")
    door.receipt("r", Entry(Delivery(Settled(), "", 0.0)))
    door.exited("#lobby")
    door.has_taken_all()
    door.read_until()

    connection = getattr(door, "connection", None)
    assert connection is None or connection.open


@pytest.mark.parametrize(
    "event",
    [
        Refused(Reason.NOT_ALLOWED, say("The server is closing.")),
        PutOut(say("The server is closing."), "", ""),
        Closing(say("The server is closing.")),
    ],
)
def test_a_program_without_me_says_by_what_it_draws_that_it_ends(event: Event) -> None:
    drawn = bare_program(ChatInMemory()).draw(Entry(Delivery(event, 1, 0.0)))

    assert isinstance(drawn, Last)
    assert drawn.startswith(b"ERROR\n")


def test_what_breaks_another_connection_is_no_end_of_this_one() -> None:
    broken = Broken(Reason.BAD_FRAME, say("The server is closing."))

    assert bare_program(ChatInMemory()).draw(Entry(Delivery(broken, 1, 0.0))) == b""
