"""A thread of one's own beside the reactor: what it hands back, and when."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet import reactor as twisted_reactor
from twisted.internet.abstract import FileDescriptor
from twisted.internet.defer import Deferred

from chatproto.journal.threads import OwnThread

reactor: Any = twisted_reactor


class Peer(FileDescriptor):
    """Something that the reactor looks at; what is read there has its turn afterwards, as with the hub."""

    def __init__(self, happened: list[str]) -> None:
        super().__init__(reactor)
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.happened = happened
        self.startReading()  # type: ignore[no-untyped-call]

    def fileno(self) -> int:
        return self.ours.fileno()

    def doRead(self) -> None:
        self.happened.append(self.ours.recv(100).decode())
        reactor.callLater(0, self.happened.append, "its turn")


@pytest.fixture
def happened() -> list[str]:
    return []


@pytest.fixture
def peer(happened: list[str]) -> Iterator[Peer]:
    peer = Peer(happened)
    yield peer
    peer.stopReading()  # type: ignore[no-untyped-call]
    peer.ours.close()
    peer.theirs.close()


async def test_after_a_look_comes_after_what_the_look_has_brought(happened: list[str], peer: Peer) -> None:
    thread, done = OwnThread(reactor, "writing"), Deferred[None]()

    def go_on() -> None:
        happened.append("then")
        done.callback(None)

    def told() -> None:
        peer.theirs.send(b"an answer")
        thread.after_a_look(go_on)

    reactor.callFromThread(told)
    await done

    assert happened == ["an answer", "its turn", "then"]


async def test_work_is_done_elsewhere_and_what_comes_of_it_is_told_here() -> None:
    thread = OwnThread(reactor, "writing")

    assert await thread.do(lambda: 6 * 7) == 42
    with pytest.raises(ZeroDivisionError):
        await thread.do(lambda: 1 // 0)
    thread.stop()
