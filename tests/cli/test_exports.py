"""Files as telephone systems export them, without `--rename`."""

from __future__ import annotations

import logs
import pytest

pytestmark = pytest.mark.frames


def test_an_export_is_read_by_its_usual_names_and_they_are_told(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    export = logs.export().iloc[:3].rename(columns={"备注": "技能组"}).fillna({"技能组": "a"})
    export.to_csv("export.csv", index=False)
    code, out, err = run("kpi", "export.csv", "--by", "queue")
    assert code == 0
    assert "wait is 排队时长" in err
    assert out.splitlines()[-1].split()[:4] == ["c", "1", "1", "0"]
    assert run("validate", "export.csv")[0] == 0


def test_what_cannot_be_understood_says_what_to_type(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    export = logs.export().iloc[:3].copy()
    export["来电时间"] = "03/04/2024 09:00"
    export.loc[1, "呼叫结果"] = "去向不明"
    export.to_csv("export.csv", index=False)
    code, _, err = run("kpi", "export.csv")
    assert code == 2
    assert "--dates dmy" in err
    code, _, err = run("kpi", "export.csv", "--dates", "dmy")
    assert code == 2
    assert "--words '去向不明=" in err
    assert "row 2 (line 3)" in err
    code, out, err = run("kpi", "export.csv", "--dates", "dmy", "--on-error", "flag")
    assert code == 0
    assert "1 of 3 rows" in err
    words = ("--words", "去向不明=abandoned")
    code, out, _ = run("kpi", "export.csv", "--dates", "dmy", *words, "--format", "csv")
    assert code == 0
    assert out.splitlines()[1].startswith("3,2,1,")


def test_words_that_are_no_pairs_are_wrong_usage(refused):
    assert "Handled=answered" in refused("kpi", "x.csv", "--words", "Handled")
