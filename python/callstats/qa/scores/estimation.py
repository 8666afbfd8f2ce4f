"""What a sample says about all recordings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables import categories
from callstats._tables.checks import column_names, confidence_level, must_be, one_of
from callstats._tables.columns import numbers
from callstats._tables.frames import from_columns, read, require
from callstats._tables.named_groups import grouped
from callstats.qa.samples import drawn_rows
from callstats.qa.scores.confidence import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame


def estimate(
    sample: Frame,
    score: str,
    *,
    by: str | Sequence[str] | None = None,
    per: str | None = None,
    post_stratify: str | Sequence[str] | None = None,
    sizes: Mapping[Any, float] | Frame | None = None,
    interval: Literal["student", "wilson"] = "student",
    confidence: float = 0.95,
) -> Frame:
    """Mean of a score over all recordings, estimated from a sample, with its error.

    The plain mean of the drawn scores is not it: agents with many calls must count for more. A
    share is the mean of 0 and 1.

    Parameters
    ----------
    sample : DataFrame
        Rows drawn by :func:`sample`, scored since: `score` and the columns ``weight``,
        ``inclusion_probability`` and ``stratum``. Rows with ``reserve`` true are left out,
        those where it is missing are not.
    score : str
        Column with the score. A drawn row without one is taken as missing at random within its
        stratum.
    by : str or sequence of str, optional
        Columns to estimate by, besides the whole.
    per : str, optional
        Column that the scores are summed per: errors per call checked, seconds per call. Then
        ``mean`` is the sum of the scores over the sum of this column.
    post_stratify : str or sequence of str, optional
        Columns whose values' numbers of recordings are known, as the call type. Each value then
        counts with its known size, whatever the draw happened to hold.
    sizes : mapping or DataFrame, optional
        For `post_stratify`: recordings of each value (of each tuple of values where the columns are
        several), or the frame of all recordings to count them from.
    interval : {"student", "wilson"}
        How limits are made. ``"wilson"`` for scores of 0 and 1: five passes of five do not prove
        that all pass, as Student's limits would have it.
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
        A missing value in `by`, `post_stratify` or ``stratum``; a weight, probability or size out
        of range; sampled values that `sizes` does not have.

    Notes
    -----
    A ratio of weighted sums; in strata of N_h recordings with n_h scores, the sum of N_h times the
    stratum's mean over that of N_h. Its variance is that of Taylor's linearisation within strata
    with finite population correction: the sum of (N_h / N)² (1 - n_h / N_h) s_h² / n_h where
    probabilities are equal. Limits by Student's t with scores less strata degrees of freedom: those
    of the group where it is made of whole strata, else (a domain, whose size counts as random) of
    the sample. Post-stratified errors are those of the residuals from the values' means; a value
    with recordings but no score leaves all estimates missing: join it with another first. Below
    some five scores a value the error comes out too small. Balanced and systematic designs are
    treated as simple random draws within strata,
    which overstates their error.

    Wilson's limits take the mean as a share of (Σw)²/Σw² scores, with finite population correction;
    what strata gain is left out, so they are rather wide. Measured coverage of both:
    ``docs/scores.md``.

    References
    ----------
    W. G. Cochran, Sampling Techniques, 3rd edition, Wiley (1977), chapters 5 and 6; J.-C. Deville,
    Variance estimation for complex statistics and estimators, Survey Methodology 25 (1999); C.-E.
    Särndal, B. Swensson & J. Wretman, Model Assisted Survey Sampling, Springer (1992), section 7.6.

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

    Half of the recordings were complaints, but three of the five drawn:

    >>> drawn["call_type"] = ["order", "complaint", "order", "complaint", "complaint"]
    >>> table = estimate(
    ...     drawn, "score", post_stratify="call_type", sizes={"order": 70, "complaint": 70}
    ... )
    >>> table[["n", "population", "mean"]].round(2)
       n  population   mean
    0  5       140.0  85.33
    """
    frame = read(sample, "sample")
    keys = column_names("by", by or ())
    parts = column_names("post_stratify", post_stratify or ())
    design = ["weight", "inclusion_probability", "stratum"]
    require(frame, [score, *([per] if per else []), *design, *keys, *parts], "sample")
    if bool(parts) != (sizes is not None):
        raise ValueError("post_stratify and sizes must be given together")
    confidence_level(confidence)
    one_of("interval", interval, ("student", "wilson"))
    frame = drawn_rows.without_reserves(frame, "sample")
    weight = numbers(frame, "weight", "sample")
    probability = numbers(frame, "inclusion_probability", "sample")
    _require("weight", weight, "> 0 and finite", (weight <= 0) | np.isinf(weight))
    outside = (probability <= 0) | (probability > 1)
    _require("inclusion_probability", probability, "> 0 and <= 1", outside)
    groups = grouped(frame, keys)
    part_of, part_sizes = (None, None) if sizes is None else _parts(frame, parts, sizes)
    strata = grouped(frame, ["stratum"]).wide_codes
    scores = numbers(frame, score, "sample")
    counts = numbers(frame, per, "sample") if per else np.ones(len(frame))
    # Sums in an order of the rows' own, so that the order of the frame does not show in them.
    parted = () if part_of is None else (part_of,)
    order = np.lexsort((probability, weight, counts, scores, *parted, strata, groups.codes))
    table = _core.estimate(
        groups.wide_codes[order],
        strata[order],
        scores[order],
        counts[order],
        weight[order],
        probability[order],
        None if part_sizes is None or part_of is None else (part_of[order], part_sizes),
        len(groups) if keys else 0,
        confidence,
    )
    columns = groups.columns_and_all(frame)
    names = ("population", "mean", "standard_error", "low", "high")
    if interval == "wilson":
        if per:
            msg = "interval must be 'student' where scores are summed per another column"
            raise ValueError(msg)
        rule = "between 0 and 1 for interval='wilson'"
        _require(score, scores, rule, (scores < 0) | (scores > 1))
        table[:, 4:] = _wilson(table, groups.wide_codes, weight, ~np.isnan(scores), confidence)
    columns["n"] = table[:, 0].astype(np.int64)
    columns |= {name: table[:, 1 + i] for i, name in enumerate(names)}
    return from_columns(columns, like=frame)


def _wilson(
    table: NDArray[np.float64],
    group: NDArray[np.int64],
    weight: NDArray[np.float64],
    scored: NDArray[np.bool_],
    confidence: float,
) -> NDArray[np.float64]:
    """Limits of the shares in `table`, which has the groups' rows and the whole's last."""
    squares = np.zeros(len(table))
    sums = np.zeros(len(table))
    # In an order of the weights' own, so that the order of rows does not show.
    order = np.argsort(weight, kind="stable")
    order = order[scored[order]]
    whole = np.full(len(order), len(table) - 1)
    for codes in (group[order], whole) if len(table) > 1 else (whole,):
        sums += np.bincount(codes, weight[order], minlength=len(table))
        squares += np.bincount(codes, weight[order] ** 2, minlength=len(table))
    population, share = table[:, 1], table[:, 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        n = sums**2 / squares
        trials = n * (population - 1) / (population - n)
        trials = np.where(population - n <= 1e-9 * n, np.inf, trials)
        square = normal_quantile(confidence) ** 2 / trials
        middle = (share + 0.5 * square) / (1 + square)
        half = np.sqrt(square * (share * (1 - share) + 0.25 * square)) / (1 + square)
        low, high = middle - half, middle + half
    low[share == 0], high[share == 1] = 0.0, 1.0
    return np.column_stack([low, high])


def _parts(
    frame: nw.DataFrame[Any], by: list[str], sizes: Mapping[Any, float] | Frame
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The part of each row, and the recordings in each part."""
    own = grouped(frame, by)
    if isinstance(sizes, Mapping):
        known = {categories.text(value): float(size) for value, size in sizes.items()}
    else:
        recordings = read(sizes, "sizes")
        require(recordings, by, "sizes")
        whole = grouped(recordings, by)
        known = dict(zip(whole.labels, whole.counts().astype(np.float64).tolist(), strict=True))
    for label, size in known.items():
        if not 0 <= size < np.inf:
            raise ValueError(f"sizes must be >= 0 and finite; got {size!r} of {label!r}")
    if strange := [label for label in own.labels if label not in known]:
        msg = f"sizes must have every value of the sample; {strange[0]!r} is not there"
        raise ValueError(f"{msg} ({len(strange)} of {len(own.labels)})")
    place = {label: at for at, label in enumerate(known)}
    codes = np.array([place[label] for label in own.labels], dtype=np.int64)
    rows = codes[own.codes] if len(codes) else np.zeros(0, dtype=np.int64)
    return rows, np.array(list(known.values()), dtype=np.float64)


def _require(name: str, values: NDArray[np.float64], rule: str, bad: NDArray[np.bool_]) -> None:
    must_be(f"column {name!r} of sample", values, rule, bad)
