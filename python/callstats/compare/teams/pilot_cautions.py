"""Why a pilot may say less than it seems to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.categories import text
from callstats.compare.cautions import Caution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.compare.teams.choosing import Plan
    from callstats.compare.teams.effects_by_unit import Levels, Question

    Floats = NDArray[np.float64]

#: The largest unit over the smallest.
_SIZES_APART = 4.0
#: Standard deviations that the treated were worse by.
_WORSE = 1.0
#: Points that a share may move.
_MOVED = 0.10
#: Nanoseconds.
_DAY = 86_400e9


def of_design(question: Question, measures: int, *, random: bool) -> list[Caution]:
    """How units were treated, how many splits there are, how many measures are judged."""
    found = []
    if not random:
        found.append(Caution("not_random", None, 1.0))
    smallest = question.splits.smallest
    if smallest > 1 - question.confidence + 1e-12:
        parts = (question.splits.count, smallest, question.confidence)
        found.append(Caution("few_splits", None, smallest, parts))
    if measures > 1 and not question.primary:
        chance = 1 - question.confidence**measures
        found.append(Caution("many_measures", None, measures, (measures, chance)))
    return found


def of_looks(plan: Plan, after: tuple[int, int], planned: int | None) -> list[Caution]:
    """A period after that ends later than planned, or than at a call before it."""
    found = []
    if planned is not None and after[1] > planned:
        days = (after[1] - planned) / _DAY
        found.append(Caution("peeking", None, days, (f"{days:.3g}",)))
    earlier = {end for end in plan.looks if end < after[1]}
    plan.looks.append(after[1])
    if earlier:
        look = len(earlier) + 1
        found.append(Caution("peeking", None, look, (look,), key="peeking_again"))
    return found


def of_missing(levels: Levels, names: list[Any]) -> list[Caution]:
    """Units without data on one side."""
    lacking = np.isnan(levels.changes)
    found = []
    for at in np.flatnonzero(lacking.any(axis=1)).tolist():
        units = np.flatnonzero(lacking[at])
        parts = (text(names[int(units[0])]), units.size)
        found.append(Caution("no_data", levels.names[at], units.size, parts))
    return found


def of_sizes(sizes: Floats, measures: list[str], names: list[Any], least: float) -> list[Caution]:
    """Small units, and units of very different size; the smaller side of each, a row a measure."""
    known = sizes > 0
    smallest = np.where(known, sizes, np.inf).argmin(axis=1)
    largest = sizes.argmax(axis=1)
    found = []
    for at in np.flatnonzero(known.any(axis=1)).tolist():
        low, high = int(smallest[at]), int(largest[at])
        size, ratio = float(sizes[at, low]), float(sizes[at, high] / sizes[at, low])
        if size < least:
            parts = (text(names[low]), size, f"{least:g}")
            found.append(Caution("size", measures[at], size, parts))
        if ratio > _SIZES_APART:
            apart = (text(names[high]), ratio, text(names[low]))
            found.append(Caution("size", measures[at], ratio, apart, key="size_apart"))
    return found


def of_regression(
    measures: list[str], figures: dict[str, Any], better: dict[str, str]
) -> list[Caution]:
    """Treated units that were worse before: what is to be expected back of itself."""
    found = []
    for at, name in enumerate(measures):
        gap, sd = figures["gap"][at], figures["gap_sd"][at]
        way = better.get(name)
        worse = abs(gap) if way is None else -gap if way == "higher" else gap
        if not sd > 0 or not worse > _WORSE * sd:
            continue
        r = figures["correlation"][at]
        expected = (1 - r) * abs(gap)
        found.append(Caution("regression_to_mean", name, expected, (abs(gap), expected, r)))
    return found


def of_mix(
    columns: list[tuple[str, list[Any], Any]], periods: list[NDArray[np.int32]], names: list[Any]
) -> list[Caution]:
    """Levels of a column whose share of a unit moved: the farthest of each column."""
    found = []
    for name, levels, codes in columns:
        shares = []
        for part in periods:
            table = np.zeros((len(names), len(levels)))
            rows = part >= 0
            np.add.at(table, (part[rows], codes[rows]), 1.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                shares.append(table / table.sum(axis=1, keepdims=True))
        moved = np.nan_to_num(np.abs(shares[1] - shares[0]))
        unit, level = np.unravel_index(int(moved.argmax()), moved.shape)
        if moved[unit, level] > _MOVED:
            first, second = (share[unit, level] for share in shares)
            parts = (text(names[int(unit)]), name, text(levels[int(level)]), first, second)
            found.append(Caution("mix", None, float(moved[unit, level]), parts))
    return found


def of_small_effects(measures: list[str], figures: dict[str, Any]) -> list[Caution]:
    """Effects below what the pilot could have seen."""
    effects, seen = figures["effect"], figures["smallest_effect"]
    return [
        Caution("small_effect", measures[at], seen[at], (effects[at], seen[at]))
        for at in np.flatnonzero(np.abs(effects) < seen).tolist()
    ]
