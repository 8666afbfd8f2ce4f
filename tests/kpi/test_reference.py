"""Key figures against ``reference/kpi.json`` and ``patience.json``.

Small logs spelled out, every value made twice, from exact fractions and by a second program. Counts
exactly; sums and quotients to 1e-12; limits and curves to 1e-10.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from callstats import kpi

pytestmark = pytest.mark.frames

REFERENCE = Path(__file__).parents[1] / "reference"
TABLES = {
    name: json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    for name in ("kpi", "patience")
}
VARIANTS = ("offered", "answered", "exclude_abandoned_within")
VARIANTS += ("count_abandoned_within", "count_short_abandoned", "exclude_short_abandoned")


def cases(table: str, kind: str) -> pytest.MarkDecorator:
    chosen = [case for case in TABLES[table] if case["kind"] == kind]
    assert chosen
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case["case"])


def number(value) -> float:
    if isinstance(value, dict):
        value = value["value"]
    return math.nan if value is None else float(value)


def same(got, expected, rtol: float = 1e-12) -> None:
    np.testing.assert_allclose(float(got), number(expected), rtol=rtol, atol=1e-12)


def log_of(given: dict) -> pd.DataFrame:
    log = pd.DataFrame(given["rows"], columns=given["columns"])
    log[["talk", "hold", "acw", "wait"]] = log[["talk", "hold", "acw", "wait"]].astype(float)
    return log


def label(start: pd.Timestamp) -> str:
    return start.isoformat()


@cases("kpi", "service_level_counts")
def test_service_level_of_counts(case):
    given, expected = case["input"], case["expect"]
    short, threshold = given["short_abandoned"], 20.0
    # A short limit beside the threshold on the side that the two counts ask for.
    limit = 5.0 if short <= given["abandoned_within"] else 40.0
    shorter, longer = sorted((limit, threshold))
    few, more = sorted((short, given["abandoned_within"]))
    late = given["answered"] - given["answered_within"]
    waits = {
        "answered": [1.0] * given["answered_within"] + [90.0] * late,
        "abandoned": [shorter] * few
        + [longer] * (more - few)
        + [90.0] * (given["abandoned"] - more),
        "flow_out": [3.0] * given["flow_out"],
    }
    log = pd.DataFrame(
        [(wait, outcome) for outcome, column in waits.items() for wait in column],
        columns=["wait", "outcome"],
    ).astype({"wait": float, "outcome": str})
    for flowout in (False, True):
        table = kpi.compare_definitions(
            log, threshold, short_abandon=limit, include_flowout=flowout
        ).set_index("definition")
        assert tuple(table.index) == VARIANTS
        for variant in VARIANTS:
            want = expected[variant + "+flowout" * flowout]
            row = table.loc[variant]
            assert (row["numerator"], row["denominator"]) == (want["num"], want["den"])
            same(row["service_level"], want)


def check_group(row: pd.Series, want: dict, log: pd.DataFrame, given: dict) -> None:
    counts = ("offered", "answered", "abandoned", "flow_out", "callback", "blocked")
    for name in (*counts, "short_abandoned", "transferred", "handled_timed"):
        assert row[name] == want[name], name
    sums = ("wait_sum_answered", "wait_sum_abandoned", "wait_sum_all")
    for name in (*sums, "talk_sum", "hold_sum", "acw_sum"):
        assert row[name] == want[name], name
    several = len(given["thresholds"]) > 1
    for threshold in given["thresholds"]:
        ending = f"_{threshold}" if several else ""
        level = want["service_level"][str(threshold)]
        assert row[f"answered_within{ending}"] == level["answered_within"]
        assert row[f"abandoned_within{ending}"] == level["abandoned_within"]
        assert row[f"service_level_numerator{ending}"] == level["offered"]["num"]
        assert row[f"service_level_denominator{ending}"] == level["offered"]["den"]
        same(row[f"service_level{ending}"], level["offered"])
        same(row[f"service_level_low{ending}"], level["offered_low"], 1e-10)
        same(row[f"service_level_high{ending}"], level["offered_high"], 1e-10)
    for rate in ("answer_rate", "abandonment_rate"):
        same(row[rate], want[rate]["answered+abandoned"])
        assert row[f"{rate}_denominator"] == want[rate]["answered+abandoned"]["den"]
        same(row[f"{rate}_low"], want[rate]["low"], 1e-10)
        same(row[f"{rate}_high"], want[rate]["high"], 1e-10)
    same(row["transfer_rate"], want["transfer_rate"])
    same(row["asa"], want["asa"]["answered"])
    same(row["mean_wait"], want["mean_wait"])
    same(row["mean_time_to_abandon"], want["mean_time_to_abandon"])
    same(row["wait_max"], want["longest_wait"])
    same(row["aht"], want["aht"]["talk+hold+acw"])
    same(row["att"], want["aht"]["talk"])


@cases("kpi", "call_log")
def test_logs_of_calls(case):
    given = case["input"]
    log = log_of(given)
    thresholds = given["thresholds"]
    thresholds = thresholds if len(thresholds) > 1 else thresholds[0]
    options = {
        "threshold": thresholds,
        "short_abandon": given["short_abandon"],
        "definition": kpi.Definitions(inclusive=given["inclusive"]),
        "timezone": given["timezone"],
    }
    whole = kpi.summarize(log, **options)
    by_queue = kpi.summarize(log, by="queue", **options).set_index("queue")
    freq = given["freq"]
    by_interval = kpi.summarize(log, by="queue", freq=freq, **options) if freq else None
    seen = 0
    for want in case["expect"]:
        if want["start"] is not None:
            at = by_interval[by_interval["queue"] == want["queue"]]
            row = at[at["start"].map(label) == want["start"]].squeeze()
            seen += 1
        elif want["queue"] == "*":
            assert len(whole) == 1
            row = whole.iloc[0]
        else:
            row = by_queue.loc[want["queue"]]
        check_group(row, want, log, given)
    if by_interval is not None:
        assert len(by_interval) == seen


@cases("kpi", "call_log")
def test_every_definition_of_the_rates(case):
    given, want = case["input"], case["expect"][0]
    log = log_of(given)
    strict = {"inclusive": given["inclusive"]}
    several = len(given["thresholds"]) > 1
    options = {
        "threshold": given["thresholds"] if several else given["thresholds"][0],
        "short_abandon": given["short_abandon"],
    }

    def summary(**fields) -> pd.Series:
        definition = kpi.Definitions(**strict, **fields)
        return kpi.summarize(log, definition=definition, **options).iloc[0]

    for variant in VARIANTS:
        for flowout in (False, True):
            row = summary(service_level=variant, include_flowout=flowout)
            for threshold in given["thresholds"]:
                level = want["service_level"][str(threshold)][variant + "+flowout" * flowout]
                same(row[f"service_level_{threshold}" if several else "service_level"], level)
    for base in ("answered+abandoned", "answered+abandoned+flow_out", "all"):
        same(summary(answer_rate=base)["answer_rate"], want["answer_rate"][base])
        same(summary(abandonment_rate=base)["abandonment_rate"], want["abandonment_rate"][base])
    for base in ("drop_short", "short_not_counted"):
        same(summary(abandonment_rate=base)["abandonment_rate"], want["abandonment_rate"][base])
    for base in ("answered", "all_waits"):
        same(summary(asa=base)["asa"], want["asa"][base])
    for parts in ("talk+hold+acw", "talk+acw", "talk+hold", "talk"):
        same(summary(aht=parts)["aht"], want["aht"][parts])


@cases("kpi", "wait_distribution")
def test_wait_quantiles(case):
    waits, expected = case["input"]["waits"], case["expect"]
    log = pd.DataFrame({"wait": np.array(waits, float), "outcome": "answered"})
    thresholds = [*case["input"]["thresholds"], 1e6]
    row = kpi.summarize(log, threshold=thresholds).iloc[0]
    assert row["offered"] == expected["n"]
    assert row["wait_sum_all"] == expected["sum"]
    assert row["wait_max"] == expected["max"]
    for probability, values in expected["quantiles"].items():
        assert row[f"wait_p{float(probability) * 100:g}"] == values["cdf"]
    for threshold, tail in expected["tails"].items():
        assert row[f"answered_within_{threshold}"] == tail["within"]


@cases("kpi", "wait_distribution")
def test_bins_are_differences_of_counts_within_their_edges(case):
    log = pd.DataFrame({"wait": np.array(case["input"]["waits"], float), "outcome": "answered"})
    row = kpi.summarize(log, threshold=[*case["input"]["bins"], np.inf]).iloc[0]
    within = [row[f"answered_within_{edge:g}"] for edge in [*case["input"]["bins"], np.inf]]
    np.testing.assert_array_equal(np.diff([0, *within]), case["expect"]["bin_counts"])


@cases("kpi", "interval_grid")
def test_days_of_the_local_clock(case):
    given, expected = case["input"], case["expect"]
    zone = ZoneInfo(given["timezone"])
    day = pd.Timestamp(given["day"])
    first, end = (pd.Timestamp(at, tz=zone) for at in (day, day + pd.Timedelta(days=1)))
    arrivals = pd.date_range(
        first.tz_convert("UTC"), end.tz_convert("UTC"), freq="7min", inclusive="left"
    )
    log = pd.DataFrame({"arrival": arrivals, "wait": 1.0, "outcome": "answered"})
    table = kpi.summarize(log, freq=given["freq"], timezone=given["timezone"])
    assert [label(start) for start in table["start"]] == expected["labels"]
    assert len(table) == expected["intervals"]
    whole = kpi.summarize(log, freq="day", timezone=given["timezone"])
    assert whole["offered"].tolist() == [len(log)]
    assert label(whole["start"][0]) == expected["labels"][0]


@cases("kpi", "state_split")
def test_state_spells(case):
    given, expected = case["input"], case["expect"]
    spells = pd.DataFrame(given["spells"], columns=given["columns"])
    options = {"freq": given["freq"], "timezone": given["timezone"]}
    bad = expected["unclosed"] + expected["negative"]
    if bad:
        with pytest.raises(ValueError, match=r"end must be known; got missing at position 1"):
            kpi.states(spells, **options)
    table = kpi.states(spells, on_error="drop", **options)
    assert table.attrs["callstats"]["left_out"] == bad
    found = {(label(row["start"]), row["agent"]): row for _, row in table.iterrows()}
    assert len(found) == len(table) == len(expected["rows"])
    for want in expected["rows"]:
        row = found[want["start"], want["agent"]]
        for name in ("length", "total", "covered", "logged_in"):
            assert row[name] == want[name], name
        assert row["overlap"] == want["total"] - want["covered"]
        for state in ("available", "ring", "talk", "hold", "acw", "aux", "break", "offline"):
            assert row[state] == want["seconds"].get(state, 0), state
    for agent, totals in expected["totals"].items():
        mine = table[table["agent"] == agent]
        for state, seconds in totals.items():
            assert mine[state].sum() == seconds


@cases("kpi", "occupancy")
def test_occupancy(case):
    seconds, expected = case["input"]["seconds"], case["expect"]
    start = pd.Timestamp("2024-03-05 00:00")
    spells = pd.DataFrame(
        [("a", start, start + pd.Timedelta(seconds=s), state) for state, s in seconds.items()],
        columns=["agent", "start", "end", "state"],
    )
    if not seconds:
        spells = pd.DataFrame([("a", start, start, "offline")], columns=spells.columns)
    for ring in ("excluded", "busy", "idle"):
        productive = case["input"]["productive"]
        row = kpi.states(spells, freq="day", ring=ring, productive=productive).iloc[0]
        same(row["paid_utilisation"], expected["paid_utilisation"])
        same(row["shrinkage"], expected["shrinkage"])
        assert (row["handle"], row["logged_in"]) == (expected["handle"], expected["logged_in"])
        same(row["occupancy"], expected["occupancy"][f"ring_{ring}"])
        same(row["logged_in_occupancy"], expected["logged_in_occupancy"])


@cases("kpi", "concurrency")
def test_calls_in_progress(case):
    given, expected = case["input"], case["expect"]
    calls = pd.DataFrame(given["calls"], columns=given["columns"])
    table = kpi.concurrency(calls, freq=given["freq"], timezone=given["timezone"])
    assert [label(start) for start in table["start"]] == [want["start"] for want in expected]
    for (_, row), want in zip(table.iterrows(), expected, strict=True):
        assert row["in_progress_seconds"] == want["in_progress_seconds"]
        same(row["mean_in_progress"], want["mean"])
        assert (row["peak_in_progress"], row["agents_seen"]) == (want["peak"], want["agents_seen"])


@cases("kpi", "merge")
def test_merging_parts(case):
    given, expected = case["input"], case["expect"]
    logs = [log_of({**given, "rows": rows}) for rows in given["parts"]]
    options = {"threshold": given["thresholds"], "short_abandon": given["short_abandon"]}
    parts = [kpi.summarize(log, **options) for log in logs]
    for part, log, want in zip(parts, logs, expected["parts"], strict=True):
        check_group(part.iloc[0], want, log, given)
    merged = kpi.merge(parts).iloc[0]
    check_group(merged, expected["whole"], pd.concat(logs), given)


def waits_of(wait, abandoned) -> pd.DataFrame:
    outcome = np.where(np.asarray(abandoned, bool), "abandoned", "answered")
    return pd.DataFrame({"wait": np.array(wait, float), "outcome": outcome.astype(str)})


def check_limits_of_the_mean(log: pd.DataFrame, expected: dict) -> None:
    """On every basis; that of the default is checked with the rest."""
    for basis in ("poisson", "chi2_2d", "log_wald"):
        row = kpi.patience(log, limits=basis).iloc[0]
        low, high = expected["exponential"][basis]
        same(row["mean_patience_low"], low, 1e-10)
        same(row["mean_patience_high"], high, 1e-10)


def check_patience(row: pd.Series, expected: dict) -> None:
    assert (row["waits"], row["abandonments"]) == (expected["n"], expected["events"])
    exponential = expected["exponential"]
    same(row["total_wait"], exponential["exposure"])
    same(row["mean_patience"], exponential["mean"])
    same(row["mean_patience_low"], exponential["poisson"][0], 1e-10)
    same(row["mean_patience_high"], exponential["poisson"][1], 1e-10)
    for name, share in (("p10", "0.1"), ("p25", "0.25"), ("median", "0.5"), ("p75", "0.75")):
        same(row[f"km_{name}"], expected["quantiles"][share])
    last = [area for area in expected["restricted_mean"] if area.get("last")]
    same(row["km_mean"], last[0]["mean"] if last else None)


@cases("patience", "small")
def test_patience_of_small_logs(case):
    log = waits_of(case["input"]["wait"], case["input"]["abandoned"])
    check_patience(kpi.patience(log).iloc[0], case["expect"])
    check_limits_of_the_mean(log, case["expect"])
    curve = kpi.patience_curve(log)
    expected = case["expect"]["kaplan_meier"]
    assert len(curve) == len(expected)
    for (_, row), want in zip(curve.iterrows(), expected, strict=True):
        assert (row["time"], row["at_risk"], row["abandoned"]) == (
            want["time"],
            want["at_risk"],
            want["events"],
        )
        same(row["survival"], want["survival"])
        same(row["survival_low"], want["loglog"][0], 1e-10)
        same(row["survival_high"], want["loglog"][1], 1e-10)


@cases("patience", "bank")
def test_patience_of_a_bank(case):
    """Anonymous Bank 1999; made by scripts/anonymous_bank_waits.py from the published months."""
    table = pd.read_csv(REFERENCE / "anonymous_bank_waits.csv")
    table = table[table["month"] == case["input"]["month"]]
    table = table.loc[table.index.repeat(table["calls"])]
    log = waits_of(table["wait"], table["abandoned"]).assign(call_type=table["type"].to_numpy())
    by_type = kpi.patience(log, by="call_type").set_index("call_type")
    assert list(by_type.index) == sorted(set(case["expect"]) - {"all"})
    check_patience(kpi.patience(log).iloc[0], case["expect"]["all"])
    check_limits_of_the_mean(log, case["expect"]["all"])
    curves = kpi.patience_curve(log, by="call_type")
    for kind, row in by_type.iterrows():
        expected = case["expect"][kind]
        check_patience(row, expected)
        curve = curves[curves["call_type"] == kind]
        for want in expected["kaplan_meier_at"]:
            if want["survival"] is None:
                assert curve["time"].max() < want["time"]
                continue
            before = curve[curve["time"] <= want["time"]]
            later = curve[curve["time"] >= want["time"]]
            assert want["at_risk"] == (later["at_risk"].iloc[0] if len(later) else 0)
            same(before["survival"].iloc[-1] if len(before) else 1.0, want["survival"])
            for name, limit in zip(("low", "high"), want["loglog"], strict=True):
                got = before[f"survival_{name}"].iloc[-1] if len(before) else 1.0
                same(got, limit, 1e-10)
