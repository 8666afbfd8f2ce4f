"""Plans of frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import erlang, staffing
from callstats.errors import InfeasibleError, MissingColumnError
from registry import forecast

pytestmark = pytest.mark.frames

GOALS = {"service_level": 0.8, "threshold": 20}
ADDED = [
    "load",
    "required_agents",
    "scheduled_agents",
    "service_level",
    "asa",
    "abandonment",
    "occupancy",
    "binding_goal",
    "reason",
]


def day(calls, aht=180.0, freq="30min"):
    starts = pd.date_range("2025-03-03 08:00", periods=len(calls), freq=freq)
    return pd.DataFrame({"start": starts, "calls": calls, "aht": aht})


def test_the_columns_are_those_of_their_functions():
    frame = forecast()
    planned = staffing.plan(frame, patience=300, shrinkage=0.3, **GOALS)
    assert list(planned.columns) == [*frame.columns, *ADDED]
    load = erlang.load(frame["calls"], frame["aht"])
    pd.testing.assert_series_equal(planned["load"], load)
    aht = frame["aht"].fillna(180)
    agents = staffing.required_agents(load, aht=aht, patience=300, **GOALS)
    pd.testing.assert_series_equal(planned["required_agents"], agents)
    system = {"agents": agents, "load": load, "aht": aht, "patience": 300}
    level = erlang.service_level(**system, threshold=20)
    pd.testing.assert_series_equal(planned["service_level"], level)
    for name in ("asa", "abandonment", "occupancy"):
        pd.testing.assert_series_equal(planned[name], getattr(erlang, name)(**system))
    assert planned["scheduled_agents"].tolist()[:5] == np.ceil(agents / 0.7).tolist()[:5]
    assert planned["binding_goal"].tolist() == ["service_level"] * 2 + [""] + [
        "service_level"
    ] * 2 + [""]
    assert planned["reason"].tolist() == [""] * 5 + ["calls missing"]
    assert np.isnan(planned["required_agents"].iloc[5])


def test_agents_are_rounded_before_the_gross_up_and_after_it():
    frame = day([250.0], 210.0)
    planned = staffing.plan(frame, interval=1800, shrinkage=0.3, **GOALS)
    assert planned["required_agents"].item() == 34
    assert planned["scheduled_agents"].item() == 49
    # 70 / (1 - 0.3) is 100.00000000000001 in binary.
    exact = staffing.plan(frame, interval=1800, minimum=70, shrinkage=0.3, **GOALS)
    assert exact["scheduled_agents"].item() == 100
    fraction = staffing.plan(frame, interval=1800, shrinkage=0.3, rounding=None, **GOALS)
    least = fraction["required_agents"].item()
    assert 33 < least < 34
    assert fraction["scheduled_agents"].item() == least / 0.7
    assert fraction["service_level"].item() == pytest.approx(0.8, rel=1e-12)


def test_the_minimum_holds_with_and_without_calls():
    planned = staffing.plan(day([0.0, 1.0, 100.0]), minimum=3, **GOALS)
    assert planned["required_agents"].tolist() == [3, 3, 14]
    assert planned["binding_goal"].tolist() == ["minimum", "minimum", "service_level"]
    assert planned["service_level"].tolist()[0] == 1
    assert planned["occupancy"].tolist()[0] == 0
    none = staffing.plan(day([0.0, 0.0]), **GOALS)
    assert none["required_agents"].tolist() == [0, 0]
    assert none["binding_goal"].tolist() == ["", ""]
    halves = staffing.plan(day([0.0, 0.0]), minimum=2.5, **GOALS)
    assert halves["required_agents"].tolist() == [3, 3]


def test_handle_times_without_calls_are_not_looked_at():
    frame = day([0.0, 0.0, 100.0])
    frame["aht"] = [0.0, np.nan, 180.0]
    planned = staffing.plan(frame, minimum=1, **GOALS)
    assert planned["required_agents"].tolist() == [1, 1, 14]
    assert planned["reason"].tolist() == ["", "", ""]
    frame.loc[0, "calls"] = 5
    with pytest.raises(
        ValueError, match=r"aht must be > 0 seconds and finite; got 0.0 at position 0"
    ):
        staffing.plan(frame, **GOALS)
    marked = staffing.plan(frame, invalid="nan", **GOALS)
    assert np.isnan(marked["required_agents"].iloc[0])
    assert marked["reason"].iloc[0] == "a value is invalid"


def test_several_goals_bind_by_turns():
    planned = staffing.plan(day([2.0, 100.0, 5000.0]), occupancy=0.85, asa=60, **GOALS)
    assert planned["binding_goal"].tolist() == ["service_level", "service_level", "occupancy"]
    assert (planned["occupancy"] <= 0.85).all()
    assert (planned["service_level"] >= 0.8).all()


def test_goals_may_be_columns_and_constants():
    frame = day([100.0, 100.0]).assign(target=[0.8, 0.95], wait=["20s", "0:10"])
    planned = staffing.plan(frame, service_level="target", threshold="wait")
    expected = staffing.required_agents(10, aht=180, service_level=[0.8, 0.95], threshold=[20, 10])
    assert planned["required_agents"].tolist() == expected.tolist()
    text = staffing.plan(frame, aht="3:00", interval="30min", service_level=0.8, threshold="20s")
    assert text["required_agents"].tolist() == [14, 14]
    array = staffing.plan(frame, calls=np.array([100, 0]), **GOALS)
    assert array["required_agents"].tolist() == [14, 0]
    with pytest.raises(ValueError, match="calls must be one number or one for each of 2 rows"):
        staffing.plan(frame, calls=[1, 2, 3], **GOALS)


def test_a_missing_column_is_told_with_the_nearest():
    frame = day([100.0]).rename(columns={"aht": "AHT_s"})
    with pytest.raises(MissingColumnError, match="intervals has no column 'aht'; found"):
        staffing.plan(frame, interval=1800, **GOALS)
    with pytest.raises(MissingColumnError, match=r"no column 'calls'.*, nor 'aht'; found 'start'"):
        staffing.plan(day([100.0])[["start"]], **GOALS)
    with pytest.raises(MissingColumnError, match="no column 'volume'"):
        staffing.plan(day([100.0]), calls="volume", interval=1800, **GOALS)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Paris", "America/New_York"])
def test_the_interval_is_read_off_the_starts(unit, zone):
    frame = day([100.0] * 4, freq="15min")
    frame["start"] = (
        frame["start"]
        .dt.tz_localize(zone)
        .astype(f"datetime64[{unit}]" if zone is None else f"datetime64[{unit}, {zone}]")
    )
    for given in (frame, frame.set_index("start"), frame.iloc[[0, 1, 3]], frame.iloc[::-1]):
        assert (staffing.plan(given, **GOALS)["load"] == 20).all()
    queues = pd.concat([frame.assign(queue="a"), frame.assign(queue="b")])
    assert (staffing.plan(queues, **GOALS)["load"] == 20).all()
    assert (staffing.plan(queues.set_index(["queue", "start"]), **GOALS)["load"] == 20).all()


def test_the_interval_is_read_off_across_a_clock_change():
    starts = pd.date_range("2025-03-30 00:00", periods=8, freq="30min", tz="Europe/Paris")
    frame = pd.DataFrame({"calls": 100.0, "aht": 180.0}, index=starts)
    assert (staffing.plan(frame, **GOALS)["load"] == 10).all()


def test_an_interval_that_cannot_be_read_off_is_asked_for():
    frame = day([100.0, 100.0, 100.0])
    with pytest.raises(ValueError, match=r"no time index and no column 'start'.*pass interval="):
        staffing.plan(frame.drop(columns="start"), **GOALS)
    with pytest.raises(ValueError, match="1 distinct start; pass interval="):
        staffing.plan(frame.iloc[:1], **GOALS)
    frame.loc[2, "start"] += pd.Timedelta("10min")
    with pytest.raises(ValueError, match="starts are 1800 s and 2400 s apart"):
        staffing.plan(frame, **GOALS)


def test_infeasible_rows_are_kept_with_the_reason_or_raise():
    frame = day([100.0, 0.0, 50.0])
    goals = {"service_level": 1.0, "threshold": 20}
    planned = staffing.plan(frame, **goals)
    assert planned["required_agents"].isna().tolist() == [True, False, True]
    assert planned["reason"].tolist() == [
        "no number of agents reaches service_level >= 1",
        "",
        "no number of agents reaches service_level >= 1",
    ]
    with pytest.raises(InfeasibleError, match=r"2 of 3 intervals.*row 0 \(2025-03-03 08:00:00\)"):
        staffing.plan(frame, infeasible="raise", **goals)
    with pytest.raises(ValueError, match="infeasible must be"):
        staffing.plan(frame, infeasible="warn", **goals)


def test_without_a_threshold_there_is_no_service_level():
    planned = staffing.plan(day([100.0]), interval=1800, asa=10)
    assert planned["service_level"].isna().all()
    assert planned["binding_goal"].tolist() == ["asa"]
    reported = staffing.plan(day([100.0]), interval=1800, asa=10, threshold=20)
    assert reported["service_level"].item() == pytest.approx(0.8883500192)


def test_the_index_is_kept_and_empty_frames_are_ordinary():
    frame = day([100.0, 50.0]).set_axis(["b", "a"])
    assert staffing.plan(frame, **GOALS).index.tolist() == ["b", "a"]
    doubled = day([100.0, 50.0]).set_axis([7, 7])
    assert staffing.plan(doubled, **GOALS)["required_agents"].tolist() == [14, 8]
    for given in (day([]), day([]).set_index("start")):
        for options in ({"interval": 1800}, {}):
            empty = staffing.plan(given, **options, **GOALS)
            assert empty["reason"].dtype == staffing.plan(frame, **GOALS)["reason"].dtype
            assert list(empty.columns) == [*given.columns, *ADDED]
            assert len(empty) == 0


def test_parts_of_a_frame_are_planned_as_the_whole():
    random = np.random.default_rng(2)
    frame = day(random.poisson(80, 500).astype(float), random.uniform(100, 400, 500), freq="5min")
    ask = {"interval": 1800, "patience": 120, "asa": 30, "shrinkage": 0.3, "minimum": 2, **GOALS}
    whole = staffing.plan(frame, **ask)
    parts = [staffing.plan(part, **ask) for part in (frame[:1], frame[1:300], frame[300:])]
    pd.testing.assert_frame_equal(pd.concat(parts), whole, check_exact=True)
    mixed = frame.sample(frac=1, random_state=4)
    back = staffing.plan(mixed, threads=2, **ask).sort_index()
    pd.testing.assert_frame_equal(back, whole, check_exact=True)
    words = frame.assign(goal=pd.Categorical(["20s"] * 500))
    other = staffing.plan(words, **ask | {"threshold": "goal"})
    pd.testing.assert_frame_equal(other.drop(columns="goal"), whole, check_exact=True)


def test_a_series_of_another_index_is_refused():
    frame = day([100.0, 50.0]).set_axis(["b", "a"])
    calls = frame["calls"] * 2
    planned = staffing.plan(frame, calls=calls, **GOALS)
    assert planned["load"].tolist() == [20.0, 10.0]
    with pytest.raises(ValueError, match="calls must have the index of intervals"):
        staffing.plan(frame, calls=calls[::-1], **GOALS)


def test_other_frames_come_back_as_they_went_in():
    pl = pytest.importorskip("polars")
    frame = forecast()
    expected = staffing.plan(frame, **GOALS)
    planned = staffing.plan(pl.from_pandas(frame), **GOALS)
    assert planned["required_agents"].to_list()[:5] == expected["required_agents"].tolist()[:5]
    assert planned["required_agents"][5] is None
    assert planned.schema["reason"] == pl.String
    pa = pytest.importorskip("pyarrow")
    table = staffing.plan(pa.Table.from_pandas(frame), **GOALS)
    assert isinstance(table, pa.Table)
    assert table["required_agents"].to_pylist()[:5] == expected["required_agents"].tolist()[:5]


def test_nullable_columns_and_names_of_ones_own():
    frame = pd.DataFrame(
        {"volume": pd.array([100, None], dtype="Int64"), "handle": pd.to_timedelta([180, 180], "s")}
    )
    planned = staffing.plan(frame, calls="volume", aht="handle", interval="30min", **GOALS)
    assert planned["required_agents"].iloc[0] == 14
    assert np.isnan(planned["required_agents"].iloc[1])
    again = staffing.plan(planned, calls="volume", aht="handle", interval="30min", **GOALS)
    assert list(again.columns) == list(planned.columns)
