"""One line to many people, ours beside InspIRCd and ngIRCd: `python -m benchmarks.fanout --scenario A,C --reps 3`.

The whole server is driven: a real `twistd chat`, everybody logged in with a name, sentences drawn, limits in force. The
others are taken where they are installed. In each round each server is started fresh, one right after the other; what
counts are the seconds of the processor that a server takes for a million deliveries, and the ratio to InspIRCd's in the
same round: a machine that does other things makes all of them dearer. `--all --out FILE` is what the docs' figures are
made of; `python -m benchmarks.plot FILE` makes them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from benchmarks import curve
from benchmarks.peers import OTHERS, OURS, program
from benchmarks.results import Record, kept, now, record, report
from benchmarks.scenarios import SCENARIOS, run


def chosen(text: str, known: Sequence[str]) -> list[str]:
    """Return the names of a list with commas, if they are known."""
    names = [name for name in text.split(",") if name]
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"not known: {', '.join(unknown)}; there are {', '.join(known)}")
    return names


def here(others: Sequence[str]) -> list[str]:
    """Return those that are installed, and say which are not."""
    for name in others:
        if not program(name):
            print(f"{name} is not installed here, and left out", file=sys.stderr)
    return [name for name in others if program(name)]


def measured(
    names: Sequence[str], journals: Sequence[str], others: Sequence[str], reps: int, seconds: float
) -> Iterator[Record]:
    """Yield a record of each run."""
    for name in names:
        scenario = SCENARIOS[name]
        for _ in range(reps):
            began = now()
            for peer in scenario.peers(journals, others):
                yield record(partial(run, peer, scenario, seconds), scenario=name, server=peer.name, round=began)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default="A,C,D", help=f"some of {','.join(SCENARIOS)}")
    parser.add_argument("--all", action="store_true", help="every scenario, and the curve")
    parser.add_argument("--journal", default=",".join(OURS), help=f"of ours: {','.join(OURS)}")
    parser.add_argument("--peers", default=",".join(OTHERS), help=f"others: {','.join(OTHERS)}, or none at all")
    curve.add_options(parser)
    return parser


def main() -> None:
    given = arguments().parse_args()
    names = list(SCENARIOS) if given.all else chosen(given.scenario, list(SCENARIOS))
    journals, others = chosen(given.journal, list(OURS)), here(chosen(given.peers, list(OTHERS)))
    runs = measured(names, journals, others, given.reps, given.seconds)
    curves = curve.measured(given) if given.all else ()
    print(*report(kept(chain(runs, curves), given.out)), sep="\n")


if __name__ == "__main__":
    main()
