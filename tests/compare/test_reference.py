"""Comparisons against ``reference/comparison.json`` and ``reference/comparison_more.json``."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import compare

pytestmark = pytest.mark.frames
REFERENCE = Path(__file__).parents[1] / "reference"
CASES = [
    case
    for name in ("comparison.json", "comparison_more.json")
    for case in json.loads((REFERENCE / name).read_text(encoding="utf-8"))["cases"]
]


def cases(kind: str) -> pytest.MarkDecorator:
    chosen = [case for case in CASES if case["kind"] == kind]
    assert chosen
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case["case"])


def number(value):
    if value is None:
        return math.nan
    return float(value)


def same(found, expected, *, rtol=1e-10, atol=1e-12):
    np.testing.assert_allclose(float(found), number(expected), rtol=rtol, atol=atol, equal_nan=True)


@cases("two_samples")
def test_two_samples(case):
    found = compare.two_samples(case["input"]["x"], case["input"]["y"])
    welch, ranks = case["expect"]["welch"], case["expect"]["mann_whitney"]
    names = {
        "difference": "difference",
        "t": "t",
        "df": "df",
        "p_value": "p",
        "low": "low",
        "high": "high",
    }
    for name, key in names.items():
        same(getattr(found, name), welch[key])
    same(found.standard_error, welch.get("se"))
    for name in ("u", "share", "p_exact", "p_normal", "shift"):
        same(getattr(found, name), ranks[name])
    same(found.p_normal_corrected, ranks["p_normal_cc"])


def permuted(given):
    return compare.permutation(
        given["values"],
        given["treated"],
        weights=given.get("weights"),
        pairs=given["pairs"],
        allowed=given.get("allowed"),
    )


@cases("permutation")
def test_permutation(case):
    found, expected = permuted(case["input"]), case["expect"]
    same(found.statistic, expected["statistic"])
    assert (found.splits, found.as_extreme) == (expected["assignments"], expected["as_extreme"])
    for name, key in {
        "p_value": "p_two_sided",
        "p_greater": "p_greater",
        "p_less": "p_less",
        "smallest_p": "smallest_p_two_sided",
    }.items():
        same(getattr(found, name), expected[key])


@cases("inversion")
def test_limits(case):
    found, expected = permuted(case["input"]), case["expect"]
    assert (found.splits, found.as_extreme) == (expected["splits"], expected["as_extreme"])
    for name in ("statistic", "p_value", "p_greater", "p_less", "smallest_p", "low", "high"):
        same(getattr(found, name), expected[name])
    same(found.confidence, expected["confidence_attained"])
    assert found.exact


@cases("did")
def test_difference_in_differences(case):
    found, expected = compare.difference_in_differences(**case["input"]), case["expect"]
    for name in ("effect", "change_treated", "change_control"):
        same(getattr(found, name), expected[name])
    tests = found.tests.set_index("method")
    assert list(tests.index) == ["team_t", "team_welch", "cr0", "cr1", "cr2"]
    for method, row in tests.iterrows():
        told = expected.get(method, dict.fromkeys(("se", "df", "t", "p", "low", "high")))
        same(row["standard_error"], told["se"])
        same(row["df"], told["df"])
        for name, key in {"t": "t", "p_value": "p", "low": "low", "high": "high"}.items():
            same(row[name], told[key])
    exact = expected["permutation"]
    assert found.permutation.splits == exact["assignments"]
    assert found.permutation.as_extreme == exact["as_extreme"]
    for name, key in {
        "p_value": "p_two_sided",
        "p_greater": "p_greater",
        "p_less": "p_less",
        "smallest_p": "smallest_p_two_sided",
    }.items():
        same(getattr(found.permutation, name), exact[key])


@cases("cluster_icc")
def test_cluster_icc(case):
    groups = case["input"]["groups"]
    rows = pd.DataFrame([(name, value) for name, own in groups.items() for value in own])
    found = compare.cluster_icc(rows.set_axis(["agent", "talk"], axis=1), value="talk", by="agent")
    for name, key in {
        "between": "msb",
        "within": "msw",
        "size": "n0",
        "icc": "icc",
        "design_effect": "design_effect",
    }.items():
        same(getattr(found, name), case["expect"][key])


@cases("adjust")
def test_adjust(case):
    for method, expected in case["expect"].items():
        found = compare.adjust(case["input"]["p"], method=method)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@cases("change")
def test_change(case):
    found = compare.change(case["input"]["before"], case["input"]["after"])
    same(found.absolute, case["expect"]["absolute"])
    same(found.relative, case["expect"]["relative"])


@cases("max_t")
def test_many_measures(case):
    changes = pd.DataFrame(case["input"]["changes"]).rename_axis("unit").reset_index()
    found = compare.effects(changes, treated=case["input"]["treated"]).set_index("measure")
    for measure, expected in case["expect"].items():
        for name in ("p_value", "p_holm", "p_permutation", "p_max_t"):
            same(found.loc[measure, name], expected[name])


def calls_of(given):
    rows = []
    for period, day in (("before", "2025-03-03"), ("after", "2025-04-07")):
        teams = next(iter(given[period].values()))
        for team in teams:
            row = {"team": team, "start": pd.Timestamp(day)}
            for measure, own in given[period].items():
                row[f"{measure}_top"], row[f"{measure}_bottom"] = own[team]
            rows.append(row)
    return pd.DataFrame(rows)


@cases("pilot")
def test_pilot(case):
    given = case["input"]
    measures = {name: (f"{name}_top", f"{name}_bottom") for name in given["before"]}
    found = compare.pilot(
        calls_of(given),
        treated=given["treated"],
        before=("2025-03-01", "2025-04-01"),
        after=("2025-04-01", "2025-05-01"),
        measures=measures,
    )
    rows = found.effects.set_index("measure")
    for measure, expected in case["expect"].items():
        for name, value in expected.items():
            same(rows.loc[measure, name], value)
    units = found.units.set_index(["unit", "measure"])
    team, measure = given["treated"][0], next(iter(measures))
    top, bottom = given["after"][measure][team]
    same(units.loc[(team, measure), "after"], top / bottom)
    assert units.loc[(team, measure), "size_after"] == bottom


@cases("choose")
def test_choose_teams(case):
    given, expected = case["input"], case["expect"]
    units = pd.DataFrame(given["units"]).T.rename_axis("team").reset_index()
    plan = compare.choose_teams(
        units, on=given["on"], teams=given["teams"], treated=given["treated"], seed=7
    )
    assert list(plan.chosen) == expected["chosen"]
    assert (plan.splits, plan.acceptable) == (expected["splits"], expected["acceptable"])
    same(plan.spread, expected["spread"])
    same(plan.scores[0], expected["best_score"])
    same(plan.scores[-1], expected["worst_score"])
    same(plan.cut, expected["cut"])
    same(plan.smallest_p, expected["smallest_p"])
    allowed = [list(each) for each in plan.allowed]
    assert all(best in allowed for best in expected["best"])
    assert list(plan.treated) in allowed


@cases("power")
def test_power(case):
    given, expected = case["input"], case["expect"]
    arms = {name: given[name] for name in ("treated", "control")}
    same(compare.power(effect=given["effect"], sd=given["sd"], **arms), expected["power"])
    seen = compare.smallest_effect(sd=given["sd"], power=given["power"], **arms)
    same(seen, expected["smallest_effect"])
    needed = compare.teams_needed(effect=given["effect"], sd=given["sd"], power=given["power"])
    assert needed == expected["teams_per_arm"]
    count = given["treated"] + given["control"]
    values = {f"{unit:02}": float(unit**2) for unit in range(count)}
    exact = compare.permutation(values, list(values)[: given["treated"]])
    assert exact.splits == expected["splits"]
    same(exact.smallest_p, expected["smallest_p"])


@cases("change_sd")
def test_change_sd(case):
    same(compare.change_sd(**case["input"]), case["expect"]["change_sd"])


def open_days(weekdays, count):
    """Days that have these weekdays in order."""
    day = pd.Timestamp("2025-01-06")
    found = []
    for place in range(count):
        if weekdays is not None:
            while day.weekday() != weekdays[place]:
                day += pd.Timedelta(days=1)
        found.append(day)
        day += pd.Timedelta(days=1)
    return found


@cases("series")
def test_series(case):
    given, expected = case["input"], case["expect"]
    days = open_days(given["weekday"], len(given["values"]))
    rows = pd.DataFrame({"start": days, "value": given["values"]})
    if given["control"] is not None:
        rows["control"] = given["control"]
    found = compare.series(
        rows,
        change=[days[place] for place in given["changes"]],
        value="value",
        control=None if given["control"] is None else "control",
        weekday=given["weekday"] is not None,
        trend=given["trend"],
        errors=given["errors"],
    )
    for (_, row), told in zip(found.effects.iterrows(), expected["effects"], strict=True):
        for name, value in told.items():
            same(row[name], value, rtol=1e-8)
    assert found.df == expected["df"]
    same(found.drift_share, expected["drift_share"], rtol=1e-9)
    assert (found.days_before, found.days_after) == (
        expected["days_before"],
        expected["days_after"],
    )


@cases("growth")
def test_growth(case):
    found = compare.growth(case["input"]["before"], case["input"]["after"])
    own = found.counters.set_index("unit")["growth"]
    for name, value in case["expect"].items():
        if name == "counters":
            for unit, grown in value.items():
                same(own[unit], grown)
        else:
            same(getattr(found, name), value)


@cases("gap")
def test_gap_curve(case):
    given, expected = case["input"], case["expect"]
    days = pd.date_range("2025-03-03", periods=len(given["events"]))
    rows = pd.DataFrame({"start": days, "events": given["events"], "size": given["size"]})
    found = compare.gap_curve(
        rows,
        fixes=[days[place] for place in given["fixes"]],
        edge=given["edge"],
        block=given["block"],
        weekday=False,
    )
    outside = np.flatnonzero(found.curve["signal"]).tolist()
    for (_, row), told in zip(found.phases.iterrows(), expected["phases"], strict=True):
        assert (row["first"], row["last"]) == (days[told["first"]], days[told["last"]])
        assert (row["events"], row["size"]) == (told["events"], told["size"])
        same(row["rate"], told["rate"])
    assert outside == [place for told in expected["phases"] for place in told["outside"]]
    (change,) = found.changes.to_dict("records")
    told = dict(expected["change"])
    assert change["start"] == days[told.pop("day")]
    for name, value in told.items():
        same(change[name], value)
    for (_, row), told in zip(found.fixes.iterrows(), expected["fixes"], strict=True):
        assert row["start"] == days[told.pop("day")]
        for name, value in told.items():
            same(row[name], value, rtol=1e-8)
