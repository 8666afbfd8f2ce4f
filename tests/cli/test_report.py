"""`callstats report` and `callstats demo`: a report of a file or of the packaged month."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.frames


def test_a_report_of_a_file(run, calls):
    path, _ = calls
    code, out, err = run("report", path, "-o", "out", "--title", "Our centre", "--seed", 7)
    assert (code, err) == (0, "")
    assert "Our centre" in out
    assert "out/index.html" in out
    page = Path("out/index.html").read_text(encoding="utf-8")
    assert "Our centre" in page
    assert "calls.csv" in page


def test_a_bad_log_gives_no_folder(refused, calls):
    path, frame = calls
    frame.assign(wait=[-1.0, *frame["wait"][1:]]).to_csv(path, index=False)
    assert "wait must be" in refused("report", path, "-o", "out")


def test_an_older_report_stays_until_the_new_one_is_whole(run, calls, monkeypatch):
    path, frame = calls
    run("report", path, "-o", "out", "--title", "First")
    frame.assign(wait="soon").to_csv(path, index=False)
    code, _, _ = run("report", path, "-o", "out", "--title", "Second")
    assert code == 2
    assert "First" in Path("out/index.html").read_text(encoding="utf-8")


def test_the_demo(run):
    code, out, err = run("demo", "-o", "out")
    assert (code, err) == (0, "")
    assert "out/index.html" in out
    assert Path("out/index.html").stat().st_size > 50_000
    assert {"staffing.csv", "sample.csv", "audit.json"} <= {p.name for p in Path("out").iterdir()}


@pytest.mark.parametrize("names", [["Date", "Wait Time", "Result"], ["arrival", "wait", "outcome"]])
def test_dates_without_a_time_of_day_make_no_half_hours(run, tmp_path, monkeypatch, names):
    monkeypatch.chdir(tmp_path)
    rows = [(1, "2024-03-04", 10, "answered"), (2, "2024-03-05", 20, "abandoned")]
    log = pd.DataFrame(rows, columns=["call_id", *names])
    log.to_csv("calls.csv", index=False)
    code, _, said = run("report", "calls.csv", "-o", "page")
    assert code == 2
    assert "calls.csv has dates and no time of day in 'arrival', such as 2024-03-04" in said
    assert "--rename arrival=..." in said
    assert "callstats kpi --freq day" in said
    assert not Path("page").exists()
    code, _, said = run("kpi", "calls.csv", "--freq", "30min")
    assert code == 2
    assert "has dates and no time of day" in said
    assert run("kpi", "calls.csv", "--freq", "day", "-o", "out.csv")[0] == 0
    assert pd.read_csv("out.csv")["offered"].tolist() == [1, 1]
