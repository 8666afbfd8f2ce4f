"""Why a pilot may say less than it seems to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.categories import text
from callstats.compare.cautions import Caution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.compare.reading import Sums
    from callstats.compare.teams.choosing import Plan
    from callstats.compare.teams.effects_by_unit import Levels, Question

#: The largest unit over the smallest.
_SIZES_APART = 4.0
#: Standard deviations that the treated were worse by.
_WORSE = 1.0
#: Points that a share may move.
_MOVED = 0.10
_FEWEST = 3
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


def of_missing(levels: list[Levels], names: list[Any]) -> list[Caution]:
    """Units without data on one side."""
    found = []
    for level in levels:
        lacking = np.flatnonzero(np.isnan(level.changes))
        if lacking.size:
            parts = (text(names[int(lacking[0])]), lacking.size)
            found.append(Caution("no_data", level.name, lacking.size, parts))
    return found


def of_sizes(
    sums: list[list[Sums]], measures: list[str], names: list[Any], least: float
) -> list[Caution]:
    """Small units, and units of very different size."""
    found = []
    for measure, periods in zip(measures, sums, strict=True):
        sizes = np.minimum(periods[0].size, periods[1].size)
        known = sizes > 0
        if not known.any():
            continue
        smallest = int(np.argmin(np.where(known, sizes, np.inf)))
        largest = int(np.argmax(sizes))
        if sizes[smallest] < least:
            parts = (text(names[smallest]), sizes[smallest], f"{least:g}")
            found.append(Caution("size", measure, float(sizes[smallest]), parts))
        ratio = float(sizes[largest] / sizes[smallest])
        if ratio > _SIZES_APART:
            parts = (text(names[largest]), ratio, text(names[smallest]))
            found.append(Caution("size", measure, ratio, parts, key="size_apart"))
    return found


def of_regression(levels: list[Levels], question: Question) -> list[Caution]:
    """Treated units that were worse before: what is to be expected back of itself."""
    found = []
    for level in levels:
        known = ~np.isnan(level.changes)
        own, other = known & question.flags, known & ~question.flags
        if own.sum() + other.sum() < _FEWEST or not own.any() or not other.any():
            continue
        before = [level.before[rows] - level.before[rows].mean() for rows in (own, other)]
        after = [level.after[rows] - level.after[rows].mean() for rows in (own, other)]
        x, y = np.concatenate(before), np.concatenate(after)
        freedom = x.size - 2
        sd = math.sqrt(float((x**2).sum()) / freedom) if freedom > 0 else 0.0
        gap = float(level.before[own].mean() - level.before[other].mean())
        better = question.better.get(level.name)
        worse = abs(gap) if better is None else -gap if better == "higher" else gap
        if not sd > 0 or worse <= _WORSE * sd:
            continue
        size = math.sqrt(float((x**2).sum() * (y**2).sum()))
        r = min(max(float((x * y).sum()) / size, 0.0), 1.0) if size > 0 else 0.0
        expected = (1 - r) * abs(gap)
        found.append(Caution("regression_to_mean", level.name, expected, (abs(gap), expected, r)))
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
    found = []
    for place, name in enumerate(measures):
        effect, seen = figures["effect"][place], figures["smallest_effect"][place]
        if abs(effect) < seen:
            found.append(Caution("small_effect", name, seen, (effect, seen)))
    return found
