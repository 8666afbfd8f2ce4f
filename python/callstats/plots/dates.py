"""Periods along an axis: dates that shorten themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["date_text", "date_ticks"]

#: Labels along an axis of usual width before they would touch.
MANY_TICKS = 12
#: Months of which a tick may be the first, from every month to every tenth year.
_MONTHS = (1, 3, 6, 12, 24, 60, 120)
_HOURS = (1, 2, 3, 6, 12)


def date_ticks(values: Any, language: str) -> tuple[list[int], list[str]]:
    r"""The rows that get a label, and their labels: at most `MANY_TICKS` of them.

    A time has its hour; where the day changes the date stands below it, and the year where that
    changes. What is no time is its own text, and every so manyth is kept.

    >>> date_ticks(pd.date_range("2025-12-30", periods=4), "en")
    ([0, 1, 2, 3], ['30 Dec\n2025', '31 Dec', '1 Jan\n2026', '2 Jan'])
    """
    times = pd.Series(values).reset_index(drop=True)
    if not len(times):
        return [], []
    if not pd.api.types.is_datetime64_any_dtype(times):
        step = -(-len(times) // MANY_TICKS)
        return list(range(0, len(times), step)), [str(each) for each in times[::step]]
    places = _places(times)
    clock = bool((times != times.dt.normalize()).any())
    whole = _whole_days(times.iloc[places]) if clock else True
    labels: list[str] = []
    before: pd.Timestamp | None = None
    for moment in times.iloc[places]:
        if pd.isna(moment):
            labels.append("")
            continue
        lines = [] if whole else [f"{moment:%H:%M}"]
        if before is None or whole or moment.date() != before.date():
            lines.append(date_text(moment, language))
        if before is None or moment.year != before.year:
            lines.append(str(moment.year) if language == "en" else f"{moment.year}年")
        labels.append("\n".join(lines))
        before = moment
    return places, labels


def date_text(moment: pd.Timestamp, language: str) -> str:
    """Day and month.

    >>> date_text(pd.Timestamp("2025-03-03"), "zh")
    '3月3日'
    """
    if language == "zh":
        return f"{moment.month}月{moment.day}日"
    return f"{moment.day} {moment:%b}"


def _places(times: pd.Series[Any]) -> list[int]:
    """The rows at which the finest period changes that changes at most `MANY_TICKS` times."""
    if len(times) <= MANY_TICKS:
        return list(range(len(times)))
    local = times.dt.tz_localize(None)
    days = (local.dt.normalize() - pd.Timestamp("2001-01-01")).dt.days
    hours = local.dt.hour
    month = local.dt.year * 12 + local.dt.month - 1
    steps: list[Any] = [days * 24 + hours // step * step for step in _HOURS]
    # A week begins with Monday, as 2001-01-01 did.
    steps += [
        days,
        days // 2,
        days // 3,
        days // 7,
        days // 14,
        *(month // step for step in _MONTHS),
    ]
    for keys in steps:
        changed = np.flatnonzero(keys.to_numpy()[1:] != keys.to_numpy()[:-1]) + 1
        if 2 <= len(changed) <= MANY_TICKS:
            return _with_first(changed)
    return list(range(0, len(times), -(-len(times) // MANY_TICKS)))


def _with_first(changed: NDArray[np.int64]) -> list[int]:
    """The first row too, unless the next label is so near that they would touch."""
    near = changed[0] < 0.8 * np.median(np.diff(changed))
    return [*([] if near else [0]), *(int(each) for each in changed)]


def _whole_days(times: pd.Series[Any]) -> bool:
    """Whether no two labels are of one day, so that the date alone tells them apart."""
    return not times.dt.normalize().duplicated().any() and len(times) > 1
