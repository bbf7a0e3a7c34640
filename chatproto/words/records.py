"""An event as one JSON object: what is given away to programs, of a room or of a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from chatproto.core.events import Entry, Owned, Whispered
from chatproto.words import body


def record(entry: Entry) -> str:
    """Return an entry as a line of JSON."""
    event = entry.delivery.event
    if isinstance(event, Owned):
        return _json(_owned(event))
    found: dict[str, object] = {"room": entry.delivery.to, "seq": entry.seq} if entry.seq else {}
    found |= {"time": moment(entry.delivery.at), "event": event.kind}
    found["from"] = getattr(event, "who", "") or getattr(event, "by", "")
    if isinstance(event, Whispered):
        found["to"] = event.to
    return _json(found | {"text": body(event, "en")})


def _owned(event: Owned) -> dict[str, object]:
    return {
        "event": "account",
        "name": event.name,
        "since": moment(event.since) if event.since else None,
        "admin": event.admin,
        "tokens": event.tokens,
        "runs": event.runs,
        "read": dict(event.read),
    }


def moment(at: float) -> str:
    """Return a time as RFC 3339 has it, in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat()


def _json(found: dict[str, object]) -> str:
    return json.dumps(found, ensure_ascii=False)
