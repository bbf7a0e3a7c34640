"""A kept event as a row, and back. One line here for each event class that is kept in a room."""

from __future__ import annotations

from hashlib import blake2b

from chatproto.core.events import Acted, Announced, Corrected, Deleted, Event, Said, Topic

Row = tuple[str, str, str, int | None]  # kind, who, text, of


def to_row(event: Event) -> Row:
    """Return the row of a kept event."""
    match event:
        case Said(who, text):
            return "said", who, text, None
        case Acted(who, text):
            return "action", who, text, None
        case Announced(by, text):
            return "notice", by, text, None
        case Topic(by, text):
            return "topic", by, text, None
        case Deleted(by, of):
            return "deleted", by, "", of
        case Corrected(by, of, text):
            return "corrected", by, text, of
    raise TypeError(f"{type(event).__name__} is not kept in a room")


def to_event(kind: object, who: object, text: object, of: object) -> Event:
    """Return the event of a row; ValueError for one that no version of ours wrote."""
    if not (isinstance(who, str) and isinstance(text, str)):
        raise ValueError("a row whose texts are none")  # noqa: TRY004 - the row is wrong, not its reader
    match kind:
        case "said":
            return Said(who, text)
        case "action":
            return Acted(who, text)
        case "notice":
            return Announced(who, text)
        case "topic":
            return Topic(who, text)
        case "deleted" if isinstance(of, int):
            return Deleted(who, of)
        case "corrected" if isinstance(of, int):
            return Corrected(who, of, text)
    raise ValueError(f"a row of unknown kind {kind!r}")


def digest(key: str) -> bytes:
    """Return what a key is known by: sixteen bytes, however long it is."""
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
