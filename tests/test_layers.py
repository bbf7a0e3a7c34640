"""The table of the architecture as a test: who may import whom. Imports under TYPE_CHECKING count too."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in sorted((ROOT / "chatproto").rglob("*.py"))
}
STDLIB = sys.stdlib_module_names
# Clocks, chance, files, the outside: a rule that needs one is not a rule.
EFFECTS = frozenset(
    """
    _thread asyncio concurrent ctypes fileinput getpass glob http importlib io locale logging mmap
    multiprocessing os pathlib platform pty queue random sched secrets select selectors shelve shutil signal
    socket socketserver sqlite3 ssl subprocess sys tempfile threading time urllib uuid zoneinfo
    """.split()
)
TWISTED = {"twisted", "zope.interface"}  # `implementer` is half of Twisted's interfaces
TWISTED_THREADS = {
    "twisted.internet.defer",
    "twisted.internet.interfaces",
    "twisted.internet.threads",
    "twisted.logger",
    "twisted.python.failure",
    "twisted.python.threadpool",
}
VERSION = "chatproto.__version__"
CLOCK = "chatproto.clock"
CORE, JOURNAL, WIRE, WORDS = "chatproto.core", "chatproto.journal", "chatproto.wire", "chatproto.words"
CONFIGURATION = "chatproto.configuration"
# What doors have in common; none of them is a way in.
SHARED_BY_DOORS = {
    f"chatproto.doors.{room}" for room in ("connection", "drawn", "framed", "headers", "keys", "terminal", "transport")
}

# Each room, with all that it may import besides itself. A new room needs a line here.
TABLE: dict[str, set[str] | frozenset[str]] = {
    CORE: STDLIB - EFFECTS,
    WORDS: STDLIB | {"wcwidth", "babel", CORE},  # Babel where catalogues are made, `python -m chatproto.words`
    WIRE: STDLIB,
    CLOCK: {"__future__", "collections", "functools", "time", "typing", "twisted.internet.interfaces"},
    JOURNAL: STDLIB | TWISTED_THREADS | {CORE, CLOCK},
    "chatproto.hub": STDLIB | TWISTED | {CORE, JOURNAL, WORDS, CLOCK},
    "chatproto.doors": STDLIB
    | TWISTED
    | {"wsproto", CORE, WIRE, WORDS, CLOCK, "chatproto.hub", VERSION, *SHARED_BY_DOORS},
    CONFIGURATION: STDLIB | {"dotenv", CORE, WORDS},
    "chatproto.client": STDLIB | TWISTED | {"wcwidth", CORE, CONFIGURATION, WIRE, WORDS, CLOCK, VERSION},
    "chatproto.client.screen": STDLIB | TWISTED | {"prompt_toolkit", CORE, WORDS, CLOCK, "chatproto.client"},
    "chatproto.gui": STDLIB | TWISTED | {CORE, CONFIGURATION, WORDS, CLOCK, "chatproto.client"},
}
EVERYTHING = {
    f"chatproto.{room}"
    for room in """
    activity admin archive certificates descriptors factory listening obstacles operators_terminal options passwords
    pidfile reaching rehearsal service starting state_folder testing __main__
    """.split()
}
REACTOR = "twisted.internet.reactor"
STARTS = {
    "chatproto.starting",
    "chatproto.admin",
    "chatproto.__main__",
    "chatproto.client.__main__",
    "chatproto.gui.__main__",
}


def within(name: str, prefixes: set[str] | frozenset[str]) -> bool:
    """Say whether `name` is one of the prefixes, or lies inside one."""
    parts = name.split(".")
    return any(".".join(parts[:end]) in prefixes for end in range(1, len(parts) + 1))


def imports(node: ast.AST, package: list[str], *, at_once: bool = True) -> Iterator[tuple[str, int, bool]]:
    """Yield every name imported below `node`, its line, and whether that happens with the module itself."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, child.lineno, at_once) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            above = package[: len(package) + 1 - child.level] if child.level else []
            source = [*above, *filter(None, [child.module])]
            yield from ((".".join([*source, alias.name]), child.lineno, at_once) for alias in child.names)
        else:
            later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from imports(child, package, at_once=at_once and not later)


def broken(module: str, source: str) -> list[str]:
    """List what `module` imports and may not."""
    parts = module.removesuffix(".__init__").split(".")
    package = module.split(".")[:-1]
    room = next(room for end in (3, 2) if (room := ".".join(parts[:end])) in TABLE or end == 2)
    own = ".".join(parts[:3]) if room == "chatproto.doors" else room  # one door knows no other
    found = list(imports(ast.parse(source), package))
    wrong = [(name, line) for name, line, at_once in found if name == REACTOR and at_once and module not in STARTS]
    wrong += [(name, line) for name, line, at_once in found if name == REACTOR and room == "chatproto.hub"]
    if room != "chatproto" and room not in EVERYTHING:
        wrong += [(name, line) for name, line, _ in found if not within(name, TABLE[room] | {own})]
    return [f"{module}:{line} imports {name}" for name, line in sorted(set(wrong))]


def looked_up(module: str, source: str) -> list[str]:
    """List where `module` lets getattr take a name which the program does not spell out."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [
        f"{module}:{call.lineno} getattr of {ast.unparse(call.args[1])}"
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "getattr" and len(call.args) > 1
        if not isinstance(call.args[1], ast.Constant)
    ]


def test_each_room_imports_only_what_the_table_gives_it() -> None:
    homeless = {".".join(module.split(".")[:2]) for module in MODULES} - TABLE.keys() - EVERYTHING
    assert homeless <= {"chatproto.__init__"}, "no line in the table"

    assert [line for module, path in MODULES.items() for line in broken(module, path.read_text("utf-8"))] == []


def test_getattr_from_the_wire_is_nowhere() -> None:
    near_the_wire = {CORE, WIRE, "chatproto.doors", "chatproto.hub"}
    near = {module: path for module, path in MODULES.items() if within(module, near_the_wire)}

    assert [line for module, path in near.items() for line in looked_up(module, path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("module", "source", "allowed"),
    [
        ("chatproto.core.chat", "from chatproto.core.events import Refusal", True),
        ("chatproto.core.chat", "from . import events", True),
        ("chatproto.core.chat", "import time", False),
        ("chatproto.core.chat", "from ..wire import lines", False),
        ("chatproto.core.chat", "if TYPE_CHECKING:\n    from chatproto.hub import Hub", False),
        ("chatproto.core.chat", "def later():\n    from os import path", False),
        ("chatproto.core.__init__", "from .. import hub", False),
        ("chatproto.wire.stomp", "from chatproto.core import text", False),
        ("chatproto.journal.sqlite", "from twisted.internet import defer, threads", True),
        ("chatproto.journal.sqlite", "from twisted.internet import task", False),
        ("chatproto.hub", "from chatproto.doors.line import ChatFactory", False),
        ("chatproto.hub", "def later():\n    from twisted.internet import reactor", False),
        ("chatproto.doors.line", "from chatproto.doors.stomp import Door", False),
        ("chatproto.doors.line", "from .line import Door", True),
        ("chatproto.doors.line", "import twistedness", False),
        ("chatproto.doors.line", "from twisted.internet import reactor", False),
        ("chatproto.doors.line", "def later():\n    from twisted.internet import reactor", True),
        ("chatproto.client.__main__", "from twisted.internet import reactor", True),
        ("chatproto.client.screen", "from chatproto import testing", False),
        ("chatproto.client.screen.front", "from prompt_toolkit import Application", True),
        ("chatproto.client.talk", "from prompt_toolkit import Application", False),
        ("chatproto.testing", "from twisted.internet import reactor", False),
        ("chatproto.service", "from chatproto.doors import line", True),
    ],
)
def test_the_table_is_read_as_it_is_meant(module: str, source: str, allowed: bool) -> None:
    assert (broken(module, source) == []) is allowed


def test_only_a_name_that_is_spelled_out_is_looked_up() -> None:
    assert looked_up("chatproto.doors.line", "getattr(self, 'name', None)") == []
    assert looked_up("chatproto.doors.line", "getattr(self, 'do_' + verb)") != []
