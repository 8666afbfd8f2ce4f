"""Every case of the reference file, by public calls; the day level is tested in the core."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import _core, forecast

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "forecast.json").read_text(encoding="utf-8")
)
#: 2025-01-06 is a Monday.
MONDAY = pd.Timestamp("2025-01-06 09:00")
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def cases(name):
    return pytest.mark.parametrize("case", REFERENCE[name], ids=lambda case: case.get("name"))


def rows(volumes, first=MONDAY, step="1h", **columns):
    starts = pd.date_range(first, periods=len(volumes), freq=step)
    values = np.array(volumes, dtype=float)
    return pd.DataFrame({"queue": "q", "start": starts, "volume": values, **columns})


def close(found, expected):
    return pytest.approx(np.nan if expected is None else expected, rel=1e-12, nan_ok=True) == found


@cases("accuracy")
def test_accuracy(case):
    bounds = {name: case[name] for name in ("lower", "upper") if name in case}
    said = rows(case["forecast"], **bounds)
    found = forecast.accuracy(said, rows(case["actual"]), level=case.get("level"))
    for name, expected in case["expected"].items():
        assert close(found[name].item(), expected), name


@cases("accuracy")
def test_levels_may_stand_in_the_names_of_bounds(case):
    if "level" not in case:
        return
    level = round(100 * case["level"])
    bounds = {f"{name}_{level}": case[name] for name in ("lower", "upper")}
    found = forecast.accuracy(rows(case["forecast"], **bounds), rows(case["actual"]))
    assert close(found["interval_score"].item(), case["expected"]["interval_score"])


@cases("mase")
def test_mase(case):
    history = case["history"]
    said = rows(case["forecast"], first=MONDAY + pd.Timedelta(hours=len(history)))
    came = rows([*history, *case["actual"]])
    found = forecast.accuracy(said, came, season=f"{case['season']}h")
    assert close(found["mase"].item(), case["expected"])


@cases("profile")
def test_profiles(case):
    history = []
    for weekday, days in case["days"].items():
        for age, counts in days:
            # Ages are whole weeks before the last day: a Sunday of half lives of its own.
            first = MONDAY + pd.Timedelta(days=WEEKDAYS.index(weekday) - 7 * (age - 1) + 14)
            history.append(rows(counts, first=first))
    table = pd.concat(history)
    half_life = case["half_life_weeks"]
    for shrink, name in ((False, "raw"), (True, "shrunk")):
        found = forecast.profile(
            table, half_life=np.inf if half_life is None else f"{7 * half_life}D", shrink=shrink
        )
        for weekday, expected in case[name].items():
            shares = found.loc[found["weekday"] == weekday, "share"].tolist()
            # A factor on all weights of a weekday changes nothing.
            assert shares == pytest.approx(expected, rel=1e-12), weekday


@cases("split")
def test_split(case):
    shares = case["shares"]
    times = [f"{9 + k:02}:00" for k in range(len(shares))]
    profile = pd.DataFrame({"queue": "q", "weekday": "monday", "time": times, "share": shares})
    totals = pd.DataFrame({"queue": ["q"], "date": [MONDAY.normalize()], "volume": case["total"]})
    found = forecast.split(totals, profile)
    assert found["volume"].tolist() == pytest.approx(case["expected"], rel=1e-12)
    assert found["volume"].sum() == pytest.approx(case["total"], rel=1e-12)


@cases("index")
def test_index(case):
    newest = MONDAY + pd.Timedelta(days=70)
    parts = [rows(day, first=newest - pd.Timedelta(weeks=k)) for k, day in enumerate(case["days"])]
    dates = [newest.normalize() - pd.Timedelta(weeks=k) for k in range(len(parts))]
    special = pd.DataFrame({"date": dates, "kind": "holiday"})[np.array(case["special"])]
    found = forecast.index(
        pd.concat(parts), "7D", weeks=case["weeks"], weights=case["weights"], special=special
    )
    assert found["volume"].tolist() == pytest.approx(case["expected"], rel=1e-12)


@cases("aht")
def test_handle_times(case):
    parts = []
    for handled, seconds, age in zip(
        case["handled"], case["handle_seconds"], case["age_days"], strict=True
    ):
        first = MONDAY - pd.Timedelta(days=age)
        parts.append(rows(handled, first=first, handled=handled, handle_time=seconds))
    with pytest.warns(UserWarning, match="less than 14 days"):
        found = forecast.fit_predict(pd.concat(parts), "7D")
    assert found["aht"].tolist() == pytest.approx(case["expected"], rel=1e-12)


@cases("update")
def test_updates(case):
    if case["memory"] != 0.9:
        return
    mean, seen = case["mean"], case["seen"]
    said = rows(mean, lower=0.0, upper=0.0)
    said["day_cv"] = np.sqrt(case["day_cv2"])
    said["interval_cv"] = np.sqrt(case["excess"])
    said["drift_cv"] = np.sqrt(case["drift"])
    found = forecast.update(said, rows(seen), level=0.8)
    rest, expected = found.iloc[len(seen) :], case["expected"]
    assert found["volume"].iloc[: len(seen)].tolist() == seen
    assert rest["volume"].tolist() == pytest.approx(expected["rest"], rel=1e-12)
    assert rest["factor"].tolist() == pytest.approx([expected["factor"]] * len(rest), rel=1e-12)
    assert (rest["day_cv"] ** 2).tolist() == pytest.approx([expected["cv2"]] * len(rest), abs=1e-14)


@cases("interval")
def test_bounds(case):
    mean, cv2 = (np.array([float(case[name])]) for name in ("mean", "cv2"))
    lower, upper = _core.forecast_bounds(mean, cv2, [case["level"]], 1)
    assert [lower.item(), upper.item()] == case["expected"]


@cases("day_total")
def test_day_totals(case):
    said = rows(case["mean"])
    said["day_cv"], said["interval_cv"] = np.sqrt(case["day_cv2"]), np.sqrt(case["excess"])
    found = forecast.totals(said)
    assert found["volume"].item() == pytest.approx(case["day_mean"], rel=1e-12)
    assert found["day_cv"].item() ** 2 == pytest.approx(case["day_total_cv2"], rel=1e-12)
