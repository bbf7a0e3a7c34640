"""`tail`: what is kept in a room, shown as it comes: nothing missing, nothing twice.

The law here: only what has a number is shown, for only that can be read again; and a gap, so that none goes unseen.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from chatproto.client.connection import Cause
from chatproto.client.message import Message, number, one_word
from chatproto.client.outbox import Parcel
from chatproto.client.pipe.errand import Errand
from chatproto.client.pipe.options import Tailing
from chatproto.client.pipe.status import Status
from chatproto.client.view import View
from chatproto.core.events import Refusal
from chatproto.core.members import Taste

MEANT = ("of", "old")  # headers that are numbers of other messages


class Tail(Errand):
    """Shows a room from a place on; also the typist of the terminal that it is shown on, which types nothing."""

    def __init__(self, tailing: Tailing, view: View, *errand: Any) -> None:  # noqa: ANN401 - of Errand
        super().__init__(*errand)
        self._tailing, self._view = tailing, view
        self._troubled = False  # whether it was said that nobody answers
        self._taste = Taste(lang=self.lang or "en", time="full")

    def arrived(self) -> None:
        """Read from where it was asked for."""
        self.enter(self._tailing.room, after=self._tailing.after, last=self._tailing.last)

    def connected(self, *, again: bool) -> None:
        """Wait no more: there may be nothing to hear for days."""
        self.expect_nothing()
        self._troubled = False
        super().connected(again=again)

    def heard(self, message: Message) -> None:
        """Show what is kept; what is refused here is the room."""
        super().heard(message)
        if message.event == "refused" and "receipt-id" in message.headers:
            self.end(Status.REFUSED, message.text)
        elif message.room and (message.seq or message.event == "gap"):
            self.outlet.show(self._line(message))
            self._end_if_read()

    def done(self, parcel: Parcel) -> None:
        """The room is entered: perhaps there is nothing to read."""
        self._end_if_read()

    def retrying(self, seconds: float, why: Cause) -> None:
        """Say once that nobody answers: this may go on for ever."""
        super().retrying(seconds, why)
        self._say_once(self.nobody() if why else "")

    def name_refused(self, reason: str, text: str) -> None:
        """Say once that the name is waited for."""
        super().name_refused(reason, text)
        self._say_once(self._no.text)

    def _say_once(self, trouble: str) -> None:
        if trouble and self.status is None and not self._troubled:
            self._troubled = True
            self.outlet.complain(trouble)

    def late(self) -> None:
        """End: nobody answers."""
        self.end(Status.AWAY, self.nobody())

    def displaced(self) -> None:
        """End: two of one name would put each other out for ever."""
        self.end(Status.TURNED_AWAY, self._no.text)

    def _line(self, message: Message) -> str:
        if self._tailing.json:
            return record(message)
        return self._view.line(message, self._taste, current=self._tailing.room)

    def _end_if_read(self) -> None:
        place = self.session.rooms.get(self._tailing.room)
        if place and place.entered and not self._tailing.follow and (place.last or 0) >= place.head:
            self.finish(Status.DONE)

    # --- the terminal -----------------------------------------------------------------------------

    def typed(self, line: str) -> None:
        """Nothing is typed."""

    def mistyped(self, no: Refusal) -> None:
        """Nothing is typed."""

    def ended(self) -> None:
        """Go on: nothing was to be typed."""

    def unread(self) -> None:
        """End: nobody reads this any more, as with `| head`."""
        self.end(Status.DONE)


def record(message: Message) -> str:
    """Return a message as a line of JSON; `tail --help` says what is in it."""
    headers = message.headers
    numbers = {name: number(headers[name]) for name in MEANT if name in headers}
    found = {
        "seq": message.seq or number(headers.get("new", "")),
        "time": datetime.fromtimestamp(message.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "event": message.event,
        "room": message.room,
        "from": message.who or one_word(headers.get("by", "")),
        **numbers,
        "text": message.text,
    }
    return json.dumps(found, ensure_ascii=False)
