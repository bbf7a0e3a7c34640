"""What the headers of a program's frame say; what they may not say here is a Fatal, and always an ERROR."""

from __future__ import annotations

from collections.abc import Mapping

from chatproto.core import names
from chatproto.core.events import Reason, Refusal, Value
from chatproto.doors.framed import ROOM
from chatproto.wire.stomp import Frame

USER = "/user/"
COMMAND = "/command"
VERSIONS = ("1.2", "1.1", "1.0")


class Fatal(Refusal):
    """A frame that the specification does not allow here."""

    def __init__(self, text: str, /, **args: Value) -> None:
        super().__init__(Reason.BAD_FRAME, text, **args)


def needed(frame: Frame, header: str) -> str:
    """Return a header that this frame cannot do without."""
    value = frame.headers.get(header)
    if value:
        return value
    if header in {name.strip().lower() for name in frame.headers} - set(frame.headers):
        text = "{command} needs the header {header}, in small letters and without blanks."
        raise Fatal(text, command=frame.command, header=header)
    raise Fatal("{command} needs the header {header}.", command=frame.command, header=header)


def version_of(headers: Mapping[str, str]) -> str | None:
    """Return the newest version that both speak; None if there is none. Who names none speaks STOMP 1.0.

    That is what STOMP 1.1 says of a CONNECT without `accept-version` ("Protocol Negotiation").
    """
    offered = [version.strip() for version in headers.get("accept-version", "1.0").split(",")]
    return next((version for version in VERSIONS if version in offered), None)


def subscription_of(frame: Frame, version: str) -> str:
    """Return a subscription's id; in STOMP 1.0 there may be none, and then it is called after its destination."""
    if version == "1.0" and not frame.headers.get("id"):
        return needed(frame, "destination")
    return needed(frame, "id")


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
        raise Fatal("after, last, unread and linger take a whole number.")
    return int(text)


def beats_of(text: str) -> tuple[int, int]:
    """Return what a `heart-beat` offers and what it wants, in milliseconds; 0 is none."""
    theirs, _, wanted = (part.strip() for part in text.partition(","))
    if not all(n.isascii() and n.isdigit() and len(n) <= 9 for n in (theirs, wanted)):
        raise Fatal("heart-beat takes two whole numbers of milliseconds.")
    return int(theirs), int(wanted)
