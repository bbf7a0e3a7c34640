"""The date as far as it can be trusted: what is deleted for its age cannot be brought back.

A wall clock may be wrong: before the network has set it, after somebody has, in a virtual machine that slept. So it is
compared with a clock that only runs. Where the two part, it jumped. Until the new date has held for long enough, an age
counts only if it is one by both: by the date as it was going on, and by the wall clock.
"""

from __future__ import annotations

from twisted.logger import Logger

from chatproto.core.members import span

TOLERANCE = 60.0  # seconds by which clocks drift, are set right, or a restart takes: nobody minds that in an age
# A jump is believed once it has held for as long as it was wide, but after an hour in any case: the usual time services
# ask every 34 minutes at most (systemd-timesyncd 2048 s, chrony and ntpd 1024 s), so one that can know better does.
LONG_ENOUGH = 3600.0
log = Logger("chat.journal")


class TrustedDate:
    """Compares two clocks. `last` is the last date that was known to be right before this start; 0 if none was."""

    def __init__(self, last: float = 0.0) -> None:
        self._last = last
        self._offset: float | None = None  # from the clock that only runs to the date, as it is trusted
        self._claimed = 0.0  # the same, as the wall clock has had it since it jumped
        self._since: float | None = None  # when that was, by the clock that only runs; None while both agree

    @property
    def agreed(self) -> bool:
        """Whether the wall clock is trusted now."""
        return self._since is None

    def at(self, wall: float, elapsed: float) -> float:
        """Return the date by which things may be given up, of what both clocks say now. Call it every few seconds."""
        offset = wall - elapsed
        if self._offset is None:
            self._offset = self._last - elapsed if self._last else offset
        if abs(offset - self._offset) <= TOLERANCE:
            self._agree(offset)
        elif self._since is None or abs(offset - self._claimed) > TOLERANCE:
            self._jumped(offset, elapsed)
        elif elapsed - self._since >= self._long_enough():
            log.info("the clock has held its new date; messages are given up by it again")
            self._offset, self._since = offset, None
        return min(offset, self._offset) + elapsed

    def _agree(self, offset: float) -> None:
        if not self.agreed:
            log.info("the clock is as it was before")
        self._offset, self._since = offset, None

    def _jumped(self, offset: float, elapsed: float) -> None:
        assert self._offset is not None
        self._claimed, self._since = offset, elapsed
        what = "ahead of" if offset > self._offset else "behind"
        log.warn(  # noqa: G010 - Twisted's log has no `warning`
            "the clock is {span} {what} what it should be by the time that has passed, or since this server last ran; "
            "no message is given up for its age by it before it has held for {wait}",
            span=span(abs(offset - self._offset)),
            what=what,
            wait=span(self._long_enough()),
        )

    def _long_enough(self) -> float:
        assert self._offset is not None
        return min(abs(self._claimed - self._offset), LONG_ENOUGH)
