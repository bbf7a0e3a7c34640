"""Standard input and output where Twisted cannot watch them: a Windows console is read by a thread of its own.

The law here: the thread reads a line and hands it over; all else happens in the reactor's. Writing waits for the
console, which takes what it gets.
"""

from __future__ import annotations

import threading
from typing import Any, BinaryIO

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure

from chatproto.client.terminal import Terminal


class ThreadedIO:
    """What a `Terminal` needs of a transport."""

    def __init__(self, terminal: Terminal, reactor: Any, source: BinaryIO, sink: BinaryIO) -> None:  # noqa: ANN401
        self._terminal, self._reactor, self._source, self._sink = terminal, reactor, source, sink
        self._may_read = threading.Event()
        self._may_read.set()
        terminal.makeConnection(self)  # type: ignore[no-untyped-call]
        self.thread = threading.Thread(target=self._read, daemon=True)  # a line that never comes keeps nobody
        self.thread.start()

    def write(self, data: bytes) -> None:
        """Show something."""
        try:
            self._sink.write(data)
            self._sink.flush()
        except OSError:
            self._terminal.writeConnectionLost()

    def pauseProducing(self) -> None:
        """Hand over no more lines but the one that is being read."""
        self._may_read.clear()

    def resumeProducing(self) -> None:
        """Hand over lines again."""
        self._may_read.set()

    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None:
        """Do nothing: what is written has been taken when `write` returns."""

    def unregisterProducer(self) -> None:
        """Do nothing."""

    def loseConnection(self) -> None:
        """Be done."""
        self._reactor.callLater(0, self._terminal.connectionLost, Failure(ConnectionDone()))

    def _read(self) -> None:
        for line in self._source:
            self._reactor.callFromThread(self._terminal.dataReceived, line)
            self._may_read.wait()
        self._reactor.callFromThread(self._terminal.readConnectionLost)
