"""One line to many people, ours beside InspIRCd and ngIRCd: `python -m benchmarks.fanout --scenario A,C --reps 3`.

The whole server is driven: a real `twistd chat`, everybody logged in with a name, sentences drawn, limits in force. The
others are taken where they are installed. In each round each server is started fresh, one right after the other; what
counts are the seconds of the processor that a server takes for a million deliveries, and the ratio to InspIRCd's in the
same round: a machine that does other things makes all of them dearer. `--all --out FILE` is what the docs' figures are
made of; `python -m benchmarks.plot FILE` makes them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.crowd import Failed
from benchmarks.peers import OTHERS, OURS, Peer, program
from benchmarks.results import Record, report
from benchmarks.scenarios import SCENARIOS, run


def chosen(text: str, known: Sequence[str]) -> list[str]:
    """Return the names of a list with commas, if they are known."""
    names = [name for name in text.split(",") if name]
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"not known: {', '.join(unknown)}; there are {', '.join(known)}")
    return names


def measured(names: Sequence[str], others: Sequence[str], given: argparse.Namespace) -> Iterator[Record]:
    """Run everything, and yield a record of each run."""
    journals = chosen(given.journal, list(OURS))
    for name in names:
        for number in range(given.reps):
            for peer in SCENARIOS[name].peers(journals, others):
                yield {
                    "scenario": name,
                    "server": peer.name,
                    "round": number,
                    "time": round(time.time()),
                    "load": os.getloadavg()[0],
                    **outcome(peer, name, given.seconds),
                }


def outcome(peer: Peer, name: str, seconds: float) -> Record:
    """Return the figures of one run, or why there are none."""
    try:
        return {key: round(value, 4) for key, value in run(peer, SCENARIOS[name], seconds).items()}
    except (Failed, OSError) as e:
        return {"failed": str(e)}


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default="A,C,D", help=f"some of {','.join(SCENARIOS)}")
    parser.add_argument("--all", action="store_true", help="every scenario, and the curve")
    parser.add_argument("--reps", type=int, default=3, help="rounds of each scenario")
    parser.add_argument("--seconds", type=float, default=1.5, help="of talk in each run")
    parser.add_argument("--journal", default=",".join(OURS), help=f"of ours: {','.join(OURS)}")
    parser.add_argument("--peers", default=",".join(OTHERS), help=f"others: {','.join(OTHERS)}, or none at all")
    parser.add_argument("--out", type=Path, help="add a line of JSON for each run to this file")
    return parser


def main() -> None:
    given = arguments().parse_args()
    names = list(SCENARIOS) if given.all else chosen(given.scenario, list(SCENARIOS))
    others = chosen(given.peers, list(OTHERS))
    for missing in [name for name in others if not program(name)]:
        print(f"{missing} is not installed here, and left out", file=sys.stderr)
        others.remove(missing)
    records = []
    for record in measured(names, others, given):
        records.append(record)
        line = json.dumps(record)
        print(line, file=sys.stderr, flush=True)
        if given.out:
            with given.out.open("a") as out:
                out.write(line + "\n")
    print(*report(records), sep="\n")


if __name__ == "__main__":
    main()
