"""Rows of groups and intervals, as the core counted them, made a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames, periods

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats._tables.table import Grouped, Table
    from callstats.typing import Frame


#: Ratios, which are missing where nothing was counted.
SHARES = ("occupancy", "logged_in_occupancy", "paid_utilisation", "shrinkage")
NO_TIME = "the row's time cannot be counted"
_OPEN = "nobody knows how long the row lasted"


class Rows:
    """Result rows of the core: group numbers, first instants, figures."""

    def __init__(
        self, group: NDArray[np.int64], start: NDArray[np.int64], columns: dict[str, NDArray[Any]]
    ) -> None:
        self.group = group
        self.start = start
        self.columns = columns


def check_order(
    log: Table,
    early: str,
    first: NDArray[np.int64],
    late: str,
    second: NDArray[np.int64],
    *,
    leave: NDArray[np.bool_] | None = None,
) -> None:
    """Both times known, and in order."""
    # No instant is less than a missing one.
    if (
        leave is None
        and first.size
        and min(first.min(), second.min()) > periods.MISSING
        and not (second < first).any()
    ):
        return
    looked_at = log.good() if leave is None else log.good() & ~leave
    begun = first != periods.MISSING
    log.report(early, "be known", looked_at & ~begun, NO_TIME)
    # An end that is made of the beginning is missing with it.
    log.report(late, "be known", looked_at & begun & (second == periods.MISSING), _OPEN)
    known = looked_at & begun & (second != periods.MISSING)
    log.report(late, f"not be before {early}", known & (second < first), NO_TIME)


def frame_of(
    grouped: Grouped, rows: Rows, *, flagged: NDArray[np.int64], cut: Any, about: dict[str, Any]
) -> Frame:
    """The result of `rows`, in which `flagged` are the starts of rows that break a rule."""
    log = grouped.table
    if log.on_error == "flag":
        starts = periods.interval_starts(flagged, cut)
        rows = with_flagged(rows, grouped.shown.codes[~grouped.valid], starts)
    keys = log.at(grouped.keys, grouped.example[rows.group])
    start = periods.labels("start", rows.start, log.zone, log.frame)
    return frames.result(log.frame, keys, {"start": start, **rows.columns}, about)


def with_flagged(
    rows: Rows, flagged_group: NDArray[np.int32], flagged_start: NDArray[np.int64]
) -> Rows:
    """The rows with a column that counts flagged ones; intervals with nothing else get a row."""
    places = {
        key: k for k, key in enumerate(zip(rows.group.tolist(), rows.start.tolist(), strict=True))
    }
    counts = np.zeros(len(places), np.int64).tolist()
    extra: dict[tuple[int, int], int] = {}
    for key in zip(flagged_group.tolist(), flagged_start.tolist(), strict=True):
        if key in places:
            counts[places[key]] += 1
        else:
            extra[key] = extra.get(key, 0) + 1
    group = np.concatenate([rows.group, np.array([key[0] for key in extra], np.int64)])
    start = np.concatenate([rows.start, np.array([key[1] for key in extra], np.int64)])
    # A missing start is the least number and belongs last, as missing keys do.
    order = np.lexsort([start, start == periods.MISSING, group])
    columns: dict[str, NDArray[Any]] = {}
    for name, values in rows.columns.items():
        ratio = name in {"length", "mean_in_progress", *SHARES}
        blank = np.full(len(extra), np.nan) if ratio else np.zeros(len(extra), values.dtype)
        columns[name] = np.concatenate([values, blank])[order]
    columns["flagged"] = np.array([*counts, *extra.values()], np.int64)[order]
    return Rows(group[order], start[order], columns)
