"""What would take hours, or more memory than there is, is an error that says so at once."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from callstats import day, erlang, kpi, qa, simulate, staffing

LONG = range(10**9)
ALL_DAY = kpi.BusinessHours("00:00", "24:00", weekdays="1111111")


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("agents", lambda: erlang.table(calls=9, aht=200, threshold=20, agents=LONG)),
        ("agents", lambda: erlang.measures(LONG, 3.0, aht=200, threshold=20)),
        ("lines", lambda: erlang.blocking(range(10**30), 3.0)),
        ("load", lambda: staffing.required_agents(LONG, aht=200, asa=20)),
        ("sites", lambda: staffing.pooling_table(calls=9, aht=200, sites=LONG, asa=20)),
        ("population", lambda: qa.allocate(LONG, 5)),
        ("values", lambda: simulate.fit(LONG)),
    ],
)
def test_a_range_is_no_longer_than_what_can_be_answered(name, call):
    with pytest.raises(ValueError, match=rf"{name} must be at most 100,000,000 numbers; got range"):
        call()


def test_lengths_do_not_multiply_without_end():
    across = np.arange(1.0, 50_001)
    expected = r"agents must make at most 100,000,000 cells with the other arguments; got 2,500,000"
    for call in (
        lambda: erlang.wait_probability(across[:, None], across),
        lambda: erlang.measures(across[:, None], across, aht=200, threshold=20),
    ):
        with pytest.raises(ValueError, match=expected):
            call()
    few = erlang.wait_probability(across[:20, None], across[:30])
    assert few.shape == (20, 30)
    # Where each has its own cell the lengths are no product.
    assert erlang.blocking(across, across).shape == across.shape


@pytest.mark.parametrize("given", [LONG, itertools.count()], ids=["range", "endless"])
def test_lists_of_names_and_of_limits_end(given):
    log = pd.DataFrame({"wait": [5.0], "outcome": "abandoned"})
    scores = pd.DataFrame({"agent": ["a"], "score": [1.0]})
    for name, call in {
        "by": lambda: kpi.summarize(log, by=given),
        "bins": lambda: kpi.summarize(log, bins=given),
        "edges": lambda: kpi.patience_hazard(log, edges=given),
        "by ": lambda: qa.shrink(scores, by=given),
    }.items():
        with pytest.raises(
            ValueError, match=rf"{name.strip()} must be .*, at most 10,000; got more"
        ):
            call()


@pytest.mark.parametrize("year", ["1700-01-01", "2250-01-01"])
def test_a_wrong_year_fills_no_grid(year):
    times = pd.to_datetime(["2024-03-04", year]).astype("M8[ns]")
    log = pd.DataFrame({"arrival": times, "wait": [5.0, 9.0], "outcome": "answered"})
    with pytest.raises(ValueError, match=r"hours: open in \d+ intervals, more than 5000000"):
        kpi.summarize(log, freq="1min", hours=ALL_DAY)
    with pytest.raises(
        ValueError, match=r"events: \d+ groups and periods.*wrong year in 'arrival'"
    ):
        kpi.monitor(log, time="arrival", freq="1s")
    # Without opening hours there are lines for what came alone.
    assert len(kpi.summarize(log, freq="1min")) == 2


@pytest.mark.parametrize("day_of", ["1677-09-23", "2262-04-10"])
def test_opening_hours_end_with_the_nanoseconds(day_of):
    times = pd.to_datetime(["2024-03-04", day_of]).astype("M8[ns]")
    log = pd.DataFrame({"arrival": times, "wait": [5.0, 9.0], "outcome": "answered"})
    with pytest.raises(ValueError, match=rf"hours: {day_of} is less than 34 days .* wrong year"):
        kpi.summarize(log, freq="day", hours=ALL_DAY)


def test_groups_and_open_intervals_are_counted_together():
    times = pd.to_datetime(["2024-03-04", "2034-03-04"]).repeat(60)
    queues = [f"queue {number}" for number in range(60)] * 2
    log = pd.DataFrame({"arrival": times, "wait": 5.0, "outcome": "answered", "queue": queues})
    with pytest.raises(
        ValueError, match=r"hours: \d+ groups and open intervals, more than 5000000"
    ):
        kpi.summarize(log, by="queue", freq="30min", hours=ALL_DAY)


def test_what_hardly_varies_does_not():
    hours = pd.DataFrame({"calls": [30, 40], "aht": 200.0, "agents": 8})
    plain = day.evaluate(hours, interval=1800)
    for day_cv in (1e-300, 1e-12):
        found = day.evaluate(hours, interval=1800, day_cv=day_cv)
        np.testing.assert_allclose(found["service_level"], plain["service_level"], rtol=1e-9)
