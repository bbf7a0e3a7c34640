"""What was measured, as JSON lines, and the tables that are made of it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.scenarios import SCENARIOS

Record = dict[str, Any]  # one run: the scenario, the server, the round, and its figures or why it failed
COLUMNS = {
    "cost": ("CPU s/million", ".2f"),
    "ratio": ("ratio", ".2f"),
    "rate": ("a second", ",.0f"),
    "median": ("median ms", ".2f"),
    "p99": ("p99 ms", ".2f"),
    "bytes": ("bytes each", ",.0f"),
    "joined": ("joined in s", ".1f"),
    "joining": ("CPU s for it", ".1f"),
    "latest": ("latest ms", ".0f"),
    "each": ("CPU ms/join", ".2f"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of some rounds, the least and the most, and what it may be at most."""

    middle: float
    least: float
    most: float
    allowed: float | None = None

    def told(self, form: str) -> str:
        """Return it as it is printed."""
        if self.allowed is None:
            return f"{self.middle:{form}}"
        return f"{self.middle:{form}} {'≤' if self.middle <= self.allowed else '> !'} {self.allowed:,g}"


def read(file: Path) -> list[Record]:
    """Return the records of a file."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def servers(records: Iterable[Record], scenario: str) -> dict[str, dict[str, Figure]]:
    """Return the figures of each server in a scenario."""
    runs = [r for r in records if r.get("scenario") == scenario and "failed" not in r]
    names = dict.fromkeys(r["server"] for r in runs)
    return {name: dict(_figures([r for r in with_ratios(runs) if r["server"] == name], scenario)) for name in names}


def with_ratios(runs: Sequence[Record]) -> Iterator[Record]:
    """Yield the runs, each with the ratio of its cost to that of the server beside it in the same round."""
    costs = {(r["server"], r["round"]): r["cost"] for r in runs if "cost" in r}
    for r in runs:
        beside = costs.get((SCENARIOS[r["scenario"]].beside(r["server"]), r["round"]))
        yield {**r, "ratio": r["cost"] / beside} if beside else r


def _figures(runs: Sequence[Record], scenario: str) -> Iterator[tuple[str, Figure]]:
    allowed = SCENARIOS[scenario].most(runs[0]["server"])
    for key in COLUMNS:
        if values := [r[key] for r in runs if key in r]:
            yield key, Figure(statistics.median(values), min(values), max(values), allowed.get(key))


def rows(records: Sequence[Record], scenario: str) -> list[list[str]]:
    """Return a scenario's table: the heads, and a row for each server; of the cost, the least and the most as well."""
    found = servers(records, scenario)
    keys = [key for key in COLUMNS if any(key in figures for figures in found.values())]
    table = [["", *(COLUMNS[key][0] for key in keys)]]
    for name, figures in found.items():
        table.append([name, *(figures[key].told(COLUMNS[key][1]) if key in figures else "–" for key in keys)])
        if "cost" in figures:
            table[-1][1] += f" ({figures['cost'].least:.2f}–{figures['cost'].most:.2f})"
    return table


def aligned(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table for a terminal."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for first, *rest in table:
        yield "  ".join([f"  {first:<{widths[0]}}", *(f"{c:>{w}}" for c, w in zip(rest, widths[1:], strict=True))])


def report(records: Sequence[Record]) -> Iterator[str]:
    """Yield the lines that are printed in the end."""
    for name in dict.fromkeys(r["scenario"] for r in records if "scenario" in r):
        yield f"{name}: {SCENARIOS[name].told}"
        yield from aligned(rows(records, name))
        for r in records:
            if r.get("scenario") == name and "failed" in r:
                yield f"  {r['server']} failed in round {r['round']}: {r['failed']}"
        yield ""
