"""Draw what `fanout --all --out FILE` measured: `python -m benchmarks.plot FILE`.

It keeps the file as `benchmarks/measured.jsonl`, and makes of it the pictures `fanout.svg` and `growth.svg` in
`docs/pictures` and the tables in `docs/explanation/benchmarks.md`; without FILE, of what was kept the last time.
"""

from __future__ import annotations

import argparse
import math
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from benchmarks.load import ROOT
from benchmarks.results import CURVES, Figure, Record, curves, read, servers, tables
from benchmarks.scenarios import SCENARIOS

MEASURED = ROOT / "benchmarks" / "measured.jsonl"
PICTURES = ROOT / "docs" / "pictures"
PAGE = ROOT / "docs" / "explanation" / "benchmarks.md"
PLACE = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- until here -->)", re.DOTALL)

WIDE, MARGIN, LINE, SIZE = 900, 24, 19, 13  # pixels
LABELS, FIGURES, RATIO = 210, 150, 70  # room for the servers' names on the left, and for figures on the right
GAP = 2.0  # lines between scenarios, the heading among them
PANEL, HIGH = 380, 260  # one curve
INK, FAINT, GRID, GROUND = "#1f2328", "#656d76", "#d8dee4", "#ffffff"
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
COLOURS = {"chatproto": ("#0072b2", "#56b4e9"), "InspIRCd": ("#d55e00",), "ngIRCd": ("#8c6d00",)}  # told apart by all


def colour(server: str) -> str:
    """Return a server's colour; ours has a paler one on disk."""
    shades = next(shades for name, shades in COLOURS.items() if server.startswith(name))
    return shades["disk" in server and len(shades) > 1]


def text(x: float, y: float, what: str, *, fill: str = INK, anchor: str = "start", weight: str = "normal") -> str:
    """Return a piece of text."""
    place = f'x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}"'
    return f"<text {place}>{escape(what)}</text>"


def line(points: Sequence[tuple[float, float]], stroke: str, width: float = 1.0) -> str:
    """Return a line through some points."""
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{width}"/>'


def dot(x: float, y: float, fill: str) -> str:
    """Return a dot."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{fill}"/>'


def picture(title: str, high: float, parts: Iterator[str]) -> str:
    """Return a whole picture."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high:.0f}" role="img">',
            f"<title>{escape(title)}</title>",
            "<!-- Made by benchmarks/plot.py of what was measured. -->",
            f'<rect width="{WIDE}" height="{high:.0f}" rx="8" fill="{GROUND}"/>',
            f'<g font-family="{FONT}" font-size="{SIZE}">',
            text(MARGIN, MARGIN + SIZE, title, weight="bold"),
            *parts,
            "</g>",
            "</svg>",
            "",
        ]
    )


# --- what a delivery costs --------------------------------------------------------------------------------------------


def fanout(records: Sequence[Record]) -> str:
    """Return the picture of what a delivery costs at each server, scenario by scenario; the axis is logarithmic."""
    found = {n: {s: f for s, f in servers(records, n).items() if "cost" in f} for n in SCENARIOS}
    found = {name: of for name, of in found.items() if of}
    costs = [figures["cost"] for of in found.values() for figures in of.values()]
    low, high = math.log10(min(c.least for c in costs)) - 0.1, math.log10(max(c.most for c in costs)) + 0.1
    top = MARGIN + 2 * LINE
    bottom = top + sum(len(of) + GAP for of in found.values()) * LINE

    def x(cost: float) -> float:
        return MARGIN + LABELS + (math.log10(cost) - low) / (high - low) * (WIDE - 2 * MARGIN - LABELS - FIGURES)

    def parts() -> Iterator[str]:
        for tick in (m * 10.0**e for e in range(-3, 5) for m in (1, 2, 5)):
            if low <= math.log10(tick) <= high:
                yield line([(x(tick), top), (x(tick), bottom)], GRID)
                yield text(x(tick), bottom + LINE, f"{tick:g}", fill=FAINT, anchor="middle")
        y = float(top)
        for name, of in found.items():
            yield text(MARGIN, y + (GAP - 1) * LINE, f"{name}: {SCENARIOS[name].told}", weight="bold")
            for number, (server, figures) in enumerate(of.items()):
                yield from _row(server, figures, x, y + (number + GAP) * LINE)
            y += (len(of) + GAP) * LINE

    return picture(
        "Processor seconds for a million deliveries, and the ratio to InspIRCd's in the same round",
        bottom + 2 * LINE,
        parts(),
    )


def _row(server: str, figures: Mapping[str, Figure], x: Callable[[float], float], y: float) -> Iterator[str]:
    cost, ratio = figures["cost"], figures.get("ratio")
    yield text(MARGIN, y + 0.35 * SIZE, server, fill=FAINT)
    yield line([(x(cost.least), y), (x(cost.most), y)], colour(server), 3)
    yield dot(x(cost.middle), y, colour(server))
    yield text(WIDE - MARGIN - RATIO, y + 0.35 * SIZE, f"{cost.middle:.2f}", anchor="end")
    if ratio:
        yield text(WIDE - MARGIN, y + 0.35 * SIZE, f"× {ratio.middle:.2f}", anchor="end")


# --- whether it grows -------------------------------------------------------------------------------------------------


def growth(records: Sequence[Record]) -> str:
    """Return the picture of what a delivery costs as the server grows: two panels, with one scale."""
    found = {name: curves(records, name) for name in CURVES}
    most = max(f["cost"].most for of in found.values() for sizes in of.values() for f in sizes.values() if f)
    top = MARGIN + 2.5 * LINE

    def parts() -> Iterator[str]:
        for number, (name, of) in enumerate(found.items()):
            left = MARGIN + 30 + number * (WIDE - MARGIN) / 2
            yield from _panel(name, of, left, top, most)
        for number, server in enumerate(dict.fromkeys(server for of in found.values() for server in of)):
            x = MARGIN + 30 + number * LABELS
            yield dot(x + 5, top + HIGH + 3 * LINE - 4, colour(server))
            yield text(x + 16, top + HIGH + 3 * LINE, server)

    title = "Processor seconds for a million deliveries in one room of 108, as the rest of the server grows"
    return picture(title, top + HIGH + 4 * LINE, parts())


def _panel(
    name: str, of: Mapping[str, Mapping[int, Mapping[str, Figure]]], left: float, top: float, most: float
) -> Iterator[str]:
    sizes = sorted({at for sizes in of.values() for at in sizes})
    step = 10.0 ** math.floor(math.log10(most)) / 2

    def x(at: int) -> float:
        return left + 15 + sizes.index(at) * (PANEL - 30) / max(1, len(sizes) - 1)

    def y(cost: float) -> float:
        return top + HIGH * (1 - cost / most / 1.05)

    for tick in (n * step for n in range(int(most / step) + 1)):
        yield line([(left, y(tick)), (left + PANEL, y(tick))], GRID)
        yield text(left - 6, y(tick) + 0.35 * SIZE, f"{tick:g}", fill=FAINT, anchor="end")
    for at in sizes:
        yield text(x(at), top + HIGH + LINE, f"{at:,}", fill=FAINT, anchor="middle")
    yield text(left + PANEL, top - 6, CURVES[name][1], anchor="end")
    for server, sizes_of in of.items():
        there = [(at, figures["cost"]) for at, figures in sizes_of.items() if figures]
        yield line([(x(at), y(cost.middle)) for at, cost in there], colour(server), 2)
        for at, cost in there:
            yield line([(x(at), y(cost.least)), (x(at), y(cost.most))], colour(server), 2)
            yield dot(x(at), y(cost.middle), colour(server))


# --- the page ---------------------------------------------------------------------------------------------------------


def markdown(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table for a page."""
    for number, (first, *rest) in enumerate(table):
        yield f"| {' | '.join([first, *rest])} |"
        if not number:
            yield f"| --- |{' ---: |' * len(rest)}"


def page(text: str, records: Sequence[Record]) -> str:
    """Return a page whose tables are those of these records."""
    shown = [part for told, table in tables(records) for part in (f"**{told}**", "", *markdown(table), "")]
    loads = [r["load"] for r in records]
    shown.append(f"The machine's load average was between {min(loads):.1f} and {max(loads):.1f} meanwhile.")
    return PLACE.sub(lambda _: "\n".join(["", *shown, "", ""]), text)


def made(records: Sequence[Record]) -> dict[Path, str]:
    """Return the files that are made of these records."""
    pictures = {PICTURES / "fanout.svg": fanout(records), PICTURES / "growth.svg": growth(records)}
    return {**pictures, PAGE: page(PAGE.read_text("utf-8"), records)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=MEASURED)
    given = parser.parse_args()
    if given.file != MEASURED:
        shutil.copy(given.file, MEASURED)
    for file, content in made(read(MEASURED)).items():
        file.write_text(content, "utf-8")
        print(file.relative_to(ROOT))


if __name__ == "__main__":
    main()
