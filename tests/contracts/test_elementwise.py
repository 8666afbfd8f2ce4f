"""What holds for every elementwise function alike."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading

import numpy as np
import pandas as pd
import pytest
from callstats import erlang
from registry import BEYOND, ROWS, Elementwise

#: Text may say these.
DURATIONS = {"aht", "patience", "threshold", "after", "hold_time", "interval", "asa", "mean_wait"}
ELEMENTWISE = [*(row for row in ROWS if isinstance(row, Elementwise)), *BEYOND]
every = pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)


def arrays(row: Elementwise) -> dict[str, np.ndarray]:
    return {name: np.array(values) for name, values in row.valid.items()}


def long_arrays(row: Elementwise, count: int = 30_000) -> dict[str, np.ndarray]:
    return {name: np.resize(values, count) for name, values in row.valid.items()}


@every
def test_scalars_give_what_arrays_give(row):
    whole = row(**arrays(row))
    assert whole.dtype == np.float64
    for i, expected in enumerate(whole):
        single = row(**{name: values[i] for name, values in row.valid.items()})
        assert type(single) is float
        np.testing.assert_equal(single, expected)


@every
def test_sides_of_one_broadcast(row):
    names = list(row.valid)
    columns = arrays(row)
    for name in names[1:]:
        shaped = {**columns, name: columns[name][:, None]}
        result = row(**shaped)
        assert result.shape == (3, 3)
        for i in range(3):
            single = row(**{**columns, name: float(columns[name][i])})
            np.testing.assert_array_equal(result[i], single)


@every
def test_shapes_that_do_not_fit_are_refused(row):
    names = list(row.valid)
    if len(names) == 1:
        pytest.skip("one argument fits itself")
    columns = arrays(row) | {names[1]: np.ones(2)}
    with pytest.raises(ValueError, match="does not broadcast"):
        row(**columns)


@every
def test_strides_types_and_read_only_views_change_nothing(row):
    columns = arrays(row)
    expected = row(**columns)
    for name, values in columns.items():
        strided = np.repeat(values, 3)[::3]
        backwards = values[::-1].copy()[::-1]
        frozen = values.copy()
        frozen.flags.writeable = False
        swapped = values.astype(values.dtype.newbyteorder())
        for view in (strided, backwards, frozen, swapped, list(values), values.astype(object)):
            np.testing.assert_array_equal(row(**{**columns, name: view}), expected)


@every
def test_fortran_order_is_read_by_position(row):
    columns = {name: np.resize(values, (4, 3)) for name, values in row.valid.items()}
    expected = row(**columns)
    fortran = {name: np.asfortranarray(values) for name, values in columns.items()}
    np.testing.assert_array_equal(row(**fortran), expected)


@every
@pytest.mark.parametrize("kind", ["float32", "int64", "int32", "int16", "uint8"])
def test_other_number_types_are_widened(row, kind):
    columns = arrays(row)
    for name, values in columns.items():
        narrow = values.astype(kind)
        got = row(**{**columns, name: narrow}, invalid="nan")
        wide = row(**{**columns, name: narrow.astype(np.float64)}, invalid="nan")
        np.testing.assert_array_equal(got, wide)


@every
def test_empty_in_empty_out(row):
    for shape in [(0,), (0, 3), (2, 0)]:
        result = row(**{name: np.empty(shape) for name in row.valid})
        assert result.shape == shape


@every
def test_missing_in_missing_out(row):
    columns = arrays(row)
    expected = row(**columns)
    for name, values in columns.items():
        gap = values.copy()
        gap[1] = np.nan
        result = row(**{**columns, name: gap})
        assert np.isnan(result[1])
        np.testing.assert_array_equal(result[[0, 2]], expected[[0, 2]])
        masked = np.ma.masked_array(values, [False, True, False])
        np.testing.assert_array_equal(row(**{**columns, name: masked}), result)
        objects = np.array([values[0], None, values[2]], dtype=object)
        np.testing.assert_array_equal(row(**{**columns, name: objects}), result)


@every
def test_invalid_values_are_named_with_place_and_count(row):
    columns = arrays(row)
    for name, bad in row.invalid.items():
        broken = columns[name].copy()
        broken[1:] = bad
        with pytest.raises(ValueError, match=rf"{name} must be .* at position 1 \(2 bad of 3\)"):
            row(**{**columns, name: broken})
        marked = row(**{**columns, name: broken}, invalid="nan")
        assert np.isnan(marked[1:]).all()
        assert marked[0] == row(**columns)[0]
        with pytest.raises(ValueError, match=f"{name} must be"):
            row(**{**{n: v[0] for n, v in row.valid.items()}, name: bad})


@every
def test_kinds_of_things_that_are_not_numbers_are_refused(row):
    columns = arrays(row)
    for name in columns:
        text = pd.Series(["1", "2", "3"], dtype="str")
        flags = pd.Series([True, None, True], dtype="boolean")
        kinds = (None, object(), np.array([1j, 2, 3]), {"a": 1}, flags, pd.Series(flags))
        for wrong in kinds if name in DURATIONS else (*kinds, text, text.astype("category"), "1"):
            if wrong is None and name in row.optional:
                continue
            with pytest.raises(TypeError, match=name):
                row(**{**columns, name: wrong})


def test_whole_numbers_beyond_binary64_are_refused_as_infinite():
    for load in (10**400, -(10**400)):
        with pytest.raises(ValueError, match=rf"load must be .* got {'-' * (load < 0)}inf"):
            erlang.blocking(3, load)


@every
def test_wrong_options_are_refused(row):
    columns = arrays(row)
    with pytest.raises(ValueError, match="invalid must be"):
        row(**columns, invalid="ignore")
    for threads in (0, -1, 1.5, "two"):
        with pytest.raises(ValueError, match="threads must be"):
            row(**columns, threads=threads)


@every
def test_out_is_filled_and_returned(row):
    columns = arrays(row)
    expected = row(**columns)
    out = np.full(3, -1.0)
    assert row(**columns, out=out) is out
    np.testing.assert_array_equal(out, expected)
    wide = np.full(6, -1.0)
    row(**columns, out=wide[::2])
    np.testing.assert_array_equal(wide[::2], expected)
    assert (wide[1::2] == -1.0).all()
    first, *_ = columns
    shared = columns[first].copy()
    row(**{**columns, first: shared}, out=shared)
    np.testing.assert_array_equal(shared, expected)
    for wrong in (np.empty(4), np.empty(3, dtype=np.float32), [0.0, 0.0, 0.0]):
        with pytest.raises(ValueError, match="out must"):
            row(**columns, out=wrong)


@every
def test_out_is_untouched_when_the_call_is_refused(row):
    columns = arrays(row)
    name, bad = next(iter(row.invalid.items()))
    broken = columns[name].copy()
    broken[2] = bad
    out = np.full(3, -1.0)
    with pytest.raises(ValueError, match=name):
        row(**{**columns, name: broken}, out=out)
    assert (out == -1.0).all()


@every
def test_threads_change_nothing(row):
    columns = long_arrays(row)
    one = row(**columns, threads=1)
    np.testing.assert_array_equal(row(**columns, threads=3), one)
    np.testing.assert_array_equal(row(**columns), one)


@every
@pytest.mark.frames
def test_a_pandas_series_comes_back_with_its_index(row):
    columns = arrays(row)
    expected = row(**columns)
    index = pd.Index(["b", "a", "c"], name="queue")
    for name, values in columns.items():
        series = pd.Series(values, index=index)
        before = series.copy(deep=True)
        result = row(**{**columns, name: series})
        assert isinstance(result, pd.Series)
        assert result.index.equals(index)
        assert result.dtype == np.float64
        np.testing.assert_array_equal(result, expected)
        pd.testing.assert_series_equal(series, before)
        nullable = pd.Series(values, index=index).astype("Float64")
        nullable.iloc[1] = pd.NA
        gap = row(**{**columns, name: nullable})
        assert np.isnan(gap.iloc[1])
        np.testing.assert_array_equal(gap.iloc[[0, 2]], expected[[0, 2]])


@every
@pytest.mark.frames
def test_nullable_and_arrow_columns_are_read(row):
    columns = arrays(row)
    for name, values in columns.items():
        whole = np.ceil(values)
        expected = row(**{**columns, name: whole}, invalid="nan")
        integers = pd.array([int(whole[0]), None, int(whole[2])], dtype="Int64")
        arrow = pd.Series(integers, dtype="int64[pyarrow]")
        floats = pd.Series([whole[0], None, whole[2]], dtype="double[pyarrow]")
        for column in (pd.Series(integers), arrow, floats, integers):
            result = np.asarray(row(**{**columns, name: column}, invalid="nan"))
            assert np.isnan(result[1])
            np.testing.assert_array_equal(result[[0, 2]], expected[[0, 2]])


@every
def test_arrays_without_dimensions_are_numbers(row):
    expected = row(**{name: values[1] for name, values in row.valid.items()})
    for kind in (np.float64, np.float32):
        for name, values in row.valid.items():
            single = {n: v[1] for n, v in row.valid.items()} | {name: kind(values[1])}
            flat = {**single, name: np.array(values[1], dtype=kind)}
            assert type(row(**flat)) is float
            assert row(**flat) == row(**single)
    assert row(**{n: np.array(v[1]) for n, v in row.valid.items()}) == expected


@every
def test_parts_of_a_column_give_parts_of_the_answer(row):
    columns = long_arrays(row, 1000)
    whole = row(**columns)
    for cut in (1, 7, 256, 999):
        parts = [
            row(**{name: values[part] for name, values in columns.items()})
            for part in (slice(None, cut), slice(cut, None))
        ]
        np.testing.assert_array_equal(np.concatenate(parts), whole)
    order = np.random.default_rng(3).permutation(1000)
    mixed = row(**{name: values[order] for name, values in columns.items()})
    np.testing.assert_array_equal(mixed, whole[order])


@every
@pytest.mark.frames
def test_different_indexes_are_refused(row):
    names = list(row.valid)
    if len(names) == 1:
        pytest.skip("one argument agrees with itself")
    columns = arrays(row)
    columns[names[0]] = pd.Series(columns[names[0]], index=[0, 1, 2])
    columns[names[1]] = pd.Series(columns[names[1]], index=[2, 1, 0])
    with pytest.raises(ValueError, match="different indexes"):
        row(**columns)


@every
@pytest.mark.frames
def test_a_polars_series_comes_back_with_nulls(row):
    pl = pytest.importorskip("polars")
    columns = arrays(row)
    expected = row(**columns)
    for name, values in columns.items():
        result = row(**{**columns, name: pl.Series(values)})
        assert isinstance(result, pl.Series)
        np.testing.assert_array_equal(result.to_numpy(), expected)
        chunks = pl.concat([pl.Series(values[:1]), pl.Series(values[1:])], rechunk=False)
        np.testing.assert_array_equal(row(**{**columns, name: chunks}).to_numpy(), expected)
        gap = row(**{**columns, name: pl.Series([values[0], None, values[2]])})
        assert gap.null_count() == 1
        assert gap[1] is None


def _compute(pickled: bytes, queue: multiprocessing.Queue) -> None:
    function, columns = pickle.loads(pickled)  # noqa: S301 - our own bytes
    queue.put(function(**columns))


@every
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_worker_computes_after_threads_ran(row):
    columns = long_arrays(row)
    expected = row(**columns, threads=2)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    worker = context.Process(target=_compute, args=(pickle.dumps((row, columns)), queue))
    worker.start()
    np.testing.assert_array_equal(queue.get(timeout=60), expected)
    worker.join(timeout=60)


@every
def test_calls_from_several_threads_do_not_disturb_each_other(row):
    columns = long_arrays(row)
    expected = row(**columns)
    results: list[np.ndarray] = []
    workers = [threading.Thread(target=lambda: results.append(row(**columns))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(results) == 4
    for result in results:
        np.testing.assert_array_equal(result, expected)
