"""A blocking STOMP connection, for what is tried on a real server."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

from chatproto.wire.stomp import Frame, FrameBuffer, Heartbeat, encode

PATIENCE = 30.0  # seconds for anything at all; a slow machine is not a wrong program
FIRST_FRAME = re.compile(rb"^(CONNECTED|ERROR)\n", re.MULTILINE)
PAUSE = 0.02  # seconds between two attempts to come in while the server is away
RESET = b"\1\0\0\0\0\0\0\0"  # SO_LINGER, on, for no time


class Gone(Exception):
    """The connection is gone, or could not be made."""


class Connection:
    """A blocking STOMP connection."""

    def __init__(self, port: int, name: str, passcode: str = "") -> None:
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        except OSError as e:
            raise Gone from e
        self._frames = FrameBuffer(max_line=0, max_headers=0, max_body=0)
        try:
            proof = {"passcode": passcode} if passcode else {}
            self.send("CONNECT", {"accept-version": "1.2", "login": name, **proof})
            self._skip_greeting()
            self.receive("CONNECTED")
        except Gone:
            self.close()
            raise

    def send(self, command: str, headers: dict[str, str], body: str = "") -> None:
        try:
            self._socket.sendall(encode(Frame(command, headers, body.encode())))
        except OSError as e:
            raise Gone from e

    def receive(self, wanted: str = "") -> Frame:
        """The next frame, which has to be of this command if one is given; a heart-beat is none."""
        while True:
            item = self._frames.next()
            if item is None:
                self._frames.feed(self._read())
            elif isinstance(item, Heartbeat):
                continue
            elif wanted and item.command != wanted:
                raise Gone(item)
            else:
                return item

    def rest(self) -> Iterator[Frame]:
        """Yield what has been taken from the socket already: for the server it is read."""
        while (item := self._frames.next()) is not None:
            if isinstance(item, Frame):
                yield item

    def _skip_greeting(self) -> None:
        """Drop what the server says to somebody who was slow to say CONNECT, up to the first frame."""
        data = b""
        while (frame := FIRST_FRAME.search(data)) is None:
            data += self._read()
        self._frames.feed(data[frame.start() :])

    def _read(self) -> bytes:
        try:
            data = self._socket.recv(65536)
        except OSError as e:
            raise Gone from e
        if not data:
            raise Gone
        return data

    def close(self) -> None:
        self._socket.close()

    def reset(self) -> None:
        """Be gone without a word."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._socket.close()
