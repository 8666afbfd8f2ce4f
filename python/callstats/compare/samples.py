"""Two samples side by side, and how alike the values of one cluster are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables.arrays import columns_and_wrap
from callstats._tables.checks import confidence_level, must_be
from callstats._tables.groups import coded
from callstats._tables.table import FINITE, Table

if TYPE_CHECKING:
    from callstats.typing import Frame, Numbers


@dataclass(frozen=True)
class TwoSamples:
    """Two samples of independent values compared; NaN where a figure is undefined.

    Attributes
    ----------
    difference : float
        Mean of `x` less mean of `y`.
    standard_error, t, df, p_value, low, high : float
        Welch's test of it; undefined with fewer than two values on a side or no spread at all.
    u, share : float
        Pairs in which the value of `x` is larger, ties counting half; the same as a share.
    p_exact, p_normal, p_normal_corrected : float
        Mann and Whitney's test: by every split of the mid-ranks, by the normal distribution, and by
        that with a correction for continuity. `p_exact` is undefined beyond some 250 values in all.
    shift : float
        Median of all differences (Hodges & Lehmann).
    n_x, n_y : int
        Values that were compared; missing ones are left out.
    """

    difference: float
    standard_error: float
    t: float
    df: float
    p_value: float
    low: float
    high: float
    u: float
    share: float
    p_exact: float
    p_normal: float
    p_normal_corrected: float
    shift: float
    n_x: int
    n_y: int

    def to_frame(self) -> Any:
        """The fields as a frame of one row."""
        import pandas as pd

        return pd.DataFrame([vars(self)])


def two_samples(x: Numbers, y: Numbers, *, confidence: float = 0.95) -> TwoSamples:
    """Two samples of independent values: Welch's t and Mann and Whitney's ranks.

    For agents, days or teams, one value each. Calls of one team are not independent: comparing
    calls of four teams with those of four others calls three of four nothings significant.

    Parameters
    ----------
    x, y : array_like
        Values; finite. Missing ones are left out.
    confidence : float, default 0.95
        Of the limits of the difference; > 0 and < 1.

    Returns
    -------
    TwoSamples
        The fields of both tests.

    Raises
    ------
    ValueError
        An infinite value, or values of more than one dimension.

    References
    ----------
    B. L. Welch, Biometrika 34 (1947); H. B. Mann & D. R. Whitney, Annals of Mathematical Statistics
    18 (1947); J. L. Hodges & E. L. Lehmann, the same 34 (1963).

    Examples
    --------
    >>> found = two_samples([210, 185, 240, 199, 305, 178, 222], [250, 231, 199, 280, 310, 265])
    >>> round(found.difference, 2), round(found.p_value, 3), round(found.p_exact, 3)
    (-35.98, 0.141, 0.11)
    """
    level = confidence_level(confidence)
    first, second = _values("x", x), _values("y", y)
    difference, (error, df, t, p, low, high) = _core.welch_test(first, second, level)
    u, share, exact, normal, corrected, shift = _core.rank_test(first, second)
    return TwoSamples(
        difference=difference,
        standard_error=error,
        t=t,
        df=df,
        p_value=p,
        low=low,
        high=high,
        u=u,
        share=share,
        p_exact=exact,
        p_normal=normal,
        p_normal_corrected=corrected,
        shift=shift,
        n_x=first.size,
        n_y=second.size,
    )


def _values(name: str, values: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The known values, sorted, so that their order cannot show."""
    (column,), _ = columns_and_wrap({name: values})
    found = np.atleast_1d(np.asarray(column, np.float64))
    if found.ndim != 1:
        raise ValueError(f"{name} must be of one dimension; got the shape {found.shape}")
    must_be(name, found, "finite", np.isinf(found))
    return np.sort(found[~np.isnan(found)])


@dataclass(frozen=True)
class ClusterIcc:
    """How alike values of one cluster are.

    ``between`` and ``within`` are mean squares, ``size`` the size that counts (n0), ``icc`` the
    intraclass correlation, which may be negative, and ``design_effect`` the variance of a mean over
    that of as many independent values. Undefined figures are NaN.
    """

    between: float
    within: float
    size: float
    icc: float
    design_effect: float


def cluster_icc(frame: Frame, *, value: str, by: str) -> ClusterIcc:
    """Share of the variance that lies between clusters: calls of one agent, agents of one team.

    Parameters
    ----------
    frame : DataFrame
        One row a value; rows without a value or a cluster are left out.
    value : str
        Column of numbers; finite.
    by : str
        Column that names the cluster.

    Returns
    -------
    ClusterIcc
        Mean squares, size, correlation and design effect.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        An infinite value.

    Notes
    -----
    Analysis of variance with n0 = (N - sum m²/N) / (k - 1); design effect 1 + (N/k - 1) icc.
    Undefined where nothing varies, and where each cluster has one value.

    References
    ----------
    A. Donner & J. J. Koval, Biometrics 36 (1980).

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"agent": list("aabb"), "talk": [300, 310, 280, 285]})
    >>> round(cluster_icc(calls, value="talk", by="agent").icc, 3)
    0.884
    """
    table = Table(frame, "frame", remedy="Leave such rows out")
    table.require(value, by)
    values = table.numbers(value, FINITE)
    table.settle()
    column = coded(table.frame[by])
    codes = np.asarray(column.codes)
    known = (codes >= 0) & ~np.isnan(values)
    order = np.lexsort((values[known], codes[known]))
    sizes = np.bincount(codes[known], minlength=len(column.distinct))
    ends = np.cumsum(sizes[sizes > 0]).astype(np.int64)
    found = _core.cluster_variance(np.ascontiguousarray(values[known][order]), ends)
    return ClusterIcc(*found)
