"""Headers that come twice: read as one, left aside or asked about; and rows chosen by --where."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest
from callstats import kpi
from callstats.errors import InvalidDataError
from callstats.kpi.exports.tables import simple

pytestmark = pytest.mark.frames

ROWS = [
    ("c1", "2024-03-04 09:00:00", 10, "ANSWERED", 100, "a"),
    ("c2", "2024-03-04 09:01:00", 30, "ABANDONED", 0, "b"),
    ("c3", "2024-03-04 09:02:00", 25, "ANSWERED", 200, "c"),
]
NAMES = ["Call ID", "Start Time", "Queue Time", "Disposition", "Talk Time", "Notes"]


def export(name, values):
    """The rows with one more column at their end, of a name that they have already."""
    rows = [(*row, value) for row, value in zip(ROWS, values, strict=True)]
    return pd.DataFrame(rows, columns=[*NAMES, name])


@pytest.fixture
def figures(run):
    def made(*options):
        code, _, err = run("kpi", "calls.csv", *options, "-o", "out.csv")
        assert code == 0, err
        return pd.read_csv("out.csv").iloc[0], err

    return made


def check(row, aht=150.0, asa=17.5):
    assert (row["offered"], row["answered"], row["abandoned"]) == (3, 2, 1)
    assert row["service_level"] == pytest.approx(1 / 3)
    assert row["asa"] == asa
    assert row["aht"] == pytest.approx(aht, nan_ok=True)


def test_an_optional_column_that_is_not_needed_is_left_aside_and_said_once(figures):
    export("Notes", "xyz").to_csv("calls.csv", index=False)
    row, said = figures()
    check(row)
    assert said.count("'Notes' comes 2 times with different values") == 1
    assert "'Notes #1', 'Notes #2'" in said
    # Neither talk time is taken: which is right is for the user to say.
    export("Talk Time", [1, 2, 3]).to_csv("calls.csv", index=False)
    row, said = figures()
    check(row, aht=float("nan"))
    assert "not used: Talk Time #1, Talk Time #2 (--rename 'talk|hold|acw=...'" in said
    check(figures("--rename", "talk=Talk Time #1")[0])
    check(figures("--rename", "talk=Talk Time #2")[0], aht=2.0)


@pytest.mark.parametrize(
    ("name", "canonical", "values"),
    [
        ("Start Time", "arrival", ["2024-03-04 10:00:00"] * 3),
        ("Queue Time", "wait", [5, 5, 5]),
        ("Disposition", "outcome", ["ANSWERED"] * 3),
    ],
)
def test_a_needed_column_that_comes_twice_is_asked_about(figures, run, name, canonical, values):
    frame = export(name, values)
    frame.to_csv("calls.csv", index=False)
    option = f"--rename '{canonical}={name} #1'"
    for command in (["kpi", "calls.csv"], ["report", "calls.csv", "-o", "page"]):
        code, out, err = run(*command)
        assert (code, out) == (2, "")
        assert option in err
    code, out, _ = run("validate", "calls.csv")
    assert code == 2
    assert option in out
    assert not Path("page").exists()
    check(figures("--rename", f"{canonical}={name} #1")[0])
    with pytest.raises(InvalidDataError, match=f"'{canonical}': '{name} #1'"):
        kpi.canonical(frame)
    made = kpi.canonical(frame, columns={canonical: f"{name} #1"})
    check(kpi.summarize(made).iloc[0])


def test_columns_of_one_name_and_the_same_values_are_one(figures, run):
    frame = export("Queue Time", [row[2] for row in ROWS])
    frame.to_csv("calls.csv", index=False)
    row, said = figures()
    check(row)
    assert "'Queue Time' comes 2 times with the same values: read as one" in said
    assert run("validate", "calls.csv")[0] == 0
    made = kpi.canonical(frame)
    check(kpi.summarize(made).iloc[0])
    assert made.attrs["callstats"]["again"] == [
        "'Queue Time' comes 2 times with the same values: read as one"
    ]
    assert (
        kpi.validate(frame)["rule"].tolist()
        == kpi.validate(export("Other", "xyz"))["rule"].tolist()
    )


def test_a_direction_that_comes_twice_is_asked_about(run):
    frame = export("Direction", ["inbound", "outbound", "inbound"])
    frame.insert(0, "Direction", ["inbound"] * 3, allow_duplicates=True)
    frame.to_csv("calls.csv", index=False)
    with pytest.raises(InvalidDataError, match="may be 'direction'"):
        kpi.canonical(frame)
    code, out, err = run("kpi", "calls.csv")
    assert (code, out) == (2, "")
    assert "--rename 'direction=Direction #1'" in err


SAMPLE = ("--n", "1", "--by", "agent", "--id", "call_id", "--seed", "1", "-o", "sample.csv")


def test_a_column_that_a_sample_needs(run):
    frame = pd.DataFrame(
        [["r1", "ann", "n", "bob"], ["r2", "bob", "n", "ann"], ["r3", "ann", "m", "bob"]],
        columns=["call_id", "agent", "note", "agent"],
    )
    frame.to_csv("recordings.csv", index=False)
    code, _, err = run("sample", "recordings.csv", *SAMPLE)
    assert code == 2
    assert "'agent', which comes 2 times there: name one of 'agent #1', 'agent #2'" in err
    code, _, err = run("sample", "recordings.csv", *SAMPLE, "--rename", "agent=agent #1")
    assert code == 0, err
    frame.columns = ["call_id", "agent", "note", "note"]
    frame.to_csv("recordings.csv", index=False)
    Path("sample.csv").unlink()
    code, _, err = run("sample", "recordings.csv", *SAMPLE)
    assert code == 0, err
    assert err.count("'note' comes 2 times") == 1


STAFF = ("--interval", "30min", "--service-level", "80%", "--threshold", "20")


def test_a_forecast_with_a_name_that_comes_twice(run):
    forecast = pd.DataFrame(
        [["2024-03-04 09:00", 100, 180, 50]], columns=["start", "calls", "aht", "calls"]
    )
    forecast.to_csv("forecast.csv", index=False)
    code, out, err = run("staff", "forecast.csv", *STAFF)
    assert (code, out) == (2, "")
    assert "calls #1" in err
    assert "--rename" in err
    once = forecast.iloc[:, :3]
    once.to_csv("once.csv", index=False)
    assert run("staff", "once.csv", *STAFF, "-o", "once-out.csv")[0] == 0
    code, _, err = run(
        "staff", "forecast.csv", *STAFF, "--calls", "calls #1", "-o", "twice-out.csv"
    )
    assert code == 0, err
    once, twice = pd.read_csv("once-out.csv"), pd.read_csv("twice-out.csv")
    assert once["required_agents"].tolist() == twice["required_agents"].tolist()


def test_rows_are_chosen_for_samples_and_their_balance(run):
    rows = [(f"r{k}", "ann" if k % 2 else "bob", "in" if k % 4 < 2 else "out") for k in range(40)]
    frame = pd.DataFrame(rows, columns=["call_id", "agent", "way"])
    frame.to_csv("recordings.csv", index=False)
    code, _, err = run("sample", "recordings.csv", *SAMPLE, "--where", "way=in")
    assert code == 0, err
    assert "--where leaves out 20 of 40 rows" in err
    drawn = pd.read_csv("sample.csv")
    assert set(drawn["way"]) == {"in"}
    code, out, err = run(
        "balance", "sample.csv", "recordings.csv", "--columns", "way", "--where", "way=in",
        "--format", "csv",
    )  # fmt: skip
    assert code == 0, err
    assert "recordings.csv: --where leaves out 20 of 40 rows" in err
    shares = pd.read_csv(io.StringIO(out))
    assert set(shares["population_share"]) == {1.0}


def test_rows_are_chosen_for_staff(run):
    forecast = pd.DataFrame(
        [["2024-03-04 09:00", "sales", 100, 180], ["2024-03-04 09:00", "test", 900, 180]],
        columns=["start", "queue", "calls", "aht"],
    )
    forecast.to_csv("forecast.csv", index=False)
    forecast.iloc[:1].to_csv("sales.csv", index=False)
    code, _, err = run("staff", "forecast.csv", *STAFF, "--where", "queue!=test", "-o", "a.csv")
    assert code == 0, err
    assert "--where leaves out 1 of 2 rows" in err
    assert run("staff", "sales.csv", *STAFF, "-o", "b.csv")[0] == 0
    assert Path("a.csv").read_text() == Path("b.csv").read_text()


@pytest.mark.parametrize(
    ("name", "canonical", "values"),
    [
        ("QueueTime", "wait", [5, 5, 5]),
        ("queue_time", "wait", [5, 5, 5]),
        ("talk_time", "talk", [1, 2, 3]),
        ("DISPOSITION", "outcome", ["ANSWERED"] * 3),
        ("start time", "arrival", ["2024-03-04 10:00:00"] * 3),
    ],
)
def test_names_that_differ_in_case_alone_are_asked_about(figures, run, name, canonical, values):
    export(name, values).to_csv("calls.csv", index=False)
    known = next(each for each in NAMES if simple(each) == simple(name))
    code, _, said = run("kpi", "calls.csv")
    assert code == 2
    assert f"differ in case, blanks or punctuation alone, and which may be '{canonical}'" in said
    assert f"'{known}' and '{name}'" in said
    assert f"--rename '{canonical}={known}'" in said or f"--rename {canonical}={known}" in said
    check(figures("--rename", f"{canonical}={known}")[0])
    assert figures("--rename", f"{canonical}={name}")[0]["offered"] == 3


def test_a_name_of_the_table_and_another_like_it_are_asked_about(figures, run):
    names = ["call_id", "arrival", "wait", "outcome", "talk", "notes"]
    log = pd.DataFrame([*ROWS], columns=names).assign(outcome=["answered", "abandoned", "answered"])
    log["Wait"] = [1, 2, 3]
    log.to_csv("calls.csv", index=False)
    code, _, said = run("kpi", "calls.csv")
    assert code == 2
    assert "'wait' and 'Wait'; pass --rename wait=wait" in said
    check(figures("--rename", "wait=wait")[0])
    assert figures("--rename", "wait=Wait")[0]["asa"] == 2.0
    # The same values are one column, and names that no figure rests on may be alike.
    log.assign(Wait=log["wait"], Notes="x").to_csv("calls.csv", index=False)
    check(figures()[0])


def test_a_parquet_file_with_a_name_that_comes_twice(run):
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    def write(frame):
        columns = [pa.array(frame.iloc[:, place].tolist()) for place in range(frame.shape[1])]
        parquet.write_table(pa.table(columns, names=list(frame.columns)), "calls.parquet")

    write(export("Notes", "xyz"))
    code, _, said = run("kpi", "calls.parquet", "-o", "out.csv")
    assert code == 0, said
    assert said.count("'Notes' comes 2 times with different values") == 1
    check(pd.read_csv("out.csv").iloc[0])
    write(export("Queue Time", [5, 5, 5]))
    code, _, said = run("kpi", "calls.parquet")
    assert code == 2
    assert "may be 'wait': 'Queue Time #1' and 'Queue Time #2'" in said
    code, _, said = run("kpi", "calls.parquet", "--rename", "wait=Queue Time #1", "-o", "out.csv")
    assert code == 0, said
    check(pd.read_csv("out.csv").iloc[0])
