"""What all tests share: how hypothesis searches, and what to do about a program that is not there."""

import os
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import settings

REQUIRE_ALL = os.environ.get("CHATPROTO_REQUIRE_ALL") == "1"

# No deadline: a slow machine is not a wrong program. Where everything has to pass, it has to pass every time;
# on a contributor's machine new examples are sought with each run.
settings.register_profile("search", deadline=None, max_examples=60)
settings.register_profile("repeat", settings.get_profile("search"), derandomize=True, database=None)
settings.load_profile("repeat" if REQUIRE_ALL or "CI" in os.environ else "search")

# What a shell starts in the background ignores Ctrl+C, and so would every server that a test starts and ends by it.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):  # and what `nohup` starts ignores the end of its terminal
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def require(what: object, name: str | None = None) -> str:
    """Go on only with `what`: a program, by its name, or something true. A program's path is handed back.

    Without it the test is skipped, as suits a contributor's machine; with CHATPROTO_REQUIRE_ALL=1 it fails.
    """
    found = shutil.which(what) if isinstance(what, str) else what
    if found:
        return str(found)
    missing = f"needs {name or what}, which is not here"
    if REQUIRE_ALL:
        pytest.fail(f"{missing}, and CHATPROTO_REQUIRE_ALL=1", pytrace=False)
    pytest.skip(missing, allow_module_level=True)


HERE = Path(__file__).parent
FAST = frozenset({"core", "wire", "hub", "test_layers.py"})  # what is asked for by `-m fast`: rules, without a machine


def _is_fast(path: Path) -> bool:
    parts = path.relative_to(HERE).parts
    return not parts or parts[0] in FAST


def pytest_configure(config: pytest.Config) -> None:
    """Search less where an answer is wanted in seconds."""
    if config.option.markexpr == "fast":
        settings.register_profile("fast", settings(), max_examples=10)
        settings.load_profile("fast")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even read the other tests where only the fast ones are wanted: that alone takes ten seconds."""
    only_fast = config.option.markexpr == "fast"
    return True if only_fast and HERE in collection_path.parents and not _is_fast(collection_path) else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the fast tests, before any are chosen by their marks."""
    if _is_fast(item.path):
        item.add_marker("fast")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try the page last: playwright keeps an event loop running from its first test on, and others want theirs."""
    items.sort(key=lambda item: "page" in item.path.parts)
