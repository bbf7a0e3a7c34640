"""A port for TLS serves the certificates that stand in its folder now; half a file, or a wrong one, changes nothing."""

from __future__ import annotations

import os
import ssl
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock, StringTransport

from chatproto.listening import server_at
from tests.conftest import require

PATIENCE = 60
# Twisted asks pyOpenSSL for what pyOpenSSL would rather not be asked any more.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")


class Port:
    """A port for TLS with a folder of certificates, in memory."""

    def __init__(self, folder: Path) -> None:
        require(find_spec("OpenSSL"), "the extra `tls`")
        self.folder, self._reactor = folder, MemoryReactorClock()
        self._made = 0
        self.puts("one.example")
        server_at(self._reactor, f"tls:{folder}:5006").listen(Factory.forProtocol(Protocol))

    def puts(self, name: str, cut: Callable[[str], str] = lambda pem: pem) -> int:
        """Put a certificate for a name into the folder, as it is or cut; return its number."""
        openssl, key, crt = require("openssl"), self.folder / "key", self.folder / "crt"
        self._made += 1
        made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        made += ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-set_serial", str(self._made)]
        made += ["-days", "2", "-keyout", str(key), "-out", str(crt)]
        subprocess.run(made, check=True, capture_output=True, timeout=PATIENCE)
        pem = self.folder / f"{name}.pem"
        pem.write_text(cut(key.read_text() + crt.read_text()))
        os.utime(pem, ns=(self._made, self._made))  # however coarse the clock of the file system is
        return self._made

    def serves(self, name: str) -> int:
        """Return the number of the certificate that somebody is shown who asks for a name."""
        factory: Any = self._reactor.tcpServers[0][1]
        server = factory.buildProtocol(None)
        transport = StringTransport()
        server.makeConnection(transport)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(incoming, outgoing, server_hostname=name)
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                server.dataReceived(outgoing.read())
                self._reactor.advance(1)
                incoming.write(transport.value())
                transport.clear()
        pem = ssl.DER_cert_to_PEM_cert(client.getpeercert(binary_form=True) or b"")
        told = [require("openssl"), "x509", "-noout", "-serial"]
        return int(subprocess.run(told, input=pem.encode(), check=True, capture_output=True).stdout.split(b"=")[1], 16)


@pytest.fixture
def port(tmp_path: Path) -> Port:
    return Port(tmp_path)


def test_a_renewed_certificate_is_served_to_the_next_who_comes(port: Port) -> None:
    assert port.serves("one.example") == 1
    renewed = port.puts("one.example")
    assert port.serves("one.example") == renewed


def test_one_that_is_added_for_another_name_is_served_to_who_asks_for_it(port: Port) -> None:
    added = port.puts("two.example")
    assert (port.serves("two.example"), port.serves("one.example")) == (added, 1)


@pytest.mark.parametrize(
    "cut",
    [
        lambda pem: pem[: pem.index("-----BEGIN CERTIFICATE")],
        lambda pem: pem[:100],
        lambda pem: pem[-100:],
        lambda _: "",
        lambda _: "no certificate",
    ],
)
def test_half_a_file_changes_nothing_and_the_whole_one_does(port: Port, cut: Callable[[str], str]) -> None:
    """As it stands while `cat … > one.example.pem` runs."""
    port.puts("one.example", cut)
    assert port.serves("one.example") == 1
    whole = port.puts("one.example")
    assert port.serves("one.example") == whole
