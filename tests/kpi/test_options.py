"""Options of the key figures: each answer is reasoned in words beside it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import intervals, kpi
from callstats.datasets import anonymous_bank

pytestmark = pytest.mark.frames

REFERENCE = Path(__file__).parents[1] / "reference"
KPI, PATIENCE = (
    json.loads((REFERENCE / name).read_text(encoding="utf-8"))["cases"]
    for name in ("kpi.json", "patience.json")
)


def close(got, expected, rtol: float = 1e-12) -> None:
    if isinstance(expected, dict):
        expected = expected["value"]
    expected = np.nan if expected is None else float(expected)
    np.testing.assert_allclose(float(got), expected, rtol=rtol, atol=1e-12)


def queue_log(groups) -> pd.DataFrame:
    rows = [
        (queue, wait, outcome)
        for queue, _, answered, abandoned in groups
        for outcome, waits in (("answered", answered), ("abandoned", abandoned))
        for wait in waits
    ]
    return pd.DataFrame(rows, columns=["queue", "wait", "outcome"]).astype({"wait": float})


def test_thresholds_of_queues_roll_up_through_their_counts():
    case = next(case for case in KPI if case["kind"] == "rollup")
    log = queue_log(case["input"]["groups"])
    own = {queue: threshold for queue, threshold, *_ in case["input"]["groups"]}
    by_row = log.assign(limit=log["queue"].map(own))
    for calls, threshold in ((log, own), (by_row, "limit")):
        whole = kpi.summarize(calls, threshold=threshold).iloc[0]
        want = case["expect"]["all"]
        sides = whole[["service_level_numerator", "service_level_denominator"]].tolist()
        assert sides == [want["num"], want["den"]]
        by_queue = kpi.summarize(calls, by="queue", threshold=threshold).set_index("queue")
        for want in case["expect"]["groups"][:2]:
            close(by_queue.loc[want["queue"], "service_level"], want)
    # Each queue alone, with its threshold as the only one, says the same, excess waits too.
    parts = [
        kpi.summarize(part, by="queue", threshold=own[queue])
        for queue, part in log.groupby("queue")
    ]
    together = kpi.summarize(log, by="queue", threshold=own)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), together)
    with pytest.raises(ValueError, match=r"entry for every queue; none for 'b' \(6 of 10 rows\)"):
        kpi.summarize(log, threshold={"a": 20})


@pytest.mark.parametrize("case", [c for c in KPI if c["kind"] == "wait_distribution"])
def test_tails_quantiles_and_bins_of_waits(case):
    given, want = case["input"], case["expect"]
    log = pd.DataFrame({"wait": np.array(given["waits"], float), "outcome": "answered"})
    options = {"threshold": [*given["thresholds"], 1e6], "bins": given["bins"]}
    row = kpi.summarize(log, quantile="linear", **options).iloc[0]
    for probability, values in want["quantiles"].items():
        close(row[f"wait_p{float(probability) * 100:g}"], values["linear"])
    for threshold, tail in want["tails"].items():
        assert row[f"wait_beyond_{threshold}"] == tail["over"]
        close(row[f"share_beyond_{threshold}"], tail["share_over"])
        close(row[f"mean_excess_{threshold}"], tail["mean_excess"])
    bins = [row[f"waits_to_{edge}"] for edge in given["bins"]] + [row["waits_longer"]]
    assert bins == want["bin_counts"]


def test_quantiles_merge_through_bins():
    """Waits of whole seconds with an edge at every second lose nothing in bins."""
    waits = np.random.default_rng(4).integers(0, 40, 500).astype(float)
    log = pd.DataFrame({"wait": waits, "outcome": "answered"})
    whole = kpi.summarize(log)
    parts = [kpi.summarize(part, bins=range(40)) for part in (log[:200], log[200:])]
    merged = kpi.merge(parts)
    names = ["wait_p50", "wait_p80", "wait_p90", "wait_p95", "wait_max"]
    assert merged[names].iloc[0].tolist() == whole[names].iloc[0].tolist()


def test_several_definitions_in_one_pass():
    log = pd.DataFrame({"wait": [3.0, 30.0, 4.0], "outcome": ["answered", "answered", "abandoned"]})
    both = kpi.summarize(log, definition=["offered", "answered"], threshold=[10, 20])
    for name in ("offered", "answered"):
        alone = kpi.summarize(log, definition=name, threshold=[10, 20])
        for side in ("", "_low", "_high", "_numerator", "_denominator"):
            for end in ("_10", "_20"):
                got = both[f"service_level_{name}{side}{end}"].tolist()
                assert got == alone[f"service_level{side}{end}"].tolist()
    # They agree on all else, which keeps its name.
    assert both["answer_rate"].tolist() == alone["answer_rate"].tolist()
    assert kpi.merge([both, both])["service_level_answered_10"].tolist() == [0.5]
    with pytest.raises(ValueError, match="different names"):
        kpi.summarize(log, definition=["offered", "offered"])


def test_agents_time_goes_where_it_was_worked():
    """A call of 09:25:00 waits 60 s: 300 s of talk begin at 09:26 and 240 s of them fall before
    09:30, the other 60 s after; its 30 s of after-call work follow. A fifth of the talk is hold.
    """
    log = pd.DataFrame(
        {
            "arrival": pd.to_datetime(["2024-03-05 09:25", "2024-03-05 09:26"]),
            "wait": [60.0, 30.0],
            "outcome": ["answered", "abandoned"],
            "talk": [240.0, np.nan],
            "hold": [60.0, np.nan],
            "acw": [30.0, np.nan],
        }
    )
    table = kpi.summarize(log, freq="30min", attribute_to="pro rata")
    assert table["start"].dt.strftime("%H:%M").tolist() == ["09:00", "09:30"]
    # Both calls arrived in the first half hour and are counted there.
    assert table["offered"].tolist() == [2, 0]
    assert table["talk_sum"].tolist() == [192.0, 48.0]
    assert table["hold_sum"].tolist() == [48.0, 12.0]
    assert table["acw_sum"].tolist() == [0.0, 30.0]
    np.testing.assert_allclose(table["handled_timed"], [240 / 330, 90 / 330])
    np.testing.assert_allclose(table["aht"], [330.0, 330.0])
    whole = kpi.summarize(log, freq="day", attribute_to="pro rata")
    assert whole[["talk_sum", "handled_timed"]].to_numpy().tolist() == [[240.0, 1.0]]


def test_days_of_a_month_merge_to_the_month_bit_for_bit():
    """Every wait and talk time of the bank is whole seconds, so that no sum of a day is rounded:
    counts, sums and what is divided out of them are the same bits."""
    month = anonymous_bank()
    options = {"by": "queue", "threshold": [10, 20, 60], "bins": range(0, 4000, 5)}
    whole = kpi.summarize(month, **options)
    days = [part for _, part in month.groupby(month["arrival"].dt.date)]
    assert len(days) > 25
    merged = kpi.merge([kpi.summarize(day, **options) for day in reversed(days)])
    same = [name for name in whole if not name.startswith("wait_p")]
    pd.testing.assert_frame_equal(merged[same], whole[same], check_exact=True)
    for name in ("wait_p50", "wait_p95"):
        assert ((merged[name] - whole[name]).between(0, 5)).all()


def test_a_call_over_midnight_belongs_to_the_day_it_arrived():
    log = pd.DataFrame(
        {
            "arrival": pd.to_datetime(["2024-03-05 23:59:50"]),
            "wait": [20.0],
            "outcome": ["answered"],
            "talk": [100.0],
        }
    )
    for owner, day in (("arrival", "2024-03-05"), ("answer", "2024-03-06"), ("end", "2024-03-06")):
        table = kpi.summarize(log, freq="day", attribute_to=owner)
        assert table["start"].dt.strftime("%Y-%m-%d").tolist() == [day]
    spells = pd.DataFrame(
        {
            "agent": ["a", "a"],
            "start": pd.to_datetime(["2024-03-05 23:50", "2024-03-05 23:55"]),
            "end": pd.to_datetime(["2024-03-06 00:10", "2024-03-06 00:05"]),
            "state": ["talk", "talk"],
        }
    )
    # Ten minutes and five on either side of midnight; the shorter spell lies inside the longer, so
    # it is counted in the total and covers nothing more.
    table = kpi.states(spells, freq="day")
    assert table["total"].tolist() == [900.0, 900.0]
    assert table["covered"].tolist() == [600.0, 600.0]


@pytest.mark.parametrize(("day", "hours"), [("2024-03-31", 23), ("2024-10-27", 25)])
def test_days_on_which_the_clock_changes(day, hours):
    """One call an hour of the local day, one agent logged in throughout: as many calls, intervals
    and hours of time as the day has."""
    zone = "Europe/Berlin"
    hour = pd.date_range(day, periods=hours, freq="h", tz=zone)
    log = pd.DataFrame({"arrival": hour, "wait": 0.0, "outcome": "answered"})
    assert kpi.summarize(log, freq="day")["offered"].tolist() == [hours]
    assert len(kpi.summarize(log, freq="30min")) == hours
    end = hour[-1] + pd.Timedelta(hours=1)
    spells = pd.DataFrame({"agent": ["a"], "start": hour[:1], "end": [end], "state": "available"})
    table = kpi.states(spells, freq="day")
    assert table["available"].tolist() == table["length"].tolist() == [hours * 3600.0]
    assert len(kpi.states(spells, freq="30min")) == 2 * hours


@pytest.mark.parametrize("case", [c for c in PATIENCE if c["kind"] == "small"])
def test_hazard_areas_and_bands_of_patience(case):
    given, want = case["input"], case["expect"]
    outcome = np.where(np.array(given["abandoned"], bool), "abandoned", "answered")
    log = pd.DataFrame({"wait": np.array(given["wait"], float), "outcome": outcome.astype(str)})
    hazard = kpi.patience_hazard(log, edges=given["edges"])
    assert len(hazard) == len(want["hazard"])
    for (_, row), each in zip(hazard.iterrows(), want["hazard"], strict=True):
        assert (row["abandonments"], row["exposure"]) == (each["events"], each["exposure"])
        for name in ("hazard", "low", "high"):
            close(row["hazard" if name == "hazard" else f"hazard_{name}"], each[name], 1e-10)
    for each in want["restricted_mean"]:
        stem, options = "restricted_mean", {"until": each["tau"]}
        if each.get("last"):
            stem, options = "km_mean", {}
        row = kpi.patience(log, **options).iloc[0]
        close(row[stem], each["mean"])
        for ours, theirs in (("_error", "se"), ("_low", "low"), ("_high", "high")):
            close(row[f"{stem}{ours}"], each[theirs], 1e-10)
    row = kpi.patience(log).iloc[0]
    for name, share in (("km_p25", "0.25"), ("km_median", "0.5"), ("km_p75", "0.75")):
        close(row[name], want["quantiles"][share])
    for band in ("plain", "log", "loglog"):
        curve = kpi.patience_curve(log, band=band)
        for (_, row), each in zip(curve.iterrows(), want["kaplan_meier"], strict=True):
            close(row["survival_error"], each["se"], 1e-10)
            close(row["survival_low"], each[band][0], 1e-10)
            close(row["survival_high"], each[band][1], 1e-10)


def test_rates_have_the_limits_that_their_definitions_ask_for():
    log = pd.DataFrame({"wait": [1.0, 2.0, 3.0, 40.0], "outcome": "answered"})
    for method in ("wilson", "clopper_pearson", "jeffreys", "agresti_coull"):
        definitions = kpi.Definitions(limits=method, confidence=0.9)
        row = kpi.summarize(log, definition=definitions).iloc[0]
        low, high = intervals.proportion(3, 4, confidence=0.9, method=method)
        assert (row["service_level_low"], row["service_level_high"]) == (low, high)
        assert kpi.merge([kpi.summarize(log, definition=definitions)])["answer_rate"].tolist() == [
            1
        ]
    # Definitions that differ in their limits alone are told apart by their names.
    exact = kpi.Definitions(name="exact", limits="clopper_pearson")
    both = kpi.summarize(log, definition=["offered", exact])
    assert both["service_level_exact_low"].notna().all()
    assert "Clopper-Pearson 精确区间, 置信度 0.95" in exact.explain("zh")
    assert "limits of rates: Clopper-Pearson interval, 0.95" in exact.explain()
    with pytest.raises(ValueError, match="limits must be one of"):
        kpi.Definitions(limits="wald")
    with pytest.raises(ValueError, match="limits must be 'poisson', 'chi2_2d' or 'log_wald'"):
        kpi.patience(log, limits="wald")
