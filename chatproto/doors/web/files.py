"""What the web serves: the page's files as they are, and what the page must know of this chat, as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib import resources

TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
FRONT = "index.html"


@dataclass(frozen=True, slots=True)
class Served:
    """A file as it is served."""

    body: bytes
    type: bytes

    @property
    def tag(self) -> str:
        """Tell this state of the file from every other (HTTP's ETag)."""
        return f'"{sha256(self.body).hexdigest()[:16]}"'


def files() -> dict[bytes, Served]:
    """Return all that is served, by path."""
    page = resources.files("chatproto") / "page"
    found = {item.name: Served(item.read_bytes(), TYPES[f".{item.name.rpartition('.')[2]}"]) for item in page.iterdir()}
    return {b"/" if name == FRONT else f"/{name}".encode(): served for name, served in found.items()}
