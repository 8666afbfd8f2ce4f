"""A site fails: against days put together by hand, and what it says of itself."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from callstats import day
from callstats.errors import InvalidDataError

pytestmark = pytest.mark.frames

STARTS = pd.date_range("2026-03-02 10:00", periods=6, freq="30min")


def hours(**more):
    given = {"start": STARTS, "calls": [100.0, 120, 140, 120, 90, 60], "aht": 240.0}
    return pd.DataFrame({**given, "agents": [18, 20, 22, 20, 16, 12], **more})


@pytest.mark.parametrize("patience", [math.inf, 180.0])
def test_agrees_with_a_day_put_together_by_hand(patience):
    failed = day.outage(
        hours(),
        at="11:00",
        until="12:10",
        lost=14,
        recover={"11:30": 5, "11:45": 3},
        diverted=0.25,
        patience=patience,
    )
    row = np.array([0, 1, 2, 3, 3, 4, 4, 5])
    minutes = np.array([30, 30, 30, 15, 15, 10, 20, 30])
    share = minutes / 30
    down = np.array([0, 0, 1, 1, 1, 1, 0, 0], bool)
    usual = hours().iloc[row].reset_index(drop=True)
    left = np.where(down, usual["agents"] - 14, usual["agents"])
    by_hand = pd.DataFrame(
        {
            "calls": usual["calls"] * share * np.where(down, 0.75, 1),
            "aht": 240.0,
            "agents": left + np.array([0, 0, 0, 5, 8, 8, 0, 0]),
            "rule": ["finish", "finish", "preempt", *["finish"] * 5],
            "seconds": minutes * 60.0,
        }
    )
    expected = day.evaluate(by_hand, patience=patience, interval="seconds", shift_end="rule")
    plain = day.evaluate(hours(), patience=patience)
    for name in ("queue_end", "abandoned"):
        one = expected[name].groupby(row).agg("last" if name == "queue_end" else "sum")
        np.testing.assert_allclose(failed.intervals[name], one, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(failed.intervals[f"usual_{name}"], plain[name], atol=1e-9)
    level = expected["answered_within"].sum() / expected["offered"].sum()
    assert failed.service_level == pytest.approx(level, rel=1e-9)
    lost = expected["abandoned"].sum() - plain["abandoned"].sum()
    lost += expected["queue_end"].iloc[-1] - plain["queue_end"].iloc[-1]
    assert failed.calls_lost == pytest.approx(lost, rel=1e-8)
    assert failed.calls_diverted == pytest.approx(0.25 * (140 + 120 + 90 / 3))
    assert failed.calls_interrupted == pytest.approx(expected["interrupted"].sum(), rel=1e-9)
    np.testing.assert_allclose(failed.intervals["calls"], hours()["calls"])


def test_nothing_fails_where_nobody_is_lost():
    failed = day.outage(hours(), at="11:07", lost=0, patience=100, redial=0.5, most_lost=0)
    assert failed.calls_lost == pytest.approx(0, abs=1e-8)
    assert failed.minutes_to_recover == 0
    assert failed.recovery["agents"].tolist() == [0.0] * 8


def test_without_patience_the_backlog_is_served_or_left():
    failed = day.outage(hours(agents=30), at="10:30", until="10:45", lost=None)
    course = failed.course
    waiting = course["queue"] - course["usual_queue"] > 1
    last = course["seconds"][waiting].max() / 60
    assert last < failed.minutes_to_recover == pytest.approx(last + 1, abs=1.01)
    assert failed.longest_queue == course["queue"].max() > 50
    assert failed.calls_lost == pytest.approx(
        course["queue"].iloc[-1] - course["usual_queue"].iloc[-1], abs=1e-8
    )
    for_ever = day.outage(hours(), at="10:30", lost=None)
    assert math.isnan(for_ever.minutes_to_recover)
    assert for_ever.course["agents"].max() == 0


def test_redials_come_back_later_and_are_lost_at_most_once():
    given = {"at": "10:30", "until": "11:00", "lost": 15, "patience": 120}
    once = day.outage(hours(), **given)
    again = day.outage(hours(), **given, redial=0.5, redial_after="10min")
    assert again.redials > 0
    assert again.calls_lost < once.calls_lost
    hung_up = again.intervals["abandoned"].sum() - again.intervals["usual_abandoned"].sum()
    assert again.redials == pytest.approx(0.5 * hung_up, rel=1e-3)
    assert again.calls_lost == pytest.approx(hung_up - again.redials, rel=1e-6)
    offered = again.intervals["calls_offered"].sum()
    assert offered == pytest.approx(hours()["calls"].sum() + again.redials)


def test_whom_to_call_in_by_when():
    given = {"at": "10:30", "until": "11:50", "lost": 15, "patience": 120}
    failed = day.outage(hours(), **given, most_lost=60)
    recovery = failed.recovery
    assert recovery["minutes"].tolist() == [0, 15, 30, 45, 60, 75]
    known = recovery["agents"].notna()
    assert known.any()
    assert (np.diff(recovery["agents"][known]) >= 0).all()
    assert (recovery["calls_lost"][known] <= 60).all()
    for row in recovery[known].itertuples():
        moment = STARTS[1] + pd.Timedelta(minutes=row.minutes)
        kept = day.outage(hours(), **given, recover={moment: row.agents})
        assert kept.calls_lost == pytest.approx(row.calls_lost, abs=1e-8)
        fewer = day.outage(hours(), **given, recover={moment: row.agents - 1})
        assert fewer.calls_lost > 60
    for row in recovery[~known].itertuples():
        moment = STARTS[1] + pd.Timedelta(minutes=row.minutes)
        assert day.outage(hours(), **given, recover={moment: 500}).calls_lost > 60


def test_moments_follow_the_clock_of_the_starts():
    here = hours(start=STARTS.tz_localize("Europe/Paris"))
    given = {"until": "11:30", "lost": 9, "patience": 200}
    expected = day.outage(hours(), at="10:40", **given).calls_lost
    assert day.outage(here, at="10:40", **given).calls_lost == expected
    there = pd.Timestamp("2026-03-02 09:40", tz="UTC")
    assert day.outage(here, at=there, **given).calls_lost == expected
    plain = hours().drop(columns="start")
    seconds = day.outage(plain, at="40min", until=5400, lost=9, patience=200, interval=1800)
    assert seconds.calls_lost == pytest.approx(expected, abs=1e-9)
    night = hours(start=pd.date_range("2026-03-02 22:30", periods=6, freq="30min"))
    late = day.outage(night, at="23:10", until="00:00", lost=9, patience=200)
    assert late.calls_lost == pytest.approx(expected, abs=1e-9)


def test_a_time_that_the_clock_skips_is_named():
    spring = pd.date_range("2026-03-29 00:30", periods=6, freq="30min", tz="Europe/Berlin")
    given = {"lost": 3, "patience": 100}
    with pytest.raises(ValueError, match="at must be one moment of its day; pass a time with its"):
        day.outage(hours(start=spring), at="02:10", **given)
    offset = day.outage(hours(start=spring), at=pd.Timestamp("2026-03-29 03:10+02:00"), **given)
    assert day.outage(hours(start=spring), at="03:10", **given).calls_lost == offset.calls_lost


def test_faults_are_named():
    with pytest.raises(ValueError, match=r"at must be within the day, 2026-03-02 10:00:00 to 2026"):
        day.outage(hours(), at="17:00", lost=3)
    with pytest.raises(ValueError, match="until must be after `at`, within the day"):
        day.outage(hours(), at="11:00", until="10:30", lost=3)
    with pytest.raises(ValueError, match="at must be a time of day such as '11:00', or a moment"):
        day.outage(hours(), at="noon-ish", lost=3)
    with pytest.raises(ValueError, match="at must be within the day; got 99999"):
        day.outage(hours().drop(columns="start"), at=99999, lost=3, interval=1800)
    with pytest.raises(ValueError, match="recover must be from `at` to `until`; got '10:00'"):
        day.outage(hours(), at="11:00", lost=3, recover={"10:00": 4})
    with pytest.raises(ValueError, match="lost must be whole and >= 0, or None for all; got 2"):
        day.outage(hours(), at="11:00", lost=2.5)
    with pytest.raises(ValueError, match="diverted must be from 0 to 1; got 2"):
        day.outage(hours(), at="11:00", lost=2, diverted=2)
    with pytest.raises(ValueError, match="redial must be >= 0 and < 1; got 1"):
        day.outage(hours(), at="11:00", lost=2, redial=1)
    with pytest.raises(InvalidDataError, match="calls must be known; got nan at position 0"):
        day.outage(hours(calls=np.nan), at="11:00", lost=2)
    with pytest.raises(InvalidDataError, match="must not have the columns that the result adds"):
        day.outage(hours(queue_end=1.0), at="11:00", lost=2)
    with pytest.raises(ValueError, match=r"the start .* repeats within a day"):
        day.outage(pd.concat([hours(), hours()]), at="11:00", lost=2)


@pytest.mark.parametrize("kind", ["shuffled", "polars"])
def test_rows_in_any_order_and_library(kind):
    given = {"at": "11:00", "until": "11:40", "lost": 9, "patience": 200, "redial": 0.3}
    expected = day.outage(hours(), **given)
    frame = hours().sample(frac=1, random_state=3)
    if kind == "polars":
        pl = pytest.importorskip("polars")
        frame = pl.from_pandas(frame)
    found = day.outage(frame, **given)
    assert found.to_frame().equals(expected.to_frame())
    assert found.course.equals(expected.course)
    assert type(found.intervals) is type(frame)
    rows = found.intervals if kind != "polars" else found.intervals.to_pandas()
    rows = rows.sort_values("start").reset_index(drop=True)
    pd.testing.assert_frame_equal(
        rows, expected.intervals, check_exact=True, check_dtype=kind != "polars"
    )
