"""Logs as files, and the command line run in process."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats.cli import main


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run a command in an empty folder; exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def refused(run):
    """Run a command that must fail with one clear line and write nothing; the line."""

    def refused(*words, code=2):
        before = sorted(Path().rglob("*"))
        got, out, err = run(*words)
        assert got == code
        assert out == ""
        assert err.count("\n") == 1
        assert re.match(r"callstats(?: [a-z-]+)?: ", err)
        assert sorted(Path().rglob("*")) == before
        return err

    return refused


@pytest.fixture
def calls(tmp_path):
    """A log of two days: path of the CSV file, and the frame."""
    rng = np.random.default_rng(11)
    rows = 600
    arrival = pd.Timestamp("2024-01-30 08:00") + pd.to_timedelta(
        np.sort(rng.integers(0, 2 * 86_400, rows)), unit="s"
    )
    outcome = rng.choice(["answered", "abandoned"], rows, p=[0.9, 0.1])
    frame = pd.DataFrame(
        {
            "call_id": [f"{k:04d}" for k in range(rows)],
            "arrival": arrival,
            "wait": rng.exponential(25, rows).round(1),
            "outcome": outcome,
            "queue": rng.choice(["sales", "投诉"], rows),
            "agent": np.where(outcome == "answered", rng.choice(["007", "7", "ann"], rows), None),
            "talk": rng.exponential(180, rows).round(1),
            "call_type": rng.choice(["order", "complaint"], rows),
        }
    )
    path = tmp_path / "calls.csv"
    frame.to_csv(path, index=False)
    return path, frame


@pytest.fixture
def recordings(tmp_path):
    """Recordings of three agents: path of the CSV file, and the frame."""
    rng = np.random.default_rng(12)
    rows = 300
    start = pd.Timestamp("2024-01-01 08:00") + pd.to_timedelta(
        rng.integers(0, 28 * 86_400, rows), unit="s"
    )
    frame = pd.DataFrame(
        {
            "call_id": [f"{k:04d}" for k in range(rows)],
            "agent": rng.choice(["007", "7", "ann"], rows),
            "start": start.strftime("%Y-%m-%dT%H:%M:%S"),
            "duration": [f"{k // 60}:{k % 60:02d}" for k in rng.integers(10, 900, rows)],
            "call_type": rng.choice(["order", "=complaint"], rows),
            "usable": rng.choice(["yes", "no"], rows, p=[0.9, 0.1]),
        }
    )
    path = tmp_path / "recordings.csv"
    frame.to_csv(path, index=False)
    return path, frame
