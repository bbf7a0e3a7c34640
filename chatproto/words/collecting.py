"""Every sentence that the code says, read from the code: what there is to translate.

A sentence is what `say`, `Refusal`, `answer` and their like are given in words, a class's `sentence`, the forms
of a drawn line, what a command's declaration says of it, the labels of its arguments included, and what a
setting's says. The page says its own in JavaScript, `say("…")`, and in HTML, `data-say="…"`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from chatproto.core.commands import ALL
from chatproto.core.settings import explained
from chatproto.words import LABEL
from chatproto.words.drawing import ACTED, HAPPENED, SAID

CODE = Path(__file__).parent.parent
# Where the words stand in a call. Of methods only `answer` and `gettext` are meant, and one that merely has such a name
# is passed over (`hub.answer(session, receipt)`); a function is given words that can be read here, or its caller's.
FUNCTIONS = {"say": 0, "Sentence": 0, "Fatal": 0, "Refusal": 1, "translated": 0}
METHODS = {"answer": 1, "gettext": 0}

PAGE = CODE / "page"
SPOKEN = {".js": re.compile(r'\bsay\(\s*"([^"\\]+)"'), ".html": re.compile(r'\bdata-say(?:-[a-z]+)?="([^"]+)"')}

Key = tuple[str, str]  # the context, mostly none, and the English words


class Reader(ast.NodeVisitor):
    """Finds the sentences of one module: `found`, and in `unread` the lines whose words it cannot see."""

    def __init__(self, source: str) -> None:
        self.found: list[str] = []
        self.unread: list[int] = []
        self._named: dict[str, list[ast.expr]] = {}  # HELLO = "…", text = "…"
        self._given: set[str] = set()  # parameters: their caller is read instead
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for name in (t.id for t in node.targets if isinstance(t, ast.Name)):
                    self._named.setdefault(name, []).append(node.value)
            elif isinstance(node, ast.arg):
                self._given.add(node.arg)
        self.visit(tree)

    def visit_Call(self, node: ast.Call) -> None:
        """Read what `say("…")`, `chat.answer(me, "…")` and their like say."""
        function = isinstance(node.func, ast.Name)
        place = (FUNCTIONS if function else METHODS).get(ast.unparse(node.func).rpartition(".")[2])
        if place is not None and len(node.args) > place:
            texts = list(self._texts(node.args[place]))
            self.found += texts
            if function and not texts and not self._from_elsewhere(node.args[place]):
                self.unread.append(node.lineno)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Read an event's `sentence: ClassVar[str] = "…"`."""
        if isinstance(node.target, ast.Name) and node.target.id == "sentence" and node.value:
            self.found += self._texts(node.value)
        self.generic_visit(node)

    def _texts(self, node: ast.expr) -> Iterator[str]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.IfExp):
            yield from self._texts(node.body)
            yield from self._texts(node.orelse)
        elif isinstance(node, ast.Name):
            for value in self._named.get(node.id, []):
                if not isinstance(value, ast.Name):
                    yield from self._texts(value)

    def _from_elsewhere(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Attribute) or (isinstance(node, ast.Name) and node.id in self._given)


def sentences(code: Path = CODE) -> dict[Key, list[str]]:
    """Return every sentence, in the order of the files, each with the files that it stands in."""
    found: dict[Key, list[str]] = {}
    for key, place in _all(code):
        if key[1] and place not in (places := found.setdefault(key, [])):
            places.append(place)
    return found


def unread(code: Path = CODE) -> list[str]:
    """Return the places where something is said in words that cannot be collected."""
    return [f"{place}:{line}" for place, reader in _readers(code) for line in reader.unread]


def of_page(page: Path = PAGE) -> dict[str, list[str]]:
    """Return every sentence of the page, each with the files that it stands in."""
    found: dict[str, list[str]] = {}
    for path in sorted(page.glob("*")):
        for text in SPOKEN[path.suffix].findall(path.read_text("utf-8")) if path.suffix in SPOKEN else ():
            found.setdefault(text, []).append(f"chatproto/page/{path.name}")
    return found


def _readers(code: Path) -> Iterator[tuple[str, Reader]]:
    for path in sorted(code.rglob("*.py")):
        yield path.relative_to(code.parent).as_posix(), Reader(path.read_text("utf-8"))


def _all(code: Path) -> Iterator[tuple[Key, str]]:
    for place, reader in _readers(code):
        for text in reader.found:
            yield ("", text), place
    yield from ((("", text), place) for text, places in of_page(code / "page").items() for place in places)
    for spec in (command.spec for command in ALL):
        place = spec.build.__module__.replace(".", "/") + ".py"
        for text in (spec.summary, spec.details):
            yield ("", text), place
        for field in spec.fields:
            for label in LABEL.findall(field.usage):
                yield ("label", label), place
    yield from ((("", known.told), "chatproto/core/settings.py") for known in explained())
    for forms in (SAID, ACTED, HAPPENED):
        for form, text in forms.items():
            yield (f"time {form}", text), "chatproto/words/drawing.py"
