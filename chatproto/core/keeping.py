"""How long messages are kept: `90d` for an age, `1000` for a number, nothing for all of them."""

from __future__ import annotations

from dataclasses import dataclass

from chatproto.core.declare import ANumber, ASpan
from chatproto.core.events import Sentence, say
from chatproto.core.members import span


@dataclass(frozen=True, slots=True)
class Keeping:
    """A rule of retention: the newest `count` (0: any number), not older than `age` seconds (0: any age)."""

    count: int = 0
    age: int = 0

    @property
    def told(self) -> Sentence:
        """Return what somebody who joins has to know."""
        if self.count and self.age:
            text = "Messages here are kept for {span}, at most {count}."
            return say(text, span=span(self.age), count=self.count)
        if self.age:
            return say("Messages here are kept for {span}.", span=span(self.age))
        if self.count:
            return say("The newest {count} messages here are kept.", count=self.count)
        return say("Messages here are kept.")


def keeping(text: str) -> Keeping:
    """Return the rule that a setting states; ValueError for one that states none."""
    count, age = ANumber().take(text), ASpan().take(text)
    if not text:
        return Keeping()
    if age and not age[1]:
        return Keeping(age=int(str(age[0])))
    if count and not count[1]:
        return Keeping(count=int(str(count[0])))
    raise ValueError(text)
