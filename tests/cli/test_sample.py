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
