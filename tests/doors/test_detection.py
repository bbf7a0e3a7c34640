"""The first line decides who has come: a person, a program, or somebody who meant another port."""

import pytest
from twisted.internet.interfaces import IHandshakeListener, ISSLTransport
from zope.interface import alsoProvides

from chatproto.testing import ChatInMemory, Wire

GREETING = b"Welcome to chat. What is your name?\r\n"
STRANGER = b"* This is a chat server: type a name with telnet or nc, or speak STOMP 1.2.\r\n"
CONNECT = b"CONNECT\naccept-version:1.2\nlogin:bot\n\n\0"
HELLO = b"* Hello, oscar. You are in #lobby with nobody else. /help lists the commands.\r\n"


def answer_to(*pieces: bytes) -> tuple[bytes, bool]:
    """What a new connection answers to these bytes, no time passing, and whether it is closed then."""
    chat = ChatInMemory()
    wire = chat.wire()
    for piece in pieces:
        wire.receive(piece)
    chat.settle()
    return wire.take(), wire.closed


def bytes_of(data: bytes) -> list[bytes]:
    """The same, one byte at a time."""
    return [data[at : at + 1] for at in range(len(data))]


# --- the greeting ----------------------------------------------------------------------------------


def test_the_server_is_silent_for_half_a_second_and_then_greets() -> None:
    """The server stays silent until the first line has come or 0.5 s have passed; then it greets."""
    chat = ChatInMemory()
    wire = chat.wire()
    chat.wait(0.499)
    assert wire.take() == b""
    chat.wait(0.001)
    assert wire.take() == GREETING
    chat.wait(10)
    assert wire.take() == b""


@pytest.mark.parametrize("line", [b"oscar\n", b"oscar\r\n", b"\xff\xfb\x1foscar\r\n", b"  oscar  \n"])
def test_who_speaks_first_is_not_greeted(line: bytes) -> None:
    """The line is the answer to "what is your name?"; telnet's own bytes before it change nothing."""
    chat = ChatInMemory()
    wire = chat.wire()
    wire.receive(line)
    chat.settle()
    assert wire.take().removeprefix(b"\xff\xfe\x1f") == HELLO
    chat.wait(1)
    assert wire.take() == b""


@pytest.mark.parametrize("first", [b"\n", b"\r\n", b"\n\r\n\n\r\n", b"\xff\xfd\x01\r\n"])
def test_empty_first_lines_decide_nothing(first: bytes) -> None:
    """Whoever presses Enter is greeted in due time; whoever presses it and then types a name is named."""
    chat = ChatInMemory()
    patient, quick, program = chat.wire(), chat.wire(), chat.wire()
    for wire in (patient, quick, program):
        wire.receive(first)
        wire.take()
    quick.receive(b"oscar\r\n")
    program.receive(CONNECT)
    chat.wait(0.5)
    assert patient.take() == GREETING
    assert quick.take().startswith(HELLO)
    assert program.take().startswith(b"CONNECTED\n")


def test_half_a_line_is_kept_over_the_greeting() -> None:
    """A slow typist's first letters are part of the name."""
    chat = ChatInMemory()
    wire = chat.wire()
    wire.receive(b"os")
    chat.wait(0.5)
    assert wire.take() == GREETING
    wire.receive(b"car\n")
    chat.settle()
    assert wire.take() == HELLO


def test_telnet_negotiates_and_is_still_greeted() -> None:
    """Options are refused at once, the greeting comes in its time."""
    chat = ChatInMemory()
    wire = chat.wire()
    wire.receive(b"\xff\xfd\x03\xff\xfb\x18")
    assert wire.take() == b"\xff\xfc\x03\xff\xfe\x18"
    chat.wait(0.5)
    assert wire.take() == GREETING


# --- a program -------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", [b"CONNECT", b"STOMP"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_connect_or_stomp_alone_on_a_line_is_a_program(word: bytes, end: bytes) -> None:
    said, closed = answer_to(word + end + b"accept-version:1.2\nlogin:bot\n\n\0")
    assert (said.startswith(b"CONNECTED\nversion:1.2\n"), closed) == (True, False)


def test_a_program_is_known_however_its_first_line_is_cut() -> None:
    said, _ = answer_to(*bytes_of(CONNECT))
    assert said.startswith(b"CONNECTED\n")


def test_a_program_is_never_greeted() -> None:
    """A STOMP client must not be sent text that it cannot parse."""
    chat = ChatInMemory()
    wire = chat.wire()
    wire.receive(b"CONNECT\naccept")
    chat.wait(5)
    assert wire.take() == b""


@pytest.mark.parametrize("cut", range(len(CONNECT)))
def test_a_program_that_was_greeted_all_the_same_is_let_in(cut: int) -> None:
    """A program that is greeted (a slow network) skips lines up to its CONNECTED."""
    chat = ChatInMemory()
    wire = chat.wire()
    wire.receive(CONNECT[:cut])
    chat.wait(0.5)
    assert wire.take() == (b"" if cut > len(b"CONNECT") else GREETING)
    wire.receive(CONNECT[cut:])
    chat.settle()
    assert wire.take().startswith(b"CONNECTED\n")


def test_what_follows_connect_in_the_same_piece_is_not_lost() -> None:
    said, _ = answer_to(CONNECT + b"SUBSCRIBE\nid:1\ndestination:/me\nreceipt:r\n\n\0")
    assert said.endswith(b"RECEIPT\nreceipt-id:r\n\n\0")


def test_line_ends_before_a_programs_first_line_change_nothing() -> None:
    """Its bytes are its own: what telnet would have meant by them (CR NUL is CR) is nobody's business."""
    said, _ = answer_to(b"\r\n\n" + CONNECT + b"SUBSCRIBE\nid:1\ndestination:/me\nreceipt:r\n\n\r\0")
    assert said.endswith(b"RECEIPT\nreceipt-id:r\n\n\0")


@pytest.mark.parametrize("line", ["connect", "CONNECTED", "CONNECT!", "Stomp"])
def test_what_only_looks_like_it_is_a_name_or_a_bad_one(line: str) -> None:
    person = ChatInMemory().person()
    person.types(line)
    assert person.reads()[0].startswith((f"* Hello, {line}.", "! A name may hold"))


# --- strangers -------------------------------------------------------------------------------------

STRANGERS = [
    pytest.param(b"GET / HTTP/1.1\r\nHost: localhost:5005\r\n\r\n", id="http"),
    pytest.param(b"POST /room/lobby HTTP/1.1\r\n\r\nhi", id="http post"),
    pytest.param(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n", id="http connect"),
    pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="http2"),
    pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\n\xff\0" * 60, id="tls"),
    pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="ssh"),
]


@pytest.mark.parametrize("data", STRANGERS)
def test_a_stranger_gets_one_readable_line_and_is_closed(data: bytes) -> None:
    """HTTP, TLS, SSH: one readable line that says what this port is, then closed, nothing done."""
    assert answer_to(data) == (STRANGER, True)


@pytest.mark.parametrize("data", STRANGERS)
def test_a_stranger_is_known_byte_by_byte(data: bytes) -> None:
    assert answer_to(*bytes_of(data)) == (STRANGER, True)


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01\0\n"])
def test_a_slow_stranger_is_known_after_the_greeting_too(data: bytes) -> None:
    chat = ChatInMemory()
    wire = chat.wire()
    chat.wait(1)
    wire.take()
    wire.receive(data)
    assert (wire.take(), wire.closed) == (STRANGER, True)


def test_a_stranger_does_nothing_and_nobody_hears_of_it() -> None:
    """Whatever a web page makes a browser send, no word of it is said in the chat."""
    chat = ChatInMemory()
    oscar = chat.person("oscar")
    wire = chat.wire()
    wire.receive(b"POST / HTTP/1.1\r\n\r\n")
    wire.receive(b"mallory\nhello\n")
    chat.settle()
    assert (oscar.reads(), list(chat.factory.chat.people)) == ([], ["oscar"])


# --- the connection itself -------------------------------------------------------------------------


class Encrypted(Wire):
    """A wire below which a TLS handshake is made: it is connected before that has ended."""

    def __init__(self) -> None:
        super().__init__()
        alsoProvides(self, ISSLTransport)


def test_a_far_client_over_tls_is_greeted_half_a_second_after_the_handshake() -> None:
    """The silence in which a program speaks first begins once it can speak at all, and lasts a round trip longer."""
    chat, wire = ChatInMemory(), Encrypted()
    protocol = wire.protocol = chat.factory.buildProtocol(wire.address)
    protocol.makeConnection(wire)
    chat.wait(1.0)
    assert wire.take() == b""
    assert IHandshakeListener.providedBy(protocol)
    protocol.handshakeCompleted()
    chat.wait(1.4)
    assert wire.take() == b""
    chat.wait(0.1)
    assert wire.take() == GREETING


def test_a_handshake_that_never_ends_is_closed_in_time() -> None:
    """`login-timeout` runs from the connection: who only begins to speak TLS holds nothing for longer."""
    chat, wire = ChatInMemory(), Encrypted()
    wire.protocol = chat.factory.buildProtocol(wire.address)
    wire.protocol.makeConnection(wire)
    chat.wait(32)
    wire.take()
    assert wire.closed
