"""What is tested here is in the extra `tui`: without it nothing is collected, but where everything has to pass."""

from importlib.util import find_spec

from tests.conftest import REQUIRE_ALL

collect_ignore_glob = [] if REQUIRE_ALL or find_spec("prompt_toolkit") else ["test_*.py"]
