"""A report made with known definitions is traced back to them, from the calls alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import kpi
from callstats.errors import InvalidDataError

pytestmark = pytest.mark.frames


def centre(count: int = 4000, *, seed: int = 11, zone: str | None = None) -> pd.DataFrame:
    """Two days of calls in two queues, whose waits and hang-ups tell the definitions apart."""
    random = np.random.default_rng(seed)
    outcome = random.choice(["answered", "abandoned", "flow_out"], count, p=(0.7, 0.25, 0.05))
    answered = outcome == "answered"
    arrival = pd.Timestamp("2024-03-05") + pd.to_timedelta(
        np.sort(random.integers(0, 2 * 86400, count)), unit="s"
    )
    return pd.DataFrame(
        {
            "queue": random.choice(["sales", "help"], count),
            "arrival": arrival.tz_localize(zone) if zone else arrival,
            "wait": random.exponential(30.0, count).round(),
            "outcome": outcome,
            "talk": np.where(answered, random.exponential(200.0, count).round(), np.nan),
            "hold": np.where(answered, random.exponential(20.0, count).round(), np.nan),
            "acw": np.where(answered, random.exponential(30.0, count).round(), np.nan),
        }
    )


TRUTHS = [
    (
        {"service_level": "exclude_short_abandoned", "inclusive": False},
        {"threshold": 30, "short_abandon": 10, "attribute_to": "answer"},
        120,
    ),
    (
        {"service_level": "count_abandoned_within"},
        {"threshold": 15, "attribute_to": "arrival"},
        -60,
    ),
    (
        {"service_level": "offered", "include_flowout": True, "asa": "all_waits"},
        {"threshold": 20, "attribute_to": "end"},
        0,
    ),
    (
        {"service_level": "answered", "abandonment_rate": "all", "aht": "talk+acw"},
        {"threshold": 60, "attribute_to": "arrival"},
        480,
    ),
]


@pytest.mark.parametrize(("fields", "options", "shift"), TRUTHS)
def test_definitions_limits_and_clock_of_a_report_are_found(fields, options, shift):
    calls = centre()
    truth = kpi.Definitions(**fields)
    table = kpi.summarize(calls, by="queue", freq="30min", definition=truth, **options)
    report = pd.DataFrame(
        {
            "queue": table["queue"],
            "start": table["start"] + pd.Timedelta(minutes=shift),
            "Service Level": (100 * table["service_level"]).round(1),
            "abandonment_rate": table["abandonment_rate"].round(3),
            "ASA": table["asa"].round(1),
            "aht": table["aht"].round(1),
        }
    ).sample(frac=1, random_state=3)
    found = kpi.reconcile(calls, report)
    assert found.shift == shift
    assert {name: found.options[name] for name in options} == options
    for name in ("service_level", "include_flowout", "inclusive", "asa"):
        assert getattr(found.definitions, name) == getattr(truth, name), name
    best = found.ranking.drop_duplicates("figure")
    assert (best["matched"] == best["cells"]).all()
    assert (best["rank"] == 1).all()
    # Nothing else does as well for service level.
    level = found.ranking[found.ranking["figure"] == "service_level"]
    assert (level["matched"].iloc[1:] < level["cells"].iloc[1:]).all()
    assert found.residuals["residual"].abs().max() <= 0.0501
    # Passing on what was found makes the report again.
    again = kpi.summarize(
        calls, by="queue", freq="30min", definition=found.definitions, **found.options
    )
    np.testing.assert_allclose(again["service_level"], table["service_level"], rtol=1e-12)


def test_a_log_with_a_zone_and_a_report_in_utc():
    calls = centre(zone="Asia/Shanghai")
    table = kpi.summarize(calls, freq="1h")
    report = pd.DataFrame(
        {
            "start": table["start"].dt.tz_convert("UTC").dt.tz_localize(None),
            "offered": table["offered"],
        }
    )
    assert kpi.reconcile(calls, report).shift == -480
    # With its zone the report names the same instants as the log.
    assert kpi.reconcile(calls, report.assign(start=table["start"])).shift == 0


def test_one_number_is_enough_and_ties_are_told():
    calls = centre()
    one = kpi.summarize(calls[calls["outcome"] != "flow_out"], threshold=20).iloc[0]
    plain = calls[calls["outcome"] != "flow_out"]
    found = kpi.reconcile(plain, {"服务水平": f"{one['service_level']:.4%}"}, threshold=20)
    assert found.definitions.service_level == "offered"
    assert found.ranking["rank"].tolist()[:2] == [1, 1]
    assert "the same in every cell" in str(found)
    assert "flow-outs" in str(found)


def test_short_abandons_left_out_of_the_calls_offered():
    calls = centre()
    days = kpi.summarize(calls, freq="day", short_abandon=6)
    report = pd.DataFrame(
        {
            "start": days["start"].dt.date.astype(str),
            "offered": days["answered"] + days["abandoned"] - days["short_abandoned"],
        }
    )
    found = kpi.reconcile(calls, report, freq="day")
    best = found.ranking.iloc[0]
    assert (best["definition"], best["short_abandon"], found.shift) == ("without_short", 6.0, 0)


def test_row_order_and_library_do_not_matter():
    pl = pytest.importorskip("polars")
    calls = centre(600)
    report = kpi.summarize(calls, by="queue", freq="1h")[
        ["queue", "start", "service_level"]
    ].dropna()
    expected = kpi.reconcile(calls, report)
    shuffled = kpi.reconcile(calls.sample(frac=1, random_state=1), report)
    pd.testing.assert_frame_equal(shuffled.ranking, expected.ranking)
    native = kpi.reconcile(pl.from_pandas(calls), pl.from_pandas(report))
    assert isinstance(native.ranking, pl.DataFrame)
    assert native.ranking["definition"].to_list() == expected.ranking["definition"].tolist()
    assert native.ranking["rmse"].to_list() == expected.ranking["rmse"].tolist()
    assert str(native) == str(expected)


def test_what_cannot_be_used_is_told():
    calls = centre(50)
    with pytest.raises(ValueError, match="reported must have one of the figures service_level"):
        kpi.reconcile(calls, {"nonsense": 1})
    with pytest.raises(ValueError, match="freq must be given"):
        kpi.reconcile(calls, pd.DataFrame({"start": ["2024-03-05"], "offered": [50]}))
    with pytest.raises(ValueError, match="one row for each of queue"):
        kpi.reconcile(calls, pd.DataFrame({"queue": ["sales"] * 2, "offered": [1, 2]}))
    with pytest.raises(ValueError, match="no value of 'queue' is one of the calls'"):
        kpi.reconcile(calls, pd.DataFrame({"queue": ["other"], "offered": [1]}))
    with pytest.raises(InvalidDataError, match="offered must hold numbers; got 'many'"):
        kpi.reconcile(calls, pd.DataFrame({"offered": ["many"]}))
    with pytest.raises(TypeError, match="must be a DataFrame"):
        kpi.reconcile(calls, 3)
    with pytest.raises(ValueError, match="threshold must be >= 0"):
        kpi.reconcile(calls, {"service_level": 0.8}, threshold=-1)
    with pytest.raises(ValueError, match="keep must be a whole number >= 1"):
        kpi.reconcile(calls, {"service_level": 0.8}, keep=0)


def test_no_calls_and_missing_figures():
    empty = centre(10).iloc[:0]
    found = kpi.reconcile(empty, {"service_level": 0.8, "asa": np.nan})
    assert found.ranking["matched"].tolist().count(0) == len(found.ranking)


def test_a_number_of_seconds_in_a_name_is_a_threshold():
    """An answer rate within so many seconds is a service level; without them it is none."""
    calls = centre(500)
    level = kpi.summarize(calls, threshold=20)["service_level"][0]
    for name in ("service_level_20", "Service Level (20s)", "SL20", "20秒接通率", "20s内服务水平"):
        found = kpi.reconcile(calls, {name: level})
        assert found.options["threshold"] == 20, name
    assert set(kpi.reconcile(calls, {"接通率": 0.5}).ranking["figure"]) == {"answer_rate"}
