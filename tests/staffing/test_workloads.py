"""Hours and people of volumes and plans."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import staffing

pytestmark = pytest.mark.frames


def year() -> pd.DataFrame:
    months = np.arange(1, 13)
    return pd.DataFrame(
        {
            "queue": ["sales"] * 12 + ["care"] * 12,
            "month": [*months, *months],
            "calls": [40_000.0] * 12 + [75_000.0] * 12,
            "aht": [240.0] * 12 + [300.0] * 12,
        }
    )


def test_full_time_people_by_hand():
    # 480,000 calls of 240 s are 32,000 h; / (0.8 x 0.7) is 57,142.86 h; / 1,880 h is 30.395 people.
    budget = staffing.annual_workload(
        year(), by="queue", paid_hours=1880, shrinkage=0.3, occupancy=0.8
    ).set_index("queue")
    sales = budget.loc["sales"]
    assert sales["calls"] == 480_000
    assert sales["aht"] == 240
    assert sales["workload_hours"] == pytest.approx(32_000, rel=1e-14)
    assert sales["scheduled_hours"] == pytest.approx(32_000 / 0.56, rel=1e-14)
    assert sales["fte"] == pytest.approx(32_000 / 0.56 / 1880, rel=1e-14)
    both = staffing.annual_workload(year(), paid_hours=1880, shrinkage=0.3, occupancy=0.8)
    assert both["fte"].item() == pytest.approx(budget["fte"].sum(), rel=1e-14)
    assert both["aht"].item() == pytest.approx((480 * 240 + 900 * 300) / 1380, rel=1e-14)
    plain = staffing.annual_workload(year(), paid_hours=1880)
    assert plain["scheduled_hours"].item() == plain["workload_hours"].item()


def test_shares_may_differ_by_row():
    frame = year().assign(busy=[0.8] * 12 + [0.9] * 12, away=[0.3] * 12 + [0.25] * 12)
    got = staffing.annual_workload(frame, paid_hours=1880, shrinkage="away", occupancy="busy")
    expected = 32_000 / 0.8 / 0.7 + 75_000 / 0.9 / 0.75
    assert got["scheduled_hours"].item() == pytest.approx(expected, rel=1e-14)


def test_rows_without_calls_bring_no_work_and_gaps_are_gaps():
    frame = pd.DataFrame({"queue": list("aab"), "calls": [0, 10, None], "aht": [np.nan, 360, 60]})
    got = staffing.annual_workload(frame, by="queue", paid_hours=100)
    np.testing.assert_array_equal(got["workload_hours"], [1, np.nan])
    np.testing.assert_array_equal(got["fte"], [0.01, np.nan])
    empty = staffing.annual_workload(frame.iloc[:0], paid_hours=100)
    assert empty["fte"].tolist() == [0]
    assert empty["aht"].isna().all()


def test_values_outside_their_domain_are_named():
    frame = year()
    with pytest.raises(ValueError, match="paid_hours must be one number of hours > 0; got 0"):
        staffing.annual_workload(frame, paid_hours=0)
    with pytest.raises(TypeError, match="paid_hours must be numbers; got '40'"):
        staffing.annual_workload(frame, paid_hours="40")
    with pytest.raises(ValueError, match="volumes has no column 'volume', nor 'busy'; found"):
        staffing.annual_workload(frame, paid_hours=1, calls="volume", occupancy="busy")
    with pytest.raises(ValueError, match="or that of a result column; got 'calls'"):
        staffing.annual_workload(frame, paid_hours=1, by="calls")
    with pytest.raises(ValueError, match=r"occupancy must be > 0 and <= 1; got 85.0$"):
        staffing.annual_workload(frame, paid_hours=1, occupancy=85)
    with pytest.raises(ValueError, match=r"got 0.0 at position 23 \(1 bad of 24\)"):
        staffing.annual_workload(frame, paid_hours=1, occupancy=[0.8] * 23 + [0])
    with pytest.raises(ValueError, match="shrinkage must be >= 0 and < 1; got 30"):
        staffing.annual_workload(frame, paid_hours=1, shrinkage=30)
    frame.loc[5, "aht"] = -1
    with pytest.raises(ValueError, match=r"aht must be > 0 seconds and finite; got -1.0 at pos"):
        staffing.annual_workload(frame, paid_hours=1)
    with pytest.raises(ValueError, match="planned has no column 'required_agents'"):
        staffing.headcount(frame, paid_hours=40, interval=1800)
    week = pd.DataFrame({"required_agents": [3.0, -1.0]})
    with pytest.raises(ValueError, match=r"agents must be >= 0 and finite; got -1.0 at position 1"):
        staffing.headcount(week, paid_hours=40, interval=1800)
    with pytest.raises(ValueError, match="interval must be > 0 seconds and finite; got 0"):
        staffing.headcount(week.abs(), paid_hours=40, interval=0)


def test_a_week_day_and_night():
    # Busy days, quiet nights and weekends: 110 seats at the peak, people for the hours.
    hours = pd.date_range("2026-03-02", periods=168, freq="h")
    busy = (hours.hour >= 9) & (hours.hour < 18) & (hours.day_of_week < 5)
    frame = pd.DataFrame({"required_agents": np.where(busy, 110.0, 8.0)}, index=hours)
    got = staffing.headcount(frame, paid_hours=40, shrinkage=0.2).iloc[0]
    assert got["seats"] == 110
    assert got["agent_hours"] == 45 * 110 + 123 * 8
    assert got["fte"] == pytest.approx((45 * 110 + 123 * 8) / 0.8 / 40, rel=1e-14)
    assert got["fte_per_seat"] == pytest.approx(got["fte"] / 110, rel=1e-14)


def test_seats_are_those_taken_at_the_same_time():
    starts = pd.date_range("2026-03-02 08:00", periods=3, freq="30min", tz="Asia/Shanghai")
    frame = pd.DataFrame(
        {
            "queue": ["a"] * 3 + ["b"] * 3,
            "start": [*starts, *starts],
            "required_agents": [5.0, 9, 2, 6, 1, 7],
        }
    )
    assert staffing.headcount(frame, paid_hours=1)["seats"].item() == 11
    apart = staffing.headcount(frame, paid_hours=1, by="queue")
    assert apart["seats"].tolist() == [9, 7]
    assert apart["agent_hours"].tolist() == [8, 7]
    indexed = frame.set_index("start")
    assert staffing.headcount(indexed, paid_hours=1)["seats"].item() == 11
    mixed = frame.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(staffing.headcount(mixed, paid_hours=1, by="queue"), apart)
    rows = frame.drop(columns="start")
    assert staffing.headcount(rows, paid_hours=1, interval=1800)["seats"].item() == 9
    gap = frame.assign(required_agents=[None, *frame["required_agents"][1:]])
    got = staffing.headcount(gap, paid_hours=1, by="queue")
    np.testing.assert_array_equal(got["seats"], [np.nan, 7])
    empty = staffing.headcount(frame.iloc[:0], paid_hours=1)
    assert empty["seats"].tolist() == empty["fte"].tolist() == [0]


def test_a_plan_goes_in_as_it_is():
    starts = pd.date_range("2026-03-02 08:00", periods=2, freq="30min")
    day = pd.DataFrame({"start": starts, "calls": [250, 250], "aht": 210})
    planned = staffing.plan(day, service_level=0.8, threshold=20)
    got = staffing.headcount(planned, paid_hours=8)
    assert got["seats"].item() == 34
    assert got["fte"].item() == pytest.approx(34 / 8)
    pl = pytest.importorskip("polars")
    other = staffing.headcount(pl.from_pandas(planned), paid_hours=8)
    assert isinstance(other, pl.DataFrame)
    assert other["fte"].item() == got["fte"].item()
