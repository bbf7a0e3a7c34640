"""To whom an event goes; and how the journal gives it back."""

from __future__ import annotations

from dataclasses import dataclass

from chatproto.core.events.base import Event

NOBODY = ""


@dataclass(slots=True, unsafe_hash=True)  # never changed; but `frozen` would take four times as long to make
class Delivery:
    """An event on its way: to a room (`#dev`), to one member (an id), or to nobody but those who watch.

    `at` is seconds since the epoch; `by` the id of the member whose doing it is, 0 for the server's own;
    `key` makes a repetition of the same message known (`idempotency-key` in the wire's terms). `told` are
    rooms to which the same event went just before: a person who is in one of them need not hear it twice; of a
    direct message, who has heard it already at another place.
    `receipt` is what to answer `by` with once this is committed. `act` is the number of the act of which this
    is a part, if that changes what is kept: all of it is told, or, if it cannot be kept, nothing is and it is undone.
    """

    event: Event
    to: str | int
    at: float
    by: int = 0
    key: str = ""
    told: tuple[str, ...] = ()
    receipt: str = ""
    act: int = 0

    @property
    def kept(self) -> bool:
        """Whether this is for a journal: what goes to one person is not, even if its like in a room is."""
        return self.event.kept and isinstance(self.to, str) and bool(self.to)


@dataclass(slots=True, unsafe_hash=True)  # never changed; but `frozen` would take four times as long to make
class Entry:
    """A delivery as the journal gives it back: with its number and the number before it, if it is kept.

    `again` says that `key` was seen before: nothing was added, `seq` is that of the first time; `clash`
    that it was seen with another text, and that nothing was added.
    """

    delivery: Delivery
    seq: int = 0
    prev: int = 0
    again: bool = False
    clash: bool = False
