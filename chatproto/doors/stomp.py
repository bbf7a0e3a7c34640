"""The door for programs: STOMP 1.2, 1.1 and 1.0.

    -> CONNECT login:bot                       <- CONNECTED user:bot session:… resume:…
    -> SUBSCRIBE id:me destination:/me         private events come here
    -> SUBSCRIBE id:1 destination:/room/dev    <- MESSAGE subscription:1 event:said from:oscar seq:7 prev:6
    -> SEND destination:/room/dev receipt:r1   <- RECEIPT receipt-id:r1 seq:8, once it is kept
    -> DISCONNECT receipt:r2                   <- RECEIPT receipt-id:r2, then closed

Before CONNECT nothing else is understood; after ERROR the connection closes. Where this page and
docs/reference/wire.md are silent, the STOMP 1.2 specification holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatproto import __version__
from chatproto.clock import Watch
from chatproto.core.commands.talk import Msg, Say, SayOutside
from chatproto.core.declare import LANGUAGES
from chatproto.core.events import (
    Broken,
    Closing,
    Entered,
    Entry,
    Past,
    PutOut,
    Reason,
    Refusal,
    Refused,
    Sentence,
    Settled,
)
from chatproto.core.text import decoded
from chatproto.doors.connection import MAX_BEFORE_NAME, MAX_PENDING, Connection, Host
from chatproto.doors.framed import EACH, ME, ROOM, StompLook, again, message_id, refused_each
from chatproto.doors.headers import (
    COMMAND,
    USER,
    VERSIONS,
    Fatal,
    beats_of,
    needed,
    room_of,
    subscription_of,
    version_of,
    whole_number,
)
from chatproto.hub import BROKEN, Last, Session
from chatproto.hub.pressure import busy
from chatproto.wire.stomp import HEARTBEAT, BadFrame, Frame, FrameBuffer, encode
from chatproto.words import spoken

BEAT = 10_000  # milliseconds: how often we want to hear from a program that offers heart-beats
MY_BEAT = 1_000  # milliseconds: the shortest interval at which we can promise ours
EMPTY: Mapping[str, str] = MappingProxyType({})
log = Logger("chat")


class StompDoor:
    """One program's connection."""

    hears_itself = True

    def __init__(self, host: Host) -> None:
        self._host = host
        settings = host.settings
        self._frames = FrameBuffer(
            max_line=settings.max_line, max_headers=settings.max_headers, max_body=settings.max_body
        )
        self.session: Session | None = None
        self._held: Frame | None = None
        self._rooms: dict[str, str] = {}  # the subscription's id, by room
        self._stays: dict[str, list[str]] = {}  # by room, the ids of those too that are ended and still to be told
        self._lists: set[str] = set()  # rooms of which it keeps a list of who is there
        self._me = ""  # the id of the subscription to /me
        self._lang = settings.lang
        self._as_messages: set[str] = set()  # receipts of those who want the past as it came, not as one answer
        self._beat: IDelayedCall | None = None  # the next of ours
        self._watch: Watch | None = None  # for theirs
        self._read = 0  # bytes before CONNECT was whole
        self._broken: Broken | None = None  # what ends the connection, once all before it is told

    # --- bytes in ---------------------------------------------------------------------------------

    def begin(self, connection: Connection) -> None:
        """Take over a connection."""
        self.connection = connection
        self.write = connection.write

    def dataReceived(self, data: bytes) -> None:
        """Cut what came into frames and handle each as the pace allows."""
        if not self.connection.open or self._has_left:
            return
        self.connection.heard()
        if self._watch:
            self._watch.heard()
        self._frames.feed(data)
        if self.connection.held_back and self._frames.waiting() > MAX_PENDING:
            self._error(Reason.TOO_FAST, "You are sending faster than this server reads. Slow down.")
            return
        self._drain()
        if self.session is None:
            self._read += len(data)
            if self._read > MAX_BEFORE_NAME:
                self._error(Reason.TOO_LONG, "The CONNECT frame is too long.")

    def _drain(self) -> None:
        try:
            while self.connection.open and not self.connection.held_back and not self._has_left:
                if self._host.hub.pressure.refuses():
                    self._refuse_in_bulk()
                frame = self._held or self._frames.next()
                self._held = None
                if frame is None:
                    return
                if frame is HEARTBEAT:
                    continue
                if self.session and not self.connection.may_handle_one():
                    self._held = frame
                    return
                self._handle(frame)
        except BadFrame as bad:
            self._break_off(Broken(Reason(bad.reason), Sentence(bad.sentence)))

    def _refuse_in_bulk(self) -> None:
        """Refuse all that came to be said, unread: who cannot keep up has no time to read what comes to nothing."""
        if self.session is None or not self._me or self._held:
            return
        receipts = self._frames.skim()
        if receipts:
            hub = self._host.hub
            no = self.draw(Entry(hub.refusal(self.session.member, busy(), EACH)))
            hub.tell(self.session, refused_each(no, receipts))

    @property
    def _has_left(self) -> bool:
        """Whether what follows is nobody's: the receipt of a DISCONNECT, or an ERROR, is to come and is the end."""
        return bool(self._broken) or (
            self.session is not None and self.session.member.id not in self._host.hub.chat.by_id
        )

    def _handle(self, frame: Frame) -> None:
        if self.session is None:
            if frame.command in {"CONNECT", "STOMP"}:
                self._connect(frame)
            else:
                self._error(Reason.BAD_FRAME, "Send CONNECT first.")
            return
        handle = self._handler(frame.command)
        if handle is None or "transaction" in frame.headers:
            text = "{command} is not understood here; acknowledgements and transactions are not offered."
            no = Refusal(Reason.BAD_FRAME, text, command=frame.command[:32])
            self._break_off(Broken(no.reason, no.sentence, frame.headers.get("receipt", "")))
            return
        try:
            handle(frame)
        except Refusal as no:
            self._no(no, frame.headers.get("receipt", ""))

    def _handler(self, command: str) -> Callable[[Frame], None] | None:
        match command:
            case "SEND":
                return self._send
            case "SUBSCRIBE":
                return self._subscribe
            case "UNSUBSCRIBE":
                return self._unsubscribe
            case "DISCONNECT":
                return self._disconnect
        return None

    # --- CONNECT ----------------------------------------------------------------------------------

    def _connect(self, frame: Frame) -> None:
        version = version_of(frame.headers)
        if version is None:
            text = "Speak STOMP 1.2, 1.1 or 1.0: accept-version names none of them."
            self._error(Reason.BAD_FRAME, spoken(Sentence(text), self._lang), {"version": ",".join(VERSIONS)})
            return
        self._frames.version = version
        if version == "1.0":
            frame = Frame(frame.command, {name.strip(): value.strip() for name, value in frame.headers.items()})
        self._lang = frame.headers.get("lang", "") if frame.headers.get("lang") in LANGUAGES else self._lang
        try:
            beats = beats_of(frame.headers.get("heart-beat", "0,0"))
            came_in = self._coming_in(frame)
        except Refusal as no:
            self._break_off(Broken(no.reason, no.sentence))
            return
        came_in.addCallback(self._connected, version, beats).addErrback(self._turned_away)

    def _coming_in(self, frame: Frame) -> Deferred[tuple[Session, str, bool]]:
        """Fire with a session, the secret to come back with, and whether it is the session of before.

        At once, unless a password is to be looked at.
        """
        hub, resume, headers = self._host.hub, self._host.secret(), frame.headers
        address, lang, name = self.connection.address, self._lang, headers.get("login", "")
        if self._host.console:
            return succeed((hub.admit_console(self, address=address, lang=lang), "", False))
        session = hub.resume(self, headers.get("resume", "").encode(), resume.encode(), address=address)
        if session:
            return succeed((session, resume, True))

        def enter(proof: str) -> tuple[Session, str, bool]:
            if not self.connection.open:
                raise Refusal(Reason.NOT_ALLOWED, "The connection has gone.")
            entered = hub.enter(self, name, address=address, lang=lang, resume=resume.encode(), proof=proof)
            return entered, resume, False

        passcode = headers.get("passcode", "")
        if not passcode:
            return succeed(enter(""))
        return self.connection.wait_for(hub.prove(name, passcode, address)).addCallback(enter)

    def _connected(self, came_in: tuple[Session, str, bool], version: str, beats: tuple[int, int]) -> None:
        session, resume, resumed = came_in
        self.session = session
        self.connection.named()
        headers = {
            "version": version,
            "server": f"chatproto/{__version__}",
            "session": str(session.member.id),
            "user": session.member.name,
            "heart-beat": f"{MY_BEAT},{BEAT}",
            "resume": resume,
            **({"resumed": "true"} if resumed else {}),
        }
        self.write(encode(Frame("CONNECTED", headers)))
        self._start_beating(*beats)

    def _turned_away(self, failure: Failure) -> None:
        no = failure.value
        why = no if isinstance(no, Refusal) else BROKEN
        self._break_off(Broken(why.reason, why.sentence))
        if not isinstance(no, Refusal):
            log.failure("while somebody came in", failure)

    # --- the other frames -------------------------------------------------------------------------

    def _subscribe(self, frame: Frame) -> None:
        assert self.session
        headers, receipt = frame.headers, frame.headers.get("receipt", "")
        subscription, destination = subscription_of(frame, self._frames.version), needed(frame, "destination")
        if headers.get("ack", "auto") != "auto":
            raise Fatal("Only ack:auto is spoken here.")
        here = self.session.member.rooms  # a room may have been left by a command since it was subscribed
        self._rooms = {room: known for room, known in self._rooms.items() if room in here}
        if subscription == self._me or subscription in self._rooms.values():
            raise Fatal("That subscription id is in use. Choose another one.")
        if destination == ME:
            self._me = subscription
            self._host.hub.hand_over(self.session)
            self._host.hub.answer(self.session, receipt)
            return
        room = room_of(destination)
        if room in self._rooms:
            raise Fatal("That room is subscribed already.")
        place = self._place(room, headers)
        self._lists &= self._rooms.keys()  # those that were left are let go
        if headers.get("members") == "true":
            self._lists.add(room)
        self._rooms[room] = subscription
        if self._host.hub.subscribe(
            self.session, room, place, invitation=headers.get("invitation", ""), receipt=receipt
        ):
            self._stays.setdefault(room, []).append(subscription)
        else:
            del self._rooms[room]

    def _place(self, room: str, headers: Mapping[str, str]) -> Entered:
        """Return where a subscription begins to read: `after` says it strictly, `unread` and `last` say how much."""
        assert self.session
        after, unread, last = (whole_number(headers, name) for name in ("after", "unread", "last"))
        if after is None and unread is not None:
            return self._host.hub.unread(self.session, room, most=unread, least=last or 0)
        return Entered(after, last or 0)

    def _unsubscribe(self, frame: Frame) -> None:
        assert self.session
        subscription = subscription_of(frame, self._frames.version)
        receipt = frame.headers.get("receipt", "")
        if subscription == self._me:
            self._me = ""
            self._host.hub.answer(self.session, receipt)
            return
        room = next((room for room, known in self._rooms.items() if known == subscription), None)
        if room is None:
            raise Fatal("There is no subscription of that id.")
        del self._rooms[room]
        quiet = frame.headers.get("quiet") == "true"
        self._host.hub.unsubscribe(self.session, room, quiet=quiet, receipt=receipt)

    def _send(self, frame: Frame) -> None:
        assert self.session
        hub, headers = self._host.hub, frame.headers
        destination, receipt = needed(frame, "destination"), headers.get("receipt", "")
        text, key = decoded(frame.body), headers.get("idempotency-key", "")
        if destination == COMMAND:
            if receipt and headers.get("answer") == "messages":
                self._as_messages.add(receipt)
            hub.do_once(self.session, hub.chat.vocabulary.parse(text), receipt=receipt, key=key)
        elif destination.startswith(USER):
            hub.do_once(self.session, Msg(name=destination.removeprefix(USER), text=text), receipt=receipt, key=key)
        else:
            says = SayOutside if headers.get("outside") == "true" else Say
            hub.do(self.session, says(room=room_of(destination), text=text), receipt=receipt, key=key)

    def _disconnect(self, frame: Frame) -> None:
        assert self.session
        receipt, linger = frame.headers.get("receipt", ""), whole_number(frame.headers, "linger")
        if linger is not None:
            self._host.hub.lost(self.session, self, linger=linger, how="quit")
            self._end()
            return
        if receipt:
            self._host.hub.answer(self.session, receipt)
        self._host.hub.leave(self.session, "quit")

    # --- heart-beats ------------------------------------------------------------------------------

    def _start_beating(self, theirs: int, wanted: int) -> None:
        if wanted:
            every = max(wanted, MY_BEAT) / 1000
            self._beat = self._host.clock.callLater(every, self._show_life, every)
        if theirs:
            self.connection.beats = True
            self._watch = Watch(self._host.clock, max(theirs, BEAT) / 1000, self._silent)

    def _show_life(self, every: float) -> None:
        self._beat = self._host.clock.callLater(every, self._show_life, every)
        self.write(b"\n")

    def _silent(self) -> None:
        """Take a silent program for lost; not one that is not read."""
        if not self.connection.held_back:
            self.connection.abort()
        elif self._watch:
            self._watch.heard()

    # --- what the hub needs of a door -------------------------------------------------------------

    def look(self, room: str) -> StompLook:
        """Return how this reader sees a room's events."""
        destination = ROOM + room.removeprefix("#")  # stands for the id where a room was joined by a command
        told = self._stays.get(room) or [destination]  # the first: what is newer hears nothing before its own turn
        return StompLook(self._frames.version, self._language, told[0], lists=room in self._lists)

    def draw(self, entry: Entry) -> bytes:
        """Return a private event as a MESSAGE to /me; a refusal to a program without it is an ERROR, and the last."""
        event = entry.delivery.event
        if isinstance(event, PutOut):
            self._rooms.pop(event.place, None)
        if isinstance(event, Refused):
            self._as_messages.discard(event.receipt)
        if isinstance(event, Broken) and event is not self._broken:
            return b""
        if self._me and not isinstance(event, Broken):
            look = StompLook(self._frames.version, self._language, self._me, lists=False)
            if isinstance(event, Past) and event.receipt in self._as_messages:
                return again(look, event)
            return look.draw(entry)
        if isinstance(event, Refused):
            return Last(self._refused(event))
        if isinstance(event, Closing | PutOut):
            return Last(self._drawn_error(Reason.NOT_ALLOWED, spoken(event.what, self._language)))
        return b""

    def named(self, data: bytes) -> bytes:
        """Return the frame as it is: a program can look for its own name."""
        return data

    def receipt(self, receipt: str, entry: Entry) -> bytes:
        """Return a RECEIPT; for what is kept, with its number."""
        self._as_messages.discard(receipt)
        headers = {"receipt-id": receipt}
        if entry.seq:
            headers |= {"seq": str(entry.seq), "message-id": message_id(entry)}
        event = entry.delivery.event
        if isinstance(event, Settled) and event.entered and event.entered.read is not None:
            headers |= {"read": str(event.entered.read), "after": str(event.entered.after)}
        return encode(Frame("RECEIPT", headers), self._frames.version)

    def has_taken_all(self) -> bool:
        return self.connection.has_taken_all()

    def read_until(self) -> float:
        return self.connection.read_until()

    def exited(self, room: str) -> None:
        """Speak of the room under the next subscription's id, if there is one already."""
        stays = self._stays.pop(room, [])[1:]
        if stays:
            self._stays[room] = stays

    def end(self, last: bytes) -> None:
        """Close: an ERROR is the last frame, whatever else is on its way."""
        self.connection.close(last)

    def dismiss(self, reason: Reason | None, what: Sentence) -> None:
        """Close, with an ERROR if there is a reason."""
        if reason:
            self.end(self._drawn_error(reason, spoken(what, self._language)))
        self._end()

    # --- what the connection tells ----------------------------------------------------------------

    def slow(self) -> None:
        if self.session:
            self._host.hub.pause(self.session)

    def ready(self) -> None:
        if self.session:
            self._host.hub.go_on(self.session)

    def resume(self) -> None:
        """Go on with the frames that waited for the pace."""
        self._drain()

    def finish(self) -> None:
        """Close once all is answered: a part of a frame is none."""
        self.connection.close_answered(self.session)

    def too_late(self) -> None:
        self._error(Reason.TOO_FAST, "CONNECT did not come in time.")

    def connectionLost(self, reason: Failure) -> None:
        """Tell the hub: the session may be taken up again."""
        if self.connection.lost_early(partial(self.connectionLost, reason)):
            return
        self._end()
        self.connection.lost()
        if self.session:
            self._host.hub.lost(self.session, self, all_read=self.connection.has_read_all(reason))
        who = self.session.member.name if self.session else ""
        self._host.hub.ended(self.connection.peer, who, reason.getErrorMessage())

    # --- saying no --------------------------------------------------------------------------------

    @property
    def _language(self) -> str:
        return self.session.member.taste.lang if self.session else self._lang

    def _no(self, no: Refusal, receipt: str = "") -> None:
        if self._me and self.session and not isinstance(no, Fatal):
            self._host.hub.refuse(self.session, no, receipt=receipt)
        else:
            self._break_off(Broken(no.reason, no.sentence, receipt))

    def _break_off(self, no: Broken) -> None:
        """End the connection with an ERROR, after the receipts of what was asked before."""
        self._broken = no
        if self.session and not self._host.hub.pressure.refuses():
            self._host.hub.show(self.session, no)
        else:
            self._leave(self._refused(no))

    def _error(self, reason: Reason, text: str, more: Mapping[str, str] = EMPTY) -> None:
        self._leave(self._drawn_error(reason, text, more))

    def _leave(self, last: bytes) -> None:
        """Close on one's own account, and tell the hub."""
        if self.connection.open:
            self.end(last)
            if self.session:
                self._host.hub.lost(self.session, self)

    def _refused(self, no: Refused) -> bytes:
        receipt = {"receipt-id": no.receipt} if no.receipt else EMPTY
        return self._drawn_error(no.reason, spoken(no.what, self._language), receipt)

    def _drawn_error(self, reason: Reason, text: str, more: Mapping[str, str] = EMPTY) -> bytes:
        headers = {"message": reason.value, "content-type": "text/plain;charset=utf-8", **more}
        return encode(Frame("ERROR", headers, text.encode()), self._frames.version)

    def _end(self) -> None:
        if self._beat and self._beat.active():
            self._beat.cancel()
        if self._watch:
            self._watch.cancel()
        self._watch = None
        self.connection.close()
