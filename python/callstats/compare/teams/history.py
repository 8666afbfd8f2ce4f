"""How much units change when nothing is done: from history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import frames
from callstats._tables.checks import whole
from callstats.compare.reading import Measure, column_name, measure_columns, opened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame

    Floats = NDArray[np.float64]

#: Windows without which there is no change.
_FEWEST_WINDOWS = 2


def spread(
    frame: Frame,
    *,
    measures: Mapping[str, Any] | Sequence[str] | str,
    days: int,
    unit: str = "team",
    time: str = "start",
) -> Frame:
    """How much a unit's figure changes between two periods when nothing is done.

    What :func:`power`, :func:`smallest_effect` and :func:`teams_needed` need. On a real bank an
    agent's mean handle time of 20 days changes by 52 s (sd); the chance of the calls alone is 20 s.

    Parameters
    ----------
    frame : DataFrame
        History without a change: one row a call or a day of a unit.
    measures : mapping or sequence
        Names with a column (mean of the rows) or a pair (numerator, denominator) of columns; or
        columns.
    days : int
        Open days of each of the two periods that the pilot will compare; >= 1. History is cut into
        as many windows of this length as it has, the last ending with it.
    unit, time : str
        Columns with the unit and the instant of the row.

    Returns
    -------
    DataFrame
        One row a measure: ``unit_change_sd`` (what all units have in common removed), ``chance_sd``
        (of the rows alone), ``icc, design_effect`` (rows within units), ``windows, units``.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A row without unit or time, a value that is not finite, or less history than two windows.

    Notes
    -----
    Changes between neighbouring windows, less their mean over units; their sum of squares over
    windows x (units - 1). A unit takes part in the changes for which it has data on both sides.
    ``chance_sd`` is the error of a ratio of sums, linearised over rows. Where it is nearly all,
    more calls help; else only more teams do.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> days = pd.date_range("2025-01-06", periods=60)
    >>> random = np.random.default_rng(5)
    >>> rows = pd.DataFrame({"start": np.tile(days, 6), "team": np.repeat(list("ABCDEF"), 60)})
    >>> rows["aht"] = 300 + random.normal(0, 20, 360)
    >>> found = spread(rows, measures=["aht"], days=20)
    >>> found[["windows", "units"]].values.tolist(), bool(3 < found["unit_change_sd"][0] < 10)
    ([[3, 6]], True)
    """
    rows = opened(frame, "frame", column_name("time", time))
    columns = measure_columns("measures", measures)
    length = whole("days", days, least=1)
    names, codes = rows.units(column_name("unit", unit))
    own = rows.measures(columns)
    rows.table.settle()
    starts, day, _ = rows.days()
    windows = len(starts) // length
    if windows < _FEWEST_WINDOWS:
        msg = f"days must leave two windows of the {len(starts)} days of history; got {length}"
        raise ValueError(msg)
    first = len(starts) - windows * length
    window = np.where(day >= first, (day - first) // length, -1)
    cell = np.where(window >= 0, codes * windows + window, -1).astype(np.int32)
    shape = (len(names), windows)
    found = [_spread(measure, cell, codes, shape) for measure in own]
    table: dict[str, Any] = {"measure": list(columns)}
    for place, name in enumerate(("unit_change_sd", "chance_sd", "icc", "design_effect")):
        table[name] = np.array([row[place] for row in found])
    table["windows"] = np.full(len(found), windows)
    table["units"] = np.array([int(row[4]) for row in found])
    made: Frame = frames.result(
        rows.table.frame, {}, table, {"function": "compare.spread", "days": length}
    )
    return made


def _spread(
    measure: Measure, cell: NDArray[np.int32], codes: NDArray[np.int32], shape: tuple[int, int]
) -> tuple[float, float, float, float, int]:
    """Of one measure: both deviations, likeness of rows, design effect, units."""
    units, windows = shape
    sums = measure.sums(cell, units * windows)
    rates = sums.rate.reshape(shape)
    changes = np.diff(rates, axis=1)
    known = ~np.isnan(changes)
    counts = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(known, changes, 0.0).sum(axis=0) / counts
    squares = np.where(known, changes - means, 0.0) ** 2
    freedom = int(np.maximum(counts - 1, 0).sum())
    sd = float(np.sqrt(squares.sum() / freedom)) if freedom else np.nan
    errors = _errors(measure, cell, sums.rate, sums.denominator).reshape(shape)
    both = errors[:, :-1] + errors[:, 1:]
    chance = float(np.sqrt(both[~np.isnan(both)].mean())) if (~np.isnan(both)).any() else np.nan
    *_, icc, effect = _likeness(measure, codes)
    return sd, chance, icc, effect, int(known.any(axis=1).sum())


def _errors(measure: Measure, cell: NDArray[np.int32], rates: Floats, bottoms: Floats) -> Floats:
    """Variance of each cell's rate from its rows; NaN with fewer than two."""
    from callstats._tables.groups import sums

    rows = measure.known & (cell >= 0)
    own = np.where(rows, cell, np.int32(-1))
    bottom = np.ones(cell.size) if measure.bottom is None else measure.bottom
    apart = np.where(rows, (measure.top - rates[cell] * bottom) ** 2, 0.0)
    counts = np.bincount(own[own >= 0], minlength=rates.size).astype(np.float64)
    total = sums(own, apart, rates.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = counts / (counts - 1) * total / bottoms**2
    return np.where(counts > 1, found, np.nan)


def _likeness(measure: Measure, codes: NDArray[np.int32]) -> list[float]:
    """Analysis of variance of the rows' own figures by unit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values = measure.top if measure.bottom is None else measure.top / measure.bottom
    known = measure.known & np.isfinite(values) & (codes >= 0)
    order = np.lexsort((values[known], codes[known]))
    sizes = np.bincount(codes[known])
    ends = np.cumsum(sizes[sizes > 0]).astype(np.int64)
    return list(_core.cluster_variance(np.ascontiguousarray(values[known][order]), ends))
