"""HTTP, as little of it as a page needs: only GET and HEAD, one request on a connection, a deadline for both.

So whoever sends a byte now and then holds nothing for long, and nothing waits behind anything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, IProtocolNegotiationFactory, ITransport
from twisted.internet.protocol import Protocol as Receiver
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import http
from zope.interface import implementer

from chatproto.clock import Deadline
from chatproto.core.events import Sentence, say
from chatproto.doors.connection import Transport, addresses, socket_of
from chatproto.doors.web.files import Served, files
from chatproto.doors.web.origin import asked
from chatproto.doors.web.socket import ProgramHost, upgraded
from chatproto.doors.web.whence import address_of, believed, networks
from chatproto.wire import tcp
from chatproto.words import spoken

SOCKET, HEALTH = b"/stomp", b"/health"
MAX_SHOWN = 200  # characters of headers in a log
MAX_HEADERS, MAX_HEADER_BYTES = 64, 8192  # what browsers and proxies send is a third of that
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Retry-After: 10\r\nConnection: close\r\n\r\n"
)
HEADERS = {
    b"content-security-policy": b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    b"require-trusted-types-for 'script'; trusted-types 'none'",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-cache",  # asked for again each time, and mostly answered with 304
}


log = Logger("chat")


class WebHost(ProgramHost, Protocol):
    """What the web needs of a chat."""

    def too_many(self, address: str) -> Sentence | None:
        """Say why one more connection from an address is refused, if it is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered to a request."""

    code: int
    body: bytes
    type: bytes = b"text/plain; charset=utf-8"
    more: Mapping[bytes, bytes] = field(default_factory=dict)


def shown(values: Sequence[str]) -> str:
    """Return what a header held, fit to stand in a line of a log."""
    return ", ".join(ascii(value)[1:-1] for value in values)[:MAX_SHOWN] or "–"


def no(code: int, text: str, **more: bytes) -> Answer:
    """Return the answer that refuses, in words."""
    return Answer(code, f"{text}\n".encode(), more={name.encode(): value for name, value in more.items()})


class Asked(http.Request):
    """One request, and its answer."""

    channel: Channel

    def process(self) -> None:
        """Answer, and end."""
        answer = self._answer()
        if answer is None:
            return
        request: Any = self  # whose methods are not typed yet
        request.setResponseCode(answer.code)
        length = {b"content-length": str(len(answer.body)).encode()} if answer.code != http.NOT_MODIFIED else {}
        for name, value in {**HEADERS, b"content-type": answer.type, **length, **answer.more}.items():
            request.setHeader(name, value)
        request.write(answer.body)
        request.finish()

    def _answer(self) -> Answer | None:
        if self.method not in {b"GET", b"HEAD"}:
            return no(http.NOT_ALLOWED, "Only GET and HEAD are understood here.", allow=b"GET, HEAD")
        if self.path == SOCKET:
            return self._upgrade()
        served = self.channel.factory.files.get(self.path)
        if served is None:
            return no(http.NOT_FOUND, "There is nothing here. The page is at /.")
        known = [tag.strip().removeprefix("W/") for line in self._all("if-none-match") for tag in line.split(",")]
        if served.tag in known:
            return Answer(http.NOT_MODIFIED, b"", served.type, {b"etag": served.tag.encode()})
        return Answer(http.OK, served.body, served.type, {b"etag": served.tag.encode()})

    def _upgrade(self) -> Answer | None:
        """Make a WebSocket of this request, or say why not."""
        host, channel = self.channel.factory.host, self.channel
        foreign = self._foreign()
        if foreign:
            log.warn("403 for a WebSocket: {why}", why=spoken(foreign, "en"))  # noqa: G010 - Twisted's own
            return no(http.FORBIDDEN, spoken(foreign, host.settings.lang))
        address = address_of(channel.address, self._all("x-forwarded-for"), channel.factory.proxies)
        refusal = host.too_many(address) if address != channel.address else None
        if refusal:
            return no(http.SERVICE_UNAVAILABLE, spoken(refusal, host.settings.lang))
        wrong = upgraded(self, host, channel.known_as(address))
        return Answer(self.code, wrong) if wrong else None

    def _foreign(self) -> Sentence | None:
        """Say why the page that asks may not, if it is none of ours: a browser names it always, once.

        A page that was told no cannot read why; so it may ask without an upgrade, as `/stomp?origin=https://…`.
        """
        origins = self._all("origin") or [value.decode("latin-1") for value in (self.args or {}).get(b"origin", [])]
        here = asked(self._all, proxied=self.channel.is_proxy)
        if len(origins) > 1:
            return say(
                "The request has more than one Origin header ({origins}). A proxy in front may have added one: "
                "let it pass on the browser's only.",
                origins=shown(origins),
            )
        if all(here.served(origin) for origin in origins):
            return None
        return say(
            "The page is from {origin}, and this server was asked for as {hosts}. If it is this server's own page, a "
            "proxy in front of it has changed the address: let the proxy pass on Host as it came, or set "
            "X-Forwarded-Host and name the proxy's address with --web-proxy.",
            origin=shown(origins),
            hosts=shown(here.hosts),
        )

    def _all(self, header: str) -> Sequence[str]:
        return [value.decode("latin-1") for value in self.requestHeaders.getRawHeaders(header.encode(), [])]


@implementer(IHalfCloseableProtocol)
class Channel(http.HTTPChannel):
    """A connection that asks: counted as every connection, closed after one answer or at the deadline."""

    requestFactory = Asked
    factory: WebFactory
    maxHeaders, totalHeadersSize, MAX_LENGTH = MAX_HEADERS, MAX_HEADER_BYTES, MAX_HEADER_BYTES

    def makeConnection(self, transport: ITransport) -> None:
        """Count, and let the clock run."""
        host, self._below = self.factory.host, cast("Transport", transport)
        self._peer = self._below.getPeer()
        if sock := socket_of(self._below):
            tcp.tune(sock)
        self.address, _ = addresses(self._peer)
        self.is_proxy = believed(self.address, self.factory.proxies)
        seconds = host.settings.login_timeout
        self._end = Deadline(host.clock, seconds, self.close) if seconds else None
        host.made(self)
        super().makeConnection(transport)  # type: ignore[no-untyped-call]

    def known_as(self, address: str) -> IAddress:
        """Return the peer, or whom a proxy says it is."""
        if address == self.address:
            return self._peer
        return (IPv6Address if ":" in address else IPv4Address)("TCP", address, 0)

    def checkPersistence(self, request: Any, version: bytes) -> bool:  # noqa: ANN401 - Twisted's own
        """Answer one request, and no other."""
        request.setHeader(b"connection", b"close")
        return False

    def allHeadersReceived(self) -> None:
        """Take no body: nobody here asks for one."""
        if self.length == 0:
            super().allHeadersReceived()  # type: ignore[no-untyped-call]
            return
        self._refuse(b"413 Content Too Large")

    def lineLengthExceeded(self, line: bytes) -> None:
        """Say so, before closing."""
        self._refuse(b"431 Request Header Fields Too Large")

    def _refuse(self, status: bytes) -> None:
        self.dataReceived = lambda _: None  # type: ignore[method-assign]
        self._below.write(b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
        self._below.loseConnection()

    def readConnectionLost(self) -> None:
        """Close, once what was answered is taken: who sends nothing more asks nothing more."""
        self._below.loseConnection()

    def writeConnectionLost(self) -> None:
        """Do nothing: connectionLost follows."""

    def leave(self) -> None:
        """Count no longer: the answer was given, or a WebSocket counts from now on."""
        if self._end and self._end.active():
            self._end.cancel()
        self.factory.host.closed(self)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """Leave. Where a WebSocket has taken over, nobody calls here any more."""
        super().connectionLost(reason)  # type: ignore[no-untyped-call]
        self.leave()

    def close(self) -> None:
        """Cut it off: what it could still have to say matters to nobody but itself."""
        self._below.abortConnection()


class Turned(Receiver):
    """A connection that is one too many: told so, and closed."""

    def __init__(self, text: str) -> None:
        self._text = text

    def makeConnection(self, transport: ITransport) -> None:
        super().makeConnection(transport)  # type: ignore[no-untyped-call]
        transport.write(FULL + f"{self._text}\n".encode())
        transport.loseConnection()


@implementer(IProtocolNegotiationFactory)
class WebFactory(http.HTTPFactory):
    """The web side of one chat."""

    protocol = Channel  # type: ignore[assignment]
    noisy = False

    def __init__(self, host: WebHost) -> None:
        super().__init__(timeout=None, reactor=host.clock)  # type: ignore[arg-type]
        self.host = host
        self.proxies = networks(host.settings.web_proxy)
        self.files = {**files(host.hub.chat), HEALTH: Served(b"ok\n", b"text/plain")}

    def buildProtocol(self, addr: IAddress | None) -> Receiver | None:  # type: ignore[override]
        """Return the protocol of a new connection; one too many is told so and closed."""
        address, _ = addresses(addr)
        refusal = self.host.too_many("" if believed(address, self.proxies) else address)
        if refusal:
            return Turned(spoken(refusal, self.host.settings.lang))
        return super().buildProtocol(addr)

    def acceptableProtocols(self) -> list[bytes]:
        """Return what is spoken inside TLS: without an answer to their question browsers hang up."""
        return [b"http/1.1"]

    def startFactory(self) -> None:
        """Keep no access log: the activity log tells who connects."""

    def stopFactory(self) -> None:
        """There is nothing to stop."""

    def log(self, request: http.Request) -> None:
        """Say nothing of a request."""
