"""How many rooms are made from one address: each costs memory and disk, and any guest can make one."""

from __future__ import annotations

from collections import OrderedDict

from chatproto.core.addresses import origin
from chatproto.core.events import Reason, Refusal
from chatproto.core.members import span
from chatproto.core.pace import Pace

DAY = 86400.0
MAX_ORIGINS = 10_000  # addresses of which it is remembered; the one that was silent longest is forgotten first


class _Maker:
    """One address: how fast it may go on, and the rooms that it made last."""

    __slots__ = ("made", "pace")

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.made: dict[str, None] = {}


class NewRooms:
    """Lets so many rooms be made at once from each address, and as many again in a day; 0 is without limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._makers: OrderedDict[str, _Maker] = OrderedDict()

    def check(self, address: str, room: str, elapsed: float) -> None:
        """Count one more room, or refuse it; one that was made from there of late is not counted again.

        Whoever has no address, as in a test, is not counted.
        """
        if not self._most or not address:
            return
        where = origin(address)
        maker = self._makers.pop(where, None) or _Maker(Pace(self._most / DAY, self._most, elapsed))
        self._makers[where] = maker
        if len(self._makers) > MAX_ORIGINS:
            self._makers.popitem(last=False)
        if room in maker.made:
            return
        wait = maker.pace.wait(elapsed)
        if wait:
            raise Refusal(
                Reason.TOO_FAST,
                "Too many rooms were made from your address ({most} a day). /rooms lists those that are there; "
                "you can make another one in {span}.",
                most=self._most,
                span=span(wait),
            )
        maker.made[room] = None
        if len(maker.made) > self._most:
            del maker.made[next(iter(maker.made))]
