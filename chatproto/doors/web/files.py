"""What the web serves: the page's files as they are, and what the page must know of this chat, as JSON.

/words.en.json   the page's sentences in a language, the commands as they are declared, and the limits
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources

from chatproto.core.chat import Chat
from chatproto.core.declare import (
    LANGUAGES,
    AChoice,
    ACommand,
    AFullName,
    AName,
    ANumber,
    AnyRoom,
    APassword,
    APlace,
    AScope,
    ASetting,
    ASpan,
    AText,
    AWhisper,
    AWord,
    Field,
    Spec,
)
from chatproto.core.seats import Seat
from chatproto.words import catalogue, labelled, translated
from chatproto.words.collecting import of_page

TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
JSON = b"application/json"
FRONT = "index.html"
# What the page calls the kinds of arguments; of one that an embedding program declares it knows nothing.
KINDS: dict[type, str] = {
    AWord: "word",
    AName: "name",
    ACommand: "command",
    AFullName: "word",
    APassword: "word",
    AText: "text",
    AWhisper: "text",
    ANumber: "number",
    ASetting: "setting",
    ASpan: "span",
    AChoice: "choice",
    AnyRoom: "room",
    APlace: "place",
    AScope: "place",
}


@dataclass(frozen=True, slots=True)
class Served:
    """A file as it is served."""

    body: bytes
    type: bytes

    @property
    def tag(self) -> str:
        """Tell this state of the file from every other (HTTP's ETag)."""
        return f'"{sha256(self.body).hexdigest()[:16]}"'


def files(chat: Chat) -> dict[bytes, Served]:
    """Return all that is served, by path."""
    page = {item.name: item.read_bytes() for item in (resources.files("chatproto") / "page").iterdir()}
    found = {
        b"/" if name == FRONT else f"/{name}".encode(): Served(body, TYPES[f".{name.rpartition('.')[2]}"])
        for name, body in page.items()
    }
    for lang in LANGUAGES:
        body = json.dumps(words(chat, lang), ensure_ascii=False, separators=(",", ":"))
        found[f"/words.{lang}.json".encode()] = Served(body.encode(), JSON)
    return found


def words(chat: Chat, lang: str) -> dict[str, object]:
    """Return what the page must know to speak a language, and to complete what is typed."""
    return {
        "lang": lang,
        "sentences": {text: catalogue(lang).gettext(text) for text in of_page()},
        "commands": [_command(spec, lang) for spec in chat.vocabulary.given_from(Seat.CHAT)],
        "limits": {"body": chat.settings.max_body},
        "folds": _folds(),
    }


@cache
def _folds() -> dict[str, str]:
    """Return the letters whose folding is not their lower case, which is all that browsers know, and their folding."""
    letters = (chr(n) for n in range(sys.maxunicode + 1))
    return {letter: letter.casefold() for letter in letters if letter.casefold() != letter.lower()}


def _command(spec: Spec, lang: str) -> dict[str, object]:
    own = {lang: spec.words.get(lang, ()), **spec.words}
    return {
        "word": spec.word,
        "words": [word for words in own.values() for word in words],
        "usage": labelled(spec.usage(lang), lang),
        "summary": translated(spec.summary, lang),
        "rank": spec.rank,
        "secret": spec.secret,
        "private": spec.private,
        "fields": [_field(field) for field in spec.fields],
    }


def _field(field: Field) -> dict[str, object]:
    more: dict[str, object] = {}
    if isinstance(field.argument, AChoice | ASetting | AScope):
        more = {"words": field.argument.words}
    elif isinstance(field.argument, ASpan):
        more = {"units": list(field.argument.seconds)}
    kind = KINDS.get(type(field.argument), "other")
    return {"kind": kind, "optional": field.optional, "secret": field.secret, **more}
