"""Every limit and setting of the server, declared once: its name, default, unit and what it is for.

`twistd chat --help`, the environment's names, the reference page and the checks all read this table.
0 means no limit. Each limit's precedent or reason is in docs/explanation/design.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NamedTuple

from chatproto.core.events import Sentence, say

DEFAULT, CHOSEN = say("default"), say("chosen")  # where a value comes from, unless more is known


def setting(default: Any, told: str, kind: str = "") -> Any:  # noqa: ANN401 - a dataclass field may be of any type
    """Declare a setting: its default, the sentence that explains it, and its kind if its type does not tell that."""
    return field(default=default, metadata={"told": told, "kind": kind or type(default).__name__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one chat; a field `max_line` is the option `--max-line` and `CHAT_MAX_LINE`."""

    max_line: int = setting(8192, "bytes of a line or a header line")
    max_headers: int = setting(32, "headers in a frame")
    max_body: int = setting(16384, "bytes of a body")
    login_timeout: float = setting(30.0, "seconds to give a name in", "seconds")
    rate: float = setting(5.0, "lines or frames a second from one connection")
    burst: int = setting(20, "lines or frames at once, before the rate holds")
    max_connections: int = setting(0, "connections in all (0: what the file limit allows, less 64)")
    max_per_address: int = setting(64, "connections from one public address")
    max_users: int = setting(0, "named users on the server")
    max_rooms: int = setting(20, "rooms that one user may be in")
    new_rooms: int = setting(100, "rooms that may be made from one address in a day")
    empty_rooms: float = setting(
        86400.0,
        "seconds for which an empty room of nobody's is remembered, if no talk of it is kept",
        "seconds",
    )
    max_waiting: int = setting(262144, "bytes of private events held for one slow reader")
    stall_timeout: float = setting(120.0, "seconds a reader may take nothing", "seconds")
    linger: float = setting(30.0, "seconds the name of a program that lost its connection is kept for it", "seconds")
    quiet_joins: int = setting(200, "members above which a room tells joins and leaves in summary, once a minute")
    keep: str = setting("", "how long messages are kept, 90d, or how many in each room, 1000 (empty: all)", "retention")
    backlog: int = setting(20, "messages from before that a guest is shown on joining a room")
    web: str = setting("", "port, or endpoint, of the web page and its WebSocket (empty: none)", "port")
    web_proxy: str = setting(
        "", "addresses of proxies in front of it whose X-Forwarded headers hold (empty: none)", "networks"
    )
    lang: str = setting("en", "language of those who have not chosen one: en, ko or th", "language")
    tz: str = setting("", "time zone of those who have not chosen one, as Asia/Seoul (empty: the machine's)", "zone")


class Explained(NamedTuple):
    """A setting as it is declared: its name, its default, and what it is for."""

    name: str
    default: object
    told: str

    @property
    def option(self) -> str:
        """Its name as an option's: `max-line`."""
        return option(self.name)

    @property
    def kind(self) -> str:
        """The kind of its value: a type's name, or `seconds`, `retention`, `language`, `zone`, `port`, `networks`."""
        return str(Settings.__dataclass_fields__[self.name].metadata["kind"])


def option(name: str) -> str:
    """Return a setting's name as it stands in the command line, in `/settings` and on the pages."""
    return name.replace("_", "-")


def explained() -> list[Explained]:
    """Return every setting, in order."""
    return [Explained(f.name, f.default, f.metadata["told"]) for f in fields(Settings)]


def listed(settings: Settings, origins: Mapping[str, Sentence]) -> Iterator[Sentence]:
    """Yield a line for each setting: its value, where that comes from, and what it is for."""
    values = asdict(settings)
    for known in explained():
        value = values[known.name]
        yield say(
            "{option:<18} {value:<9} {origin:<14} {told}",
            option=known.option,
            value=f"{value:g}" if isinstance(value, float) else str(value) or "–",
            origin=origins.get(known.name, DEFAULT if value == known.default else CHOSEN),
            told=say(known.told),
        )
