"""Columns of true and false: one reader, whatever library and type they come in."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from callstats import kpi, qa, simulate
from callstats._tables.truths import truths

pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

GIVEN = [True, False, False, True]
#: The same four truths in every form that a column of them comes in.
FORMS = {
    "bool": pd.Series(GIVEN),
    "object": pd.Series(GIVEN, dtype=object),
    "nullable": pd.Series(GIVEN, dtype="boolean"),
    "arrow in pandas": pd.Series(GIVEN, dtype=pd.ArrowDtype(pa.bool_())),
    "whole": pd.Series([1, 0, 0, 1]),
    "small": pd.Series([1, 0, 0, 1], dtype="uint8"),
    "big-endian": pd.Series(np.array([1, 0, 0, 1], dtype=">i4")),
    "float": pd.Series([1.0, 0.0, 0.0, 1.0]),
    "nullable whole": pd.Series([1, 0, 0, 1], dtype="Int64"),
    "text": pd.Series(["True", "false", "FALSE", " true "]),
    "object text": pd.Series(["true", "false", "false", "true"], dtype=object),
    "category of text": pd.Series(["true", "false", "false", "true"], dtype="category"),
    "category of bool": pd.Series(GIVEN, dtype="category"),
    "category of whole": pd.Series([1, 0, 0, 1], dtype="category"),
    "mixed": pd.Series([True, 0, "false", 1.0], dtype=object),
    "polars": pl.Series(GIVEN),
    "polars whole": pl.Series([1, 0, 0, 1]),
    "polars text": pl.Series(["true", "false", "false", "true"]),
    "polars category": pl.Series(["true", "false", "false", "true"], dtype=pl.Categorical),
    "pyarrow": pa.chunked_array([[True, False], [False, True]]),
    "pyarrow whole": pa.chunked_array([[1, 0, 0, 1]]),
}
forms = pytest.mark.parametrize("series", FORMS.values(), ids=FORMS)
#: True, missing, false.
WITH_MISSING = {
    "object": pd.Series([True, None, False], dtype=object),
    "object NaN": pd.Series([True, np.nan, False], dtype=object),
    "nullable": pd.Series([True, pd.NA, False], dtype="boolean"),
    "arrow in pandas": pd.Series([True, None, False], dtype=pd.ArrowDtype(pa.bool_())),
    "float": pd.Series([1.0, np.nan, 0.0]),
    "nullable whole": pd.Series([1, pd.NA, 0], dtype="Int64"),
    "text": pd.Series(["true", None, "false"]),
    "category": pd.Series([True, None, False], dtype="category"),
    "polars": pl.Series([True, None, False]),
    "polars whole": pl.Series([1, None, 0]),
    "polars text": pl.Series(["true", None, "false"]),
    "pyarrow": pa.chunked_array([[True, None, False]]),
}
gaps = pytest.mark.parametrize("series", WITH_MISSING.values(), ids=WITH_MISSING)


def with_column(name, series, **columns):
    """A frame of `columns` and the series, of its library."""
    if isinstance(series, pl.Series):
        return pl.DataFrame(columns).with_columns(series.alias(name))
    if isinstance(series, pa.ChunkedArray):
        return pa.table({**columns, name: series})
    return pd.DataFrame(columns).assign(**{name: series})


def sample(name, series):
    """Two of 20 recordings scored 3 and 4, and two reserves scored 500: the mean is 3.5."""
    rows = len(series)
    return with_column(
        name,
        series,
        agent=["anna"] * rows,
        call_id=list(range(rows)),
        stratum=["anna"] * rows,
        draw=list(range(1, rows + 1)),
        weight=[10.0] * rows,
        inclusion_probability=[0.1] * rows,
        score=[500.0, 3.0, 4.0, 500.0][:rows],
    )


def column(frame, name):
    return nw.from_native(frame)[name].to_list()


@forms
def test_every_form_is_the_same_four_truths(series):
    found = truths(nw.from_native(series, series_only=True))
    assert found.true.tolist() == GIVEN
    assert not found.missing.any()
    assert not found.unread.any()


@gaps
def test_missing_is_told_apart(series):
    found = truths(nw.from_native(series, series_only=True))
    assert found.true.tolist() == [True, False, False]
    assert found.missing.tolist() == [False, True, False]
    assert not found.unread.any()


@forms
def test_reserves_are_left_out_of_estimates_and_get_no_evaluator(series):
    drawn = sample("reserve", series)
    found = qa.estimate(drawn, "score")
    assert column(found, "n") == [2]
    assert column(found, "mean") == [3.5]
    given = column(qa.assign(drawn, ["eva"], seed=1), "evaluator")
    assert [name == "eva" for name in given] == [not truth for truth in GIVEN]
    recordings = drawn.to_pandas() if isinstance(drawn, pa.Table) else drawn
    balance = qa.balance(drawn, recordings, columns="score")
    assert 3.5 in column(balance, "sample_mean")


@gaps
def test_a_row_that_does_not_say_whether_it_is_a_reserve_counts(series):
    # Scores of 3 and 4: the first row is the reserve.
    found = qa.estimate(sample("reserve", series), "score")
    assert column(found, "n") == [2]
    assert column(found, "mean") == [3.5]
    assert column(qa.shrink(sample("reserve", series)), "n") == [2]


@forms
def test_recordings_that_may_be_drawn(series):
    ids = [10, 11, 12, 13]
    calls = with_column("ok", series, call_id=ids, agent=["anna"] * 4)
    if isinstance(calls, pa.Table):
        calls = pl.from_arrow(calls)
    drawn = qa.sample(calls, 4, eligible="ok", seed=1)
    assert sorted(column(drawn, "call_id")) == [10, 13]


@gaps
def test_eligible_is_never_guessed(series):
    calls = with_column("ok", series, call_id=[1, 2, 3], agent=["anna"] * 3)
    with pytest.raises(ValueError, match=r"eligible must be true or false.* at position 1 \(1 bad"):
        qa.sample(calls, 2, eligible="ok", seed=1)


@forms
def test_transfers_are_counted(series):
    calls = with_column("transferred", series, wait=[1.0] * 4, outcome=["answered"] * 4)
    assert column(kpi.summarize(calls), "transferred") == [2]


@gaps
def test_a_call_that_does_not_say_so_was_not_transferred(series):
    calls = with_column("transferred", series, wait=[1.0] * 3, outcome=["answered"] * 3)
    found = kpi.summarize(calls)
    assert column(found, "transferred") == [1]
    assert column(found, "answered") == [3]


@forms
def test_errors_may_be_truths(series):
    checks = with_column("error", series, call_id=[1, 2, 3, 4], category=["greeting"] * 4)
    found = qa.error_pareto(checks)
    assert column(found, "errors") == [2]
    assert column(found, "evaluated") == [4]


@forms
def test_censored_times(series):
    # Exponential: the total time over the known times, 100 / 2.
    found = simulate.fit([10.0, 20.0, 30.0, 40.0], censored=series, family="exponential")
    assert found.mean == 50.0


@pytest.mark.parametrize(
    ("series", "shown"),
    [
        (pd.Series([True, "maybe", "no", False], dtype=object), "'maybe'"),
        (pd.Series([1, 2, -1, 0]), "2"),
        (pd.Series([1.0, 0.5, np.inf, 0.0]), "0.5"),
        (pd.Series(["true", "perhaps", "2", "false"]), "'perhaps'"),
        (pl.Series([1, 7, 9, 0]), "7"),
        (pl.Series(["true", "x", "y", "false"]), "'x'"),
        (pd.Series([True, [1], {}, False], dtype=object), r"\[1\]"),
        (pd.Series([True, np.array([1, 2]), b"true", False], dtype=object), "array"),
    ],
)
def test_anything_else_is_refused_by_name_and_position(series, shown):
    where = rf"got {shown}.* at position 1.*\(2 bad of 4\)"
    rule = "must be true or false; " + where
    drawn = sample("reserve", series)
    for ask in (
        lambda: qa.estimate(drawn, "score"),
        lambda: qa.assign(drawn, ["eva"], seed=1),
        lambda: qa.shrink(drawn),
        lambda: qa.balance(drawn, drawn, columns="score"),
        lambda: qa.replace_unusable(drawn, []),
    ):
        with pytest.raises(ValueError, match="'reserve' of (sample|scores) " + rule):
            ask()
    calls = with_column("transferred", series, wait=[1.0] * 4, outcome=["answered"] * 4)
    with pytest.raises(ValueError, match="transferred " + rule):
        kpi.summarize(calls)
    calls = with_column("ok", series, call_id=[1, 2, 3, 4], agent=["anna"] * 4)
    with pytest.raises(ValueError, match="eligible " + rule):
        qa.sample(calls, 2, eligible="ok", seed=1)
    with pytest.raises(ValueError, match="censored " + rule):
        simulate.fit([10.0, 20.0, 30.0, 40.0], censored=series)


def test_bad_truths_of_a_log_are_dropped_where_asked():
    calls = pd.DataFrame({"wait": 1.0, "outcome": "answered", "transferred": ["true", "x", None]})
    found = kpi.summarize(calls, on_error="drop")
    # The calls still count; how many of them were transferred is not known.
    assert found["answered"].tolist() == [3]
    assert found["transferred"].isna().tolist() == [True]
    problem = {"rule": "transferred must be true or false", "count": 1, "position": 1}
    assert found.attrs["callstats"]["problems"] == [
        {**problem, "example": "'x'", "left_out_of": "transfers"}
    ]
