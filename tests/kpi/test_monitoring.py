"""Exceptions counted by day and added up, beside their limits."""

from __future__ import annotations

import pandas as pd
import pytest
from callstats import kpi
from callstats.errors import InvalidDataError

pytestmark = pytest.mark.frames


def faults(*times, zone=None, **more) -> pd.DataFrame:
    at = pd.to_datetime(list(times), format="ISO8601").tz_localize(zone)
    return pd.DataFrame({"at": at, **more})


def test_days_without_exceptions_are_days():
    log = faults("2024-03-29 10:00", "2024-03-29 11:00", "2024-04-01 09:00", unit=["a", "a", "b"])
    table = kpi.monitor(log, time="at", by="unit", limit=1, cumulative_limit=2)
    # Four days for either unit; the month begins on the last of them.
    assert table["unit"].tolist() == ["a"] * 4 + ["b"] * 4
    assert table["count"].tolist() == [2, 0, 0, 0, 0, 0, 0, 1]
    assert table["cumulative"].tolist() == [2, 2, 2, 0, 0, 0, 0, 1]
    # Two are more than one; two are not more than two.
    assert table["alarm"].tolist() == [True] + [False] * 7
    assert not table["cumulative_alarm"].any()
    never = kpi.monitor(log, time="at", by="unit", reset=None, cumulative_limit={"a": 1, "b": 1})
    assert never["cumulative"].tolist() == [2, 2, 2, 2, 0, 0, 0, 1]
    assert never["cumulative_alarm"].tolist() == [True] * 4 + [False] * 4
    assert "limit" not in never


def test_what_is_watched_may_be_longer_than_what_happened():
    log = faults("2024-03-05 10:00")
    table = kpi.monitor(log, time="at", since="2024-03-04", until="2024-03-06 12:00")
    assert table["count"].tolist() == [0, 1, 0]
    for argument, at, rule in (
        ("since", "2024-03-06", "at must not be before since"),
        ("until", "2024-03-04", "at must not be after until"),
    ):
        with pytest.raises(InvalidDataError, match=rule + r".*\(1 bad of 1\)"):
            kpi.monitor(log, time="at", **{argument: at})
    with pytest.raises(ValueError, match="since has a time zone and the times have none"):
        kpi.monitor(log, time="at", since="2024-03-04T00:00Z")


@pytest.mark.parametrize(("day", "hours"), [("2024-03-31", 23), ("2024-10-27", 25)])
def test_a_day_on_which_the_clock_changes_is_one_day(day, hours):
    """A fault an hour, all day long: as many as the day has hours, and all on that day."""
    hour = pd.date_range(day, periods=hours, freq="h", tz="Europe/Berlin")
    table = kpi.monitor(pd.DataFrame({"at": hour}), time="at")
    assert table["count"].tolist() == [hours]
    by_hour = kpi.monitor(pd.DataFrame({"at": hour}), time="at", freq="1h", reset="day")
    assert by_hour["count"].tolist() == [1] * hours
    assert by_hour["cumulative"].tolist() == list(range(1, hours + 1))


def test_counted_rows_and_nothing():
    log = faults("2024-03-05", "2024-03-05", "2024-03-06", n=[2.5, 0.0, 3.0])
    assert kpi.monitor(log, time="at", count="n")["cumulative"].tolist() == [2.5, 5.5]
    assert kpi.monitor(log[:0], time="at").empty
    quiet = kpi.monitor(log[:0], time="at", since="2024-03-05", until="2024-03-06", limit=0)
    # Watched, and nothing happened: no alarm.
    assert quiet["count"].tolist() == [0, 0]
    assert quiet["alarm"].tolist() == [False, False]
    assert kpi.monitor(log[:0].assign(unit="x"), time="at", by="unit", since="2024-03-05").empty


def test_limits_that_mean_nothing():
    log = faults("2024-03-05", "2024-03-06", unit=["a", "b"])
    for options, message in (
        ({"limit": -1}, "limit must be >= 0"),
        (
            {"limit": {"a": 1}, "by": "unit"},
            "limit must have an entry for every unit; none for 'b'",
        ),
        ({"cumulative_limit": {"a": 1}}, "cumulative_limit by group needs one column in by"),
        ({"reset": "year"}, "reset must be"),
    ):
        with pytest.raises(ValueError, match=message):
            kpi.monitor(log, time="at", **options)
    log.loc[1, "at"] = pd.NaT
    with pytest.raises(InvalidDataError, match=r"at must be known; got missing at position 1"):
        kpi.monitor(log, time="at")
    dropped = kpi.monitor(log, time="at", on_error="drop")
    assert dropped["count"].tolist() == [1]
    assert dropped.attrs["callstats"]["left_out"] == 1
