"""What a program of ours is told before it starts, besides its command line: by the environment, and by a file `.env`.

    read(environ, folder) ──▶ Configuration ──▶ find("CHAT_PORT") ──▶ Found: a text, and where it was found

The environment wins. An empty value is none. A file `.env` belongs to whoever made the folder, which may be a stranger:
who reads it says so, and a secret from elsewhere is not sent where it points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chatproto.configuration import dotenv_file
from chatproto.configuration.kinds import Kind
from chatproto.configuration.leaving import Misconfigured
from chatproto.configuration.names import is_link, links, nearest, unknown
from chatproto.core.events import Sentence, say

ENVIRONMENT, COMMAND_LINE = "the environment", "the command line"
NAMED = {ENVIRONMENT: say("environment"), COMMAND_LINE: say("command line")}  # in every language
MOST_SHOWN = 60  # characters of a value that is not taken


@dataclass(frozen=True, slots=True)
class Found:
    """A setting's text, its name, and the place that it was found in."""

    text: str = field(repr=False)
    name: str
    place: str

    def each(self) -> list[Found]:
        """Return the words of the text, each as if it had been found by itself."""
        return [Found(word, self.name, self.place) for word in self.text.split()]

    def taken(self, kind: Kind, told: str = "") -> object:
        """Return the value; Misconfigured where the text is none of this kind. `told` says what it is for."""
        try:
            return kind(self.text)
        except ValueError as e:
            raise Misconfigured(refusal(f"{self.name} in {self.place}", told, e, self.text)) from e


@dataclass(frozen=True, slots=True)
class Configuration:
    """The environment, and our settings in the file `.env` at `path`; it is looked through in this order."""

    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: Path = Path(dotenv_file.NAME)

    def find(self, name: str) -> Found | None:
        """Return what is said of a setting, by its name in the environment; None if nothing is."""
        return self.in_environment(name) or self.in_file(name)

    def in_environment(self, name: str) -> Found | None:
        """Return what the environment says of a setting."""
        text = readable(self.environ.get(name, "")).strip()
        return Found(text, name, ENVIRONMENT) if text and not is_link(name, text) else None

    def in_file(self, name: str) -> Found | None:
        """Return what the file says of a setting."""
        text = self.file.get(name, "")
        return Found(text, name, str(self.path)) if text else None

    def text(self, name: str) -> str:
        """Return a setting's text; nothing if there is none."""
        found = self.find(name)
        return found.text if found else ""

    def source(self) -> list[Sentence]:
        """Return what is to be said of the file, if it has any setting: whose it is, who reads it has to judge."""
        names = sorted(self.file)
        return [say("Settings from {path}: {names}", path=str(self.path), names=", ".join(names))] if names else []

    def notes(self) -> list[Sentence]:
        """Return what is to be said of names that are no settings."""
        told = []
        if passed := links(self.environ):
            text = (
                "{names}: Kubernetes or Docker sets this for what is called chat. It is no setting, and is passed over."
            )
            told.append(say(text, names=", ".join(passed)))
        places = ((ENVIRONMENT, self.environ), (str(self.path), self.file))
        names = [(name, place) for place, values in places for name in unknown(values) if name not in passed]
        for name, place in names:
            text = "{name} ({place}) is no setting. Did you mean {nearest}?"
            if not (near := nearest(name)):
                text = "{name} ({place}) is no setting."
            told.append(say(text, name=name, place=named(place), nearest=near))
        return told


def read(
    environ: Mapping[str, str], folder: Path | None = None, *, fill_in: Mapping[str, str] | None = None
) -> Configuration:
    """Return what the environment and the file `.env` of a folder say; raise Misconfigured for what cannot be read.

    `folder` is the current one if none is given. `fill_in` is what `${NAME}` may stand for besides names of the file.
    """
    path = (folder or _current()) / dotenv_file.NAME
    return Configuration(environ, dotenv_file.read(path, fill_in or {}), path)


def readable(given: str) -> str:
    """Return a word of the command line or the environment as it can be sent: what is not UTF-8 becomes U+FFFD."""
    return given.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def named(place: str) -> Sentence | str:
    """Return a place as a sentence names it to people."""
    return NAMED.get(place, place)


def refusal(what: str, told: str, why: ValueError, text: str) -> str:
    """Return the one line for a value that is not taken: where it stands, what it is for, and what would be."""
    shown = f" ({told})" if told else ""
    given = text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
    return f"{what}{shown} {why}, not {given!r}."


def _current() -> Path:
    """Return the current folder; somebody may have taken it away."""
    try:
        return Path.cwd()
    except OSError:
        return Path()
