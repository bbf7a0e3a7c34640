"""A chat server on Twisted: telnet, STOMP and its own client on one port.

The public names: `ChatFactory` is a chat, `ChatProtocol` one connection to it, `Settings` its limits, `Reach`
where others find it.
"""

__version__ = "0.1.0"

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatproto.core.inviting import Reach
    from chatproto.core.settings import Settings
    from chatproto.doors.line import ChatProtocol
    from chatproto.factory import ChatFactory

__all__ = ["ChatFactory", "ChatProtocol", "Reach", "Settings", "__version__"]

_HOMES = {
    "ChatFactory": "chatproto.factory",
    "ChatProtocol": "chatproto.doors.line",
    "Reach": "chatproto.core.inviting",
    "Settings": "chatproto.core.settings",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for (PEP 562): a client need not load the server's doors."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
