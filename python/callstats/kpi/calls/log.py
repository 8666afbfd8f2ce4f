"""The log of calls: its columns, and the rules that they keep to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import groups
from callstats._tables.periods import MISSING, later
from callstats.kpi.exports.tables import schema_named, simple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats._tables.table import Table

#: The ways in which a queue entry ends; the place is the core's code.
OUTCOMES = ("answered", "abandoned", "flow_out", "callback", "blocked")
ANSWERED, ABANDONED, BLOCKED = map(OUTCOMES.index, ("answered", "abandoned", "blocked"))

_NOT_COUNTED = "the row cannot be counted"
_WAITS = "the service level and what else needs the wait cannot count the row"
_DIRECTION = "direction"
_NO_ENTRY = "the row is no queue entry"
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
    #: Rows whose wait is not known, where there are any, and those where it was not recorded.
    unknown: NDArray[np.bool_] | None = None
    unrecorded: NDArray[np.bool_] | None = None
    #: Rows of which nobody knows whether they were transferred.
    transfer_unknown: NDArray[np.bool_] | None = None

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


def read_waits(
    log: Table, keys: Sequence[str] = ()
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Waits and outcomes; a blocked call needs no wait and has waited 0 s.

    `keys` are the columns that groups are made by.
    """
    wait, outcome = _waits(log, keys)
    if _core.kpi_span(wait)[2]:
        log.require_known("wait", np.isnan(wait), _NOT_COUNTED)
    return wait, outcome


def _waits(log: Table, keys: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    log.require("wait", "outcome")
    _check_ids(log)
    check_directions(log, keys)
    outcome = log.words("outcome", OUTCOMES, _NOT_COUNTED)
    wait = log.seconds("wait", _NOT_COUNTED)
    if not _core.kpi_span(wait)[2]:
        return wait, outcome
    waitless = np.isnan(wait) & (outcome == BLOCKED) & ~log.reported("wait")
    return np.where(waitless, 0.0, wait), outcome


def _check_ids(log: Table) -> None:
    if log.has("call_id"):
        ids = log.frame["call_id"]
        if _ascend(ids):
            return
        repeated = ~ids.is_first_distinct() & ~ids.is_null()
        bad = np.asarray(repeated.to_numpy(), dtype=bool)
        log.report("call_id", "not repeat", bad, "the call would be counted again")


def check_directions(log: Table, keys: Sequence[str], effect: str = _NO_ENTRY) -> None:
    """Report calls out and calls between agents: they never entered the queue.

    `keys` are the columns that groups are made by; groups of directions tell such calls apart.
    """
    if _DIRECTION in keys or not log.has(_DIRECTION):
        return
    column = schema_named("calls").columns[_DIRECTION]
    away = {simple(spelled) for word in column.excluded for spelled in (word, *column.words[word])}
    directions = groups.coded(log.frame[_DIRECTION])
    plain = [simple(value) if isinstance(value, str) else "" for value in directions.distinct]
    hit = [each in away for each in plain]
    if not any(hit):
        return
    # The last entry is that of missing words, whose code is -1.
    bad = np.array([*hit, False], bool)[directions.codes]
    known = {simple(each) for each in ("inbound", *column.words["inbound"])}
    kept = [v for v, each in zip(directions.distinct, plain, strict=True) if each in known]
    test = f" == {kept[0]!r}" if len(kept) == 1 else f".isin({kept})"
    name = log.argument
    chosen = f"{name}[{name}['direction']{test}] has the queue's, " if kept else ""
    hint = f" ({chosen}by='direction' tells all apart)"
    log.report(_DIRECTION, f"not be {' or '.join(column.excluded)}", bad, effect, hint)


def _ascend(ids: nw.Series[Any]) -> bool:
    """Whether ids are whole numbers that grow from row to row, as most logs have them."""
    if not ids.dtype.is_integer() or ids.null_count():
        return False
    numbers = ids.to_numpy()
    return bool((numbers[1:] > numbers[:-1]).all())


def read_calls(
    log: Table,
    *,
    arrival: bool,
    keys: Sequence[str] = (),
    needed: Collection[str] = (),
    each_wait: bool = False,
) -> Calls:
    """All columns that figures of calls rest on; `arrival` says whether it is needed.

    A row is left out only of figures that need what is bad or missing in it. Who was not answered
    needs no wait to be counted. `keys` are the columns that groups are made by: calls out are no
    queue entries, unless a group of their own is asked for. `needed` are times that decide where a
    row counts, beside `arrival`; with `each_wait` a row whose wait breaks a rule is left out of
    every figure.
    """
    log.require(*(("arrival",) if arrival else ()), "wait", "outcome")
    wait, outcome = _waits(log, keys)
    unknown = np.isnan(wait) if _core.kpi_span(wait)[2] else None
    unrecorded = None
    if unknown is not None:
        log.require_known("wait", unknown & (outcome == ANSWERED), _WAITS)
        unrecorded = unknown & ~log.reported("wait")
    if not each_wait:
        log.confine(("wait",), "figures that need the wait")
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
    log.confine(set(times) - {*needed, *(("arrival",) if arrival else ())}, "intervals by it")
    spent = {
        name: log.seconds(name, _HANDLE_TIME) if log.has(name) else None
        for name in ("talk", "hold", "acw")
    }
    if spent["talk"] is not None and any(each.column in spent for each in log.problems):
        bad = np.logical_or.reduce([log.reported(name) for name in spent])
        spent["talk"] = np.where(bad, np.nan, spent["talk"])
    log.confine(spent, "handle time")
    transferred = log.truths("transferred", _TRANSFER) if log.has("transferred") else None
    log.confine(("transferred",), "transfers")
    unsure = log.reported("transferred")
    return Calls(
        wait=wait,
        outcome=outcome,
        talk=spent["talk"],
        hold=spent["hold"],
        acw=spent["acw"],
        transferred=transferred,
        arrival=times["arrival"],
        answer=times["answer"],
        end=times["end"],
        unknown=unknown,
        unrecorded=unrecorded,
        transfer_unknown=unsure if unsure.any() else None,
    )


def waits_not_known(columns: Calls, counted: NDArray[np.bool_]) -> dict[str, Any]:
    """How many counted rows of each outcome have no recorded wait, and what that leaves missing."""
    return waits_missing(unrecorded(columns, counted))


def unrecorded(columns: Calls, counted: NDArray[np.bool_]) -> dict[str, int]:
    """How many counted rows of each outcome have no recorded wait."""
    if columns.unrecorded is None:
        return {}
    gone = columns.unrecorded & counted & (columns.outcome != ANSWERED)
    rows = np.bincount(columns.outcome[gone], minlength=len(OUTCOMES)).tolist()
    return {word: count for word, count in zip(OUTCOMES, rows, strict=True) if count}


def waits_missing(by_outcome: Mapping[str, int]) -> dict[str, Any]:
    """What such rows leave missing, in a sentence."""
    if not by_outcome:
        return {}
    listed = ", ".join(f"{count} {word}" for word, count in by_outcome.items())
    abandoned = ", the time to abandon, abandoned within T and short abandons"
    missing = "quantiles, the mean and the sum of all waits" + (
        abandoned if "abandoned" in by_outcome else ""
    )
    sentence = f"the wait of {listed} calls is not recorded: {missing} are missing where they are"
    return {"without_wait": dict(by_outcome), "missing": sentence}
