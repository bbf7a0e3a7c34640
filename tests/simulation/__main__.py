"""`python -m tests.simulation --seed N --steps M`: play one story again, and print it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.storm import Storm
from tests.simulation.story import STEPS, story
from tests.simulation.truth import Broken

CIRCUMSTANCES = ("seed", "keep", "linger", "rate", "most", "quick", "killed")


def main() -> int:
    """Play what was asked for; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--killed", action="store_true", help="kill the server now and then")
    parser.add_argument("--quiet", action="store_true", help="print only how it ends")
    asked = parser.parse_args()
    played = story(asked.seed, asked.steps, killed=asked.killed)
    circumstances = {field: getattr(played, field) for field in CIRCUMSTANCES}
    say = sys.stdout.write
    say(f"{circumstances}\n")
    try:
        with TemporaryDirectory() as folder:
            tell = (lambda _: None) if asked.quiet else lambda line: say(f"{line}\n")
            digest = Storm(played, Path(folder), tell).play()
    except Broken as broken:
        say(f"BROKEN {broken}\n")
        return 1
    say(f"All is well. {digest}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
