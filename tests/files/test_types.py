"""Files that already have types: a spreadsheet's cells and Parquet's columns."""

from __future__ import annotations

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest
from callstats import files
from callstats.errors import InvalidDataError

pytestmark = pytest.mark.frames


@pytest.fixture
def sheet(tmp_path):
    import openpyxl

    def sheet(*rows, name="calls.xlsx"):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.create_sheet("second").append(["agent"])
        book["second"].append(["ann"])
        book.save(tmp_path / name)
        return str(tmp_path / name)

    return sheet


def test_cells_of_every_kind(sheet):
    path = sheet(
        ["call_id", "agent", "arrival", "wait", "talk", "transferred"],
        [7, "007", datetime.datetime(2024, 1, 31, 9), datetime.time(0, 3, 30), 12.5, True],
        ["007", 7.0, "2024-01-31 09:30:00", datetime.timedelta(hours=30), "0:01:00", False],
        [None, None, None, None, None, None],
        [8, None, None, "90", 3, "no"],
    )
    frame = files.typed(files.read(path), files.CALLS).frame
    assert frame["call_id"].tolist() == ["7", "007", "8"]
    assert frame["agent"].tolist()[:2] == ["007", "7"]
    assert frame["arrival"].tolist()[:2] == [
        pd.Timestamp("2024-01-31 09:00"),
        pd.Timestamp("2024-01-31 09:30"),
    ]
    assert pd.isna(frame["arrival"].iloc[2])
    assert frame["wait"].tolist() == [210.0, 108_000.0, 90.0]
    assert frame["talk"].tolist() == [12.5, 60.0, 3.0]
    assert frame["transferred"].tolist() == [True, False, False]


def test_a_bad_cell_is_named_by_its_row_in_the_sheet(sheet):
    path = sheet(["wait"], [1], [None], ["soon"])
    with pytest.raises(InvalidDataError, match=r"row 2 \(line 4\): 'soon' is not a duration"):
        files.typed(files.read(path), files.CALLS)


def test_another_sheet_by_name(sheet):
    path = sheet(["agent"], ["bob"])
    assert files.read(path).frame["agent"].tolist() == ["bob"]
    assert files.read(path, sheet="second").frame["agent"].tolist() == ["ann"]
    with pytest.raises(InvalidDataError, match="has no sheet 'third'; found 'Sheet', 'second'"):
        files.read(path, sheet="third")


def test_sheets_without_rows(sheet):
    with pytest.raises(InvalidDataError, match="has a header but no rows"):
        files.read(sheet(["a", "b"]))
    with pytest.raises(InvalidDataError, match="has an empty sheet"):
        files.read(sheet())
    assert files.read(sheet(["a", "a"], [1, 2])).frame.to_dict("list") == {"a #1": [1], "a #2": [2]}
    assert files.read(sheet(["a", "a"], [1, 1])).frame.to_dict("list") == {"a": [1]}


def test_columns_nobody_told_of_in_a_sheet(sheet):
    path = sheet(
        ["number", "when", "long", "label", "mixed"],
        [1, datetime.datetime(2024, 1, 31), datetime.time(0, 1), "x", 1],
        [2.5, datetime.datetime(2024, 2, 1), datetime.time(0, 2), None, "a"],
    )
    contents = dict.fromkeys(("number", "when", "long", "label", "mixed"), "unknown")
    frame = files.typed(files.read(path), contents).frame
    assert frame["number"].tolist() == [1.0, 2.5]
    assert pd.api.types.is_datetime64_any_dtype(frame["when"])
    assert frame["long"].tolist() == [60.0, 120.0]
    assert frame["mixed"].tolist() == ["1", "a"]


def test_parquet_keeps_its_types(tmp_path):
    stored = pd.DataFrame(
        {
            "call_id": np.array([1, 2], dtype="uint64"),
            "agent": pd.Categorical(["ann", None]),
            "arrival": pd.to_datetime(["2024-01-31 09:00", None]).tz_localize("Asia/Shanghai"),
            "wait": pd.to_timedelta([1.5, None], unit="s"),
            "talk": pd.array([7, None], dtype="Int64"),
            "hold": [decimal.Decimal("1.25"), None],
            "start": [datetime.date(2024, 1, 31), None],
        },
        index=pd.Index([5, 6], name="key"),
    )
    path = str(tmp_path / "calls.parquet")
    stored.to_parquet(path)
    frame = files.typed(files.read(path), files.CALLS).frame
    assert frame.index.tolist() == [0, 1]
    assert frame["key"].tolist() == [5, 6]
    assert frame["call_id"].dtype == "uint64"
    assert str(frame["arrival"].dt.tz) == "Asia/Shanghai"
    np.testing.assert_array_equal(frame["wait"], [1.5, np.nan])
    np.testing.assert_array_equal(frame["hold"], [1.25, np.nan])
    assert frame["talk"].iloc[0] == 7
    assert frame["start"].iloc[0] == pd.Timestamp("2024-01-31")


@pytest.mark.parametrize(
    ("name", "values", "what"),
    [
        ("wait", [True, False], "True is not a duration"),
        ("wait", pd.to_datetime(["2024-01-31"] * 2), "is not a duration"),
        ("arrival", [1706691600, 1706691601], "1706691600 is not a time"),
        ("transferred", [1.0, 2.0], "2.0 is not true or false"),
    ],
)
def test_parquet_columns_of_the_wrong_type_are_named(tmp_path, name, values, what):
    path = str(tmp_path / "calls.parquet")
    pd.DataFrame({name: values}).to_parquet(path)
    with pytest.raises(InvalidDataError, match=what):
        files.typed(files.read(path), files.CALLS)
