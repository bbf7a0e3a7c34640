"""The activity log: one event, one line, with a time stamp; and no line break from anybody's input.

    2026-11-21T10:02:33.120Z [CONNECT] oscar from 127.0.0.1

Texts are written only where the operator asked for them (`--log-text`). `twistd -n` shows the same lines; where
many come at once they stand there together, below one time stamp, and of very many only the first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import singledispatch
from pathlib import Path
from typing import TextIO, TypeAlias

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from chatproto.core.events import (
    Acted,
    Announced,
    Came,
    Delivery,
    Ended,
    Entry,
    Event,
    Gone,
    Named,
    Opened,
    Renamed,
    Ruled,
    Said,
    Stopping,
    Topic,
    TurnedAway,
    Went,
    Whispered,
    say,
)
from chatproto.words import spoken

# What the seed programs' operator read on the console; added to the lines they belong to.
BROKEN_OFF = say("a connection ended without a goodbye")
LOST = say("{who} lost the connection")
SOMEBODY_LEFT = say("a user has left")
MORE = say("… and {count} more; --log FILE writes down every one")

BREATH = 0.1  # seconds between two events of the console's log, where there is much to tell
MOST = 100  # lines in one of them

Writer: TypeAlias = Callable[[float, str], object]
console = Logger("chat")


class ActivityLog:
    """Draws entries as log lines and hands each line, without its end, to every writer."""

    def __init__(self, writers: list[Writer], *, texts: bool = False, lang: str = "en") -> None:
        self._writers, self._texts, self.lang = writers, texts, lang

    def __call__(self, entry: Entry) -> None:
        """Log an entry, if it is of a kind that is logged."""
        drawn = line(entry.delivery.event, entry.delivery, self)
        if drawn:
            for write in self._writers:
                write(entry.delivery.at, drawn)

    def text(self, text: str) -> str:
        """Return what is shown of a text: how long it is, or all of it."""
        return f": {_quoted(text)}" if self._texts else f" ({len(text)} characters)"


@singledispatch
def line(event: Event, delivery: Delivery, log: ActivityLog) -> str:
    """Return an event's line without its time; empty for one that is not logged."""
    return ""


@line.register
def _(event: Opened, delivery: Delivery, log: ActivityLog) -> str:
    return f"[OPEN] {event.address}"


@line.register
def _(event: Named, delivery: Delivery, log: ActivityLog) -> str:
    return f"[CONNECT] {event.who} from {event.address or 'inside'}"


@line.register
def _(event: TurnedAway, delivery: Delivery, log: ActivityLog) -> str:
    return f"[REFUSED] {_quoted(event.name)} from {event.address}: {event.reason}"


@line.register
def _(event: Renamed, delivery: Delivery, log: ActivityLog) -> str:
    return f"[NAME] {event.old} is now {event.new}" if delivery.to == "" else ""


@line.register
def _(event: Came, delivery: Delivery, log: ActivityLog) -> str:
    return f"[JOIN] {event.who} in {delivery.to}"


@line.register
def _(event: Went, delivery: Delivery, log: ActivityLog) -> str:
    return f"[LEAVE] {event.who} from {delivery.to}"


@line.register(Said)
@line.register(Acted)
def _(event: Said | Acted, delivery: Delivery, log: ActivityLog) -> str:
    return f"[SAID] {event.who} in {delivery.to}{log.text(event.text)}"


@line.register
def _(event: Whispered, delivery: Delivery, log: ActivityLog) -> str:
    if delivery.told:
        return ""  # at another place: it is one message
    return f"[DIRECT] {event.who} to {event.to}{log.text(event.text)}"


@line.register
def _(event: Announced, delivery: Delivery, log: ActivityLog) -> str:
    if isinstance(delivery.to, int):
        return ""
    return f"[ANNOUNCE] {event.by} in {delivery.to or 'all rooms'}{log.text(event.text)}"


@line.register
def _(event: Topic, delivery: Delivery, log: ActivityLog) -> str:
    return f"[TOPIC] {event.by} in {delivery.to}{log.text(event.text)}"


@line.register
def _(event: Gone, delivery: Delivery, log: ActivityLog) -> str:
    said = [BROKEN_OFF, say(LOST.text, who=event.who)] if event.how == "lost" else [SOMEBODY_LEFT]
    return f"[GONE] {event.who} ({event.how}): {'; '.join(spoken(each, log.lang) for each in said)}"


@line.register
def _(event: Ended, delivery: Delivery, log: ActivityLog) -> str:
    return f"[CLOSE] {event.address} {event.who or '(no name)'}: {_quoted(event.cause)}"


@line.register
def _(event: Ruled, delivery: Delivery, log: ActivityLog) -> str:
    verb = event.what.split()[0]
    if verb == "announce":
        return ""  # what was announced has a line of its own
    why = f": {_quoted(event.why)}" if event.why else ""
    return f"[{verb.upper()}] {event.by}: {f'{event.what} {event.whom}'.rstrip()}{why}"


@line.register
def _(event: Stopping, delivery: Delivery, log: ActivityLog) -> str:
    return "[STOP] asked for"


def _quoted(text: str) -> str:
    """Return a text on one line and in quotes, whatever is in it; Hangul and Thai stay readable.

    A log is read in a terminal too, and a refused name is in it as it came.
    """
    line = json.dumps(text, ensure_ascii=False)
    return line if line.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def to_file(file: TextIO) -> Writer:
    """Return a writer that adds stamped lines to a file and flushes each: a crash loses none."""

    def write(at: float, line: str) -> None:
        stamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        file.write(f"{stamp} {line}\n")
        file.flush()

    return write


class LogFile:
    """The activity log's file, which its owner only may read; OSError where it cannot be opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = self._opened()

    def _opened(self) -> TextIO:
        return os.fdopen(os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8")

    def write(self, at: float, line: str) -> None:
        """Add a line, with its time."""
        to_file(self._file)(at, line)

    def reopen(self) -> None:
        """Go on in the file that has this name now; in the old one where that cannot be opened."""
        try:
            new = self._opened()
        except OSError as e:
            console.error("the log {path} cannot be opened anew: {why}", path=self._path, why=e)
        else:
            self._file.close()
            self._file = new

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class Console(ActivityLog):
    """Writes to Twisted's log: at once at a person's pace, else together, in one log event each `BREATH`.

    A log event costs a hundred microseconds and more, as much as everything else that is done for a line; and
    nobody reads more than `MOST` lines in a breath: of those beyond it the console says how many they were.
    """

    def __init__(self, clock: IReactorTime, *, texts: bool = False, lang: str = "en") -> None:
        super().__init__([self._take], texts=texts, lang=lang)
        self._clock = clock
        self._lines: list[str] = []
        self._more = 0
        self._next = 0.0  # not before this time

    def __call__(self, entry: Entry) -> None:
        """Log an entry, if there is room for it."""
        if len(self._lines) < MOST:
            super().__call__(entry)
        elif not isinstance(entry.delivery.to, int):
            self._more += 1

    def show(self) -> None:
        """Show what was taken and is not shown yet."""
        lines, self._lines = self._lines, []
        if self._more:
            lines.append(spoken(say(MORE.text, count=self._more), self.lang))
            self._more = 0
        self._next = self._clock.seconds() + BREATH
        if lines:
            console.info("{lines}", lines="\n".join(lines))

    def _take(self, at: float, line: str) -> None:
        if not self._lines:
            self._clock.callLater(max(0.0, min(BREATH, self._next - self._clock.seconds())), self.show)
        self._lines.append(line)
