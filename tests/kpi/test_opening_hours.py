"""Opening hours: who called while it was closed, and open intervals in which nobody did."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pandas as pd
import pytest
from callstats import kpi
from callstats.errors import InvalidDataError

pytestmark = pytest.mark.frames

MORNING = kpi.BusinessHours("09:00", "12:00")
ALWAYS = kpi.BusinessHours("00:00", "24:00", weekdays="1111111")


def calls(*arrivals, zone=None, **more) -> pd.DataFrame:
    arrival = pd.to_datetime(list(arrivals), format="ISO8601").tz_localize(zone)
    return pd.DataFrame({"arrival": arrival, "wait": 5.0, "outcome": "answered", **more})


def clock(table: pd.DataFrame) -> list[str]:
    return table["start"].dt.strftime("%d %H:%M").tolist()


def test_calls_of_closed_hours_are_counted_apart():
    """Tuesday: opening is open and closing is closed; Saturday is closed all day."""
    log = calls(
        "2024-03-05 08:59:59", "2024-03-05 09:00", "2024-03-05 11:59:59.999", "2024-03-05 12:00",
        "2024-03-09 10:00",
    )  # fmt: skip
    whole = kpi.summarize(log, hours=MORNING).iloc[0]
    assert (whole["offered"], whole["answered"], whole["closed"]) == (2, 2, 3)
    assert (whole["service_level_denominator"], whole["wait_sum_all"]) == (2, 10.0)
    assert whole["wait_max"] == 5.0
    by_day = kpi.summarize(log, freq="day", hours=MORNING)
    # Open on the four working days from Tuesday on, and the Saturday that had a call all the same.
    assert by_day["start"].dt.day.tolist() == [5, 6, 7, 8, 9]
    assert by_day["offered"].tolist() == [2, 0, 0, 0, 0]
    assert by_day["closed"].tolist() == [2, 0, 0, 0, 1]
    assert by_day["open_seconds"].tolist() == [10800.0] * 4 + [0.0]


def test_open_intervals_without_calls_are_rows_of_zeros():
    log = calls("2024-03-05 10:40", "2024-03-06 09:10", queue=["a", "b"])
    table = kpi.summarize(log, by="queue", freq="1h", hours=MORNING)
    # Two days of three hours for either queue, whichever called.
    assert (
        clock(table) == ["05 09:00", "05 10:00", "05 11:00", "06 09:00", "06 10:00", "06 11:00"] * 2
    )
    assert table["offered"].tolist() == [0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    empty = table[table["offered"] == 0]
    # Nothing to divide by: no rate, and a denominator of 0; sums are 0.
    assert empty[["service_level", "asa", "wait_p50", "wait_max"]].isna().to_numpy().all()
    assert (empty[["service_level_denominator", "wait_sum_all", "closed"]] == 0).to_numpy().all()
    found = kpi.consistency(table, target=0.8).iloc[0]
    assert (found["intervals"], found["open"], found["in_band"]) == (12, 2, 2)
    # A week has open hours on five days, also those before and after the two of the log.
    week = kpi.summarize(log, freq="week", hours=MORNING)
    assert week["open_seconds"].tolist() == [5 * 10800.0]


def test_hours_that_begin_inside_an_interval():
    half_past = kpi.BusinessHours("09:15", "10:15")
    table = kpi.summarize(calls("2024-03-05 09:20"), freq="30min", hours=half_past)
    assert clock(table) == ["05 09:00", "05 09:30", "05 10:00"]
    assert table["open_seconds"].tolist() == [900.0, 1800.0, 900.0]


def test_several_hours_hold_together():
    """The bank: Sunday to Thursday 7 to 24, Friday until 14, Saturday from 20."""
    bank = [
        kpi.BusinessHours("07:00", "24:00", weekdays="1111001"),
        kpi.BusinessHours("07:00", "14:00", weekdays="0000100"),
        kpi.BusinessHours("20:00", "24:00", weekdays="0000010"),
        kpi.BusinessHours("20:00", "23:00", weekdays="0000010"),
    ]
    log = calls("1999-02-05 13:59", "1999-02-05 14:00", "1999-02-06 19:00", "1999-02-06 20:00")
    table = kpi.summarize(log, freq="day", hours=bank)
    assert table["open_seconds"].tolist() == [7 * 3600.0, 4 * 3600.0]
    assert table["offered"].tolist() == [1, 1]
    assert table["closed"].tolist() == [1, 1]
    night = [kpi.BusinessHours("22:00", "24:00"), kpi.BusinessHours("00:00", "06:00")]
    assert kpi.summarize(calls("2024-03-05 05:00"), hours=night)["offered"].tolist() == [1]


def test_a_night_is_open_over_midnight():
    """From 22:00 to 06:00 on Monday to Friday: Saturday morning is Friday's night still."""
    night = kpi.BusinessHours("22:00", "06:00")
    log = calls(
        "2024-03-04 05:59", "2024-03-04 21:59", "2024-03-04 22:00", "2024-03-05 05:59",
        "2024-03-05 06:00", "2024-03-09 05:00", "2024-03-09 22:30",
    )  # fmt: skip
    whole = kpi.summarize(log, hours=night).iloc[0]
    # Monday's small hours would be Sunday's night, which is closed as Saturday's is.
    assert (whole["offered"], whole["closed"]) == (3, 4)
    by_day = kpi.summarize(log, freq="day", hours=night)
    assert by_day["open_seconds"].tolist() == [2 * 3600.0, *[8 * 3600.0] * 4, 6 * 3600.0]
    assert by_day["offered"].tolist() == [1, 1, 0, 0, 0, 1]
    two = [
        kpi.BusinessHours("22:00", "24:00"),
        kpi.BusinessHours("00:00", "06:00", weekdays="0111110"),
    ]
    pd.testing.assert_frame_equal(by_day, kpi.summarize(log, freq="day", hours=two))
    assert kpi.summarize(log, hours=ALWAYS)["offered"].tolist() == [7]


def test_the_clock_of_a_night_runs_as_two_do():
    """Elapsed time over a month with a holiday, against the evening and the morning apart."""
    night = kpi.BusinessHours("21:30", "05:15", holidays=("2024-03-06",))
    evening = kpi.BusinessHours("21:30", "24:00", holidays=("2024-03-06",))
    # Mornings belong to the night before: Tuesday to Saturday, not on the day after the holiday.
    morning = kpi.BusinessHours("00:00", "05:15", weekdays="0111110", holidays=("2024-03-07",))
    rng = np.random.default_rng(5)
    start = np.datetime64("2024-03-01") + rng.integers(0, 20 * 86_400, 200).astype("m8[s]")
    end = start + rng.integers(0, 10 * 86_400, 200).astype("m8[s]")
    apart = evening.elapsed(start, end) + morning.elapsed(start, end)
    np.testing.assert_array_equal(night.elapsed(start, end), apart)


@pytest.mark.parametrize(("day", "hours"), [("2024-03-30", 7), ("2024-10-26", 9)])
def test_a_night_in_which_the_clock_changes(day, hours):
    night = kpi.BusinessHours("22:00", "06:00", weekdays="0000010")
    log = calls(
        f"{day} 12:00", f"{np.datetime64(day) + np.timedelta64(1, 'D')} 12:00", zone="Europe/Berlin"
    )
    assert kpi.summarize(log, freq="day", hours=night)["open_seconds"].sum() == hours * 3600.0


def test_queues_with_hours_of_their_own():
    log = calls("2024-03-05 08:30", "2024-03-05 10:30", "2024-03-05 08:30", queue=["a", "a", "b"])
    hours = {"a": MORNING, "b": [kpi.BusinessHours("08:00", "10:00")], "unused": ALWAYS}
    table = kpi.summarize(log, by="queue", freq="1h", hours=hours)
    assert table["queue"].tolist() == ["a"] * 4 + ["b"] * 2
    # Queue a had a call before it opened, at eight: a row that is open for nothing.
    assert clock(table)[:4] == ["05 08:00", "05 09:00", "05 10:00", "05 11:00"]
    assert table["open_seconds"].tolist() == [0.0, 3600.0, 3600.0, 3600.0, 3600.0, 3600.0]
    assert table["closed"].tolist() == [1, 0, 0, 0, 0, 0]
    together = kpi.summarize(log, freq="1h", hours={k: hours[k] for k in ("a", "b")})
    # Somebody is there from eight to twelve; the early call for queue a is closed all the same.
    assert clock(together) == ["05 08:00", "05 09:00", "05 10:00", "05 11:00"]
    assert (together["offered"].tolist(), together["closed"].tolist()) == (
        [1, 0, 1, 0],
        [1, 0, 0, 0],
    )
    with pytest.raises(ValueError, match=r"hours must have an entry for every queue; none for 'b'"):
        kpi.summarize(log, hours={"a": MORNING})


@pytest.mark.parametrize(("day", "hours"), [("2024-03-31", 2), ("2024-10-27", 4)])
def test_open_hours_on_days_on_which_the_clock_changes(day, hours):
    """From one to four by the clock are two hours where it skips one and four where it repeats
    one; the hour that comes twice is open both times."""
    night = kpi.BusinessHours("01:00", "04:00", weekdays="1111111")
    zone = "Europe/Berlin"
    log = calls(f"{day} 12:00", zone=zone)
    assert kpi.summarize(log, freq="day", hours=night)["open_seconds"].tolist() == [hours * 3600.0]
    table = kpi.summarize(log, freq="30min", hours=night)
    assert len(table) == 2 * hours + 1
    assert table["open_seconds"].sum() == hours * 3600.0
    whole = kpi.summarize(log, freq="30min", hours=ALWAYS)
    assert len(whole) == (46 if hours == 2 else 50)
    # A case that is open from midnight to noon takes the hours that there were.
    case = pd.DataFrame(
        {"opened": pd.to_datetime([day]).tz_localize(zone), "closed": log["arrival"]}
    )
    assert kpi.handling_time(case, hours=night)["mean_closed"].tolist() == [hours * 3600.0]
    assert kpi.handling_time(case, hours=[night])["mean_closed"].tolist() == [hours * 3600.0]


def test_closed_is_told_by_the_arrival_whatever_owns_the_call():
    """It arrived at 11:59 and ended after closing: it counts, in the hour in which it ended."""
    log = calls("2024-03-05 11:59", talk=600.0)
    table = kpi.summarize(log, freq="1h", hours=MORNING, attribute_to="end")
    assert clock(table) == ["05 09:00", "05 10:00", "05 11:00", "05 12:00"]
    assert table["offered"].tolist() == [0, 0, 0, 1]
    assert table["open_seconds"].tolist() == [3600.0] * 3 + [0.0]
    shared = kpi.summarize(log, freq="1h", hours=MORNING, attribute_to="pro rata")
    assert shared["offered"].tolist() == [0, 0, 1, 0]
    assert shared["talk_sum"].tolist() == [0.0, 0.0, 55.0, 545.0]
    # Agents' time on a call of closed hours is counted nowhere.
    late = kpi.summarize(
        calls("2024-03-05 12:01", talk=600.0), freq="1h", hours=MORNING, attribute_to="pro rata"
    )
    assert late["talk_sum"].sum() == 0
    assert late["closed"].sum() == 1


def month() -> pd.DataFrame:
    random = np.random.default_rng(6)
    count = 300
    return pd.DataFrame(
        {
            "queue": random.choice(["a", "b", "c"], count, p=[0.7, 0.28, 0.02]),
            "arrival": pd.Timestamp("2024-03-25")
            + pd.to_timedelta(random.integers(0, 8 * 86_400, count), unit="s"),
            "wait": random.integers(0, 60, count).astype(float),
            "outcome": random.choice(["answered", "abandoned"], count),
        }
    )


@pytest.mark.parametrize("kind", ["pandas", "polars"])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
@pytest.mark.parametrize("by_queue", [False, True])
def test_days_merge_to_the_whole(kind, zone, by_queue):
    """A queue that nobody called on some day has its rows of zeros all the same."""
    hours = {"a": MORNING, "b": MORNING, "c": MORNING} if by_queue else MORNING
    options = {"by": "queue", "freq": "1h", "hours": hours}
    log = month()
    if zone is not None:
        log["arrival"] = log["arrival"].dt.tz_localize("UTC").dt.tz_convert(zone)
    parts = [part for _, part in log.groupby(log["arrival"].dt.date)]
    if kind == "polars":
        pl = pytest.importorskip("polars")
        log, parts = pl.from_pandas(log), [pl.from_pandas(part) for part in parts]
    whole = kpi.summarize(log, **options)
    merged = kpi.merge([kpi.summarize(part, **options) for part in reversed(parts)])
    if kind == "polars":
        whole, merged = whole.to_pandas(), merged.to_pandas()
    quantiles = [name for name in whole if name.startswith("wait_p")]
    pd.testing.assert_frame_equal(merged.drop(columns=quantiles), whole.drop(columns=quantiles))
    assert len(whole) >= 3 * 6 * 3
    assert whole["closed"].sum() + whole["offered"].sum() == 300


def test_parts_of_different_hours_do_not_fit():
    log = calls("2024-03-05 10:00")
    parts = [kpi.summarize(log, freq="1h", hours=hours) for hours in (MORNING, ALWAYS)]
    with pytest.raises(ValueError, match="same hours"):
        kpi.merge(parts)
    json.dumps(parts[0].attrs, allow_nan=False)


def test_bad_rows_beside_closed_ones():
    log = calls("2024-03-05 08:00", "2024-03-05 10:00", "2024-03-05 11:00")
    log.loc[0, "outcome"] = None
    dropped = kpi.summarize(log, freq="1h", hours=MORNING, on_error="drop")
    # The bad row is the only one before nine: dropped, it leaves no row, flagged, it has one.
    assert dropped["closed"].tolist() == [0, 0, 0]
    assert dropped["offered"].tolist() == [0, 1, 1]
    flagged = kpi.summarize(log, freq="1h", hours=MORNING, on_error="flag")
    assert flagged["flagged"].tolist() == [1, 0, 0, 0]
    assert flagged["closed"].tolist() == [0, 0, 0, 0]
    log.loc[1, "arrival"] = pd.NaT
    unplaced = kpi.summarize(log, freq="1h", hours=MORNING, on_error="flag")
    assert unplaced["start"].isna().tolist() == [False] * 4 + [True]
    assert np.isnan(unplaced["open_seconds"].iloc[-1])
    with pytest.raises(InvalidDataError, match="arrival must be known"):
        kpi.summarize(log.assign(outcome="answered"), hours=MORNING)


def test_nothing_and_hours_that_mean_nothing():
    empty = calls("2024-03-05 10:00")[:0]
    assert kpi.summarize(empty, freq="1h", hours=MORNING).empty
    assert kpi.summarize(empty, hours=MORNING)["closed"].tolist() == [0]
    # Nothing but holidays.
    shut = kpi.BusinessHours("09:00", "10:00", holidays=("2024-03-05",))
    table = kpi.summarize(calls("2024-03-05 09:30"), freq="1h", hours=shut)
    assert (table["offered"].tolist(), table["closed"].tolist()) == ([0], [1])
    for wrong in ("09:00-17:00", [], [MORNING, "x"], 8):
        with pytest.raises(TypeError, match="hours must be BusinessHours or several"):
            kpi.summarize(empty, hours=wrong)
    with pytest.raises(ValueError, match="wrong year in an arrival"):
        kpi.summarize(calls("1700-03-05 10:00", "2024-03-05 10:00"), freq="1s", hours=ALWAYS)


@pytest.mark.parametrize(
    "holidays",
    [
        "2024-03-05",
        ["2024-03-05"],
        (datetime.date(2024, 3, 5),),
        pd.to_datetime(["2024-03-05"]),
        np.array(["2024-03-05"], "M8[D]"),
    ],
)
def test_holidays_may_be_any_dates(holidays):
    shut = kpi.BusinessHours("09:00", "12:00", holidays=holidays)
    assert shut == kpi.BusinessHours("09:00", "12:00", holidays=("2024-03-05",))
    log = calls("2024-03-05 10:00", "2024-03-06 10:00")
    table = kpi.summarize(log, freq="day", hours=shut)
    assert table["closed"].tolist() == [1, 0]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "PRC", "Etc/GMT-8", "+08:00", "UTC+8", "+0800"])
@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_zones_may_be_told_in_any_way(zone, kind):
    """Seven in UTC is three in the afternoon in Shanghai, where it is open then."""
    log = calls("2024-03-05 07:00", zone="UTC")
    if kind == "polars":
        log = pytest.importorskip("polars").from_pandas(log)
    if kind == "pyarrow":
        log = pytest.importorskip("pyarrow").Table.from_pandas(log)
    afternoon = kpi.BusinessHours("15:00", "16:00")
    table = kpi.summarize(log, freq="1h", timezone=zone, hours=afternoon)
    table = table if kind == "pandas" else table.to_pandas()
    assert table["offered"].tolist() == [1]
    assert str(table["start"][0]) == "2024-03-05 15:00:00+08:00"


def test_halls_have_hours_too():
    at = pd.to_datetime(["2024-03-05 09:10", "2024-03-05 12:10"])
    visits = pd.DataFrame({"hall": "x", "taken": at, "called": at, "finished": at})
    table = kpi.halls(visits, freq="1h", hours=MORNING)
    assert table["offered"].tolist() == [1, 0, 0, 0]
    assert table["closed"].tolist() == [0, 0, 0, 1]
