"""`callstats staff`: the library's plan of a forecast in a file."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from callstats import staffing

pytestmark = pytest.mark.frames

GOAL = ("--service-level", "0.8", "--threshold", "20")


@pytest.fixture
def forecast(tmp_path):
    frame = pd.DataFrame(
        {
            "queue": "sales",
            "start": pd.date_range("2024-03-04 09:00", periods=4, freq="30min"),
            "calls": [250.0, 0.0, 12.5, 100.0],
            "aht": [210.0, 210.0, 300.0, 180.0],
        }
    )
    path = tmp_path / "forecast.csv"
    frame.assign(aht=["3:30", "3:30", "300", "0:03:00"]).to_csv(path, index=False)
    return path, frame


def test_the_file_holds_the_librarys_plan(run, forecast):
    path, frame = forecast
    options = ("--patience", "5min", "--shrinkage", "0.3", "--minimum", "2", "--occupancy", "85%")
    code, out, err = run("staff", path, *GOAL, *options, "-o", "plan.csv")
    assert (code, out, err) == (0, "", "")
    expected = staffing.plan(
        frame,
        service_level=0.8,
        threshold=20,
        occupancy=0.85,
        patience=300,
        shrinkage=0.3,
        minimum=2,
    )
    got = pd.read_csv("plan.csv", parse_dates=["start"])
    assert got.columns.tolist() == expected.columns.tolist()
    for name in ("load", "required_agents", "scheduled_agents", "service_level", "asa"):
        np.testing.assert_allclose(got[name], expected[name], rtol=1e-14)
    assert got["binding_goal"].fillna("").tolist() == expected["binding_goal"].fillna("").tolist()


@pytest.mark.parametrize(
    ("words", "agents"),
    [
        ((*GOAL,), 34),
        (("--service-level", "90%", "--threshold", "20s"), 36),
        (("--service-level", "0.95", "--threshold", "15"), 38),
        ((*GOAL, "--patience", "3min"), 32),
    ],
)
def test_published_requirements(run, forecast, words, agents):
    path, _ = forecast
    run("staff", path, *words, "-o", "plan.csv")
    assert pd.read_csv("plan.csv")["required_agents"].iloc[0] == agents


def test_columns_of_other_names_and_one_value_for_all_rows(run, forecast):
    path, frame = forecast
    frame[["start", "calls"]].rename(columns={"calls": "volume"}).to_csv(path, index=False)
    run("staff", path, "--calls", "volume", "--aht", "210", *GOAL, "-o", "a.csv")
    expected = staffing.plan(frame, aht=210.0, service_level=0.8, threshold=20)
    np.testing.assert_array_equal(
        pd.read_csv("a.csv")["required_agents"], expected["required_agents"]
    )


def test_without_starts_the_interval_is_told(run, refused, forecast):
    path, frame = forecast
    frame[["calls", "aht"]].to_csv(path, index=False)
    assert "interval" in refused("staff", path, *GOAL)
    code, _, _ = run("staff", path, *GOAL, "--interval", "30min", "-o", "a.csv")
    assert code == 0
    assert pd.read_csv("a.csv")["required_agents"].iloc[0] == 34


def test_a_plan_to_read(run, forecast):
    path, _ = forecast
    code, out, err = run("staff", path, *GOAL)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert "abandon" not in lines[0]
    assert lines[2].split()[:7] == [
        "sales",
        "2024-03-04",
        "09:00:00",
        "250.0",
        "210.0",
        "29.17",
        "34",
    ]


def test_goals_that_cannot_be_met_are_told_and_kept(run, forecast):
    path, _ = forecast
    code, _, err = run("staff", path, "--wait-probability", "0", "-o", "plan.csv")
    assert code == 0
    assert re.search(r"3 of 4 intervals have no answer: no number of agents", err)
    assert len(pd.read_csv("plan.csv")) == 4


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("--service-level 80 --threshold 20", "80 is not a fraction .* did you mean 0.8?"),
        ("--service-level 800 --threshold 20", "'800' is not a fraction"),
        ("--service-level 0.8", "--service-level needs --threshold"),
        ("", "say a goal"),
        ("--asa 20 --calls volumes", "has no column 'volumes'; found 'queue'"),
        ("--asa 20 --aht ahtt", "has no column 'ahtt', nearest: 'aht'"),
        ("--asa 20 --shrinkage 1", "shrinkage"),
    ],
)
def test_wrong_goals_and_columns_are_named(refused, forecast, words, what):
    path, _ = forecast
    assert re.search(what, refused("staff", path, *words.split()))


def test_bad_rows_are_named_by_line(refused, forecast):
    path, frame = forecast
    frame.assign(calls=[250, 1, -3, 5]).to_csv(path, index=False)
    assert re.search(
        r"calls must be .* got -3.0 at row 3 \(line 4\)", refused("staff", path, *GOAL)
    )
    frame.assign(aht=["1", "x", "2", "y"]).to_csv(path, index=False)
    line = refused("staff", path, *GOAL)
    assert "column 'aht', row 2 (line 3): 'x' is not a duration" in line
