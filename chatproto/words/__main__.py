"""Bring the catalogues up to what the code says, and compile them: `python -m chatproto.words`.

New sentences come in untranslated, those no longer said go, translations stay. `--check` writes nothing.
Either way it names what is not translated or not fresh, and fails if anything is. It needs Babel.
"""

from __future__ import annotations

import argparse
import gettext
import sys
from collections.abc import Iterable
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from chatproto.core.declare import LANGUAGES
from chatproto.words import DOMAIN, LOCALES
from chatproto.words.collecting import Key, sentences, unread


class Plain(Catalog):
    """A catalogue whose head holds no dates and no versions: the same sentences give the same file."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", DOMAIN),
            ("Language", str(self.locale_identifier)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit\n"),
        ]

    @mime_headers.setter
    def mime_headers(self, value: Iterable[tuple[str, str]]) -> None:
        """Take nothing: this head is always the same."""


def update(lang: str, locales: Path = LOCALES) -> None:
    """Write a language's catalogue anew, with the translations that it has, and compile it."""
    old, new = read(lang, locales), Plain(lang, header_comment=f"# What {DOMAIN} says, in: {lang}", fuzzy=False)
    for (context, text), places in sentences().items():
        known = old.get(text, context or None)
        new.add(
            text,
            known.string if known else "",
            locations=[(place, 0) for place in places],
            user_comments=known.user_comments if known else (),
            context=context or None,
        )
    path = _path(lang, locales)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as po, path.with_suffix(".mo").open("wb") as mo:
        write_po(po, new, width=0)
        write_mo(mo, new)


def check(lang: str, locales: Path = LOCALES) -> list[str]:
    """Return what is wrong with a language's catalogue, and with what is compiled of it."""
    wanted, have = sentences(), translations(read(lang, locales))
    wrong = [f"{lang}: not translated: {text}" for context, text in wanted if not have.get((context, text))]
    wrong += [f"{lang}: no longer said: {text}" for _, text in sorted(have.keys() - wanted.keys())]
    compiled = gettext.NullTranslations()
    if (path := _path(lang, locales).with_suffix(".mo")).exists():
        with path.open("rb") as mo:
            compiled = gettext.GNUTranslations(mo)
    return wrong + [
        f"{lang}: not compiled: {text}"
        for (context, text), string in have.items()
        if string and string != (compiled.pgettext(context, text) if context else compiled.gettext(text))
    ]


def read(lang: str, locales: Path = LOCALES) -> Catalog:
    """Return a language's catalogue as it is written; an empty one if there is none."""
    path = _path(lang, locales)
    if not path.exists():
        return Catalog(lang)
    with path.open("rb") as po:
        return read_po(po, lang, ignore_obsolete=True)


def translations(catalog: Catalog) -> dict[Key, str]:
    """Return what each sentence is in a catalogue; empty where it is not translated yet."""
    return {(m.context or "", str(m.id)): "" if m.fuzzy else str(m.string or "") for m in catalog if m.id}


def _path(lang: str, locales: Path) -> Path:
    return locales / lang / "LC_MESSAGES" / f"{DOMAIN}.po"


def main(argv: list[str] | None = None) -> int:
    """Update the catalogues, or only check them; say what is wrong and return 1 if anything is."""
    parser = argparse.ArgumentParser(prog="python -m chatproto.words", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, only name what is missing or stale")
    only_check = parser.parse_args(argv).check
    wrong = [f"{place}: these words cannot be collected: give them as text" for place in unread()]
    for lang in LANGUAGES[1:]:
        if not only_check:
            update(lang)
        wrong += check(lang)
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
