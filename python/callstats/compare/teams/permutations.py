"""Exact permutation tests of units, and adjusted probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables.arrays import columns_and_wrap, thread_count
from callstats._tables.checks import confidence_level, must_be, one_of
from callstats.compare.teams.units import by_unit, possible_splits, same_units, treated_flags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.compare.teams.units import Splits
    from callstats.typing import Numbers, Result, Threads


@dataclass(frozen=True)
class Permutation:
    """What the splits that chance could have made say about the one that was made.

    Attributes
    ----------
    statistic : float
        Mean of the treated units less that of the others.
    splits : int
        Splits that were looked at, the one made among them.
    as_extreme : int
        Splits with a statistic at least as far from 0.
    p_value, p_greater, p_less : float
        Share of the splits at least as extreme, as high, as low.
    smallest_p : float
        Share as extreme as the most extreme: no outcome of these values could have a smaller p.
    low, high : float
        Limits of the effect; infinite where there are too few splits.
    confidence : float
        Confidence that the limits attain, at least the one asked for.
    exact : bool
        Whether every split was looked at.
    """

    statistic: float
    splits: int
    as_extreme: int
    p_value: float
    p_greater: float
    p_less: float
    smallest_p: float
    low: float
    high: float
    confidence: float
    exact: bool

    def to_frame(self) -> Any:
        """The fields as a frame of one row."""
        import pandas as pd

        return pd.DataFrame([vars(self)])


def permutation(
    values: Any,
    treated: Any,
    *,
    weights: Any = None,
    pairs: Sequence[Sequence[Any]] | None = None,
    allowed: Any = None,
    confidence: float = 0.95,
    limit: int = 10_000_000,
    seed: int | None = None,
    threads: Threads = None,
) -> Permutation:
    """Exact test of a few units: how often chance alone gives so large a difference of the arms.

    Use it on one value a unit: a change, a rate. It assumes nothing but that chance chose who was
    treated. Eight teams, four treated, have 70 splits: p is never below 2/70.

    Parameters
    ----------
    values : mapping or Series
        One number a unit.
    treated : sequence, mapping, Series or Plan
        Names of the treated units, a flag for each unit, or the result of :func:`choose_teams`.
    weights : mapping or Series, optional
        Weights of the units in the means of their arms; > 0.
    pairs : sequence of pairs, optional
        Units of which one each was treated: only such splits count.
    allowed : sequence of sets or Plan, optional
        The sets of units that could have been treated: only these splits count. A plan given as
        `treated` brings its own.
    confidence : float, default 0.95
        Of the limits, two-sided; > 0 and < 1.
    limit : int, default 10_000_000
        Splits that are all looked at. Of more, a million (or `limit`, if that is less) are drawn.
        Up to 44 units that weigh alike need no drawing, however many splits they have.
    seed : int, optional
        Needed where splits are drawn.
    threads : int, optional
        At most so many; the result does not depend on it.

    Returns
    -------
    Permutation
        With the counts, three probabilities, limits and what these attain.

    Raises
    ------
    ValueError
        A unit without a finite value; treated units that are unknown, none or all; a split that
        `pairs` or `allowed` exclude; too many splits and no `seed`.

    Notes
    -----
    Statistics within 1e-9 of the values' spread count as equal, as sums in another order differ in
    their last digits. Limits: under a constant effect each split is as extreme between two ends of
    its own; they are order statistics of these ends, at least at `confidence`. With few splits they
    attain more, with too few they are infinite. Accuracy: counts exact, limits 1e-12 by enumeration
    and 1e-11 where 20,000 splits or more are counted by halves.

    References
    ----------
    R. A. Fisher, The Design of Experiments (1935); E. J. G. Pitman, Supplement to the Journal of
    the Royal Statistical Society 4 (1937).

    Examples
    --------
    >>> changes = dict(zip("ABCDEFGH", [-4.2, -0.6, -2.5, -2.1, 0.6, -1.5, 0.5, -1.1]))
    >>> found = permutation(changes, treated=["A", "B", "C", "D"])
    >>> found.as_extreme, found.splits, round(found.p_value, 3)
    (6, 70, 0.086)
    >>> round(found.low, 2), round(found.high, 2)
    (-4.8, 0.9)
    """
    from callstats.compare.teams.choosing import Plan

    level = confidence_level(confidence)
    count = thread_count(threads)
    names, own = by_unit("values", values)
    flags = treated_flags(treated, names)
    if allowed is None and pairs is None and isinstance(treated, Plan):
        allowed = treated
    weighing = None
    if weights is not None:
        others, found = by_unit("weights", weights, positive=True)
        same_units(("values", names), ("weights", others))
        weighing = found[None, :]
    splits = possible_splits(
        names, flags, pairs=pairs, allowed=allowed, limit=limit, seed=seed, alone=weights is None
    )
    levels = [float(np.abs(own).max())]
    (row,) = _core.permute(own[None, :], weighing, levels, splits.core, flags, level, False, count)
    return permuted(row, splits)


def permuted(row: Sequence[float], splits: Splits) -> Permutation:
    """The core's row of a measure, as what it means."""
    statistic, count, extreme, greater, less, most, low, high, refused, _ = row
    exact = not splits.drawn
    return Permutation(
        statistic=statistic,
        splits=int(count),
        as_extreme=int(extreme),
        p_value=extreme / count,
        p_greater=greater / count,
        p_less=less / count,
        smallest_p=most / count if exact else 1 / count,
        low=low,
        high=high,
        confidence=1 - refused / count,
        exact=exact,
    )


def adjust(
    p: Numbers, *, method: Literal["holm", "bonferroni", "benjamini_hochberg"] = "holm"
) -> Result:
    """Probabilities of several tests, adjusted so that they hold together.

    Parameters
    ----------
    p : array_like
        Probabilities of a family of tests, in one dimension; 0 to 1. Missing ones stay missing and
        do not count.
    method : {"holm", "bonferroni", "benjamini_hochberg"}
        Holm and Bonferroni bound the chance of *any* false alarm, Holm always with more power.
        Benjamini and Hochberg bound the share of false ones among the alarms.

    Returns
    -------
    array or Series
        Adjusted probabilities, up to 1, each where it was.

    References
    ----------
    S. Holm, Scandinavian Journal of Statistics 6 (1979); Y. Benjamini & Y. Hochberg, Journal of the
    Royal Statistical Society B 57 (1995).

    Examples
    --------
    >>> adjust([0.001, 0.04, 0.03]).tolist()
    [0.003, 0.06, 0.06]
    """
    one_of("method", method, ("holm", "bonferroni", "benjamini_hochberg"))
    (column,), wrap = columns_and_wrap({"p": p})
    values: NDArray[np.float64] = np.ascontiguousarray(np.atleast_1d(column), np.float64)
    if values.ndim != 1:
        raise ValueError(f"p must be of one dimension; got the shape {values.shape}")
    must_be("p", values, "between 0 and 1", (values < 0) | (values > 1))
    found = _core.adjust_p(method, values)
    return wrap(found if np.ndim(column) else found[0], "adjust")
