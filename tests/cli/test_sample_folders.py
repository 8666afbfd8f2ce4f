"""`callstats sample` over folders: the sample of the whole, however its rows are cut into files."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import files

pytestmark = pytest.mark.frames

OPTIONS = ("--n", 5, "--balance", "start,duration,call_type", "--reserve", 1, "--seed", 7)


@pytest.fixture
def typed(recordings):
    """The recordings as a warehouse keeps them: with types."""
    path, _ = recordings
    contents = {**files.CALLS, "usable": "truth"}
    return files.typed(files.read(str(path)), contents).frame


def cut(frame, pieces):
    mixed = frame.sample(frac=1, random_state=pieces)
    return [mixed.iloc[rows] for rows in np.array_split(np.arange(len(mixed)), pieces)]


def write(frame, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")


def drawn(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def record(path):
    whole = json.loads(Path(f"{path}.audit.json").read_text(encoding="utf-8"))
    return {name: value for name, value in whole.items() if name != "recordings"}


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet"])
def test_one_file_seven_and_partitions_draw_the_same(run, recordings, typed, ending):
    path, frame = recordings
    code, _, err = run("sample", path, *OPTIONS, "-o", "whole.csv")
    assert (code, err) == (0, "")
    expected = drawn("whole.csv")
    assert len(expected) == 3 * 6
    rows = typed if ending == ".parquet" else frame
    for number, piece in enumerate(cut(rows, 7)):
        write(piece, Path(f"seven/{number}{ending}"))
    months = pd.to_datetime(frame["start"]).dt.strftime("%Y-%m-%d")
    for (agent, day), piece in rows.groupby([rows["agent"], months]):
        write(piece.drop(columns="agent"), Path(f"parts/agent={agent}/{day}{ending}"))
    Path("parts/_SUCCESS").touch()
    Path("parts/.hidden.crc").touch()
    for folder in ("seven", "parts"):
        code, out, err = run("sample", folder, *OPTIONS, "-o", f"{folder}.csv")
        assert (code, err) == (0, "")
        assert out == (
            "15 recordings and 3 reserves drawn with seed 7: "
            f"{folder}.csv, record in {folder}.csv.audit.json\n"
        )
        got = drawn(f"{folder}.csv")
        if ending != ".parquet":
            pd.testing.assert_frame_equal(got[expected.columns], expected)
        for name in ("call_id", "agent", "weight", "draw", "reserve"):
            assert got[name].tolist() == expected[name].tolist()
        assert record(f"{folder}.csv") == record("whole.csv")


def test_batches_of_a_parquet_file_draw_what_the_whole_does(run, recordings, typed, monkeypatch):
    path, _ = recordings
    run("sample", path, *OPTIONS, "--eligible", "usable", "-o", "whole.csv")
    write(typed, Path("all.parquet"))
    monkeypatch.setattr("callstats.files.partitions.BATCH", 37)
    monkeypatch.setattr("callstats.qa.samples.partial._PENDING", 60)
    code, _, err = run("sample", "all.parquet", *OPTIONS, "--eligible", "usable", "-o", "b.csv")
    assert (code, err) == (0, "")
    assert drawn("b.csv")["call_id"].tolist() == drawn("whole.csv")["call_id"].tolist()
    assert record("b.csv") == record("whole.csv")


@pytest.mark.parametrize(
    "options",
    [
        ("--n", "10%", "--minimum", 2),
        ("--n", 4, "--design", "systematic", "--balance", "start"),
        ("--n", 4, "--design", "simple", "--by", "agent,call_type"),
        ("--n", 3, "--at-most", "call_type=2"),
    ],
)
def test_every_design_draws_the_same_from_a_folder(run, recordings, options, monkeypatch):
    path, frame = recordings
    monkeypatch.setattr("callstats.qa.samples.partial._PENDING", 60)
    for number, piece in enumerate(cut(frame, 7)):
        write(piece, Path(f"seven/{number}.csv"))
    for source, target in ((path, "whole.csv"), ("seven", "parts.csv")):
        code, _, err = run("sample", source, *options, "--seed", 7, "-o", target)
        assert (code, err) == (0, "")
    pd.testing.assert_frame_equal(drawn("parts.csv"), drawn("whole.csv"))
    assert record("parts.csv") == record("whole.csv")


def test_the_record_tells_every_file(run, recordings):
    _, frame = recordings
    for number, piece in enumerate(cut(frame, 3)):
        write(piece, Path(f"days/{number}.csv"))
    run("sample", "days", *OPTIONS, "-o", "s.csv")
    told = json.loads(Path("s.csv.audit.json").read_text(encoding="utf-8"))["recordings"]
    assert told["name"] == "days"
    assert told["files"] == [
        {"name": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(Path("days").iterdir())
    ]


def test_offsets_of_summer_and_winter_need_a_zone(run, refused, recordings):
    _, frame = recordings
    write(frame.assign(start=frame["start"] + "+01:00")[:150], Path("days/1.csv"))
    write(frame.assign(start=frame["start"] + "+02:00")[150:], Path("days/2.csv"))
    line = refused("sample", "days", *OPTIONS, "-o", "s.csv")
    assert re.search(r"2\.csv: column 'start' has times with UTC\+02:00, .*1\.csv with", line)
    zone = ("--timezone", "Europe/Vienna")
    assert run("sample", "days", *OPTIONS, *zone, "-o", "s.csv")[0] == 0
    both = pd.concat([pd.read_csv(f"days/{day}.csv", dtype=str) for day in (1, 2)])
    both.to_csv("both.csv", index=False)
    assert run("sample", "both.csv", *OPTIONS, *zone, "-o", "t.csv")[0] == 0
    pd.testing.assert_frame_equal(drawn("s.csv"), drawn("t.csv"))


def test_columns_that_nobody_knows_are_read_as_in_the_first_file(run, refused, recordings):
    _, frame = recordings
    frame = frame.assign(score=np.arange(len(frame)) % 10)
    write(frame[:150], Path("days/1.csv"))
    write(frame[150:].assign(score="low"), Path("days/2.csv"))
    options = ("--n", 5, "--balance", "score", "--seed", 7, "-o", "s.csv")
    line = refused("sample", "days", *options)
    assert re.search(r"2\.csv: column 'score', row 1 \(line 2\): 'low' is not a number", line)
    assert run("sample", "days", *options, "--text", "score")[0] == 0


def test_parquet_files_may_differ_in_how_they_store_a_column(run, recordings, typed):
    path, _ = recordings
    run("sample", path, *OPTIONS, "-o", "whole.csv")
    a, b, c, d = cut(typed, 4)
    write(a.assign(call_type=a["call_type"].astype("category")), Path("days/1.parquet"))
    write(b.assign(start=b["start"].astype("datetime64[ns]")), Path("days/2.parquet"))
    write(c[typed.columns[::-1]], Path("days/3.parquet"))
    write(d.assign(duration=d["duration"].astype("int64")), Path("days/4.parquet"))
    write(d[:0], Path("days/5.parquet"))
    code, _, err = run("sample", "days", *OPTIONS, "-o", "s.csv")
    assert (code, err) == (0, "")
    assert drawn("s.csv")["call_id"].tolist() == drawn("whole.csv")["call_id"].tolist()


def test_folders_that_do_not_go_together_are_refused(refused, recordings, typed):
    _, frame = recordings
    Path("none").mkdir()
    assert "none has no files in it" in refused("sample", "none", *OPTIONS, "-o", "s.csv")
    write(frame[:150], Path("mixed/1.csv"))
    write(typed[150:], Path("mixed/2.parquet"))
    assert "files of one kind" in refused("sample", "mixed", *OPTIONS, "-o", "s.csv")
    write(frame[:150], Path("more/1.csv"))
    write(frame[150:].assign(note="x"), Path("more/2.csv"))
    line = refused("sample", "more", *OPTIONS, "-o", "s.csv")
    assert re.search(r"2\.csv has a column 'note' that .*1\.csv has not", line)
    write(frame[:150], Path("twice/1.csv"))
    write(frame[140:], Path("twice/2.csv"))
    assert "must not repeat" in refused(
        "sample", "twice", "--n", "100%", "--seed", 1, "-o", "s.csv"
    )
    write(typed[:150], Path("types/1.parquet"))
    write(typed[150:].assign(duration="long"), Path("types/2.parquet"))
    line = refused("sample", "types", *OPTIONS, "-o", "s.csv")
    assert re.search(r"2\.parquet: a column has another type than in .*1\.parquet", line)
    write(typed[:0], Path("empty/1.parquet"))
    assert "no rows" in refused("sample", "empty", *OPTIONS, "-o", "s.csv")
    write(frame, Path("other/1.csv"))
    Path("other/notes.txt").write_text("x")
    assert "cannot tell the format" in refused("sample", "other", *OPTIONS, "-o", "s.csv")
    Path("cut").mkdir()
    whole = Path("types/1.parquet").read_bytes()
    Path("cut/1.parquet").write_bytes(whole[:-20])
    line = refused("sample", "cut", *OPTIONS, "-o", "s.csv")
    assert "1.parquet is not a Parquet file that can be read" in line


def test_a_bad_row_is_told_by_its_place_in_its_file(refused, recordings, typed, monkeypatch):
    _, frame = recordings
    write(frame[:150], Path("days/1.csv"))
    bad = frame[150:].reset_index(drop=True)
    bad.loc[3, "agent"] = ""
    write(bad, Path("days/2.csv"))
    line = refused("sample", "days", *OPTIONS, "-o", "s.csv")
    assert re.search(r"2\.csv: by column 'agent' must have .* missing at row 4 \(line 5\)", line)
    monkeypatch.setattr("callstats.files.partitions.BATCH", 64)
    typed.loc[200, "agent"] = None
    write(typed, Path("all.parquet"))
    line = refused("sample", "all.parquet", *OPTIONS, "-o", "s.csv")
    assert "missing at row 201 (" in line
