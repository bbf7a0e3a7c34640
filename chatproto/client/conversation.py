"""What a typed line means, and what is shown of what is heard.

The law here: a line that cannot be right is explained at once, by the server's own parser; what is yours alone
is done here; all else goes to the session, and counts until it has its receipt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any, Protocol

from chatproto.client.connection import Cause
from chatproto.client.desk import KEPT
from chatproto.client.message import SLIPPED, Message
from chatproto.client.outbox import Asking, Leaving, Parcel
from chatproto.client.session import Session
from chatproto.client.tastes import LOCAL, Tastes
from chatproto.client.view import View
from chatproto.core import names
from chatproto.core.commands.account import Login
from chatproto.core.commands.help import CONSOLE_GREETING, Help, explained, listed
from chatproto.core.commands.rooms import Join, Leave
from chatproto.core.commands.talk import Say
from chatproto.core.commands.you import Lang, Quit, Slip
from chatproto.core.declare import APlace, Command, Rank
from chatproto.core.events import Before, Reason, Refusal, Sentence, say
from chatproto.core.parse import STANDARD, cut, is_command, plain, visible
from chatproto.core.seats import Seat
from chatproto.core.text import message as fit_to_say
from chatproto.words import spoken

MANY, FEW = 200, 50  # lines waiting to be sent at which no more are read, and at which they are again


class Screen(Protocol):
    """What a conversation needs of a terminal."""

    def show(self, text: str) -> None:
        """Show one event."""

    def tell(self, text: str) -> None:
        """Say something about the connection."""

    def ask(self, text: str) -> None:
        """Prompt."""

    def hold(self) -> None:
        """Take no more lines for now."""

    def go_on(self) -> None:
        """Take lines again."""

    def forget_typed(self) -> None:
        """Drop what was typed ahead."""

    def close(self) -> None:
        """Show what there is, and be gone."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a conversation is held: `prompts` if somebody sits there, `console` if it is the operator's.

    `backlog` is how many messages from before one came are wanted at least on entering a room, besides all that one has
    not read; 0 is none of either. `invitation` is shown at the rooms with which one begins.
    """

    address: str
    rooms: tuple[str, ...] = (names.LOBBY,)
    prompts: bool = True
    console: bool = False
    backlog: int = 0
    invitation: str = field(default="", repr=False)

    @property
    def seat(self) -> Seat:
        """Return where they sit whose lines these are."""
        return Seat.CONSOLE if self.console else Seat.CHAT


class Stage(Enum):
    """NAMING: the next line is a name. WAITING: lines are kept until the server has taken it. Then TALKING.

    LEAVING: what was typed before is still being answered; what is typed now counts no more.
    """

    NAMING = auto()
    WAITING = auto()
    TALKING = auto()
    LEAVING = auto()
    OVER = auto()


class Conversation:
    """One person, or one pipe, at a session. `status` is the exit status, once it is over."""

    def __init__(self, session: Session, screen: Screen, view: View, tastes: Tastes, setting: Setting) -> None:
        self.session, self.screen, self.view, self.tastes, self.setting = session, screen, view, tastes, setting
        session.listener = self
        self.stage = Stage.NAMING
        self.status = 0
        self.troubles: dict[str, Sentence] = {}  # why the exit status will not be 0
        self._token = ""  # goes with the name, until it is found not to
        self._ahead: deque[str] = deque()  # lines that came before the name was settled
        self._no_more = False  # the input has ended
        self._orderly = False  # the server has said that it closes
        self._failing = False  # nobody answers, and that has been said
        self._do: dict[type[Any], Callable[[Any, str], None]] = {
            Say: self._say,
            Help: self._help,
            Join: self._join,
            Leave: self._leave,
            Quit: self._quit,
            Slip: self._quit,
            **dict.fromkeys(LOCAL, self._taste),
        }

    # --- beginning --------------------------------------------------------------------------------

    def begin(self, name: str, token: str = "") -> None:
        """Take this name, or ask for one; a token proves that it is one's own."""
        self._token = token
        if name:
            self._name(name)
        else:
            self._ask_name()

    def _ask_name(self) -> None:
        self.stage = Stage.NAMING
        if self.setting.prompts:
            self.screen.ask(spoken(say("Your name: "), self.lang))
        elif self._no_more:
            self._fail("name", say("There is no name. Give one with --name NAME, or as the first line."))
            self.session.finish()

    def _name(self, text: str) -> None:
        if isinstance(_parsed(text), Quit):
            self.session.finish()
            return
        if not text.strip():
            self._ask_name()
            return
        try:
            name, passcode = self._who(text)
        except Refusal as no:
            self._name_no(spoken(no.sentence, self.lang))
            return
        self.stage = Stage.WAITING
        self.session.start(name, passcode)

    def _who(self, text: str) -> tuple[str, str]:
        """Return the name on a line and what proves it to be one's own: `/login NAME PASSWORD` gives both."""
        command = STANDARD.parse(text) if is_command(visible(text)) else None
        if isinstance(command, Login):
            return names.person(command.name), command.password
        return text if self.setting.console else names.person(text), self._token

    def _name_no(self, text: str, reason: str = "") -> None:
        self._show(Message("refused", text, at=self.session.now))
        if self.setting.prompts:
            if reason == Reason.WRONG_PASSCODE:
                self._token = ""
                self._answer((say("Type a name; one that is yours as: /login NAME PASSWORD"),))
            self._ahead.clear()
            self.screen.forget_typed()
            self._ask_name()
        else:
            self._fail("name", ANOTHER.get(reason, say("Choose another name with --name NAME.")))
            self.session.close()

    # --- typed ------------------------------------------------------------------------------------

    def typed(self, line: str) -> None:
        """Take a line."""
        if self.stage is Stage.TALKING:
            self._talk(line)
        elif self.stage is Stage.NAMING:
            self._name(line)
        elif self.stage is Stage.WAITING:
            self._keep(line)

    def _keep(self, line: str) -> None:
        """Keep a line for when the name is settled; only leaving is possible before."""
        if self.setting.prompts and isinstance(_parsed(line), Quit):
            self.session.close()
            return
        self._ahead.append(line)
        self._warn_if_down()
        if len(self._ahead) >= MANY:
            self.screen.hold()

    def mistyped(self, no: Refusal) -> None:
        """Explain why a line cannot be one."""
        self._show(Message("refused", spoken(no.sentence, self.lang), at=self.session.now))
        self._fail("refused", REFUSED)

    def ended(self) -> None:
        """Leave, once all that was typed is answered."""
        self._no_more = True
        if self.stage is Stage.NAMING:
            self._fail("name", say("There is no name. Give one with --name NAME, or as the first line."))
            self.session.finish()
        elif self.stage is Stage.TALKING:
            self._part()
        elif self.setting.prompts:
            self.session.close()

    def unread(self) -> None:
        """Leave as if the input had ended: nobody reads what is shown, and nothing typed counts any more."""
        self.stage = Stage.LEAVING
        self.screen.hold()
        self.session.finish()

    def interrupted(self) -> None:
        """Leave now."""
        self.session.close()

    def _talk(self, line: str) -> None:
        if not line.strip():
            return
        try:
            command = STANDARD.typed(line)
            command.spec.check_seat(self.setting.seat)
            self._do.get(type(command), self._ask)(command, line)
        except Refusal as no:
            self.mistyped(no)
        if len(self.session.outbox) >= MANY:
            self.screen.hold()

    def _say(self, command: Say, line: str) -> None:
        if self.setting.console:
            self._ask(command, line)
            return
        text, room = fit_to_say(command.text), command.room or self.session.current
        if not room:
            raise Refusal(Reason.NOT_IN_ROOM, "You are in no room. /join ROOM takes you into one.")
        self._warn_if_down()
        self.session.say(room, text)

    def _ask(self, command: Command, line: str) -> None:
        command, line = self._in_room(command, line)
        self._warn_if_down()
        self.session.ask(line, command)

    def _in_room(self, command: Command, line: str) -> tuple[Command, str]:
        """Name the room that a command is about, if its person did not: the one before their eyes."""
        line = plain(line).strip()
        first, room = command.spec.fields[:1], self.session.current
        open_ = bool(first) and isinstance(first[0].argument, APlace) and not getattr(command, "room", "")
        if not open_ or not room or self.setting.console:
            return command, line
        _, rest = cut(line)
        return replace(command, room=room), f"/{command.spec.word} {room} {rest.strip()}".rstrip()  # type: ignore[type-var]

    def _join(self, command: Join, line: str) -> None:
        self._warn_if_down()
        self._enter(command.room, command.invitation)

    def _enter(self, room: str, invitation: str) -> None:
        least = self.setting.backlog
        self.session.enter(room, last=least, unread=KEPT if least else 0, invitation=invitation)

    def _leave(self, command: Leave, line: str) -> None:
        room = command.room or self.session.current
        if room in self.session.rooms:
            self._warn_if_down()
            self.session.leave(room)
        else:
            self._ask(command, line)

    def _help(self, command: Help, _line: str) -> None:
        if command.word:
            lines = explained(STANDARD.known(command.word))
        else:
            rank = Rank.ADMIN if self.setting.console else Rank.OPERATOR
            lines = listed(STANDARD, rank, self.setting.seat)
        self._answer(lines)

    def _taste(self, command: Command, line: str) -> None:
        lines = self.tastes.change(command)
        if isinstance(command, Lang):
            self.session.manner = replace(self.session.manner, lang=command.language)
            self.session.ask(line.strip(), command)  # the server answers, in the new language
        else:
            self._answer(lines)

    def _quit(self, command: Quit | Slip, _line: str) -> None:
        self._part(quiet=isinstance(command, Slip))

    def _part(self, *, quiet: bool = False) -> None:
        """Leave once all is answered; at a terminal not even that is waited for while there is no connection."""
        self.stage = Stage.LEAVING
        if self.setting.prompts and not self.session.up:
            self.session.close()
        else:
            self.session.finish(quiet=quiet)

    def _warn_if_down(self) -> None:
        if self.session.up or not self.setting.prompts:
            return
        self._tell(say("The message cannot be sent: there is no connection."))
        self._tell(say("It is kept here, and sent once the connection is back."))

    # --- what the session tells -------------------------------------------------------------------

    @property
    def lang(self) -> str:
        return self.tastes.taste.lang

    def connected(self, *, again: bool) -> None:
        """Say so; the first time, go into the rooms and do what was typed ahead."""
        if self.setting.prompts or again or self._failing:
            self._tell(say("[*] socket connected {address}", address=self.setting.address))
        self._orderly = self._failing = False
        if self.stage is not Stage.WAITING:
            return
        self.stage = Stage.TALKING
        self._greet()
        if not again and not self.setting.console:
            for room in self.setting.rooms:
                self._enter(room, self.setting.invitation)
        while self._ahead and self.stage is Stage.TALKING:
            self._talk(self._ahead.popleft())
        if self._no_more and self.stage is Stage.TALKING:
            self._part()
        self._read_on()

    def _greet(self) -> None:
        """Say to a person that they have come in, and what to type first."""
        if self.setting.prompts and self.setting.console:
            self._tell(CONSOLE_GREETING)
        elif self.setting.prompts:
            self._tell(say("Hello, {name}. /help lists the commands.", name=self.session.name))

    def heard(self, message: Message) -> None:
        """Show what happened."""
        if message.event == SLIPPED:
            return
        self._introduce(message)
        if not message.own or self.tastes.taste.echo:
            self._show(message)
        if message.event == "closing":
            self._orderly = True
            self._tell(say("-- The chat has ended. You can send no more messages. --"))

    def _introduce(self, message: Message) -> None:
        """Say before the first message that one has not read how many those are, and since when."""
        place = self.session.rooms.get(message.room)
        count = place.introduces(message.seq) if place else 0
        if count:
            text = self.view.introduction(Before(count, message.at), self.tastes.taste)
            self._show(Message("answer", text, room=message.room, at=self.session.now))

    def done(self, parcel: Parcel) -> None:
        """Answer what the server gives only a receipt for."""
        if isinstance(parcel.what, Leaving):
            room, current = parcel.what.room, self.session.current
            text = say("You left {room}. /join ROOM takes you into another.", room=room)
            if current:
                text = say("You left {room}. You are in {current} now.", room=room, current=current)
            self._answer((text,))
        self._read_on()

    def refused(self, parcel: Parcel) -> None:
        """Remember it for the end: why, was shown."""
        self._fail("refused", REFUSED)
        self._read_on()

    def unknown(self, parcel: Parcel) -> None:
        """Say which command may or may not have been done."""
        what = parcel.what.shown if isinstance(parcel.what, Asking) else getattr(parcel.what, "text", "")
        text = say("The connection was cut: nobody knows whether this was done: {line}", line=what)
        self._show(Message("refused", spoken(text, self.lang), at=self.session.now))
        self._fail("unknown", say("Something typed may not have been done. Look, and type it again."))
        self._read_on()

    def name_refused(self, reason: str, text: str) -> None:
        """Explain, and ask for another one."""
        self._name_no(text, reason)

    def disconnected(self) -> None:
        """Say so."""
        self._tell(say("Server disconnected."))

    def retrying(self, seconds: float, why: Cause) -> None:
        """Say so; the cause only once, and nothing while a server restarts as it said."""
        if why and not self._failing and not self._orderly:
            self._failing = True
            text = say("No chat server answers at {address}: {why}", address=self.setting.address, why=why)
            self._tell(text)
        if not self._orderly:
            self._tell_wait(seconds)

    def _tell_wait(self, seconds: float) -> None:
        self._tell(say("Connecting again in {seconds} s …", seconds=max(1, round(seconds))))

    def over(self, why: Sentence | None) -> None:
        """Say how it ended, and settle the exit status."""
        self.stage = Stage.OVER
        if why:
            self._fail("over", why)
        lost = len(self._ahead) + len(self.session.outbox)
        if lost:
            self._tell(say("Fail to send msg."))
            self._fail("lost", say("Not sent: {count}.", count=lost))
        self.screen.close()

    # --- showing ----------------------------------------------------------------------------------

    def _show(self, message: Message) -> None:
        place = self.session.rooms.get(message.room)
        draw = self.view.text if place and place.is_past(message.seq) else self.view.line  # nothing past rings
        line = draw(message, self.tastes.taste, current=self.session.current, me=self.session.name)
        if line:
            self.screen.show(line)

    def _answer(self, lines: tuple[Sentence, ...]) -> None:
        text = "\n".join(spoken(line, self.lang) for line in lines)
        self._show(Message("answer", text, at=self.session.now))

    def _tell(self, sentence: Sentence) -> None:
        self.screen.tell(spoken(sentence, self.lang))

    def _fail(self, kind: str, why: Sentence) -> None:
        if kind in CORRECTED and self.setting.prompts:
            return
        self.status = 1
        self.troubles[kind] = why

    def _read_on(self) -> None:
        if len(self.session.outbox) <= FEW and len(self._ahead) < MANY:
            self.screen.go_on()


CORRECTED = frozenset({"refused", "unknown"})  # who sits at a terminal sees these, and has put them right
ANOTHER: dict[str, Sentence] = {  # what to do in a pipe about a name that cannot be had
    Reason.NAME_RESERVED: say(
        "If the name is yours, prove it with --token TOKEN, or CHAT_TOKEN in the environment. "
        "Otherwise choose another name with --name NAME."
    ),
    Reason.WRONG_PASSCODE: say(
        "The name and the password or token do not go together. "
        "Look at --name NAME and at --token TOKEN, or CHAT_TOKEN in the environment."
    ),
}
REFUSED = say("Something typed was refused. The lines with ! say why and what to do instead.")


def _parsed(line: str) -> Command | None:
    try:
        return STANDARD.typed(line)
    except Refusal:
        return None
