"""What becomes of bytes that real STOMP clients send, though the specification has it otherwise, or an older one."""

import pytest

from chatproto.testing import ChatInMemory, Program
from chatproto.wire.stomp import Frame

CONNECT = b"CONNECT\naccept-version:1.2\nlogin:bot\n\n\0"
OLD = b"CONNECT\nlogin: bot\n\n\0"  # STOMP 1.0: no version, and a blank behind the colon, as in its own examples

# What is sent first, and the command of what it is answered with, or the reason and a word of the ERROR.
CONNECTS = [
    (CONNECT, "CONNECTED 1.2"),
    (OLD, "CONNECTED 1.0"),
    (b"CONNECT\n\n\0", "ERROR bad-name: A name"),
    (b"CONNECT\nlogin:bot\npasscode:\n\n\0", "CONNECTED 1.0"),
    (b"CONNECT\nlogin: bot \npasscode: \n\n\0", "CONNECTED 1.0"),
    (b"CONNECT\r\naccept-version:1.2\r\nlogin:bot\r\n\r\n\0", "CONNECTED 1.2"),
    (b"\r\n\n" + CONNECT, "CONNECTED 1.2"),
    (CONNECT + b"\n", "CONNECTED 1.2"),
    (CONNECT + b"\0\0", "CONNECTED 1.2"),
    (b"STOMP\naccept-version:1.1\nlogin:bot\n\n\0", "CONNECTED 1.1"),
    (b"CONNECT\naccept-version:1.0, 1.1, 1.2\nlogin:bot\n\n\0", "CONNECTED 1.2"),
    (b"CONNECT\naccept-version: 1.2\nlogin:bot\n\n\0", "CONNECTED 1.2"),
    (b"CONNECT\naccept-version:1.2\naccept-version:1.0\nlogin:bot\nlogin:eve\n\n\0", "CONNECTED 1.2"),
    (b"CONNECT\naccept-version:1.2\nheart-beat:0, 0\nlogin:bot\n\n\0", "CONNECTED 1.2"),
    (b"CONNECT\naccept-version:1.2\nheart-beat: 0 , 0 \nlogin:bot\n\n\0", "CONNECTED 1.2"),
    (b"CONNECT\naccept-version:1.2\nlogin:bot\ncontent-length:0\n\n\0", "CONNECTED 1.2"),
    (b"CONNECT\naccept-version:1.2\nheart-beat:0\nlogin:bot\n\n\0", "ERROR bad-frame: heart-beat takes two"),
    (b"CONNECT\naccept-version:1.2\nheart-beat:-1,0\nlogin:bot\n\n\0", "ERROR bad-frame: heart-beat takes two"),
    (b"CONNECT\naccept-version:2.0\nlogin:bot\n\n\0", "ERROR bad-frame: Speak STOMP 1.2, 1.1 or 1.0"),
    (b"CONNECT\naccept-version:1.2\nlogin bot\n\n\0", "ERROR bad-frame: A header is name:value"),
    (b"CONNECT\naccept-version:1.2\nlogin:bot\0", "ERROR bad-frame: A NUL among the headers"),
]

# What is sent afterwards, by a client of which version, and the same.
FRAMES = [
    ("1.2", b"SUBSCRIBE\ndestination:/room/lobby\nreceipt:r\n\n\0", "ERROR bad-frame: SUBSCRIBE needs the header id."),
    ("1.1", b"SUBSCRIBE\ndestination:/room/lobby\n\n\0", "ERROR bad-frame: SUBSCRIBE needs the header id."),
    ("1.0", b"SUBSCRIBE\ndestination:/room/lobby\nreceipt:r\n\n\0", "RECEIPT"),
    ("1.0", b"SUBSCRIBE\ndestination: /room/lobby\nid: 7\nreceipt:r\n\n\0", "RECEIPT"),
    ("1.0", b"SUBSCRIBE\nid:7\n\n\0", "ERROR bad-frame: SUBSCRIBE needs the header destination."),
    ("1.0", b"SUBSCRIBE\r\ndestination:/me\r\nreceipt:r\r\n\r\n\0", "RECEIPT"),
    (
        "1.2",
        b"SUBSCRIBE\nid:1\nDestination:/me\n\n\0",
        "ERROR bad-frame: SUBSCRIBE needs the header destination, in small",
    ),
    (
        "1.2",
        b"SUBSCRIBE\nid:1\ndestination :/me\n\n\0",
        "ERROR bad-frame: SUBSCRIBE needs the header destination, in small",
    ),
    ("1.2", b"SUBSCRIBE\nid:1\ndestination: /me\n\n\0", "ERROR no-such-room: Destinations are"),
    ("1.2", b"SUBSCRIBE\nid:1\ndestination:/me\nack:client\n\n\0", "ERROR bad-frame: Only ack:auto"),
    ("1.2", b"SUBSCRIBE\nid:1\ndestination:/me\nreceipt:r\n\n\0\0\0", "RECEIPT"),
    ("1.2", b"\n\n\r\n\0\nSUBSCRIBE\nid:1\ndestination:/me\nreceipt:r\n\n\0", "RECEIPT"),
    ("1.1", b"SUBSCRIBE\r\nid:1\r\ndestination:/me\r\n\r\n\0", "ERROR bad-frame: A frame begins with a command"),
    ("1.2", b"SUBSCRIBE \nid:1\ndestination:/me\n\n\0", "ERROR bad-frame: A frame begins with a command"),
    ("1.2", b"subscribe\nid:1\ndestination:/me\n\n\0", "ERROR bad-frame: subscribe is not understood"),
    ("1.0", b"BEGIN\ntransaction:t\n\n\0", "ERROR bad-frame: BEGIN is not understood"),
    ("1.2", b"SUBSCRIBE\nid:1\ndestination:/me\nreceipt:r\ncontent-length: 0 \n\n\0", "RECEIPT"),
    ("1.2", b"UNSUBSCRIBE\ndestination:/me\n\n\0", "ERROR bad-frame: UNSUBSCRIBE needs the header id."),
]


def outcome(frames: list[Frame]) -> str:
    """The last frame, as the tables write it."""
    last = frames[-1]
    if last.command == "ERROR":
        return f"ERROR {last.headers['message']}: {last.body.decode()}"
    return f"{last.command} {last.headers['version']}" if last.command == "CONNECTED" else last.command


def program_after(chat: ChatInMemory, *sent: bytes) -> tuple[Program, list[Frame]]:
    program = chat.program()
    for data in sent:
        program.wire.receive(data)
        chat.settle()
    return program, program.reads()


@pytest.mark.parametrize(("sent", "answered"), CONNECTS)
def test_what_a_first_frame_is_answered_with(sent: bytes, answered: str) -> None:
    assert outcome(program_after(ChatInMemory(), sent)[1]).startswith(answered)


@pytest.mark.parametrize(("version", "sent", "answered"), FRAMES)
def test_what_a_later_frame_is_answered_with(version: str, sent: bytes, answered: str) -> None:
    connect = CONNECT.replace(b"1.2", version.encode())
    assert outcome(program_after(ChatInMemory(), connect, sent)[1]).startswith(answered)


def test_a_client_of_1_0_talks_without_ids() -> None:
    """It subscribes, hears, speaks and unsubscribes by destination; no version, no beats, no escapes."""
    chat = ChatInMemory()
    oscar = chat.person("oscar")
    bot, _ = program_after(chat, OLD, b"SUBSCRIBE\ndestination: /room/lobby\n\n\0")
    oscar.types("one\\two")
    (heard,) = [frame for frame in bot.reads() if frame.headers["event"] == "said"]
    assert (heard.body, heard.headers["subscription"]) == (b"one\\two", "/room/lobby")
    bot.wire.receive(b"SEND\ndestination: /room/lobby\n\nhi\0")
    chat.settle()
    assert oscar.reads() == ["* bot joined", "[00:00] <bot> hi"]
    bot.wire.receive(b"UNSUBSCRIBE\ndestination:/room/lobby\n\n\0DISCONNECT\nreceipt: bye\n\n\0")
    chat.settle()
    assert oscar.reads() == ["* bot left"]
    assert (bot.reads()[-1], bot.wire.closed) == (Frame("RECEIPT", {"receipt-id": "bye"}), True)
