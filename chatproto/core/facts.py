"""What is remembered beside talk, as JSON: settings, rights and sanctions of rooms and of the server, what waits.

A fact has a key and a value; `Chat.learn` takes both back. What is as it would be anyway is not remembered. Lists that
grow, as bans, have a fact for each of their entries: a change writes one of them, and not the list. Accounts are in
`accounts`.

A file may have been damaged, or written by somebody else: each function that reads a value raises ValueError for one
that no chat wrote.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from chatproto.core import accounts
from chatproto.core.addresses import address_range
from chatproto.core.events import Remembered
from chatproto.core.members import Invitation, Room
from chatproto.core.sanctions import Sanction, Sanctions, Target
from chatproto.core.wellformed import decoded, flag, number, object_of, text, texts, whole

ROOM = "room "  # settings of a room: `room #dev`
BAN, MUTE = "ban ", "mute "  # `ban #dev KEY`, and `ban * KEY` of the server
OWNER, ADMITTED = "owner ", "admitted "  # `owner #dev ACCOUNT`
BANS = "bans"  # of the server, in one value: as older servers wrote them
PLACE = "place "  # how far an account has read a room: `place oscar #dev`
INVITATION = "invitation "  # a way into a private room: `invitation #dev DIGEST`
ASKED = "asked "  # a direct message that a program has sent under a key: `asked 17`
WAITING = "waiting "  # a direct message to an account that was not here: `waiting oscar 7`
SERVER = "*"
OF_SCOPE = (ROOM, BAN, MUTE, OWNER, ADMITTED)  # what is remembered of a room, or of the server
Facts = dict[str, str]  # values by their keys

# --- rooms, and the server --------------------------------------------------------------------------------------------


def scope(key: str) -> str:
    """Return the room that a fact is about, or SERVER; ValueError if it is about neither."""
    if key == BANS:
        return SERVER
    if not key.startswith(OF_SCOPE):
        raise ValueError(f"no fact of a room: {key}")
    return key.split(" ", 2)[1]


def of_room(room: Room) -> Facts:
    """Return what is remembered of a room; nothing if nothing was ever set in it."""
    settings = {
        "topic": room.topic,
        "limit": room.limit,
        "hushed": room.hushed,
        "keep": room.keep,
        "private": room.private,
    }
    chosen = {name: value for name, value in settings.items() if value}
    found = {ROOM + room.name: _json(chosen)} if chosen else {}
    found |= _each(BAN, room.name, room.bans) | _each(MUTE, room.name, room.mutes)
    found |= {f"{OWNER}{room.name} {account}": "true" for account in room.owners}
    return found | {f"{ADMITTED}{room.name} {account}": "true" for account in room.admitted}


def of_server(bans: Sanctions) -> Facts:
    """Return the server's bans as they are remembered."""
    return _each(BAN, SERVER, bans)


def restore(room: Room, found: Mapping[str, str]) -> Room:
    """Return a room after making of it what is remembered, and nothing else."""
    room.topic, room.limit, room.hushed, room.keep, room.private = "", 0, False, 0, False
    room.bans, room.mutes, room.owners, room.admitted = Sanctions(), Sanctions(), set(), set()
    for key, value in found.items():
        add(room, key, value)
    return room


def add(room: Room, key: str, value: str) -> None:
    """Let one fact hold in a room; or raise ValueError, and change nothing."""
    kind, _, about = _parts(key)
    if kind == ROOM:
        _add_settings(room, _settings(value))
    elif kind == BAN:
        room.bans[text(about)] = _sanction_of(value)
    elif kind == MUTE:
        room.mutes[text(about)] = _sanction_of(value)
    elif kind == OWNER:
        room.owners.add(text(about))
    elif kind == ADMITTED:
        room.admitted.add(text(about))


def bans_in(key: str, value: str) -> Sanctions:
    """Return the server's bans of one fact: one, or all those of an older server."""
    if key == BANS:
        return _sanctions(object_of(value))
    return Sanctions({text(_parts(key)[2]): _sanction_of(value)})


def sanctions_anybody(found: Mapping[str, str]) -> bool:
    """Say whether a room of which this is remembered may have bans or mutes, without reading all of it."""
    return any(key.startswith((BAN, MUTE)) or '"bans"' in value or '"mutes"' in value for key, value in found.items())


def has_owner(found: Mapping[str, str]) -> bool:
    """Say whether a room of which this is remembered belongs to anybody, without reading all of it."""
    return any(key.startswith(OWNER) or '"owners"' in value for key, value in found.items())


def _parts(key: str) -> tuple[str, str, str]:
    kind, _, rest = key.partition(" ")
    name, _, about = rest.partition(" ")
    return kind + " ", name, about


def _each(kind: str, name: str, sanctions: Sanctions) -> Facts:
    return {f"{kind}{name} {key}": _of_sanction(sanction) for key, sanction in sanctions.items()}


def _settings(value: str) -> dict[str, Any]:
    """Return what is set in a room; an older server wrote its lists there too. What is unknown is passed over."""
    found = object_of(value)
    return {name: SETTINGS[name](set_to) for name, set_to in found.items() if name in SETTINGS}


def _add_settings(room: Room, found: dict[str, Any]) -> None:
    room.topic = found.get("topic", room.topic)
    room.limit = found.get("limit", room.limit)
    room.keep = found.get("keep", room.keep)
    room.hushed = found.get("hushed", room.hushed)
    room.private = found.get("private", room.private)
    room.bans.update(found.get("bans", {}))
    room.mutes.update(found.get("mutes", {}))
    room.owners |= found.get("owners", set())
    room.admitted |= found.get("admitted", set())


# --- what waits, and what lets somebody in ----------------------------------------------------------------------------


def of_waiting(account: str, who: str, said: str, at: float, number: int) -> Remembered:
    """Return a direct message that waits."""
    return Remembered(f"{WAITING}{account} {number}", _json([who, said, at]))


def restored_waiting(value: str) -> tuple[str, str, float]:
    """Return who said what, and when."""
    who, said, at = decoded(value)
    return text(who), text(said), number(at)


def of_asked(place: int, number: int, key: str, what: str) -> Remembered:
    """Return what was asked under a key, both as digests; `place` is a small number that is used again one day."""
    return Remembered(f"{ASKED}{place}", _json([number, key, what]))


def restored_asked(value: str) -> tuple[int, str, str]:
    """Return the number of what was asked, its key, and what it was."""
    asked, key, what = decoded(value)
    return whole(asked), text(key), text(what)


def of_invitation(room: str, digest: str, invitation: Invitation) -> Remembered:
    """Return an invitation as it is remembered: by what only its bearer can make the digest of."""
    return Remembered(f"{INVITATION}{room} {digest}", _json([invitation.by, invitation.until]))


def restored_invitation(value: str) -> Invitation:
    """Return an invitation."""
    by, until = decoded(value)
    return Invitation(text(by), number(until))


# --- whether a fact can be understood ---------------------------------------------------------------------------------


def check(key: str, value: str) -> None:
    """Raise ValueError unless this is a fact that a chat may have written."""
    kind, name, about = _parts(text(key))
    if key == BANS:
        kind = BANS
    elif kind not in READ or not name or bool(about) == (kind in {ROOM, ASKED, accounts.KEY}):
        raise ValueError("a fact of an unknown kind")
    try:
        READ[kind](about, value)
    except (AttributeError, KeyError, TypeError, RecursionError) as e:
        raise ValueError(f"no {kind.strip()} that a chat wrote") from e


# --- sanctions --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def _of_sanction(sanction: Sanction) -> str:
    return _json([sanction.by, sanction.until, sanction.why, *_target(sanction.whom)])


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


def _sanctions(found: Mapping[str, Iterable[Any]]) -> Sanctions:
    return Sanctions({_key(key): _sanction(value) for key, value in found.items()})


def _key(listed: str) -> str:
    """Return the key of a sanction in its form of today: older servers wrote addresses as they had come."""
    try:
        return address_range(text(listed))
    except ValueError:
        return text(listed)


@lru_cache(maxsize=8192)
def _sanction_of(value: str) -> Sanction:
    return _sanction(decoded(value))


def _sanction(found: Iterable[Any]) -> Sanction:
    """Return a sanction; those of before accounts and addresses were kept with it are about a name alone."""
    by, until, why, *whom = found
    parts = {name: texts(values) for name, values in (whom[0] if whom else {}).items()}
    return Sanction(text(by), number(until), text(why), Target(**parts))


SETTINGS: Mapping[str, Callable[[Any], object]] = {
    "topic": text,
    "limit": whole,
    "keep": whole,
    "hushed": flag,
    "private": flag,
    "bans": _sanctions,
    "mutes": _sanctions,
    "owners": texts,
    "admitted": texts,
}
READ: Mapping[str, Callable[[str, str], object]] = {  # by kind: of what a fact is about, and its value
    ROOM: lambda _, value: _settings(value),
    BAN: lambda _, value: _sanction_of(value),
    MUTE: lambda _, value: _sanction_of(value),
    OWNER: lambda _, value: flag(decoded(value)),
    ADMITTED: lambda _, value: flag(decoded(value)),
    BANS: lambda _, value: _sanctions(object_of(value)),
    PLACE: lambda _, value: whole(int(value)),
    INVITATION: lambda _, value: restored_invitation(value),
    ASKED: lambda _, value: restored_asked(value),
    WAITING: lambda about, value: (int(about), restored_waiting(value)),
    accounts.KEY: lambda _, value: accounts.restored(value),
}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
