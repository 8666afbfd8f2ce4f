"""`callstats kpi FOLDER`: the figures of all files, a block of rows at a time."""

from __future__ import annotations

import pandas as pd
from callstats import kpi
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
