"""A person's or a program's standing on a server, through any number of connections.

The law here: nothing missing, nothing twice. Whatever cuts the connection, the session comes back by itself,
takes up its name, its rooms from where it had read them, and its outbox; whoever draws it (the `Listener`)
is told, and has nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint

from chatproto.client.connection import BEAT, Cause
from chatproto.client.link import Link, State
from chatproto.client.message import Message, heard, number, one_word
from chatproto.client.outbox import Asking, Entering, Leaving, Outbox, Parcel, Saying
from chatproto.client.place import Place, Verdict
from chatproto.client.seen import Seen
from chatproto.clock import wall_beside
from chatproto.core import names
from chatproto.core.commands.account import Login, Passwd, Register
from chatproto.core.commands.rooms import Join, Leave
from chatproto.core.commands.rule import Shutdown
from chatproto.core.commands.you import Nick, Slip
from chatproto.core.declare import Command
from chatproto.core.events import Reason, Sentence, say
from chatproto.wire.stomp import Frame

ME = "/me"
LINGER = 45.0  # seconds after a cut in which "name in use" may mean ourselves: the server keeps it 30 s for us
NAMING = frozenset({Reason.BAD_NAME, Reason.NAME_IN_USE, Reason.NAME_RESERVED, Reason.WRONG_PASSCODE})
PASSING = frozenset({Reason.SERVER_FULL, Reason.BUSY, Reason.TOO_FAST, Reason.INTERNAL, Reason.DISK_FULL})
NOT_IN = frozenset({Reason.NOT_IN_ROOM, Reason.NO_SUCH_ROOM})
OURS = frozenset({"said", "action"})
FINAL = frozenset({Reason.NOT_ALLOWED, Reason.BAD_FRAME, Reason.BANNED})
BYE = "bye"
DISCONNECT = Frame("DISCONNECT", {"receipt": BYE})


class Listener(Protocol):
    """What a session tells whoever draws it."""

    def connected(self, *, again: bool) -> None:
        """The name is taken up (`session.name`); `again`: it was before, too."""

    def heard(self, message: Message) -> None:
        """Something happened. `message.own`: it is one's own line, come round."""

    def done(self, parcel: Parcel) -> None:
        """What was asked is done, and kept if it is of the kind that is kept."""

    def refused(self, parcel: Parcel) -> None:
        """What was asked is refused; why was heard just before."""

    def unknown(self, parcel: Parcel) -> None:
        """Nobody knows whether this was done: the connection was cut, and it cannot be asked twice."""

    def name_refused(self, reason: str, text: str) -> None:
        """The name cannot be had, or not with this passcode. Start again with others."""

    def disconnected(self) -> None:
        """The connection is lost."""

    def retrying(self, seconds: float, why: Cause) -> None:
        """Nobody answers (`why`, if that is known); the next try is in so many seconds."""

    def over(self, why: Sentence | None) -> None:
        """The session has ended: as was asked, or why."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a session behaves: the language it asks for, how long (seconds) it tries in vain; 0: for ever."""

    lang: str = ""
    patience: float = 0.0


class Session:
    """One name on one server. `keys` makes idempotency keys, `random` numbers from 0 to 1.

    What waits goes by `clock`; dates are told by `wall`, as for `ChatFactory`.
    """

    listener: Listener

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        clock: IReactorTime,
        *,
        keys: Callable[[], str],
        random: Callable[[], float],
        manner: Manner | None = None,
        wall: Callable[[], float] | None = None,
    ) -> None:
        self._keys = keys
        self._wall = wall or wall_beside(clock)
        self.manner = manner or Manner()
        self._link = Link(self, endpoint, clock, random, self.manner.patience)
        self.name = ""
        self.current = ""  # the room to which a line goes that names none
        self.rooms: dict[str, Place] = {}
        self.outbox = Outbox()
        self._account = ""  # whose passcode it is: one may be called otherwise meanwhile
        self._passcode = ""  # kept here and nowhere else, for coming back to a server that has forgotten us
        self._resume = ""
        self._known = False  # whether a server has taken us by our name
        self._seen = Seen()
        self._farewell: Frame | None = None
        self._returns: dict[str, str] = {}  # receipt of a SUBSCRIBE on coming back, and its room
        self._subscribed: set[str] = set()  # rooms, on this connection

    # --- what is asked ----------------------------------------------------------------------------

    @property
    def up(self) -> bool:
        """Whether what is asked goes to the server at once."""
        return self._link.up

    @property
    def now(self) -> float:
        """The date, in seconds since the epoch, as everything here tells it."""
        return self._wall()

    def start(self, name: str, passcode: str = "") -> None:
        """Go to the server and take this name; `passcode`, a password or a token, proves that it is one's own."""
        self.name = name
        self._belongs(name, passcode)
        if self._link.state is State.IDLE:
            self._link.call()

    def say(self, room: str, text: str, key: str = "", *, outside: bool = False) -> Parcel:
        """Say something in a room; under the same `key`, in any session, it is said once. `outside` as for `Saying`."""
        return self._post(Saying(room, text, outside), key)

    def ask(self, line: str, command: Command) -> Parcel:
        """Have a command done."""
        return self._post(Asking(line, command))

    def enter(
        self, room: str, *, after: int | None = None, last: int = 0, unread: int = 0, invitation: str = ""
    ) -> Parcel:
        """Go into a room, or back to one: lines go there from now on. How much of what was before: see `Entering`."""
        before, self.current = self.current, room
        if room in self.rooms:
            return self.ask(f"/join {room}", Join(room=room))
        self.rooms[room] = Place(after, returning=after is not None, before=before)
        return self._post(Entering(room, after, last, unread, invitation))

    def leave(self, room: str, *, quiet: bool = False) -> Parcel:
        """Leave a room."""
        parcel = self._post(Leaving(room, quiet))
        self._forget_room(room)
        return parcel

    def finish(self, *, quiet: bool = False) -> None:
        """Wait until all that was asked is answered, then leave; without a word to the others if quietly."""
        self._farewell = Parcel(Asking("/slip", Slip()), BYE).frame() if quiet else DISCONNECT
        self._part_if_done()

    def close(self) -> Deferred[None]:
        """Leave now; fires when the session is over."""
        if self._link.up:
            self._link.part(DISCONNECT)
        elif self._link.state is not State.ENDING:
            self._link.end(None)
        return self._link.when_over()

    def pause(self) -> None:
        """Hear nothing more for now: what is heard cannot be shown as fast."""
        self._link.pause()

    def go_on(self) -> None:
        """Hear again."""
        self._link.go_on()

    def _post(self, what: Saying | Asking | Entering | Leaving, key: str = "") -> Parcel:
        parcel = Parcel(what, key or self._keys())
        self.outbox.add(parcel)
        self._send_what_is_due()
        return parcel

    def _send_what_is_due(self) -> None:
        while self._link.up and (parcel := self.outbox.due()) is not None:
            self._link.send(self._frame(parcel))

    def _frame(self, parcel: Parcel) -> Frame:
        """Return the frame for a parcel. UNSUBSCRIBE is for this connection's subscriptions only."""
        what = parcel.what
        if isinstance(what, Entering):
            self._subscribed.add(what.room)
        elif isinstance(what, Leaving) and what.room not in self._subscribed:
            return Parcel(Asking(f"/leave {what.room}", Leave(room=what.room)), parcel.key).frame()
        elif isinstance(what, Leaving):
            self._subscribed.discard(what.room)
        return parcel.frame()

    def _part_if_done(self) -> None:
        if self._farewell is None or self.outbox:
            return
        if self._link.up:
            self._link.part(self._farewell)
        elif self._link.state in {State.IDLE, State.WAITING}:
            self._link.end(None)

    # --- what the link tells ----------------------------------------------------------------------

    def introduction(self) -> Frame:
        """Say who we are, and who we were."""
        login = self._account if self._passcode else self.name
        headers = {"accept-version": "1.2", "host": "chat", "login": login, "heart-beat": f"{BEAT},{BEAT}"}
        if self._passcode:
            headers["passcode"] = self._passcode
        if self.manner.lang:
            headers["lang"] = self.manner.lang
        if self._resume:
            headers["resume"] = self._resume
        return Frame("CONNECT", headers)

    def connected(self, frame: Frame) -> None:
        """Take up everything where it was left."""
        again, self._known = self._known, True
        self._resume = frame.headers.get("resume", "")
        name = one_word(frame.headers.get("user", "")) or self.name
        resumed = frame.headers.get("resumed") == "true"
        unknown = [] if resumed else self.outbox.disown(renamed=not self._is_me(name))
        self.name = name
        self._link.send(Frame("SUBSCRIBE", {"id": "me", "destination": ME}))
        self._return_to_rooms()
        self.listener.connected(again=again)
        for parcel in unknown:
            self.listener.unknown(parcel)
        self._send_what_is_due()
        self._part_if_done()

    def received(self, frame: Frame) -> None:
        """Take a frame from the server."""
        if frame.command == "ERROR":
            self._error(frame)
        elif frame.command == "RECEIPT":
            self._receipt(frame)
        elif frame.command == "MESSAGE":
            self._message(heard(frame, self.now))

    def cut(self) -> None:
        """Take note that the connection is lost."""
        self._returns.clear()
        self._subscribed.clear()
        self.listener.disconnected()
        for parcel in self.outbox.cut():
            self.listener.unknown(parcel)

    def retrying(self, seconds: float, why: Cause) -> None:
        """Say so, unless there is nothing left to come back for."""
        self._part_if_done()
        if self._link.state is State.WAITING:
            self.listener.retrying(seconds, why)

    def over(self, why: Sentence | None) -> None:
        """Hand it on."""
        self.listener.over(why)

    # --- rooms and messages -----------------------------------------------------------------------

    def _return_to_rooms(self) -> None:
        """Read each room on from where it was left; the current one last, so that it is the server's too."""
        for room in self._rooms_half_left():
            self._link.send(Entering(room).frame())
            self._subscribed.add(room)
        for room in sorted(self.rooms, key=lambda r: r == self.current):
            place = self.rooms[room]
            if not place.entered:
                continue  # its Entering is still in the outbox
            place.returning = True
            key = self._keys()
            self._returns[key] = room
            headers = {**Entering(room).frame().headers, **place.headers(), "receipt": key}
            self._link.send(Frame("SUBSCRIBE", headers))
            self._subscribed.add(room)

    def _rooms_half_left(self) -> list[str]:
        """Return the rooms that are to be left once something is said there, for which one must be in them again."""
        asked: dict[type, set[str]] = {Entering: set(), Saying: set()}
        left: list[str] = []
        for parcel in self.outbox:
            if isinstance(parcel.what, Entering | Saying):
                asked[type(parcel.what)].add(parcel.what.room)
            elif isinstance(parcel.what, Leaving) and parcel.what.room in asked[Saying] - asked[Entering]:
                left.append(parcel.what.room)
        return [room for room in dict.fromkeys(left) if room not in self.rooms]

    def _enters_again(self, room: str) -> bool:
        """Say whether a stay is not the one meant by now: it was left again, and the next has still to be granted."""
        return any(isinstance(p.what, Entering) and p.what.room == room for p in self.outbox)

    def _message(self, message: Message) -> None:
        if message.room:
            self._room_message(message)
            return
        if message.event == "kicked":
            self._put_out(message)
        place = self.rooms.get(one_word(message.headers.get("room", "")))
        if place:
            place.seen(message.at)
        if message.event == "refused":
            self._refused(message)
        elif not self._seen.again(message):
            self.listener.heard(message)

    def _room_message(self, message: Message) -> None:
        place = self.rooms.get(message.room)
        if place is None:
            return  # we have left it meanwhile
        if message.seq and not place.entered:
            return  # we have left it and asked to enter it anew: this is of the stay before
        if message.event == "gap":
            place.skip(number(message.headers.get("new", "")))
        if message.event == "renamed" and self._is_me(one_word(message.headers.get("old", ""))):
            self.name = one_word(message.headers.get("new", ""))
        own = False
        if message.seq:
            verdict = place.take(message)
            if verdict is Verdict.GAP:
                self._link.drop()  # and come back, reading on from where the gap is
            if verdict is not Verdict.NEW:
                return
            own = self._is_own(message, place)
        place.seen(message.at)
        self.listener.heard(replace(message, own=True) if own else message)

    def _is_own(self, message: Message, place: Place) -> bool:
        """Say whether this is a line of ours, come round: by its number, or because it is under way."""
        mine = place.is_mine(message.seq)
        if message.event not in OURS or not self._is_me(message.who):
            return False
        return mine or self.outbox.coming_round(message.room, message.event, message.words, message.seq)

    def _is_me(self, name: str) -> bool:
        return names.fold(name) == names.fold(self.name)

    # --- answers ----------------------------------------------------------------------------------

    def _receipt(self, frame: Frame) -> None:
        key = frame.headers.get("receipt-id", "")
        if key == BYE and self._link.state is State.ENDING:
            self._link.end(None)
            return
        self._returns.pop(key, None)
        parcel = self.outbox.settled(key)
        if parcel is None:
            return
        seq = number(frame.headers.get("seq", ""))
        self._settle(parcel, seq, frame.headers)
        parcel.seq = parcel.seq or seq
        self.listener.done(parcel)
        self._send_what_is_due()
        self._part_if_done()

    def _settle(self, parcel: Parcel, seq: int, headers: Mapping[str, str]) -> None:
        what = parcel.what
        if isinstance(what, Saying) and seq and not parcel.seq and what.room in self.rooms:
            self.rooms[what.room].sent(seq)
        elif isinstance(what, Entering) and what.room in self.rooms and not self._enters_again(what.room):
            read = number(headers["read"]) if "read" in headers else None
            after = number(headers["after"]) if "after" in headers else max(0, seq - what.last)
            self.rooms[what.room].starts(seq, after, read)
        elif isinstance(what, Asking):
            self._was_done(what.command, parcel, seq)

    def _was_done(self, command: Command, parcel: Parcel, seq: int) -> None:
        if isinstance(command, Nick):
            self.name = names.as_one_word(command.name)
        elif isinstance(command, Login):
            self.name = self.name if self._is_me(command.name) else names.as_one_word(command.name)
            self._belongs(self.name, command.password)
        elif isinstance(command, Register):
            self._belongs(self.name, command.password)
        elif isinstance(command, Passwd):
            self._belongs(self._account if self._passcode else self.name, command.new)
        elif isinstance(command, Shutdown):
            self._link.make_last()
        room = getattr(command, "room", "")
        if seq and not parcel.seq and room in self.rooms:
            self.rooms[room].sent(seq)

    def _belongs(self, account: str, passcode: str) -> None:
        """Remember what proves an account to be one's own; not what CONNECT, which has no escapes, cannot say."""
        self._account, self._passcode = account, "" if set(passcode) & set("\0\r\n") else passcode

    def _refused(self, message: Message) -> None:
        key = message.headers.get("receipt-id", "")
        parcel = self.outbox.settled(key)
        if parcel and isinstance(parcel.what, Leaving) and message.headers.get("reason") in NOT_IN:
            self.listener.done(parcel)  # it was left before the cut
        else:
            if key in self._returns:  # a room that is not one's own is no place to read why
                self._forget_room(self._returns.pop(key))
            if parcel and isinstance(parcel.what, Entering) and not self._enters_again(parcel.what.room):
                self._forget_room(parcel.what.room)
            self.listener.heard(message)
            if parcel:
                self.listener.refused(parcel)
        self._send_what_is_due()
        self._part_if_done()

    def _put_out(self, message: Message) -> None:
        room = one_word(message.headers.get("room", ""))
        if room:
            self._forget_room(room)
            self._subscribed.discard(room)
        else:
            self._link.make_last(say("-- The chat has ended. You can send no more messages. --"))

    def _forget_room(self, room: str) -> None:
        before = self.rooms.pop(room, Place()).before
        if self.current == room:
            self.current = before if before in self.rooms else next(reversed(self.rooms), "")

    # --- errors -----------------------------------------------------------------------------------

    def _error(self, frame: Frame) -> None:
        reason = frame.headers.get("message", "")
        message = replace(heard(frame, self.now), event="refused", room="")
        if self._link.state is State.GREETING:
            self._turned_away(reason, message)
        elif self._link.up:
            self.listener.heard(message)
            self._thrown_out(reason, frame.headers.get("receipt-id", ""))

    def _turned_away(self, reason: str, message: Message) -> None:
        """Judge a refused CONNECT: the name may be at fault, it may pass, or this is the end."""
        ghost = reason == Reason.NAME_IN_USE and self._known and self._link.down_for < LINGER
        guessed = reason == Reason.TOO_FAST and self._passcode and not self._known
        if (reason in NAMING and not ghost) or guessed:
            self._link.rest()
            self.listener.name_refused(reason, message.text)
        elif self._resume or ghost or (reason in PASSING and self._known):
            self._resume = ""  # it is the likeliest cause, and the name will do
            self._link.drop()
        else:
            self.listener.heard(message)
            self._link.end(say("The server did not let you in."))

    def _thrown_out(self, reason: str, key: str) -> None:
        """Judge an ERROR: what was at fault must not be sent again, and some errors are final."""
        largest = self.outbox.largest() if reason == Reason.TOO_LONG else None
        culprit = self.outbox.settled(key or (largest.key if largest else ""))
        if culprit:
            self.listener.refused(culprit)
        elif reason in FINAL:
            self._link.make_last(say("The server ended this session."))
        self._link.drop()
