"""No result takes the place of a file that its command reads, by whatever way it is named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture
def log(calls, recordings, tmp_path):
    """The files of each command, in the folder that commands run in."""
    (tmp_path / "forecast.csv").write_text("start,calls,aht\n2024-03-04 09:00,100,180\n")
    pd.read_csv(recordings[0], dtype=str).head(5).to_csv(tmp_path / "past.csv", index=False)
    (tmp_path / "folder").mkdir()


COMMANDS = [
    (["kpi", "calls.csv"], "calls.csv"),
    (["validate", "calls.csv"], "calls.csv"),
    (["staff", "forecast.csv", "--asa", "20", "--interval", "1800"], "forecast.csv"),
    (["sample", "recordings.csv", "--n", "2", "--seed", "1"], "recordings.csv"),
    (["sample", "recordings.csv", "--n", "2", "--seed", "1", "--exclude", "pa*.csv"], "past.csv"),
    (["balance", "past.csv", "recordings.csv", "--columns", "duration"], "past.csv"),
    (["balance", "past.csv", "recordings.csv", "--columns", "duration"], "recordings.csv"),
]


def same(path):
    return path


def spelled(path):
    return f"folder/../{path}"


def absolute(path):
    return str(Path(path).absolute())


def symbolic(path):
    Path("link.csv").symlink_to(path)
    return "link.csv"


def hard(path):
    Path("hard.csv").hardlink_to(path)
    return "hard.csv"


@pytest.mark.parametrize("way", [same, spelled, absolute, symbolic, hard])
@pytest.mark.parametrize(("words", "path"), COMMANDS)
def test_an_output_that_is_an_input_is_refused(log, refused, words, path, way):
    before = Path(path).read_bytes()
    output = way(path)
    told = refused(*words, "-o", output)
    assert f"{output} is the input {path}, which it would replace; name another file" in told
    assert Path(path).read_bytes() == before


def test_the_record_of_a_draw_replaces_no_input(log, refused):
    words = ["sample", "recordings.csv", "--n", "2", "--seed", "1", "-o", "s.csv"]
    told = refused(*words, "--audit", "recordings.csv")
    assert "recordings.csv is the input recordings.csv" in told
    Path("s.csv.audit.json").hardlink_to("past.csv")
    told = refused(*words, "--exclude", "past.csv")
    assert "s.csv.audit.json is the input past.csv" in told


def test_a_sample_does_not_go_among_its_recordings(log, refused):
    Path("folder/a.csv").write_bytes(Path("recordings.csv").read_bytes())
    told = refused("sample", "folder", "--n", "2", "--seed", "1", "-o", "folder/s.csv")
    assert "folder/s.csv lies in folder, whose files are read; name another folder" in told


def test_a_report_replaces_no_log(log, refused):
    Path("page").mkdir()
    Path("page/agents.csv").write_bytes(Path("calls.csv").read_bytes())
    Path("link").symlink_to("page")
    told = refused("report", "page/agents.csv", "-o", "link")
    assert "link/agents.csv is the input page/agents.csv, which it would replace" in told
    assert "calls.csv is the input calls.csv" in refused("report", "calls.csv", "-o", "calls.csv")


@pytest.mark.skipif(sys.platform == "win32", reason="the shell opens the file for appending")
@pytest.mark.parametrize("options", [[], ["--format", "csv"], ["-o", "/dev/stdout"]])
def test_standard_output_that_is_the_log_is_refused(log, run, options):
    before = Path("calls.csv").read_bytes()
    command = [sys.executable, "-m", "callstats", "kpi", "calls.csv", *options]
    with Path("calls.csv").open("ab") as stream:
        done = subprocess.run(command, stdout=stream, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert Path("calls.csv").read_bytes() == before


def test_standard_input_that_is_the_output_is_refused(log, run):
    before = Path("calls.csv").read_bytes()
    command = [sys.executable, "-m", "callstats", "kpi", "-", "-o", "calls.csv"]
    with Path("calls.csv").open("rb") as stream:
        done = subprocess.run(command, stdin=stream, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"calls.csv is standard input, which it would replace" in done.stderr
    assert Path("calls.csv").read_bytes() == before


def test_other_files_are_replaced_as_before(log, run):
    Path("kpi.csv").write_text("old")
    assert run("kpi", "calls.csv", "-o", "kpi.csv")[0] == 0
    assert run("kpi", "calls.csv", "-o", "kpi.csv")[0] == 0
    assert Path("kpi.csv").read_text().startswith("offered")


def test_a_sample_with_apostrophes_excludes_the_ids_behind_them(run, tmp_path):
    rows = [{"call_id": f"={k}a", "agent": "ann", "talk": k} for k in range(6)]
    pd.DataFrame(rows).to_csv(tmp_path / "rec.csv", index=False)
    words = ["sample", "rec.csv", "--n", "3", "--design", "simple", "--seed", "1", "--safe-csv"]
    assert run(*words, "-o", "one.csv")[0] == 0
    assert run(*words, "-o", "two.csv", "--exclude", "one.csv")[0] == 0
    ids = [pd.read_csv(name)["call_id"] for name in ("one.csv", "two.csv")]
    assert sorted(pd.concat(ids)) == [f"'={k}a" for k in range(6)]
