"""What must hold of any day, without a table."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from callstats import day, erlang
from hypothesis import given, settings
from hypothesis import strategies as st

RULES = st.sampled_from(["finish", "finish_roster", "preempt"])

ROWS = st.lists(
    st.tuples(
        st.sampled_from([60.0, 300.0, 900.0, 1800.0, 7200.0]),
        st.one_of(st.just(0.0), st.floats(0.1, 60.0)),
        st.floats(30.0, 900.0),
        st.sampled_from([np.inf, 20.0, 180.0, 1000.0]),
        st.integers(0, 12),
    ),
    min_size=1,
    max_size=6,
)

FEW = settings(max_examples=40)


def frame(rows):
    return pd.DataFrame(rows, columns=["length", "calls", "aht", "patience", "agents"])


def evaluated(table, **more):
    return day.evaluate(table, patience="patience", interval="length", **more)


@given(ROWS, RULES, st.sampled_from([0.0, 20.0, 600.0, 1e5, np.inf]), st.integers(0, 5))
@FEW
def test_calls_are_neither_lost_nor_made(rows, rule, threshold, waiting):
    result = evaluated(frame(rows), shift_end=rule, threshold=threshold, start=waiting)
    came = result["queue_start"] + result["interrupted"] + result["offered"]
    left = result["answered"] + result["abandoned"] + result["queue_end"]
    np.testing.assert_allclose(came, left, rtol=1e-10, atol=1e-10)
    assert result["queue_start"][0] == waiting
    np.testing.assert_allclose(result["queue_start"][1:], result["queue_end"][:-1], atol=1e-10)
    within = result["answered_within"]
    assert (within <= result["answered_of_arrivals"] + 1e-9).all()
    assert (within + result["waiting_after"] <= result["offered"] + 1e-9).all()
    shares = result[["service_level", "abandonment", "wait_probability", "occupancy"]]
    assert ((shares > -1e-9) & (shares < 1 + 1e-9) | shares.isna()).all().all()
    busiest = result["agents"] * result["length"]
    assert (result["busy_seconds"] <= busiest * (1 + 1e-9)).all()


@given(ROWS, RULES)
@FEW
def test_with_patience_as_long_as_calls_the_system_is_poisson(rows, rule):
    # Each call leaves at the same rate, waiting or not: an infinite-server queue, whose mean obeys
    # m' = lambda - m / h whatever the agents; leavers' calls count.
    table = frame(rows).assign(patience=lambda t: t["aht"])
    result = evaluated(table, shift_end=rule)
    mean = 0.0
    for row, got in zip(table.itertuples(), result.itertuples(), strict=True):
        settled = row.calls / row.length * row.aht
        mean = settled + (mean - settled) * np.exp(-row.length / row.aht)
        in_system = got.queue_end + got.busy_end + got.overtime_end
        assert in_system == pytest.approx(mean, rel=1e-10, abs=1e-11)


@given(ROWS, RULES, st.floats(0.05, 0.95), st.sampled_from([5.0, 20.0, 900.0]))
@FEW
def test_an_interval_may_be_cut_in_two(rows, rule, share, threshold):
    whole = frame(rows)
    first = whole.assign(length=whole["length"] * share, calls=whole["calls"] * share)
    second = whole.assign(
        length=whole["length"] - first["length"], calls=whole["calls"] - first["calls"]
    )
    halves = pd.concat([first, second]).sort_index(kind="stable")
    expected = evaluated(whole, shift_end=rule, threshold=threshold)
    got = evaluated(halves, shift_end=rule, threshold=threshold)
    for name in (
        "answered_within",
        "wait_seconds",
        "wait_answered_seconds",
        "answered",
        "abandoned",
        "busy_seconds",
    ):
        sums = got[name].groupby(level=0).sum()
        np.testing.assert_allclose(sums, expected[name], rtol=1e-9, atol=1e-9, err_msg=name)


def test_deadlines_may_fall_among_less_patient_callers():
    # Those who arrive 120 s before the change have their deadline just after it, when those ahead
    # of them hang up within seconds: that is seen whether an interval starts there or not.
    next_row = (900.0, 42.555, 466.5, 5.0, 14)

    def first(lengths):
        rows = [(length, 121.773 * length / 900, 241.4, 1000.0, 23) for length in lengths]
        found = evaluated(frame([*rows, next_row]), shift_end="preempt", threshold=120.0, start=5)
        sums = ["answered_within", "waiting_after", "virtual_waiting_after", "answered_of_arrivals"]
        return found[sums][: len(lengths)].sum()

    whole = first([900.0])
    np.testing.assert_allclose(whole, first([780.0, 60.0, 60.0]), rtol=0, atol=1e-9)


@given(ROWS, RULES)
@FEW
def test_a_threshold_without_end_is_being_answered_at_all(rows, rule):
    table = frame(rows)
    result = evaluated(table, shift_end=rule, threshold=np.inf)
    np.testing.assert_array_equal(result["answered_within"], result["answered_of_arrivals"])
    long = evaluated(table, shift_end=rule, threshold=1e7)
    gone = long["patience"] < np.inf
    np.testing.assert_allclose(
        long["answered_within"][gone], result["answered_of_arrivals"][gone], atol=1e-9
    )


@given(ROWS)
@FEW
def test_longer_thresholds_answer_more(rows):
    table = frame(rows)
    levels = [evaluated(table, threshold=t)["answered_within"] for t in (0, 5, 20, 400, 3000)]
    for less, more in itertools.pairwise(levels):
        assert (more - less > -1e-9).all()


def test_finish_is_the_roster_where_everybody_is_busy():
    table = frame([(1800.0, 200.0, 300.0, 600.0, 6), (1800.0, 100.0, 300.0, 600.0, 3)])
    by_idle, by_roster = (evaluated(table, shift_end=rule) for rule in ("finish", "finish_roster"))
    pd.testing.assert_frame_equal(by_idle, by_roster, rtol=1e-12, atol=1e-12)
    quiet = table.assign(calls=[20.0, 10.0])
    by_idle, by_roster = (evaluated(quiet, shift_end=rule) for rule in ("finish", "finish_roster"))
    assert by_roster["overtime_seconds"][1] > 1.5 * by_idle["overtime_seconds"][1]


@pytest.mark.parametrize(
    ("agents", "load", "patience"),
    [(3, 2.0, np.inf), (10, 9.0, 200.0), (10, 14.0, 90.0), (60, 58.0, 400.0), (4, 3.0, 0.0)],
)
def test_a_constant_day_becomes_the_stationary_queue(agents, load, patience):
    aht, threshold = 240.0, 20.0
    table = pd.DataFrame({"calls": [load / aht * 7200.0] * 24, "aht": aht, "agents": agents})
    options = {"patience": patience, "interval": 7200, "threshold": threshold}
    system = {"agents": agents, "load": load, "aht": aht, "patience": patience}
    result = day.evaluate(table, **options).iloc[-1]
    for name in ("abandonment", "asa", "mean_wait", "occupancy"):
        expected = getattr(erlang, name)(**system)
        assert result[name] == pytest.approx(expected, rel=1e-9, abs=1e-9), name
    expected = erlang.wait_probability(**system)
    assert result["wait_probability"] == pytest.approx(expected, rel=1e-9)
    for definition in (
        "offered",
        "answered",
        "exclude_abandoned_within",
        "count_abandoned_within",
        "virtual",
    ):
        level = day.evaluate(table, **options, definition=definition)["service_level"].iloc[-1]
        expected = erlang.service_level(**system, threshold=threshold, definition=definition)
        assert level == pytest.approx(expected, rel=1e-9), definition
