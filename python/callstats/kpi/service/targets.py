"""Targets looked at twice: how evenly they are kept, and whether they ask for anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames, groups
from callstats._tables.checks import column_names, number, whole
from callstats._tables.groups import divided
from callstats._tables.table import COUNT, Table
from callstats.kpi.rates import rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callstats.typing import Frame, OnError


def consistency(
    intervals: Frame,
    *,
    target: float,
    figure: str = "service_level",
    by: str | Sequence[str] = (),
    below: float = 0.0,
    above: float = np.inf,
    weight: str | None = None,
    excused: str | None = None,
    confidence: float = 0.95,
    on_error: OnError = "raise",
) -> Frame:
    """Share of the intervals whose figure lies in a band around its target, one row a group.

    A day that meets 80 % by 100 % at night and 50 % in the morning met nothing for those who called
    in the morning.

    Parameters
    ----------
    intervals : DataFrame
        One row an interval, such as `summarize` gives with `freq`. Where the figure is missing
        nobody called, or it was closed: such an interval is in neither side.
    target : float
        What is to be met.
    figure : str
        Column of the figure.
    by : str or sequence of str
        Columns to group by.
    below, above : float
        How far under and over the target is still in the band; >= 0. Default: at least the target.
    weight : str, optional
        Column of volumes: gives `consistency_weighted`, the share of calls in such intervals.
    excused : str, optional
        Column of true and false, missing counting as false: what happened in the interval was
        nobody's fault, such as a volume far above the forecast or a line that failed. Gives
        `under_excused`, `under_controllable`
        and `consistency_controllable` = in_band / (open - under_excused).
    confidence : float
        Of the Wilson limits; between 0 and 1.
    on_error : {"raise", "drop", "flag"}
        What to do with rows whose weight is missing or negative; "flag" counts them in a column
        `flagged`.

    Returns
    -------
    DataFrame
        `intervals`, `open` (with a figure), `in_band`, `under`, `over`; `consistency` = in_band /
        open with `_low`, `_high`, `_numerator`, `_denominator`; `consistency_weighted`; with
        `excused` its columns, the last with limits and counts too.

    Raises
    ------
    ValueError
        A column is missing, an argument is out of range, or a weight is missing or negative.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.DataFrame({"service_level": [1.0, 0.5, 0.82, None], "offered": [4, 90, 50, 0]})
    >>> consistency(day, target=0.8, weight="offered")[
    ...     ["open", "in_band", "consistency", "consistency_weighted"]
    ... ]
       open  in_band  consistency  consistency_weighted
    0     3        2     0.666667                 0.375
    """
    target = number("target", target, "to reach", lambda _: True)
    below = number("below", below, ">= 0", lambda width: width >= 0)
    above = number("above", above, ">= 0", lambda width: width >= 0)
    log = Table(intervals, "intervals", on_error=on_error)
    keys = log.keys(by)
    log.require(figure, *(name for name in (weight, excused) if name is not None))
    values = log.numbers(figure)
    seen = ~np.isnan(values)
    volume = np.ones(log.rows) if weight is None else log.numbers(weight)
    if weight is not None:
        log.check(weight, volume, COUNT, "it cannot be weighed", seen)
    helpless = np.zeros(log.rows, bool)
    if excused is not None:
        helpless = log.truths(excused, "nobody knows whose fault it was")
    grouped = log.grouped(keys, log.settle())
    # The band is made of decimals: 0.8 - 0.05 must not lose an interval of 0.75 to its last bit.
    slack = 1e-12 * max(1.0, abs(target))
    under, over = values < target - below - slack, values > target + above + slack
    inside = seen & ~under & ~over
    counts = {
        "intervals": grouped.count(),
        "open": grouped.count(seen),
        "in_band": grouped.count(inside),
        "under": grouped.count(seen & under),
        "over": grouped.count(seen & over),
    }
    figures: dict[str, Any] = {
        **counts,
        **rate("consistency", counts["in_band"], counts["open"], confidence),
    }
    if weight is not None:
        met = grouped.sum(np.where(inside, volume, 0.0))
        figures["consistency_weighted"] = divided(met, grouped.sum(np.where(seen, volume, 0.0)))
    if excused is not None:
        forgiven = grouped.count(seen & under & helpless)
        figures |= {
            "under_excused": forgiven,
            "under_controllable": counts["under"] - forgiven,
            **rate(
                "consistency_controllable", counts["in_band"], counts["open"] - forgiven, confidence
            ),
        }
    return grouped.result(figures, "consistency", target=target)


def audit_ceiling(
    periods: Frame,
    metrics: Sequence[str],
    *,
    start: str = "start",
    by: str | Sequence[str] = (),
    count: str | None = None,
    ceiling: float = 1.0,
    run: int = 3,
    few: float = 30,
    confidence: float = 0.95,
) -> Frame:
    """Metrics that stand at 100 % period after period, and what may be behind it.

    Parameters
    ----------
    periods : DataFrame
        One row a period (and group): the metrics, as fractions.
    metrics : sequence of str
        Their columns.
    start : str
        Column by which the periods are ordered.
    by : str or sequence of str
        Columns to group by.
    count : str, optional
        Column of the number of cases behind the metrics.
    ceiling : float
        The best that they can be.
    run : int
        So many periods in a row at the ceiling are looked into; >= 1.
    few : float
        A median of fewer cases a period is a small sample.
    confidence : float
        Of `lower_limit`; between 0 and 1.

    Returns
    -------
    DataFrame
        The keys, `metric`, `periods` (with a figure), `at_ceiling`, `longest_run`, `median_count`,
        `lower_limit` (Wilson's, of all cases of the longest run together: what is known of the true
        share), `finding`: "none" below `run`; "data fault" where there are figures without cases;
        "small sample" where a period has few; else "easy target".

    Raises
    ------
    ValueError
        A column is missing, or an argument is out of range.

    Examples
    --------
    >>> import pandas as pd
    >>> months = pd.DataFrame({
    ...     "start": pd.date_range("2024-01-01", periods=4, freq="MS"),
    ...     "on_time": [1.0, 1.0, 1.0, 0.98], "polite": [0.9, 0.95, 1.0, 0.97], "n": [8, 5, 7, 9],
    ... })
    >>> audit_ceiling(months, ["on_time", "polite"], count="n")[
    ...     ["metric", "longest_run", "lower_limit", "finding"]
    ... ].round(3)
        metric  longest_run  lower_limit       finding
    0  on_time            3        0.839  small sample
    1   polite            1        0.646          none
    """
    run = whole("run", run, 1)
    ceiling = number("ceiling", ceiling, "to reach", lambda _: True)
    log = Table(periods, "periods")
    keys = log.keys(by)
    names = column_names("metrics", metrics)
    log.require(start, *names, *(() if count is None else (count,)))
    cases = np.full(log.rows, np.nan) if count is None else log.numbers(count)
    order = groups.key_codes(log.frame[start])
    grouped = log.grouped(keys, log.settle())
    columns: dict[str, list[Any]] = {name: [] for name in _AUDIT}
    rows = []
    for group in range(len(grouped)):
        mine = np.flatnonzero(grouped.codes == group)
        mine = mine[np.argsort(order[mine], kind="stable")]
        for name in names:
            values = log.numbers(name)[mine]
            seen = ~np.isnan(values)
            top = values[seen] >= ceiling - 1e-12
            n = cases[mine][seen]
            length, end = _longest(top)
            total = n[end - length : end].sum() if length else np.nan
            lower = np.nan
            if np.isfinite(total) and total > 0:
                lower = float(rate("x", [total], [total], confidence)["x_low"][0])
            middle = float(np.median(n)) if n.size else np.nan
            found = "none"
            if length >= run:
                faulty = count is not None and bool((~(n[top] > 0)).any())
                found = (
                    "data fault" if faulty else "small sample" if middle < few else "easy target"
                )
            line = (name, int(seen.sum()), int(top.sum()), length, middle, lower, found)
            for column, value in zip(_AUDIT, line, strict=True):
                columns[column].append(value)
            rows.append(int(grouped.example[group]))
    return _listed(log, keys, rows, columns)


_AUDIT = (
    "metric",
    "periods",
    "at_ceiling",
    "longest_run",
    "median_count",
    "lower_limit",
    "finding",
)


def _longest(top: Any) -> tuple[int, int]:
    """The longest run of true, the first of equals, and where it ends."""
    best, end, length = 0, 0, 0
    for place, reached in enumerate(top):
        length = length + 1 if reached else 0
        if length > best:
            best, end = length, place + 1
    return best, end


def _listed(
    log: Table, keys: Sequence[str], rows: list[int], columns: dict[str, list[Any]]
) -> Frame:
    text = {"metric", "finding"}
    series = log.at(keys, np.array(rows, np.int64))
    kinds = {"median_count": np.float64, "lower_limit": np.float64}
    figures = {
        name: values if name in text else np.array(values, dtype=kinds.get(name, np.int64))
        for name, values in columns.items()
    }
    return frames.result(log.frame, series, figures, {"function": "audit_ceiling"})
