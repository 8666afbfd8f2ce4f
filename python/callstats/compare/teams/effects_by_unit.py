"""What a pilot did to each measure, from one value a unit before and after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats.compare.cautions import Caution

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
#: What the core tells of each measure, in its order.
_BY_T = (
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
    "relative",
    "relative_low",
    "relative_high",
    "smallest_effect",
    "scale",
    "flat",
    "welch_p",
    "welch_low",
    "welch_high",
    "treated_units",
    "control_units",
    "spread_ratio",
    "gap",
    "gap_sd",
    "correlation",
)
#: Power at which the smallest effect is told.
_POWER = 0.8
#: Spreads of the arms this far apart are told of where the arms differ in number.
_APART = 2.0


@dataclass(frozen=True)
class Levels:
    """Values of each unit before and after, a row a measure; NaN where a unit lacks it."""

    names: list[str]
    before: Floats
    after: Floats
    #: Whether before and after are levels; else `after` holds changes and `before` zeros.
    both: bool = True

    @property
    def changes(self) -> Floats:
        """Of each measure and unit."""
        return self.after - self.before


@dataclass(frozen=True)
class Question:
    """What is judged of all measures."""

    flags: NDArray[np.bool_]
    splits: Splits
    confidence: float
    better: dict[str, str] = field(default_factory=dict)
    primary: Sequence[str] = ()
    matters: dict[str, float] = field(default_factory=dict)


def effect_rows(levels: Levels, question: Question) -> tuple[dict[str, Any], list[Caution]]:
    """The columns of the effects with what else the core tells, and what to say of unequal arms."""
    by_t = _core.pilot_effects(
        np.ascontiguousarray(levels.before),
        np.ascontiguousarray(levels.after),
        levels.both,
        question.flags,
        question.confidence,
        _POWER,
    )
    columns: dict[str, Any] = dict(zip(_BY_T, np.ascontiguousarray(by_t.T), strict=True))
    columns |= _by_permutation(levels, question, columns)
    columns["p_holm"] = _core.adjust_p("holm", columns["p_value"])
    verdicts = [verdict(name, at, columns, question) for at, name in enumerate(levels.names)]
    cautions = _unlike(levels.names, columns)
    return {**{name: columns[name] for name in COLUMNS}, "verdict": verdicts} | {
        name: columns[name] for name in ("gap", "gap_sd", "correlation")
    }, cautions


def _unlike(names: Sequence[str], columns: dict[str, Floats]) -> list[Caution]:
    """Arms that differ in number and in the spread of their changes: Welch's row beside."""
    arms = (columns["treated_units"], columns["control_units"])
    ratio = columns["spread_ratio"]
    apart = (arms[0] != arms[1]) & (ratio > _APART) & np.isfinite(ratio)
    found = []
    for at in np.flatnonzero(apart).tolist():
        welch = (columns[name][at] for name in ("welch_p", "welch_low", "welch_high"))
        parts = (int(arms[0][at]), int(arms[1][at]), ratio[at], *welch)
        found.append(Caution("unequal_arms", names[at], ratio[at], parts))
    return found


def _by_permutation(
    levels: Levels, question: Question, by_t: dict[str, Floats]
) -> dict[str, Floats]:
    """Exact probabilities and limits of each measure, and of the largest t of all."""
    names = ("p_permutation", "exact_low", "exact_high", "exact_confidence", "p_max_t")
    found = {name: np.full(len(levels.names), np.nan) for name in names}
    judged = (by_t["treated_units"] > 0) & (by_t["control_units"] > 0)
    if not judged.any():
        return found
    changes = levels.changes[judged]
    known = ~np.isnan(changes)
    rows = _core.permute(
        np.where(known, changes, 0.0),
        None if known.all() else known.astype(np.float64),
        by_t["scale"][judged].tolist(),
        question.splits.core,
        question.flags,
        question.confidence,
        True,
        None,
    )
    drawn = question.splits.drawn
    total = drawn + 1 if drawn else question.splits.count
    _, count, extreme, _, _, _, low, high, refused, largest = np.array(rows).T
    figures = (extreme / count, low, high, 1 - refused / count, largest / total)
    for name, values in zip(names, figures, strict=True):
        found[name][judged] = values
    for name in names[1:]:
        found[name][by_t["flat"] > 0] = np.nan
    return found


def verdict(name: str, at: int, figures: dict[str, Any], question: Question) -> str:
    """In words: by the probability that holds for all measures, but for primary ones."""
    small = question.matters.get(name)
    low, high = figures["low"][at], figures["high"][at]
    if small is not None and -small <= low and high <= small:
        return "too small to matter"
    p = figures["p_value" if name in question.primary else "p_max_t"][at]
    if not p <= 1 - question.confidence + 1e-12:
        return "not shown"
    rose = figures["effect"][at] > 0
    better = question.better.get(name)
    if better is None:
        return "higher" if rose else "lower"
    return "helped" if rose == (better == "higher") else "harmed"
