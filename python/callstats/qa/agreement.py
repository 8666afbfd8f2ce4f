"""How far raters of the same recordings agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from callstats import _core
from callstats._frames import from_columns, read, require
from callstats.qa import _columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame

__all__ = ["Agreement", "BlandAltman", "Statistic", "Within", "agreement"]

_FORMS = ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")


@dataclass(frozen=True)
class Statistic:
    """A measure with its interval; NaN where it is undefined.

    ``float()`` of it is the value. ``n`` is the number of units it rests on.
    """

    value: float
    standard_error: float
    low: float
    high: float
    n: int

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True)
class Within(Statistic):
    """Share of pairs of ratings of one unit within a distance: ``near`` of ``pairs``."""

    near: int
    pairs: int


@dataclass(frozen=True)
class BlandAltman:
    """Differences of two raters, the first less the second.

    ``lower`` and ``upper`` are the limits between which the share `confidence` of the differences
    lies, each with its own (approximate) interval.
    """

    bias: Statistic
    sd: float
    lower: Statistic
    upper: Statistic


@dataclass(frozen=True, eq=False)
class Agreement:
    """Measures of agreement, each a :class:`Statistic`.

    Attributes
    ----------
    level : str
        The level of measurement that `alpha` and the weighted measures use.
    units, ratings : int
        Units with at least one rating, and ratings.
    alpha : Statistic
        Krippendorff's alpha at `level`: any number of raters, missing ratings.
    kappa, kappa_linear, kappa_quadratic : Statistic
        Cohen's kappa of two raters, plain and weighted by distance.
    fleiss : Statistic
        Fleiss' kappa, generalised to unequal numbers of ratings.
    ac1, ac2_linear, ac2_quadratic : Statistic
        Gwet's coefficients, for when nearly all ratings are the same.
    icc : dict of str to Statistic
        Intraclass correlations "1,1", "2,1", "3,1", "1,k", "2,k", "3,k" on the units that everybody
        rated: 2 is absolute agreement, 3 consistency; k is the raters' mean.
    within : dict of float to Within
        Share of pairs of ratings within each distance.
    bland_altman : BlandAltman
        Bias and limits of agreement of two raters.
    raters : DataFrame
        One row a rater: ``rater, n, bias, sd, low, high``, the bias against the mean of the others.
    """

    level: str
    units: int
    ratings: int
    alpha: Statistic
    kappa: Statistic
    kappa_linear: Statistic
    kappa_quadratic: Statistic
    fleiss: Statistic
    ac1: Statistic
    ac2_linear: Statistic
    ac2_quadratic: Statistic
    icc: dict[str, Statistic]
    within: dict[float, Within]
    bland_altman: BlandAltman
    raters: Frame

    def to_frame(self) -> Frame:
        """One row a measure: ``statistic, value, standard_error, low, high, n``."""
        rows: dict[str, Statistic] = {"alpha": self.alpha}
        rows |= {
            name: getattr(self, name)
            for name in ("kappa", "kappa_linear", "kappa_quadratic", "fleiss")
        }
        rows |= {name: getattr(self, name) for name in ("ac1", "ac2_linear", "ac2_quadratic")}
        rows |= {f"icc_{form}": value for form, value in self.icc.items()}
        rows |= {f"within_{distance:g}": value for distance, value in self.within.items()}
        differences = self.bland_altman
        rows |= {
            "bias": differences.bias,
            "lower_limit": differences.lower,
            "upper_limit": differences.upper,
        }
        columns: dict[str, Any] = {"statistic": list(rows)}
        for name in ("value", "standard_error", "low", "high", "n"):
            columns[name] = [getattr(row, name) for row in rows.values()]
        return from_columns(columns, like=read(self.raters, "raters"))


def agreement(
    scores: Frame,
    *,
    unit: str = "call_id",
    rater: str = "rater",
    score: str = "score",
    level: Literal["nominal", "ordinal", "interval", "ratio"] = "interval",
    categories: Sequence[Any] | None = None,
    within: Sequence[float] = (0.0,),
    confidence: float = 0.95,
) -> Agreement:
    """How far raters of the same recordings agree, and who scores how much above the others.

    Parameters
    ----------
    scores : DataFrame
        One row a rating. Rows without a score are not rated; units may have any number of ratings.
    unit, rater, score : str
        Columns with what was rated, by whom, and the rating: numbers, or, for the nominal and
        ordinal levels, texts or categories.
    level : {"interval", "nominal", "ordinal", "ratio"}
        The distance of two ratings: their difference; same or not; ratings between them; difference
        over sum.
    categories : sequence, optional
        The declared scale, in order. Without it the values seen, sorted (an ordered categorical of
        pandas brings its own). Unused categories count for the weighted measures and AC1.
    within : sequence of float
        Distances for the share of pairs that differ by no more; 1e-9 is allowed at the edge, as 0.8
        and 0.6 are within 0.2.
    confidence : float, default 0.95
        Two-sided confidence of the intervals; > 0 and < 1.

    Returns
    -------
    Agreement
        The measures as fields, each with ``value, standard_error, low, high, n``; ``raters``; and
        ``to_frame()``.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A rater rated a unit twice; a unit or rater is missing; a rating outside the categories; a
        negative rating at the ratio level.
    TypeError
        Ratings that are no numbers at the interval or ratio level.

    Notes
    -----
    Identical raters give 1. Where nothing varied every chance-corrected measure is NaN, never 1:
    then nothing was tested. Negative values stay.

    Weighted kappa and AC2 measure distance by position on the scale, at the interval and ratio
    levels by value. Errors: alpha by jackknife over units; Fleiss' kappa, AC1 and AC2 linearised
    over units, raters fixed; all three with Student's t, cut at 1. Cohen's kappa in large samples,
    not cut. Intraclass correlations have exact F intervals and no standard error. The share within
    a distance pools pairs, its error is over units. Measures of numbers (icc, within, bias) are NaN
    for texts. Time and memory grow with the ratings; an ordinal scale of more than 2,000 values has
    its jackknife on fixed ranks, and at the ratio level time grows with the square of the number of
    different values.

    References
    ----------
    K. Krippendorff, Content Analysis (2004); K. L. Gwet, Handbook of Inter-Rater Reliability
    (2014); J. L. Fleiss, J. Cohen & B. S. Everitt, Psychological Bulletin 72 (1969); P. E. Shrout &
    J. L. Fleiss, Psychological Bulletin 86 (1979); K. O. McGraw & S. P. Wong, Psychological Methods
    1 (1996); J. M. Bland & D. G. Altman, Statistical Methods in Medical Research 8 (1999).

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({
    ...     "call_id": [1, 1, 2, 2, 3, 3, 4, 4],
    ...     "rater": ["anna", "ben"] * 4,
    ...     "score": [92, 88, 75, 70, 60, 72, 88, 85],
    ... })
    >>> result = agreement(scores, within=[5])
    >>> round(result.alpha.value, 3)
    0.806
    >>> result.within[5].near, result.within[5].pairs
    (3, 4)
    >>> result.raters["bias"].tolist()
    [0.0, 0.0]
    """
    frame = read(scores, "scores")
    require(frame, [unit, rater, score], "scores")
    if not 0 < confidence < 1:
        msg = f"confidence must be > 0 and < 1; got {confidence!r}"
        raise ValueError(msg)
    given = frame.select([unit, rater, score]) if len({unit, rater, score}) == 3 else frame
    column = _columns.to_pandas(given[score])
    rated = column.notna().to_numpy()
    values, scale, codes = _scale(column[rated], score, str(level), categories)
    units = _columns.grouped(given, [unit])
    people = _columns.grouped(given, [rater])
    unit_codes, rater_codes = units.codes[rated], people.codes[rated]
    _check_once(unit_codes, rater_codes, units.labels, people.labels)
    present, unit_codes = np.unique(unit_codes, return_inverse=True)
    raters, rater_codes = np.unique(rater_codes, return_inverse=True)
    table = _core.RatingTable(
        (unit_codes.astype(np.int64), rater_codes.astype(np.int64), codes),
        len(present),
        len(raters),
        values.tolist(),
        scale.tolist(),
    )
    kappa = [Statistic(*row) for row in table.cohen(confidence)]
    gwet = [Statistic(*row) for row in table.gwet(confidence)]
    icc = [Statistic(*row) for row in table.intraclass(confidence)]
    (bias, sd), limits = table.bland_altman(confidence)
    return Agreement(
        level=str(level),
        units=len(present),
        ratings=len(codes),
        alpha=Statistic(*table.alpha(str(level), confidence)),
        kappa=kappa[0],
        kappa_linear=kappa[1],
        kappa_quadratic=kappa[2],
        fleiss=Statistic(*table.fleiss(confidence)),
        ac1=gwet[0],
        ac2_linear=gwet[1],
        ac2_quadratic=gwet[2],
        icc=dict(zip(_FORMS, icc, strict=True)),
        within={distance: _within(table, distance, confidence) for distance in within},
        bland_altman=BlandAltman(Statistic(*bias), sd, *(Statistic(*row) for row in limits)),
        raters=_raters(table, [people.keys[i] for i in raters], confidence, frame),
    )


def _within(table: _core.RatingTable, distance: float, confidence: float) -> Within:
    if not distance >= 0:
        msg = f"within must be distances >= 0; got {distance!r}"
        raise ValueError(msg)
    row, (near, pairs) = table.within(float(distance), confidence)
    return Within(*row, near=near, pairs=pairs)


def _raters(
    table: _core.RatingTable, keys: list[Any], confidence: float, frame: nw.DataFrame[Any]
) -> Frame:
    rows = table.raters(confidence)
    columns: dict[str, Any] = {"rater": keys, "n": [row[4] for row, _ in rows]}
    columns["bias"] = [row[0] for row, _ in rows]
    columns["sd"] = [sd for _, sd in rows]
    columns |= {name: [row[at] for row, _ in rows] for name, at in (("low", 2), ("high", 3))}
    return from_columns(columns, like=frame)


def _scale(
    column: pd.Series[Any], name: str, level: str, categories: Sequence[Any] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Values of the categories, their points on the scale, and each rating's category."""
    if level not in {"nominal", "ordinal", "interval", "ratio"}:
        msg = f"level must be 'nominal', 'ordinal', 'interval' or 'ratio'; got {level!r}"
        raise ValueError(msg)
    if categories is None and isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
        categories = list(column.cat.categories)
    if categories is None:
        codes, seen = _columns.factorize(column)
    else:
        seen = list(categories)
        codes = pd.Index(seen).get_indexer(pd.Index(column.to_numpy(dtype=object)))
        if (codes < 0).any():
            at = int(np.argmax(codes < 0))
            where = f"({int((codes < 0).sum())} outside of {len(codes)})"
            msg = f"{name} must be one of the categories; got {column.iloc[at]!r} {where}"
            raise ValueError(msg)
    numeric = all(isinstance(value, int | float | np.number | np.bool_) for value in seen)
    if level in {"interval", "ratio"} and not numeric:
        strange = next(v for v in seen if not isinstance(v, int | float | np.number | np.bool_))
        msg = f"{name} must be numbers at the {level} level; got {strange!r}"
        raise TypeError(msg)
    values = np.array(seen, dtype=np.float64) if numeric else np.full(len(seen), np.nan)
    if numeric and not np.isfinite(values).all():
        msg = f"{name} must be finite"
        raise ValueError(msg)
    if level == "ratio" and (values < 0).any():
        msg = f"{name} must be >= 0 at the ratio level; got {float(values.min())!r}"
        raise ValueError(msg)
    points = values if level in {"interval", "ratio"} else np.arange(len(seen), dtype=np.float64)
    if (np.diff(points) <= 0).any():
        msg = "categories must increase at the interval and ratio levels"
        raise ValueError(msg)
    return values, points, np.asarray(codes, dtype=np.int64)


def _check_once(
    units: NDArray[np.int64], raters: NDArray[np.int64], names: list[str], people: list[str]
) -> None:
    pairs = pd.MultiIndex.from_arrays([units, raters])
    repeated = np.asarray(pairs.duplicated())
    if count := int(repeated.sum()):
        at = int(repeated.argmax())
        msg = (
            "scores must hold one rating of a unit by a rater; "
            f"{people[raters[at]]!r} rated {names[units[at]]!r} again ({count} repeated)"
        )
        raise ValueError(msg)
