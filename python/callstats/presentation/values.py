"""How a value is written: shares as percent, durations as clocks, counts with separators."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING, Any

from callstats.presentation.columns import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MISSING", "clock", "is_missing", "numbers_of", "written"]

#: What stands for a value that is missing.
MISSING = "\u2013"
#: Digits behind the point of a number, by how large the largest of its column is.
_DIGITS = ((1000, 0), (100, 1), (1, 2), (0.01, 3))


def is_missing(value: Any) -> bool:
    """Whether a cell is empty: None, NaN, NaT and NA."""
    if value is None:
        return True
    # NA is neither true nor false of anything, itself included.
    return type(value).__name__ in {"NAType", "NaTType"} or (
        isinstance(value, float) and math.isnan(value)
    )


def written(values: Sequence[Any], kind: str, language: str = "en") -> list[str]:
    """Each value of a column as people read it.

    >>> written([0.5215, 1], "share"), written([7.25, 8.5], "duration")
    (['52.1%', '100.0%'], ['0:07.2', '0:08.5'])
    >>> written([95, 3725], "duration"), written([1234.0, 5.0], "count")
    (['1:35', '1:02:05'], ['1,234', '5'])
    """
    if not kind or kind in {"text", "time", "truth"}:
        numbers = numbers_of(values)
        if numbers is None or kind in {"text", "truth"}:
            return _as_text(values, language)
        return _as_numbers(values, numbers, "number", language)
    numbers = numbers_of(values)
    return (
        _as_text(values, language)
        if numbers is None
        else _as_numbers(values, numbers, kind, language)
    )


def numbers_of(values: Sequence[Any]) -> list[float] | None:
    """The numbers of a column, durations in seconds; None where it holds anything else."""
    found = []
    for value in values:
        if is_missing(value):
            continue
        if isinstance(value, bool) or type(value).__name__ == "bool_":
            return None
        if isinstance(value, datetime.timedelta):
            found.append(value.total_seconds())
        elif isinstance(value, (int, float)) or hasattr(value, "__float__"):
            found.append(float(value))
        else:
            return None
    return found


def _as_text(values: Sequence[Any], language: str) -> list[str]:
    # Days alone where no value has a time of day.
    moments = [each for each in values if isinstance(each, datetime.datetime)]
    days = all(not (each.hour or each.minute or each.second) for each in moments)
    seconds = any(each.second for each in moments)
    form = "%Y-%m-%d" if days else "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M"
    texts = []
    for value in values:
        if is_missing(value):
            texts.append(MISSING)
        elif isinstance(value, datetime.datetime):
            texts.append(value.strftime(form))
        elif isinstance(value, bool) or type(value).__name__ == "bool_":
            texts.append(text_of("words", "yes" if value else "no", language))
        elif isinstance(value, (list, tuple)):
            texts.append(", ".join(map(str, value)) or MISSING)
        else:
            texts.append(str(value))
    return texts


def _as_numbers(
    values: Sequence[Any], numbers: Sequence[float], kind: str, language: str
) -> list[str]:
    finite = [abs(each) for each in numbers if math.isfinite(each)]
    largest = max(finite, default=0.0)
    whole = all(each == round(each) for each in finite)
    digits = _digits(kind, largest, whole=whole)
    texts = []
    rest = iter(numbers)
    for value in values:
        if is_missing(value):
            texts.append(MISSING)
            continue
        number = next(rest)
        if math.isinf(number):
            never = kind == "duration" and number > 0
            texts.append(text_of("words", "never", language) if never else f"{number:+}"[:4])
        elif kind == "duration":
            texts.append(clock(number, digits))
        elif kind == "share":
            texts.append(f"{_nearest(100 * number, digits):.{digits}f}%")
        elif kind == "points":
            texts.append(f"{100 * number:+.{digits}f}")
        else:
            texts.append(f"{number:,.{digits}f}")
    return texts


def _digits(kind: str, largest: float, *, whole: bool) -> int:
    if kind in {"share", "points"}:
        return 1
    if kind == "duration":
        return 0 if whole or largest >= 60 else 1
    if kind == "load":
        return 2
    if kind == "p":
        return 4
    if kind == "cost":
        return 0 if largest >= 10_000 else 2
    if whole:
        return 0
    if kind in {"count", "agents"}:
        return 1
    return next((digits for limit, digits in _DIGITS if largest >= limit), 5)


def _nearest(value: float, digits: int) -> float:
    """The value as it is written, so that -0.04% is not -0.0%."""
    return round(value, digits) + 0.0


def clock(seconds: float, digits: int = 0) -> str:
    """Seconds as ``m:ss``, from an hour on as ``h:mm:ss``.

    >>> clock(59.6), clock(3599.6), clock(-75)
    ('1:00', '1:00:00', '-1:15')
    """
    rounded = round(abs(seconds), digits)
    sign = "-" if seconds < 0 and rounded else ""
    minutes, rest = divmod(rounded, 60)
    hours, minutes = divmod(int(minutes), 60)
    second = f"{rest:0{3 + digits if digits else 2}.{digits}f}"
    return f"{sign}{hours}:{minutes:02}:{second}" if hours else f"{sign}{minutes}:{second}"
