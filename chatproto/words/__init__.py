"""Sentences in English, Korean and Thai: how a fact is put into words.

English is in the code, beside the fact; `ko.po` and `th.po` hold the translations by that English text, as
gettext has it. `python -m chatproto.words` collects new texts into them and compiles them.
In a template `{name:<28}` is padded by the width on screen, and in Korean `{name:이/가}` takes the particle
that the name's last sound asks for. In a usage line the LABELS are translated too.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from wcwidth import wcswidth

from chatproto.core import names
from chatproto.core.events import Acted, Answer, Event, Said, Sentence, Slipped, Whispered, say
from chatproto.words.particles import with_particle

DOMAIN = "chatproto"
LOCALES = Path(__file__).parent / "locale"
LABEL = re.compile("[A-Z]{2,}")  # in `/kick [#ROOM] NAME [WHY]`; among the translations under "label"


SERVER = say("server")
SPEAKERS = frozenset({"by", "who", "name"})  # the places of a sentence where a name stands


@cache
def catalogue(lang: str) -> gettext.NullTranslations:
    """Return the translations into a language; English needs none."""
    return gettext.translation(DOMAIN, LOCALES, [lang], fallback=True)


def width(text: str) -> int:
    """Return how many columns a text takes on a terminal: Hangul two, Thai marks none."""
    return max(wcswidth(text), 0)


class _Templates(Formatter):
    """Fills templates: nothing of an argument is ever taken for a template."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:  # noqa: ANN401
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - as the base class has it
        text = str(value)
        if "/" in format_spec:
            return with_particle(text, format_spec)
        if format_spec.startswith("<"):
            return text + " " * (int(format_spec[1:]) - width(text))
        return text


_TEMPLATES = _Templates()


def translated(text: str, lang: str) -> str:
    """Return the template in a language; a text with no translation stays English."""
    return catalogue(lang).gettext(text) if text else ""


def spoken(sentence: Sentence, lang: str) -> str:
    """Return a sentence with its arguments in it, in a language."""
    return filled(translated(sentence.text, lang), sentence.args, lang)


def filled(template: str, args: Mapping[str, object], lang: str) -> str:
    """Return a template with its arguments in it, each as this language writes it."""
    shown = {name: _named(value, lang) if name in SPEAKERS else _shown(value, lang) for name, value in args.items()}
    return _TEMPLATES.vformat(template, (), shown)


def _named(value: object, lang: str) -> str:
    """Return a name as it is; the server's own, which nobody else may have, in this language: 서버."""
    return spoken(SERVER, lang) if value == names.SERVER else _shown(value, lang)


def _shown(value: object, lang: str) -> str:
    if isinstance(value, Sentence):
        return spoken(value, lang)
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, str | int):
        return str(value)
    return labelled(value.shown(lang), lang)  # type: ignore[attr-defined]


def labelled(usage: str, lang: str) -> str:
    """Return a usage line with the labels of its arguments in a language, `/강퇴 [#방] 이름 [이유]`."""
    return LABEL.sub(lambda label: catalogue(lang).pgettext("label", label[0]), usage)


def body(event: Event, lang: str) -> str:
    """Return what an event says: what was said as it was sent, else a sentence; nothing of what is never shown."""
    if isinstance(event, Said | Whispered):
        return event.text
    if isinstance(event, Acted):
        return f"{event.who} {event.text}"
    if isinstance(event, Answer):
        return "\n".join(spoken(line, lang) for line in event.lines)
    if isinstance(event, Slipped):
        return ""
    if event.sentence:
        return filled(translated(event.sentence, lang), {f.name: getattr(event, f.name) for f in fields(event)}, lang)
    return spoken(event.what, lang)  # type: ignore[attr-defined]  # an event without a sentence of its own carries one
