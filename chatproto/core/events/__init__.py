"""What can happen, one frozen class each; what is said of it; and to whom it goes.

The law here: an event is a fact, never a string. Which words it becomes, in which language and for which
dialect, is decided where it is drawn. The English sentence is declared beside the fact and is also the
key under which the catalogues translate it (gettext's custom).
"""

from __future__ import annotations

from chatproto.core.events.base import NOTHING, Event, Reason, Refusal, Sentence, Shown, Value, say
from chatproto.core.events.delivery import NOBODY, Delivery, Entry
from chatproto.core.events.moves import Afterwards, Closed, Entered, Exited, Remembered, Settled
from chatproto.core.events.noted import Came, Ended, Gone, Named, Opened, Ruled, Stopping, TurnedAway, Went
from chatproto.core.events.personal import (
    Answer,
    Before,
    Broken,
    Closing,
    Exported,
    Owned,
    Past,
    PutOut,
    Refused,
    Waited,
)
from chatproto.core.events.rooms import (
    Gap,
    Joined,
    Kicked,
    KickedWhy,
    Left,
    Lost,
    Noticed,
    Quit,
    Renamed,
    Slipped,
    Topic,
)
from chatproto.core.events.talk import Acted, Announced, Corrected, Deleted, Said, Talk, Whispered, Withdrawn
from chatproto.core.events.wishes import (
    Collect,
    Hash,
    Locate,
    LocateLast,
    NewSecret,
    NewToken,
    Prove,
    Recall,
    Search,
    Wish,
)

__all__ = [
    "NOBODY",
    "NOTHING",
    "Acted",
    "Afterwards",
    "Announced",
    "Answer",
    "Before",
    "Broken",
    "Came",
    "Closed",
    "Closing",
    "Collect",
    "Corrected",
    "Deleted",
    "Delivery",
    "Ended",
    "Entered",
    "Entry",
    "Event",
    "Exited",
    "Exported",
    "Gap",
    "Gone",
    "Hash",
    "Joined",
    "Kicked",
    "KickedWhy",
    "Left",
    "Locate",
    "LocateLast",
    "Lost",
    "Named",
    "NewSecret",
    "NewToken",
    "Noticed",
    "Opened",
    "Owned",
    "Past",
    "Prove",
    "PutOut",
    "Quit",
    "Reason",
    "Recall",
    "Refusal",
    "Refused",
    "Remembered",
    "Renamed",
    "Ruled",
    "Said",
    "Search",
    "Sentence",
    "Settled",
    "Shown",
    "Slipped",
    "Stopping",
    "Talk",
    "Topic",
    "TurnedAway",
    "Value",
    "Waited",
    "Went",
    "Whispered",
    "Wish",
    "Withdrawn",
    "say",
]
