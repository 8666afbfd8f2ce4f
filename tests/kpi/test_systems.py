"""Exports of telephone systems under their own names, in Python and by the page's commands."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import kpi
from callstats.cli import main
from system_exports import SYSTEMS

PAGE = Path(__file__).parents[2] / "docs" / "exports.md"
ROWS = dict(
    re.findall(
        r"^\| ([^|]+) \| .* \| `callstats (kpi [^`]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE
    )
)
FIGURES = ("offered", "answered", "abandoned", "service_level", "asa", "aht")


@pytest.mark.parametrize(
    ("system", "given", "export", "figures"), SYSTEMS, ids=[each[0] for each in SYSTEMS]
)
def test_an_export_of_each_system_gives_its_figures(system, given, export, figures):
    log = kpi.canonical(pd.read_csv(io.StringIO(export), dtype=str), **given)
    row = kpi.summarize(log).iloc[0]
    np.testing.assert_allclose([float(row[name]) for name in FIGURES], figures, rtol=1e-12)


def test_the_page_has_each_system():
    assert set(ROWS) == {each[0] for each in SYSTEMS}


@pytest.mark.parametrize(
    ("system", "export", "figures"),
    [(system, export, figures) for system, _, export, figures in SYSTEMS],
    ids=[each[0] for each in SYSTEMS],
)
def test_the_pages_command_gives_its_figures(system, export, figures, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = shlex.split(ROWS[system])
    Path(command[1]).write_text(export, encoding="utf-8")
    assert main([*command, "-o", "kpi.csv"]) == 0
    row = pd.read_csv("kpi.csv").iloc[0]
    np.testing.assert_allclose([float(row[name]) for name in FIGURES], figures, rtol=1e-12)


def test_a_whole_length_with_hold_or_work_in_it_is_not_taken_for_the_wait():
    # Cisco's Duration is the sum of queue, ring, talk, work, hold and delay: waits of 15 and 40 s.
    log = pd.DataFrame(
        {
            "DateTime": ["2024-03-04 09:02:25", "2024-03-04 09:02:40"],
            "CallDisposition": ["Handled", "Abandoned"],
            "Duration": [145, 40],
            "HoldTime": [10, 0],
            "TalkTime": [100, 0],
            "WorkTime": [20, 0],
            "LocalQTime": [15, 40],
        }
    )
    with pytest.raises(ValueError, match=r"'Duration' may hold 'HoldTime' and 'WorkTime' or not"):
        kpi.canonical(log)
    assert kpi.canonical(log, columns={"wait": "LocalQTime"})["wait"].tolist() == [15, 40]


def test_a_disposition_code_is_the_agents_reason_and_no_outcome():
    log = pd.DataFrame(
        {
            "start_time": ["2024-03-04 09:00:00", "2024-03-04 09:01:00"],
            "wait_time": [15, 30],
            "talk_time": [100, 200],
            "disposition_code": ["Completed", "Voicemail"],
        }
    )
    with pytest.raises(ValueError, match="no column that is known to be 'outcome'") as error:
        kpi.canonical(log)
    assert "outcome': 'disposition_code'" not in str(error.value)
