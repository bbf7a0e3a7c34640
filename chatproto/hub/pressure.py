"""How much was taken and is not told yet, and what becomes of more: it waits to be read, and after a while is refused.

A hiccup of the disk costs nobody a word: what comes meanwhile stays unread, in the kernel's buffers and at its
sender's. But where the journal stands still, or more has come than goes for long, whoever asks is told `busy`, at
once: a sender who hears nothing knows nothing, and buffers that nobody reads are a queue of minutes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from chatproto.core.events import Reason, Refusal

MOST = 2_000  # events of the chat that may be under way: some tenths of a second of work
LOOK = 0.5  # seconds between two looks at whether there is patience left
PATIENCE = 5.0  # seconds that one may be left unread, and the journal may take for nothing at all


class Pressure:
    """Counts what the journal has, and those who are not read for it. `gathered` is how much it is to get next."""

    def __init__(self, clock: IReactorTime, gathered: Callable[[], int]) -> None:
        self._clock, self._gathered = clock, gathered
        self._under_way = 0
        self._held: deque[Callable[[], object]] = deque()
        self._moved: float | None = None  # when the journal last handed anything back, while it has something
        self._crowded: float | None = None  # since when there always was somebody who had to wait, or was refused
        self._pressed = False  # whether there was since anything was handed back
        self._looking: IDelayedCall | None = None

    def handed_over(self, count: int) -> None:
        """Take note that the journal is about to get so much."""
        self._under_way += count
        if self._moved is None:
            self._moved = self._clock.seconds()

    def handed_back(self, count: int) -> None:
        """Take note that it has handed so much back; let those who wait be read again."""
        self._under_way -= count
        self._moved = self._clock.seconds() if self._under_way > 0 else None
        self._release()
        if not self._pressed:
            self._crowded = None
        self._pressed = bool(self._held)

    def holds(self, go_on: Callable[[], object]) -> bool:
        """Say whether whoever asks has to wait; `go_on` is called once there is room, or no patience left."""
        if not self._full() or self.refuses():
            return False
        self._press()
        self._held.append(go_on)
        if self._looking is None:
            self._looking = self._clock.callLater(LOOK, self._look)
        return True

    def refuses(self) -> bool:
        """Say whether what is asked now is refused."""
        if self._moved is None:
            return False
        now = self._clock.seconds()
        if now - self._moved >= PATIENCE:
            return True
        if self._crowded is None or now - self._crowded < PATIENCE or not self._full():
            return False
        self._press()
        return True

    def _full(self) -> bool:
        return self._under_way + self._gathered() >= MOST

    def _press(self) -> None:
        self._pressed = True
        if self._crowded is None:
            self._crowded = self._clock.seconds()

    def _look(self) -> None:
        self._looking = None
        self._release()
        if self._held:
            self._looking = self._clock.callLater(LOOK, self._look)

    def _release(self) -> None:
        """Let go on who waits, the longest waiting first; who has to wait again does so behind the others."""
        for _ in range(len(self._held)):
            if self._full() and not self.refuses():
                return
            self._held.popleft()()


def busy() -> Refusal:
    """Return the no that says that it is not for anything that was asked."""
    return Refusal(Reason.BUSY, "The server cannot keep up just now, and has not taken this. Send it again in a while.")
