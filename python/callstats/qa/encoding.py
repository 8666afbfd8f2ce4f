"""Columns of recordings as the integers that a draw is decided by.

Groups and ids are known by the hash of their text, so that strings, categories and numbers of any
library and unit give the same draw. Whole numbers hash as their digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats._tables import categories
from callstats._tables.checks import column_names
from callstats._tables.frames import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats._core import BalancedColumn

#: Lengths of calls in seconds at which one band ends and the next begins.
DURATION_CUTS = (60.0, 120.0, 300.0, 600.0)

_UNITS_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
#: The level of a missing value.
MISSING = np.iinfo(np.int64).min
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Groups:
    """The group of each row, and what is known of each group, in the order of their values."""

    codes: NDArray[Any]
    keys: list[Any]
    labels: list[str]
    names: NDArray[np.uint64]


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
            return pd.Series(column.to_list(), dtype="Int64" if _signed(dtype) else "UInt64")
        return pd.Series(column.to_numpy())
    if isinstance(dtype, nw.Categorical | nw.Enum):
        column = column.cast(nw.String)
    return pd.Series(column.to_list(), dtype=object)


def _signed(dtype: Any) -> bool:
    return str(dtype).startswith("Int")


def check_present(series: pd.Series[Any], name: str, role: str) -> None:
    """Raise where a row has no group or no id."""
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "iub":
        return
    missing = series.isna().to_numpy()
    if count := int(missing.sum()):
        at = int(missing.argmax())
        msg = (
            f"{role} column {name!r} must have a value in every row; "
            f"missing at position {at} ({count} missing of {len(series)}); "
            "leave such rows out"
        )
        raise ValueError(msg)


def grouped(frame: nw.DataFrame[Any], by: Sequence[str]) -> Groups:
    """The groups of one column, or of several together."""
    groups = grouped_compactly(frame, by)
    return replace(groups, codes=groups.codes.astype(np.int64))


def grouped_compactly(frame: nw.DataFrame[Any], by: Sequence[str]) -> Groups:
    """As `grouped`, with codes in 32 bits."""
    codes: NDArray[Any] = np.zeros(len(frame), dtype=np.int32)
    values: list[tuple[Any, ...]] = [()]
    for name in by:
        series = to_pandas(frame[name])
        inner, parts = categories.coded(series)
        if len(inner) and inner.min() < 0:
            check_present(series, name, "by")
        if len(by) == 1:
            codes, values = inner, [(part,) for part in parts]
            continue
        joint = codes.astype(np.int64) * max(len(parts), 1) + inner
        found, codes = np.unique(joint, return_inverse=True)
        pairs = (divmod(int(pair), max(len(parts), 1)) for pair in found)
        values = [(*values[outer], parts[part]) for outer, part in pairs]
    return groups_of(values, codes.astype(np.int32, copy=False))


def groups_of(values: list[tuple[Any, ...]], codes: NDArray[Any]) -> Groups:
    """Groups from the values of their columns."""
    single = all(len(value) == 1 for value in values)
    plain = [value[0] if single else value for value in values]
    labels = [categories.text(value) for value in plain]
    # Parts are told apart by their lengths, so that ("a", "b|c") is not ("a|b", "c").
    names = labels if single else ["".join(_prefixed(value)) for value in values]
    return Groups(codes, plain, labels, categories.hash_texts(names))


def key_columns(by: Sequence[str], keys: Sequence[Any]) -> dict[str, list[Any]]:
    """A column for each of `by` of the values of `keys`, which are tuples where `by` are many."""
    rows = [key if len(by) > 1 else (key,) for key in keys]
    return {name: [row[at] for row in rows] for at, name in enumerate(by)}


def with_whole(by: Sequence[str], keys: Sequence[Any], frame: nw.DataFrame[Any]) -> dict[str, Any]:
    """As `key_columns`, and last a row for all with nothing in them; whole numbers stay such."""
    columns: dict[str, Any] = {}
    for name, values in key_columns(by, keys).items():
        whole = values and isinstance(values[0], int | np.integer)
        if whole and frame.implementation.is_pandas_like():
            columns[name] = pd.array([*values, pd.NA], dtype="Int64")
        else:
            columns[name] = [*values, None]
    return columns


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
    if count := int(np.isinf(values).sum()):
        at = int(np.isinf(values).argmax())
        where = f"at position {at} ({count} bad of {len(values)})"
        msg = f"column {name!r} of {argument} must be finite; got {float(values[at])!r} {where}"
        raise ValueError(msg)
    return values


def seconds(frame: nw.DataFrame[Any], name: str, argument: str) -> NDArray[np.float64]:
    """A column of dates or times as seconds from 1970, NaN where missing."""
    kind, series = kind_of(to_pandas(frame[name]))
    if kind != "time" and not series.isna().all():
        msg = f"column {name!r} of {argument} must be dates or times; got {series.dtype}"
        raise TypeError(msg)
    if kind != "time":
        return np.full(len(series), np.nan)
    if series.dt.tz is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    instants = series.to_numpy()
    counted = instants.view(np.int64) / _UNITS_PER_SECOND[np.datetime_data(instants.dtype)[0]]
    return np.where(np.isnat(instants), np.nan, counted)


def _prefixed(value: tuple[Any, ...]) -> list[str]:
    return [f"{len(part)}:{part}" for part in map(categories.text, value)]


def balanced(
    series: pd.Series[Any], cuts: Sequence[float] | None, timezone: str | None
) -> tuple[BalancedColumn, list[list[str] | None]]:
    """The column as the core reads it, and each margin's levels where they are names."""
    kind, plain = kind_of(series)
    if kind == "time":
        return _wall_clock(plain, timezone), [None, None, None]
    if kind == "number":
        return (_floats(plain), list(DURATION_CUTS if cuts is None else cuts)), [None]
    codes, values_found = categories.coded(plain)
    texts = [categories.text(value) for value in values_found]
    return (codes, categories.hash_texts(texts)), [texts]


def _floats(series: pd.Series[Any]) -> NDArray[np.float64]:
    if series.dtype == np.float64:
        # Where nothing can be replaced by NaN nothing is copied.
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


def _wall_clock(series: pd.Series[Any], timezone: str | None) -> BalancedColumn:
    """Local time: an aware column in `timezone` or its own zone, a naive one as it is."""
    if series.dt.tz is not None:
        series = (series if timezone is None else series.dt.tz_convert(timezone)).dt.tz_localize(
            None
        )
    wall = series.to_numpy()
    unit = np.datetime_data(wall.dtype)[0]
    return np.ascontiguousarray(wall.view(np.int64)), _UNITS_PER_SECOND[unit]


def level_text(margin: str, level: int, cuts: Any, names: list[str] | None) -> str:
    """A level as a reader knows it; `cuts` are those of a band."""
    if names is not None:
        return names[level]
    if margin == "weekday":
        return _WEEKDAYS[level]
    if margin == "three_hours":
        return f"{3 * level:02d}:00"
    if margin == "week":
        monday = np.datetime64("1969-12-29", "D") + np.timedelta64(7 * level, "D")
        return str(monday)
    if level < 1:
        return "zero" if level == 0 else "negative"
    if level > len(cuts) + 1:
        return "infinite"
    edges = [f"{cut:g}" for cut in cuts]
    if level == 1:
        return f"< {edges[0]}" if edges else "> 0"
    return f">= {edges[-1]}" if level == len(cuts) + 1 else f"{edges[level - 2]}-{edges[level - 1]}"


def margins_of(column: BalancedColumn) -> tuple[str, ...]:
    """What the margins of a column are called, in the core's order."""
    first, second = column
    if isinstance(second, int):
        return ("three_hours", "weekday", "week")
    return ("band",) if first.dtype == np.float64 else ("level",)


def columns_to_balance(
    balance: str | Sequence[str] | Mapping[str, Sequence[float] | None],
    frame: nw.DataFrame[Any],
    argument: str,
    what: str = "balance",
) -> dict[str, Sequence[float] | None]:
    """Columns and the cuts of their bands; None for the usual ones."""
    columns: dict[str, Sequence[float] | None] = (
        dict(balance)
        if isinstance(balance, Mapping)
        else dict.fromkeys(column_names(what, balance))
    )
    require(frame, columns, argument)
    for name, cuts in columns.items():
        if cuts is not None and not (
            np.all(np.isfinite(cuts)) and np.all(np.diff(cuts) > 0) and np.all(np.greater(cuts, 0))
        ):
            msg = f"cuts of {name!r} must be ascending positive numbers; got {list(cuts)!r}"
            raise ValueError(msg)
    return columns
