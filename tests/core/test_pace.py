from hypothesis import given
from hypothesis import strategies as st

from chatproto.core.pace import Pace


def test_a_burst_goes_through_and_the_next_waits() -> None:
    pace = Pace(5, 20, 0.0)
    assert [pace.wait(0.0) for _ in range(20)] == [0.0] * 20
    assert pace.wait(0.0) == 0.2


def test_who_waits_is_let_through_at_the_rate() -> None:
    pace = Pace(5, 1, 0.0)
    let_through = [tenth for tenth in range(100) if pace.wait(tenth / 10) == 0.0]
    assert let_through == list(range(0, 100, 2))


def test_a_rest_earns_no_more_than_the_burst() -> None:
    pace = Pace(5, 3, 0.0)
    assert sum(pace.wait(1000.0) == 0.0 for _ in range(10)) == 3


def test_a_rate_of_0_means_no_limit() -> None:
    pace = Pace(0, 1, 0.0)
    assert not any(pace.wait(0.0) for _ in range(100))


def test_a_burst_of_0_still_lets_one_through() -> None:
    assert Pace(5, 0, 0.0).wait(0.0) == 0.0


def test_a_clock_that_is_set_back_makes_nobody_wait_for_it() -> None:
    pace = Pace(5, 1, 10_000.0)
    pace.wait(10_000.0)
    assert pace.wait(0.0) <= 0.2


@given(st.floats(0.01, 1000), st.floats(0, 2e9), st.lists(st.floats(0, 10), max_size=30))
def test_who_waits_as_long_as_told_is_let_through(rate: float, start: float, pauses: list[float]) -> None:
    pace, now = Pace(rate, 1, start), start
    for pause in pauses:
        now += pause
        wait = pace.wait(now)
        if wait:
            now += wait
            assert pace.wait(now) == 0.0
