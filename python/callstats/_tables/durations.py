"""Durations in whatever form they come, as float seconds."""

from __future__ import annotations

import datetime
import functools
import math
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from callstats._tables.checks import real, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_UNITS = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
#: Arguments that are durations, whatever function they are of.
DURATIONS: Final = frozenset(
    {
        "after",
        "aht",
        "asa",
        "delay",
        "hold_time",
        "interval",
        "job_aht",
        "mean_wait",
        "patience",
        "threshold",
    }
)
_NUMBER = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*([a-z]*)")
#: Whole numbers below it are floats, rounded.
_ENDLESS = 1 << 1023
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d{1,2}(?:\.\d*)?)")


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> float:
    """Seconds in ``"20s"``, ``"5 min"``, ``"3:30"`` (minutes), ``"00:03:30"`` or ``"20"``.

    >>> parse("3:30"), parse("00:03:30"), parse("20s"), parse("0.5 h")
    (210.0, 210.0, 20.0, 1800.0)
    """
    stripped = text.strip().lower()
    if clock := _CLOCK.fullmatch(stripped):
        hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        length = hours * 3600 + minutes * 60 + seconds
    elif (number := _NUMBER.fullmatch(stripped)) and (number[2] or "s") in _UNITS:
        length = float(number[1]) * _UNITS[number[2] or "s"]
    else:
        length = np.inf
    # Hundreds of digits are a slip, no way to say endless.
    if math.isfinite(length):
        return length
    if stripped in {"inf", "infinity"}:
        return np.inf
    msg = f"{shown(text)} is not a duration; write seconds, '20s', '5min', '3:30' or '00:03:30'"
    raise ValueError(msg)


def of_cell(value: Any) -> float | None:
    """Seconds of a spreadsheet's cell that was formatted as a time; None where it is no duration.

    A cell of 24 hours or more comes as a moment: days since the last of 1899, or since the first
    of 1904 in books that count from there. Excel has a 29 February 1900, which never was.

    >>> of_cell(datetime.time(0, 3, 30)), of_cell(datetime.datetime(1900, 1, 1, 2, 15))
    (210.0, 94500.0)
    """
    if isinstance(value, datetime.timedelta):
        return value.total_seconds() if value == value else np.nan  # noqa: PLR0124 - NaT
    if isinstance(value, np.timedelta64):
        return float(_from_timedelta("a cell", np.asarray(value)))
    if isinstance(value, datetime.time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    if not isinstance(value, datetime.datetime) or not 1899 <= value.year <= 1904:
        return None
    if value.year == 1904:
        first = datetime.datetime(1904, 1, 1)
    else:
        before = value < datetime.datetime(1900, 3, 1)
        first = datetime.datetime(1899, 12, 31 if before else 30)
    return (value.replace(tzinfo=None) - first).total_seconds()


def seconds(name: str, value: Any) -> Any:
    """`value` with durations turned into float seconds; numbers stay as they are.

    Scalars stay scalars, arrays arrays, Series the same kind of Series with their index.
    """
    kind = type(value)
    if kind is float:
        return value
    if kind is int:
        # Seconds beyond binary64 are endless.
        return value if abs(value) < _ENDLESS else real(value)
    if isinstance(value, str):
        try:
            return parse(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    if isinstance(value, datetime.timedelta):  # pandas.Timedelta too
        return value.total_seconds() if value == value else np.nan  # noqa: PLR0124 - NaT
    if isinstance(value, np.timedelta64):
        return float(_from_timedelta(name, np.asarray(value)))
    if (pandas := sys.modules.get("pandas")) and value is pandas.NaT:
        return np.nan
    return _column(name, value)


def length(name: str, value: Any, rule: str, holds: Callable[[float], bool]) -> float:
    """One argument that is one duration and holds to a rule, in seconds."""
    found = seconds(name, value)
    if isinstance(found, bool) or not isinstance(found, int | float | np.number):
        raise TypeError(f"{name} must be a duration; got {shown(value)}")
    if not holds(float(found)):
        raise ValueError(f"{name} must be {rule}; got {shown(value)}")
    return float(found)


def in_seconds(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, those that are durations by their names as seconds."""
    return {n: seconds(n, v) if n in DURATIONS else v for n, v in arguments.items()}


def _column(name: str, value: Any) -> Any:
    if pandas := sys.modules.get("pandas"):
        if isinstance(value, pandas.Series):
            return _pandas_series(name, value)
        if isinstance(value, pandas.Index | pandas.api.extensions.ExtensionArray):
            return _pandas_series(name, pandas.Series(value)).to_numpy()
    if (polars := sys.modules.get("polars")) and isinstance(value, polars.Series):
        return _polars_series(name, value)
    if isinstance(value, np.ndarray | list | tuple):
        array = _array(name, value)
        if array.dtype.kind == "m":
            return _from_timedelta(name, array)
        if array.dtype.kind in "UO":
            return _parsed(name, array)
    return value


def _array(name: str, value: Any) -> np.ndarray[Any, Any]:
    try:
        return np.asarray(value)
    except ValueError:
        msg = f"{name} must be a duration or an array of one shape; got {shown(value)}"
        raise ValueError(msg) from None


def _from_timedelta(name: str, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    unit = np.datetime_data(array.dtype)[0]
    if unit in {"Y", "M"}:
        msg = f"{name} must be a duration of one length; got years or months, {array.dtype}"
        raise ValueError(msg)
    return array / np.timedelta64(1, "s")


def _parsed(name: str, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    out = np.empty(array.shape)
    for position, item in np.ndenumerate(array):
        missing = item is None or item is getattr(sys.modules.get("pandas"), "NA", None)
        try:
            length = np.nan if missing else seconds(name, item)
            if isinstance(length, bytes | bool) or not hasattr(length, "__float__"):
                raise TypeError(f"{name} must be a duration; got {shown(item)}")
            out[position] = real(length)
        except (TypeError, ValueError) as error:
            at = position[0] if len(position) == 1 else position
            raise type(error)(f"{error} (at position {at})") from None
    return out


def _pandas_series(name: str, series: Any) -> Any:
    dtype = series.dtype
    if getattr(dtype, "kind", "O") == "m":
        return series.dt.total_seconds()
    if getattr(dtype, "kind", "O") in "OUT" or str(dtype).startswith(("str", "category")):
        values = series.astype(object).to_numpy()
        values = np.where(series.isna().to_numpy(), np.nan, values)
        return type(series)(_parsed(name, values), index=series.index, name=series.name)
    return series


def _polars_series(name: str, series: Any) -> Any:
    polars = sys.modules["polars"]
    if series.dtype == polars.Duration:
        # Not Polars' own division: it multiplies by 1e-9, which costs the last bit.
        return polars.Series(
            series.name, _from_timedelta(name, series.to_numpy()), nan_to_null=True
        )
    if series.dtype in (polars.String, polars.Categorical, polars.Enum):
        return polars.Series(
            series.name, _parsed(name, np.array(series.to_list(), dtype=object)), nan_to_null=True
        )
    return series
