"""The log of calls: its columns, and the rules that they keep to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats.kpi.periods import MISSING, later

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.kpi.log import Log

__all__ = ["OUTCOMES", "Calls", "read_calls", "read_waits"]

#: The ways in which a queue entry ends; the place is the core's code.
OUTCOMES = ("answered", "abandoned", "flow_out", "callback", "blocked")
BLOCKED = OUTCOMES.index("blocked")

_NOT_COUNTED = "the row cannot be counted"
_NO_INTERVAL = "the row belongs to no interval"
_HANDLE_TIME = "the row's handle time is wrong"
_TRANSFER = "the row's transfer cannot be counted"
_ORDER = "one of the two times is wrong, and with it the wait or the handle time"


@dataclass(frozen=True)
class Calls:
    """Columns of a log of calls; NaN or the missing instant where nothing is recorded.

    None where the log has no such column.
    """

    wait: NDArray[np.float64]
    outcome: NDArray[np.int8]
    talk: NDArray[np.float64] | None
    hold: NDArray[np.float64] | None
    acw: NDArray[np.float64] | None
    transferred: NDArray[np.bool_] | None
    arrival: NDArray[np.int64] | None
    answer: NDArray[np.int64] | None
    end: NDArray[np.int64] | None

    def seconds(self, name: str) -> NDArray[np.float64]:
        """A column of durations, NaN throughout where the log has none."""
        column: NDArray[np.float64] | None = getattr(self, name)
        return np.full(self.wait.size, np.nan) if column is None else column

    def owner(self, attribute_to: str) -> NDArray[np.int64]:
        """The instant that decides a row's interval."""
        assert self.arrival is not None  # noqa: S101 - `read_calls` was told to require it
        if attribute_to not in {"answer", "end"}:
            return self.arrival
        after = np.nan_to_num(self.wait)
        if attribute_to == "end":
            for seconds in (self.talk, self.hold, self.acw):
                if seconds is not None:
                    after = after + np.nan_to_num(seconds)
        computed = later(self.arrival, after)
        recorded = self.answer if attribute_to == "answer" else self.end
        return computed if recorded is None else np.where(recorded != MISSING, recorded, computed)


def read_waits(log: Log) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Waits and outcomes; a blocked call needs no wait and has waited 0 s."""
    log.require("wait", "outcome")
    _check_ids(log)
    outcome = log.words("outcome", OUTCOMES, _NOT_COUNTED)
    wait = log.seconds("wait", _NOT_COUNTED)
    if not _core.kpi_span(wait)[2]:
        return wait, outcome
    missing = np.isnan(wait)
    log.require_known("wait", missing & (outcome != BLOCKED), _NOT_COUNTED)
    return np.where(missing & (outcome == BLOCKED), 0.0, wait), outcome


def _check_ids(log: Log) -> None:
    if log.has("call_id"):
        ids = log.frame["call_id"]
        if _ascend(ids):
            return
        repeated = ~ids.is_first_distinct() & ~ids.is_null()
        bad = np.asarray(repeated.to_numpy(), dtype=bool)
        log.report("call_id", "not repeat", bad, "the call would be counted again")


def _ascend(ids: nw.Series[Any]) -> bool:
    """Whether ids are whole numbers that grow from row to row, as most logs have them."""
    if not ids.dtype.is_integer() or ids.null_count():
        return False
    numbers = ids.to_numpy()
    return bool((numbers[1:] > numbers[:-1]).all())


def read_calls(log: Log, *, arrival: bool) -> Calls:
    """All columns that figures of calls rest on; `arrival` says whether it is needed."""
    log.require(*(("arrival",) if arrival else ()), "wait", "outcome")
    wait, outcome = read_waits(log)
    times: dict[str, NDArray[np.int64] | None] = dict.fromkeys(("arrival", "answer", "end"))
    for name in times:
        if log.has(name):
            times[name] = log.instants(name, _NO_INTERVAL)
    arrivals = times["arrival"]
    # No instant is less than a missing one.
    if arrivals is not None and arrivals.size and arrivals.min() == MISSING:
        log.require_known("arrival", arrivals == MISSING, _NO_INTERVAL)
    for early, late in (("arrival", "answer"), ("answer", "end"), ("arrival", "end")):
        first, second = times[early], times[late]
        if first is not None and second is not None:
            bad = (first != MISSING) & (second != MISSING) & (second < first)
            log.report(late, f"not be before {early}", bad, _ORDER)
    return Calls(
        wait=wait,
        outcome=outcome,
        talk=log.seconds("talk", _HANDLE_TIME) if log.has("talk") else None,
        hold=log.seconds("hold", _HANDLE_TIME) if log.has("hold") else None,
        acw=log.seconds("acw", _HANDLE_TIME) if log.has("acw") else None,
        transferred=log.truths("transferred", _TRANSFER) if log.has("transferred") else None,
        **times,
    )
