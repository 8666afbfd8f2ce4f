"""Wherever a duration is accepted, every spelling of it is, and gives the same answer."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from registry import ROWS, Elementwise

pytestmark = pytest.mark.frames

DURATIONS = ("aht", "patience", "threshold", "after", "hold_time", "interval", "asa", "mean_wait")
CASES = [
    pytest.param(row, name, id=f"{row.name}-{name}")
    for row in ROWS
    if isinstance(row, Elementwise)
    for name in DURATIONS
    if name in row.valid
]
every = pytest.mark.parametrize(("row", "name"), CASES)

#: Three and a half minutes.
ONE = [
    "210s",
    "3:30",
    "00:03:30",
    "3.5 min",
    datetime.timedelta(seconds=210),
    pd.Timedelta(210, "s"),
    np.timedelta64(210, "s"),
    np.timedelta64(210_000_000, "us"),
]
TIMES = pd.to_timedelta([210, 60], unit="s")
COLUMNS = [
    ["3:30", 60],
    [pd.Timedelta(210, "s"), pd.Timedelta(60, "s")],
    np.array([210, 60], "m8[s]"),
    TIMES,
    TIMES.array,
    pd.Index(["3:30", "60s"]),
    pd.Series(TIMES),
    pd.Series(TIMES.as_unit("ms")),
    pd.Series(["3:30", "60s"], dtype="string"),
    pd.Series(["3:30", "60s"], dtype="category"),
    pl.Series([datetime.timedelta(seconds=210), datetime.timedelta(seconds=60)]),
    pl.Series(["3:30", "60s"]),
]


def asked(row: Elementwise, name: str, value: object) -> object:
    return row(**{**{key: values[0] for key, values in row.valid.items()}, name: value})


@every
def test_one_duration_in_every_spelling(row, name):
    expected = asked(row, name, 210.0)
    for value in ONE:
        result = asked(row, name, value)
        assert type(result) is float
        assert result == expected, value


@every
def test_columns_of_durations_in_every_spelling(row, name):
    expected = [asked(row, name, 210.0), asked(row, name, 60.0)]
    for column in COLUMNS:
        np.testing.assert_equal(np.asarray(asked(row, name, column)), expected, err_msg=str(column))


@every
def test_a_missing_duration_is_missing(row, name):
    for value in (pd.NaT, np.timedelta64("NaT", "s")):
        assert np.isnan(asked(row, name, value))
    gap = pd.to_timedelta([210, None], unit="s")
    for column in ([gap[0], pd.NaT], gap, pd.Series(gap), ["3:30", None]):
        assert list(np.isnan(np.asarray(asked(row, name, column)))) == [False, True]
    found = asked(row, name, pl.Series([gap[0].to_pytimedelta(), None]))
    assert found.is_null().to_list() == [False, True]


@every
def test_what_is_no_duration_is_named_with_its_place(row, name):
    with pytest.raises(ValueError, match=f"{name}: 'soon' is not a duration"):
        asked(row, name, "soon")
    with pytest.raises(ValueError, match=r"'soon' is not a duration.*at position 1"):
        asked(row, name, pd.Series(["3:30", "soon"]))
