"""The parts of the planning loop that read the bank's calls."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd
import pytest
from callstats import datasets

pytestmark = pytest.mark.frames


@pytest.fixture(scope="module")
def loop():
    path = Path(__file__).parents[2] / "examples" / "planning_loop.py"
    spec = importlib.util.spec_from_file_location("planning_loop", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(agent, answer, seconds):
    begin = pd.Timestamp(f"1999-02-22 {answer}")
    end = begin + pd.Timedelta(seconds=seconds)
    return {"agent": agent, "answer": begin, "end": end, "talk": float(seconds)}


def test_agents_are_seen_from_serving_to_the_whole_span(loop):
    calls = pd.DataFrame(
        [
            call("a", "09:00", 1800),
            # Five minutes later, and then an hour later.
            call("a", "09:35", 1800),
            call("a", "11:05", 900),
            call("b", "10:00", 1800),
            {"agent": None, "answer": pd.NaT, "end": pd.NaT, "talk": 0.0},
        ]
    )
    low, high = loop.seen_hours(calls)
    assert low == pytest.approx((1800 + 300 + 1800 + 900 + 1800) / 3600)
    assert high == pytest.approx(2 + 20 / 60 + 0.5)


def test_half_hours_of_opening_and_shifts_within_them(loop):
    calls = datasets.anonymous_bank()
    slots = loop.by_half_hour(calls)
    hours = slots["start"].dt.hour
    weekday = slots["start"].dt.day_of_week
    assert hours.min() == 7
    assert (hours[weekday == 4] < 14).all()
    assert (hours[weekday == 5] >= 20).all()
    assert 0.98 * len(calls) < slots["volume"].sum() <= len(calls)
    friday = pd.DataFrame({"start": pd.date_range("1999-02-26 07:00", periods=14, freq="30min")})
    types = loop.types_of(friday.assign(date=friday["start"].dt.normalize()))
    assert types["length"].unique().tolist() == [pd.Timedelta("4h")]
    assert (types["start"] + types["length"]).max() == pd.Timedelta("14h")
