"""The log of calls: its columns, and everything that can be wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _frames
from callstats.kpi.log import Log
from callstats.kpi.periods import MISSING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.typing import Frame

__all__ = ["OUTCOMES", "Calls", "read_calls", "read_waits", "validate"]

#: The ways in which a queue entry ends; the place is the core's code.
OUTCOMES = ("answered", "abandoned", "flow_out", "callback", "blocked")
BLOCKED = OUTCOMES.index("blocked")

_NOT_COUNTED = "the row cannot be counted"
_NO_INTERVAL = "the row belongs to no interval"
_HANDLE_TIME = "the row's handle time is wrong"
_ORDER = "one of the two times is wrong, and with it the wait or the handle time"


@dataclass(frozen=True)
class Calls:
    """Columns of a log of calls; NaN or the missing instant where nothing is recorded."""

    wait: NDArray[np.float64]
    outcome: NDArray[np.int64]
    talk: NDArray[np.float64]
    hold: NDArray[np.float64]
    acw: NDArray[np.float64]
    transferred: NDArray[np.bool_]
    arrival: NDArray[np.int64]
    answer: NDArray[np.int64]
    end: NDArray[np.int64]


def read_waits(log: Log) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Waits and outcomes; a blocked call needs no wait and has waited 0 s."""
    log.require("wait", "outcome")
    _check_ids(log)
    outcome = log.words("outcome", OUTCOMES, _NOT_COUNTED)
    wait = log.seconds("wait", _NOT_COUNTED)
    # Rows already reported as unreadable are NaN too and must not be reported again as missing.
    reported = np.zeros(log.rows, bool)
    for problem in log.problems:
        if problem.column == "wait":
            reported[problem.rows] = True
    missing = np.isnan(wait) & ~reported
    log.report("wait", "be known", missing & (outcome != BLOCKED), _NOT_COUNTED)
    return np.where(missing & (outcome == BLOCKED), 0.0, wait), outcome


def _check_ids(log: Log) -> None:
    if log.has("call_id"):
        ids = log.frame["call_id"]
        repeated = ~ids.is_first_distinct() & ~ids.is_null()
        bad = np.asarray(repeated.to_numpy(), dtype=bool)
        log.report("call_id", "not repeat", bad, "the call would be counted again")


def read_calls(log: Log, *, arrival: bool) -> Calls:
    """All columns that figures of calls rest on; `arrival` says whether it is needed."""
    log.require(*(("arrival",) if arrival else ()), "wait", "outcome")
    wait, outcome = read_waits(log)
    times = {}
    for name in ("arrival", "answer", "end"):
        if log.has(name):
            times[name] = log.instants(name, _NO_INTERVAL)
        else:
            times[name] = np.full(log.rows, MISSING)
    if log.has("arrival"):
        known = {int(row) for p in log.problems if p.column == "arrival" for row in p.rows}
        missing = times["arrival"] == MISSING
        missing[list(known)] = False
        log.report("arrival", "be known", missing, _NO_INTERVAL)
    for early, late in (("arrival", "answer"), ("answer", "end"), ("arrival", "end")):
        first, second = times[early], times[late]
        bad = (first != MISSING) & (second != MISSING) & (second < first)
        log.report(late, f"not be before {early}", bad, _ORDER)
    return Calls(
        wait=wait,
        outcome=outcome,
        talk=log.seconds("talk", _HANDLE_TIME),
        hold=log.seconds("hold", _HANDLE_TIME),
        acw=log.seconds("acw", _HANDLE_TIME),
        transferred=log.truths("transferred", "the row's transfer cannot be counted"),
        **times,
    )


def validate(calls: Frame) -> Frame:
    """What is wrong with the rows of a log of calls, one line a broken rule.

    These are the rules that the log functions keep to: what is listed here is what they refuse,
    leave out or flag.

    Parameters
    ----------
    calls : DataFrame
        A log of calls, one row a queue entry: `outcome`, `wait`, `arrival` and, where there are
        such columns, `call_id`, `answer`, `end`, `talk`, `hold`, `acw`, `transferred`.

    Returns
    -------
    DataFrame
        `rule`, `count` (rows that break it), `example` (the first: value and place) and `effect`
        (what would go wrong). Without rows if nothing is wrong.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "call_id": [1, 2, 2],
    ...     "arrival": ["2024-03-05T09:00", "2024-03-05T25:00", "2024-03-05T09:10"],
    ...     "wait": [5.0, -1.0, 12.0],
    ...     "outcome": ["answered", "abandoned", "Answered"],
    ... })
    >>> for line in validate(calls).itertuples():
    ...     print(line.count, line.rule, line.example, sep=" | ")
    1 | call_id must not repeat | 2 at position 2
    1 | outcome must be one of answered, abandoned, flow_out, callback, blocked | 'Answered' (nearest: 'answered') at position 2
    1 | wait must be >= 0 and < 1e+09 seconds | -1.0 at position 1
    1 | arrival must be a time such as 2024-03-05T09:30:00 (ISO 8601) | '2024-03-05T25:00' at position 1
    """  # noqa: E501 - output
    log = Log(calls, "calls", on_error="flag")
    absent = [name for name in ("arrival", "wait", "outcome") if not log.has(name)]
    if not {"wait", "outcome"} & set(absent):
        read_calls(log, arrival=False)
    lines = [
        (
            f"calls must have a column {name!r}",
            log.rows,
            "no such column" + _frames.nearest(name, log.frame.columns),
            "the figures that need it cannot be made",
        )
        for name in absent
    ]
    lines += [
        (p.sentence, int(p.rows.size), f"{p.example} at {log.place(int(p.rows[0]))}", p.effect)
        for p in log.problems
    ]
    rules, counts, examples, effects = zip(*lines, strict=True) if lines else ((), (), (), ())
    import narwhals as nw

    kinds = {"rule": nw.String, "count": nw.Int64, "example": nw.String, "effect": nw.String}
    values: dict[str, Any] = dict(zip(kinds, (rules, counts, examples, effects), strict=True))
    series = {
        name: nw.new_series(name, list(values[name]), kind(), backend=log.frame.implementation)
        for name, kind in kinds.items()
    }
    return _frames.from_columns(series, like=log.frame)
