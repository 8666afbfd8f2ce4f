"""Columns of durations: seconds of numbers, clock readings and a spreadsheet's cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import durations
from callstats.kpi.exports.cells import clock_text
from callstats.kpi.exports.cells.numbers import Decimal, TwoReadingsError, number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.kpi.exports.cells.units import Unit

_CLOCK = re.compile(r"(\d+):(\d{1,2})(?::(\d{1,2}(?:[.,]\d+)?))?")
#: Beyond this a day fraction would be a month.
_MOST_DAYS = 31.0
#: Where most waits or calls lasted less, seconds are no seconds: 0.002 of a day is 173 s.
_FRACTION_OF_DAY = 0.2
#: Four decimals of a minute are this close to a whole second; of other numbers one in fifty is.
_SIXTIETH = 0.01


@dataclass
class Lengths:
    """Durations as read, value by value of the column's distinct ones."""

    #: Seconds; NaN where missing.
    seconds: NDArray[np.float64]
    #: Where a value could not be read.
    unread: NDArray[np.bool_] = field(repr=False)
    #: Whether all of them are numbers whose unit nobody told.
    bare: bool


def lengths_of_numbers(name: str, source: str, values: NDArray[np.float64], unit: Unit) -> Lengths:
    """A column of numbers."""
    _refuse_doubtful(name, source, values, unit)
    return Lengths(values * unit.seconds, np.zeros(values.size, bool), _without_unit(unit))


def lengths_of_values(
    name: str, source: str, values: Sequence[Any], unit: Unit, decimal: Decimal
) -> Lengths:
    """A column of texts or cells, by its distinct values."""
    seconds = np.full(len(values), np.nan)
    unread = np.zeros(len(values), bool)
    plain = np.full(len(values), np.nan)
    for row, value in enumerate(values):
        if isinstance(value, bool):
            unread[row] = True
        elif isinstance(value, str):
            number = number_of(value, decimal)
            if number is None:
                length = _spelled(value, unit, decimal)
                unread[row] = length is None
                seconds[row] = np.nan if length is None else length
            else:
                plain[row] = number
        elif (length := durations.of_cell(value)) is not None:
            seconds[row] = length
        else:
            try:
                plain[row] = float(value)
            except (TypeError, ValueError):
                unread[row] = True
    numbers = plain[~np.isnan(plain)]
    _refuse_doubtful(name, source, numbers, unit)
    if unit.notation == "mm:ss":
        seconds = _minutes_and_seconds(name, source, seconds, unit)
    seconds = np.where(np.isnan(plain), seconds, plain * unit.seconds)
    return Lengths(seconds, unread, numbers.size > 0 and _without_unit(unit))


def _without_unit(unit: Unit) -> bool:
    return unit.seconds == 1.0 and not unit.notation and not unit.said


def _spelled(text: str, unit: Unit, decimal: Decimal) -> float | None:
    if unit.notation == "hh:mm" and (clock := _CLOCK.fullmatch(text.strip())) and not clock[3]:
        return int(clock[1]) * 3600 + int(clock[2]) * 60
    if decimal == "," and ":" not in text:
        text = text.replace(".", "").replace(",", ".")
    return clock_text.seconds_of(text)


def _minutes_and_seconds(
    name: str, source: str, seconds: NDArray[np.float64], unit: Unit
) -> NDArray[np.float64]:
    """3:30 typed into a spreadsheet as minutes and seconds becomes 3:30:00 there."""
    known = seconds[~np.isnan(seconds) & (seconds > 0)]
    if not known.size or (known % 60 != 0).any() or known.max() < 3600:
        return seconds
    if unit.said:
        return seconds / 60
    raise TwoReadingsError(
        f"{name} is in {source!r}, whose name says mm:ss and whose values are whole minutes up to "
        f"{known.max() / 3600:g} h; pass units={{{name!r}: 'mm:ss'}} if hours stand for minutes "
        f"there, else units={{{name!r}: 'hh:mm:ss'}}"
    )


def _refuse_doubtful(name: str, source: str, numbers: NDArray[np.float64], unit: Unit) -> None:
    """Refuse numbers that are clock readings by their name, or days by their size."""
    positive = numbers[numbers > 0]
    if unit.said or not positive.size:
        return
    if unit.notation:
        raise TwoReadingsError(
            f"{name} is in {source!r}, whose name says {unit.notation} and which holds numbers "
            f"such as {positive[0]:g}; pass units={{{name!r}: 's'}} or whichever unit they are in "
            "(ms, s, min, h, days)"
        )
    if not _without_unit(unit):
        return
    fine = np.abs(positive * 1000 - np.rint(positive * 1000)) > 1e-6
    sixtieths = np.abs(positive * 60 - np.rint(positive * 60)) < _SIXTIETH
    if fine.mean() >= 0.3 and sixtieths.mean() > 0.9:
        raise TwoReadingsError(
            f"{name} has numbers such as {positive[fine][0]:.6g} in {source!r}, nearly all of "
            f"them whole sixtieths, as minutes are that were made of seconds; pass "
            f"units={{{name!r}: 'min'}}, or units={{{name!r}: 's'}} if it is in seconds"
        )
    if (
        positive.max() < _MOST_DAYS
        and float(np.median(positive)) < _FRACTION_OF_DAY
        and fine.mean() >= 0.5
    ):
        raise TwoReadingsError(
            f"{name} has numbers such as {positive[fine][0]:.6g} in {source!r}, which look like "
            f"fractions of a day, as a spreadsheet keeps durations; pass units={{{name!r}: "
            "'days'}, or 's', 'min' or 'h' if that is their unit"
        )
