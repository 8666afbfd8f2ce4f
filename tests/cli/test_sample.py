"""`callstats sample`: the drawn rows as they stood in the file, and the record beside them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from callstats import files, qa

pytestmark = pytest.mark.frames

BALANCE = ("--balance", "start,duration,call_type")


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def test_a_sample_is_the_librarys_with_the_files_own_cells(run, recordings):
    path, frame = recordings
    code, out, err = run("sample", path, "--n", 5, *BALANCE, "--seed", 7, "-o", "s.csv")
    assert (code, err) == (0, "")
    assert out == "15 recordings drawn with seed 7: s.csv, record in s.csv.audit.json\n"
    drawn = read("s.csv")
    typed = files.typed(files.read(str(path)), files.CALLS).frame
    expected = qa.sample(typed, 5, balance=("start", "duration", "call_type"), seed=7)
    assert drawn["call_id"].tolist() == expected["call_id"].tolist()
    original = frame.astype(str).set_index("call_id")
    for name in ("agent", "start", "duration", "call_type"):
        assert drawn[name].tolist() == original.loc[drawn["call_id"], name].tolist()
    assert pd.to_numeric(drawn["weight"]).tolist() == expected["weight"].tolist()
    assert sorted(drawn["agent"].unique()) == ["007", "7", "ann"]


def test_the_record_tells_the_draw(run, recordings):
    import hashlib

    path, _ = recordings
    run("sample", path, "--n", 5, *BALANCE, "--seed", 7, "-o", "s.csv")
    record = json.loads(Path("s.csv.audit.json").read_text(encoding="utf-8"))
    assert record["seed"] == 7
    assert record["drawn"] == 15
    assert record["recordings"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    run("sample", path, "--n", 5, "--seed", 7, "-o", "t.xlsx", "--audit", "t.json")
    assert json.loads(Path("t.json").read_text(encoding="utf-8"))["seed"] == 7
    assert not Path("t.xlsx.audit.json").exists()


def test_without_a_seed_one_is_drawn_and_repeats_the_sample(run, recordings):
    path, _ = recordings
    run("sample", path, "--n", 5, "-o", "a.csv")
    seed = json.loads(Path("a.csv.audit.json").read_text(encoding="utf-8"))["seed"]
    run("sample", path, "--n", 5, "--seed", seed, "-o", "b.csv")
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()


def test_earlier_samples_are_not_drawn_again_and_the_unusable_never(run, recordings):
    path, frame = recordings
    options = ("--n", 5, "--eligible", "usable", "--reserve", 2, "--seed", 7)
    run("sample", path, *options, "-o", "a.csv")
    run("sample", path, *options, "--exclude", "a.csv", "-o", "b.csv")
    first, second = read("a.csv"), read("b.csv")
    assert len(first) == len(second) == 3 * 7
    assert not set(first["call_id"]) & set(second["call_id"])
    usable = set(frame.loc[frame["usable"] == "yes", "call_id"])
    assert set(first["call_id"]) | set(second["call_id"]) <= usable
    assert (first["reserve"] == "True").sum() == 6


def test_bounds_hold_in_every_group(run, recordings):
    path, _ = recordings
    bounds = ("--at-most", "call_type:order=1", "--at-least", "call_type:=complaint=3")
    run("sample", path, "--n", 4, *bounds, "--seed", 7, "-o", "a.csv")
    counts = read("a.csv").groupby(["agent", "call_type"]).size()
    assert (counts.xs("order", level=1) <= 1).all()
    assert (counts.xs("=complaint", level=1) >= 3).all()
    run("sample", path, "--n", 2, "--at-most", "call_type=1", "--seed", 7, "-o", "b.csv")
    assert read("b.csv").groupby(["agent", "call_type"]).size().tolist() == [1] * 6


def test_bounds_that_contradict_are_refused(refused, recordings):
    path, _ = recordings
    bounds = ("--at-most", "call_type=1", "--at-most", "call_type:order=2")
    line = refused("sample", path, "--n", 4, *bounds, "--seed", 7, "-o", "a.csv")
    assert "two bounds on 'call_type'" in line


def test_unequal_chances_by_the_cube(run, recordings):
    path, frame = recordings
    frame.assign(size=range(1, len(frame) + 1)).to_csv(path, index=False)
    options = ("--design", "cube", "--inclusion", "size", "--balance", "start")
    run("sample", path, "--n", 4, *options, "--seed", 7, "-o", "a.csv")
    drawn = read("a.csv")
    chances = pd.to_numeric(drawn["inclusion_probability"]) / pd.to_numeric(drawn["size"])
    assert (chances.groupby(drawn["agent"]).std() < 1e-12).all()


def test_parquet_holds_what_the_columns_hold(run, recordings):
    path, _ = recordings
    run("sample", path, "--n", 5, *BALANCE, "--seed", 7, "-o", "s.parquet")
    drawn = pd.read_parquet("s.parquet")
    assert pd.api.types.is_datetime64_any_dtype(drawn["start"])
    assert drawn["duration"].dtype == float


def test_a_column_tells_n_and_short_groups_are_told(run, recordings):
    path, frame = recordings
    frame = frame.assign(quota=frame["agent"].map({"007": 2, "7": 3, "ann": 9999}))
    frame.to_csv(path, index=False)
    code, _, err = run("sample", path, "--n", "quota", "--seed", 7, "-o", "s.csv")
    assert code == 0
    assert "1 groups gave fewer than asked; first 'ann'" in err
    assert read("s.csv")["agent"].value_counts()["007"] == 2


def test_standard_output_gets_the_table_alone(run, recordings):
    path, _ = recordings
    code, out, err = run("sample", path, "--n", 1, "--seed", 7, "-o", "-")
    assert (code, err, out.count("\n")) == (0, "", 4)
    assert [item.name for item in Path().iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"call_id": "0001"}, r"id column 'call_id' must not repeat"),
        (
            {"agent": ""},
            r"by column 'agent' must have a value in every row; missing at row 1 \(line 2\)",
        ),
        ({"start": "yesterday"}, r"column 'start', row 1 \(line 2\): 'yesterday' is not a time"),
        ({"usable": "maybe"}, r"column 'usable', row 1 \(line 2\): 'maybe' is not true or false"),
    ],
)
def test_bad_recordings_are_named_and_nothing_is_written(refused, recordings, change, what):
    path, frame = recordings
    for name, value in change.items():
        frame.loc[0, name] = value
    frame.to_csv(path, index=False)
    line = refused(
        "sample", path, "--n", 5, *BALANCE, "--eligible", "usable", "--seed", 1, "-o", "s.csv"
    )
    assert re.search(what, line)


def test_a_missing_column_names_the_nearest(refused, recordings):
    path, _ = recordings
    line = refused("sample", path, "--n", 5, "--by", "agnt", "--seed", 1, "-o", "s.csv")
    assert "recordings.csv has no column 'agnt', nearest: 'agent'" in line


def test_earlier_samples_by_pattern_and_shares(run, refused, recordings):
    path, everything = recordings
    Path("past").mkdir()
    run("sample", path, "--n", 5, "--seed", 1, "-o", "past/a.csv")
    run("sample", path, "--n", 5, "--seed", 2, "-o", "past/b.csv")
    options = ("--n", "10%", "--minimum", 2, "--seed", 3, "-o", "c.csv")
    code, _, _ = run("sample", path, *options, "--exclude", "past/*.csv")
    assert code == 0
    before = {*read("past/a.csv")["call_id"], *read("past/b.csv")["call_id"]}
    drawn = read("c.csv")
    assert not before & set(drawn["call_id"])
    left = everything[~everything["call_id"].isin(before)].groupby("agent").size()
    expected = {agent: max(2, -(-rows // 10)) for agent, rows in left.items()}
    assert drawn.groupby("agent").size().to_dict() == expected
    record = json.loads(Path("c.csv.audit.json").read_text())
    assert record["excluded_ids_from"] == ["past/a.csv", "past/b.csv"]
    assert "no file matches" in refused("sample", path, *options, "--exclude", "none/*.csv")


LOG = """\
call_id,arrival,wait,outcome,queue,agent,talk
1,2024-03-04 09:00:12,8,answered,sales,ann,185
2,2024-03-04 09:04:40,35,answered,sales,ann,130
3,2024-03-04 09:09:03,61,abandoned,help,ann,
4,2024-03-04 09:10:03,71,abandoned,help,ann,
5,2024-03-04 09:11:03,31,abandoned,help,,
6,2024-03-04 09:12:03,6,answered,help,bob,45
7,2024-03-04 09:13:03,6,answered,help,bob,
8,2024-03-04 09:14:03,6,answered,help,,50
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_log_gives_calls_that_can_have_a_recording(run, tmp_path, seed):
    """Of ann the two answered calls, of bob the one with a talk; nobody's call is no error."""
    (tmp_path / "calls.csv").write_text(LOG)
    code, _, err = run("sample", "calls.csv", "--n", 2, "--seed", seed, "-o", "s.csv")
    assert code == 0
    assert sorted(read("s.csv")["call_id"]) == ["1", "2", "6"]
    assert "not drawn from: 5 of 8 rows, which can have no recording" in err
    # Who says which rows count is believed.
    (tmp_path / "all.csv").write_text(
        "\n".join(
            f"{line},{'yes' if row else 'use'}" for row, line in enumerate(LOG.splitlines()[:5])
        )
    )
    code, _, err = run(
        "sample", "all.csv", "--n", 4, "--seed", seed, "--eligible", "use", "-o", "a.csv"
    )
    assert (code, err) == (0, "")
    assert len(read("a.csv")) == 4


def test_an_export_is_sampled_by_the_names_that_kpi_knows(run, tmp_path):
    (tmp_path / "export.csv").write_text(
        "Call Id,Agent,Start Time,Status,Talk Time\n"
        "1,Ann,2024-03-04 09:00,Answered,3:05\n"
        "2,Ann,2024-03-04 09:04,Abandoned,\n"
    )
    code, out, err = run("sample", "export.csv", "--n", 1, "--seed", 1, "-o", "s.csv")
    assert code == 0
    assert "call_id is Call Id" in err
    drawn = read("s.csv")
    # The cells are the file's own, under the canonical names.
    assert drawn.loc[0, ["call_id", "outcome", "talk"]].tolist() == ["1", "Answered", "3:05"]
    assert len(drawn) == 1
    assert "1 recordings drawn" in out
    (tmp_path / "names.csv").write_text("Call Id,Agent,Length\n1,Ann,5\n2,Ann,6\n")
    code, _, err = run("sample", "names.csv", "--n", 2, "--seed", 1, "-o", "t.csv")
    assert code == 0
    assert "agent is Agent" in err
    assert sorted(read("t.csv")["call_id"]) == ["1", "2"]


def test_rows_without_a_group_are_left_out_where_it_is_said(run, tmp_path):
    (tmp_path / "recordings.csv").write_text("call_id,agent\n1,ann\n2,\n3,ann\n")
    code, _, err = run("sample", "recordings.csv", "--n", 2, "--seed", 1, "-o", "s.csv")
    assert code == 2
    assert "agent" in err
    assert "--on-error drop" in err
    code, _, err = run(
        "sample", "recordings.csv", "--n", 2, "--seed", 1, "--on-error", "drop", "-o", "s.csv"
    )
    assert code == 0
    assert "left out 1 rows without a value in agent or call_id" in err
    assert sorted(read("s.csv")["call_id"]) == ["1", "3"]
