"""The short form of `python -m benchmarks.fanout`: the crowd counts right, and the tables say what was measured."""

from collections.abc import Iterator

import pytest

from benchmarks import results, scenarios
from benchmarks.crowd import Crowd, Failed, Talk, text
from benchmarks.peers import OURS, OURS_BY_STOMP, Peer
from benchmarks.results import Record
from benchmarks.scenarios import Figures, Hall, Scenario, Seats

INSPIRCD, MEMORY, DISK = "InspIRCd", OURS["memory"].name, OURS["disk"].name


def cost(server: str, number: int, seconds: float) -> Record:
    return {"scenario": "A", "server": server, "round": number, "cost": seconds}


class Echo(Crowd):
    """A crowd in which everybody hears what is said so many times."""

    def __init__(self, times: int) -> None:
        self.times, self.under_way = times, 0

    def send(self, who: int, data: bytes) -> None:
        self.under_way += self.times

    def heard(self, seconds: float) -> Iterator[tuple[int, int]]:
        yield 1, self.under_way
        self.under_way = 0


@pytest.mark.parametrize(("peer", "copies"), [(OURS["memory"], 2), (OURS_BY_STOMP["disk"], 3)])
def test_everybody_hears_everything_once_in_every_room(peer: Peer, copies: int) -> None:
    def say_eight_things(hall: Hall, seconds: float) -> Figures:
        for _ in range(8):
            hall.talk.say()
        hall.talk.finish()
        return {"heard": hall.talk.heard}

    small = Scenario("", Seats(listeners=4, speakers=2, rooms=2), say_eight_things, {}, {})

    assert scenarios.run(peer, small, 0.0) == {"heard": 8 * copies}


def test_a_message_is_as_long_as_it_is_said_to_be_and_is_counted_once() -> None:
    assert (len(text(12_345).encode()), text(12_345).count("`")) == (60, 1)


def test_what_is_heard_twice_fails_the_run() -> None:
    talk = Talk(Echo(3), OURS["memory"].dialect, [(1, "room")], listeners=2)
    talk.say()

    with pytest.raises(Failed, match="2 copies should have been heard, 3 were"):
        talk.finish()


def test_a_ratio_is_taken_within_its_round() -> None:
    runs = [cost(INSPIRCD, 1, 1.0), cost(MEMORY, 1, 2.0), cost(MEMORY, 2, 6.0), cost(INSPIRCD, 2, 3.0)]

    assert [r["ratio"] for r in results.with_ratios(runs)] == [1.0, 2.0, 2.0, 1.0]


def test_growth_is_told_against_the_smallest_in_the_same_round() -> None:
    runs = [
        {"scenario": "people", "server": MEMORY, "round": number, "at": at, "cost": seconds}
        for number, at, seconds in [(1, 10, 1.0), (1, 100, 1.5), (2, 10, 2.0), (2, 100, 3.0)]
    ]

    assert [r["ratio"] for r in results.with_ratios(runs)] == [1.0, 1.5, 1.0, 1.5]


def test_a_table_tells_medians_and_whether_they_are_what_they_must_be() -> None:
    runs = [cost(server, n, n * of) for n in (1, 2, 3) for server, of in ((MEMORY, 0.5), (DISK, 2.0), (INSPIRCD, 1.0))]

    assert results.rows(runs, "A") == [
        ["", "CPU s/million", "ratio"],
        [MEMORY, "1.00 (0.50–1.50)", "0.50 ≤ 1"],
        [DISK, "4.00 (2.00–6.00)", "2.00 > 1.8"],
        [INSPIRCD, "2.00 (1.00–3.00)", "1.00"],
    ]


def test_a_run_that_failed_is_told_and_counts_for_nothing() -> None:
    def fails() -> dict[str, float]:
        raise Failed("nobody has heard anything")

    failed = results.record(fails, scenario="A", server=MEMORY, round=1)
    lines = list(results.report([failed, cost(INSPIRCD, 1, 1.0)]))

    assert results.with_ratios([failed]) == []
    assert lines[-1] == f"FAILED: A, {MEMORY}: nobody has heard anything"


def test_more_connections_than_files_are_allowed_is_said_before_anything_is_started() -> None:
    with pytest.raises(Failed, match="connections need a file limit of"):
        scenarios.need_files(10**9)
