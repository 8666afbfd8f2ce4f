"""Raters one by one: who scores above the others, on which items, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables.categories import coded
from callstats._tables.checks import column_names, confidence_level
from callstats._tables.columns import epoch_seconds, numbers, to_pandas
from callstats._tables.frames import from_columns, read, require
from callstats._tables.named_groups import grouped
from callstats.qa.scores.agreement import agreement
from callstats.qa.scores.confidence import student_quantiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame

#: Drift is told in points per 30 days, about the time between two calibration meetings.
_PERIOD = 30 * 86_400.0


def agreement_by(
    scores: Frame,
    by: str | Sequence[str],
    *,
    unit: str = "call_id",
    rater: str = "rater",
    score: str = "score",
    level: Literal["nominal", "ordinal", "interval", "ratio"] = "interval",
    categories: Sequence[Any] | None = None,
    within: Sequence[float] = (0.0,),
    confidence: float = 0.95,
) -> Frame:
    """Agreement of the raters within each group: item by item, month by month, team by team.

    Parameters
    ----------
    scores : DataFrame
        One row a rating, as in :func:`agreement`.
    by : str or sequence of str
        The column, or columns, whose values are the groups.
    unit, rater, score, level, categories, within, confidence
        As in :func:`agreement`. Without `categories` all groups share the scale that was seen.

    Returns
    -------
    DataFrame
        One row a group and measure, groups in order: the columns of `by`, then ``statistic, value,
        standard_error, low, high, n`` as of :meth:`Agreement.to_frame`.

    Raises
    ------
    ValueError, TypeError
        As :func:`agreement`, or a missing value in `by`.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({
    ...     "call_id": [1, 1, 2, 2, 1, 1, 2, 2],
    ...     "rater": ["anna", "ben"] * 4,
    ...     "item": ["greeting"] * 4 + ["solution"] * 4,
    ...     "score": [4, 4, 2, 2, 5, 3, 2, 4],
    ... })
    >>> table = agreement_by(scores, "item")
    >>> table.loc[table["statistic"] == "alpha", ["item", "value"]].round(2)
            item  value
    0   greeting    1.0
    18  solution   -0.2
    """
    frame = read(scores, "scores")
    keys = column_names("by", by)
    require(frame, [unit, rater, score, *keys], "scores")
    groups = grouped(frame, keys)
    if categories is None:
        categories = _scale_seen(frame, score)
    columns: dict[str, list[Any]] = {name: [] for name in keys}
    for code, value in enumerate(groups.values):
        part = frame.filter((groups.codes == code).tolist())
        found = agreement(
            part.to_native(),
            unit=unit,
            rater=rater,
            score=score,
            level=level,
            categories=categories,
            within=within,
            confidence=confidence,
        )
        rows = found.rows()
        for name, part_of in zip(keys, value, strict=True):
            columns[name] += [part_of] * len(rows["statistic"])
        for name, values in rows.items():
            columns.setdefault(name, []).extend(values)
    return from_columns(columns, like=frame)


def _scale_seen(frame: nw.DataFrame[Any], score: str) -> list[Any] | None:
    """All ratings there are, in order; None where the column declares its own scale."""
    import pandas as pd

    column = to_pandas(frame[score])
    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
        return None
    return coded(column.dropna())[1]


def rater_bias(
    scores: Frame,
    *,
    by: str | Sequence[str] = (),
    unit: str = "call_id",
    rater: str = "rater",
    score: str = "score",
    confidence: float = 0.95,
) -> Frame:
    """Points that each rater gives above the others, in all or for each item or period.

    Parameters
    ----------
    scores : DataFrame
        One row a rating; rows without a score are not rated.
    by : str or sequence of str, optional
        Columns to look at apart, as an item or a month. Raters are then compared on the same unit
        and the same group.
    unit, rater, score : str
        Columns with what was rated, by whom, and the rating.
    confidence : float, default 0.95
        Two-sided confidence of the limits; > 0 and < 1.

    Returns
    -------
    DataFrame
        One row a group and rater: the columns of `by`, then ``rater, n, bias, sd, low, high``.
        ``n`` counts the ratings of units that somebody else rated too; without any the rest is NaN.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A missing value in `by`, `unit` or `rater`; a rating twice.
    TypeError
        Scores that are no numbers.

    Notes
    -----
    The bias is the mean of the own score less the mean of the *other* raters' scores of the same
    unit, so no rater is compared with their own score. Limits by Student's t over units.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({
    ...     "call_id": [1, 1, 2, 2, 3, 3],
    ...     "rater": ["anna", "ben"] * 3,
    ...     "score": [90, 85, 70, 72, 60, 50],
    ... })
    >>> rater_bias(scores)[["rater", "n", "bias"]].round(2)
      rater  n  bias
    0  anna  3  4.33
    1   ben  3 -4.33
    """
    frame = read(scores, "scores")
    keys = column_names("by", by)
    require(frame, [unit, rater, score, *keys], "scores")
    confidence_level(confidence)
    people, order, of, away = _from_others(frame, [unit, *keys], rater, score)
    groups = grouped(frame, keys)
    size = max(len(people), 1)
    cells, place = np.unique(groups.wide_codes[order] * size + of, return_inverse=True)
    kept = ~np.isnan(away)
    n = np.bincount(place[kept], minlength=len(cells)).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        bias = np.bincount(place[kept], away[kept], minlength=len(cells)) / n
        squares = np.bincount(place[kept], (away - bias[place])[kept] ** 2, minlength=len(cells))
        sd = np.sqrt(np.where(n > 1, squares / (n - 1), np.nan))
        half = student_quantiles(n - 1, confidence) * sd / np.sqrt(n)
    columns: dict[str, Any] = groups.columns(cells // size)
    columns["rater"] = [people[cell % size] for cell in cells]
    columns |= {"n": n.astype(np.int64), "bias": bias, "sd": sd}
    columns |= {"low": bias - half, "high": bias + half}
    return from_columns(columns, like=frame)


def rater_drift(
    scores: Frame,
    *,
    time: str = "date",
    unit: str = "call_id",
    rater: str = "rater",
    score: str = "score",
    confidence: float = 0.95,
) -> Frame:
    """Points per 30 days by which each rater moves away from the others.

    Parameters
    ----------
    scores : DataFrame
        One row a rating; rows without a score or a time do not count.
    time : str
        Column with the date or time of the rating.
    unit, rater, score : str
        Columns with what was rated, by whom, and the rating.
    confidence : float, default 0.95
        Two-sided confidence of the limits; > 0 and < 1.

    Returns
    -------
    DataFrame
        One row a rater: ``rater, n, bias``, then ``drift`` with ``standard_error, low`` and
        ``high``, and the fitted bias at the rater's ``first`` and ``last`` rating. NaN below three
        ratings, or where all were at one time.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A missing unit or rater; a rating twice.
    TypeError
        Scores that are no numbers, or a `time` that is no time.

    Notes
    -----
    The slope of a straight line through the differences from the other raters of the same unit
    (as in :func:`rater_bias`) over time, by least squares; limits by Student's t with n - 2
    degrees. When all drift together nobody is seen to: score old recordings again to find out.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({
    ...     "call_id": [1, 1, 2, 2, 3, 3, 4, 4],
    ...     "rater": ["anna", "ben"] * 4,
    ...     "date": pd.date_range("2025-01-01", periods=4, freq="30D").repeat(2),
    ...     "score": [80, 80, 72, 71, 90, 88, 60, 57],
    ... })
    >>> rater_drift(scores)[["rater", "bias", "drift", "first", "last"]].round(2)
      rater  bias  drift  first  last
    0  anna   1.5    1.0    0.0   3.0
    1   ben  -1.5   -1.0    0.0  -3.0
    """
    frame = read(scores, "scores")
    require(frame, [unit, rater, score, time], "scores")
    confidence_level(confidence)
    people, order, of, away = _from_others(frame, [unit], rater, score)
    at = epoch_seconds(frame, time, "scores")[order] / _PERIOD
    kept = ~(np.isnan(away) | np.isnan(at))
    of, away, at = of[kept], away[kept], at[kept]
    size = len(people)
    n, bias, middle, spread, slope, left = _core.trends(of, at, away, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(left / (n - 2) / spread)
        unknown = (n < 3) | ~(spread > 0)
        slope[unknown] = error[unknown] = np.nan
        half = student_quantiles(n - 2, confidence) * error
    first, last = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(first, of, at)
    np.maximum.at(last, of, at)
    columns = {"rater": people, "n": n.astype(np.int64), "bias": bias, "drift": slope}
    columns |= {"standard_error": error, "low": slope - half, "high": slope + half}
    with np.errstate(invalid="ignore"):
        ends = {"first": bias + slope * (first - middle), "last": bias + slope * (last - middle)}
    return from_columns(columns | ends, like=frame)


def _from_others(
    frame: nw.DataFrame[Any], unit: list[str], rater: str, score: str
) -> tuple[list[Any], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """All raters; the rated rows unit by unit, whose raters they have, and how far from the others.

    Sums over rows so ordered do not depend on the order of the frame.
    """
    values = numbers(frame, score, "scores")
    units = grouped(frame, unit)
    people = grouped(frame, [rater])
    order = np.lexsort((people.codes, units.codes))
    order = order[~np.isnan(values[order])]
    unit_of, rater_of = units.codes[order], people.wide_codes[order]
    again = (unit_of[1:] == unit_of[:-1]) & (rater_of[1:] == rater_of[:-1])
    if repeated := int(again.sum()):
        raise ValueError(f"scores must hold one rating of a unit by a rater; {repeated} repeated")
    # About the overall mean, so that sums of like values do not cancel.
    own = values[order] - (values[order].mean() if len(order) else 0.0)
    others = np.bincount(unit_of) - 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        away = own - (np.bincount(unit_of, own)[unit_of] - own) / others[unit_of]
    away[others[unit_of] < 1] = np.nan
    return people.columns()[rater], order, rater_of, away
