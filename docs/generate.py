"""Write the reference pages from the declarations: `python docs/generate.py`; `--check` only says what is stale.

A command, a setting, a reason word and an event are each declared in one place of the code. These pages are read
from there, so that they cannot tell anything else.
"""

# ruff: noqa: INP001 - a folder of pages, not a package

from __future__ import annotations

import argparse
import ast
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import cast

import chatproto
from chatproto.configuration.leaving import Exit
from chatproto.core import commands
from chatproto.core.declare import LANGUAGES, Rank, Spec
from chatproto.core.events import Event, Reason, moves, noted, personal, rooms, talk, wishes
from chatproto.core.seats import AT_A_CONSOLE, IN_THE_CHAT, WHERE_ONE_MAY_LEAVE
from chatproto.core.settings import explained
from chatproto.options import Options
from chatproto.words import translated

DOCS = Path(__file__).parent
CODE = Path(chatproto.__file__).parent
ROOMS = ("core", "doors", "hub", "wire")  # where the server says no; the client only repeats it
MADE = "<!-- Made by docs/generate.py from the code: change it there, and run `python docs/generate.py`. -->\n"
THEMES = {
    "talk": "Talk",
    "past": "What was said",
    "rooms": "Rooms",
    "you": "You",
    "account": "Accounts",
    "rule": "Rule",
    "help": "Help",
}
WHO = {
    Rank.MEMBER: "Everybody.",
    Rank.OPERATOR: "Operators of the room, and administrators.",
    Rank.ADMIN: "Administrators of the server.",
}
WHERE = {
    IN_THE_CHAT: "In the chat, and not at an operator's console.",
    AT_A_CONSOLE: "At an operator's console only.",
    WHERE_ONE_MAY_LEAVE: "Everywhere but at the console of `--console`, which ends with the server.",
}


# --- commands ---------------------------------------------------------------------------------------------------------


def commands_page() -> str:
    """Return the page of all commands, by theme."""
    parts = [
        "# Commands\n",
        "A line that begins with `/` is a command; any other line is said in the room you are in.",
        "`//x` says `/x`, and `exit` or `quit` alone on a line leaves.",
        "The words of every language are understood always, whichever language you read.",
        "In a usage line, `NAME` is what you fill in and `[…]` may be left out.",
        "`[#ROOM]` is a room other than the one you are in; it is written with its `#`.\n",
    ]
    for theme, title in THEMES.items():
        specs = [c.spec for c in commands.ALL if c.spec.theme == theme]
        parts += [f"## {title}\n", *(line for spec in specs for line in _command(spec))]
    return "\n".join(parts)


def _command(spec: Spec) -> Iterator[str]:
    yield f"### `/{spec.word}`\n"
    yield f"`{spec.usage()}`\n"
    yield spec.summary
    if spec.details:
        yield spec.details
    yield ""
    also = [f"`/{word}`" for word in spec.words["en"][1:]]
    if also:
        yield f"- Also: {', '.join(also)}"
    for lang, name in (("ko", "Korean"), ("th", "Thai")):
        words = ", ".join(f"`/{word}`" for word in spec.words[lang])
        yield f"- {name}: {words} — {_first(translated(spec.summary, lang))}"
    yield f"- Who may: {WHO[spec.rank]}"
    if spec.seats in WHERE:
        yield f"- Where: {WHERE[spec.seats]}"
    yield ""


def _first(text: str) -> str:
    return " ".join(text.split())


# --- settings ---------------------------------------------------------------------------------------------------------


def settings_page() -> str:
    """Return the page of all settings of `twistd chat`."""
    first, *_, last = (name.replace("_", "-") for name, _, _ in explained())
    parts = [
        "# Settings\n",
        "Each is an option of `twistd -n chat`, and may also be given in the environment or in a file `.env` in the",
        "folder where the server is started, by the name in the second column.",
        "The command line wins, then the environment, then `.env`; a limit of 0 is none.",
        "[How a value is written](values.md), and what may stand in `.env`, is a page of its own.",
        f"`/settings` shows an administrator those from `--{first}` to `--{last}`, and where each value comes from.\n",
        "| option | environment | default | what it is |",
        "| --- | --- | --- | --- |",
    ]
    port = _row(str(Options.opt_port.__doc__))
    parts.append(f"| `--port` | `CHAT_PORT` | 5005 | {port} In the environment, several are parted by spaces. |")
    for name, _, default, told in cast("list[tuple[str, None, object, str]]", Options.optParameters):
        parts.append(f"| `--{name}` | `{_environment(name)}` | {_default(default)} | {_row(told)} |")
    for name, _, told in cast("list[tuple[str, None, str]]", Options.optFlags):
        parts.append(f"| `--{name}` | `{_environment(name)}=1` | off | {_row(told)} |")
    parts += [
        "",
        "In your own program the same settings are the fields of `chatproto.Settings`, by their names in Python:\n",
        "```python",
        "from chatproto import Settings",
        "",
        "Settings(",
        *(f"    {name}={json.dumps(default)},  # {told}" for name, default, told in explained()),
        ")",
        "```",
        "",
        "[What goes over the wire](wire.md#limits) tells what happens past each limit,",
        "and [the design](../explanation/design.md#limits) why it is what it is.",
        "",
        "## Exit statuses\n",
        "Of `twistd chat`, with `-n` and without, `twist chat`, `python -m chatproto`, and of the clients, the window",
        "and the operator's console; what went wrong is one line at the terminal.",
        "[`send`, `tail` and `ask`](../howto/scripts-and-cron.md) have some more.\n",
        "| status | meaning |",
        "| --- | --- |",
        *(f"| {status.value} | {status.told} |" for status in Exit),
        "",
    ]
    return "\n".join(parts)


def _environment(option: str) -> str:
    return "CHAT_" + option.upper().replace("-", "_")


def _default(value: object) -> str:
    return "–" if value == "" else f"{value:g}" if isinstance(value, float) else str(value)


def _row(text: str) -> str:
    text = " ".join(text.split()).replace("|", "\\|")
    return text[0].upper() + text[1:]


# --- reasons ----------------------------------------------------------------------------------------------------------


def reasons_page() -> str:
    """Return the page of all reason words, each with the sentences that may stand beside it."""
    sentences = refusals()
    parts = [
        "# Reason words\n",
        "A refusal carries a word for programs and a sentence for people.",
        "The word never changes; the sentence is in the reader's language, says what to do instead, and may change.",
        "A program finds the word in the header `reason` of a MESSAGE `event:refused`, or in `message` of an ERROR;",
        "a person sees the sentence after `! `.\n",
    ]
    for reason in Reason:
        parts.append(f"## `{reason.value}`\n")
        parts += [line for text in sentences.get(reason, []) for line in _in_all_languages(text)]
        if reason not in sentences:
            parts.append("Nothing here is refused with this word yet; a program should know it all the same.")
        parts.append("")
    return "\n".join(parts)


def _in_all_languages(text: str) -> Iterator[str]:
    yield f"- {_place(text)}"
    for lang in LANGUAGES[1:]:
        if (there := translated(text, lang)) != text:
            yield f"  - {lang}: {_place(there)}"


def _place(text: str) -> str:
    """Return a template with its places as one reads them, `{name:이/가}` as `{name}이/가`."""
    text = re.sub(r"\{(\w+):([^}<]+)\}", r"{\1}\2", text)
    return text.replace("<", "\\<")


def refusals() -> dict[Reason, list[str]]:
    """Return the English sentences that go with each reason, as they stand in the code, in its order."""
    found: dict[Reason, list[str]] = {}
    for path in (p for room in ROOMS for p in sorted((CODE / room).rglob("*.py"))):
        for reason, text in _refusals_of(ast.parse(path.read_text("utf-8"))):
            if text not in found.setdefault(reason, []):
                found[reason].append(text)
    journal = "".join(path.read_text("utf-8") for path in (CODE / "journal").glob("*.py"))
    hub = ast.parse((CODE / "hub" / "__init__.py").read_text("utf-8"))
    for reason in (r for r in Reason if f"Reason.{r.name}" in journal):  # the hub says no for it, in one sentence
        found.setdefault(reason, []).extend(_for_any_reason(hub))
    return found


def _refusals_of(tree: ast.Module) -> Iterator[tuple[Reason, str]]:
    named = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = ast.unparse(node.func).rpartition(".")[2]
        reason, rest = (Reason.BAD_FRAME, node.args) if called == "Fatal" else (_reason(node.args[0]), node.args[1:])
        text = _words(rest[0], named) if reason and rest else ""
        if reason and text:
            yield reason, text


def _for_any_reason(tree: ast.Module) -> list[str]:
    """Return the sentences of refusals whose reason is given to the code that refuses: `Refusal(reason, "…")`."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Refusal"]
    return [_words(call.args[1], {}) for call in calls if isinstance(call.args[0], ast.Name)]


def _reason(node: ast.expr) -> Reason | None:
    """Return the reason that stands here, as `Reason.BUSY`, or as its word to those who may not know the enum."""
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Reason":
        return Reason[node.attr]
    if isinstance(node, ast.Constant) and node.value in set(Reason):
        return Reason(node.value)
    return None


def _words(node: ast.expr, named: dict[str, ast.expr]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Name) and node.id in named:
        return _words(named.pop(node.id), named)
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "say":
        return _words(node.args[0], named)
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part, named) if isinstance(part, ast.Constant) else _blank(part) for part in node.values)
    return ""


def _blank(part: ast.expr) -> str:
    assert isinstance(part, ast.FormattedValue)
    return "{" + ast.unparse(part.value).rpartition(".")[2].lstrip("_").lower() + "}"


# --- events -----------------------------------------------------------------------------------------------------------


def events_page() -> str:
    """Return the page of all events, for a program that embeds a chat and for the authors of clients."""
    parts = [
        "# Events\n",
        "An event is a fact: a frozen dataclass of `chatproto.core.events`.",
        "`ChatFactory.on(Said, heard)` calls `heard(event, entry)` for each event of a class, or of its subclasses,",
        "after it was told; [Embed a chat](../howto/embed.md) shows it.",
        "`entry.delivery` says to whom it went (`to`: a room, a member's id, or nothing), when (`at`) and whose doing",
        "it is (`by`, a member's id); `entry.seq` and `entry.prev` are its numbers if a room's journal keeps it.\n",
        "*On the wire* is the word in the header `event` of a MESSAGE; events without one go over no wire.\n",
    ]
    for title, classes in _events():
        parts += [f"## {title}\n", *(line for cls in classes for line in _event(cls))]
    return "\n".join(parts)


def _events() -> Iterator[tuple[str, list[type[Event]]]]:
    """Return the classes of each module, in their order there, under what its docstring says."""
    for module in (talk, rooms, personal, moves, wishes, noted):
        found = [cls for cls in vars(module).values() if isinstance(cls, type) and cls.__module__ == module.__name__]
        shown = [cls for cls in found if issubclass(cls, Event) and wishes.Wish not in cls.__bases__]
        yield str(module.__doc__).rstrip("."), shown


def _event(cls: type[Event]) -> Iterator[str]:
    given = ", ".join(f"{f.name}: {f.type}" for f in fields(cls))
    yield f"### `{cls.__name__}({given})`\n"
    yield inspect.cleandoc(cls.__doc__ or "") + "\n"
    bases = [base.__name__ for base in cls.__bases__ if base is not Event]
    yield from (f"- A kind of `{name}`" for name in bases)
    if cls.kind:
        kept = "; kept, with `seq` and `prev`, when it goes to a room" if cls.kept else ""
        yield f"- On the wire: `{cls.kind}`{kept}"
    if cls.sentence:
        yield f"- In words: {cls.sentence}"
    if bases or cls.kind or cls.sentence:
        yield ""


# --- all of them ------------------------------------------------------------------------------------------------------

PAGES: dict[str, Callable[[], str]] = {
    "reference/commands.md": commands_page,
    "reference/settings.md": settings_page,
    "reference/reasons.md": reasons_page,
    "reference/events.md": events_page,
}


def page(name: str) -> str:
    """Return a page as it should stand in its file."""
    return MADE + PAGES[name]().rstrip("\n") + "\n"


def stale() -> list[str]:
    """Return the names of the pages that are not as they should be."""
    return [name for name in PAGES if not (DOCS / name).exists() or (DOCS / name).read_text("utf-8") != page(name)]


def main(argv: list[str] | None = None) -> int:
    """Write the pages, or name those that are stale and return 1 if any is."""
    parser = argparse.ArgumentParser(prog="python docs/generate.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, only name the pages that are stale")
    if parser.parse_args(argv).check:
        found = stale()
        sys.stderr.writelines(f"docs/{name} is not fresh: run `python docs/generate.py`.\n" for name in found)
        return 1 if found else 0
    for name in PAGES:
        (DOCS / name).write_text(page(name), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
