"""How a line is drawn: pieces of text, and the name of how each looks.

The law here: pure. The signs are those of the terminal (`*` what happens, `!` a refusal), so that nothing is told by
colour alone, and a text's later lines are set in, so that they can never be taken for somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from zlib import crc32

from chatproto.client.desk import Line, State
from chatproto.client.talk import NEW, TYPED
from chatproto.core import names
from chatproto.core.events import say
from chatproto.words import spoken
from chatproto.words.drawing import Style, stamp

NAMES = 8  # colours for names
# Thai, Lao, Burmese, Khmer, kana and Han: so much without a space is no word, but a sentence
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]{16,}")
FAILED = say("Fail to send msg.")

Piece = tuple[str, tuple[str, ...]]


def pieces(line: Line, style: Style) -> Iterator[Piece]:
    """Yield a line's pieces, without a last line end. The first look of each says how it is set in."""
    called = ("called",) if line.called else ()
    first, *more = line.message.words.split("\n")
    for text, *looks in _opened(line, style):
        yield text, ("first", *looks, *called, *_broken(first))
    again = "* " if line.message.event == "answer" else ""
    look = {State.PENDING: "pending", State.FAILED: "failed"}.get(line.state) or _look(line)
    yield first, ("first", look, *called, *_broken(first))
    for text in more:
        yield f"\n{again}{text}", ("more", look, *called, *_broken(text))
    if line.state is State.PENDING:
        yield " …", ("first", "pending")
    elif line.state is State.FAILED:
        why = "" if line.message.event == TYPED else f" {spoken(FAILED, style.lang)}"
        yield f"  ✗{why}", ("first", "refused")


def separator(style: Style) -> Piece:
    """Return the line that stands where one had stopped reading, with its end."""
    return f"── {spoken(NEW, style.lang)} ──\n", ("separator",)


def _broken(text: str) -> tuple[str, ...]:
    """Return the look of a line that is broken where it is full, and not at a space, from its beginning on."""
    return ("unspaced",) if UNSPACED.search(text) else ()


def _opened(line: Line, style: Style) -> Iterator[tuple[str, ...]]:
    """Yield when it was, and who said it."""
    message = line.message
    if style.time != "off":
        yield f"{stamp(message.at, style)} ", "time"
    if message.event == TYPED:
        return
    if message.event != "said":
        yield "! " if message.event == "refused" else "* ", _look(line)
        if message.event == "action":
            yield f"<{message.who}>", f"name{number_of(message.who)}"
            yield " ", _look(line)
        return
    yield message.who, f"name{number_of(message.who)}"
    if message.direct:
        yield f" → {message.headers.get('to', '')}", "direct"
    yield ": ", _look(line)


def _look(line: Line) -> str:
    message = line.message
    if line.before:
        return "before"
    if message.event == "said":
        return "direct" if message.direct else "said"
    return message.event if message.event in {"refused", "answer", "notice", "action"} else "event"


def number_of(name: str) -> int:
    """Return the colour of a name, always the same one."""
    return crc32(names.fold(name).encode()) % NAMES
