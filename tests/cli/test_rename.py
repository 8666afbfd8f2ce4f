"""`--rename`: files that call their columns otherwise."""

from __future__ import annotations

import pandas as pd
import pytest

pytestmark = pytest.mark.frames

EXPORT = {"arrival": "Start Time", "wait": "Queued", "outcome": "状态"}
RENAME = ("--rename", ",".join(f"{name}={column}" for name, column in EXPORT.items()))


@pytest.fixture
def export(calls):
    """The log of calls under the names of an export."""
    path, frame = calls
    frame.rename(columns=EXPORT).to_csv("export.csv", index=False)
    return path, "export.csv"


@pytest.mark.parametrize(
    "command",
    [("kpi", "--by", "queue", "--freq", "30min"), ("validate",), ("kpi", "--on-error", "drop")],
    ids=" ".join,
)
def test_the_answer_is_that_of_the_canonical_names(run, export, command):
    path, other = export
    code, out, err = run(command[0], path, *command[1:])
    told = out.replace(str(path), other)
    assert run(command[0], other, *command[1:], *RENAME) == (code, told, err)


def test_a_sample_and_its_successors(run, export):
    _, other = export
    frame = pd.read_csv(other, dtype=str, keep_default_na=False)
    frame[frame["agent"] != ""].rename(columns={"call_id": "Id"}).to_csv(other, index=False)
    rename = ("--rename", f"call_id=Id,{RENAME[1]}")
    draw = ("sample", other, *rename, "--n", 5, "--seed", 1, "--balance", "arrival")
    assert run(*draw, "-o", "first.csv")[0] == 0
    first = pd.read_csv("first.csv", dtype=str)
    assert {"call_id", *EXPORT} <= {*first.columns}
    # Earlier ids come from a sample, which has the new names, or from a list, which has no more.
    frame["call_id"].head(30).rename("Id").to_csv("heard.csv", index=False)
    assert run(*draw, "--exclude", "first.csv", "heard.csv", "-o", "second.csv")[0] == 0
    second = pd.read_csv("second.csv", dtype=str)["call_id"]
    assert not {*second} & {*first["call_id"], *frame["call_id"].head(30)}
    code, _, err = run("balance", "first.csv", other, *rename, "--columns", "arrival")
    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("rename", "what"),
    [
        ("wait=Queud", "export.csv has no column 'Queud', nearest: 'Queued'; found 'call_id'"),
        ("wait", "'wait' is not a list of new and old names such as arrival=Start,wait=Queued"),
        ("wait=Queued,wait=talk", "is not a list of new and old names"),
        ("=Queued", "is not a list of new and old names"),
    ],
)
def test_what_cannot_be_renamed_is_told(refused, export, rename, what):
    _, other = export
    assert what in refused("kpi", other, "--rename", rename)


def test_a_name_that_another_column_has_already(refused, export):
    _, other = export
    said = refused("sample", other, "--n", "1", "--rename", "talk=Queued", "-o", "s.csv")
    assert "export.csv has a column 'talk' already, beside 'Queued'" in said
