"""A chat server on Twisted: telnet, STOMP and its own client on one port."""

__version__ = "0.1.0"
