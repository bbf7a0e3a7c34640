"""A chat server on Twisted: telnet, STOMP and its own client on one port.

The public names: `ChatFactory` is a chat, `ChatProtocol` one connection to it, `Settings` its limits.
"""

__version__ = "0.1.0"

from chatproto.core.settings import Settings
from chatproto.doors.line import ChatProtocol
from chatproto.factory import ChatFactory

__all__ = ["ChatFactory", "ChatProtocol", "Settings", "__version__"]
