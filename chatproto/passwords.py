"""Passwords and tokens, at the edge: slow hashes in one bounded worker, and chance.

argon2id with the parameters of RFC 9106's second recommendation. One thread hashes, a few at a time are given to it
(`hub/turns.py`), and more than may wait are told `busy`: a herd that logs in by password must not take the machine.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher, profiles
from argon2.exceptions import Argon2Error, InvalidHashError
from twisted.internet.defer import Deferred, fail

from chatproto.core.accounts import TOKEN_MARK
from chatproto.core.events import Reason, Refusal
from chatproto.journal.sqlite import Thread

T = TypeVar("T")
QUEUE = 32  # passwords that may wait: some two seconds of work


class Argon2Passwords:
    """Hashes in a thread of its own, which is made when the first password comes."""

    def __init__(self, thread: Callable[[], Thread]) -> None:
        self._make_thread = thread
        self._thread: Thread | None = None
        self._hasher = PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)
        self._nobody = ""
        self._waiting = 0

    def hash(self, password: str) -> Deferred[str]:
        """Return a hash, in a while."""
        return self._queued(lambda: self._hasher.hash(password))

    def verify(self, password: str, secret: str) -> Deferred[bool]:
        """Say whether it is right, in a while."""
        return self._queued(lambda: self._is_right(password, secret))

    def token(self) -> tuple[str, str]:
        """Return 128 random bits, marked as a token."""
        token = TOKEN_MARK + secrets.token_urlsafe(16)
        return token, self.digest(token)

    def digest(self, token: str) -> str:
        """Return what is kept of a token: it is long and random, so a fast digest keeps it."""
        return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

    def stop(self) -> None:
        """Let the thread end."""
        if self._thread:
            self._thread.stop()

    def _is_right(self, password: str, secret: str) -> bool:
        self._nobody = self._nobody or self._hasher.hash("nobody")  # takes as long for whoever comes first
        try:
            self._hasher.verify(secret or self._nobody, password)
        except (Argon2Error, InvalidHashError):
            return False
        return bool(secret)

    def _queued(self, work: Callable[[], T]) -> Deferred[T]:
        if self._waiting >= QUEUE:
            return fail(Refusal(Reason.BUSY, "Many are logging in just now. Try again in a few seconds."))
        self._waiting += 1
        self._thread = self._thread or self._make_thread()
        return self._thread.do(work).addBoth(self._done)

    def _done(self, result: T) -> T:
        self._waiting -= 1
        return result
