"""Two periods side by side, measure by measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import frames
from callstats._tables.checks import confidence_level
from callstats._tables.groups import divided
from callstats.compare.cautions import Caution
from callstats.compare.daily.days import ENOUGH_DAYS, DailySeries, fitted, of_season
from callstats.compare.reading import (
    Measure,
    Sums,
    column_name,
    inside,
    measure_columns,
    opened,
    two_spans,
)
from callstats.intervals import difference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame

    Floats = NDArray[np.float64]

_COLUMNS = (
    "before",
    "after",
    "absolute",
    "relative",
    "size_before",
    "size_after",
    "days_before",
    "days_after",
    "sampling_low",
    "sampling_high",
    "low",
    "high",
    "p_value",
)
#: Changes of the past that two points are put beside.
_LAST = 12


def periods(
    frame: Frame,
    *,
    before: Sequence[Any],
    after: Sequence[Any],
    measures: Mapping[str, Any] | Sequence[str] | str,
    time: str = "start",
    by: str | Sequence[str] = (),
    confidence: float = 0.95,
) -> Frame:
    """Measures before and after: the change, the chance of the calls, and what days allow to say.

    Complaint handling that goes from 31.85 to 15.68 hours in two months fell by half. Two points
    say no more: whatever else moved it would look the same. From ten days a side on the daily
    series gives limits that hold.

    Parameters
    ----------
    frame : DataFrame
        One row a call, a day or a month.
    before, after : pair of times
        Half-open periods (first, end), one after the other.
    measures : mapping or sequence
        Names with a column (mean of the rows) or a pair (numerator, denominator) of columns (sum
        over sum); or columns.
    time : str
        Column of instants.
    by : str or sequence
        Columns whose levels are compared apart.
    confidence : float, default 0.95
        Of the limits; > 0 and < 1.

    Returns
    -------
    DataFrame
        One row a group and measure: ``measure, before, after, absolute, relative``, rows or events
        and days on each side, ``sampling_low, sampling_high`` (chance of the calls alone), ``low,
        high, p_value`` (the drift model, NaN with fewer than 10 days a side), and ``codes`` and
        ``warnings`` with what must be said along.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A row without a time or a group, a value that is not finite, or periods that overlap.

    Notes
    -----
    ``sampling_*``: Newcombe's interval for shares, else the ratio's linearised error over the rows
    with normal quantiles. It is the least of all errors: it holds if nothing but these calls were
    drawn anew, and says nothing of months that differ. ``relative`` is NaN from 0.

    References
    ----------
    R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10.

    Examples
    --------
    >>> import pandas as pd
    >>> months = pd.DataFrame({"start": ["2025-01-01", "2025-02-01"], "hours": [31.85, 15.68]})
    >>> found = periods(
    ...     months, before=("2025-01-01", "2025-02-01"), after=("2025-02-01", "2025-03-01"),
    ...     measures=["hours"],
    ... )
    >>> found[["absolute", "relative"]].round(4).values.tolist(), found["codes"][0]
    ([[-16.17, -0.5077]], 'few_periods')
    """
    rows = opened(frame, "frame", column_name("time", time))
    columns = measure_columns("measures", measures)
    level = confidence_level(confidence)
    keys = rows.table.keys(by, ("measure", *_COLUMNS, "codes", "warnings"))
    own = rows.measures(columns)
    for key in keys:
        missing = np.asarray(rows.table.frame[key].is_null().to_numpy(), bool)
        rows.table.require_known(key, missing, "every figure")
    valid = rows.table.settle()
    spans = two_spans(rows, before, after)
    groups = rows.table.grouped(keys, valid)
    _, codes, days = rows.days()
    sides = [inside(rows, span) for span in spans]
    past = rows.instants < spans[0][1]
    found: list[tuple[int, str, dict[str, float], list[Caution]]] = []
    for group in range(len(groups)):
        member = groups.codes == group
        part = _Part([member & side for side in sides], member & past, codes, days)
        found += [(group, each.name, *_compared(each, part, level)) for each in own]
    at = np.array([group for group, *_ in found], np.int64)
    table: dict[str, Any] = {"measure": [name for _, name, _, _ in found]}
    table |= {
        name: np.array([figures[name] for _, _, figures, _ in found], np.float64)
        for name in _COLUMNS
    }
    table["codes"] = [",".join(dict.fromkeys(each.code for each in own)) for *_, own in found]
    table["warnings"] = ["; ".join(each.text() for each in own) for *_, own in found]
    named = rows.table.at(keys, groups.example[at])
    about = {"function": "compare.periods", "confidence": level}
    made: Frame = frames.result(rows.table.frame, named, table, about)
    return made


@dataclass(frozen=True)
class _Part:
    """Rows of a group: before and after, up to the end of before, and the days of all rows."""

    sides: list[NDArray[np.bool_]]
    past: NDArray[np.bool_]
    codes: NDArray[np.int32]
    days: NDArray[np.int64]


def _compared(
    measure: Measure, part: _Part, level: float
) -> tuple[dict[str, float], list[Caution]]:
    """The figures of a measure in one group, and what must be said along."""
    sides, days = part.sides, part.days
    sums = [measure.sums(np.where(side, 0, -1).astype(np.int32), 1) for side in sides]
    first, second = (float(each.rate[0]) for each in sums)
    daily = [_daily(measure, side, part) for side in sides]
    counts = [each.size for each, _ in daily]
    low, high = _sampling(measure, sides, sums, level)
    found = {
        "before": first,
        "after": second,
        "absolute": second - first,
        "relative": second / first - 1 if first else np.nan,
        "size_before": float(sums[0].denominator[0]),
        "size_after": float(sums[1].denominator[0]),
        "days_before": counts[0],
        "days_after": counts[1],
        "sampling_low": low,
        "sampling_high": high,
    }
    cautions = []
    drift = dict.fromkeys(("low", "high", "p_value"), np.nan)
    if min(counts) >= ENOUGH_DAYS:
        values = np.concatenate([values for values, _ in daily])
        own = np.concatenate([days[places] for _, places in daily])
        fit = fitted(DailySeries(values, own, [counts[0]]), level)
        drift = {name: float(fit.effects[name][0]) for name in drift}
        cautions += of_season(*(days[places] for _, places in daily), control=False)
    else:
        cautions.append(_few(measure, part, counts))
    return {**found, **drift}, cautions


def _daily(
    measure: Measure, side: NDArray[np.bool_], part: _Part
) -> tuple[Floats, NDArray[np.int64]]:
    """Rates of the open days of a side, and which days these are."""
    rates = measure.sums(np.where(side, part.codes, np.int32(-1)), len(part.days)).rate
    places = np.flatnonzero(~np.isnan(rates))
    return rates[places], places


def _few(measure: Measure, part: _Part, counts: list[int]) -> Caution:
    """Too few days; of two points, beside the changes of the past where these are known."""
    fewest = min(counts)
    if max(counts) > 1:
        return Caution("few_periods", measure.name, fewest, tuple(counts))
    past, _ = _daily(measure, part.past, part)
    changes = np.diff(past)[-_LAST:]
    if not changes.size:
        return Caution("few_periods", measure.name, fewest, key="two_points")
    parts = (changes.size, float(changes.min()), float(changes.max()))
    return Caution("few_periods", measure.name, fewest, parts, key="two_points_history")


def _sampling(
    measure: Measure, sides: list[NDArray[np.bool_]], sums: list[Sums], level: float
) -> tuple[float, float]:
    """Limits of the difference, were nothing but the calls drawn anew."""
    if measure.is_share:
        counts = [(float(each.numerator[0]), float(each.denominator[0])) for each in sums]
        if all(trials > 0 for _, trials in counts):
            limits = difference(counts[1], counts[0], confidence=level)
            return float(limits.low), float(limits.high)
        return np.nan, np.nan
    variance = 0.0
    for side, each in zip(sides, sums, strict=True):
        rows = side & measure.known
        top = measure.top[rows]
        bottom = np.ones(top.size) if measure.bottom is None else measure.bottom[rows]
        if top.size < 2:
            return np.nan, np.nan
        # Sorted, so that the order of the rows cannot show.
        apart = np.sort((top - each.rate[0] * bottom) ** 2)
        scale = top.size / (top.size - 1)
        variance += float(divided(scale * apart.sum(), each.denominator[0] ** 2))
    reach = _core.normal_quantile(level) * np.sqrt(variance)
    change = float(sums[1].rate[0] - sums[0].rate[0])
    return change - reach, change + reach
