"""Counts, sums and quantiles of the calls of each group."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats.kpi.calls import figures
from callstats.kpi.calls.log import ABANDONED, ANSWERED, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.kpi.calls.figures import Columns
    from callstats.kpi.calls.log import Calls
    from callstats.kpi.calls.thresholds import Thresholds

__all__ = ["tally"]


def tally(
    columns: Calls,
    *,
    codes: NDArray[np.int32],
    count: int,
    thresholds: Thresholds,
    short: float,
    inclusive: bool,
    linear: bool = False,
    edges: Sequence[float] = (),
) -> Columns:
    """Counts, sums, quantiles and bins of every group; rows with code -1 are left out."""
    options: dict[str, Any] = {
        "count": count,
        "thresholds": thresholds,
        "short": short,
        "inclusive": inclusive,
        "linear": linear,
        "edges": edges,
    }
    unknown = columns.unknown
    if unknown is None or not (unknown & (codes >= 0)).any():
        found = _tally_of_waits(columns, codes, **options)
    else:
        found = _tally_of_some_waits(columns, codes, unknown, **options)
    if columns.transfer_unknown is not None:
        unsure = np.bincount(codes[columns.transfer_unknown & (codes >= 0)], minlength=count) > 0
        found["transferred"] = np.where(unsure, np.nan, found["transferred"])
    return found


def _tally_of_some_waits(
    columns: Calls, codes: NDArray[np.int32], unknown: NDArray[np.bool_], **options: Any
) -> Columns:
    """As where all waits are known; what needs one that is not is made of the others, or missing.

    It is missing where waits were not recorded: those of callers who hung up are no sample of all.
    """
    count = options["count"]
    filled = replace(columns, wait=np.where(unknown, 0.0, columns.wait))
    all_rows = _tally_of_waits(filled, codes, **options)
    found = _tally_of_waits(filled, np.where(unknown, np.int32(-1), codes), **options)
    without = {
        column: all_rows[name] - found[name] for name, column in figures.WITHOUT_WAIT.items()
    }
    assert columns.unrecorded is not None  # noqa: S101 - rows whose wait is unknown have both
    gone = columns.unrecorded & (codes >= 0) & (columns.outcome != ANSWERED)
    any_gone = np.bincount(codes[gone], minlength=count) > 0
    hung_up = np.bincount(codes[gone & (columns.outcome == ABANDONED)], minlength=count) > 0
    for name, values in found.items():
        if name in _NOT_OF_WAITS:
            found[name] = all_rows[name]
        elif name.startswith(("abandoned_within", "short_abandoned", "wait_sum_abandoned")):
            found[name] = np.where(hung_up, np.nan, values) if hung_up.any() else values
        elif not name.startswith(("answered_within", "wait_sum_answered")) and any_gone.any():
            found[name] = np.where(any_gone, np.nan, values)
    return found | without


#: Counts and sums of a tally that need no wait.
_NOT_OF_WAITS = {
    "offered", *OUTCOMES, "transferred", "handled_timed", "talk_sum", "hold_sum", "acw_sum",
}  # fmt: skip


def _tally_of_waits(
    columns: Calls,
    codes: NDArray[np.int32],
    *,
    count: int,
    thresholds: Thresholds,
    short: float,
    inclusive: bool,
    linear: bool,
    edges: Sequence[float],
) -> Columns:
    own = thresholds.counts(columns, codes, count, inclusive=inclusive)
    (counts, sums), by_threshold, quantiles, bins = _core.kpi_tally(
        codes,
        columns.wait,
        columns.outcome,
        (columns.talk, columns.hold, columns.acw, columns.transferred),
        (
            [] if own else thresholds.seconds,
            inclusive,
            short,
            list(figures.QUANTILES.values()),
            linear,
            list(edges),
        ),
        count,
    )
    if columns.transferred is None:
        del counts["transferred"]
    found: Columns = {**counts, **sums, **own}
    for place, (at_threshold, seconds) in enumerate(by_threshold):
        end = figures.ending(thresholds.seconds, place)
        found |= {f"{name}{end}": each for name, each in {**at_threshold, **seconds}.items()}
    found |= dict(zip(figures.QUANTILES, quantiles, strict=True))
    return found | dict(zip(figures.bin_names(edges), bins, strict=True))
