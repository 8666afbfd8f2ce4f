"""Thresholds: one for all calls, several side by side, or each queue's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import durations, groups
from callstats._tables.checks import listed, shown
from callstats.kpi.calls.log import OUTCOMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats._tables.table import Table
    from callstats.kpi.calls.figures import Columns
    from callstats.kpi.calls.log import Calls


@dataclass(frozen=True)
class Thresholds:
    """T of "within T", for all rows or row by row."""

    #: In seconds; the one entry is NaN where every row has its own.
    seconds: list[float]
    own: NDArray[np.float64] | None
    #: As JSON can hold it.
    about: Any

    def counts(
        self, columns: Calls, codes: NDArray[np.int32], count: int, *, inclusive: bool
    ) -> tuple[Columns, NDArray[np.float64] | None]:
        """What hangs on thresholds that rows have of their own; nothing where they have none.

        Counts, and what each row waited beyond its own.
        """
        if self.own is None:
            return {}, None
        wait, own = columns.wait, self.own
        inside = wait <= own if inclusive else wait < own

        def counted(rows: NDArray[np.bool_]) -> NDArray[np.int64]:
            taken = codes[rows & (codes >= 0)]
            return np.bincount(taken, minlength=count).astype(np.int64, copy=False)

        beyond = wait > own
        counts = {
            "answered_within": counted(inside & (columns.outcome == OUTCOMES.index("answered"))),
            "abandoned_within": counted(inside & (columns.outcome == OUTCOMES.index("abandoned"))),
            "wait_beyond": counted(beyond),
        }
        return counts, np.where(beyond, wait - np.where(beyond, own, 0.0), 0.0)


def limit(argument: str, value: Any) -> float:
    """A duration >= 0 in seconds."""
    return durations.length(argument, value, ">= 0 seconds", lambda seconds: seconds >= 0)


def plain(seconds: float) -> float | str:
    """As JSON can hold it, which has no infinity."""
    return seconds if np.isfinite(seconds) else "inf"


def bin_edges(bins: Sequence[Any]) -> list[float]:
    """The edges of the bins of waits in seconds, ascending and finite."""
    edges = [limit("bins", edge) for edge in listed("bins", bins, "durations")]
    if any(not np.isfinite(edge) for edge in edges) or sorted(set(edges)) != edges:
        raise ValueError(f"bins must be finite and ascend; got {edges!r}")
    return edges


def read_thresholds(threshold: Any, log: Table) -> Thresholds:
    """The argument `threshold` of a summary: durations, a column's name, or a queue's each."""
    if isinstance(threshold, Mapping):
        return _by_queue(threshold, log)
    if isinstance(threshold, str) and log.has(threshold):
        own = log.seconds(threshold, "nobody knows within what")
        log.report(threshold, "be known", np.isnan(own), "nobody knows within what")
        return Thresholds([np.nan], own, {"column": threshold})
    if isinstance(threshold, str):
        try:
            durations.parse(threshold)
        except ValueError:
            log.require(threshold)
    several = isinstance(threshold, list | tuple | set | range)
    several = several or getattr(threshold, "ndim", 0) == 1
    given = listed("threshold", threshold, "durations") if several else [threshold]
    found = [limit("threshold", each) for each in given]
    # Columns are named after them, to twelve digits.
    if not found or len({f"{seconds:.12g}" for seconds in found}) < len(found):
        msg = f"threshold must be one or several different durations; got {shown(threshold)}"
        raise ValueError(msg)
    return Thresholds(found, None, [plain(seconds) for seconds in found])


def _by_queue(threshold: Mapping[Any, Any], log: Table) -> Thresholds:
    log.require("queue")
    column = groups.coded(log.frame["queue"])
    seconds = {queue: limit("threshold", value) for queue, value in threshold.items()}
    values = [*column.distinct, None]
    table = np.array([seconds.get(queue, np.nan) for queue in values])
    own = table[column.codes]
    if (absent := np.isnan(own)).any():
        queue = values[column.codes[int(absent.argmax())]]
        named = "rows without a queue" if queue is None else repr(queue)
        raise ValueError(
            f"threshold must have an entry for every queue; none for {named} "
            f"({int(absent.sum())} of {log.rows} rows)"
        )
    about = {str(queue): plain(value) for queue, value in seconds.items()}
    return Thresholds([np.nan], own, {"queue": about})
