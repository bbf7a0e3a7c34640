"""What the client's tests share: a session on a chat in memory, and one whose server the test plays itself."""

from __future__ import annotations

import itertools

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionRefusedError as NobodyThere
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.task import Clock
from zope.interface import implementer

from chatproto.client.connection import Cause
from chatproto.client.conversation import Conversation, Setting
from chatproto.client.message import Message
from chatproto.client.outbox import Parcel
from chatproto.client.session import Manner, Session
from chatproto.client.tastes import Tastes
from chatproto.client.view import View
from chatproto.core.accounts import Account
from chatproto.core.events import Sentence
from chatproto.core.members import Taste
from chatproto.core.names import LOBBY
from chatproto.testing import ChatInMemory, Network, Wire
from chatproto.wire.stomp import Frame, FrameBuffer, Heartbeat, encode
from chatproto.words import spoken

Net = Network


@implementer(IStreamClientEndpoint)
class Played:
    """A server that the test plays, frame by frame."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.there = clock, True
        self.wires: list[Wire] = []
        self._frames = FrameBuffer(max_line=0, max_headers=0, max_body=0)

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        if not self.there:
            return fail(NobodyThere())
        protocol = factory.buildProtocol(None)  # type: ignore[arg-type]
        assert protocol
        wire = Wire()
        wire.protocol = protocol
        self.wires.append(wire)
        self._frames = FrameBuffer(max_line=0, max_headers=0, max_body=0)
        protocol.makeConnection(wire)  # type: ignore[arg-type]
        return succeed(protocol)

    @property
    def wire(self) -> Wire:
        return self.wires[-1]

    def got(self) -> list[Frame]:
        """Return the frames that came since the last look."""
        self._frames.feed(self.wire.take())
        found: list[Frame] = []
        while (item := self._frames.next()) is not None:
            if not isinstance(item, Heartbeat):
                found.append(item)
        return found

    def sends(self, command: str, body: str = "", **headers: str) -> None:
        named = {name.replace("_", "-").strip("-"): value for name, value in headers.items()}
        self.wire.receive(encode(Frame(command, named, body.encode())))

    def accepts(self, user: str = "oscar", **headers: str) -> list[Frame]:
        """Take the client in, and return what it said to that, after its CONNECT."""
        self.sends("CONNECTED", version="1.2", user=user, resume="secret", **headers)
        return self.got()

    def says(self, text: str, seq: int, prev: int, who: str = "jinny", room: str = "lobby", **headers: str) -> None:
        """Send a message of a room."""
        self.sends(
            "MESSAGE",
            text,
            subscription=f"/room/{room}",
            destination=f"/room/{room}",
            event=headers.pop("event", "said"),
            from_=who,
            seq=str(seq),
            prev=str(prev),
            **headers,
        )


class Heard:
    """A listener that remembers everything."""

    def __init__(self, session: Session) -> None:
        self.log: list[tuple[object, ...]] = []
        self.messages: list[Message] = []
        session.listener = self

    def connected(self, *, again: bool) -> None:
        self.log.append(("connected", again))

    def heard(self, message: Message) -> None:
        self.messages.append(message)

    def done(self, parcel: Parcel) -> None:
        self.log.append(("done", parcel.what))

    def refused(self, parcel: Parcel) -> None:
        self.log.append(("refused", parcel.what))

    def unknown(self, parcel: Parcel) -> None:
        self.log.append(("unknown", parcel.what))

    def name_refused(self, reason: str, text: str) -> None:
        self.log.append(("name refused", reason))

    def disconnected(self) -> None:
        self.log.append(("disconnected",))

    def retrying(self, seconds: float, why: Cause) -> None:
        self.log.append(("retrying", round(seconds, 2)))

    def over(self, why: Sentence | None) -> None:
        self.log.append(("over", why and why.text))

    def said(self) -> list[str]:
        """Return what others said, in order."""
        return [m.text for m in self.messages if m.event == "said" and not m.own]


def session_on(net: Net | Played, *, patience: float = 0.0) -> Session:
    """Return a session whose keys count and whose chance is always in the middle."""
    numbers = itertools.count(1)
    clock = net.chat.clock if isinstance(net, Net) else net.clock
    return Session(net, clock, keys=lambda: f"k{next(numbers)}", random=lambda: 0.5, manner=Manner(patience=patience))


class Paper:
    """A screen that keeps what is shown, what is told and what is asked."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.told: list[str] = []
        self.asked: list[str] = []
        self.held = self.closed = False

    def show(self, text: str) -> None:
        self.shown.append(text)

    def tell(self, text: str) -> None:
        self.told.append(text)

    def ask(self, text: str) -> None:
        self.asked.append(text)

    def hold(self) -> None:
        self.held = True

    def go_on(self) -> None:
        self.held = False

    def forget_typed(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        self.closed = True

    def new(self) -> list[str]:
        """Return what was shown since the last look."""
        found, self.shown = self.shown, []
        return found


class Desk:
    """A conversation with its screen, on a chat in memory."""

    def __init__(
        self,
        chat: ChatInMemory,
        name: str = "",
        *,
        prompts: bool = True,
        console: bool = False,
        lang: str = "en",
        patience: float = 0.0,
        token: str = "",
        backlog: int = 0,
        rooms: tuple[str, ...] = (LOBBY,),
        invitation: str = "",
    ) -> None:
        self.net, self.paper = Net(chat, console=console), Paper()
        numbers = itertools.count(1)
        self.session = Session(
            self.net,
            chat.clock,
            keys=lambda: f"{name}-{next(numbers)}",
            random=lambda: 0.5,
            manner=Manner(lang, patience),
        )
        setting = Setting(
            "localhost:5005", prompts=prompts, console=console, backlog=backlog, rooms=rooms, invitation=invitation
        )
        tastes = Tastes(Taste(lang=lang, tz="UTC"), lambda: {"Asia/Seoul", "UTC"})
        self.conversation = Conversation(self.session, self.paper, View(), tastes, setting)
        self.conversation.begin(name, token)
        self.net.run()

    def types(self, *lines: str) -> list[str]:
        """Type lines, and return what that shows."""
        self.paper.new()
        for line in lines:
            self.conversation.typed(line)
        self.net.run()
        return self.paper.new()

    def troubles(self) -> list[str]:
        return [spoken(why, "en") for why in self.conversation.troubles.values()]


def frames(found: list[Frame], command: str) -> list[Frame]:
    """Return those of a kind."""
    return [frame for frame in found if frame.command == command]


class Passwords:
    """Passwords as anybody may read them, looked at without taking time."""

    def hash(self, password: str) -> Deferred[str]:
        return succeed(f"hash of {password}")

    def verify(self, password: str, secret: str) -> Deferred[bool]:
        return succeed(secret == f"hash of {password}")

    def token(self) -> tuple[str, str]:
        return "chat_1", self.digest("chat_1")

    def digest(self, token: str) -> str:
        return f"digest of {token}"


def guarded_chat(*registered: str, password: str = "open sesame", clock: Clock | None = None) -> ChatInMemory:  # noqa: S107
    """Return a chat on which these names belong to somebody; on `clock`, it is one server restarted."""
    chat = ChatInMemory(passwords=Passwords())
    if clock:
        chat.clock = chat.factory.clock = chat.factory.hub.clock = clock
    for name in registered:
        chat.factory.chat.accounts.add(Account(name, f"hash of {password}", tokens={"bot": "digest of chat_1"}))
    return chat
