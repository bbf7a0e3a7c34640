"""`ask`: a question to a room, and the first answer to it that is one of the options.

The law here: only what was said after the question counts, by its number in the room.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from chatproto.client.message import Message
from chatproto.client.outbox import Parcel, Saying
from chatproto.client.pipe.errand import Errand
from chatproto.client.pipe.options import Question
from chatproto.client.pipe.status import Status
from chatproto.core.events import Sentence, say
from chatproto.core.names import fold
from chatproto.words import spoken

ENDS = " \t\n.,!?…。！？"  # what may stand around an answer
TOO_LATE = say("Nobody has answered in time.")


class Ask(Errand):
    """Asks once, and waits for the answer."""

    def __init__(self, question: Question, *errand: Any, keys: Callable[[], str]) -> None:  # noqa: ANN401 - of Errand
        super().__init__(*errand)
        self._question, self._key = question, keys()
        self._place: int | None = None  # how far the room is read, for another session
        self._asked = 0  # the question's number
        self._answers: list[Message] = []  # that came before the question's number was known

    def arrived(self) -> None:
        """Go into the room and ask, or take note that it was asked: the key is the same."""
        self.enter(self._question.room, after=self._place)
        self._ask()

    def done(self, parcel: Parcel) -> None:
        """The question has its number."""
        if parcel.key == self._key:
            self._found(parcel.seq)

    def heard(self, message: Message) -> None:
        """Look whether it is an answer."""
        super().heard(message)
        if message.room != self._question.room or not message.seq:
            return
        self._place = message.seq
        if message.event == "said" and message.own and message.text == self._text:
            self._found(message.seq)
        elif message.event == "said" and not message.own and self._option(message):
            self._answers.append(message)
            self._decide()

    def put_off(self, parcel: Parcel) -> None:
        """Ask after a while."""
        if isinstance(parcel.what, Saying):
            self.soon(self._ask)
        else:
            self.soon(self.arrived)

    def late(self) -> None:
        """Tell the room that it is too late, if it was asked at all."""
        if self._asked:
            self._tell(TOO_LATE)
            self.finish(Status.UNANSWERED, spoken(TOO_LATE, self.lang))
        else:
            self.end(Status.UNKNOWN if self._taken and not self.passes else Status.AWAY, self.nobody())

    @property
    def lang(self) -> str:
        """The language that was chosen, else that of the question: the room is to understand what is told."""
        return self.job.server.lang or written_in(self._text)

    # --- the question and its answers ---------------------------------------------------------------

    @property
    def _text(self) -> str:
        return f"{self._question.text} ({' / '.join(self._question.options)})"

    def _ask(self) -> None:
        self.session.say(self._question.room, self._text, self._key)

    def _found(self, seq: int) -> None:
        self._asked = self._asked or seq
        self._decide()

    def _option(self, message: Message) -> str:
        """Return the option that a message chooses, if it does: alone, or after our name."""
        words = fold(message.text.strip(ENDS))
        called = re.match(rf"@?{re.escape(fold(self.session.name))}[ :,]", words)
        if called:
            words = words[called.end() :].strip(ENDS)
        return next((option for option in self._question.options if fold(option) == words), "")

    def _decide(self) -> None:
        """Take the first answer after the question: print it, tell the room, and be gone."""
        answer = next((m for m in self._answers if m.seq > self._asked), None) if self._asked else None
        if answer is None or self.status is not None:
            return
        option = self._option(answer)
        self.outlet.show(option)
        self._tell(say("{who} has answered: {answer}", who=answer.who, answer=option))
        self.finish(Status.DONE if option == self._question.options[0] else Status.OTHER)

    def _tell(self, sentence: Sentence) -> None:
        self.session.say(self._question.room, spoken(sentence, self.lang))


def written_in(text: str) -> str:
    """Return the language that a text is written in, by its letters: ko or th; nothing for all others."""
    if re.search("[가-힣ㄱ-ㅣ]", text):
        return "ko"
    return "th" if re.search("[ก-ฺเ-๛]", text) else ""
