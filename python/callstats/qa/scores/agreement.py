"""How far raters of the same recordings agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from callstats import _core
from callstats._tables.categories import coded, text
from callstats._tables.checks import confidence_level, listed, must_be, number, one_of, shown
from callstats._tables.columns import require_values, to_pandas
from callstats._tables.frames import from_columns, read, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame

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
    lies, each with its own approximate interval (Bland & Altman 1999). Below some 50 pairs prefer
    ``lower_exact`` and ``upper_exact``, each (low, high): exact for normal differences (Carkeet
    2015).
    """

    bias: Statistic
    sd: float
    lower: Statistic
    upper: Statistic
    confidence: float

    @property
    def lower_exact(self) -> tuple[float, float]:
        """The exact interval of the lower limit."""
        near, far = self._reaches()
        return self.bias.value - far, self.bias.value - near

    @property
    def upper_exact(self) -> tuple[float, float]:
        """The exact interval of the upper limit."""
        near, far = self._reaches()
        return self.bias.value + near, self.bias.value + far

    def _reaches(self) -> tuple[float, float]:
        near, far = _core.limit_factors(self.bias.n, self.confidence)
        return near * self.sd, far * self.sd


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
        return from_columns(self.rows(), like=read(self.raters, "raters"))

    def rows(self) -> dict[str, list[Any]]:
        """The columns of :meth:`to_frame`."""
        measures: dict[str, Statistic] = {"alpha": self.alpha}
        measures |= {
            name: getattr(self, name)
            for name in ("kappa", "kappa_linear", "kappa_quadratic", "fleiss")
        }
        measures |= {name: getattr(self, name) for name in ("ac1", "ac2_linear", "ac2_quadratic")}
        measures |= {f"icc_{form}": value for form, value in self.icc.items()}
        measures |= {f"within_{distance:g}": value for distance, value in self.within.items()}
        differences = self.bland_altman
        measures |= {
            "bias": differences.bias,
            "lower_limit": differences.lower,
            "upper_limit": differences.upper,
        }
        columns: dict[str, list[Any]] = {"statistic": list(measures)}
        for name in ("value", "standard_error", "low", "high", "n"):
            columns[name] = [getattr(measure, name) for measure in measures.values()]
        return columns


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
    not cut. Where nobody agreed in any unit, and the kappas and AC have no error for it, they reach
    up to what Clopper and Pearson's interval leaves open for the agreement.

    Intraclass correlations have exact F intervals and no standard error; those of absolute
    agreement are Satterthwaite's approximation, NaN where it says nothing, as for raters who differ
    more than the units do. There "2,k" may come out above 1, by its formula.

    The share within a distance pools pairs, its error is over units; where all units have the same
    share (none agrees, or all do) its limits are Clopper and Pearson's for so many units. Measures
    of numbers (icc, within, bias) are NaN for texts. Time and memory grow with the ratings; an
    ordinal scale of more than 2,000 values has its jackknife on fixed ranks, and at the ratio level
    time grows with the square of the number of different values.

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
    confidence_level(confidence)
    column = to_pandas(frame[score])
    rated = column.notna().to_numpy()
    values, scale, codes = _scale(column, rated, score, str(level), categories)
    unit_codes, units = _codes(frame, unit, "unit", rated)
    rater_codes, raters = _codes(frame, rater, "rater", rated)
    columns = (unit_codes, rater_codes, codes)
    table = _core.RatingTable(columns, len(units), len(raters), values, scale)
    _check_once(table, units, raters)
    distances = listed("within", within, "distances >= 0")
    kappa = [Statistic(*row) for row in table.cohen(confidence)]
    gwet = [Statistic(*row) for row in table.gwet(confidence)]
    icc = [Statistic(*row) for row in table.intraclass(confidence)]
    (bias, sd), (lower, upper) = table.bland_altman(confidence)
    return Agreement(
        level=str(level),
        units=len(units),
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
        within={distance: _within(table, distance, confidence) for distance in distances},
        bland_altman=BlandAltman(
            Statistic(*bias), sd, Statistic(*lower), Statistic(*upper), confidence
        ),
        raters=_raters(table, raters, confidence, frame),
    )


def _within(table: _core.RatingTable, distance: float, confidence: float) -> Within:
    number("within", distance, "of distance, >= 0", lambda far: far >= 0)
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
    given: pd.Series[Any],
    rated: NDArray[np.bool_],
    name: str,
    level: str,
    categories: Sequence[Any] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Values of the categories, their points on the scale, and each rating's category."""
    one_of("level", level, ("nominal", "ordinal", "interval", "ratio"))
    column = given[rated]
    if categories is None and isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
        categories = list(column.cat.categories)
    seen: Sequence[Any] | NDArray[np.float64]
    codes: NDArray[Any]
    if categories is None and pd.api.types.is_numeric_dtype(column.dtype):
        seen, codes = np.unique(column.to_numpy(dtype=np.float64), return_inverse=True)
    elif categories is None:
        codes, seen = coded(column)
    else:
        seen = listed("categories", categories, "values in their order")
        if pd.Index(seen).has_duplicates:
            raise ValueError(f"categories must be different values; got {shown(seen)}")
        numbers = pd.api.types.is_numeric_dtype(column.dtype)
        ratings = column.to_numpy(dtype=np.float64 if numbers else object)
        codes = pd.Index(seen).get_indexer(pd.Index(ratings))
        outside = np.zeros(len(given), bool)
        outside[rated] = codes < 0
        must_be(name, given.to_numpy(), "one of the categories", outside)
    # One value of each type: a million different scores are asked only once.
    kinds = {type(value): value for value in reversed(seen)}.values()
    strange = [v for v in kinds if not isinstance(v, int | float | np.number | np.bool_)]
    numeric = not strange
    if level in {"interval", "ratio"} and strange:
        raise TypeError(f"{name} must be numbers at the {level} level; got {strange[0]!r}")
    values = np.array(seen, dtype=np.float64) if numeric else np.full(len(seen), np.nan)
    if numeric and not np.isfinite(values).all():
        raise ValueError(f"{name} must be finite")
    if level == "ratio" and (values < 0).any():
        raise ValueError(f"{name} must be >= 0 at the ratio level; got {float(values.min())!r}")
    points = values if level in {"interval", "ratio"} else np.arange(len(seen), dtype=np.float64)
    if (np.diff(points) <= 0).any():
        raise ValueError("categories must increase at the interval and ratio levels")
    return values, points, np.asarray(codes, dtype=np.int64)


def _codes(
    frame: nw.DataFrame[Any], name: str, role: str, rated: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], list[Any]]:
    """Codes of the rated rows' values, in the values' order, and the values."""
    column = to_pandas(frame[name])
    require_values(column, name, role)
    codes, values = coded(column[rated])
    return codes.astype(np.int64), values


def _check_once(table: _core.RatingTable, units: list[Any], raters: list[Any]) -> None:
    count, unit, rater = table.repeated()
    if count:
        who, what = text(raters[rater]), text(units[unit])
        raise ValueError(
            "scores must hold one rating of a unit by a rater; "
            f"{who!r} rated {what!r} again ({count} repeated)"
        )
