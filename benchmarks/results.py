"""What was measured, as JSON lines, and the tables that are made of it."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.crowd import Failed
from benchmarks.scenarios import SCENARIOS, Figures

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
CURVES = {  # their title, and what grows
    "people": ("A, while others are on the server, ten to a room: CPU s/million", "others on the server"),
    "history": ("A, while so many messages are kept, in a hundred rooms: CPU s/million", "kept messages"),
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
        return f"{self.middle:{form}} {'≤' if self.middle <= self.allowed else '>'} {self.allowed:,g}"


def now() -> int:
    """Return what a round is known by: when it began."""
    return round(time.time())


def record(work: Callable[[], Figures], **what: str | float) -> Record:
    """Do something that is measured; return what it was, and its figures or why there are none."""
    what["load"] = round(os.getloadavg()[0], 2)
    try:
        return what | {key: float(f"{value:.5g}") for key, value in work().items()}
    except (Failed, OSError, SystemExit) as e:
        return what | {"failed": str(e)}


def kept(records: Iterable[Record], file: Path | None) -> list[Record]:
    """Return the records, and write each as soon as it is there: to the file, and for who looks on."""
    done = []
    for one in records:
        line = json.dumps(one)
        print(line, file=sys.stderr, flush=True)
        if file:
            with file.open("a") as out:
                out.write(line + "\n")
        done.append(one)
    return done


def read(file: Path) -> list[Record]:
    """Return the records of a file."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def with_ratios(records: Iterable[Record]) -> list[Record]:
    """Return the records that have not failed; a cost has its ratio to the one beside it in the same round."""
    runs = [r for r in records if "failed" not in r]
    costs = {(r["scenario"], r["server"], r.get("at"), r["round"]): r["cost"] for r in runs if "cost" in r}
    least = {name: min((r["at"] for r in runs if r["scenario"] == name), default=0) for name in CURVES}
    done = []
    for r in runs:
        curve = r["scenario"] in CURVES
        beside = (r["server"], least[r["scenario"]]) if curve else (SCENARIOS[r["scenario"]].beside(r["server"]), None)
        cost = costs.get((r["scenario"], *beside, r["round"]))
        done.append({**r, "ratio": r["cost"] / cost} if cost else r)
    return done


def figures(runs: Sequence[Record], allowed: Mapping[str, float]) -> dict[str, Figure]:
    """Return the figures of some rounds of the same."""
    values = {key: [r[key] for r in runs if key in r] for key in COLUMNS}
    return {k: Figure(statistics.median(v), min(v), max(v), allowed.get(k)) for k, v in values.items() if v}


def servers(records: Iterable[Record], name: str) -> dict[str, dict[str, Figure]]:
    """Return the figures of each server in a scenario."""
    runs = [r for r in with_ratios(records) if r["scenario"] == name]
    most = SCENARIOS[name].most
    return {
        s: figures([r for r in runs if r["server"] == s], most(s)) for s in dict.fromkeys(r["server"] for r in runs)
    }


def curves(records: Iterable[Record], name: str) -> dict[str, dict[int, dict[str, Figure]]]:
    """Return the figures of each server at each size."""
    runs = [r for r in with_ratios(records) if r["scenario"] == name]
    sizes = sorted({r["at"] for r in runs})
    return {
        server: {at: figures([r for r in runs if (r["server"], r["at"]) == (server, at)], {}) for at in sizes}
        for server in dict.fromkeys(r["server"] for r in runs)
    }


def rows(records: Iterable[Record], name: str) -> list[list[str]]:
    """Return a scenario's table: the heads, and a row for each server; of the cost, the least and the most as well."""
    found = servers(records, name)
    keys = [key for key in COLUMNS if any(key in one for one in found.values())]
    table = [["", *(COLUMNS[key][0] for key in keys)]]
    for server, one in found.items():
        table.append([server, *(one[key].told(COLUMNS[key][1]) if key in one else "–" for key in keys)])
        if "cost" in one:
            table[-1][1] += f" ({one['cost'].least:.2f}–{one['cost'].most:.2f})"
    return table


def curve_rows(records: Iterable[Record], name: str) -> list[list[str]]:
    """Return a curve's table: a row for each size, with the cost at each server, and its ratio to the first."""
    found = curves(records, name)
    table = [[CURVES[name][1], *found]]
    for at in sorted({at for sizes in found.values() for at in sizes}):
        costs = [sizes[at] for sizes in found.values()]
        told = [f"{c['cost'].middle:.2f} (× {c['ratio'].middle:.2f})" if c else "–" for c in costs]
        table.append([f"{at:,}", *told])
    return table


def aligned(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table for a terminal."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for first, *rest in table:
        yield "  ".join([f"  {first:<{widths[0]}}", *(f"{c:>{w}}" for c, w in zip(rest, widths[1:], strict=True))])


def tables(records: Sequence[Record]) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield every table that there are records for, and what it is of."""
    for name in dict.fromkeys(r["scenario"] for r in records):
        curve = name in CURVES
        told = CURVES[name][0] if curve else f"{name}: {SCENARIOS[name].told}"
        yield told, curve_rows(records, name) if curve else rows(records, name)


def report(records: Sequence[Record]) -> Iterator[str]:
    """Yield the lines that are printed in the end."""
    for told, table in tables(records):
        yield told
        yield from aligned(table)
        yield ""
    for r in records:
        if "failed" in r:
            yield f"FAILED: {r['scenario']}, {r['server']}: {r['failed']}"
