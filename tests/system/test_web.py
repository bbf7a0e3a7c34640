"""The page and its WebSocket over real TCP: a transport has one producer, and a peer that does not read is felt."""

from __future__ import annotations

import http.client
import signal
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Request

from chatproto.wire.stomp import Frame, FrameBuffer, Heartbeat, encode
from tests.system.server import LOCAL, PATIENCE, Line, Server, certificate


class Socket:
    """A program in a WebSocket, by a library that is not ours."""

    def __init__(self, address: str, name: str, **headers: str) -> None:
        host, _, port = address.partition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=PATIENCE)
        self.code = 0  # with which the server said goodbye
        self._ws = WSConnection(ConnectionType.CLIENT)
        self._frames = FrameBuffer(max_line=0, max_headers=0, max_body=0)
        asked = Request(
            address, "/stomp", subprotocols=["v12.stomp"], extra_headers=[(b"Origin", f"http://{address}".encode())]
        )
        self.socket.sendall(self._ws.send(asked))
        self._take()
        self.sends("CONNECT", {"accept-version": "1.2", "login": name, **headers})
        self.sends("SUBSCRIBE", {"id": "me", "destination": "/me"})
        self.sends("SUBSCRIBE", {"id": "1", "destination": "/room/lobby", "receipt": "in"})
        self.hears("RECEIPT", "receipt-id", "in")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.socket.close()

    def sends(self, command: str, headers: dict[str, str], body: str = "") -> None:
        self.socket.sendall(self._ws.send(BytesMessage(encode(Frame(command, headers, body.encode())))))

    def says(self, text: str) -> None:
        self.sends("SEND", {"destination": "/room/lobby"}, text)

    def _take(self) -> None:
        data = self.socket.recv(65536)
        self._ws.receive_data(data or None)
        for event in self._ws.events():
            if isinstance(event, AcceptConnection):
                assert event.subprotocol == "v12.stomp"
            elif isinstance(event, BytesMessage):
                self._frames.feed(bytes(event.data))
            elif isinstance(event, CloseConnection):
                self.code = event.code

    def hears(self, command: str, header: str, value: str) -> Frame:
        """Wait for a frame of this command with this header."""
        while True:
            frame = self._frames.next()
            if frame is None and self.code:
                raise EOFError(self.code)
            if frame is None:
                self._take()
            elif not isinstance(frame, Heartbeat) and (frame.command, frame.headers.get(header)) == (command, value):
                return frame


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, "--port", LOCAL, "--web", LOCAL, "--rate", "0") as server:
        yield server


def test_a_browser_gets_the_page_and_talks_with_somebody_at_telnet(web: Server) -> None:
    port, address = web.port(), web.url().removeprefix("http://").rstrip("/")
    browser = http.client.HTTPConnection(address, timeout=PATIENCE)
    browser.request("GET", "/")
    answer = browser.getresponse()
    assert (answer.status, answer.read(15)) == (200, b"<!doctype html>")
    browser.close()
    with Line(port, name="oscar") as oscar, Socket(address, "jinny") as jinny:
        oscar.reads("* jinny joined")
        oscar.types("안녕하세요")
        assert jinny.hears("MESSAGE", "event", "said").body.decode() == "안녕하세요"
        jinny.says("สวัสดี")
        oscar.reads("<jinny> สวัสดี")


def test_a_browser_that_does_not_read_holds_up_nobody_and_reads_all_of_it_later(web: Server) -> None:
    port, address = web.port(), web.url().removeprefix("http://").rstrip("/")
    with Socket(address, "jinny") as jinny, Line(port, name="oscar") as oscar:
        for n in range(1500):
            oscar.types(f"{n} " + "x" * 8000)
        oscar.types("/whoami")
        oscar.reads("* You are oscar.")
        numbers = [jinny.hears("MESSAGE", "event", "said").body.split()[0] for _ in range(1500)]
    assert [int(n) for n in numbers] == list(range(1500))


def test_the_servers_end_is_told_and_takes_no_time(web: Server) -> None:
    web.port()
    address = web.url().removeprefix("http://").rstrip("/")
    with Socket(address, "jinny") as jinny, socket.create_connection(address.split(":")) as idle:  # type: ignore[arg-type]
        assert web.ends(signal.SIGTERM, within=5) == 0
        assert jinny.hears("MESSAGE", "event", "closing").body == b"The server is closing."
        with pytest.raises(EOFError, match="1000"):
            jinny.hears("MESSAGE", "event", "nothing more")
        idle.settimeout(PATIENCE)
        with pytest.raises(OSError, match="reset"):
            assert idle.recv(1) == b"x"


def test_over_tls_a_browser_is_told_what_is_spoken_inside(tmp_path: Path) -> None:
    """ALPN (RFC 7301): a browser offers h2 and http/1.1, and hangs up where neither is taken."""
    certs, crt = certificate(tmp_path)
    web = f"tls:{certs}:0:interface=127.0.0.1"
    with Server(tmp_path, "--port", LOCAL, "--web", web) as server:
        server.port()
        url = server.url()
        assert url.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=str(crt))
        context.set_alpn_protocols(["h2", "http/1.1"])
        raw = socket.create_connection(("127.0.0.1", int(url.rstrip("/").rpartition(":")[2])), timeout=PATIENCE)
        with context.wrap_socket(raw, server_hostname="localhost") as browser:
            browser.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert browser.selected_alpn_protocol() == "http/1.1"
            assert browser.makefile("rb").read().endswith(b"\r\n\r\nok\n")
