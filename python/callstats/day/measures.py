"""Columns of a day's result: sums, and the shares and means that are made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from callstats._tables import frames
from callstats._tables.added_columns import names_beside, put_beside
from callstats._tables.checks import one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame

    Columns = Mapping[str, NDArray[np.float64]]

#: What adds up over intervals, queues and days.
SUMS: Final = (
    "offered",
    "interval_seconds",
    "agent_seconds",
    "answered_within",
    "waiting_after",
    "virtual_waiting_after",
    "answered_of_arrivals",
    "abandoned_of_arrivals",
    "wait_seconds",
    "wait_answered_seconds",
    "answered",
    "abandoned",
    "interrupted",
    "busy_seconds",
    "overtime_seconds",
)

DEFINITIONS: Final = (
    "offered",
    "answered",
    "exclude_abandoned_within",
    "count_abandoned_within",
    "virtual",
)


def require_definition(definition: Any) -> None:
    """Raise where there is no such service level."""
    one_of("definition", definition, DEFINITIONS)


def ratios(sums: Columns, definition: str) -> dict[str, NDArray[np.float64]]:
    """Shares and means of the arrivals; missing where there is nothing to divide by."""
    calls = sums["offered"]
    within, after = sums["answered_within"], sums["waiting_after"]
    level = {
        "offered": (within, calls),
        "answered": (within, sums["answered_of_arrivals"]),
        "exclude_abandoned_within": (within, within + after),
        "count_abandoned_within": (calls - after, calls),
        "virtual": (calls - sums["virtual_waiting_after"], calls),
    }[definition]
    return {
        "service_level": _over(*level),
        "abandonment": _over(sums["abandoned_of_arrivals"], calls),
        "asa": _over(sums["wait_answered_seconds"], sums["answered_of_arrivals"]),
        "mean_wait": _over(sums["wait_seconds"], calls),
        "occupancy": _over(sums["busy_seconds"], sums["agent_seconds"]),
    }


def _over(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    result = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=result, where=~(whole == 0))
    return result


def added(
    frame: nw.DataFrame[Any],
    columns: Columns,
    about: Mapping[str, Any] | None = None,
    *,
    suffix: str = "",
) -> Frame:
    """The frame with columns of numbers beside its own; pandas keeps `about`.

    What is a result already, with all of the columns, is made anew.
    """
    names = names_beside(
        frame.columns, list(columns), argument="intervals", suffix=suffix, anew=True
    )
    made = put_beside(frame.to_native(), dict(zip(names, columns.values(), strict=True)))
    return made if about is None else frames.described(made, frames.About(about), frame)
