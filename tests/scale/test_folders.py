"""`callstats kpi` and `validate` of folders and large files: a block of rows at a time."""

from __future__ import annotations

import pandas as pd
import pytest
from callstats import kpi
from callstats.cli import kpi as kpi_command
from callstats.cli import main
from cut_logs import cut, log


def test_a_folder_of_files_gives_the_figures_of_all_rows(tmp_path, capsys):
    calls = log()
    calls["arrival"] = calls["arrival"].dt.tz_convert("UTC").dt.tz_localize(None)
    folder = tmp_path / "calls"
    folder.mkdir()
    for number, part in enumerate(cut(calls, 4, 2)):
        part.to_csv(folder / f"part-{number}.csv", index=False)
    target = tmp_path / "kpi.parquet"
    assert main(["kpi", str(folder), "--by", "queue", "--freq", "1h", "-o", str(target)]) == 0
    wanted = kpi.summarize(calls, by="queue", freq="1h")
    found = pd.read_parquet(target)
    assert found["wait_p90"].tolist() == wanted["wait_p90"].tolist()
    assert found["wait_sum_all"].tolist() == wanted["wait_sum_all"].tolist()
    assert main(["kpi", str(folder), "--rename", "wait=Wait"]) == 2
    assert "--rename is for one file" in capsys.readouterr().err
    (folder / "part-9.csv").write_text("wait,outcome\n5,lost\n")
    assert main(["kpi", str(folder)]) == 2
    assert "part-9.csv: outcome must be one of" in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_large_file_is_read_block_by_block(tmp_path, monkeypatch, ending):
    calls = log()
    calls["arrival"] = calls["arrival"].dt.tz_convert("UTC").dt.tz_localize(None)
    path, target = tmp_path / f"calls.{ending}", tmp_path / "kpi.parquet"
    calls.to_csv(path, index=False) if ending == "csv" else calls.to_parquet(path, index=False)
    asked = ["kpi", str(path), "--by", "queue", "--freq", "1h", "-o", str(target)]
    assert main(asked) == 0
    whole = pd.read_parquet(target)
    target.unlink()
    monkeypatch.setattr(kpi_command, "_LARGE", 1)
    read = []
    monkeypatch.setattr(kpi_command, "_of_file", read.append)
    assert main(asked) == 0
    assert not read
    pd.testing.assert_frame_equal(pd.read_parquet(target), whole, check_exact=True)


def test_rules_that_rows_of_a_folder_break_are_counted_over_all_files(tmp_path, capsys):
    calls = log()[["call_id", "arrival", "wait", "outcome"]]
    folder = tmp_path / "calls"
    folder.mkdir()
    for number, part in enumerate(cut(calls, 4, 2)):
        part.to_csv(folder / f"part-{number}.csv", index=False)
    assert main(["validate", str(folder)]) == 0
    assert f"nothing wrong in {len(calls)} rows" in capsys.readouterr().out
    cases = [(9001, "-3"), (9002, "5"), (9003, "-4")]
    for name in ("x", "y"):
        bad = "".join(f"{n},2024-03-05T09:00:00Z,{wait},answered\n" for n, wait in cases)
        bad = "call_id,arrival,wait,outcome\n" + bad
        (folder / f"part-{name}.csv").write_text(bad)
    target = tmp_path / "broken.csv"
    assert main(["validate", str(folder), "-o", str(target)]) == 2
    broken = pd.read_csv(target)
    assert broken["count"].tolist() == [4]
    assert "part-x.csv: -3.0 at row 1 (line 2)" in broken["example"][0]
