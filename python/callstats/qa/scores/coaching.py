"""Whom to coach, whom to watch, and from whom others can learn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables.checks import column_names, confidence_level, number
from callstats._tables.columns import epoch_seconds, finite
from callstats._tables.frames import from_columns, read, require
from callstats._tables.named_groups import grouped
from callstats.qa.samples import drawn_rows
from callstats.qa.scores.confidence import normal_quantile
from callstats.qa.scores.shrinkage import shrunken_means

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame

#: Trends are told in points per 30 days, about the time between two talks.
_PERIOD = 30 * 86_400.0


def coaching(
    scores: Frame,
    *,
    target: float,
    by: str | Sequence[str] = "agent",
    score: str = "score",
    time: str = "date",
    confidence: float = 0.9,
) -> Frame:
    """Agents by level, trend and stability of their scores, as far as chance lets them be told.

    Parameters
    ----------
    scores : DataFrame
        One row a scored recording; rows without a score or time, and reserves, are left out.
    target : float
        The score that agents should reach.
    by : str or sequence of str
        Column, or columns, that name the agent.
    score, time : str
        Columns with the score and its date or time.
    confidence : float, default 0.9
        Two-sided confidence at which level, trend and stability are told from chance; > 0 and < 1.

    Returns
    -------
    DataFrame
        One row an agent, in their order: the columns of `by`, ``n``, ``level`` with ``level_low``
        and ``level_high``, ``trend`` (points per 30 days) with ``trend_low`` and ``trend_high``,
        and ``sd`` with ``sd_low`` and ``sd_high``, all drawn towards the team's; and ``segment``:

        - ``coach``: below the target, and not rising
        - ``follow_up``: below the target, and rising
        - ``watch``: falling, and not below
        - ``steady``: neither of these, but more unsteady than the team
        - ``share``: above the target, and none of these: let others learn from them
        - ``go_on``: nothing that can be told from chance

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A missing value in `by`; an infinite score.
    TypeError
        Scores that are no numbers, or a `time` that is no time.

    Notes
    -----
    Level: as :func:`shrink`; below or above where its limits leave the target out. Trend: least
    squares within each agent with one residual variance for all, drawn towards the mean slope by
    τ² / (τ² + se²), τ² by the method of moments; rising or falling where the limits leave 0 out.
    Stability: the logarithm of the residual standard deviation, drawn towards the mean likewise;
    unsteady where its lower limit is above the team's. A trend needs two dates, stability three
    scores; without, the team's stands in.

    References
    ----------
    R. DerSimonian & N. Laird, Controlled Clinical Trials 7 (1986), for τ²; M. S. Bartlett & D. G.
    Kendall, Supplement to the Journal of the Royal Statistical Society 8 (1946), for the logarithm.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2025-01-01", periods=6, freq="15D")
    >>> scores = pd.DataFrame({
    ...     "agent": [name for name in ["anna", "ben", "cleo", "dora"] for _ in days],
    ...     "date": [*days] * 4,
    ...     "score": [91, 93, 92, 94, 92, 93, 70, 71, 69, 70, 72, 70,
    ...               92, 90, 87, 84, 82, 79, 80, 82, 81, 80, 81, 82],
    ... })
    >>> coaching(scores, target=80)[["agent", "n", "segment"]]
      agent  n segment
    0  anna  6   share
    1   ben  6   coach
    2  cleo  6   watch
    3  dora  6   go_on
    """
    frame = read(scores, "scores")
    keys = column_names("by", by)
    require(frame, [score, time, *keys], "scores")
    confidence_level(confidence)
    number("target", target, "that is finite", math.isfinite)
    frame = drawn_rows.without_reserves(frame, "scores")
    groups = grouped(frame, keys)
    size = len(groups)
    values = finite(frame, score, "scores")
    at = epoch_seconds(frame, time, "scores") / _PERIOD
    # In an order of the rows' own, so that the order of the frame does not show in the sums.
    order = np.lexsort((values, at, groups.codes))
    order = order[~(np.isnan(values) | np.isnan(at))[order]]
    of, values, at = groups.wide_codes[order], values[order], at[order]
    level = shrunken_means(of, values, size, confidence)
    trend, deviation = _slopes(of, values, at, size, confidence)
    columns: dict[str, Any] = {**groups.columns(), "n": level["n"]}
    columns |= {"level": level["shrunken"], "level_low": level["low"], "level_high": level["high"]}
    for name, (middle, low, high) in (("trend", trend), ("sd", deviation[:3])):
        columns |= {name: middle, f"{name}_low": low, f"{name}_high": high}
    typical = deviation[3]
    rules = (
        ("coach", (columns["level_high"] < target) & ~(columns["trend_low"] > 0)),
        ("follow_up", columns["level_high"] < target),
        ("watch", columns["trend_high"] < 0),
        ("steady", columns["sd_low"] > typical),
        ("share", columns["level_low"] > target),
    )
    segment = np.full(size, "go_on", dtype=object)
    for name, holds in reversed(rules):
        segment[holds] = name
    columns["segment"] = segment.tolist()
    return from_columns(columns, like=frame)


Limits = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]


def _slopes(
    of: NDArray[np.int64],
    values: NDArray[np.float64],
    at: NDArray[np.float64],
    size: int,
    confidence: float,
) -> tuple[Limits, tuple[Any, Any, Any, float]]:
    """Slopes and residual deviations, drawn in, with limits; and the team's deviation."""
    n, _, _, spread, slope, left = _core.trends(of, at, values, size)
    quantile = normal_quantile(confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        sloped = spread > 0
        freedom = np.maximum(n - 1 - sloped, 0.0)
        pooled = left.sum() / freedom.sum()
        trend = _drawn_in(slope, np.where(sloped, pooled / spread, np.nan), quantile)
        # ln s² of d degrees of freedom lies about 1/d low, with a variance of about 2/d.
        known = (freedom > 0) & (left > 1e-12 * pooled)
        logarithm = np.where(known, np.log(left / freedom) + 1 / freedom, np.nan)
        unsure = np.where(known, 2 / freedom + 2 / freedom**2, np.nan)
        logs = _drawn_in(logarithm, unsure, quantile)
        typical = float(np.exp(0.5 * _centre(logarithm, unsure)[0]))
        deviation, low, high = (np.exp(0.5 * each) for each in logs)
    return trend, (deviation, low, high, typical)


def _centre(values: NDArray[np.float64], variances: NDArray[np.float64]) -> tuple[float, float]:
    """Mean of what varies by chance and in truth, and the variance in truth, by moments."""
    known = ~np.isnan(values) & ~np.isnan(variances)
    if not known.any():
        return np.nan, np.nan
    found, weights = values[known], 1 / np.maximum(variances[known], 1e-300)
    first, second = weights.sum(), (weights**2).sum()
    mean = (weights * found).sum() / first
    excess = (weights * (found - mean) ** 2).sum() - (known.sum() - 1)
    scale = first - second / first
    truth = max(0.0, excess / scale) if scale > 0 else 0.0
    weights = 1 / (np.maximum(variances[known], 1e-300) + truth)
    return float((weights * found).sum() / weights.sum()), float(truth)


def _drawn_in(
    values: NDArray[np.float64], variances: NDArray[np.float64], quantile: float
) -> Limits:
    """Values drawn towards their mean, with limits; the mean where there is no value."""
    centre, truth = _centre(values, variances)
    with np.errstate(invalid="ignore", divide="ignore"):
        keep = np.where(variances > 0, truth / (truth + variances), 1.0)
        drawn = np.where(np.isnan(values), centre, centre + keep * (values - centre))
        variance = np.where(np.isnan(values), truth, keep * variances)
    half = quantile * np.sqrt(variance)
    return drawn, drawn - half, drawn + half
