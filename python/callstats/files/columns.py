"""Columns of text into times, seconds and numbers; what cannot be read is named by row."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from callstats._tables.checks import counted
from callstats._tables.durations import of_cell, parse
from callstats._tables.truths import TRUE_OR_FALSE, YES_OR_NO
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callstats.files.reading import Table

    _Mask = np.ndarray[Any, np.dtype[np.bool_]]

#: What a column holds. "unknown" is read as what nine of ten of its values say.
Content = Literal["time", "seconds", "number", "truth", "text", "unknown"]

#: The columns of a log of calls or recordings that commands read, and what they hold.
CALLS: dict[str, Content] = {
    "call_id": "text",
    "contact_id": "text",
    "customer": "text",
    "queue": "text",
    "agent": "text",
    "outcome": "text",
    "reason": "text",
    "call_type": "text",
    "channel": "text",
    "direction": "text",
    "language": "text",
    "arrival": "time",
    "answer": "time",
    "start": "time",
    "end": "time",
    "wait": "seconds",
    "talk": "seconds",
    "hold": "seconds",
    "acw": "seconds",
    "ring": "seconds",
    "duration": "seconds",
    "transferred": "truth",
}
#: The same of a forecast by interval.
INTERVALS: dict[str, Content] = {"start": "time", "queue": "text"}

#: What stands for "missing" where a time or a number belongs, beside the empty field.
_MISSING = frozenset({"na", "n/a", "nan", "nat", "null", "none"})
_TIME = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?"
_ZONE = r"[T ].*(Z|[+-]\d\d(?::?\d\d)?)$"
#: Without a leading zero: 007 is somebody's number, not a number.
_NUMBER = r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?(?:[eE][+-]?\d+)?"
_CLOCK = r"(?:\d+:)?\d+:\d\d(?:\.\d+)?"
#: Share of a column's values that must look alike before the others count as faults.
_MAJORITY = 0.9

_WORDS = {
    "time": "a time (ISO 8601, such as 2024-01-31 09:30:00)",
    "seconds": "a duration (seconds, 3:30 or 0:03:30)",
    "number": "a number",
    "truth": "true or false",
}

_RATIOS = re.compile(
    r"(?:(?:marginal_)?service_level|answer_rate|abandonment(?:_rate)?|occupancy|"
    r"wait_probability|blocking|"
    r"transfer_rate|utilisation|shrinkage|sample_share|population_share)(?:_low|_high|_\d.*)*"
)


def is_ratio(column: str) -> bool:
    """Whether a column of a result holds fractions that people read as percent.

    >>> is_ratio("service_level_20"), is_ratio("abandonment_rate_low"), is_ratio("asa")
    (True, True, False)
    """
    return _RATIOS.fullmatch(column) is not None


def typed(
    table: Table,
    contents: Mapping[str, Content],
    *,
    unreadable: Literal["raise", "leave"] = "raise",
) -> Table:
    """`table` with the columns named in `contents` read as what they hold.

    Columns that the table lacks are passed over. ``unreadable="leave"`` leaves a column with values
    that cannot be read as text, for functions that look after bad rows themselves.

    Raises
    ------
    InvalidDataError
        A value cannot be read and `unreadable` is ``"raise"``: column, value, row, line, count.
    """
    frame = table.frame.copy(deep=False)
    for name, content in contents.items():
        if name not in frame:
            continue
        column, unread = _column(frame[name], content)
        if not unread.any():
            frame[name] = column
        elif unreadable == "raise":
            raise InvalidDataError(_complaint(table, name, content, unread))
        elif _is_text(frame[name]):
            frame[name] = frame[name].mask(_said_missing(frame[name]))
    return replace(table, frame=frame)


def settled(table: Table, contents: Mapping[str, Content]) -> dict[str, Content]:
    """`contents` with what is unknown decided by this table, for other parts of the same.

    What has a type already, as a Parquet column has, stays unknown: it needs no guess.
    """
    frame = table.frame
    return {
        name: _guess(frame[name])
        if content == "unknown" and name in frame and _is_text(frame[name])
        else content
        for name, content in contents.items()
    }


def _complaint(table: Table, name: str, content: Content, unread: _Mask) -> str:
    row = int(np.argmax(unread))
    value = table.frame[name].iloc[row]
    if content == "unknown":
        wrong = f"is unlike the rest of the column; --text {name} reads all of it as text"
    elif content == "time" and _is_time(value):
        wrong = "has a zone where most times have none, or has none where most have one"
    else:
        wrong = f"is not {_WORDS[content]}"
    shown = repr(value) if isinstance(value, str) else str(value)
    return (
        f"{table.name}: column {name!r}, {table.place(row)}: {shown} {wrong} "
        f"({counted(int(unread.sum()), len(unread))})"
    )


def _is_time(value: Any) -> bool:
    return (
        isinstance(value, str)
        and re.fullmatch(_TIME, value) is not None
        and not pd.isna(pd.to_datetime(value, errors="coerce"))
    )


def _column(column: pd.Series[Any], content: Content) -> tuple[pd.Series[Any], _Mask]:
    """The column as what it holds, and where a value could not be read."""
    if content == "text":
        return _as_text(column), _nowhere(column)
    if content == "truth":
        return _truths(column)
    if not _is_text(column):
        return _from_cells(column, content)
    if content == "unknown":
        content = _guess(column)
        if content == "text":
            return column, _nowhere(column)
        if content == "truth":
            return _truths(column)
    return _from_text(column, content)


def _nowhere(column: pd.Series[Any]) -> _Mask:
    return np.zeros(len(column), dtype=bool)


def _is_text(column: pd.Series[Any]) -> bool:
    if column.dtype != object:
        return isinstance(column.dtype, pd.StringDtype)
    return pd.api.types.infer_dtype(column, skipna=True) in {"string", "empty"}


def _as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Ids that a spreadsheet keeps as numbers are text too: 7 is '7', as in a CSV file."""
    if column.dtype != object or _is_text(column):
        return column
    return column.map(_spelled, na_action="ignore")


def _spelled(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _from_text(column: pd.Series[Any], content: Content) -> tuple[pd.Series[Any], _Mask]:
    missing = _said_missing(column)
    given = column.mask(missing)
    if content == "time":
        values = _times(given)
    else:
        values = pd.to_numeric(given, errors="coerce").astype("float64")
        # What is a number is read again to its last bit, which pandas 2 leaves to chance.
        fine = values.notna()
        values[fine] = given[fine].to_numpy(dtype=object).astype(np.float64)
        unread = ~missing & values.isna().to_numpy()
        if content == "seconds" and unread.any():
            spelled = given[unread]
            values[unread] = spelled.map({text: _clock(text) for text in spelled.unique()})
    return values, ~missing & values.isna().to_numpy(dtype=bool)


def _said_missing(column: pd.Series[Any]) -> _Mask:
    return (column.isna() | column.str.lower().isin(_MISSING)).to_numpy(dtype=bool)


def _clock(text: str) -> float:
    try:
        return parse(text)
    except ValueError:
        return np.nan


def _times(given: pd.Series[Any]) -> pd.Series[Any]:
    """Times, all with a zone or all without, as most of them are; the others are missing.

    Times of one offset keep it; where offsets differ (summer and winter) they are told in UTC.
    """
    shaped = given.str.fullmatch(_TIME, na=False).to_numpy(dtype=bool)
    zones = given.where(shaped).str.extract(_ZONE, expand=False)
    zoned = zones.notna().to_numpy(dtype=bool)
    plain = shaped & ~zoned
    if zoned.sum() <= plain.sum():
        return pd.to_datetime(given.where(plain), format="ISO8601", errors="coerce")
    times = pd.to_datetime(given.where(zoned), format="ISO8601", errors="coerce", utc=True)
    spoken = zones[zoned].unique()
    if len(spoken) == 1 and spoken[0] != "Z":
        one = pd.to_datetime(given[zoned].iloc[0], format="ISO8601")
        times = times.dt.tz_convert(one.tz)
    return times


def _truths(column: pd.Series[Any]) -> tuple[pd.Series[Any], _Mask]:
    if pd.api.types.is_bool_dtype(column.dtype):
        return column, _nowhere(column)
    words = _as_text(column.astype(object)).str.lower()
    truths = words.map(YES_OR_NO)
    unread = (words.notna() & truths.isna()).to_numpy(dtype=bool)
    return (truths if truths.isna().any() else truths.astype(bool)), unread


def _guess(column: pd.Series[Any]) -> Content:
    """What nine of ten values of a column that nobody has told us about say."""
    given = column[column.notna() & ~column.str.lower().isin(_MISSING)]
    guesses: tuple[tuple[Content, str], ...] = (
        ("number", _NUMBER),
        ("time", _TIME),
        ("seconds", _CLOCK),
    )
    for content, pattern in guesses:
        if len(given) and given.str.fullmatch(pattern).mean() >= _MAJORITY:
            return content
    truths = len(given) and given.str.lower().isin(set(TRUE_OR_FALSE)).all()
    return "truth" if truths else "text"


def _from_cells(column: pd.Series[Any], content: Content) -> tuple[pd.Series[Any], _Mask]:
    """A column that already has types: a Parquet column, or a spreadsheet's cells."""
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
    if kind != "O":
        return _from_one_type(column, content)
    if content == "unknown":
        inferred = column.infer_objects()
        if inferred.dtype != object:
            return inferred, _nowhere(column)
        if any(isinstance(cell, datetime.time | datetime.timedelta) for cell in column):
            return _from_cells(column, "seconds")
        return _as_text(column), _nowhere(column)
    missing = column.isna().to_numpy(dtype=bool)
    if content == "time":
        as_text = column.map(_iso, na_action="ignore")
        return _from_text(as_text.astype("str"), "time")
    values = column.map(_amount, na_action="ignore").astype("float64")
    return values, ~missing & values.isna().to_numpy(dtype=bool)


def _from_one_type(column: pd.Series[Any], content: Content) -> tuple[pd.Series[Any], _Mask]:
    types = pd.api.types
    if content == "seconds" and types.is_timedelta64_dtype(column.dtype):
        return column.dt.total_seconds(), _nowhere(column)
    if content == "seconds" and types.is_datetime64_any_dtype(column.dtype):
        return _from_cells(column.astype(object), content)
    fits = content == "unknown" or (
        types.is_datetime64_any_dtype(column.dtype)
        if content == "time"
        else types.is_numeric_dtype(column.dtype) and not types.is_bool_dtype(column.dtype)
    )
    return column, (_nowhere(column) if fits else column.notna().to_numpy(dtype=bool))


def _iso(cell: Any) -> str:
    return cell.isoformat(sep=" ") if isinstance(cell, datetime.datetime) else str(cell)


def _amount(cell: Any) -> float:
    """Seconds or a plain number in a spreadsheet's cell; NaN where it is neither."""
    if isinstance(cell, str):
        return _clock(cell)
    if (seconds := of_cell(cell)) is not None:
        return seconds
    return np.nan if isinstance(cell, bool | datetime.date) else float(cell)
