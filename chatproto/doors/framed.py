"""An event as a STOMP frame: MESSAGE, its headers and its body. Not a door itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache, lru_cache
from operator import attrgetter
from zlib import crc32

from chatproto.core.events import Answer, Entry, Event, Past, PutOut, Refused, Slipped, Topic
from chatproto.hub.channel import drawn
from chatproto.wire.stomp import Frame, encode
from chatproto.words.drawing import Style, text_of

ME = "/me"
ROOM = "/room/"
SPENT = frozenset(
    {"text", "mentions", "entries", "found", "what", "lines", "facts", "receipt", "place"}
)  # not headers of their own
EACH = "each"  # stands for a receipt in what is drawn once for many
HEADERS = {"who": "from"}  # an event's field, where its header is called otherwise


@dataclass(frozen=True, slots=True)
class StompLook:
    """How MESSAGE frames are drawn for a reader: version, language, the id of its subscription.

    `lists` says that it keeps a list of who is there: then it is told too of those who leave without a word.
    """

    version: str
    lang: str
    subscription: str
    lists: bool

    def draw(self, entry: Entry) -> bytes:
        """Return the MESSAGE frame of an event; nothing where it is none for this reader."""
        if not self.lists and isinstance(entry.delivery.event, Slipped):
            return b""
        return encode(Frame("MESSAGE", self.headers(entry), self.body(entry)), self.version)

    def headers(self, entry: Entry) -> dict[str, str]:
        """Return the frame's headers; those by event are its fields."""
        delivery, event = entry.delivery, entry.delivery.event
        room = delivery.to if isinstance(delivery.to, str) else ""
        found = {
            "subscription": self.subscription,
            "destination": ROOM + room.removeprefix("#") if room else ME,
            "message-id": message_id(entry),
            "event": event.kind,
            "time": moment(delivery.at),
            "content-type": "text/plain;charset=utf-8",
            **_of_event(event),
        }
        if entry.seq:
            found |= {"seq": str(entry.seq), "prev": str(entry.prev)}
        return found

    def body(self, entry: Entry) -> bytes:
        """Return what was said as it was said, or a sentence in the session's language."""
        return text_of(entry.delivery.event, Style(self.lang, "full", "UTC")).encode()


@dataclass(frozen=True, slots=True)
class PastLook(StompLook):
    """How what was said is read again: as it came, told to `/me`, with the receipt of who asked."""

    receipt: str
    found: frozenset[tuple[str, int]]

    def headers(self, entry: Entry) -> dict[str, str]:
        """Return the frame's headers: whose answer it is, and if it is what was looked for."""
        mark = {"found": "true"} if (entry.delivery.to, entry.seq) in self.found else {}
        return {**StompLook.headers(self, entry), "receipt-id": self.receipt, **mark}


def again(look: StompLook, past: Past) -> bytes:
    """Return what was read again, a frame for each event."""
    seen = PastLook(look.version, look.lang, look.subscription, look.lists, past.receipt, past.found)
    return b"".join(drawn(seen, entry) for entry in past.entries)


def refused_each(drawn: bytes, receipts: Sequence[bytes]) -> bytes:
    """Return a refusal, drawn with EACH as its receipt, once for each of these: as they came, or none."""
    before, _, rest = drawn.partition(b"\nmessage-id:")
    name, _, after = rest.partition(b"\nreceipt-id:" + EACH.encode())
    lines = (b"\nreceipt-id:" + receipt if receipt else b"" for receipt in receipts)
    return b"".join(b"%b\nmessage-id:%d-%b%b%b" % (before, n, name, line, after) for n, line in enumerate(lines))


def message_id(entry: Entry) -> str:
    """Return a name for an event: its number or key, if it has one; else when it was, whose doing, and what."""
    delivery = entry.delivery
    if entry.seq:
        return f"{delivery.to}-{entry.seq}"
    if delivery.key:  # a direct message, which comes again if it was perhaps not read
        return f"{delivery.key.replace(' ', '-')}-{delivery.at:.6f}"
    return f"{delivery.to}-{delivery.at:.6f}-{delivery.by}-{crc32(repr(delivery.event).encode()):08x}"


@lru_cache(maxsize=64)
def moment(at: float) -> str:
    """Return a time as RFC 3339 has it, in UTC with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cache
def _fields_of(event: type[Event]) -> tuple[tuple[str, attrgetter[object]], ...]:
    shown = (f.name for f in fields(event) if f.name not in SPENT)
    return tuple((HEADERS.get(name, name), attrgetter(name)) for name in shown)


def _of_event(event: Event) -> dict[str, str]:
    found = {header: str(value(event)) for header, value in _fields_of(type(event))}  # type: ignore[arg-type]
    if isinstance(event, Answer):
        found |= event.facts
    elif isinstance(event, Refused) and event.receipt:
        found["receipt-id"] = event.receipt
    elif isinstance(event, PutOut) and event.place:
        found["room"] = event.place
    elif isinstance(event, Topic):
        found["topic"] = event.text
    return found
