"""What `fanout` measures: a crowd is seated in a server's rooms, and something goes on there."""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crowd import Crowd, Failed, Talk
from benchmarks.load import Daemon
from benchmarks.peers import OTHERS, OURS, OURS_BY_STOMP, Peer

WARM = 0.5  # seconds before it counts
SPARE_FILES = 80  # besides the connections: of the server, and here
WINDOW = 64  # messages under way
PACE = 200  # messages a second
STORM = 5.0  # seconds in which everybody comes

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Seats:
    """How many listen and speak, in how many rooms; they are spread evenly."""

    listeners: int
    speakers: int
    rooms: int

    @property
    def people(self) -> int:
        """How many there are in all."""
        return self.listeners + self.speakers

    def room(self, number: int) -> str:
        """Return somebody's room; those who speak come last."""
        return f"room{(number if number < self.listeners else number - self.listeners) % self.rooms}"


class Hall:
    """A server, and the people in its rooms."""

    def __init__(self, peer: Peer, daemon: Daemon, seats: Seats) -> None:
        self.daemon, self.seats, self.dialect = daemon, seats, peer.dialect
        self.empty, used, began = daemon.memory, daemon.processor, time.perf_counter()
        self.crowd = Crowd(daemon.port, peer.at_once)
        steps = ((peer.dialect.login(f"f{n}"), peer.dialect.join(seats.room(n))) for n in range(seats.people))
        people = self.crowd.come(steps)
        self.seconds = time.perf_counter() - began
        self.crowd.settle()
        self.joining = daemon.processor - used
        speakers = [(people[n], seats.room(n)) for n in range(seats.listeners, seats.people)]
        hear = seats.people // seats.rooms - (not peer.dialect.hears_itself)
        self.talk = Talk(self.crowd, peer.dialect, speakers, hear)


def saturated(hall: Hall, seconds: float) -> Figures:
    """As much as goes, with so many messages under way."""
    hall.talk.keep(WINDOW, WARM)
    with _cost(hall) as figures:
        hall.talk.keep(WINDOW, seconds)
    hall.talk.finish()
    return figures


def paced(hall: Hall, seconds: float) -> Figures:
    """So many messages a second; each hearing is timed, from the moment it was said."""
    hall.talk.pace(PACE, WARM)
    with _cost(hall) as figures:
        took = hall.talk.pace(PACE, seconds)
    quantiles = statistics.quantiles(took, n=100)
    return figures | {"median": quantiles[49] * 1000, "p99": quantiles[98] * 1000}


def idle(hall: Hall, seconds: float) -> Figures:
    """Nothing goes on: what it takes to have people there."""
    hall.talk.hear(seconds)
    return {
        "bytes": (hall.daemon.memory - hall.empty) / hall.seats.people,
        "joined": hall.seconds,
        "joining": hall.joining,
    }


def storm(hall: Hall, seconds: float) -> Figures:  # noqa: ARG001 - a storm lasts as long as it does
    """As many more come into the room as are there already, one after the other; each waits for the reply."""
    numbers = range(hall.seats.people, 2 * hall.seats.people)
    people = hall.crowd.come((hall.dialect.login(f"f{n}"),) for n in numbers)
    hall.crowd.settle()
    used = hall.daemon.processor
    took = list(hall.crowd.ask_in_turn(people, hall.dialect.join(hall.seats.room(0)), STORM))
    hall.crowd.settle()
    return {
        "latest": max(took) * 1000,
        "median": statistics.median(took) * 1000,
        "each": (hall.daemon.processor - used) / len(people) * 1000,
    }


@contextmanager
def _cost(hall: Hall) -> Iterator[Figures]:
    figures: Figures = {}
    heard, used, own, began = hall.talk.heard, hall.daemon.processor, time.process_time(), time.perf_counter()
    yield figures
    took, heard = time.perf_counter() - began, hall.talk.heard - heard
    if not heard:
        raise Failed("nobody has heard anything")
    used = hall.daemon.processor - used
    figures["cost"] = used / heard * 1e6
    figures["rate"] = heard / took
    figures["busy"] = used / took
    figures["generator"] = (time.process_time() - own) / took


@dataclass(frozen=True, slots=True)
class Scenario:
    """What goes on, and what must be true of ours: the most by journal; `ratio` is to the cost of what is beside it."""

    told: str
    seats: Seats
    measure: Callable[[Hall, float], Figures]
    memory: Figures
    disk: Figures
    by_stomp: bool = False  # ours by STOMP beside ours by lines, instead of ours by lines beside the others

    def peers(self, journals: Sequence[str], others: Sequence[str]) -> list[Peer]:
        """Return who is run, one right after the other."""
        if self.by_stomp:
            return [peer for journal in journals for peer in (OURS[journal], OURS_BY_STOMP[journal])]
        return [*(OURS[journal] for journal in journals), *(OTHERS[name] for name in others)]

    def beside(self, server: str) -> str:
        """Return the name of the server whose cost a server's own is divided by."""
        return next((OURS[j].name for j, peer in OURS_BY_STOMP.items() if peer.name == server), OTHERS["inspircd"].name)

    def most(self, server: str) -> Figures:
        """Return what a server's figures may be at most: nobody asks that of the others."""
        ours = OURS_BY_STOMP if self.by_stomp else OURS
        return {ours["memory"].name: self.memory, ours["disk"].name: self.disk}.get(server, {})

    @property
    def connections(self) -> int:
        """How many connections there are in the end."""
        return self.seats.people * (1 + (self.measure is storm))


SCENARIOS = {
    "A": Scenario(
        "100 listeners and 8 speakers in one room, 64 messages under way",
        Seats(100, 8, 1),
        saturated,
        {"ratio": 1.0},
        {"ratio": 1.8},
    ),
    "B": Scenario(
        "1,000 listeners and 8 speakers in one room, 64 messages under way",
        Seats(1000, 8, 1),
        saturated,
        {"ratio": 0.5},
        {"ratio": 0.6},
    ),
    "C": Scenario(
        "500 rooms of 9 listeners and 1 speaker, 64 messages under way in all",
        Seats(4500, 500, 500),
        saturated,
        {"ratio": 1.4},
        {"ratio": 2.0},
    ),
    "D": Scenario(
        "100 listeners and 1 speaker in one room, 200 messages a second",
        Seats(100, 1, 1),
        paced,
        {"ratio": 1.8, "median": 1.0},
        {"ratio": 2.2, "median": 2.0},
    ),
    "E": Scenario(
        "10,000 people in 1,000 rooms, who say nothing",
        Seats(10_000, 0, 1000),
        idle,
        {"bytes": 5120, "joined": 15},
        {"bytes": 5120, "joined": 15},
    ),
    "A-stomp": Scenario(
        "A with STOMP on every connection, beside A with lines",
        Seats(100, 8, 1),
        saturated,
        {"ratio": 2.0},
        {"ratio": 2.0},
        by_stomp=True,
    ),
    "storm": Scenario(
        "1,000 join one room of 1,000 in 5 seconds",
        Seats(1000, 0, 1),
        storm,
        {"latest": 1000},
        {"latest": 1000},
    ),
}


def run(peer: Peer, scenario: Scenario, seconds: float) -> Figures:
    """Start a server, seat everybody, let the scenario go on there, and end it."""
    with tempfile.TemporaryDirectory() as folder, started(peer, Path(folder), scenario.connections) as daemon:
        hall = Hall(peer, daemon, scenario.seats)
        with closing(hall.crowd):
            return scenario.measure(hall, seconds)


@contextmanager
def started(peer: Peer, folder: Path, connections: int) -> Iterator[Daemon]:
    """Start a server and end it; it and the crowd have a core each, if there are two."""
    need_files(connections)
    cores = sorted(os.sched_getaffinity(0))
    with on_core(cores[0]):
        daemon = peer.start(folder)
    with daemon, on_core(cores[-1]):
        yield daemon


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Stay on one core; what is started meanwhile stays there as well."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def need_files(connections: int) -> None:
    """See to it that a process may have so many connections, and say so where it may not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = connections + SPARE_FILES
    if soft < need <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (need, hard))
    elif soft < need:
        raise Failed(f"{connections:,} connections need a file limit of {need:,}; it is {hard:,} here (ulimit -Hn)")
