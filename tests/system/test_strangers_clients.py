"""Clients that we did not write: Debian's telnet and nc, and stomp.py."""

from __future__ import annotations

import os
import pty
import queue
import select
import subprocess
from types import TracebackType
from typing import Any, Self

import pytest
import stomp
from stomp.exception import ConnectFailedException

from tests.conftest import require
from tests.system.server import PATIENCE, Line, Server


class Terminal:
    """A program for people, at a terminal: telnet without one takes bytes of Hangul for its interrupt key."""

    def __init__(self, *command: str) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [require(command[0]), *command[1:]], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self._unread = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        os.close(self._ours)

    def types(self, line: str) -> None:
        os.write(self._ours, f"{line}\n".encode())

    def reads(self, text: str) -> str:
        """Wait for a line on the screen that holds this (what is typed is there too)."""
        seen = []
        while True:
            raw, end, self._unread = self._unread.partition(b"\n")
            if end:
                seen.append(raw.decode().rstrip("\r"))
                if text in seen[-1]:
                    return seen[-1]
                continue
            assert select.select([self._ours], [], [], PATIENCE)[0], f"no {text!r} in {seen}"
            self._unread = raw + os.read(self._ours, 65536)


@pytest.mark.parametrize("client", ["telnet", "nc"])
def test_two_people_talk(server: Server, client: str) -> None:
    """They are greeted, named, and read each other, in Hangul and Thai too; and leave."""
    port = str(server.port())
    with Terminal(client, "127.0.0.1", port) as oscar, Terminal(client, "127.0.0.1", port) as jinny:
        oscar.reads("Welcome to chat. What is your name?")
        oscar.types("oscar")
        oscar.reads("* Hello, oscar. You are in #lobby with nobody else.")
        jinny.reads("Welcome to chat. What is your name?")
        jinny.types("jinny")
        jinny.reads("* Hello, jinny. You are in #lobby with oscar.")
        oscar.reads("* jinny joined")
        for somebody in (oscar, jinny):
            somebody.types("/도")  # Debian's telnet sends Hangul whole once it was asked to: at the first of it
            somebody.reads("! ")
        oscar.types("안녕 สวัสดี ㅋㅋ น้ำ")
        assert jinny.reads("<oscar>").endswith("] <oscar> 안녕 สวัสดี ㅋㅋ น้ำ")
        jinny.types("/me ㅎㅎ")
        assert oscar.reads("* <jinny> ") == "* <jinny> ㅎㅎ"
        oscar.types("/종료")
        oscar.reads("* Goodbye, oscar.")
        jinny.reads("* oscar quit")


def test_a_telnet_that_is_closed_is_told_of(server: Server) -> None:
    """SEEDS defect 14: a user who closes his window leaves without a word to anybody. Not here."""
    port = server.port()
    with Line(port, name="oscar") as oscar:
        with Terminal("telnet", "127.0.0.1", str(port)) as jinny:
            jinny.types("jinny")
            oscar.reads("* jinny joined")
        oscar.reads("* jinny lost the connection")


# --- stomp.py --------------------------------------------------------------------------------------


class Heard(stomp.ConnectionListener):  # type: ignore[misc] # stomp.py carries no types
    """Puts all that stomp.py calls it with into a queue."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def on_connected(self, frame: object) -> None:
        self._queue.put(("connected", frame))

    def on_message(self, frame: object) -> None:
        self._queue.put(("message", frame))

    def on_receipt(self, frame: object) -> None:
        self._queue.put(("receipt", frame))

    def on_error(self, frame: object) -> None:
        self._queue.put(("error", frame))

    def on_heartbeat(self) -> None:
        self._queue.put(("heart-beat", None))

    def on_heartbeat_timeout(self) -> None:
        self._queue.put(("heart-beat missing", None))

    def on_disconnected(self) -> None:
        self._queue.put(("disconnected", None))

    def next(self, kind: str) -> Any:  # noqa: ANN401 - a frame of stomp.py
        """Wait for the next call of this kind."""
        while (got := self._queue.get(timeout=PATIENCE))[0] != kind:
            pass
        return got[1]


class Bot:
    """stomp.py, connected."""

    def __init__(self, version: str, port: int, *, heartbeats: tuple[int, int] = (0, 0)) -> None:
        kinds = {"1.1": stomp.Connection11, "1.2": stomp.Connection12}
        self.heard = Heard()
        self.connection = kinds[version](
            [("127.0.0.1", port)], timeout=PATIENCE, reconnect_attempts_max=1, heartbeats=heartbeats
        )
        self.connection.set_listener("", self.heard)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if self.connection.is_connected():
            self.connection.disconnect()
            self.heard.next("disconnected")


@pytest.fixture(params=["1.1", "1.2"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_bot_connects_subscribes_talks_with_receipts_and_goes(server: Server, version: str) -> None:
    port = server.port()
    with Line(port, name="oscar") as oscar, Bot(version, port) as bot:
        bot.connection.connect("bot", wait=True)
        connected = bot.heard.next("connected")
        assert [connected.headers[name] for name in ("version", "user")] == [version, "bot"]
        bot.connection.subscribe("/me", id="me")
        bot.connection.subscribe("/room/lobby", id="1", headers={"receipt": "joined"})
        assert bot.heard.next("receipt").headers["receipt-id"] == "joined"
        oscar.reads("* bot joined")

        oscar.types("a:b\\c 안녕 bot")
        message = bot.heard.next("message")
        while message.headers["event"] != "said":
            message = bot.heard.next("message")
        assert (message.body, message.headers["from"], message.headers["seq"]) == ("a:b\\c 안녕 bot", "oscar", "1")

        bot.connection.send("/room/lobby", "안녕 oscar\nsecond line", receipt="said")
        receipt = bot.heard.next("receipt")
        assert (receipt.headers["receipt-id"], receipt.headers["seq"]) == ("said", "2")
        oscar.reads("<bot> 안녕 oscar")
        oscar.reads("second line")

        bot.connection.disconnect(receipt="bye")
        bot.heard.next("disconnected")
        oscar.reads("* bot quit")


def test_a_bot_is_refused_in_words(server: Server, version: str) -> None:
    """Its name is taken; then what it asks for is not allowed."""
    port = server.port()
    with Line(port, name="oscar"):
        with Bot(version, port) as bot:
            with pytest.raises(ConnectFailedException):
                bot.connection.connect("oscar", wait=True)
            error = bot.heard.next("error")
            assert (error.headers["message"], error.body) == (
                "name-in-use",
                "Somebody is called oscar already. Choose another name.",
            )
        with Bot(version, port) as bot:
            bot.connection.connect("bot", wait=True)
            bot.connection.subscribe("/me", id="me")
            bot.connection.send("/command", "/shutdown", receipt="r")
            refused = bot.heard.next("message")
            assert [refused.headers[n] for n in ("event", "reason", "receipt-id")] == ["refused", "not-allowed", "r"]
            bot.connection.subscribe("/room/dev", id="2", ack="client")
            assert bot.heard.next("error").body == "Only ack:auto is spoken here."
            bot.heard.next("disconnected")


def test_heart_beats_go_both_ways(server: Server, version: str) -> None:
    """stomp.py gets ours every second, and finds none missing while it waits for three."""
    port = server.port()
    with Bot(version, port, heartbeats=(1000, 1000)) as bot:
        bot.connection.connect("bot", wait=True)
        assert bot.heard.next("connected").headers["heart-beat"] == "1000,10000"
        for _ in range(3):
            bot.heard.next("heart-beat")
        assert bot.connection.is_connected()
