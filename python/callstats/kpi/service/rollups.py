"""Rates and means of many rows or units as one: by their counts, never as averages of rates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames
from callstats._tables.checks import column_names, mapping
from callstats._tables.groups import divided
from callstats._tables.table import COUNT, Table
from callstats.errors import InvalidDataError
from callstats.kpi.rates import rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats._tables.groups import Groups
    from callstats.typing import Frame, OnError

_TERM = re.compile(r"\s*([+-])\s*")


def roll_up(
    table: Frame,
    *,
    by: str | Sequence[str] = (),
    rates: Mapping[str, tuple[str, str]] | None = None,
    means: Mapping[str, tuple[str, str]] | None = None,
    sums: Sequence[str] = (),
    units: Frame | None = None,
    unit: str = "unit",
    confidence: float = 0.95,
    on_error: OnError = "raise",
) -> Frame:
    """Rates and means over several rows, one row a group: counts are added and divided again.

    The mean of daily percentages is not the percentage of the month. Tell which counts a rate is
    made of, and by which count a mean is weighted.

    Parameters
    ----------
    table : DataFrame
        One row a period, site or queue, with counts.
    by : str or sequence of str
        Columns to group by; none: one row.
    rates : mapping, optional
        Name of a rate to its numerator and denominator, each a column or a sum of columns such as
        ``"answered + abandoned"``.
    means : mapping, optional
        Name of a mean to the column of means and the column of counts that it is of, such as
        ``{"asa": ("asa", "answered")}``. A mean that is missing where its count is 0 is ordinary.
    sums : sequence of str, optional
        Columns to add up and show beside.
    units : DataFrame, optional
        A hierarchy of `unit` and `parent`: the result has a row for every unit, from the top down,
        over all rows that belong to it or to units below it.
    unit : str
        The column of `table` that says which unit of `units` a row belongs to.
    confidence : float
        Of the Wilson limits of rates; between 0 and 1.
    on_error : {"raise", "drop", "flag"}
        What to do with rows whose counts are missing or negative, or whose mean is missing.

    Returns
    -------
    DataFrame
        The keys; `rows`; each of `sums`; each rate with `_low`, `_high`, `_numerator` and
        `_denominator`; each mean. NaN where there is nothing to divide by. With `units` the columns
        `unit`, `parent` and `level` (0 at the top) instead of the unit's own.

    Raises
    ------
    ValueError
        A column is missing, counts are missing or negative, a numerator exceeds its denominator, or
        the hierarchy has a circle or a unit with two parents.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.DataFrame({
    ...     "in_time": [90, 10], "answered": [100, 20], "asa": [10.0, 40.0],
    ... })
    >>> roll_up(
    ...     days,
    ...     rates={"service_level": ("in_time", "answered")},
    ...     means={"asa": ("asa", "answered")},
    ... )[["rows", "service_level", "asa"]]
       rows  service_level   asa
    0     2       0.833333  15.0
    """
    rates, means = _pairs("rates", rates), _pairs("means", means)
    sums = column_names("sums", sums)
    if not (rates or means or sums):
        raise ValueError("roll_up needs rates, means or sums; got none of them")
    log = Table(table, "table", on_error=on_error)
    keys = log.keys(by, () if units is None else ("unit", "parent"))
    columns = {name: [_terms(log, side) for side in sides] for name, sides in rates.items()}
    needed = [term for sides in columns.values() for side in sides for _, term in side]
    needed += [name for pair in means.values() for name in pair] + list(sums)
    log.require(*needed, *([unit] if units is not None else ()))
    values = {name: log.numbers(name) for name in dict.fromkeys(needed)}
    counted = {term for sides in columns.values() for side in sides for _, term in side}
    counted |= {weight for _, weight in means.values()}
    for name in sorted(counted):
        log.check(name, values[name], COUNT, "the row cannot be weighted")
    for mean, weight in means.values():
        bad = np.isnan(values[mean]) & (values[weight] > 0)
        log.report(mean, f"be known where {weight} is not 0", bad, "the mean would leave calls out")
    valid = log.settle()
    recipe = _Recipe(columns, means, sums, values, confidence)
    if units is not None:
        return _by_unit(log, units, unit, keys, recipe)
    grouped = log.grouped(keys, valid)
    return grouped.result(recipe.figures(grouped), "roll_up")


def _pairs(argument: str, given: Any) -> dict[str, tuple[str, str]]:
    """Names with the two columns that each is made of."""
    found = mapping(argument, given or {}, "each name to two columns")
    for name, pair in found.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            msg = f"{argument} must map each name to two columns; got {pair!r} for {name!r}"
            raise ValueError(msg)
    return found


Terms = list[tuple[int, str]]


def _terms(log: Table, text: str) -> Terms:
    """The columns of ``"answered + abandoned - short"`` with their signs; a column's name wins."""
    if log.has(text):
        return [(1, text)]
    parts = _TERM.split(text.strip())
    signs = [1, *(1 if sign == "+" else -1 for sign in parts[1::2])]
    return list(zip(signs, parts[::2], strict=True))


@dataclass(frozen=True)
class _Recipe:
    """What is added and divided, and the columns that it is made of."""

    rates: Mapping[str, list[Terms]]
    means: Mapping[str, tuple[str, str]]
    sums: Sequence[str]
    values: Mapping[str, NDArray[np.float64]]
    confidence: float

    def figures(self, grouped: Groups) -> dict[str, Any]:
        """The columns of the result for each group."""
        values = self.values
        found: dict[str, Any] = {"rows": grouped.count()}
        for name in self.sums:
            found[name] = grouped.sum(values[name])
        for name, (above, below) in self.rates.items():
            numerator, denominator = self._total(grouped, above), self._total(grouped, below)
            # Within a row it may be otherwise: a call is answered in another interval than offered.
            if (more := numerator > denominator).any():
                group = int(more.argmax())
                raise InvalidDataError(
                    f"{name} must have a numerator up to its denominator; got {numerator[group]:g} "
                    f"/ {denominator[group]:g} ({int(more.sum())} of {len(grouped)} groups)"
                )
            found |= rate(name, numerator, denominator, self.confidence)
        for name, (mean, weight) in self.means.items():
            total = grouped.sum(np.where(values[weight] == 0, 0.0, values[mean] * values[weight]))
            found[name] = divided(total, grouped.sum(values[weight]))
        return found

    def _total(self, grouped: Groups, terms: Terms) -> NDArray[np.float64]:
        total = np.zeros(len(grouped))
        for sign, term in terms:
            total += sign * grouped.sum(self.values[term])
        return total


def _by_unit(log: Table, units: Frame, unit: str, keys: Sequence[str], recipe: _Recipe) -> Frame:
    """Figures of every unit over itself and all below it."""
    parents, order, level = _hierarchy(units)
    found: dict[str, list[Any]] = {}
    wanted = log.frame[unit].to_list()
    strange = [value not in parents for value in wanted]
    log.report(unit, "be a unit of units", np.array(strange, bool), "the row belongs nowhere")
    valid = log.settle()
    path = {name: _path(name, parents) for name in parents}
    parts = []
    for name in order:
        inside = np.array([value in path and name in path[value] for value in wanted], bool)
        grouped = log.grouped(keys, valid & inside)
        figures = recipe.figures(grouped)
        shown = np.flatnonzero(figures["rows"] > 0) if keys else np.arange(len(grouped))
        for column, numbers_ in figures.items():
            found.setdefault(column, []).append(np.asarray(numbers_)[shown])
        parts += [(name, int(grouped.example[row])) for row in shown]
    rows = np.array([row for _, row in parts], np.int64)
    names = [name for name, _ in parts]
    series: dict[str, Any] = {
        "unit": names,
        "parent": [parents[name] for name in names],
        **log.at(keys, rows),
    }
    columns = {
        "level": np.array([level[name] for name in names], np.int64),
        **{column: np.concatenate(pieces) for column, pieces in found.items()},
    }
    about = {"function": "roll_up", **log.summary(valid)}
    return frames.result(log.frame, series, columns, about)


def _hierarchy(units: Frame) -> tuple[dict[Any, Any], list[Any], dict[Any, int]]:
    """Parent of each unit, the units from the top down, and how deep each is."""
    frame = frames.read(units, "units")
    frames.require(frame, ("unit", "parent"), "units")
    parents: dict[Any, Any] = {}
    for name, above in zip(frame["unit"].to_list(), frame["parent"].to_list(), strict=True):
        top = None if above is None or above != above or above == "" else above  # noqa: PLR0124 - NaN
        if parents.get(name, top) != top:
            raise ValueError(f"units: {name!r} has two parents, {parents[name]!r} and {top!r}")
        parents[name] = top
    for above in [above for above in parents.values() if above is not None]:
        parents.setdefault(above, None)
    level = {name: len(_path(name, parents)) - 1 for name in parents}
    below: dict[Any, list[Any]] = {}
    for name, above in parents.items():
        below.setdefault(above, []).append(name)
    order: list[Any] = []
    waiting = sorted(below.get(None, []), key=str, reverse=True)
    while waiting:
        name = waiting.pop()
        order.append(name)
        waiting += sorted(below.get(name, []), key=str, reverse=True)
    return parents, order, level


def _path(name: Any, parents: Mapping[Any, Any]) -> list[Any]:
    """A unit and all above it."""
    path = [name]
    while (above := parents[path[-1]]) is not None:
        if above in path:
            raise ValueError(f"units: {above!r} is above itself")
        path.append(above)
    return path
