"""Many figures of many units: one score, and where each falls short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables import frames, groups
from callstats._tables.checks import mapping, one_of
from callstats._tables.groups import divided
from callstats._tables.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame

    Floats = NDArray[np.float64]

Missing = Literal["reweigh", "zero", "raise"]


@dataclass(frozen=True)
class Metric:
    """What is wanted of a figure.

    Parameters
    ----------
    target : float, optional
        What is to be reached. For `shortfalls`, None is the median of the units.
    better : {"higher", "lower"}
        Which side of the target is the good one.
    weight : float
        Of the metric in the score; >= 0.
    floor : float, optional
        The value that scores nothing; between floor and target the score is linear. Without it the
        score is value / target, or target / value where lower is better.
    cap : float
        The most that a metric can score, 1 being the target reached; more than 1 rewards what goes
        beyond.
    count : str, optional
        Column of the number of calls behind a rate: `shortfalls` draws the rates of small units
        towards the others.

    Examples
    --------
    >>> Metric(target=0.8, weight=2).better
    'higher'
    """

    target: float | None = None
    better: Literal["higher", "lower"] = "higher"
    weight: float = 1.0
    floor: float | None = None
    cap: float = 1.0
    count: str | None = None

    def __post_init__(self) -> None:
        one_of("better", self.better, ("higher", "lower"))
        if not 0 <= self.weight < np.inf:
            raise ValueError(f"weight must be >= 0; got {self.weight!r}")
        if not self.cap > 0:
            raise ValueError(f"cap must be > 0; got {self.cap!r}")
        if self.floor is not None and self.target is not None:
            wrong = (self.target - self.floor) * (1 if self.better == "higher" else -1) <= 0
            if wrong:
                raise ValueError(
                    f"floor must be worse than target where {self.better} is better; got floor "
                    f"{self.floor!r}, target {self.target!r}"
                )

    def score(self, values: Floats) -> Floats:
        """Parts of the target that values reach, 0 to `cap`; NaN where missing."""
        target = float(self.target or 0.0)
        if self.floor is not None:
            reached = (values - self.floor) / (target - self.floor)
        elif self.better == "higher":
            reached = divided(values, np.full(values.size, target))
        else:
            # Nothing of what should be low is as good as can be.
            reached = np.where(values == 0, np.inf, divided(np.full(values.size, target), values))
        return np.where(np.isnan(values), np.nan, np.clip(reached, 0.0, self.cap))


def scorecard(
    figures: Frame,
    metrics: Mapping[str, Metric],
    *,
    unit: str | Sequence[str] = "unit",
    missing: Missing = "reweigh",
) -> Frame:
    """One score a unit from several figures, with the part that each brings.

    Parameters
    ----------
    figures : DataFrame
        One row a unit, one column a metric.
    metrics : mapping
        Column to what is wanted of it: target, which side is better, weight, floor, cap.
    unit : str or sequence of str
        Columns that name the unit.
    missing : {"reweigh", "zero", "raise"}
        A figure that is missing leaves the score to the others, scores nothing, or is refused.

    Returns
    -------
    DataFrame
        The unit, `<metric>_score` (1 is the target reached), `score` = 100 x sum of weight x score
        / sum of weights, `weight_missing` (share of the weights without a figure) and `rank` (1 is
        the best, ties share it). In the order of the units as they came.

    Raises
    ------
    ValueError
        A column is missing, a metric has no target or a target of 0 without a floor, weights add up
        to nothing, or a figure is missing and `missing` is "raise".

    Examples
    --------
    >>> import pandas as pd
    >>> figures = pd.DataFrame({
    ...     "unit": ["a", "b"], "service_level": [0.84, 0.72], "asa": [20.0, 25.0],
    ... })
    >>> metrics = {
    ...     "service_level": Metric(target=0.8, weight=3),
    ...     "asa": Metric(target=20, better="lower"),
    ... }
    >>> scorecard(figures, metrics)[["unit", "service_level_score", "score", "rank"]]
      unit  service_level_score  score  rank
    0    a                  1.0  100.0   1.0
    1    b                  0.9   87.5   2.0
    """
    one_of("missing", missing, ("reweigh", "zero", "raise"))
    remedy = "Pass missing='reweigh' or missing='zero' to go on"
    log, names = _read(figures, metrics, unit, remedy)
    scores: dict[str, Floats] = {}
    weights = np.array([metric.weight for metric in metrics.values()])
    if not weights.sum() > 0:
        raise ValueError("metrics must have a weight > 0 among them")
    for name, metric in metrics.items():
        if metric.target is None or (metric.floor is None and metric.target == 0):
            msg = f"metric {name!r} must have a target, and a floor too if the target is 0"
            raise ValueError(msg)
        values = log.numbers(name)
        if missing == "raise":
            log.report(name, "be known", np.isnan(values), "the unit has no score")
        scores[name] = metric.score(values)
    log.settle()
    table = np.column_stack(list(scores.values()))
    absent = np.isnan(table)
    present = np.where(absent, 0.0, weights)
    whole = present.sum(axis=1) if missing != "zero" else np.full(log.rows, weights.sum())
    score = 100 * divided((present * np.where(absent, 0.0, table)).sum(axis=1), whole)
    columns = {
        **{f"{name}_score": each for name, each in scores.items()},
        "score": score,
        "weight_missing": 1 - present.sum(axis=1) / weights.sum(),
        "rank": _ranks(-score),
    }
    keys = log.at(names, np.arange(log.rows))
    about = {"function": "scorecard", "missing": missing}
    return frames.result(log.frame, keys, columns, about, argument="unit")


def shortfalls(
    figures: Frame, metrics: Mapping[str, Metric], *, unit: str | Sequence[str] = "unit"
) -> Frame:
    """Where each unit falls short, the worst first, one row a unit and metric.

    Parameters
    ----------
    figures : DataFrame
        One row a unit, one column a metric.
    metrics : mapping
        Column to what is wanted of it: `target` (None: the median of the units), which side is
        better, and for rates the column of their `count`.
    unit : str or sequence of str
        Columns that name the unit.

    Returns
    -------
    DataFrame
        The unit, `metric`, `value`, `target`, `gap` (in the metric's own unit, positive is short of
        the target), `relative_gap` = gap / |target|; `shrunk_value` and `shrunk_gap`, the value
        drawn towards the other units' as far as chance explains it (the value itself without a
        `count`); `standardised_gap` = shrunk gap / standard deviation of the units; `rank` over all
        rows by it, 1 the worst; `rank_in_unit`, `rank_in_metric`. Missing figures come last,
        without ranks (NaN).

    Raises
    ------
    ValueError
        A column is missing, a rate with a `count` is outside 0 to 1, or a count is missing or
        negative.

    Notes
    -----
    A rate p of n calls varies by chance alone with p (1 - p) / n. With the spread between the units
    tau^2 left over after that (DerSimonian and Laird's moments), a unit keeps the part
    tau^2 / (tau^2 + p (1 - p) / n) of its distance from the pooled rate: a unit of five calls is
    not the worst for one bad call. One unit alone, or figures that are all alike, have no spread
    and no standardised gap (NaN).

    Examples
    --------
    >>> import pandas as pd
    >>> figures = pd.DataFrame({
    ...     "unit": ["a", "b", "c"], "service_level": [0.6, 0.8, 0.9], "asa": [30.0, 20.0, 21.0],
    ... })
    >>> metrics = {"service_level": Metric(target=0.8), "asa": Metric(better="lower")}
    >>> shortfalls(figures, metrics)[["unit", "metric", "gap", "rank"]].head(2).round(3)
      unit         metric  gap  rank
    0    a            asa  9.0   1.0
    1    a  service_level  0.2   2.0
    """
    log, names = _read(
        figures, metrics, unit, "Mend the figure, or pass its metric without a count"
    )
    counts = {name: log.numbers(metric.count) for name, metric in metrics.items() if metric.count}
    parts: dict[str, list[Any]] = {name: [] for name in _SHORTFALLS}
    for name, metric in metrics.items():
        values = log.numbers(name)
        known = ~np.isnan(values)
        if metric.count is not None:
            n = counts[name]
            log.report(metric.count, "be a count >= 0", known & ~(n >= 0), "it cannot be weighed")
            outside = known & ~((values >= 0) & (values <= 1))
            log.report(name, "be a share between 0 and 1, as it has a count", outside, "it is none")
            log.settle()
            shrunk = _shrunk(values, n)
        else:
            shrunk = values
        target = metric.target
        if target is None:
            target = float(np.median(values[known])) if known.any() else np.nan
        sign = 1.0 if metric.better == "higher" else -1.0
        alike = not known.any() or np.ptp(values[known]) == 0
        # Sorted, so that the order of the rows cannot show in the last bit.
        spread = 0.0 if alike else float(np.std(np.sort(values[known]), ddof=1))
        gap, shrunk_gap = sign * (target - values), sign * (target - shrunk)
        standardised = shrunk_gap / spread if spread > 0 else np.full(log.rows, np.nan)
        for column, each in zip(
            _SHORTFALLS,
            (
                np.full(log.rows, name, dtype=object),
                values,
                np.full(log.rows, target),
                gap,
                divided(gap, np.full(log.rows, abs(target))),
                shrunk,
                shrunk_gap,
                standardised,
                _ranks(-standardised),
            ),
            strict=True,
        ):
            parts[column].append(each)
    return _listed(log, names, {name: np.concatenate(each) for name, each in parts.items()})


_SHORTFALLS = (
    "metric",
    "value",
    "target",
    "gap",
    "relative_gap",
    "shrunk_value",
    "shrunk_gap",
    "standardised_gap",
    "rank_in_metric",
)


def _listed(log: Table, names: Sequence[str], columns: dict[str, NDArray[Any]]) -> Frame:
    of = len(columns["metric"]) // max(log.rows, 1)
    rows = np.tile(np.arange(log.rows), of)
    ranks = _ranks(-columns["standardised_gap"])
    in_unit = np.full(rows.size, np.nan)
    for row in range(log.rows):
        mine = rows == row
        in_unit[mine] = _ranks(-columns["standardised_gap"][mine])
    columns = {**columns, "rank": ranks, "rank_in_unit": in_unit}
    # Equal ones in the order of the metrics, then of the units.
    units = [groups.key_codes(log.frame[name])[rows] for name in reversed(names)]
    place = np.arange(rows.size) // max(log.rows, 1)
    order = np.lexsort((*units, place, np.nan_to_num(ranks, nan=np.inf)))
    made: dict[str, Any] = {name: each[order] for name, each in columns.items()}
    made["metric"] = made["metric"].tolist()
    keys = log.at(names, rows[order])
    return frames.result(log.frame, keys, made, {"function": "shortfalls"}, argument="unit")


def _read(
    figures: Frame, metrics: Mapping[str, Metric], unit: str | Sequence[str], remedy: str
) -> tuple[Table, list[str]]:
    log = Table(figures, "figures", remedy=remedy)
    metrics = mapping("metrics", metrics, "each column to a Metric")
    if not metrics:
        raise ValueError("metrics must name one column or more; got none")
    for name, metric in metrics.items():
        if not isinstance(metric, Metric):
            msg = f"metrics must map each column to a Metric; got {metric!r} for {name!r}"
            raise TypeError(msg)
    names = log.keys(unit, metrics, "unit")
    counts = [metric.count for metric in metrics.values() if metric.count is not None]
    log.require(*metrics, *counts)
    return log, names


def _ranks(values: Floats) -> Floats:
    """Places from 1, the smallest first; equal values share the best of their places."""
    ordered = np.sort(values[~np.isnan(values)])
    places = np.searchsorted(ordered, values) + 1.0
    return np.where(np.isnan(values), np.nan, places)


def _shrunk(values: Floats, n: Floats) -> Floats:
    """Rates drawn towards the pooled one as far as chance explains their distance from it."""
    known = ~np.isnan(values) & (n > 0)
    if known.sum() < 2:
        return values
    order = np.lexsort((n[known], values[known]))
    p, count = values[known][order], n[known][order]
    pooled = float((p * count).sum() / count.sum())
    chance = pooled * (1 - pooled)
    if chance <= 0:
        return values
    weights = count / chance
    excess = (weights * (p - pooled) ** 2).sum() - (known.sum() - 1)
    between = max(0.0, excess / (weights.sum() - (weights**2).sum() / weights.sum()))
    kept = between / (between + chance / count)
    shrunk = values.copy()
    shrunk[np.flatnonzero(known)[order]] = pooled + kept * (p - pooled)
    return shrunk
