"""The columns of a summary: counts and sums, and the rates and means made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core, intervals
from callstats._tables.groups import divided
from callstats.kpi.calls.definitions import added
from callstats.kpi.calls.log import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.kpi.calls.definitions import Definitions, Ratio

Columns = dict[str, Any]

COUNTS = ("offered", *OUTCOMES, "short_abandoned", "handled_timed")
SUMS = (
    "wait_sum_answered",
    "wait_sum_abandoned",
    "wait_sum_all",
    "talk_sum",
    "hold_sum",
    "acw_sum",
)
#: What hangs on a threshold, counts and then seconds.
AT_THRESHOLD = ("answered_within", "abandoned_within", "wait_beyond", "wait_beyond_sum")
QUANTILES = {"wait_p50": 0.5, "wait_p80": 0.8, "wait_p90": 0.9, "wait_p95": 0.95, "wait_max": 1.0}
_RATES = ("service_level", "answer_rate", "abandonment_rate", "transfer_rate")
_MEANS = ("asa", "mean_wait", "mean_time_to_abandon", "att", "aht")
_SIDES = ("", "_low", "_high", "_numerator", "_denominator")
_LATE = ("answered_late", "mean_excess")
#: Rows whose wait is not known: of all, of the answered, of the abandoned.
WITHOUT_WAIT = {
    "offered": "without_wait",
    "answered": "answered_without_wait",
    "abandoned": "abandoned_without_wait",
}
_OPTIONAL = ("transferred", "flagged", "closed", "open_seconds", *WITHOUT_WAIT.values())
#: The rows whose waits are in a count or sum: a ratio with it is made of rows with a wait alone.
_OF_WAITS = {
    "answered_within": ("answered",),
    "wait_sum_answered": ("answered",),
    "abandoned_within": ("abandoned",),
    "short_abandoned": ("abandoned",),
    "wait_sum_abandoned": ("abandoned",),
    "wait_sum_all": ("offered", "answered", "abandoned"),
}


def ending(thresholds: Sequence[float], place: int) -> str:
    """What the names of the columns of one threshold end in: nothing where it is the only one."""
    return f"_{thresholds[place]:.12g}" if len(thresholds) > 1 else ""


def bin_names(edges: Sequence[float]) -> list[str]:
    """The columns of the bins up to each edge, and of the open one."""
    return [*(f"waits_to_{edge:.12g}" for edge in edges), "waits_longer"] if len(edges) else []


def names(
    thresholds: Sequence[float], definitions: Sequence[Definitions], edges: Sequence[float]
) -> list[str]:
    """Every name that a column of figures can have."""
    tags = ["", *(f"_{each.name}" for each in definitions)]
    fixed = [*COUNTS, *SUMS, *QUANTILES, *_OPTIONAL, *bin_names(edges)]
    fixed += [f"{mean}{tag}" for mean in _MEANS for tag in tags]
    fixed += [f"{name}{tag}{side}" for name in _RATES[1:] for tag in tags for side in _SIDES]
    level = [*AT_THRESHOLD, *_LATE, *(f"share_beyond{side}" for side in _SIDES)]
    level += [f"service_level{tag}{side}" for tag in tags for side in _SIDES]
    several = [ending(thresholds, place) for place in range(len(thresholds))]
    return fixed + [f"{name}{each}" for each in several for name in level]


def figures(
    counts: Mapping[str, Any], thresholds: Sequence[float], definitions: Sequence[Definitions]
) -> Columns:
    """Counts and sums, then the rates and means made of them.

    With several definitions the names of what they disagree on have that of the definition in them.
    """
    found: Columns = dict(counts)
    with_wait = counts_with_wait(counts)
    totals: dict[tuple[str, ...], NDArray[Any]] = {}

    def total(terms: tuple[str, ...], end: str, waits: Collection[str]) -> NDArray[Any]:
        """The columns that the terms name, added up once for all figures that they are in."""
        named = tuple(f"{each}{end}" if each.strip("-") in AT_THRESHOLD else each for each in terms)
        if waits and with_wait:
            return added(named, {**counts, **{name: with_wait[name] for name in waits}})
        if named not in totals:
            totals[named] = added(named, counts)
        return totals[named]

    def sides(ratio: Ratio, end: str = "") -> tuple[NDArray[Any], NDArray[Any]]:
        waits = waits_of(ratio)
        return total(ratio.numerator, end, waits), total(ratio.denominator, end, waits)

    for place in range(len(thresholds)):
        end = ending(thresholds, place)
        waited = {**counts, **with_wait}
        found[f"answered_late{end}"] = waited["answered"] - counts[f"answered_within{end}"]
        beyond = counts[f"wait_beyond{end}"]
        found |= rate("share_beyond", beyond, waited["offered"], definitions[0], end)
        found[f"mean_excess{end}"] = divided(counts[f"wait_beyond_sum{end}"], beyond)
    for name in _RATES:
        if name == "transfer_rate" and "transferred" not in counts:
            continue
        for tag, each in _told_apart(name, definitions, rates=True):
            ratio = each.rates()[name]
            several = [ending(thresholds, place) for place in range(len(thresholds))]
            for end in several if name == "service_level" else [""]:
                found |= rate(f"{name}{tag}", *sides(ratio, end), each, end)
    for name in _MEANS:
        for tag, each in _told_apart(name, definitions, rates=False):
            found[f"{name}{tag}"] = divided(*sides(each.means()[name]))
    return found


def counts_with_wait(counts: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Counts of the rows whose wait is known; nothing where all are."""
    return {
        name: counts[name] - counts[without]
        for name, without in WITHOUT_WAIT.items()
        if without in counts
    }


def waits_of(ratio: Ratio) -> set[str]:
    """The counts of which a ratio takes the rows with a known wait alone."""
    terms = (each.strip("-") for each in (*ratio.numerator, *ratio.denominator))
    return {name for term in terms for name in _OF_WAITS.get(term, ())}


def _told_apart(
    name: str, definitions: Sequence[Definitions], *, rates: bool
) -> list[tuple[str, Definitions]]:
    """The definitions under which a figure has to be made, and what its name ends in."""

    def meaning(each: Definitions) -> tuple[Ratio, Any]:
        ratios = each.rates() if rates else each.means()
        return ratios[name], (each.confidence, each.limits) if rates else None

    if all(meaning(each) == meaning(definitions[0]) for each in definitions):
        return [("", definitions[0])]
    return [(f"_{each.name}", each) for each in definitions]


def rate(
    name: str,
    numerator: NDArray[Any],
    denominator: NDArray[Any],
    definitions: Definitions,
    end: str = "",
) -> Columns:
    """A share of counts with both sides and the limits that the definitions ask for."""
    if numerator.dtype.kind == "f" or denominator.dtype.kind == "f":
        return _rate_of_known(name, numerator, denominator, definitions, end)
    value, low, high = _core.kpi_rates(numerator, denominator, definitions.confidence)
    if definitions.limits != "wilson":
        low, high = intervals.proportion(
            np.asarray(numerator, np.float64),
            np.asarray(denominator, np.float64),
            confidence=definitions.confidence,
            method=definitions.limits,
        )
    columns = (value, low, high, numerator, denominator)
    return {f"{name}{side}{end}": each for side, each in zip(_SIDES, columns, strict=True)}


def _rate_of_known(
    name: str,
    numerator: NDArray[Any],
    denominator: NDArray[Any],
    definitions: Definitions,
    end: str,
) -> Columns:
    """A share of which a side is missing where it cannot be counted: then all of it is."""
    unknown = np.isnan(numerator) | np.isnan(denominator)
    sides = [np.where(unknown, 0, each).astype(np.int64) for each in (numerator, denominator)]
    found = rate(name, sides[0], sides[1], definitions, end)
    return {key: np.where(unknown, np.nan, values) for key, values in found.items()}


def whole_numbers(values: NDArray[Any]) -> NDArray[Any]:
    """Counts as integers, but where one of them is missing."""
    return values if np.isnan(values).any() else values.astype(np.int64)
