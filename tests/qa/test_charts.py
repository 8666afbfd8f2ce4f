"""Control charts and funnels against ``reference/charts.json``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import qa

pytestmark = pytest.mark.frames
CASES = json.loads(
    (Path(__file__).parents[1] / "reference" / "charts.json").read_text(encoding="utf-8")
)["cases"]


def cases(kind: str) -> pytest.MarkDecorator:
    chosen = [case for case in CASES if case["kind"] == kind]
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case["case"])


def same(found, expected) -> None:
    """Numbers of any nesting; null is undefined."""
    wanted = np.array(expected, dtype=np.float64)
    np.testing.assert_allclose(np.asarray(found, dtype=np.float64), wanted, rtol=1e-10, atol=1e-12)


def nth(names: pd.Series) -> dict[str, list[int]]:
    """Where each rule was completed."""
    found: dict[str, list[int]] = {}
    for place, text in enumerate(names):
        for name in filter(None, text.split(", ")):
            found.setdefault(name, []).append(place)
    return found


def met(expected: dict[str, list[int]]) -> dict[str, list[int]]:
    return {name: places for name, places in expected.items() if places}


def attribute(case: dict, **options) -> pd.DataFrame:
    given = case["input"]
    count = len(given["x"])
    rows = pd.DataFrame({"start": range(count), "events": given["x"], "size": given["n"]})
    kind = given["chart"]
    return qa.attribute_chart(rows, kind=kind, target=given["target"], **options)


@cases("attribute")
def test_attribute(case):
    expected, chart = case["expect"], attribute(case)
    columns = {"point": "points", "sigma": "sigma", "z": "z"}
    for column, name in columns.items():
        undefined = [None] * len(chart)
        same(chart[column], undefined if expected.get(name) is None else expected[name])
    # Centres are told as one number, but for np, whose every period has its own.
    there = chart["point"].notna()
    centre = expected["center"]
    same(chart["centre"][there], np.broadcast_to(np.array(centre, float), len(chart))[there])
    limits = expected["limits"] or [[None, None]] * len(chart)
    same(chart[["lower", "upper"]], limits)
    for rules, places in expected.get("rules", {}).items():
        assert nth(attribute(case, rules=rules)["rules"]) == met(places)


@cases("xmr")
def test_individuals(case):
    values, expected = case["input"]["x"], case["expect"]
    rows = pd.DataFrame({"start": range(len(values)), "value": values})
    chart = qa.individuals_chart(rows)
    same(chart["centre"], [expected["center"]] * len(rows))
    same(chart["moving_range"], [None, *expected["moving_range"]])
    same(chart["sigma"], [expected["sigma"]] * len(rows))
    same(chart[["lower", "upper"]], [expected["limits"]] * len(rows))
    same(chart["moving_range_upper"], [expected["mr_upper"]] * len(rows))
    for rules, places in (expected["rules"] or {}).items():
        found = nth(qa.individuals_chart(rows, rules=rules)["rules"])
        assert found.pop("moving_range", []) == expected["mr_signals"]
        assert found == met(places)
    if "sigma_from_median_mr" in expected:
        wide = qa.individuals_chart(rows, spread="median")
        same(wide["sigma"], [expected["sigma_from_median_mr"]] * len(rows))


@cases("xbar_s")
def test_groups(case):
    groups, expected = case["input"]["groups"], case["expect"]
    rows = [(start, score) for start, group in enumerate(groups) for score in group]
    scores = pd.DataFrame(rows, columns=["start", "score"]).sample(frac=1, random_state=1)
    chart = qa.group_chart(scores)
    same(chart["centre"], [expected["center"]] * len(groups))
    same(chart["sd"], expected["s"])
    same(chart["sd_centre"], [expected["s_bar"]] * len(groups))
    same(chart["sigma"], [expected["sigma"] / np.sqrt(len(groups[0]))] * len(groups))
    same(chart[["lower", "upper"]], [expected["limits"]] * len(groups))
    same(chart[["sd_lower", "sd_upper"]], [expected["s_limits"]] * len(groups))


@cases("ewma")
def test_ewma(case):
    given, expected = case["input"], case["expect"]
    rows = pd.DataFrame({"start": range(len(given["x"])), "value": given["x"]})
    chart = qa.ewma_chart(
        rows, target=given["target"], sigma=given["sigma"], weight=given["lambda"], width=given["L"]
    )
    same(chart["point"], expected["ewma"])
    same(chart[["lower", "upper"]], expected["limits"])
    same(chart[["long_run_lower", "long_run_upper"]].iloc[-1], expected["asymptotic_limits"])
    assert list(np.flatnonzero(chart["signal"])) == expected["signals"]


@cases("cusum")
def test_cusum(case):
    given, expected = case["input"], case["expect"]
    rows = pd.DataFrame({"start": range(len(given["x"])), "value": given["x"]})
    chart = qa.cusum_chart(
        rows,
        target=given["target"],
        sigma=given["sigma"],
        slack=given["k"],
        decision=given["h"],
        head_start=given["head_start"],
    )
    same(chart["above"], expected["upper"])
    same(chart["below"], expected["lower"])
    same(chart["decision"], [expected["decision"]] * len(rows))
    assert list(np.flatnonzero(chart["signal"])) == expected["signals"]


@cases("rules")
@pytest.mark.parametrize("rules", ["western_electric", "nelson"])
def test_rules(case, rules):
    found = qa.run_rules(case["input"]["z"], rules=rules)
    assert nth([", ".join(row) for row in found]) == met(case["expect"][rules])


@cases("funnel")
@pytest.mark.parametrize("limits", ["plain", "multiplicative", "additive", "exact"])
def test_funnel(case, limits):
    given, expected = case["input"], case["expect"]
    rows = pd.DataFrame({"agent": range(len(given["x"])), "events": given["x"], "size": given["n"]})
    table = qa.funnel(
        rows.sample(frac=1, random_state=3),
        kind=given["type"],
        target=given["target"],
        limits=limits,
        winsor=given["winsor"],
    )
    same(table["target"], [expected["target"]] * len(rows))
    same(table["value"], expected["values"])
    same(table["standard_error"], expected["se"])
    same(table["z"], expected["z"])
    same(table["overdispersion"], [expected["phi"]] * len(rows))
    same(table["between_sd"] ** 2, [expected["tau2"]] * len(rows))
    outside = np.zeros(len(rows))
    for name, by_method in expected["limits"].items():
        if limits not in by_method:
            continue
        same(table[[f"low_{name}", f"high_{name}"]], by_method[limits]["limits"])
        outside[by_method[limits].get("outside", [])] = float(name) / 100
    if limits != "exact":
        same(table["outside"], np.where(table["value"].isna(), np.nan, outside))


def test_exact_rates_are_poisson_quantiles():
    rows = pd.DataFrame({"agent": ["a", "b"], "events": [3, 4], "size": [1.5, 2.0]})
    table = qa.funnel(rows, kind="rate", limits="exact", target=2.0, confidence=[0.95])
    for row, mean in zip(table.itertuples(), (3.0, 4.0), strict=True):
        mass = np.exp(-mean) * np.cumprod([1.0, *(mean / np.arange(1, 60))])
        reached = np.cumsum(mass)
        for limit, p in ((row.low_95, 0.025), (row.high_95, 0.975)):
            r = int(np.argmax(reached >= p))
            wanted = (r - (reached[r] - p) / mass[r]) / row.size
            np.testing.assert_allclose(limit, max(wanted, 0), rtol=1e-10)


def test_funnel_of_means_holds_as_many_as_it_says():
    """Agents alike: 5 % outside of 95 % limits, whatever their number of scores."""
    rng = np.random.default_rng(3)
    n = rng.integers(3, 40, 4_000)
    total = n * rng.normal(80, 8 / np.sqrt(n))
    units = pd.DataFrame({"agent": range(4_000), "events": total, "size": n})
    table = qa.funnel(units, kind="mean", sd=8, limits="plain", target=80)
    # Binomial(4000, 0.05): outside of 146..255 once in 10,000.
    assert 146 <= (table["outside"] >= 0.95).sum() <= 255


def test_each_group_has_a_chart_of_its_own():
    rng = np.random.default_rng(4)
    weeks = pd.date_range("2025-01-06", periods=12, freq="7D", tz="Europe/Paris")
    rows = pd.DataFrame(
        {
            "team": ["b"] * 12 + ["a"] * 12,
            "start": [*weeks, *weeks],
            "events": rng.binomial(60, 0.2, 24),
            "size": 60,
        }
    )
    both = qa.attribute_chart(rows.sample(frac=1, random_state=2), by="team")
    assert both["team"].tolist() == ["a"] * 12 + ["b"] * 12
    assert both["start"].tolist() == [*weeks, *weeks]
    alone = qa.attribute_chart(rows[rows["team"] == "b"])
    told = both[both["team"] == "b"].drop(columns="team").reset_index(drop=True)
    pd.testing.assert_frame_equal(told, alone)
    pl = pytest.importorskip("polars")
    other = qa.attribute_chart(pl.from_pandas(rows), by="team")
    assert isinstance(other, pl.DataFrame)
    np.testing.assert_array_equal(other["lower"].to_numpy(), both["lower"])


def test_a_gap_is_bridged_by_ranges_and_breaks_runs():
    rows = pd.DataFrame({"start": range(5), "value": [1.0, np.nan, 4.0, 3.0, 3.5]})
    chart = qa.individuals_chart(rows)
    same(chart["moving_range"], [None, None, 3, 1, 0.5])
    assert chart["point"].isna().tolist() == [False, True, False, False, False]
    ewma = qa.ewma_chart(rows, target=0, sigma=1, weight=0.5)
    same(ewma["point"], [0.5, None, 2.25, 2.625, 3.0625])
    same(qa.cusum_chart(rows, target=0, sigma=1)["above"], [0.5, None, 4, 6.5, 9.5])


def test_nothing_to_draw():
    empty = pd.DataFrame({"start": [], "events": [], "size": [], "value": [], "score": []})
    for chart in (
        qa.attribute_chart(empty),
        qa.individuals_chart(empty),
        qa.group_chart(empty),
        qa.ewma_chart(empty),
        qa.cusum_chart(empty),
        qa.funnel(empty.assign(agent=[])),
    ):
        assert len(chart) == 0
        assert len(chart.columns) > 4


def test_wrong_periods_are_told():
    rows = pd.DataFrame({"start": [1, 2, 2], "events": [1, 2, 30], "size": [10, 10, 10]})
    with pytest.raises(
        ValueError, match="'start' must name each period of a group once; '2' again"
    ):
        qa.attribute_chart(rows)
    rows["start"] = range(3)
    with pytest.raises(ValueError, match=r"'events' of periods must be <= 'size'; got 30\.0 at"):
        qa.attribute_chart(rows)
    assert qa.attribute_chart(rows, kind="u")["point"].tolist() == [0.1, 0.2, 3.0]
    with pytest.raises(ValueError, match=r"'events' of periods must be >= 0; got -1\.0"):
        qa.attribute_chart(rows.assign(events=-1), kind="c", size=None)
    with pytest.raises(ValueError, match="kind must be"):
        qa.attribute_chart(rows, kind="x")
    with pytest.raises(ValueError, match="rules must be"):
        qa.attribute_chart(rows.assign(events=1), rules="mine")
    with pytest.raises(ValueError, match="weight must be > 0 and <= 1; got 2"):
        qa.ewma_chart(rows, value="events", weight=2)
    with pytest.raises(ValueError, match="size must be given for kind 'u'"):
        qa.attribute_chart(rows, kind="u", size=None)


def test_wrong_units_are_told():
    units = pd.DataFrame({"agent": ["a", "b"], "events": [1.0, 2.0], "size": [10.0, 10.5]})
    with pytest.raises(ValueError, match=r"must be whole for exact limits; got 10\.5"):
        qa.funnel(units, limits="exact")
    with pytest.raises(ValueError, match="units must have one row each; 'a' again"):
        qa.funnel(units.assign(agent="a"))
    with pytest.raises(ValueError, match="sd must be given for kind 'mean'"):
        qa.funnel(units, kind="mean")
    with pytest.raises(ValueError, match="winsor must be"):
        qa.funnel(units, winsor=0.7)
    with pytest.raises(ValueError, match="limits must be"):
        qa.funnel(units, limits="wide")
