"""A chat server on Twisted: telnet, STOMP and its own client on one port.

The public names: `ChatFactory` is a chat, `ChatProtocol` one connection to it, `Settings` its limits.
"""

__version__ = "0.1.0"

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatproto.core.settings import Settings
    from chatproto.doors.line import ChatProtocol
    from chatproto.factory import ChatFactory

__all__ = ["ChatFactory", "ChatProtocol", "Settings", "__version__"]

_HOMES = {
    "ChatFactory": "chatproto.factory",
    "ChatProtocol": "chatproto.doors.line",
    "Settings": "chatproto.core.settings",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for (PEP 562): a client need not load the server's doors."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
