"""Where twistd finds `chat`. The folder is Twisted's: no __init__.py may stand beside this file."""

from twisted.application.service import ServiceMaker

chat = ServiceMaker(
    "chat", "chatproto.starting", "A chat server: telnet, STOMP and its own client on one port.", "chat"
)
