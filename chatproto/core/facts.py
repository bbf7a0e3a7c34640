"""What is remembered beside talk, as JSON: a room's settings, the server's bans; accounts are in `accounts`.

A fact has a key and a value; `Chat.learn` takes both back. What is as it would be anyway is not remembered.
"""

from __future__ import annotations

import json
from typing import Any

from chatproto.core.addresses import address_range
from chatproto.core.events import Remembered
from chatproto.core.members import Invitation, Room
from chatproto.core.sanctions import Sanction, Sanctions, Target

ROOM = "room "
BANS = "bans"
PLACE = "place "  # how far an account has read a room: `place oscar #dev`
INVITATION = "invitation "  # a way into a private room: `invitation #dev DIGEST`
WAITING = "waiting "  # a direct message to an account that was not here: `waiting oscar 7`


def of_room(room: Room) -> Remembered:
    """Return what is remembered of a room; nothing if nothing was ever set in it."""
    kept = {
        "topic": room.topic,
        "limit": room.limit,
        "hushed": room.hushed,
        "keep": room.keep,
        "bans": _sanctions(room.bans),
        "mutes": _sanctions(room.mutes),
        "owners": sorted(room.owners),
        "private": room.private,
        "admitted": sorted(room.admitted),
    }
    found = {name: value for name, value in kept.items() if value}
    return Remembered(ROOM + room.name, _json(found) if found else "")


def restore(room: Room, value: str) -> Room:
    """Return a room after making of it what is remembered."""
    found = json.loads(value or "{}")
    room.topic = found.get("topic", "")
    room.limit = found.get("limit", 0)
    room.hushed = found.get("hushed", False)
    room.keep = found.get("keep", 0)
    room.bans = _restored(found.get("bans", {}))
    room.mutes = _restored(found.get("mutes", {}))
    room.owners = set(found.get("owners", ()))
    room.private = found.get("private", False)
    room.admitted = set(found.get("admitted", ()))
    return room


def sanctions_anybody(value: str) -> bool:
    """Say whether a room that is remembered like this may have bans or mutes, without reading all of it."""
    return '"bans"' in value or '"mutes"' in value


def of_bans(bans: Sanctions) -> Remembered:
    """Return the server's bans as they are remembered."""
    return Remembered(BANS, _json(_sanctions(bans)) if bans else "")


def restored_bans(value: str) -> Sanctions:
    """Return the server's bans."""
    return _restored(json.loads(value or "{}"))


def of_waiting(account: str, who: str, text: str, at: float, number: int) -> Remembered:
    """Return a direct message that waits."""
    return Remembered(f"{WAITING}{account} {number}", _json([who, text, at]))


def restored_waiting(value: str) -> tuple[str, str, float]:
    """Return who said what, and when."""
    who, text, at = json.loads(value)
    return who, text, at


def of_invitation(room: str, digest: str, invitation: Invitation) -> Remembered:
    """Return an invitation as it is remembered: by what only its bearer can make the digest of."""
    return Remembered(f"{INVITATION}{room} {digest}", _json([invitation.by, invitation.until]))


def restored_invitation(value: str) -> Invitation:
    """Return an invitation."""
    by, until = json.loads(value)
    return Invitation(by, until)


def _sanctions(sanctions: Sanctions) -> dict[str, list[object]]:
    return {key: [s.by, s.until, s.why, *_target(s.whom)] for key, s in sanctions.items()}


def _target(whom: Target) -> list[dict[str, list[str]]]:
    """Return whom a sanction is about beside the name that it is listed under; nothing if that is all."""
    found = {
        "accounts": whom.accounts,
        "sessions": whom.sessions,
        "origins": whom.origins,
        "spared": whom.spared,
    }
    kept = {name: sorted(values) for name, values in found.items() if values}
    return [kept] if kept else []


def _restored(found: dict[str, list[Any]]) -> Sanctions:
    return {_key(text): _sanction(*value) for text, value in found.items()}


def _key(text: str) -> str:
    """Return the key of a sanction in its form of today: older servers wrote addresses as they had come."""
    try:
        return address_range(text)
    except ValueError:
        return text


def _sanction(by: str, until: float, why: str, whom: dict[str, list[str]] | None = None) -> Sanction:
    """Return a sanction; those of before accounts and addresses were kept with it are about a name alone."""
    parts = {name: frozenset(values) for name, values in (whom or {}).items()}
    return Sanction(by, float(until), why, Target(**parts))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
