"""Quality scores beside what customers said, and scores on two axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import intervals
from callstats._tables.added_columns import names_beside, put_beside
from callstats._tables.checks import column_names, confidence_level, number
from callstats._tables.columns import numbers
from callstats._tables.frames import from_columns, read, require
from callstats._tables.named_groups import grouped
from callstats.qa.scores.confidence import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame


def customer_agreement(
    calls: Frame,
    *,
    pass_mark: float,
    satisfied: float,
    score: str = "score",
    rating: str = "rating",
    by: str | Sequence[str] = (),
    confidence: float = 0.95,
) -> Frame:
    """Whether quality scores go with what the customers of the same calls said.

    Parameters
    ----------
    calls : DataFrame
        One row a call that was scored and rated; rows without either are left out.
    pass_mark : float
        The score from which a call passes.
    satisfied : float
        The rating from which a customer is satisfied.
    score, rating : str
        Columns with quality's score and the customer's rating; more is better in both.
    by : str or sequence of str, optional
        Columns to look at apart, besides the whole.
    confidence : float, default 0.95
        Two-sided confidence of the limits; > 0 and < 1.

    Returns
    -------
    DataFrame
        One row a group and last one for all: the columns of `by`, ``n``; ``rank_correlation``
        (Spearman) with ``rank_correlation_low`` and ``_high``; the calls ``passed, failed,
        passed_dissatisfied, failed_satisfied``; ``false_pass``, the share of the passed whose
        customer was not satisfied, and ``false_fail``, the share of the failed whose customer was,
        each with ``_low`` and ``_high``.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A missing value in `by`.
    TypeError
        Scores or ratings that are no numbers.

    Notes
    -----
    Spearman's correlation of mid-ranks; limits by Fisher's z with variance (1 + r²/2)/(n - 3), for
    n > 3; a constant score or rating has none. Shares have Wilson's limits. Customers rate what
    they got, quality what the agent did: some false passes are the product's fault, and only those
    who reply are seen.

    References
    ----------
    D. G. Bonett & T. A. Wright, Sample size requirements for estimating Pearson, Kendall and
    Spearman correlations, Psychometrika 65 (2000).

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "score": [95, 90, 85, 80, 70, 60, 88, 92],
    ...     "rating": [5, 5, 4, 2, 2, 1, 1, 4],
    ... })
    >>> table = customer_agreement(calls, pass_mark=80, satisfied=4)
    >>> table[["n", "rank_correlation", "passed", "passed_dissatisfied", "false_pass"]].round(2)
       n  rank_correlation  passed  passed_dissatisfied  false_pass
    0  8              0.73       6                    2        0.33
    """
    frame = read(calls, "calls")
    keys = column_names("by", by)
    require(frame, [score, rating, *keys], "calls")
    confidence_level(confidence)
    groups = grouped(frame, keys)
    scores, ratings = (numbers(frame, name, "calls") for name in (score, rating))
    both = ~(np.isnan(scores) | np.isnan(ratings))
    size = len(groups) if keys else 0
    parts = [np.flatnonzero(both & (groups.codes == code)) for code in range(size)]
    parts.append(np.flatnonzero(both))
    pass_mark = number("pass_mark", pass_mark, "on the scale", lambda _: True)
    satisfied = number("satisfied", satisfied, "on the scale", lambda _: True)
    good, happy = scores >= pass_mark, ratings >= satisfied
    counts = {
        "n": [len(rows) for rows in parts],
        "passed": [int(good[rows].sum()) for rows in parts],
        "failed": [int((~good)[rows].sum()) for rows in parts],
        "passed_dissatisfied": [int((good & ~happy)[rows].sum()) for rows in parts],
        "failed_satisfied": [int((~good & happy)[rows].sum()) for rows in parts],
    }
    columns: dict[str, Any] = groups.columns_and_all(frame)
    columns["n"] = counts.pop("n")
    found = np.array([_spearman(scores[rows], ratings[rows]) for rows in parts])
    low, high = _fisher(found, np.array(columns["n"], dtype=np.float64), confidence)
    columns |= {"rank_correlation": found, "rank_correlation_low": low}
    columns |= {"rank_correlation_high": high, **counts}
    for name, wrong, of in (
        ("false_pass", "passed_dissatisfied", "passed"),
        ("false_fail", "failed_satisfied", "failed"),
    ):
        events, trials = (np.array(counts[key], dtype=np.float64) for key in (wrong, of))
        with np.errstate(invalid="ignore"):
            columns[name] = events / trials
        limits = intervals.proportion(events, trials, confidence=confidence)
        columns |= {f"{name}_low": limits.low, f"{name}_high": limits.high}
    return from_columns(columns, like=frame)


def quadrants(
    scores: Frame, *, x: str, y: str, x_cut: float, y_cut: float, suffix: str = ""
) -> Frame:
    """Each row's quadrant on two axes, as what was done against how it was done.

    Parameters
    ----------
    scores : DataFrame
        One row an agent or a call.
    x, y : str
        Columns with the two scores, as of compliance and of behaviour.
    x_cut, y_cut : float
        Scores from which a row is high.
    suffix : str, default ""
        Put behind the names of the column that is added, where the frame has one of that name.

    Returns
    -------
    DataFrame
        The rows as they are with ``quadrant`` added: ``high_high`` (x, then y), ``high_low``,
        ``low_high`` or ``low_low``; missing where a score is.

    Raises
    ------
    MissingColumnError
        A column is not there.
    InvalidDataError
        The frame has a column of the name that would be added.
    TypeError
        Scores that are no numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> agents = pd.DataFrame({"agent": ["anna", "ben"], "process": [92, 88], "manner": [70, 95]})
    >>> quadrants(agents, x="process", y="manner", x_cut=90, y_cut=80)["quadrant"].tolist()
    ['high_low', 'low_high']
    """
    frame = read(scores, "scores")
    require(frame, [x, y], "scores")
    (added,) = names_beside(frame.columns, ["quadrant"], argument="scores", suffix=suffix)
    x_cut = number("x_cut", x_cut, "on the scale", lambda _: True)
    y_cut = number("y_cut", y_cut, "on the scale", lambda _: True)
    across, up = (numbers(frame, name, "scores") for name in (x, y))
    names = [
        None if np.isnan(a + b) else f"{_side(a >= x_cut)}_{_side(b >= y_cut)}"
        for a, b in zip(across.tolist(), up.tolist(), strict=True)
    ]
    return put_beside(frame.to_native(), {added: names}, [added])


def _side(high: bool) -> str:
    return "high" if high else "low"


def _spearman(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Correlation of mid-ranks; NaN where either does not vary."""
    ranks = []
    for values in (first, second):
        seen, place, count = np.unique(values, return_inverse=True, return_counts=True)
        if len(seen) < 2:
            return float("nan")
        # Twice the mid-rank about the middle one: whole numbers, whose sums are exact.
        twice = 2 * np.cumsum(count) - count - len(values)
        ranks.append(twice[place])
    a, b = (rank.astype(np.float64) for rank in ranks)
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def _fisher(
    found: NDArray[np.float64], n: NDArray[np.float64], confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt((1 + found**2 / 2) / np.where(n > 3, n - 3, np.nan))
        middle = np.arctanh(found)
        half = normal_quantile(confidence) * error
        return np.tanh(middle - half), np.tanh(middle + half)
