"""The rules of `sample`: sizes, probabilities, invariance, columns, reasons."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from callstats import qa
from recordings import calls, every_design, key

pytestmark = pytest.mark.frames


@every_design
def test_sizes_weights_and_columns(design):
    frame = calls()
    drawn = qa.sample(frame, 5, design=design, seed=3)
    assert list(drawn.columns) == [*frame.columns, *qa.samples.sampling.ADDED]
    assert drawn.groupby("agent").size().tolist() == [5, 5, 5, 3]
    sizes = frame.groupby("agent").size()
    assert drawn.groupby("agent")["weight"].sum().tolist() == pytest.approx(sizes.tolist())
    expected = (5 / drawn["agent"].map(sizes)).clip(upper=1)
    assert drawn["inclusion_probability"].to_numpy() == pytest.approx(expected.to_numpy())
    assert not drawn["call_id"].duplicated().any()
    assert drawn["draw"].tolist() == [*range(1, 6)] * 3 + [1, 2, 3]
    assert drawn["agent"].is_monotonic_increasing
    pd.testing.assert_frame_equal(drawn[frame.columns], frame.loc[drawn.index], check_freq=False)


@every_design
def test_order_of_rows_index_and_threads_change_nothing(design):
    frame = calls()
    drawn = key(qa.sample(frame, 5, design=design, reserve=2, seed=3))
    mixed = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    assert key(qa.sample(mixed, 5, design=design, reserve=2, seed=3, threads=3)) == drawn


@every_design
def test_other_agents_change_nothing(design):
    frame = calls()
    drawn = key(qa.sample(frame, 5, design=design, seed=3))
    others = calls((80, 7), seed=9).assign(
        agent="agent 001b", call_type="aa", call_id=lambda f: "x" + f["call_id"]
    )
    more = key(qa.sample(pd.concat([others, frame]), 5, design=design, seed=3))
    assert [row for row in more if row[0] != "agent 001b"] == drawn
    fewer = frame[frame["agent"] != "agent 001"]
    assert key(qa.sample(fewer, 5, design=design, seed=3)) == [
        row for row in drawn if row[0] != "agent 001"
    ]


@every_design
def test_polars_strings_categories_and_units_change_nothing(design):
    pl = pytest.importorskip("polars")
    frame = calls()
    drawn = key(qa.sample(frame, 5, design=design, seed=3))
    order = ["d", "c", "unused", "b", "a"]
    for unit in ("s", "ms", "us", "ns"):
        other = frame.assign(
            arrival=frame["arrival"].astype(f"datetime64[{unit}]"),
            agent=frame["agent"].astype("category"),
            call_type=pd.Categorical(frame["call_type"], categories=order),
            talk=frame["talk"].astype("Float64"),
        )
        assert key(qa.sample(other, 5, design=design, seed=3)) == drawn
    polars = pl.from_pandas(frame)
    assert key(qa.sample(polars, 5, design=design, seed=3)) == drawn
    polars = polars.with_columns(
        pl.col("agent").cast(pl.Categorical),
        pl.col("call_type").cast(pl.Enum(order)),
        pl.col("arrival").cast(pl.Datetime("ns")),
        talk=(pl.col("talk") * 1e6).round().cast(pl.Int64).cast(pl.Duration("us")),
    )
    # Object dtype is what pandas 2 reads from a file.
    as_objects = frame.astype({"agent": object, "call_id": object, "call_type": object})
    assert key(qa.sample(as_objects, 5, design=design, seed=3)) == drawn
    assert key(qa.sample(polars, 5, design=design, seed=3)) == drawn


def test_the_seed_decides():
    frame = calls()
    assert key(qa.sample(frame, 5, seed=3)) != key(qa.sample(frame, 5, seed=4))
    for seed in (0, -1, 2**80, np.int64(3)):
        assert len(qa.sample(frame, 5, seed=seed)) == 18
    with pytest.raises(TypeError, match="seed"):
        qa.sample(frame, 5)
    with pytest.raises(TypeError, match="seed must be a whole number"):
        qa.sample(frame, 5, seed=1.5)


@pytest.mark.parametrize("design", ["balanced", "stratified"])
def test_a_category_alone_is_met_up_to_rounding(design):
    frame = calls((101, 40, 12))
    share = pd.crosstab(frame["agent"], frame["call_type"], normalize="index")
    for seed in range(60):
        drawn = qa.sample(frame, 9, balance="call_type", design=design, seed=seed)
        got = pd.crosstab(drawn["agent"], drawn["call_type"])
        got = got.reindex(columns=share.columns, fill_value=0)
        assert ((got - 9 * share).abs() < 1).all(axis=None)


@every_design
def test_probabilities_are_n_over_the_group(design):
    frame = calls((23, 9))
    draws = 1_500
    hits = pd.Series(0, index=frame.index)
    for seed in range(draws):
        hits[qa.sample(frame, 5, design=design, seed=seed).index] += 1
    p = 5 / frame.groupby("agent")["agent"].transform("size")
    z = (hits - draws * p) / np.sqrt(draws * p * (1 - p))
    # 32 rows in each of five designs: by the binomial tails |z| > 5 is a false alarm in 8,700
    # runs of other seeds.
    assert z.abs().max() < 5


def test_balanced_margins_beat_a_lottery():
    frame = calls((100,) * 60, seed=5)
    squares = {}
    for design in ("balanced", "simple"):
        drawn = qa.sample(frame, 5, design=design, seed=11)
        total = 0.0
        for level in "abc":
            gap = (
                drawn["call_type"].eq(level).groupby(drawn["agent"]).mean()
                - frame["call_type"].eq(level).groupby(frame["agent"]).mean()
            )
            total += (gap**2).sum()
        hours = frame["arrival"].dt.hour
        gap = (
            hours[drawn.index].groupby(drawn["agent"]).mean() - hours.groupby(frame["agent"]).mean()
        )
        squares[design] = total + (gap**2).sum() / hours.var()
    # Measured 0.4; a lottery against a lottery is 1 +- 0.1.
    assert squares["balanced"] < 0.6 * squares["simple"]


def test_n_as_mapping_and_column():
    frame = calls()
    drawn = qa.sample(frame, {"agent 000": 7, "agent 002": 2, "nobody": 4}, seed=3)
    assert drawn.groupby("agent").size().to_dict() == {"agent 000": 7, "agent 002": 2}
    report = qa.sample_report(drawn)
    assert report.quotas_not_met == [
        {"group": "nobody", "wanted": 4, "drawn": 0, "reason": "no recordings"}
    ]
    assert report.left_out == {"no quota": 48, "not drawn": 411}
    series = pd.Series({"agent 000": 7, "agent 002": 2})
    assert key(qa.sample(frame, series, seed=3)) == key(drawn)
    frame["quota"] = frame["agent"].map({"agent 000": 7, "agent 002": 2}).fillna(0)
    assert key(qa.sample(frame, "quota", seed=3)) == key(drawn)
    frame.loc[frame.index[0], "quota"] = 3
    with pytest.raises(ValueError, match=r"one n a group; it has several in 'agent 000' \(1 such"):
        qa.sample(frame, "quota", seed=3)


@pytest.mark.parametrize("n", [-1, 2.5, np.inf, np.nan, True])
def test_n_must_be_a_whole_number(n):
    with pytest.raises(ValueError, match="n must be a whole number >= 0"):
        qa.sample(calls(), n, seed=1)


def test_eligible_and_exclude():
    frame = calls()
    allowed = frame["talk"] > 60
    first = qa.sample(frame, 5, eligible=allowed, seed=3)
    assert (first["talk"] > 60).all()
    for same in (allowed.to_numpy(), allowed.tolist()):
        assert key(qa.sample(frame, 5, eligible=same, seed=3)) == key(first)
    by_column = qa.sample(frame.assign(ok=allowed), 5, eligible="ok", seed=3)
    assert key(by_column) == key(first)
    second = qa.sample(frame, 5, eligible=allowed, exclude=first["call_id"], seed=3)
    assert not set(second["call_id"]) & set(first["call_id"])
    left = allowed.groupby(frame["agent"]).sum() - first.groupby("agent").size()
    assert second.groupby("agent")["weight"].sum().tolist() == pytest.approx(
        left[left > 0].tolist()
    )
    report = qa.sample_report(second)
    assert report.left_out["not eligible"] == int((~allowed).sum())
    assert report.left_out["excluded"] == len(first)
    assert sum(report.left_out.values()) + len(second) == len(frame)
    shuffled = allowed.sample(frac=1, random_state=1)
    with pytest.raises(ValueError, match="index of recordings"):
        qa.sample(frame, 5, eligible=shuffled, seed=3)
    with pytest.raises(ValueError, match="one value a row; got 2 for 468"):
        qa.sample(frame, 5, eligible=[True, False], seed=3)
    with pytest.raises(ValueError, match="eligible must be true or false; got"):
        qa.sample(frame, 5, eligible="talk", seed=3)
    with pytest.raises(TypeError, match="exclude must hold ids"):
        qa.sample(frame, 5, exclude="c000001", seed=3)


@every_design
def test_reserves_follow_and_change_nothing(design):
    frame = calls()
    without = qa.sample(frame, 5, design=design, seed=3)
    drawn = qa.sample(frame, 5, design=design, reserve=4, seed=3)
    assert key(drawn[~drawn["reserve"]]) == key(without)
    assert drawn.groupby("agent").size().tolist() == [9, 9, 9, 3]
    assert drawn["reserve"].tolist() == (drawn["draw"] > 5).tolist()
    assert drawn.loc[drawn["reserve"], ["weight", "inclusion_probability"]].isna().all(axis=None)
    assert not drawn["call_id"].duplicated().any()


def test_stratified_strata_are_the_cells():
    frame = calls()
    drawn = qa.sample(frame, 30, balance=("call_type", "talk"), design="stratified", seed=3)
    first = drawn.iloc[0]
    assert first["stratum"].startswith(f"agent 000 | {first['call_type']} | ")
    bands = drawn["stratum"].str.rsplit(" | ", n=1).str[1]
    assert set(bands) <= {"< 60", "60-120", "120-300", "300-600", ">= 600"}
    edges = {"< 60": (0, 60), "60-120": (60, 120), "120-300": (120, 300), "300-600": (300, 600)}
    for talk, band in zip(drawn["talk"], bands, strict=True):
        low, high = edges.get(band, (600, np.inf))
        assert low <= talk < high
    assert set(qa.sample(frame, 3, seed=3)["stratum"]) == set(frame["agent"])


def test_bands_follow_the_local_wall_clock():
    frame = calls(start="2024-10-21")  # the clocks of Berlin change on the 27th
    drawn = qa.sample(frame, 5, seed=3)
    berlin = frame.assign(arrival=frame["arrival"].dt.tz_localize("Europe/Berlin"))
    utc = frame.assign(arrival=berlin["arrival"].dt.tz_convert("UTC"))
    assert key(qa.sample(berlin, 5, seed=3)) == key(drawn)
    assert key(qa.sample(utc, 5, timezone="Europe/Berlin", seed=3)) == key(drawn)
    assert key(qa.sample(utc, 5, seed=3)) != key(drawn)
    pl = pytest.importorskip("polars")
    assert key(qa.sample(pl.from_pandas(utc), 5, timezone="Europe/Berlin", seed=3)) == key(drawn)
    with pytest.raises(ValueError, match="timezone must be the name of a zone"):
        qa.sample(utc, 5, timezone="Berlin", seed=3)


def test_groups_of_several_columns():
    frame = calls().assign(week=lambda f: f["arrival"].dt.isocalendar().week.astype(int))
    drawn = qa.sample(frame, 2, by=("agent", "week"), seed=3)
    sizes = frame.groupby(["agent", "week"]).size().clip(upper=2)
    assert drawn.groupby(["agent", "week"]).size().to_dict() == sizes.to_dict()
    assert drawn.iloc[0]["stratum"] == "agent 000 | 10"
    one = qa.sample(frame, {("agent 002", 11): 2}, by=("agent", "week"), seed=3)
    assert set(one["call_id"]) <= set(drawn["call_id"])
    assert len(one) == 2


def test_the_report_travels_with_the_sample(tmp_path):
    frame = calls()
    frame.attrs["source"] = "test"
    drawn = qa.sample(frame, 5, reserve=1, seed=3)
    report = qa.sample_report(drawn)
    assert report.quotas_not_met == [
        {"group": "agent 003", "wanted": 5, "drawn": 3, "reason": "fewer eligible recordings"}
    ]
    assert report.to_frame()["group"].tolist() == ["agent 003"]
    record = report.record
    assert record["seed"] == 3
    assert record["design"] == "balanced"
    assert (record["rows"], record["drawn"], record["reserves"]) == (468, 18, 3)
    assert record["left_out"] == report.left_out == {"not drawn": 447}
    assert json.loads(json.dumps(record)) == record
    assert drawn.attrs["source"] == "test"
    for copy in (drawn[drawn["draw"] < 3], drawn.copy(), pickle.loads(pickle.dumps(drawn))):  # noqa: S301
        assert qa.sample_report(copy) == report
    pytest.importorskip("pyarrow")
    drawn.to_parquet(tmp_path / "drawn.parquet")
    assert qa.sample_report(pd.read_parquet(tmp_path / "drawn.parquet")) == report
    assert len(pd.concat([drawn, drawn])) == 2 * len(drawn)
    with pytest.raises(ValueError, match="must have the record"):
        qa.sample_report(frame)


def test_the_digest_knows_the_frame():
    frame = calls()

    def digest(other, **options):
        return qa.sample_report(qa.sample(other, 5, seed=3, **options)).record["digest"]

    same = digest(frame)
    assert digest(frame[::-1]) == same
    assert digest(frame.astype({"call_type": "category", "arrival": "datetime64[ns]"})) == same
    pl = pytest.importorskip("polars")
    assert digest(pl.from_pandas(frame)) == same
    changed = frame.copy()
    changed.iloc[7, 3] += 0.1
    assert digest(changed) != same
    assert digest(frame.assign(call_type="z" + frame["call_type"])) != same
    assert digest(frame, eligible=frame["talk"] > 20) != same


def test_names_and_choices_are_checked():
    frame = calls()
    with pytest.raises(ValueError, match=r"no column 'agnt', nearest: 'agent'"):
        qa.sample(frame, 5, by="agnt", seed=3)
    with pytest.raises(ValueError, match=r"no column 'calltype', nearest: 'call_type'"):
        qa.sample(frame, 5, balance="calltype", seed=3)
    with pytest.raises(ValueError, match="design must be one of"):
        qa.sample(frame, 5, design="balance", seed=3)
    with pytest.raises(ValueError, match=r"found \['weight'\]"):
        qa.sample(frame.assign(weight=1), 5, seed=3)
    with pytest.raises(ValueError, match="reserve must be >= 0"):
        qa.sample(frame, 5, reserve=-1, seed=3)
    with pytest.raises(ValueError, match="cuts of 'talk'"):
        qa.sample(frame, 5, balance={"talk": [60, 30]}, seed=3)


def test_of_a_log_the_calls_that_can_have_a_recording_are_drawn():
    """As if the others were not there: the same rows by the same seed, in parts as well."""
    rng = np.random.default_rng(3)
    rows = 400
    log = pd.DataFrame(
        {
            "call_id": range(rows),
            "agent": rng.choice(["anna", "ben", None], rows, p=[0.5, 0.4, 0.1]),
            "outcome": rng.choice(["answered", "abandoned", "flow_out"], rows, p=[0.7, 0.2, 0.1]),
            "talk": rng.choice([0.0, np.nan, 30.0, 300.0], rows, p=[0.05, 0.05, 0.5, 0.4]),
        }
    )
    can = (log["outcome"] == "answered") & log["agent"].notna() & log["talk"].notna()
    drawn = qa.sample(log, 5, reserve=2, seed=7)
    expected = qa.sample(log[can], 5, reserve=2, seed=7)
    pd.testing.assert_frame_equal(drawn, expected)
    assert qa.sample_report(drawn).left_out["not eligible"] == rows - can.sum()
    assert qa.verify_sample(drawn, log[::-1])
    parts = [qa.partial_sample(log[:150], 5, reserve=2, seed=7)]
    parts.append(qa.partial_sample(log[150:], 5, reserve=2, seed=7))
    pd.testing.assert_frame_equal(qa.merge_samples(parts), drawn)
    pd.testing.assert_frame_equal(
        qa.balance(drawn, log, columns="talk"), qa.balance(drawn, log[can], columns="talk")
    )
    weights = qa.sample(log, 5, design="cube", inclusion=rng.uniform(1, 2, rows), seed=7)
    assert weights["outcome"].eq("answered").all()
    # Who says which rows are eligible is believed, and other tables' outcomes are left alone.
    everybody = log["agent"].notna()
    assert len(qa.sample(log[everybody], 400, eligible=[True] * everybody.sum(), seed=7)) == (
        everybody.sum()
    )
    sales = log[everybody].assign(outcome=rng.choice(["sale", "no sale"], everybody.sum()))
    assert len(qa.sample(sales, 400, seed=7)) == everybody.sum()
    mixed = log.assign(outcome=log["outcome"].replace("flow_out", "Missed"))
    with pytest.raises(ValueError, match=r"outcome must be one of answered.*kpi\.canonical"):
        qa.sample(mixed, 5, seed=7)
