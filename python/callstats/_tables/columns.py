"""One column of a frame of any library, as a pandas Series or as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats._tables import categories
from callstats._tables.checks import must_be

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

UNITS_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def to_pandas(column: nw.Series[Any]) -> pd.Series[Any]:
    """The column as a pandas Series with a plain index; categories keep their codes."""
    import narwhals as nw

    native: Any = column.to_native()
    if column.implementation.is_pandas_like():
        plain: pd.Series[Any] = native if isinstance(native, pd.Series) else native.to_pandas()
        return plain.reset_index(drop=True)

    dtype = column.dtype
    if isinstance(dtype, nw.Datetime):
        if dtype.time_zone is None:
            return pd.Series(column.to_numpy())
        instants = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None).to_numpy()
        return pd.Series(pd.DatetimeIndex(instants, tz="UTC").tz_convert(dtype.time_zone))
    if dtype == nw.Date:
        return pd.Series(column.cast(nw.Datetime("ms")).to_numpy())
    if dtype.is_numeric() or isinstance(dtype, nw.Duration):
        if column.null_count() and dtype.is_integer():
            signed = str(dtype).startswith("Int")
            return pd.Series(column.to_list(), dtype="Int64" if signed else "UInt64")
        return pd.Series(column.to_numpy())
    if isinstance(dtype, nw.Categorical | nw.Enum):
        column = column.cast(nw.String)
    return pd.Series(column.to_list(), dtype=object)


def require_values(series: pd.Series[Any], name: str, role: str) -> None:
    """Raise where a row has no group, no id or no time."""
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "iub":
        return
    missing = series.isna().to_numpy()
    if count := int(missing.sum()):
        at = int(missing.argmax())
        raise ValueError(
            f"{role} column {name!r} must have a value in every row; "
            f"missing at position {at} ({count} missing of {len(series)}); "
            "leave such rows out"
        )


def numbers(frame: nw.DataFrame[Any], name: str, argument: str) -> NDArray[np.float64]:
    """A column of numbers, NaN where missing; infinite ones stay."""
    series = to_pandas(frame[name])
    try:
        return series.to_numpy(dtype=np.float64, na_value=np.nan).copy()
    except (TypeError, ValueError):
        msg = f"column {name!r} of {argument} must be numbers; got {series.dtype}"
        raise TypeError(msg) from None


def finite(frame: nw.DataFrame[Any], name: str, argument: str) -> NDArray[np.float64]:
    """As `numbers`, and none of them infinite."""
    values = numbers(frame, name, argument)
    must_be(f"column {name!r} of {argument}", values, "finite", np.isinf(values))
    return values


def epoch_seconds(frame: nw.DataFrame[Any], name: str, argument: str) -> NDArray[np.float64]:
    """A column of dates or times as seconds from 1970, NaN where missing."""
    kind, series = kind_of(to_pandas(frame[name]))
    if kind != "time" and not series.isna().all():
        raise TypeError(f"column {name!r} of {argument} must be dates or times; got {series.dtype}")
    if kind != "time":
        return np.full(len(series), np.nan)
    if series.dt.tz is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    instants = series.to_numpy()
    counted = instants.view(np.int64) / UNITS_PER_SECOND[np.datetime_data(instants.dtype)[0]]
    return np.where(np.isnat(instants), np.nan, counted)


def floats(series: pd.Series[Any]) -> NDArray[np.float64]:
    """Numbers as an array of float64 without gaps, NaN where missing; not copied if it is one."""
    if series.dtype == np.float64:
        return np.ascontiguousarray(series.to_numpy())
    return np.ascontiguousarray(series.to_numpy(dtype=np.float64, na_value=np.nan))


def kind_of(series: pd.Series[Any]) -> tuple[str, pd.Series[Any]]:
    """``"time"``, ``"number"`` or ``"category"``, with the values of that kind.

    Lengths of time become numbers of seconds; columns of objects are what all their values are.
    """
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "category", series
    if pd.api.types.is_object_dtype(dtype):
        inferred = pd.api.types.infer_dtype(series, skipna=True)
        if inferred in {"datetime", "datetime64", "date"}:
            series = pd.to_datetime(series)
        elif inferred in {"timedelta", "timedelta64"}:
            series = pd.to_timedelta(series)
        elif inferred in {"integer", "floating", "mixed-integer-float", "decimal"}:
            series = pd.to_numeric(series).astype(np.float64)
        elif inferred != "string":
            series = series.map(categories.text, na_action="ignore")
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return "time", series
    if pd.api.types.is_timedelta64_dtype(series.dtype):
        return "number", series.dt.total_seconds()
    if pd.api.types.is_bool_dtype(series.dtype):
        return "category", series.map(categories.text, na_action="ignore")
    if pd.api.types.is_numeric_dtype(series.dtype):
        return "number", series
    return "category", series
