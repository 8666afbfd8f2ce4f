"""What a sample says about all recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import _core
from callstats._frames import from_columns, read, require
from callstats.qa import _columns
from callstats.qa._confidence import checked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame

__all__ = ["estimate"]


def estimate(
    sample: Frame, score: str, *, by: str | Sequence[str] | None = None, confidence: float = 0.95
) -> Frame:
    """Mean of a score over all recordings, estimated from a sample, with its error.

    The plain mean of the drawn scores is not it: agents with many calls must count for more. A
    share is the mean of 0 and 1.

    Parameters
    ----------
    sample : DataFrame
        Rows drawn by :func:`sample`, scored since: `score` and the columns ``weight``,
        ``inclusion_probability`` and ``stratum``. Rows with ``reserve`` true are left out.
    score : str
        Column with the score. A drawn row without one is taken as missing at random within its
        stratum.
    by : str or sequence of str, optional
        Columns to estimate by, besides the whole.
    confidence : float, default 0.95
        Two-sided confidence of the limits; > 0 and < 1.

    Returns
    -------
    DataFrame
        One row a group, in the order of their values, and last, with nothing in the columns of
        `by`, one for all. ``n``, scored rows; ``population``, recordings they stand for; ``mean``,
        ``standard_error``, ``low`` and ``high``, NaN where unknown: weights unknown, a stratum
        without any score, or, for the error, a stratum with more than one recording but one score.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A missing value in `by` or ``stratum``; a weight or probability out of range.

    Notes
    -----
    A ratio of weighted sums; in strata of N_h recordings with n_h scores, the sum of N_h times the
    stratum's mean over that of N_h. Its variance is that of Taylor's linearisation within strata
    with finite population correction: the sum of (N_h / N)² (1 - n_h / N_h) s_h² / n_h where
    probabilities are equal. Limits by Student's t with scores less strata degrees of freedom: those
    of the group where it is made of whole strata, else (a domain, whose size counts as random) of
    the sample. Balanced and systematic designs are treated as simple random draws within strata,
    which overstates their error.

    References
    ----------
    W. G. Cochran, Sampling Techniques, 3rd edition, Wiley (1977), chapters 5 and 6; J.-C. Deville,
    Variance estimation for complex statistics and estimators, Survey Methodology 25 (1999).

    Examples
    --------
    >>> import pandas as pd
    >>> drawn = pd.DataFrame({
    ...     "agent": ["anna"] * 3 + ["ben"] * 2,
    ...     "score": [80, 90, 100, 60, 64],
    ...     "weight": [40.0] * 3 + [10.0] * 2,
    ...     "inclusion_probability": [1 / 40] * 3 + [1 / 10] * 2,
    ...     "stratum": ["anna"] * 3 + ["ben"] * 2,
    ... })
    >>> estimate(drawn, "score", by="agent").drop(columns="agent").round(2)
       n  population  mean  standard_error    low    high
    0  3       120.0  90.0            5.70  65.47  114.53
    1  2        20.0  62.0            1.90  37.89   86.11
    2  5       140.0  86.0            4.89  70.43  101.57
    """
    frame = read(sample, "sample")
    keys = [by] if isinstance(by, str) else list(by or ())
    require(frame, [score, "weight", "inclusion_probability", "stratum", *keys], "sample")
    checked(confidence)
    if "reserve" in frame.columns:
        frame = frame.filter(~frame["reserve"])
    weight = _columns.numbers(frame, "weight", "sample")
    probability = _columns.numbers(frame, "inclusion_probability", "sample")
    _require(frame, "weight", "> 0 and finite", ~(weight <= 0) & ~np.isinf(weight))
    within = ~(probability <= 0) & ~(probability > 1)
    _require(frame, "inclusion_probability", "> 0 and <= 1", within)
    groups = _columns.grouped(frame, keys)
    table = _core.estimate(
        groups.codes,
        _columns.grouped(frame, ["stratum"]).codes,
        _columns.numbers(frame, score, "sample"),
        weight,
        probability,
        len(groups.keys) if keys else 0,
        confidence,
    )
    columns: dict[str, Any] = {}
    for position, key in enumerate(keys):
        values = [value[position] if len(keys) > 1 else value for value in groups.keys]
        columns[key] = _with_whole(values, frame)
    names = ("population", "mean", "standard_error", "low", "high")
    columns["n"] = table[:, 0].astype(np.int64)
    columns |= {name: table[:, 1 + i] for i, name in enumerate(names)}
    return from_columns(columns, like=frame)


def _with_whole(values: list[Any], frame: nw.DataFrame[Any]) -> Any:
    """The groups' values and nothing for the whole; whole numbers stay such."""
    if frame.implementation.is_pandas_like() and values and isinstance(values[0], int | np.integer):
        return pd.array([*values, pd.NA], dtype="Int64")
    return [*values, None]


def _require(frame: nw.DataFrame[Any], name: str, rule: str, holds: NDArray[np.bool_]) -> None:
    if not holds.all():
        at = int(np.argmin(holds))
        value = _columns.numbers(frame, name, "sample")[at]
        place = f"at position {at} ({int((~holds).sum())} bad of {holds.size})"
        msg = f"column {name!r} of sample must be {rule}; got {float(value)!r} {place}"
        raise ValueError(msg)
