"""Scores of agents with few evaluations, drawn towards the centre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables.checks import column_names, confidence_level
from callstats._tables.columns import finite
from callstats._tables.frames import from_columns, read, require
from callstats._tables.named_groups import grouped
from callstats.qa.samples import drawn_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame


def shrink(
    scores: Frame,
    *,
    by: str | Sequence[str] = "agent",
    score: str = "score",
    confidence: float = 0.95,
) -> Frame:
    """Mean score of each agent, drawn towards the mean of all by as much as chance made it differ.

    The best and the worst of many small samples are mostly the luckiest and the unluckiest. For a
    ranking, bonus or talk use these figures; for a mean over recordings :func:`estimate`.

    Parameters
    ----------
    scores : DataFrame
        One row a scored recording; rows without a score, and reserves, are left out.
    by : str or sequence of str
        Column, or columns, that name the agent.
    score : str
        Column with the score.
    confidence : float, default 0.95
        Two-sided confidence of the limits; > 0 and < 1.

    Returns
    -------
    DataFrame
        One row an agent, in their order: the columns of `by`, ``n, mean``, ``reliability`` (the
        share of the own mean that stays; the rest is the centre's), ``shrunken`` with
        ``standard_error, low, high``, its ``rank`` (1 the highest), and in every row the
        ``centre``, the standard deviation ``within_sd`` of an agent's scores, and ``between_sd`` of
        agents' true means.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A missing value in `by`, or a name of the result there; an infinite score.
    TypeError
        Scores that are no numbers.

    Notes
    -----
    Empirical Bayes for y = centre + agent + noise: noise of one variance (pooled within agents),
    agents of a variance by the method of moments. With V_i = within² / n_i the own mean keeps 1 -
    (k - 3)/(k - 1) V_i / (V_i + between²) for k agents: Morris' correction, since the variances are
    estimated. Fewer than four agents teach nothing about each other: nothing is drawn in. Limits by
    Student's t on the pooled degrees of freedom, with Morris' allowance for the estimated centre
    and variance. Scores at the ends of their scale are no normal noise: measured coverage in
    ``docs/scores.md``.

    References
    ----------
    C. N. Morris, Parametric empirical Bayes inference, Journal of the American Statistical
    Association 78 (1983); B. Efron & C. Morris, Scientific American 236 (1977).

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({
    ...     "agent": list("aaabbbcccdddeee"),
    ...     "score": [90, 96, 93, 80, 84, 79, 85, 70, 82, 60, 72, 63, 84, 75, 81],
    ... })
    >>> shrink(scores)[["agent", "n", "mean", "reliability", "shrunken", "rank"]].round(2)
      agent  n  mean  reliability  shrunken  rank
    0     a  3  93.0         0.95     92.37   1.0
    1     b  3  81.0         0.95     80.93   2.0
    2     c  3  79.0         0.95     79.03   4.0
    3     d  3  65.0         0.95     65.68   5.0
    4     e  3  80.0         0.95     79.98   3.0
    """
    frame = read(scores, "scores")
    keys = column_names("by", by)
    require(frame, [score, *keys], "scores")
    confidence_level(confidence)
    frame = drawn_rows.without_reserves(frame, "scores")
    values = finite(frame, score, "scores")
    groups = grouped(frame, keys)
    # Sums in an order of the values' own, so that the order of rows does not show.
    order = np.lexsort((values, groups.codes))
    order = order[~np.isnan(values[order])]
    figures = shrunken_means(groups.wide_codes[order], values[order], len(groups), confidence)
    if taken := [name for name in keys if name in figures]:
        raise ValueError(f"by must not name a column of the result; got {taken[0]!r}: rename it")
    return from_columns(groups.columns() | figures, like=frame)


def shrunken_means(
    of: NDArray[np.int64], values: NDArray[np.float64], size: int, confidence: float
) -> dict[str, NDArray[Any]]:
    """The figures of :func:`shrink` of `size` agents, by the agent and value of every score."""
    names = ("n", "mean", "reliability", "shrunken", "standard_error", "low", "high", "rank")
    columns, (centre, within, between) = _core.shrunken_means(of, values, size, confidence)
    figures: dict[str, NDArray[Any]] = dict(zip(names, columns, strict=True))
    figures["n"] = figures["n"].astype(np.int64)
    same = {"centre": centre, "within_sd": np.sqrt(within), "between_sd": np.sqrt(between)}
    return {**figures, **{name: np.full(size, float(value)) for name, value in same.items()}}
