"""Several queues or sites together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import erlang, staffing
from callstats.errors import MissingColumnError

pytestmark = pytest.mark.frames

GOALS = {"service_level": 0.8, "threshold": 20}


def queues(rows: int = 3, zone: str | None = "Europe/Paris") -> pd.DataFrame:
    starts = pd.date_range("2025-03-03 08:00", periods=rows, freq="30min", tz=zone)
    random = np.random.default_rng(5)
    parts = [
        pd.DataFrame(
            {
                "queue": name,
                "start": starts,
                "calls": random.integers(0, 40, rows).astype(float),
                "aht": random.uniform(100, 400, rows),
            }
        )
        for name in ("sales", "care", "loans")
    ]
    return pd.concat(parts, ignore_index=True)


def test_a_pool_adds_calls_and_weighs_handle_times():
    frame = queues()
    pooled = staffing.pool(frame)
    assert list(pooled.columns) == ["start", "calls", "aht"]
    for _, row in pooled.iterrows():
        part = frame[frame["start"] == row["start"]]
        assert row["calls"] == part["calls"].sum()
        assert row["aht"] == pytest.approx(np.average(part["aht"], weights=part["calls"]))
    # The load is that of the queues, and the plan reads the interval off the starts.
    planned = staffing.plan(pooled, **GOALS)
    loads = erlang.load(frame["calls"], frame["aht"]).groupby(frame["start"]).sum()
    np.testing.assert_allclose(planned["load"], loads, rtol=1e-14)


def test_pools_may_stay_apart_and_starts_may_be_the_index():
    frame = queues().assign(site=["east"] * 3 + ["west"] * 6)
    by_site = staffing.pool(frame, by=["site", "start"])
    assert by_site["site"].tolist() == ["east"] * 3 + ["west"] * 3
    for given in (frame.set_index("start"), frame.set_index(["queue", "start"])):
        pd.testing.assert_frame_equal(staffing.pool(given), staffing.pool(frame))
    unnamed = frame.set_index("start").rename_axis(None)
    pd.testing.assert_frame_equal(staffing.pool(unnamed), staffing.pool(frame))
    with pytest.raises(MissingColumnError, match="no column 'skill'"):
        staffing.pool(frame, by="skill")


def test_an_interval_without_calls_has_no_handle_time():
    frame = pd.DataFrame({"start": [1, 1, 2, 2], "calls": [0, 0, 0, 5.0], "aht": [0, np.nan] * 2})
    frame.loc[3, "aht"] = 180
    pooled = staffing.pool(frame)
    assert pooled["calls"].tolist() == [0, 5]
    np.testing.assert_array_equal(pooled["aht"], [np.nan, 180])


def test_missing_parts_make_a_missing_pool_and_invalid_ones_are_refused():
    frame = pd.DataFrame({"start": [1, 1, 2, 2, 3], "calls": [4, None, 3, 2, 1], "aht": 60.0})
    frame.loc[2, "aht"] = np.nan
    pooled = staffing.pool(frame)
    np.testing.assert_array_equal(pooled["calls"], [np.nan, np.nan, 1])
    np.testing.assert_array_equal(pooled["aht"], [np.nan, np.nan, 60])
    frame.loc[3, "aht"] = -1
    with pytest.raises(ValueError, match=r"aht must be > 0 seconds and finite; got -1.0 at pos"):
        staffing.pool(frame)
    assert np.isnan(staffing.pool(frame, invalid="nan")["aht"].iloc[1])


def test_the_order_of_rows_changes_no_bit():
    frame = queues(40)
    expected = staffing.pool(frame)
    total = staffing.total_agents(staffing.plan(frame, rounding=None, interval=1800, **GOALS))
    for seed in range(5):
        mixed = frame.sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(staffing.pool(mixed), expected, check_exact=True)
        planned = staffing.plan(mixed, rounding=None, interval=1800, **GOALS)
        pd.testing.assert_frame_equal(staffing.total_agents(planned), total, check_exact=True)


def test_a_pool_needs_fewer_agents_than_its_queues_and_they_fewer_than_their_ceilings():
    frame = queues(24)
    frame["calls"] += 1
    apart = staffing.plan(frame, **GOALS)
    whole = apart.groupby("start")["required_agents"].sum()
    fractions = staffing.plan(frame, rounding=None, **GOALS)
    total = staffing.total_agents(fractions)
    exact = fractions.groupby("start")["required_agents"].sum()
    np.testing.assert_array_equal(total["required_agents"], np.ceil(exact))
    assert (total["required_agents"].to_numpy() <= whole.to_numpy()).all()
    assert total["required_agents"].sum() < whole.sum()
    together = staffing.plan(staffing.pool(frame), **GOALS)["required_agents"]
    assert (together < total["required_agents"]).all()


def test_totals_are_grossed_up_after_rounding():
    frame = pd.DataFrame({"start": 1, "calls": [40.0, 55.0], "aht": 240.0, "away": [0.2, 0.35]})
    planned = staffing.plan(frame, rounding=None, interval=1800, shrinkage="away", **GOALS)
    total = staffing.total_agents(planned)
    need = planned["required_agents"].sum()
    assert total["required_agents"].item() == np.ceil(need)
    gross = np.ceil(need) * planned["scheduled_agents"].sum() / need
    assert total["scheduled_agents"].item() == np.ceil(gross)
    assert total["load"].item() == pytest.approx(95 * 240 / 1800)
    fractions = staffing.total_agents(planned, rounding=None)
    assert fractions["required_agents"].item() == pytest.approx(need, rel=1e-15)
    # Whole agents of a plan are added as they are.
    whole = staffing.plan(frame, interval=1800, shrinkage="away", **GOALS)
    summed = staffing.total_agents(whole)
    for name in ("required_agents", "scheduled_agents"):
        assert summed[name].item() == whole[name].sum()
    # 70 / (1 - 0.3) is 100.00000000000001 in binary.
    exact = staffing.plan(frame, interval=1800, minimum=35, shrinkage=0.3, rounding=None, **GOALS)
    assert staffing.total_agents(exact)["scheduled_agents"].item() == 100


def test_a_total_with_a_gap_says_so():
    frame = pd.DataFrame({"start": [1, 1, 2], "calls": [40.0, None, 0.0], "aht": 240.0})
    total = staffing.total_agents(staffing.plan(frame, interval=1800, **GOALS))
    np.testing.assert_array_equal(total["required_agents"], [np.nan, 0])
    np.testing.assert_array_equal(total["scheduled_agents"], [np.nan, 0])
    assert total["reason"].tolist() == ["1 of 2 rows without an answer", ""]
    with pytest.raises(MissingColumnError, match="planned has no column 'load'"):
        staffing.total_agents(frame)
    words = pd.DataFrame({"start": [1], "load": 1.0, "scheduled_agents": 3, "required_agents": "3"})
    with pytest.raises(TypeError, match="required_agents must be numbers"):
        staffing.total_agents(words)
    with pytest.raises(ValueError, match="rounding must be"):
        staffing.total_agents(staffing.plan(frame, interval=1800, **GOALS), rounding="floor")


def test_empty_frames_are_ordinary():
    empty = queues().iloc[:0]
    assert len(staffing.pool(empty)) == 0
    planned = staffing.plan(empty, interval=1800, **GOALS)
    assert len(staffing.total_agents(planned)) == 0


def test_the_pooling_of_the_golden_load():
    # Printed: 34 agents at one site; 19, 13, 11 and 9 at each of two to five.
    rows = staffing.pooling_table(calls=250, aht=210, sites=range(1, 6), **GOALS)
    assert rows["agents_per_site"].tolist() == [34, 19, 13, 11, 9]
    assert rows["agents"].tolist() == [34, 38, 39, 44, 45]
    assert (rows["service_level"] >= 0.8).all()
    np.testing.assert_allclose(rows["load_per_site"] * rows["sites"], 250 * 210 / 1800)
    assert rows["lines"].isna().all()


def test_lines_of_the_golden_load():
    # Printed: 43 lines at 34 agents for 1 % blocked; the trunk load is 30.9349 erlangs.
    rows = staffing.pooling_table(calls=250, aht="3:30", sites=1, blocking=0.01, **GOALS)
    assert rows["lines_per_site"].tolist() == [43]
    assert rows["trunk_load_per_site"].item() == pytest.approx(30.9349, abs=5e-5)
    # Talk time alone holds the line where wrap-up is done with it free.
    talk = staffing.pooling_table(
        calls=250, aht=210, hold_time=180, sites=1, blocking=0.01, **GOALS
    )
    assert talk["lines"].item() < 43


def test_sites_are_whole_numbers_and_the_rest_are_single():
    ask = {"calls": 250, "aht": 210, **GOALS}
    with pytest.raises(
        ValueError, match=r"sites must be whole numbers >= 1; got 0.5 at position 1 \(1 bad"
    ):
        staffing.pooling_table(sites=[1, 0.5], **ask)
    with pytest.raises(ValueError, match="aht must be one number"):
        staffing.pooling_table(sites=[1, 2], **ask | {"aht": [210, 180]})
    with pytest.raises(ValueError, match="give at least one goal"):
        staffing.pooling_table(calls=250, aht=210, sites=2)
    pl = pytest.importorskip("polars")
    rows = staffing.pooling_table(sites=pl.Series([1, 2]), **ask)
    assert isinstance(rows, pl.DataFrame)
    assert rows["agents"].to_list() == [34, 38]
    none = staffing.pooling_table(calls=250, aht=210, sites=[1], asa=0)
    assert none["agents"].isna().all()
    idle = staffing.pooling_table(calls=0, aht=210, sites=[1, 3], blocking=0.01, **GOALS)
    assert idle["agents"].tolist() == idle["lines"].tolist() == [0, 0]
