"""Reading forward: a reader that was slow, comes back, or asks for what came before is read on from its place.

A page of the journal in a turn of the reactor, until the reader is at the head again and live. No queue is kept
for anybody: only the place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.logger import Logger

from chatproto.core.events import Before, Delivery, Entry, Gap, Reason, Refusal
from chatproto.hub.channel import Channel, drawn
from chatproto.hub.session import Session
from chatproto.journal import Page

if TYPE_CHECKING:
    from chatproto.hub import Hub

PAGE = 50  # entries read forward in one reactor turn for one reader: a screen, some 10 KB
PIECE = 65536  # bytes told of them, and what goes beyond with the last: of the longest that is four, or five
AGAIN = 5.0  # seconds until what could not be read is tried again
UNREAD = Refusal(Reason.INTERNAL, "What was said before could not be read.")
log = Logger("chat")


class Forward:
    """Reads the readers of all rooms forward."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def seek(self, session: Session, channel: Channel, last: int) -> None:
        """Read a reader on from before the newest `last`, once the journal has said where that is."""
        channel.add_behind(session, channel.newest())
        answer = channel.reading[session] = self._hub.journal.place(channel.name, last, channel.newest())
        answer.addCallback(self._placed, session, channel, answer)
        answer.addErrback(self._unread, session, channel, answer)

    def read_on(self, session: Session, channel: Channel) -> None:
        """Read on from where a reader is; at the head it is live."""
        place = channel.behind.get(session)
        if place is None or session.paused or session in channel.reading:
            return
        if place >= channel.head:
            channel.add(session)
            return
        until = channel.head
        answer = channel.reading[session] = self._hub.journal.read(channel.name, place, until, PAGE)
        answer.addCallback(self._read, session, channel, until, answer)
        answer.addErrback(self._unread, session, channel, answer)

    def _read(self, page: Page, session: Session, channel: Channel, until: int, answer: object) -> None:
        place = channel.answered(session, answer)
        if place is None or session.door is None or session.paused:
            return  # who takes no more since it was asked for stays in its place
        look = session.door.look(channel.name)
        data = b""
        channel.behind[session] = until
        for entry in page.entries:
            channel.behind[session] = entry.seq
            data += drawn(look, entry) if channel.hears(session, entry) else b""
            if len(data) > PIECE:
                break
        missing = min(page.start - 1, until) if page.entries else until
        if missing > place:
            gap = Delivery(Gap(place + 1, missing), channel.name, self._hub.now())
            data = drawn(look, Entry(gap)) + data
        count = channel.came.get(session, 0) - max(place, page.start - 1)
        if page.entries and count > 0 and session in channel.newcomers:
            before = Before(count, page.entries[0].delivery.at)
            data = drawn(look, Entry(Delivery(before, channel.name, self._hub.now()))) + data
        channel.newcomers.discard(session)
        session.channels[channel.name] = session.channels.pop(channel.name)  # another room first, next time
        if data:
            session.write(data)
        self._hub.clock.callLater(0, self.read_on, session, channel)

    def _unread(self, failure: object, session: Session, channel: Channel, answer: object) -> None:
        log.error("the journal of {room} could not be read: {failure}", room=channel.name, failure=failure)
        if channel.answered(session, answer) is None:
            return
        self._hub.clock.callLater(AGAIN, self.read_on, session, channel)  # it stays in its place and is not forgotten
        self._hub.tell(
            session,
            session.door.draw(Entry(self._hub.refusal(session.member, UNREAD, ""))) if session.door else b"",
        )

    def _placed(self, place: int, session: Session, channel: Channel, answer: object) -> None:
        if channel.answered(session, answer) is not None:
            channel.behind[session] = place
            self._hub.clock.callLater(0, self.read_on, session, channel)
