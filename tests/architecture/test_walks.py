"""No job leaves a file and comes back to it more than three times."""

from __future__ import annotations

import collections
import re
import sys
from pathlib import Path

import callstats
import numpy as np
import pandas as pd
import pytest
from callstats import day, erlang, kpi, qa, staffing

ROOT = Path(__file__).parents[2]
PACKAGE = str(Path(callstats.__file__).parent)


def walk(job) -> list[str]:
    """The files of the package in the order in which a reader who looks up each function once goes
    through them; methods that Python makes by itself are in none."""
    looked_up, files = set(), []

    def call(frame, event, _argument):
        code = frame.f_code
        new = (code.co_filename, code.co_qualname)
        inside = code.co_filename.startswith(PACKAGE) and not code.co_name.startswith("<")
        if event == "call" and inside and new not in looked_up:
            looked_up.add(new)
            if files[-1:] != [code.co_filename]:
                files.append(code.co_filename)

    before = sys.getprofile()
    sys.setprofile(call)
    try:
        job()
    finally:
        sys.setprofile(before)
    return files


RECORDINGS = pd.DataFrame(
    {
        "call_id": range(60),
        "agent": ["anna", "ben", "cleo"] * 20,
        "arrival": pd.date_range("2025-01-06 08:00", periods=60, freq="37min"),
        "talk": np.arange(60) * 7.0,
        "call_type": ["order", "order", "complaint", "query"] * 15,
    }
)
CALLS = pd.DataFrame(
    {
        "queue": ["sales", "help"] * 30,
        "arrival": pd.date_range("2025-01-06 08:00", periods=60, freq="7min"),
        "wait": np.arange(60) * 1.5,
        "talk": np.arange(60) * 7.0,
        "outcome": ["answered", "answered", "abandoned"] * 20,
    }
)
INTERVALS = pd.DataFrame({"calls": [30, 50], "aht": 240.0})
DAY = INTERVALS.assign(
    start=pd.date_range("2025-01-06 08:00", periods=2, freq="30min"), agents=[6, 9]
)


@pytest.mark.parametrize(
    "job",
    [
        lambda: erlang.service_level(agents=10, load=8, aht=240, threshold=20),
        lambda: staffing.plan(INTERVALS, service_level=0.8, threshold=20, interval="30min"),
        lambda: qa.sample(RECORDINGS, 4, seed=7),
        lambda: kpi.summarize(CALLS, by="queue", freq="30min"),
        lambda: day.evaluate(DAY, patience=120),
    ],
    ids=["service_level", "plan", "qa.sample", "summarize", "day.evaluate"],
)
def test_a_reader_comes_back_to_no_file_more_than_three_times(job):
    job()
    visits = collections.Counter(walk(job))
    assert visits
    assert {file: count - 1 for file, count in visits.items() if count > 4} == {}


def test_the_page_for_contributors_names_files_that_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+/[a-z_/]+\.(?:py|rs|pyi|md))`", text))
    assert len(named) > 40
    homes = (ROOT, ROOT / "python" / "callstats")
    assert {each for each in named if not any((home / each).is_file() for home in homes)} == set()
