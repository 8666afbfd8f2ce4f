"""Days at the edge of what makes sense, and beyond it."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from callstats import day
from callstats.errors import MissingColumnError

pytestmark = pytest.mark.frames


def hours(calls, agents, aht=240.0, **more):
    return pd.DataFrame({"calls": calls, "aht": aht, "agents": agents, **more})


def test_closed_hours_keep_callers_waiting_for_the_opening():
    result = day.evaluate(hours([10, 0], [0, 5]), interval=3600)
    assert result["queue_end"][0] == pytest.approx(10)
    assert result["wait_probability"][0] == 1
    assert result["answered_within"][0] == pytest.approx(0, abs=0.1)
    assert np.isnan(result["occupancy"][0])
    # Five at once at the opening, the others as agents come free.
    assert result["answered"][1] == pytest.approx(10, abs=1e-6)
    assert result["answered_of_arrivals"][0] == pytest.approx(10)
    assert np.isnan(result["service_level"][1])
    assert result["mean_wait"][0] > 1800


def test_nobody_ever_comes():
    for_ever = day.evaluate(hours([10, 10], [0, 0]), interval=3600)
    assert for_ever["queue_end"].tolist() == pytest.approx([10, 20])
    assert for_ever["mean_wait"].tolist() == [np.inf, np.inf]
    assert for_ever["abandonment"].tolist() == [0, 0]
    assert for_ever["service_level"].tolist() == [0, 0]
    patient = day.evaluate(hours([10, 10], [0, 0]), interval=3600, patience=300)
    assert patient["abandonment"].tolist() == pytest.approx([1, 1])
    assert patient["mean_wait"].tolist() == pytest.approx([300, 300])
    assert np.isnan(patient["asa"]).all()


def test_agents_who_go_home_before_the_queue_is_empty():
    result = day.evaluate(hours([60, 0], [2, 0]), interval=3600)
    assert result["mean_wait"][0] == np.inf
    assert 0 < result["answered_of_arrivals"][0] < 60
    assert 0 < result["asa"][0] < np.inf


def test_no_calls_at_all():
    result = day.evaluate(hours([0, 0], [3, 0], aht=None), interval=1800)
    assert (
        result[["queue_end", "answered", "abandoned", "busy_seconds", "wait_probability"]].iloc[0]
        == 0
    ).all()
    assert result["occupancy"][0] == 0
    assert result[["service_level", "abandonment", "asa", "mean_wait"]].isna().all().all()
    assert result["wait_probability"][1] == 1


def test_overload_without_hanging_up_travels():
    result = day.evaluate(hours([2000, 2000, 0], [10, 10, 400]), interval=3600)
    # 150 calls an hour are answered; the rest are carried over.
    assert result["queue_end"][0] == pytest.approx(1840, rel=1e-3)
    assert result["queue_end"][1] == pytest.approx(3690, rel=1e-3)
    assert result["queue_end"][2] == pytest.approx(0, abs=1e-3)
    assert result["service_level"][1] == pytest.approx(0, abs=1e-12)
    assert result["abandonment"].tolist()[:2] == pytest.approx([0, 0], abs=1e-14)


def test_nobody_waits():
    result = day.evaluate(hours([100, 100], [8, 4]), interval=3600, patience=0)
    assert result["queue_end"].tolist() == [0, 0]
    np.testing.assert_allclose(result["abandonment"], result["wait_probability"], rtol=1e-12)
    np.testing.assert_allclose(result["abandoned"] + result["answered"], 100, rtol=1e-12)
    cut = day.evaluate(hours([100, 100], [8, 4]), interval=3600, patience=0, shift_end="preempt")
    assert cut["abandoned"][1] > result["abandoned"][1]
    # Callers who have waited hang up when patience ends.
    ends = hours([100, 1], [1, 2], patience=[np.inf, 0.0])
    changed = day.evaluate(ends, interval=1800, patience="patience")
    assert changed["queue_end"][0] > 40
    assert changed["queue_end"][1] == 0
    assert changed["abandoned"][1] > 40


def test_short_and_long_intervals_make_the_same_day():
    sums = []
    for length in (60, 1800, 86400):
        count = 86400 // length
        frame = hours([864.0 / count] * count, 3)
        result = day.evaluate(frame, interval=length, patience=200, threshold=90)
        sums.append(day.totals(result).iloc[0])
    for other in sums[1:]:
        pd.testing.assert_series_equal(other, sums[0], rtol=1e-11, check_names=False)


def test_three_thousand_agents():
    frame = hours([21000, 24000, 18000], [2900, 3000, 2700])
    result = day.evaluate(frame, interval=1800, patience=180)
    assert result["service_level"].iloc[0] > 0.99
    assert result["service_level"].between(0, 1).all()
    came = result["queue_start"] + result["offered"]
    left = result["answered"] + result["abandoned"] + result["queue_end"]
    np.testing.assert_allclose(came, left, rtol=1e-11)


def test_fractional_agents_are_refused():
    with pytest.raises(
        ValueError,
        match=r"agents must be whole .*half a person\); got 2\.5 at position 1 \(1 bad of 2\)",
    ):
        day.evaluate(hours([5, 5], [3, 2.5]), interval=1800)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"calls": [-1, 5]}, r"calls must be >= 0 and finite; got -1.0 at position 0"),
        ({"aht": [240, 0]}, r"aht must be > 0 seconds and finite; got 0.0 at position 1"),
        ({"patience": -5}, r"patience must be >= 0 seconds \(inf: nobody hangs up\); got -5.0"),
        ({"threshold": -1}, r"threshold must be >= 0 seconds; got -1.0"),
        ({"interval": 0}, r"interval must be > 0 seconds and finite; got 0.0"),
        ({"shift_end": "drop"}, r"shift_end must be one of 'finish'.*got 'drop'"),
        ({"definition": "best"}, r"definition must be one of 'offered'.*got 'best'"),
        ({"start": 2.5}, r"start must be 'empty', a whole number >= 0"),
        ({"start": "full"}, r"start must be 'empty'.*got 'full'"),
        ({"tolerance": 0}, r"tolerance must be between 1e-13 and 1e-3; got 0"),
        ({"day_cv": -1}, r"day_cv must be >= 0 and finite; got -1"),
        ({"threads": 0}, r"threads must be a whole number >= 1"),
    ],
)
def test_what_cannot_be_is_told(change, told):
    with pytest.raises(ValueError, match=told):
        day.evaluate(hours([5, 5], [3, 3]), **{"interval": 1800, **change})


def test_columns_that_are_not_there():
    with pytest.raises(MissingColumnError, match="no column 'agents', nearest: 'Agents'"):
        day.evaluate(hours([5], [3]).rename(columns={"agents": "Agents"}), interval=1800)


def test_missing_values_leave_their_day_without_results():
    frame = hours([50, None, 50, 50], 5, queue=["a", "a", "b", "b"])
    result = day.evaluate(frame, interval=1800, by="queue")
    assert result["queue_end"].isna().tolist() == [True, True, False, False]
    marked = day.evaluate(
        frame.assign(agents=[5, 5, 5, 5.5]), interval=1800, by="queue", invalid="nan"
    )
    assert marked["queue_end"].isna().all()
    assert day.totals(result, by="queue")["offered"].isna().tolist() == [True, False]


def test_empty_frames_and_single_rows():
    empty = day.evaluate(hours([], []), interval=1800)
    assert len(empty) == 0
    assert "service_level" in empty
    assert len(day.evaluate(hours([5], [3]), interval=1800)) == 1


def test_intervals_follow_one_another():
    frame = hours([5, 5, 5], 3).assign(
        start=pd.to_datetime(["2026-03-02 08:00", "2026-03-02 08:30", "2026-03-02 09:30"])
    )
    with pytest.raises(ValueError, match=r"08:30:00\S* and \S+09:30:00\S* leave a gap"):
        day.evaluate(frame)
    with pytest.raises(ValueError, match="overlap"):
        day.evaluate(frame.iloc[:2], interval="1h")
    with pytest.raises(ValueError, match="repeats within a day; name the columns"):
        day.evaluate(pd.concat([frame.iloc[:2], frame.iloc[:2]]))
    days = frame.assign(date=[1, 1, 2])
    assert len(day.evaluate(days, by="date")) == 3


@pytest.mark.parametrize("zone", [None, "Europe/Paris"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_starts_in_any_unit_and_zone(unit, zone):
    starts = pd.date_range("2025-03-30 00:00", periods=8, freq="30min", tz=zone).as_unit(unit)
    frame = hours([50.0] * 8, 8)
    expected = day.evaluate(frame, interval=1800)
    by_column = day.evaluate(frame.assign(start=starts)[::-1])[::-1]
    pd.testing.assert_series_equal(by_column["service_level"], expected["service_level"])
    by_index = day.evaluate(frame.set_index(starts))
    assert by_index["service_level"].tolist() == expected["service_level"].tolist()


def test_a_day_goes_on_where_another_ended():
    frame = hours([200, 260, 240, 100], [18, 20, 16, 14], aht=300)
    options = {"interval": 1800, "patience": 400}
    whole = day.evaluate(frame, **options)
    morning = day.evaluate(frame.iloc[:2], **options)
    for start in (morning, day.end_states(frame.iloc[:2], **options)):
        afternoon = day.evaluate(frame.iloc[2:], start=start, **options)
        for name in (
            "queue_start",
            "wait_seconds",
            "answered_within",
            "overtime_seconds",
            "queue_end",
        ):
            np.testing.assert_allclose(afternoon[name], whole[name].iloc[2:], rtol=1e-10)
    days = frame.assign(queue=["a", "b", "a", "b"])
    ends = day.end_states(days, by="queue", **options)
    assert sorted(ends) == ["a", "b"]
    again = day.evaluate(days, by="queue", start={"b": ends["b"], "a": 3}, **options)
    assert again["queue_start"][0] == 3
    with pytest.raises(ValueError, match="start has nothing for the day 'a'"):
        day.evaluate(days, by="queue", start={"b": 1, "c": 2}, **options)
    with pytest.raises(ValueError, match="does not know how its days ended"):
        day.evaluate(frame, start=frame, **options)


def test_busy_and_quiet_days_are_averaged():
    frame = hours([200, 200], [36, 36], aht=300)
    options = {"interval": 1800, "patience": 400}
    factors = np.random.default_rng(5).gamma(25, 1 / 25, 400)
    drawn = pd.concat(
        [frame.assign(calls=frame["calls"] * f, day=i) for i, f in enumerate(factors)]
    )
    expected = day.totals(day.evaluate(drawn, by="day", **options))
    got = day.totals(day.evaluate(frame, day_cv=0.2, **options))
    assert got["offered"].item() == pytest.approx(400)
    level = got["service_level"].item()
    # A share of 400 days: its standard error is about 0.01.
    assert level == pytest.approx(expected["service_level"].item(), abs=0.04)
    assert level < day.totals(day.evaluate(frame, **options))["service_level"].item() - 0.02
    same = day.evaluate(frame, day_cv=1e-6, **options)["service_level"]
    np.testing.assert_allclose(same, day.evaluate(frame, **options)["service_level"], atol=1e-9)


def test_polars_in_polars_out():
    pl = pytest.importorskip("polars")
    frame = hours([50, 60, 0], [5, 5, 0], queue=["a", "b", "b"])
    expected = day.evaluate(frame, interval=1800, by="queue")
    got = day.evaluate(pl.from_pandas(frame), interval=1800, by="queue")
    assert isinstance(got, pl.DataFrame)
    assert got["service_level"].to_list()[:2] == expected["service_level"].tolist()[:2]
    assert got["service_level"][2] is None
    assert isinstance(day.totals(got, by="queue"), pl.DataFrame)


DEFINITIONS = (
    "offered",
    "answered",
    "exclude_abandoned_within",
    "count_abandoned_within",
    "virtual",
)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_shares_are_never_above_one_or_below_none(definition):
    rng = np.random.default_rng(10)
    frames = [
        # Plenty of agents, and calls so short that 1e7 of them fit into an interval.
        (hours([50.0, 60, 70], [100] * 3, aht=200.0), {}),
        (hours([1e-9, 0.5, 1e-9, 1, 0], [12, 129, 185, 53, 283], aht=0.0011), {"threshold": 1e6}),
    ]
    for _ in range(30):
        calls, agents = rng.integers(0, 90, 4), rng.integers(0, 60, 4)
        patience = rng.choice([0.0, 1.0, 60.0, np.inf])
        frame = hours(calls, agents, aht=10.0 ** rng.integers(0, 4), patience=patience)
        frames.append((frame, {"patience": "patience", "threshold": rng.choice([0, 20, 1e4])}))
    for frame, options in frames:
        result = day.evaluate(frame, interval=1800, definition=definition, **options)
        whole = day.totals(result, definition=definition)
        for table in (result, whole):
            for name in ("service_level", "abandonment", "occupancy", "wait_probability"):
                share = table[name].dropna()
                assert share.between(0, 1).all(), (frame, options, name, share.tolist())


def test_short_calls_are_counted_to_the_tolerance():
    # Next to nobody waits: all are answered at once, and agents are busy for calls times aht.
    result = day.evaluate(hours([0.5, 1.0], [129, 53], aht=0.0011), interval=1800, threshold=1e6)
    np.testing.assert_allclose(result["service_level"], 1, atol=1e-12)
    np.testing.assert_allclose(result["answered"], [0.5, 1.0], rtol=1e-9)
    np.testing.assert_allclose(result["busy_seconds"], [0.5 * 0.0011, 0.0011], rtol=1e-5)


@pytest.mark.parametrize(
    "call",
    [
        partial(day.evaluate, patience=60),
        partial(day.required_agents, patience=60, service_level=0.8, threshold=20),
    ],
)
def test_a_day_that_cannot_be_computed_names_column_and_row(call):
    # The rows come in reversed order of time: the position is that of the frame. The search would
    # take a minute to give up 1e12 calls; 1e100 it gives up at once.
    frame = pd.DataFrame(
        {
            "start": pd.date_range("2024-03-30 20:00", periods=3, freq="30min")[::-1],
            "calls": [50, 60, 1e100],
            "aht": 200.0,
            "agents": [5, 6, 7],
        }
    )
    with pytest.raises(ValueError, match=r"calls: 1e100 at position 2 cannot be computed"):
        call(frame)


def test_calls_of_no_length_are_served_at_once():
    frame = pd.DataFrame({"calls": [50.0, 60, 70], "aht": 1e-20, "agents": [5, 6, 7]})
    found = day.evaluate(frame, interval=1800, patience=60)
    assert found["service_level"].tolist() == [1, 1, 1]
    assert found["abandonment"].tolist() == [0, 0, 0]
