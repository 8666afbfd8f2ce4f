"""Estimates against ``reference/estimation.json`` and over many draws."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import recordings
from callstats import intervals, qa

pytestmark = pytest.mark.frames
CASES = json.loads(
    (Path(__file__).parents[1] / "reference" / "estimation.json").read_text(encoding="utf-8")
)["cases"]


def cases(kind: str) -> pytest.MarkDecorator:
    chosen = [case for case in CASES if case["kind"] == kind]
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case["case"])


def drawn(strata: dict) -> pd.DataFrame:
    """The sample as qa.sample gives it, strata as agents."""
    parts = []
    for name, stratum in strata.items():
        n, size = len(stratum["y"]), stratum["N"]
        columns = {"agent": name, "stratum": name, "score": stratum["y"], "kind": stratum.get("d")}
        part = pd.DataFrame(columns, index=range(n)) if n else pd.DataFrame()
        parts.append(part.assign(weight=size / max(n, 1), inclusion_probability=n / size))
    return pd.concat(parts, ignore_index=True)


def agrees(row: pd.Series, expected: dict) -> None:
    names = {"mean": "estimate", "standard_error": "se", "low": "low", "high": "high"}
    for name, key in names.items():
        value = np.nan if expected[key] is None else expected[key]
        np.testing.assert_allclose(row[name], value, rtol=1e-10, atol=1e-12, err_msg=name)


@cases("stratified")
def test_strata(case):
    strata = case["input"]["strata"]
    table = qa.estimate(drawn(strata), "score", by="agent")
    for name, expected in case["expect"]["strata"].items():
        found = table[table["agent"] == name]
        # A stratum that nothing was drawn from cannot be seen in the sample.
        assert len(found) == (expected["n"] > 0)
        for _, row in found.iterrows():
            assert row["n"] == expected["n"]
            np.testing.assert_allclose(row["population"], expected["N"], rtol=1e-12)
            np.testing.assert_allclose(row["mean"], expected["mean"], rtol=1e-12)
            error = np.nan if expected["se"] is None else expected["se"]
            np.testing.assert_allclose(row["standard_error"], error, rtol=1e-10, atol=1e-12)
    if case["case"] != "unsampled-stratum":
        agrees(table.iloc[-1], case["expect"]["mean"])
        assert pd.isna(table["agent"].iloc[-1])


@cases("domain")
def test_domains(case):
    table = qa.estimate(drawn(case["input"]["strata"]), "score", by="kind")
    assert list(table["kind"][:-1]) == sorted(case["expect"])
    for _, row in table[:-1].iterrows():
        expected = case["expect"][row["kind"]]
        agrees(row, expected)
        assert row["n"] == expected["n"]
        np.testing.assert_allclose(row["population"], expected["estimated_size"], rtol=1e-12)


@cases("ratio")
def test_ratios(case):
    parts = []
    for name, stratum in case["input"]["strata"].items():
        n, size = len(stratum["y"]), stratum["N"]
        part = pd.DataFrame({"stratum": name, "score": stratum["y"], "size": stratum["x"]})
        parts.append(part.assign(weight=size / n, inclusion_probability=n / size))
    table = qa.estimate(pd.concat(parts), "score", per="size")
    agrees(table.iloc[0], case["expect"]["ratio"])
    if "total_by_ratio" in case["expect"]:
        known = case["input"]["x_total"]
        columns = ["mean", "standard_error", "low", "high"]
        agrees(table[columns].iloc[0] * known, case["expect"]["total_by_ratio"])


def post_stratified(case: dict) -> pd.DataFrame:
    rows = pd.DataFrame(case["input"]["sample"], columns=["kind", "score"])
    share = len(rows) / case["input"]["population"]
    return rows.assign(weight=1 / share, inclusion_probability=share, stratum="all")


@cases("post_stratified")
def test_post_strata(case):
    rows, sizes = post_stratified(case), case["input"]["sizes"]
    table = qa.estimate(rows, "score", post_stratify="kind", sizes=sizes)
    agrees(table.iloc[0], case["expect"]["mean"])
    if case["expect"]["missing_groups"]:
        return
    # A sum of weights such as 500/3, each rounded.
    assert table["population"].iloc[0] == pytest.approx(case["input"]["population"], rel=1e-14)
    # On the numbers drawn it is a stratified draw.
    drawn = rows.groupby("kind")["score"].transform("size")
    size = rows["kind"].map(sizes)
    given = rows.assign(stratum=rows["kind"], weight=size / drawn)
    given["inclusion_probability"] = 1 / given["weight"]
    agrees(qa.estimate(given, "score").iloc[0], case["expect"]["conditional"])


def test_post_strata_from_all_recordings():
    calls = recordings.calls((120, 45, 300))
    calls["score"] = np.arange(len(calls)) % 7
    sample = qa.sample(calls, 20, seed=2, design="simple")
    counts = calls["call_type"].value_counts().to_dict()
    told = {"post_stratify": "call_type", "by": "agent"}
    by_count = qa.estimate(sample, "score", sizes=counts, **told)
    by_frame = qa.estimate(sample, "score", sizes=calls, **told)
    pd.testing.assert_frame_equal(by_frame, by_count, rtol=1e-12)
    assert by_frame["population"].iloc[-1] == pytest.approx(465)
    np.testing.assert_allclose(by_frame["population"][:-1].sum(), 465)
    both = qa.estimate(
        sample.assign(team=1),
        "score",
        post_stratify=["call_type", "team"],
        sizes={(kind, 1): n for kind, n in counts.items()},
        by="agent",
    )
    pd.testing.assert_frame_equal(both, by_count, rtol=1e-12)


def test_known_sizes_take_the_luck_of_the_draw_out():
    """A score that the kind alone decides is estimated without error."""
    calls = recordings.calls((120, 45))
    calls["score"] = calls["call_type"].str.len().astype(float)
    for seed in range(5):
        sample = qa.sample(calls, 15, seed=seed, design="simple")
        if sample["call_type"].nunique() < calls["call_type"].nunique():
            continue
        row = qa.estimate(sample, "score", post_stratify="call_type", sizes=calls).iloc[0]
        np.testing.assert_allclose(row["mean"], calls["score"].mean(), rtol=1e-12)
        np.testing.assert_allclose(row["standard_error"], 0, atol=1e-12)


def test_group_limits_use_the_groups_own_freedom():
    table = qa.estimate(
        drawn({"a": {"N": 30, "y": [1, 4]}, "b": {"N": 9, "y": [5, 6, 9]}}), "score", by="agent"
    )
    t_one = 12.706204736174694
    row = table.iloc[0]
    np.testing.assert_allclose(row["high"] - row["mean"], t_one * row["standard_error"], rtol=1e-12)


def test_a_drawn_row_without_score_is_missing_at_random():
    whole = drawn({"a": {"N": 30, "y": [1, 4, 5]}, "b": {"N": 9, "y": [5, 9]}})
    gap = drawn({"a": {"N": 30, "y": [1, 4, 5, np.nan]}, "b": {"N": 9, "y": [5, np.nan, 9]}})
    pd.testing.assert_frame_equal(
        qa.estimate(gap, "score", by="agent"), qa.estimate(whole, "score", by="agent")
    )
    nobody = drawn({"a": {"N": 30, "y": [1, 4]}, "b": {"N": 9, "y": [np.nan, np.nan]}})
    table = qa.estimate(nobody, "score", by="agent")
    assert table["n"].tolist() == [2, 0, 2]
    assert table["population"].tolist() == [30, 9, 39]
    assert table["mean"].isna().tolist() == [False, True, True]


def test_the_rows_of_a_sample_and_its_reserves():
    calls = recordings.calls((120, 45, 300))
    calls["score"] = np.arange(len(calls)) % 7
    sample = qa.sample(calls, 5, seed=2, reserve=2)
    table = qa.estimate(sample, "score", by="agent")
    assert table["n"].tolist() == [5, 5, 5, 15]
    np.testing.assert_allclose(table["population"], [120, 45, 300, 465])
    pl = pytest.importorskip("polars")
    other = qa.estimate(pl.from_pandas(sample), "score", by="agent")
    assert isinstance(other, pl.DataFrame)
    assert other["agent"].to_list() == [*table["agent"][:-1], None]
    np.testing.assert_array_equal(other["mean"].to_numpy(), table["mean"])
    shuffled = qa.estimate(sample.sample(frac=1, random_state=1), "score", by="agent")
    pd.testing.assert_frame_equal(shuffled, table, rtol=1e-14)
    alone = qa.estimate(sample, "score")
    assert list(alone.columns) == ["n", "population", "mean", "standard_error", "low", "high"]
    assert len(alone) == 1


def test_unknown_weights_leave_the_estimate_unknown():
    calls = recordings.calls((60, 50))
    calls["score"] = 1.0
    sample = qa.sample(calls, 4, seed=1, at_most={"call_type": 1})
    assert qa.estimate(sample, "score")["mean"].isna().all()


def test_nothing_drawn():
    empty = drawn({"a": {"N": 30, "y": [1.0, 4.0]}})[:0]
    table = qa.estimate(empty, "score", by="agent")
    assert table["n"].tolist() == [0]
    assert np.isnan(table["mean"]).all()


def test_the_limits_cover_the_mean_as_often_as_they_say():
    calls = recordings.calls((40, 90, 25), seed=3)
    rng = np.random.default_rng(8)
    calls["score"] = rng.normal(80, 9, len(calls)) + calls["agent"].str[-1].astype(int) * 6
    truth = calls["score"].mean()
    draws = 400
    covered = 0
    for seed in range(draws):
        row = qa.estimate(qa.sample(calls, 6, design="simple", seed=seed), "score").iloc[0]
        covered += row["low"] <= truth <= row["high"]
    # Binomial(400, 0.95): outside 362..396 once in 2,000.
    assert 362 <= covered <= 396


def test_wrong_samples_are_told():
    sample = drawn({"a": {"N": 30, "y": [1, 4]}})
    with pytest.raises(ValueError, match="sample has no column 'scores', nearest: 'score'"):
        qa.estimate(sample, "scores")
    with pytest.raises(ValueError, match=r"'weight' of sample must be > 0 and finite; got 0\.0"):
        qa.estimate(sample.assign(weight=0.0), "score")
    with pytest.raises(ValueError, match="'inclusion_probability' of sample must be > 0 and <= 1"):
        qa.estimate(sample.assign(inclusion_probability=1.5), "score")
    with pytest.raises(ValueError, match="confidence must be"):
        qa.estimate(sample, "score", confidence=95)
    with pytest.raises(ValueError, match="post_stratify and sizes must be given together"):
        qa.estimate(sample, "score", post_stratify="agent")
    with pytest.raises(ValueError, match="sizes must have every value of the sample; 'a' is not"):
        qa.estimate(sample, "score", post_stratify="agent", sizes={"b": 30})
    with pytest.raises(ValueError, match=r"sizes must be >= 0 and finite; got -1\.0 of 'a'"):
        qa.estimate(sample, "score", post_stratify="agent", sizes={"a": -1})
    with pytest.raises(TypeError, match="'score' of sample must be numbers"):
        qa.estimate(sample.assign(score="good"), "score")
    with pytest.raises(ValueError, match="by column 'agent' must have a value"):
        qa.estimate(sample.assign(agent=[None, "a"]), "score", by="agent")


def test_shares_of_a_handful_have_limits_of_wilson():
    """Five of five passed: Student's limits would say that all recordings pass."""
    rows = drawn({"a": {"N": 100, "y": [1, 1, 1, 1, 1]}, "b": {"N": 50, "y": [1, 0, 1, 1]}})
    told = qa.estimate(rows, "score", by="agent", interval="wilson")
    for row, (x, n, size) in zip(told.itertuples(), [(5, 5, 100), (3, 4, 50)], strict=False):
        limits = intervals.proportion(x, n, population=size)
        np.testing.assert_allclose([row.low, row.high], [limits.low, limits.high], rtol=1e-12)
    plain = qa.estimate(rows, "score", by="agent")
    pd.testing.assert_frame_equal(
        told[["mean", "standard_error"]], plain[["mean", "standard_error"]]
    )
    assert told["low"].iloc[-1] < told["mean"].iloc[-1] < told["high"].iloc[-1]
    census = drawn({"a": {"N": 2, "y": [1, 0]}})
    assert qa.estimate(census, "score", interval="wilson")["low"].item() == 0.5
    with pytest.raises(ValueError, match=r"between 0 and 1 for interval='wilson'; got 80\.0"):
        qa.estimate(rows.assign(score=80), "score", interval="wilson")
    with pytest.raises(ValueError, match="interval must be 'student' or 'wilson'"):
        qa.estimate(rows, "score", interval="exact")


@pytest.mark.parametrize("by", ["agent", "call_type", "long"])
def test_post_strata_by_groups_are_ratios_over_the_whole(by):
    frame = recordings.calls().assign(long=lambda f: f["talk"] > 200)
    frame["score"] = np.random.default_rng(2).normal(80, 5, len(frame)).round(1)
    drawn = qa.sample(frame, {"agent 000": 9, "agent 001": 6, "agent 002": 7}, seed=1)
    assert set(drawn["call_type"]) == set("abcd")
    told = {"post_stratify": "call_type", "sizes": frame}
    for _, row in qa.estimate(drawn, "score", by=by, **told).iloc[:-1].iterrows():
        own = (drawn[by] == row[by]).astype(float)
        parted = drawn.assign(total=drawn["score"] * own, own=own)
        whole = qa.estimate(parted, "total", per="own", **told).iloc[0]
        for name in ("mean", "standard_error", "low", "high"):
            assert row[name] == pytest.approx(whole[name], rel=1e-9), (row[by], name)
