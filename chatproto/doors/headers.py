"""What the headers of a program's frame say; what they may not say here is a Fatal, and always an ERROR."""

from __future__ import annotations

from collections.abc import Mapping

from chatproto.core import names
from chatproto.core.events import Reason, Refusal, Value
from chatproto.doors.framed import ROOM
from chatproto.wire.stomp import Frame

USER = "/user/"
COMMAND = "/command"


class Fatal(Refusal):
    """A frame that the specification does not allow here."""

    def __init__(self, text: str, /, **args: Value) -> None:
        super().__init__(Reason.BAD_FRAME, text, **args)


def needed(frame: Frame, header: str) -> str:
    """Return a header that this frame cannot do without."""
    value = frame.headers.get(header)
    if not value:
        raise Fatal("{command} needs the header {header}.", command=frame.command, header=header)
    return value


def room_of(destination: str) -> str:
    """Return the room's name that a destination holds; or raise Refusal."""
    if not destination.startswith(ROOM):
        raise Refusal(Reason.NO_SUCH_ROOM, "Destinations are /room/NAME, /user/NAME, /command and /me.")
    return names.room(destination.removeprefix(ROOM))


def whole_number(headers: Mapping[str, str], header: str) -> int | None:
    """Return the number that a header holds; None if there is no such header."""
    text = headers.get(header)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Fatal("after, last and unread take a whole number.")
    return int(text)


def beats_of(text: str) -> tuple[int, int]:
    """Return what a `heart-beat` offers and what it wants, in milliseconds; 0 is none."""
    theirs, _, wanted = text.partition(",")
    if not all(n.isascii() and n.isdigit() and len(n) <= 9 for n in (theirs, wanted)):
        raise Fatal("heart-beat takes two whole numbers of milliseconds.")
    return int(theirs), int(wanted)
