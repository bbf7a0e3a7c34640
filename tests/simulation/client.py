"""A client, whatever it speaks, and the connection that it has: bytes on their way, which may be cut or held up."""

from __future__ import annotations

from collections.abc import Callable

from chatproto.testing import Wire
from tests.simulation.truth import END_OF_ALL, Truth


class Link:
    """A connection, and the bytes on their way in it."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.going, self.coming = bytearray(), bytearray()
        self.clogged = False

    @property
    def over(self) -> bool:
        """Whether the server has closed it, and the client has read all there was."""
        return self.wire.closed and not self.coming

    def up(self, most: int | None = None, piece: int = END_OF_ALL) -> bool:
        """Carry bytes to the server; say whether there were any."""
        data = bytes(self.going[:most])
        del self.going[: len(data)]
        for start in range(0, len(data), piece):
            self.wire.receive(data[start : start + piece])
        return bool(data)

    def down(self, most: int | None = None) -> bool:
        """Carry bytes out of the server's buffer; say whether there were any."""
        if self.clogged or self.wire.closed:
            return False
        data = self.wire.take(most)
        self.coming += data
        return bool(data)

    def breaks(self) -> None:
        """Lose the server, and what it has not sent; what it has sent is still read."""
        self.wire.closed = True
        self.wire.written.clear()

    def clog(self, *, on: bool) -> None:
        """Take nothing more, or go on."""
        self.clogged = self.wire.stuck = on


class Client:
    """What programs, our own client and people have in common."""

    def __init__(self, name: str, connect: Callable[[], Wire], truth: Truth) -> None:
        self.name, self._connect, self.truth = name, connect, truth
        self.link: Link | None = None
        self.id = 0  # of its session
        self.up = False  # the server has let this client in
        self.wants: set[str] = set()  # the rooms it means to be in

    def returns(self) -> None:
        """Connect, and say who this is."""
        self.link = Link(self._connect())
        self.up = False
        self.introduces()

    def drops(self) -> Link | None:
        """Forget the connection."""
        link, self.link = self.link, None
        self.up = False
        return link

    def sends(self, data: bytes) -> None:
        """Put bytes on their way to the server."""
        assert self.link
        self.link.going += data

    def hear(self, most: int | None = None, piece: int = END_OF_ALL) -> bytes:
        """Read what has come, and notice if that is the end."""
        link = self.link
        if link is None:
            return b""
        data = bytes(link.coming[:most])
        del link.coming[: len(data)]
        for start in range(0, len(data), piece):
            if self.link is link:
                self.reads(data[start : start + piece])
        if self.link is link and link.over:
            self.drops()
        return data

    def introduces(self) -> None:
        """Say who this is, on a new connection."""
        raise NotImplementedError

    def reads(self, data: bytes) -> None:
        """Understand what the server says."""
        raise NotImplementedError

    def enters(self, room: str, *, last: int, after: bool) -> None:
        """Go into a room."""
        raise NotImplementedError

    def leaves(self, room: str) -> None:
        """Leave a room."""
        raise NotImplementedError

    def says(self, room: str, text: str) -> None:
        """Say something, now or as soon as there is a connection."""
        raise NotImplementedError

    def quits(self) -> None:
        """Say goodbye."""
        raise NotImplementedError

    def is_content(self) -> None:
        """After the storm: this client has got all that it was promised."""
        raise NotImplementedError

    def wrong(self, told: str) -> str:
        """Return the sentence about a broken promise, with who it was made to."""
        return f"{self.name}: {told}"
