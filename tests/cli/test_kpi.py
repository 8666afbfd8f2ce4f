"""`callstats kpi` and `callstats validate`: the library's figures, told in terms of the file."""

from __future__ import annotations

import gzip
import io
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import kpi

pytestmark = pytest.mark.frames


def test_the_file_holds_the_librarys_figures_in_full(run, calls):
    path, frame = calls
    options = ("--by", "queue,call_type", "--freq", "30min", "--threshold", "20,30")
    code, out, err = run("kpi", path, *options, "-o", "kpi.csv")
    assert (code, out, err) == (0, "", "")
    expected = kpi.summarize(frame, by=("queue", "call_type"), freq="30min", threshold=(20, 30))
    got = pd.read_csv("kpi.csv", dtype=str, keep_default_na=False)
    assert got.columns.tolist() == expected.columns.tolist()
    assert got["queue"].tolist() == expected["queue"].tolist()
    assert got["start"].tolist() == [str(start) for start in expected["start"]]
    for name in expected.columns[3:]:
        values = [float(text) if text else np.nan for text in got[name]]
        np.testing.assert_array_equal(values, expected[name])


@pytest.mark.parametrize("ending", ["parquet", "xlsx", "tsv.gz"])
def test_every_kind_of_file_gives_the_same_figures(run, calls, ending):
    path, frame = calls
    kinds = {
        "parquet": lambda: frame.to_parquet("calls.parquet"),
        "xlsx": lambda: frame.to_excel("calls.xlsx", index=False),
        "tsv.gz": lambda: frame.to_csv("calls.tsv.gz", sep="\t", index=False),
    }
    run("--version")
    kinds[ending]()
    run("kpi", path, "--by", "agent", "-o", "a.csv")
    run("kpi", f"calls.{ending}", "--by", "agent", "-o", "b.csv")
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()


def test_standard_input_and_output(run, calls, monkeypatch):
    path, _ = calls
    run("kpi", path, "--by", "agent", "-o", "a.csv")
    for options, content in (
        ((), path.read_bytes()),
        (("--format", "csv.gz"), gzip.compress(path.read_bytes())),
    ):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        run("kpi", "-", "--by", "agent", *options, "-o", "b.csv")
        assert Path("b.csv").read_bytes() == Path("a.csv").read_bytes()
    code, out, err = run("kpi", path, "--by", "agent", "-o", "-")
    assert (code, out, err) == (0, Path("a.csv").read_text(encoding="utf-8"), "")
    assert run("kpi", path, "--by", "agent", "--format", "csv")[1] == out


def test_a_table_to_read(run, calls):
    path, frame = calls
    code, out, err = run("kpi", path, "--by", "queue")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("service level: offered, within 20 s")
    heads = "queue offered answered abandoned SL abandon ASA wait P90 AHT"
    assert lines[2].split() == heads.split()
    expected = kpi.summarize(frame, by="queue").query("queue == '投诉'").to_dict("records")[0]
    cells = next(line for line in lines if line.startswith("投诉")).split()
    assert cells[1:5] == [
        *(str(expected[name]) for name in ("offered", "answered", "abandoned")),
        f"{100 * expected['service_level']:.1f}",
    ]


def test_labels_do_not_act_on_the_terminal(run, calls):
    path, frame = calls
    frame.assign(queue="\x1b[31m\u202eevil\x07").to_csv(path, index=False)
    _, out, _ = run("kpi", path, "--by", "queue")
    assert "\\x1b[31m\\u202eevil\\x07" in out
    assert "\x1b" not in out


def test_ids_stay_apart(run, calls):
    path, _ = calls
    run("kpi", path, "--by", "agent", "-o", "a.csv")
    agents = pd.read_csv("a.csv", dtype=str, keep_default_na=False)["agent"]
    assert sorted(agents) == ["", "007", "7", "ann"]


BAD = [
    ("arrival", "2024-01-31 25:00:00", "column 'arrival', {}: '2024-01-31 25:00:00' is not a time"),
    ("wait", "soon", "column 'wait', {}: 'soon' is not a duration"),
    ("wait", "-5", "wait must be >= 0 .*; got -5.0 at {}"),
    ("outcome", "anwered", "outcome must be .*; got 'anwered'.* at {}"),
    ("call_id", "0001", "call_id must not repeat; got '0001' at {}"),
    ("answer", "2024-01-01 00:00:00", "answer must not be before arrival; .* at {}"),
]


@pytest.mark.parametrize(("column", "value", "what"), BAD)
def test_a_bad_row_is_named_by_row_and_line(refused, calls, column, value, what):
    path, frame = calls
    frame = frame.astype({"arrival": str, "wait": str}).assign(answer=None)
    frame.loc[416, column] = value
    frame.to_csv(path, index=False)
    place = r"row 417 \(line 418\)"
    line = refused("kpi", path, "--freq", "30min", "-o", "kpi.csv")
    assert re.search(what.format(place), line)
    assert "(1 bad of 600)" in line


@pytest.mark.parametrize(("column", "value", "what"), BAD)
def test_bad_rows_can_be_dropped_or_flagged_and_are_told(run, calls, column, value, what):
    path, frame = calls
    frame = frame.astype({"arrival": str, "wait": str}).assign(answer=None)
    frame.loc[416, column] = value
    frame.to_csv(path, index=False)
    code, _, err = run("kpi", path, "--freq", "day", "--on-error", "drop", "-o", "a.csv")
    assert code == 0
    # Of the figures that need what is bad: a call is counted whatever its wait.
    figures = {"wait": "figures that need the wait", "answer": "intervals by it"}
    told = figures.get(column, "every figure")
    assert re.search(rf"left out of {told}: 1 of 600 rows: .* in row 417 \(line 418\)", err)
    assert pd.read_csv("a.csv")["offered"].sum() == (600 if column in figures else 599)
    code, _, err = run("kpi", path, "--freq", "day", "--on-error", "flag", "-o", "b.csv")
    assert code == 0
    assert pd.read_csv("b.csv")["flagged"].sum() == 1


@pytest.mark.parametrize(("column", "value", "what"), BAD)
def test_validate_lists_what_is_broken_and_exits_with_2(run, calls, column, value, what):
    path, frame = calls
    frame = frame.astype({"arrival": str, "wait": str}).assign(answer=None)
    frame.loc[416, column] = value
    frame.to_csv(path, index=False)
    code, out, err = run("validate", path)
    assert (code, err) == (2, "")
    assert out.splitlines()[0].split() == ["count", "rule", "example", "effect"]
    assert re.search(rf"^ *1  {column} must .* at row 417 \(line 418\)", out, re.MULTILINE)


def test_a_sound_log_is_told_so(run, calls):
    path, _ = calls
    assert run("validate", path) == (0, f"{path}: nothing wrong in 600 rows\n", "")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--by", "queu"), "calls.csv has no column 'queu', nearest: 'queue'; found 'call_id'"),
        (("--freq", "7min"), "freq"),
        (("--timezone", "Mars/Olympus", "--freq", "day"), "timezone|zone"),
        (("--by", "queue,queue"), "by must not repeat"),
    ],
)
def test_wrong_options_are_invalid_data(refused, calls, words, what):
    path, _ = calls
    assert re.search(what, refused("kpi", path, *words))


def test_a_log_without_waits_says_so(refused, calls):
    path, frame = calls
    frame.rename(columns={"wait": "waited_for"}).to_csv(path, index=False)
    line = refused("kpi", path)
    assert "has no column that is known to be 'wait'; found 'waited_for'" in line
    assert "--rename wait=..." in line


def test_all_missing_columns_are_told_at_once(refused, calls):
    path, frame = calls
    frame.rename(columns={"wait": "waited_for", "outcome": "how"}).to_csv(path, index=False)
    line = refused("kpi", path, "--freq", "day")
    assert "no column that is known to be 'wait', nor 'outcome'; found 'waited_for', 'how'" in line


def test_a_zone_cuts_the_days(run, calls):
    path, frame = calls
    frame["arrival"] = frame["arrival"].dt.tz_localize("UTC")
    frame.to_csv(path, index=False)
    run("kpi", path, "--freq", "day", "--timezone", "Asia/Shanghai", "-o", "a.csv")
    expected = kpi.summarize(frame, freq="day", timezone="Asia/Shanghai")
    got = pd.read_csv("a.csv")
    np.testing.assert_array_equal(got["offered"], expected["offered"])
    assert got["start"].tolist() == [str(start) for start in expected["start"]]
