"""Framing, sans-io: bytes in, lines and frames out, and back. No Twisted, no clock, nothing else of ours.

Each module here keeps the same three promises: the same bytes give the same items however they are cut into
pieces; the work is linear in the bytes, also in pieces of one byte; and nothing past a limit is held.
"""
