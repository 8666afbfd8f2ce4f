"""What a pilot did to each measure, from one value a unit before and after."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats.compare.cautions import Caution
from callstats.compare.teams.permutations import permuted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.compare.teams.units import Splits

    Floats = NDArray[np.float64]

#: The figures of a measure, in the order of their columns.
COLUMNS = (
    "treated_before",
    "treated_after",
    "control_before",
    "control_after",
    "effect",
    "standard_error",
    "df",
    "low",
    "high",
    "p_value",
    "p_permutation",
    "exact_low",
    "exact_high",
    "exact_confidence",
    "relative",
    "relative_low",
    "relative_high",
    "p_holm",
    "p_max_t",
    "smallest_effect",
)
#: Power at which the smallest effect is told.
_POWER = 0.8
#: Spreads of the arms this far apart are told of where the arms differ in number.
_APART = 2.0
#: Differences of levels this small, in units of the levels, are what rounding leaves.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Levels:
    """A measure's value of each unit before and after; NaN where a unit lacks it."""

    name: str
    before: Floats
    after: Floats
    #: Whether before and after are levels; else `after` holds changes and `before` zeros.
    both: bool = True

    @property
    def changes(self) -> Floats:
        """Of each unit."""
        return self.after - self.before

    @property
    def scale(self) -> float:
        """Size of the levels."""
        known = ~np.isnan(self.changes)
        sizes = np.abs(np.concatenate([self.before[known], self.after[known]]))
        return float(sizes.max(initial=0.0))

    @property
    def flat(self) -> bool:
        """Whether no unit changed otherwise than another."""
        known = self.changes[~np.isnan(self.changes)]
        return bool(known.size == 0 or np.ptp(known) <= _ROUNDING * self.scale)


@dataclass(frozen=True)
class Question:
    """What is judged of all measures."""

    flags: NDArray[np.bool_]
    splits: Splits
    confidence: float
    better: dict[str, str] = field(default_factory=dict)
    primary: Sequence[str] = ()
    matters: dict[str, float] = field(default_factory=dict)


def effect_rows(
    measures: Sequence[Levels], question: Question
) -> tuple[dict[str, Any], list[Caution]]:
    """The columns of the effects, and what is to be said of unequal arms."""
    columns: dict[str, Any] = {name: np.full(len(measures), np.nan) for name in COLUMNS}
    cautions: list[Caution] = []
    for place, measure in enumerate(measures):
        figures, welch = _by_t(measure, question)
        for name, value in figures.items():
            columns[name][place] = value
        if welch is not None:
            cautions.append(welch)
    _by_permutation(measures, question, columns)
    columns["p_holm"] = _core.adjust_p("holm", np.ascontiguousarray(columns["p_value"]))
    _see(columns, question.confidence)
    verdicts = [
        verdict(measure.name, {name: columns[name][place] for name in COLUMNS}, question)
        for place, measure in enumerate(measures)
    ]
    return {**columns, "verdict": verdicts}, cautions


def _by_t(measure: Levels, question: Question) -> tuple[dict[str, float], Caution | None]:
    """Levels, effect and what t says, and a caution where the arms are unlike."""
    flags, level = question.flags, question.confidence
    known = ~np.isnan(measure.changes)
    own, other = known & flags, known & ~flags
    if not own.any() or not other.any():
        return {}, None
    found: dict[str, float] = {}
    if measure.both:
        for arm, rows in (("treated", own), ("control", other)):
            found[f"{arm}_before"] = float(measure.before[rows].mean())
            found[f"{arm}_after"] = float(measure.after[rows].mean())
    arms = [np.ascontiguousarray(measure.changes[rows]) for rows in (own, other)]
    means, tests = _core.team_tests(arms[0], arms[1], measure.scale, level)
    found["effect"] = means[0] - means[1]
    if measure.flat:
        return found, None
    pooled, welch = tests[0], tests[1]
    found["standard_error"], found["df"], _, found["p_value"], found["low"], found["high"] = pooled
    found |= _relative(measure, own, other, level)
    return found, _unlike(measure, arms, welch)


def _relative(
    measure: Levels, own: NDArray[np.bool_], other: NDArray[np.bool_], level: float
) -> dict[str, float]:
    """The effect as a share of the level, by logarithms; nothing where a level is 0."""
    rows = own | other
    if not measure.both or (measure.before[rows] <= 0).any() or (measure.after[rows] <= 0).any():
        return {}
    logs = np.full(measure.before.size, np.nan)
    logs[rows] = np.log(measure.after[rows] / measure.before[rows])
    arms = [np.ascontiguousarray(logs[part]) for part in (own, other)]
    means, tests = _core.team_tests(arms[0], arms[1], 0.0, level)
    _, _, _, _, low, high = tests[0]
    ends = {"relative_low": math.expm1(low), "relative_high": math.expm1(high)}
    return {"relative": math.expm1(means[0] - means[1]), **ends}


def _unlike(measure: Levels, arms: list[Floats], welch: Sequence[float]) -> Caution | None:
    own, other = (arm.std(ddof=1) if arm.size > 1 else math.nan for arm in arms)
    if arms[0].size == arms[1].size or not min(own, other) > 0:
        return None
    ratio = max(own, other) / min(own, other)
    if ratio <= _APART:
        return None
    _, _, _, p, low, high = welch
    parts = (arms[0].size, arms[1].size, ratio, p, low, high)
    return Caution("unequal_arms", measure.name, ratio, parts)


def _by_permutation(
    measures: Sequence[Levels], question: Question, columns: dict[str, Floats]
) -> None:
    """Exact probabilities and limits of each measure, and of the largest t of all."""
    changes = np.array([measure.changes for measure in measures])
    known = ~np.isnan(changes)
    flags = question.flags
    judged = (known & flags).any(axis=1) & (known & ~flags).any(axis=1)
    if not judged.any():
        return
    weights = None if known[judged].all() else known[judged].astype(np.float64)
    scales = [measure.scale for measure, own in zip(measures, judged, strict=True) if own]
    rows = _core.permute(
        np.where(known, changes, 0.0)[judged],
        weights,
        scales,
        question.splits.core,
        flags,
        question.confidence,
        True,
        None,
    )
    drawn = question.splits.drawn
    total = drawn + 1 if drawn else question.splits.count
    for place, row in zip(np.flatnonzero(judged).tolist(), rows, strict=True):
        found = permuted(row, question.splits)
        columns["p_permutation"][place] = found.p_value
        if measures[place].flat:
            continue
        columns["exact_low"][place] = found.low
        columns["exact_high"][place] = found.high
        columns["exact_confidence"][place] = found.confidence
        columns["p_max_t"][place] = row[9] / total


def _see(columns: dict[str, Floats], confidence: float) -> None:
    """The effects that so much spread lets a pilot see."""
    for place, (error, df) in enumerate(zip(columns["standard_error"], columns["df"], strict=True)):
        if error > 0:
            # sd times the factor of both arms is the standard error: any pair of arms has the same
            # ratio of effect to error.
            arm = df + 1
            factor = math.sqrt(1 / arm + 1)
            smallest = _core.smallest_effect(
                error / factor, arm, 1.0, _POWER, confidence, (False, None, None)
            )
            columns["smallest_effect"][place] = smallest


def verdict(name: str, figures: dict[str, float], question: Question) -> str:
    """In words: by the probability that holds for all measures, but for primary ones."""
    small = question.matters.get(name)
    if small is not None and -small <= figures["low"] and figures["high"] <= small:
        return "too small to matter"
    p = figures["p_value" if name in question.primary else "p_max_t"]
    if not p <= 1 - question.confidence + 1e-12:
        return "not shown"
    rose = figures["effect"] > 0
    better = question.better.get(name)
    if better is None:
        return "higher" if rose else "lower"
    return "helped" if rose == (better == "higher") else "harmed"
