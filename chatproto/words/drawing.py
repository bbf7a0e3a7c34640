"""A line as a person reads it: on the line door, and in the clients, which draw what they got by STOMP.

    [10:02] <jinny> hi            said; with #dev before the name if it is not the room one is in
    * bob joined                  what happens, and answers
    * <jinny> waves               somebody's doing: the name is marked, so that it is never taken for what happens
    -jinny- psst                  a direct message
    ! Only an operator may do that.

`/time dated` and `/time plain` give the forms of the seed programs, `(2026-11-21 10:02:33) oscar : hi` and
`oscar: hi`; in Korean so do the long time and none. An event is one block of lines; a second line of a text is
drawn with a bar before it, so that it can never be taken for somebody else's line.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chatproto.core import names
from chatproto.core.events import (
    Acted,
    Before,
    Entry,
    Event,
    Exported,
    Owned,
    Past,
    Said,
    Sentence,
    Whispered,
    Withdrawn,
    say,
)
from chatproto.words import SERVER, body, catalogue, filled, spoken, translated
from chatproto.words.records import record

BAR = "  | "
FORMATS = {"full": "%Y-%m-%d %H:%M:%S", "short": "%H:%M", "off": "", "dated": "%Y-%m-%d %H:%M:%S", "plain": ""}
SAID = {
    "full": "[{time}] {room}<{who}> {text}",
    "short": "[{time}] {room}<{who}> {text}",
    "off": "{room}<{who}> {text}",
}
ACTED = {
    "full": "[{time}] * {room}<{who}> {text}",
    "short": "* {room}<{who}> {text}",
    "off": "* {room}<{who}> {text}",
}
HAPPENED = {"full": "[{time}] * {room}{text}", "short": "* {room}{text}", "off": "* {room}{text}"}
FORMS = {"said": SAID, "action": ACTED}  # by kinds of events; all others happen
# The two forms of the programs that this one grew out of: the same in every language.
SEEDS = {
    "dated": {"said": "({time}) {room}{who} : {text}", "action": "({time}) * {room}<{who}> {text}"},
    "plain": {"said": "{room}{who}: {text}", "action": "* {room}<{who}> {text}"},
}
SEEDS_HAPPENED = {"dated": "({time}) * {room}{text}", "plain": "* {room}{text}"}
WHISPERED = "-{who}- {text}"
REFUSED = "! {text}"
MARK, UNMARKED = "> ", "  "
NOTHING_FOUND = say("Nothing was found.")


class Style(NamedTuple):
    """How lines are drawn for a reader: language, form of the time (see `/time`), time zone."""

    lang: str = "en"
    time: str = "short"
    tz: str = ""


def drawn(
    style: Style,
    kind: str,
    text: str,
    *,
    who: str = "",
    at: float = 0.0,
    room: str = "",
    direct: bool = False,
) -> str:
    """Return the line or lines of an event of this `kind` (as on the wire), without a last line end.

    The text of somebody's doing is given without the name that it begins with on the wire: `who` has it.
    `room` is given only where it must be named; `at` is seconds since the epoch.
    """
    return _form(style, kind, direct).format(
        time=stamp(at, style),
        room=f"{room} " if room else "",
        who=spoken(SERVER, style.lang) if who == names.SERVER else who,
        text=_barred(kind, text),
    )


@lru_cache(maxsize=256)
def _form(style: Style, kind: str, direct: bool) -> str:
    """Return the form of a line; its places are plain names, so that `str.format` fills it, in a microsecond."""
    if kind == "refused":
        return REFUSED
    if direct:
        return WHISPERED
    if style.time in SEEDS:
        return SEEDS[style.time].get(kind, SEEDS_HAPPENED[style.time])
    forms = FORMS.get(kind, HAPPENED)
    return catalogue(style.lang).pgettext(f"time {style.time}", forms[style.time])


def _barred(kind: str, text: str) -> str:
    if "\n" not in text:
        return text
    return text.replace("\n", "\n* " if kind == "answer" else f"\n{BAR}")


def text_of(event: Event, style: Style) -> str:
    """Return what an event says to a reader of this style; unlike `words.body` it may hold times."""
    if isinstance(event, Before):
        since = stamp(event.since, style._replace(time="full"))
        return filled(translated(event.sentence, style.lang), {"count": event.count, "since": since}, style.lang)
    if isinstance(event, Past):
        return "\n".join(_past(event, style)) or spoken(NOTHING_FOUND, style.lang)
    if isinstance(event, Exported):
        return "\n".join(exported(style, entry, event.form, named=True) for entry in event.entries)
    return body(event, style.lang)


def of_entry(style: Style, entry: Entry, *, named: bool) -> str:
    """Return the line or lines of an entry, without a last line end; `named` shows the room's name too."""
    delivery, event = entry.delivery, entry.delivery.event
    if isinstance(event, Said):  # by far the most of what is drawn, so most of it is remembered
        room = f"{delivery.to} " if named else ""
        return _said(style, _shown(delivery.at, style), room) % (event.who, _barred("said", event.text))
    if isinstance(event, Exported) or (isinstance(event, Past) and event.entries):
        return text_of(event, style)
    return drawn(
        style,
        event.kind,
        event.text if isinstance(event, Acted) else text_of(event, style),
        who=event.who if isinstance(event, Acted | Whispered | Withdrawn) else "",
        at=delivery.at,
        room=delivery.to if named and isinstance(delivery.to, str) and not event.everywhere else "",
        direct=isinstance(event, Whispered),
    )


def exported(style: Style, entry: Entry, form: str, *, named: bool) -> str:
    """Return an entry as it is given away: `txt` to read, with its date, `jsonl` for programs."""
    event, dated = entry.delivery.event, style._replace(time="full")
    if form == "jsonl":
        return record(entry)
    if isinstance(event, Owned):
        return "\n".join(spoken(line, style.lang) for line in _owned(event, dated))
    if isinstance(event, Whispered):
        whom = f"{event.who} → {event.to}"
        return drawn(dated, event.kind, f"{stamp(entry.delivery.at, dated)} {event.text}", who=whom, direct=True)
    return of_entry(dated, entry, named=named)


def _owned(event: Owned, style: Style) -> Iterator[Sentence]:
    """Yield what is kept of a name, in words."""
    if event.since:
        yield say("{name} is yours since {since}.", name=event.name, since=stamp(event.since, style))
    else:
        yield say("{name} is yours.", name=event.name)
    if event.admin:
        yield say("You are an administrator of this server.")
    if event.tokens:
        yield say("Your tokens: {labels}", labels=event.tokens)
    yield from (say("You run {room}.", room=room) for room in event.runs)
    yield from (say("You have read {room} up to message {seq}.", room=room, seq=seq) for room, seq in event.read)


def _past(event: Past, style: Style) -> list[str]:
    """Return what was read again, with dates; with a mark before what was found, and numbers for who may use them."""
    dated, several = style._replace(time="full"), len({e.delivery.to for e in event.entries}) > 1
    return [
        (MARK if (e.delivery.to, e.seq) in event.found else UNMARKED if event.found else "")
        + (f"{e.seq} " if e.delivery.to in event.numbered else "")
        + of_entry(dated, e, named=several)
        for e in event.entries
    ]


@lru_cache(maxsize=1024)
def _said(style: Style, at: int, room: str) -> str:
    """Return how talk is drawn at a time in a room: a form of `%` for who said it, and what."""
    form = _form(style, "said", False).replace("%", "%%")
    return form.format(time=_stamp(at, style.time, style.tz), room=room.replace("%", "%%"), who="%s", text="%s")


def stamp(at: float, style: Style) -> str:
    """Return the time of day, or the date and time, in the reader's zone."""
    return _stamp(_shown(at, style), style.time, style.tz)


def _shown(at: float, style: Style) -> int:
    """Return a time as exactly as it will be shown."""
    return int(at) if "%S" in FORMATS[style.time] else int(at) // 60 * 60


@lru_cache(maxsize=256)
def _stamp(at: int, form: str, tz: str) -> str:
    if not tz:
        return time.strftime(FORMATS[form], time.localtime(at))
    return datetime.fromtimestamp(at, zone(tz)).strftime(FORMATS[form])


def zone(tz: str) -> tzinfo:
    """Return the zone of a name or of an offset such as +09:00."""
    if tz == "UTC":
        return UTC
    if tz[0] in "+-":
        hours, minutes = int(tz[1:3]), int(tz[4:6])
        return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if tz[0] == "-" else 1))
    return ZoneInfo(tz)
