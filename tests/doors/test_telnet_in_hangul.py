"""Hangul and Thai through a real telnet: it must be asked to send bytes as they are (RFC 856), and only it."""

import pytest

from chatproto import Settings
from chatproto.testing import ChatInMemory

ASK = b"\xff\xfd\x00"  # IAC DO TRANSMIT-BINARY


def asked(*lines: bytes, lang: str = "en") -> bool:
    wire = (chat := ChatInMemory(Settings(rate=0.0, lang=lang))).wire()
    for line in lines:
        wire.receive(line)
        chat.settle()
    return ASK in wire.take()


@pytest.mark.parametrize(
    "lines", [("민수\r\n".encode(),), (b"oscar\r\n", "안녕\r\n".encode()), (b"o\r\n", b"/lang th\r\n")]
)
def test_a_telnet_that_may_send_more_than_ascii_is_asked_for_binary(lines: tuple[bytes, ...]) -> None:
    assert asked(*lines)


def test_a_telnet_on_a_korean_server_is_asked_with_its_name() -> None:
    assert asked(b"oscar\r\n", lang="ko")


@pytest.mark.parametrize("lines", [("민수\n".encode(), "안녕\n".encode()), (b"oscar\r\n", b"hello\r\n")])
def test_nc_and_a_program_that_speaks_ascii_see_nothing_of_it(lines: tuple[bytes, ...]) -> None:
    assert not asked(*lines)


def test_it_is_asked_once() -> None:
    wire = (chat := ChatInMemory()).wire()
    wire.receive("민수\r\n안녕\r\n".encode())
    chat.settle()
    wire.receive("안녕\r\n".encode())
    chat.settle()

    assert wire.take().count(ASK) == 1
