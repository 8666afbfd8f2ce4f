"""Frames of intervals as days: rows grouped, in order of time, checked, as the core takes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from callstats import _core
from callstats._tables import frames
from callstats._tables.checks import must_be, one_of
from callstats._tables.progress import in_parts
from callstats.staffing.day_factors import read_day_cv
from callstats.staffing.groups import Groups, group
from callstats.staffing.intervals import lengths, starts, values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from callstats.day.starts import State
    from callstats.typing import Invalid

#: What leaving agents do with their calls.
RULES: Final = ("finish", "finish_roster", "preempt")

#: What a column must be, in words and as a test.
_MUST: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "calls": (">= 0 and finite", lambda calls: (calls >= 0) & (calls < np.inf)),
    "aht": ("> 0 seconds and finite", lambda aht: (aht > 0) & (aht < np.inf)),
    "interval": ("> 0 seconds and finite", lambda length: (length > 0) & (length < np.inf)),
    "patience": (">= 0 seconds (inf: nobody hangs up)", lambda patience: patience >= 0),
    "threshold": (">= 0 seconds", lambda threshold: threshold >= 0),
    "agents": (
        "whole and >= 0 (a shift cannot lose half a person)",
        lambda agents: (agents >= 0) & (agents < 2**31) & (agents == np.rint(agents)),
    ),
}


@dataclass(frozen=True)
class Days:
    """One day a group. Columns are in the order of the frame's rows."""

    groups: Groups
    #: Rows in the core's order: day by day, by time.
    order: NDArray[np.int64]
    length: NDArray[np.float64]
    calls: NDArray[np.float64]
    aht: NDArray[np.float64]
    patience: NDArray[np.float64]
    agents: NDArray[np.float64]
    threshold: NDArray[np.float64]
    shift_end: NDArray[np.str_]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Of each day, whether nothing is missing; days where something is have no answer."""
        columns = (self.length, self.calls, self.aht, self.patience, self.agents, self.threshold)
        missing = np.any([np.isnan(column) for column in columns], axis=0)
        gaps = np.bincount(self.groups.codes[missing], minlength=self.groups.count)
        return np.asarray(gaps == 0)

    def with_calls(self, factor: float | NDArray[np.float64]) -> Days:
        """The same days with so many times the calls."""
        return replace(self, calls=self.calls * factor)

    def day_cv(self, given: Any, *, most: float = np.inf) -> NDArray[np.float64]:
        """The argument `day_cv` of each day: one number, or a column of one value a day."""
        found = np.broadcast_to(read_day_cv(self.groups.frame, given, most=most), self.calls.shape)
        first = np.zeros(self.groups.count)
        first[self.groups.codes[::-1]] = found[::-1]
        apart = (found != first[self.groups.codes]) & ~np.isnan(found)
        must_be("day_cv", found, "one value a day", apart)
        return first

    def with_agents(self, agents: NDArray[np.float64]) -> Days:
        """The same days with other agents."""
        return replace(self, agents=agents)

    def columns(self) -> tuple[dict[str, Any], list[int], NDArray[np.int64]]:
        """What the core takes of the known days: columns, each day's end; and the rows they are."""
        known = self.known
        codes = self.groups.codes[self.order]
        rows = self.order[known[codes]]
        sizes = np.bincount(codes, minlength=self.groups.count)[known]
        columns = {
            "length": self.length[rows],
            "calls": self.calls[rows],
            "aht": self.aht[rows],
            "patience": self.patience[rows],
            "agents": self.agents[rows].astype(np.int64),
            "threshold": self.threshold[rows],
            "shift_end": self.shift_end[rows].tolist(),
        }
        return columns, np.cumsum(sizes).tolist(), rows

    def evaluate(
        self, states: Sequence[State], tolerance: float, threads: int | None
    ) -> tuple[dict[str, NDArray[np.float64]], list[State | None]]:
        """The core's measures of every row, missing on days where something is; and end states."""
        return self.solved(
            states,
            lambda columns, ends, begun, rows: _core.day_evaluate(
                columns, rows, ends, begun, tolerance, threads
            ),
        )

    def solved(
        self, states: Sequence[State], solve: Callable[..., tuple[dict[str, Any], list[State]]]
    ) -> tuple[dict[str, NDArray[np.float64]], list[State | None]]:
        """What `solve` finds of the known days: columns for every row, and end states.

        It is given the core's columns, each day's end, the states before, and which rows these are.
        A terminal is told how far it is.
        """
        columns, ends, rows = self.columns()
        begun = [state for state, whole in zip(states, self.known, strict=True) if whole]
        edges = [0, *ends]
        parts = []
        for first, end in in_parts(len(begun), "days: {done} of {pieces}"):
            at = slice(edges[first], edges[end])
            taken = {name: column[at] for name, column in columns.items()}
            own = [edge - edges[first] for edge in edges[first + 1 : end + 1]]
            parts.append(solve(taken, own, begun[first:end], rows[at]))
        measures = {name: np.full(self.calls.shape, np.nan) for name in parts[0][0]}
        for name, column in measures.items():
            column[rows] = np.concatenate([found[name] for found, _ in parts])
        finals = iter([state for _, left in parts for state in left])
        return measures, [next(finals) if whole else None for whole in self.known]


def read(
    intervals: Any,
    *,
    calls: Any,
    aht: Any,
    patience: Any,
    agents: Any,
    threshold: Any,
    interval: Any,
    shift_end: Any,
    by: Any,
    invalid: Invalid = "raise",
) -> Days:
    """The days of a frame; `agents` None stands for a day that is yet to be staffed."""
    frame = frames.read(intervals, "intervals")
    one_of("invalid", invalid, ("raise", "nan"))
    shape = (len(frame),)

    def column(name: str, value: Any) -> Any:
        rule, holds = _MUST[name]
        found = values(frame, name, value) if name != "interval" else lengths(frame, value)
        given = np.asarray(found, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            bad = ~(np.isnan(given) | holds(given))
        if invalid == "raise":
            must_be(name, given, rule, bad)
        return np.broadcast_to(np.where(bad, np.nan, given), shape)

    offered = column("calls", calls)
    # A forecast without calls may have a handle time of 0, which is none.
    handle_time = np.asarray(values(frame, "aht", aht), dtype=np.float64)
    handle = np.where((offered == 0) & ~(handle_time > 0), np.nan, handle_time)
    days = Days(
        groups=group(frame, by),
        order=np.arange(len(frame)),
        length=column("interval", interval),
        calls=offered,
        aht=column("aht", handle),
        patience=column("patience", patience),
        agents=np.zeros(shape) if agents is None else column("agents", agents),
        threshold=column("threshold", threshold),
        shift_end=_shift_ends(frame, shift_end),
    )
    return _handle_times_of_quiet_intervals(_in_order(days, starts(frame)))


def _shift_ends(frame: Any, shift_end: Any) -> NDArray[np.str_]:
    if isinstance(shift_end, str) and shift_end in RULES:
        return np.full(len(frame), shift_end)
    rules: Any = shift_end
    bad: Any = True
    if isinstance(shift_end, str) and shift_end in frame.columns:
        rules = frame[shift_end].to_list()
        bad = np.array([rule not in RULES for rule in rules], dtype=bool)
    named = ", ".join(map(repr, RULES))
    must_be("shift_end", rules, f"one of {named}, or a column of them", bad)
    return np.array(rules, np.str_)


def _in_order(days: Days, begun: NDArray[np.datetime64] | None) -> Days:
    """Rows by day and time; the intervals of a day must follow one another."""
    codes = days.groups.codes
    if begun is None:
        return replace(days, order=np.argsort(codes, kind="stable"))
    if np.isnat(begun).any():
        at = int(np.flatnonzero(np.isnat(begun))[0])
        msg = f"start is missing at position {at} ({int(np.isnat(begun).sum())} of {begun.size})"
        raise ValueError(msg)
    order = np.lexsort((begun, codes))
    times, of = begun[order].astype(np.int64), codes[order]
    same = of[1:] == of[:-1]
    steps = np.diff(times)
    repeated = same & (steps == 0)
    if repeated.any():
        at = begun[order][1:][repeated][0]
        msg = f"the start {at} repeats within a day; name the columns that tell days apart: by="
        raise ValueError(msg)
    micros = np.rint(days.length[order][:-1] * 1e6)
    # A missing length is a missing answer, not a gap.
    apart = same & (np.abs(steps - micros) > 1) & ~np.isnan(micros)
    if apart.any():
        at = int(np.flatnonzero(apart)[0])
        what = "overlap" if steps[at] < micros[at] else "leave a gap"
        raise ValueError(
            f"intervals of a day must follow one another; those that start at "
            f"{begun[order][at]} and {begun[order][at + 1]} {what}; "
            "give closed hours as rows of 0 calls and 0 agents, and tell days apart by="
        )
    return replace(days, order=order)


def _handle_times_of_quiet_intervals(days: Days) -> Days:
    """Without calls a missing handle time is that of the calls before, else of those after."""
    import pandas as pd

    missing = np.isnan(days.aht) & (days.calls == 0)
    if not missing.any():
        return days
    codes = days.groups.codes[days.order]
    ordered = pd.Series(days.aht[days.order]).groupby(codes)
    filled = ordered.ffill().groupby(codes).bfill().to_numpy()
    aht = days.aht.copy()
    aht[days.order] = np.where(missing[days.order], filled, aht[days.order])
    # A day without any handle time has no calls that it could matter to.
    idle = np.bincount(days.groups.codes[days.calls != 0], minlength=days.groups.count) == 0
    aht[missing & np.isnan(aht) & idle[days.groups.codes]] = 1.0
    return replace(days, aht=aht)
